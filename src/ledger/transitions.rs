//! What the journal's transactions do: the only ways from one state of a copy to another while a
//! send goes on.
//!
//! Invariant: an outcome is never left, and none of `accepted` and `in-doubt` is reached but from
//! `attempting`.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::journal::Inner;
use super::{LedgerError, copy_of, instant, micros, parsed};
use crate::delivery::{Attempt, Class, JournalError, Mark, Outcome, Recipient, Settled};
use crate::words::{Address, CopyId, CopyState};

impl Inner {
    pub(super) fn claim(
        &self,
        transaction: &Transaction<'_>,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<Recipient>, LedgerError> {
        let doing = LedgerError::doing("write");
        let columns = "SELECT copy, address, fields, attempts, first_attempt_at FROM copies";
        let due = format!(
            "{columns} WHERE issue = ?1 AND state = 'deferred' AND claimed = 0 \
             AND next_attempt_at <= ?2 ORDER BY next_attempt_at LIMIT ?3"
        );
        let pending = format!(
            "{columns} WHERE issue = ?1 AND state = 'pending' AND claimed = 0 \
             AND ?2 = ?2 ORDER BY position LIMIT ?3"
        );
        let mut claimed: Vec<Recipient> = Vec::new();
        for sql in [due, pending] {
            let left = (count - claimed.len()) as i64;
            let mut query = transaction.prepare_cached(&sql).map_err(&doing)?;
            let rows = query
                .query_map(params![self.issue, micros(now), left], recipient)
                .map_err(&doing)?;
            for row in rows {
                claimed.push(row.map_err(&doing)?);
            }
        }
        let sql = "UPDATE copies SET claimed = 1 WHERE copy = ?1";
        let mut update = transaction.prepare_cached(sql).map_err(&doing)?;
        for recipient in &claimed {
            update.execute([recipient.copy.0]).map_err(&doing)?;
        }
        Ok(claimed)
    }

    pub(super) fn mark(
        &self,
        transaction: &Transaction<'_>,
        attempt: &Attempt,
    ) -> Result<Result<Mark, JournalError>, LedgerError> {
        let doing = LedgerError::doing("write");
        let copy = attempt.copy;
        let Some(row) = self.standing(transaction, copy)? else {
            return Ok(Err(JournalError::Broken { copy, what: "is not in the plan" }));
        };
        if !matches!(row.state, CopyState::Pending | CopyState::Deferred) {
            return Ok(Ok(Mark::Settled));
        }
        if row.issue_state != "sending" {
            return Ok(Ok(Mark::Stopped));
        }
        if row.suppressed {
            let sql = "UPDATE copies SET state = 'suppressed', claimed = 0, at = ?2 \
                       WHERE copy = ?1";
            transaction.execute(sql, (copy.0, micros(attempt.at))).map_err(&doing)?;
            return Ok(Ok(Mark::Suppressed));
        }
        if self.is_busy(transaction, attempt.connection)? {
            let what = "would be the second without an outcome on its connection";
            return Ok(Err(JournalError::Broken { copy, what }));
        }
        self.count_attempt(transaction, copy, attempt.at, row.attempt_at)?;
        let sql = "UPDATE copies SET state = 'attempting', connection = ?2, message_id = ?3, \
                   at = ?4 WHERE copy = ?1";
        transaction
            .prepare_cached(sql)
            .and_then(|mut update| {
                let at = micros(attempt.at);
                update.execute((copy.0, attempt.connection, &attempt.message_id, at))
            })
            .map_err(&doing)?;
        Ok(Ok(Mark::Marked))
    }

    /// Says whether a connection has a copy whose outcome is not written down.
    fn is_busy(&self, transaction: &Transaction<'_>, connection: u32) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM copies WHERE issue = ?1 \
                   AND state = 'attempting' AND connection = ?2)";
        transaction
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row((self.issue, connection), |row| row.get(0)))
            .map_err(LedgerError::doing("read"))
    }

    /// Counts an attempt, which is known by its time: once when it is marked, or else when it is
    /// settled.
    fn count_attempt(
        &self,
        transaction: &Transaction<'_>,
        copy: CopyId,
        at: Timestamp,
        counted: Option<Timestamp>,
    ) -> Result<(), LedgerError> {
        let at = micros(at);
        if counted.map(micros) == Some(at) {
            return Ok(());
        }
        let count = "UPDATE copies SET attempts = attempts + 1, attempt_at = ?2, relay = ?3, \
                     first_attempt_at = coalesce(first_attempt_at, ?2) WHERE copy = ?1";
        let keep = "INSERT INTO attempts (at, copy) VALUES (?1, ?2)";
        let run = || -> rusqlite::Result<()> {
            transaction.prepare_cached(count)?.execute((copy.0, at, &self.relay))?;
            transaction.prepare_cached(keep)?.execute((at, copy.0))?;
            Ok(())
        };
        run().map_err(LedgerError::doing("write"))
    }

    pub(super) fn settle_all(
        &self,
        transaction: &Transaction<'_>,
        settled: &[Settled],
    ) -> Result<Result<(), JournalError>, LedgerError> {
        for Settled { copy, outcome } in settled {
            if let Err(broken) = self.settle(transaction, *copy, outcome)? {
                return Ok(Err(broken));
            }
        }
        Ok(Ok(()))
    }

    fn settle(
        &self,
        transaction: &Transaction<'_>,
        copy: CopyId,
        outcome: &Outcome,
    ) -> Result<Result<(), JournalError>, LedgerError> {
        let broken = |what| Ok(Err(JournalError::Broken { copy, what }));
        let Some(row) = self.standing(transaction, copy)? else {
            return broken("is not in the plan");
        };
        if row.state.is_outcome() {
            return broken("has an outcome already");
        }
        let needs_mark = matches!(outcome.state, CopyState::Accepted | CopyState::InDoubt);
        if needs_mark && row.state != CopyState::Attempting {
            return broken("was sent without a mark");
        }
        self.count_attempt(transaction, copy, outcome.at, row.attempt_at)?;
        self.write_outcome(transaction, copy, outcome)?;
        Ok(Ok(()))
    }

    fn write_outcome(
        &self,
        transaction: &Transaction<'_>,
        copy: CopyId,
        outcome: &Outcome,
    ) -> Result<(), LedgerError> {
        let sql = "UPDATE copies SET state = ?2, claimed = ?3, next_attempt_at = ?4, \
                   reply_code = ?5, reply_text = ?6, class = ?7, candidate = ?8, at = ?9, \
                   connection = NULL WHERE copy = ?1";
        let reply = outcome.reply.as_ref();
        let text = reply.map(|reply| reply.text.as_str()).or(outcome.remark.as_deref());
        let address = outcome.state == CopyState::Failed && outcome.class == Some(Class::Address);
        let row = params![
            copy.0,
            outcome.state.name(),
            outcome.state == CopyState::Pending,
            outcome.next_attempt.map(micros),
            reply.map(|reply| reply.code),
            text,
            outcome.class.map(Class::name),
            address,
            micros(outcome.at),
        ];
        transaction
            .prepare_cached(sql)
            .and_then(|mut update| update.execute(row))
            .map_err(LedgerError::doing("write"))?;
        Ok(())
    }

    fn standing(
        &self,
        transaction: &Transaction<'_>,
        copy: CopyId,
    ) -> Result<Option<Standing>, LedgerError> {
        let sql = "SELECT c.state AS state, c.attempt_at AS attempt_at, i.state AS issue_state, \
                   EXISTS (SELECT 1 FROM suppressions s \
                           WHERE s.folded = c.folded AND s.scope IN ('', ?3)) AS suppressed \
                   FROM copies c JOIN issues i ON i.id = c.issue \
                   WHERE c.copy = ?1 AND c.issue = ?2";
        transaction
            .prepare_cached(sql)
            .and_then(|mut query| {
                query
                    .query_row((copy.0, self.issue, &*self.newsletter), |row| {
                        Ok(Standing {
                            state: parsed(row, "state")?,
                            attempt_at: instant(row, "attempt_at")?,
                            issue_state: row.get("issue_state")?,
                            suppressed: row.get("suppressed")?,
                        })
                    })
                    .optional()
            })
            .map_err(LedgerError::doing("read"))
    }

    pub(super) fn close_candidates(
        &self,
        transaction: &Transaction<'_>,
        suppress: bool,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let doing = LedgerError::doing("write");
        if suppress {
            let sql = "INSERT INTO suppressions (folded, scope, reason, source, date) \
                       SELECT folded, ?2, 'address', ?3, ?4 FROM copies \
                       WHERE issue = ?1 AND candidate = 1 AND state = 'failed' \
                       ON CONFLICT DO NOTHING";
            let source = format!("issue {}", self.name);
            let row = (self.issue, &*self.newsletter, source, micros(at));
            transaction.execute(sql, row).map_err(&doing)?;
        }
        let sql = "UPDATE copies SET candidate = 0 WHERE issue = ?1 AND candidate = 1";
        transaction.execute(sql, [self.issue]).map_err(&doing)?;
        Ok(())
    }
}

/// How a copy stands before it is written to.
struct Standing {
    state: CopyState,
    attempt_at: Option<Timestamp>,
    issue_state: String,
    suppressed: bool,
}

fn recipient(row: &rusqlite::Row<'_>) -> rusqlite::Result<Recipient> {
    let address: String = row.get("address")?;
    Ok(Recipient {
        copy: copy_of(row)?,
        address: Address::parse(&address).map_err(super::unfit)?,
        fields: row.get("fields")?,
        attempts: row.get("attempts")?,
        first_attempt_at: instant(row, "first_attempt_at")?,
    })
}
