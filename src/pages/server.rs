//! Listening, and serving a router until told to stop.

use std::future::Future as _;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::guard::guard;
use crate::diag::Diagnostic;
use crate::world::Network;

/// How many browsers' connections are open at once.
const CONNECTIONS_MAX: usize = 100;
/// A connection on which nothing was read or written for so long is closed.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// The largest form that is read, in bytes.
const FORM_BYTES_MAX: usize = 16 * 1024;
/// How long requests in hand may take once the server is told to stop.
const STOP_MAX: Duration = Duration::from_secs(2);

/// An address that could not be listened at.
#[derive(Debug, thiserror::Error)]
#[error("could not listen at {address}: {error}")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// The option that sets it, such as `--web`.
    pub option: &'static str,
    /// The system's reason.
    #[source]
    pub error: io::Error,
}

impl From<ListenError> for Diagnostic {
    fn from(error: ListenError) -> Self {
        let ListenError { address, option, error } = error;
        let port = address.port();
        let free = SocketAddr::new(address.ip(), 0);
        let hint = format!("`{option} {free}` takes a free port");
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                Self::error(format!("port {port} is taken by another program")).hint(hint)
            }
            io::ErrorKind::PermissionDenied => {
                Self::error(format!("port {port} may not be listened at"))
                    .note("ports below 1024 are the system's")
                    .hint(hint)
            }
            io::ErrorKind::AddrNotAvailable => {
                Self::error(format!("`{}` is no address of this machine", address.ip()))
                    .hint(format!("`{option} 127.0.0.1:{port}` listens here alone"))
            }
            _ => Self::error(format!("could not listen at {address}")).note(error.to_string()),
        }
    }
}

/// Listens at an address; `option` is what set it, for messages.
///
/// # Errors
/// [`ListenError`] if the port is taken, or may not be had.
pub fn listen(
    network: &dyn Network,
    address: SocketAddr,
    option: &'static str,
) -> Result<TcpListener, ListenError> {
    network.listen(address).map_err(|error| ListenError { address, option, error })
}

/// Warns where an address can be reached from other machines.
pub fn reachable(address: SocketAddr, option: &'static str) -> Option<Diagnostic> {
    if address.ip().is_loopback() {
        return None;
    }
    let port = address.port();
    Some(
        Diagnostic::warning(format!("`{address}` can be reached from other machines"))
            .note("whoever reaches it may read and add to what is kept here")
            .hint(format!("`{option} 127.0.0.1:{port}` listens on this machine alone")),
    )
}

/// A running web server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Returns the address that it listens at, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, after the requests in hand.
    pub async fn stop(mut self) {
        // The server may have ended by itself; there is nobody to tell then.
        let _ = self.stop.send(());
        if timeout(STOP_MAX, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Serves `router` behind the guard. To be called on a runtime.
///
/// # Errors
/// If the listener is of no use to the runtime.
pub fn serve(listener: TcpListener, router: Router) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let listener = Bounded {
        inner: tokio::net::TcpListener::from_std(listener)?,
        room: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
    };
    let router = router
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(address, guard));
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                // A sender that is gone says the same as one that sends.
                let _ = stopped.await;
            })
            .await
    });
    Ok(Server { address, stop, task })
}

/// A listener with a bound on its open connections and on their idleness.
struct Bounded {
    inner: tokio::net::TcpListener,
    room: Arc<Semaphore>,
}

impl axum::serve::Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let room = Arc::clone(&self.room);
        let permit = room.acquire_owned().await.expect("the semaphore is never closed");
        let (stream, peer) = axum::serve::Listener::accept(&mut self.inner).await;
        (Connection { stream, _permit: permit, idle: Box::pin(sleep(IDLE_MAX)) }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

struct Connection {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
    idle: Pin<Box<Sleep>>,
}

impl Connection {
    /// Passes on what the stream says, or the time-out.
    fn or_idle<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.idle.as_mut().reset(Instant::now() + IDLE_MAX);
            return poll;
        }
        match self.idle.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.or_idle(context, poll)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_idle(context, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
