//! Checks MJML and writes it so that mrml reads it as it was meant.

pub(in crate::render) mod annotate;
mod blocks;
mod classes;
mod comments;
mod css;
mod ends;
mod kinds;
mod marks;
mod places;
mod variants;

use std::ops::Range;

use super::Generated;
use super::elements::{Content, READER_ATTRIBUTES, VOID};
use super::tag::{self, Attribute, Tag};
use crate::diag::{Diagnostic, nearest};
use crate::render::mark::Marks;
use crate::render::piece::Slots;

use classes::Classes;
use variants::Section;

/// Elements may lie in each other this deep; mrml recurses, and more would end the program.
const NESTING_MAX: usize = 200;
/// More faults than this are not told.
const FAULTS_MAX: usize = 50;

/// MJML that was checked.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) text: String,
    /// Pairs of a position in `text` and the position that it was made of.
    offsets: Vec<(usize, usize)>,
    /// The tags that were marked, in the generated text.
    pub(super) places: Vec<Range<usize>>,
    /// The style sheets, in the generated text.
    pub(super) styles: Vec<Range<usize>>,
}

impl Prepared {
    /// Returns the position in the generated text that a position comes from.
    pub(super) fn origin(&self, position: usize) -> usize {
        let after = self.offsets.partition_point(|(start, _)| *start <= position);
        match after.checked_sub(1).and_then(|index| self.offsets.get(index)) {
            Some((start, origin)) => origin + (position - start),
            None => 0,
        }
    }

    /// Returns the line that holds a position.
    pub(super) fn line(&self, position: usize) -> &str {
        let before = self.text.get(..position).unwrap_or(&self.text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.text[start..].lines().next().unwrap_or_default()
    }
}

/// Checks and rewrites generated MJML.
pub(super) fn prepare(
    generated: &Generated,
    marks: &Marks,
    slots: &Slots,
    is_annotated: bool,
) -> Result<Prepared, Vec<Diagnostic>> {
    let mut preparer = Preparer {
        generated,
        text: &generated.text,
        marks,
        slots,
        is_annotated,
        pos: 0,
        out: Prepared::default(),
        faults: Vec::new(),
        stack: Vec::new(),
        blocks: Vec::new(),
        closed: None,
        section: None,
        bodies: 0,
        heads: 0,
        classes: Classes::default(),
    };
    if let Err(fault) = preparer.run() {
        preparer.fault(fault);
    }
    match preparer.faults.is_empty() {
        true => Ok(preparer.out),
        false => Err(preparer.faults),
    }
}

struct Preparer<'a> {
    generated: &'a Generated,
    text: &'a str,
    marks: &'a Marks,
    slots: &'a Slots,
    is_annotated: bool,
    pos: usize,
    out: Prepared,
    faults: Vec<Diagnostic>,
    stack: Vec<Open>,
    /// The reader's blocks that are open.
    blocks: Vec<Around>,
    /// The one that was closed last.
    closed: Option<Around>,
    /// The section that is open.
    section: Option<Section>,
    bodies: usize,
    heads: usize,
    classes: Classes,
}

/// A reader's block that is open.
#[derive(Clone, Copy, Debug)]
struct Around {
    slot: usize,
    /// How many elements were open before.
    depth: usize,
    /// Whether it stands in a body of a table that was written for it.
    holds_rows: bool,
}

/// An element that is open.
struct Open {
    name: String,
    at: Range<usize>,
    content: Content,
}

impl<'a> Preparer<'a> {
    fn fault(&mut self, fault: Diagnostic) {
        if self.faults.len() < FAULTS_MAX && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn write(&mut self, text: &str, origin: usize) {
        self.out.offsets.push((self.out.text.len(), origin));
        self.out.text.push_str(text);
    }

    fn content(&self) -> Content {
        self.stack.last().map_or(Content::Components, |open| open.content)
    }

    fn inside(&self, name: &str) -> bool {
        self.stack.iter().any(|open| open.name == name)
    }

    fn run(&mut self) -> Result<(), Diagnostic> {
        while self.pos < self.text.len() {
            let rest = &self.text[self.pos..];
            if self.content() == Content::Css {
                self.css();
            } else if rest.starts_with("<!--") {
                self.comment()?;
            } else if rest.starts_with("</") {
                self.close()?;
            } else if rest.starts_with("<!") || rest.starts_with("<?") {
                self.declaration()?;
            } else if rest.starts_with('<') {
                self.open()?;
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                self.words(self.pos..self.pos + end);
                self.pos += end;
            }
        }
        while let Some(open) = self.stack.pop() {
            let what = format!("`<{}>` is never closed", open.name);
            self.fault(self.generated.error(what, open.at, "opened here"));
        }
        self.check_classes();
        if self.bodies == 0 && self.faults.is_empty() {
            let what = "there is no `<mj-body>`";
            return Err(self.generated.error(what, 0..0, "in this template"));
        }
        Ok(())
    }

    fn declaration(&mut self) -> Result<(), Diagnostic> {
        let start = self.pos;
        let end = self.text[start..].find('>').map(|end| start + end + 1);
        match (end, self.stack.is_empty()) {
            (Some(end), true) => {
                self.pos = end;
                Ok(())
            }
            _ => {
                let fault = self.generated.error("this may not stand here", start..start + 2, "");
                Err(fault.hint("text is written as it is, with `&lt;` for `<` and `&amp;` for `&`"))
            }
        }
    }

    fn words(&mut self, range: Range<usize>) {
        let text = &self.text[range.clone()];
        match self.content() {
            Content::Html if text.trim_matches([' ', '\n', '\t']).is_empty() => {
                // mrml drops white space that begins with a line end, and words would meet.
                let text = match (text.strip_prefix('\n'), self.inside("pre")) {
                    (Some(rest), true) => format!("&#10;{rest}"),
                    (Some(rest), false) => format!(" {rest}"),
                    (None, _) => text.to_owned(),
                };
                self.write(&text, range.start);
            }
            Content::Html if self.moves_text() => self.among_rows(range),
            Content::Html | Content::Text => {
                self.marks_in_text(&range);
                // The title also becomes an attribute.
                let is_title = self.stack.last().is_some_and(|open| open.name == "mj-title");
                match is_title {
                    true => {
                        let special = |c: char| !c.is_ascii() || "\"\\\n\t".contains(c);
                        self.write(&numbered(text, special), range.start);
                    }
                    false => self.write(text, range.start),
                }
            }
            _ => self.between(range),
        }
    }

    fn close(&mut self) -> Result<(), Diagnostic> {
        let start = self.pos;
        let name_start = start + 2;
        let name = &self.text[name_start..name_start + tag::name_length(&self.text[name_start..])];
        let behind = &self.text[name_start + name.len()..];
        let space = behind.len() - behind.trim_start().len();
        if name.is_empty() || !behind[space..].starts_with('>') {
            let at = start..name_start + name.len();
            return Err(self.generated.error("this end tag has no `>`", at, ""));
        }
        let end = name_start + name.len() + space + 1;
        self.pos = end;
        let lower = name.to_ascii_lowercase();
        if VOID.contains(&lower.as_str()) {
            return Ok(());
        }
        self.end_within(&lower, start);
        match self.stack.pop() {
            Some(open) if open.name == lower => {
                self.closes_outer(start..end);
                self.write(&format!("</{lower}>"), start);
                if lower == "mj-section" {
                    self.end_section();
                }
                Ok(())
            }
            // Its name was refused already.
            Some(open) if self.marks.find(&open.name).is_some() => Ok(()),
            Some(open) => {
                let what = format!("`</{name}>` closes `<{}>`", open.name);
                let is_open = self.stack.iter().any(|open| open.name == lower);
                let hint = match (is_open, nearest(&lower, [open.name.as_str()])) {
                    (true, _) => format!("write `</{}>` before it", open.name),
                    (false, Some(near)) => format!("did you mean `</{near}>`?"),
                    (false, None) => {
                        format!("write `</{}>` in its place, or take it out", open.name)
                    }
                };
                let error = self.generated.error(what, start..end, "").hint(hint);
                Err(match self.generated.span(open.at) {
                    Some(span) => error.also(span, "opened here"),
                    None => error,
                })
            }
            None => {
                let what = format!("`</{name}>` closes nothing");
                Err(self.generated.error(what, start..end, ""))
            }
        }
    }

    fn open(&mut self) -> Result<(), Diagnostic> {
        let start = self.pos;
        if !self.text[start + 1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            if matches!(self.content(), Content::Html | Content::Text) {
                self.write("&lt;", start);
                self.pos += 1;
                return Ok(());
            }
            let error = self.generated.error("a bare `<`", start..start + 1, "");
            return Err(error.hint("in text it is written `&lt;`"));
        }
        let tag = tag::read(self.text, start).map_err(|at| self.broken_tag(at, start))?;
        self.pos = tag.end;
        let at = start..tag.name.end;
        let name = self.text[tag.name.clone()].to_ascii_lowercase();
        self.refuse_marks(tag.name.clone(), "in the name of an element", |fault| {
            fault.hint("choose between two elements with `{{#if …}}`")
        });
        if self.stack.len() >= NESTING_MAX {
            let what = format!("elements lie more than {NESTING_MAX} deep in each other");
            let fault = self.generated.error(what, at, "this one is too deep");
            return Err(fault.hint("look for elements that are not closed further up"));
        }
        self.end_before(&name, start);
        let content = self.place(&name, &at);
        self.in_section(&name, self.out.text.len());
        self.attributes(&name, &tag, start);
        let is_void = VOID.contains(&name.as_str());
        if is_void || tag.is_empty {
            self.write(" />", tag.end - 1);
        } else {
            self.write(">", tag.end - 1);
            self.stack.push(Open { name, at, content });
        }
        Ok(())
    }

    fn broken_tag(&self, at: Range<usize>, start: usize) -> Diagnostic {
        if at.start == start {
            return self.generated.error("this tag has no `>`", at, "it begins here");
        }
        let behind = self.text[at.end..].trim_start();
        let value = behind.strip_prefix('=').map(str::trim_start);
        if value.is_some_and(|value| value.starts_with(['"', '\''])) {
            let what = format!("the quote of `{}` is not closed", &self.text[at.clone()]);
            return self.generated.error(what, at, "it begins here");
        }
        self.generated.error("this tag is broken", at, "an attribute is written `name=\"value\"`")
    }

    fn attributes(&mut self, name: &str, tag: &Tag, start: usize) {
        self.write(&format!("<{name}"), start);
        self.annotate(name, tag);
        self.note_classes(name, tag);
        let mut seen: Vec<&str> = Vec::new();
        for attribute in &tag.attributes {
            let key = &self.text[attribute.name.clone()];
            if self.marks.find(key).is_some() {
                self.refuse_marks(attribute.name.clone(), "between attributes", |fault| {
                    fault.hint("put the condition inside the value: `href=\"{{#if …}}…{{/if}}\"`")
                });
                continue;
            }
            if seen.contains(&key) {
                let what = format!("`{key}` stands twice in this tag");
                self.fault(self.generated.error(what, attribute.name.clone(), ""));
            }
            seen.push(key);
            self.attribute(name, key, attribute);
        }
    }

    fn attribute(&mut self, element: &str, key: &str, attribute: &Attribute) {
        let is_mjml = element == "mjml" || element.starts_with("mj-");
        let Some(range) = &attribute.value else {
            if is_mjml {
                self.valueless(element, key, attribute.name.clone());
            }
            return self.write(&format!(" {key}"), attribute.name.start);
        };
        let value = &self.text[range.clone()];
        let in_attributes = self.inside("mj-attributes") || element == "mj-font";
        if is_mjml && (in_attributes || !READER_ATTRIBUTES.contains(&key)) {
            let place = format!("in `{key}` of `<{element}>`");
            let hint = format!("it may stand in {}", READER_ATTRIBUTES.join(", "));
            self.refuse_marks(range.clone(), &place, |fault| match in_attributes {
                true => fault.hint("it holds for every reader; put it where it is used"),
                false => fault.hint(hint.clone()),
            });
        }
        if is_mjml {
            self.kind(element, key, attribute.name.clone(), range.clone());
        }
        self.write(&format!(" {key}=\""), attribute.name.start);
        let special = |c: char| !c.is_ascii() || c.is_control() || "\\\"<".contains(c);
        self.write(&numbered(value, special), range.start);
        if key == "css-class" {
            self.annotate_class(element, range.end);
        }
        self.write("\"", range.end);
    }
}

/// Writes the characters that `special` names as numeric references.
fn numbered(text: &str, special: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match special(c) {
            true => out.push_str(&format!("&#{};", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}
