//! `ledger …` and `resolve`: the ledger's health, and what only a person may decide.

use serde_json::json;

use crate::cli::args::{Assume, LedgerVerb, ResolveArgs};
use crate::cli::context::Context;
use crate::cli::deliver::{open_ledger, opening};
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::ledger::{self, Ledger, LedgerError};
use crate::world::{Lock, LockError};

/// Runs `ledger …`.
///
/// # Errors
/// If there is no ledger, or it cannot be written.
pub fn run(verb: &LedgerVerb, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    match verb {
        LedgerVerb::Check { in_doubt: false } => check(&workspace, ui),
        LedgerVerb::Check { in_doubt: true } => put_in_doubt(&workspace, ui),
        LedgerVerb::Backup { file } => back_up(file.as_deref(), &workspace, ui),
        LedgerVerb::Adopt => adopt(&workspace, ui),
    }
}

fn check(workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    if !has_ledger(workspace) {
        return Err(no_ledger().into());
    }
    let ledger = open_ledger(workspace)?;
    let health = ledger.check()?;
    ui.json(&json!({
        "schema": "letterpress.ledger/1",
        "ledger": ledger.identity(),
        "sound": health.is_sound(),
        "commits": health.commits,
        "copies": health.copies,
        "witness": health.doubt.map(|doubt| doubt.to_string()),
        "faults": health.faults,
    }));
    if health.is_sound() {
        let copies =
            counted(usize::try_from(health.copies).unwrap_or(usize::MAX), "copy", "copies");
        ui.line(&format!("The ledger is sound: {copies}, {} commits.", health.commits));
        return Ok(Exit::Done);
    }
    let mut faults = Faults::default();
    if let Some(doubt) = health.doubt {
        faults.push(LedgerError::Doubt(doubt));
    }
    for fault in health.faults {
        faults.push(Diagnostic::error(fault));
    }
    Err(faults.standing(
        "Nothing was changed. `letterpress ledger check --in-doubt` puts all unsettled copies in doubt.",
    ))
}

fn put_in_doubt(workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    if !has_ledger(workspace) {
        return Err(no_ledger().into());
    }
    let lock = lock(workspace)?;
    let ledger = Ledger::open_to_check(ledger::FILE, opening(workspace))?;
    let put = ledger.put_in_doubt(&lock, workspace.cx.world.clock.now())?;
    // What the issues' files say beyond it is covered: no copy of a known issue is pending any more.
    let known = ledger.list()?;
    let is_known = |name: &str| known.iter().any(|listed| listed.name.as_str() == name);
    let mut own = marks(workspace);
    own.retain(|(name, by, _)| by == ledger.identity() && is_known(name));
    ledger.adopt_marks(&own)?;
    ui.tell(&format!("{} put in doubt.", counted(put.copies, "copy", "copies")));
    if put.damaged > 0 {
        ui.tell(&format!(
            "{} of them had damaged rows; see `letterpress status ISSUE --copies`.",
            put.damaged
        ));
    }
    ui.tell("The ledger is used as it is from now on.");
    if put.copies > 0 {
        ui.tell("`letterpress resolve ISSUE --assume sent|unsent` settles what is in doubt.");
    }
    ui.json(&json!({
        "schema": "letterpress.ledger/1", "ledger": ledger.identity(),
        "in_doubt": put.copies, "damaged": put.damaged,
    }));
    Ok(Exit::Done)
}

fn back_up(file: Option<&str>, workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    if !has_ledger(workspace) {
        return Err(no_ledger().into());
    }
    let ledger = open_ledger(workspace)?;
    let file = match file {
        Some(file) => file.to_owned(),
        None => {
            let at = workspace.now();
            format!("{}/ledger-{}.db", ledger::BACKUPS, at.strftime("%Y-%m-%dT%H-%M-%S"))
        }
    };
    ledger.back_up(&file, workspace.files())?;
    ui.line(&file);
    ui.tell("It holds addresses and keys: keep it where nobody else reads it.");
    ui.json(&json!({
        "schema": "letterpress.ledger/1", "ledger": ledger.identity(), "backup": file,
    }));
    Ok(Exit::Done)
}

fn has_ledger(workspace: &Workspace<'_>) -> bool {
    workspace.files().exists(ledger::FILE) || workspace.files().exists(ledger::WITNESS)
}

fn no_ledger() -> Diagnostic {
    Diagnostic::error("there is no ledger: nothing has been sent from here")
}

fn adopt(workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    let _lock = lock(workspace)?;
    let ledger = open_ledger(workspace)?;
    ledger.adopt()?;
    ledger.adopt_marks(&marks(workspace))?;
    ui.tell("This ledger is now at home here.");
    ui.tell("What another ledger sent, or whom it suppressed, this one does not know.");
    ui.json(&json!({ "schema": "letterpress.ledger/1", "ledger": ledger.identity() }));
    Ok(Exit::Done)
}

/// The marks in the issues' files: issue, ledger, copies accepted.
fn marks(workspace: &Workspace<'_>) -> Vec<(String, String, u64)> {
    let names = workspace.issue_names().into_iter();
    names
        .filter_map(|name| {
            let sent = workspace.issue_file(&name, false).ok()?.front.sent?;
            Some((name.to_string(), sent.ledger, sent.accepted))
        })
        .collect()
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

/// Takes the lock of a send, so that there is none.
///
/// # Errors
/// If a send is under way.
pub(super) fn lock(workspace: &Workspace<'_>) -> Result<Lock, Faults> {
    workspace.files().lock(ledger::LOCK).map_err(|error| match error {
        LockError::Held => Diagnostic::error("a send is under way")
            .kind(Kind::TryLater("busy"))
            .hint("wait until it has ended")
            .into(),
        LockError::File(error) => error.into(),
    })
}
