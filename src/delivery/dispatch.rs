//! What the connections of a send share: the copies at hand, the rate, the trial, the end.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::connect::Connector;
use super::error::{DeliveryError, Halt};
use super::journal::{Outcome, Recipient, Settled};
use super::limits::Limits;
use super::line::Open;
use super::observe::{Counter, Event};
use super::send::{Ended, Job, Ports, Sent};
use super::session::{Phase, SessionError};
use super::trial::{Trial, Verdict};
use crate::words::{CopyId, CopyState, Reply};

/// How many copies are claimed at once.
const CLAIM_MAX: usize = 256;
/// The longest sleep while nothing is due; then the journal is asked again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The shared state of a send.
pub(super) struct Dispatch {
    pub(super) job: Job,
    pub(super) ports: Ports,
    pub(super) connector: Connector,
    limits: StdMutex<Limits>,
    pub(super) trial: Trial,
    /// How many connections are at work.
    lines: AtomicUsize,
    queue: Mutex<Queue>,
    counter: Counter,
    ended: StdMutex<Option<Ended>>,
    over: watch::Sender<bool>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Recipient>,
    /// Claimed, and not to be sent by this call.
    held: Vec<CopyId>,
    begun: usize,
}

impl Dispatch {
    pub(super) fn new(job: Job, ports: Ports, connector: Connector, limits: Limits) -> Self {
        Self {
            lines: AtomicUsize::new(job.connections.max(1)),
            job,
            ports,
            connector,
            limits: StdMutex::new(limits),
            trial: Trial::default(),
            queue: Mutex::default(),
            counter: Counter::default(),
            ended: StdMutex::default(),
            over: watch::Sender::new(false),
        }
    }

    /// Opens the first session, if there is any copy to send; before it, nothing is known about
    /// the relay, and a failure ends the send.
    pub(super) async fn open_first(&self) -> Result<Option<Open>, DeliveryError> {
        let copies = self.ports.journal.claim(CLAIM_MAX, self.ports.clock.now()).await?;
        let waits = self.job.wait && self.ports.journal.next_due().await?.is_some();
        if copies.is_empty() && !waits {
            return Ok(None);
        }
        self.queue.lock().await.waiting.extend(copies);
        let opened = tokio::select! {
            opened = Open::new(self) => opened,
            () = self.over() => return Ok(None),
        };
        match opened {
            Ok(open) => Ok(Some(open)),
            Err(error) => {
                let failed = self.unopened(error);
                self.cancel();
                self.release_all().await?;
                failed.map(|()| None)
            }
        }
    }

    /// A first session that did not come about: the relay refuses us, or is not there.
    fn unopened(&self, error: SessionError) -> Result<(), DeliveryError> {
        let address = self.job.destination.address();
        if error.phase == Phase::Proof {
            return Err(DeliveryError::NotOurInbox { address });
        }
        match Halt::of_session(error, &self.job.destination) {
            Ok(halt) => {
                self.end(Ended::Halted(halt));
                Ok(())
            }
            Err(cause) => {
                let relay = self.job.destination.name().to_owned();
                Err(DeliveryError::Unreachable { relay, address, cause })
            }
        }
    }

    /// Returns the next copy, or `None` when there is nothing left for this call.
    pub(super) async fn next(&self) -> Result<Option<Recipient>, DeliveryError> {
        loop {
            if self.is_over() {
                return Ok(None);
            }
            let mut queue = self.queue.lock().await;
            if self.job.limit.is_some_and(|limit| queue.begun >= limit) {
                return Ok(None);
            }
            if let Some(recipient) = queue.waiting.pop_front() {
                if self.job.destination.may_reach(&recipient.address) {
                    queue.begun += 1;
                    return Ok(Some(recipient));
                }
                queue.held.push(recipient.copy);
                continue;
            }
            let copies = self.ports.journal.claim(CLAIM_MAX, self.ports.clock.now()).await?;
            if copies.is_empty() {
                drop(queue);
                match self.pause().await? {
                    true => continue,
                    false => return Ok(None),
                }
            }
            queue.waiting.extend(copies);
        }
    }

    /// Sleeps until a deferred copy is due, if the call is to wait; says whether to look again.
    async fn pause(&self) -> Result<bool, DeliveryError> {
        if !self.job.wait {
            return Ok(false);
        }
        let Some(due) = self.ports.journal.next_due().await? else { return Ok(false) };
        let wait = Duration::try_from(due.duration_since(self.ports.clock.now()));
        let wait = wait.unwrap_or_default().clamp(Duration::from_millis(10), LOOK_AGAIN);
        tokio::select! {
            () = sleep(wait) => {}
            () = self.over() => {}
        }
        Ok(true)
    }

    /// Waits until a copy to `domain` may leave, counts it, and says so. Where that is further off
    /// than `patience`, it sleeps for most of the time instead and counts nothing.
    ///
    /// Dropped before it returns, it has counted nothing.
    pub(super) async fn permit(&self, domain: &str, patience: Duration) -> bool {
        loop {
            let (now, due) = {
                let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                let due = limits.due(domain, now);
                if due <= now {
                    limits.take(domain, now);
                    return true;
                }
                (now, due)
            };
            if due - now > patience {
                sleep_until(due - patience / 2).await;
                return false;
            }
            sleep_until(due).await;
        }
    }

    /// Takes back a copy that was not attempted.
    pub(super) async fn put_back(&self, recipient: Recipient) {
        let mut queue = self.queue.lock().await;
        queue.begun = queue.begun.saturating_sub(1);
        queue.waiting.push_front(recipient);
    }

    /// Writes down what became of a copy, and tells it.
    pub(super) async fn settle(&self, copy: CopyId, outcome: Outcome) -> Result<(), DeliveryError> {
        let (state, reply) = (outcome.state, outcome.reply.clone());
        self.ports.journal.settle(vec![Settled { copy, outcome }]).await?;
        if state != CopyState::Pending {
            self.tell(copy, state, reply);
        }
        Ok(())
    }

    /// Tells of a copy's new state.
    pub(super) fn tell(&self, copy: CopyId, state: CopyState, reply: Option<Reply>) {
        let progress = self.counter.count(state);
        self.ports.observer.observe(&Event::Copy { copy, state, reply }, &progress);
    }

    /// Tells of trouble with a connection.
    pub(super) fn trouble(&self, error: &SessionError) {
        let what = format!("{} {error}", self.job.destination.address());
        self.ports.observer.observe(&Event::Trouble { what }, &self.counter.progress());
    }

    /// Does what follows from the trial's verdict.
    pub(super) async fn judge(
        &self,
        verdict: Verdict,
        reply: Option<Reply>,
    ) -> Result<(), DeliveryError> {
        match verdict {
            Verdict::Open => Ok(()),
            Verdict::Failed(attempts) => {
                self.end(Ended::Halted(Halt::NothingAccepted { attempts, reply }));
                Ok(())
            }
            Verdict::Trusted(refused) => {
                for (copy, outcome) in refused {
                    self.settle(copy, outcome).await?;
                }
                Ok(())
            }
        }
    }

    /// Ends the send: no copy is begun any more. The first reason stays.
    pub(super) fn end(&self, reason: Ended) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.cancel();
    }

    /// As [`Dispatch::end`], without a reason.
    pub(super) fn cancel(&self) {
        self.over.send_replace(true);
    }

    pub(super) fn is_over(&self) -> bool {
        *self.over.borrow() || *self.ports.stop.borrow()
    }

    /// Returns once no copy is to be begun any more.
    pub(super) async fn over(&self) {
        let (mut over, mut stop) = (self.over.subscribe(), self.ports.stop.clone());
        let stopped = async {
            if stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = over.wait_for(|over| *over) => {}
            () = stopped => {}
        }
    }

    async fn release_all(&self) -> Result<(), DeliveryError> {
        let mut queue = self.queue.lock().await;
        let mut copies: Vec<CopyId> = queue.waiting.drain(..).map(|copy| copy.copy).collect();
        copies.append(&mut queue.held);
        Ok(self.ports.journal.release(copies).await?)
    }

    /// Closes the books of this call.
    pub(super) async fn finish(&self) -> Result<Sent, DeliveryError> {
        let now = self.ports.clock.now();
        let reason = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        let halted = matches!(reason, Some(Ended::Halted(_)));
        for (copy, outcome) in self.trial.close() {
            match halted {
                true => self.ports.journal.release(vec![copy]).await?,
                false => self.settle(copy, outcome).await?,
            }
        }
        self.release_all().await?;
        let tally = self.ports.journal.tally().await?;
        let ended = match reason {
            // Lost with nothing left to do, it was not lost for this send.
            Some(Ended::Unreachable(_)) | None if tally.pending == 0 => {
                self.plain_end(tally.deferred, tally.pending).await?
            }
            Some(reason) => reason,
            None => self.plain_end(tally.deferred, tally.pending).await?,
        };
        let trusted = tally.accepted > 0 && tally.failed_share() <= self.job.max_failed.0;
        if halted {
            self.ports.journal.close_candidates(false, now).await?;
        } else if trusted && !matches!(ended, Ended::Interrupted | Ended::Stopped) {
            self.ports.journal.close_candidates(true, now).await?;
        }
        Ok(Sent { ended, tally, progress: self.counter.progress() })
    }

    async fn plain_end(&self, deferred: u64, pending: u64) -> Result<Ended, DeliveryError> {
        if *self.ports.stop.borrow() {
            return Ok(Ended::Interrupted);
        }
        if pending > 0 {
            return Ok(Ended::Limited);
        }
        if deferred > 0 {
            let next: Option<Timestamp> = self.ports.journal.next_due().await?;
            return Ok(Ended::Deferred { next });
        }
        Ok(Ended::Done)
    }

    /// A connection is done.
    pub(super) fn leave(&self) {
        self.lines.fetch_sub(1, Ordering::Relaxed);
    }

    /// A connection gives up; with the last of them the send ends.
    pub(super) fn retire(&self, cause: SessionError) {
        if self.lines.load(Ordering::Relaxed) <= 1 {
            self.end(Ended::Unreachable(cause));
        }
    }
}
