//! A session on a connection: it writes what the session wants written, and reads what comes.
//!
//! Invariants: what came in is read before anything is written, so that a reply too many is noticed
//! before the next command goes out. The session hears of bytes before they are handed down.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::ReadBuf;
use tokio::sync::watch;
use tokio::time::timeout;

use super::session::{Cause, Event, Phase, Session, SessionError, Timeouts};
use crate::world::Stream;

/// How much is read at once; a reply is far shorter.
const READ_BYTES: usize = 2_048;

/// How long a leave-taking is waited for.
const QUIT_MAX: Duration = Duration::from_secs(2);

/// A session on its connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) session: Session,
    stream: Box<dyn Stream>,
    timeouts: Timeouts,
    hurried: watch::Receiver<bool>,
}

impl Conn {
    /// Puts a session on a stream. Once `hurried` is true, nothing is waited for any more.
    pub(super) fn new(
        session: Session,
        stream: Box<dyn Stream>,
        timeouts: Timeouts,
        hurried: watch::Receiver<bool>,
    ) -> Self {
        Self { session, stream, timeouts, hurried }
    }

    /// Writes and reads until something happened.
    ///
    /// # Errors
    /// The session is then over; events from before it are still to be had from it.
    pub(super) async fn event(&mut self) -> Result<Event, SessionError> {
        loop {
            if let Some(event) = self.session.event() {
                return Ok(event);
            }
            self.progress().await?;
        }
    }

    /// Writes all that is queued.
    ///
    /// # Errors
    /// The session is then over. Dropped before it returns, it can be called again.
    pub(super) async fn write_out(&mut self) -> Result<(), SessionError> {
        while !self.session.to_write().is_empty() {
            self.progress().await?;
        }
        Ok(())
    }

    /// Takes leave, and waits a moment for the answer.
    pub(super) async fn quit(mut self) {
        if self.session.is_over() || self.session.awaits_reply() {
            return;
        }
        self.session.quit();
        let limit = self.timeouts.close.min(QUIT_MAX);
        let leave = async {
            while !self.session.is_over() {
                if self.progress().await.is_err() {
                    return;
                }
            }
        };
        let _ = timeout(limit, leave).await;
    }

    /// Exchanges the stream for its own encryption.
    pub(super) async fn encrypt<F>(
        self,
        upgrade: impl FnOnce(Box<dyn Stream>) -> F,
    ) -> Result<Self, SessionError>
    where
        F: Future<Output = io::Result<Box<dyn Stream>>>,
    {
        let limit = self.timeouts.of(Phase::Tls);
        let stream = match timeout(limit, upgrade(self.stream)).await {
            Ok(upgraded) => upgraded.map_err(|error| Cause::Lost(error).at(Phase::Tls))?,
            Err(_) => return Err(Cause::TimedOut(limit.as_secs()).at(Phase::Tls)),
        };
        Ok(Self { stream, ..self })
    }

    /// Waits until some byte has gone out or come in.
    async fn progress(&mut self) -> Result<(), SessionError> {
        let phase = match self.session.is_writing_text() {
            true => Phase::Body,
            false => self.session.phase(),
        };
        let limit = self.timeouts.of(phase);
        let mut hurried = self.hurried.clone();
        tokio::select! {
            biased;
            progress = timeout(limit, poll_fn(|cx| self.poll(cx))) => match progress {
                Ok(progress) => progress,
                Err(_) => Err(Cause::TimedOut(limit.as_secs()).at(phase)),
            },
            Ok(_) = hurried.wait_for(|hurried| *hurried) => Err(Cause::Hurried.at(phase)),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        let read = self.poll_read(cx)?.is_ready();
        if read {
            return Poll::Ready(Ok(()));
        }
        self.poll_write(cx)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        let mut space = [0; READ_BYTES];
        let mut buffer = ReadBuf::new(&mut space);
        let phase = self.session.phase();
        match Pin::new(&mut *self.stream).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(Cause::Lost(error).at(phase))),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                Poll::Ready(Err(Cause::hung_up().at(phase)))
            }
            Poll::Ready(Ok(())) => Poll::Ready(self.session.heard(buffer.filled())),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        let phase = self.session.phase();
        if self.session.to_write().is_empty() {
            // TLS may hold bytes back.
            return match Pin::new(&mut *self.stream).poll_flush(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(Cause::Lost(error).at(phase))),
                _ => Poll::Pending,
            };
        }
        self.session.handing();
        match Pin::new(&mut *self.stream).poll_write(cx, self.session.to_write()) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(0)) => Poll::Ready(Err(Cause::hung_up().at(phase))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(Cause::Lost(error).at(phase))),
            Poll::Ready(Ok(count)) => {
                self.session.wrote(count);
                Poll::Ready(Ok(()))
            }
        }
    }
}
