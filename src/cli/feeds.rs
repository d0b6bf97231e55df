//! Feeds on the web: fetched when something is gathered, and kept until they change.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use url::Url;

use super::workspace::Workspace;
use crate::article::{self, Library};
use crate::diag::Diagnostic;
use crate::world::{self, Fetched, Validators, WebError};

/// Where the last answers are kept.
const FEEDS: &str = ".letterpress/feeds";
/// What such a file is called.
const SCHEMA: &str = "letterpress.feed/1";

/// What is kept of an answer beside its content.
#[derive(Deserialize, Serialize)]
struct Kept {
    schema: String,
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    fetched: String,
}

/// Fetches the feeds of the configuration and `more`, and adds their entries to a library. What
/// cannot be fetched is told, and what was fetched the last time takes its place.
pub async fn fetch(workspace: &Workspace<'_>, more: &[Url], library: &mut Library) {
    let own = &workspace.config.gather.feeds;
    for (at, url) in own.iter().chain(more).enumerate() {
        if !own.iter().chain(more).take(at).any(|before| before == url) {
            add(workspace, url, library).await;
        }
    }
}

async fn add(workspace: &Workspace<'_>, url: &Url, library: &mut Library) {
    let place = Place::of(url);
    let kept = place.read(workspace);
    let validators = kept.as_ref().map(|(kept, _)| Validators {
        etag: kept.etag.clone(),
        last_modified: kept.last_modified.clone(),
    });
    let allowed = &workspace.config.gather.private_feeds;
    let bytes = match (world::fetch(url, &validators.unwrap_or_default(), allowed).await, kept) {
        (Ok(Fetched::Content { bytes, validators }), _) => {
            place.keep(workspace, url, &bytes, validators);
            bytes
        }
        (Ok(Fetched::Unchanged), Some((_, bytes))) => bytes,
        (Ok(Fetched::Unchanged), None) => {
            let odd = WebError::Failed("the server says that nothing has changed".to_owned());
            library.problems.push(unfetched(url, &odd));
            return;
        }
        (Err(error), Some((kept, bytes))) if error.is_passing() => {
            let what = format!("could not fetch `{url}`: what it said before was read");
            let note = format!("{error}; it was last fetched at {}", kept.fetched);
            library.warnings.push(Diagnostic::warning(what).note(note));
            bytes
        }
        (Err(error), _) => {
            library.problems.push(unfetched(url, &error));
            return;
        }
    };
    match article::entries(url, &bytes, &workspace.config.newsletter.time_zone) {
        Ok(entries) => {
            for entry in entries {
                // What was kept before, and may have been edited since, comes first.
                let name = entry.source.name();
                if library.get(name).is_none() && !workspace.files().exists(name) {
                    library.add(entry);
                }
            }
        }
        Err(problem) => library.problems.push(problem),
    }
}

fn unfetched(url: &Url, error: &WebError) -> Diagnostic {
    let problem = Diagnostic::error(format!("could not fetch `{url}`")).note(error.to_string());
    match error {
        WebError::Private { host } => problem.hint(format!(
            "if it may be read, name it in letterpress.toml: `[gather] private_feeds = [\"{host}\"]`"
        )),
        WebError::Scheme => problem.hint("a feed that is a file is named in `gather.articles`"),
        _ if error.is_passing() => problem.hint("try again later"),
        _ => problem.hint("is it the feed's address? A browser shows where it leads"),
    }
}

/// Where the answer of an address is kept.
struct Place {
    head: String,
    body: String,
}

impl Place {
    fn of(url: &Url) -> Self {
        let hash = digest(&SHA256, url.as_str().as_bytes());
        let name: String = hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { head: format!("{FEEDS}/{name}.json"), body: format!("{FEEDS}/{name}.body") }
    }

    fn read(&self, workspace: &Workspace<'_>) -> Option<(Kept, Vec<u8>)> {
        let head = workspace.files().read(&self.head).ok()?;
        let kept: Kept = serde_json::from_slice(&head).ok()?;
        Some((kept, workspace.files().read(&self.body).ok()?))
    }

    /// Keeps an answer. Where that fails, all of it is fetched the next time.
    fn keep(&self, workspace: &Workspace<'_>, url: &Url, bytes: &[u8], validators: Validators) {
        let kept = Kept {
            schema: SCHEMA.to_owned(),
            url: url.to_string(),
            etag: validators.etag,
            last_modified: validators.last_modified,
            fetched: workspace.now().strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        };
        let files = workspace.files();
        // Without its head, a body says nothing; so an old head must not stand over a new body.
        let _ = files.remove(&self.head);
        if files.write_unsynced(&self.body, bytes).is_ok()
            && let Ok(head) = serde_json::to_vec_pretty(&kept)
        {
            let _ = files.write_unsynced(&self.head, &head);
        }
    }
}
