//! Notes and introductions as written text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::article;
use crate::words::{Block, Footnotes, Inline, Prose, Table};

/// What editors write beside CommonMark.
const EXTENSIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_FOOTNOTES);

/// Reads Markdown; HTML in it is text.
pub(super) fn prose(text: &str) -> Prose {
    let mut builder = Builder { levels: vec![Level::default()], footnotes: Footnotes::default() };
    for event in Parser::new_ext(text, EXTENSIONS) {
        builder.event(event);
    }
    let mut level = builder.levels.into_iter().next().unwrap_or_default();
    level.end_line();
    level.blocks.extend(builder.footnotes.blocks());
    level.blocks
}

#[derive(Default)]
struct Level {
    blocks: Prose,
    line: Vec<Inline>,
    /// Pictures that stand at the line's beginning, and those behind.
    before: Prose,
    behind: Prose,
    items: Vec<Prose>,
    /// The first number of a list, or where a link leads.
    start: Option<u64>,
    target: String,
    /// What stands below a picture, or a footnote's name.
    label: String,
    table: Table,
    cells: Vec<Vec<Inline>>,
}

impl Level {
    /// Ends the line as the block that `made` makes of it, among its pictures.
    fn end_line_as(&mut self, made: impl FnOnce(Vec<Inline>) -> Block) {
        let mut line = std::mem::take(&mut self.line);
        self.blocks.append(&mut self.before);
        if !is_blank(&line) {
            if let Some(Inline::Text(first)) = line.first_mut() {
                *first = first.trim_start().to_owned();
            }
            self.blocks.push(made(line));
        }
        self.blocks.append(&mut self.behind);
    }

    fn end_line(&mut self) {
        self.end_line_as(Block::Paragraph);
    }

    fn picture(&mut self, picture: Block) {
        match is_blank(&self.line) && self.behind.is_empty() {
            true => self.before.push(picture),
            false => self.behind.push(picture),
        }
    }

    /// Takes the pictures of something in this line.
    fn pictures(&mut self, of: &mut Level) {
        of.before.drain(..).for_each(|picture| self.picture(picture));
        self.behind.append(&mut of.behind);
    }
}

/// Says whether a line shows nothing.
fn is_blank(line: &[Inline]) -> bool {
    line.iter().all(|part| match part {
        Inline::Text(text) => text.trim().is_empty(),
        Inline::Break => true,
        _ => false,
    })
}

struct Builder {
    levels: Vec<Level>,
    footnotes: Footnotes,
}

impl Builder {
    fn with_top(&mut self, change: impl FnOnce(&mut Level)) {
        if let Some(top) = self.levels.last_mut() {
            change(top);
        }
    }

    fn inline(&mut self, inline: Inline) {
        self.with_top(|top| top.line.push(inline));
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.inline(Inline::Text(text.into_string()));
            }
            Event::Code(text) => self.inline(Inline::Code(text.into_string())),
            Event::SoftBreak => self.inline(Inline::Text(" ".into())),
            Event::HardBreak => self.inline(Inline::Break),
            Event::FootnoteReference(label) => {
                let number = self.footnotes.number(&label);
                self.inline(Inline::Note(number));
            }
            Event::Rule => self.with_top(|top| top.blocks.push(Block::Rule)),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let mut level = Level::default();
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => return self.with_top(Level::end_line),
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough => {}
            Tag::TableHead | Tag::TableRow | Tag::TableCell => {}
            Tag::Table(columns) => {
                self.with_top(Level::end_line);
                level.table = article::markdown::begun(&columns);
            }
            Tag::Link { dest_url, .. } => level.target = dest_url.into_string(),
            Tag::Image { dest_url, title, .. } => {
                level.target = dest_url.into_string();
                level.label = title.into_string();
            }
            Tag::FootnoteDefinition(label) => {
                self.with_top(Level::end_line);
                level.label = label.into_string();
            }
            Tag::List(start) => {
                self.with_top(Level::end_line);
                level.start = start;
            }
            _ => self.with_top(Level::end_line),
        }
        self.levels.push(level);
    }

    fn end(&mut self, tag: TagEnd) {
        if matches!(tag, TagEnd::Paragraph | TagEnd::HtmlBlock) {
            return self.with_top(Level::end_line);
        }
        let Some(level) = self.levels.pop() else { return };
        match tag {
            TagEnd::FootnoteDefinition => self.footnote(level),
            _ if is_inline(tag) => self.with_top(|top| end_inline(top, level, tag)),
            _ => self.with_top(|top| end_block(top, level, tag)),
        }
    }

    fn footnote(&mut self, mut level: Level) {
        level.end_line();
        self.footnotes.define(&level.label, level.blocks);
    }
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

fn end_inline(top: &mut Level, mut level: Level, tag: TagEnd) {
    if tag == TagEnd::Link {
        for block in level.before.iter_mut().chain(&mut level.behind) {
            if let Block::Picture { link, .. } = block {
                *link = Some(level.target.clone());
            }
        }
    }
    top.pictures(&mut level);
    let line = level.line;
    match tag {
        TagEnd::Image => {
            let caption = Some(level.label).filter(|caption| !caption.trim().is_empty());
            top.picture(Block::Picture {
                src: level.target,
                alt: Inline::plain(&line),
                caption: caption.into_iter().map(Inline::Text).collect(),
                link: None,
            });
        }
        _ if line.is_empty() => {}
        TagEnd::Strong => top.line.push(Inline::Strong(line)),
        TagEnd::Strikethrough => top.line.push(Inline::Struck(line)),
        TagEnd::Link => top.line.push(Inline::Link(level.target, line)),
        _ => top.line.push(Inline::Emphasis(line)),
    }
}

fn end_block(top: &mut Level, mut level: Level, tag: TagEnd) {
    match tag {
        TagEnd::TableCell => {
            top.behind.append(&mut level.before);
            top.behind.append(&mut level.behind);
            top.cells.push(level.line);
        }
        TagEnd::TableHead | TagEnd::TableRow => {
            top.behind.append(&mut level.behind);
            match tag {
                TagEnd::TableHead => top.table.head = level.cells,
                _ => top.table.rows.push(level.cells),
            }
        }
        TagEnd::Table => {
            top.blocks.push(Block::Table(level.table));
            top.blocks.append(&mut level.behind);
        }
        TagEnd::Heading(heading) => {
            level.end_line_as(|line| Block::Heading(heading as u8, line));
            top.blocks.append(&mut level.blocks);
        }
        TagEnd::BlockQuote(_) => {
            level.end_line();
            top.blocks.push(Block::Quote(level.blocks));
        }
        TagEnd::CodeBlock => {
            let text = Inline::plain(&level.line).trim_end_matches('\n').to_owned();
            top.blocks.push(Block::Verbatim(text));
        }
        TagEnd::Item => {
            level.end_line();
            top.items.push(level.blocks);
        }
        TagEnd::List(_) => {
            top.blocks.push(Block::List { start: level.start, items: level.items });
        }
        _ => {
            top.line.extend(level.line);
            top.blocks.extend(level.blocks);
        }
    }
}
