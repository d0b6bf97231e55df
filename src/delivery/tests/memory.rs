//! A journal in memory, for tests of the send loop alone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::delivery::{
    Answer, Attempt, Journal, Mark, Outcome, Past, PastAttempt, Recipient, Settled, Tally,
};
use crate::words::{Address, CopyId, CopyState, Reply};

/// A copy and all that was written about it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) recipient: Recipient,
    pub(crate) state: CopyState,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) marks: usize,
    claimed: bool,
    next_attempt: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) copies: Mutex<Vec<Kept>>,
    pub(crate) attempts: Mutex<Vec<Timestamp>>,
    /// Whether candidates were suppressed (true) or dropped, each time they were closed.
    pub(crate) closed: Mutex<Vec<bool>>,
}

impl Memory {
    /// Plans copies for `a0@list.example` and so on.
    pub(crate) fn plan(count: usize) -> Arc<Self> {
        let addresses = (0..count).map(|n| format!("a{n}@list.example")).collect::<Vec<_>>();
        Self::plan_for(&addresses.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn plan_for(addresses: &[&str]) -> Arc<Self> {
        let copies = addresses.iter().enumerate().map(|(n, address)| Kept {
            recipient: Recipient {
                copy: CopyId([n as u8; 16]),
                address: Address::parse(address).unwrap(),
                fields: "{}".into(),
                attempts: 0,
                first_attempt_at: None,
            },
            state: CopyState::Pending,
            outcomes: vec![],
            marks: 0,
            claimed: false,
            next_attempt: None,
        });
        Arc::new(Self { copies: Mutex::new(copies.collect()), ..Self::default() })
    }

    /// The copies in a state, by address.
    pub(crate) fn of(&self, state: CopyState) -> BTreeSet<String> {
        let copies = self.copies.lock().unwrap();
        let copies = copies.iter().filter(|copy| copy.state == state);
        copies.map(|copy| copy.recipient.address.to_string()).collect()
    }

    pub(crate) fn copy(&self, index: usize) -> Kept {
        self.copies.lock().unwrap()[index].clone()
    }

    fn put(&self, Settled { copy, outcome }: Settled) {
        self.attempts.lock().unwrap().push(outcome.at);
        let mut copies = self.copies.lock().unwrap();
        let kept = copies.iter_mut().find(|kept| kept.recipient.copy == copy).unwrap();
        assert!(!kept.state.is_outcome(), "{kept:?} {outcome:?}");
        let marked = kept.state == CopyState::Attempting;
        let needs = matches!(outcome.state, CopyState::Accepted | CopyState::InDoubt);
        assert!(marked || !needs, "{kept:?} {outcome:?}");
        kept.recipient.attempts += u32::from(!marked);
        kept.recipient.first_attempt_at.get_or_insert(outcome.at);
        kept.state = outcome.state;
        kept.claimed = outcome.state == CopyState::Pending;
        kept.next_attempt = outcome.next_attempt;
        kept.outcomes.push(outcome);
    }

    fn with<T: Send + 'static>(
        &self,
        copy: CopyId,
        work: impl FnOnce(&mut Kept) -> T,
    ) -> Answer<'_, T> {
        let mut copies = self.copies.lock().unwrap();
        let kept = copies.iter_mut().find(|kept| kept.recipient.copy == copy).unwrap();
        let value = work(kept);
        Box::pin(std::future::ready(Ok(value)))
    }
}

impl Journal for Memory {
    fn claim(&self, count: usize, now: Timestamp) -> Answer<'_, Vec<Recipient>> {
        let mut copies = self.copies.lock().unwrap();
        let mut claimed = vec![];
        for kept in copies.iter_mut() {
            let due = kept.next_attempt.is_some_and(|due| due <= now);
            let fits = kept.state == CopyState::Pending || kept.state == CopyState::Deferred && due;
            if claimed.len() < count && fits && !kept.claimed {
                kept.claimed = true;
                claimed.push(kept.recipient.clone());
            }
        }
        Box::pin(std::future::ready(Ok(claimed)))
    }

    fn release(&self, copies: Vec<CopyId>) -> Answer<'_, ()> {
        for kept in self.copies.lock().unwrap().iter_mut() {
            if copies.contains(&kept.recipient.copy) {
                kept.claimed = false;
            }
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn mark(&self, settled: Vec<Settled>, attempt: Attempt) -> Answer<'_, Mark> {
        settled.into_iter().for_each(|settled| self.put(settled));
        self.with(attempt.copy, |kept| {
            assert!(!kept.state.is_outcome() && kept.state != CopyState::Attempting, "{kept:?}");
            kept.state = CopyState::Attempting;
            kept.marks += 1;
            kept.recipient.attempts += 1;
            kept.recipient.first_attempt_at.get_or_insert(attempt.at);
            Mark::Marked
        })
    }

    fn settle(&self, settled: Vec<Settled>) -> Answer<'_, ()> {
        settled.into_iter().for_each(|settled| self.put(settled));
        Box::pin(std::future::ready(Ok(())))
    }

    fn defer_rest(&self, _reply: Reply, at: Timestamp) -> Answer<'_, u64> {
        let mut copies = self.copies.lock().unwrap();
        let mut count = 0;
        for kept in copies.iter_mut().filter(|kept| kept.state == CopyState::Pending) {
            kept.state = CopyState::Deferred;
            kept.next_attempt = Some(at);
            kept.claimed = false;
            count += 1;
        }
        Box::pin(std::future::ready(Ok(count)))
    }

    fn past(&self, since: Timestamp) -> Answer<'_, Past> {
        let attempts = self.attempts.lock().unwrap();
        let attempts = attempts.iter().filter(|at| **at > since).map(|at| PastAttempt {
            at: *at,
            relay: "main".into(),
            domain: "list.example".into(),
        });
        let past = Past { attempts: attempts.collect(), unseen: 0 };
        Box::pin(std::future::ready(Ok(past)))
    }

    fn slowed(&self, _destination: String, _per_second: Option<f64>) -> Answer<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn next_due(&self) -> Answer<'_, Option<Timestamp>> {
        let copies = self.copies.lock().unwrap();
        let due = copies.iter().filter(|kept| !kept.claimed).filter_map(|kept| kept.next_attempt);
        let due = due.min();
        Box::pin(std::future::ready(Ok(due)))
    }

    fn tally(&self) -> Answer<'_, Tally> {
        let mut tally = Tally::default();
        for kept in self.copies.lock().unwrap().iter() {
            *tally.of_mut(kept.state) += 1;
        }
        Box::pin(std::future::ready(Ok(tally)))
    }

    fn close_candidates(&self, suppress: bool, _at: Timestamp) -> Answer<'_, ()> {
        self.closed.lock().unwrap().push(suppress);
        Box::pin(std::future::ready(Ok(())))
    }
}
