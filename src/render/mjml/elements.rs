//! The elements of MJML: what each may hold, and where it may stand.

/// What stands inside an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Other elements of MJML.
    Components,
    /// HTML.
    Html,
    /// Text without tags.
    Text,
    /// CSS.
    Css,
    Nothing,
}

/// An element of MJML.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) content: Content,
    /// What it may stand in; nothing for the root.
    pub(super) parents: &'static [&'static str],
}

const IN_COLUMN: &[&str] = &["mj-column", "mj-hero"];

const fn element(
    name: &'static str,
    content: Content,
    parents: &'static [&'static str],
) -> Element {
    Element { name, content, parents }
}

pub(super) const ELEMENTS: [Element; 37] = {
    use Content::{Components, Css, Html, Nothing, Text};
    [
        element("mjml", Components, &[]),
        element("mj-head", Components, &["mjml"]),
        element("mj-body", Components, &["mjml"]),
        element("mj-attributes", Components, &["mj-head"]),
        element("mj-all", Nothing, &["mj-attributes"]),
        element("mj-class", Components, &["mj-attributes"]),
        element("mj-breakpoint", Nothing, &["mj-head"]),
        element("mj-font", Nothing, &["mj-head"]),
        element("mj-html-attributes", Components, &["mj-head"]),
        element("mj-selector", Components, &["mj-html-attributes"]),
        element("mj-html-attribute", Text, &["mj-selector"]),
        element("mj-preview", Text, &["mj-head"]),
        element("mj-style", Css, &["mj-head"]),
        element("mj-title", Text, &["mj-head"]),
        element("mj-raw", Html, RAW_PARENTS),
        element("mj-wrapper", Components, &["mj-body"]),
        element("mj-section", Components, &["mj-body", "mj-wrapper"]),
        element("mj-hero", Components, &["mj-body", "mj-wrapper"]),
        element("mj-group", Components, &["mj-section"]),
        element("mj-column", Components, &["mj-section", "mj-group"]),
        element("mj-text", Html, IN_COLUMN),
        element("mj-button", Html, IN_COLUMN),
        element("mj-table", Html, IN_COLUMN),
        element("mj-image", Nothing, IN_COLUMN),
        element("mj-divider", Nothing, IN_COLUMN),
        element("mj-spacer", Nothing, IN_COLUMN),
        element("mj-accordion", Components, IN_COLUMN),
        element("mj-accordion-element", Components, &["mj-accordion"]),
        element("mj-accordion-title", Html, &["mj-accordion-element"]),
        element("mj-accordion-text", Html, &["mj-accordion-element"]),
        element("mj-carousel", Components, IN_COLUMN),
        element("mj-carousel-image", Nothing, &["mj-carousel"]),
        element("mj-navbar", Components, IN_COLUMN),
        element("mj-navbar-link", Html, &["mj-navbar"]),
        element("mj-social", Components, IN_COLUMN),
        element("mj-social-element", Html, &["mj-social"]),
        // Written into the place of what it names before MJML is read; here it is only known.
        element("mj-include", Nothing, &["mj-head", "mj-body"]),
    ]
};

/// What `<mj-raw>` may stand in.
pub(super) const RAW_PARENTS: &[&str] = &[
    "mjml",
    "mj-head",
    "mj-body",
    "mj-wrapper",
    "mj-section",
    "mj-group",
    "mj-column",
    "mj-hero",
    "mj-accordion",
    "mj-accordion-element",
    "mj-navbar",
    "mj-social",
];

/// The attributes of MJML's elements that may hold a reader's data.
pub(super) const READER_ATTRIBUTES: [&str; 6] =
    ["href", "alt", "title", "src", "css-class", "aria-label"];

/// Elements of HTML without an end tag.
pub(super) const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

pub(super) fn named(name: &str) -> Option<Element> {
    ELEMENTS.into_iter().find(|element| element.name == name)
}
