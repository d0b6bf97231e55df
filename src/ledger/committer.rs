//! Group commit: the writes of all connections share one transaction and its flushes.
//!
//! A thread takes the first job that waits, gathers what else there is, runs all of them in one
//! transaction, and answers them once that is durable. While it flushes, the next group gathers by
//! itself. It also waits a little for the connections that were in the last groups: they were
//! answered a moment ago, and without it two half groups would take turns, each with its own flush.
//!
//! Invariant: nobody is answered before the flush. A job that may not do what it asks for leaves
//! nothing behind and harms no other; a database that fails, fails them all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Transaction;
use tokio::time::Instant;

use super::LedgerError;
use super::change::Change;
use super::store::Core;
use crate::delivery::JournalError;

/// The largest group.
const GROUP_MAX: usize = 256;
/// How long a wait for others may take: so long, since a group costs time of the processor too;
const WAIT_MIN: Duration = Duration::from_micros(500);
/// or this part of what its flushes take, if that is longer.
const WAIT_PART: u32 = 3;
/// Over how many groups a connection is expected again.
const EXPECTED_OVER: u64 = 2;

/// Why a job could not be done.
#[derive(Debug)]
pub(super) enum Fault {
    /// It alone is at fault.
    Own(JournalError),
    /// The ledger is.
    Ledger(LedgerError),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Database { .. } => Self::Ledger(error),
            // A row that does not match concerns the copy at hand: others can still be settled.
            other => Self::Own(JournalError::Durability(Box::new(other))),
        }
    }
}

/// A job of the committer.
pub(super) trait Job: Send {
    /// The connection that waits for it.
    fn connection(&self) -> Option<u32>;
    /// Does it, and adds what it changed; again, where the transaction had to be rolled back for
    /// another's fault.
    fn run(&mut self, transaction: &Transaction<'_>, change: &mut Change) -> Result<(), Fault>;
    /// Tells how it ended.
    fn answer(self: Box<Self>, result: Result<(), JournalError>);
}

/// The thread that commits. It ends when this is dropped, with what it had been given done.
#[derive(Debug)]
pub(super) struct Committer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread.
    pub(super) fn start(core: Arc<Core>) -> std::io::Result<Self> {
        let (jobs, waiting) = channel();
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || Groups::new(waiting).run(&core))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Hands over a job.
    pub(super) fn submit(&self, job: Box<dyn Job>) {
        let refused = match &self.jobs {
            Some(jobs) => jobs.send(job).err().map(|refused| refused.0),
            None => Some(job),
        };
        if let Some(job) = refused {
            job.answer(Err(JournalError::Durability(Box::new(LedgerError::Ended))));
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It panics nowhere; if it did, whoever waits for it has been told by the channel.
            let _ = thread.join();
        }
    }
}

/// How groups are gathered.
struct Groups {
    waiting: Receiver<Box<dyn Job>>,
    pace: Pace,
}

impl Groups {
    fn new(waiting: Receiver<Box<dyn Job>>) -> Self {
        Self { waiting, pace: Pace::default() }
    }

    fn run(mut self, core: &Core) {
        while let Ok(first) = self.waiting.recv() {
            let group = self.gather(first);
            self.pace.count(group.iter().filter_map(|job| job.connection()));
            if let Some(took) = core.commit_group(group) {
                self.pace.took(took);
            }
        }
    }

    fn gather(&self, first: Box<dyn Job>) -> Vec<Box<dyn Job>> {
        let mut missing = self.pace.expected();
        let mut group = vec![first];
        let mut until = None;
        loop {
            if let Some(connection) = group.last().and_then(|job| job.connection()) {
                missing.remove(&connection);
            }
            if group.len() >= GROUP_MAX {
                return group;
            }
            if let Ok(job) = self.waiting.try_recv() {
                group.push(job);
                continue;
            }
            let patience = self.pace.patience();
            if missing.is_empty() {
                return group;
            }
            let until = *until.get_or_insert_with(|| Instant::now() + patience);
            let left = until.saturating_duration_since(Instant::now());
            match self.waiting.recv_timeout(left) {
                Ok(job) => group.push(job),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return group,
            }
        }
    }
}

/// What the last groups were like.
#[derive(Debug, Default)]
pub(super) struct Pace {
    groups: u64,
    /// The group that each connection was in last.
    seen: BTreeMap<u32, u64>,
    /// How long a group's flushes take.
    flush: Duration,
}

impl Pace {
    /// Counts a group and who was in it.
    pub(super) fn count(&mut self, connections: impl Iterator<Item = u32>) {
        self.groups += 1;
        for connection in connections {
            self.seen.insert(connection, self.groups);
        }
        let oldest = self.groups.saturating_sub(EXPECTED_OVER);
        self.seen.retain(|_, group| *group > oldest);
    }

    /// Notes how long the flushes of a group took. One slow flush is believed by a quarter: a
    /// checkpoint is no reason to wait.
    pub(super) fn took(&mut self, took: Duration) {
        self.flush = if self.flush.is_zero() { took } else { (self.flush * 3 + took) / 4 };
    }

    /// Who is likely to come soon.
    pub(super) fn expected(&self) -> BTreeSet<u32> {
        self.seen.keys().copied().collect()
    }

    /// How long a group may wait for them.
    pub(super) fn patience(&self) -> Duration {
        WAIT_MIN.max(self.flush / WAIT_PART)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_disk_is_worth_a_longer_wait_than_a_fast_one() {
        let mut pace = Pace::default();
        pace.took(Duration::from_micros(300));
        assert_eq!(pace.patience(), WAIT_MIN);
        for _ in 0..40 {
            pace.took(Duration::from_millis(10));
        }
        let patience = pace.patience();
        assert!(patience > Duration::from_micros(3_200) && patience < Duration::from_micros(3_400));
    }

    #[test]
    fn connections_of_the_last_two_groups_are_expected() {
        let mut pace = Pace::default();
        pace.count([1, 2].into_iter());
        pace.count([3].into_iter());
        assert_eq!(pace.expected(), BTreeSet::from([1, 2, 3]));
        pace.count([3].into_iter());
        assert_eq!(pace.expected(), BTreeSet::from([3]));
    }
}
