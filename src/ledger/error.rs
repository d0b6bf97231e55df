//! What can go wrong with a ledger.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::ErrorCode;

use super::witness::Doubt;
use crate::audience::AudienceError;
use crate::diag::{Diagnostic, Kind};
use crate::words::IssueName;
use crate::world::FileError;

/// The ledger could not do what was asked. What was to be written is not, unless said otherwise.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error("could not {doing} the ledger `{path}`: {error}")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// The database's file.
        path: String,
        /// Why not.
        #[source]
        error: rusqlite::Error,
    },
    /// The tables could not be brought up to date.
    #[error("could not prepare the ledger's tables: {0}")]
    Migration(#[source] Box<refinery::Error>),
    /// A file beside it could not be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// The readers of a plan could not be read to their end.
    #[error(transparent)]
    Readers(#[from] AudienceError),
    /// No key could be drawn.
    #[error("could not draw the ledger's key: {0}")]
    Entropy(#[source] io::Error),
    /// A later version made it.
    #[error("the ledger was made by a later version (schema {found}; this one knows {known})")]
    Newer {
        /// Its schema.
        found: i64,
        /// The latest that this version knows.
        known: i64,
    },
    /// It was last used on another machine, or at another place.
    #[error("the ledger was last used elsewhere")]
    Elsewhere {
        /// The machine of its last use.
        machine: String,
        /// Its path there.
        path: String,
    },
    /// The issue has a plan already.
    #[error("issue {issue} is planned already")]
    AlreadyPlanned {
        /// The issue.
        issue: IssueName,
        /// When its plan was frozen.
        at: Timestamp,
    },
    /// The ledger does not know the issue.
    #[error("the ledger knows no issue {0}")]
    NoSuchIssue(IssueName),
    /// Only a stopped issue's content can be replaced.
    #[error("issue {0} is not stopped")]
    NotStopped(IssueName),
    /// Every copy has its outcome: nothing is left that another content could reach.
    #[error("{0} was sent; no copy is left that could be corrected")]
    NothingLeft(IssueName),
    /// A backup never overwrites a file.
    #[error("there is a file `{0}` already")]
    Exists(String),
    /// The states of an issue's copies do not add up to its plan.
    #[error("issue {issue} has {planned} copies in its plan and {counted} in the ledger")]
    Sum {
        /// The issue.
        issue: IssueName,
        /// How many were planned.
        planned: u64,
        /// How many there are.
        counted: u64,
    },
    /// A row is not as it was written.
    #[error("the ledger is damaged: row {id} of its {what} rows does not match its checksum")]
    Mismatch {
        /// What the row is about.
        what: &'static str,
        /// Which it is.
        id: i64,
    },
    /// It and its witness do not agree.
    #[error("{0}")]
    Doubt(Doubt),
    /// SQLite finds its own structure broken.
    #[error("the ledger is damaged: {0}")]
    Structure(String),
    /// Its content is not what was frozen.
    #[error("the ledger is damaged: the content of issue {0} does not match its digest")]
    Content(IssueName),
    /// A write failed before, so nothing more is written.
    #[error("an earlier write to the ledger failed, so nothing more is written to it")]
    Ended,
    /// A value in it is none that was ever written.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
}

impl LedgerError {
    /// Says what was being done when the database failed.
    pub(super) fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |error| Self::Database { doing, path: String::new(), error }
    }

    /// Says which file failed.
    pub(super) fn of(mut self, file: &Path) -> Self {
        if let Self::Database { path, .. } = &mut self
            && path.is_empty()
        {
            *path = file.display().to_string();
        }
        self
    }

    /// Says whether the disk, and with it what was written, is not to be trusted any more.
    pub(super) fn is_of_the_disk(&self) -> bool {
        matches!(self, Self::Database { .. } | Self::File(_) | Self::Doubt(_))
    }
}

impl From<LedgerError> for Diagnostic {
    fn from(error: LedgerError) -> Self {
        let fault = Diagnostic::error(error.to_string());
        match error {
            LedgerError::Database { error, .. } => match advice(&error) {
                Some(advice) => fault.hint(advice),
                None => fault,
            },
            LedgerError::Doubt(doubt) => doubtful(fault, doubt),
            LedgerError::Mismatch { .. } | LedgerError::Structure(_) | LedgerError::Content(_) => {
                fault
                    .note("the disk gave back something else than was written; nothing is sent")
                    .hint("`letterpress ledger check` says what is sound; a backup may be put back")
            }
            LedgerError::Readers(error) => error.into(),
            LedgerError::Newer { .. } => fault.hint("use that version here too"),
            LedgerError::Elsewhere { machine, path } => fault
                .note(format!("that was on `{machine}`, as {path}"))
                .note("what was sent or unsubscribed there since then is not known here")
                .hint("if nothing was, or never will be: `letterpress ledger adopt`"),
            LedgerError::NotStopped(issue) => {
                fault.hint(format!("`letterpress stop {issue}` first"))
            }
            LedgerError::NothingLeft(issue) => {
                fault.hint(format!("`letterpress status {issue}` says who got it"))
            }
            LedgerError::Exists(_) => fault.kind(Kind::Usage).hint("name another"),
            LedgerError::AlreadyPlanned { issue, .. } => {
                fault.hint(format!("`letterpress status {issue}` says how it stands"))
            }
            LedgerError::Sum { .. } | LedgerError::Damaged(_) => {
                fault.hint("put back a backup, or ask for help; nothing is sent from it")
            }
            _ => fault,
        }
    }
}

/// What helps against a failure of the disk.
fn advice(error: &rusqlite::Error) -> Option<&'static str> {
    Some(match error.sqlite_error_code()? {
        ErrorCode::DiskFull => "make room on the disk, then run it again to go on",
        ErrorCode::SystemIoFailure => "see whether the disk is sound, then run it again to go on",
        ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            "see that the file and its folder may be written"
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another process was writing to it for too long; run it again"
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            "put a backup back (`.letterpress/backups/`), then `letterpress ledger check`"
        }
        _ => return None,
    })
}

fn doubtful(fault: Diagnostic, doubt: Doubt) -> Diagnostic {
    let why = match doubt {
        Doubt::Behind { .. } => {
            "a backup was put back, or its last writes were lost: copies that it calls pending may \
             have been accepted"
        }
        Doubt::NoLedger => "what was sent, and who unsubscribed, stands in the ledger alone",
        Doubt::Unreadable | Doubt::Foreign | Doubt::NoWitness => {
            "without it, nobody can tell whether the ledger's last writes are there"
        }
    };
    fault
        .note(why)
        .note("nothing is sent until that is settled")
        .hint("put the right files back (`ledger.db` and `witness`)")
        .hint("or `letterpress ledger check --in-doubt` puts all unsettled copies in doubt")
}
