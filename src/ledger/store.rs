//! The SQLite database: opening it, its tables, its transactions.
//!
//! Invariant: what a write transaction wrote is on the disk when it returns. Once one has failed,
//! nothing more is written through this handle.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::change::Change;
use super::committer::{Committer, Job};
use super::log::Log;
use super::witness::{Doubt, Witness};
use super::{LedgerError, upgrade};
use crate::delivery::JournalError;

/// How long a transaction waits for another process to end its own.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// How many statements are kept prepared.
const STATEMENTS_MAX: usize = 64;

mod embedded {
    refinery::embed_migrations!("src/ledger/migrations");
}

/// An open database. Reads have a connection of their own, so none waits for a flush.
#[derive(Debug)]
pub(super) struct Store {
    core: Arc<Core>,
    reader: Mutex<Connection>,
    committer: OnceLock<Committer>,
}

/// What writes.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) writer: Mutex<Connection>,
    pub(super) broken: AtomicBool,
    pub(super) groups: AtomicU64,
    guard: OnceLock<Guard>,
    log: Log,
    pub(super) path: String,
    /// What a flush takes longer in a test.
    #[cfg(test)]
    slow: Mutex<Duration>,
}

/// What stands beside the database, and whether the two agree.
#[derive(Debug)]
struct Guard {
    witness: Witness,
    doubt: Mutex<Option<Doubt>>,
}

/// Whether commits wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// Each does.
    Always,
    /// None does: for what can be made again.
    Never,
}

impl Store {
    /// Opens a database, and brings its tables up to date; `before_sealing` is called where an
    /// earlier version's rows get their checksums.
    pub(super) fn open(
        path: &Path,
        flush: Flush,
        before_sealing: impl FnOnce(&Connection) -> Result<(), LedgerError>,
    ) -> Result<Self, LedgerError> {
        Self::opened(path, flush, before_sealing).map_err(|error| error.of(path))
    }

    fn opened(
        path: &Path,
        flush: Flush,
        before_sealing: impl FnOnce(&Connection) -> Result<(), LedgerError>,
    ) -> Result<Self, LedgerError> {
        let mut writer = connect(path)?;
        refuse_newer(&writer)?;
        let doing = LedgerError::doing("open");
        writer.pragma_update(None, "journal_mode", "WAL").map_err(&doing)?;
        let synchronous = if flush == Flush::Always { "FULL" } else { "OFF" };
        writer.pragma_update(None, "synchronous", synchronous).map_err(&doing)?;
        writer.pragma_update(None, "foreign_keys", true).map_err(&doing)?;
        if version(&writer)?.unwrap_or(0) < known_version() {
            migrations()
                .run(&mut writer)
                .map_err(|error| LedgerError::Migration(Box::new(error)))?;
        }
        upgrade::seal_all(&mut writer, before_sealing)?;
        if flush == Flush::Always {
            // From here on `Core::commit` flushes: the log and the witness at the same time.
            writer.pragma_update(None, "synchronous", "NORMAL").map_err(&doing)?;
        }
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true).map_err(&doing)?;
        let core = Core {
            writer: Mutex::new(writer),
            broken: AtomicBool::new(false),
            groups: AtomicU64::new(0),
            guard: OnceLock::new(),
            log: Log::beside(path, flush),
            path: path.display().to_string(),
            #[cfg(test)]
            slow: Mutex::default(),
        };
        Ok(Self { core: Arc::new(core), reader: Mutex::new(reader), committer: OnceLock::new() })
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
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        work(&reader).map_err(|error| error.of(Path::new(&self.core.path)))
    }

    /// Writes in one transaction; what an error leaves behind is nothing.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        match self.doubt() {
            Some(doubt) => Err(LedgerError::Doubt(doubt)),
            None => self.core.write(work),
        }
    }

    /// Writes although the ledger is not to be believed, because a person said how to go on; then
    /// it is believed again.
    pub(super) fn write_despite<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let guard = self.core.guard.get();
        if let Some(guard) = guard.filter(|guard| guard.doubt().is_some()) {
            // The witness is settled behind the commit: one without the other is in doubt still.
            let (value, number) = self
                .core
                .write_alone(|transaction| Ok((work(transaction)?, count(transaction)?)))?;
            guard.witness.renew(number)?;
            guard.believe();
            return Ok(value);
        }
        self.core.write(work)
    }

    /// Makes up for the commit with that number, which the witness has and the database lost; does
    /// nothing where another process has done so.
    pub(super) fn catch_up(
        &self,
        number: i64,
        work: impl FnOnce(&Transaction<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        self.core.write_alone(|transaction| {
            if number_of(transaction)? + 1 == number {
                work(transaction)?;
                count(transaction)?;
            }
            Ok(())
        })
    }

    /// Sets the witness beside the database, with what speaks against the two.
    pub(super) fn attach(&self, witness: Witness, doubt: Option<Doubt>) {
        let guard = Guard { witness, doubt: Mutex::new(doubt) };
        // A store is opened in one place, which attaches once.
        let _ = self.core.guard.set(guard);
    }

    /// Says why the ledger is not to be believed.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        self.core.guard.get().and_then(Guard::doubt)
    }

    /// Returns how many transactions have been committed.
    pub(super) fn number(&self) -> Result<i64, LedgerError> {
        self.read(number_of)
    }

    /// Hands a job to the thread that commits groups.
    pub(super) fn submit(&self, job: Box<dyn Job>) {
        if self.committer.get().is_none() {
            match Committer::start(self.core.clone()) {
                // Two may start one at the same time; the second's ends at once.
                Ok(committer) => drop(self.committer.set(committer)),
                Err(error) => return job.answer(Err(JournalError::Durability(Box::new(error)))),
            }
        }
        if let Some(committer) = self.committer.get() {
            committer.submit(job);
        }
    }

    /// Makes each flush take longer.
    #[cfg(test)]
    pub(super) fn slow_down(&self, flush: Duration) {
        *self.core.slow.lock().unwrap() = flush;
    }

    /// Returns how many groups have been committed.
    #[cfg(test)]
    pub(super) fn groups(&self) -> u64 {
        self.core.groups.load(Ordering::Relaxed)
    }
}

impl Core {
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.broken.load(Ordering::Acquire) {
            return Err(LedgerError::Ended);
        }
        let result = (|| {
            let transaction = begin(&mut writer)?;
            let value = work(&transaction)?;
            self.commit(transaction, &Change::Whole)?;
            Ok(value)
        })();
        if result.as_ref().is_err_and(LedgerError::is_of_the_disk) {
            self.broken.store(true, Ordering::Release);
        }
        result.map_err(|error| error.of(Path::new(&self.path)))
    }

    /// As [`Core::write`], without the witness.
    fn write_alone<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = begin(&mut writer)?;
        let value = work(&transaction)?;
        transaction.commit().map_err(LedgerError::doing("write"))?;
        self.log.sync()?;
        Ok(value)
    }

    /// Counts the transaction and makes it durable, here and in the witness.
    ///
    /// The log is written first: after the death of this process it is never behind the witness.
    /// What the witness can tell of a change it may have on the disk before the log is there, so
    /// the two flushes go on at the same time. All else is flushed here first.
    pub(super) fn commit(
        &self,
        transaction: Transaction<'_>,
        change: &Change,
    ) -> Result<(), LedgerError> {
        let number = count(&transaction)?;
        transaction.commit().map_err(LedgerError::doing("write"))?;
        match (self.guard.get(), change) {
            (None, _) => self.log.sync()?,
            (Some(guard), Change::Whole) => {
                self.log.sync()?;
                guard.witness.raise(number, change)?;
            }
            (Some(guard), Change::Copies(_)) => {
                self.log.sync_beside(|| guard.witness.raise(number, change))?;
            }
        }
        #[cfg(test)]
        self.wait();
        Ok(())
    }

    #[cfg(test)]
    #[allow(clippy::disallowed_methods)]
    fn wait(&self) {
        let slow = *self.slow.lock().unwrap();
        if !slow.is_zero() {
            std::thread::sleep(slow);
        }
    }
}

impl Guard {
    fn doubt(&self) -> Option<Doubt> {
        *self.doubt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn believe(&self) {
        *self.doubt.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn number_of(connection: &Connection) -> Result<i64, LedgerError> {
    connection
        .query_row("SELECT number FROM commits WHERE one = 1", [], |row| row.get(0))
        .map_err(LedgerError::doing("read"))
}

/// Counts a transaction; returns its number.
fn count(transaction: &Transaction<'_>) -> Result<i64, LedgerError> {
    transaction
        .prepare_cached("UPDATE commits SET number = number + 1 WHERE one = 1 RETURNING number")
        .and_then(|mut update| update.query_row([], |row| row.get(0)))
        .map_err(LedgerError::doing("write"))
}

/// Says whether a database holds no table yet.
pub(super) fn is_blank(path: &Path) -> Result<bool, LedgerError> {
    let look = || {
        let connection = connect(path)?;
        refuse_newer(&connection)?;
        Ok(version(&connection)?.is_none())
    };
    look().map_err(|error: LedgerError| error.of(path))
}

pub(super) fn begin(connection: &mut Connection) -> Result<Transaction<'_>, LedgerError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(LedgerError::doing("write"))
}

fn connect(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let doing = LedgerError::doing("open");
    let connection = Connection::open_with_flags(path, flags).map_err(&doing)?;
    connection.busy_timeout(BUSY_WAIT).map_err(&doing)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(connection)
}

/// The versions of the tables; all that are missing are made in one transaction.
pub(super) fn migrations() -> refinery::Runner {
    embedded::migrations::runner().set_grouped(true)
}

fn known_version() -> i64 {
    migrations().get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0)
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
