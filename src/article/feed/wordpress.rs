//! What WordPress exports (WXR): RSS with the site's own tables in it.

use std::collections::HashMap;

use jiff::Zoned;
use jiff::tz::TimeZone;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::post::{Post, Site};
use crate::article::front::web_address;
use crate::article::html::{folded, unescaped};
use crate::article::{Picture, date};

/// The namespace, whatever its version.
const NAMESPACE: &str = "wordpress.org/export/";
/// How deep elements may lie in each other.
const DEPTH_MAX: usize = 32;
/// Shortcodes that only a site can show.
const SHORTCODES: [&str; 8] =
    ["audio", "caption", "contact-form", "embed", "gallery", "playlist", "video", "wp_caption"];
/// What begins with one of these is no paragraph.
const BLOCKS: [&str; 17] = [
    "<p",
    "<div",
    "<ul",
    "<ol",
    "<li",
    "<blockquote",
    "<h1",
    "<h2",
    "<h3",
    "<h4",
    "<h5",
    "<h6",
    "<figure",
    "<pre",
    "<table",
    "<hr",
    "<!--",
];

/// Tells an export by its namespace.
pub(super) fn is_export(text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(8 * 1024)).unwrap_or(text);
    head.contains("<rss") && head.contains(NAMESPACE)
}

/// An item as it was written: the texts of its elements by their names, in order.
#[derive(Default)]
struct Item {
    texts: HashMap<String, Vec<String>>,
    /// Categories and tags.
    terms: Vec<String>,
}

impl Item {
    fn text(&self, name: &str) -> Option<&str> {
        let text = self.texts.get(name)?.first()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// A value of the item's own table.
    fn meta(&self, key: &str) -> Option<&str> {
        let (keys, values) = (self.texts.get("wp:meta_key")?, self.texts.get("wp:meta_value")?);
        let at = keys.iter().position(|own| own == key)?;
        values.get(at).map(String::as_str)
    }
}

/// Reads the posts; pages, menus and attachments are none.
pub(super) fn posts(text: &str, site: &mut Site<'_>) -> Result<Vec<Post>, String> {
    let (channel, items) = items(text)?;
    site.title = channel.text("title").and_then(folded);
    site.base = channel.text("link").and_then(web_address);
    let is = |item: &&Item, kind: &str| item.text("wp:post_type") == Some(kind);
    let pictures: HashMap<&str, &str> = items
        .iter()
        .filter(|item| is(item, "attachment"))
        .filter_map(|item| Some((item.text("wp:post_id")?, item.text("wp:attachment_url")?)))
        .collect();
    let people = people(&channel);
    let posts = items.iter().filter(|item| is(item, "post"));
    Ok(posts.map(|item| post(item, &pictures, &people, site)).collect())
}

/// The names that authors are shown by.
fn people(channel: &Item) -> HashMap<&str, &str> {
    let texts = |name: &str| channel.texts.get(name).map(Vec::as_slice).unwrap_or_default();
    let logins = texts("wp:author_login").iter().map(String::as_str);
    logins.zip(texts("wp:author_display_name").iter().map(String::as_str)).collect()
}

fn post(
    item: &Item,
    pictures: &HashMap<&str, &str>,
    people: &HashMap<&str, &str>,
    site: &Site<'_>,
) -> Post {
    let picture = item.meta("_thumbnail_id").and_then(|id| pictures.get(id));
    let picture = picture.and_then(|src| web_address(src));
    let creator = item.text("dc:creator");
    let author = creator.map(|login| people.get(login).copied().unwrap_or(login));
    let is_published = item.text("wp:status") == Some("publish");
    let is_locked = item.text("wp:post_password").is_some();
    Post {
        id: item.text("wp:post_id").or(item.text("guid")).unwrap_or_default().to_owned(),
        title: item.text("title").and_then(unescaped),
        date: published(item, site.zone),
        authors: author.and_then(folded).into_iter().collect(),
        tags: item.terms.clone(),
        link: item.text("link").and_then(web_address),
        slug: item.text("wp:post_name").map(str::to_owned),
        picture: picture.map(|src| Picture {
            src: src.into(),
            alt: String::new(),
            credit: None,
            expires: None,
        }),
        content: paragraphs(&without_shortcodes(item.text("content:encoded").unwrap_or_default())),
        summary: item.text("excerpt:encoded").map(str::to_owned),
        featured: item.text("wp:is_sticky") == Some("1"),
        draft: !is_published || is_locked,
    }
}

/// The time in UTC, else the one on the site's own clock, else the feed's.
fn published(item: &Item, zone: &TimeZone) -> Option<Zoned> {
    let set = |name: &str| item.text(name).filter(|text| !text.starts_with("0000"));
    let utc = set("wp:post_date_gmt").map(|text| format!("{text} UTC"));
    let utc = utc.and_then(|text| date::parse(&text, zone));
    let own = || date::parse(set("wp:post_date")?, zone);
    utc.or_else(own).or_else(|| date::parse(set("pubDate")?, zone))
}

/// All items, and what the channel says of itself.
fn items(text: &str) -> Result<(Item, Vec<Item>), String> {
    let mut reader = Reader::from_str(text);
    let (mut channel, mut items) = (Item::default(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    let mut item: Option<Item> = None;
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if name == "item" {
                    item = Some(Item::default());
                }
                open.push(name);
                text.clear();
                if open.len() > DEPTH_MAX {
                    return Err("its elements lie too deep in each other".to_owned());
                }
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(entity) => {
                let entity = &*entity;
                text.push_str(&unescaped(&format!("&{entity};")).unwrap_or_default());
            }
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                let said = std::mem::take(&mut text);
                match (name.as_str(), &mut item) {
                    ("item", _) => items.extend(item.take()),
                    ("category", Some(item)) => item.terms.push(said.trim().to_owned()),
                    (_, Some(item)) => item.texts.entry(name).or_default().push(said),
                    (_, None) => channel.texts.entry(name).or_default().push(said),
                }
            }
            Event::Eof if open.is_empty() => return Ok((channel, items)),
            Event::Eof => return Err("it ends before its elements do".to_owned()),
            _ => {}
        }
    }
}

/// Takes out `[gallery ids="1"]` and its like; of a caption, the picture and its words stay.
fn without_shortcodes(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('[') {
        let (before, behind) = rest.split_at(open);
        kept.push_str(before);
        let name = behind[1..].trim_start_matches('/');
        let name = name.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).next();
        match behind.find(']').filter(|_| SHORTCODES.contains(&name.unwrap_or_default())) {
            Some(close) => rest = &behind[close + 1..],
            None => {
                kept.push('[');
                rest = &behind[1..];
            }
        }
    }
    kept + rest
}

/// The classic editor writes paragraphs as blank lines, and breaks as ends of lines.
fn paragraphs(html: &str) -> String {
    if html.contains("<p>") || html.contains("<p ") || html.contains("<!-- wp:") {
        return html.to_owned();
    }
    let html = html.replace("\r\n", "\n");
    let chunks = html.split("\n\n").map(str::trim).filter(|chunk| !chunk.is_empty());
    let chunk = |chunk: &str| match BLOCKS.iter().any(|block| chunk.starts_with(block)) {
        true => chunk.to_owned(),
        false => format!("<p>{}</p>", chunk.replace('\n', "<br>")),
    };
    chunks.map(chunk).collect::<Vec<_>>().join("\n")
}
