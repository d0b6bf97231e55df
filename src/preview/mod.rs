//! The page on which editors look at an issue before it is sent.
//!
//! It renders nothing itself: a callback gives the state of the issue at each request, so that a
//! reload shows what was saved.
//!
//! Invariant: a copy is shown in a frame in which nothing runs and nothing foreign loads; and nobody
//! finds the page without the random part of its address.

mod page;
mod web;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use url::Url;

use crate::diag::{Diagnostic, Faults, Kind};
use crate::pages::{self, FormToken, ListenError, Pictures};
use crate::world::World;

/// Where the preview listens, and how it shows pictures.
#[derive(Clone, Debug)]
pub struct PreviewOptions {
    /// The address of the page; port 0 takes a free one.
    pub web: SocketAddr,
    /// The newsletter's URL, in the place of which the workspace's pictures are shown.
    pub pictures: Option<Url>,
}

/// A reader whose copy may be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderChoice {
    /// What the list says: the name, else the address.
    pub label: String,
    /// The address, which the callback gets.
    pub address: String,
}

/// An issue as it stands now, for one reader.
#[derive(Clone, Debug, Default)]
pub struct PreviewState {
    /// The issue's name.
    pub issue: String,
    /// The subject of the copy.
    pub subject: String,
    /// Whom it comes from.
    pub from: String,
    /// The copy's HTML.
    pub html: String,
    /// The copy's plain text.
    pub text: String,
    /// The readers to choose from; the first one's copy is shown where none is chosen.
    pub readers: Vec<ReaderChoice>,
    /// What the checks found.
    pub findings: Vec<Diagnostic>,
    /// Why there is no copy to show.
    pub error: Option<Faults>,
}

type Callback = dyn Fn(Option<&str>) -> PreviewState + Send + Sync;

/// Gives the state of the issue, with the copy of the reader at an address. It may read the disk.
pub struct Render(Box<Callback>);

impl Render {
    /// Wraps the callback.
    pub fn new(render: impl Fn(Option<&str>) -> PreviewState + Send + Sync + 'static) -> Self {
        Self(Box::new(render))
    }
}

impl fmt::Debug for Render {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Render(…)")
    }
}

/// A preview that could not start.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// Other machines could reach the address.
    #[error("`{0}` can be reached from outside")]
    Reachable(SocketAddr),
    /// The address could not be listened at.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The system had no randomness or no use for the socket.
    #[error("the preview could not start: {0}")]
    System(#[from] io::Error),
}

impl From<PreviewError> for Diagnostic {
    fn from(error: PreviewError) -> Self {
        match error {
            PreviewError::Reachable(_) => Self::error(error.to_string())
                .kind(Kind::Usage)
                .hint("the preview is for this machine; `--web 127.0.0.1:8226`"),
            PreviewError::Listen(error) => error.into(),
            PreviewError::System(error) => {
                Self::error("the preview could not start").note(error.to_string())
            }
        }
    }
}

/// A running preview.
#[derive(Debug)]
pub struct Preview {
    server: pages::Server,
    root: String,
}

impl Preview {
    /// Returns the page's address, random part included.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.server.address(), self.root)
    }

    /// Returns the address that it listens at, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends it.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// Serves the preview of one issue. To be called on a runtime.
///
/// # Errors
/// [`PreviewError`] if the port is taken, or the address is no loopback.
pub fn serve(
    options: &PreviewOptions,
    render: Render,
    world: &World,
) -> Result<Preview, PreviewError> {
    if !options.web.ip().is_loopback() {
        return Err(PreviewError::Reachable(options.web));
    }
    let listener = pages::listen(world.network.as_ref(), options.web, "--web")?;
    let secret = FormToken::draw(world.entropy.as_ref())?;
    let root = format!("/{}/", secret.as_str());
    let pictures = Pictures::new(
        options.pictures.clone(),
        Arc::clone(&world.files),
        format!("{root}pictures/"),
    );
    let router = web::router(&root, render, pictures);
    Ok(Preview { server: pages::serve(listener, router)?, root })
}

#[cfg(test)]
mod tests;
