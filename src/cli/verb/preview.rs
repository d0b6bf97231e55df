//! `preview`: an issue in the browser, shown anew when a file is saved, until Ctrl-C.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout};

use crate::cli::args::PreviewArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::showing::Showcase;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults};
use crate::pages::Live;
use crate::preview::{self, PreviewOptions};
use crate::world::Watch;

/// A file that is being written is left alone until nothing was told of it for so long.
const QUIET: Duration = Duration::from_millis(8);
/// Where something is written without end, it is looked at all the same after so long.
const QUIET_MAX: Duration = Duration::from_millis(80);

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
    if !workspace.files().exists(&name.path()) {
        // Says which names there are. A file that goes later is a fault that the page shows.
        workspace.issue_file(&name, false)?;
    }
    let options =
        PreviewOptions { web: args.web, pictures: workspace.config.pictures.base().cloned() };
    let showcase = Arc::new(Showcase::new(cx, &name, ui));
    let (sender, changes) = tokio::sync::mpsc::unbounded_channel();
    let watch = Watch::begin(sender).map_err(|error| {
        Diagnostic::error("the workspace cannot be watched for changes").note(error.to_string())
    })?;
    let preview = preview::serve(&options, Arc::clone(&showcase) as _, &cx.world)?;
    let following = follow(watch, changes, Arc::clone(&showcase), preview.live(), cx.clone());
    let following = tokio::spawn(following);
    ui.tell(&format!("{name}, shown anew whenever a file is saved:"));
    ui.line(&ui.underlined(&preview.url()));
    ui.tell("\nIt stays until you press Ctrl-C.");
    ui.json(&json!({
        "schema": "letterpress.preview/1", "issue": name.as_str(), "web": preview.url(),
    }));
    crate::cli::signal::interrupted().await;
    following.abort();
    preview.stop().await;
    Ok(Exit::Done)
}

/// Renders after each change, and tells the open pages.
async fn follow(
    mut watch: Watch,
    mut changes: UnboundedReceiver<Instant>,
    showcase: Arc<Showcase>,
    live: Live,
    cx: Context,
) {
    watch.over(places(&cx, Vec::new()));
    // Where its pictures lie is known once it is rendered.
    watch.over(places(&cx, folders(&showcase).await));
    loop {
        let Some(first) = changes.recv().await else { return };
        while first.elapsed() < QUIET_MAX {
            if timeout(QUIET, changes.recv()).await.is_err() {
                break;
            }
        }
        // What is noticed from here on is rendered in the next turn.
        while changes.try_recv().is_ok() {}
        let shown = Arc::clone(&showcase);
        // A panic is told where it happens; the page shows how things stood before.
        let _ = tokio::task::spawn_blocking(move || shown.refresh()).await;
        live.tell(first, time(&cx));
        watch.over(places(&cx, folders(&showcase).await));
    }
}

async fn folders(showcase: &Arc<Showcase>) -> Vec<String> {
    let showcase = Arc::clone(showcase);
    tokio::task::spawn_blocking(move || showcase.picture_folders()).await.unwrap_or_default()
}

fn time(cx: &Context) -> String {
    let zone = cx.config().map_or(jiff::tz::TimeZone::UTC, |config| config.newsletter.time_zone);
    cx.world.clock.now().to_zoned(zone).strftime("%H:%M:%S").to_string()
}

/// Where the files lie that an issue hangs on, and whether what lies below counts too; `pictures` are
/// the folders of its pictures.
fn places(cx: &Context, pictures: Vec<String>) -> Vec<(PathBuf, bool)> {
    let files = &cx.world.files;
    // Where the configuration is broken, it alone can be mended to go on.
    let articles = cx.config().map_or(vec![], |config| config.gather.articles);
    let deep = ["issues", "templates", "subscribers"].into_iter().map(str::to_owned);
    let deep = deep.chain(articles.into_iter().map(|place| place.value));
    let mut places = vec![(files.resolve("."), false)];
    if let Some(folder) = files.resolve(&cx.config_path).parent() {
        places.push((folder.to_owned(), false));
    }
    places.extend(pictures.iter().map(|folder| (files.resolve(folder), false)));
    places.extend(deep.map(|place| (files.resolve(&place), true)));
    places.sort();
    places.dedup();
    places
}
