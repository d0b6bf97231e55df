//! The stream below lettre's connection: it counts replies, bounds them, and can be exchanged for
//! its own encryption.
//!
//! Invariant: a command gets one reply. What a server says beyond it, or before a command was
//! written, ends the session: one surplus `250` must never be taken for the answer to a dot.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest line of a reply, in bytes (RFC 5321 section 4.5.3.1.5 allows 512).
const REPLY_LINE_BYTES_MAX: usize = 1_000;
/// The longest whole reply, in bytes.
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// What carries the bytes: a TCP connection, TLS over one, or a pipe in a test.
pub trait Carrier: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug> Carrier for T {}

/// How far the end of a message has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// No message is under way.
    None,
    /// The text is being written; the dot has not been touched.
    Text,
    /// The text is written and flushed; what is written next is the dot.
    BeforeDot,
    /// Some byte of the final `CRLF.CRLF` may have left.
    Dot,
}

#[derive(Debug)]
struct Line {
    carrier: Option<Box<dyn Carrier>>,
    /// The bytes of the reply at hand.
    reply: Vec<u8>,
    line_start: usize,
    /// A whole reply is in, and nothing was written since.
    whole: bool,
    replies: usize,
    ending: Ending,
}

/// The half that lettre's connection owns.
#[derive(Debug)]
pub(super) struct Wire(Arc<Mutex<Line>>);

/// The half that the session keeps.
#[derive(Clone, Debug)]
pub(super) struct WireHandle(Arc<Mutex<Line>>);

/// Puts a carrier below a new connection, which waits for the greeting.
pub(super) fn wire(carrier: Box<dyn Carrier>) -> (Wire, WireHandle) {
    let line = Arc::new(Mutex::new(Line {
        carrier: Some(carrier),
        reply: Vec::new(),
        line_start: 0,
        whole: false,
        replies: 0,
        ending: Ending::None,
    }));
    (Wire(line.clone()), WireHandle(line))
}

fn locked(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WireHandle {
    /// Returns the text of the last whole reply as it came.
    pub(super) fn last_reply(&self) -> String {
        String::from_utf8_lossy(&locked(&self.0).reply).into_owned()
    }

    /// Returns how many whole replies came so far.
    pub(super) fn replies(&self) -> usize {
        locked(&self.0).replies
    }

    /// Takes the carrier out, to encrypt it.
    pub(super) fn take(&self) -> Option<Box<dyn Carrier>> {
        locked(&self.0).carrier.take()
    }

    /// Puts a carrier back.
    pub(super) fn put(&self, carrier: Box<dyn Carrier>) {
        locked(&self.0).carrier = Some(carrier);
    }

    /// Says that a message comes next: its text, a flush, and the dot.
    pub(super) fn begin_message(&self) {
        locked(&self.0).ending = Ending::Text;
    }

    /// Says whether a byte of the final dot may have left, and forgets it.
    pub(super) fn end_message(&self) -> bool {
        std::mem::replace(&mut locked(&self.0).ending, Ending::None) == Ending::Dot
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the connection is closed")
}

fn unasked(text: &[u8]) -> io::Error {
    let text = String::from_utf8_lossy(&text[..text.len().min(80)]).trim().to_owned();
    io::Error::new(io::ErrorKind::InvalidData, format!("the server said `{text}` unasked"))
}

impl Line {
    /// Takes in bytes of a reply.
    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        for (index, &byte) in bytes.iter().enumerate() {
            if self.whole {
                return Err(unasked(&bytes[index..]));
            }
            self.reply.push(byte);
            let line = &self.reply[self.line_start..];
            if line.len() > REPLY_LINE_BYTES_MAX || self.reply.len() > REPLY_BYTES_MAX {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "its reply has no end"));
            }
            if byte == b'\n' {
                self.whole = line.get(3) != Some(&b'-');
                self.replies += usize::from(self.whole);
                self.line_start = self.reply.len();
            }
        }
        Ok(())
    }

    /// Before anything is written: nothing may have come unasked, nor the server have hung up.
    fn check_quiet(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.whole {
            return Ok(());
        }
        let mut space = [0; 512];
        let mut buffer = ReadBuf::new(&mut space);
        let carrier = self.carrier.as_mut().ok_or_else(gone)?;
        match Pin::new(carrier).poll_read(cx, &mut buffer) {
            Poll::Pending => Ok(()),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up"))
            }
            Poll::Ready(Ok(())) => Err(unasked(buffer.filled())),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut line = locked(&self.0);
        let before = buffer.filled().len();
        let Some(carrier) = line.carrier.as_mut() else { return Poll::Ready(Err(gone())) };
        match Pin::new(carrier).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(line.hear(&buffer.filled()[before..])),
            other => other,
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut line = locked(&self.0);
        if let Err(error) = line.check_quiet(cx) {
            return Poll::Ready(Err(error));
        }
        if line.whole {
            line.whole = false;
            line.line_start = 0;
            line.reply.clear();
        }
        if line.ending == Ending::BeforeDot {
            line.ending = Ending::Dot;
        }
        match line.carrier.as_mut() {
            Some(carrier) => Pin::new(carrier).poll_write(cx, bytes),
            None => Poll::Ready(Err(gone())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut line = locked(&self.0);
        let Some(carrier) = line.carrier.as_mut() else { return Poll::Ready(Err(gone())) };
        let flushed = Pin::new(carrier).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) && line.ending == Ending::Text {
            line.ending = Ending::BeforeDot;
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match locked(&self.0).carrier.as_mut() {
            Some(carrier) => Pin::new(carrier).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
