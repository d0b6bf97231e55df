//! Tells open pages that what they show has changed (server-sent events).
//!
//! Invariant: a page hears the latest change only, however slow it is, and none is kept for it: what
//! it shows, it fetches anew.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

/// A connection that says nothing for longer than a minute is closed; this is said before.
const ALIVE_EACH: Duration = Duration::from_secs(20);

/// What changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number; 0 is how things stood at first.
    pub number: u64,
    /// When it was noticed, as a clock on the wall says it.
    pub time: String,
    /// When it was noticed.
    at: Instant,
    is_last: bool,
}

/// Tells open pages that what they show has changed. Cloning gives another handle.
#[derive(Clone, Debug)]
pub struct Live(watch::Sender<Change>);

impl Default for Live {
    fn default() -> Self {
        let first = Change { number: 0, time: String::new(), at: Instant::now(), is_last: false };
        Self(watch::Sender::new(first))
    }
}

impl Live {
    /// Returns the number of the latest change.
    pub fn number(&self) -> u64 {
        self.0.borrow().number
    }

    /// Tells of a change that was noticed at `at`, when the wall's clock said `time`.
    pub fn tell(&self, at: Instant, time: String) {
        self.0.send_modify(|change| {
            *change = Change { number: change.number + 1, time, at, ..*change };
        });
    }

    /// Ends all streams, so that a server can stop.
    pub fn end(&self) {
        self.0.send_modify(|change| change.is_last = true);
    }

    /// Answers with a stream of changes, the latest first: a page that missed it learns of it.
    pub fn events(&self) -> Response {
        let mut receiver = self.0.subscribe();
        receiver.mark_changed();
        let events = stream::unfold(receiver, |mut receiver| async move {
            receiver.changed().await.ok()?;
            let change = receiver.borrow_and_update().clone();
            (!change.is_last).then(|| (Ok::<_, Infallible>(event(&change)), receiver))
        });
        let alive = KeepAlive::new().interval(ALIVE_EACH);
        Sse::new(events).keep_alive(alive).into_response()
    }
}

fn event(change: &Change) -> Event {
    let took = change.at.elapsed().as_millis();
    let data = json!({ "number": change.number, "time": change.time, "took": took });
    Event::default().data(data.to_string())
}
