//! Plans: who gets a copy of an issue, with which fields, of which content.

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest as hash};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};

use super::status::IssueState;
use super::{Ledger, LedgerError, count, instant, micros, parsed};
use crate::audience::Excluded;
use crate::words::{Address, IssueName};

/// A plan to be frozen.
#[derive(Clone, Debug)]
pub struct NewPlan {
    /// The issue.
    pub issue: IssueName,
    /// The compiled content, in JSON.
    pub content: String,
    /// The digest of the content: `sha256:…`.
    pub digest: String,
    /// Who gets a copy, in order.
    pub readers: Vec<PlannedReader>,
    /// Who gets none, and why.
    pub excluded: Vec<Excluded>,
    /// When it is frozen.
    pub at: Timestamp,
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

/// Returns the digest of a content.
pub fn digest(content: &str) -> String {
    let mut text = "sha256:".to_owned();
    for byte in hash(&SHA256, content.as_bytes()).as_ref() {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

impl Ledger {
    /// Freezes a plan in one transaction. Readers who are suppressed by then, and addresses that
    /// stand in it twice, are excluded by it; returns how many copies it has.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyPlanned`] if the issue has one; that one stands.
    pub fn plan(&self, plan: NewPlan) -> Result<u64, LedgerError> {
        self.store.write(|transaction| {
            if let Some(at) = self.planned_at(transaction, &plan.issue)? {
                return Err(LedgerError::AlreadyPlanned { issue: plan.issue.clone(), at });
            }
            let suppressed = self.suppressed(transaction)?;
            let mut seen = HashSet::new();
            let mut excluded = plan.excluded.clone();
            let mut exclude = |reader: &PlannedReader, reason: &str| {
                let address = reader.address.to_string();
                excluded.push(Excluded { address, reason: reason.to_owned() });
            };
            let mut readers = Vec::new();
            for reader in &plan.readers {
                let folded = reader.address.folded();
                if suppressed.contains(folded) {
                    exclude(reader, "suppressed");
                } else if !seen.insert(folded) {
                    exclude(reader, "duplicate");
                } else {
                    readers.push(reader);
                }
            }
            self.insert_plan(transaction, &plan, &readers, &excluded)?;
            Ok(readers.len() as u64)
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

    fn insert_plan(
        &self,
        transaction: &Transaction<'_>,
        plan: &NewPlan,
        readers: &[&PlannedReader],
        excluded: &[Excluded],
    ) -> Result<(), LedgerError> {
        let doing = LedgerError::doing("write");
        let excluded = serde_json::to_string(excluded)
            .map_err(|error| LedgerError::Damaged(error.to_string()))?;
        let sql = "INSERT INTO issues \
                   (newsletter, name, state, planned, content, digest, excluded, created) \
                   VALUES (?1, ?2, 'planned', ?3, ?4, ?5, ?6, ?7)";
        let row = (
            &*self.newsletter,
            plan.issue.as_str(),
            readers.len() as i64,
            &plan.content,
            &plan.digest,
            excluded,
            micros(plan.at),
        );
        transaction.execute(sql, row).map_err(&doing)?;
        let issue = transaction.last_insert_rowid();
        let sql = "INSERT INTO copies (issue, position, copy, address, folded, fields) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut insert = transaction.prepare(sql).map_err(&doing)?;
        for (position, reader) in readers.iter().enumerate() {
            let folded = reader.address.folded();
            let copy = self.copy_id(&plan.issue, folded).0;
            let address = reader.address.to_string();
            let row = (issue, position as i64, copy, address, folded, &reader.fields);
            insert.execute(row).map_err(&doing)?;
        }
        Ok(())
    }

    /// Returns an issue's content as its plan froze it.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn issue(&self, issue: &IssueName) -> Result<StoredIssue, LedgerError> {
        let found = self.stored(Some(issue))?.pop();
        found.ok_or_else(|| LedgerError::NoSuchIssue(issue.clone()))
    }

    /// Returns all issues of the newsletter, in the order of their plans.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn issues(&self) -> Result<Vec<StoredIssue>, LedgerError> {
        self.stored(None)
    }

    fn stored(&self, issue: Option<&IssueName>) -> Result<Vec<StoredIssue>, LedgerError> {
        let sql = "SELECT name, state, reason, planned, content, digest, created, started, ended \
                   FROM issues WHERE newsletter = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY id";
        self.store.read(|connection| {
            connection
                .prepare_cached(sql)
                .and_then(|mut query| {
                    query
                        .query_map((&*self.newsletter, issue.map(IssueName::as_str)), |row| {
                            Ok(StoredIssue {
                                name: parsed(row, "name")?,
                                state: parsed(row, "state")?,
                                reason: row.get("reason")?,
                                planned: count(row, "planned")?,
                                content: row.get("content")?,
                                digest: row.get("digest")?,
                                created: instant(row, "created")?.unwrap_or_default(),
                                started: instant(row, "started")?,
                                ended: instant(row, "ended")?,
                            })
                        })?
                        .collect()
                })
                .map_err(LedgerError::doing("read"))
        })
    }
}
