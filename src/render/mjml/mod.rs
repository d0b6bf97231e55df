//! MJML to HTML, with mrml behind a tokenizer of our own.
//!
//! mrml passes in silence what it does not know and writes attributes with Rust's `{:?}`; so what it
//! gets was checked, every element closed, every attribute quoted, whatever is not ASCII in one
//! written as a number. Invariant: a fault is told at its place in the template.

mod aside;
mod attributes;
mod braces;
pub(super) mod colors;
mod containers;
mod documents;
mod elements;
mod finish;
mod gutter;
mod head;
mod inline;
mod markup;
mod paddings;
pub(super) mod prepare;
mod resolve;
mod shelf;
mod sizes;
mod syntax;
pub(super) mod tag;
mod told;
mod tree;
pub(super) mod untaken;
mod values;

use std::collections::HashMap;
use std::ops::Range;

use mrml::prelude::parser::{Error, ParserOptions};
use mrml::prelude::render::RenderOptions;

use super::mark::{MarkKind, Marks};
use super::piece::{Piece, PieceKind, Slots};
use crate::diag::Diagnostic;
use crate::words::Span;

use head::Head;
use inline::Fault;
use paddings::Paddings;
use shelf::Shelf;
use tree::Written;

/// The MJML that a template made, and where each part of it comes from.
#[derive(Debug, Default)]
pub(super) struct Generated {
    text: String,
    origins: Vec<Origin>,
    /// The file of the template.
    file: String,
}

#[derive(Debug)]
struct Origin {
    /// Where it begins in the generated text.
    start: usize,
    at: Span,
    /// Whether the text is that of `at`, byte for byte.
    literal: bool,
}

impl Generated {
    /// Joins pieces; what waits for the reader becomes marks.
    pub(super) fn new(file: &str, pieces: &[Piece], marks: &Marks) -> Self {
        let mut generated = Self { file: file.to_owned(), ..Self::default() };
        let mut open = Vec::new();
        for piece in pieces {
            let Piece { kind, at, literal } = piece;
            let start = generated.text.len();
            // What stands in for an included file is no text of the place that it is told at.
            let is_own = |text: &String| *literal && at.text().starts_with(text.as_str());
            let literal = matches!(kind, PieceKind::Text(text) if is_own(text));
            generated.origins.push(Origin { start, at: at.clone(), literal });
            let innermost = open.last().copied().unwrap_or_default();
            match kind {
                PieceKind::Text(text) => generated.text.push_str(text),
                PieceKind::Hole(slot) => generated.push(marks.write(MarkKind::Hole, *slot)),
                PieceKind::Open { slot, .. } => {
                    open.push(*slot);
                    generated.push(marks.write(MarkKind::Open, *slot));
                }
                PieceKind::Else => generated.push(marks.write(MarkKind::Else, innermost)),
                PieceKind::Close => {
                    open.pop();
                    generated.push(marks.write(MarkKind::Close, innermost));
                }
                PieceKind::Layout(_) => {}
            }
        }
        generated
    }

    fn push(&mut self, mark: String) {
        self.text.push_str(&mark);
    }

    /// Returns a part of the text.
    pub(super) fn text(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// Says whether the template has a part of the text word for word, or whether it is a value.
    pub(super) fn is_literal(&self, range: &Range<usize>) -> bool {
        let after = self.origins.partition_point(|origin| origin.start <= range.start);
        let origin = after.checked_sub(1).and_then(|index| self.origins.get(index));
        origin.is_some_and(|origin| origin.literal)
    }

    /// Returns the expression that names something, where it was evaluated.
    pub(super) fn made_by(&self, name: &str) -> Option<Span> {
        let made = self.origins.iter().filter(|origin| !origin.literal);
        made.map(|origin| &origin.at).find(|at| at.text().contains(name)).cloned()
    }

    /// Says whether the template has words itself, outside of values.
    pub(super) fn holds_literally(&self, words: &str) -> bool {
        let ends = self.origins.iter().skip(1).map(|origin| origin.start);
        let ends = ends.chain(std::iter::once(self.text.len()));
        let literal = self.origins.iter().zip(ends).filter(|(origin, _)| origin.literal);
        literal.into_iter().any(|(origin, end)| self.text[origin.start..end].contains(words))
    }

    /// Returns where the text ends that the template has word for word at a place.
    pub(super) fn literal_end(&self, at: usize) -> Option<usize> {
        let after = self.origins.partition_point(|origin| origin.start <= at);
        let origin = self.origins.get(after.checked_sub(1)?)?;
        let end = self.origins.get(after).map_or(self.text.len(), |next| next.start);
        origin.literal.then_some(end)
    }

    /// Returns where a part of the text comes from.
    pub(super) fn span(&self, range: Range<usize>) -> Option<Span> {
        let origin = self.origin(range.start)?;
        if !origin.literal {
            return Some(origin.at.clone());
        }
        let whole = origin.at.range();
        let start = whole.start + (range.start - origin.start);
        let end = (start + range.len()).min(whole.end);
        Some(origin.at.source().span(start..end))
    }

    fn origin(&self, position: usize) -> Option<&Origin> {
        let after = self.origins.partition_point(|origin| origin.start <= position);
        self.origins.get(after.checked_sub(1)?)
    }

    /// Says whether a part of the text is written so in some file.
    fn is_written(&self, position: usize) -> bool {
        self.origin(position).is_some_and(|origin| origin.literal)
    }

    /// Says whether a part of the text is written so in the template's own file.
    fn is_own(&self, position: usize) -> bool {
        let origin = self.origin(position);
        origin.is_some_and(|origin| origin.literal && origin.at.source().name() == self.file)
    }

    /// Begins an error at a part of the text.
    fn error(&self, what: impl Into<String>, range: Range<usize>, label: &str) -> Diagnostic {
        let error = Diagnostic::error(what);
        match self.span(range) {
            Some(span) => error.at(span, label),
            None => error.file(self.file.as_str()),
        }
    }
}

/// Makes HTML of MJML.
///
/// # Errors
/// All that is wrong with the MJML, each fault where it stands in the template.
pub(super) fn render(
    generated: &Generated,
    marks: &Marks,
    slots: &Slots,
) -> Result<String, Vec<Diagnostic>> {
    let prepared = prepare::prepare(generated, marks, slots, false)?;
    rendered(generated, &prepared, marks)
}

/// A page whose elements say where they were written.
pub(super) struct Annotated {
    pub(super) page: String,
    /// The tags in the generated text, by the numbers that elements bear.
    pub(super) places: Vec<Range<usize>>,
    /// The style sheets in the generated text.
    pub(super) styles: Vec<Range<usize>>,
}

/// Makes HTML of MJML in which each element says where it was written.
///
/// # Errors
/// As [`render`].
pub(super) fn annotated(
    generated: &Generated,
    marks: &Marks,
    slots: &Slots,
) -> Result<Annotated, Vec<Diagnostic>> {
    let prepared = prepare::prepare(generated, marks, slots, true)?;
    let page = rendered(generated, &prepared, marks)?;
    Ok(Annotated { page, places: prepared.places, styles: prepared.styles })
}

fn rendered(
    generated: &Generated,
    prepared: &prepare::Prepared,
    marks: &Marks,
) -> Result<String, Vec<Diagnostic>> {
    let Some(mut root) = tree::read(&prepared.text) else {
        return Err(vec![generated.error("there is no `<mjml>`", 0..0, "in this template")]);
    };
    documents::join(&mut root, |at| generated.is_written(prepared.origin(at)));
    resolve::resolve(&mut root);
    containers::tell(&mut root);
    let head = Head::take(&mut root);
    let mut shelf = Shelf::new(marks);
    aside::set(&mut root, &mut shelf);
    let mut paddings = Paddings::default();
    root.each(&mut |element| paddings.put(element));
    let mut written = Written::default();
    written.element(&root, &mut |element| shelf.put(element));
    let parsed = mrml::parse_with_options(&written.text, &ParserOptions::default());
    let parsed =
        parsed.map_err(|error| vec![not_understood(generated, prepared, &written, &error)])?;
    // Fonts are looked for in what was put aside too.
    let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
    let html = parsed.element.render(&options).map_err(|error| {
        let what = format!("the MJML could not be rendered: {error}");
        vec![generated.error(what, 0..0, "")]
    })?;
    let html = shelf.take(&paddings.take(finish::finish(&html, &head, &shelf)));
    complete(html, &head, marks).map_err(|faults| {
        let fault = |Fault { what, at }: Fault| {
            let at = prepared.origin(at);
            generated.error(what, at..at + 1, "")
        };
        faults.into_iter().map(fault).collect()
    })
}

/// Returns MJML as one document, what it includes in its place; what waits for the reader is marks.
///
/// # Errors
/// As [`render`].
pub(super) fn document(
    generated: &Generated,
    marks: &Marks,
    slots: &Slots,
) -> Result<String, Vec<Diagnostic>> {
    let prepared = prepare::prepare(generated, marks, slots, false)?;
    let Some(mut root) = tree::read(&prepared.text) else {
        return Err(vec![generated.error("there is no `<mjml>`", 0..0, "in this template")]);
    };
    documents::join(&mut root, |at| generated.is_written(prepared.origin(at)));
    Ok(tree::pretty(&root))
}

/// Adds to a page what its head says.
fn complete(html: String, head: &Head, marks: &Marks) -> Result<String, Vec<Fault>> {
    let body = html.find("<body").unwrap_or(0);
    let fonts = head.fonts(&html[body..]);
    let mut html = html;
    if !fonts.is_empty() {
        // Behind the last of what every page's head holds.
        let at = html.find(HEAD_END).map_or(body, |at| at + HEAD_END.len());
        html.insert_str(at, &fonts);
    }
    if !head.attributes.is_empty() {
        html = inline::set_attributes(&html, &head.attributes, marks.prefix())?;
    }
    if !head.inline.is_empty() {
        html = inline::inline(&html, &head.inline.join("\n"), marks.prefix()).map_err(|error| {
            let what = format!("a style sheet could not be written into the elements: {error}");
            vec![Fault { what, at: 0 }]
        })?;
    }
    Ok(format!("{}{html}", head.before))
}

/// How the part of the head ends that is the same in every page.
const HEAD_END: &str = ".mj-outlook-group-fix { width:100% !important; }\n</style>\n<![endif]-->\n";

/// Says what mrml refused although it was checked, as near to its place as mrml tells.
fn not_understood(
    generated: &Generated,
    prepared: &prepare::Prepared,
    written: &Written,
    error: &Error,
) -> Diagnostic {
    let (what, position) = match error {
        Error::UnexpectedElement { position, .. } => {
            ("this element may not stand here".to_owned(), *position)
        }
        Error::MissingAttribute { name, position, .. } => {
            (format!("the attribute `{name}` is missing"), *position)
        }
        Error::UnexpectedToken { position, .. }
        | Error::InvalidAttribute { position, .. }
        | Error::InvalidFormat { position, .. } => {
            ("this was not understood as MJML".to_owned(), *position)
        }
        other => {
            let what = format!("the MJML was not understood: {other}");
            return generated.error(what, 0..0, "in this template");
        }
    };
    let at = written.origin(position.start);
    let line = prepared.line(at);
    let at = prepared.origin(at);
    generated.error(what, at..at + 1, "").note(format!("the line that was made of it: `{line}`"))
}
