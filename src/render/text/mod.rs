//! The plain text: 72 columns, wrapped at build time where nothing waits for the reader.
//!
//! Invariant: no line that can be broken is wider than the measure, addresses are never broken, and
//! at most two blank lines follow each other, whichever branches a reader sees.

mod arrange;
mod wrap;

use serde::{Deserialize, Serialize};

use super::part::{self, Part, Sink};
use super::reader::{Expr, Reader};

pub(super) use arrange::arrange;
pub(super) use wrap::width;

/// The measure, in columns.
pub(super) const COLUMNS: usize = 72;
/// Blank lines that may follow each other.
const BLANKS_MAX: usize = 2;

/// A part of a compiled plain text; `S` is text, or what an encoder made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Item<S = String> {
    /// Lines that are the same for every reader, without the last one's end.
    Lines(S),
    /// A blank line.
    Blank,
    /// A paragraph that is wrapped per copy.
    Paragraph { parts: Vec<Part>, first: String, rest: String },
    /// Lines that are filled per copy and never wrapped.
    Verbatim { parts: Vec<Part>, first: String },
    /// One text at the left, one at the right, filled per copy.
    Spread { left: Expr, right: Expr, first: String, rest: String },
    /// One of two branches of whole paragraphs.
    Block { condition: Expr, yes: Vec<Item<S>>, no: Vec<Item<S>> },
    /// Whole paragraphs, written once for each text of a reader's list.
    Each { list: Expr, id: usize, body: Vec<Item<S>>, none: Vec<Item<S>> },
}

/// Writes the plain text for one reader.
pub(super) fn write<S>(items: &[Item<S>], reader: Reader<'_>, out: &mut impl Sink<S>) {
    let mut page = Page { out, is_empty: true, blanks: 0 };
    page.items(items, reader);
}

/// Makes something else of all lines that are the same for every reader.
pub(super) fn map<S>(items: &[Item], change: &dyn Fn(&str) -> S) -> Vec<Item<S>> {
    let changed = items.iter().map(|item| match item {
        Item::Lines(lines) => Item::Lines(change(lines)),
        Item::Blank => Item::Blank,
        Item::Paragraph { parts, first, rest } => {
            let (parts, first, rest) = (parts.clone(), first.clone(), rest.clone());
            Item::Paragraph { parts, first, rest }
        }
        Item::Verbatim { parts, first } => {
            Item::Verbatim { parts: parts.clone(), first: first.clone() }
        }
        Item::Spread { left, right, first, rest } => {
            let (left, right) = (left.clone(), right.clone());
            Item::Spread { left, right, first: first.clone(), rest: rest.clone() }
        }
        Item::Block { condition, yes, no } => {
            Item::Block { condition: condition.clone(), yes: map(yes, change), no: map(no, change) }
        }
        Item::Each { list, id, body, none } => Item::Each {
            list: list.clone(),
            id: *id,
            body: map(body, change),
            none: map(none, change),
        },
    });
    changed.collect()
}

/// Says for each block, in order, which branch the reader sees, as [`part::branches`] does.
pub(super) fn branches(items: &[Item], reader: Reader<'_>, seen: &mut Vec<bool>) {
    for item in items {
        match item {
            Item::Block { condition, yes, no } => {
                seen.push(condition.is_true(reader));
                branches(yes, reader, seen);
                branches(no, reader, seen);
            }
            Item::Each { list, id, body, none } => {
                reader.each(list, *id, |turn| {
                    seen.push(true);
                    branches(body, turn, seen);
                });
                seen.push(false);
                branches(none, reader, seen);
            }
            Item::Paragraph { parts, .. } | Item::Verbatim { parts, .. } => {
                part::branches(parts, reader, seen);
            }
            _ => {}
        }
    }
}

/// Collects the fields that are printed as they are.
pub(super) fn bare_fields(items: &[Item], found: &mut std::collections::BTreeSet<String>) {
    for item in items {
        match item {
            Item::Paragraph { parts, .. } | Item::Verbatim { parts, .. } => {
                part::bare_fields(parts, found);
            }
            Item::Block { condition, yes, no } if !matches!(condition, Expr::Field(_)) => {
                bare_fields(yes, found);
                bare_fields(no, found);
            }
            Item::Each { body, none, .. } => {
                bare_fields(body, found);
                bare_fields(none, found);
            }
            _ => {}
        }
    }
}

/// Where the lines go, and the blank ones that are due before the next.
struct Page<'a, K> {
    out: &'a mut K,
    is_empty: bool,
    blanks: usize,
}

impl<K> Page<'_, K> {
    fn items<S>(&mut self, items: &[Item<S>], reader: Reader<'_>)
    where
        K: Sink<S>,
    {
        for item in items {
            match item {
                Item::Lines(lines) => {
                    self.space();
                    self.out.lines(lines);
                }
                Item::Blank => self.blanks += 1,
                Item::Paragraph { parts, first, rest } => {
                    let mut text = String::new();
                    part::write(parts, reader, &mut text);
                    self.fresh(wrap::wrap(&text, first, rest));
                }
                Item::Verbatim { parts, first } => {
                    let mut line = first.clone();
                    part::write(parts, reader, &mut line);
                    line.truncate(line.trim_end().len());
                    self.fresh(vec![line]);
                }
                Item::Spread { left, right, first, rest } => {
                    let (left, right) = (left.value(reader).print(), right.value(reader).print());
                    let clean = |text: String| text.replace(char::is_control, " ");
                    self.fresh(wrap::spread(&clean(left), &clean(right), first, rest));
                }
                Item::Block { condition, yes, no } => {
                    self.items(if condition.is_true(reader) { yes } else { no }, reader);
                }
                Item::Each { list, id, body, none } => {
                    if !reader.each(list, *id, |turn| self.items(body, turn)) {
                        self.items(none, reader);
                    }
                }
            }
        }
    }

    /// Writes the blank lines that are due.
    fn space<S>(&mut self)
    where
        K: Sink<S>,
    {
        if !self.is_empty {
            let blanks = ["", "\n", "\n\n"][self.blanks.min(BLANKS_MAX)];
            self.out.text(blanks);
        }
        self.is_empty = false;
        self.blanks = 0;
    }

    /// Writes lines that were made for this reader.
    fn fresh<S>(&mut self, lines: Vec<String>)
    where
        K: Sink<S>,
    {
        if lines.is_empty() {
            return;
        }
        self.space();
        self.out.text(&(lines.join("\n") + "\n"));
    }
}

#[cfg(test)]
mod tests;
