//! Sends copies: over SMTP, within the rate, and written down.
//!
//! Invariant: before any byte of a copy's final dot leaves, the journal durably calls the copy
//! `attempting`; behind the relay's whole reply, it durably says what that was. A copy whose reply
//! is missing is in doubt, and nothing here sends it again.

mod classify;
mod conn;
mod connect;
mod destination;
mod dispatch;
mod error;
mod finish;
mod journal;
mod limits;
mod line;
mod notice;
mod observe;
mod queue;
mod retry;
mod send;
pub mod session;
mod tls;
mod trial;
mod verdict;

pub use classify::{Class, classify};
pub use destination::{Ca, Destination, InboxProof, Login, RelayTarget};
pub use error::{DeliveryError, Halt};
pub use journal::{
    Answer, Attempt, Journal, JournalError, Mark, Outcome, Past, PastAttempt, Recipient, Settled,
    Tally,
};
pub use limits::{Limits, Rates, Slow};
pub use notice::{Letter, Post};
pub use observe::{Event, Nobody, Observer, Progress};
pub use send::{Compose, Ended, Job, Ports, Sent, Stop, send};
pub use tls::{Distrust, TlsError};

#[cfg(test)]
pub(crate) mod tests;
