//! Gives every element of the body the attributes that the head has for it.
//!
//! In npm's order, each over those before: what `mj-all` says, what parents hand down, what
//! `mj-attributes` says of the element, its classes, what the classes of its parents say of it, its
//! own. `mj-attributes` is gone afterwards, so mrml decides none of this.

use std::collections::BTreeMap;

use super::attributes::{self, Kind};
use super::tree::{Element, Node};

type Values = Vec<(String, String)>;

/// What parents hand down to the elements they are made for.
const HANDED_DOWN: [(&str, &[&str]); 4] = [
    (
        "mj-social-element",
        &[
            "border",
            "border-radius",
            "color",
            "font-family",
            "font-size",
            "font-weight",
            "font-style",
            "icon-size",
            "icon-height",
            "icon-padding",
            "text-padding",
            "line-height",
            "text-decoration",
        ],
    ),
    ("mj-accordion-element", ACCORDION),
    ("mj-accordion-title", ACCORDION),
    ("mj-accordion-text", ACCORDION),
];
const ACCORDION: &[&str] = &[
    "border",
    "icon-align",
    "icon-width",
    "icon-height",
    "icon-position",
    "icon-wrapped-url",
    "icon-wrapped-alt",
    "icon-unwrapped-url",
    "icon-unwrapped-alt",
];
/// What those parents have where nobody says otherwise.
const PARENTS_OWN: [&str; 7] = [
    "border-radius",
    "color",
    "font-family",
    "font-size",
    "icon-size",
    "line-height",
    "text-decoration",
];

#[derive(Default)]
struct Defaults {
    all: Values,
    elements: BTreeMap<String, Values>,
    classes: BTreeMap<String, Values>,
    /// By class, then by element.
    of_classes: BTreeMap<String, BTreeMap<String, Values>>,
}

/// Resolves the attributes of all elements of the body.
pub(super) fn resolve(root: &mut Element) {
    let mut defaults = Defaults::default();
    if let Some(head) = root.elements_mut().find(|element| element.name == "mj-head") {
        for block in head.elements().filter(|element| element.name == "mj-attributes") {
            block.elements().for_each(|element| defaults.note(element));
        }
        head.children.retain(
            |child| !matches!(child, Node::Element(element) if element.name == "mj-attributes"),
        );
    }
    if let Some(body) = root.elements_mut().find(|element| element.name == "mj-body") {
        defaults.apply(body, "", None);
    }
}

impl Defaults {
    fn note(&mut self, element: &Element) {
        match element.name.as_str() {
            "mj-all" => merge(&mut self.all, &element.attributes),
            "mj-class" => {
                let name = element.get("name").unwrap_or_default().to_owned();
                let mut values = element.attributes.clone();
                values.retain(|(name, _)| name != "name");
                merge(self.classes.entry(name.clone()).or_default(), &values);
                let of_class = self.of_classes.entry(name).or_default();
                for element in element.elements() {
                    of_class.insert(element.name.clone(), element.attributes.clone());
                }
            }
            name => merge(self.elements.entry(name.to_owned()).or_default(), &element.attributes),
        }
    }

    fn apply(&self, element: &mut Element, parent_class: &str, parent: Option<&Element>) {
        let own = std::mem::take(&mut element.attributes);
        let class = own.iter().find(|(name, _)| name == "mj-class").map(|(_, value)| value.clone());
        let mut values = Values::new();
        let handed = HANDED_DOWN.iter().find(|(name, _)| *name == element.name);
        let is_handed = |name: &str| {
            handed.is_some_and(|(_, names)| names.contains(&name))
                && (name.starts_with("icon-")
                    || PARENTS_OWN.contains(&name)
                    || parent.is_some_and(|parent| parent.get(name).is_some()))
        };
        let all = self.all.iter().filter(|(name, _)| !is_handed(name)).cloned();
        merge(&mut values, &all.collect::<Values>());
        if let Some(of_element) = self.elements.get(&element.name) {
            merge(&mut values, of_element);
        }
        merge(&mut values, &self.of_own_classes(class.as_deref().unwrap_or_default()));
        for class in parent_class.split_ascii_whitespace() {
            if let Some(of) = self.of_classes.get(class).and_then(|of| of.get(&element.name)) {
                merge(&mut values, of);
            }
        }
        if element.name == "mj-accordion-title" || element.name == "mj-accordion-text" {
            // npm takes the font of these from the elements around them, unless it is their own.
            values.retain(|(name, _)| name != "font-family");
        }
        if element.name == "mj-social-element"
            && let Some(border) = parent.and_then(|parent| parent.get("border"))
            && !values.iter().any(|(name, _)| name == "border")
        {
            // mrml hands down all but this.
            values.push(("border".to_owned(), border.to_owned()));
        }
        merge(&mut values, &own);
        values.retain(|(name, _)| name != "mj-class");
        for (name, value) in &mut values {
            *value = settled(&element.name, name, value);
        }
        values.retain(|(name, value)| name != "full-width" || value == "full-width");
        element.attributes = values;
        let class = class.unwrap_or_else(|| parent_class.to_owned());
        let mut outline = Element::new(&element.name);
        outline.attributes.clone_from(&element.attributes);
        for child in element.elements_mut().filter(|child| child.name != "mj-raw") {
            self.apply(child, &class, Some(&outline));
        }
    }

    /// What an element's classes say, later ones over earlier; their `css-class` are joined.
    fn of_own_classes(&self, classes: &str) -> Values {
        let mut values = Values::new();
        for class in classes.split_ascii_whitespace() {
            let Some(of) = self.classes.get(class) else { continue };
            let before = values.iter().find(|(name, _)| name == "css-class").cloned();
            merge(&mut values, of);
            let joined = values.iter_mut().find(|(name, _)| name == "css-class");
            if let (Some((_, before)), Some((_, now))) = (before, joined)
                && of.iter().any(|(name, _)| name == "css-class")
            {
                *now = format!("{before} {now}");
            }
        }
        values
    }
}

fn merge(into: &mut Values, from: &Values) {
    for (name, value) in from {
        match into.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.clone(),
            None => into.push((name.clone(), value.clone())),
        }
    }
}

/// Writes a value as npm does: a short color in full, one space between lengths.
fn settled(element: &str, name: &str, value: &str) -> String {
    match attributes::kind(element, name) {
        Some(Kind::Color) => match value.strip_prefix('#') {
            Some(digits) if digits.len() == 3 => {
                let doubled = digits.chars().flat_map(|digit| [digit, digit]);
                std::iter::once('#').chain(doubled).collect()
            }
            _ => value.to_owned(),
        },
        Some(Kind::Unit { .. }) => value.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn resolved(head: &str, body: &str) -> String {
        let text = format!(
            "<mjml><mj-head><mj-attributes>{head}</mj-attributes></mj-head><mj-body>{body}</mj-body></mjml>"
        );
        let mut root = tree::read(&text).unwrap();
        resolve(&mut root);
        let mut written = tree::Written::default();
        written.element(root.child("mj-body").unwrap(), &mut |element| element.content.clone());
        written.text
    }

    #[test]
    fn what_is_nearer_wins() {
        let head = "<mj-all color=\"red\" padding=\"1px\" /><mj-text color=\"blue\" align=\"left\" />\
                    <mj-class name=\"a\" css-class=\"x\" align=\"right\"><mj-text height=\"3px\" /></mj-class>\
                    <mj-class name=\"b\" css-class=\"y\" color=\"#abc\" />";
        insta::assert_snapshot!(
            resolved(head, "<mj-section mj-class=\"a\"><mj-text mj-class=\"a b\" padding=\"2px  3px\">x</mj-text></mj-section>"),
            @r##"<mj-body color="red" padding="1px"><mj-section color="red" padding="1px" css-class="x" align="right"><mj-text color="#aabbcc" padding="2px 3px" align="right" css-class="x y" height="3px">x</mj-text></mj-section></mj-body>"##
        );
    }

    #[test]
    fn what_a_parent_hands_down_goes_before_what_is_said_of_all() {
        let body = "<mj-social><mj-social-element>x</mj-social-element></mj-social>";
        insta::assert_snapshot!(resolved("<mj-all color=\"red\" align=\"left\" />", body), @r##"<mj-body color="red" align="left"><mj-social color="red" align="left"><mj-social-element align="left">x</mj-social-element></mj-social></mj-body>"##);
    }
}
