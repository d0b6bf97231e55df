//! Where what waits for the reader may stand in MJML.

use std::ops::Range;

use super::{Around, Content, Preparer};
use crate::diag::Diagnostic;
use crate::render::mark::MarkKind;

/// What to do about a branch that does not hold elements whole.
const WHOLE: &str = "begin and end an element in one branch, or put it whole into each";

impl Preparer<'_> {
    pub(super) fn refuse_marks(
        &mut self,
        range: Range<usize>,
        place: &str,
        more: impl Fn(Diagnostic) -> Diagnostic,
    ) {
        let mut from = range.start;
        while let Some((found, mark)) = self.marks.find(&self.text[from..range.end]) {
            if matches!(mark.kind, MarkKind::Hole | MarkKind::Open) {
                let at = from + found.start..from + found.end;
                let what = format!("subscriber data may not stand {place}");
                self.fault(more(self.generated.error(what, at, "")));
            }
            from += found.end;
        }
    }

    /// Tells that text stands between elements of MJML.
    pub(super) fn misplaced(&mut self, range: Range<usize>) {
        let text = &self.text[range.clone()];
        let start = range.start + text.len() - text.trim_start().len();
        let at = start..start + text.trim().len().min(40);
        let what = format!("text may not stand {}", self.inside_what());
        let fault = self.generated.error(what, at, "");
        let is_css = self
            .generated
            .span(range.clone())
            .is_some_and(|span| span.source().name().ends_with(".css"));
        let hint = match (self.content(), self.stack.last().map(|open| open.name.as_str())) {
            _ if is_css => "write `type=\"css\"` in the `<mj-include>` of this file",
            (_, None) => "take it out",
            (_, Some("mj-attributes")) => "it holds elements alone: `<mj-text color=\"…\" />`",
            (Content::Nothing, _) => "take it out: this element holds nothing",
            (_, Some("mj-head")) => "take it out, or put it into `<mj-raw>`",
            _ => "put it into `<mj-text>`",
        };
        self.fault(fault.hint(hint));
    }

    /// Holds the reader's blocks to the elements that are open.
    pub(super) fn marks_in_text(&mut self, range: &Range<usize>) {
        let mut from = range.start;
        while let Some((found, mark)) = self.marks.find(&self.text[from..range.end]) {
            from += found.end;
            self.follow(mark);
        }
    }

    pub(super) fn left_open(&mut self, slot: usize, depth: usize) {
        let (Some(open), Some(slot)) = (self.stack.get(depth), self.slots.get(slot)) else {
            return;
        };
        let what = format!(
            "a branch of `{}` opens `<{}>` and does not close it",
            slot.at.text(),
            open.name
        );
        let fault = Diagnostic::error(what).at(slot.at.clone(), "").hint(WHOLE);
        let fault = match self.generated.span(open.at.clone()) {
            Some(span) => fault.also(span, "opened here"),
            None => fault,
        };
        self.fault(fault);
    }

    /// Tells if an end tag inside a block closes an element that was opened before it.
    pub(super) fn closes_outer(&mut self, at: Range<usize>) {
        let depth = self.stack.len();
        let Some(Around { slot, depth: outer, .. }) = self.blocks.last().copied() else { return };
        if depth >= outer {
            return;
        }
        self.blocks.pop();
        if let Some(slot) = self.slots.get(slot) {
            let what = format!("a branch of `{}` closes what was opened before it", slot.at.text());
            let fault = Diagnostic::error(what).at(slot.at.clone(), "").hint(WHOLE);
            let fault = match self.generated.span(at) {
                Some(span) => fault.also(span, "closed here"),
                None => fault,
            };
            self.fault(fault);
        }
    }
}
