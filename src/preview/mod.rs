//! The page on which editors look at an issue before it is sent.
//!
//! It renders nothing itself: whoever serves it gives the copies, and tells it when files changed;
//! open pages then show what was saved.
//!
//! Invariant: a copy is shown in a frame in which nothing runs and nothing foreign loads; and nobody
//! finds the page without the random part of its address.

mod look;
mod page;
mod panel;
mod web;

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use url::Url;

use crate::diag::{Diagnostic, Faults, Kind};
use crate::pages::{self, FormToken, ListenError, Live, Pictures};
use crate::world::World;

/// Where the preview listens, and how it shows pictures.
#[derive(Clone, Debug)]
pub struct PreviewOptions {
    /// The address of the page; port 0 takes a free one.
    pub web: SocketAddr,
    /// What addresses of pictures on the web begin with; those that were made are shown themselves.
    pub pictures: Option<Url>,
}

/// A reader whose copy may be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderChoice {
    /// What the list says: the name, else the address.
    pub label: String,
    /// The address, by which the copy is asked for.
    pub address: String,
    /// What tells the copy from others: `member, largest of 4`.
    pub remark: String,
}

/// What the checks found, and where readers would see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// Words, or the end of a picture's or link's address, near which it is to be seen in the copy;
    /// the first that the copy holds counts.
    pub near: Vec<String>,
    /// Whether it is about what Gmail hides.
    pub is_clip: bool,
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
    /// The reader whose copy it is.
    pub reader: ReaderChoice,
    /// One reader for each variant of the issue, the largest copy first.
    pub readers: Vec<ReaderChoice>,
    /// Where in the HTML the link to unsubscribe stands last, in bytes.
    pub unsubscribe_at: Option<usize>,
    /// What the checks found.
    pub findings: Vec<Finding>,
    /// Why there is no copy to show.
    pub error: Option<Faults>,
}

/// Gives an issue's copies as its files stand. Its methods may read the disk.
pub trait Copies: Send + Sync + Debug {
    /// Returns the copy of the reader at an address, or of the one with the largest.
    fn state(&self, reader: Option<&str>) -> PreviewState;

    /// Returns that reader's message as it would go out, signature aside.
    ///
    /// # Errors
    /// Why there is none.
    fn message(&self, reader: Option<&str>) -> Result<Vec<u8>, Faults>;

    /// Returns some readers whose name or address holds the words.
    ///
    /// # Errors
    /// If a list cannot be read.
    fn find(&self, words: &str) -> Result<Vec<ReaderChoice>, Faults>;
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
    live: Live,
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

    /// Returns what tells open pages of changes.
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Ends it.
    pub async fn stop(self) {
        self.live.end();
        self.server.stop().await;
    }
}

/// Serves the preview of one issue. To be called on a runtime.
///
/// # Errors
/// [`PreviewError`] if the port is taken, or the address is no loopback.
pub fn serve(
    options: &PreviewOptions,
    copies: Arc<dyn Copies>,
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
    let live = Live::default();
    let router = web::router(&root, copies, pictures, live.clone());
    Ok(Preview { server: pages::serve(listener, router)?, live, root })
}

#[cfg(test)]
mod tests;
