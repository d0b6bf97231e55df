//! `send`: delivers an issue.

use crate::cli::args::SendArgs;
use crate::cli::context::Context;
use crate::cli::deliver::{Order, deliver};
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::diag::Faults;

/// Runs the verb.
///
/// # Errors
/// If the issue has faults, checks hold it, or the send cannot begin or go on.
pub async fn run(args: SendArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let file = workspace.issue_file(&args.issue, args.inbox)?;
    let library = workspace.library(ui);
    if args.inbox {
        let title = format!("{}, {}", workspace.config.newsletter.title, args.issue);
        ui.title(&title, "rehearsal");
    }
    let order = Order {
        name: args.issue,
        file,
        library,
        inbox: args.inbox,
        yes: args.yes,
        is_run: false,
        limit: args.limit,
        rate: args.rate,
        wait: args.wait,
        dry_run: args.dry_run,
        lock: None,
    };
    deliver(order, &workspace, ui).await
}
