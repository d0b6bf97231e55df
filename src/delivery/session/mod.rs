//! The client side of an SMTP session, step by step, over lettre's connection.
//!
//! Each step is one command and its reply, so every error knows its [`Phase`]. The carrier is the
//! caller's: this module opens no socket and reads no clock but for time-outs.
//!
//! Invariant: once a byte of the final dot is written, only a complete reply settles a copy; until
//! then it is in doubt (RFC 1047), and no path from here calls it deferred.

mod error;
mod open;
mod wire;

use std::fmt::{self, Display};
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::response::Response;

use crate::words::{Address, Reply};

pub use crate::words::Secret;
use error::reply_of;
pub use error::{Cause, Phase, SessionError};
pub use open::Offers;
pub use wire::Carrier;
use wire::WireHandle;

/// How long each step may take (RFC 5321 section 4.5.3.2).
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// To connect, and for a TLS handshake.
    pub connect: Duration,
    /// For the greeting and EHLO.
    pub greeting: Duration,
    /// For the reply to a command.
    pub command: Duration,
    /// For the reply to DATA.
    pub data: Duration,
    /// To write the text of a message and read the reply to its dot.
    pub message: Duration,
    /// For RSET and QUIT, whose replies nobody needs.
    pub close: Duration,
    /// The wait behind an opening that failed; it doubles with each in a row.
    pub reopen: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(60),
            greeting: Duration::from_secs(300),
            command: Duration::from_secs(300),
            data: Duration::from_secs(120),
            // Three minutes a block of text, and ten for the reply to the dot: a relay that is
            // slow to say `250` must not get the copy twice.
            message: Duration::from_secs(780),
            close: Duration::from_secs(5),
            reopen: Duration::from_secs(1),
        }
    }
}

/// What we call ourselves in EHLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hello {
    /// A fully qualified host name.
    Name(String),
    /// Our address, as a literal.
    Address(IpAddr),
}

/// What became of a message whose text was begun.
#[derive(Debug)]
pub enum Ending {
    /// The server took it.
    Accepted(Reply),
    /// The server refused it with a whole reply.
    Refused(Reply),
    /// The connection broke before any byte of the final dot was handed to it: nothing was sent.
    NotSent(SessionError),
    /// There is no whole and certain reply to the dot.
    InDoubt(SessionError),
}

/// An open session.
pub struct Session {
    connection: AsyncSmtpConnection,
    wire: WireHandle,
    offers: Offers,
    hello: Hello,
    timeouts: Timeouts,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("offers", &self.offers).finish_non_exhaustive()
    }
}

impl Session {
    /// Returns what the server offered in its last EHLO reply.
    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Announces a copy: MAIL, RCPT and DATA, up to the 354.
    ///
    /// # Errors
    /// A refusal of any of them; where [`SessionError::keeps_session`], [`Session::reset`] makes
    /// the session fit for the next copy.
    pub async fn envelope(&mut self, from: &Address, to: &Address) -> Result<(), SessionError> {
        let utf8 = from.needs_smtputf8() || to.needs_smtputf8();
        if utf8 && !self.offers.smtputf8 {
            return Err(Cause::NotOffered("SMTPUTF8").at(Phase::Mail));
        }
        let utf8 = if utf8 { " SMTPUTF8" } else { "" };
        let body = if self.offers.eight_bit { " BODY=8BITMIME" } else { "" };
        let limit = self.timeouts.command;
        let mail = format!("MAIL FROM:<{from}>{body}{utf8}\r\n");
        self.expect(mail, Phase::Mail, limit, completes).await?;
        self.expect(format!("RCPT TO:<{to}>\r\n"), Phase::Recipient, limit, completes).await?;
        self.expect("DATA\r\n", Phase::Data, self.timeouts.data, |code| code == 354).await?;
        Ok(())
    }

    /// Writes the text of a message, its final dot, and reads the reply.
    ///
    /// The caller has the durable right to write the dot, and has it for this copy alone.
    pub async fn message(&mut self, text: &[u8]) -> Ending {
        self.wire.begin_message();
        let limit = self.timeouts.message;
        let result = timed(limit, self.connection.message(without_last_line_end(text))).await;
        let dot_written = self.wire.end_message();
        match result {
            Ok(response) if completes(response.code().into()) => {
                Ending::Accepted(reply_of(&response))
            }
            Ok(response) => Ending::InDoubt(Cause::Unfitting(reply_of(&response)).at(Phase::Reply)),
            Err(Cause::Refused(reply)) => Ending::Refused(reply),
            Err(cause) if dot_written => Ending::InDoubt(cause.at(Phase::Reply)),
            Err(cause) => Ending::NotSent(cause.at(Phase::Body)),
        }
    }

    /// Forgets a refused transaction, so that the session takes another.
    ///
    /// # Errors
    /// Then the session is over.
    pub async fn reset(&mut self) -> Result<(), SessionError> {
        self.expect("RSET\r\n", Phase::Close, self.timeouts.close, completes).await.map(drop)
    }

    /// Takes leave, and closes. Nothing depends on the reply.
    pub async fn quit(mut self) {
        let _ = self.expect("QUIT\r\n", Phase::Close, self.timeouts.close, completes).await;
    }

    /// Sends a command and demands a certain kind of positive reply.
    async fn expect(
        &mut self,
        command: impl Display,
        phase: Phase,
        limit: Duration,
        fits: impl Fn(u16) -> bool,
    ) -> Result<Response, SessionError> {
        let response = timed(limit, self.connection.command(command)).await;
        match response {
            Ok(response) if fits(response.code().into()) => Ok(response),
            Ok(response) => Err(Cause::Unfitting(reply_of(&response)).at(phase)),
            Err(cause) => Err(cause.at(phase)),
        }
    }
}

fn completes(code: u16) -> bool {
    (200..300).contains(&code)
}

/// lettre writes a line end before the dot, whatever the text ends in.
fn without_last_line_end(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r\n").unwrap_or(text)
}

async fn timed<T, E: Into<Cause>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, Cause> {
    match tokio::time::timeout(limit, step).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(Cause::TimedOut(limit.as_secs())),
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}
