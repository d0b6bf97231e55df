//! Stopping an issue, and giving it another content.
//!
//! Invariant: what was committed before a mark wins: after a stop no mark is given, and a copy goes
//! with the revision that its record names.

use jiff::Timestamp;

use super::row::{self, CopyRow};
use super::status::IssueState;
use super::{Ledger, LedgerError, instant, micros, plan};
use crate::words::{CopyState, IssueName};
use crate::world::Lock;

/// What came of asking for a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No further copies.
    Now,
    /// It was stopped before.
    Before,
    /// It was sent; there is nothing left to stop.
    TooLate,
}

/// Says whether the content of an issue in a state, by its name, can be replaced.
///
/// # Errors
/// [`LedgerError::NothingLeft`] if it was sent, [`LedgerError::NotStopped`] if it may be under way.
pub fn may_correct(issue: &IssueName, state: &str) -> Result<(), LedgerError> {
    match state.parse() {
        Ok(IssueState::Stopped) => Ok(()),
        Ok(IssueState::Sent) => Err(LedgerError::NothingLeft(issue.clone())),
        _ => Err(LedgerError::NotStopped(issue.clone())),
    }
}

impl Ledger {
    /// Stops an issue, whoever is sending it: no mark is given once this returns.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn stop(&self, issue: &IssueName, at: Timestamp) -> Result<Stop, LedgerError> {
        self.store.write(|transaction| {
            let mut row = self.issue_row(transaction, issue)?;
            if row.state == IssueState::Sent.name() {
                return Ok(Stop::TooLate);
            }
            if row.state == IssueState::Stopped.name() {
                return Ok(Stop::Before);
            }
            row.state = IssueState::Stopped.name().to_owned();
            row.reason = Some("by hand".to_owned());
            row.ended = Some(micros(at));
            row.save(transaction)?;
            Ok(Stop::Now)
        })
    }

    /// Returns when an issue's content was last corrected, if it ever was.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn corrected(&self, issue: &IssueName) -> Result<Option<Timestamp>, LedgerError> {
        let sql = "SELECT max(c.created) AS created FROM contents c JOIN issues i ON i.id = c.issue \
                   WHERE i.newsletter = ?1 AND i.name = ?2 AND c.revision > 1";
        self.store.read(|connection| {
            connection
                .query_row(sql, (&*self.newsletter, issue.as_str()), |row| instant(row, "created"))
                .map_err(LedgerError::doing("read"))
        })
    }

    /// Gives a stopped issue's pending and deferred copies another content, as a new revision;
    /// returns its number and how many copies get it. Earlier revisions are kept.
    ///
    /// The lock is the proof that nobody is sending.
    ///
    /// # Errors
    /// As [`may_correct`], and [`LedgerError::NoSuchIssue`].
    pub fn correct(
        &self,
        issue: &IssueName,
        content: &str,
        _lock: &Lock,
        at: Timestamp,
    ) -> Result<(u32, u64), LedgerError> {
        self.verify(issue)?;
        self.store.write(|transaction| {
            let mut row = self.issue_row(transaction, issue)?;
            may_correct(issue, &row.state)?;
            row.revision += 1;
            plan::insert_content(transaction, row.id, row.revision, content, at)?;
            let mut waiting: Vec<CopyRow> = Vec::new();
            row::each(transaction, row.id, |copy| {
                let copy = copy.verified()?;
                if matches!(copy.state(), CopyState::Pending | CopyState::Deferred) {
                    waiting.push(copy);
                }
                Ok(())
            })?;
            let count = waiting.len() as u64;
            for mut copy in waiting {
                copy.revision = row.revision;
                copy.save(transaction)?;
            }
            row.save(transaction)?;
            let revision = u32::try_from(row.revision);
            Ok((revision.map_err(|error| LedgerError::Damaged(error.to_string()))?, count))
        })
    }
}
