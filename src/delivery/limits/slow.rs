//! What a destination lately had, and how far it is slowed down when the relay asks for that.
//!
//! Invariant: a destination is never slowed down to a halt, and comes back by itself.

use std::time::Duration;

use tokio::time::Instant;

use super::window::Pace;

/// Over how long it is counted what a destination had, in two halves.
const LATELY: Duration = Duration::from_secs(10);
/// The least that a destination is slowed down to, in copies a second.
const PER_SECOND_MIN: f64 = 1.0 / 60.0;
/// What is left of a pace when the relay asks to slow down.
const FALL: f64 = 0.5;
/// By what the pace grows with each time of quiet.
const RECOVERY: f64 = 1.5;
/// How long the relay must not ask again before the pace grows by a step.
const QUIET: Duration = Duration::from_secs(10);
/// Whoever asks again so soon speaks of copies that had left before the pace fell.
const BURST: Duration = Duration::from_secs(3);
/// More steps than bring any pace back.
const STEPS_MAX: u32 = 100;

/// Counts what a destination lately had.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    /// When the present half began.
    began: Option<Instant>,
    copies: u32,
    /// The copies of the half before it, if anything left then.
    before: Option<u32>,
}

impl Meter {
    pub(super) fn take(&mut self, at: Instant) {
        let half = LATELY / 2;
        match self.began {
            Some(began) if at.saturating_duration_since(began) < half => {}
            Some(began) if at.saturating_duration_since(began) < LATELY => {
                self.before = Some(std::mem::take(&mut self.copies));
                self.began = Some(began + half);
            }
            _ => *self = Self { began: Some(at), copies: 0, before: None },
        }
        self.copies = self.copies.saturating_add(1);
    }

    /// Copies a second, if more than one left lately.
    pub(super) fn per_second(&self, now: Instant) -> Option<f64> {
        let began = self.began.filter(|_| !self.is_quiet(now))?;
        let copies = self.copies.saturating_add(self.before.unwrap_or(0));
        let before = self.before.map_or(Duration::ZERO, |_| LATELY / 2);
        let over = before + now.saturating_duration_since(began);
        (copies > 1).then(|| f64::from(copies) / over.as_secs_f64().max(1.0))
    }

    pub(super) fn is_quiet(&self, now: Instant) -> bool {
        self.began.is_none_or(|began| now.saturating_duration_since(began) >= LATELY)
    }
}

/// A destination that the relay asked to slow down.
#[derive(Clone, Debug)]
pub(super) struct Slowed {
    /// Copies a second behind the last fall.
    per_second: f64,
    /// What it had before; from there on it is slowed down no longer.
    before: f64,
    /// When the pace fell last.
    fell: Instant,
    /// When the relay asked last.
    asked: Instant,
    pace: Pace,
    /// What was told of it last.
    told: Option<f64>,
}

impl Slowed {
    /// Slows down what had so many copies a second.
    pub(super) fn new(before: f64, now: Instant) -> Self {
        let per_second = fallen(before);
        let mut pace = Pace::default();
        pace.take(interval(per_second), now, 1);
        Self { per_second, before, fell: now, asked: now, pace, told: None }
    }

    /// The relay asked once more; `before` is what it has if it had recovered.
    pub(super) fn again(&mut self, before: f64, now: Instant) {
        let is_burst = now.saturating_duration_since(self.fell) < BURST;
        match self.per_second(now) {
            Some(_) if is_burst => self.asked = now,
            Some(per_second) => {
                (self.per_second, self.fell, self.asked) = (fallen(per_second), now, now);
            }
            None => *self = Self { told: self.told, ..Self::new(before, now) },
        }
    }

    fn steps(&self, now: Instant) -> u32 {
        let quiet = now.saturating_duration_since(self.asked).as_secs() / QUIET.as_secs();
        u32::try_from(quiet).map_or(STEPS_MAX, |steps| steps.min(STEPS_MAX))
    }

    /// The pace after so many times of quiet, or nothing where it is as before.
    fn after(&self, steps: u32) -> Option<f64> {
        let per_second = self.per_second * RECOVERY.powf(f64::from(steps));
        // With the least pace, "as before" may be where it stands: one step is waited for.
        (per_second < self.before || steps == 0).then_some(per_second)
    }

    /// Copies a second, or nothing once it has recovered.
    pub(super) fn per_second(&self, now: Instant) -> Option<f64> {
        self.after(self.steps(now))
    }

    /// When the next copy may leave, if the relay does not ask again.
    pub(super) fn due(&self, now: Instant) -> Instant {
        let steps = self.steps(now);
        let Some(per_second) = self.after(steps) else { return now };
        let due = self.pace.due(interval(per_second), now);
        // Behind the next step it may be due sooner than at the present pace.
        due.min(self.asked + QUIET * (steps + 1))
    }

    pub(super) fn take(&mut self, at: Instant) {
        if let Some(per_second) = self.per_second(at) {
            self.pace.take(interval(per_second), at, 1);
        }
    }

    /// Returns the pace if another was told last.
    pub(super) fn tell(&mut self, now: Instant) -> Option<Option<f64>> {
        let per_second = self.per_second(now);
        let told = std::mem::replace(&mut self.told, per_second);
        (told != per_second).then_some(per_second)
    }
}

fn fallen(per_second: f64) -> f64 {
    (per_second * FALL).max(PER_SECOND_MIN)
}

fn interval(per_second: f64) -> Duration {
    Duration::from_secs_f64(1.0 / per_second.max(PER_SECOND_MIN))
}
