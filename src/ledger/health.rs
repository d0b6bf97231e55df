//! Is the ledger what was written? Before each send, and when a person asks.
//!
//! Invariant: a send begins only on a ledger whose structure, checksums and sums hold. Where one
//! does not, or the witness knows better, [`Ledger::put_in_doubt`] leaves no copy behind that could
//! be sent twice.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use super::row::{self, CopyRow};
use super::{Doubt, Ledger, LedgerError, issue_row, micros, status, suppress};
use crate::words::{CopyState, IssueName};
use crate::world::Lock;

/// How many faults are listed.
const FAULTS_MAX: usize = 20;
/// What is said of a copy that was put in doubt with the whole ledger.
const LEDGER_IN_DOUBT: &str = "the ledger did not know whether it had been sent";
/// What is said of a copy whose row was damaged.
const ROW_DAMAGED: &str = "its row in the ledger was damaged";

/// What a look at the whole ledger found.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// How many commits it has.
    pub commits: i64,
    /// How many copies it has.
    pub copies: u64,
    /// Why it and its witness do not agree.
    pub doubt: Option<Doubt>,
    /// What else is wrong, the first of it.
    pub faults: Vec<String>,
}

impl Health {
    /// Says whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.doubt.is_none() && self.faults.is_empty()
    }

    fn add(&mut self, fault: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}

/// What was put in doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutInDoubt {
    /// How many copies.
    pub copies: usize,
    /// How many of them because their rows were damaged, or are no more readable than that.
    pub damaged: usize,
}

impl Ledger {
    /// Looks over what a send of an issue relies on.
    pub(super) fn verify(&self, issue: &IssueName) -> Result<(), LedgerError> {
        self.store.read(|connection| {
            if let Some(fault) = structure(connection)?.into_iter().next() {
                return Err(LedgerError::Structure(fault));
            }
            for row in issue_row::all(connection)? {
                row.verified()?;
            }
            for (row, is_sound) in suppress::each(connection)? {
                if !is_sound {
                    return Err(LedgerError::Mismatch { what: "suppression", id: row });
                }
            }
            let id = self.issue_id(connection, issue)?;
            row::each(connection, id, |row| row.verified().map(|_| ()))?;
            status::sum(connection, id, issue)
        })?;
        self.issue(issue).map(|_| ())
    }

    /// Looks at everything.
    ///
    /// # Errors
    /// If it cannot even be read.
    pub fn check(&self) -> Result<Health, LedgerError> {
        let mut health =
            Health { commits: self.store.number()?, doubt: self.doubt(), ..Health::default() };
        self.store.read(|connection| {
            for fault in structure(connection)? {
                health.add(fault);
            }
            for row in issue_row::all(connection)? {
                let (id, name) = (row.id, row.name.clone());
                match row.verified() {
                    Ok(_) => {}
                    Err(error) => health.add(error.to_string()),
                }
                row::each(connection, id, |row| {
                    health.copies += 1;
                    if !row.is_sound() {
                        health.add(format!(
                            "{name}: copy {} of its plan does not match its checksum",
                            row.position + 1
                        ));
                    }
                    Ok(())
                })?;
                if let Ok(name) = name.parse::<IssueName>()
                    && let Err(error) = status::sum(connection, id, &name)
                {
                    health.add(error.to_string());
                }
            }
            for (row, is_sound) in suppress::each(connection)? {
                if !is_sound {
                    health.add(format!("suppression {row} does not match its checksum"));
                }
            }
            Ok(())
        })?;
        if let Err(error) = self.issues() {
            health.add(error.to_string());
        }
        Ok(health)
    }

    /// Puts every copy in doubt that is not settled, and those whose rows are damaged; then the
    /// ledger is believed again. What has an outcome, and who is suppressed, stays.
    ///
    /// The lock is the proof that nobody is sending.
    ///
    /// # Errors
    /// [`LedgerError::Structure`] if SQLite itself finds the file broken: then a backup must be put
    /// back.
    pub fn put_in_doubt(&self, _lock: &Lock, at: Timestamp) -> Result<PutInDoubt, LedgerError> {
        let faults = self.store.read(structure)?;
        if let Some(fault) = faults.into_iter().next() {
            return Err(LedgerError::Structure(fault));
        }
        self.store.write_despite(|transaction| {
            let mut put = PutInDoubt::default();
            for issue in issue_row::all(transaction)? {
                let mut rows: Vec<CopyRow> = Vec::new();
                row::each(transaction, issue.id, |row| {
                    if !row.is_sound() || !row.state().is_outcome() {
                        rows.push(row);
                    }
                    Ok(())
                })?;
                for row in rows {
                    put.damaged += usize::from(!row.is_sound());
                    put.copies += 1;
                    put_row(transaction, row, at)?;
                }
                // A row that was damaged is trusted no further than that a person must look at it.
                let is_sound = issue.clone().verified().is_ok();
                let mut issue = issue;
                if !is_sound {
                    issue.state = "stopped".to_owned();
                    issue.reason = Some("its row in the ledger was damaged".to_owned());
                }
                issue.connections = 0;
                issue.save(transaction)?;
            }
            suppress::seal_all(transaction)?;
            Ok(put)
        })
    }
}

fn put_row(
    transaction: &Transaction<'_>,
    mut row: CopyRow,
    at: Timestamp,
) -> Result<(), LedgerError> {
    let is_sound = row.is_sound();
    row.set_state(CopyState::InDoubt, at);
    row.reply_code = None;
    row.reply_text = Some(if is_sound { LEDGER_IN_DOUBT } else { ROW_DAMAGED }.to_owned());
    row.at = Some(micros(at));
    row.save(transaction)
}

/// Asks SQLite what is wrong with the file.
fn structure(connection: &Connection) -> Result<Vec<String>, LedgerError> {
    let said: Vec<String> = connection
        .prepare("PRAGMA quick_check(20)")
        .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
        .map_err(LedgerError::doing("check"))?;
    Ok(said.into_iter().filter(|line| line != "ok").collect())
}
