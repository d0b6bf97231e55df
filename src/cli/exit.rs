//! Exit codes.
//!
//! Invariant: this is the only place that knows a number.

use crate::diag::{Faults, Kind};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing was due.
    Done,
    /// It failed, or the relay's policy halted it.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Held by checks; nothing was sent.
    Held,
    /// More copies failed than is allowed.
    TooManyFailed,
    /// Some copies are in doubt.
    InDoubt,
    /// Try again later.
    TryLater,
    /// A signal ended it, by its number; the copies in flight were settled first.
    Signal(u8),
}

impl Exit {
    /// Returns the process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Held => 3,
            Self::TooManyFailed => 4,
            Self::InDoubt => 5,
            Self::TryLater => 75,
            Self::Signal(number) => 128 + number,
        }
    }

    /// Returns the code that faults lead to: the first of them that is not mere failure decides.
    pub fn of(faults: &Faults) -> Self {
        let kinds = || faults.list.iter().map(|fault| fault.kind);
        match kinds().find(|kind| *kind != Kind::Failed) {
            Some(Kind::Usage) => Self::Usage,
            Some(Kind::Held) => Self::Held,
            Some(Kind::TryLater(_)) => Self::TryLater,
            Some(Kind::Failed | Kind::TooLate) | None => Self::Failed,
        }
    }
}
