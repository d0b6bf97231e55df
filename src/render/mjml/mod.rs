//! MJML to HTML, with mrml behind a tokenizer of our own.
//!
//! mrml passes in silence what it does not know and writes attributes with Rust's `{:?}`; so what it
//! gets was checked, every element closed, every attribute quoted, whatever is not ASCII in one
//! written as a number. Invariant: a fault is told at its place in the template.

mod elements;
pub(super) mod prepare;
mod tag;

use std::ops::Range;

use mrml::prelude::parser::{Error, ParserOptions};
use mrml::prelude::render::RenderOptions;

use super::mark::{MarkKind, Marks};
use super::piece::{Piece, PieceKind, Slots};
use crate::diag::Diagnostic;
use crate::words::Span;

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
            generated.origins.push(Origin { start, at: at.clone(), literal: *literal });
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
        let after = self.origins.partition_point(|origin| origin.start <= range.start);
        let origin = self.origins.get(after.checked_sub(1)?)?;
        if !origin.literal {
            return Some(origin.at.clone());
        }
        let whole = origin.at.range();
        let start = whole.start + (range.start - origin.start);
        let end = (start + range.len()).min(whole.end);
        Some(origin.at.source().span(start..end))
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
    rendered(generated, &prepared)
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
    let page = rendered(generated, &prepared)?;
    Ok(Annotated { page, places: prepared.places, styles: prepared.styles })
}

fn rendered(
    generated: &Generated,
    prepared: &prepare::Prepared,
) -> Result<String, Vec<Diagnostic>> {
    let parsed = mrml::parse_with_options(&prepared.text, &ParserOptions::default());
    let parsed = parsed.map_err(|error| vec![not_understood(generated, prepared, &error)])?;
    parsed.element.render(&RenderOptions::default()).map_err(|error| {
        let what = format!("the MJML could not be rendered: {error}");
        vec![generated.error(what, 0..0, "")]
    })
}

/// Says what mrml refused although it was checked, as near to its place as mrml tells.
fn not_understood(
    generated: &Generated,
    prepared: &prepare::Prepared,
    error: &Error,
) -> Diagnostic {
    let (what, position) = match error {
        Error::UnexpectedElement { position, .. } => ("this element may not stand here", *position),
        Error::MissingAttribute { name, position, .. } => {
            let at = prepared.origin(position.start)..prepared.origin(position.end);
            return generated.error(format!("the attribute `{name}` is missing"), at, "");
        }
        Error::UnexpectedToken { position, .. }
        | Error::InvalidAttribute { position, .. }
        | Error::InvalidFormat { position, .. } => ("this was not understood as MJML", *position),
        other => {
            let what = format!("the MJML was not understood: {other}");
            return generated.error(what, 0..0, "in this template");
        }
    };
    let at = prepared.origin(position.start)..prepared.origin(position.end);
    let line = prepared.line(position.start);
    generated.error(what, at, "").note(format!("the line that was made of it: `{line}`"))
}
