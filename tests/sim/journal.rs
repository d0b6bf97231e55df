//! A journal that keeps what was written apart from what is durable: a crash loses the difference.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use letterpress::delivery::{
    Answer, Attempt, Journal, Mark, Outcome, Past, PastAttempt, Recipient, Settled, Tally,
};
use letterpress::words::{CopyId, CopyState, Reply};
use tokio::time::sleep;

use crate::bugs::Bug;
use crate::rng::Rng;

/// One commit.
#[derive(Clone, Debug)]
pub enum Entry {
    Turn { settled: Vec<(CopyId, CopyState, Option<Timestamp>, Timestamp)>, mark: Option<Marked> },
    Suppress(CopyId),
    DeferRest(Timestamp),
}

#[derive(Clone, Debug)]
pub struct Marked {
    pub copy: CopyId,
    pub connection: (usize, u32),
    pub at: Timestamp,
}

/// How a copy stands.
#[derive(Clone, Debug)]
pub struct Copy {
    pub recipient: Recipient,
    pub state: CopyState,
    pub due: Option<Timestamp>,
    pub suppressed: bool,
    attempted: Vec<Timestamp>,
    claimed: bool,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    plan: Vec<Recipient>,
    copies: BTreeMap<CopyId, Copy>,
    log: Vec<Entry>,
    /// So many entries of the log would outlive a crash for certain.
    durable: usize,
    run: usize,
    /// When a crash was found that may have kept a copy for each connection from being seen.
    crashes: Vec<Timestamp>,
    connections: u32,
    stopped: bool,
}

/// The journal; its clones are handles to the same.
#[derive(Clone, Debug)]
pub struct SimJournal {
    state: Arc<Mutex<State>>,
    bug: Option<Bug>,
}

impl SimJournal {
    pub fn new(seed: u64, plan: Vec<Recipient>, connections: u32, bug: Option<Bug>) -> Self {
        let copies = planned(&plan);
        let state = State {
            rng: Rng::new(seed ^ 77),
            plan,
            copies,
            log: vec![],
            durable: 0,
            run: 0,
            crashes: vec![],
            connections,
            stopped: false,
        };
        Self { state: Arc::new(Mutex::new(state)), bug }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    /// The process died: what was not durable is lost, or part of it.
    pub fn crash(&self) {
        self.with(|state| {
            let lucky = state.rng.below((state.log.len() - state.durable + 1) as u64) as usize;
            // What a person did in another process is durable in its own right.
            let kept = (state.durable + lucky).max(last_by_hand(&state.log));
            state.log.truncate(kept);
            state.durable = kept;
            state.rebuild();
        });
    }

    /// A new process begins: what the old one left under way is in doubt.
    pub fn recover(&self, orderly: bool, now: Timestamp) {
        self.with(|state| {
            state.run += 1;
            state.stopped = false;
            if !orderly {
                state.crashes.push(now);
            }
            let copies = state.copies.values();
            let left = copies.filter(|copy| copy.state == CopyState::Attempting);
            let settled: Vec<_> = left
                .map(|copy| (copy.recipient.copy, CopyState::InDoubt, None, last(copy)))
                .collect();
            state.put(Entry::Turn { settled, mark: None });
            state.copies.values_mut().for_each(|copy| copy.claimed = false);
            state.durable = state.log.len();
        });
    }

    /// A person suppresses a reader, from another process.
    pub fn suppress(&self, copy: CopyId) {
        self.with(|state| {
            state.put(Entry::Suppress(copy));
            state.durable = state.log.len();
        });
    }

    /// A person stops the send, from another process.
    pub fn stop(&self) {
        self.with(|state| state.stopped = true);
    }

    pub fn copies(&self) -> Vec<Copy> {
        self.with(|state| state.copies.values().cloned().collect())
    }

    pub fn log(&self) -> Vec<Entry> {
        self.with(|state| state.log.clone())
    }

    /// Whether the mark for a copy would outlive a crash now.
    pub fn is_durably_attempting(&self, copy: CopyId) -> bool {
        self.with(|state| {
            let mut is = false;
            for entry in &state.log[..state.durable] {
                if let Entry::Turn { settled, mark } = entry {
                    is &= !settled.iter().any(|(settled, ..)| *settled == copy);
                    is |= mark.as_ref().is_some_and(|mark| mark.copy == copy);
                }
            }
            is
        })
    }

    /// Writes an entry, and waits until it is durable.
    fn commit<T: Send + 'static>(&self, value: T, length: usize) -> Answer<'_, T> {
        let journal = self.clone();
        let wait = self.with(|state| Duration::from_micros(state.rng.below(3_000)));
        Box::pin(async move {
            sleep(wait).await;
            if journal.bug != Some(Bug::LostFlush) {
                journal
                    .with(|state| state.durable = state.durable.max(length).min(state.log.len()));
            }
            Ok(value)
        })
    }
}

fn last(copy: &Copy) -> Timestamp {
    copy.attempted.last().copied().unwrap_or_default()
}

fn last_by_hand(log: &[Entry]) -> usize {
    log.iter().rposition(|entry| matches!(entry, Entry::Suppress(_))).map_or(0, |at| at + 1)
}

fn planned(plan: &[Recipient]) -> BTreeMap<CopyId, Copy> {
    let copy = |recipient: &Recipient| Copy {
        recipient: recipient.clone(),
        state: CopyState::Pending,
        due: None,
        suppressed: false,
        attempted: vec![],
        claimed: false,
    };
    plan.iter().map(|recipient| (recipient.copy, copy(recipient))).collect()
}

impl State {
    fn put(&mut self, entry: Entry) -> usize {
        self.apply(&entry);
        self.log.push(entry);
        self.log.len()
    }

    fn rebuild(&mut self) {
        self.copies = planned(&self.plan);
        for entry in self.log.clone() {
            self.apply(&entry);
        }
    }

    fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Suppress(copy) => {
                self.copies.get_mut(copy).unwrap().suppressed = true;
            }
            Entry::DeferRest(at) => {
                let pending = |copy: &&mut Copy| copy.state == CopyState::Pending;
                for copy in self.copies.values_mut().filter(pending) {
                    copy.state = CopyState::Deferred;
                    copy.due = Some(*at);
                    copy.claimed = false;
                }
            }
            Entry::Turn { settled, mark } => {
                for (copy, state, due, at) in settled {
                    let copy = self.copies.get_mut(copy).unwrap();
                    copy.state = *state;
                    copy.due = *due;
                    copy.claimed &= *state == CopyState::Pending;
                    copy.attempt(*at);
                }
                if let Some(mark) = mark {
                    let copy = self.copies.get_mut(&mark.copy).unwrap();
                    copy.state = CopyState::Attempting;
                    copy.attempt(mark.at);
                }
            }
        }
    }
}

impl Copy {
    fn attempt(&mut self, at: Timestamp) {
        if self.attempted.last() != Some(&at) {
            self.attempted.push(at);
            self.recipient.attempts += 1;
            self.recipient.first_attempt_at.get_or_insert(at);
        }
    }
}

fn settled(
    list: Vec<Settled>,
    bug: Option<Bug>,
) -> Vec<(CopyId, CopyState, Option<Timestamp>, Timestamp)> {
    let entry = |Settled { copy, outcome }: Settled| {
        let Outcome { state, at, next_attempt, .. } = outcome;
        match (bug, state) {
            (Some(Bug::RetryBehindDot), CopyState::InDoubt) => {
                (copy, CopyState::Deferred, Some(at), at)
            }
            _ => (copy, state, next_attempt, at),
        }
    };
    list.into_iter().map(entry).collect()
}

impl Journal for SimJournal {
    fn claim(&self, count: usize, now: Timestamp) -> Answer<'_, Vec<Recipient>> {
        let claimed = self.with(|state| {
            let fits = |copy: &&mut Copy| {
                let due = copy.due.is_none_or(|due| due <= now);
                !copy.claimed
                    && (copy.state == CopyState::Pending
                        || copy.state == CopyState::Deferred && due)
            };
            let copies = state.copies.values_mut().filter(fits).take(count);
            copies
                .map(|copy| {
                    copy.claimed = true;
                    copy.recipient.clone()
                })
                .collect()
        });
        Box::pin(std::future::ready(Ok(claimed)))
    }

    fn release(&self, copies: Vec<CopyId>) -> Answer<'_, ()> {
        self.with(|state| {
            for copy in copies {
                state.copies.get_mut(&copy).unwrap().claimed = false;
            }
        });
        Box::pin(std::future::ready(Ok(())))
    }

    fn mark(&self, list: Vec<Settled>, attempt: Attempt) -> Answer<'_, Mark> {
        let settled = settled(list, self.bug);
        let (answer, length) = self.with(|state| {
            for entry in &settled {
                assert!(state.copies.contains_key(&entry.0));
            }
            let copy = &state.copies[&attempt.copy];
            let blind = self.bug == Some(Bug::SuppressionAtPlan);
            let answer = match copy.state {
                CopyState::Pending | CopyState::Deferred if state.stopped => Mark::Stopped,
                CopyState::Pending | CopyState::Deferred if copy.suppressed && !blind => {
                    Mark::Suppressed
                }
                CopyState::Pending | CopyState::Deferred => Mark::Marked,
                _ => Mark::Settled,
            };
            let marked = Marked {
                copy: attempt.copy,
                connection: (state.run, attempt.connection),
                at: attempt.at,
            };
            let (mut settled, mut mark) = (settled, None);
            match answer {
                Mark::Marked => mark = Some(marked),
                Mark::Suppressed => {
                    settled.push((attempt.copy, CopyState::Suppressed, None, attempt.at));
                }
                _ => {}
            }
            if self.bug == Some(Bug::OutcomeBehindMark) && mark.is_some() {
                state.put(Entry::Turn { settled: vec![], mark });
                return (answer, state.put(Entry::Turn { settled, mark: None }) - 1);
            }
            (answer, state.put(Entry::Turn { settled, mark }))
        });
        if self.bug == Some(Bug::MarkBehindDot) {
            return Box::pin(std::future::ready(Ok(answer)));
        }
        self.commit(answer, length)
    }

    fn settle(&self, list: Vec<Settled>) -> Answer<'_, ()> {
        let settled = settled(list, self.bug);
        let length = self.with(|state| state.put(Entry::Turn { settled, mark: None }));
        self.commit((), length)
    }

    fn defer_rest(&self, _reply: Reply, at: Timestamp) -> Answer<'_, u64> {
        let length = self.with(|state| state.put(Entry::DeferRest(at)));
        self.commit(0, length)
    }

    fn past(&self, since: Timestamp) -> Answer<'_, Past> {
        let past = self.with(|state| {
            let attempts = state.copies.values().flat_map(|copy| {
                let domain: Arc<str> = copy.recipient.address.domain().into();
                copy.attempted.iter().filter(|at| **at > since).map(move |at| PastAttempt {
                    at: *at,
                    relay: "main".into(),
                    domain: domain.clone(),
                })
            });
            let crashes = state.crashes.iter().filter(|at| **at > since).count() as u32;
            Past { attempts: attempts.collect(), unseen: crashes * state.connections }
        });
        let reset = self.bug == Some(Bug::WindowsReset);
        Box::pin(std::future::ready(Ok(if reset { Past::default() } else { past })))
    }

    fn slowed(&self, _destination: String, _per_second: Option<f64>) -> Answer<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn next_due(&self) -> Answer<'_, Option<Timestamp>> {
        let due = self.with(|state| {
            let deferred = state
                .copies
                .values()
                .filter(|copy| copy.state == CopyState::Deferred && !copy.claimed);
            deferred.map(|copy| copy.due.unwrap_or_default()).min()
        });
        Box::pin(std::future::ready(Ok(due)))
    }

    fn tally(&self) -> Answer<'_, Tally> {
        let tally = self.with(|state| {
            let mut tally = Tally::default();
            state.copies.values().for_each(|copy| *tally.of_mut(copy.state) += 1);
            tally
        });
        Box::pin(std::future::ready(Ok(tally)))
    }

    fn close_candidates(&self, _suppress: bool, _at: Timestamp) -> Answer<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
