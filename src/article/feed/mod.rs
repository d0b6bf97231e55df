//! A feed as articles: RSS, RDF, Atom and JSON Feed, an entry each.
//!
//! An entry is known as `FEED.xml#ID`. Invariant: as for pages, no markup passes through.

mod repair;

use std::collections::HashSet;
use std::panic::catch_unwind;

use feed_rs::model::{Entry, Feed, MediaObject, Text};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use url::Url;

use super::front::{Front, web_address};
use super::html::{self, Fragment, folded};
use super::read::blank;
use super::{Article, Picture, byline, summary};
use crate::diag::Diagnostic;
use crate::words::{Block, Inline, Prose, Source};

/// A larger file is no feed.
const FEED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// More entries than a feed has.
const ENTRIES_MAX: usize = 20_000;
/// How long a title is that is made of a text.
const TITLE_CHARS_MAX: usize = 80;

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
) -> Result<Option<Entries>, Diagnostic> {
    let unread = |why: &str| Diagnostic::error("this feed cannot be read").file(name).note(why);
    if bytes.len() > FEED_BYTES_MAX {
        return Err(unread("it is larger than 32 MiB"));
    }
    let text = repair::repaired(bytes);
    if !is_feed(&text) {
        return Ok(None);
    }
    let feed = parse(&text).map_err(|why| unread(&why))?;
    let is_cut = feed.entries.len() > ENTRIES_MAX;
    let mut seen = HashSet::new();
    let site = feed.title.as_ref().and_then(plain);
    let base = feed.links.iter().find(|link| link.rel.as_deref() != Some("self"));
    let base = base.and_then(|link| web_address(&link.href));
    let reader = Reader { name, zone, site, base };
    let entries = feed.entries.into_iter().take(ENTRIES_MAX);
    let entries = entries.filter(|entry| seen.insert(entry.id.clone()));
    let articles = entries.map(|entry| reader.article(entry)).collect();
    Ok(Some(Entries { articles, is_cut }))
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
    let parsed = catch_unwind(|| feed_rs::parser::parse(text.as_bytes()));
    match parsed {
        Ok(Ok(feed)) => Ok(feed),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("its parser failed on it".to_owned()),
    }
}

struct Reader<'a> {
    name: &'a str,
    zone: &'a TimeZone,
    site: Option<String>,
    base: Option<Url>,
}

impl Reader<'_> {
    fn article(&self, entry: Entry) -> Article {
        let name = format!("{}#{}", self.name, entry.id);
        let link = link(&entry, self.base.as_ref());
        let base = link.as_ref().or(self.base.as_ref());
        let summary = entry.summary.as_ref().map(|text| text.content.clone());
        let content = entry.content.as_ref().and_then(|content| content.body.clone());
        let described = || entry.media.iter().find_map(|media| media.description.clone());
        let (content, summary) = match content.filter(|content| !content.trim().is_empty()) {
            Some(content) => (content, summary),
            None => (summary.or_else(|| Some(described()?.content)).unwrap_or_default(), None),
        };
        let mut warnings = Vec::new();
        let mut fragment = |html: &str| match html::fragment(self.name, html, base) {
            Ok(fragment) => fragment,
            Err(why) => {
                let warning = Diagnostic::warning("the text of an entry was left out");
                warnings.push(warning.file(&*name).note(why));
                Fragment::default()
            }
        };
        let Fragment { prose: body, cut } = fragment(&content);
        let standfirst = summary.map(|summary| fragment(&summary).prose);
        let standfirst = standfirst.and_then(|prose| standfirst_of(&prose, &body));
        let authors: Vec<String> =
            entry.authors.iter().filter_map(|person| folded(person.name.as_deref()?)).collect();
        let tags = entry.categories.iter().map(|of| of.label.as_ref().unwrap_or(&of.term).clone());
        let front = Front {
            title: entry.title.as_ref().and_then(plain),
            date: date(&entry, self.zone),
            byline: byline::join(&authors),
            authors,
            site: self.site.clone(),
            link,
            picture: entry.media.iter().find_map(picture),
            tags: tags.collect(),
            warnings,
            ..Front::default()
        };
        let source = Source::new(name.as_str(), "");
        let mut article = Article { standfirst, body, cut, ..blank(&source, front) };
        complete(&mut article);
        article
    }
}

/// The address of the entry's page: its alternate, else the first that is no enclosure.
fn link(entry: &Entry, base: Option<&Url>) -> Option<Url> {
    let is = |rel: &str| entry.links.iter().find(|link| link.rel.as_deref() == Some(rel));
    let any = || entry.links.iter().find(|link| link.rel.is_none());
    let href = is("alternate").or_else(any).map(|link| link.href.as_str())?;
    let joined = || base.and_then(|base| base.join(href).ok()).map(String::from);
    web_address(href).or_else(|| web_address(&joined()?))
}

fn date(entry: &Entry, zone: &TimeZone) -> Option<Zoned> {
    let at = entry.published.or(entry.updated)?;
    let at = Timestamp::from_millisecond(at.timestamp_millis()).ok()?;
    Some(at.to_zoned(zone.clone()))
}

/// A text of one line, without what a parser left of markup.
fn plain(text: &Text) -> Option<String> {
    html::unescaped(&text.content)
}

/// The summary as a standfirst, unless the text begins with it: many feeds say it twice.
fn standfirst_of(summary: &Prose, body: &Prose) -> Option<Vec<Inline>> {
    let text = folded(&Block::plain(summary))?;
    let start = text.trim_end_matches(['…', '.', ' ']);
    let own = folded(&Block::plain(body)).unwrap_or_default();
    (!own.starts_with(start)).then(|| vec![Inline::Text(text)])
}

fn picture(media: &MediaObject) -> Option<Picture> {
    let mut contents = media.content.iter();
    let content = contents.find(|content| {
        content.content_type.as_ref().is_some_and(|kind| kind.ty().as_str() == "image")
    });
    let content = content.and_then(|content| content.url.as_ref().map(ToString::to_string));
    let thumbnail = || media.thumbnails.first().map(|thumbnail| thumbnail.image.uri.clone());
    let src = web_address(&content.or_else(thumbnail)?)?.to_string();
    let alt = media.title.as_ref().and_then(plain).unwrap_or_default();
    Some(Picture { src, alt, credit: None })
}

/// Fills in what an entry does not say, and tells what is unknown.
fn complete(article: &mut Article) {
    let name = article.source.name().to_owned();
    let mut warn = |what: &str| article.warnings.push(Diagnostic::warning(what).file(&*name));
    if article.title.is_empty() {
        warn("the entry has no title: its first words were taken for one");
        let words = summary(&article.body, TITLE_CHARS_MAX);
        article.title = words.unwrap_or_else(|| "Untitled".to_owned());
    }
    if article.date.is_none() {
        warn("the entry has no date; only `gather --pick` takes it");
    }
    if article.body.is_empty() {
        warn("the entry has no text");
    }
}

#[cfg(test)]
mod tests;
