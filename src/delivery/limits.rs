//! The rate: so many copies in any window of its length, for several windows at once.
//!
//! A copy counts when its MAIL is written. Windows slide: what left long enough ago counts no more.
//! Windows of up to a minute are also paced, so that a relay sees a stream and no bursts.
//!
//! Invariant: no window is exceeded, over restarts too.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

use crate::config::Rate;

/// What a window keeps over its length, so that two copies exactly that far apart are surely apart
/// to another clock too. At one second it costs 0.2 % of the rate.
const MARGIN: Duration = Duration::from_millis(2);
/// The longest window whose copies are spread evenly over it.
const PACED_UP_TO: Duration = Duration::from_secs(60);
/// How far a late copy may be caught up.
const CATCH_UP: Duration = Duration::from_millis(50);
/// How many entries a window keeps: copies closer than its length divided by this share one, which
/// counts as the last of them.
const ENTRIES_MAX: u32 = 4_096;

/// All rates of a destination together.
#[derive(Debug)]
pub struct Limits {
    windows: Mutex<Vec<Window>>,
}

impl Limits {
    /// Begins with nothing in the windows.
    pub fn new(rates: &[Rate]) -> Self {
        Self { windows: Mutex::new(rates.iter().map(|rate| Window::new(*rate)).collect()) }
    }

    /// Returns how far back attempts count.
    pub fn longest(rates: &[Rate]) -> Duration {
        rates.iter().map(|rate| rate.per + MARGIN).max().unwrap_or_default()
    }

    /// Begins with the attempts of earlier processes; times in the future count as `now`.
    pub fn rebuilt(rates: &[Rate], attempts: &[Timestamp], now: Timestamp) -> Self {
        let start = Instant::now();
        let mut ages: Vec<Duration> = attempts
            .iter()
            .map(|at| Duration::try_from(now.duration_since(*at)).unwrap_or_default())
            .collect();
        ages.sort_unstable_by(|a, b| b.cmp(a));
        let windows = rates.iter().map(|rate| {
            let mut window = Window::new(*rate);
            for age in &ages {
                // An age beyond the clock's own beginning cannot be told; it is over anyway, or
                // else it counts as now.
                match start.checked_sub(*age) {
                    Some(at) => window.take(at),
                    None if *age <= rate.per + MARGIN => window.take(start),
                    None => {}
                }
            }
            window
        });
        Self { windows: Mutex::new(windows.collect()) }
    }

    /// Waits until a copy may leave, counts it, and says so. Where that is further off than
    /// `patience`, it sleeps for most of the time instead and counts nothing.
    ///
    /// Those who wait are served in turn. Dropped before it returns, it has counted nothing.
    pub async fn permit(&self, patience: Duration) -> bool {
        let mut windows = self.windows.lock().await;
        loop {
            let now = Instant::now();
            let due = windows.iter().map(|window| window.due(now)).max().unwrap_or(now);
            if due <= now {
                windows.iter_mut().for_each(|window| window.take(now));
                return true;
            }
            if due - now > patience {
                drop(windows);
                sleep_until(due - patience / 2).await;
                return false;
            }
            sleep_until(due).await;
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    last: Instant,
    copies: u32,
}

#[derive(Debug)]
struct Window {
    rate: Rate,
    entries: VecDeque<Entry>,
    copies: u32,
    /// When the next copy is due by pacing.
    pace: Option<Instant>,
}

impl Window {
    fn new(rate: Rate) -> Self {
        Self { rate, entries: VecDeque::new(), copies: 0, pace: None }
    }

    fn length(&self) -> Duration {
        self.rate.per + MARGIN
    }

    /// When the next copy may leave, as far as this window knows.
    fn due(&self, now: Instant) -> Instant {
        let pace = self.pace.unwrap_or(now);
        let mut copies = self.copies;
        for entry in &self.entries {
            let over = entry.last + self.length();
            if over > now && copies < self.rate.copies {
                return pace;
            }
            if over > now {
                return pace.max(over);
            }
            copies -= entry.copies;
        }
        pace
    }

    fn take(&mut self, at: Instant) {
        while let Some(first) = self.entries.front().filter(|e| e.last + self.length() <= at) {
            self.copies -= first.copies;
            self.entries.pop_front();
        }
        let grain = self.rate.per / ENTRIES_MAX;
        let count = self.entries.len();
        // An entry is joined to only from within a grain of its beginning, which is at most a
        // grain behind the end of the one before: so entries never outnumber two a grain.
        let joins = count >= 2
            && self.entries.back().is_some_and(|last| {
                at.saturating_duration_since(self.entries[count - 2].last) < grain
                    && last.last <= at
            });
        match self.entries.back_mut() {
            Some(last) if joins => {
                last.last = at;
                last.copies += 1;
            }
            _ => self.entries.push_back(Entry { last: at, copies: 1 }),
        }
        self.copies = self.copies.saturating_add(1);
        if self.rate.per <= PACED_UP_TO {
            let earliest = at.checked_sub(CATCH_UP).unwrap_or(at);
            let from = self.pace.map_or(at, |pace| pace.max(earliest));
            self.pace = Some(from + self.rate.per / self.rate.copies);
        }
    }
}

#[cfg(test)]
mod tests;
