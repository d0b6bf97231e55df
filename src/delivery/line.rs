//! One connection of a send: it opens sessions as it needs them, and carries copy after copy.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::classify::{Class, classify};
use super::dispatch::Dispatch;
use super::error::{DeliveryError, Halt};
use super::journal::{Attempt, JournalError, Mark, Outcome, Recipient};
use super::retry;
use super::send::Ended;
use super::session::{Cause, Ending, Phase, Session, SessionError};
use crate::message::Message;
use crate::words::{CopyState, Reply};

/// How many copies a session carries before it is closed; relays cut off longer ones.
const COPIES_A_SESSION_MAX: u32 = 100;
/// A session that was quiet for longer is not trusted to be there.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// How long a copy waits for its permit with a session open.
const PERMIT_PATIENCE: Duration = Duration::from_secs(10);
/// How often a connection tries to open a session before it gives up.
const OPENINGS_MAX: u32 = 5;

/// A connection's place in the send.
pub(super) struct Line {
    dispatch: Arc<Dispatch>,
    number: u32,
    session: Option<Open>,
    /// How many openings and sessions in a row brought nothing.
    failures: u32,
    /// Why the last of them did not.
    cause: Option<SessionError>,
}

/// An open session.
pub(super) struct Open {
    session: Session,
    copies: u32,
    used: Instant,
}

impl Open {
    pub(super) async fn new(dispatch: &Dispatch) -> Result<Self, SessionError> {
        let session = dispatch.connector.open().await?;
        Ok(Self { session, copies: 0, used: Instant::now() })
    }

    fn is_worn(&self) -> bool {
        self.copies >= COPIES_A_SESSION_MAX || self.used.elapsed() > IDLE_MAX
    }
}

/// An attempt under way: the copy, its time, and whether its session was new.
struct Try {
    recipient: Recipient,
    at: Timestamp,
    fresh: bool,
}

impl Line {
    pub(super) fn new(dispatch: Arc<Dispatch>, number: u32, session: Option<Open>) -> Self {
        Self { dispatch, number, session, failures: 0, cause: None }
    }

    /// Carries copies until there are none left, or the send is over.
    pub(super) async fn run(mut self) -> Result<(), DeliveryError> {
        let dispatch = self.dispatch.clone();
        while let Some(recipient) = dispatch.next().await? {
            if self.session.as_ref().is_none_or(Open::is_worn) {
                dispatch.put_back(recipient).await;
                if !self.reopen().await? {
                    break;
                }
                continue;
            }
            let admitted = tokio::select! {
                () = dispatch.trial.admit() => true,
                () = dispatch.over() => false,
            };
            if !admitted {
                dispatch.put_back(recipient).await;
                break;
            }
            let permitted = tokio::select! {
                permitted = dispatch.permit(recipient.address.domain(), PERMIT_PATIENCE) => permitted,
                () = dispatch.over() => false,
            };
            if permitted {
                self.attempt(recipient).await?;
            } else {
                dispatch.trial.withdraw();
                dispatch.put_back(recipient).await;
            }
        }
        if let Some(open) = self.session.take() {
            open.session.quit().await;
        }
        dispatch.leave();
        Ok(())
    }

    /// Tries once to open a session in the place of one that is worn or lost; says whether this
    /// line goes on.
    async fn reopen(&mut self) -> Result<bool, DeliveryError> {
        if let Some(worn) = self.session.take() {
            worn.session.quit().await;
        }
        let dispatch = self.dispatch.clone();
        if self.failures >= OPENINGS_MAX {
            if let Some(cause) = self.cause.take() {
                dispatch.retire(cause);
            }
            return Ok(false);
        }
        let wait = match self.failures {
            0 => Duration::ZERO,
            failures => dispatch.job.timeouts.reopen * (1 << (failures - 1)),
        };
        let opening = async {
            sleep(wait).await;
            Open::new(&dispatch).await
        };
        let opened = tokio::select! {
            opened = opening => opened,
            () = dispatch.over() => return Ok(false),
        };
        match opened {
            Ok(open) => self.session = Some(open),
            Err(error) => self.not_opened(error)?,
        }
        Ok(true)
    }

    fn not_opened(&mut self, error: SessionError) -> Result<(), DeliveryError> {
        let dispatch = &self.dispatch;
        dispatch.trouble(&error);
        if error.phase == Phase::Proof {
            return Err(DeliveryError::NotOurInbox { address: dispatch.job.destination.address() });
        }
        match Halt::of_session(error, &dispatch.job.destination) {
            Ok(halt) => dispatch.end(Ended::Halted(halt)),
            Err(cause) => self.failed(cause),
        }
        Ok(())
    }

    /// Counts an opening or a session that brought nothing; after too many this line retires.
    fn failed(&mut self, cause: SessionError) {
        self.failures += 1;
        self.cause = Some(cause);
    }

    /// Tries to send one copy: the envelope, the mark, the message, the outcome.
    async fn attempt(&mut self, recipient: Recipient) -> Result<(), DeliveryError> {
        let at = self.dispatch.ports.clock.now();
        let message = self.compose(&recipient, recipient.first_attempt_at.unwrap_or(at))?;
        let mut open = self.session.take().expect("a line attempts only with a session");
        let trial = Try { recipient, at, fresh: open.copies == 0 };
        open.copies += 1;
        open.used = Instant::now();
        if let Err(error) = open.session.envelope(&message.from, &message.to).await {
            return self.not_begun(open, trial, error).await;
        }
        let copy = trial.recipient.copy;
        let attempt = Attempt { copy, connection: self.number, at, message_id: message.message_id };
        // Behind 354 there is no way back but to hang up without a dot: the session goes with
        // `open` in every arm but the first.
        match self.dispatch.ports.journal.mark(vec![], attempt).await? {
            Mark::Marked => self.transmit(open, trial, &message.bytes).await,
            Mark::Suppressed => {
                self.dispatch.trial.withdraw();
                self.dispatch.tell(copy, CopyState::Suppressed, None);
                Ok(())
            }
            Mark::Settled => {
                self.dispatch.trial.withdraw();
                Ok(())
            }
            Mark::Stopped => {
                self.dispatch.trial.withdraw();
                self.dispatch.put_back(trial.recipient).await;
                self.dispatch.end(Ended::Stopped);
                Ok(())
            }
        }
    }

    fn compose(&self, recipient: &Recipient, date: Timestamp) -> Result<Message, DeliveryError> {
        let copy = recipient.copy;
        let message = (self.dispatch.ports.compose)(recipient, date, Vec::new())
            .map_err(|fault| DeliveryError::Compose { copy, fault: Box::new(fault) })?;
        if message.to != recipient.address {
            let what = "was composed for another reader";
            return Err(JournalError::Broken { copy, what }.into());
        }
        Ok(message)
    }

    /// Writes the message of a marked copy, and settles it.
    async fn transmit(
        &mut self,
        mut open: Open,
        attempt: Try,
        bytes: &[u8],
    ) -> Result<(), DeliveryError> {
        let ending = open.session.message(bytes).await;
        open.used = Instant::now();
        let copy = attempt.recipient.copy;
        match ending {
            Ending::Accepted(reply) => {
                let outcome = attempt.outcome(CopyState::Accepted).said(&reply);
                self.dispatch.settle(copy, outcome).await?;
                self.failures = 0;
                self.session = Some(open);
                self.dispatch.judge(self.dispatch.trial.accept(), None).await
            }
            Ending::Refused(reply) if reply.code == 421 => {
                drop(open);
                self.defer(&attempt, Some(reply), None).await
            }
            Ending::Refused(reply) => {
                self.failures = 0;
                self.session = Some(open);
                self.refused(attempt, Phase::Reply, reply).await
            }
            Ending::NotSent(error) => self.lost(attempt, error).await,
            Ending::InDoubt(error) => {
                self.dispatch.trouble(&error);
                let outcome = attempt.outcome(CopyState::InDoubt).because(&error);
                self.dispatch.settle(copy, outcome).await?;
                self.failed(error);
                self.dispatch.judge(self.dispatch.trial.doubt(), None).await
            }
        }
    }

    /// The envelope was not taken: a refusal, or the session broke before any text.
    async fn not_begun(
        &mut self,
        mut open: Open,
        attempt: Try,
        error: SessionError,
    ) -> Result<(), DeliveryError> {
        let Some(reply) = error.reply().filter(|_| error.keeps_session()).cloned() else {
            if matches!(error.cause, Cause::NotOffered(_)) {
                self.session = Some(open);
                return self.not_possible(attempt, &error).await;
            }
            return self.lost(attempt, error).await;
        };
        self.failures = 0;
        if open.session.reset().await.is_ok() {
            self.session = Some(open);
        }
        self.refused(attempt, error.phase, reply).await
    }

    /// The relay lacks what this one address needs.
    async fn not_possible(&self, attempt: Try, error: &SessionError) -> Result<(), DeliveryError> {
        self.dispatch.trial.withdraw();
        let outcome = attempt.outcome(CopyState::Failed).class(Class::Mailbox).because(error);
        self.dispatch.settle(attempt.recipient.copy, outcome).await
    }

    /// A whole refusal of this copy.
    async fn refused(&self, attempt: Try, phase: Phase, reply: Reply) -> Result<(), DeliveryError> {
        let class = classify(phase, &reply);
        if class.is_deferral() {
            return self.defer(&attempt, Some(reply), Some(class)).await;
        }
        let copy = attempt.recipient.copy;
        let trusted = self.dispatch.trial.is_passed();
        let failed = attempt.outcome(CopyState::Failed).said(&reply).class(class);
        let pending = Outcome { state: CopyState::Pending, ..failed.clone() };
        if class.halts() {
            // What speaks of the relay's own affairs says nothing about this copy.
            let fails = trusted && class == Class::Policy;
            self.dispatch.settle(copy, if fails { failed } else { pending }).await?;
            self.dispatch.end(Ended::Halted(Halt::Refused { class, phase, reply }));
            return Ok(());
        }
        if trusted {
            return self.dispatch.settle(copy, failed).await;
        }
        self.dispatch.settle(copy, pending).await?;
        let verdict = self.dispatch.trial.refuse(copy, failed);
        self.dispatch.judge(verdict, Some(reply)).await
    }

    /// The session broke before any byte of the dot. On one that had carried copies before, that
    /// says nothing about this one, which is tried again at once.
    async fn lost(&mut self, attempt: Try, error: SessionError) -> Result<(), DeliveryError> {
        self.dispatch.trouble(&error);
        if attempt.fresh {
            let reply = error.reply().cloned();
            let outcome = self.deferred(&attempt).because(&error);
            let outcome = match &reply {
                Some(reply) => outcome.said(reply),
                None => outcome,
            };
            self.dispatch.trial.withdraw();
            self.dispatch.settle(attempt.recipient.copy, outcome).await?;
            self.failed(error);
            return Ok(());
        }
        let outcome = attempt.outcome(CopyState::Pending).because(&error);
        self.dispatch.settle(attempt.recipient.copy, outcome).await?;
        self.dispatch.trial.withdraw();
        let mut recipient = attempt.recipient;
        recipient.attempts += 1;
        recipient.first_attempt_at.get_or_insert(attempt.at);
        self.dispatch.put_back(recipient).await;
        Ok(())
    }

    async fn defer(
        &self,
        attempt: &Try,
        reply: Option<Reply>,
        class: Option<Class>,
    ) -> Result<(), DeliveryError> {
        self.dispatch.trial.withdraw();
        let outcome = Outcome { reply, class, ..self.deferred(attempt) };
        self.dispatch.settle(attempt.recipient.copy, outcome).await
    }

    fn deferred(&self, attempt: &Try) -> Outcome {
        let now = self.dispatch.ports.clock.now();
        let due = retry::due(attempt.recipient.copy, attempt.recipient.attempts + 1, now);
        Outcome {
            next_attempt: Some(due),
            class: Some(Class::Transient),
            ..attempt.outcome(CopyState::Deferred)
        }
    }
}

impl Try {
    fn outcome(&self, state: CopyState) -> Outcome {
        Outcome { state, reply: None, remark: None, class: None, at: self.at, next_attempt: None }
    }
}
