//! The SQLite database: opening it, its tables, its transactions.
//!
//! Invariant: what a write transaction wrote is on the disk when it returns. Once one has failed,
//! nothing more is written through this handle.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::LedgerError;

/// How long a transaction waits for another process to end its own.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// How many statements are kept prepared.
const STATEMENTS_MAX: usize = 64;

mod embedded {
    refinery::embed_migrations!("src/ledger/migrations");
}

/// An open database.
#[derive(Debug)]
pub(super) struct Store {
    connection: Mutex<Connection>,
    broken: AtomicBool,
}

impl Store {
    /// Opens a database, and brings its tables up to date.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let doing = LedgerError::doing("open");
        let mut connection = Connection::open_with_flags(path, flags).map_err(&doing)?;
        connection.busy_timeout(BUSY_WAIT).map_err(&doing)?;
        refuse_newer(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(&doing)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(&doing)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(&doing)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        if version(&connection)?.unwrap_or(0) < known_version() {
            embedded::migrations::runner()
                .run(&mut connection)
                .map_err(|error| LedgerError::Migration(Box::new(error)))?;
        }
        Ok(Self { connection: Mutex::new(connection), broken: AtomicBool::new(false) })
    }

    /// Opens a database that is only read, and whose bytes stay as they are.
    ///
    /// Where it has no write-ahead log, nobody has it open, and SQLite is told that it does not
    /// change: otherwise it would leave a log and an index beside it.
    pub(super) fn open_to_read(path: &Path, has_log: bool) -> Result<Connection, LedgerError> {
        let doing = LedgerError::doing("read");
        let mut url = url::Url::from_file_path(path)
            .map_err(|()| LedgerError::Damaged(format!("{} is no path", path.display())))?;
        url.query_pairs_mut().append_pair("mode", "ro");
        if !has_log {
            url.query_pairs_mut().append_pair("immutable", "1");
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(url.as_str(), flags).map_err(&doing)?;
        connection.busy_timeout(BUSY_WAIT).map_err(&doing)?;
        refuse_newer(&connection)?;
        Ok(connection)
    }

    /// Reads.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        work(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes in one transaction; what an error leaves behind is nothing.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let doing = LedgerError::doing("write");
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if self.broken.load(Ordering::Acquire) {
            return Err(LedgerError::Damaged("an earlier write failed".into()));
        }
        let result = (|| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(&doing)?;
            let value = work(&transaction)?;
            transaction.commit().map_err(&doing)?;
            Ok(value)
        })();
        if matches!(result, Err(LedgerError::Database { .. })) {
            self.broken.store(true, Ordering::Release);
        }
        result
    }
}

fn known_version() -> i64 {
    let migrations = embedded::migrations::runner();
    migrations.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0)
}

fn version(connection: &Connection) -> Result<Option<i64>, LedgerError> {
    let doing = LedgerError::doing("read");
    let table = connection.table_exists(None, "refinery_schema_history").map_err(&doing)?;
    if !table {
        return Ok(None);
    }
    let sql = "SELECT max(version) FROM refinery_schema_history";
    connection.query_row(sql, [], |row| row.get(0)).map_err(&doing)
}

fn refuse_newer(connection: &Connection) -> Result<(), LedgerError> {
    let (found, known) = (version(connection)?.unwrap_or(0), known_version());
    if found > known { Err(LedgerError::Newer { found, known }) } else { Ok(()) }
}
