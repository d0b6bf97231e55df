//! The preview's routes, all below its random path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;

use super::look::{Ask, Look, Part};
use super::page::{self, View};
use super::{Copies, PreviewState};
use crate::diag::draw;
use crate::pages::{self, Live, Pictures, Showing};

/// The longest name that is looked for, in characters.
const WORDS_CHARS_MAX: usize = 200;

#[derive(Debug)]
struct Desk {
    root: String,
    copies: Arc<dyn Copies>,
    pictures: Pictures,
    live: Live,
}

/// What is asked of the lists.
#[derive(Clone, Debug, Default, Deserialize)]
struct Find {
    find: Option<String>,
}

type Shared = State<Arc<Desk>>;

/// Makes the routes below `root`.
pub(super) fn router(
    root: &str,
    copies: Arc<dyn Copies>,
    pictures: Pictures,
    live: Live,
) -> Router {
    let desk = Desk { root: root.to_owned(), copies, pictures, live };
    Router::new()
        .route(root, get(front))
        .route(&format!("{root}copy.html"), get(copy))
        .route(&format!("{root}readers"), get(readers))
        .route(&format!("{root}changes"), get(changes))
        .route(&format!("{root}pictures/{{name}}"), get(picture))
        .route(&format!("{root}house.css"), get(async || pages::css(include_str!("preview.css"))))
        .with_state(Arc::new(desk))
}

async fn front(State(desk): Shared, Query(ask): Query<Ask>) -> Response {
    aside(move || {
        let look = Look::from(ask);
        // Taken first: a change in between is then told once too often, and not missed.
        let number = desk.live.number();
        let state = desk.state(&look);
        let message = (look.part == Part::Message).then(|| {
            let bytes = desk.copies.message(look.reader.as_deref())?;
            Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
        });
        let view = View { root: &desk.root, look: &look, state: &state, message, number };
        page::set(&view).answer()
    })
    .await
}

async fn copy(State(desk): Shared, Query(ask): Query<Ask>) -> Response {
    aside(move || {
        let look = Look::from(ask);
        let showing = Showing {
            pictures: Some(&desk.pictures),
            without_pictures: !look.pictures,
            scheme: Some(look.scheme),
            with_offsets: true,
        };
        pages::framed_to_measure(showing.apply(&desk.state(&look).html))
    })
    .await
}

async fn readers(
    State(desk): Shared,
    Query(ask): Query<Ask>,
    Query(find): Query<Find>,
) -> Response {
    aside(move || {
        let look = Look::from(ask);
        let words: String =
            find.find.unwrap_or_default().trim().chars().take(WORDS_CHARS_MAX).collect();
        let found = match words.is_empty() {
            true => Ok(desk.state(&look).readers),
            false => desk.copies.find(&words),
        };
        match found {
            Ok(readers) => pages::html(page::choices(&look, &readers)),
            Err(faults) => {
                let told: Vec<String> =
                    faults.list.iter().map(|fault| draw(fault, false)).collect();
                (StatusCode::INTERNAL_SERVER_ERROR, told.join("\n")).into_response()
            }
        }
    })
    .await
}

async fn changes(State(desk): Shared) -> Response {
    desk.live.events()
}

async fn picture(State(desk): Shared, Path(name): Path<String>) -> Response {
    aside(move || desk.pictures.answer(&name)).await
}

impl Desk {
    fn state(&self, look: &Look) -> PreviewState {
        self.copies.state(look.reader.as_deref())
    }
}

/// Runs what renders or reads the disk off the runtime's own threads.
async fn aside(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
