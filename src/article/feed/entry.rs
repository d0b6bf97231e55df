//! The entries of RSS, RDF, Atom and JSON Feed.

use feed_rs::model::{Entry, Feed, MediaObject, Text};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use url::Url;

use super::post::{Post, Site};
use crate::article::Picture;
use crate::article::digest::{self, hex};
use crate::article::front::web_address;
use crate::article::html::{self, folded};

pub(super) fn posts(feed: Feed, site: &mut Site<'_>) -> Vec<Post> {
    site.title = feed.title.as_ref().and_then(plain);
    let base = feed.links.iter().find(|link| link.rel.as_deref() != Some("self"));
    site.base = base.and_then(|link| web_address(&link.href));
    feed.entries.into_iter().map(|entry| post(entry, site)).collect()
}

fn post(entry: Entry, site: &Site<'_>) -> Post {
    let summary = entry.summary.as_ref().map(|text| text.content.clone());
    let content = entry.content.as_ref().and_then(|content| content.body.clone());
    let described = || entry.media.iter().find_map(|media| media.description.clone());
    let (content, summary) = match content.filter(|content| !content.trim().is_empty()) {
        Some(content) => (content, summary),
        None => (summary.or_else(|| Some(described()?.content)).unwrap_or_default(), None),
    };
    let names = entry.authors.iter().filter_map(|person| folded(person.name.as_deref()?));
    let tags = entry.categories.iter().map(|of| of.label.as_ref().unwrap_or(&of.term).clone());
    Post {
        title: entry.title.as_ref().and_then(plain),
        date: date(&entry, site.zone),
        authors: names.collect(),
        tags: tags.collect(),
        link: link(&entry, site.base.as_ref()),
        picture: entry.media.iter().find_map(picture),
        id: if entry.id.is_empty() { id(&entry) } else { entry.id },
        content,
        summary,
        ..Post::default()
    }
}

/// What an entry is known by that has no id: its address and headline, else all that it says.
fn id(entry: &Entry) -> String {
    let title = entry.title.as_ref().map(|title| title.content.as_str()).unwrap_or_default();
    let words = match entry.links.first() {
        Some(link) => format!("{}\n{title}", link.href),
        None => {
            let text = |text: &Text| text.content.clone();
            let content = entry.content.as_ref().and_then(|content| content.body.clone());
            let said = [content, entry.summary.as_ref().map(text)].map(Option::unwrap_or_default);
            let at = entry.published.or(entry.updated).map(|at| at.timestamp()).unwrap_or_default();
            format!("{title}\n{}\n{at}", said.join("\n"))
        }
    };
    hex(&digest::of_bytes(words.as_bytes()))
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

fn picture(media: &MediaObject) -> Option<Picture> {
    let mut contents = media.content.iter();
    let content = contents.find(|content| {
        content.content_type.as_ref().is_some_and(|kind| kind.ty().as_str() == "image")
    });
    let content = content.and_then(|content| content.url.as_ref().map(ToString::to_string));
    let thumbnail = || media.thumbnails.first().map(|thumbnail| thumbnail.image.uri.clone());
    let src = web_address(&content.or_else(thumbnail)?)?.to_string();
    let alt = media.title.as_ref().and_then(plain).unwrap_or_default();
    Some(Picture { src, alt, credit: None, expires: None })
}
