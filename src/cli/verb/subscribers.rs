//! `subscribers list|suppress|unsuppress`.

use serde_json::{Value, json};

use crate::audience::FieldValue;
use crate::cli::args::SubscribersVerb;
use crate::cli::context::Context;
use crate::cli::deliver::open_ledger;
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, counted};
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
    let mut audience = workspace.audience()?;
    if workspace.files().exists(ledger::FILE) {
        let suppressed = open_ledger(workspace)?.suppressions()?;
        let folded = suppressed.iter().map(|s| s.address.folded().to_owned()).collect();
        audience.exclude_suppressed(&folded);
    }
    ui.diagnostics(&audience.findings);
    for reader in &audience.readers {
        let name = match reader.fields.get("name") {
            Some(FieldValue::Text(name)) => name.as_str(),
            _ => "",
        };
        ui.line(format!("{:<40} {name}", reader.address.to_string()).trim_end());
    }
    for excluded in &audience.excluded {
        ui.line(&format!(
            "{:<40} {}",
            excluded.address,
            ui.dim(&format!("left out: {}", excluded.reason))
        ));
    }
    let readers = counted(audience.readers.len(), "reader", "readers");
    ui.tell(&format!("\n{readers} of {}", counted(audience.rows, "row", "rows")));
    let rows: Vec<Value> = audience
        .readers
        .iter()
        .map(|reader| json!({ "address": reader.address.to_string(), "fields": reader.fields }))
        .collect();
    ui.json(&json!({
        "schema": "letterpress.subscribers/1",
        "rows": audience.rows,
        "readers": rows,
        "excluded": audience.excluded,
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
