//! A page in which every element says where it was written, for the checks.

use std::ops::Range;

use super::mjml::Generated;
use super::part::{self, Part};
use super::reader::Reader;
use crate::words::Span;

/// The proof sheet of an issue: its page once more, with places.
#[derive(Debug)]
pub struct Sheet {
    pub(super) parts: Vec<Part>,
    pub(super) generated: Generated,
    /// The tags that elements name by number.
    pub(super) places: Vec<Range<usize>>,
    pub(super) styles: Vec<Range<usize>>,
}

/// Where something on a page comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The place in the template.
    pub(super) span: Span,
    /// Whether it stands there word for word; otherwise a value of the issue put it there.
    pub(super) is_literal: bool,
}

impl Sheet {
    /// Returns a reader's page.
    pub(super) fn page(&self, reader: Reader<'_>) -> String {
        let mut page = String::new();
        part::write(&self.parts, reader, &mut page);
        page
    }

    /// Says what a reader's page shows of what differs, as [`part::branches`].
    pub(super) fn variant(&self, reader: Reader<'_>) -> Vec<bool> {
        let mut seen = Vec::new();
        part::branches(&self.parts, reader, &mut seen);
        seen
    }

    /// Returns where the element with a number was written.
    pub(super) fn origin(&self, number: usize) -> Option<Origin> {
        self.at(self.places.get(number)?.clone())
    }

    /// Returns the tag of the element with a number.
    pub(super) fn tag(&self, number: usize) -> Option<&str> {
        Some(self.generated.text(self.places.get(number)?.clone()))
    }

    /// Says whether the template has words itself, outside of values.
    pub(super) fn holds_literally(&self, words: &str) -> bool {
        self.generated.holds_literally(words)
    }

    /// Returns what follows the tag of the element with a number, as far as the template has it
    /// word for word.
    pub(super) fn literal_after(&self, number: usize) -> Option<&str> {
        let start = self.places.get(number)?.end;
        let end = self.generated.literal_end(start)?;
        Some(self.generated.text(start..end))
    }

    /// Returns the style sheets of the template, each with its place in the generated text.
    pub(super) fn styles(&self) -> impl Iterator<Item = (&str, usize)> {
        self.styles.iter().map(|range| (self.generated.text(range.clone()), range.start))
    }

    /// Returns where a part of the generated text comes from.
    pub(super) fn at(&self, range: Range<usize>) -> Option<Origin> {
        let is_literal = self.generated.is_literal(&range);
        Some(Origin { span: self.generated.span(range)?, is_literal })
    }
}
