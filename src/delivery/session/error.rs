//! What can go wrong in a session, and when.

use std::fmt;
use std::io;

use lettre::transport::smtp::Error as LettreError;
use lettre::transport::smtp::response::Response;

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
    /// RSET and QUIT.
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
            Self::Close => "closing the session",
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
    /// A whole positive reply, but not one to what was asked: the two ends are out of step.
    #[error("the server said `{0}`, which is no answer to that")]
    Unfitting(Reply),
    /// The connection broke, or what came over it was no reply.
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
}

impl SessionError {
    /// Says whether the session may go on behind it: the server answered, and does not close.
    pub fn keeps_session(&self) -> bool {
        matches!(&self.cause, Cause::Refused(reply) if reply.code != 421)
    }

    /// Returns the server's refusal, if it is one.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Refused(reply) => Some(reply),
            _ => None,
        }
    }
}

impl Cause {
    pub(super) fn at(self, phase: Phase) -> SessionError {
        SessionError { phase, cause: self }
    }
}

impl From<LettreError> for Cause {
    fn from(error: LettreError) -> Self {
        let source = std::error::Error::source(&error);
        let text = source.map(ToString::to_string).unwrap_or_default();
        if let Some(code) = error.status() {
            return Self::Refused(Reply { code: code.into(), text: shortened(&text) });
        }
        match source.and_then(|source| source.downcast_ref::<io::Error>()) {
            Some(cause) => Self::Lost(io::Error::new(cause.kind(), cause.to_string())),
            None if text == "incomplete response" => {
                Self::Lost(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up"))
            }
            None if error.is_response() => {
                let what = "what the server said is no reply";
                Self::Lost(io::Error::new(io::ErrorKind::InvalidData, what))
            }
            None => Self::Lost(io::Error::other(text)),
        }
    }
}

/// The longest text of a reply that is kept, in bytes.
const REPLY_TEXT_BYTES_MAX: usize = 1_000;

pub(super) fn reply_of(response: &Response) -> Reply {
    let text: Vec<&str> = response.message().collect();
    Reply { code: response.code().into(), text: shortened(&text.join(" ")) }
}

/// Keeps what a line of text may hold of a server's words.
fn shortened(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut kept = String::new();
    for c in plain {
        if kept.len() + c.len_utf8() > REPLY_TEXT_BYTES_MAX {
            break;
        }
        kept.push(c);
    }
    kept
}
