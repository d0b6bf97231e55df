//! Where readers find pictures: a local one at the newsletter's URL and its workspace path.

use serde::{Deserialize, Serialize};
use url::Url;

/// A picture of the workspace that a page shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalPicture {
    /// Its path in the workspace.
    pub path: String,
    /// The address that the page names.
    pub url: String,
}

/// Resolves the addresses of pictures.
#[derive(Clone, Debug)]
pub(super) struct Pictures {
    base: Url,
}

impl Pictures {
    pub(super) fn new(base: &Url) -> Self {
        Self { base: base.clone() }
    }

    /// Returns the address of a picture; none if it is neither a path nor of the web.
    pub(super) fn address(&self, src: &str) -> Option<String> {
        match Url::parse(src) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url.to_string()),
            Ok(_) => None,
            Err(_) => self.local(src).map(|picture| picture.url),
        }
    }

    /// Returns a picture of the workspace with its address; none if it is on the web.
    pub(super) fn local(&self, src: &str) -> Option<LocalPicture> {
        if Url::parse(src).is_ok() || src.trim().is_empty() || src.starts_with("//") {
            return None;
        }
        let path = src.trim_start_matches("./").trim_start_matches('/');
        let mut url = self.base.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Each name is encoded by itself, so that `?` and `#` in it stay parts of the path.
        url.path_segments_mut().ok()?.pop_if_empty().extend(path.split('/'));
        Some(LocalPicture { path: path.to_owned(), url: url.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_picture_stands_at_its_path_under_the_newsletters_url() {
        let pictures = Pictures::new(&"https://a.example/weekly/".parse().unwrap());
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
    }
}
