//! What is told of an element or an attribute that MJML does not have.

use super::attributes::{self, Kind};
use super::elements::ELEMENTS;
use crate::diag::{Diagnostic, nearest};

/// A fault without its place.
pub(super) struct Told {
    pub(super) what: String,
    pub(super) label: String,
    near: Option<String>,
}

impl Told {
    /// There is no such element.
    pub(super) fn unknown_element(name: &str) -> Self {
        let near = nearest(name, ELEMENTS.iter().map(|element| element.name));
        let near = near.map(|near| format!("<{near}>"));
        Self { what: format!("there is no element `<{name}>`"), label: String::new(), near }
    }

    /// An element has no such attribute.
    pub(super) fn unknown_attribute(element: &str, name: &str) -> Self {
        let names = attributes::names(element);
        let label = match (element, names.is_empty()) {
            ("mj-all" | "mj-class", _) => String::new(),
            (_, true) => "it has none".to_owned(),
            (_, false) => format!("it has {}", names.join(", ")),
        };
        let near = nearest(name, names.iter().copied()).map(str::to_owned);
        Self { what: format!("`<{element}>` has no attribute `{name}`"), label, near }
    }

    /// A value is none of its attribute's kind.
    pub(super) fn value(element: &str, name: &str, value: &str, kind: &Kind) -> Self {
        let what = match value {
            "" => format!("`{name}` of `<{element}>` is empty"),
            value => format!("`{name}` of `<{element}>` cannot be `{value}`"),
        };
        let near = match kind {
            Kind::Enum(values) => nearest(value, values.iter().copied()).map(str::to_owned),
            Kind::Css(property) => property.near(value),
            _ => None,
        };
        Self { what, label: kind.words(), near }
    }

    /// Puts the nearest name there is beneath the fault.
    pub(super) fn hinted(self, fault: Diagnostic) -> Diagnostic {
        match self.near {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault,
        }
    }
}
