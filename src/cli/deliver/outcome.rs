//! What a send came to: the ledger's last word, the issue's mark, what people and machines are
//! told, and the exit code.

use std::time::Duration;

use serde_json::Value;

use super::{marks, rehearsal};
use crate::cli::exit::Exit;
use crate::cli::ui::{Tint, Ui, counted, grouped};
use crate::cli::workspace::Workspace;
use crate::delivery::{DeliveryError, Destination, Ended, Sent, Tally};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::ledger::{Holder, IssueState, Ledger};
use crate::words::IssueName;

/// A send that has ended.
pub(super) struct Delivered<'a> {
    pub(super) name: &'a IssueName,
    pub(super) ledger: &'a Ledger,
    pub(super) workspace: &'a Workspace<'a>,
    pub(super) destination: &'a Destination,
    pub(super) signal: Option<u8>,
    pub(super) is_run: bool,
    pub(super) is_rehearsal: bool,
    pub(super) took: Duration,
}

impl Delivered<'_> {
    /// Writes down how the send ended, and tells it.
    pub(super) fn close(
        &self,
        result: Result<Sent, DeliveryError>,
        ui: &Ui,
    ) -> Result<Exit, Faults> {
        let now = self.workspace.cx.world.clock.now();
        let sent = match result {
            Ok(sent) => sent,
            Err(error) => {
                // The ledger may be what failed; then the next call finds the send interrupted.
                let _ = self.ledger.end(self.name, IssueState::Interrupted, None, now);
                let diagnostic: Diagnostic = error.into();
                let Kind::TryLater(reason) = diagnostic.kind else {
                    return Err(Faults::from(diagnostic).standing(self.standing()));
                };
                document(self.ledger, self.name, self.is_run, reason, ui)?;
                ui.diagnostics(&[diagnostic]);
                ui.note(&self.standing());
                return Ok(Exit::TryLater);
            }
        };
        let (state, reason) = self.state(&sent);
        self.ledger.end(self.name, state, reason.as_deref(), now)?;
        if !self.is_rehearsal {
            let stored = self.ledger.issue(self.name)?;
            let word = if state == IssueState::Sent { "sent" } else { "started" };
            marks::write(self.workspace, self.ledger, &stored, word)?;
        }
        let (exit, word) = self.verdict(&sent);
        self.tell(&sent, exit, ui);
        document(self.ledger, self.name, self.is_run, word, ui)?;
        match sent.ended.diagnostic(self.destination) {
            Some(diagnostic) if self.signal.is_none() => {
                ui.diagnostics(&[diagnostic]);
                ui.note(&self.standing());
            }
            _ => {}
        }
        Ok(exit)
    }

    fn state(&self, sent: &Sent) -> (IssueState, Option<String>) {
        match &sent.ended {
            Ended::Done => (IssueState::Sent, None),
            Ended::Quota(_) | Ended::Deferred { .. } => (IssueState::Waiting, None),
            Ended::Limited | Ended::Interrupted | Ended::Unreachable(_) => {
                (IssueState::Interrupted, None)
            }
            Ended::Stopped => (IssueState::Stopped, Some("by hand".to_owned())),
            Ended::Halted(halt) => {
                let told = halt.diagnostic(self.destination.name(), &self.destination.address());
                (IssueState::Stopped, Some(told.what))
            }
        }
    }

    /// The exit code and the result's name: signals, 1, 75, 5, 4 in this order.
    fn verdict(&self, sent: &Sent) -> (Exit, &'static str) {
        let allowed = self.workspace.config.delivery.max_failed.0;
        match &sent.ended {
            _ if self.signal.is_some() => {
                (Exit::Signal(self.signal.unwrap_or_default()), "stopped")
            }
            Ended::Halted(_) | Ended::Stopped => (Exit::Failed, "stopped"),
            Ended::Unreachable(_) => (Exit::TryLater, "relay_unreachable"),
            Ended::Quota(_) | Ended::Deferred { .. } => (Exit::TryLater, "deferred"),
            _ if sent.tally.in_doubt > 0 => (Exit::InDoubt, "in_doubt"),
            _ if failed_share(&sent.tally) > allowed => (Exit::TooManyFailed, "too_many_failed"),
            _ => (Exit::Done, "sent"),
        }
    }

    fn tell(&self, sent: &Sent, exit: Exit, ui: &Ui) {
        let tally = &sent.tally;
        let by = if self.is_rehearsal { "the test inbox" } else { self.destination.name() };
        let result =
            format!("{} of {} accepted by {by}", grouped(tally.accepted), grouped(tally.sum()));
        ui.stage("send", &result, Some(self.took));
        ui.tell("");
        if exit == Exit::Done && self.is_rehearsal && tally.accepted == tally.sum() {
            let copies = counted(
                usize::try_from(tally.sum()).unwrap_or(usize::MAX),
                "copy is",
                "copies are",
            );
            ui.well(&format!("{copies} in the test inbox. None has left this machine."));
            return;
        }
        if exit == Exit::Done && tally.accepted == tally.sum() {
            ui.well(&format!("{} accepted.", grouped(tally.accepted)));
            return;
        }
        ui.tell(&counts(tally, ui));
        ui.tell(&self.next_step(tally));
    }

    /// What a person may do now. Of a rehearsal no verb but `send` knows.
    fn next_step(&self, tally: &Tally) -> String {
        let again = rehearsal::command(self.name, self.is_rehearsal);
        let is_left = tally.pending + tally.deferred > 0;
        if self.is_rehearsal && !is_left {
            return format!("The rehearsal is over; `{again}` begins another.");
        }
        if tally.in_doubt > 0 && !self.is_rehearsal {
            return format!(
                "Copies in doubt are not sent again until you settle them:\n  letterpress resolve {} --assume sent|unsent",
                self.name
            );
        }
        match is_left {
            true => format!("`{again}` goes on."),
            false => format!("`letterpress status {} --copies` shows each.", self.name),
        }
    }

    fn standing(&self) -> String {
        let Ok(tally) = self.ledger.counts(self.name) else {
            return "What was settled is in the ledger.".to_owned();
        };
        let doubt = match tally.in_doubt {
            0 => "none is in doubt".to_owned(),
            1 => "1 is in doubt".to_owned(),
            count => format!("{} are in doubt", grouped(count)),
        };
        format!(
            "{} copies are accepted, {} are pending, {doubt}.\nRun it again to go on.",
            grouped(tally.accepted),
            grouped(tally.pending + tally.deferred)
        )
    }
}

fn failed_share(tally: &Tally) -> f64 {
    let sum = tally.sum();
    if sum == 0 { 0.0 } else { tally.failed as f64 / sum as f64 }
}

/// `18,196 accepted, 31 failed, 4 in doubt`.
fn counts(tally: &Tally, ui: &Ui) -> String {
    let mut parts = vec![format!("{} accepted", grouped(tally.accepted))];
    let mut push = |count: u64, word: &str, tint: Option<Tint>| {
        if count > 0 {
            let text = format!("{} {word}", grouped(count));
            parts.push(tint.map_or(text.clone(), |tint| ui.count(&text, tint)));
        }
    };
    push(tally.failed, "failed", Some(Tint::Red));
    push(tally.suppressed, "suppressed", None);
    push(tally.in_doubt, "in doubt", Some(Tint::Yellow));
    push(tally.deferred, "deferred", None);
    push(tally.pending, "pending", None);
    parts.join(", ")
}

/// Prints the status document, with the result of a `run`.
pub(super) fn document(
    ledger: &Ledger,
    name: &IssueName,
    is_run: bool,
    result: &str,
    ui: &Ui,
) -> Result<(), Faults> {
    let status = ledger.status(name, Holder::Somebody)?;
    let mut value =
        serde_json::to_value(&status).map_err(|error| Diagnostic::error(error.to_string()))?;
    if let (true, Value::Object(object)) = (is_run, &mut value) {
        object.insert("result".to_owned(), result.into());
    }
    ui.json(&value);
    Ok(())
}
