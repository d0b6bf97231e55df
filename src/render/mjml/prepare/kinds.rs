//! Holds attributes to the elements that they stand in, and values to their attributes.

use std::ops::Range;

use super::Preparer;
use crate::diag::nearest;
use crate::render::mjml::attributes::{self, Kind};
use crate::render::mjml::elements;

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
        let what = match value {
            "" => format!("`{name}` of `<{element}>` is empty"),
            value => format!("`{name}` of `<{element}>` cannot be `{value}`"),
        };
        let at = if value.is_empty() { name_at } else { value_at };
        let fault = self.generated.error(what, at, &kind.words());
        let near = match kind {
            Kind::Enum(values) => nearest(value, values.iter().copied()),
            _ => None,
        };
        self.fault(match near {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault,
        });
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
        let names = attributes::names(element);
        let what = format!("`<{element}>` has no attribute `{name}`");
        let label = match names.is_empty() {
            true => "it has none".to_owned(),
            false => format!("it has {}", names.join(", ")),
        };
        let label = if element == "mj-all" || element == "mj-class" { "" } else { label.as_str() };
        let fault = self.generated.error(what, at, label);
        self.fault(match nearest(name, names.iter().copied()) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault,
        });
    }
}
