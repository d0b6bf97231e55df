//! A copy's HTML as it is shown in a frame: pictures of the workspace in their place, no link that
//! leads the frame away.
//!
//! Invariant: what is not changed is passed on byte for byte, and the work grows with the length of
//! the copy, whatever stands in it. Safety does not hang on this module: the frame's sandbox and
//! its policy see to that.

use std::borrow::Cow;
use std::ops::Range;

use super::pictures::Pictures;

/// Put at the head of a shown copy. A link then asks for a window of its own, which the sandbox
/// denies; the frame stays where it is.
const HEAD: &str = "<base target=\"_blank\">";
/// The attribute that says where a tag begins.
const OFFSET: &str = "data-at";
/// Elements whose content is no markup.
const RAW_ELEMENTS: [&str; 4] = ["style", "script", "textarea", "title"];
/// The longest address that is looked at, in bytes; a picture in a `data:` URL is none.
const ADDRESS_BYTES_MAX: usize = 4_096;
/// So far behind `prefers-color-scheme` its closing bracket is looked for, in bytes.
const VALUE_BYTES_MAX: usize = 64;

/// Light or dark, as the reader's device would have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How a copy is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Showing<'a> {
    /// The pictures of the workspace.
    pub pictures: Option<&'a Pictures>,
    /// Whether pictures are left out, as many programs do until asked.
    pub without_pictures: bool,
    /// Light or dark; `None` follows the device.
    pub scheme: Option<Scheme>,
    /// Whether each element of the body says where in the copy its tag begins, in bytes, so that a
    /// page can measure where a place of the copy is shown.
    pub with_offsets: bool,
}

impl Showing<'_> {
    /// Returns the copy as it is shown.
    pub fn apply(&self, html: &str) -> String {
        let mut out = String::with_capacity(html.len() + 256);
        let mut at = 0;
        let mut has_head = false;
        let mut in_body = false;
        while let Some(open) = html[at..].find('<').map(|open| at + open) {
            out.push_str(&html[at..open]);
            let Some(tag) = Tag::read(html, open) else {
                at = skip_other(html, open);
                out.push_str(&html[open..at]);
                continue;
            };
            if !has_head && tag.name != "html" && tag.name != "head" {
                has_head = true;
                self.push_head(&mut out);
            }
            in_body |= tag.name == "body";
            self.push_tag(html, &tag, in_body, &mut out);
            at = tag.range.end;
            if !has_head && tag.name == "head" {
                has_head = true;
                self.push_head(&mut out);
            }
            if RAW_ELEMENTS.contains(&tag.name.as_str()) {
                let end = find_end(html, at, &tag.name);
                out.push_str(&self.raw(&tag.name, &html[at..end]));
                at = end;
            }
        }
        out.push_str(&html[at..]);
        out
    }

    fn push_head(&self, out: &mut String) {
        out.push_str(HEAD);
        match self.scheme {
            Some(Scheme::Light) => {
                out.push_str("<style>:root{color-scheme:light!important}</style>");
            }
            Some(Scheme::Dark) => out.push_str("<style>:root{color-scheme:dark!important}</style>"),
            None => {}
        }
    }

    fn push_tag(&self, html: &str, tag: &Tag, in_body: bool, out: &mut String) {
        let mut at = tag.range.start;
        if self.with_offsets && in_body {
            // An attribute that stands twice counts where it stands first: this one is ours.
            let name_end = at + 1 + tag.name.len();
            out.push_str(&html[at..name_end]);
            out.push_str(&format!(" {OFFSET}=\"{at}\""));
            at = name_end;
        }
        for attribute in &tag.attributes {
            let name = html[attribute.name.clone()].to_ascii_lowercase();
            if name == "media" && tag.name != "meta" {
                out.push_str(&html[at..attribute.value.start]);
                out.push_str(&self.css(&html[attribute.value.clone()]));
                at = attribute.value.end;
            }
            if name != "src" && name != "background" && name != "srcset" {
                continue;
            }
            out.push_str(&html[at..attribute.name.start]);
            at = attribute.name.start;
            if self.without_pictures {
                out.push_str("data-");
                continue;
            }
            let value = &html[attribute.value.clone()];
            let Some(pictures) = self.pictures.filter(|_| value.len() <= ADDRESS_BYTES_MAX) else {
                continue;
            };
            if let Some(local) = pictures.local(&unescape(value)) {
                out.push_str(&html[at..attribute.value.start]);
                out.push_str(&maud::html! { (local) }.into_string());
                at = attribute.value.end;
            }
        }
        out.push_str(&html[at..tag.range.end]);
    }

    fn raw<'t>(&self, element: &str, text: &'t str) -> Cow<'t, str> {
        if element == "style" { self.css(text) } else { text.into() }
    }

    fn css<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.scheme.map_or(text.into(), |scheme| force_scheme(text, scheme).into())
    }
}

/// A start tag.
#[derive(Debug)]
struct Tag {
    name: String,
    range: Range<usize>,
    attributes: Vec<Attribute>,
}

#[derive(Debug)]
struct Attribute {
    name: Range<usize>,
    value: Range<usize>,
}

impl Tag {
    /// Reads the start tag that begins at `open`, as the HTML standard's tokenizer does.
    fn read(html: &str, open: usize) -> Option<Self> {
        let bytes = html.as_bytes();
        let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
            bytes[from..].iter().position(|&byte| stop(byte)).map(|length| from + length)
        };
        let is_end = |byte: u8| byte.is_ascii_whitespace() || byte == b'/' || byte == b'>';
        if !bytes.get(open + 1)?.is_ascii_alphabetic() {
            return None;
        }
        let mut at = until(open + 1, &is_end)?;
        let name = html[open + 1..at].to_ascii_lowercase();
        let mut attributes = Vec::new();
        loop {
            at = until(at, &|byte| !byte.is_ascii_whitespace() && byte != b'/')?;
            if bytes[at] == b'>' {
                return Some(Self { name, range: open..at + 1, attributes });
            }
            let start = at;
            // An equals sign may begin a name, and ends it elsewhere.
            at = until(start + 1, &|byte| is_end(byte) || byte == b'=')?;
            let attribute = start..at;
            let equals = until(at, &|byte| !byte.is_ascii_whitespace())?;
            if bytes[equals] != b'=' {
                continue;
            }
            let value = until(equals + 1, &|byte| !byte.is_ascii_whitespace())?;
            let quote = bytes[value];
            let value = if quote == b'"' || quote == b'\'' {
                let end = until(value + 1, &|byte| byte == quote)?;
                at = end + 1;
                value + 1..end
            } else {
                at = until(value, &|byte| byte.is_ascii_whitespace() || byte == b'>')?;
                value..at
            };
            attributes.push(Attribute { name: attribute, value });
        }
    }
}

/// Returns where a comment, an end tag or a lone `<` at `open` ends.
fn skip_other(html: &str, open: usize) -> usize {
    let rest = &html[open..];
    let length = if rest.starts_with("<!--") {
        rest.find("-->").map_or(rest.len(), |end| end + 3)
    } else if rest.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic) {
        // A tag that never ends: so does the document.
        rest.len()
    } else {
        1
    };
    open + length
}

/// Returns where the end tag of a raw element begins.
fn find_end(html: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(end) = html[at..].find("</").map(|end| at + end) {
        let word = html.as_bytes().get(end + 2..end + 2 + name.len());
        if word.is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes())) {
            return end;
        }
        at = end + 2;
    }
    html.len()
}

/// Makes `(prefers-color-scheme: …)` of a style sheet true or false, whatever the device says:
/// a page cannot set it for a frame.
fn force_scheme(css: &str, scheme: Scheme) -> String {
    const FEATURE: &str = "prefers-color-scheme";
    let lower = css.to_ascii_lowercase();
    let (mut out, mut at) = (String::with_capacity(css.len()), 0);
    while let Some(found) = lower[at..].find(FEATURE).map(|found| at + found) {
        let after = found + FEATURE.len();
        let before = lower[at..found].trim_end();
        let length = lower.bytes().skip(after).take(VALUE_BYTES_MAX).position(|byte| byte == b')');
        let value = length.map_or("", |length| &lower[after..after + length]);
        let word = value.trim().strip_prefix(':').map(str::trim);
        let (true, Some(word @ ("dark" | "light"))) = (before.ends_with('('), word) else {
            out.push_str(&css[at..after]);
            at = after;
            continue;
        };
        out.push_str(&css[at..at + before.len()]);
        let holds = (word == "dark") == (scheme == Scheme::Dark);
        out.push_str(if holds { "min-width:0" } else { "max-width:0" });
        at = after + value.len();
    }
    out.push_str(&css[at..]);
    out
}

fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return value.into();
    }
    let plain = ["&#38;", "&#x26;", "&amp;"]
        .iter()
        .fold(value.to_owned(), |value, name| value.replace(name, "&"));
    plain.replace("&#x2F;", "/").replace("&#x3D;", "=").replace("&#39;", "'").into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::world::{Files as _, WorkspaceFiles};

    fn shown(html: &str, showing: &Showing<'_>) -> String {
        showing.apply(html).replace(HEAD, "")
    }

    #[test]
    fn pictures_that_were_made_take_the_place_of_their_addresses() {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        files.write(".letterpress/pictures/c.png", b"picture").unwrap();
        let base = url::Url::parse("https://x.org/a&b/").unwrap();
        let pictures = Pictures::new(Some(base), Arc::new(files), "/p&q/");
        let showing = Showing { pictures: Some(&pictures), ..Showing::default() };
        for (html, answer) in [
            (
                "<img src=\"https://x.org/a&amp;b/c.png\" alt=a>",
                "<img src=\"/p&amp;q/c.png\" alt=a>",
            ),
            (
                "<IMG alt='>' SRC = 'https://x.org/a&b/c.png'/>",
                "<IMG alt='>' SRC = '/p&amp;q/c.png'/>",
            ),
            ("<td background=https://x.org/a&b/c.png>", "<td background=/p&amp;q/c.png>"),
            ("<img src=\"https://y.org/a&b/c.png\">", "<img src=\"https://y.org/a&b/c.png\">"),
            (
                "<!-- <img src=\"https://x.org/a&b/c.png\"> -->",
                "<!-- <img src=\"https://x.org/a&b/c.png\"> -->",
            ),
            ("<a href=\"https://x.org/a&b/c.png\">", "<a href=\"https://x.org/a&b/c.png\">"),
        ] {
            assert_eq!(shown(html, &showing), answer);
        }
    }

    #[test]
    fn without_pictures_their_addresses_are_set_aside() {
        let showing = Showing { without_pictures: true, ..Showing::default() };
        assert_eq!(shown("<img src=\"a\" alt=\"b\">", &showing), "<img data-src=\"a\" alt=\"b\">");
    }

    #[test]
    fn the_head_goes_where_a_head_belongs() {
        let showing = Showing::default();
        for (html, answer) in [
            (
                "<!doctype html><html lang=en><head><title>",
                "<!doctype html><html lang=en><head>~<title>",
            ),
            ("<!-- x --><p>a", "<!-- x -->~<p>a"),
            ("a <b>", "a ~<b>"),
            ("<header>", "~<header>"),
        ] {
            assert_eq!(showing.apply(html), answer.replace('~', HEAD), "{html}");
        }
    }

    #[test]
    fn the_scheme_is_forced_in_style_sheets_alone() {
        let css =
            "@media (prefers-color-scheme: dark) and (x){a}@media( Prefers-Color-Scheme:light ){b}";
        let html = format!("<style>{css}</style><p>{css}");
        let showing = Showing { scheme: Some(Scheme::Dark), ..Showing::default() };
        let answer = showing.apply(&html);
        assert!(
            answer.ends_with(&format!(
                "<style>@media (min-width:0) and (x){{a}}@media(max-width:0){{b}}</style><p>{css}"
            )),
            "{answer}"
        );
    }

    #[test]
    fn media_attributes_follow_the_scheme_too() {
        let html = "<style media=\"(prefers-color-scheme: dark)\">a{}</style>";
        let showing = Showing { scheme: Some(Scheme::Light), ..Showing::default() };
        assert!(showing.apply(html).ends_with("<style media=\"(max-width:0)\">a{}</style>"));
    }

    #[test]
    fn elements_of_the_body_say_where_their_tags_begin() {
        let showing = Showing { with_offsets: true, ..Showing::default() };
        let html = "<head><title>a</title><body><p data-at=\"9\">é<br/><img src=\"a\"><!-- <b> -->";
        assert_eq!(
            shown(html, &showing),
            "<head><title>a</title><body data-at=\"22\"><p data-at=\"28\" data-at=\"9\">é\
             <br data-at=\"45\"/><img data-at=\"50\" src=\"a\"><!-- <b> -->"
        );
    }

    #[test]
    fn broken_markup_is_passed_on_whole() {
        for html in [
            "<",
            "a<",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"",
            "<!--",
            "<!-",
            "</",
            "<style>",
            "<style></",
            "<3",
            "<a =\"b\" / c=d/>é<",
            "<style>prefers-color-scheme",
            "<title></titlé",
            "<img src=é",
            "<é>",
        ] {
            for scheme in [None, Some(Scheme::Light)] {
                let showing = Showing { scheme, with_offsets: true, ..Showing::default() };
                let style = "<style>:root{color-scheme:light!important}</style>";
                assert_eq!(shown(html, &showing).replacen(style, "", 1), html);
            }
        }
        let deep = "<a <".repeat(200_000);
        assert_eq!(shown(&deep, &Showing::default()), deep);
    }
}
