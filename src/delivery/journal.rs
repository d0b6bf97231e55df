//! What a send must write down, and when. The ledger keeps it.
//!
//! Invariant: when a method that writes returns, what it wrote is durable. After a
//! [`JournalError::Durability`] no dot is written, nothing more is written down, and the send ends.

use std::future::Future;
use std::pin::Pin;

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

/// Whether the dot may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It may: the ledger durably says `attempting`.
    Marked,
    /// The reader was suppressed since the plan; the copy now has that outcome.
    Suppressed,
    /// The copy has an outcome already, or is being attempted.
    Settled,
    /// The send was stopped from elsewhere.
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

    /// Asks for the right to write the final dot of a copy.
    ///
    /// One transaction tests suppression and `stop`, and writes `attempting`; what was committed
    /// before it wins.
    fn mark(&self, attempt: Attempt) -> Answer<'_, Mark>;

    /// Writes down what became of an attempt, whether it was marked or ended before its dot.
    ///
    /// # Errors
    /// [`JournalError::Broken`] if the copy has an outcome already.
    fn settle(&self, copy: CopyId, outcome: Outcome) -> Answer<'_, ()>;

    /// Returns when copies were attempted after `since`, by whatever issue, for the rate.
    fn attempts_since(&self, since: Timestamp) -> Answer<'_, Vec<Timestamp>>;

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
