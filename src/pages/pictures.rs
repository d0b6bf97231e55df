//! The pictures that were made for mail, where a copy names them.
//!
//! Invariant: nothing but what was made is ever served, whatever the path says.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use url::Url;

use crate::picture;
use crate::world::Files;

/// The longest name that is looked for, in bytes.
const NAME_BYTES_MAX: usize = 200;

/// Finds and serves pictures that were made for mail.
#[derive(Clone, Debug)]
pub struct Pictures {
    base: Option<Url>,
    files: Arc<dyn Files>,
    prefix: String,
    enclosed: Option<String>,
}

impl Pictures {
    /// Serves the pictures that `files` keep under `prefix`, a path that begins and ends with `/`, in
    /// the place of addresses that begin with `base`, and of those of pictures that travel in a copy.
    pub fn new(base: Option<Url>, files: Arc<dyn Files>, prefix: impl Into<String>) -> Self {
        Self { base, files, prefix: prefix.into(), enclosed: None }
    }

    /// Has pictures that travel in a copy served from below another path, by their Content-IDs.
    #[must_use]
    pub fn enclosed_at(self, prefix: String) -> Self {
        Self { enclosed: Some(prefix), ..self }
    }

    /// Returns where a picture is served, if `address` is one of ours.
    pub fn local(&self, address: &str) -> Option<String> {
        let address = address.trim();
        let name = match (address.strip_prefix("cid:"), &self.enclosed) {
            (Some(id), Some(prefix)) => return Some(format!("{prefix}{}", encoded(id))),
            (Some(id), None) => id.split('@').next()?,
            (None, _) => address.strip_prefix(self.base.as_ref()?.as_str())?,
        };
        (is_name(name) && self.files.exists(&picture::kept(name)))
            .then(|| format!("{}{name}", self.prefix))
    }

    /// Answers a request for a picture by its name. Reads the disk.
    pub fn answer(&self, name: &str) -> Response {
        let bytes = is_name(name).then(|| self.files.read(&picture::kept(name)).ok()).flatten();
        match bytes {
            Some(bytes) => {
                ([(header::CONTENT_TYPE, picture::media_type(name))], bytes).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// Says whether a name is one that our pictures have.
fn is_name(name: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    name.len() <= NAME_BYTES_MAX
        && name.bytes().all(is_plain)
        && !name.starts_with('.')
        && picture::media_type(name).starts_with("image/")
}

/// A Content-ID as a part of a path.
fn encoded(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let written = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    id.bytes().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::WorkspaceFiles;

    fn pictures() -> (tempfile::TempDir, Pictures) {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        for path in [
            ".letterpress/pictures/a-1f.png",
            ".letterpress/pictures/b.svg",
            ".letterpress/secret.png",
            "articles/c.png",
        ] {
            files.write(path, b"picture").unwrap();
        }
        let base = Url::parse("https://example.org/news/").unwrap();
        (folder, Pictures::new(Some(base), Arc::new(files), "/pictures/"))
    }

    #[test]
    fn an_address_of_ours_becomes_the_file_that_was_made() {
        let (_folder, pictures) = pictures();
        for (address, local) in [
            ("https://example.org/news/a-1f.png", Some("/pictures/a-1f.png")),
            (" https://example.org/news/a-1f.png ", Some("/pictures/a-1f.png")),
            ("cid:a-1f.png@example.org", Some("/pictures/a-1f.png")),
            ("https://example.org/news/absent.png", None),
            ("https://example.org/news/b.svg", None),
            ("https://example.org/news/../secret.png", None),
            ("https://example.org/news/articles/c.png", None),
            ("https://example.org.evil.example/news/a-1f.png", None),
            ("http://example.org/news/a-1f.png", None),
            ("a-1f.png", None),
        ] {
            assert_eq!(pictures.local(address).as_deref(), local, "{address}");
        }
        let of_message = pictures.enclosed_at("/m/7/enclosed/".into());
        assert_eq!(
            of_message.local("cid:<x>/..@y").as_deref(),
            Some("/m/7/enclosed/%3Cx%3E%2F..%40y")
        );
    }

    #[test]
    fn nothing_else_is_served() {
        let (_folder, pictures) = pictures();
        assert_eq!(pictures.answer("a-1f.png").status(), StatusCode::OK);
        for name in [
            "b.svg",
            "../secret.png",
            "..%2fsecret.png",
            "/etc/x.png",
            "articles/c.png",
            "absent.png",
            "A-1F.PNG",
            "a-1f.png\0",
            "",
            ".png",
        ] {
            assert_eq!(pictures.answer(name).status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
