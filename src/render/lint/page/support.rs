//! CSS that large mail clients pass over, where a template's author wrote it: what MJML writes has
//! its own ways round.
//!
//! The data are those of caniemail.com of 2026-05-13 (Rémi Parmentier and others; MIT licence): the
//! last tested version of Gmail, Outlook, Yahoo and Apple Mail on every platform. What no version of
//! Gmail knows, or no version of two of the four, is in this table, but for properties without
//! which a page reads as well (`cursor`, `hyphens`, `transition` and their like), and for what
//! stands in `@media` rules, which is meant for those that know it.

use super::{Page, number};
use crate::diag::Diagnostic;
use crate::render::lint::css::{self, Declaration};

const ALL: &str = "Gmail, Outlook and Yahoo";
const WEB: &str = "Gmail and Yahoo";
const OLD: &str = "Outlook and Yahoo";

/// Properties, and which clients pass them over.
const PROPERTIES: [(&str, &str); 58] = [
    ("align-content", WEB),
    ("align-items", WEB),
    ("align-self", WEB),
    ("aspect-ratio", ALL),
    ("backdrop-filter", WEB),
    ("block-size", ALL),
    ("border-block", ALL),
    ("border-block-end", ALL),
    ("border-block-start", ALL),
    ("border-end-end-radius", ALL),
    ("border-image", ALL),
    ("border-inline", ALL),
    ("border-inline-end", ALL),
    ("border-inline-start", ALL),
    ("border-start-start-radius", ALL),
    ("bottom", WEB),
    ("clip-path", ALL),
    ("filter", ALL),
    ("flex-direction", WEB),
    ("flex-flow", WEB),
    ("flex-wrap", WEB),
    ("grid-area", ALL),
    ("grid-column", ALL),
    ("grid-row", ALL),
    ("grid-template", ALL),
    ("grid-template-areas", ALL),
    ("grid-template-columns", ALL),
    ("grid-template-rows", ALL),
    ("inline-size", "Apple Mail, Gmail, Outlook and Yahoo"),
    ("inset", ALL),
    ("justify-content", WEB),
    ("left", WEB),
    ("list-style-image", ALL),
    ("margin-block", ALL),
    ("margin-block-end", ALL),
    ("margin-block-start", ALL),
    ("margin-inline", ALL),
    ("margin-inline-end", ALL),
    ("margin-inline-start", ALL),
    ("mask-image", WEB),
    ("max-inline-size", ALL),
    ("min-block-size", ALL),
    ("min-inline-size", WEB),
    ("padding-block", ALL),
    ("padding-block-end", ALL),
    ("padding-block-start", ALL),
    ("padding-inline", ALL),
    ("padding-inline-end", ALL),
    ("padding-inline-start", ALL),
    ("position", "Gmail"),
    ("right", WEB),
    ("rotate", ALL),
    ("shape-outside", WEB),
    ("text-shadow", "Gmail and Outlook"),
    ("top", WEB),
    ("transform", ALL),
    ("visibility", "Gmail"),
    ("z-index", "Gmail"),
];

/// Functions in values, and which clients pass their declarations over.
const FUNCTIONS: [(&str, &str); 10] = [
    ("calc(", OLD),
    ("clamp(", OLD),
    ("conic-gradient(", ALL),
    ("light-dark(", "Gmail"),
    ("linear-gradient(", OLD),
    ("max(", OLD),
    ("min(", OLD),
    ("oklch(", WEB),
    ("radial-gradient(", OLD),
    ("var(", ALL),
];

pub(super) fn support(page: &Page<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for element in page.select("[style]") {
        // An element without a mark of its own is MJML's.
        let style = element.value().attr("style").unwrap_or_default();
        if let Some(origin) = number(element)
            .filter(|_| element.value().attr(super::ATTRIBUTE).is_some())
            .and_then(|number| page.sheet.origin(number))
            .filter(|origin| origin.is_literal)
        {
            let declarations = css::declarations(style, 0..style.len());
            let unknown = declarations.iter().filter_map(unsupported);
            findings.extend(unknown.map(|finding| finding.at(origin.span.clone(), "")));
        }
    }
    for (sheet, start) in page.sheet.styles() {
        let rules = css::rules(sheet);
        let plain = rules.iter().filter(|rule| rule.media.is_empty());
        for declaration in plain.flat_map(|rule| &rule.declarations) {
            let at = start + declaration.at.start..start + declaration.at.end;
            if let (Some(finding), Some(origin)) = (unsupported(declaration), page.sheet.at(at)) {
                findings.push(finding.at(origin.span, ""));
            }
        }
        if let Some(at) = sheet.find("@import")
            && let Some(origin) = page.sheet.at(start + at..start + at + 7)
        {
            findings.push(finding("@import", WEB).at(origin.span, ""));
        }
    }
    findings
}

fn unsupported(declaration: &Declaration<'_>) -> Option<Diagnostic> {
    let name = declaration.name.to_ascii_lowercase();
    if name == "visibility" && declaration.value.eq_ignore_ascii_case("visible")
        || name == "position" && declaration.value.eq_ignore_ascii_case("static")
    {
        return None;
    }
    if let Some((property, clients)) = PROPERTIES.iter().find(|(property, _)| *property == name) {
        return Some(finding(property, clients));
    }
    let value = declaration.value.to_ascii_lowercase();
    let (function, clients) = FUNCTIONS.iter().find(|(function, _)| calls(&value, function))?;
    Some(finding(&format!("{function}…)"), clients))
}

fn calls(value: &str, function: &str) -> bool {
    // An address is no call, whatever stands in it.
    let value = value.split("url(").next().unwrap_or_default();
    value
        .match_indices(function)
        .any(|(at, _)| !value[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-'))
}

fn finding(what: &str, clients: &str) -> Diagnostic {
    let verb = if clients.contains(" and ") { "pass" } else { "passes" };
    Diagnostic::warning(format!("{clients} {verb} over `{what}`"))
        .id("css-support")
        .note("the page must read well without it")
        .hint("lay out with tables or components, or put it into an `@media` rule")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(declaration: &str) -> Option<String> {
        let all = css::declarations(declaration, 0..declaration.len());
        all.iter().find_map(unsupported).map(|finding| finding.what)
    }

    #[test]
    fn what_gmail_or_two_of_four_do_not_know_is_told() {
        assert_eq!(told("Position: absolute").unwrap(), "Gmail passes over `position`");
        assert_eq!(
            told("width:calc(100% - 2px)").unwrap(),
            "Outlook and Yahoo pass over `calc(…)`"
        );
        assert_eq!(told("color:var(--x)").unwrap(), "Gmail, Outlook and Yahoo pass over `var(…)`");
        for known in [
            "color:red",
            "margin:0 auto",
            "background:url(max(1).png)",
            "visibility:visible",
            "border-radius:2px",
        ] {
            assert_eq!(told(known), None, "{known}");
        }
    }
}
