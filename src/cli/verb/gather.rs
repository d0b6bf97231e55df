//! `gather`: chooses the period's featured stories into an issue.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::arrange;
use super::choosing::GatherPlan;
use super::explain;
use super::gathered::{Gathered, Written, document, show_stage};
use crate::article;
use crate::cli::args::GatherArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::feeds;
use crate::cli::ui::{Mode, Ui};
use crate::cli::workspace::Workspace;
use crate::diag::Faults;
use crate::issue::{Added, Trait};

/// Runs the verb.
///
/// # Errors
/// If the period is not said, a picked file cannot be read, or no story is featured. Any other file
/// that cannot be read is told, and the rest is gathered.
pub async fn run(args: &GatherArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    if let Some(path) = &args.explain {
        return explain::run(path, &workspace, ui);
    }
    let mut started = Instant::now();
    let mut plan = GatherPlan::resolve(args, &workspace, ui)?;
    feeds::fetch(&workspace, &args.feed, &mut plan.library).await;
    plan.pick(&args.pick, &workspace)?;
    let mut selection = plan.select(&workspace)?;
    if args.interactive {
        let before = started.elapsed();
        selection = match arrange::choose(&plan, selection, &workspace, ui)? {
            Some(selection) => selection,
            None => {
                ui.note("Nothing was written.");
                return Ok(Exit::Done);
            }
        };
        // A person's time is not the program's.
        started = Instant::now() - before;
    }
    let gathered = plan.written(selection, &workspace, false)?;
    ui.diagnostics(&plan.library.problems);
    ui.diagnostics(&plan.library.warnings);
    save(&plan, &gathered, &workspace, &plan.name.path())?;
    ui.diagnostics(&gathered.warnings);
    show_stage(&plan, &gathered, ui, started.elapsed());
    if ui.mode() == Mode::Json {
        ui.json(&document(&plan, &gathered));
    }
    Ok(Exit::Done)
}

/// Writes the issue and remembers what was offered; `path` is the issue's own, or a rehearsal's.
///
/// # Errors
/// If a file could not be written.
pub fn save(
    plan: &GatherPlan,
    gathered: &Gathered<'_>,
    workspace: &Workspace<'_>,
    path: &str,
) -> Result<(), Faults> {
    if let Written::Made(text) | Written::Extended(text) = &gathered.written {
        // A rehearsal leaves nothing among the articles.
        if path == plan.name.path() {
            keep(plan, gathered, workspace)?;
        }
        workspace.files().write(path, text.as_bytes())?;
    }
    let before = workspace.offered(&plan.name).unwrap_or_default();
    let mut offered = before.clone();
    let is_written = !matches!(gathered.written, Written::Stands);
    let added = gathered.added.iter().map(|added| added.path.as_str());
    let refreshed = gathered.refreshed.iter().map(|refreshed| refreshed.path.as_str());
    let added = added.chain(refreshed).filter(|_| is_written);
    let set_aside = gathered.selection.set_aside.iter().map(|c| c.article.name.as_str());
    let added: BTreeSet<&str> = added.chain(set_aside).collect();
    let records = plan.library.records.iter();
    for record in records.filter(|record| added.contains(record.name.as_str())) {
        offered.insert(record.name.clone(), Trait::of(record));
    }
    // What changed was told, and is known from now on.
    for record in plan.changed(&before) {
        offered.insert(record.name.clone(), Trait::of(record));
    }
    if offered == before && matches!(gathered.written, Written::Stands) {
        return Ok(());
    }
    workspace.remember(&plan.name, &offered)
}

/// Keeps the entries of feeds on the web that the issue now has.
fn keep(
    plan: &GatherPlan,
    gathered: &Gathered<'_>,
    workspace: &Workspace<'_>,
) -> Result<(), Faults> {
    for Added { path, .. } in &gathered.added {
        if let Some(article) = plan.library.whole.get(path)
            && !workspace.files().exists(path)
        {
            workspace.files().write(path, article::kept_text(article).as_bytes())?;
        }
    }
    Ok(())
}
