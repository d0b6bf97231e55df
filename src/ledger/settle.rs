//! What is done to a whole issue: beginning and ending a send, recovering, settling doubts.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use super::issue_row::{self, IssueRow};
use super::row::{CopyRow, select};
use super::status::IssueState;
use super::{Ledger, LedgerError, micros};
use crate::words::{Address, CopyState, IssueName};
use crate::world::Lock;

/// How long attempts are kept for the rate; its longest window is a day.
const ATTEMPTS_KEPT_MICROS: i64 = 48 * 3_600 * 1_000_000;
/// More connections than this no process has.
const CONNECTIONS_MAX: i64 = 1_000;
/// What is said of a copy whose process died.
const DIED: &str = "the sending process ended before the relay answered";

/// What a person says of a copy in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assume {
    /// It arrived.
    Sent,
    /// It did not: it is pending again, under the same Message-ID.
    Unsent,
}

impl Ledger {
    /// Begins a send over so many connections, or goes on with one; a `stop` before it is lifted.
    /// Before that, all that the send relies on is looked over.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`]; [`LedgerError::Mismatch`] and its like if the ledger is not
    /// what was written.
    pub fn begin(
        &self,
        issue: &IssueName,
        connections: usize,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        self.verify(issue)?;
        self.store.write(|transaction| {
            let mut row = self.issue_row(transaction, issue)?;
            row.state = IssueState::Sending.name().to_owned();
            row.reason = None;
            row.ended = None;
            row.started.get_or_insert(micros(at));
            row.connections = i64::try_from(connections).unwrap_or(i64::MAX);
            forget_slowed(transaction)?;
            row.save(transaction)
        })
    }

    /// Says where the issue stands at the orderly end of a call, and why. A stop that came from
    /// elsewhere in the meantime stands.
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
        let over = matches!(state, IssueState::Sent | IssueState::Stopped);
        self.store.write(|transaction| {
            let mut row = self.issue_row(transaction, issue)?;
            row.connections = 0;
            let was_stopped = row.state == IssueState::Stopped.name();
            if !was_stopped || over {
                row.state = state.name().to_owned();
                row.reason = reason.map(str::to_owned);
                row.ended = over.then(|| micros(at));
            }
            forget_slowed(transaction)?;
            row.save(transaction)
        })
    }

    /// Puts in doubt what a process left `attempting` that is no more; returns how many copies are
    /// in doubt by it. Its connections count for the rate as attempts that may have been begun.
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
        self.store.write(|transaction| {
            let id = self.issue_id(transaction, issue)?;
            let left = rows_in(transaction, id, CopyState::Attempting)?;
            for mut row in left.iter().cloned() {
                row.set_state(CopyState::InDoubt, at);
                row.reply_code = None;
                row.reply_text = Some(DIED.to_owned());
                row.save(transaction)?;
            }
            let old = micros(at) - ATTEMPTS_KEPT_MICROS;
            transaction.execute("DELETE FROM attempts WHERE at < ?1", [old]).map_err(&doing)?;
            count_unseen(transaction, at)?;
            Ok(left.len())
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
        let (state, said) = match assume {
            Assume::Sent => (CopyState::Accepted, Some("assumed sent, by hand")),
            Assume::Unsent => (CopyState::Pending, None),
        };
        self.store.write(|transaction| {
            let mut issue = self.issue_row(transaction, issue)?;
            let mut count = 0;
            for mut row in rows_in(transaction, issue.id, CopyState::InDoubt)? {
                let is_meant = addresses.iter().any(|address| address.folded() == row.folded);
                if !is_meant && !addresses.is_empty() {
                    continue;
                }
                row.set_state(state, at);
                row.reply_code = None;
                row.reply_text = said.map(str::to_owned);
                row.save(transaction)?;
                count += 1;
            }
            if assume == Assume::Unsent && count > 0 && issue.state == IssueState::Sent.name() {
                issue.state = IssueState::Sending.name().to_owned();
                issue.ended = None;
                issue.save(transaction)?;
            }
            Ok(count)
        })
    }

    pub(super) fn issue_row(
        &self,
        connection: &Connection,
        issue: &IssueName,
    ) -> Result<IssueRow, LedgerError> {
        let id = self.issue_id(connection, issue)?;
        let row = IssueRow::load(connection, id)?;
        row.ok_or_else(|| LedgerError::NoSuchIssue(issue.clone()))
    }
}

/// The sound rows of an issue that are in a state, which an index need not know.
fn rows_in(
    connection: &Connection,
    issue: i64,
    state: CopyState,
) -> Result<Vec<CopyRow>, LedgerError> {
    let rows: Vec<CopyRow> = connection
        .prepare(&select("issue = ?1 AND state = ?2 ORDER BY position"))
        .and_then(|mut query| query.query_map((issue, state.name()), CopyRow::read)?.collect())
        .map_err(LedgerError::doing("read"))?;
    rows.into_iter().map(CopyRow::verified).collect()
}

/// Counts an attempt for each connection of a process that did not end in order.
fn count_unseen(transaction: &Transaction<'_>, at: Timestamp) -> Result<(), LedgerError> {
    for mut row in issue_row::all(transaction)? {
        if row.connections <= 0 {
            continue;
        }
        for _ in 0..row.connections.min(CONNECTIONS_MAX) {
            transaction
                .execute("INSERT INTO attempts (at, relay) VALUES (?1, '')", [micros(at)])
                .map_err(LedgerError::doing("write"))?;
        }
        row = row.verified()?;
        row.connections = 0;
        row.save(transaction)?;
    }
    Ok(())
}

fn forget_slowed(transaction: &Transaction<'_>) -> Result<(), LedgerError> {
    transaction.execute("DELETE FROM slowed", []).map_err(LedgerError::doing("write"))?;
    Ok(())
}
