//! Blocks over subscriber data that stand around elements: where they may, and as what mark.

use std::ops::Range;

use super::{Around, Preparer};
use crate::diag::Diagnostic;
use crate::render::mark::{Mark, MarkKind};
use crate::render::mjml::elements::Content;

/// Elements of HTML that hold rows or cells, out of which a browser moves text.
const TABLES: [&str; 6] = ["mj-table", "table", "tbody", "thead", "tfoot", "tr"];

/// How a mark must be written so that it comes out where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Comment,
    /// A comment that `<mj-raw>` keeps from getting a row of its own.
    Raw,
}

/// What stands directly in the innermost element.
enum Place {
    Marks(Form),
    /// No block may stand here; the hint says what to do.
    Refused(&'static str),
}

impl Preparer<'_> {
    /// Writes what stands between the elements of MJML: white space, and marks of blocks.
    pub(super) fn between(&mut self, range: Range<usize>) {
        self.pieces(range, |preparer, range| {
            match preparer.text[range.clone()].trim().is_empty() {
                true => preparer.write("\n", range.start),
                false => preparer.misplaced(range),
            }
        });
    }

    /// Says whether text directly in the innermost element would be moved out of it.
    pub(super) fn moves_text(&self) -> bool {
        let name = self.stack.last().map_or("", |open| open.name.as_str());
        TABLES.contains(&name) || (name == "mj-raw" && self.inside("mj-head"))
    }

    /// Writes marks among rows and cells, or in the head.
    pub(super) fn among_rows(&mut self, range: Range<usize>) {
        self.pieces(range, |preparer, range| {
            preparer.write(&preparer.text[range.clone()], range.start);
        });
    }

    fn pieces(&mut self, range: Range<usize>, mut other: impl FnMut(&mut Self, Range<usize>)) {
        let mut from = range.start;
        while let Some((found, mark)) = self.marks.find(&self.text[from..range.end]) {
            let at = from + found.start..from + found.end;
            if at.start > from {
                other(self, from..at.start);
            }
            from = at.end;
            self.mark(mark, at);
        }
        if from < range.end {
            other(self, from..range.end);
        }
    }

    fn mark(&mut self, mark: Mark, at: Range<usize>) {
        match (mark.kind, self.place_of_marks()) {
            (MarkKind::Hole, _) => self.misplaced_hole(at),
            (MarkKind::Open, Place::Refused(hint)) => {
                let inside = self.inside_what();
                let what = format!("a block over subscriber data may not stand {inside}");
                let fault = self.generated.error(what, at, "").hint(hint);
                self.fault(fault);
            }
            (_, Place::Refused(_)) => {}
            (_, Place::Marks(form)) => {
                self.follow(mark);
                self.write_mark(mark, form, at);
            }
        }
    }

    fn place_of_marks(&self) -> Place {
        let Some(open) = self.stack.last() else {
            return Place::Refused("put the condition inside an element");
        };
        match open.name.as_str() {
            "mj-body" | "mj-section" | "mj-group" | "mj-wrapper" => Place::Marks(Form::Text),
            "mj-column" | "mj-hero" => Place::Marks(Form::Raw),
            "mj-social" | "mj-navbar" | "mj-accordion" => Place::Marks(Form::Comment),
            "mj-head" | "mjml" => {
                Place::Refused("put the condition inside `<mj-title>` or `<mj-preview>`")
            }
            "mj-attributes" => Place::Refused("put the condition around the elements themselves"),
            "mj-accordion-element" => Place::Refused(
                "put it around the `<mj-accordion-element>`, or inside its title or text",
            ),
            "mj-carousel" => Place::Refused("put it around the whole `<mj-carousel>`"),
            _ if open.content == Content::Html => Place::Marks(Form::Comment),
            _ => Place::Refused("put the condition inside a text"),
        }
    }

    fn write_mark(&mut self, mark: Mark, form: Form, at: Range<usize>) {
        let text = &self.text[at.clone()];
        let rows = mark.kind == MarkKind::Open && self.begins_rows(at.end);
        if rows && let Some(block) = self.blocks.last_mut() {
            block.holds_rows = true;
            // Inlining reads the page as a browser does, which puts this between a mark and its
            // rows if it is not there.
            self.write("<tbody>", at.start);
        }
        if form == Form::Text {
            self.section_mark(mark);
        }
        let written = match form {
            Form::Text => text.to_owned(),
            Form::Comment => format!("<!--{text}-->"),
            Form::Raw => format!("<mj-raw><!--{text}--></mj-raw>"),
        };
        self.write(&written, at.start);
        if mark.kind == MarkKind::Close && self.closed.take().is_some_and(|block| block.holds_rows)
        {
            self.write("</tbody>", at.start);
        }
    }

    /// Says whether a block that opens here, directly in a table, begins with a row.
    fn begins_rows(&self, from: usize) -> bool {
        let depth = self.stack.len();
        let in_table =
            self.stack.last().is_some_and(|open| ["mj-table", "table"].contains(&&*open.name));
        let is_held = self.blocks.iter().any(|block| block.depth == depth && block.holds_rows);
        let next = self.text[from..].find('<').map(|start| &self.text[from + start + 1..]);
        let is_row =
            next.and_then(|tag| tag.get(..2)).is_some_and(|name| name.eq_ignore_ascii_case("tr"));
        in_table && !is_held && is_row
    }

    /// Holds the reader's blocks to the elements that are open.
    pub(super) fn follow(&mut self, Mark { kind, slot }: Mark) {
        match kind {
            MarkKind::Hole => {}
            MarkKind::Open => {
                self.blocks.push(Around { slot, depth: self.stack.len(), holds_rows: false });
            }
            MarkKind::Else | MarkKind::Close => {
                let block = self.blocks.iter().rposition(|block| block.slot == slot);
                let Some(block) = block else { return };
                let depth = self.blocks[block].depth;
                if self.stack.len() > depth {
                    self.left_open(slot, depth);
                }
                if kind == MarkKind::Close {
                    self.closed = self.blocks.drain(block..).next();
                }
            }
        }
    }

    fn misplaced_hole(&mut self, at: Range<usize>) {
        let what = format!("subscriber data may not stand {}", self.inside_what());
        let name = self.stack.last().map_or("", |open| open.name.as_str());
        let in_head = self.stack.len() < 2 || self.inside("mj-head");
        let hint = match name {
            _ if in_head => "put it into `<mj-title>` or `<mj-preview>`",
            name if TABLES.contains(&name) => "put it into `<td>`",
            _ => "put it into `<mj-text>`",
        };
        let fault: Diagnostic = self.generated.error(what, at, "").hint(hint);
        self.fault(fault);
    }

    pub(super) fn inside_what(&self) -> String {
        match self.stack.last() {
            Some(open) => format!("directly in `<{}>`", open.name),
            None => "outside of `<mjml>`".to_owned(),
        }
    }
}
