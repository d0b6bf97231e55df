//! What the connections of a send share: the copies at hand, the rate, the trial, the end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::connect::Connector;
use super::error::{DeliveryError, Halt};
use super::journal::{Recipient, Settled};
use super::limits::{Limits, Slow};
use super::line::Open;
use super::observe::{Counter, Event};
use super::queue::{Look, Queue};
use super::send::{Ended, Job, Ports, Stop};
use super::session::{Phase, SessionError};
use super::trial::{Trial, Verdict};
use crate::words::{CopyId, CopyState, Reply};

/// How many copies are claimed at once.
const CLAIM_MAX: usize = 512;
/// With fewer at hand, more are claimed before any connection runs dry.
const CLAIM_BELOW: usize = 128;
/// The longest sleep while nothing is due; then the journal is asked again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// So many refusals for our quota in a row, and it is used up.
const QUOTA_REFUSALS_MAX: usize = 3;

/// The shared state of a send.
pub(super) struct Dispatch {
    pub(super) job: Job,
    pub(super) ports: Ports,
    pub(super) connector: Connector,
    pub(super) trial: Trial,
    /// How many connections are at work.
    lines: AtomicUsize,
    queue: StdMutex<Queue>,
    claiming: Mutex<()>,
    quota_refusals: AtomicUsize,
    pub(super) counter: Counter,
    pub(super) ended: StdMutex<Option<Ended>>,
    over: watch::Sender<bool>,
}

/// What a connection is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// A copy may leave now.
    Copy,
    /// None may before that.
    Later(Instant),
    /// There is nothing left for this call.
    Nothing,
}

impl Dispatch {
    pub(super) fn new(job: Job, ports: Ports, connector: Connector, limits: Limits) -> Self {
        Self {
            lines: AtomicUsize::new(job.connections.max(1)),
            queue: StdMutex::new(Queue::new(limits, job.limit)),
            job,
            ports,
            connector,
            trial: Trial::default(),
            claiming: Mutex::default(),
            quota_refusals: AtomicUsize::new(0),
            counter: Counter::default(),
            ended: StdMutex::default(),
            over: watch::Sender::new(false),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the first session, if there is any copy to send; before it, nothing is known about
    /// the relay, and a failure ends the send.
    pub(super) async fn open_first(&self) -> Result<Option<Open>, DeliveryError> {
        let found = self.claim().await?;
        let waits = self.job.wait && self.ports.journal.next_due().await?.is_some();
        if !found && !waits {
            return Ok(None);
        }
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

    /// Says when the next copy may leave, claiming more where it must.
    pub(super) async fn ready(&self) -> Result<Ready, DeliveryError> {
        loop {
            if self.is_over() {
                return Ok(Ready::Nothing);
            }
            if !self.trial.is_open() {
                tokio::select! {
                    () = self.trial.opening() => {}
                    () = self.over() => {}
                }
                continue;
            }
            let look = self.queue().look(Instant::now());
            match look {
                Look::Due => return Ok(Ready::Copy),
                Look::At(due) => return Ok(Ready::Later(due)),
                Look::Full => return Ok(Ready::Nothing),
                Look::Claim(_) if self.claim().await? => {}
                Look::Claim(Some(due)) => return Ok(Ready::Later(due)),
                Look::Claim(None) => return self.next_due().await,
            }
        }
    }

    /// When a deferred copy is due, if the call is to wait for it.
    async fn next_due(&self) -> Result<Ready, DeliveryError> {
        if !self.job.wait {
            return Ok(Ready::Nothing);
        }
        let Some(due) = self.ports.journal.next_due().await? else { return Ok(Ready::Nothing) };
        let wait = Duration::try_from(due.duration_since(self.ports.clock.now()));
        let wait = wait.unwrap_or_default().clamp(Duration::from_millis(10), LOOK_AGAIN);
        Ok(Ready::Later(Instant::now() + wait))
    }

    /// Begins a copy that may leave now, if there is one.
    pub(super) fn take(&self) -> Option<Recipient> {
        if self.is_over() || !self.trial.admit() {
            return None;
        }
        let taken = self.queue().take(Instant::now());
        if taken.is_none() {
            self.trial.withdraw();
        }
        taken
    }

    /// As [`Dispatch::take`], once the relay is trusted and while nothing limits the rate.
    pub(super) fn take_unlimited(&self) -> Option<Recipient> {
        let may_leave = self.trial.is_passed() && self.queue().limits.are_none();
        may_leave.then(|| self.take()).flatten()
    }

    /// Takes back a copy of which the server has heard nothing.
    pub(super) fn take_back(&self, recipient: Recipient) {
        self.trial.withdraw();
        self.put_back(recipient);
    }

    /// Claims more copies before those at hand run out.
    pub(super) async fn refill(&self) -> Result<(), DeliveryError> {
        if self.queue().waiting() >= CLAIM_BELOW {
            return Ok(());
        }
        // One connection does it for all.
        let Ok(_claiming) = self.claiming.try_lock() else { return Ok(()) };
        self.claim_more().await.map(drop)
    }

    /// Claims copies; says whether there are any now.
    async fn claim(&self) -> Result<bool, DeliveryError> {
        let before = self.queue().waiting();
        let _claiming = self.claiming.lock().await;
        if self.queue().waiting() > before {
            return Ok(true);
        }
        self.claim_more().await
    }

    async fn claim_more(&self) -> Result<bool, DeliveryError> {
        let copies = self.ports.journal.claim(CLAIM_MAX, self.ports.clock.now()).await?;
        let found = !copies.is_empty();
        let (ours, others): (Vec<_>, Vec<_>) =
            copies.into_iter().partition(|copy| self.job.destination.may_reach(&copy.address));
        let mut queue = self.queue();
        others.iter().for_each(|copy| queue.hold(copy.copy));
        queue.add(ours);
        Ok(found)
    }

    /// Takes back a copy that is to be tried again; its outcome so far is written down.
    pub(super) fn put_back(&self, recipient: Recipient) {
        self.queue().put_back(recipient);
    }

    /// Slows down what goes to a destination, and writes it down for those who look.
    pub(super) async fn slow_down(&self, whom: Slow<'_>) -> Result<(), DeliveryError> {
        self.queue().limits.slow_down(whom, Instant::now());
        self.note_slowed().await
    }

    /// Writes down which destinations are slowed down, where that changed.
    pub(super) async fn note_slowed(&self) -> Result<(), DeliveryError> {
        let slowed = self.queue().limits.slowed(Instant::now());
        for (destination, per_second) in slowed {
            let event = Event::Slowed { destination: destination.clone(), per_second };
            self.ports.observer.observe(&event, &self.counter.progress());
            self.ports.journal.slowed(destination, per_second).await?;
        }
        Ok(())
    }

    /// Writes down what became of copies, and tells it.
    pub(super) async fn settle(&self, settled: Vec<Settled>) -> Result<(), DeliveryError> {
        if settled.is_empty() {
            return Ok(());
        }
        self.ports.journal.settle(settled.clone()).await?;
        self.tell_all(settled);
        Ok(())
    }

    /// Tells what was written down.
    pub(super) fn tell_all(&self, settled: Vec<Settled>) {
        for Settled { copy, outcome } in settled {
            if outcome.state != CopyState::Pending {
                self.tell(copy, outcome.state, outcome.reply);
            }
        }
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

    /// Counts a refusal for our quota; after a few in a row it is used up.
    pub(super) fn quota_refused(&self, reply: &Reply) {
        if self.quota_refusals.fetch_add(1, Ordering::Relaxed) + 1 >= QUOTA_REFUSALS_MAX {
            self.end(Ended::Quota(reply.clone()));
        }
    }

    /// A copy was accepted: our quota is not used up.
    pub(super) fn quota_granted(&self) {
        self.quota_refusals.store(0, Ordering::Relaxed);
    }

    /// Does what follows from the trial's verdict; returns what is to be settled by it.
    pub(super) fn judge(&self, verdict: Verdict, reply: Option<Reply>) -> Vec<Settled> {
        match verdict {
            Verdict::Open => vec![],
            Verdict::Failed(attempts) => {
                self.end(Ended::Halted(Halt::NothingAccepted { attempts, reply }));
                vec![]
            }
            Verdict::Trusted(refused) => refused,
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
        *self.over.borrow() || *self.ports.stop.borrow() != Stop::No
    }

    /// Returns once no copy is to be begun any more.
    pub(super) async fn over(&self) {
        let (mut over, mut stop) = (self.over.subscribe(), self.ports.stop.clone());
        let stopped = async {
            if stop.wait_for(|stop| *stop != Stop::No).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            _ = over.wait_for(|over| *over) => {}
            () = stopped => {}
        }
    }

    /// Gives up the claims on copies that were not begun.
    pub(super) async fn release_all(&self) -> Result<(), DeliveryError> {
        let copies = self.queue().drain();
        Ok(self.ports.journal.release(copies).await?)
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
