//! Where the addresses of a page lead: its pictures, and its links.

use url::Url;

use crate::article::Cut;
use crate::article::markdown;
use crate::article::picture;
use crate::article::read::decoded;
use crate::words::whole_address;

/// Where the addresses of a page lead.
#[derive(Debug)]
pub(super) struct Places<'a> {
    file: &'a str,
    base: Option<&'a Url>,
    pub(super) cut: Vec<Cut>,
}

impl<'a> Places<'a> {
    /// For the page in a file, which was at `base` on the web if that is known.
    pub(super) fn new(file: &'a str, base: Option<&'a Url>) -> Self {
        Self { file, base, cut: Vec::new() }
    }

    /// What was left out for its address.
    pub(super) fn cut(self) -> Vec<Cut> {
        self.cut
    }

    /// Where a picture lies: on the web, or beside the file where a browser saved it.
    pub(super) fn picture(&mut self, src: &str) -> Option<String> {
        let src = src.trim();
        if src.is_empty() || src.starts_with("data:") {
            return None;
        }
        let is_saved = src.split('/').any(|part| part.ends_with("_files"));
        let of_site = self.base.filter(|_| !is_saved).and_then(|base| base.join(src).ok());
        let address = of_site.map_or_else(|| decoded(src), String::from);
        match picture::resolve(self.file, "", &address) {
            Ok(place) => Some(place),
            Err(_) => {
                self.cut.push(Cut { text: src.to_owned(), rule: "picture" });
                None
            }
        }
    }

    /// Where a link leads, if it leads anywhere from a letter.
    pub(super) fn link(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() || href == "#" {
            return None;
        }
        let address = match (whole_address(href), self.base) {
            (Some(whole), _) => whole,
            (None, Some(base)) => base.join(href).ok()?.to_string(),
            (None, None) => href.to_owned(),
        };
        markdown::safe_link(&address).filter(|address| address.contains(':'))
    }
}
