//! `build --archive`: the issues that were sent, as pages for the web.

use jiff::Timestamp;
use serde_json::json;

use crate::archive::{self, Newsletter, Sent};
use crate::cli::context::Context;
use crate::cli::deliver::open_ledger;
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, to_json};
use crate::ledger::{self, IssueState, Ledger};
use crate::message::Content;

/// Writes the archive under `folder`, and returns its index.
///
/// # Errors
/// If nothing was ever sent from here, the ledger cannot be read, or a file cannot be written.
pub(super) fn run(folder: &str, cx: &Context, ui: &Ui) -> Result<(Exit, String), Faults> {
    let workspace = Workspace::open(cx)?;
    let files = workspace.files();
    if !files.exists(ledger::FILE) {
        return Err(Diagnostic::error("nothing was sent from this workspace yet")
            .note("the archive is made of what the ledger has frozen")
            .hint("`letterpress build ISSUE` shows an issue that was not sent")
            .into());
    }
    let ledger = open_ledger(&workspace)?;
    let newsletter = &workspace.config.newsletter;
    ui.title(&format!("{}, the web archive", newsletter.title), "");
    let issues = sent(&workspace, &ledger, ui)?;
    let about = Newsletter {
        id: newsletter.id.clone(),
        title: newsletter.title.clone(),
        url: newsletter.url.clone(),
        language: newsletter.language.clone(),
    };
    let folder = folder.trim_end_matches('/');
    let written = archive::write(&about, &issues, folder, files)?;
    let told = counted(issues.len(), "issue", "issues");
    ui.stage("archive", &format!("{told}, an index, a feed"), None);
    ui.findings(&written.findings);
    let index = format!("{folder}/index.html");
    ui.tell(&format!("\n{index}"));
    ui.json(&json!({
        "schema": "letterpress.archive/1",
        "folder": folder,
        "issues": issues.iter().map(|issue| issue.name.as_str()).collect::<Vec<_>>(),
        "files": written.files,
        "findings": written.findings.iter().map(to_json).collect::<Vec<_>>(),
    }));
    Ok((Exit::Done, index))
}

/// The issues that went out, in the order of their plans. One that is under way, or was stopped, is
/// left out, and told.
fn sent(workspace: &Workspace<'_>, ledger: &Ledger, ui: &Ui) -> Result<Vec<Sent>, Faults> {
    let zone = &workspace.config.newsletter.time_zone;
    let at = |time: Timestamp| time.to_zoned(zone.clone());
    let mut issues = Vec::new();
    for stored in ledger.issues()? {
        // Where only deferred copies are left, the issue is out.
        if !matches!(stored.state, IssueState::Sent | IssueState::Waiting) {
            ui.note(&format!("{} is {}, and left out.", stored.name, stored.state.name()));
            continue;
        }
        let content = Content::thaw(&stored.content).map_err(|error| {
            Diagnostic::error(format!("the content of `{}` cannot be read", stored.name))
                .note(error.to_string())
        })?;
        issues.push(Sent {
            content,
            at: at(stored.started.unwrap_or(stored.created)),
            corrected: ledger.corrected(&stored.name)?.map(at),
            name: stored.name,
        });
    }
    Ok(issues)
}
