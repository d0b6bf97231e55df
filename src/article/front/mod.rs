//! Front matter: what an editor says of an article, above it.
//!
//! Invariant: a value is read as it was written. `title: no` is a text, because neither YAML's nor
//! TOML's types are asked before the key says what it wants; and every fault knows its place in
//! the article's own file.

mod fields;
mod keys;
mod toml;
mod yaml;

use std::ops::Range;

pub(super) use fields::web_address;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::Value;
use url::Url;

use super::Picture;
use crate::config::Origin;
use crate::diag::Diagnostic;
use crate::words::{Source, Span};

/// The most that front matter may hold, in bytes.
const FRONT_BYTES_MAX: usize = 64 * 1024;
/// How deep its tables and lists may lie in each other.
const FRONT_DEPTH_MAX: usize = 16;

/// What the front matter says, as far as Letterpress reads it.
#[derive(Debug, Default)]
pub(super) struct Front {
    pub(super) title: Option<String>,
    pub(super) date: Option<Zoned>,
    pub(super) byline: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) site: Option<String>,
    pub(super) link: Option<Url>,
    pub(super) picture: Option<Picture>,
    pub(super) standfirst: Option<String>,
    pub(super) kicker: Option<String>,
    pub(super) section: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) featured: bool,
    pub(super) draft: bool,
    pub(super) weight: Option<i64>,
    pub(super) embargo: Option<Zoned>,
    pub(super) retracted: bool,
    pub(super) place: Place,
    pub(super) warnings: Vec<Diagnostic>,
}

/// What front matter says of the article's place on its site.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The last part of its address.
    pub(super) slug: Option<String>,
    /// Its path on the site.
    pub(super) path: Option<String>,
}

/// A value with its bytes in the file.
#[derive(Debug)]
struct Node {
    shape: Shape,
    range: Range<usize>,
}

#[derive(Debug)]
enum Shape {
    Nothing,
    /// Any single value, as it was written.
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

/// Reads the front matter of a file, if it has some; also returns where the text behind it begins.
///
/// # Errors
/// All its faults together; where it does not parse, that alone.
/// `origin` says what the article does not.
pub(super) fn read(
    source: &Source,
    zone: &TimeZone,
    origin: Option<&Origin>,
) -> Result<(Front, usize), Vec<Diagnostic>> {
    let Some(found) = find(source).map_err(|fault| vec![fault])? else {
        return Ok((Front::default(), 0));
    };
    let mut warnings = Vec::new();
    let table = table(source, &found, &mut warnings).map_err(|fault| vec![fault])?;
    let mut front = fields::read(source, table, zone, origin)?;
    warnings.append(&mut front.warnings);
    Ok((Front { warnings, ..front }, found.end))
}

/// Returns the front matter of a file as it was written: an object of texts, lists and objects.
pub(super) fn as_written(source: &Source) -> Option<Value> {
    let found = find(source).ok()??;
    Some(Shape::Table(table(source, &found, &mut Vec::new()).ok()?).into())
}

fn table(
    source: &Source,
    found: &Found,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<(String, Node)>, Diagnostic> {
    let inner = found.inner.clone();
    if inner.len() > FRONT_BYTES_MAX {
        return Err(Diagnostic::error("the front matter is larger than 64 KiB")
            .at(source.span(found.opening.clone()), "it begins here"));
    }
    match found.notation {
        Notation::Yaml => yaml::parse(source, inner, warnings),
        Notation::Toml => toml::parse(source, inner),
        Notation::Keys => Ok(keys::parse(source.text(), inner)),
    }
}

impl From<Shape> for Value {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Nothing => Self::Null,
            Shape::Text(text) => text.into(),
            Shape::List(list) => list.into_iter().map(|node| Self::from(node.shape)).collect(),
            Shape::Table(table) => {
                table.into_iter().map(|(key, node)| (key, Self::from(node.shape))).collect()
            }
        }
    }
}

/// Where front matter stands.
struct Found {
    notation: Notation,
    opening: Range<usize>,
    inner: Range<usize>,
    end: usize,
}

/// How front matter is written.
enum Notation {
    /// YAML, and JSON, which is YAML too.
    Yaml,
    Toml,
    /// Lines of `Key: value`.
    Keys,
}

fn find(source: &Source) -> Result<Option<Found>, Diagnostic> {
    let text = source.text();
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    if let Some(found) = fenced(source, start)? {
        return Ok(Some(found));
    }
    if is_plain_text(source) {
        return Ok(None);
    }
    let found = |notation, inner: Range<usize>| Found {
        notation,
        opening: inner.start..inner.start + 1,
        end: inner.end,
        inner,
    };
    let json = json(&text[start..]).map(|length| found(Notation::Yaml, start..start + length));
    Ok(json.or_else(|| keys::find(text, start).map(|inner| found(Notation::Keys, inner))))
}

/// The length of the JSON object that a text begins with.
fn json(text: &str) -> Option<usize> {
    if !text.starts_with('{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    let is_object = values.next()?.ok()?.is_object();
    is_object.then(|| values.byte_offset())
}

fn fenced(source: &Source, start: usize) -> Result<Option<Found>, Diagnostic> {
    let text = source.text();
    let mut lines = lines_from(text, start);
    let Some(first) = lines.next() else { return Ok(None) };
    let Some(sign) = fence_sign(&text[first.clone()]) else { return Ok(None) };
    let mut written = lines.clone().map(|line| &text[line]).filter(|line| !line.trim().is_empty());
    if is_plain_text(source) && !written.next().is_some_and(is_key) {
        return Ok(None);
    }
    for line in lines {
        let content = text[line.clone()].trim_end();
        if fence_sign(content) == Some(sign) || (sign == '-' && content == "...") {
            let opening = first.start..first.start + text[first.clone()].trim_end().len();
            let inner = first.end..line.start;
            let notation = if sign == '-' { Notation::Yaml } else { Notation::Toml };
            return Ok(Some(Found { notation, opening, inner, end: line.end }));
        }
    }
    let opening = &text[first.clone()];
    let fault = Diagnostic::error("the front matter has no end")
        .at(source.span(first.start..first.start + opening.trim_end().len()), "it begins here")
        .hint(format!(
            "close it with a line `{}`, or begin the text with something else",
            opening.trim_end()
        ));
    Err(fault)
}

/// In plain text a line of hyphens is as likely a rule as a fence.
fn is_plain_text(source: &Source) -> bool {
    source.name().ends_with(".txt")
}

fn is_key(line: &str) -> bool {
    let name = line.split([':', '=']).next().unwrap_or_default().trim();
    line.contains([':', '='])
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

/// Three or more hyphens or plus signs, and nothing else.
fn fence_sign(line: &str) -> Option<char> {
    let line = line.trim_end();
    ['-', '+'].into_iter().find(|&sign| line.len() >= 3 && line.chars().all(|c| c == sign))
}

fn lines_from(text: &str, start: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    let mut at = start;
    text[start..].split_inclusive('\n').map(move |line| {
        let range = at..at + line.len();
        at = range.end;
        range
    })
}

/// A fault of the notation itself.
fn fault(notation: &str, span: Span, why: &str) -> Diagnostic {
    Diagnostic::error(format!("the front matter is no valid {notation}")).at(span, why)
}
