//! `run`: gathers, builds, checks and sends; what cron calls.

use serde_json::json;
use tokio::time::Instant;

use super::gather;
use super::gathered::{self, Written};
use super::slot;
use crate::cli::args::RunArgs;
use crate::cli::context::Context;
use crate::cli::deliver::{self, Order, deliver};
use crate::cli::exit::Exit;
use crate::cli::feeds;
use crate::cli::staff;
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::{Workspace, rehearsal_path};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::issue::{self, IssueFile};
use crate::words::{IssueName, Source};

/// Runs the verb.
///
/// # Errors
/// As `gather` and `send`; [`Kind::Held`] if the stories are too few, or two issues claim a slot.
pub async fn run(args: RunArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let is_real = !args.inbox && !args.dry_run;
    let mut issue = None;
    let result = attempt(args, &workspace, &mut issue, ui).await;
    if is_real {
        staff::tell(&workspace, issue.as_ref(), &result, ui).await;
    }
    result
}

/// Does it; `issue` is the one that it turns out to be about.
async fn attempt(
    args: RunArgs,
    workspace: &Workspace<'_>,
    issue: &mut Option<IssueName>,
    ui: &Ui,
) -> Result<Exit, Faults> {
    // Before anything is decided: what another one does now, this one would do again.
    let lock = if args.dry_run { None } else { Some(deliver::lock(args.inbox, workspace)?) };
    let started = Instant::now();
    let plan = match args.week {
        Some(week) => slot::of_week(week, &args, workspace, ui)?,
        None => slot::due(&args, workspace, ui)?,
    };
    let Some(mut plan) = plan else { return Ok(Exit::Done) };
    *issue = Some(plan.name.clone());
    let remark = if args.inbox { "rehearsal" } else { "" };
    ui.title(&format!("{}, {}", workspace.config.newsletter.title, plan.name), remark);
    if plan.standing.is_none() {
        feeds::fetch(workspace, &[], &mut plan.library).await;
    }
    let gathered = plan.gather(workspace, true)?;
    let path = if args.inbox { rehearsal_path(&plan.name) } else { plan.name.path() };
    let file = match (&gathered.written, &plan.standing) {
        (Written::Made(text), _) => {
            let source = Source::new(plan.name.path(), text.as_str());
            issue::parse(source, &workspace.config.newsletter.time_zone)?
        }
        (_, Some(file)) => file.clone(),
        (_, None) => workspace.issue_file(&plan.name, args.inbox)?,
    };
    gathered::show_stage(&plan, &gathered, ui, started.elapsed());
    ui.findings(&plan.library.problems);
    ui.findings(&plan.library.warnings);
    if matches!(gathered.written, Written::Made(_)) {
        ui.findings(&gathered.warnings);
    }
    // Before it is written: what comes in until it is too late is then still gathered.
    // What is begun is sent as its plan was frozen, whatever the file says now.
    if file.front.sent.is_none() {
        enough_stories(&file, workspace, ui)?;
    }
    if !args.dry_run {
        gather::save(&plan, &gathered, workspace, &path)?;
    }
    let order = Order {
        name: plan.name,
        file,
        library: plan.library,
        inbox: args.inbox,
        yes: true,
        is_run: true,
        limit: None,
        rate: None,
        wait: false,
        dry_run: args.dry_run,
        lock,
    };
    deliver(order, workspace, ui).await
}

fn enough_stories(file: &IssueFile, workspace: &Workspace<'_>, ui: &Ui) -> Result<(), Faults> {
    let least = workspace.config.gather.min_stories;
    let stories = file
        .sections
        .iter()
        .filter(|section| !section.is_left_out())
        .flat_map(|section| &section.items)
        .filter(|item| item.is_ticked)
        .count();
    if stories >= least {
        return Ok(());
    }
    ui.event("held", json!({ "result": "too_few_stories" }));
    Err(Faults::from(
        Diagnostic::error(format!(
            "the issue has {}, and `min_stories` asks for {least}",
            counted(stories, "story", "stories")
        ))
        .kind(Kind::Held)
        .file(file.source.name())
        .hint("feature more articles, and `letterpress gather` adds them"),
    )
    .standing("Nothing was sent."))
}
