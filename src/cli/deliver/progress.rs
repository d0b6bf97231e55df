//! How far a send is: a bar on a terminal, a line now and then elsewhere, events for machines.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::time::Instant;

use super::card::span;
use crate::cli::ui::{Mode, Ui, grouped};
use crate::cli::workspace::Workspace;
use crate::delivery::{Event, Observer, Progress};
use crate::diag::Faults;
use crate::ledger::Ledger;
use crate::words::{CopyState, IssueName};
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
        let bar = ui.draws_progress().then(|| bar(counts.sum(), settled, workspace));
        let observer = Drawing {
            issue: issue.clone(),
            planned: counts.sum(),
            settled_before: settled,
            bar,
            writes_events: ui.mode() == Mode::Events,
            is_quiet: ui.is_quiet() || ui.mode() == Mode::Json,
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

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.observer.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(planned: u64, settled: u64, workspace: &Workspace<'_>) -> ProgressBar {
    let is_utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| workspace.cx.environment.get(*name).filter(|value| !value.is_empty()))
        .is_none_or(|value| value.to_ascii_lowercase().replace('-', "").contains("utf8"));
    let chars = if is_utf8 { "━╸─" } else { "==-" };
    let bar = ProgressBar::with_draw_target(Some(planned), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("  send     {bar:26.green/dim}  {msg}") {
        bar.set_style(style.progress_chars(chars));
    }
    bar.set_position(settled);
    bar
}

impl Observer for Drawing {
    fn observe(&self, event: &Event, so_far: &Progress) {
        let settled: u64 = CopyState::ALL
            .iter()
            .filter(|state| state.is_outcome())
            .map(|state| so_far.tally.of(*state))
            .sum();
        let done = self.settled_before + settled;
        if self.writes_events {
            self.event(event);
        }
        match (&self.bar, event) {
            (Some(bar), Event::Trouble { what }) => bar.println(format!("           {what}")),
            (Some(bar), Event::Copy { .. }) => {
                bar.set_position(done);
                bar.set_message(self.message(done, so_far.per_second));
            }
            (None, _) if self.writes_events || self.is_quiet => {}
            (None, Event::Trouble { what }) => self.ui.note(&format!("{} {what}", self.now())),
            (None, Event::Copy { .. }) => self.line(done, so_far),
        }
    }
}

impl Drawing {
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

    fn event(&self, event: &Event) {
        match event {
            Event::Copy { copy, state, reply } => self.ui.event(
                "copy",
                json!({
                    "copy": copy.to_string(),
                    "outcome": state.name(),
                    "reply": reply.as_ref().map(ToString::to_string),
                    "at": self.now(),
                }),
            ),
            Event::Trouble { what } => {
                self.ui.event("trouble", json!({ "what": what, "at": self.now() }));
            }
        }
    }
}
