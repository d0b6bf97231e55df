//! `[sent]` in the issues' files: written for every send, and looked at before one.

use super::ledger_word;
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults};
use crate::issue::{self, IssueFile, Mark};
use crate::ledger::{Ledger, StoredIssue};

/// Refuses to send where an issue was sent by another ledger, or had more copies accepted than this
/// one knows: it may know neither copies nor suppressions.
pub(super) fn check(workspace: &Workspace<'_>, ledger: &Ledger) -> Result<(), Faults> {
    let adopted = ledger.adopted()?;
    for name in workspace.issue_names() {
        // An issue that cannot be read is told when it is its turn.
        let Ok(file) = workspace.issue_file(&name, false) else { continue };
        let Some(sent) = &file.front.sent else { continue };
        if adopted.contains(&(name.to_string(), sent.ledger.clone(), sent.accepted)) {
            continue;
        }
        let known = ledger.counts(&name)?.accepted;
        let foreign = sent.ledger != ledger.identity();
        if !foreign && sent.accepted <= known {
            continue;
        }
        let fault = Diagnostic::error(format!("{name} was sent by a ledger that is not this one"));
        let fault = if foreign {
            fault.at(sent.span.clone(), format!("by ledger {}", ledger_word(&sent.ledger)))
        } else {
            fault.at(
                sent.span.clone(),
                format!("{} copies were accepted, this ledger knows {known}", sent.accepted),
            )
        };
        return Err(fault
            .note("this ledger may know neither what was sent nor who unsubscribed")
            .hint("put that ledger back; if it is lost for good: `letterpress ledger adopt`")
            .into());
    }
    Ok(())
}

/// An issue that bears `[sent]`, and that this ledger does not know.
pub(super) fn unknown(file: &IssueFile) -> Diagnostic {
    let fault = Diagnostic::error("this issue was sent, and this ledger does not know to whom");
    let fault = match &file.front.sent {
        Some(sent) => fault.at(sent.span.clone(), ""),
        None => fault,
    };
    fault.hint("take `[sent]` out of the file to send it again, to everybody")
}

/// Writes the mark of a send into the issue's file, as the file stands now.
///
/// # Errors
/// If the file cannot be read or written.
pub(super) fn write(
    workspace: &Workspace<'_>,
    ledger: &Ledger,
    stored: &StoredIssue,
    state: &'static str,
) -> Result<(), Faults> {
    let path = stored.name.path();
    let zone = &workspace.config.newsletter.time_zone;
    let file = issue::parse(workspace.files().read_text(&path)?, zone).map_err(|faults| {
        faults.standing("The plan is frozen, and nothing was sent. Mend the file, then go on.")
    })?;
    let counts = ledger.counts(&stored.name)?;
    let at = stored.created.to_zoned(zone.clone());
    let mark = Mark {
        state,
        at: at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        ledger: ledger.identity().to_owned(),
        counts: vec![
            ("planned", stored.planned),
            ("accepted", counts.accepted),
            ("failed", counts.failed),
            ("suppressed", counts.suppressed),
            ("in_doubt", counts.in_doubt),
        ],
        content: stored.digest.clone(),
    };
    workspace.files().write(&path, mark.written_into(&file).as_bytes())?;
    Ok(())
}
