//! The journal of a send, kept in the ledger.
//!
//! Each call is one transaction on a thread that may block. Group commit will gather them behind
//! the same calls: none of them promises a transaction of its own.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use super::store::Store;
use super::{Ledger, LedgerError, instant, micros, status};
use crate::delivery::{
    Answer, Attempt, Journal, JournalError, Mark, Past, PastAttempt, Recipient, Settled, Tally,
};
use crate::words::{CopyId, IssueName, Reply};

/// The journal of one issue.
#[derive(Clone, Debug)]
pub struct IssueJournal(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    store: Arc<Store>,
    pub(super) issue: i64,
    pub(super) name: IssueName,
    pub(super) newsletter: Arc<str>,
    pub(super) relay: String,
}

impl Ledger {
    /// Opens the journal of an issue for a send through `relay`. The caller holds the lock, and
    /// has called [`Ledger::recover`] and [`Ledger::begin`].
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn journal(&self, issue: &IssueName, relay: &str) -> Result<IssueJournal, LedgerError> {
        let id = self.store.read(|connection| self.issue_id(connection, issue))?;
        Ok(IssueJournal(Arc::new(Inner {
            store: self.store.clone(),
            issue: id,
            name: issue.clone(),
            newsletter: self.newsletter.clone(),
            relay: relay.to_owned(),
        })))
    }
}

/// A promise that would have been broken, or a failure of the ledger.
enum Fault {
    Broken(JournalError),
    Ledger(LedgerError),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl IssueJournal {
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &Transaction<'_>) -> Result<Result<T, JournalError>, LedgerError>
        + Send
        + 'static,
    ) -> Answer<'_, T> {
        let inner = self.0.clone();
        Box::pin(async move {
            let result = tokio::task::spawn_blocking(move || {
                // A broken promise must leave nothing behind, so it travels as an error.
                let mut broken = None;
                let result = inner.store.write(|transaction| match work(&inner, transaction)? {
                    Ok(value) => Ok(value),
                    Err(error) => {
                        broken = Some(error);
                        Err(LedgerError::Damaged("a promise would have been broken".into()))
                    }
                });
                result.map_err(|error| broken.map_or(Fault::Ledger(error), Fault::Broken))
            });
            match result.await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(Fault::Broken(error))) => Err(error),
                Ok(Err(Fault::Ledger(error))) => Err(JournalError::Durability(Box::new(error))),
                Err(error) => Err(JournalError::Durability(Box::new(error))),
            }
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Answer<'_, T> {
        let inner = self.0.clone();
        Box::pin(async move {
            let reading = move || inner.store.read(|connection| work(&inner, connection));
            match tokio::task::spawn_blocking(reading).await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(error)) => Err(JournalError::Read(Box::new(error))),
                Err(error) => Err(JournalError::Read(Box::new(error))),
            }
        })
    }
}

impl Journal for IssueJournal {
    fn claim(&self, count: usize, now: Timestamp) -> Answer<'_, Vec<Recipient>> {
        self.write(move |inner, transaction| Ok(Ok(inner.claim(transaction, count, now)?)))
    }

    fn release(&self, copies: Vec<CopyId>) -> Answer<'_, ()> {
        if copies.is_empty() {
            return Box::pin(async { Ok(()) });
        }
        self.write(move |_, transaction| {
            let sql = "UPDATE copies SET claimed = 0 WHERE copy = ?1";
            let mut update =
                transaction.prepare_cached(sql).map_err(LedgerError::doing("write"))?;
            for copy in copies {
                update.execute([copy.0]).map_err(LedgerError::doing("write"))?;
            }
            Ok(Ok(()))
        })
    }

    fn mark(&self, settled: Vec<Settled>, attempt: Attempt) -> Answer<'_, Mark> {
        self.write(move |inner, transaction| {
            if let Err(broken) = inner.settle_all(transaction, &settled)? {
                return Ok(Err(broken));
            }
            inner.mark(transaction, &attempt)
        })
    }

    fn settle(&self, settled: Vec<Settled>) -> Answer<'_, ()> {
        self.write(move |inner, transaction| inner.settle_all(transaction, &settled))
    }

    fn defer_rest(&self, reply: Reply, at: Timestamp) -> Answer<'_, u64> {
        let sql = "UPDATE copies SET state = 'deferred', claimed = 0, next_attempt_at = ?2, \
                   reply_code = ?3, reply_text = ?4, class = 'quota', at = ?2 \
                   WHERE issue = ?1 AND state = 'pending'";
        self.write(move |inner, transaction| {
            let row = (inner.issue, micros(at), reply.code, &reply.text);
            let count = transaction.execute(sql, row).map_err(LedgerError::doing("write"))?;
            Ok(Ok(count as u64))
        })
    }

    fn past(&self, since: Timestamp) -> Answer<'_, Past> {
        self.read(move |inner, connection| {
            let relay: Arc<str> = inner.relay.as_str().into();
            let attempts = connection
                .prepare_cached("SELECT at FROM attempts WHERE at > ?1 ORDER BY at")
                .and_then(|mut query| {
                    query
                        .query_map([micros(since)], |row| {
                            let at = instant(row, "at")?.unwrap_or_default();
                            Ok(PastAttempt { at, relay: relay.clone(), domain: "".into() })
                        })?
                        .collect::<Result<Vec<_>, _>>()
                })
                .map_err(LedgerError::doing("read"))?;
            Ok(Past { attempts, unseen: 0 })
        })
    }

    fn slowed(&self, _destination: String, _per_second: Option<f64>) -> Answer<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn next_due(&self) -> Answer<'_, Option<Timestamp>> {
        let sql = "SELECT min(next_attempt_at) AS due FROM copies \
                   WHERE issue = ?1 AND state = 'deferred' AND claimed = 0";
        self.read(move |inner, connection| {
            connection
                .query_row(sql, [inner.issue], |row| instant(row, "due"))
                .map_err(LedgerError::doing("read"))
        })
    }

    fn tally(&self) -> Answer<'_, Tally> {
        self.read(move |inner, connection| status::tally(connection, inner.issue))
    }

    fn close_candidates(&self, suppress: bool, at: Timestamp) -> Answer<'_, ()> {
        self.write(move |inner, transaction| {
            inner.close_candidates(transaction, suppress, at)?;
            Ok(Ok(()))
        })
    }
}
