//! What the journal's transactions do: the only ways from one state of a copy to another while a
//! send goes on.
//!
//! Invariant: an outcome is never left, and none of `accepted` and `in-doubt` is reached but from
//! `attempting`.

use std::sync::{LazyLock, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, Params, Transaction};

use super::change::{Became, Change};
use super::claims::Claims;
use super::committer::Fault;
use super::issue_row::IssueRow;
use super::journal::Book;
use super::row::{CopyRow, select};
use super::{LedgerError, micros, suppress};
use crate::delivery::{Attempt, Class, JournalError, Mark, Outcome, Recipient, Settled};
use crate::words::{Address, CopyId, CopyState, Reply};

/// How many rows are held at once where all of an issue's are changed.
const ROWS_AT_ONCE: i64 = 1_000;

static DUE: LazyLock<String> = LazyLock::new(|| {
    select(
        "issue = ?1 AND state = 'deferred' AND next_attempt_at <= ?2 \
         ORDER BY next_attempt_at LIMIT ?3",
    )
});
static IN_ORDER: LazyLock<String> = LazyLock::new(|| {
    select("issue = ?1 AND position >= ?2 AND state = 'pending' ORDER BY position LIMIT ?3")
});

impl Book {
    pub(super) fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out copies: deferred ones that are due, then what came back, then the plan's next.
    pub(super) fn claim(
        &self,
        connection: &Connection,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<Recipient>, LedgerError> {
        let mut claims = self.claims();
        let mut found: Vec<(CopyRow, bool)> = Vec::new();
        // Those that are held may stand in front of others that are not.
        let limit = (count + claims.held()) as i64;
        let due = rows(connection, &DUE, (self.issue, micros(now), limit))?;
        found.extend(
            due.into_iter()
                .filter(|row| !claims.is_held(row.copy))
                .take(count)
                .map(|row| (row, false)),
        );
        while found.len() < count {
            let over_quota = claims.over_quota.pop_first();
            let Some(id) = over_quota.or_else(|| claims.back.pop_first()) else { break };
            let wanted =
                if over_quota.is_some() { CopyState::Deferred } else { CopyState::Pending };
            if let Some(row) = CopyRow::load(connection, id)?
                && row.state() == wanted
                && !claims.is_held(row.copy)
            {
                found.push((row, over_quota.is_some()));
            }
        }
        let left = count - found.len();
        let fresh = rows(connection, &IN_ORDER, (self.issue, claims.next, left as i64))?;
        claims.next = match fresh.last() {
            Some(last) if fresh.len() == left => last.position + 1,
            _ if left > 0 => i64::MAX,
            _ => claims.next,
        };
        found.extend(fresh.into_iter().map(|row| (row, false)));
        let mut recipients = Vec::with_capacity(found.len());
        for (row, over_quota) in found {
            claims.hold(row.copy, row.id, over_quota);
            recipients.push(row.recipient()?);
        }
        Ok(recipients)
    }

    pub(super) fn next_due(
        &self,
        connection: &Connection,
    ) -> Result<Option<Timestamp>, LedgerError> {
        let sql = "SELECT copy, next_attempt_at FROM copies \
                   WHERE issue = ?1 AND state = 'deferred' AND next_attempt_at IS NOT NULL \
                   ORDER BY next_attempt_at LIMIT ?2";
        let claims = self.claims();
        let due: Vec<(CopyId, Option<Timestamp>)> = connection
            .prepare_cached(sql)
            .and_then(|mut query| {
                query
                    .query_map((self.issue, claims.held() as i64 + 1), |row| {
                        Ok((super::copy_of(row)?, super::instant(row, "next_attempt_at")?))
                    })?
                    .collect()
            })
            .map_err(LedgerError::doing("read"))?;
        Ok(due.into_iter().find(|(copy, _)| !claims.is_held(*copy)).and_then(|(_, due)| due))
    }

    /// Returns a copy's row, found by what was handed out, or else by its id.
    fn row(
        &self,
        transaction: &Transaction<'_>,
        copy: CopyId,
    ) -> Result<Option<CopyRow>, LedgerError> {
        let held = self.claims().id(copy);
        let row = match held {
            Some(id) => CopyRow::load(transaction, id)?,
            None => CopyRow::find(transaction, copy)?,
        };
        match row {
            Some(row) if row.copy != copy => {
                Err(LedgerError::Mismatch { what: "copy", id: row.id })
            }
            row => Ok(row.filter(|row| row.issue == self.issue)),
        }
    }

    pub(super) fn mark(
        &self,
        transaction: &Transaction<'_>,
        attempt: &Attempt,
        change: &mut Change,
    ) -> Result<Mark, Fault> {
        let copy = attempt.copy;
        let Some(mut row) = self.row(transaction, copy)? else {
            return Err(broken(copy, "is not in the plan"));
        };
        if !matches!(row.state(), CopyState::Pending | CopyState::Deferred) {
            self.claims().forget(copy);
            return Ok(Mark::Settled);
        }
        let issue = IssueRow::load(transaction, self.issue)?;
        if !issue.is_some_and(|row| row.state == "sending" && row.revision == self.revision) {
            return Ok(Mark::Stopped);
        }
        if suppress::is_suppressed(transaction, &row.folded, &self.newsletter)? {
            row.set_state(CopyState::Suppressed, attempt.at);
            row.save(transaction)?;
            change.more();
            self.claims().forget(copy);
            return Ok(Mark::Suppressed);
        }
        if self.claims().marked(attempt.connection).is_some_and(|marked| marked != row.id) {
            return Err(broken(copy, "would be the second without an outcome on its connection"));
        }
        self.count_attempt(transaction, &mut row, attempt.at)?;
        row.set_state(CopyState::Attempting, attempt.at);
        row.revision = self.revision;
        row.message_id = Some(attempt.message_id.clone());
        row.save(transaction)?;
        change.copy(row.id, Became::Marked);
        self.claims().mark(attempt.connection, row.id);
        Ok(Mark::Marked)
    }

    /// Counts an attempt, which is known by its time: once when it is marked, or else when it is
    /// settled.
    fn count_attempt(
        &self,
        transaction: &Transaction<'_>,
        row: &mut CopyRow,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let at = micros(at);
        if row.attempt_at == Some(at) {
            return Ok(());
        }
        row.attempts += 1;
        row.attempt_at = Some(at);
        row.first_attempt_at.get_or_insert(at);
        if row.relay.as_deref() != Some(&*self.relay) {
            row.relay = Some(self.relay.clone());
        }
        transaction
            .prepare_cached("INSERT INTO attempts (at, copy, relay) VALUES (?1, ?2, ?3)")
            .and_then(|mut keep| keep.execute((at, row.id, &self.relay)))
            .map_err(LedgerError::doing("write"))?;
        Ok(())
    }

    pub(super) fn settle_all(
        &self,
        transaction: &Transaction<'_>,
        settled: &[Settled],
        change: &mut Change,
    ) -> Result<(), Fault> {
        settled.iter().try_for_each(|s| self.settle(transaction, s.copy, &s.outcome, change))
    }

    fn settle(
        &self,
        transaction: &Transaction<'_>,
        copy: CopyId,
        outcome: &Outcome,
        change: &mut Change,
    ) -> Result<(), Fault> {
        let Some(mut row) = self.row(transaction, copy)? else {
            return Err(broken(copy, "is not in the plan"));
        };
        if row.state().is_outcome() {
            return Err(broken(copy, "has an outcome already"));
        }
        let needs_mark = matches!(outcome.state, CopyState::Accepted | CopyState::InDoubt);
        if needs_mark && row.state() != CopyState::Attempting {
            return Err(broken(copy, "was sent without a mark"));
        }
        self.count_attempt(transaction, &mut row, outcome.at)?;
        let reply = outcome.reply.as_ref();
        row.set_state(outcome.state, outcome.at);
        row.reply_code = reply.map(|reply| i64::from(reply.code));
        row.reply_text = reply.map(|reply| reply.text.clone()).or_else(|| outcome.remark.clone());
        row.class = outcome.class.map(|class| class.name().to_owned());
        let waits = outcome.state == CopyState::Deferred && outcome.class != Some(Class::Quota);
        row.next_attempt_at = outcome.next_attempt.filter(|_| waits).map(micros);
        row.save(transaction)?;
        match outcome.state {
            CopyState::Accepted => change.copy(row.id, Became::Accepted),
            _ => change.more(),
        }
        if outcome.state == CopyState::Failed && outcome.class == Some(Class::Address) {
            transaction
                .execute(
                    "INSERT INTO candidates (copy) VALUES (?1) ON CONFLICT DO NOTHING",
                    [row.id],
                )
                .map_err(LedgerError::doing("write"))?;
        }
        let mut claims = self.claims();
        claims.settle(row.id);
        if outcome.state == CopyState::Pending {
            claims.pending_again(copy);
        } else {
            claims.forget(copy);
        }
        Ok(())
    }

    /// Puts off what is pending; the next call's journal makes it due.
    pub(super) fn defer_rest(
        &self,
        transaction: &Transaction<'_>,
        reply: &Reply,
        at: Timestamp,
    ) -> Result<u64, LedgerError> {
        let (mut next, mut count) = (0, 0);
        loop {
            let found = rows(transaction, &IN_ORDER, (self.issue, next, ROWS_AT_ONCE))?;
            let Some(last) = found.last() else { return Ok(count) };
            next = last.position + 1;
            for mut row in found {
                row.set_state(CopyState::Deferred, at);
                row.reply_code = Some(i64::from(reply.code));
                row.reply_text = Some(reply.text.clone());
                row.class = Some(Class::Quota.name().to_owned());
                row.save(transaction)?;
                self.claims().forget(row.copy);
                count += 1;
            }
        }
    }

    pub(super) fn close_candidates(
        &self,
        transaction: &Transaction<'_>,
        suppress: bool,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let mine = "SELECT k.copy FROM candidates k JOIN copies c ON c.id = k.copy \
                    WHERE c.issue = ?1";
        let ids: Vec<i64> = transaction
            .prepare(mine)
            .and_then(|mut query| query.query_map([self.issue], |row| row.get(0))?.collect())
            .map_err(LedgerError::doing("read"))?;
        for id in ids {
            if let Some(row) = CopyRow::load(transaction, id)?
                && suppress
                && row.state() == CopyState::Failed
            {
                suppress::insert(transaction, &self.refused(&row, at)?)?;
            }
            transaction
                .execute("DELETE FROM candidates WHERE copy = ?1", [id])
                .map_err(LedgerError::doing("write"))?;
        }
        Ok(())
    }

    fn refused(&self, row: &CopyRow, at: Timestamp) -> Result<suppress::Suppression, LedgerError> {
        let address = Address::parse(&row.folded)
            .map_err(|_| LedgerError::Mismatch { what: "copy", id: row.id })?;
        Ok(suppress::Suppression {
            address,
            scope: Some(self.newsletter.to_string()),
            reason: "address".to_owned(),
            source: format!("issue {}", self.name),
            date: at,
        })
    }
}

fn broken(copy: CopyId, what: &'static str) -> Fault {
    Fault::Own(JournalError::Broken { copy, what })
}

fn rows(
    connection: &Connection,
    sql: &str,
    which: impl Params,
) -> Result<Vec<CopyRow>, LedgerError> {
    let rows: Vec<CopyRow> = connection
        .prepare_cached(sql)
        .and_then(|mut query| query.query_map(which, CopyRow::read)?.collect())
        .map_err(LedgerError::doing("read"))?;
    rows.into_iter().map(CopyRow::verified).collect()
}
