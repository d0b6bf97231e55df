//! Which issue is due.
//!
//! Invariant: this is decided by the schedule, the clock and the issues alone, so that a year of it
//! can be run through in a moment. A slot is served by an issue that bears it, or that ends with it;
//! once it is, no other issue is made for it.

use jiff::{ToSpan as _, Zoned};

use crate::config::Schedule;
use crate::words::{IssueName, Period};

/// How many slots are looked back at; a schedule of minutes on a machine that was off has more.
const MISSED_MAX: usize = 1_000;

/// How far an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No plan of it is frozen.
    Unsent,
    /// Its plan is frozen, and copies are left.
    Begun,
    /// Only copies are left that the relay put off.
    Waiting,
    /// It was stopped; only a person goes on with it.
    Stopped,
    /// It is sent.
    Sent,
}

/// An issue as the calendar sees it.
#[derive(Clone, Debug)]
pub struct Dated {
    /// Its name.
    pub name: IssueName,
    /// The end of its period.
    pub until: Zoned,
    /// When it is to go out; none for one that is sent by hand.
    pub slot: Option<Zoned>,
    /// How far it is.
    pub progress: Progress,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// This issue, whose plan is frozen, is to be gone on with.
    GoOn(IssueName),
    /// This issue is to be sent.
    Take(IssueName),
    /// Several issues claim the present.
    Several(Vec<IssueName>),
    /// An issue is to be made, for this slot and this time.
    Make(IssueName, Zoned, Period),
}

/// A slot that passed without its issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The slot.
    pub slot: Zoned,
    /// The issue that was meant for it, if there is one.
    pub issue: Option<IssueName>,
}

/// The schedule, the clock and the issues.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// The present, in the newsletter's zone.
    pub now: &'a Zoned,
    /// Since when this schedule holds: no slot before is owed.
    pub since: &'a Zoned,
    /// All issues.
    pub issues: &'a [Dated],
}

impl Schedule {
    /// Says whether it is too late for an issue's first copy.
    pub fn is_too_late(&self, slot: &Zoned, now: &Zoned) -> bool {
        slot.checked_add(self.latest).is_ok_and(|latest| *now > latest)
    }
}

impl Calendar<'_> {
    /// What is to be done now. Copies that were put off may wait for a day, and a new issue does not
    /// wait for them.
    pub fn due(&self) -> Due {
        let go_on = |progress| self.earliest(progress).map(|issue| Due::GoOn(issue.name.clone()));
        if let Some(begun) = go_on(Progress::Begun) {
            return begun;
        }
        match self.claimed() {
            Due::Nothing => go_on(Progress::Waiting).unwrap_or(Due::Nothing),
            due => due,
        }
    }

    /// The issue that claims the present, there or to be made.
    fn claimed(&self) -> Due {
        let unsent = self.claims().filter(|(issue, slot)| {
            issue.progress == Progress::Unsent && !self.schedule.is_too_late(slot, self.now)
        });
        let names: Vec<IssueName> = unsent.map(|(issue, _)| issue.name.clone()).collect();
        match names.as_slice() {
            [] => self.make(),
            [one] => Due::Take(one.clone()),
            _ => Due::Several(names),
        }
    }

    /// The slots that passed without their issue behind an instant, in their order.
    pub fn missed(&self, behind: &Zoned) -> Vec<Missed> {
        let is_missed = |slot: &Zoned| slot > behind && self.schedule.is_too_late(slot, self.now);
        let mut missed: Vec<Missed> = self
            .claims()
            .filter(|(issue, slot)| issue.progress == Progress::Unsent && *slot >= self.since)
            .filter(|(_, slot)| is_missed(slot))
            .map(|(issue, slot)| Missed { slot: slot.clone(), issue: Some(issue.name.clone()) })
            .collect();
        // Back from now, so that the last ones are seen however long the schedule has held.
        let mut slot = self.schedule.slot_before(self.now);
        for _ in 0..MISSED_MAX {
            let Some(at) = slot.filter(|at| at >= self.since && at > behind) else { break };
            slot = self.schedule.slot_before(&at);
            if is_missed(&at) && !self.is_served(&at) {
                missed.push(Missed { slot: at, issue: None });
            }
        }
        missed.sort_by(|one, other| one.slot.cmp(&other.slot));
        missed
    }

    /// The issues whose slots have come.
    fn claims(&self) -> impl Iterator<Item = (&Dated, &Zoned)> {
        let claims = self.issues.iter().filter_map(|issue| Some((issue, issue.slot.as_ref()?)));
        claims.filter(|(_, slot)| *slot <= self.now)
    }

    fn earliest(&self, progress: Progress) -> Option<&Dated> {
        let claims = self.claims().filter(|(issue, _)| issue.progress == progress);
        claims.min_by(|one, other| one.1.cmp(other.1)).map(|(issue, _)| issue)
    }

    /// An issue for the last slot, where none is there for it.
    fn make(&self) -> Due {
        let behind = self.now.checked_add(1.nanosecond()).ok();
        let last = behind.and_then(|behind| self.schedule.slot_before(&behind));
        let Some(slot) = last.filter(|slot| slot >= self.since) else { return Due::Nothing };
        if self.is_served(&slot) || self.schedule.is_too_late(&slot, self.now) {
            return Due::Nothing;
        }
        match self.period(&slot) {
            Some(period) => Due::Make(self.name(&slot), slot, period),
            None => Due::Nothing,
        }
    }

    fn is_served(&self, slot: &Zoned) -> bool {
        self.issues
            .iter()
            .any(|issue| issue.slot.as_ref().is_some_and(|own| own == slot || issue.until == *slot))
    }

    /// From where the last issue with a slot ends; one that was given up left its time to others.
    /// The first ever begins a slot before the first that is owed, though that one was missed.
    fn period(&self, slot: &Zoned) -> Option<Period> {
        let holds = |issue: &&Dated| {
            let given_up = |own: &Zoned| {
                issue.progress == Progress::Unsent && self.schedule.is_too_late(own, self.now)
            };
            issue.until < *slot && issue.slot.as_ref().is_some_and(|own| !given_up(own))
        };
        let last = self.issues.iter().filter(holds).map(|issue| issue.until.clone()).max();
        let first = || self.schedule.slot_before(&self.schedule.slot_from(self.since)?);
        let from = last.or_else(first)?;
        Some(Period { from, until: slot.clone() })
    }

    /// The slot's day, and its time where that is taken.
    fn name(&self, slot: &Zoned) -> IssueName {
        let named = |form: &str| {
            let name = slot.strftime(form).to_string();
            name.parse().expect("a date is digits and hyphens")
        };
        let day: IssueName = named("%Y-%m-%d");
        match self.issues.iter().any(|issue| issue.name == day) {
            true => named("%Y-%m-%d-%H%M"),
            false => day,
        }
    }
}
