//! The SQLite database: opening it, its tables, its transactions.
//!
//! Invariant: what a write transaction wrote is on the disk when it returns. Once one has failed,
//! nothing more is written through this handle.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::time::Instant;

use super::committer::{Committer, Fault, Job};
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
    writer: Mutex<Connection>,
    broken: AtomicBool,
    groups: AtomicU64,
    /// What a flush takes longer in a test.
    #[cfg(test)]
    slow: Mutex<Duration>,
}

impl Store {
    /// Opens a database, and brings its tables up to date.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        let mut writer = connect(path)?;
        refuse_newer(&writer)?;
        let doing = LedgerError::doing("open");
        writer.pragma_update(None, "journal_mode", "WAL").map_err(&doing)?;
        writer.pragma_update(None, "synchronous", "FULL").map_err(&doing)?;
        writer.pragma_update(None, "foreign_keys", true).map_err(&doing)?;
        if version(&writer)?.unwrap_or(0) < known_version() {
            migrations()
                .run(&mut writer)
                .map_err(|error| LedgerError::Migration(Box::new(error)))?;
        }
        upgrade::seal_all(&mut writer)?;
        let reader = connect(path)?;
        reader.pragma_update(None, "query_only", true).map_err(&doing)?;
        let core = Core {
            writer: Mutex::new(writer),
            broken: AtomicBool::new(false),
            groups: AtomicU64::new(0),
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
        work(&self.reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes in one transaction; what an error leaves behind is nothing.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.core.write(work)
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
            self.commit(transaction)?;
            Ok(value)
        })();
        if matches!(result, Err(LedgerError::Database { .. })) {
            self.broken.store(true, Ordering::Release);
        }
        result
    }

    /// Counts the transaction and makes it durable.
    fn commit(&self, transaction: Transaction<'_>) -> Result<(), LedgerError> {
        let doing = LedgerError::doing("write");
        transaction
            .prepare_cached("UPDATE commits SET number = number + 1 WHERE one = 1")
            .and_then(|mut update| update.execute([]))
            .map_err(&doing)?;
        transaction.commit().map_err(&doing)?;
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

    /// Runs jobs in one transaction, and answers them; returns how long it took to make it
    /// durable.
    pub(super) fn commit_group(&self, mut jobs: Vec<Box<dyn Job>>) -> Option<Duration> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.broken.load(Ordering::Acquire) {
            answer_all(jobs, LedgerError::Ended);
            return None;
        }
        let result = self.run_group(&mut writer, &mut jobs);
        match result {
            Ok(took) => {
                self.groups.fetch_add(1, Ordering::Relaxed);
                jobs.into_iter().for_each(|job| job.answer(Ok(())));
                Some(took)
            }
            Err(error) => {
                self.broken.store(true, Ordering::Release);
                answer_all(jobs, error);
                None
            }
        }
    }

    /// Runs jobs until all that are left could be done together. One that is at fault alone is
    /// answered and left out; the others are done again without it.
    fn run_group(
        &self,
        writer: &mut Connection,
        jobs: &mut Vec<Box<dyn Job>>,
    ) -> Result<Duration, LedgerError> {
        loop {
            let transaction = begin(writer)?;
            let mut at_fault = None;
            for (index, job) in jobs.iter_mut().enumerate() {
                match job.run(&transaction) {
                    Ok(()) => {}
                    Err(Fault::Ledger(error)) => return Err(error),
                    Err(Fault::Own(error)) => {
                        at_fault = Some((index, error));
                        break;
                    }
                }
            }
            let Some((index, error)) = at_fault else {
                let started = Instant::now();
                self.commit(transaction)?;
                return Ok(started.elapsed());
            };
            transaction.rollback().map_err(LedgerError::doing("write"))?;
            jobs.remove(index).answer(Err(error));
        }
    }
}

fn answer_all(jobs: Vec<Box<dyn Job>>, error: LedgerError) {
    let error = SharedError(Arc::new(error));
    for job in jobs {
        job.answer(Err(JournalError::Durability(Box::new(error.clone()))));
    }
}

/// One failure that many are told of.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
struct SharedError(Arc<LedgerError>);

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, LedgerError> {
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

/// The versions of the tables.
pub(super) fn migrations() -> refinery::Runner {
    embedded::migrations::runner()
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
