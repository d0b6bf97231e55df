//! The journal of a send, kept in the ledger.
//!
//! Writes go to the thread that commits groups, and are answered once they are durable; reads have
//! a connection of their own on a thread that may block.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::change::Change;
use super::claims::Claims;
use super::committer::{Fault, Job};
use super::issue_row::IssueRow;
use super::store::Store;
use super::{Ledger, LedgerError, instant, micros, status};
use crate::delivery::{
    Answer, Attempt, Journal, JournalError, Mark, Past, PastAttempt, Recipient, Settled, Tally,
};
use crate::words::{CopyId, IssueName, Reply};

/// The journal of one issue.
#[derive(Clone, Debug)]
pub struct IssueJournal {
    store: Arc<Store>,
    book: Arc<Book>,
}

/// What the jobs of a journal know. They do not hold the store: its thread, which has them, must
/// not be the last to let it go.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) issue: i64,
    pub(super) name: IssueName,
    pub(super) newsletter: Arc<str>,
    pub(super) relay: String,
    /// The revision of the content that this send has at hand.
    pub(super) revision: i64,
    pub(super) claims: Mutex<Claims>,
}

impl Ledger {
    /// Opens the journal of an issue for a send through `relay`. The caller holds the lock, and
    /// has called [`Ledger::recover`] and [`Ledger::begin`].
    ///
    /// Copies that an earlier call put off for the relay's quota are due from here on.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchIssue`].
    pub fn journal(&self, issue: &IssueName, relay: &str) -> Result<IssueJournal, LedgerError> {
        let (id, revision, over_quota) = self.store.read(|connection| {
            let id = self.issue_id(connection, issue)?;
            let row = IssueRow::load(connection, id)?;
            let row = row.ok_or_else(|| LedgerError::NoSuchIssue(issue.clone()))?;
            Ok((id, row.revision, over_quota(connection, id)?))
        })?;
        let book = Book {
            issue: id,
            name: issue.clone(),
            newsletter: self.newsletter.clone(),
            relay: relay.to_owned(),
            revision,
            claims: Mutex::new(Claims::new(over_quota)),
        };
        Ok(IssueJournal { store: self.store.clone(), book: Arc::new(book) })
    }
}

fn over_quota(connection: &Connection, issue: i64) -> Result<BTreeSet<i64>, LedgerError> {
    let sql = "SELECT id FROM copies \
               WHERE issue = ?1 AND state = 'deferred' AND next_attempt_at IS NULL";
    connection
        .prepare(sql)
        .and_then(|mut query| query.query_map([issue], |row| row.get(0))?.collect())
        .map_err(LedgerError::doing("read"))
}

/// A write on its way through a group.
struct Write<T, F> {
    connection: Option<u32>,
    work: F,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, JournalError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnMut(&Transaction<'_>, &mut Change) -> Result<T, Fault> + Send,
{
    fn connection(&self) -> Option<u32> {
        self.connection
    }

    fn run(&mut self, transaction: &Transaction<'_>, change: &mut Change) -> Result<(), Fault> {
        self.value = Some((self.work)(transaction, change)?);
        Ok(())
    }

    fn answer(self: Box<Self>, result: Result<(), JournalError>) {
        let value = match (result, self.value) {
            (Ok(()), Some(value)) => Ok(value),
            (Ok(()), None) => Err(JournalError::Durability(Box::new(LedgerError::Ended))),
            (Err(error), _) => Err(error),
        };
        // Who asked may have been dropped meanwhile; what was written stands.
        let _ = self.answer.send(value);
    }
}

impl IssueJournal {
    fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Book, &Transaction<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Answer<'_, T> {
        self.write_copies(None, move |book, transaction, change| {
            change.more();
            work(book, transaction)
        })
    }

    /// As [`IssueJournal::write`], for what is to tell itself which copies it changes.
    fn write_copies<T: Send + 'static>(
        &self,
        connection: Option<u32>,
        mut work: impl FnMut(&Book, &Transaction<'_>, &mut Change) -> Result<T, Fault> + Send + 'static,
    ) -> Answer<'_, T> {
        let (answer, answered) = oneshot::channel();
        let book = self.book.clone();
        let work = move |transaction: &Transaction<'_>, change: &mut Change| {
            work(&book, transaction, change)
        };
        self.store.submit(Box::new(Write { connection, work, value: None, answer }));
        Box::pin(async move {
            match answered.await {
                Ok(result) => result,
                Err(error) => Err(JournalError::Durability(Box::new(error))),
            }
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Book, &Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Answer<'_, T> {
        let (store, book) = (self.store.clone(), self.book.clone());
        Box::pin(async move {
            let reading = move || store.read(|connection| work(&book, connection));
            match tokio::task::spawn_blocking(reading).await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(error)) => Err(JournalError::Read(Box::new(error))),
                Err(error) => Err(JournalError::Read(Box::new(error))),
            }
        })
    }
}

impl Journal for IssueJournal {
    fn claim(&self, count: usize, now: Timestamp) -> Answer<'_, Vec<Recipient>> {
        self.read(move |book, connection| book.claim(connection, count, now))
    }

    fn release(&self, copies: Vec<CopyId>) -> Answer<'_, ()> {
        let mut claims = self.book.claims();
        copies.into_iter().for_each(|copy| claims.give_back(copy));
        Box::pin(std::future::ready(Ok(())))
    }

    fn mark(&self, settled: Vec<Settled>, attempt: Attempt) -> Answer<'_, Mark> {
        self.write_copies(Some(attempt.connection), move |book, transaction, change| {
            book.settle_all(transaction, &settled, change)?;
            book.mark(transaction, &attempt, change)
        })
    }

    fn settle(&self, settled: Vec<Settled>) -> Answer<'_, ()> {
        self.write_copies(None, move |book, transaction, change| {
            book.settle_all(transaction, &settled, change)
        })
    }

    fn defer_rest(&self, reply: Reply, at: Timestamp) -> Answer<'_, u64> {
        self.write(move |book, transaction| Ok(book.defer_rest(transaction, &reply, at)?))
    }

    fn past(&self, since: Timestamp) -> Answer<'_, Past> {
        self.read(move |_, connection| past(connection, since))
    }

    fn slowed(&self, destination: String, per_second: Option<f64>) -> Answer<'_, ()> {
        self.write(move |_, transaction| {
            let done = match per_second {
                Some(per_second) => transaction.execute(
                    "INSERT INTO slowed (destination, per_second) VALUES (?1, ?2) \
                     ON CONFLICT (destination) DO UPDATE SET per_second = excluded.per_second",
                    (&destination, per_second),
                ),
                None => {
                    transaction.execute("DELETE FROM slowed WHERE destination = ?1", [&destination])
                }
            };
            done.map(|_| ()).map_err(|error| LedgerError::doing("write")(error).into())
        })
    }

    fn next_due(&self) -> Answer<'_, Option<Timestamp>> {
        self.read(|book, connection| book.next_due(connection))
    }

    fn tally(&self) -> Answer<'_, Tally> {
        self.read(move |book, connection| status::tally(connection, book.issue))
    }

    fn close_candidates(&self, suppress: bool, at: Timestamp) -> Answer<'_, ()> {
        self.write(move |book, transaction| Ok(book.close_candidates(transaction, suppress, at)?))
    }
}

/// What was attempted after an instant; each relay and domain is kept once.
fn past(connection: &Connection, since: Timestamp) -> Result<Past, LedgerError> {
    let doing = LedgerError::doing("read");
    let sql = "SELECT a.at AS at, a.relay AS relay, c.folded AS folded FROM attempts a \
               LEFT JOIN copies c ON c.id = a.copy WHERE a.at > ?1";
    let mut names: HashMap<String, Arc<str>> = HashMap::new();
    let mut intern = |name: &str| match names.get(name) {
        Some(known) => known.clone(),
        None => {
            let new: Arc<str> = name.into();
            names.insert(name.to_owned(), new.clone());
            new
        }
    };
    let mut query = connection.prepare_cached(sql).map_err(&doing)?;
    let mut rows = query.query([micros(since)]).map_err(&doing)?;
    let mut past = Past::default();
    while let Some(row) = rows.next().map_err(&doing)? {
        let at = instant(row, "at").map_err(&doing)?.unwrap_or_default();
        let text = |column| row.get_ref(column).and_then(|value| Ok(value.as_str_or_null()?));
        let Some(folded) = text("folded").map_err(&doing)? else {
            past.unseen = past.unseen.saturating_add(1);
            continue;
        };
        let domain = folded.rsplit_once('@').map_or("", |(_, domain)| domain);
        let relay = text("relay").map_err(&doing)?.unwrap_or_default();
        past.attempts.push(PastAttempt { at, relay: intern(relay), domain: intern(domain) });
    }
    past.attempts.sort_by_key(|attempt| attempt.at);
    Ok(past)
}
