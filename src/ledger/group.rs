//! One group of the committer: run, made durable, answered.
//!
//! Invariant: all of a group is in one transaction, or none of it; a failure of the database is
//! told to all, and nothing more is written.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use super::LedgerError;
use super::change::Change;
use super::committer::{Fault, Job};
use super::store::{Core, begin};
use crate::delivery::JournalError;

impl Core {
    /// Runs jobs in one transaction, and answers them; returns how long it took to make it
    /// durable.
    pub(super) fn commit_group(&self, mut jobs: Vec<Box<dyn Job>>) -> Option<Duration> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.broken.load(Ordering::Acquire) {
            answer_all(jobs, LedgerError::Ended);
            return None;
        }
        let result = self.run_group(&mut writer, &mut jobs);
        match result {
            Ok(took) => {
                self.groups.fetch_add(1, Ordering::Relaxed);
                jobs.into_iter().for_each(|job| job.answer(Ok(())));
                Some(took)
            }
            Err(error) => {
                self.broken.store(true, Ordering::Release);
                answer_all(jobs, error.of(Path::new(&self.path)));
                None
            }
        }
    }

    /// Runs jobs until all that are left could be done together. One that is at fault alone is
    /// answered and left out; the others are done again without it.
    fn run_group(
        &self,
        writer: &mut Connection,
        jobs: &mut Vec<Box<dyn Job>>,
    ) -> Result<Duration, LedgerError> {
        loop {
            let transaction = begin(writer)?;
            let (mut change, mut at_fault) = (Change::nothing(), None);
            for (index, job) in jobs.iter_mut().enumerate() {
                match job.run(&transaction, &mut change) {
                    Ok(()) => {}
                    Err(Fault::Ledger(error)) => return Err(error),
                    Err(Fault::Own(error)) => {
                        at_fault = Some((index, error));
                        break;
                    }
                }
            }
            let Some((index, error)) = at_fault else {
                let started = Instant::now();
                self.commit(transaction, &change)?;
                return Ok(started.elapsed());
            };
            transaction.rollback().map_err(LedgerError::doing("write"))?;
            jobs.remove(index).answer(Err(error));
        }
    }
}

fn answer_all(jobs: Vec<Box<dyn Job>>, error: LedgerError) {
    let error = SharedError(Arc::new(error));
    for job in jobs {
        job.answer(Err(JournalError::Durability(Box::new(error.clone()))));
    }
}

/// One failure that many are told of.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
struct SharedError(Arc<LedgerError>);
