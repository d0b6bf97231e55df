//! Which stories a plan has, and what they are known by: an article that is moved or renamed once
//! its issue is sent is known on the machine that sent it, whichever gathered it.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use super::store::Store;
use super::{Ledger, LedgerError, home};
use crate::words::IssueName;
use crate::world::Files;

/// Returns what the plans of a newsletter's issues say of their stories, by issue, each as it was
/// planned ([`super::NewPlan::stories`]); nothing where there is no ledger. Not a byte of it changes.
///
/// # Errors
/// If it cannot be read.
pub fn planned_stories(
    path: &str,
    newsletter: &str,
    files: &dyn Files,
) -> Result<BTreeMap<IssueName, String>, LedgerError> {
    if !files.exists(path) {
        return Ok(BTreeMap::new());
    }
    let has_log = files.exists(&format!("{path}-wal"));
    let connection = Store::open_to_read(&files.resolve(path), has_log)?;
    match connection.table_exists(None, "meta").map_err(LedgerError::doing("read"))? {
        true => all(&connection, &key(newsletter, "")),
        false => Ok(BTreeMap::new()),
    }
}

fn all(connection: &Connection, head: &str) -> Result<BTreeMap<IssueName, String>, LedgerError> {
    let sql = "SELECT name, value FROM meta WHERE substr(name, 1, length(?1)) = ?1";
    let rows: Vec<(String, String)> = connection
        .prepare(sql)
        .and_then(|mut query| query.query_map([head], |r| Ok((r.get(0)?, r.get(1)?)))?.collect())
        .map_err(LedgerError::doing("read"))?;
    let named =
        |(name, value): (String, String)| Some((name.strip_prefix(head)?.parse().ok()?, value));
    Ok(rows.into_iter().filter_map(named).collect())
}

impl Ledger {
    pub(super) fn keep_stories(
        &self,
        transaction: &Transaction<'_>,
        issue: &IssueName,
        stories: &str,
    ) -> Result<(), LedgerError> {
        home::set(transaction, &key(&self.newsletter, issue.as_str()), stories)
    }
}

fn key(newsletter: &str, issue: &str) -> String {
    format!("stories:{newsletter}:{issue}")
}
