//! The time that an issue covers.

use jiff::{Timestamp, Zoned};

/// Two instants in the newsletter's time zone: `from` ≤ date < `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant inside.
    pub from: Zoned,
    /// The first instant behind.
    pub until: Zoned,
}

impl Period {
    /// Says whether `date` lies inside.
    pub fn contains(&self, date: Timestamp) -> bool {
        self.from.timestamp() <= date && date < self.until.timestamp()
    }
}
