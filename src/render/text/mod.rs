//! The plain text: 72 columns, wrapped at build time where nothing waits for the reader.
//!
//! Invariant: no line that can be broken is wider than the measure, addresses are never broken, and
//! at most two blank lines follow each other, whichever branches a reader sees.

mod arrange;
mod wrap;

use serde::{Deserialize, Serialize};

use super::part::{self, Part};
use super::reader::{Expr, Reader};

pub(super) use arrange::arrange;
pub(super) use wrap::width;

/// The measure, in columns.
pub(super) const COLUMNS: usize = 72;
/// Blank lines that may follow each other.
const BLANKS_MAX: usize = 2;

/// A part of a compiled plain text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Item {
    /// Lines that are the same for every reader.
    Lines(String),
    /// A blank line.
    Blank,
    /// A paragraph that is wrapped per copy.
    Paragraph { parts: Vec<Part>, first: String, rest: String },
    /// Lines that are filled per copy and never wrapped.
    Verbatim { parts: Vec<Part>, first: String },
    /// One text at the left, one at the right, filled per copy.
    Spread { left: Expr, right: Expr, first: String, rest: String },
    /// One of two branches of whole paragraphs.
    Block { condition: Expr, yes: Vec<Item>, no: Vec<Item> },
}

/// Writes the plain text for one reader.
pub(super) fn write(items: &[Item], reader: Reader<'_>) -> String {
    let mut page = Page { out: String::new(), blanks: 0 };
    page.items(items, reader);
    if !page.out.is_empty() {
        page.out.push('\n');
    }
    page.out
}

/// Says for each block, in order, whether the reader sees its first branch.
pub(super) fn branches(items: &[Item], reader: Reader<'_>, seen: &mut Vec<bool>) {
    for item in items {
        match item {
            Item::Block { condition, yes, no } => {
                seen.push(condition.is_true(reader));
                branches(yes, reader, seen);
                branches(no, reader, seen);
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
            _ => {}
        }
    }
}

/// The text so far, and the blank lines that are due before the next line.
struct Page {
    out: String,
    blanks: usize,
}

impl Page {
    fn items(&mut self, items: &[Item], reader: Reader<'_>) {
        for item in items {
            match item {
                Item::Lines(lines) => self.line(lines),
                Item::Blank => self.blanks += 1,
                Item::Paragraph { parts, first, rest } => {
                    let mut text = String::new();
                    part::write(parts, reader, &mut text);
                    for line in wrap::wrap(&text, first, rest) {
                        self.line(&line);
                    }
                }
                Item::Verbatim { parts, first } => {
                    let mut line = first.clone();
                    part::write(parts, reader, &mut line);
                    self.line(line.trim_end());
                }
                Item::Spread { left, right, first, rest } => {
                    let (left, right) = (left.value(reader).print(), right.value(reader).print());
                    let clean = |text: String| text.replace(char::is_control, " ");
                    for line in wrap::spread(&clean(left), &clean(right), first, rest) {
                        self.line(&line);
                    }
                }
                Item::Block { condition, yes, no } => {
                    self.items(if condition.is_true(reader) { yes } else { no }, reader);
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        if !self.out.is_empty() {
            let breaks = 1 + self.blanks.min(BLANKS_MAX);
            self.out.extend(std::iter::repeat_n('\n', breaks));
        }
        self.blanks = 0;
        self.out.push_str(line);
    }
}

#[cfg(test)]
mod tests;
