//! `correct`: the mended content for the copies that are still to be sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::corrected::Change;
use super::ledger::lock;
use crate::cli::args::CorrectArgs;
use crate::cli::context::Context;
use crate::cli::deliver::open_ledger;
use crate::cli::edition::{Edition, verdict};
use crate::cli::exit::Exit;
use crate::cli::publish;
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::Workspace;
use crate::delivery::Tally;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::ledger::{self, Ledger, StoredIssue};

/// How things stand when it ends before its last step.
const UNCHANGED: &str = "Nothing was changed.";

/// Runs the verb.
///
/// # Errors
/// If the issue is not stopped, a send is under way, or checks hold the content.
pub async fn run(args: &CorrectArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let lock = lock(&workspace)?;
    let ledger = open_ledger(&workspace)?;
    ledger.check_home()?;
    let stored = ledger.issue(&args.issue)?;
    ledger::may_correct(&args.issue, stored.state.name())?;
    let mut edition = prepare(args, &workspace, &ledger, ui)?;
    let content = edition.content(&workspace)?;
    let frozen = content.freeze().map_err(|error| Diagnostic::error(error.to_string()))?;
    let digest = ledger::digest(&frozen);
    let counts = ledger.counts(&args.issue)?;
    if digest == stored.digest {
        ui.tell("The files say what was frozen. Nothing was changed.");
        document(&stored, &digest, stored.revision, 0, &json!([]), &counts, ui);
        return Ok(Exit::Done);
    }
    let change = Change::between(&stored.content, &frozen, &edition.tried())
        .map_err(|error| Diagnostic::error(error.to_string()))?;
    change.show(&stored, &digest, &counts, ui);
    if !may_replace(args, ui)? {
        ui.line(UNCHANGED);
        return Ok(Exit::Done);
    }
    let published = publish::publish(&mut edition, &workspace, ui).await;
    published.map_err(|faults| faults.standing(UNCHANGED))?;
    if edition.has_errors() {
        edition.show_findings(ui);
        return Err(held(&edition));
    }
    let (revision, copies) = ledger.correct(&args.issue, &frozen, &lock, cx.world.clock.now())?;
    ui.tell(&format!(
        "Revision {revision} is for {}. `letterpress send {}` goes on with it.",
        counted(usize::try_from(copies).unwrap_or(usize::MAX), "copy", "copies"),
        args.issue
    ));
    document(&stored, &digest, revision, copies, &change.parts(), &counts, ui);
    Ok(Exit::Done)
}

/// Reads, compiles and checks, as `send` does.
fn prepare(
    args: &CorrectArgs,
    workspace: &Workspace<'_>,
    ledger: &Ledger,
    ui: &Ui,
) -> Result<Edition, Faults> {
    let file = workspace.issue_file(&args.issue, false)?;
    let library = workspace.library(ui);
    let suppressed: BTreeSet<String> = ledger
        .suppressions()?
        .into_iter()
        .map(|suppression| suppression.address.folded().to_owned())
        .collect();
    let edition = Edition::prepare(workspace, &args.issue, &file, &library, &suppressed, ui)?;
    edition.show_findings(ui);
    if edition.has_errors() {
        return Err(held(&edition));
    }
    Ok(edition)
}

fn held(edition: &Edition) -> Faults {
    let what = format!("{} holds {} back", verdict(&edition.findings), edition.issue.name);
    Faults::from(Diagnostic::error(what).kind(Kind::Held)).standing(UNCHANGED)
}

fn may_replace(args: &CorrectArgs, ui: &Ui) -> Result<bool, Faults> {
    if args.yes {
        return Ok(true);
    }
    if !ui.is_terminal() {
        return Err(Diagnostic::error("nobody is here to be asked")
            .kind(Kind::Usage)
            .hint("`--yes` replaces the content without asking")
            .into());
    }
    let answer = ui.ask("\nReplace the content of these copies? [y/N] ").unwrap_or_default();
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn document(
    stored: &StoredIssue,
    digest: &str,
    revision: u32,
    copies: u64,
    changed: &Value,
    counts: &Tally,
    ui: &Ui,
) {
    ui.json(&json!({
        "schema": "letterpress.correct/1", "issue": stored.name.as_str(), "revision": revision,
        "before": stored.digest, "content": digest, "changed": changed, "copies": copies,
        "accepted": counts.accepted,
    }));
}
