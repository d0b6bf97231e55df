//! YAML front matter, value by value as it was written.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{NonFiniteFloatPolicy, Spanned};

use super::{FRONT_BYTES_MAX, FRONT_DEPTH_MAX, Node, Shape, fault};
use crate::diag::Diagnostic;
use crate::words::{Source, Span};

/// The most values, keys included.
const NODES_MAX: usize = 4_000;
/// The most uses of an alias; an editor's file has none or a few.
const ALIASES_MAX: usize = 32;

pub(super) fn parse(
    source: &Source,
    range: Range<usize>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<(String, Node)>, Diagnostic> {
    let text = &source.text()[range.clone()];
    let written = Text { source, start: range.start, text, inserted: &[] };
    let first = match from_text(text) {
        Ok(raw) => return written.table(raw),
        Err(error) => error,
    };
    let (mended, inserted, lines) = quote_colons(text);
    if !lines.is_empty()
        && let Ok(raw) = from_text(&mended)
    {
        warnings.extend(lines.into_iter().map(|line| {
            let line = range.start + line.start..range.start + line.end;
            Diagnostic::warning("a value with a colon in it should stand in quotes")
                .at(source.span(line), "read as if it did")
        }));
        return Text { text: &mended, inserted: &inserted, ..written }.table(raw);
    }
    Err(written.fault(&first))
}

fn from_text(text: &str) -> Result<Option<Raw>, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        budget: serde_saphyr::budget! {
            max_depth: FRONT_DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_events: 4 * NODES_MAX,
            max_aliases: ALIASES_MAX,
            max_total_scalar_bytes: 2 * FRONT_BYTES_MAX,
            max_documents: 1,
        },
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// Puts the values of top-level keys in quotes where a bare colon stands in them: returns the
/// text, where signs were put in, and the bytes of the values in the text as written.
fn quote_colons(text: &str) -> (String, Vec<usize>, Vec<Range<usize>>) {
    let (mut mended, mut inserted, mut values) = (String::new(), Vec::new(), Vec::new());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match bare_colon(line) {
            Some(value) => {
                mended.push_str(&line[..value.start]);
                inserted.push(mended.len());
                mended.push('\'');
                for c in line[value.clone()].chars() {
                    if c == '\'' {
                        inserted.push(mended.len());
                        mended.push('\'');
                    }
                    mended.push(c);
                }
                inserted.push(mended.len());
                mended.push('\'');
                mended.push_str(&line[value.end..]);
                values.push(at + value.start..at + value.end);
            }
            None => mended.push_str(line),
        }
        at += line.len();
    }
    (mended, inserted, values)
}

fn bare_colon(line: &str) -> Option<Range<usize>> {
    let (key, value) = line.split_once(": ")?;
    let plain_key = key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
    let bare = value.trim();
    let colon = bare.contains(": ") || bare.ends_with(':');
    if key.is_empty() || !plain_key || !colon || bare.starts_with(|c| "\"'[{|>&*!#%@`".contains(c))
    {
        return None;
    }
    let start = line.len() - value.trim_start().len();
    Some(start..start + bare.len())
}

/// The text that was parsed, and how its bytes lie in the file.
#[derive(Clone, Copy)]
struct Text<'a> {
    source: &'a Source,
    start: usize,
    text: &'a str,
    inserted: &'a [usize],
}

impl Text<'_> {
    fn table(&self, raw: Option<Raw>) -> Result<Vec<(String, Node)>, Diagnostic> {
        let Some(raw) = raw else { return Ok(Vec::new()) };
        let node = self.node(raw);
        match node.shape {
            Shape::Table(entries) => Ok(entries),
            Shape::Nothing => Ok(Vec::new()),
            _ => Err(fault("YAML", self.source.span(node.range), "keys with values are expected")),
        }
    }

    fn node(&self, raw: Raw) -> Node {
        let range =
            self.start + self.written(raw.range.start)..self.start + self.written(raw.range.end);
        let shape = match raw.shape {
            RawShape::Nothing => Shape::Nothing,
            RawShape::Text(text) => Shape::Text(self.with_tag(&raw.range, text)),
            RawShape::Typed(text) => {
                Shape::Text(self.text.get(raw.range).map_or(text, str::to_owned))
            }
            RawShape::List(list) => {
                Shape::List(list.into_iter().map(|raw| self.node(raw)).collect())
            }
            RawShape::Table(list) => Shape::Table(
                list.into_iter().map(|(key, raw)| (self.key(key), self.node(raw))).collect(),
            ),
        };
        Node { shape, range }
    }

    fn key(&self, raw: Raw) -> String {
        match self.node(raw).shape {
            Shape::Text(text) => text,
            _ => String::new(),
        }
    }

    /// Gives back `!Wow` to `title: !Wow now`: a tag to YAML, a word to its writer.
    fn with_tag(&self, range: &Range<usize>, text: String) -> String {
        let before = self.text.get(..range.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default().trim_end();
        match line.rsplit(' ').next() {
            Some(tag) if tag.starts_with('!') && !tag.starts_with("!!") && tag.len() > 1 => {
                format!("{tag} {text}")
            }
            _ => text,
        }
    }

    /// Where a byte of the parsed text stands in the text as written.
    fn written(&self, at: usize) -> usize {
        at - self.inserted.iter().take_while(|&&inserted| inserted < at).count()
    }

    fn fault(&self, error: &serde_saphyr::Error) -> Diagnostic {
        let message = error.to_string();
        let end =
            [" at line ", ", set ", ", use "].iter().filter_map(|end| message.find(end)).min();
        let why = &message[..end.unwrap_or(message.len())];
        fault("YAML", self.span_of(error), why.lines().next().unwrap_or_default())
    }

    fn span_of(&self, error: &serde_saphyr::Error) -> Span {
        let Some(location) = error.location() else {
            return self.source.span(self.start..self.start);
        };
        let (line, column) = (location.line().max(1), location.column().max(1));
        let mut lines = self.text.split_inclusive('\n');
        let before: usize = lines.by_ref().take(line as usize - 1).map(str::len).sum();
        let line = lines.next().unwrap_or_default();
        let column = line
            .char_indices()
            .nth(column as usize - 1)
            .map_or(line.trim_end().len(), |(at, _)| at);
        let start = self.start + before + column;
        self.source.span(start..start + 1)
    }
}

/// A value as the parser gives it, with its bytes in the parsed text.
struct Raw {
    shape: RawShape,
    range: Range<usize>,
}

enum RawShape {
    Nothing,
    Text(String),
    /// What YAML takes for a bool or a number; the text is a stand-in for that of the file.
    Typed(String),
    List(Vec<Raw>),
    Table(Vec<(Raw, Raw)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<RawShape>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let start = span.byte_offset().unwrap_or_default() as usize;
        let length = span.byte_len().unwrap_or_default() as usize;
        Ok(Self { shape: spanned.value, range: start..start + length })
    }
}

impl<'de> Deserialize<'de> for RawShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = RawShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawShape, E> {
        Ok(RawShape::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<RawShape, E> {
        Ok(RawShape::Typed(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<RawShape, E> {
        Ok(RawShape::Typed(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<RawShape, E> {
        Ok(RawShape::Typed(value.to_string()))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<RawShape, E> {
        Ok(RawShape::Typed(value.to_string()))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<RawShape, E> {
        Ok(RawShape::Typed(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<RawShape, E> {
        Ok(RawShape::Typed(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<RawShape, E> {
        Ok(RawShape::Nothing)
    }

    fn visit_none<E: Error>(self) -> Result<RawShape, E> {
        Ok(RawShape::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<RawShape, A::Error> {
        let mut list = Vec::new();
        while let Some(raw) = access.next_element()? {
            list.push(raw);
        }
        Ok(RawShape::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<RawShape, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = access.next_entry()? {
            list.push(entry);
        }
        Ok(RawShape::Table(list))
    }
}
