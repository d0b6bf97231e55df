//! The test inbox: an SMTP server for mail that must not leave the machine, with a web page.
//!
//! It shares no code with what delivers and writes mail: a server that did would share its bugs.
//!
//! Invariant: what was answered 250 lies in the Maildir under `.letterpress/inbox/` as it came; no
//! message is ever passed on; and nobody is told that this inbox is ours who could not learn it from
//! the token on disk.

mod compare;
mod data;
mod list;
mod page;
mod probe;
mod read;
mod server;
mod session;
mod store;
mod web;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::diag::Diagnostic;
use crate::pages::{self, ListenError};
use crate::words::InboxToken;
use crate::world::{FileError, Files, World};

pub use probe::{Probe, probe};
pub use store::clear;

/// Where the token lies in the workspace.
const TOKEN_FILE: &str = ".letterpress/inbox/token";

/// Where the test inbox listens, and how it shows what it gets.
#[derive(Clone, Debug)]
pub struct InboxOptions {
    /// The address of the SMTP server; port 0 takes a free one.
    pub smtp: SocketAddr,
    /// The address of the web page; port 0 takes a free one.
    pub web: SocketAddr,
    /// What addresses of pictures on the web begin with; those that were made are shown themselves.
    pub pictures: Option<Url>,
    /// The zone of the times that are shown.
    pub time_zone: TimeZone,
}

/// A test inbox that could not start.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// An address could not be listened at.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The Maildir could not be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// The token's file holds something else.
    #[error("`{TOKEN_FILE}` holds no token")]
    Token,
    /// The system had no randomness or no use for a socket.
    #[error("the test inbox could not start: {0}")]
    System(#[from] io::Error),
}

impl From<InboxError> for Diagnostic {
    fn from(error: InboxError) -> Self {
        match error {
            InboxError::Listen(error) => error.into(),
            InboxError::File(error) => error.into(),
            InboxError::Token => Self::error("the test inbox's token cannot be read")
                .file(TOKEN_FILE)
                .hint(format!("remove `{TOKEN_FILE}`; the next start draws a new one")),
            InboxError::System(error) => {
                Self::error("the test inbox could not start").note(error.to_string())
            }
        }
    }
}

/// A running test inbox.
#[derive(Debug)]
pub struct Inbox {
    smtp: SocketAddr,
    token: InboxToken,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    web: pages::Server,
    live: pages::Live,
}

impl Inbox {
    /// Starts the SMTP server and the web page. To be called on a runtime.
    ///
    /// # Errors
    /// [`InboxError`] if a port is taken or the Maildir cannot be made; nothing runs then.
    pub fn start(options: InboxOptions, world: &World) -> Result<Self, InboxError> {
        let network = world.network.as_ref();
        let smtp = pages::listen(network, options.smtp, "--smtp")?;
        let web = pages::listen(network, options.web, "--web")?;
        let token = token(world)?;
        let store = Arc::new(store::Store::open(world)?);
        let address = smtp.local_addr()?;
        let router = web::router(&options, address, Arc::clone(&store), world)?;
        let live = store.live();
        let (stop, stopped) = watch::channel(false);
        let listener = tokio::net::TcpListener::from_std(smtp)?;
        let web = pages::serve(web, router)?;
        let server = tokio::spawn(server::run(listener, store, token, stopped));
        Ok(Self { smtp: address, token, stop, server, web, live })
    }

    /// Returns the address of the SMTP server, with its real port.
    pub fn smtp_address(&self) -> SocketAddr {
        self.smtp
    }

    /// Returns the address of the web page, with its real port.
    pub fn web_address(&self) -> SocketAddr {
        self.web.address()
    }

    /// Returns the token that proves the inbox to be ours.
    pub fn token(&self) -> InboxToken {
        self.token
    }

    /// Warns where other machines can reach it.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        [pages::reachable(self.smtp, "--smtp"), pages::reachable(self.web_address(), "--web")]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Ends it: messages in the midst of transfer have some seconds left, new ones are refused.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        // A server that panicked has ended too.
        let _ = self.server.await;
        self.live.end();
        self.web.stop().await;
    }
}

/// Returns the token of the workspace's test inbox, and draws it where there is none yet.
///
/// # Errors
/// If its file cannot be read or written, or holds no token.
pub fn token(world: &World) -> Result<InboxToken, InboxError> {
    if let Some(token) = read_token(world.files.as_ref())? {
        return Ok(token);
    }
    let mut bytes = [0; 32];
    world.entropy.fill(&mut bytes)?;
    let token = InboxToken(bytes);
    world.files.write_private(TOKEN_FILE, format!("{}\n", token.hex()).as_bytes())?;
    Ok(token)
}

fn read_token(files: &dyn Files) -> Result<Option<InboxToken>, InboxError> {
    match files.read(TOKEN_FILE) {
        Ok(bytes) => {
            let text = String::from_utf8(bytes).map_err(|_| InboxError::Token)?;
            text.parse().map(Some).map_err(|_| InboxError::Token)
        }
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
