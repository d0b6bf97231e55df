//! The sockets of the SMTP server.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::session::{Session, Step};
use super::store::Store;
use crate::words::InboxToken;

/// How many sessions are open at once; further clients are told to come back.
const CONNECTIONS_MAX: usize = 200;
/// How long a client may be silent (RFC 5321 section 4.5.3.2.7 asks for 5 minutes).
const SILENCE_MAX: Duration = Duration::from_secs(300);
/// How long a client may leave replies unread.
const WRITE_MAX: Duration = Duration::from_secs(60);
/// How long sessions in the midst of a message may take once the server is told to stop.
const STOP_MAX: Duration = Duration::from_secs(5);
/// A client that found no connection left is not waited for.
const TURN_AWAY_MAX: Duration = Duration::from_secs(1);
/// After a failed accept, such as for want of file descriptors, the next is tried so much later.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 64 * 1024;

/// Serves SMTP until `stop` changes, then lets the sessions end.
pub(super) async fn run(
    listener: TcpListener,
    store: Arc<Store>,
    token: InboxToken,
    mut stop: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // A sender that is gone says the same as one that says stop.
            _ = stop.changed() => break,
            accepted = listener.accept() => accepted,
        };
        // Those that have ended need not be kept until the end.
        while sessions.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            turn_away(stream).await;
            continue;
        };
        let (store, stop) = (Arc::clone(&store), stop.clone());
        sessions.spawn(async move {
            // A client that went away is no fault of ours, and has been told nothing wrong.
            let _ = converse(stream, &store, token, stop).await;
            drop(permit);
        });
    }
    drop(listener);
    let ended = async { while sessions.join_next().await.is_some() {} };
    // What is still open is closed with the set.
    let _ = timeout(STOP_MAX, ended).await;
}

async fn turn_away(mut stream: TcpStream) {
    let reply = b"421 4.3.2 There are too many connections\r\n";
    // It is told if it listens; if not, the closing tells it.
    let _ = timeout(TURN_AWAY_MAX, stream.write_all(reply)).await;
}

async fn converse(
    mut stream: TcpStream,
    store: &Arc<Store>,
    token: InboxToken,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut session = Session::new(token);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        send(&mut stream, &mut session).await?;
        let stopping = *stop.borrow() || stop.has_changed().is_err();
        if stopping && session.is_idle() {
            session.say_closing();
            return send(&mut stream, &mut session).await;
        }
        let read = tokio::select! {
            read = timeout(SILENCE_MAX, stream.read(&mut buffer)) => read,
            _ = stop.changed(), if !stopping => continue,
        };
        let Ok(read) = read else {
            session.say_closing();
            return send(&mut stream, &mut session).await;
        };
        let read = read?;
        if read == 0 {
            return Ok(());
        }
        let mut input = buffer[..read].iter();
        loop {
            match session.step(&mut input) {
                Step::Wait => break,
                Step::Go => {}
                Step::Deliver(message) => {
                    let store = Arc::clone(store);
                    let kept = tokio::task::spawn_blocking(move || store.keep(message)).await;
                    session.stored(matches!(kept, Ok(Ok(()))));
                }
                Step::Close => return send(&mut stream, &mut session).await,
            }
        }
    }
}

async fn send(stream: &mut TcpStream, session: &mut Session) -> io::Result<()> {
    let replies = session.take_replies();
    if replies.is_empty() {
        return Ok(());
    }
    timeout(WRITE_MAX, stream.write_all(&replies))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
