//! Turns the pieces of a plain text into lines, and into paragraphs that wait for the reader.

mod links;

use std::collections::HashMap;

use super::wrap::{self, width};
use super::{COLUMNS, Item};
use crate::diag::Diagnostic;
use crate::render::part::{Context, Part};
use crate::render::piece::{Assembly, Head, Layout, Piece, PieceKind, Slots};
use crate::render::reader::Expr;
use crate::render::scalar::Scalar;

use links::Link;

/// Arranges the pieces of a whole plain text.
///
/// # Errors
/// Where something that makes lines of its own stands inside a line that waits for the reader.
pub(in crate::render) fn arrange(
    pieces: &[Piece],
    slots: &Slots,
) -> Result<Vec<Item>, Vec<Diagnostic>> {
    let mut arranger = Arranger::new(slots);
    for piece in pieces {
        arranger.piece(piece);
    }
    arranger.end_paragraph();
    // Nobody should have to look for where a number leads.
    if !arranger.links.is_empty() {
        arranger.items.push(Item::Blank);
        arranger.list_links();
    }
    match arranger.faults.is_empty() {
        true => Ok(arranger.items),
        false => Err(arranger.faults),
    }
}

/// A line of source that belongs to the paragraph in the making.
#[derive(Default)]
struct Row {
    parts: Vec<Part>,
    /// Whether a new line must follow.
    is_hard: bool,
}

/// What lines are set behind.
#[derive(Clone)]
struct Prefix {
    first: Option<String>,
    rest: String,
}

/// A reader's block that encloses paragraphs.
struct OpenBlock {
    head: Head,
    outer: Vec<Item>,
    yes: Option<Vec<Item>>,
    prefixes: Vec<Prefix>,
}

struct Arranger<'a> {
    slots: &'a Slots,
    items: Vec<Item>,
    rows: Vec<Row>,
    /// The line that is being read.
    row: Assembly,
    row_is_blank: bool,
    /// Whether the line is a reader's URL and nothing else.
    row_is_url: bool,
    /// Whether something on the line made lines of its own.
    made_lines: bool,
    prefixes: Vec<Prefix>,
    verbatim: usize,
    open: Vec<OpenBlock>,
    /// The blocks that are open, whole or not: whether each encloses paragraphs, its slot, and
    /// which branch is being read.
    around: Vec<(bool, usize, bool)>,
    links: Vec<Link>,
    numbers: HashMap<String, usize>,
    last_number: usize,
    faults: Vec<Diagnostic>,
}

impl<'a> Arranger<'a> {
    fn new(slots: &'a Slots) -> Self {
        Self {
            slots,
            items: Vec::new(),
            rows: Vec::new(),
            row: Assembly::default(),
            row_is_blank: true,
            row_is_url: false,
            made_lines: false,
            prefixes: Vec::new(),
            verbatim: 0,
            open: Vec::new(),
            around: Vec::new(),
            links: Vec::new(),
            numbers: HashMap::new(),
            last_number: 0,
            faults: Vec::new(),
        }
    }

    fn piece(&mut self, piece: &Piece) {
        match &piece.kind {
            PieceKind::Text(text) => self.text(text),
            PieceKind::Hole(slot) => {
                let expr = self.slots.expr(*slot);
                self.row_is_url = self.row_is_blank && expr.is_url();
                self.row_is_blank = false;
                self.row.hole(expr, Context::Plain);
            }
            PieceKind::Open { slot, whole } => self.open_block(*slot, *whole),
            PieceKind::Else => self.other_branch(),
            PieceKind::Close => self.close_block(),
            PieceKind::Layout(layout) => {
                self.check_place(layout, piece);
                self.layout(layout);
            }
        }
    }

    fn check_place(&mut self, layout: &Layout, piece: &Piece) {
        if self.row.depth() == 0
            || matches!(layout, Layout::Ref(_) | Layout::Break | Layout::Line(_))
        {
            return;
        }
        let fault = Diagnostic::error("a block of the reader's shares its line with this")
            .at(piece.at.clone(), "it makes lines of its own")
            .hint("put `{{#if …}}` and `{{/if}}` on lines of their own");
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn text(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.end_line();
            }
            if !line.trim().is_empty() {
                self.row_is_blank = false;
                self.row_is_url = false;
            }
            self.row.text(line);
        }
    }

    /// Ends a line of source, which ends its paragraph if it is blank.
    fn end_line(&mut self) {
        if self.row.depth() > 0 {
            return self.row.text(" ");
        }
        let blank = std::mem::replace(&mut self.row_is_blank, true);
        let url = std::mem::take(&mut self.row_is_url);
        let made_lines = std::mem::take(&mut self.made_lines);
        let parts = std::mem::take(&mut self.row).finish();
        if self.verbatim > 0 {
            return self.verbatim_line(parts, blank);
        }
        if blank && made_lines {
            return;
        }
        if blank {
            self.flush();
            return self.items.push(Item::Blank);
        }
        if let (true, Some(last)) = (url, self.rows.last_mut()) {
            last.is_hard = true;
        }
        let is_hard = url || ends_in_two_spaces(&parts);
        self.rows.push(Row { parts, is_hard });
    }

    /// Ends the line and its paragraph, without a blank line.
    fn end_paragraph(&mut self) {
        if self.row_is_blank && self.row.depth() == 0 {
            // White space before a tag that makes lines of its own.
            self.row = Assembly::default();
        } else {
            self.end_line();
        }
        self.flush();
    }

    fn flush(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let mut parts: Vec<Part> = Vec::new();
        for row in rows {
            if !parts.is_empty() {
                parts.push(Part::Static(" ".into()));
            }
            parts.extend(row.parts);
            if row.is_hard {
                self.paragraph(std::mem::take(&mut parts));
            }
        }
        self.paragraph(parts);
    }

    fn paragraph(&mut self, parts: Vec<Part>) {
        if parts.is_empty() {
            return;
        }
        let mut text = String::new();
        let is_static = parts.iter().all(|part| match part {
            Part::Static(part) => {
                text.push_str(part);
                true
            }
            _ => false,
        });
        let (first, rest) = self.take_prefix();
        if is_static {
            self.lines(wrap::wrap(&text, &first, &rest));
        } else {
            self.items.push(Item::Paragraph { parts, first, rest });
        }
    }

    fn verbatim_line(&mut self, parts: Vec<Part>, blank: bool) {
        if blank {
            return self.items.push(Item::Blank);
        }
        let (first, _) = self.take_prefix();
        match &parts[..] {
            [Part::Static(text)] => {
                let line = format!("{first}{text}");
                self.lines(vec![line.trim_end().to_owned()]);
            }
            _ => self.items.push(Item::Verbatim { parts, first }),
        }
    }

    fn lines(&mut self, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        let lines = lines.join("\n");
        match self.items.last_mut() {
            Some(Item::Lines(last)) => {
                last.push('\n');
                last.push_str(&lines);
            }
            _ => self.items.push(Item::Lines(lines)),
        }
    }

    fn take_prefix(&mut self) -> (String, String) {
        let rest: String = self.prefixes.iter().map(|prefix| prefix.rest.as_str()).collect();
        let first = self.prefixes.iter_mut();
        let first = first
            .map(|prefix| prefix.first.take().unwrap_or_else(|| prefix.rest.clone()))
            .collect();
        (first, rest)
    }

    fn open_block(&mut self, slot: usize, whole: bool) {
        // A block that begins inside a line, or inside one that does, is part of the line.
        let whole = whole && self.row.depth() == 0 && self.row_is_blank;
        self.around.push((whole, slot, true));
        let head = self.slots.head(slot);
        if !whole {
            self.row_is_blank = false;
            self.row_is_url = false;
            return self.row.open(head);
        }
        self.end_paragraph();
        let outer = std::mem::take(&mut self.items);
        let prefixes = self.prefixes.clone();
        self.open.push(OpenBlock { head, outer, yes: None, prefixes });
    }

    fn other_branch(&mut self) {
        let Some((whole, _, branch)) = self.around.last_mut() else { return };
        *branch = false;
        if !*whole {
            return self.row.otherwise();
        }
        self.end_paragraph();
        if let Some(block) = self.open.last_mut() {
            block.yes = Some(std::mem::take(&mut self.items));
            self.prefixes.clone_from(&block.prefixes);
        }
    }

    fn close_block(&mut self) {
        let Some((whole, ..)) = self.around.last().copied() else { return };
        if whole {
            self.end_paragraph();
            if let Some(OpenBlock { head, outer, yes, .. }) = self.open.pop() {
                let last = std::mem::replace(&mut self.items, outer);
                let (yes, no) = match yes {
                    Some(yes) => (yes, last),
                    None => (last, Vec::new()),
                };
                self.items.push(match head {
                    Head::If(condition) => Item::Block { condition, yes, no },
                    Head::Each(list, id) => Item::Each { list, id, body: yes, none: no },
                });
            }
        } else {
            self.row.close();
        }
        self.around.pop();
    }

    fn layout(&mut self, layout: &Layout) {
        match layout {
            Layout::Line(made_lines) => self.made_lines = *made_lines && self.row_is_blank,
            Layout::Rule(character) => {
                self.end_paragraph();
                let (first, _) = self.take_prefix();
                let columns = COLUMNS.saturating_sub(width(&first));
                let rule: String = std::iter::repeat_n(*character, columns).collect();
                self.lines(vec![format!("{first}{rule}")]);
                self.made_lines = true;
            }
            Layout::Spread(left, right) => {
                self.spread(left, right);
                self.made_lines = true;
            }
            Layout::Ref(address) => {
                let number = self.refer(address);
                self.text(&format!("[{number}]"));
            }
            Layout::Links => {
                self.end_paragraph();
                self.list_links();
                self.made_lines = true;
            }
            Layout::Break if self.row.depth() > 0 => self.row.text("\n"),
            Layout::Break => {
                if !self.row_is_blank {
                    self.end_line();
                }
                if let Some(last) = self.rows.last_mut() {
                    last.is_hard = true;
                }
            }
            Layout::Paragraph => self.end_paragraph(),
            Layout::Enter { first, rest } => {
                self.end_paragraph();
                self.prefixes.push(Prefix { first: Some(first.clone()), rest: rest.clone() });
            }
            Layout::Leave => {
                self.end_paragraph();
                self.leave();
            }
            Layout::Verbatim(begins) => {
                self.end_paragraph();
                self.verbatim = match begins {
                    true => self.verbatim + 1,
                    false => self.verbatim.saturating_sub(1),
                };
            }
        }
    }

    /// Leaves what `Enter` began; a label that no line stood behind is a line itself.
    fn leave(&mut self) {
        let pending = self.prefixes.last().and_then(|prefix| prefix.first.clone());
        if pending.is_some_and(|first| !first.trim().is_empty()) {
            let (first, _) = self.take_prefix();
            self.lines(vec![first.trim_end().to_owned()]);
        }
        self.prefixes.pop();
    }

    fn spread(&mut self, left: &Expr, right: &Expr) {
        self.end_paragraph();
        let (first, rest) = self.take_prefix();
        match (left, right) {
            (Expr::Is(left), Expr::Is(right)) => {
                let plain = |value: &Scalar| value.print().replace(char::is_control, " ");
                let (left, right) = (plain(left), plain(right));
                self.lines(wrap::spread(&left, &right, &first, &rest));
            }
            _ => {
                let (left, right) = (left.clone(), right.clone());
                self.items.push(Item::Spread { left, right, first, rest });
            }
        }
    }
}

fn ends_in_two_spaces(parts: &[Part]) -> bool {
    match parts.last() {
        Some(Part::Static(text)) => text.trim_end_matches('\r').ends_with("  "),
        Some(Part::Hole(Expr::Is(Scalar::Text(text)), _)) => text.ends_with("  "),
        _ => false,
    }
}
