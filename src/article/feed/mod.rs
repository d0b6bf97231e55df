//! A feed as articles: RSS, RDF, Atom and JSON Feed, an entry each; and what Ghost and WordPress export.
//!
//! An entry is known as `FEED.xml#ID`. Invariant: as for pages, no markup passes through.

mod entry;
mod ghost;
mod post;
mod repair;
mod wordpress;

use std::collections::HashSet;

use feed_rs::model::Feed;
use feed_rs::parser;
use jiff::tz::TimeZone;
use scraper::{Html, Selector};
use url::Url;

use super::Article;
use crate::config::Origin;
use crate::diag::Diagnostic;
use crate::world::foreign;
use post::{Post, Site};

/// A larger file is no feed.
const FEED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A site's whole export may be larger.
const EXPORT_BYTES_MAX: usize = 128 * 1024 * 1024;
/// More entries than a feed has.
const ENTRIES_MAX: usize = 20_000;

/// The entries of a feed.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) articles: Vec<Article>,
    /// Whether it has more than are read.
    pub(super) is_cut: bool,
}

/// Reads a feed. `None` if the file is something else, as many `.xml` and `.json` files are.
///
/// # Errors
/// If it is a feed and cannot be read.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    zone: &TimeZone,
    origin: Option<&Origin>,
) -> Result<Option<Entries>, Diagnostic> {
    let unread = |why: &str| Diagnostic::error("this feed cannot be read").file(name).note(why);
    if bytes.len() > EXPORT_BYTES_MAX {
        return Err(unread("it is larger than 128 MiB"));
    }
    let text = repair::repaired(bytes);
    let mut site = Site { file: name, zone, origin, title: None, base: None };
    let posts = if ghost::is_export(&text) {
        ghost::posts(&text, &mut site)
    } else if wordpress::is_export(&text) {
        wordpress::posts(&text, &mut site)
    } else if !is_feed(&text) {
        return Ok(None);
    } else if bytes.len() > FEED_BYTES_MAX {
        Err("it is larger than 32 MiB".to_owned())
    } else {
        parse(&text).map(|feed| entry::posts(feed, &mut site))
    };
    let posts = posts.map_err(|why| unread(&why))?;
    let is_cut = posts.len() > ENTRIES_MAX;
    let mut seen = HashSet::new();
    let posts =
        posts.into_iter().take(ENTRIES_MAX).filter(|post: &Post| seen.insert(post.id.clone()));
    let articles = posts.map(|post| post.article(&site)).collect();
    Ok(Some(Entries { articles, is_cut }))
}

/// The feed that a page names as its own.
pub(super) fn named_by_page(bytes: &[u8], url: &Url) -> Option<Url> {
    let page = Html::parse_document(&String::from_utf8_lossy(bytes));
    let links = Selector::parse("link[rel~=alternate][href]").ok()?;
    let mut links = page.select(&links).filter(|link| {
        let kind = link.attr("type").unwrap_or_default();
        ["rss+xml", "atom+xml", "feed+json"].iter().any(|feed| kind.ends_with(feed))
    });
    url.join(links.next()?.attr("href")?).ok()
}

/// Tells a feed by how it begins.
fn is_feed(text: &str) -> bool {
    if text.trim_start().starts_with('{') {
        return text.contains("jsonfeed.org/version");
    }
    let mut head = text.trim_start();
    // Comments, processing instructions and a document type may stand before the first element.
    while let Some(rest) = head.strip_prefix("<!").or_else(|| head.strip_prefix("<?")) {
        let end = if rest.starts_with("--") { "-->" } else { ">" };
        let Some((_, behind)) = rest.split_once(end) else { return false };
        head = behind.trim_start();
    }
    let name = head.trim_start_matches('<').split([' ', '>', '\n', '\r', '\t', '/']).next();
    let name = name.unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    matches!(local, "rss" | "feed" | "RDF" | "entry")
}

/// The parser is not ours: one that panics on a feed has not read it.
fn parse(text: &str) -> Result<Feed, String> {
    // By itself it would draw an id at random, and an entry have another one at each reading.
    let parser = || parser::Builder::new().id_generator(|_, _, _| String::new()).build();
    let parsed = foreign(|| parser().parse(text.as_bytes()));
    match parsed {
        Some(Ok(feed)) => Ok(feed),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("its parser failed on it".to_owned()),
    }
}

#[cfg(test)]
mod tests;
