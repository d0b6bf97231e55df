//! `mj-class`: what is defined in the head, and what the body asks for.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Preparer;
use crate::diag::nearest;
use crate::render::mjml::attributes;
use crate::render::mjml::tag::Tag;

/// An attribute that a class gives: its name and its value.
type Given = (Range<usize>, Range<usize>);

/// The classes of a template, and who asks for them.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// What each gives.
    defined: BTreeMap<String, Vec<Given>>,
    asked: Vec<Asked>,
}

#[derive(Debug)]
struct Asked {
    element: String,
    class: Range<usize>,
}

impl Preparer<'_> {
    /// Notes the classes that a tag defines or asks for, and holds what has to say a name to that.
    pub(super) fn note_classes(&mut self, element: &str, tag: &Tag) {
        for name in match element {
            "mj-class" => &["name"][..],
            "mj-font" => &["name", "href"],
            _ => &[],
        } {
            if self.value_of(tag, name).is_none() {
                let what = format!("`<{element}>` needs a `{name}`");
                self.fault(self.generated.error(what, tag.name.clone(), ""));
            }
        }
        if element == "mj-class" {
            let Some(name) = self.value_of(tag, "name").map(|range| self.text[range].to_owned())
            else {
                return;
            };
            let values = tag.attributes.iter().filter_map(|attribute| {
                let (key, value) = (attribute.name.clone(), attribute.value.clone()?);
                (&self.text[key.clone()] != "name").then_some((key, value))
            });
            let values: Vec<_> = values.collect();
            self.classes.defined.entry(name).or_default().extend(values);
        } else if self.inside("mj-body")
            && let Some(classes) = self.value_of(tag, "mj-class")
        {
            self.ask(element, classes);
        }
    }

    fn value_of(&self, tag: &Tag, name: &str) -> Option<Range<usize>> {
        let mut attributes = tag.attributes.iter();
        attributes.find(|attribute| &self.text[attribute.name.clone()] == name)?.value.clone()
    }

    fn ask(&mut self, element: &str, classes: Range<usize>) {
        let text = &self.text[classes.clone()];
        for word in text.split_ascii_whitespace() {
            let start = classes.start + (word.as_ptr() as usize - text.as_ptr() as usize);
            let class = start..start + word.len();
            self.classes.asked.push(Asked { element: element.to_owned(), class });
        }
    }

    /// Tells of classes that are misspelt, and of values that are none where they are used.
    pub(super) fn check_classes(&mut self) {
        let Classes { defined, asked } = std::mem::take(&mut self.classes);
        for Asked { element, class } in asked {
            let name = &self.text[class.clone()];
            let Some(values) = defined.get(name) else {
                // A part of it that waits for the reader was refused already.
                if self.marks.find(name).is_none() {
                    self.misspelt(class, defined.keys());
                }
                continue;
            };
            for (key, value) in values {
                self.value_in_class(&element, key.clone(), value.clone());
            }
        }
    }

    /// Tells of a class whose name is almost that of another. As npm does, any other that nobody
    /// defines gives nothing: it may be there for a template that shares the part.
    fn misspelt<'n>(&mut self, class: Range<usize>, defined: impl Iterator<Item = &'n String>) {
        let names: Vec<&str> = defined.map(String::as_str).collect();
        let name = &self.text[class.clone()];
        let label = format!("classes: {}", names.join(", "));
        let Some(near) = nearest(name, names) else { return };
        let what = format!("there is no `<mj-class name=\"{name}\">`");
        let fault = self.generated.error(what, class, &label);
        self.fault(fault.hint(format!("did you mean `{near}`?")));
    }

    fn value_in_class(&mut self, element: &str, key: Range<usize>, value: Range<usize>) {
        let name = &self.text[key];
        // An attribute that the element does not have is for others that bear the class.
        let Some(kind) = attributes::kind(element, name) else { return };
        let text = &self.text[value.clone()];
        if text.is_empty() || self.marks.find(text).is_some() || kind.takes(text) {
            return;
        }
        let what = format!("`{name}` of `<{element}>` cannot be `{text}`");
        let fault = self.generated.error(what, value, &kind.words());
        self.fault(fault.hint(format!("a `<{element}>` bears this class")));
    }
}
