//! Written text as plain text: paragraphs, hanging lists, quotations, numbered links.

use super::mark::{MarkKind, Marks};
use super::piece::{Layout, Piece, PieceKind};
use super::prose_html::ProseHtml;
use super::text::{COLUMNS, width};
use super::value::Rich;
use crate::words::{Block, Inline, Span, Table};

/// The space between two columns of a table.
const COLUMN_GAP: usize = 2;

/// Writes text with structure as pieces of plain text. Where no way to resolve links is given, they
/// are left out.
pub(super) fn pieces(
    rich: &Rich,
    at: &Span,
    links: Option<&ProseHtml<'_>>,
    marks: Option<&Marks>,
) -> Vec<Piece> {
    let mut writer = Writer { at, links, marks, pieces: Vec::new() };
    match rich {
        Rich::Blocks(blocks) => writer.blocks(blocks),
        Rich::Line(line) => writer.line(line),
    }
    writer.pieces
}

/// Says whether plain text has nothing of a block.
fn shows_nothing(block: &Block) -> bool {
    match block {
        Block::Picture { link, .. } => link.is_none(),
        Block::Quote(blocks) => blocks.iter().all(shows_nothing),
        Block::List { items, .. } => items.iter().flatten().all(shows_nothing),
        _ => false,
    }
}

struct Writer<'a> {
    at: &'a Span,
    links: Option<&'a ProseHtml<'a>>,
    marks: Option<&'a Marks>,
    pieces: Vec<Piece>,
}

impl Writer<'_> {
    fn push(&mut self, kind: PieceKind) {
        self.pieces.push(Piece { kind, at: self.at.clone(), literal: false });
    }

    fn layout(&mut self, layout: Layout) {
        self.push(PieceKind::Layout(layout));
    }

    fn blocks(&mut self, blocks: &[Block]) {
        // Whether nothing stands before; both branches of a reader's block begin alike.
        let mut first = true;
        let mut opened = Vec::new();
        for block in blocks {
            match (block, self.bare_mark(block)) {
                (block, _) if shows_nothing(block) => {}
                (_, Some((kind, slot))) => {
                    match kind {
                        MarkKind::Open => opened.push(first),
                        MarkKind::Else => first = opened.last().copied().unwrap_or(first),
                        _ => first = opened.pop().unwrap_or(first) && first,
                    }
                    self.mark_of_blocks(kind, slot);
                }
                (block, None) => {
                    if !first {
                        self.layout(Layout::Paragraph);
                        self.push(PieceKind::Text("\n".into()));
                    }
                    self.block(block);
                    first = false;
                }
            }
        }
    }

    /// Reads a block that is nothing but the mark of a block that encloses paragraphs.
    fn bare_mark(&self, block: &Block) -> Option<(MarkKind, usize)> {
        let (Block::Paragraph(line), Some(marks)) = (block, self.marks) else { return None };
        let text = Inline::plain(line);
        let (length, mark) = marks.read(text.trim())?;
        let whole = length == text.trim().len() && mark.kind != MarkKind::Hole;
        whole.then_some((mark.kind, mark.slot))
    }

    fn mark_of_blocks(&mut self, kind: MarkKind, slot: usize) {
        match kind {
            MarkKind::Open => {
                self.layout(Layout::Paragraph);
                self.push(PieceKind::Open { slot, whole: true });
            }
            MarkKind::Else => self.push(PieceKind::Else),
            MarkKind::Close => self.push(PieceKind::Close),
            MarkKind::Hole => self.push(PieceKind::Hole(slot)),
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(line) | Block::Heading(_, line) => self.line(line),
            Block::Quote(blocks) => self.inside("> ", "> ", blocks),
            Block::List { start, items } => {
                let shown = items.iter().filter(|item| !item.iter().all(shows_nothing));
                for (index, item) in shown.enumerate() {
                    if index > 0 {
                        self.layout(Layout::Paragraph);
                    }
                    let first = match start {
                        Some(start) => format!("{}. ", start.saturating_add(index as u64)),
                        None => "- ".to_owned(),
                    };
                    self.inside(&first, &" ".repeat(first.len()), item);
                }
            }
            Block::Verbatim(text) => {
                self.layout(Layout::Enter { first: "    ".into(), rest: "    ".into() });
                self.layout(Layout::Verbatim(true));
                self.text(text, true);
                self.layout(Layout::Verbatim(false));
                self.layout(Layout::Leave);
            }
            Block::Rule => self.push(PieceKind::Text("* * *".into())),
            Block::Table(table) => self.table(table),
            // Without the picture its link remains.
            Block::Picture { link: Some(link), alt, .. } => {
                let label = if alt.is_empty() { link } else { alt };
                self.link(link, &[Inline::Text(label.clone())]);
            }
            Block::Picture { link: None, .. } => {}
        }
    }

    /// A table stands in columns where they fit and hold nothing but text; else a row is a line.
    fn table(&mut self, table: &Table) {
        if let Some(columns) = columns(table).filter(|_| !self.holds_more_than_text(table)) {
            self.layout(Layout::Verbatim(true));
            self.text(&columns, true);
            return self.layout(Layout::Verbatim(false));
        }
        for (at, row) in table.all_rows().enumerate() {
            if at > 0 {
                self.layout(Layout::Break);
            }
            let end = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
            for (at, cell) in row[..end].iter().enumerate() {
                if at > 0 {
                    self.text(" · ", false);
                }
                self.line(cell);
            }
        }
    }

    fn holds_more_than_text(&self, table: &Table) -> bool {
        let is_more = |inline: &Inline| match inline {
            Inline::Link(..) => true,
            Inline::Text(text) => self.marks.is_some_and(|marks| marks.find(text).is_some()),
            Inline::Emphasis(parts) | Inline::Strong(parts) | Inline::Struck(parts) => {
                let has_link = |part: &Inline| matches!(part, Inline::Link(..));
                parts.iter().any(has_link)
                    || self.marks.is_some_and(|marks| marks.find(&Inline::plain(parts)).is_some())
            }
            Inline::Code(_) | Inline::Break | Inline::Note(_) => false,
        };
        table.all_rows().flatten().flatten().any(is_more)
    }

    fn inside(&mut self, first: &str, rest: &str, blocks: &[Block]) {
        self.layout(Layout::Paragraph);
        self.layout(Layout::Enter { first: first.to_owned(), rest: rest.to_owned() });
        self.blocks(blocks);
        self.layout(Layout::Leave);
    }

    fn line(&mut self, line: &[Inline]) {
        for inline in line {
            match inline {
                Inline::Text(text) | Inline::Code(text) => self.text(text, false),
                Inline::Emphasis(parts) | Inline::Strong(parts) => self.line(parts),
                Inline::Struck(parts) => {
                    self.text("~~", false);
                    self.line(parts);
                    self.text("~~", false);
                }
                Inline::Note(number) => self.text(&Inline::raised(*number), false),
                Inline::Link(target, parts) => self.link(target, parts),
                Inline::Break => self.layout(Layout::Break),
            }
        }
    }

    fn link(&mut self, target: &str, parts: &[Inline]) {
        let Some(address) = self.links.and_then(|links| links.target(target)) else {
            return self.line(parts);
        };
        if address.starts_with('#') {
            return self.line(parts);
        }
        let label = Inline::plain(parts);
        if self.marks.is_some_and(|marks| marks.read(&address).is_some()) {
            // A reader's own address stands on a line of its own, unnumbered.
            self.line(parts);
            self.text(":", false);
            self.layout(Layout::Break);
            self.text(&address, false);
            return self.layout(Layout::Break);
        }
        let bare = address.strip_prefix("mailto:").unwrap_or(&address);
        if label == bare || label == target || label == address {
            return self.text(&label, false);
        }
        self.line(parts);
        self.text(" ", false);
        self.layout(Layout::Ref(address));
    }

    /// Writes text, in which marks may stand; a line break is a space unless lines count.
    fn text(&mut self, text: &str, lines_count: bool) {
        let mut rest = text;
        while let Some((range, mark)) = self.marks.and_then(|marks| marks.find(rest)) {
            self.plain(&rest[..range.start], lines_count);
            let slot = mark.slot;
            self.push(match mark.kind {
                MarkKind::Hole => PieceKind::Hole(slot),
                MarkKind::Open => PieceKind::Open { slot, whole: false },
                MarkKind::Else => PieceKind::Else,
                MarkKind::Close => PieceKind::Close,
            });
            rest = &rest[range.end..];
        }
        self.plain(rest, lines_count);
    }

    fn plain(&mut self, text: &str, lines_count: bool) {
        if text.is_empty() {
            return;
        }
        let text = text.chars().filter_map(|c| match c {
            '\n' if lines_count => Some(c),
            '\n' | '\t' => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        });
        self.push(PieceKind::Text(text.collect()));
    }
}

/// The columns of a table, with a line under their names, if a line of text has room for them.
fn columns(table: &Table) -> Option<String> {
    let rows: Vec<Vec<String>> =
        table.all_rows().map(|row| row.iter().map(|cell| as_set(cell)).collect()).collect();
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| width(cell)).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..table.head.len()).map(widest).collect();
    let gaps = COLUMN_GAP * widths.len().saturating_sub(1);
    if widths.iter().sum::<usize>() + gaps > COLUMNS {
        return None;
    }
    let set = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width_of))| {
            let space = " ".repeat(width_of.saturating_sub(width(cell)));
            match (table.at_end.contains(&column), table.centered.contains(&column)) {
                (true, _) => format!("{space}{cell}"),
                (_, true) => {
                    let (before, behind) = space.split_at(space.len() / 2);
                    format!("{before}{cell}{behind}")
                }
                _ => format!("{cell}{space}"),
            }
        });
        let line = cells.collect::<Vec<_>>().join(&" ".repeat(COLUMN_GAP));
        line.trim_end().to_owned()
    };
    let mut lines: Vec<String> = rows.iter().map(set).collect();
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    lines.insert(1, rules.join(&" ".repeat(COLUMN_GAP)));
    Some(lines.join("\n"))
}

/// A cell as plain text shows it.
fn as_set(cell: &[Inline]) -> String {
    let part = |inline: &Inline| match inline {
        Inline::Struck(parts) => format!("~~{}~~", as_set(parts)),
        Inline::Emphasis(parts) | Inline::Strong(parts) | Inline::Link(_, parts) => as_set(parts),
        Inline::Note(number) => Inline::raised(*number),
        Inline::Text(_) | Inline::Code(_) | Inline::Break => {
            Inline::plain(std::slice::from_ref(inline))
        }
    };
    cell.iter().map(part).collect()
}
