//! The preview's routes, all below its random path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;

use super::page::{self, Look, Part, Width};
use super::{PreviewState, Render};
use crate::pages::{self, Pictures, Scheme, Showing};

/// The longest address of a reader that is asked for, in bytes.
const READER_BYTES_MAX: usize = 320;

#[derive(Debug)]
struct Desk {
    root: String,
    render: Render,
    pictures: Pictures,
}

/// What a request may ask for; what is unknown or absent is the usual.
#[derive(Clone, Debug, Default, Deserialize)]
struct Ask {
    #[serde(rename = "as")]
    reader: Option<String>,
    width: Option<String>,
    scheme: Option<String>,
    pictures: Option<String>,
    part: Option<String>,
}

impl From<Ask> for Look {
    fn from(ask: Ask) -> Self {
        Self {
            reader: ask
                .reader
                .filter(|reader| !reader.is_empty() && reader.len() <= READER_BYTES_MAX),
            width: match ask.width.as_deref() {
                Some("phone") => Width::Phone,
                Some("tablet") => Width::Tablet,
                _ => Width::Desktop,
            },
            scheme: if ask.scheme.as_deref() == Some("dark") {
                Scheme::Dark
            } else {
                Scheme::Light
            },
            pictures: ask.pictures.as_deref() != Some("off"),
            part: match ask.part.as_deref() {
                Some("text") => Part::Text,
                Some("source") => Part::Source,
                _ => Part::Html,
            },
        }
    }
}

/// Makes the routes below `root`.
pub(super) fn router(root: &str, render: Render, pictures: Pictures) -> Router {
    let desk = Desk { root: root.to_owned(), render, pictures };
    Router::new()
        .route(root, get(front))
        .route(&format!("{root}copy.html"), get(copy))
        .route(&format!("{root}pictures/{{*path}}"), get(picture))
        .route(&format!("{root}house.css"), get(async || pages::css(include_str!("preview.css"))))
        .route(&format!("{root}page.js"), get(async || pages::script(include_str!("preview.js"))))
        .with_state(Arc::new(desk))
}

async fn front(State(desk): State<Arc<Desk>>, Query(ask): Query<Ask>) -> Response {
    aside(move || {
        let look = Look::from(ask);
        let state = desk.state(&look);
        pages::html(page::set(&desk.root, &look, &state))
    })
    .await
}

async fn copy(State(desk): State<Arc<Desk>>, Query(ask): Query<Ask>) -> Response {
    aside(move || {
        let look = Look::from(ask);
        let showing = Showing {
            pictures: Some(&desk.pictures),
            without_pictures: !look.pictures,
            scheme: Some(look.scheme),
        };
        pages::framed(showing.apply(&desk.state(&look).html))
    })
    .await
}

async fn picture(State(desk): State<Arc<Desk>>, Path(path): Path<String>) -> Response {
    aside(move || desk.pictures.answer(&path)).await
}

impl Desk {
    fn state(&self, look: &Look) -> PreviewState {
        (self.render.0)(look.reader.as_deref())
    }
}

/// Runs what renders or reads the disk off the runtime's own threads.
async fn aside(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
