//! Pictures on a page: a local one stands at its path under the newsletter's URL while the page is
//! made; then its width is known, and it gets the address of a file that was made for that width.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use url::Url;

use super::part;
use crate::diag::Diagnostic;

/// What a picture is taken to be shown at whose page does not say it: the width of a mail.
const WIDTH_USUAL: u32 = 600;

/// Where the pictures of the workspace that pages show come from.
pub trait Gallery: Debug + Sync {
    /// Returns width and height of a picture in points; `None` where there is none to mail.
    fn size(&self, path: &str) -> Option<(u32, u32)>;

    /// Makes pictures ready, each of them shown at most so wide, in CSS pixels. `None` where there is
    /// none to mail.
    fn hang(&self, wanted: &[(String, u32)]) -> Vec<Option<Hung>>;

    /// Tells of each path that was asked for why there is no picture to mail.
    fn faults(&self) -> Vec<(String, Diagnostic)>;
}

/// A picture that is ready to be mailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hung {
    /// The address that pages name.
    pub url: String,
    /// The name of its file.
    pub file: String,
}

/// A gallery without pictures: each stays at its path under the newsletter's URL.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

impl Gallery for Bare {
    fn size(&self, _: &str) -> Option<(u32, u32)> {
        None
    }

    fn hang(&self, wanted: &[(String, u32)]) -> Vec<Option<Hung>> {
        vec![None; wanted.len()]
    }

    fn faults(&self) -> Vec<(String, Diagnostic)> {
        Vec::new()
    }
}

/// A picture of the workspace that a page shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalPicture {
    /// Its path in the workspace.
    pub path: String,
    /// The address that the page names.
    pub url: String,
    /// The name of the file that was made of it, if one could be made.
    #[serde(default)]
    pub file: Option<String>,
}

/// Resolves the addresses of pictures, and knows afterwards which were asked for.
#[derive(Debug)]
pub(super) struct Pictures<'a> {
    base: &'a Url,
    gallery: &'a dyn Gallery,
    /// The addresses that local ones have while the page is made, by their paths.
    asked: RefCell<BTreeMap<String, String>>,
}

impl<'a> Pictures<'a> {
    pub(super) fn new(base: &'a Url, gallery: &'a dyn Gallery) -> Self {
        Self { base, gallery, asked: RefCell::default() }
    }

    /// Returns the address of a picture; none if it is neither a path nor of the web.
    pub(super) fn address(&self, src: &str) -> Option<String> {
        match Url::parse(src) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url.to_string()),
            Ok(_) => None,
            Err(_) => {
                let (path, url) = self.local(src)?;
                self.asked.borrow_mut().insert(path, url.clone());
                Some(url)
            }
        }
    }

    /// Returns width and height of a picture, in points, as far as that is known.
    pub(super) fn size(&self, src: &str) -> Option<(u32, u32)> {
        let (path, _) = self.local(src)?;
        self.gallery.size(&path)
    }

    /// Returns the path and the address of a picture of the workspace; none if it is on the web.
    fn local(&self, src: &str) -> Option<(String, String)> {
        if Url::parse(src).is_ok() || src.trim().is_empty() || src.starts_with("//") {
            return None;
        }
        let path = src.strip_prefix("./").unwrap_or(src);
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Each name is encoded by itself, so that `?` and `#` in it stay parts of the path.
        let names = path.split('/').filter(|name| !name.is_empty());
        url.path_segments_mut().ok()?.pop_if_empty().extend(names);
        // HTML and plain text then write it alike, and it is found again in both.
        let url = String::from(url).replace('&', "%26").replace('\'', "%27");
        Some((path.to_owned(), url))
    }

    /// Makes ready what a page shows.
    pub(super) fn hang(&self, page: &str) -> Vec<LocalPicture> {
        let shown: Vec<(String, String, u32)> = self
            .asked
            .borrow()
            .iter()
            .filter_map(|(path, url)| Some((path.clone(), url.clone(), shown_width(page, url)?)))
            .collect();
        let wanted: Vec<(String, u32)> =
            shown.iter().map(|(path, _, width)| (path.clone(), *width)).collect();
        let hung = self.gallery.hang(&wanted);
        shown
            .into_iter()
            .zip(hung)
            .map(|((path, url, _), hung)| match hung {
                Some(hung) => LocalPicture { path, url: hung.url, file: Some(hung.file) },
                None => LocalPicture { path, url, file: None },
            })
            .collect()
    }

    /// Gives a text the addresses of pictures that are ready; `escape` is how it writes them.
    pub(super) fn place(
        &self,
        text: &str,
        hung: &[LocalPicture],
        escape: fn(&str) -> String,
    ) -> String {
        let asked = self.asked.borrow();
        let moved = hung.iter().filter_map(|picture| {
            let before = asked.get(&picture.path)?;
            (before != &picture.url).then(|| (before.as_str(), escape(&picture.url)))
        });
        let mut moved: Vec<(&str, String)> = moved.collect();
        // None of those with the longest addresses is the beginning of one that is still to come.
        moved.sort_by_key(|(before, _)| std::cmp::Reverse(before.len()));
        let text = text.to_owned();
        moved.iter().fold(text, |text, (before, after)| replace_address(&text, before, after))
    }

    /// Writes into tags of pictures how high they are, where only their width stands there.
    pub(super) fn with_heights(&self, page: &str) -> String {
        let asked = self.asked.borrow();
        asked.iter().fold(page.to_owned(), |page, (path, url)| match self.gallery.size(path) {
            Some(size) => with_height(&page, url, size),
            None => page,
        })
    }
}

/// An address as HTML writes it.
pub(super) fn escaped(address: &str) -> String {
    let mut escaped = String::new();
    part::escape(address, &mut escaped);
    escaped
}

/// Puts an address in the place of another, where that one stands whole; both as the text writes
/// them.
pub fn replace_address(text: &str, address: &str, other: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(address) {
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(address.len());
        out.push_str(before);
        out.push_str(if goes_on(after) { found } else { other });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Says whether a text that follows an address belongs to it.
fn goes_on(after: &str) -> bool {
    // `&` begins the escape of a quote as well as a part of the address.
    let is_quote = ["&quot;", "&#39;", "&#x27;"].iter().any(|quote| after.starts_with(quote));
    let is_part = |c: char| c.is_alphanumeric() || "-._~%/?#&=+:@!$*,;".contains(c);
    !is_quote && after.starts_with(is_part)
}

/// Returns how wide a page shows a picture at most, in CSS pixels; `None` if it does not.
fn shown_width(page: &str, url: &str) -> Option<u32> {
    places(page, url).map(|at| tag_width(page, at).unwrap_or(WIDTH_USUAL)).max()
}

/// Returns the places at which an address stands whole.
fn places<'p>(page: &'p str, url: &'p str) -> impl Iterator<Item = usize> + 'p {
    let found = page.match_indices(url).map(|(at, _)| at);
    found.filter(move |at| !goes_on(&page[at + url.len()..]))
}

/// Returns the width of the picture in whose tag a place lies.
fn tag_width(page: &str, at: usize) -> Option<u32> {
    let tag = img(page, at)?;
    let written = attribute(tag, "width").and_then(pixels);
    let style = attribute(tag, "style").unwrap_or_default();
    let styled = ["max-width", "width"].into_iter().filter_map(|name| declared(style, name));
    written.into_iter().chain(styled.filter_map(pixels)).max()
}

/// Returns the tag of a picture in which a place lies.
fn img(page: &str, at: usize) -> Option<&str> {
    let start = page[..at].rfind('<')?;
    let tag = &page[start..];
    let end = at - start + tag.get(at - start..)?.find('>')?;
    let tag = &tag[..=end];
    tag.get(..5).filter(|name| name.eq_ignore_ascii_case("<img ")).map(|_| tag)
}

/// Returns the value of an attribute, which our own pages write between double quotes.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

fn declared<'s>(style: &'s str, name: &str) -> Option<&'s str> {
    let mut declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    declarations.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

/// Reads a length in pixels.
fn pixels(text: &str) -> Option<u32> {
    text.trim().trim_end_matches("px").parse().ok().filter(|width| *width > 0)
}

/// Writes the height into each tag that shows a picture at a width, and lets it grow with that.
fn with_height(page: &str, url: &str, (width, height): (u32, u32)) -> String {
    let mut out = page.to_owned();
    let places: Vec<usize> = places(page, url).collect();
    // From the end, so that the places before stay what they are.
    for at in places.into_iter().rev() {
        let Some(tag) = img(&out, at) else { continue };
        let style = attribute(tag, "style").unwrap_or_default();
        let is_open = matches!(attribute(tag, "height"), None | Some("auto"));
        let Some(shown) = attribute(tag, "width").and_then(pixels) else { continue };
        if !is_open || declared(style, "height") != Some("auto") || width == 0 {
            continue;
        }
        let high = (u64::from(shown) * u64::from(height)).div_ceil(u64::from(width)).max(1);
        let new = match tag.contains(" height=\"auto\"") {
            true => tag.replacen(" height=\"auto\"", &format!(" height=\"{high}\""), 1),
            false => tag.replacen("<img ", &format!("<img height=\"{high}\" "), 1),
        };
        let start = out[..at].rfind('<').unwrap_or(at);
        out.replace_range(start..start + tag.len(), &new);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures(test: impl FnOnce(&Pictures<'_>)) {
        let base = "https://a.example/weekly/".parse().unwrap();
        test(&Pictures::new(&base, &Bare));
    }

    #[test]
    fn a_local_picture_stands_at_its_path_under_the_newsletters_url() {
        pictures(|pictures| {
            for (src, address) in [
                ("pictures/a b.jpg", "https://a.example/weekly/pictures/a%20b.jpg"),
                ("pictures/é?#%.jpg", "https://a.example/weekly/pictures/%C3%A9%3F%23%25.jpg"),
                ("https://b.example/x.png?y=1", "https://b.example/x.png?y=1"),
            ] {
                assert_eq!(pictures.address(src).as_deref(), Some(address));
            }
            assert_eq!(pictures.address("javascript:alert(1)"), None);
            assert_eq!(pictures.address("data:image/png;base64,AAAA"), None);
            assert_eq!(pictures.local("https://b.example/x.png"), None);
        });
    }

    #[test]
    fn an_address_is_replaced_where_it_stands_whole() {
        let text = "<img src=\"https://x.org/a.png\"><td background='https://x.org/a.png'>\
                    url(https://x.org/a.png) url(&quot;https://x.org/a.png&quot;) \
                    https://x.org/a.png.jpg";
        assert_eq!(
            replace_address(text, "https://x.org/a.png", "p/a.png"),
            "<img src=\"p/a.png\"><td background='p/a.png'>url(p/a.png) \
             url(&quot;p/a.png&quot;) https://x.org/a.png.jpg"
        );
    }

    #[test]
    fn the_width_of_a_picture_is_the_largest_that_a_page_shows_it_at() {
        let url = "https://x.org/a.png";
        for (page, width) in [
            ("<p>https://x.org/other.png</p>", None),
            ("<img alt=\"\" src=\"https://x.org/a.png\" width=\"200\" />", Some(200)),
            (
                "<img src=\"https://x.org/a.png\" width=\"80\" /><IMG  width=\"9\" \
                 src=\"https://x.org/a.png\"><img width=\"90px\" \
                 src=\"https://x.org/a.png\">",
                Some(90),
            ),
            (
                "<img src=\"https://x.org/a.png\" width=\"520\" \
                 style=\"width:100%;max-width:584px;height:auto\" />",
                Some(584),
            ),
            ("<img src=\"https://x.org/a.png\" width=\"100%\" />", Some(600)),
            ("<td background=\"https://x.org/a.png\" width=\"10\"></td>", Some(600)),
        ] {
            assert_eq!(shown_width(page, url), width, "{page}");
        }
    }

    #[test]
    fn a_picture_that_grows_with_its_width_gets_its_height() {
        let url = "https://x.org/a.png";
        let set = |rest: &str| with_height(&format!("é<img {rest}>"), url, (800, 600));
        for (rest, comes) in [
            (
                "src=\"https://x.org/a.png\" width=\"400\" style=\"height:auto\"",
                "height=\"300\" src=\"https://x.org/a.png\" width=\"400\" style=\"height:auto\"",
            ),
            (
                "height=\"auto\" width=\"401\" style=\"border:0; height: auto\" \
                 src=\"https://x.org/a.png\"",
                "height=\"301\" width=\"401\" style=\"border:0; height: auto\" \
                 src=\"https://x.org/a.png\"",
            ),
        ] {
            let comes = format!("é<img {comes}>");
            let came = set(rest);
            assert_eq!(came, comes.replace("<img height=\"auto\"", "<img height=\"301\""));
        }
        for rest in [
            "src=\"https://x.org/a.png\" width=\"400\"",
            "src=\"https://x.org/a.png\" height=\"9\" width=\"400\" style=\"height:auto\"",
            "src=\"https://x.org/a.png\" width=\"100%\" style=\"height:auto\"",
            "src=\"https://x.org/b.png\" width=\"400\" style=\"height:auto\"",
        ] {
            assert_eq!(set(rest), format!("é<img {rest}>"));
        }
    }
}
