//! `preview`: an issue in the browser, rendered anew at each request, until Ctrl-C.

use std::collections::BTreeSet;

use serde_json::json;

use crate::audience::{FieldValue, Reader};
use crate::cli::args::PreviewArgs;
use crate::cli::context::Context;
use crate::cli::edition::{Edition, INERT_TOKEN};
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::diag::Faults;
use crate::message::Content;
use crate::preview::{self, PreviewOptions, PreviewState, ReaderChoice, Render};
use crate::render::{self, Urls};
use crate::words::{Address, IssueName};

/// So many readers can be chosen.
const READERS_MAX: usize = 50;

/// Runs the verb.
///
/// # Errors
/// If there is no such issue, or the page cannot be served. Faults of the issue are shown on the
/// page.
pub async fn run(args: PreviewArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let name = match args.issue {
        Some(name) => name,
        None => workspace.issue_or_latest(None)?.0,
    };
    let options =
        PreviewOptions { web: args.web, pictures: Some(workspace.config.newsletter.url.clone()) };
    let (context, quiet, issue) = (cx.clone(), ui.silent(), name.clone());
    let render = Render::new(move |reader| {
        state(&context, &issue, reader, &quiet).unwrap_or_else(|faults| PreviewState {
            issue: issue.to_string(),
            error: Some(faults),
            ..PreviewState::default()
        })
    });
    let preview = preview::serve(&options, render, &cx.world)?;
    ui.tell(&format!("{name}, rendered anew at each reload:"));
    ui.line(&ui.underlined(&preview.url()));
    ui.tell("\nIt stays until you press Ctrl-C.");
    ui.json(&json!({
        "schema": "letterpress.preview/1", "issue": name.as_str(), "web": preview.url(),
    }));
    crate::cli::signal::interrupted().await;
    preview.stop().await;
    Ok(Exit::Done)
}

/// The issue as its files stand now.
fn state(
    cx: &Context,
    name: &IssueName,
    reader: Option<&str>,
    ui: &Ui,
) -> Result<PreviewState, Faults> {
    let workspace = Workspace::open(cx)?;
    let file = workspace.issue_file(name, false)?;
    let library = workspace.library(ui);
    let edition = Edition::prepare(&workspace, name, &file, &library, &BTreeSet::new(), ui)?;
    let address = reader.and_then(|text| Address::parse(text).ok());
    let wanted = match &address {
        Some(address) => edition.reader(Some(address), &workspace)?,
        None => None,
    };
    let Some(chosen) = wanted.or(edition.reader(None, &workspace)?) else {
        return Err(Edition::no_reader(None).into());
    };
    let content = Content::new(edition.compiled.clone(), &workspace.config, name);
    let unsubscribe = content.unsubscribe_url(INERT_TOKEN);
    let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
    let merged = render::merge(&edition.compiled, &chosen.fields, &urls);
    // The chosen reader stands first, as the page takes the first for the one that is shown.
    let mut readers = vec![choice(&chosen)];
    for reader in edition.audience.readers(workspace.files()).take(READERS_MAX) {
        let reader = reader?;
        if reader.address != chosen.address && readers.len() < READERS_MAX {
            readers.push(choice(&reader));
        }
    }
    Ok(PreviewState {
        issue: name.to_string(),
        subject: merged.subject,
        from: workspace.config.sender.from.to_string(),
        html: merged.html,
        text: merged.text,
        readers,
        findings: edition.findings,
        error: None,
    })
}

fn choice(reader: &Reader) -> ReaderChoice {
    let address = reader.address.to_string();
    let label = match reader.fields.get("name") {
        Some(FieldValue::Text(name)) if !name.is_empty() => name.clone(),
        _ => address.clone(),
    };
    ReaderChoice { label, address }
}
