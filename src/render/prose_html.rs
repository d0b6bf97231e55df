//! Written text as HTML.
//!
//! Invariant: the tags are ours, all text is escaped, and a link leads to the web or to mail.

use url::Url;

use super::mark::Marks;
use super::part::{escape, is_safe_url};
use super::picture::Pictures;
use super::text::width;
use super::value::Rich;
use crate::words::{Block, Inline, Table, whole_address};

/// A picture of a story's text is at most so wide, in CSS pixels: as wide as a mail.
const PICTURE_WIDTH_MAX: u32 = 600;
/// And so wide in Outlook, which heeds no percentage: what the narrowest of our columns of text has.
const PICTURE_WIDTH_OUTLOOK: u32 = 520;

/// A text in a column counts no longer than this against the others, in columns of text.
const COLUMN_WIDTH_MAX: usize = 40;
/// What the space around a cell's text takes of them.
const CELL_PADDING: usize = 3;
/// So many a narrow phone shows beside each other.
const PHONE_WIDTH: usize = 36;

/// Writes text with structure as HTML.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProseHtml<'a> {
    /// What links are resolved against.
    pub(super) base: &'a Url,
    pub(super) pictures: &'a Pictures<'a>,
    pub(super) marks: &'a Marks,
    /// Whether the newsletter's language is written from right to left.
    pub(super) to_the_left: bool,
    /// Whether the template has headings of the second level, below which those of stories go.
    pub(super) names_stories: bool,
}

impl ProseHtml<'_> {
    pub(super) fn write(&self, rich: &Rich) -> String {
        let mut out = String::new();
        match rich {
            Rich::Blocks(blocks) => self.blocks(blocks, &mut out),
            Rich::Line(line) => self.line(line, &mut out),
        }
        out
    }

    /// Returns where a link leads, if it may be followed. A reader's own URL is left to its hole.
    pub(super) fn target(&self, written: &str) -> Option<String> {
        if self.marks.read(written).is_some() {
            return Some(written.to_owned());
        }
        // A place on this page, and an address as people write it.
        if written.starts_with('#') {
            return Some(written.to_owned());
        }
        let whole = whole_address(written);
        let url = self.base.join(whole.as_deref().unwrap_or(written)).ok()?;
        is_safe_url(url.as_str()).then(|| url.to_string())
    }

    fn blocks(&self, blocks: &[Block], out: &mut String) {
        for block in blocks {
            self.block(block, out);
        }
    }

    fn block(&self, block: &Block, out: &mut String) {
        match block {
            // A block's tag on a line of its own encloses paragraphs, and is none.
            Block::Paragraph(line) if self.marks.is_tag(&Inline::plain(line)) => {
                out.push_str(Inline::plain(line).trim());
            }
            Block::Paragraph(line) => self.tagged("p", line, out),
            Block::Heading(level, line) => {
                // Level 0 is that of a section's name.
                let (first, deeper) = if self.names_stories { ("h3", "h4") } else { ("h2", "h3") };
                let tag = ["h2", first, first].get(usize::from(*level)).copied();
                self.tagged(tag.unwrap_or(deeper), line, out);
            }
            Block::Quote(blocks) => {
                out.push_str("<blockquote>");
                self.blocks(blocks, out);
                out.push_str("</blockquote>");
            }
            Block::List { start, items } => {
                let tag = if start.is_some() { "ol" } else { "ul" };
                match start {
                    Some(start) if *start != 1 => {
                        out.push_str(&format!("<ol start=\"{start}\">"));
                    }
                    _ => out.push_str(&format!("<{tag}>")),
                }
                for item in items {
                    out.push_str("<li>");
                    self.item(item, out);
                    out.push_str("</li>");
                }
                out.push_str(&format!("</{tag}>"));
            }
            Block::Verbatim(text) => {
                // Code runs from left to right in every language.
                out.push_str(if self.to_the_left { "<pre dir=\"ltr\">" } else { "<pre>" });
                escape(text, out);
                out.push_str("</pre>");
            }
            Block::Picture { src, alt, caption, link } => {
                let Some(address) = self.pictures.address(src) else { return };
                let link = link.as_deref().and_then(|link| self.target(link));
                out.push_str("<p>");
                if let Some(link) = &link {
                    out.push_str("<a href=\"");
                    escape(link, out);
                    out.push_str("\">");
                }
                self.picture(src, &address, alt, out);
                out.push_str(if link.is_some() { "</a>" } else { "" });
                if !caption.is_empty() {
                    out.push_str("<span class=\"caption\">");
                    self.line(caption, out);
                    out.push_str("</span>");
                }
                out.push_str("</p>");
            }
            Block::Rule => out.push_str("<hr />"),
            Block::Table(table) => self.table(table, out),
        }
    }

    fn picture(&self, src: &str, address: &str, alt: &str, out: &mut String) {
        out.push_str("<img src=\"");
        escape(address, out);
        out.push_str("\" alt=\"");
        escape(alt, out);
        out.push_str(&shown_at(self.pictures.size(src)));
    }

    /// A table of data: Outlook asks for widths, and for the sides of what is set by attributes.
    fn table(&self, table: &Table, out: &mut String) {
        let (start, end) = if self.to_the_left { ("right", "left") } else { ("left", "right") };
        let side = |column: usize| match column {
            column if table.at_end.contains(&column) => end,
            column if table.centered.contains(&column) => "center",
            _ => start,
        };
        out.push_str(
            "<table class=\"data\" border=\"0\" cellpadding=\"6\" cellspacing=\"0\" width=\"100%\"><thead><tr>",
        );
        for (column, (cell, share)) in table.head.iter().zip(shares(table)).enumerate() {
            let side = side(column);
            out.push_str(&format!("<th scope=\"col\" align=\"{side}\" width=\"{share}%\">"));
            self.line(cell, out);
            out.push_str("</th>");
        }
        out.push_str("</tr></thead><tbody>");
        for row in &table.rows {
            out.push_str("<tr>");
            for (column, cell) in row.iter().enumerate() {
                out.push_str(&format!("<td align=\"{}\" valign=\"top\">", side(column)));
                self.line(cell, out);
                out.push_str("</td>");
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
    }

    /// An item of one paragraph is set without the paragraph's space.
    fn item(&self, item: &[Block], out: &mut String) {
        match item {
            [Block::Paragraph(line), rest @ ..] => {
                self.line(line, out);
                self.blocks(rest, out);
            }
            blocks => self.blocks(blocks, out),
        }
    }

    fn tagged(&self, tag: &str, line: &[Inline], out: &mut String) {
        out.push_str(&format!("<{tag}>"));
        self.line(line, out);
        out.push_str(&format!("</{tag}>"));
    }

    fn line(&self, line: &[Inline], out: &mut String) {
        for inline in line {
            match inline {
                Inline::Text(text) => escape(text, out),
                Inline::Emphasis(parts) => self.wrapped("em", parts, out),
                Inline::Strong(parts) => self.wrapped("strong", parts, out),
                Inline::Struck(parts) => self.wrapped("s", parts, out),
                Inline::Note(number) => out.push_str(&Inline::raised(*number)),
                Inline::Code(text) => {
                    out.push_str("<code>");
                    escape(text, out);
                    out.push_str("</code>");
                }
                Inline::Link(target, parts) => match self.target(target) {
                    Some(target) => {
                        out.push_str("<a href=\"");
                        escape(&target, out);
                        out.push_str("\">");
                        self.line(parts, out);
                        out.push_str("</a>");
                    }
                    None => self.line(parts, out),
                },
                Inline::Break => out.push_str("<br />"),
            }
        }
    }

    fn wrapped(&self, tag: &str, parts: &[Inline], out: &mut String) {
        out.push_str(&format!("<{tag}>"));
        self.line(parts, out);
        out.push_str(&format!("</{tag}>"));
    }
}

/// How wide the columns of a table are, in percent: each has room for its longest word on a
/// phone, and what is left goes by the length of the texts.
fn shares(table: &Table) -> Vec<usize> {
    let columns = 0..table.head.len();
    let longest = |column: usize, of: &dyn Fn(&str) -> usize| {
        let cells = table.all_rows().filter_map(|row| row.get(column));
        cells.map(|cell| of(&Inline::plain(cell))).max().unwrap_or_default()
    };
    let word = |text: &str| text.split_whitespace().map(width).max().unwrap_or_default();
    let words: Vec<usize> =
        columns.clone().map(|column| longest(column, &word) + CELL_PADDING).collect();
    let texts: Vec<usize> =
        columns.map(|column| longest(column, &width).clamp(1, COLUMN_WIDTH_MAX)).collect();
    let left = PHONE_WIDTH.saturating_sub(words.iter().sum());
    let all_texts = texts.iter().sum::<usize>().max(1);
    let wants: Vec<usize> = words
        .iter()
        .zip(&texts)
        .map(|(word, text)| word * 100 + left * text * 100 / all_texts)
        .collect();
    let sum = wants.iter().sum::<usize>().max(1);
    wants.into_iter().map(|want| want * 100 / sum).collect()
}

/// Writes how large a picture is shown, and ends its tag.
fn shown_at(size: Option<(u32, u32)>) -> String {
    let own = size.map_or(PICTURE_WIDTH_MAX, |(width, _)| width);
    let (most, in_outlook) = (own.min(PICTURE_WIDTH_MAX), own.min(PICTURE_WIDTH_OUTLOOK));
    format!(
        "\" width=\"{in_outlook}\" style=\"display:block;width:100%;max-width:{most}px;height:auto\" \
         />"
    )
}
