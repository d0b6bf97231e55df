//! The web page's routes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;

use super::list::{self, groups};
use super::page::{self, Selected, Tab, View, Width};
use super::store::{Entry, Listing, Store};
use super::{InboxOptions, read};
use crate::pages::{self, FormToken, Pictures, Showing};
use crate::words::to_hex;
use crate::world::{Clock, FileError, World};

/// The longest filter, in characters.
const FILTER_CHARS_MAX: usize = 200;
/// So many copies are offered for a comparison.
const OTHERS_MAX: usize = 200;
/// How many messages `messages.json` lists, unless asked.
const MESSAGES_LISTED: usize = 100;

/// What the routes share.
#[derive(Debug)]
struct Desk {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    time_zone: TimeZone,
    smtp: SocketAddr,
    form: FormToken,
    pictures: Pictures,
}

/// What a request may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
struct Ask {
    q: Option<String>,
    tab: Option<String>,
    width: Option<String>,
    with: Option<String>,
    limit: Option<String>,
}

/// What the form of the Clear button says.
#[derive(Debug, Deserialize)]
struct Clear {
    token: String,
}

/// Makes the routes.
///
/// # Errors
/// If the system has no randomness to give.
pub(super) fn router(
    options: &InboxOptions,
    smtp: SocketAddr,
    store: Arc<Store>,
    world: &World,
) -> io::Result<Router> {
    // No other site is to find out what pictures there are, so their path cannot be guessed.
    let mut secret = [0; 16];
    world.entropy.fill(&mut secret)?;
    let prefix = format!("/pictures-{}/", to_hex(&secret));
    let route = format!("{prefix}{{name}}");
    let desk = Desk {
        store,
        clock: Arc::clone(&world.clock),
        time_zone: options.time_zone.clone(),
        smtp,
        form: FormToken::draw(world.entropy.as_ref())?,
        pictures: Pictures::new(options.pictures.clone(), Arc::clone(&world.files), prefix),
    };
    Ok(Router::new()
        .route("/", get(front))
        .route("/m/{id}", get(message))
        .route("/m/{id}/copy.html", get(copy))
        .route("/m/{id}/enclosed/{content_id}", get(enclosed))
        .route("/m/{id}/message.eml", get(download))
        .route("/messages.json", get(messages))
        .route("/changes", get(async |State(desk): Shared| desk.store.live().events()))
        .route("/clear", post(clear))
        .route("/house.css", get(async || pages::css(include_str!("inbox.css"))))
        .route(&route, get(picture))
        .with_state(Arc::new(desk)))
}

type Shared = State<Arc<Desk>>;

async fn front(State(desk): Shared, Query(ask): Query<Ask>) -> Response {
    on_disk(move || {
        let listing = desk.store.list()?;
        let found = filter(&ask).to_lowercase();
        let first = listing.entries.iter().find(|entry| list::holds(entry, &found)).cloned();
        desk.show(&listing, first, &ask, true)
    })
    .await
}

async fn message(State(desk): Shared, Path(id): Path<String>, Query(ask): Query<Ask>) -> Response {
    on_disk(move || {
        let listing = desk.store.list()?;
        match find(&listing, &id) {
            Some(entry) => desk.show(&listing, Some(entry), &ask, false),
            None => Ok(gone()),
        }
    })
    .await
}

async fn copy(State(desk): Shared, Path(id): Path<String>) -> Response {
    on_disk(move || {
        let Some(entry) = find(&desk.store.list()?, &id) else { return Ok(gone()) };
        let html = read::message(&desk.store.read(&entry)?).html.unwrap_or_default();
        let pictures = desk.pictures.clone().enclosed_at(format!("/m/{id}/enclosed/"));
        let showing = Showing { pictures: Some(&pictures), ..Showing::default() };
        Ok(pages::framed(showing.apply(&html)))
    })
    .await
}

async fn enclosed(State(desk): Shared, Path((id, content_id)): Path<(String, String)>) -> Response {
    on_disk(move || {
        let Some(entry) = find(&desk.store.list()?, &id) else { return Ok(gone()) };
        match read::picture(&desk.store.read(&entry)?, &content_id) {
            Some((kind, bytes)) => Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response()),
            None => Ok(StatusCode::NOT_FOUND.into_response()),
        }
    })
    .await
}

async fn download(State(desk): Shared, Path(id): Path<String>) -> Response {
    on_disk(move || {
        let Some(entry) = find(&desk.store.list()?, &id) else { return Ok(gone()) };
        let headers = [
            (header::CONTENT_TYPE, "message/rfc822"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"message.eml\""),
        ];
        Ok((headers, desk.store.read(&entry)?).into_response())
    })
    .await
}

async fn messages(State(desk): Shared, Query(ask): Query<Ask>) -> Response {
    on_disk(move || {
        let listing = desk.store.list()?;
        let limit = ask.limit.as_deref().and_then(|limit| limit.parse().ok());
        let words = filter(&ask).to_lowercase();
        let messages: Vec<_> = listing
            .entries
            .iter()
            .filter(|entry| list::holds(entry, &words))
            .take(limit.unwrap_or(MESSAGES_LISTED))
            .map(|entry| json!({ "id": entry.id, "envelope": entry.envelope }))
            .collect();
        let document = json!({
            "schema": "letterpress.inbox/1",
            "total": listing.total,
            "latest": listing.entries.first().map(|entry| &entry.id),
            "messages": messages,
        });
        let kind = [(header::CONTENT_TYPE, "application/json")];
        Ok((kind, document.to_string()).into_response())
    })
    .await
}

async fn clear(State(desk): Shared, Form(form): Form<Clear>) -> Response {
    if !desk.form.is(&form.token) {
        let answer = "This form is not of this page; load it again.\n";
        return (StatusCode::FORBIDDEN, answer).into_response();
    }
    on_disk(move || {
        desk.store.clear()?;
        Ok(Redirect::to("/").into_response())
    })
    .await
}

async fn picture(State(desk): Shared, Path(name): Path<String>) -> Response {
    on_disk(move || Ok(desk.pictures.answer(&name))).await
}

impl Desk {
    fn show(
        &self,
        listing: &Listing,
        entry: Option<Arc<Entry>>,
        ask: &Ask,
        at_list: bool,
    ) -> Result<Response, FileError> {
        let filter = filter(ask);
        let groups = groups(&listing.entries, &filter);
        let selected = entry.map(|entry| self.select(entry, listing, ask)).transpose()?;
        let view = View {
            groups,
            total: listing.total,
            filter,
            selected,
            at_list,
            width: if ask.width.as_deref() == Some("phone") {
                Width::Phone
            } else {
                Width::Desktop
            },
            smtp: self.smtp,
            form: self.form.as_str(),
            now: self.clock.now(),
            time_zone: &self.time_zone,
        };
        Ok(page::set(&view).answer())
    }

    fn select(
        &self,
        entry: Arc<Entry>,
        listing: &Listing,
        ask: &Ask,
    ) -> Result<Selected, FileError> {
        let bytes = self.store.read(&entry)?;
        let shown = read::message(&bytes);
        let tab = match ask.tab.as_deref() {
            Some("text") => Tab::Text,
            Some("headers") => Tab::Headers,
            Some("source") => Tab::Source,
            Some("compare") => Tab::Compare,
            Some("html") => Tab::Html,
            _ if shown.html.is_none() => Tab::Text,
            _ => Tab::Html,
        };
        let source = if tab == Tab::Source { Some(read::source(&bytes)) } else { None };
        let others = if tab == Tab::Compare { others(&entry, listing) } else { Vec::new() };
        let chosen = |other: &&Arc<Entry>| Some(&other.id) == ask.with.as_ref();
        let other = match others.iter().find(chosen).or(others.first()) {
            Some(other) => Some((Arc::clone(other), read::message(&self.store.read(other)?))),
            None => None,
        };
        Ok(Selected { entry, shown, tab, source, others, other })
    }
}

/// The copies that one may be compared with: of the same issue for another reader, or of the other
/// mail; the nearest in time first.
fn others(entry: &Entry, listing: &Listing) -> Vec<Arc<Entry>> {
    let is_like =
        |other: &&Arc<Entry>| other.id != entry.id && other.envelope.issue == entry.envelope.issue;
    let mut others: Vec<_> = listing.entries.iter().filter(is_like).cloned().collect();
    let away = |other: &Arc<Entry>| {
        other.envelope.received.duration_since(entry.envelope.received).unsigned_abs()
    };
    others.sort_by_key(away);
    others.truncate(OTHERS_MAX);
    others
}

fn filter(ask: &Ask) -> String {
    ask.q.as_deref().unwrap_or_default().trim().chars().take(FILTER_CHARS_MAX).collect()
}

fn find(listing: &Listing, id: &str) -> Option<Arc<Entry>> {
    listing.entries.iter().find(|entry| entry.id == id).cloned()
}

fn gone() -> Response {
    pages::missing("This copy is not in the test inbox; it may have been cleared.")
}

/// Runs what reads the disk off the runtime's own threads.
async fn on_disk(work: impl FnOnce() -> Result<Response, FileError> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) if error.is_absent() => gone(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
