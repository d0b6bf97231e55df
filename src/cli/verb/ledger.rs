//! `ledger adopt` and `resolve`: what only a person may decide.

use serde_json::json;

use crate::cli::args::{Assume, LedgerVerb, ResolveArgs};
use crate::cli::context::Context;
use crate::cli::deliver::{open_ledger, opening};
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::ledger::{self, Ledger};
use crate::world::{Lock, LockError};

/// Runs `ledger …`.
///
/// # Errors
/// If there is no ledger, or it cannot be written.
pub fn run(verb: &LedgerVerb, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let LedgerVerb::Adopt = verb;
    let workspace = Workspace::open(cx)?;
    let _lock = lock(&workspace)?;
    let ledger = open_ledger(&workspace)?;
    let marks: Vec<(String, String, u64)> = workspace
        .issue_names()
        .into_iter()
        .filter_map(|name| {
            let file = workspace.issue_file(&name, false).ok()?;
            let sent = file.front.sent?;
            Some((name.to_string(), sent.ledger, sent.accepted))
        })
        .collect();
    ledger.adopt()?;
    ledger.adopt_marks(&marks)?;
    ui.tell("This ledger is now at home here.");
    ui.tell("What another ledger sent, or whom it suppressed, this one does not know.");
    ui.json(&json!({ "schema": "letterpress.ledger/1", "ledger": ledger.identity() }));
    Ok(Exit::Done)
}

/// Runs `resolve`.
///
/// # Errors
/// If the ledger does not know the issue, or a send is under way.
pub fn resolve(args: &ResolveArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let lock = lock(&workspace)?;
    let ledger = Ledger::open(ledger::FILE, opening(&workspace))?;
    let now = cx.world.clock.now();
    ledger.recover(&args.issue, &lock, now)?;
    let assume = match args.assume {
        Assume::Sent => ledger::Assume::Sent,
        Assume::Unsent => ledger::Assume::Unsent,
    };
    let settled = ledger.resolve(&args.issue, assume, &args.addresses, now)?;
    let copies = counted(settled, "copy", "copies");
    match (settled, args.assume) {
        (0, _) => ui.tell("No copy was in doubt."),
        (_, Assume::Sent) => ui.tell(&format!("{copies} taken for sent.")),
        (_, Assume::Unsent) => ui.tell(&format!(
            "{copies} pending again. `letterpress send {}` sends them.",
            args.issue
        )),
    }
    ui.json(&json!({
        "schema": "letterpress.resolve/1", "issue": args.issue.as_str(), "settled": settled,
    }));
    Ok(Exit::Done)
}

fn lock(workspace: &Workspace<'_>) -> Result<Lock, Faults> {
    workspace.files().lock(ledger::LOCK).map_err(|error| match error {
        LockError::Held => Diagnostic::error("a send is under way")
            .kind(Kind::TryLater("busy"))
            .hint("wait until it has ended")
            .into(),
        LockError::File(error) => error.into(),
    })
}
