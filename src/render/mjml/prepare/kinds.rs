//! Holds attributes to the elements that they stand in, and values to their attributes.

use std::ops::Range;

use super::Preparer;
use crate::render::mjml::told::Told;
use crate::render::mjml::{attributes, elements};

impl Preparer<'_> {
    /// Tells if an element has no such attribute, or if the value is none of its kind.
    pub(super) fn kind(
        &mut self,
        element: &str,
        name: &str,
        name_at: Range<usize>,
        value_at: Range<usize>,
    ) {
        if elements::named(element).is_none() {
            return;
        }
        let Some(kind) = attributes::kind(element, name) else {
            return self.unknown_attribute(element, name, name_at);
        };
        let value = &self.text[value_at.clone()];
        // What is the reader's stands in texts alone, which was held to already.
        if self.marks.find(value).is_some() || kind.takes(value) {
            return;
        }
        let at = if value.is_empty() { name_at } else { value_at };
        self.told(Told::value(element, name, value, kind), at);
    }

    /// Tells of an attribute without value.
    pub(super) fn valueless(&mut self, element: &str, name: &str, at: Range<usize>) {
        if elements::named(element).is_none() {
            return;
        }
        if attributes::kind(element, name).is_none() {
            return self.unknown_attribute(element, name, at);
        }
        let what = format!("`{name}` of `<{element}>` has no value");
        let fault = self.generated.error(what, at, "");
        self.fault(fault.hint(format!("write `{name}=\"…\"`")));
    }

    fn unknown_attribute(&mut self, element: &str, name: &str, at: Range<usize>) {
        self.told(Told::unknown_attribute(element, name), at);
    }

    pub(super) fn told(&mut self, told: Told, at: Range<usize>) {
        let fault = self.generated.error(told.what.as_str(), at, &told.label);
        self.fault(told.hinted(fault));
    }
}
