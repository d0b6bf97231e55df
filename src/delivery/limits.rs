//! The rate: so many copies in any window of its length, for several windows at once.
//!
//! A copy counts when its MAIL is written. Windows slide: what left long enough ago counts no more.
//! Windows of up to a minute are also paced, so that a relay sees a stream and no bursts. Nothing
//! here waits or locks: whoever sends asks when a copy is due, sleeps until then, and asks again.
//!
//! Invariant: no window is exceeded, over restarts too.

mod slow;
mod window;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use self::slow::{Meter, Slowed};
use self::window::Window;
use super::journal::Past;
use crate::config::Rate;

/// How many domains that are not named have windows of their own; more than these share some, so
/// that fewer copies leave than might, and never more.
const DOMAINS_MAX: usize = 4_096;
/// How many windows those share.
const SHARED_MAX: u64 = 256;
/// From so many domains on, those that hold nothing back are dropped, so often.
const SWEEP_FROM: usize = 256;
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How many domains are slowed down at once; with more it is the relay that asks for it.
const SLOWED_MAX: usize = 256;
/// What a destination is taken to have had if nothing is known of it, in copies a second.
const UNKNOWN_PER_SECOND: f64 = 1.0;
/// The domain that stands for each that is not named.
const EVERY_OTHER: &str = "*";

/// What limits hold: all of them together.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// All relays and machines together.
    pub overall: Vec<Rate>,
    /// The relay's own.
    pub relay: Vec<Rate>,
    /// By recipient domain; `*` is each domain that is not named.
    pub per_domain: BTreeMap<String, Vec<Rate>>,
}

/// Who is to be slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow<'a> {
    /// All that goes to the relay.
    Relay,
    /// The copies to one domain.
    Domain(&'a str),
}

/// All limits of a send together.
#[derive(Debug)]
pub struct Limits {
    relay: String,
    /// How many of the windows of all copies are those of all relays.
    overall: usize,
    all: Lane,
    /// The domains that the configuration names.
    named: BTreeMap<String, Lane>,
    /// Others that copies lately went to.
    others: BTreeMap<String, Lane>,
    /// What those have in common who found no place among them.
    shared: BTreeMap<u64, Lane>,
    /// What another domain begins with.
    fresh: Lane,
    swept: Option<Instant>,
    slowed_relay: Option<Slowed>,
    slowed: BTreeMap<String, Slowed>,
}

/// What is kept of a destination: of the relay, or of a domain.
#[derive(Clone, Debug, Default)]
struct Lane {
    windows: Vec<Window>,
    meter: Meter,
}

impl Lane {
    fn new<'a>(rates: impl IntoIterator<Item = &'a Rate>) -> Self {
        let windows = rates.into_iter().map(|rate| Window::new(*rate)).collect();
        Self { windows, meter: Meter::default() }
    }

    fn due(&self, now: Instant) -> Instant {
        self.windows.iter().map(|window| window.due(now)).fold(now, Instant::max)
    }

    fn take(&mut self, at: Instant) {
        self.remember(at, 1);
        self.meter.take(at);
    }

    /// Counts attempts of an earlier process, which say nothing of the present pace.
    fn remember(&mut self, at: Instant, copies: u32) {
        self.windows.iter_mut().for_each(|window| window.take(at, copies));
    }

    fn is_empty(&self, now: Instant) -> bool {
        self.windows.iter().all(|window| window.is_empty(now))
    }

    /// Copies a second that it lately had, or else those that its windows let through.
    fn before(&self, now: Instant) -> f64 {
        let configured = self.windows.iter().map(Window::per_second).reduce(f64::min);
        self.meter.per_second(now).or(configured).unwrap_or(UNKNOWN_PER_SECOND)
    }
}

impl Limits {
    /// Begins with nothing in the windows.
    pub fn new(rates: &Rates, relay: &str) -> Self {
        let named = rates.per_domain.iter().filter(|(domain, _)| *domain != EVERY_OTHER);
        Self {
            relay: relay.to_owned(),
            overall: rates.overall.len(),
            all: Lane::new(rates.overall.iter().chain(&rates.relay)),
            named: named.map(|(domain, rates)| (domain.clone(), Lane::new(rates))).collect(),
            others: BTreeMap::new(),
            shared: BTreeMap::new(),
            fresh: Lane::new(rates.per_domain.get(EVERY_OTHER).into_iter().flatten()),
            swept: None,
            slowed_relay: None,
            slowed: BTreeMap::new(),
        }
    }

    /// Returns how far back attempts count.
    pub fn longest(rates: &Rates) -> Duration {
        let domains = rates.per_domain.values().flatten();
        let all = rates.overall.iter().chain(&rates.relay).chain(domains);
        all.map(Window::length).max().unwrap_or_default()
    }

    /// Begins with the attempts of earlier processes. Times in the future count as `now`, and so
    /// does what was not seen, in every window and for every domain.
    pub fn rebuilt(rates: &Rates, relay: &str, past: &Past, now: Timestamp) -> Self {
        let (start, longest) = (Instant::now(), Self::longest(rates));
        let mut limits = Self::new(rates, relay);
        let ages = past.attempts.iter().map(|attempt| (age(attempt.at, now), attempt));
        let mut attempts: Vec<_> = ages.filter(|(age, _)| *age < longest).collect();
        attempts.sort_by_key(|(age, _)| std::cmp::Reverse(*age));
        for (age, attempt) in attempts {
            // Where the clock began more lately than that, it counts as now.
            let at = start.checked_sub(age).unwrap_or(start);
            let counting =
                if *attempt.relay == *relay { limits.all.windows.len() } else { limits.overall };
            limits.all.windows[..counting].iter_mut().for_each(|window| window.take(at, 1));
            if let Some(lane) = limits.lane(&attempt.domain, at) {
                lane.remember(at, 1);
            }
        }
        let domains = limits.named.values_mut().chain(limits.others.values_mut());
        let lanes = domains.chain(limits.shared.values_mut());
        for lane in lanes.chain([&mut limits.all, &mut limits.fresh]) {
            lane.remember(start, past.unseen);
        }
        limits
    }

    /// Returns when a copy to `domain` may leave: at once if that is not after `now`.
    pub fn due(&self, domain: &str, now: Instant) -> Instant {
        let lane = self.find(domain, now).unwrap_or(&self.fresh);
        let due = self.all.due(now).max(lane.due(now));
        let slowed = self.slowed_relay.iter().chain(self.slowed.get(domain));
        slowed.map(|slowed| slowed.due(now)).fold(due, Instant::max)
    }

    /// Says whether nothing holds any copy back, now or later.
    pub fn are_none(&self) -> bool {
        let lanes = self.named.values().chain([&self.all, &self.fresh]);
        self.slowed_relay.is_none()
            && self.slowed.is_empty()
            && lanes.into_iter().all(|lane| lane.windows.is_empty())
    }

    /// Returns when a copy to a domain that is not held back by its own limits may leave.
    pub fn due_for_all(&self, now: Instant) -> Instant {
        let slowed = self.slowed_relay.as_ref().map_or(now, |slowed| slowed.due(now));
        self.all.due(now).max(slowed)
    }

    /// Counts a copy whose MAIL is written at `now`.
    pub fn take(&mut self, domain: &str, now: Instant) {
        self.all.take(now);
        if let Some(lane) = self.lane(domain, now) {
            lane.take(now);
        }
        for slowed in self.slowed_relay.iter_mut().chain(self.slowed.get_mut(domain)) {
            slowed.take(now);
        }
    }

    /// Slows down whom the relay asked to. Where it asks several times in a burst, that counts
    /// once.
    pub fn slow_down(&mut self, whom: Slow<'_>, now: Instant) {
        match whom {
            Slow::Domain(domain)
                if self.slowed.contains_key(domain) || self.slowed.len() < SLOWED_MAX =>
            {
                let before = self.find(domain, now).unwrap_or(&self.fresh).before(now);
                self.slowed
                    .entry(domain.to_owned())
                    .and_modify(|slowed| slowed.again(before, now))
                    .or_insert_with(|| Slowed::new(before, now));
            }
            _ => {
                let before = self.all.before(now);
                match &mut self.slowed_relay {
                    Some(slowed) => slowed.again(before, now),
                    None => self.slowed_relay = Some(Slowed::new(before, now)),
                }
            }
        }
    }

    /// Returns the destinations whose pace changed since the last call: the relay's name or a
    /// domain, with the copies a second that it is slowed down to, or nothing once it has
    /// recovered.
    pub fn slowed(&mut self, now: Instant) -> Vec<(String, Option<f64>)> {
        let relay = self.slowed_relay.iter_mut().map(|slowed| (&self.relay, slowed));
        let changed = relay
            .chain(&mut self.slowed)
            .filter_map(|(name, slowed)| Some((name.clone(), slowed.tell(now)?)))
            .collect();
        self.slowed_relay.take_if(|slowed| slowed.per_second(now).is_none());
        self.slowed.retain(|_, slowed| slowed.per_second(now).is_some());
        changed
    }

    /// Finds what is kept of a domain. Who shares a lane stays there while it holds anything back.
    fn find(&self, domain: &str, now: Instant) -> Option<&Lane> {
        self.named.get(domain).or_else(|| self.others.get(domain)).or_else(|| {
            // No place is worked out where nothing is shared, which is nearly always.
            let shared = (!self.shared.is_empty()).then(|| place(domain));
            let shared = shared.and_then(|place| self.shared.get(&place))?;
            (self.is_full() || !shared.is_empty(now)).then_some(shared)
        })
    }

    /// As [`Limits::find`], and makes it where there is none; but nothing is kept of a domain that
    /// has no windows and finds no place.
    fn lane(&mut self, domain: &str, now: Instant) -> Option<&mut Lane> {
        if self.named.contains_key(domain) {
            return self.named.get_mut(domain);
        }
        if !self.others.contains_key(domain) {
            self.sweep(now);
            let place = place(domain);
            let is_shared = self.shared.get(&place).is_some_and(|lane| !lane.is_empty(now));
            if is_shared || self.is_full() {
                let has_windows = !self.fresh.windows.is_empty();
                let fresh = &self.fresh;
                return has_windows
                    .then(|| self.shared.entry(place).or_insert_with(|| fresh.clone()));
            }
            self.others.insert(domain.to_owned(), self.fresh.clone());
        }
        self.others.get_mut(domain)
    }

    fn is_full(&self) -> bool {
        self.others.len() >= DOMAINS_MAX
    }

    /// Drops domains that hold nothing back.
    fn sweep(&mut self, now: Instant) {
        let swept = self.swept.map(|swept| now.saturating_duration_since(swept));
        if self.others.len() < SWEEP_FROM || swept.is_some_and(|ago| ago < SWEEP_EVERY) {
            return;
        }
        self.swept = Some(now);
        self.others.retain(|_, lane| !lane.is_empty(now) || !lane.meter.is_quiet(now));
        self.shared.retain(|_, lane| !lane.is_empty(now));
    }
}

/// Which lane a domain shares with others, where it must.
fn place(domain: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    domain.hash(&mut hasher);
    hasher.finish() % SHARED_MAX
}

fn age(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
