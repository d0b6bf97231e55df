//! What stands between an issue's copies and their readers, for those who ask why.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::row::{self, CopyRow};
use super::{Ledger, LedgerError};
use crate::words::{CopyState, IssueName};

/// The copies that are looked at.
const WHICH: &str = "issue = ?1 AND state IN ('deferred', 'in-doubt')";

/// Copies to one domain that wait for another try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The domain.
    pub domain: String,
    /// How many.
    pub copies: u64,
    /// When the first is due; nothing means with the next call.
    pub next: Option<Timestamp>,
}

/// Copies that have no outcome, or an uncertain one, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsettled {
    /// Deferred copies by domain, the most first.
    pub deferred: Vec<Waiting>,
    /// What happened to copies in doubt, the most frequent first.
    pub in_doubt: Vec<(String, u64)>,
}

impl Ledger {
    /// Looks through an issue's copies for those that are deferred or in doubt.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`], and a row that does not match its checksum.
    pub fn unsettled(&self, issue: &IssueName) -> Result<Unsettled, LedgerError> {
        let mut domains: BTreeMap<String, Waiting> = BTreeMap::new();
        let mut causes: BTreeMap<String, u64> = BTreeMap::new();
        self.store.read(|connection| {
            let id = self.issue_id(connection, issue)?;
            row::each_of(connection, WHICH, id, |row| {
                let row = row.verified()?;
                match row.state() {
                    CopyState::Deferred => add(&mut domains, &row),
                    _ => *causes.entry(row.reply_text.unwrap_or_default()).or_default() += 1,
                }
                Ok(())
            })
        })?;
        let mut deferred: Vec<Waiting> = domains.into_values().collect();
        deferred.sort_by_key(|waiting| std::cmp::Reverse(waiting.copies));
        let mut in_doubt: Vec<(String, u64)> = causes.into_iter().collect();
        in_doubt.sort_by_key(|(_, copies)| std::cmp::Reverse(*copies));
        Ok(Unsettled { deferred, in_doubt })
    }
}

fn add(domains: &mut BTreeMap<String, Waiting>, row: &CopyRow) {
    let domain = row.folded.rsplit('@').next().unwrap_or_default();
    let next = row.next_attempt_at.and_then(|at| Timestamp::from_microsecond(at).ok());
    let waiting = domains.entry(domain.to_owned()).or_insert_with(|| Waiting {
        domain: domain.to_owned(),
        copies: 0,
        next,
    });
    waiting.copies += 1;
    // `None` sorts first, as what is due with the next call does.
    waiting.next = waiting.next.min(next);
}
