//! `status`: where a send stands, who got it, who did not, why.

use jiff::Timestamp;

use crate::cli::args::StatusArgs;
use crate::cli::context::Context;
use crate::cli::deliver::{LockHolder, open_ledger};
use crate::cli::exit::Exit;
use crate::cli::ui::{Tint, Ui, grouped};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::ledger::{self, CopyStatus, Holder, IssueState, Ledger, Status};
use crate::words::IssueName;
use crate::world::LockError;

/// The bar's width, in columns.
const BAR: usize = 40;

/// Runs the verb.
///
/// # Errors
/// If the ledger cannot be read, or knows no such issue.
pub fn run(args: &StatusArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let files = workspace.files();
    if !files.exists(ledger::FILE) && !files.exists(ledger::WITNESS) {
        return without_ledger(args, &workspace, ui);
    }
    let ledger = open_ledger(&workspace)?;
    let name = match &args.issue {
        Some(name) => name.clone(),
        None => match ledger.issues()?.pop() {
            Some(stored) => stored.name,
            None => return without_ledger(args, &workspace, ui),
        },
    };
    let holder = match workspace.files().lock(ledger::LOCK) {
        Err(LockError::Held) => Holder::Somebody,
        _ => Holder::Nobody,
    };
    let known = ledger.issues()?.iter().any(|stored| stored.name == name);
    if !known {
        return gathered(&name, &workspace, ui);
    }
    let mut status = ledger.status(&name, holder)?;
    if args.copies || args.address.is_some() {
        status.copies = Some(copies(args, &name, &ledger)?);
    }
    if let Some(doubt) = ledger.doubt() {
        ui.note(&format!(
            "{doubt}: what follows may be out of date.\n`letterpress ledger check` says more."
        ));
    }
    show(&status, &name, &ledger, &workspace, ui)?;
    if holder == Holder::Somebody
        && let Some(who) = LockHolder::read(ledger::LOCK, &workspace)
    {
        let zone = &workspace.config.newsletter.time_zone;
        ui.line(&format!("\na send is under way: {}", who.told(zone)));
    }
    Ok(Exit::Done)
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
    let all = ledger.copies(name)?;
    let Some(address) = &args.address else { return Ok(all) };
    let own: Vec<CopyStatus> =
        all.into_iter().filter(|copy| copy.address.to_lowercase() == address.folded()).collect();
    if own.is_empty() {
        return Err(Diagnostic::error(format!("no copy of {name} is for `{address}`"))
            .kind(Kind::Usage)
            .into());
    }
    Ok(own)
}

fn show(
    status: &Status,
    name: &IssueName,
    ledger: &Ledger,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Result<(), Faults> {
    let value = serde_json::to_value(status).map_err(|e| Diagnostic::error(e.to_string()))?;
    ui.json(&value);
    let subject = workspace
        .issue_file(name, false)
        .ok()
        .and_then(|file| file.front.subject)
        .map_or_else(String::new, |subject| format!("  {}", subject.text));
    ui.line(&format!("{}{subject}", ui.bold(name.as_str())));
    ui.line(&headline(status, workspace));
    ui.line("");
    let row = |label: &str, count: u64, remark: &str, tint: Option<Tint>| {
        let number = format!("{:>7}", grouped(count));
        let number = match tint {
            Some(tint) if count > 0 => ui.count(&number, tint),
            _ => number,
        };
        ui.line(format!("  {label:<11}{number}   {}", ui.dim(remark)).trim_end());
    };
    let ended = status.ended.is_some();
    let failures = ledger.failures(name)?;
    let failed: Vec<String> = failures.iter().map(|(class, n)| format!("{n} {class}")).collect();
    row("planned", status.planned, "", None);
    row("accepted", status.accepted, &bar(status), None);
    row("failed", status.failed, &failed.join(", "), ended.then_some(Tint::Red));
    row("suppressed", status.suppressed, "", None);
    row("in doubt", status.in_doubt, "", Some(Tint::Yellow));
    for (label, count) in [
        ("deferred", status.deferred),
        ("attempting", status.attempting),
        ("pending", status.pending),
    ] {
        if count > 0 {
            row(label, count, "", None);
        }
    }
    for slowed in &status.slowed {
        ui.line(&format!(
            "slowed down: {} to {:.1} a second",
            slowed.destination, slowed.per_second
        ));
    }
    if !status.excluded.is_empty() {
        ui.line(&format!("\nexcluded before the plan: {}", excluded(status)));
    }
    for copy in status.copies.iter().flatten() {
        let reply = copy.reply.clone().unwrap_or_default();
        ui.line(
            format!("  {:<10} {:<40} {}", copy.outcome, copy.address, ui.dim(&reply)).trim_end(),
        );
    }
    if status.in_doubt > 0 {
        ui.line(&format!(
            "\n{} in doubt will not be sent again until you settle them:\n  letterpress resolve {name} --assume sent|unsent",
            crate::cli::ui::counted(usize::try_from(status.in_doubt).unwrap_or(usize::MAX), "copy", "copies")
        ));
    }
    Ok(())
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
