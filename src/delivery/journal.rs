//! What a send must write down, and when. The ledger keeps it.
//!
//! Invariant: when a method that writes returns, what it wrote is durable. After a
//! [`JournalError::Durability`] no dot is written, nothing more is written down, and the send ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;

use super::classify::Class;
use crate::words::{Address, CopyId, CopyState, Reply};

/// An answer of the journal in the making.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, JournalError>> + Send + 'a>>;

/// A copy that this send has claimed. To claim is not to attempt.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The copy.
    pub copy: CopyId,
    /// Whom it is for.
    pub address: Address,
    /// The reader's fields, as the plan froze them, in JSON.
    pub fields: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried first: its Date.
    pub first_attempt_at: Option<Timestamp>,
}

/// The attempt whose dot is asked for.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The copy.
    pub copy: CopyId,
    /// The connection, which has no other attempt without an outcome.
    pub connection: u32,
    /// When its MAIL was written.
    pub at: Timestamp,
    /// The Message-ID that it bears.
    pub message_id: String,
}

/// What became of a copy.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The copy.
    pub copy: CopyId,
    /// What became of it.
    pub outcome: Outcome,
}

/// An attempt of an earlier call, for the rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAttempt {
    /// When its MAIL was written.
    pub at: Timestamp,
    /// The relay that it went to.
    pub relay: Arc<str>,
    /// The recipient's domain.
    pub domain: Arc<str>,
}

/// What earlier calls did, for the rate.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// The attempts that are known, of whatever issue.
    pub attempts: Vec<PastAttempt>,
    /// So many more may have been begun by a process that died before it wrote them down: one for
    /// each of its connections. They count as made now, to whatever domain.
    pub unseen: u32,
}

/// Whether the dot may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It may: the ledger durably says `attempting`.
    Marked,
    /// The reader was suppressed since the plan; the copy now has that outcome.
    Suppressed,
    /// The copy has an outcome already, or is being attempted.
    Settled,
    /// The send was stopped from elsewhere, or its content was replaced.
    Stopped,
}

/// What became of an attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the copy stands now: an outcome, `deferred`, or `pending` once more.
    pub state: CopyState,
    /// What the relay said, where it said anything.
    pub reply: Option<Reply>,
    /// What else there is to say, where there is no reply.
    pub remark: Option<String>,
    /// What the refusal speaks of.
    pub class: Option<Class>,
    /// When its MAIL was written.
    pub at: Timestamp,
    /// When a deferred copy is due again.
    pub next_attempt: Option<Timestamp>,
}

impl Outcome {
    /// Adds what the relay said.
    #[must_use]
    pub fn said(mut self, reply: &Reply) -> Self {
        self.reply = Some(reply.clone());
        self
    }

    /// Adds what a refusal speaks of.
    #[must_use]
    pub fn class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// Adds what happened, where there is no reply.
    #[must_use]
    pub fn because(mut self, error: &dyn std::error::Error) -> Self {
        self.remark = Some(error.to_string());
        self
    }
}

/// How many copies of the issue stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The relay took them.
    pub accepted: u64,
    /// Refused for good.
    pub failed: u64,
    /// Suppressed after the plan.
    pub suppressed: u64,
    /// Nobody knows.
    pub in_doubt: u64,
    /// Not tried.
    pub pending: u64,
    /// Under way.
    pub attempting: u64,
    /// To be tried again.
    pub deferred: u64,
}

impl Tally {
    /// Returns the sum of all states.
    pub fn sum(&self) -> u64 {
        CopyState::ALL.into_iter().map(|state| self.of(state)).sum()
    }

    /// Returns the share of the plan that failed, from 0 to 1.
    pub fn failed_share(&self) -> f64 {
        match self.sum() {
            0 => 0.0,
            sum => self.failed as f64 / sum as f64,
        }
    }

    /// Returns the count of one state.
    pub fn of(&self, state: CopyState) -> u64 {
        let mut copy = *self;
        *copy.of_mut(state)
    }

    /// Gives access to the count of one state.
    pub fn of_mut(&mut self, state: CopyState) -> &mut u64 {
        match state {
            CopyState::Accepted => &mut self.accepted,
            CopyState::Failed => &mut self.failed,
            CopyState::Suppressed => &mut self.suppressed,
            CopyState::InDoubt => &mut self.in_doubt,
            CopyState::Pending => &mut self.pending,
            CopyState::Attempting => &mut self.attempting,
            CopyState::Deferred => &mut self.deferred,
        }
    }
}

/// What keeps account of one issue's copies.
pub trait Journal: Send + Sync {
    /// Claims up to `count` copies that nobody has claimed: deferred ones that are due at `now`,
    /// then pending ones in the order of the plan.
    fn claim(&self, count: usize, now: Timestamp) -> Answer<'_, Vec<Recipient>>;

    /// Gives claims back; the copies stand as they stood.
    fn release(&self, copies: Vec<CopyId>) -> Answer<'_, ()>;

    /// Writes down what became of earlier copies, and asks for the right to write the final dot of
    /// another. One commit holds it all, so no connection ever has two marks without an outcome on
    /// disk; connections share commits.
    ///
    /// The same transaction tests suppression, `stop` and the revision; what was committed before it
    /// wins. Whatever the answer, `settled` is written.
    ///
    /// # Errors
    /// [`JournalError::Broken`] if a copy of `settled` has an outcome already, or the connection has
    /// a mark whose outcome is not among `settled`.
    fn mark(&self, settled: Vec<Settled>, attempt: Attempt) -> Answer<'_, Mark>;

    /// Writes down what became of attempts, whether they were marked or ended before their dot.
    ///
    /// # Errors
    /// [`JournalError::Broken`] if a copy has an outcome already.
    fn settle(&self, settled: Vec<Settled>) -> Answer<'_, ()>;

    /// Puts off all copies that are pending, for what the relay said of our quota; returns how many.
    /// They are due as soon as the next call begins.
    fn defer_rest(&self, reply: Reply, at: Timestamp) -> Answer<'_, u64>;

    /// Returns what was attempted after `since`, by whatever issue, for the rate.
    fn past(&self, since: Timestamp) -> Answer<'_, Past>;

    /// Writes down, for `status`, that copies to `destination` (a domain, or the relay's name) are
    /// slowed down to so many a second, or no longer.
    fn slowed(&self, destination: String, per_second: Option<f64>) -> Answer<'_, ()>;

    /// Returns when the next deferred copy is due.
    fn next_due(&self) -> Answer<'_, Option<Timestamp>>;

    /// Counts the copies.
    fn tally(&self) -> Answer<'_, Tally>;

    /// Ends what is open about addresses that the relay refused as such: they are suppressed, or,
    /// where the relay's word is not to be trusted, forgotten.
    fn close_candidates(&self, suppress: bool, at: Timestamp) -> Answer<'_, ()>;
}

/// The journal could not do its part.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// What was to be written may not have reached the disk.
    #[error("the ledger could not be written: {0}")]
    Durability(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was to be read could not be.
    #[error("the ledger could not be read: {0}")]
    Read(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A promise of the send would have been broken.
    #[error("copy {copy} {what}")]
    Broken {
        /// The copy.
        copy: CopyId,
        /// What is wrong with it.
        what: &'static str,
    },
}
