//! Looks at the MJML of branches that an issue does not take, as they are written.
//!
//! A template serves issues to come: what `{{#if lead.picture}}` encloses is to be sound before the
//! first lead with a picture. Names of elements and attributes and whole values are held to what
//! MJML has; which element stands where is seen only where it is made.

use std::ops::Range;

use super::attributes;
use super::elements;
use super::tag::{self, Attribute};
use super::told::Told;
use crate::diag::Diagnostic;
use crate::words::Source;

/// Stands for a byte that is no MJML; it is in no template.
const MASK: char = '\u{1}';

/// Tells what no issue could be built of.
pub(in crate::render) fn faults(source: &Source) -> Vec<Diagnostic> {
    let text = masked(source.text());
    let mut faults = Vec::new();
    let mut pos = 0;
    while let Some(offset) = text[pos..].find("<mj") {
        let start = pos + offset;
        pos = start + 1;
        // What is broken where it is made is told there.
        let Ok(tag) = tag::read(&text, start) else { continue };
        pos = tag.end;
        let name = text[tag.name.clone()].to_ascii_lowercase();
        if name == "mj-include" || !(name == "mjml" || name.starts_with("mj-")) {
            continue;
        }
        if elements::named(&name).is_none() {
            if text[tag.name.end..].starts_with(MASK) {
                continue;
            }
            faults.push(told(source, Told::unknown_element(&name), start..tag.name.end));
            continue;
        }
        let of_tag = tag.attributes.iter();
        faults.extend(of_tag.filter_map(|attribute| wrong(source, &text, &name, attribute)));
    }
    faults
}

fn wrong(source: &Source, text: &str, element: &str, attribute: &Attribute) -> Option<Diagnostic> {
    let written = &text[attribute.name.clone()];
    let start = attribute.name.start + written.len() - written.trim_start_matches(MASK).len();
    let name = &text[start..attribute.name.end];
    // A name that an expression makes, or nothing but one.
    if name.is_empty() || name.contains(MASK) {
        return None;
    }
    let name_at = start..attribute.name.end;
    let Some(kind) = attributes::kind(element, name) else {
        return Some(told(source, Told::unknown_attribute(element, name), name_at));
    };
    let value_at = attribute.value.clone()?;
    let value = &text[value_at.clone()];
    if value.contains(MASK) || kind.takes(value) {
        return None;
    }
    let at = if value.is_empty() { name_at } else { value_at };
    Some(told(source, Told::value(element, name, value, kind), at))
}

fn told(source: &Source, told: Told, at: Range<usize>) -> Diagnostic {
    let fault = Diagnostic::error(told.what.as_str()).at(source.span(at), told.label.as_str());
    told.hinted(fault)
}

/// Masks expressions and comments, byte for byte.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['{', '<']) {
        let length = hidden(&rest[start..]);
        let end = start + length.max(1);
        out.push_str(&rest[..start]);
        match length {
            0 => out.push_str(&rest[start..end]),
            _ => out.extend(std::iter::repeat_n(MASK, length)),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// How long an expression or a comment is that begins here.
fn hidden(text: &str) -> usize {
    let end = if text.starts_with("<!--") {
        "-->"
    } else if text.starts_with("{{!--") {
        "--}}"
    } else if text.starts_with("{{{") {
        "}}}"
    } else if text.starts_with("{{") {
        "}}"
    } else {
        return 0;
    };
    text.find(end).map_or(text.len(), |at| at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, String)> {
        let source = Source::new("a.mjml", text);
        let told = faults(&source).into_iter();
        told.map(|fault| {
            let at = fault.primary.as_ref().map(|label| label.span.text().to_owned());
            (fault.what.clone(), at.unwrap_or_default())
        })
        .collect()
    }

    #[test]
    fn what_an_expression_does_not_make_is_held_to_mjml() {
        for (text, what, at) in [
            ("{{#if a}}<mj-buttn>", "there is no element `<mj-buttn>`", "<mj-buttn"),
            (
                "<mj-text {{#if a}}colr=\"{{b}}\"{{/if}}>",
                "`<mj-text>` has no attribute `colr`",
                "colr",
            ),
            (
                "<mj-text\n  align='{{#if (eq a \"b\")}}c{{/if}}'\n  color=\"rde\">",
                "`color` of `<mj-text>` cannot be `rde`",
                "rde",
            ),
            ("<!-- <mj-no> --><mj-text color=\"\">", "`color` of `<mj-text>` is empty", "color"),
        ] {
            assert_eq!(told(text), [(what.to_owned(), at.to_owned())], "{text}");
        }
    }

    #[test]
    fn what_is_sound_or_made_elsewhere_is_not_told() {
        for text in [
            "<mj-text align=\"{{> start}}\" color='red' css-class=\"{{a}} b\">é</mj-text>",
            "{{!-- <mj-no x=\"{{y}}\"> --}}<!-- <mj-no> --><mj-include path=\"a.css\" type=\"css\" />",
            "<mj-section{{#if a}} padding=\"0\"{{/if}}>{{{b}}}<mj-raw><p x=\"y\"></mj-raw>",
            "<mj-{{a}} b=\"c\"><mj-text {{a}}=\"b\" {{c}}>",
            "<mj-section padding=\"0\"{{else}}<mj-section{{/if}}",
        ] {
            assert_eq!(told(text), [], "{text}");
        }
    }
}
