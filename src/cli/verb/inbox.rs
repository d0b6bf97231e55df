//! `inbox`: the test inbox, until Ctrl-C.

use serde_json::json;

use crate::cli::args::InboxArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::inboxes;
use crate::cli::ui::{Mode, Ui};
use crate::cli::workspace::Workspace;
use crate::diag::Faults;
use crate::inbox;

/// Runs the verb.
///
/// # Errors
/// If a port is taken.
pub async fn run(args: InboxArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    if args.clear {
        inbox::clear(&*cx.world.files)?;
        ui.tell("The test inbox is empty.");
        ui.json(&json!({ "schema": "letterpress.inbox/1", "cleared": true }));
        return Ok(Exit::Done);
    }
    let workspace = Workspace::open(cx)?;
    let inbox = inboxes::start(args.smtp, args.web, Some(&workspace), cx)?;
    ui.diagnostics(&inbox.warnings());
    let page = format!("http://{}/", inbox.web_address());
    ui.tell(&format!("The test inbox takes mail at {}.", inbox.smtp_address()));
    ui.tell(&ui.underlined(&page));
    ui.tell("\nIt stays until you press Ctrl-C.");
    if ui.mode() != Mode::Words {
        ui.json(&json!({
            "schema": "letterpress.inbox/1",
            "smtp": inbox.smtp_address().to_string(),
            "web": page,
        }));
    }
    crate::cli::signal::interrupted().await;
    inbox.stop().await;
    Ok(Exit::Done)
}
