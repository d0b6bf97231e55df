//! What evaluating a template gives: text, and what waits for the reader, each with its place.

use super::part::{Context, Part, fill, push_static};
use super::reader::Expr;
use crate::words::Span;

/// A stretch of evaluated template.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) kind: PieceKind,
    /// Where it comes from.
    pub(super) at: Span,
    /// Whether its text is the template's own, byte for byte as in `at`.
    pub(super) literal: bool,
}

#[derive(Clone, Debug)]
pub(super) enum PieceKind {
    Text(String),
    /// A hole, by its slot.
    Hole(usize),
    /// A block begins; `whole` if its tags stand on lines of their own.
    Open {
        slot: usize,
        whole: bool,
    },
    Else,
    Close,
    /// The plain text's arrangement.
    Layout(Layout),
}

/// What helpers of the plain text ask for.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// A line of this character.
    Rule(char),
    /// One text at the left, one at the right.
    Spread(Expr, Expr),
    /// A reference to an address.
    Ref(String),
    /// The list of addresses since the last one.
    Links,
    /// The line ends here.
    Break,
    /// The paragraph ends here.
    Paragraph,
    /// What follows is set behind this: on its first line, on all others.
    Enter {
        first: String,
        rest: String,
    },
    Leave,
    /// Lines are kept as they are, or no longer.
    Verbatim(bool),
    /// Whether the line that is being read made lines already, and is not blank.
    Line(bool),
}

/// An expression that waits for the reader.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) expr: Expr,
    pub(super) at: Span,
    /// Whether it is the list that an `#each` goes through.
    pub(super) is_loop: bool,
}

/// What a reader's block does with its branches.
#[derive(Clone, Debug)]
pub(super) enum Head {
    /// Shows one of the two.
    If(Expr),
    /// Repeats the first for each text of a list, or shows the second if there is none.
    Each(Expr, usize),
}

/// All that waits for the reader, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(Vec<Slot>);

impl Slots {
    pub(super) fn add(&mut self, expr: Expr, at: Span) -> usize {
        self.0.push(Slot { expr, at, is_loop: false });
        self.0.len() - 1
    }

    /// Adds the list of a loop, whose turns then go by the slot's number.
    pub(super) fn add_loop(&mut self, list: Expr, at: Span) -> usize {
        self.0.push(Slot { expr: list, at, is_loop: true });
        self.0.len() - 1
    }

    pub(super) fn is_loop(&self, slot: usize) -> bool {
        self.get(slot).is_some_and(|slot| slot.is_loop)
    }

    pub(super) fn head(&self, slot: usize) -> Head {
        match self.is_loop(slot) {
            true => Head::Each(self.expr(slot), slot),
            false => Head::If(self.expr(slot)),
        }
    }

    pub(super) fn get(&self, slot: usize) -> Option<&Slot> {
        self.0.get(slot)
    }

    pub(super) fn expr(&self, slot: usize) -> Expr {
        self.get(slot).map_or(Expr::Is(super::scalar::Scalar::Null), |slot| slot.expr.clone())
    }
}

/// Builds parts of a flat run of events, in which blocks open and close.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    parts: Vec<Part>,
    open: Vec<OpenBlock>,
}

#[derive(Debug)]
struct OpenBlock {
    head: Head,
    outer: Vec<Part>,
    yes: Option<Vec<Part>>,
}

impl Assembly {
    pub(super) fn text(&mut self, text: &str) {
        push_static(&mut self.parts, text);
    }

    pub(super) fn hole(&mut self, expr: Expr, context: Context) {
        if let Expr::Is(value) = &expr {
            let mut text = String::new();
            fill(&value.print(), context, &mut text);
            return self.text(&text);
        }
        self.parts.push(Part::Hole(expr, context));
    }

    pub(super) fn open(&mut self, head: Head) {
        let outer = std::mem::take(&mut self.parts);
        self.open.push(OpenBlock { head, outer, yes: None });
    }

    pub(super) fn otherwise(&mut self) {
        if let Some(block) = self.open.last_mut() {
            block.yes = Some(std::mem::take(&mut self.parts));
        }
    }

    pub(super) fn close(&mut self) {
        let Some(OpenBlock { head, outer, yes }) = self.open.pop() else { return };
        let last = std::mem::replace(&mut self.parts, outer);
        let (yes, no) = match yes {
            Some(yes) => (yes, last),
            None => (last, Vec::new()),
        };
        self.parts.push(match head {
            Head::If(condition) => Part::Block { condition, yes, no },
            Head::Each(list, id) => Part::Each { list, id, body: yes, none: no },
        });
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn finish(mut self) -> Vec<Part> {
        while !self.open.is_empty() {
            self.close();
        }
        self.parts
    }
}

/// Builds plain parts: those of a subject.
pub(super) fn plain_parts(pieces: &[Piece], slots: &Slots) -> Vec<Part> {
    let mut assembly = Assembly::default();
    for piece in pieces {
        match &piece.kind {
            PieceKind::Text(text) => assembly.text(text),
            PieceKind::Hole(slot) => assembly.hole(slots.expr(*slot), Context::Plain),
            PieceKind::Open { slot, .. } => assembly.open(slots.head(*slot)),
            PieceKind::Else => assembly.otherwise(),
            PieceKind::Close => assembly.close(),
            PieceKind::Layout(_) => {}
        }
    }
    assembly.finish()
}

/// Returns what parts are as one expression.
pub(super) fn as_expr(parts: &[Part]) -> Expr {
    use super::scalar::Scalar;
    let one = |part: &Part| match part {
        Part::Static(text) => Expr::Is(Scalar::text(text.as_str())),
        Part::Hole(expr, _) => expr.clone(),
        Part::Each { list, id, body, none } => Expr::Each {
            list: Box::new(list.clone()),
            id: *id,
            body: Box::new(as_expr(body)),
            none: Box::new(as_expr(none)),
        },
        Part::Block { condition, yes, no } => {
            Expr::Choose(Box::new(condition.clone()), Box::new(as_expr(yes)), Box::new(as_expr(no)))
        }
    };
    match parts {
        [Part::Static(text)] => Expr::Is(Scalar::text(text.as_str())),
        parts => Expr::Join(parts.iter().map(one).collect()),
    }
}
