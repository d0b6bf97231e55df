//! What happened to every copy of every issue, and who must not be written to.
//!
//! Invariants: an issue has one plan, frozen in one transaction; the states of its copies add up
//! to that plan; an accepted copy never changes; what a method wrote is durable when it returns.

mod backup;
mod change;
mod claims;
mod committer;
mod error;
mod group;
mod health;
mod home;
mod issue_row;
mod journal;
mod log;
mod mend;
mod notices;
mod plan;
mod rehearsal;
mod revise;
mod row;
mod schedule;
mod seal;
mod settle;
mod status;
mod store;
mod stories;
mod suppress;
mod transitions;
mod upgrade;
mod waiting;
mod witness;

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension as _, Row};

use crate::words::{CopyId, IssueName, Key, Purpose};
use crate::world::{Entropy, Files};

pub use error::LedgerError;
pub use health::{Health, PutInDoubt};
pub use journal::IssueJournal;
pub use notices::StaffNotice;
pub use plan::{Listed, NewPlan, PlanRow, PlanRows, PlannedReader, StoredIssue, digest};
pub use revise::{Stop, may_correct};
pub use schedule::ScheduleSeen;
pub use settle::Assume;
pub use status::{CopyStatus, Holder, IssueState, STATUS_SCHEMA, Slowed, Status};
use store::{Flush, Store};
pub use stories::planned_stories;
pub use suppress::Suppression;
pub use waiting::{Unsettled, Waiting};
pub use witness::Doubt;
use witness::{Said, Witness};

/// The ledger's usual place in a workspace.
pub const FILE: &str = ".letterpress/ledger.db";
/// The witness of the ledger in its usual place.
pub const WITNESS: &str = ".letterpress/witness";
/// Where backups go.
pub const BACKUPS: &str = ".letterpress/backups";
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
        Self::open_with(path, opening, Flush::Always, false)
    }

    /// As [`Ledger::open`], also where only the witness of a ledger is left: a new one begins, and
    /// is not believed. For [`Ledger::put_in_doubt`].
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_to_check(path: &str, opening: Opening<'_>) -> Result<Self, LedgerError> {
        Self::open_with(path, opening, Flush::Always, true)
    }

    fn open_with(
        path: &str,
        opening: Opening<'_>,
        flush: Flush,
        may_begin: bool,
    ) -> Result<Self, LedgerError> {
        let files = opening.files;
        let witness = witness::place(path);
        let is_blank = !files.exists(path) || store::is_blank(&files.resolve(path))?;
        if is_blank && !may_begin && files.exists(&witness) && !files.read(&witness)?.is_empty() {
            return Err(LedgerError::Doubt(Doubt::NoLedger));
        }
        let is_new = !files.exists(path);
        if is_new {
            // It holds addresses: nobody else reads it, nor the log beside it.
            files.write_private(path, b"")?;
        }
        let opened = Self::open_at(path, &witness, &opening, flush);
        if opened.is_err() && is_new {
            // Nothing half-made is left; what remains of it is worth nothing.
            let _ = Self::discard(path, files);
        }
        opened
    }

    fn open_at(
        path: &str,
        witness: &str,
        opening: &Opening<'_>,
        flush: Flush,
    ) -> Result<Self, LedgerError> {
        let is_flushed = flush == Flush::Always;
        let open_witness = |id| Witness::open(opening.files, witness, id, is_flushed);
        let store = Store::open(&opening.files.resolve(path), flush, |connection| {
            // An earlier version had no witness: it gets one before it is a ledger of this version.
            match home::id(connection)?.and_then(|id| witness::id_bytes(&id)) {
                Some(id) => open_witness(id)?.begin(0),
                None => Ok(()),
            }
        })?;
        let (identity, key) = home::identity(&store, opening)?;
        let id = witness::id_bytes(&identity)
            .ok_or_else(|| LedgerError::Damaged("its id is none".to_owned()))?;
        let beside = open_witness(id)?;
        // In this order: another process may commit in between.
        let (mut said, mut number) = (beside.said()?, store.number()?);
        if said == Said::Nothing && !home::had_sends(&store)? {
            beside.begin(number)?;
            (said, number) = (beside.said()?, store.number()?);
        }
        let doubt = match said {
            Said::This(record) if record.ledger == id && record.number > number => {
                mend::mend(&store, &record, number, opening.now)?
            }
            said => Witness::doubt(&said, id),
        };
        store.attach(beside, doubt);
        Ok(Self {
            store: Arc::new(store),
            newsletter: opening.newsletter.into(),
            identity: identity.into(),
            key,
            machine: opening.machine.into(),
        })
    }

    /// Says why the ledger is not to be believed: it can be read, and nothing is written to it.
    pub fn doubt(&self) -> Option<Doubt> {
        self.store.doubt()
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
