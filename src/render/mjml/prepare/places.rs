//! Which element may stand where.

use std::ops::Range;

use super::Preparer;
use crate::render::mjml::elements::{self, Content, Element};
use crate::render::mjml::told::Told;

impl Preparer<'_> {
    /// Tells if an element may not stand here; returns what it may hold.
    pub(super) fn place(&mut self, name: &str, at: &Range<usize>) -> Content {
        let parent = self.stack.last().map(|open| (open.name.clone(), open.content));
        let is_mjml = name == "mjml" || name.starts_with("mj-");
        match (parent, is_mjml) {
            (Some((_, Content::Html)), false) => match name {
                "style" | "script" => Content::Css,
                _ => Content::Html,
            },
            (parent, true) => match elements::named(name) {
                Some(element) => {
                    self.component(element, parent, at);
                    match self.inside("mj-attributes") && name != "mj-class" {
                        true => Content::Nothing,
                        false => element.content,
                    }
                }
                None => {
                    self.unknown(name, at);
                    Content::Html
                }
            },
            (parent, false) => {
                let place = match parent {
                    Some((parent, _)) => format!("directly in `<{parent}>`"),
                    None => "outside of `<mjml>`".to_owned(),
                };
                let what = format!("`<{name}>` may not stand {place}");
                let fault = self.generated.error(what, at.clone(), "");
                self.fault(fault.hint(self.home_of(name)));
                Content::Html
            }
        }
    }

    /// Returns the innermost element that is no part of a document that was included whole.
    fn around_documents(&self) -> Option<(String, Content)> {
        let mut depth = self.stack.len();
        while depth > 2
            && self.stack[depth - 1].name == "mj-body"
            && self.stack[depth - 2].name == "mjml"
        {
            depth -= 2;
        }
        self.stack[..depth].last().map(|open| (open.name.clone(), open.content))
    }

    /// Where an element of HTML that stands among components belongs.
    fn home_of(&self, name: &str) -> &'static str {
        match (name, self.inside("mj-head")) {
            ("style", true) => "write `<mj-style>`",
            ("title", true) => "write `<mj-title>`",
            (_, true) => "put it into `<mj-raw>`",
            (_, false) => "put it into `<mj-text>` or `<mj-raw>`",
        }
    }

    pub(super) fn unknown(&mut self, name: &str, at: &Range<usize>) {
        self.told(Told::unknown_element(name), at.clone());
    }

    pub(super) fn component(
        &mut self,
        element: Element,
        parent: Option<(String, Content)>,
        at: &Range<usize>,
    ) {
        let name = element.name;
        // An included file may be a whole document: its parts stand where it was included.
        if name == "mjml" && !self.stack.is_empty() && !self.generated.is_own(at.start) {
            return;
        }
        let parent = match parent {
            Some((parent, _)) if parent == "mj-body" => self.around_documents(),
            parent => parent,
        };
        self.bodies += usize::from(name == "mj-body" && self.stack.len() < 2);
        self.heads += usize::from(name == "mj-head" && self.stack.len() < 2);
        if name == "mj-head" && self.heads > 1 && self.stack.len() < 2 {
            let fault = self.generated.error("a second `<mj-head>`", at.clone(), "");
            self.fault(fault.hint("put what it holds into the first"));
        }
        if name == "mj-body" && self.bodies > 1 {
            let fault = self.generated.error("a second `<mj-body>`", at.clone(), "");
            self.fault(fault);
        }
        let fits = match &parent {
            None => element.parents.is_empty(),
            Some((parent, _)) if parent == "mj-attributes" => name != "mjml",
            Some((parent, _)) if parent == "mj-class" => element.parents != ["mj-attributes"],
            Some((parent, _)) => element.parents.contains(&parent.as_str()),
        };
        if fits {
            return;
        }
        let place = match &parent {
            Some((parent, _)) => format!("in `<{parent}>`"),
            None => "outside of `<mjml>`".to_owned(),
        };
        let label = match element.parents.len() {
            0 => "it is the root".to_owned(),
            _ => format!("it stands in {}", element.parents.join(", ")),
        };
        let what = format!("`<{name}>` may not stand {place}");
        let fault = self.generated.error(what, at.clone(), &label);
        self.fault(fault);
    }
}
