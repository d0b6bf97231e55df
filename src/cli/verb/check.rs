//! `check`: looks an issue over for what would embarrass an editor.

use std::collections::BTreeSet;

use tokio::time::Instant;

use crate::cli::args::CheckArgs;
use crate::cli::context::Context;
use crate::cli::edition::{Edition, verdict};
use crate::cli::exit::Exit;
use crate::cli::online;
use crate::cli::publish;
use crate::cli::ui::{Mode, Ui, counted};
use crate::cli::workspace::Workspace;
use crate::diag::Faults;

/// Runs the verb.
///
/// # Errors
/// If the issue or a template has faults that nothing can be made of.
pub async fn run(args: &CheckArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let (name, file) = workspace.issue_or_latest(args.issue.as_ref())?;
    ui.title(&format!("{}, {name}", workspace.config.newsletter.title), "");
    let library = workspace.library(ui);
    let mut edition = Edition::prepare(&workspace, &name, &file, &library, &BTreeSet::new(), ui)?;
    if args.online {
        let started = Instant::now();
        let links = edition.links(&workspace);
        let count = counted(links.len(), "address", "addresses");
        let found = online::ask(links, &workspace).await?;
        edition.add(found, &workspace);
        publish::unpublished(&mut edition, &workspace).await?;
        ui.stage(
            "online",
            &format!("{count}, {}", verdict(&edition.findings)),
            Some(started.elapsed()),
        );
    }
    if ui.mode() == Mode::Json {
        ui.json(&edition.document(&workspace)?);
    }
    if ui.mode() == Mode::Words && !edition.findings.is_empty() {
        if !ui.is_quiet() {
            ui.note("");
        }
        ui.diagnostics(&edition.findings);
    }
    if edition.has_errors() {
        ui.note(&format!("{}. `send` and `run` hold the issue.", verdict(&edition.findings)));
        return Ok(Exit::Held);
    }
    Ok(Exit::Done)
}
