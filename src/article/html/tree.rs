//! Short ways through a parsed page.

use scraper::{ElementRef, Html, Selector};

/// Returns all elements that a selector of ours finds; one that does not parse finds none.
pub(super) fn all<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    match Selector::parse(selector) {
        Ok(selector) => document.select(&selector).collect(),
        Err(_) => Vec::new(),
    }
}

/// Returns an element's text on one line, if it has any.
pub(super) fn text(element: ElementRef<'_>) -> Option<String> {
    folded(&element.text().collect::<String>())
}

/// Returns an attribute's text on one line, if it has any.
pub(super) fn attribute(element: ElementRef<'_>, name: &str) -> Option<String> {
    element.value().attr(name).and_then(folded)
}

/// Returns a text on one line, if there is anything in it.
pub(in crate::article) fn folded(text: &str) -> Option<String> {
    let text = text.replace(|c: char| c.is_control() || c == '\u{ad}' || c == '\u{200b}', " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// Decodes `&amp;` and its like in a text that another program encoded once too often.
pub(in crate::article) fn unescaped(text: &str) -> Option<String> {
    if !text.contains('&') && !text.contains('<') {
        return folded(text);
    }
    folded(&Html::parse_fragment(text).root_element().text().collect::<String>())
}
