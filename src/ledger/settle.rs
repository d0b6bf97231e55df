//! What is done to a whole issue: beginning and ending a send, recovering, settling doubts.

use jiff::Timestamp;
use rusqlite::params;

use super::status::IssueState;
use super::{Ledger, LedgerError, micros};
use crate::words::{Address, IssueName};
use crate::world::Lock;

/// How long attempts are kept for the rate; its longest window is a day.
const ATTEMPTS_KEPT_MICROS: i64 = 48 * 3_600 * 1_000_000;

/// What a person says of a copy in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assume {
    /// It arrived.
    Sent,
    /// It did not: it is pending again, under the same Message-ID.
    Unsent,
}

impl Ledger {
    /// Begins a send, or goes on with one; a `stop` before it is lifted.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn begin(&self, issue: &IssueName, at: Timestamp) -> Result<(), LedgerError> {
        let sql = "UPDATE issues SET state = 'sending', reason = NULL, ended = NULL, \
                   started = coalesce(started, ?2) WHERE id = ?1";
        self.store.write(|transaction| {
            let id = self.issue_id(transaction, issue)?;
            transaction.execute(sql, (id, micros(at))).map_err(LedgerError::doing("write"))?;
            Ok(())
        })
    }

    /// Says where the issue stands at the end of a call, and why.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn end(
        &self,
        issue: &IssueName,
        state: IssueState,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let sql = "UPDATE issues SET state = ?2, reason = ?3, ended = ?4 WHERE id = ?1";
        let over = matches!(state, IssueState::Sent | IssueState::Stopped);
        self.store.write(|transaction| {
            let id = self.issue_id(transaction, issue)?;
            let row = (id, state.name(), reason, over.then(|| micros(at)));
            transaction.execute(sql, row).map_err(LedgerError::doing("write"))?;
            Ok(())
        })
    }

    /// Puts in doubt what a process left `attempting` that is no more, and gives up its claims;
    /// returns how many copies are in doubt by it.
    ///
    /// The lock is the proof that no other process is at it.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn recover(
        &self,
        issue: &IssueName,
        _lock: &Lock,
        at: Timestamp,
    ) -> Result<usize, LedgerError> {
        let doing = LedgerError::doing("write");
        let doubt = "UPDATE copies SET state = 'in-doubt', connection = NULL, at = ?2, \
                     reply_code = NULL, \
                     reply_text = 'the sending process ended before the relay answered' \
                     WHERE issue = ?1 AND state = 'attempting'";
        let claims = "UPDATE copies SET claimed = 0 WHERE issue = ?1 AND claimed = 1";
        self.store.write(|transaction| {
            let id = self.issue_id(transaction, issue)?;
            let count = transaction.execute(doubt, (id, micros(at))).map_err(&doing)?;
            transaction.execute(claims, [id]).map_err(&doing)?;
            let old = micros(at) - ATTEMPTS_KEPT_MICROS;
            transaction.execute("DELETE FROM attempts WHERE at < ?1", [old]).map_err(&doing)?;
            Ok(count)
        })
    }

    /// Settles copies in doubt as a person says: those of `addresses`, or all; returns how many.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn resolve(
        &self,
        issue: &IssueName,
        assume: Assume,
        addresses: &[Address],
        at: Timestamp,
    ) -> Result<usize, LedgerError> {
        let doing = LedgerError::doing("write");
        let (state, said) = match assume {
            Assume::Sent => ("accepted", Some("assumed sent, by hand")),
            Assume::Unsent => ("pending", None),
        };
        let sql = "UPDATE copies SET state = ?2, reply_code = NULL, reply_text = ?3, at = ?4, \
                   claimed = 0 \
                   WHERE issue = ?1 AND state = 'in-doubt' AND (?5 IS NULL OR folded = ?5)";
        self.store.write(|transaction| {
            let id = self.issue_id(transaction, issue)?;
            let mut update = transaction.prepare(sql).map_err(&doing)?;
            let all = [None];
            let some: Vec<_> = addresses.iter().map(|address| Some(address.folded())).collect();
            let mut count = 0;
            for folded in if addresses.is_empty() { &all[..] } else { &some[..] } {
                let row = params![id, state, said, micros(at), folded];
                count += update.execute(row).map_err(&doing)?;
            }
            if assume == Assume::Unsent && count > 0 {
                let sql = "UPDATE issues SET state = 'sending', ended = NULL \
                           WHERE id = ?1 AND state = 'sent'";
                transaction.execute(sql, [id]).map_err(&doing)?;
            }
            Ok(count)
        })
    }
}
