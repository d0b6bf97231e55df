//! The ledger of a rehearsal: a file of its own, with keys of its own.
//!
//! Invariant: a rehearsal reads the real ledger's suppressions, and not a byte of the real ledger
//! changes by it; so its tokens resolve nowhere, and its copies count nowhere.

use super::store::{Flush, Store};
use super::{Ledger, LedgerError, Opening, suppress, witness};

impl Ledger {
    /// Opens the ledger of a rehearsal at `path`, with the suppressions of the one at `real`,
    /// which need not exist.
    ///
    /// # Errors
    /// As [`Ledger::open`], for either.
    pub fn open_rehearsal(
        path: &str,
        real: &str,
        opening: Opening<'_>,
    ) -> Result<Self, LedgerError> {
        let files = opening.files;
        let mut suppressions = Vec::new();
        if files.exists(real) {
            let has_log = files.exists(&format!("{real}-wal"));
            let connection = Store::open_to_read(&files.resolve(real), has_log)?;
            if connection.table_exists(None, "suppressions").map_err(LedgerError::doing("read"))? {
                suppressions = suppress::all(&connection)?;
            }
        }
        // It can be made again, so nothing waits for the disk.
        let ledger = Self::open_with(path, opening, Flush::Never, false)?;
        ledger.store.write(|transaction| {
            transaction
                .execute("DELETE FROM suppressions", [])
                .map_err(LedgerError::doing("write"))?;
            for suppression in &suppressions {
                suppress::insert(transaction, suppression)?;
            }
            Ok(())
        })?;
        Ok(ledger)
    }

    /// Removes a ledger that is worth nothing: that of a rehearsal that is over. No handle of it may be open.
    ///
    /// # Errors
    /// If a file cannot be removed.
    pub fn discard(path: &str, files: &dyn crate::world::Files) -> Result<(), LedgerError> {
        for suffix in ["", "-wal", "-shm"] {
            files.remove(&format!("{path}{suffix}"))?;
        }
        files.remove(&witness::place(path))?;
        Ok(())
    }
}
