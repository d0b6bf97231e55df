//! Writes rules and attributes of the head into the elements that they select.
//!
//! Crates that know CSS are asked on a copy of the page in which every tag bears its number; only
//! their answers are taken over. So tags, texts and the marks of what waits for the reader stay where
//! they are, whatever a browser's parser would make of them, and what Outlook alone reads is not seen.

mod juice;

use std::borrow::Cow;
use std::collections::BTreeMap;

use css_inline::CSSInliner;
use scraper::{Html, Selector};

use super::head::Selected;
use super::markup::{self, Token};

/// A selector has no more brackets.
const BRACKETS_MAX: usize = 100;

/// What could not be done for a selector, by its place.
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) at: usize,
}

/// Sets the attributes of `mj-html-attributes`; `key` is a name that no page holds.
pub(super) fn set_attributes(
    html: &str,
    selected: &[Selected],
    key: &str,
) -> Result<String, Vec<Fault>> {
    let mut tokens = markup::tokens(html);
    let page = Html::parse_document(&numbered(&tokens, key));
    let (name, mut faults) = (attribute(key), Vec::new());
    for Selected { path, attributes, at } in selected {
        // A reader of selectors calls itself for each bracket.
        let is_deep = path.matches('(').count() > BRACKETS_MAX;
        let selector = match Selector::parse(if is_deep { "" } else { path }) {
            Ok(selector) => selector,
            Err(_) => {
                faults.push(Fault { what: format!("`{path}` is no selector"), at: *at });
                continue;
            }
        };
        let bad = attributes.iter().find(|(name, _)| !is_name(name));
        if let Some((name, _)) = bad {
            faults.push(Fault { what: format!("`{name}` is no attribute's name"), at: *at });
        }
        let numbers = page.select(&selector).filter_map(|element| element.attr(&name));
        for number in numbers.filter_map(|number| number.parse::<usize>().ok()) {
            let Some(Token::Tag(tag)) = tokens.get_mut(number) else { continue };
            for (name, value) in attributes {
                tag.set(name, value.replace('"', "&quot;"));
            }
        }
    }
    match faults.is_empty() {
        true => Ok(markup::write(&tokens)),
        false => Err(faults),
    }
}

/// Writes the declarations of a style sheet into the elements that its rules select.
pub(super) fn inline(html: &str, css: &str, key: &str) -> Result<String, String> {
    let mut tokens = markup::tokens(html);
    let inliner = CSSInliner::options()
        .inline_style_tags(false)
        .keep_style_tags(true)
        .keep_link_tags(true)
        .load_remote_stylesheets(false)
        .extra_css(Some(Cow::Borrowed(css)))
        .build();
    let page = numbered(&tokens, key);
    let (before, after) = (
        styles(&Html::parse_document(&page).html(), key),
        styles(&inliner.inline(&page).map_err(|error| error.to_string())?, key),
    );
    for (number, style) in after {
        if before.get(&number) != Some(&style)
            && let Some(Token::Tag(tag)) = tokens.get_mut(number)
        {
            juice::set(tag, &style);
        }
    }
    Ok(markup::write(&tokens))
}

fn attribute(key: &str) -> String {
    format!("data-{key}")
}

/// Writes what all readers see, each tag with its number.
fn numbered(tokens: &[Token], key: &str) -> String {
    let name = attribute(key);
    let mut outlook = false;
    let mut seen = Vec::with_capacity(tokens.len());
    for (number, token) in tokens.iter().enumerate() {
        match (markup::outlook(token), token) {
            (Some(is_outlook), _) => outlook = is_outlook,
            _ if outlook => {}
            (_, Token::Tag(tag)) => {
                let mut tag = tag.clone();
                tag.set(&name, number.to_string());
                seen.push(Token::Tag(tag));
            }
            (_, other) => seen.push(other.clone()),
        }
    }
    markup::write(&seen)
}

/// Returns the styles of a page by the numbers of their tags.
fn styles(html: &str, key: &str) -> BTreeMap<usize, String> {
    let name = attribute(key);
    let of = |token: Token| match token {
        Token::Tag(tag) => {
            let number = tag.get(&name)?.parse().ok()?;
            Some((number, tag.get("style")?.to_owned()))
        }
        Token::Other(_) => None,
    };
    markup::tokens(html).into_iter().filter_map(of).collect()
}

fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "-_:.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<body>zq1o1q<table><tr>zq1o2q<td class=\"a\">x<p>1<p style='a: &quot;b&quot;'>2</td>\
                        zq1c2q</tr></table><!--[if mso]><td class=\"a\"><![endif]-->zq1c1q</body>";

    #[test]
    fn rules_reach_elements_and_nothing_else_moves() {
        let css = ".a { color: red } .a > p { margin: 0 !important } @media x { p { b: c } }";
        let inlined = inline(PAGE, css, "zq1").unwrap();
        let expected = PAGE
            .replacen("class=\"a\"", "class=\"a\" style=\"color: red;\"", 1)
            .replace("<p>", "<p style=\"margin: 0;\">")
            .replace("style='a: &quot;b&quot;'", "style=\"a: 'b';margin: 0;\"");
        assert_eq!(inlined, expected);
    }

    #[test]
    fn what_no_rule_selects_gets_no_attribute_either() {
        let page = "<table style=\"width:9px\"><tr><td style=\"height:5px\">x</table>";
        let inlined = inline(page, "td { width: 7px }", "zq1").unwrap();
        let cell = "<td style=\"width: 7px;height: 5px\" width=\"7\" height=\"5\">";
        assert_eq!(inlined, page.replace("<td style=\"height:5px\">", cell));
    }

    #[test]
    fn attributes_reach_what_is_selected() {
        let selected = |path: &str, name: &str| Selected {
            path: path.to_owned(),
            attributes: vec![(name.to_owned(), "a\"b".to_owned())],
            at: 7,
        };
        let set = set_attributes(PAGE, &[selected(".a p:first-child", "data-x")], "zq1");
        let expected = PAGE.replace("<p>", "<p data-x=\"a&quot;b\">");
        assert_eq!(set.map_err(|_| ()).unwrap(), expected);
        let faults = set_attributes(PAGE, &[selected("..a", "x"), selected("p", "a b")], "zq1");
        let faults: Vec<_> =
            faults.unwrap_err().into_iter().map(|fault| (fault.what, fault.at)).collect();
        assert_eq!(
            faults,
            [
                ("`..a` is no selector".to_owned(), 7),
                ("`a b` is no attribute's name".to_owned(), 7)
            ]
        );
    }
}
