//! Where an issue and its copies stand, as people and machines are told.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::row::{self, CopyRow};
use super::{Ledger, LedgerError, count, instant, parsed};
use crate::audience::Excluded;
use crate::delivery::Tally;
use crate::words::{Address, CopyId, CopyState, IssueName};

/// The name of the status document.
pub const STATUS_SCHEMA: &str = "letterpress.status/1";

/// Where an issue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueState {
    /// It has a file and no plan.
    Gathered,
    /// Its plan is frozen.
    Planned,
    /// Copies are being sent.
    Sending,
    /// Unfinished, and nobody is at it.
    Interrupted,
    /// It was stopped, by a person or by the relay's policy; the reason is with it.
    Stopped,
    /// Only deferred copies are left.
    Waiting,
    /// Every copy has its outcome.
    Sent,
}

impl IssueState {
    const ALL: [Self; 7] = [
        Self::Gathered,
        Self::Planned,
        Self::Sending,
        Self::Interrupted,
        Self::Stopped,
        Self::Waiting,
        Self::Sent,
    ];

    /// Returns the state's name as the machine formats spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gathered => "gathered",
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Sent => "sent",
        }
    }
}

impl FromStr for IssueState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(())
    }
}

/// Who holds the lock of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Some process, perhaps this one.
    Somebody,
    /// No process.
    Nobody,
}

/// Where an issue stands: the document `letterpress.status/1`.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The document's name.
    pub schema: &'static str,
    /// The issue.
    pub issue: String,
    /// Where it stands.
    pub state: IssueState,
    /// Why, where it was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many copies its plan has: the sum of those below.
    pub planned: u64,
    /// The relay took them.
    pub accepted: u64,
    /// Refused for good.
    pub failed: u64,
    /// Suppressed after the plan.
    pub suppressed: u64,
    /// Nobody knows.
    pub in_doubt: u64,
    /// Not tried.
    pub pending: u64,
    /// Under way.
    pub attempting: u64,
    /// To be tried again.
    pub deferred: u64,
    /// Who got none, and why.
    pub excluded: Vec<Excluded>,
    /// When its first send began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The digest of what was sent.
    pub content: Option<String>,
    /// Where copies go slower than they may, while they are sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slowed: Vec<Slowed>,
    /// Every copy, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<Vec<CopyStatus>>,
}

/// Where copies go slower than they may.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slowed {
    /// A recipient's domain, or the relay's name.
    pub destination: String,
    /// So many copies a second.
    pub per_second: f64,
}

/// Where a copy stands.
#[derive(Clone, Debug, Serialize)]
pub struct CopyStatus {
    /// The copy.
    #[serde(skip)]
    pub copy: CopyId,
    /// Whom it is for.
    pub address: String,
    /// Its state.
    pub outcome: &'static str,
    /// Its Message-ID, once it was tried.
    pub message_id: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// The relay that it was given to.
    pub relay: Option<String>,
    /// What that said last.
    pub reply: Option<String>,
    /// When it came to stand so.
    pub at: Option<Timestamp>,
    /// The revision of the content that it was sent with, or is to be.
    pub revision: u32,
    /// What a refusal speaks of.
    #[serde(skip)]
    pub class: Option<String>,
    /// When a deferred copy is due.
    #[serde(skip)]
    pub next_attempt: Option<Timestamp>,
}

impl Status {
    /// The status of an issue that the ledger does not know.
    pub fn gathered(issue: &IssueName) -> Self {
        Self::new(issue, IssueState::Gathered, Tally::default())
    }

    fn new(issue: &IssueName, state: IssueState, tally: Tally) -> Self {
        Self {
            schema: STATUS_SCHEMA,
            issue: issue.to_string(),
            state,
            reason: None,
            planned: tally.sum(),
            accepted: tally.accepted,
            failed: tally.failed,
            suppressed: tally.suppressed,
            in_doubt: tally.in_doubt,
            pending: tally.pending,
            attempting: tally.attempting,
            deferred: tally.deferred,
            excluded: Vec::new(),
            started: None,
            ended: None,
            content: None,
            slowed: Vec::new(),
            copies: None,
        }
    }
}

impl Ledger {
    /// Returns where an issue stands; a send that nobody is at is interrupted.
    ///
    /// # Errors
    /// [`LedgerError::Sum`] if its copies do not add up to its plan; [`LedgerError::NoSuchIssue`].
    pub fn status(&self, issue: &IssueName, holder: Holder) -> Result<Status, LedgerError> {
        self.store.read(|connection| {
            let id = self.issue_id(connection, issue)?;
            let tally = tally(connection, id)?;
            let sql = "SELECT i.state AS state, i.reason AS reason, i.planned AS planned, \
                       c.digest AS digest, e.list AS excluded, i.started AS started, \
                       i.ended AS ended FROM issues i \
                       JOIN contents c ON c.issue = i.id AND c.revision = i.revision \
                       JOIN exclusions e ON e.issue = i.id WHERE i.id = ?1";
            let (mut status, planned, excluded) = connection
                .query_row(sql, [id], |row| {
                    let mut status = Status::new(issue, parsed(row, "state")?, tally);
                    status.reason = row.get("reason")?;
                    status.content = row.get("digest")?;
                    status.started = instant(row, "started")?;
                    status.ended = instant(row, "ended")?;
                    Ok((status, count(row, "planned")?, row.get::<_, String>("excluded")?))
                })
                .map_err(LedgerError::doing("read"))?;
            if planned != status.planned {
                let counted = status.planned;
                return Err(LedgerError::Sum { issue: issue.clone(), planned, counted });
            }
            status.excluded = serde_json::from_str(&excluded)
                .map_err(|error| LedgerError::Damaged(error.to_string()))?;
            if status.state == IssueState::Sending && holder == Holder::Nobody {
                status.state = IssueState::Interrupted;
            }
            if holder == Holder::Somebody {
                status.slowed = slowed(connection)?;
            }
            Ok(status)
        })
    }

    /// Counts an issue's copies; of one that the ledger does not know, there are none.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn counts(&self, issue: &IssueName) -> Result<Tally, LedgerError> {
        self.store.read(|connection| match self.issue_id(connection, issue) {
            Ok(id) => tally(connection, id),
            Err(LedgerError::NoSuchIssue(_)) => Ok(Tally::default()),
            Err(error) => Err(error),
        })
    }

    /// Returns every copy of an issue, in the order of its plan.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn copies(&self, issue: &IssueName) -> Result<Vec<CopyStatus>, LedgerError> {
        self.store.read(|connection| {
            let id = self.issue_id(connection, issue)?;
            let mut copies = Vec::new();
            row::each(connection, id, |row| {
                copies.push(copy_status(row.verified()?)?);
                Ok(())
            })?;
            Ok(copies)
        })
    }

    /// Returns the copy that an address gets of an issue, if it gets one.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn copy_for(
        &self,
        issue: &IssueName,
        address: &Address,
    ) -> Result<Option<CopyStatus>, LedgerError> {
        let copy = self.copy_id(issue, address.folded());
        self.store.read(|connection| {
            let id = self.issue_id(connection, issue)?;
            let row = CopyRow::find(connection, copy)?.filter(|row| row.issue == id);
            row.map(copy_status).transpose()
        })
    }

    /// Counts an issue's failed copies by what the refusals spoke of.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn failures(&self, issue: &IssueName) -> Result<BTreeMap<String, u64>, LedgerError> {
        let sql = "SELECT coalesce(class, '') AS class, count(*) AS count FROM copies \
                   WHERE issue = ?1 AND state = 'failed' GROUP BY 1";
        self.store.read(|connection| {
            let id = self.issue_id(connection, issue)?;
            connection
                .prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_map([id], |row| Ok((row.get("class")?, count(row, "count")?)))?
                        .collect()
                })
                .map_err(LedgerError::doing("read"))
        })
    }

    /// Returns the copy that an address gets of an issue.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn address_of(&self, copy: CopyId) -> Result<Option<String>, LedgerError> {
        self.store.read(|connection| {
            connection
                .query_row("SELECT address FROM copies WHERE copy = ?1", [copy.0], |row| row.get(0))
                .optional()
                .map_err(LedgerError::doing("read"))
        })
    }
}

fn copy_status(row: CopyRow) -> Result<CopyStatus, LedgerError> {
    let damaged = || LedgerError::Mismatch { what: "copy", id: row.id };
    let time = |micros: Option<i64>| {
        micros.map(Timestamp::from_microsecond).transpose().map_err(|_| damaged())
    };
    let reply = match (row.reply_code, &row.reply_text) {
        (Some(code), text) => Some(format!("{code} {}", text.as_deref().unwrap_or_default())),
        (None, text) => text.clone(),
    };
    Ok(CopyStatus {
        copy: row.copy,
        outcome: row.state().name(),
        attempts: u32::try_from(row.attempts).map_err(|_| damaged())?,
        revision: u32::try_from(row.revision).map_err(|_| damaged())?,
        reply,
        at: time(row.at)?,
        next_attempt: time(row.next_attempt_at)?,
        address: row.address,
        message_id: row.message_id,
        relay: row.relay,
        class: row.class,
    })
}

fn slowed(connection: &Connection) -> Result<Vec<Slowed>, LedgerError> {
    connection
        .prepare("SELECT destination, per_second FROM slowed ORDER BY destination")
        .and_then(|mut query| {
            query
                .query_map([], |row| {
                    Ok(Slowed { destination: row.get(0)?, per_second: row.get(1)? })
                })?
                .collect()
        })
        .map_err(LedgerError::doing("read"))
}

/// Checks that an issue's copies add up to its plan.
pub(super) fn sum(connection: &Connection, id: i64, issue: &IssueName) -> Result<(), LedgerError> {
    let counted = tally(connection, id)?.sum();
    let planned = connection
        .query_row("SELECT planned FROM issues WHERE id = ?1", [id], |row| count(row, "planned"))
        .map_err(LedgerError::doing("read"))?;
    if planned == counted {
        return Ok(());
    }
    Err(LedgerError::Sum { issue: issue.clone(), planned, counted })
}

/// Counts the copies of an issue's row.
pub(super) fn tally(connection: &Connection, issue: i64) -> Result<Tally, LedgerError> {
    let sql = "SELECT state, count(*) AS count FROM copies WHERE issue = ?1 GROUP BY state";
    let mut tally = Tally::default();
    let counts: Vec<(CopyState, u64)> = connection
        .prepare_cached(sql)
        .and_then(|mut query| {
            query
                .query_map([issue], |row| Ok((parsed(row, "state")?, count(row, "count")?)))?
                .collect()
        })
        .map_err(LedgerError::doing("read"))?;
    for (state, copies) in counts {
        *tally.of_mut(state) = copies;
    }
    Ok(tally)
}
