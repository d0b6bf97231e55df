//! Plans: who gets a copy of an issue, with which fields, of which content.

use aws_lc_rs::digest::{SHA256, digest as hash};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};

use super::issue_row::IssueRow;
use super::row::CopyRow;
use super::status::IssueState;
use super::{Ledger, LedgerError, count, instant, micros, parsed};
use crate::audience::{AudienceError, Excluded};
use crate::words::{Address, IssueName};

/// A plan to be frozen.
pub struct NewPlan<'a> {
    /// The issue.
    pub issue: IssueName,
    /// The compiled content, in JSON.
    pub content: String,
    /// The digest of the content: `sha256:…`.
    pub digest: String,
    /// Its stories and what they are known by, in JSON.
    pub stories: String,
    /// Who gets a copy and who does not, in order; they are taken one at a time.
    pub rows: PlanRows<'a>,
    /// When it is frozen.
    pub at: Timestamp,
}

/// The rows of a plan, as they come; with an error there is no plan.
pub type PlanRows<'a> = Box<dyn Iterator<Item = Result<PlanRow, AudienceError>> + 'a>;

/// A row of a plan.
#[derive(Clone, Debug)]
pub enum PlanRow {
    /// Somebody who gets a copy.
    Reader(PlannedReader),
    /// Somebody who gets none, and why.
    Excluded(Excluded),
}

/// A reader of a plan.
#[derive(Clone, Debug)]
pub struct PlannedReader {
    /// The address.
    pub address: Address,
    /// The fields, in JSON.
    pub fields: String,
}

/// An issue as the ledger has it.
#[derive(Clone, Debug)]
pub struct StoredIssue {
    /// Its name.
    pub name: IssueName,
    /// Where it stands.
    pub state: IssueState,
    /// Why, where it was stopped.
    pub reason: Option<String>,
    /// How many copies its plan has.
    pub planned: u64,
    /// The revision of its content.
    pub revision: u32,
    /// The compiled content, in JSON.
    pub content: String,
    /// The digest of the content.
    pub digest: String,
    /// When its plan was frozen.
    pub created: Timestamp,
    /// When its first send began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// An issue in short.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: IssueName,
    /// Where it stands.
    pub state: IssueState,
    /// How many copies its plan has.
    pub planned: u64,
}

/// Returns the digest of a content.
pub fn digest(content: &str) -> String {
    let mut text = "sha256:".to_owned();
    for byte in hash(&SHA256, content.as_bytes()).as_ref() {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// The list of those who get no copy, as it is stored: a JSON array in the making.
#[derive(Debug, Default)]
struct Exclusions(String);

impl Exclusions {
    fn add(&mut self, row: &Excluded) -> Result<(), LedgerError> {
        let row =
            serde_json::to_string(row).map_err(|error| LedgerError::Damaged(error.to_string()))?;
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        self.0.push_str(&row);
        Ok(())
    }

    fn into_list(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "[]" } else { "]" });
        self.0
    }
}

fn last_id(transaction: &Transaction<'_>, table: &str) -> Result<i64, LedgerError> {
    transaction
        .query_row(&format!("SELECT coalesce(max(id), 0) FROM {table}"), [], |row| row.get(0))
        .map_err(LedgerError::doing("read"))
}

/// Adds a revision of an issue's content.
pub(super) fn insert_content(
    transaction: &Transaction<'_>,
    issue: i64,
    revision: i64,
    content: &str,
    at: Timestamp,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO contents (issue, revision, content, digest, created) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    transaction
        .execute(sql, (issue, revision, content, digest(content), micros(at)))
        .map_err(LedgerError::doing("write"))?;
    Ok(())
}

impl Ledger {
    /// Freezes a plan in one transaction. Readers who are suppressed by then, and addresses that
    /// stand in it twice, are excluded by it; returns how many copies it has.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyPlanned`] if the issue has one; that one stands.
    /// What ended the rows: then there is no plan either.
    pub fn plan(&self, plan: NewPlan<'_>) -> Result<u64, LedgerError> {
        self.store.write(|transaction| {
            if let Some(at) = self.planned_at(transaction, &plan.issue)? {
                return Err(LedgerError::AlreadyPlanned { issue: plan.issue.clone(), at });
            }
            let id = last_id(transaction, "issues")? + 1;
            let at = micros(plan.at);
            let mut issue = IssueRow::planned(id, &self.newsletter, &plan.issue, 0, at);
            issue.insert(transaction)?;
            insert_content(transaction, id, 1, &plan.content, plan.at)?;
            self.keep_stories(transaction, &plan.issue, &plan.stories)?;
            let (copies, excluded) = self.insert_rows(transaction, id, plan.issue, plan.rows)?;
            let sql = "INSERT INTO exclusions (issue, list) VALUES (?1, ?2)";
            transaction
                .execute(sql, (id, excluded.into_list()))
                .map_err(LedgerError::doing("write"))?;
            issue.planned = copies;
            issue.save(transaction)?;
            Ok(copies.unsigned_abs())
        })
    }

    fn planned_at(
        &self,
        transaction: &Transaction<'_>,
        issue: &IssueName,
    ) -> Result<Option<Timestamp>, LedgerError> {
        let sql = "SELECT created FROM issues WHERE newsletter = ?1 AND name = ?2";
        transaction
            .query_row(sql, (&*self.newsletter, issue.as_str()), |row| instant(row, "created"))
            .optional()
            .map(Option::flatten)
            .map_err(LedgerError::doing("read"))
    }

    /// Writes the rows of a plan as they come; returns how many copies it has, and who gets none.
    fn insert_rows(
        &self,
        transaction: &Transaction<'_>,
        issue: i64,
        name: IssueName,
        rows: PlanRows<'_>,
    ) -> Result<(i64, Exclusions), LedgerError> {
        let suppressed = self.suppressed(transaction)?;
        let mut excluded = Exclusions::default();
        let first = last_id(transaction, "copies")? + 1;
        let mut position = 0;
        for row in rows {
            let reader = match row? {
                PlanRow::Excluded(row) => {
                    excluded.add(&row)?;
                    continue;
                }
                PlanRow::Reader(reader) => reader,
            };
            let copy = self.copy_id(&name, reader.address.folded());
            let reason = if suppressed.contains(reader.address.folded()) {
                "suppressed"
            } else {
                let mut row = CopyRow::planned(issue, position, copy, &reader.address);
                row.id = first + position;
                row.fields = reader.fields;
                if row.insert(transaction)? {
                    position += 1;
                    continue;
                }
                "duplicate"
            };
            let address = reader.address.to_string();
            excluded.add(&Excluded { address, reason: reason.to_owned() })?;
        }
        Ok((position, excluded))
    }

    /// Returns an issue's content as its plan froze it.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn issue(&self, issue: &IssueName) -> Result<StoredIssue, LedgerError> {
        let found = self.stored(Some(issue))?.pop();
        found.ok_or_else(|| LedgerError::NoSuchIssue(issue.clone()))
    }

    /// Lists the newsletter's issues in the order of their plans, without what they say.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, LedgerError> {
        let sql = "SELECT name, state, planned FROM issues WHERE newsletter = ?1 ORDER BY id";
        let listed = |row: &rusqlite::Row<'_>| {
            Ok(Listed {
                name: parsed(row, "name")?,
                state: parsed(row, "state")?,
                planned: count(row, "planned")?,
            })
        };
        self.store.read(|connection| {
            connection
                .prepare_cached(sql)
                .and_then(|mut query| query.query_map([&*self.newsletter], listed)?.collect())
                .map_err(LedgerError::doing("read"))
        })
    }

    /// Returns all issues of the newsletter, in the order of their plans.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn issues(&self) -> Result<Vec<StoredIssue>, LedgerError> {
        self.stored(None)
    }

    fn stored(&self, issue: Option<&IssueName>) -> Result<Vec<StoredIssue>, LedgerError> {
        let sql = "SELECT i.name AS name, i.state AS state, i.reason AS reason, \
                   i.planned AS planned, i.revision AS revision, c.content AS content, \
                   c.digest AS digest, i.created AS created, i.started AS started, \
                   i.ended AS ended \
                   FROM issues i JOIN contents c ON c.issue = i.id AND c.revision = i.revision \
                   WHERE i.newsletter = ?1 AND (?2 IS NULL OR i.name = ?2) ORDER BY i.id";
        self.store.read(|connection| {
            let found: Vec<StoredIssue> = connection
                .prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_map((&*self.newsletter, issue.map(IssueName::as_str)), |row| {
                            Ok(StoredIssue {
                                name: parsed(row, "name")?,
                                state: parsed(row, "state")?,
                                reason: row.get("reason")?,
                                planned: count(row, "planned")?,
                                revision: row.get("revision")?,
                                content: row.get("content")?,
                                digest: row.get("digest")?,
                                created: instant(row, "created")?.unwrap_or_default(),
                                started: instant(row, "started")?,
                                ended: instant(row, "ended")?,
                            })
                        })?
                        .collect()
                })
                .map_err(LedgerError::doing("read"))?;
            match found.iter().find(|stored| digest(&stored.content) != stored.digest) {
                Some(stored) => Err(LedgerError::Content(stored.name.clone())),
                None => Ok(found),
            }
        })
    }
}
