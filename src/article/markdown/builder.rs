//! What the parser tells, one event behind the other, made into blocks.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{DEPTH_MAX, Markdown, safe_link, tables};
use crate::words::{Block, Footnotes, Inline, Prose, Table};

enum Frame {
    Quote(Prose),
    List(Option<u64>, Vec<Prose>),
    Item(Prose),
    /// A paragraph, or a heading where there is a level; its pictures follow it.
    Text {
        level: Option<u8>,
        inlines: Vec<Inline>,
        /// Those that it begins with.
        before: Vec<Block>,
        pictures: Vec<Block>,
        implied: bool,
    },
    Verbatim(String),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Struck(Vec<Inline>),
    Link(Option<String>, Vec<Inline>),
    /// A picture: where it lies, its caption, and what is seen.
    Picture(String, Vec<Inline>, Vec<Inline>),
    /// A table; its pictures follow it.
    Table(Table, Vec<Block>),
    Row(Vec<Vec<Inline>>),
    Cell(Vec<Inline>),
    /// A footnote, by its label.
    Note(String, Prose),
}

#[derive(Default)]
pub(super) struct Builder {
    frames: Vec<Frame>,
    /// For every tag that is open, whether it has a frame.
    open: Vec<bool>,
    prose: Prose,
    dropped: Vec<Range<usize>>,
    unlinked: Vec<Range<usize>>,
    html: Option<Range<usize>>,
    html_is_comment: bool,
    footnotes: Footnotes,
}

impl Builder {
    pub(super) fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                if let Tag::Link { link_type, dest_url, .. } = &tag
                    && target(*link_type, dest_url).is_none()
                {
                    self.unlinked.push(range);
                }
                self.start(tag);
            }
            Event::End(end) => self.end(end),
            Event::Text(text) if self.html.is_none() => self.text(&text),
            Event::Code(code) => self.inline(Inline::Code(code.into_string())),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            Event::FootnoteReference(label) => {
                let number = self.footnotes.number(&label);
                self.inline(Inline::Note(number));
            }
            Event::Html(html) => self.raw_block(&html, range),
            Event::InlineHtml(html) => self.raw_inline(&html, range),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let frame = match tag {
            Tag::Paragraph => Some(text_frame(None, false)),
            Tag::Heading { level, .. } => Some(text_frame(Some(level_of(level)), false)),
            Tag::BlockQuote(_) => self.nested(Frame::Quote(Vec::new())),
            Tag::List(start) => self.nested(Frame::List(start, Vec::new())),
            Tag::Item => self.nested(Frame::Item(Vec::new())),
            Tag::CodeBlock(_) => Some(Frame::Verbatim(String::new())),
            Tag::Table(columns) => Some(Frame::Table(tables::begun(&columns), Vec::new())),
            Tag::TableHead | Tag::TableRow => Some(Frame::Row(Vec::new())),
            Tag::TableCell => Some(Frame::Cell(Vec::new())),
            Tag::FootnoteDefinition(label) => Some(Frame::Note(label.into_string(), Vec::new())),
            Tag::Emphasis => self.nested(Frame::Emphasis(Vec::new())),
            Tag::Strong => self.nested(Frame::Strong(Vec::new())),
            Tag::Strikethrough => self.nested(Frame::Struck(Vec::new())),
            Tag::Link { link_type, dest_url, .. } => {
                self.nested(Frame::Link(target(link_type, &dest_url), Vec::new()))
            }
            Tag::Image { dest_url, title, .. } => {
                let caption = caption(&title);
                self.nested(Frame::Picture(dest_url.into_string(), caption, Vec::new()))
            }
            Tag::HtmlBlock => {
                self.html_is_comment = true;
                None
            }
            _ => None,
        };
        self.open.push(frame.is_some());
        if let Some(frame) = frame {
            if !is_inline(&frame) {
                self.close_implied();
            } else {
                self.imply();
            }
            self.frames.push(frame);
        }
    }

    fn end(&mut self, end: TagEnd) {
        if matches!(end, TagEnd::HtmlBlock)
            && let Some(range) = self.html.take()
            && !self.html_is_comment
        {
            self.dropped.push(range);
        }
        let is_text = matches!(
            end,
            TagEnd::Emphasis
                | TagEnd::Strong
                | TagEnd::Strikethrough
                | TagEnd::Link
                | TagEnd::Image
                | TagEnd::TableCell
        );
        if !is_text {
            self.close_implied();
        }
        if self.open.pop() == Some(true) {
            self.close();
        }
    }

    pub(super) fn finish(mut self) -> Markdown {
        while !self.frames.is_empty() {
            self.close();
        }
        self.prose.extend(self.footnotes.blocks());
        Markdown { prose: self.prose, dropped: self.dropped, unlinked: self.unlinked }
    }

    /// Keeps a frame unless it would lie too deep.
    fn nested(&self, frame: Frame) -> Option<Frame> {
        (self.frames.len() < DEPTH_MAX).then_some(frame)
    }

    fn close(&mut self) {
        match self.frames.pop() {
            Some(Frame::Quote(inner)) if !inner.is_empty() => self.block(Block::Quote(inner)),
            Some(Frame::List(start, items)) if !items.is_empty() => {
                self.block(Block::List { start, items });
            }
            Some(Frame::Item(item)) => self.item(item),
            Some(Frame::Text { level, inlines, before, pictures, .. }) => {
                before.into_iter().for_each(|picture| self.block(picture));
                let inlines = trimmed(inlines);
                if !inlines.is_empty() {
                    self.block(match level {
                        Some(level) => Block::Heading(level, inlines),
                        None => Block::Paragraph(inlines),
                    });
                }
                pictures.into_iter().for_each(|picture| self.block(picture));
            }
            Some(Frame::Verbatim(text)) => self.block(Block::Verbatim(text)),
            Some(Frame::Emphasis(parts)) if !parts.is_empty() => {
                self.inline(Inline::Emphasis(parts));
            }
            Some(Frame::Strong(parts)) if !parts.is_empty() => self.inline(Inline::Strong(parts)),
            Some(Frame::Struck(parts)) if !parts.is_empty() => self.inline(Inline::Struck(parts)),
            Some(Frame::Link(Some(target), parts)) if !parts.is_empty() => {
                self.inline(Inline::Link(target, parts));
            }
            Some(Frame::Link(None, parts)) => parts.into_iter().for_each(|part| self.inline(part)),
            Some(Frame::Picture(src, caption, parts)) => {
                let alt = Inline::plain(&parts).trim().to_owned();
                let link = self.frames.iter().rev().find_map(|frame| match frame {
                    Frame::Link(target, _) => target.clone(),
                    _ => None,
                });
                self.picture(Block::Picture { src, alt, caption, link });
            }
            Some(Frame::Table(table, pictures)) => {
                self.block(Block::Table(table));
                pictures.into_iter().for_each(|picture| self.block(picture));
            }
            Some(Frame::Row(cells)) => {
                if let Some(Frame::Table(table, _)) = self.frames.last_mut() {
                    tables::add(table, cells);
                }
            }
            Some(Frame::Cell(parts)) => {
                if let Some(Frame::Row(cells)) = self.frames.last_mut() {
                    cells.push(trimmed(parts));
                }
            }
            Some(Frame::Note(label, note)) => self.footnotes.define(&label, note),
            _ => {}
        }
    }

    fn item(&mut self, item: Prose) {
        match self.frames.last_mut() {
            Some(Frame::List(_, items)) => items.push(item),
            _ => item.into_iter().for_each(|block| self.block(block)),
        }
    }

    fn block(&mut self, block: Block) {
        self.close_implied();
        match self.frames.last_mut() {
            Some(Frame::Quote(blocks) | Frame::Item(blocks) | Frame::Note(_, blocks)) => {
                blocks.push(block);
            }
            Some(Frame::List(_, items)) => items.push(vec![block]),
            _ => self.prose.push(block),
        }
    }

    /// Puts a picture behind the text that it stands in, or before what begins with it.
    fn picture(&mut self, picture: Block) {
        let mut is_first = true;
        let holder = self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Text { inlines, before, pictures, .. } => {
                let begins = is_first && is_blank(inlines) && pictures.is_empty();
                Some(if begins { before } else { pictures })
            }
            Frame::Table(_, pictures) => Some(pictures),
            Frame::Emphasis(parts) | Frame::Strong(parts) | Frame::Link(_, parts) => {
                is_first &= is_blank(parts);
                None
            }
            _ => None,
        });
        match holder {
            Some(pictures) => pictures.push(picture),
            None => self.block(picture),
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(Frame::Verbatim(verbatim)) = self.frames.last_mut() {
            verbatim.push_str(text);
        } else {
            self.inline(Inline::Text(text.to_owned()));
        }
    }

    fn inline(&mut self, part: Inline) {
        self.imply();
        if let Some(
            Frame::Text { inlines: parts, .. }
            | Frame::Emphasis(parts)
            | Frame::Strong(parts)
            | Frame::Struck(parts)
            | Frame::Cell(parts)
            | Frame::Link(_, parts)
            | Frame::Picture(_, _, parts),
        ) = self.frames.last_mut()
        {
            push(parts, part);
        }
    }

    /// Opens the paragraph that the text of a tight list item has no tag for.
    fn imply(&mut self) {
        let inside = matches!(self.frames.last(), Some(frame) if is_inline(frame))
            || matches!(
                self.frames.last(),
                Some(Frame::Text { .. } | Frame::Cell(_) | Frame::Verbatim(_))
            );
        if !inside {
            self.frames.push(text_frame(None, true));
        }
    }

    fn close_implied(&mut self) {
        while matches!(self.frames.last(), Some(Frame::Text { implied: true, .. })) {
            self.close();
        }
    }

    fn raw_block(&mut self, html: &str, range: Range<usize>) {
        self.html_is_comment &= is_comment(html) || html.trim().is_empty();
        let start = self.html.as_ref().map_or(range.start, |html| html.start);
        self.html = Some(start..range.end);
    }

    fn raw_inline(&mut self, html: &str, range: Range<usize>) {
        let name = html.trim_start_matches(['<', '/']).to_ascii_lowercase();
        if name.starts_with("br") && !name[2..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            self.inline(Inline::Break);
        } else if !is_comment(html) {
            self.dropped.push(range);
        }
    }
}

fn text_frame(level: Option<u8>, implied: bool) -> Frame {
    Frame::Text { level, inlines: Vec::new(), before: Vec::new(), pictures: Vec::new(), implied }
}

fn caption(title: &str) -> Vec<Inline> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() { Vec::new() } else { vec![Inline::Text(title)] }
}

fn is_blank(parts: &[Inline]) -> bool {
    parts.iter().all(|part| matches!(part, Inline::Text(text) if text.trim().is_empty()))
}

fn is_inline(frame: &Frame) -> bool {
    matches!(
        frame,
        Frame::Emphasis(_)
            | Frame::Strong(_)
            | Frame::Struck(_)
            | Frame::Link(..)
            | Frame::Picture(..)
    )
}

fn is_comment(html: &str) -> bool {
    html.trim_start().starts_with("<!--")
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn target(kind: LinkType, address: &str) -> Option<String> {
    match kind {
        LinkType::Email if !address.starts_with("mailto:") => {
            safe_link(&format!("mailto:{address}"))
        }
        _ => safe_link(address),
    }
}

fn push(parts: &mut Vec<Inline>, part: Inline) {
    match (parts.last_mut(), part) {
        (Some(Inline::Text(last)), Inline::Text(more)) => last.push_str(&more),
        (_, part) => parts.push(part),
    }
}

/// Takes the spaces off both ends.
fn trimmed(mut parts: Vec<Inline>) -> Vec<Inline> {
    while let Some(Inline::Text(text)) = parts.first_mut() {
        *text = text.trim_start().to_owned();
        if !text.is_empty() {
            break;
        }
        parts.remove(0);
    }
    while let Some(Inline::Text(text)) = parts.last_mut() {
        *text = text.trim_end().to_owned();
        if !text.is_empty() {
            break;
        }
        parts.pop();
    }
    while matches!(parts.last(), Some(Inline::Break)) {
        parts.pop();
    }
    parts
}
