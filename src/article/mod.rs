//! A file in, an [`Article`] out.
//!
//! Invariant: nothing is guessed in silence. What is unknown is absent; what was taken from an
//! unusual place, or left out, is told as a warning or a [`Cut`].

mod address;
mod byline;
mod charset;
mod date;
mod digest;
mod each;
mod explain;
mod feed;
mod front;
mod html;
mod index;
mod keep;
mod library;
mod link;
pub mod markdown;
mod picture;
mod read;
mod reader;
mod record;
mod summary;
mod text;

use jiff::Zoned;
use url::Url;

use crate::diag::Diagnostic;
use crate::words::{Inline, Prose, Source};

pub use address::canonical;
pub use byline::join as joined_names;
pub use explain::to_json;
pub use keep::{entries, text as kept_text};
pub use library::Library;
pub use read::{Setting, file_of, read};
pub use reader::Reader;
pub use record::Record;
pub use summary::{SUMMARY_CHARS_MAX, summary, words};
pub use text::Repeated;

/// A source file that an editor wrote or saved, as it was read.
#[derive(Clone, Debug)]
pub struct Article {
    /// The file.
    pub source: Source,
    /// The headline; never empty.
    pub title: String,
    /// When it was published, in the newsletter's time zone; a date without a time is that day's
    /// start.
    pub date: Option<Zoned>,
    /// Who wrote it, as one line.
    pub byline: Option<String>,
    /// Who wrote it, a name each.
    pub authors: Vec<String>,
    /// The site that it was published on.
    pub site: Option<String>,
    /// Where it can be read on the web.
    pub link: Option<Url>,
    /// Its picture.
    pub picture: Option<Picture>,
    /// The sentence or two under the headline.
    pub standfirst: Option<Vec<Inline>>,
    /// The word over the headline.
    pub kicker: Option<String>,
    /// The text.
    pub body: Prose,
    /// The section that its front matter asks for.
    pub section: Option<String>,
    /// Its tags, as written.
    pub tags: Vec<String>,
    /// Whether its front matter says `featured`.
    pub featured: bool,
    /// Whether its front matter says `draft`; a draft is never a candidate.
    pub draft: bool,
    /// Its place among the stories of an issue: smaller is first, none is last.
    pub weight: Option<i64>,
    /// Until when it must not be sent.
    pub embargo: Option<Zoned>,
    /// Whether it was taken back; it is never sent.
    pub retracted: bool,
    /// What a person should know of the reading.
    pub warnings: Vec<Diagnostic>,
    /// What was left out of the body, and by which rule.
    pub cut: Vec<Cut>,
}

/// A picture of an article or a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// A path in the workspace, or an http(s) address.
    pub src: String,
    /// What is seen; empty if nobody said.
    pub alt: String,
    /// Whom to credit.
    pub credit: Option<String>,
    /// When its licence is over: from here on it must not be sent.
    pub expires: Option<Zoned>,
}

/// A line that was left out of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The line.
    pub text: String,
    /// The rule that left it out.
    pub rule: &'static str,
}

#[cfg(test)]
mod tests;
