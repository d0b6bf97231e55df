//! What can go wrong in a session, and when.

use std::fmt;
use std::io;

use crate::words::Reply;

/// Where in a session something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The connection was being made.
    Connect,
    /// The greeting and EHLO.
    Greeting,
    /// STARTTLS, or the TLS handshake.
    Tls,
    /// AUTH.
    LogIn,
    /// The proof that a test inbox is ours.
    Proof,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Recipient,
    /// DATA, up to its 354.
    Data,
    /// The message's text, before any byte of its final dot.
    Body,
    /// From the final dot on.
    Reply,
    /// Between copies: RSET, QUIT, or nothing at all.
    Close,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Greeting => "the greeting",
            Self::Tls => "setting up TLS",
            Self::LogIn => "the log-in",
            Self::Proof => "the proof of the test inbox",
            Self::Mail => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Body => "the message's text",
            Self::Reply => "the reply to the message",
            Self::Close => "the end of the session",
        })
    }
}

/// An error of a session, which knows its phase.
#[derive(Debug, thiserror::Error)]
#[error("{phase}: {cause}")]
pub struct SessionError {
    /// When it happened.
    pub phase: Phase,
    /// What happened.
    #[source]
    pub cause: Cause,
}

/// Why a step of a session failed.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// A whole negative reply.
    #[error("the server said `{0}`")]
    Refused(Reply),
    /// A whole reply, but not one to what was asked: the two ends are out of step.
    #[error("the server said `{0}`, which is no answer to that")]
    Unfitting(Reply),
    /// A reply before anything was asked: the two ends are out of step.
    #[error("the server said `{0}` unasked")]
    Unasked(Reply),
    /// What came is no reply.
    #[error("the server said `{0}`, which is no reply")]
    Garbled(String),
    /// A reply that does not end.
    #[error("the server's reply has no end")]
    Endless,
    /// The connection broke.
    #[error("{0}")]
    Lost(io::Error),
    /// No reply came in time.
    #[error("no answer within {0} s")]
    TimedOut(u64),
    /// The server lacks what is required.
    #[error("the server does not offer {0}")]
    NotOffered(&'static str),
    /// It is not the server that it ought to be.
    #[error("it is not our test inbox")]
    NotOurs,
    /// A password would have crossed a network in the clear.
    #[error("a log-in without TLS to another machine is never tried")]
    Plaintext,
    /// We were asked to end, and it took too long.
    #[error("the send was asked to end before the server answered")]
    Hurried,
}

impl SessionError {
    /// Returns the server's refusal, if it is one.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Refused(reply) => Some(reply),
            _ => None,
        }
    }

    /// Says whether the replies may be one behind: then the last one that seemed to answer a dot was
    /// another's. It shows as a reply too many before MAIL, or as a `250` where DATA is answered.
    pub fn may_be_behind(&self) -> bool {
        match &self.cause {
            Cause::Unasked(_) => matches!(self.phase, Phase::Mail | Phase::Close),
            Cause::Unfitting(reply) => self.phase == Phase::Data && reply.code < 300,
            _ => false,
        }
    }
}

impl Cause {
    /// Adds when it happened.
    pub fn at(self, phase: Phase) -> SessionError {
        SessionError { phase, cause: self }
    }

    /// The server closed the connection.
    pub fn hung_up() -> Self {
        Self::Lost(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up"))
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}
