//! Notes and introductions as written text.

use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd};

use crate::words::{Block, Inline, Prose, Table};

/// What editors write beside CommonMark.
const EXTENSIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// Reads Markdown; HTML in it is text.
pub(super) fn prose(text: &str) -> Prose {
    let mut builder = Builder { levels: vec![Level::default()] };
    for event in Parser::new_ext(text, EXTENSIONS) {
        builder.event(event);
    }
    let mut level = builder.levels.into_iter().next().unwrap_or_default();
    level.end_line();
    level.blocks
}

fn table(columns: &[Alignment]) -> Table {
    let at_end = columns.iter().enumerate().filter(|(_, set)| **set == Alignment::Right);
    Table { at_end: at_end.map(|(at, _)| at).collect(), ..Table::default() }
}

#[derive(Default)]
struct Level {
    blocks: Prose,
    line: Vec<Inline>,
    items: Vec<Prose>,
    /// The first number of a list, or where a link leads.
    start: Option<u64>,
    target: String,
    /// What stands below a picture.
    caption: String,
    table: Table,
    cells: Vec<Vec<Inline>>,
}

impl Level {
    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.blocks.push(Block::Paragraph(std::mem::take(&mut self.line)));
        }
    }
}

struct Builder {
    levels: Vec<Level>,
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
                level.table = table(&columns);
            }
            Tag::Link { dest_url, .. } => level.target = dest_url.into_string(),
            Tag::Image { dest_url, title, .. } => {
                level.target = dest_url.into_string();
                level.caption = title.into_string();
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
        let Some(mut level) = self.levels.pop() else { return };
        self.with_top(|top| match tag {
            TagEnd::Emphasis => top.line.push(Inline::Emphasis(level.line)),
            TagEnd::Strong => top.line.push(Inline::Strong(level.line)),
            TagEnd::Strikethrough => top.line.push(Inline::Struck(level.line)),
            TagEnd::TableCell => top.cells.push(level.line),
            TagEnd::TableHead => top.table.head = level.cells,
            TagEnd::TableRow => top.table.rows.push(level.cells),
            TagEnd::Table => top.blocks.push(Block::Table(level.table)),
            TagEnd::Link => {
                for mut block in level.blocks {
                    if let Block::Picture { link, .. } = &mut block {
                        *link = Some(level.target.clone());
                    }
                    top.blocks.push(block);
                }
                if !level.line.is_empty() {
                    top.line.push(Inline::Link(level.target, level.line));
                }
            }
            TagEnd::Image => {
                let alt = Inline::plain(&level.line);
                let caption = Some(level.caption).filter(|caption| !caption.trim().is_empty());
                let caption = caption.into_iter().map(Inline::Text).collect();
                let (src, link) = (level.target, None);
                top.blocks.push(Block::Picture { src, alt, caption, link });
            }
            TagEnd::Heading(heading) => top.blocks.push(Block::Heading(heading as u8, level.line)),
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
        });
    }
}
