//! How long each step of a session may take.

use std::time::Duration;

use super::Phase;

/// How long each step may take (RFC 5321 section 4.5.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, and for a TLS handshake.
    pub connect: Duration,
    /// For the greeting, EHLO, and the log-in.
    pub greeting: Duration,
    /// For the reply to MAIL.
    pub mail: Duration,
    /// For the reply to RCPT.
    pub recipient: Duration,
    /// For the reply to DATA.
    pub data: Duration,
    /// For the server to take a block of a message's text.
    pub text: Duration,
    /// For the reply to the final dot.
    pub reply: Duration,
    /// For RSET and QUIT, whose replies nobody needs.
    pub close: Duration,
    /// The wait behind an opening that failed; it doubles with each in a row.
    pub reopen: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self {
            connect: minutes(1),
            greeting: minutes(5),
            mail: minutes(5),
            recipient: minutes(5),
            data: minutes(2),
            text: minutes(3),
            // A server that is slow to say `250` must not get the copy twice.
            reply: minutes(10),
            close: Duration::from_secs(5),
            reopen: Duration::from_secs(1),
        }
    }
}

impl Timeouts {
    /// Returns how long to wait in a phase.
    pub fn of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Connect | Phase::Tls => self.connect,
            Phase::Greeting | Phase::LogIn | Phase::Proof => self.greeting,
            Phase::Mail => self.mail,
            Phase::Recipient => self.recipient,
            Phase::Data => self.data,
            Phase::Body => self.text,
            Phase::Reply => self.reply,
            Phase::Close => self.close,
        }
    }
}
