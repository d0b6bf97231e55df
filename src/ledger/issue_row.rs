//! An issue's row: which state, which revision, and its checksum.
//!
//! Invariant: the row is sealed by the transaction that changes it.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::LedgerError;
use super::seal::{SEAL_BYTES, Seal};
use crate::words::IssueName;

const COLUMNS: &str = "id, newsletter, name, state, reason, planned, revision, connections, \
                       created, started, ended, checksum";

/// An issue as the table has it.
#[derive(Clone, Debug)]
pub(super) struct IssueRow {
    pub(super) id: i64,
    newsletter: String,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) planned: i64,
    pub(super) revision: i64,
    pub(super) connections: i64,
    created: i64,
    pub(super) started: Option<i64>,
    pub(super) ended: Option<i64>,
    checksum: Vec<u8>,
}

impl IssueRow {
    /// An issue that was just planned.
    pub(super) fn planned(
        id: i64,
        newsletter: &str,
        name: &IssueName,
        planned: i64,
        created: i64,
    ) -> Self {
        Self {
            id,
            newsletter: newsletter.to_owned(),
            name: name.to_string(),
            state: "planned".to_owned(),
            reason: None,
            planned,
            revision: 1,
            connections: 0,
            created,
            started: None,
            ended: None,
            checksum: Vec::new(),
        }
    }

    /// Writes a new row, with an id that is given.
    pub(super) fn insert(&self, connection: &Connection) -> Result<(), LedgerError> {
        let sql = "INSERT INTO issues \
                   (id, newsletter, name, state, planned, revision, created, checksum) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let row = (
            self.id,
            &self.newsletter,
            &self.name,
            &self.state,
            self.planned,
            self.revision,
            self.created,
            self.seal(),
        );
        connection.execute(sql, row).map_err(LedgerError::doing("write"))?;
        Ok(())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            newsletter: row.get(1)?,
            name: row.get(2)?,
            state: row.get(3)?,
            reason: row.get(4)?,
            planned: row.get(5)?,
            revision: row.get(6)?,
            connections: row.get(7)?,
            created: row.get(8)?,
            started: row.get(9)?,
            ended: row.get(10)?,
            checksum: row.get(11)?,
        })
    }

    /// Returns the row of an issue, if it is sound.
    ///
    /// # Errors
    /// [`LedgerError::Mismatch`].
    pub(super) fn load(connection: &Connection, id: i64) -> Result<Option<Self>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM issues WHERE id = ?1");
        connection
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_row([id], Self::read).optional())
            .map_err(LedgerError::doing("read"))?
            .map(Self::verified)
            .transpose()
    }

    /// Returns the row if it matches its checksum.
    pub(super) fn verified(self) -> Result<Self, LedgerError> {
        if self.checksum == self.seal() {
            return Ok(self);
        }
        Err(LedgerError::Mismatch { what: "issue", id: self.id })
    }

    fn seal(&self) -> [u8; SEAL_BYTES] {
        Seal::new("issues")
            .number(self.id)
            .text(&*self.newsletter)
            .text(&*self.name)
            .text(&*self.state)
            .text(self.reason.as_deref())
            .number(self.planned)
            .number(self.revision)
            .number(self.connections)
            .number(self.created)
            .number(self.started)
            .number(self.ended)
            .end()
    }

    /// Writes back what may change, with its checksum.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), LedgerError> {
        let sql = "UPDATE issues SET state = ?2, reason = ?3, revision = ?4, connections = ?5, \
                   started = ?6, ended = ?7, planned = ?8, checksum = ?9 WHERE id = ?1";
        let row = (
            self.id,
            &self.state,
            &self.reason,
            self.revision,
            self.connections,
            self.started,
            self.ended,
            self.planned,
            self.seal(),
        );
        connection
            .prepare_cached(sql)
            .and_then(|mut update| update.execute(row))
            .map_err(LedgerError::doing("write"))?;
        Ok(())
    }
}

/// Returns all issues, sound or not.
pub(super) fn all(connection: &Connection) -> Result<Vec<IssueRow>, LedgerError> {
    connection
        .prepare(&format!("SELECT {COLUMNS} FROM issues ORDER BY id"))
        .and_then(|mut query| query.query_map([], IssueRow::read)?.collect())
        .map_err(LedgerError::doing("read"))
}

/// Gives every row its checksum.
pub(super) fn seal_all(connection: &Connection) -> Result<(), LedgerError> {
    all(connection)?.iter().try_for_each(|row| row.save(connection))
}
