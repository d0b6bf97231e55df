//! `stop`: no further copies, whoever is sending.

use serde_json::json;

use crate::cli::args::StopArgs;
use crate::cli::context::Context;
use crate::cli::deliver::open_ledger;
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, grouped};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults};
use crate::ledger::{self, LedgerError, Stop};

/// Runs the verb. It takes no lock: the send that it stops has it.
///
/// # Errors
/// If the ledger does not know the issue, or cannot be written.
pub fn run(args: &StopArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let files = workspace.files();
    if !files.exists(ledger::FILE) && !files.exists(ledger::WITNESS) {
        return Err(LedgerError::NoSuchIssue(args.issue.clone()).into());
    }
    let ledger = open_ledger(&workspace)?;
    let name = &args.issue;
    let stop = ledger.stop(name, cx.world.clock.now())?;
    if stop == Stop::TooLate {
        return Err(Diagnostic::error(format!("{name} was sent; there is nothing left to stop"))
            .hint(format!("`letterpress status {name}` says who got it"))
            .into());
    }
    let counts = ledger.counts(name)?;
    let word = if stop == Stop::Now { "is stopped" } else { "was stopped before" };
    ui.tell(&format!(
        "{name} {word}: {} copies are accepted, {} are left.",
        grouped(counts.accepted),
        grouped(counts.pending + counts.deferred)
    ));
    ui.tell(&format!(
        "`letterpress correct {name}` gives those the mended content, `letterpress send {name}` goes on."
    ));
    ui.json(&json!({
        "schema": "letterpress.stop/1", "issue": name.as_str(), "accepted": counts.accepted,
        "left": counts.pending + counts.deferred,
    }));
    Ok(Exit::Done)
}
