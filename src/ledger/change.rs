//! What a group of commits changed, as far as the witness can tell of it.
//!
//! Invariant: [`Change::Copies`] names every row that the group changed and what became of it, or
//! it is [`Change::Whole`].

/// The most copies that are named; more than a group usually has.
pub(super) const COPIES_MAX: usize = 440;

/// What a transaction changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// More than can be told by copies.
    Whole,
    /// Nothing but these copies.
    Copies(Vec<(i64, Became)>),
}

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It was marked: `attempting`.
    Marked,
    /// The relay took it.
    Accepted,
}

impl Change {
    /// Nothing so far.
    pub(super) fn nothing() -> Self {
        Self::Copies(Vec::new())
    }

    /// Adds what became of the copy in a row.
    pub(super) fn copy(&mut self, id: i64, became: Became) {
        match self {
            Self::Copies(copies) if copies.len() < COPIES_MAX => copies.push((id, became)),
            _ => *self = Self::Whole,
        }
    }

    /// Adds something that cannot be told by copies.
    pub(super) fn more(&mut self) {
        *self = Self::Whole;
    }
}

impl Became {
    /// Its byte in the witness.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Marked => 1,
            Self::Accepted => 2,
        }
    }

    /// What a byte in the witness stands for.
    pub(super) fn of(code: u8) -> Option<Self> {
        [Self::Marked, Self::Accepted].into_iter().find(|became| became.code() == code)
    }
}
