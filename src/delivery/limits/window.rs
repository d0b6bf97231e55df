//! One window that slides, and the pace that spreads copies evenly over it.
//!
//! Invariant: no stretch of a window's length, both ends counted, holds more copies than its rate.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Rate;

/// What a window keeps over its length, so that two copies exactly that far apart are surely apart
/// to another clock too. At one second it costs 0.2 % of the rate.
const MARGIN: Duration = Duration::from_millis(2);
/// The longest window whose copies are spread evenly over it.
const PACED_UP_TO: Duration = Duration::from_secs(60);
/// How far a late copy may be caught up.
const CATCH_UP: Duration = Duration::from_millis(50);
/// How many entries a window keeps in each of its halves: copies closer than its length divided by
/// this share one, which counts as the last of them.
pub(super) const ENTRIES_MAX: u32 = 4_096;

/// Copies that left close to each other.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// When the last of them left.
    last: Instant,
    /// How many copies the window had taken with it, from its beginning on.
    until: u64,
}

/// What lately left, of what may.
#[derive(Clone, Debug)]
pub(super) struct Window {
    rate: Rate,
    /// The oldest first.
    entries: VecDeque<Entry>,
    /// How many copies were taken, and how many of them are of entries that were dropped.
    taken: u64,
    dropped: u64,
    pace: Pace,
}

impl Window {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, entries: VecDeque::new(), taken: 0, dropped: 0, pace: Pace::default() }
    }

    /// How long a copy counts.
    pub(super) fn length(rate: &Rate) -> Duration {
        rate.per + MARGIN
    }

    /// How far apart copies are if they are spread evenly.
    fn interval(rate: &Rate) -> Duration {
        rate.per / rate.copies
    }

    /// How many copies it lets through in a second, in the mean.
    pub(super) fn per_second(&self) -> f64 {
        f64::from(self.rate.copies) / self.rate.per.as_secs_f64()
    }

    fn over(&self, entry: &Entry) -> Instant {
        entry.last + Self::length(&self.rate)
    }

    /// When the next copy may leave, as far as this window knows.
    pub(super) fn due(&self, now: Instant) -> Instant {
        let pace = self.pace.due(Self::interval(&self.rate), now);
        // The copies before this many must all have left the window.
        let Some(room_behind) = (self.taken + 1).checked_sub(u64::from(self.rate.copies)) else {
            return pace;
        };
        let index = self.entries.partition_point(|entry| entry.until < room_behind);
        match self.entries.get(index) {
            Some(entry) if room_behind > self.dropped => pace.max(self.over(entry)),
            _ => pace,
        }
    }

    /// Counts copies that left at the same time, which is not before that of others.
    pub(super) fn take(&mut self, at: Instant, copies: u32) {
        if copies == 0 {
            return;
        }
        while let Some(first) = self.entries.front().filter(|entry| self.over(entry) <= at) {
            self.dropped = first.until;
            self.entries.pop_front();
        }
        self.taken += u64::from(copies);
        let at = self.entries.back().map_or(at, |last| last.last.max(at));
        // An entry is joined to only from within a grain of its beginning, which is at most a
        // grain behind the end of the one before: so entries never outnumber two a grain.
        let grain = self.rate.per / ENTRIES_MAX;
        let before = self.entries.len().checked_sub(2).map(|index| self.entries[index].last);
        let joins = before.is_some_and(|before| at.saturating_duration_since(before) < grain);
        let entry = Entry { last: at, until: self.taken };
        match self.entries.back_mut() {
            Some(last) if joins => *last = entry,
            _ => self.entries.push_back(entry),
        }
        if self.rate.per <= PACED_UP_TO {
            let copies = copies.min(self.rate.copies);
            self.pace.take(Self::interval(&self.rate), at, copies);
        }
    }

    /// Says whether it holds nothing back.
    pub(super) fn is_empty(&self, now: Instant) -> bool {
        self.entries.back().is_none_or(|last| self.over(last) <= now)
            && self.pace.due(Self::interval(&self.rate), now) <= now
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }
}

/// Spreads copies evenly, and lets late ones be caught up a little.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// When the last copy was due.
    last: Option<Instant>,
}

impl Pace {
    /// When the next copy is due.
    pub(super) fn due(&self, interval: Duration, now: Instant) -> Instant {
        self.last.map_or(now, |last| last + interval)
    }

    pub(super) fn take(&mut self, interval: Duration, at: Instant, copies: u32) {
        let earliest = at.checked_sub(CATCH_UP).unwrap_or(at);
        let due = self.last.map_or(at, |last| (last + interval).max(earliest));
        self.last = Some(due + interval * (copies - 1));
    }
}
