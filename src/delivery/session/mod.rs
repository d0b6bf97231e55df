//! The client side of an SMTP session, without a socket.
//!
//! [`Session`] is fed what the server said and answers what to write next. It opens no connection,
//! reads no clock and never waits, so every error knows its [`Phase`] and a test can play any
//! server.
//!
//! Invariants: a reply counts only for a command that was written before it came. Once a byte of
//! the final dot is handed down, only a complete reply settles a copy; until then it is in doubt
//! (RFC 1047), and no path from here calls it deferred.

mod error;
mod offers;
mod open;
mod reply;
mod timeouts;
mod transaction;

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::words::Reply;

pub use error::{Cause, Phase, SessionError};
pub use offers::Offers;
use reply::{Replies, Whole};
pub use timeouts::Timeouts;
pub use transaction::Envelope;
use transaction::Transaction;

/// What we call ourselves in EHLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hello {
    /// A fully qualified host name.
    Name(String),
    /// Our address, as a literal.
    Address(IpAddr),
}

/// Something that happened in a session.
#[derive(Debug)]
pub enum Event {
    /// The step of the opening that was asked for is done; the first is the greeting with EHLO.
    Ready,
    /// The server takes the text of the message now.
    TextWanted,
    /// The server refused the copy before its text; the session goes on.
    Refused(Phase, Reply),
    /// The server took the message: a whole positive reply to its dot.
    Accepted(Reply),
    /// The server refused the message: a whole negative reply to its dot.
    Rejected(Reply),
}

/// A command that was queued, and whose reply has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    LogIn,
    Proof,
    Mail,
    Recipient,
    Data,
    Dot,
    LoneDot,
    Reset,
    Quit,
}

#[derive(Clone, Copy, Debug)]
struct Awaited {
    command: Command,
    /// Where it begins and ends in all that this session writes.
    start: u64,
    end: u64,
}

/// What is to be written: commands, or the text of a message.
#[derive(Debug)]
enum Chunk {
    Commands(Vec<u8>),
    Text(Vec<u8>),
}

impl Chunk {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Commands(bytes) | Self::Text(bytes) => bytes,
        }
    }
}

/// A session of one connection.
#[derive(Debug)]
pub struct Session {
    hello: Hello,
    offers: Offers,
    replies: Replies,
    awaited: VecDeque<Awaited>,
    out: VecDeque<Chunk>,
    /// How much of the first chunk is written.
    out_position: usize,
    queued: u64,
    handed: u64,
    written: u64,
    events: VecDeque<Event>,
    transaction: Option<Transaction>,
    log_in: Option<open::Exchange>,
    proof: Option<String>,
    spent: Vec<u8>,
    is_over: bool,
}

impl Session {
    /// Begins a session with a server that is to greet us.
    pub fn new(hello: Hello) -> Self {
        let greeting = Awaited { command: Command::Greeting, start: 0, end: 0 };
        Self {
            hello,
            offers: Offers::default(),
            replies: Replies::default(),
            awaited: VecDeque::from([greeting]),
            out: VecDeque::new(),
            out_position: 0,
            queued: 0,
            handed: 0,
            written: 0,
            events: VecDeque::new(),
            transaction: None,
            log_in: None,
            proof: None,
            spent: Vec::new(),
            is_over: false,
        }
    }

    /// Returns what the server offered in its last reply to EHLO.
    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Returns the next bytes to write; empty if there are none.
    pub fn to_write(&self) -> &[u8] {
        self.out.front().map_or(&[], |chunk| &chunk.bytes()[self.out_position..])
    }

    /// Says that all of [`Session::to_write`] is about to be handed to the connection: from here on
    /// any part of it may have left.
    pub fn handing(&mut self) {
        self.handed = self.written + self.to_write().len() as u64;
    }

    /// Says that the connection took so many bytes.
    pub fn wrote(&mut self, count: usize) {
        self.written += count as u64;
        self.out_position += count;
        while let Some(chunk) = self.out.front() {
            if self.out_position < chunk.bytes().len() {
                return;
            }
            self.out_position = 0;
            if let Some(Chunk::Text(text)) = self.out.pop_front() {
                self.spent = text;
            }
        }
    }

    /// Gives back the buffer of the last text that was written.
    pub fn take_buffer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.spent)
    }

    /// Takes in what the server said.
    ///
    /// # Errors
    /// The session is then over; events from before it still stand.
    pub fn heard(&mut self, mut bytes: &[u8]) -> Result<(), SessionError> {
        while !bytes.is_empty() {
            let phase = self.phase();
            let (taken, whole) =
                self.replies.take(bytes).map_err(|cause| self.over(cause, phase))?;
            bytes = &bytes[taken..];
            if let Some(whole) = whole {
                self.answered(whole)?;
            }
        }
        Ok(())
    }

    /// Returns what happened next.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Says what is waited for.
    pub fn phase(&self) -> Phase {
        match self.awaited.front() {
            Some(first) => first.command.phase(),
            None if !self.to_write().is_empty() => Phase::Body,
            None => Phase::Close,
        }
    }

    /// Says whether the text of a message is being written.
    pub fn is_writing_text(&self) -> bool {
        matches!(self.out.front(), Some(Chunk::Text(_)))
    }

    /// Says whether a reply is still to come.
    pub fn awaits_reply(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// Says whether a byte of a final dot may have left whose reply has not come: its copy is in
    /// doubt if the session ends now.
    pub fn is_dot_out(&self) -> bool {
        let dot = self.awaited.iter().find(|awaited| awaited.command == Command::Dot);
        dot.is_some_and(|dot| self.handed > dot.start)
    }

    /// Says whether the session can carry no more.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Takes leave. Nothing depends on the reply.
    pub fn quit(&mut self) {
        self.command(Command::Quit, b"QUIT\r\n");
    }

    fn over(&mut self, cause: Cause, phase: Phase) -> SessionError {
        self.is_over = true;
        cause.at(phase)
    }

    /// Queues a command.
    fn command(&mut self, command: Command, bytes: &[u8]) {
        let start = self.queued;
        self.queued += bytes.len() as u64;
        self.awaited.push_back(Awaited { command, start, end: self.queued });
        self.put(bytes);
    }

    /// Queues bytes that ask for no reply of their own.
    fn put(&mut self, bytes: &[u8]) {
        match self.out.back_mut() {
            Some(Chunk::Commands(last)) => last.extend_from_slice(bytes),
            _ => self.out.push_back(Chunk::Commands(bytes.to_vec())),
        }
    }

    fn answered(&mut self, whole: Whole) -> Result<(), SessionError> {
        let phase = self.phase();
        let first = self.awaited.front().copied();
        let Some(awaited) = first.filter(|awaited| awaited.end <= self.written) else {
            let reply = whole.reply();
            let cause = match whole.code {
                // The server takes its leave, which it may at any time.
                421 => Cause::Refused(reply),
                _ => Cause::Unasked(reply),
            };
            return Err(self.over(cause, phase));
        };
        self.awaited.pop_front();
        let answered = self.follow(awaited.command, &whole);
        if answered.is_err() && awaited.command == Command::Dot && whole.code != 421 {
            // It was no answer to the dot, which is unanswered still.
            self.awaited.push_front(awaited);
        }
        answered
    }

    fn follow(&mut self, command: Command, whole: &Whole) -> Result<(), SessionError> {
        match command {
            Command::Quit => {
                self.is_over = true;
                Ok(())
            }
            Command::Mail
            | Command::Recipient
            | Command::Data
            | Command::Dot
            | Command::LoneDot
            | Command::Reset => self.carried(command, whole),
            command => self.opened(command, whole),
        }
    }
}

impl Command {
    fn phase(self) -> Phase {
        match self {
            Self::Greeting | Self::Ehlo | Self::Helo => Phase::Greeting,
            Self::StartTls => Phase::Tls,
            Self::LogIn => Phase::LogIn,
            Self::Proof => Phase::Proof,
            Self::Mail => Phase::Mail,
            Self::Recipient => Phase::Recipient,
            Self::Data => Phase::Data,
            Self::Dot => Phase::Reply,
            Self::LoneDot | Self::Reset | Self::Quit => Phase::Close,
        }
    }
}

fn completes(code: u16) -> bool {
    (200..300).contains(&code)
}

#[cfg(test)]
mod tests;
