//! The write-ahead log beside the database, as far as it is flushed by us and not by SQLite.
//!
//! Invariant: what SQLite had written to the log before [`Log::sync`] or [`Log::sync_beside`] was
//! called is on the disk when it returns.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use super::LedgerError;
use super::store::Flush;
use crate::world::{FileError, HeldFile};

/// The log of one database.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    flush: Flush,
    file: OnceLock<Arc<HeldFile>>,
    flusher: OnceLock<Flusher>,
}

impl Log {
    /// The log of the database at `path`, which SQLite makes when it needs it.
    pub(super) fn beside(path: &Path, flush: Flush) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Self { path: name.into(), flush, file: OnceLock::new(), flusher: OnceLock::new() }
    }

    /// Waits until the log is on the disk.
    pub(super) fn sync(&self) -> Result<(), LedgerError> {
        if self.flush == Flush::Always {
            self.file()?.sync()?;
        }
        Ok(())
    }

    /// As [`Log::sync`], and does something else meanwhile.
    pub(super) fn sync_beside(
        &self,
        work: impl FnOnce() -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        if self.flush == Flush::Never {
            return work();
        }
        let Some(flusher) = self.flusher()? else {
            self.sync()?;
            return work();
        };
        flusher.begin();
        let worked = work();
        flusher.end()?;
        worked
    }

    /// Opens the log at its first flush. SQLite made it, and its name may not be on the disk yet.
    fn file(&self) -> Result<&Arc<HeldFile>, LedgerError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = HeldFile::open(&self.path.display().to_string(), &self.path)?;
        file.sync_name()?;
        Ok(self.file.get_or_init(|| Arc::new(file)))
    }

    /// `None` where the system has no thread left: then it is done one after the other.
    fn flusher(&self) -> Result<Option<&Flusher>, LedgerError> {
        if let Some(flusher) = self.flusher.get() {
            return Ok(Some(flusher));
        }
        let started = Flusher::start(self.file()?.clone()).ok();
        Ok(started.map(|flusher| self.flusher.get_or_init(|| flusher)))
    }
}

/// A thread that flushes a file when it is asked to. It ends when this is dropped.
#[derive(Debug)]
struct Flusher {
    asking: Option<SyncSender<()>>,
    done: Mutex<Receiver<Result<(), FileError>>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    fn start(file: Arc<HeldFile>) -> std::io::Result<Self> {
        let (asking, asked) = sync_channel(1);
        let (tell, done) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("flush".to_owned())
            .spawn(move || while asked.recv().is_ok() && tell.send(file.sync()).is_ok() {})?;
        Ok(Self { asking: Some(asking), done: Mutex::new(done), thread: Some(thread) })
    }

    fn begin(&self) {
        // Where the thread is gone, `end` finds it out.
        let _ = self.asking.as_ref().map(|asking| asking.send(()));
    }

    fn end(&self) -> Result<(), LedgerError> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(done.recv().map_err(|_| LedgerError::Ended)??)
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.asking = None;
        if let Some(thread) = self.thread.take() {
            // It panics nowhere; if it did, `end` has told.
            let _ = thread.join();
        }
    }
}
