//! Markdown as editors write it, made into [`Prose`]: for bodies, notes, introductions and
//! standfirsts alike.
//!
//! Invariant: no markup passes through. Raw HTML is dropped, a link leads to the web, to an
//! address or to a place beside the file, and no text nests deeper than [`DEPTH_MAX`].

mod builder;
mod tables;
mod write;

use std::ops::Range;

use pulldown_cmark::{Options, Parser};

pub use tables::begun;
pub use write::{escaped, line, written};

use crate::words::{Block, Inline, Prose};
use builder::Builder;

/// How deep quotations, lists and emphasis may lie in each other; what is deeper is flattened.
pub const DEPTH_MAX: usize = 24;
/// How many containers one line may open. The parser's time grows with their number on every
/// line, so that a few thousand would take minutes; nobody writes more than a handful.
const MARKERS_PER_LINE_MAX: usize = 64;
/// What editors write beside CommonMark.
const EXTENSIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_HEADING_ATTRIBUTES);
/// A word that keeps a text from being read as a list, heading or definition.
const GUARD: &str = "x ";

/// A text as it was read, and what was left out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markdown {
    /// The text.
    pub prose: Prose,
    /// Raw HTML that was left out, comments aside, in bytes of the text given.
    pub dropped: Vec<Range<usize>>,
    /// Links that lead nowhere from a letter, of which the words stay, likewise.
    pub unlinked: Vec<Range<usize>>,
}

/// Reads Markdown: CommonMark, tables, footnotes and text struck through.
pub fn prose(text: &str) -> Prose {
    read(text).prose
}

/// Reads Markdown, and says what was left out.
pub fn read(text: &str) -> Markdown {
    if is_too_deep(text) {
        return Markdown { prose: plain_paragraphs(text), ..Markdown::default() };
    }
    let mut builder = Builder::default();
    let parser = Parser::new_ext(text, EXTENSIONS);
    for (event, range) in parser.into_offset_iter() {
        builder.event(event, range);
    }
    builder.finish()
}

/// Reads one line or paragraph of Markdown, whatever it begins with, without pictures.
pub fn inline(text: &str) -> Vec<Inline> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Vec::new();
    }
    let mut inlines = Vec::new();
    for block in prose(&format!("{GUARD}{line}")) {
        if let Block::Paragraph(parts) = block {
            inlines.extend(parts);
        }
    }
    if let Some(Inline::Text(first)) = inlines.first_mut() {
        *first = first
            .strip_prefix(GUARD)
            .or(first.strip_prefix(GUARD.trim_end()))
            .unwrap_or(first)
            .to_owned();
    }
    inlines.retain(|part| !matches!(part, Inline::Text(text) if text.is_empty()));
    inlines
}

/// Returns the address of a link that may stand in a newsletter: http, https, mailto, or relative.
pub fn safe_link(address: &str) -> Option<String> {
    let address = address.trim();
    if address.is_empty() || address.contains(|c: char| c.is_control()) {
        return None;
    }
    if let Some(host) = address.strip_prefix("//") {
        return Some(format!("https://{host}"));
    }
    let before_path = address.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = before_path.split_once(':') else { return Some(address.to_owned()) };
    let known = ["http", "https", "mailto"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
    known.then(|| address.to_owned())
}

/// Says whether some line opens more containers than anybody would.
fn is_too_deep(text: &str) -> bool {
    text.lines().any(|line| {
        let opening = line.bytes().take_while(|byte| b" \t>-+*.)0123456789".contains(byte));
        opening.filter(|byte| b">-+*.)".contains(byte)).count() > MARKERS_PER_LINE_MAX
            && !is_rule(line)
    })
}

/// A line of nothing but one sign, as people draw rules; it opens no container.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    ["-", "*"].iter().any(|sign| line.replace(sign, "").is_empty())
}

fn plain_paragraphs(text: &str) -> Prose {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| Block::Paragraph(vec![Inline::Text(part.replace('\n', " "))])).collect()
}

#[cfg(test)]
mod tests;
