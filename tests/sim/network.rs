//! Connections in memory. The client's end notes when each MAIL is written, and can be given faults
//! that look like the client's own.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use letterpress::world::{Connecting, Network, Stream};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::{Instant, sleep};

use crate::bugs::Bug;
use crate::relay::{Fault, Phase, SimRelay};

#[derive(Clone, Debug)]
pub struct SimNetwork {
    pub relay: SimRelay,
    /// When each MAIL was written, and to which domain its recipient belongs.
    pub mails: Arc<Mutex<Vec<(Instant, String)>>>,
    pub bug: Option<Bug>,
    pub pipe: usize,
}

impl Network for SimNetwork {
    fn connect<'a>(&'a self, _host: &'a str, _port: u16) -> Connecting<'a> {
        Box::pin(async move {
            match self.relay.fault(Phase::Connect) {
                Some(Fault::Stall) => sleep(Duration::from_secs(100_000)).await,
                Some(_) => return Err(io::ErrorKind::ConnectionRefused.into()),
                None => {}
            }
            let (ours, theirs) = tokio::io::duplex(self.pipe);
            tokio::spawn(self.relay.clone().serve(theirs));
            let stream: Box<dyn Stream> = Box::new(Client {
                pipe: ours,
                mails: self.mails.clone(),
                bug: self.bug,
                mail_at: None,
                in_text: false,
                tail: vec![],
                last_reply: vec![],
                dots_out: 0,
            });
            Ok(stream)
        })
    }

    fn listen(&self, _address: SocketAddr) -> io::Result<std::net::TcpListener> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[derive(Debug)]
struct Client {
    pipe: DuplexStream,
    mails: Arc<Mutex<Vec<(Instant, String)>>>,
    bug: Option<Bug>,
    mail_at: Option<Instant>,
    in_text: bool,
    tail: Vec<u8>,
    last_reply: Vec<u8>,
    dots_out: usize,
}

impl Client {
    /// Follows what the client wrote, line by line.
    fn wrote(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.tail.extend_from_slice(part);
            if !self.tail.ends_with(b"\r\n") {
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.tail)).into_owned();
            if self.in_text {
                if line == ".\r\n" {
                    self.in_text = false;
                    self.dots_out += 1;
                }
            } else if line.starts_with("MAIL") {
                self.mail_at = Some(Instant::now());
            } else if let (true, Some(at)) = (line.starts_with("RCPT"), self.mail_at.take()) {
                let domain = line[line.find('@').unwrap() + 1..line.find('>').unwrap()].to_owned();
                self.mails.lock().unwrap().push((at, domain));
            }
        }
    }

    /// Follows what the client hears, and changes it as a bug of the client would.
    fn heard(&mut self, bytes: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if text.contains("354 ") {
            self.in_text = true;
        }
        if self.dots_out > 0 {
            self.dots_out = 0;
            match self.bug {
                Some(Bug::ClosingAccepted) if text.starts_with("421") => {
                    *bytes =
                        text.replacen("421 4.3.2 closing", "250 2.0.0 closing", 1).into_bytes();
                }
                Some(Bug::ShiftedReply) if !self.last_reply.is_empty() => {
                    let end = text.find('\n').map_or(text.len(), |end| end + 1);
                    *bytes = [&self.last_reply, &text.as_bytes()[end..]].concat();
                }
                _ => {}
            }
        }
        if let Some(line) = text.lines().rev().find(|line| line.starts_with("250 2.1.5")) {
            self.last_reply = format!("{line}\r\n").into_bytes();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.in_text && self.bug == Some(Bug::LoneDot) {
            let waker = std::task::Waker::noop();
            let mut cx = Context::from_waker(waker);
            let _ = Pin::new(&mut self.pipe).poll_write(&mut cx, b"\r\n.\r\n");
        }
    }
}

impl Stream for Client {
    fn local_address(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], 1)))
    }
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut space = vec![0; buffer.remaining().min(512)];
        let mut read = ReadBuf::new(&mut space);
        match Pin::new(&mut self.pipe).poll_read(cx, &mut read) {
            Poll::Ready(Ok(())) => {
                let mut bytes = read.filled().to_vec();
                if !bytes.is_empty() {
                    self.heard(&mut bytes);
                }
                buffer.put_slice(&bytes);
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Client {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.pipe).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = written {
            self.wrote(&bytes[..count]);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}
