//! `status`: where a send stands, who got it, who did not, why.

use std::time::Duration;

use jiff::Timestamp;

use super::slot;
use crate::cli::args::StatusArgs;
use crate::cli::context::Context;
use crate::cli::deliver::{LockHolder, open_ledger};
use crate::cli::exit::Exit;
use crate::cli::ui::{Tint, Ui, grouped};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::ledger::{self, CopyStatus, Holder, IssueState, Ledger, Status, Unsettled, Waiting};
use crate::words::IssueName;
use crate::world::LockError;

/// The bar's width, in columns.
const BAR: usize = 40;

/// How often `--watch` looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many domains, and how many causes, are named in a row.
const NAMED_MAX: usize = 3;

/// Runs the verb.
///
/// # Errors
/// If the ledger cannot be read, or knows no such issue.
pub async fn run(args: &StatusArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let files = workspace.files();
    if !files.exists(ledger::FILE) && !files.exists(ledger::WITNESS) {
        return without_ledger(args, &workspace, ui);
    }
    let ledger = open_ledger(&workspace)?;
    if args.issue.is_none() && !args.watch {
        slot::tell_missed(&workspace, ui);
    }
    let issues = ledger.list()?;
    let name = match (&args.issue, issues.last()) {
        (Some(name), _) => name.clone(),
        (None, Some(last)) => last.name.clone(),
        (None, None) => return without_ledger(args, &workspace, ui),
    };
    if !issues.iter().any(|listed| listed.name == name) {
        return gathered(&name, &workspace, ui);
    }
    if let Some(doubt) = ledger.doubt() {
        ui.note(&format!(
            "{doubt}: what follows may be out of date.\n`letterpress ledger check` says more."
        ));
    }
    let subject = workspace
        .issue_file(&name, false)
        .ok()
        .and_then(|file| file.front.subject)
        .map_or_else(String::new, |subject| subject.text);
    let look = Look { args, name: &name, subject, ledger: &ledger, workspace: &workspace, ui };
    if args.watch { look.again_and_again().await } else { look.once() }
}

/// One issue, looked at once or again and again.
struct Look<'a> {
    args: &'a StatusArgs,
    name: &'a IssueName,
    subject: String,
    ledger: &'a Ledger,
    workspace: &'a Workspace<'a>,
    ui: &'a Ui,
}

/// What a look has found.
struct Seen {
    status: Status,
    lines: Vec<String>,
}

impl Look<'_> {
    fn once(&self) -> Result<Exit, Faults> {
        let seen = self.look()?;
        self.ui.json(&json(&seen.status)?);
        seen.lines.iter().for_each(|line| self.ui.line(line));
        Ok(Exit::Done)
    }

    /// Looks until the send is over: redraws on a terminal, and elsewhere prints what has changed.
    async fn again_and_again(&self) -> Result<Exit, Faults> {
        let mut before: Option<Seen> = None;
        loop {
            let seen = self.look()?;
            let is_new = before.as_ref().is_none_or(|before| before.lines != seen.lines);
            if is_new {
                self.ui.json_line(&json(&seen.status)?);
                self.ui.redraw(before.is_none(), &seen.lines);
            }
            if seen.status.state != IssueState::Sending {
                return Ok(Exit::Done);
            }
            before = Some(seen);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn look(&self) -> Result<Seen, Faults> {
        let holder = match self.workspace.files().lock(ledger::LOCK) {
            Err(LockError::Held) => Holder::Somebody,
            _ => Holder::Nobody,
        };
        let mut status = self.ledger.status(self.name, holder)?;
        if self.args.copies || self.args.address.is_some() {
            status.copies = Some(copies(self.args, self.name, self.ledger)?);
        }
        let unsettled = match status.deferred + status.in_doubt {
            0 => Unsettled::default(),
            _ => self.ledger.unsettled(self.name)?,
        };
        let mut lines = self.lines(&status, &unsettled)?;
        let who = (holder == Holder::Somebody)
            .then(|| LockHolder::read(ledger::LOCK, self.workspace))
            .flatten();
        if let Some(who) = who {
            let zone = &self.workspace.config.newsletter.time_zone;
            lines.push(String::new());
            lines.push(format!("a send is under way: {}", who.told(zone)));
        }
        Ok(Seen { status, lines })
    }
}

fn json(status: &Status) -> Result<serde_json::Value, Faults> {
    serde_json::to_value(status).map_err(|error| Diagnostic::error(error.to_string()).into())
}

fn without_ledger(args: &StatusArgs, workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    match &args.issue {
        Some(name) => gathered(name, workspace, ui),
        None => {
            ui.line("Nothing has been sent from here.");
            ui.json(&serde_json::json!({ "schema": ledger::STATUS_SCHEMA, "issue": null }));
            Ok(Exit::Done)
        }
    }
}

/// An issue that has a file and no plan.
fn gathered(name: &IssueName, workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    workspace.issue_file(name, false)?;
    let status = Status::gathered(name);
    ui.line(&format!("{name}  gathered, not sent"));
    let value = serde_json::to_value(&status).map_err(|e| Diagnostic::error(e.to_string()))?;
    ui.json(&value);
    Ok(Exit::Done)
}

fn copies(args: &StatusArgs, name: &IssueName, ledger: &Ledger) -> Result<Vec<CopyStatus>, Faults> {
    let Some(address) = &args.address else { return Ok(ledger.copies(name)?) };
    match ledger.copy_for(name, address)? {
        Some(copy) => Ok(vec![copy]),
        None => Err(Diagnostic::error(format!("no copy of {name} is for `{address}`"))
            .kind(Kind::Usage)
            .into()),
    }
}

impl Look<'_> {
    fn lines(&self, status: &Status, unsettled: &Unsettled) -> Result<Vec<String>, Faults> {
        let ui = self.ui;
        let title = format!("{}  {}", ui.bold(self.name.as_str()), self.subject);
        let mut lines = vec![title.trim_end().to_owned(), headline(status, self.workspace)];
        lines.push(String::new());
        lines.extend(self.rows(status, unsettled)?);
        for slowed in &status.slowed {
            lines.push(format!(
                "slowed down: {} to {:.1} a second",
                slowed.destination, slowed.per_second
            ));
        }
        if !status.excluded.is_empty() {
            lines.push(String::new());
            lines.push(format!("excluded before the plan: {}", excluded(status)));
        }
        for copy in status.copies.iter().flatten() {
            lines.extend(self.copy(copy));
        }
        if status.in_doubt > 0 {
            let count = usize::try_from(status.in_doubt).unwrap_or(usize::MAX);
            lines.push(String::new());
            lines.push(format!(
                "{} in doubt will not be sent again until you settle {}:",
                crate::cli::ui::counted(count, "copy", "copies"),
                if count == 1 { "it" } else { "them" }
            ));
            lines.push(format!("  letterpress resolve {} --assume sent|unsent", self.name));
        }
        Ok(lines)
    }

    fn rows(&self, status: &Status, unsettled: &Unsettled) -> Result<Vec<String>, Faults> {
        let row = |label: &str, count: u64, remark: &str, tint: Option<Tint>| {
            let number = format!("{:>7}", grouped(count));
            let number = match tint {
                Some(tint) if count > 0 => self.ui.count(&number, tint),
                _ => number,
            };
            format!("  {label:<11}{number}   {}", self.ui.dim(remark)).trim_end().to_owned()
        };
        let failures = self.ledger.failures(self.name)?;
        let failed: Vec<String> =
            failures.iter().map(|(class, n)| format!("{} {class}", grouped(*n))).collect();
        let red = status.ended.is_some().then_some(Tint::Red);
        let suppressed = match status.suppressed {
            0 => "",
            _ => "suppressed since the plan was made",
        };
        let mut rows = vec![
            row("planned", status.planned, "", None),
            row("accepted", status.accepted, &bar(status), None),
            row("failed", status.failed, &failed.join(", "), red),
            row("suppressed", status.suppressed, suppressed, None),
            row("in doubt", status.in_doubt, &causes(unsettled), Some(Tint::Yellow)),
        ];
        let waiting = self.waiting(unsettled);
        for (label, count, remark) in [
            ("deferred", status.deferred, waiting.as_str()),
            ("attempting", status.attempting, ""),
            ("pending", status.pending, ""),
        ] {
            if count > 0 {
                rows.push(row(label, count, remark, None));
            }
        }
        Ok(rows)
    }

    /// `51 gmail.com, next try 07:36`.
    fn waiting(&self, unsettled: &Unsettled) -> String {
        let time = |waiting: &Waiting| match waiting.next {
            Some(at) => format!("next try {}", self.time(at)),
            None => "with the next call".to_owned(),
        };
        let named = unsettled.deferred.iter().take(NAMED_MAX);
        let mut parts: Vec<String> =
            named.map(|it| format!("{} {}, {}", grouped(it.copies), it.domain, time(it))).collect();
        let others: u64 = unsettled.deferred.iter().skip(NAMED_MAX).map(|it| it.copies).sum();
        if others > 0 {
            parts.push(format!("{} elsewhere", grouped(others)));
        }
        parts.join("; ")
    }

    fn time(&self, at: Timestamp) -> String {
        let zone = self.workspace.config.newsletter.time_zone.clone();
        at.to_zoned(zone).strftime("%H:%M").to_string()
    }

    /// A copy: in a line of a list, or, where it was asked for alone, with all that is known.
    fn copy(&self, copy: &CopyStatus) -> Vec<String> {
        let reply = self.ui.dim(copy.reply.as_deref().unwrap_or_default());
        let line = format!("  {:<10} {:<40} {reply}", copy.outcome, copy.address);
        if self.args.address.is_none() {
            return vec![line.trim_end().to_owned()];
        }
        let zone = &self.workspace.config.newsletter.time_zone;
        let day =
            |at: Timestamp| at.to_zoned(zone.clone()).strftime("%B %-d, %H:%M:%S").to_string();
        let tries = crate::cli::ui::counted(copy.attempts as usize, "attempt", "attempts");
        let mut told = vec![tries];
        told.extend(copy.relay.as_ref().map(|relay| format!("by relay {relay}")));
        told.extend(copy.at.map(|at| format!("so since {}", day(at))));
        told.extend(copy.next_attempt.map(|at| format!("next try {}", day(at))));
        told.extend(copy.message_id.as_ref().map(|id| format!("Message-ID {id}")));
        vec![line.trim_end().to_owned(), format!("  {}", self.ui.dim(&told.join(", ")))]
    }
}

/// What happened to the copies in doubt.
fn causes(unsettled: &Unsettled) -> String {
    let causes = unsettled.in_doubt.iter().take(NAMED_MAX).filter(|(cause, _)| !cause.is_empty());
    let causes: Vec<String> = causes.map(|(cause, n)| format!("{} {cause}", grouped(*n))).collect();
    causes.join("; ")
}

fn headline(status: &Status, workspace: &Workspace<'_>) -> String {
    let time = |at: Option<Timestamp>, format: &str| {
        let zone = workspace.config.newsletter.time_zone.clone();
        at.map_or_else(String::new, |at| at.to_zoned(zone).strftime(format).to_string())
    };
    match status.state {
        IssueState::Sent => format!(
            "sent on {} from {} to {}",
            time(status.started, "%B %-d"),
            time(status.started, "%H:%M:%S"),
            time(status.ended, "%H:%M:%S")
        ),
        IssueState::Sending => format!("sending since {}", time(status.started, "%H:%M:%S")),
        IssueState::Stopped => {
            format!("stopped: {}", status.reason.clone().unwrap_or_else(|| "by hand".to_owned()))
        }
        IssueState::Interrupted => {
            format!("interrupted; `letterpress send {}` goes on", status.issue)
        }
        IssueState::Waiting => {
            format!("waiting to try copies again; `letterpress send {}` does", status.issue)
        }
        IssueState::Planned => "planned, nothing was sent yet".to_owned(),
        IssueState::Gathered => "gathered, not sent".to_owned(),
    }
}

fn bar(status: &Status) -> String {
    if status.planned == 0 {
        return String::new();
    }
    let full = usize::try_from(status.accepted * BAR as u64 / status.planned).unwrap_or(BAR);
    format!("{}{}", "━".repeat(full), "─".repeat(BAR - full.min(BAR)))
}

fn excluded(status: &Status) -> String {
    let mut counts = std::collections::BTreeMap::new();
    for excluded in &status.excluded {
        *counts.entry(excluded.reason.as_str()).or_insert(0_usize) += 1;
    }
    let parts: Vec<String> = counts.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    parts.join(", ")
}
