//! `subscribers list|suppress|unsuppress`.

use std::collections::BTreeSet;

use serde_json::json;

use crate::audience::FieldValue;
use crate::cli::args::SubscribersVerb;
use crate::cli::context::Context;
use crate::cli::deliver::open_ledger;
use crate::cli::exit::Exit;
use crate::cli::ui::{Mode, Ui, counted};
use crate::cli::workspace::Workspace;
use crate::diag::Faults;
use crate::ledger::{self, Suppression};
use crate::words::Address;

/// Runs the verb.
///
/// # Errors
/// If a list cannot be read, or the ledger cannot be written.
pub fn run(verb: &SubscribersVerb, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    match verb {
        SubscribersVerb::List => list(&workspace, ui),
        SubscribersVerb::Suppress { addresses, reason } => {
            suppress(addresses, reason, &workspace, ui)
        }
        SubscribersVerb::Unsuppress { addresses } => unsuppress(addresses, &workspace, ui),
    }
}

fn list(workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    let mut suppressed = BTreeSet::new();
    if workspace.files().exists(ledger::FILE) {
        let list = open_ledger(workspace)?.suppressions()?;
        suppressed.extend(list.iter().map(|s| s.address.folded().to_owned()));
    }
    let audience = workspace.audience(&suppressed)?;
    let files = workspace.files();
    ui.diagnostics(&audience.findings);
    // The document alone needs all readers at once.
    let mut rows = Vec::new();
    for reader in audience.readers(files) {
        let reader = reader?;
        let name = match reader.fields.get("name") {
            Some(FieldValue::Text(name)) => name.as_str(),
            _ => "",
        };
        ui.line(format!("{:<40} {name}", reader.address.to_string()).trim_end());
        if ui.mode() != Mode::Words {
            let address = reader.address.to_string();
            rows.push(json!({ "address": address, "fields": reader.fields }));
        }
    }
    let excluded = audience.excluded(files)?;
    for row in &excluded {
        let why = ui.dim(&format!("left out: {}", row.reason));
        ui.line(&format!("{:<40} {why}", row.address));
    }
    let readers = counted(audience.readers, "reader", "readers");
    ui.tell(&format!("\n{readers} of {}", counted(audience.rows, "row", "rows")));
    ui.json(&json!({
        "schema": "letterpress.subscribers/1",
        "rows": audience.rows,
        "readers": rows,
        "excluded": excluded,
    }));
    Ok(Exit::Done)
}

fn suppress(
    addresses: &[Address],
    reason: &str,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Result<Exit, Faults> {
    let ledger = open_ledger(workspace)?;
    for address in addresses {
        let new = ledger.suppress(&Suppression {
            address: address.clone(),
            scope: Some(workspace.config.newsletter.id.clone()),
            reason: reason.to_owned(),
            source: "command line".to_owned(),
            date: workspace.cx.world.clock.now(),
        })?;
        let word = if new { "gets no more copies" } else { "was suppressed before" };
        ui.tell(&format!("{address} {word}."));
    }
    changed(addresses, ui);
    Ok(Exit::Done)
}

fn unsuppress(addresses: &[Address], workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    let ledger = open_ledger(workspace)?;
    for address in addresses {
        let was = ledger.unsuppress(address)?;
        let word = if was { "gets copies again" } else { "was not suppressed" };
        ui.tell(&format!("{address} {word}."));
    }
    changed(addresses, ui);
    Ok(Exit::Done)
}

fn changed(addresses: &[Address], ui: &Ui) {
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    ui.json(&json!({ "schema": "letterpress.suppressions/1", "addresses": addresses }));
}
