//! Marks each element of the page with the place that it was written in, for checks.

use super::Preparer;
use super::tag::Tag;

/// The attribute that an element of HTML gets: a number of [`super::Prepared::places`].
pub(in crate::render) const ATTRIBUTE: &str = "data-lp";
/// What a class begins with that a component gets, before the same number.
pub(in crate::render) const CLASS: &str = "lp-at-";

impl Preparer<'_> {
    /// Marks an element whose name was just written. A component bears its mark as a class, the
    /// only attribute that all components pass on; one with `mj-class` gets none, which might
    /// bring it a class.
    pub(super) fn annotate(&mut self, name: &str, tag: &Tag) {
        if !self.is_annotated {
            return;
        }
        let number = self.out.places.len();
        let is_mjml = name == "mjml" || name.starts_with("mj-");
        let has = |key: &str| {
            tag.attributes.iter().any(|attribute| &self.text[attribute.name.clone()] == key)
        };
        if !is_mjml {
            self.write(&format!(" {ATTRIBUTE}=\"{number}\""), tag.name.start);
        } else if self.is_annotated_component(name) && !has("css-class") && !has("mj-class") {
            self.write(&format!(" css-class=\"{CLASS}{number}\""), tag.name.start);
        }
        self.out.places.push(tag.name.start..tag.end);
    }

    /// Marks a component in the class that it has.
    pub(super) fn annotate_class(&mut self, name: &str, at: usize) {
        if self.is_annotated && self.is_annotated_component(name) {
            let number = self.out.places.len().saturating_sub(1);
            self.write(&format!(" {CLASS}{number}"), at);
        }
    }

    fn is_annotated_component(&self, name: &str) -> bool {
        self.inside("mj-body") && !matches!(name, "mj-raw" | "mj-body")
    }
}
