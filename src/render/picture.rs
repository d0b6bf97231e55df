//! Pictures on a page: a local one stands at its path under the newsletter's URL while the page is
//! made; then its width is known, and it gets the address of a file that was made for that width.

mod page;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::diag::Diagnostic;

use page::{goes_on, img, replace_address, tag_width, with_height};

pub(super) use page::escaped;

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

impl LocalPicture {
    /// Returns a page that shows the picture at another address.
    pub fn shown_at(&self, page: &str, address: &str) -> String {
        replace_address(page, &escaped(&self.url), &escaped(address))
    }
}

/// Resolves the addresses of pictures, and knows afterwards which were asked for.
#[derive(Debug)]
pub(super) struct Pictures<'a> {
    base: &'a Url,
    gallery: &'a dyn Gallery,
    /// The local ones, by their paths.
    asked: Mutex<BTreeMap<String, Asked>>,
}

/// A picture of the workspace that was asked for.
#[derive(Debug)]
struct Asked {
    /// The address that it has while the page is made.
    url: String,
    /// Its width and height in points, where there is one to mail.
    size: Option<(u32, u32)>,
}

impl<'a> Pictures<'a> {
    pub(super) fn new(base: &'a Url, gallery: &'a dyn Gallery) -> Self {
        Self { base, gallery, asked: Mutex::default() }
    }

    /// Returns the address of a picture; none if it is neither a path nor of the web.
    pub(super) fn address(&self, src: &str) -> Option<String> {
        match Url::parse(src) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url.to_string()),
            Ok(_) => None,
            Err(_) => self.asked(src, |asked| asked.url.clone()),
        }
    }

    /// Returns width and height of a picture, in points, as far as that is known.
    pub(super) fn size(&self, src: &str) -> Option<(u32, u32)> {
        self.asked(src, |asked| asked.size)?
    }

    /// Looks at a picture of the workspace, which is asked for with that; none if it is on the web.
    fn asked<T>(&self, src: &str, look: impl FnOnce(&Asked) -> T) -> Option<T> {
        let path = local(src)?;
        let mut all = self.known();
        if let Some(asked) = all.get(path) {
            return Some(look(asked));
        }
        let asked = Asked { url: self.under_base(path)?, size: self.gallery.size(path) };
        let looked = look(&asked);
        all.insert(path.to_owned(), asked);
        Some(looked)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Asked>> {
        // A panic in between leaves at most one that is asked for again.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the address of a path under the newsletter's URL.
    fn under_base(&self, path: &str) -> Option<String> {
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Each name is encoded by itself, so that `?` and `#` in it stay parts of the path.
        let names = path.split('/').filter(|name| !name.is_empty());
        url.path_segments_mut().ok()?.pop_if_empty().extend(names);
        // HTML and plain text then write it alike, and it is found again in both.
        Some(String::from(url).replace('&', "%26").replace('\'', "%27"))
    }

    /// Makes ready what a page shows.
    pub(super) fn hang(&self, page: &str) -> Vec<LocalPicture> {
        let asked = self.known();
        let mut widths: BTreeMap<&str, u32> = BTreeMap::new();
        for Place { path, range, .. } in self.places(page, &asked) {
            let width = tag_width(page, range.start).unwrap_or(WIDTH_USUAL);
            let widest = widths.entry(path).or_default();
            *widest = width.max(*widest);
        }
        let wanted: Vec<(String, u32)> =
            widths.into_iter().map(|(path, width)| (path.to_owned(), width)).collect();
        let hung = self.gallery.hang(&wanted);
        let hung = wanted.into_iter().zip(hung).map(|((path, _), hung)| match hung {
            Some(hung) => LocalPicture { path, url: hung.url, file: Some(hung.file) },
            None => {
                let url = asked.get(&path).map(|asked| asked.url.clone()).unwrap_or_default();
                LocalPicture { path, url, file: None }
            }
        });
        hung.collect()
    }

    /// Gives a text the addresses of pictures that are ready; `escape` is how it writes them.
    pub(super) fn place(
        &self,
        text: &str,
        hung: &[LocalPicture],
        escape: fn(&str) -> String,
    ) -> String {
        let asked = self.known();
        let hung: BTreeMap<&str, String> =
            hung.iter().map(|picture| (&*picture.path, escape(&picture.url))).collect();
        let (mut out, mut from) = (String::with_capacity(text.len()), 0);
        for Place { path, range, .. } in self.places(text, &asked) {
            let Some(address) = hung.get(path) else { continue };
            out.push_str(&text[from..range.start]);
            out.push_str(address);
            from = range.end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// Writes into tags of pictures how high they are, where only their width stands there.
    pub(super) fn with_heights(&self, page: &str) -> String {
        let asked = self.known();
        let (mut out, mut from) = (String::with_capacity(page.len()), 0);
        for Place { range, size, .. } in self.places(page, &asked) {
            let tag = img(page, range.start).filter(|tag| tag.start >= from);
            let Some((tag, size)) = tag.zip(size) else { continue };
            let Some(with_height) = with_height(&page[tag.clone()], size) else { continue };
            out.push_str(&page[from..tag.start]);
            out.push_str(&with_height);
            from = tag.end;
        }
        out.push_str(&page[from..]);
        out
    }

    /// Returns where a text has the addresses of pictures whole.
    fn places<'p>(
        &self,
        text: &'p str,
        asked: &'p BTreeMap<String, Asked>,
    ) -> impl Iterator<Item = Place<'p>> {
        // All of them begin alike, so that one walk through the text finds them all.
        let base = self.under_base("").filter(|_| !asked.is_empty());
        let mut from = 0;
        std::iter::from_fn(move || {
            let base = base.as_deref()?;
            loop {
                let start = from + text[from..].find(base)?;
                let rest = &text[start..];
                let is_here = |asked: &Asked| {
                    rest.strip_prefix(&*asked.url).is_some_and(|after| !goes_on(after))
                };
                let found = asked.iter().find(|(_, asked)| is_here(asked));
                from = start + found.map_or(base.len(), |(_, asked)| asked.url.len());
                if let Some((path, Asked { size, .. })) = found {
                    return Some(Place { path, range: start..from, size: *size });
                }
            }
        })
    }
}

/// Where a text has the address of a picture.
struct Place<'p> {
    path: &'p str,
    range: Range<usize>,
    size: Option<(u32, u32)>,
}

/// Returns the path of a picture of the workspace; none if it is on the web.
fn local(src: &str) -> Option<&str> {
    if Url::parse(src).is_ok() || src.trim().is_empty() || src.starts_with("//") {
        return None;
    }
    // What begins with `/` lies in the workspace, as a template says it.
    Some(src.strip_prefix("./").unwrap_or(src).trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures(test: impl FnOnce(&Pictures<'_>)) {
        let base = "https://a.example/weekly/".parse().unwrap();
        test(&Pictures::new(&base, &Bare));
    }

    /// A picture of 800 to 600 points, whose address then tells the width that was wanted.
    #[derive(Debug)]
    struct One;

    impl Gallery for One {
        fn size(&self, path: &str) -> Option<(u32, u32)> {
            (path == "a.png").then_some((800, 600))
        }

        fn hang(&self, wanted: &[(String, u32)]) -> Vec<Option<Hung>> {
            let hung = |width: &u32| Hung { url: width.to_string(), file: String::new() };
            wanted.iter().map(|(_, width)| Some(hung(width))).collect()
        }

        fn faults(&self) -> Vec<(String, Diagnostic)> {
            Vec::new()
        }
    }

    fn one(test: impl FnOnce(&Pictures<'_>)) {
        let base = "https://x.org/".parse().unwrap();
        let pictures = Pictures::new(&base, &One);
        for src in ["./a.png", "/a.png"] {
            assert_eq!(pictures.address(src).as_deref(), Some("https://x.org/a.png"));
        }
        test(&pictures);
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
            assert_eq!(pictures.size("https://b.example/x.png"), None);
        });
    }

    #[test]
    fn a_page_is_shown_with_a_picture_from_elsewhere() {
        let url = "https://cdn.example/a.png?w=1&h=2".to_owned();
        let picture = LocalPicture { path: "a.png".to_owned(), url, file: None };
        let page = "<img src=\"https://cdn.example/a.png?w=1&amp;h=2\">";
        assert_eq!(picture.shown_at(page, "pictures/a.png"), "<img src=\"pictures/a.png\">");
    }

    #[test]
    fn each_picture_gets_its_own_address() {
        pictures(|pictures| {
            let hung: Vec<LocalPicture> = ["a", "a.png", "b/c.png", "not-asked-for.png"]
                .into_iter()
                .map(|path| LocalPicture {
                    path: path.to_owned(),
                    url: format!("https://cdn.example/{}?w=1&h=2", path.len()),
                    file: None,
                })
                .collect();
            for picture in &hung[..3] {
                assert!(pictures.address(&picture.path).is_some());
            }
            assert!(pictures.address("stays.png").is_some());
            let page = "https://a.example/weekly/a https://a.example/weekly/a.png, é \
                        <img src=\"https://a.example/weekly/b/c.png\"> https://a.example/weekly/ \
                        https://a.example/weekly/stays.png https://a.example/weekly/a.pngs \
                        https://a.example/weekly/not-asked-for.png https://a.example/weekly/b/c.png";
            assert_eq!(
                pictures.place(page, &hung, escaped),
                "https://cdn.example/1?w=1&amp;h=2 https://a.example/weekly/a.png, é \
                 <img src=\"https://cdn.example/7?w=1&amp;h=2\"> https://a.example/weekly/ \
                 https://a.example/weekly/stays.png https://a.example/weekly/a.pngs \
                 https://a.example/weekly/not-asked-for.png https://cdn.example/7?w=1&amp;h=2"
            );
        });
    }

    #[test]
    fn the_width_of_a_picture_is_the_largest_that_a_page_shows_it_at() {
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
            one(|pictures| {
                let hung = pictures.hang(page);
                assert_eq!(hung.first().map(|one| one.url.parse().unwrap()), width, "{page}");
            });
        }
    }

    #[test]
    fn a_picture_that_grows_with_its_width_gets_its_height() {
        let set = |rest: &str| {
            let mut page = String::new();
            one(|pictures| page = pictures.with_heights(&format!("é<img {rest}>")));
            page
        };
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
