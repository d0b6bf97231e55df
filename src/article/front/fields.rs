//! The keys of front matter that Letterpress reads, under the names that other generators give
//! them. Keys that it does not know belong to those, and are passed over.

use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use super::{Front, Node, Place, Shape};
use crate::article::{Picture, byline, date, markdown, picture};
use crate::config::Origin;
use crate::diag::Diagnostic;
use crate::words::{Inline, Source, Span};

const TITLE: [&str; 2] = ["title", "headline"];
const DATE: [&str; 4] = ["date", "pubdate", "publishdate", "published"];
const AUTHORS: [&str; 2] = ["authors", "author"];
const SECTION: [&str; 2] = ["section", "category"];
const STANDFIRST: [&str; 5] = ["standfirst", "dek", "description", "excerpt", "summary"];
const LINK: [&str; 4] = ["link", "canonicalurl", "canonical", "url"];
/// A `status` of what is not to be seen.
const UNPUBLISHED: [&str; 4] = ["draft", "hidden", "pending", "private"];
/// Where a page stands on its site.
const PATH: [&str; 3] = ["permalink", "url", "path"];
const PICTURE: [&str; 4] = ["picture", "image", "cover", "hero"];
const PICTURE_ALT: [&str; 4] = ["picturealt", "imagealt", "coveralt", "heroalt"];
const PICTURE_EXPIRES: [&str; 4] =
    ["pictureexpires", "imageexpires", "coverexpires", "heroexpires"];
const PICTURE_CREDIT: [&str; 4] = ["picturecredit", "imagecredit", "covercredit", "herocredit"];

/// Takes what it knows out of the table.
///
/// # Errors
/// Every value that is not what its key wants, where guessing could send the wrong thing.
pub(super) fn read(
    source: &Source,
    entries: Vec<(String, Node)>,
    zone: &TimeZone,
    origin: Option<&Origin>,
) -> Result<Front, Vec<Diagnostic>> {
    let entries = entries.into_iter().map(|(key, node)| (folded(&key), node)).collect();
    let mut reader = Reader { source, origin, entries, faults: vec![], warnings: vec![] };
    let mut front = Front {
        title: reader.title(),
        date: reader.date(zone).or_else(|| reader.date_of_path(zone)),
        site: reader.text(&["site"]),
        link: reader.link(),
        picture: reader.picture(zone),
        standfirst: reader.text(&STANDFIRST),
        kicker: reader.text(&["kicker"]),
        section: reader.text(&SECTION),
        tags: reader.tags(),
        featured: reader.flag("featured").unwrap_or(false),
        draft: reader.flag("draft").unwrap_or(false) || reader.is_unpublished(),
        weight: reader.weight(),
        embargo: reader.date_of(&["embargo"], zone),
        retracted: reader.flag("retracted").unwrap_or(false),
        place: reader.place(),
        ..Front::default()
    };
    (front.byline, front.authors) = reader.authors();
    front.warnings = reader.warnings;
    if reader.faults.is_empty() { Ok(front) } else { Err(reader.faults) }
}

/// `pubDate`, `pub_date` and `Pub-Date` are one key.
fn folded(key: &str) -> String {
    key.chars().filter(|c| !"_-".contains(*c)).flat_map(char::to_lowercase).collect()
}

struct Reader<'a> {
    source: &'a Source,
    origin: Option<&'a Origin>,
    entries: Vec<(String, Node)>,
    faults: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// The first of some keys that says anything.
    fn node(&self, keys: &[&str]) -> Option<&Node> {
        let says = |node: &&Node| match &node.shape {
            Shape::Nothing => false,
            Shape::Text(text) => !text.trim().is_empty(),
            _ => true,
        };
        keys.iter().find_map(|key| {
            let found = self.entries.iter().find(|(name, _)| name == key);
            found.map(|(_, node)| node).filter(says)
        })
    }

    fn span(&self, node: &Node) -> Span {
        self.source.span(node.range.clone())
    }

    fn wrong(&self, node: &Node, what: &str) -> Diagnostic {
        Diagnostic::error(what).at(self.span(node), "")
    }

    fn title(&mut self) -> Option<String> {
        let node = self.node(&TITLE)?;
        match text_of(node) {
            Some(text) => Some(text),
            None => {
                let fault = self.wrong(node, "`title` must be a text");
                self.faults.push(fault);
                None
            }
        }
    }

    fn date(&mut self, zone: &TimeZone) -> Option<Zoned> {
        let keys = if self.published().is_some() { &DATE[..3] } else { &DATE[..] };
        self.date_of(keys, zone)
    }

    fn date_of(&mut self, keys: &[&str], zone: &TimeZone) -> Option<Zoned> {
        let node = self.node(keys)?;
        let text = text_of(node);
        let date = text.as_deref().and_then(|text| date::parse(text, zone));
        if date.is_none() {
            let shown = text.unwrap_or_else(|| "this".to_owned());
            let fault = Diagnostic::error(format!("`{shown}` is no date"))
                .at(self.span(node), "")
                .hint("write it as `2023-03-20` or `2023-03-20T09:14:00-04:00`");
            self.faults.push(fault);
        }
        date
    }

    /// A whole number; what is none is passed over and told.
    fn weight(&mut self) -> Option<i64> {
        let node = self.node(&["weight"])?;
        let weight = text_of(node).and_then(|text| text.parse().ok());
        if weight.is_none() {
            let span = self.span(node);
            self.passed_over(span, "it is no whole number");
        }
        weight
    }

    /// The day that Zola's `path` begins with, where nothing else says when: `2018/12/21/title`.
    fn date_of_path(&mut self, zone: &TimeZone) -> Option<Zoned> {
        let node = self.node(&["path", "permalink"])?;
        let date = date::of_path(&text_of(node)?, zone)?;
        let span = self.span(node);
        let warning = Diagnostic::warning("no date in the article: the one in its path was taken");
        self.warnings.push(warning.at(span, ""));
        Some(date)
    }

    /// Jekyll's `published`, which is no date.
    fn published(&self) -> Option<bool> {
        self.node(&["published"]).and_then(text_of).and_then(|text| yes_or_no(&text))
    }

    /// Jekyll's `published: false`, Pelican's `Status: draft`.
    fn is_unpublished(&self) -> bool {
        let status = self.node(&["status"]).and_then(text_of).unwrap_or_default().to_lowercase();
        self.published() == Some(false) || UNPUBLISHED.contains(&status.as_str())
    }

    fn flag(&mut self, key: &'static str) -> Option<bool> {
        let node = self.node(&[key])?;
        let value = text_of(node).and_then(|text| yes_or_no(&text));
        if value.is_none() {
            let fault = self.wrong(node, &format!("`{key}` must be yes or no"));
            self.faults.push(fault);
        }
        value
    }

    /// A text of lesser weight: where it is none, it is passed over and told. Of a list, the first.
    fn text(&mut self, keys: &[&str]) -> Option<String> {
        let node = self.node(keys)?;
        let first = match &node.shape {
            Shape::List(list) => list.first()?,
            _ => node,
        };
        let text = text_of(first);
        if text.is_none() {
            let span = self.span(node);
            self.passed_over(span, "it is no text");
        }
        text
    }

    fn passed_over(&mut self, span: Span, why: &str) {
        let warning = Diagnostic::warning("a value of the front matter was passed over");
        self.warnings.push(warning.at(span, why));
    }

    fn tags(&mut self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        let nested = self.node(&["taxonomies"]).and_then(|node| entry(node, &["tags"]));
        for node in [self.node(&["tags", "tag"]), nested].into_iter().flatten() {
            match &node.shape {
                Shape::Text(text) => tags.extend(text.split(',').map(|tag| tag.trim().to_owned())),
                Shape::List(list) => tags.extend(list.iter().filter_map(text_of)),
                _ => {}
            }
        }
        let mut seen = Vec::new();
        tags.retain(|tag| {
            let new = !tag.is_empty() && !seen.contains(tag);
            seen.extend(new.then(|| tag.clone()));
            new
        });
        tags
    }

    fn authors(&mut self) -> (Option<String>, Vec<String>) {
        let written = self.text(&["byline"]).map(|line| byline::bare(&line).to_owned());
        let Some(node) = self.node(&AUTHORS) else {
            let names = written.as_deref().map(byline::names).unwrap_or_default();
            return (written, names);
        };
        if let Some(text) = name_of(node) {
            let line = byline::bare(&text).to_owned();
            let names = byline::names(&line);
            return (written.or(Some(line)), names);
        }
        let list = match &node.shape {
            Shape::List(list) => list.iter().collect(),
            _ => vec![node],
        };
        let name =
            |node: &&Node| name_of(node).or_else(|| entry(node, &["name"]).and_then(name_of));
        let names: Vec<String> = list.iter().filter_map(name).collect();
        if names.len() < list.len() {
            let span = self.span(node);
            self.passed_over(span, "an author without a name");
        }
        (written.or_else(|| byline::join(&names)), names)
    }

    fn place(&self) -> Place {
        let text = |keys: &[&str]| self.node(keys).and_then(text_of);
        // Jekyll's `permalink` may be a pattern of its own.
        let is_path = |path: &String| !path.contains([':', '{', '<']);
        Place { slug: text(&["slug"]), path: text(&PATH).filter(is_path) }
    }

    fn link(&mut self) -> Option<Url> {
        let node = self.node(&LINK)?;
        let text = text_of(node);
        let url = text.as_deref().and_then(web_address);
        // A path on the site is no fault where the source says what site it is.
        let has_site = self.origin.is_some_and(|origin| origin.url.is_some());
        let is_path = has_site && text.is_some_and(|text| text.starts_with('/'));
        if url.is_none() && !is_path {
            let span = self.span(node);
            self.passed_over(span, "it is no web address");
        }
        url
    }

    /// When a picture's licence is over: a day counts to its end. `own` is what the picture's own
    /// table says, with its place.
    fn end_of_licence(&mut self, own: Option<(String, Span)>, zone: &TimeZone) -> Option<Zoned> {
        let written = |node: &Node| (text_of(node).unwrap_or_default(), self.span(node));
        let (text, span) = own.or_else(|| self.node(&PICTURE_EXPIRES).map(written))?;
        let day = text.parse::<Date>().ok().filter(|_| !text.contains(':'));
        let end = match day {
            Some(day) => day.tomorrow().and_then(|day| day.to_zoned(zone.clone())).ok(),
            None => date::parse(&text, zone),
        };
        if end.is_none() {
            let fault = Diagnostic::error(format!("`{text}` is no date"))
                .at(span, "the end of the picture's licence")
                .hint("write it as `2023-03-20`");
            self.faults.push(fault);
        }
        end
    }

    fn picture(&mut self, zone: &TimeZone) -> Option<Picture> {
        let node = self.node(&PICTURE)?;
        let src = text_of(node)
            .or_else(|| entry(node, &["src", "url", "path", "image", "file"]).and_then(text_of));
        let span = self.span(node);
        let of_table = |keys: &[&str]| entry(node, keys).and_then(text_of);
        let (alt, credit) = (of_table(&["alt"]), of_table(&["credit"]));
        let own = entry(node, &["expires"])
            .map(|node| (text_of(node).unwrap_or_default(), self.span(node)));
        let Some(src) = src else {
            self.passed_over(span, "it names no picture");
            return None;
        };
        let alt = alt.or_else(|| self.text(&PICTURE_ALT)).unwrap_or_default();
        let credit = credit.or_else(|| self.text(&PICTURE_CREDIT));
        let expires = self.end_of_licence(own, zone);
        match picture::resolve(self.source.name(), Origin::root(self.origin), &src) {
            Ok(src) => Some(Picture { src, alt, credit, expires }),
            Err(why) => {
                self.passed_over(span, why.text());
                None
            }
        }
    }
}

/// The value of a table's key.
fn entry<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    let Shape::Table(entries) = &node.shape else { return None };
    keys.iter()
        .find_map(|key| entries.iter().find(|(name, _)| folded(name) == *key).map(|(_, node)| node))
}

/// The text on one line.
fn text_of(node: &Node) -> Option<String> {
    let Shape::Text(text) = &node.shape else { return None };
    let text = text.replace(|c: char| c.is_control(), " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// The text of a name, which some write as a Markdown link.
fn name_of(node: &Node) -> Option<String> {
    let text = text_of(node)?;
    let plain = if text.contains("](") { Inline::plain(&markdown::inline(&text)) } else { text };
    (!plain.is_empty()).then_some(plain)
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "1" | "x" => Some(true),
        "false" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Reads an http or https address.
pub(in crate::article) fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}
