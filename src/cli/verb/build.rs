//! `build`: renders an issue into files, or all that were sent into a web archive.

use std::collections::BTreeSet;

use serde_json::json;

use super::archive;
use crate::cli::args::BuildArgs;
use crate::cli::context::Context;
use crate::cli::edition::{Edition, INERT_TOKEN};
use crate::cli::exit::Exit;
use crate::cli::gallery;
use crate::cli::ui::{Mode, Ui};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults};
use crate::message;
use crate::render::{self, Urls};
use crate::words::CopyId;
use crate::world;

/// Runs the verb.
///
/// # Errors
/// If the issue or a template has faults, or a file could not be written.
pub async fn run(args: &BuildArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let (exit, page) = match &args.archive {
        Some(folder) => archive::run(folder, cx, ui)?,
        None => build(args, cx, ui)?,
    };
    if args.open {
        open(&page, cx, ui).await;
    }
    Ok(exit)
}

/// Opens a page that was built. Where no browser can be had, the page is there all the same.
async fn open(page: &str, cx: &Context, ui: &Ui) {
    let place = cx.world.files.resolve(page);
    let named = cx.environment.get("BROWSER").map(String::as_str);
    if let Err(tried) = world::open_in_browser(named, &place).await {
        let tried: Vec<String> = tried.iter().map(|command| format!("`{command}`")).collect();
        ui.diagnostics(&[Diagnostic::warning("no browser could be opened")
            .note(format!("tried {}", tried.join(", ")))
            .hint(format!("the page is `{}`; `BROWSER` names a browser", place.display()))]);
    }
}

fn build(args: &BuildArgs, cx: &Context, ui: &Ui) -> Result<(Exit, String), Faults> {
    let workspace = Workspace::open(cx)?;
    let (name, file) = workspace.issue_or_latest(args.issue.as_ref())?;
    ui.title(&format!("{}, {name}", workspace.config.newsletter.title), "");
    let library = workspace.library(ui);
    let edition = Edition::prepare(&workspace, &name, &file, &library, &BTreeSet::new(), ui)?;
    ui.findings(&edition.findings);
    let Some(reader) = edition.reader(args.reader.as_ref(), &workspace)? else {
        return Err(Edition::no_reader(args.reader.as_ref()).into());
    };
    let content = edition.content(&workspace)?;
    let unsubscribe = content.unsubscribe_url(INERT_TOKEN);
    let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
    let merged = render::merge(&edition.compiled, &reader.fields, &urls);
    let recipient = message::Recipient {
        id: CopyId([0; 16]),
        address: &reader.address,
        fields: &reader.fields,
        token: INERT_TOKEN,
    };
    let message = message::compose(&content, &recipient, cx.world.clock.now())?;
    let folder = format!(".letterpress/build/{name}");
    let files = workspace.files();
    let pictures = edition.compiled.pictures();
    gallery::put_beside(&name, pictures, files)?;
    let page = pictures.iter().fold(merged.html, |html, picture| match &picture.file {
        Some(file) => picture.shown_at(&html, &format!("pictures/{file}")),
        None => html,
    });
    files.write_unsynced(&format!("{folder}/index.html"), page.as_bytes())?;
    files.write_unsynced(&format!("{folder}/index.txt"), merged.text.as_bytes())?;
    files.write_unsynced(&format!("{folder}/message.eml"), &message.bytes)?;
    let mut written = vec!["index.html", "index.txt", "message.eml"];
    if args.mjml {
        let mjml = edition.mjml(&reader, &workspace)?;
        files.write_unsynced(&format!("{folder}/newsletter.mjml"), mjml.as_bytes())?;
        written.push("newsletter.mjml");
    }
    ui.tell("");
    for file in written {
        ui.tell(&format!("{folder}/{file}"));
    }
    if ui.mode() == Mode::Json {
        let mut document = edition.document(&workspace)?;
        document["schema"] = "letterpress.build/1".into();
        document["folder"] = json!(folder);
        document["reader"] = json!(reader.address.to_string());
        ui.json(&document);
    }
    Ok((Exit::Done, format!("{folder}/index.html")))
}
