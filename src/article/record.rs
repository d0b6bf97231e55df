//! An article's record: what choosing needs to know of it.

use jiff::fmt::serde::timestamp::nanosecond;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::{Article, digest};

/// An article without its text and all that only a reader of the issue sees, so that many thousand
/// fit into memory, and into the index.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Record {
    /// Its path in the workspace; of an entry, `FEED.xml#ID`.
    pub name: String,
    /// The headline; never empty.
    pub title: String,
    /// When it was published.
    #[serde(with = "nanosecond::optional")]
    pub date: Option<Timestamp>,
    /// Where it can be read on the web.
    pub link: Option<String>,
    /// The digest of its text; none if it has no text.
    pub digest: Option<String>,
    /// The section that its front matter asks for.
    pub section: Option<String>,
    /// Its tags, as written.
    pub tags: Vec<String>,
    /// Whether its front matter says `featured`.
    pub featured: bool,
    /// Whether its front matter says `draft`.
    pub draft: bool,
    /// Its place among the stories of an issue: smaller is first, none is last.
    pub weight: Option<i64>,
    /// Until when it must not be sent.
    #[serde(with = "nanosecond::optional")]
    pub embargo: Option<Timestamp>,
    /// Whether it was taken back.
    pub retracted: bool,
}

impl Record {
    /// The record of an article.
    pub fn of(article: &Article) -> Self {
        Self {
            name: article.source.name().to_owned(),
            title: article.title.clone(),
            date: article.date.as_ref().map(Zoned::timestamp),
            link: article.link.as_ref().map(|link| link.as_str().to_owned()),
            digest: digest::of_text(article),
            section: article.section.clone(),
            tags: article.tags.clone(),
            featured: article.featured,
            draft: article.draft,
            weight: article.weight,
            embargo: article.embargo.as_ref().map(Zoned::timestamp),
            retracted: article.retracted,
        }
    }
}
