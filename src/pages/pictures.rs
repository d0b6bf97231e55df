//! The workspace's own pictures, where a copy names them by the newsletter's address.
//!
//! Invariant: nothing but a picture file in the workspace is ever served, whatever the path says.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use url::Url;

use crate::world::Files;

/// The kinds of file that are served, by the end of their names. SVG is none: it may hold scripts.
const KINDS: [(&str, &str); 5] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
];
/// The longest path that is looked for, in bytes.
const PATH_BYTES_MAX: usize = 1_024;

/// Finds and serves pictures of the workspace.
#[derive(Clone, Debug)]
pub struct Pictures {
    base: Option<Url>,
    files: Arc<dyn Files>,
    prefix: String,
    is_stamped: bool,
}

impl Pictures {
    /// Serves the pictures of `files` under `prefix`, a path that begins and ends with `/`, in the
    /// place of addresses that begin with `base`, the newsletter's URL.
    pub fn new(base: Option<Url>, files: Arc<dyn Files>, prefix: impl Into<String>) -> Self {
        Self { base, files, prefix: prefix.into(), is_stamped: false }
    }

    /// Gives a picture another address when its file is another: a page that stays open would show
    /// the one that it has.
    #[must_use]
    pub fn stamped(self) -> Self {
        Self { is_stamped: true, ..self }
    }

    /// Returns where a picture is served, if `address` is one of the workspace.
    pub fn local(&self, address: &str) -> Option<String> {
        let base = self.base.as_ref()?;
        let address = Url::parse(address.trim()).ok()?;
        if address.origin() != base.origin() {
            return None;
        }
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let encoded = address.path().strip_prefix(folder)?.strip_prefix('/')?;
        let path = decode(encoded)?;
        kind(&path)?;
        if !self.is_stamped {
            return self.files.exists(&path).then(|| format!("{}{encoded}", self.prefix));
        }
        let stamp = self.files.stamp(&path).ok()?;
        Some(format!("{}{encoded}?{}", self.prefix, stamp.tag()))
    }

    /// Answers a request for a picture by its decoded path in the workspace. Reads the disk.
    pub fn answer(&self, path: &str) -> Response {
        let Some(kind) = kind(path) else { return StatusCode::NOT_FOUND.into_response() };
        match self.files.read_within(path) {
            Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// Returns the media type of a path that may be served: a picture, in no hidden folder, below the
/// workspace.
fn kind(path: &str) -> Option<&'static str> {
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.');
    if path.len() > PATH_BYTES_MAX || path.contains(['\\', '\0']) || !path.split('/').all(is_plain)
    {
        return None;
    }
    let (_, end) = path.rsplit_once('.')?;
    KINDS.iter().find(|(name, _)| end.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
}

fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::WorkspaceFiles;

    fn pictures() -> (tempfile::TempDir, Pictures) {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        for path in
            ["articles/a b.png", "articles/c.PNG", "letterpress.toml", ".hidden/d.png", "e.svg"]
        {
            files.write(path, b"picture").unwrap();
        }
        let base = Url::parse("https://example.org/news/").unwrap();
        (folder, Pictures::new(Some(base), Arc::new(files), "/pictures/"))
    }

    #[test]
    fn an_address_of_the_newsletter_becomes_the_file_itself() {
        let (_folder, pictures) = pictures();
        for (address, local) in [
            ("https://example.org/news/articles/a%20b.png", Some("/pictures/articles/a%20b.png")),
            ("https://EXAMPLE.org/news/articles/c.PNG?w=2#x", Some("/pictures/articles/c.PNG")),
            ("https://example.org/articles/c.PNG", None),
            ("https://example.org.evil.example/news/articles/c.PNG", None),
            ("http://example.org/news/articles/c.PNG", None),
            ("https://example.org/news/articles/absent.png", None),
            ("https://example.org/news/letterpress.toml", None),
            ("https://example.org/news/.hidden/d.png", None),
            ("https://example.org/news/e.svg", None),
            ("articles/c.PNG", None),
            ("https://example.org/news/%zz.png", None),
        ] {
            assert_eq!(pictures.local(address).as_deref(), local, "{address}");
        }
    }

    #[test]
    fn another_file_has_another_address_where_that_matters() {
        let (_folder, pictures) = pictures();
        let pictures = pictures.stamped();
        let local = || pictures.local("https://example.org/news/articles/c.PNG").unwrap();
        let before = local();
        assert!(before.starts_with("/pictures/articles/c.PNG?"), "{before}");
        assert_eq!(local(), before);
        pictures.files.write("articles/c.PNG", b"another").unwrap();
        assert_ne!(local(), before);
    }

    #[test]
    fn nothing_but_pictures_of_the_workspace_is_served() {
        let (_folder, pictures) = pictures();
        assert_eq!(pictures.answer("articles/a b.png").status(), StatusCode::OK);
        for path in [
            "letterpress.toml",
            ".hidden/d.png",
            "../x.png",
            "articles/../../x.png",
            "/etc/x.png",
            "articles//c.PNG",
            "e.svg",
            "articles/absent.png",
            "articles/c.PNG\0.png",
            "",
            ".png",
        ] {
            assert_eq!(pictures.answer(path).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
