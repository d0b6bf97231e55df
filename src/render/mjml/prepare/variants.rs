//! Blocks over subscriber data around columns.
//!
//! MJML settles the widths of columns by their number, so the whole section is written once for
//! each combination of branches, and the blocks stand around these.

use super::{Prepared, Preparer};
use crate::diag::Diagnostic;
use crate::render::mark::{Mark, MarkKind, Marks};
use crate::render::piece::Slots;
use crate::render::reader::Expr;

/// A section is written at most so often.
const VARIANTS_MAX: usize = 8;

/// The section that is open.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// Where its tag begins in what was written.
    start: usize,
    /// The marks between its columns.
    marks: Vec<Between>,
    /// The blocks among them that are open, each by the index of its opening mark.
    open: Vec<usize>,
}

/// A mark between columns.
#[derive(Clone, Copy, Debug)]
struct Between {
    mark: Mark,
    /// Where it begins in what was written.
    at: usize,
    /// Whether there is a column in its block.
    is_hoisted: bool,
}

impl Preparer<'_> {
    /// Follows the elements of a section; `start` is where the tag begins in what was written.
    pub(super) fn in_section(&mut self, name: &str, start: usize) {
        match (name, &mut self.section) {
            ("mj-section", _) => self.section = Some(Section { start, ..Section::default() }),
            ("mj-column" | "mj-group", Some(section)) => {
                for index in &section.open {
                    section.marks[*index].is_hoisted = true;
                }
            }
            _ => {}
        }
    }

    /// Follows a mark that is about to be written as text.
    pub(super) fn section_mark(&mut self, mark: Mark) {
        let at = self.out.text.len();
        let Some(section) = &mut self.section else { return };
        let index = section.marks.len();
        let is_hoisted = match mark.kind {
            MarkKind::Open => {
                section.open.push(index);
                false
            }
            MarkKind::Else => {
                section.open.last().is_some_and(|open| section.marks[*open].is_hoisted)
            }
            _ => section.open.pop().is_some_and(|open| section.marks[open].is_hoisted),
        };
        section.marks.push(Between { mark, at, is_hoisted });
    }

    /// Writes a section that just ended once for each combination of branches.
    pub(super) fn end_section(&mut self) {
        let Some(Section { start, mut marks, .. }) = self.section.take() else { return };
        // An `{{else}}` may come before the only column of its block.
        let hoisted: Vec<usize> = marks
            .iter()
            .filter(|between| between.is_hoisted && between.mark.kind == MarkKind::Open)
            .map(|between| between.mark.slot)
            .collect();
        marks.retain(|between| hoisted.contains(&between.mark.slot));
        if marks.is_empty() || !self.faults.is_empty() {
            return;
        }
        if let Some(slot) = hoisted.iter().find(|slot| self.slots.is_loop(**slot)) {
            let what = "`#each` over subscriber data may not stand around columns";
            return self.refuse(*slot, what, "their widths are settled before; put it into one");
        }
        let whole = Whole::take(&mut self.out, start);
        let mut writer = Writer {
            whole: &whole,
            marks: &marks,
            names: self.marks,
            slots: self.slots,
            chosen: Vec::new(),
            count: 0,
        };
        writer.write(&mut self.out);
        if writer.count > VARIANTS_MAX {
            let what = format!(
                "the blocks around the columns of this section make more than {VARIANTS_MAX} of it"
            );
            self.refuse(hoisted[0], &what, "use fewer blocks, or put them into the columns");
        }
    }

    fn refuse(&mut self, slot: usize, what: &str, hint: &str) {
        let mut fault = Diagnostic::error(what).hint(hint);
        if let Some(slot) = self.slots.get(slot) {
            fault = fault.at(slot.at.clone(), "");
        }
        self.fault(fault);
    }
}

/// A section as it was written, its blocks still in it.
struct Whole {
    /// Where it began in what was written.
    start: usize,
    text: String,
    offsets: Vec<(usize, usize)>,
}

impl Whole {
    fn take(out: &mut Prepared, start: usize) -> Self {
        let first = out.offsets.partition_point(|(position, _)| *position < start);
        let mut offsets = out.offsets.split_off(first);
        offsets.iter_mut().for_each(|(position, _)| *position -= start);
        let text = out.text.split_off(start);
        Self { start, text, offsets }
    }

    fn copy(&self, from: usize, to: usize, out: &mut Prepared) {
        let base = out.text.len();
        let after = self.offsets.partition_point(|(position, _)| *position <= from);
        if let Some((position, origin)) = after.checked_sub(1).map(|index| self.offsets[index]) {
            out.offsets.push((base, origin + (from - position)));
        }
        let inside = self.offsets[after..].iter().take_while(|(position, _)| *position < to);
        out.offsets.extend(inside.map(|(position, origin)| (base + position - from, *origin)));
        out.text.push_str(&self.text[from..to]);
    }
}

struct Writer<'a> {
    whole: &'a Whole,
    /// The marks of the blocks around columns.
    marks: &'a [Between],
    names: &'a Marks,
    slots: &'a Slots,
    /// What was chosen on the way to this variant. Equal conditions are chosen once.
    chosen: Vec<(Expr, bool)>,
    count: usize,
}

impl Writer<'_> {
    fn write(&mut self, out: &mut Prepared) {
        // So many choices on one way leave as many variants beside it.
        if self.chosen.len() > VARIANTS_MAX {
            self.count = VARIANTS_MAX + 1;
        }
        if self.count > VARIANTS_MAX {
            return;
        }
        let Some(slot) = self.next() else {
            self.count += 1;
            return self.variant(out);
        };
        out.text.push_str(&self.names.write(MarkKind::Open, slot));
        self.chosen.push((self.slots.expr(slot), true));
        self.write(out);
        out.text.push_str(&self.names.write(MarkKind::Else, slot));
        if let Some((_, branch)) = self.chosen.last_mut() {
            *branch = false;
        }
        self.write(out);
        self.chosen.pop();
        out.text.push_str(&self.names.write(MarkKind::Close, slot));
    }

    fn choice(&self, slot: usize) -> Option<bool> {
        let condition = self.slots.expr(slot);
        self.chosen.iter().find(|(known, _)| *known == condition).map(|(_, branch)| *branch)
    }

    /// Returns the first block of which nothing was chosen and that is not left out.
    fn next(&self) -> Option<usize> {
        let mut open = Vec::new();
        for Between { mark, .. } in self.marks {
            match mark.kind {
                MarkKind::Open if open.iter().all(|shown| *shown) => {
                    let Some(branch) = self.choice(mark.slot) else { return Some(mark.slot) };
                    open.push(branch);
                }
                MarkKind::Open => open.push(false),
                MarkKind::Else => turn(&mut open, self.choice(mark.slot)),
                _ => drop(open.pop()),
            }
        }
        None
    }

    fn variant(&self, out: &mut Prepared) {
        let mut open = Vec::new();
        let mut from = 0;
        for Between { mark, at, .. } in self.marks {
            let at = *at - self.whole.start;
            if open.iter().all(|shown| *shown) {
                self.whole.copy(from, at, out);
            }
            from = at + self.names.write(mark.kind, mark.slot).len();
            match mark.kind {
                MarkKind::Open => open.push(self.choice(mark.slot).unwrap_or(false)),
                MarkKind::Else => turn(&mut open, self.choice(mark.slot)),
                _ => drop(open.pop()),
            }
        }
        self.whole.copy(from, self.whole.text.len(), out);
    }
}

/// Goes on to the other branch of the innermost block.
fn turn(open: &mut [bool], choice: Option<bool>) {
    if let Some(shown) = open.last_mut() {
        *shown = choice == Some(false);
    }
}
