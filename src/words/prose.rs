//! Written text with its structure, as articles, notes and stories hold it.
//!
//! It is the one form between what editors write and what readers get: HTML and plain text are
//! both made of it. Invariant: it holds no markup, so nothing that an article says can become
//! code in a page.

use serde::{Deserialize, Serialize};

/// A text of blocks.
pub type Prose = Vec<Block>;

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading; the level is that of Markdown, 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A quotation.
    Quote(Prose),
    /// A list. `start` is the first number of an ordered one.
    List {
        /// The first number, if the list is ordered.
        start: Option<u64>,
        /// The items.
        items: Vec<Prose>,
    },
    /// Text whose lines and spaces count.
    Verbatim(String),
    /// A picture on its own.
    Picture {
        /// The address as it was written; in an article's body, a path in the workspace or an
        /// http(s) address.
        src: String,
        /// What is seen.
        alt: String,
        /// What stands below it: what it shows, and whose it is.
        caption: Vec<Inline>,
        /// Where it leads, if it is a link; as it was written.
        link: Option<String>,
    },
    /// A break between thoughts.
    Rule,
    /// A table of data.
    Table(Table),
}

/// A table of data: what its columns are called, and its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The columns' names.
    pub head: Vec<Vec<Inline>>,
    /// The rows below, each cell under its column; a row may have fewer cells.
    pub rows: Vec<Vec<Vec<Inline>>>,
    /// The columns, by their places, that are set at the line's end, as numbers are.
    pub at_end: Vec<usize>,
    /// And those that are set in the middle.
    pub centered: Vec<usize>,
}

impl Table {
    /// Its rows, the columns' names first.
    pub fn all_rows(&self) -> impl Iterator<Item = &Vec<Vec<Inline>>> {
        std::iter::once(&self.head).chain(&self.rows)
    }
}

/// A stretch of text inside a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Emphasis.
    Emphasis(Vec<Inline>),
    /// Strong emphasis.
    Strong(Vec<Inline>),
    /// What no longer holds: text struck through.
    Struck(Vec<Inline>),
    /// Code.
    Code(String),
    /// A link; the address is as it was written.
    Link(String, Vec<Inline>),
    /// A line break that the author asked for.
    Break,
    /// The number of a footnote, which is no part of the sentence.
    Note(usize),
}

impl Inline {
    /// Returns a footnote's number as it is set: `¹²`.
    pub fn raised(number: usize) -> String {
        number.to_string().chars().map(Self::raised_digit).collect()
    }

    /// Returns a digit as it is set above the line.
    pub fn raised_digit(digit: char) -> char {
        match digit {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            _ => {
                let value = digit.to_digit(10).unwrap_or_default();
                char::from_u32('⁰' as u32 + value).unwrap_or(digit)
            }
        }
    }

    /// Returns the text without its structure.
    pub fn plain(inlines: &[Inline]) -> String {
        let mut text = String::new();
        collect(inlines, true, &mut text);
        text
    }

    /// Returns the text without its structure, and without what is struck through.
    pub fn standing(inlines: &[Inline]) -> String {
        let mut text = String::new();
        collect(inlines, false, &mut text);
        text
    }
}

fn collect(inlines: &[Inline], with_struck: bool, text: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(part) | Inline::Code(part) => text.push_str(part),
            Inline::Struck(_) if !with_struck => {}
            Inline::Emphasis(parts)
            | Inline::Strong(parts)
            | Inline::Struck(parts)
            | Inline::Link(_, parts) => collect(parts, with_struck, text),
            Inline::Break => text.push(' '),
            Inline::Note(_) => {}
        }
    }
}

/// Ends of names of files that pages link to.
const FILE_ENDS: [&str; 12] =
    ["jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "pdf", "md", "html", "htm", "txt"];

/// Returns what people mean by an address without scheme: `www.a.example`, `ann@a.example`.
pub fn whole_address(written: &str) -> Option<String> {
    let is_host = written.get(..4).is_some_and(|www| www.eq_ignore_ascii_case("www."));
    let is_mail = written.split_once('@').is_some_and(|(name, host)| {
        // `photo@2x.jpg` is a file.
        let end = host.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
        let is_file = end.is_empty() || FILE_ENDS.contains(&&*end);
        !name.is_empty() && !is_file && !written.contains(['/', ':', '?', '#', ' '])
    });
    match (is_host, is_mail) {
        (true, _) => Some(format!("https://{written}")),
        (_, true) => Some(format!("mailto:{written}")),
        _ => None,
    }
}

impl Block {
    /// Returns the text of all blocks, a block a line, without their structure.
    pub fn plain(blocks: &[Block]) -> String {
        let mut lines = Vec::new();
        lines_of(blocks, &mut lines);
        lines.join("\n")
    }
}

fn lines_of(blocks: &[Block], lines: &mut Vec<String>) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) | Block::Heading(_, inlines) => {
                lines.push(Inline::plain(inlines));
            }
            Block::Quote(inner) => lines_of(inner, lines),
            Block::List { items, .. } => items.iter().for_each(|item| lines_of(item, lines)),
            Block::Verbatim(text) => lines.extend(text.lines().map(str::to_owned)),
            Block::Table(table) => lines.extend(table.all_rows().map(|row| {
                row.iter().map(|cell| Inline::plain(cell)).collect::<Vec<_>>().join(" · ")
            })),
            Block::Picture { .. } | Block::Rule => {}
        }
    }
}

impl Block {
    /// Changes every block, those that lie in others too.
    pub fn each_mut(blocks: &mut [Block], change: &mut dyn FnMut(&mut Block)) {
        for block in blocks {
            match block {
                Block::Quote(inner) => Block::each_mut(inner, change),
                Block::List { items, .. } => {
                    items.iter_mut().for_each(|item| Block::each_mut(item, change));
                }
                _ => {}
            }
            change(block);
        }
    }

    /// Changes where links lead. One that `change` says no to is taken off; its words stay.
    pub fn retain_links(blocks: &mut [Block], change: &mut dyn FnMut(&mut String) -> bool) {
        Block::each_mut(blocks, &mut |block| match block {
            Block::Paragraph(line) | Block::Heading(_, line) => retain(line, change),
            Block::Table(table) => {
                let rows = std::iter::once(&mut table.head).chain(&mut table.rows);
                rows.flatten().for_each(|cell| retain(cell, change));
            }
            Block::Picture { caption, link, .. } => {
                retain(caption, change);
                *link = link.take().and_then(|mut target| change(&mut target).then_some(target));
            }
            _ => {}
        });
    }
}

fn retain(line: &mut Vec<Inline>, change: &mut dyn FnMut(&mut String) -> bool) {
    for mut part in std::mem::take(line) {
        if let Inline::Emphasis(parts)
        | Inline::Strong(parts)
        | Inline::Struck(parts)
        | Inline::Link(_, parts) = &mut part
        {
            retain(parts, change);
        }
        match part {
            Inline::Link(mut target, mut parts) => match change(&mut target) {
                true => line.push(Inline::Link(target, parts)),
                false => line.append(&mut parts),
            },
            other => line.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::whole_address;

    #[test]
    fn an_address_without_scheme_is_told_from_a_file() {
        for (written, whole) in [
            ("www.a.example/b", Some("https://www.a.example/b")),
            ("ann@a.example", Some("mailto:ann@a.example")),
            ("photo@2x.jpg", None),
            ("a/ann@a.example", None),
            ("@a.example", None),
            ("ann@a", None),
            ("wwwidth", None),
        ] {
            assert_eq!(whole_address(written).as_deref(), whole, "{written}");
        }
    }
}
