//! Copies of the whole ledger, also while it is written to.
//!
//! Invariant: a backup's file appears under its name once it is whole and sound.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{Ledger, LedgerError};
use crate::world::Files;

impl Ledger {
    /// Copies the ledger into a file that its owner alone can read, and that must not exist.
    ///
    /// # Errors
    /// [`LedgerError::Exists`]; or if the file cannot be written: then there is none.
    pub fn back_up(&self, path: &str, files: &dyn Files) -> Result<(), LedgerError> {
        if files.exists(path) {
            return Err(LedgerError::Exists(path.to_owned()));
        }
        let part = format!("{path}.part");
        files.write_private(&part, b"")?;
        let place = files.resolve(&part);
        let copied = self.store.read(|connection| copy(connection, &place));
        let kept = copied
            .map_err(|error| error.of(&place))
            .and_then(|()| files.hold(&part)?.sync().map_err(LedgerError::from))
            .and_then(|()| files.rename(&part, path).map_err(LedgerError::from));
        if kept.is_err() {
            for suffix in ["", "-wal", "-shm", "-journal"] {
                // It is no backup; that it cannot be removed either is the lesser trouble.
                let _ = files.remove(&format!("{part}{suffix}"));
            }
        }
        kept
    }
}

/// Copies all pages in one step: one moment of the ledger, whatever is written meanwhile.
fn copy(from: &Connection, place: &Path) -> Result<(), LedgerError> {
    let at = |error| LedgerError::doing("copy")(error).of(place);
    let mut to = Connection::open(place).map_err(at)?;
    let done = Backup::new(from, &mut to).and_then(|backup| backup.step(-1)).map_err(at)?;
    if done != StepResult::Done {
        return Err(LedgerError::Damaged("its copy was not finished".to_owned()));
    }
    // As one file, without a log beside it that would have to go with it.
    to.pragma_update(None, "journal_mode", "DELETE").map_err(at)?;
    let said: String = to.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(at)?;
    if said == "ok" { Ok(()) } else { Err(LedgerError::Structure(said)) }
}
