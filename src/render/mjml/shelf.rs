//! Puts HTML, CSS and text aside while mrml makes a page of the components around them.
//!
//! mrml reads the HTML inside a component and writes it anew; npm's mjml copies it as it stands.
//! What stands in also tells which component a tag of the page belongs to. Invariant: what was put
//! aside comes back byte for byte, in every place where mrml put it.

use std::ops::Range;

use super::tree::Element;
use crate::render::mark::Marks;

pub(super) struct Shelf<'m> {
    marks: &'m Marks,
    items: Vec<Item>,
}

/// What was put aside, and the element that it is of.
pub(super) struct Item {
    text: String,
    pub(super) element: Element,
}

impl<'m> Shelf<'m> {
    pub(super) fn new(marks: &'m Marks) -> Self {
        Self { marks, items: Vec::new() }
    }

    /// Takes the content of an element; returns what stands in for it.
    pub(super) fn put(&mut self, element: &Element) -> String {
        match element.content.trim() {
            "" => String::new(),
            text => self.add(text.to_owned(), element),
        }
    }

    /// Takes the attribute of an element, empty if it has none, and puts in what stands in for it.
    pub(super) fn put_attribute(&mut self, element: &mut Element, name: &str) {
        let text = element.get(name).unwrap_or_default().to_owned();
        let aside = self.add(text, element);
        element.set(name, aside);
    }

    fn add(&mut self, text: String, element: &Element) -> String {
        let mut outline = Element::new(&element.name);
        outline.attributes.clone_from(&element.attributes);
        self.items.push(Item { text, element: outline });
        self.marks.aside(self.items.len() - 1)
    }

    /// Finds the first thing that stands in for another: where it is, and what it stands for.
    pub(super) fn find(&self, text: &str) -> Option<(Range<usize>, &Item)> {
        let (found, number) = self.marks.find_aside(text)?;
        Some((found, self.items.get(number)?))
    }

    /// Puts everything back.
    pub(super) fn take(&self, html: &str) -> String {
        let length = self.items.iter().map(|item| item.text.len()).sum::<usize>();
        let mut out = String::with_capacity(html.len() + length);
        let mut rest = html;
        while let Some((found, number)) = self.marks.find_aside(rest) {
            out.push_str(&rest[..found.start]);
            if let Some(item) = self.items.get(number) {
                out.push_str(&item.text);
            }
            rest = &rest[found.end..];
        }
        out.push_str(rest);
        out
    }
}
