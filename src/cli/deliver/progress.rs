//! How far a send is: a bar on a terminal, a line now and then elsewhere, events for machines.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::card::span;
use super::log::Log;
use super::trouble::Troubles;
use crate::cli::bar::bar;
use crate::cli::ui::{Mode, Ui, grouped};
use crate::cli::workspace::Workspace;
use crate::delivery::{Event, Observer, Progress};
use crate::diag::Faults;
use crate::ledger::Ledger;
use crate::words::{Address, CopyId, CopyState, IssueName, Reply};
use crate::world::Clock;

/// How often a line is written where there is no bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Watches one send.
pub(super) struct Watching {
    observer: Arc<Drawing>,
}

/// Draws what it hears.
struct Drawing {
    issue: IssueName,
    planned: u64,
    settled_before: u64,
    bar: Option<ProgressBar>,
    writes_events: bool,
    is_quiet: bool,
    log: Log,
    is_logging: bool,
    troubles: Troubles,
    /// Whether the first cause of trouble was told.
    is_told: AtomicBool,
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    zone: TimeZone,
    last_line: Mutex<Instant>,
    ui: Ui,
}

impl Watching {
    /// Begins to watch.
    pub(super) fn start(
        issue: &IssueName,
        ledger: &Ledger,
        workspace: &Workspace<'_>,
        ui: &Ui,
    ) -> Result<Self, Faults> {
        let counts = ledger.counts(issue)?;
        let settled = CopyState::ALL.iter().filter(|s| s.is_outcome()).map(|s| counts.of(*s)).sum();
        let bar = ui.draws_progress().then(|| {
            let bar = bar("send", counts.sum(), workspace.cx);
            bar.set_position(settled);
            bar
        });
        let observer = Drawing {
            issue: issue.clone(),
            planned: counts.sum(),
            settled_before: settled,
            bar,
            writes_events: ui.mode() == Mode::Events,
            is_quiet: ui.is_quiet() || ui.mode() == Mode::Json,
            log: Log {
                format: ui.log_format(),
                names_addresses: ui.logs_addresses(),
                newsletter: workspace.config.newsletter.id.to_string(),
            },
            is_logging: ui.is_verbose(),
            troubles: Troubles::default(),
            is_told: AtomicBool::new(false),
            ledger: ledger.clone(),
            clock: workspace.cx.world.clock.clone(),
            zone: workspace.config.newsletter.time_zone.clone(),
            last_line: Mutex::new(Instant::now()),
            ui: ui.clone(),
        };
        Ok(Self { observer: Arc::new(observer) })
    }

    /// What listens to the send.
    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        self.observer.clone()
    }

    /// Takes the bar away, and sums up the trouble.
    pub(super) fn finish(&self) {
        let observer = &self.observer;
        if let Some(bar) = &observer.bar {
            bar.finish_and_clear();
        }
        if !observer.is_quiet && !observer.writes_events {
            observer.troubles.summary().iter().for_each(|line| observer.ui.note(line));
        }
    }
}

impl Observer for Drawing {
    fn observe(&self, event: &Event, so_far: &Progress) {
        let settled: u64 = CopyState::ALL
            .iter()
            .filter(|state| state.is_outcome())
            .map(|state| so_far.tally.of(*state))
            .sum();
        let done = self.settled_before + settled;
        let address = self.address_in_question(event);
        if self.writes_events {
            self.event(event, address.as_ref());
        }
        if self.is_logging {
            self.write(&self.log_line(event, address.as_ref()));
        }
        if let Some(line) = self.trouble(event, address.as_ref()) {
            self.tell(&line);
        }
        if matches!(event, Event::Copy { .. }) {
            match &self.bar {
                Some(bar) => {
                    bar.set_position(done);
                    bar.set_message(self.message(done, so_far.per_second));
                }
                None if self.writes_events || self.is_quiet => {}
                None => self.line(done, so_far),
            }
        }
    }
}

impl Drawing {
    /// Looks up whose copy it is, where a line is to say so.
    fn address_in_question(&self, event: &Event) -> Option<Address> {
        let Event::Copy { copy, state, .. } = event else { return None };
        let is_wanted = self.is_logging || *state != CopyState::Accepted;
        let found = is_wanted.then(|| self.ledger.address_of(*copy).ok().flatten()).flatten();
        found.and_then(|address| Address::parse(&address).ok())
    }

    fn log_line(&self, event: &Event, address: Option<&Address>) -> String {
        let at = self.now();
        match event {
            Event::Copy { copy, state, reply } => {
                self.log.copy(&at, *copy, address, *state, reply.as_ref())
            }
            Event::Slowed { destination, per_second } => {
                self.log.other(&at, "slowed", &slowed(destination, *per_second))
            }
            Event::Trouble { what } => self.log.other(&at, "trouble", what),
        }
    }

    /// What is wrong, where that is something new.
    fn trouble(&self, event: &Event, address: Option<&Address>) -> Option<String> {
        match event {
            Event::Copy { state, reply, .. } => {
                let is_trouble =
                    matches!(state, CopyState::Deferred | CopyState::Failed | CopyState::InDoubt);
                let domain = address.map_or("a reader", Address::domain);
                let reply = reply.as_ref().map(|reply| Reply {
                    text: self.log.hidden(&reply.text, address),
                    ..reply.clone()
                });
                let told = || self.troubles.of_copy(domain, state.name(), reply.as_ref());
                is_trouble.then(told).flatten()
            }
            Event::Slowed { destination, per_second: Some(per_second) } => {
                self.troubles.other(&slowed(destination, Some(*per_second)))
            }
            Event::Slowed { .. } => None,
            Event::Trouble { what } => self.troubles.other(&self.log.hidden(what, None)),
        }
    }

    /// Tells of trouble: the first cause always, what follows where somebody watches.
    fn tell(&self, line: &str) {
        let is_first = !self.is_told.swap(true, Ordering::Relaxed);
        if self.bar.is_some() {
            self.write(&format!("           {line}"));
        } else if is_first || !(self.writes_events || self.is_quiet || self.is_logging) {
            self.write(&format!("{} {line}", self.now()));
        }
    }

    fn write(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => self.ui.note(line),
        }
    }

    fn message(&self, done: u64, per_second: f64) -> String {
        let count = format!("{} of {}", grouped(done), grouped(self.planned));
        if per_second < 0.1 {
            return count;
        }
        let left = (self.planned.saturating_sub(done)) as f64 / per_second;
        format!("{count}  {per_second:.1}/s  {} left", span(Duration::from_secs_f64(left)))
    }

    fn now(&self) -> String {
        let now = self.clock.now().to_zoned(self.zone.clone());
        now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    fn line(&self, done: u64, so_far: &Progress) {
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() < LINE_EVERY {
            return;
        }
        *last = Instant::now();
        self.ui.note(&format!(
            "{} send {} {done} of {} accepted, {} failed",
            self.now(),
            self.issue,
            self.planned,
            so_far.tally.failed
        ));
    }

    fn event(&self, event: &Event, address: Option<&Address>) {
        let at = self.now();
        match event {
            Event::Copy { copy, state, reply } => {
                let said = |reply: &Reply| self.log.hidden(&reply.to_string(), address);
                let reply = reply.as_ref().map(said);
                self.ui.event("copy", copy_event(*copy, *state, reply, &at));
            }
            Event::Slowed { destination, per_second } => self.ui.event(
                "slowed",
                json!({ "destination": destination, "per_second": per_second, "at": at }),
            ),
            Event::Trouble { what } => {
                let what = self.log.hidden(what, None);
                self.ui.event("trouble", json!({ "what": what, "at": at }));
            }
        }
    }
}

fn copy_event(copy: CopyId, state: CopyState, reply: Option<String>, at: &str) -> Value {
    json!({ "copy": copy.to_string(), "outcome": state.name(), "reply": reply, "at": at })
}

/// What a destination asked for.
fn slowed(destination: &str, per_second: Option<f64>) -> String {
    match per_second {
        Some(per_second) => format!("{destination} asked us to slow down, now {per_second:.1}/s"),
        None => format!("{destination} takes what it did before"),
    }
}
