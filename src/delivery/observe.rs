//! What a send tells while it goes on. Whoever listens draws; nothing here prints.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::journal::Tally;
use crate::words::{CopyId, CopyState, Reply};

/// Over how long the present rate is measured.
const RATE_OVER: Duration = Duration::from_secs(10);
/// How often it is sampled.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);

/// Something that happened in a send.
#[derive(Clone, Debug)]
pub enum Event {
    /// A copy has another state.
    Copy {
        /// The copy.
        copy: CopyId,
        /// Its state.
        state: CopyState,
        /// What the relay said.
        reply: Option<Reply>,
    },
    /// A destination asked for less, or has recovered a little.
    Slowed {
        /// The relay's name, or a recipient's domain.
        destination: String,
        /// So many copies a second now; nothing once it has recovered.
        per_second: Option<f64>,
    },
    /// A connection broke, or could not be made.
    Trouble {
        /// What happened, in words.
        what: String,
    },
}

/// How far this call has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// What became of the copies of this call.
    pub tally: Tally,
    /// Copies settled in a second, of late.
    pub per_second: f64,
}

/// Listens to a send.
pub trait Observer: Send + Sync {
    /// Hears of an event; it must not block.
    fn observe(&self, event: &Event, so_far: &Progress);
}

/// An observer that does not listen.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Observer for Nobody {
    fn observe(&self, _: &Event, _: &Progress) {}
}

/// Counts events.
#[derive(Debug, Default)]
pub(super) struct Counter(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    tally: Tally,
    settled: u64,
    samples: VecDeque<(Instant, u64)>,
}

impl Counter {
    /// Counts a copy's new state.
    pub(super) fn count(&self, state: CopyState) -> Progress {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.tally.of_mut(state) += 1;
        counts.settled += 1;
        let now = Instant::now();
        if counts.samples.back().is_none_or(|(at, _)| now - *at >= SAMPLE_EVERY) {
            let settled = counts.settled;
            counts.samples.push_back((now, settled));
        }
        while counts.samples.front().is_some_and(|(at, _)| now - *at > RATE_OVER) {
            counts.samples.pop_front();
        }
        counts.progress(now)
    }

    /// Returns what was counted.
    pub(super) fn progress(&self) -> Progress {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).progress(Instant::now())
    }
}

impl Counts {
    fn progress(&self, now: Instant) -> Progress {
        let per_second = self.samples.front().map_or(0.0, |(at, settled)| {
            let seconds = (now - *at).as_secs_f64();
            if seconds > 0.0 { (self.settled - settled) as f64 / seconds } else { 0.0 }
        });
        Progress { tally: self.tally, per_second }
    }
}
