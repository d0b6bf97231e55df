//! What happened to every copy of every issue, and who must not be written to.
//!
//! Invariants: an issue has one plan, frozen in one transaction; the states of its copies add up
//! to that plan; an accepted copy never changes; what a method wrote is durable when it returns.

mod claims;
mod committer;
mod error;
mod home;
mod issue_row;
mod journal;
mod plan;
mod rehearsal;
mod row;
mod seal;
mod settle;
mod status;
mod store;
mod suppress;
mod transitions;
mod upgrade;

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row};

use crate::words::{CopyId, IssueName, Key, Purpose};
use crate::world::{Entropy, Files};

pub use error::LedgerError;
pub use journal::IssueJournal;
pub use plan::{NewPlan, PlannedReader, StoredIssue, digest};
pub use settle::Assume;
pub use status::{CopyStatus, Holder, IssueState, STATUS_SCHEMA, Status};
use store::Store;
pub use suppress::Suppression;

/// The ledger's usual place in a workspace.
pub const FILE: &str = ".letterpress/ledger.db";
/// The lock that a send holds, whatever the issue: the rate is shared.
pub const LOCK: &str = ".letterpress/lock";

/// The ledger, as one newsletter sees it. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Ledger {
    store: Arc<Store>,
    newsletter: Arc<str>,
    identity: Arc<str>,
    key: Key,
    machine: Arc<str>,
}

/// What a ledger is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The workspace's files.
    pub files: &'a dyn Files,
    /// Where new keys come from.
    pub entropy: &'a dyn Entropy,
    /// The id of the newsletter whose issues are meant.
    pub newsletter: &'a str,
    /// The machine's name.
    pub machine: &'a str,
    /// The present time.
    pub now: Timestamp,
}

impl Ledger {
    /// Opens the ledger at `path` in the workspace; a new one draws its id and its key.
    ///
    /// # Errors
    /// [`LedgerError::Newer`] for one that a later version made, and what the disk says.
    pub fn open(path: &str, opening: Opening<'_>) -> Result<Self, LedgerError> {
        if !opening.files.exists(path) {
            // It holds addresses: nobody else reads it, nor the log beside it.
            opening.files.write_private(path, b"")?;
        }
        let store = Store::open(&opening.files.resolve(path))?;
        let (identity, key) = home::identity(&store, &opening)?;
        Ok(Self {
            store: Arc::new(store),
            newsletter: opening.newsletter.into(),
            identity: identity.into(),
            key,
            machine: opening.machine.into(),
        })
    }

    /// Returns the ledger's id, which `[sent]` names.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Returns the key that ids and tokens are made with.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the id of the copy for an address in its folded form.
    pub fn copy_id(&self, issue: &IssueName, folded: &str) -> CopyId {
        crate::words::copy_id(&self.key, &self.newsletter, issue, folded)
    }

    /// Returns the token for a link of the reader with that folded address.
    pub fn token(&self, purpose: Purpose, issue: &IssueName, folded: &str) -> String {
        crate::words::token(&self.key, purpose, &self.newsletter, issue, folded)
    }

    /// Looks up an issue's row.
    fn issue_id(
        &self,
        connection: &rusqlite::Connection,
        issue: &IssueName,
    ) -> Result<i64, LedgerError> {
        connection
            .prepare_cached("SELECT id FROM issues WHERE newsletter = ?1 AND name = ?2")
            .and_then(|mut query| {
                query.query_row((&*self.newsletter, issue.as_str()), |row| row.get(0)).optional()
            })
            .map_err(LedgerError::doing("read"))?
            .ok_or_else(|| LedgerError::NoSuchIssue(issue.clone()))
    }
}

/// An instant as the tables hold it.
fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads an instant that may be null.
fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let Some(micros) = row.get::<_, Option<i64>>(column)? else { return Ok(None) };
    Timestamp::from_microsecond(micros).map(Some).map_err(unfit)
}

/// Reads a value that has a text form.
fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unfit(LedgerError::Damaged(format!("`{text}` as {column}"))))
}

/// Reads a count, which is never negative.
fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(unfit)
}

fn copy_of(row: &Row<'_>) -> rusqlite::Result<CopyId> {
    row.get("copy").map(CopyId)
}

fn unfit(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests;
