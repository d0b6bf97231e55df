//! The web archive: a page for each issue that was sent, as its content was frozen, with an index and
//! a feed, ready for any web server.
//!
//! Invariant: a page is merged for nobody: no field of a reader, no token and no address stands in
//! it. It runs no script, and all but pictures of other sites lies beside it.

mod feed;
mod index;
mod page;

use jiff::Zoned;
use url::Url;

use crate::diag::Diagnostic;
use crate::message::Content;
use crate::words::IssueName;
use crate::world::{FileError, Files};

/// The newsletter whose issues are kept.
#[derive(Clone, Debug)]
pub struct Newsletter {
    /// Its id, which is part of the feed's.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its page, to which links lead that were a reader's own.
    pub url: Url,
    /// Its language.
    pub language: String,
}

/// An issue that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its name.
    pub name: IssueName,
    /// What was sent.
    pub content: Content,
    /// When its send began.
    pub at: Zoned,
    /// When it was corrected, if it was: copies before that had another content.
    pub corrected: Option<Zoned>,
}

/// What came of writing an archive.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The files, by their paths in the workspace.
    pub files: Vec<String>,
    /// Pictures that could not be kept.
    pub findings: Vec<Diagnostic>,
}

/// An issue as the index and the feed name it.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    subject: String,
    preheader: String,
    at: Zoned,
    corrected: Option<Zoned>,
    /// Its address on the web, if the newsletter has an archive there.
    address: Option<String>,
}

/// Writes the pages of `issues`, in the order of their sends, under `folder`, with an index and a
/// feed of them.
///
/// # Errors
/// If a file could not be written.
pub fn write(
    newsletter: &Newsletter,
    issues: &[Sent],
    folder: &str,
    files: &dyn Files,
) -> Result<Written, FileError> {
    let mut written = Written::default();
    let mut entries = Vec::new();
    for issue in issues {
        entries.push(page::write(newsletter, issue, folder, files, &mut written)?);
    }
    // What is newest stands first.
    entries.reverse();
    for (name, text) in [
        ("index.html", index::set(newsletter, &entries).into_string()),
        ("feed.xml", feed::set(newsletter, &entries)),
    ] {
        let path = format!("{folder}/{name}");
        files.write(&path, text.as_bytes())?;
        written.files.push(path);
    }
    Ok(written)
}

/// A day as pages say it.
fn day(at: &Zoned) -> String {
    at.strftime("%B %-d, %Y").to_string()
}

#[cfg(test)]
mod tests;
