//! What follows from a reply, or from the end of a connection, for the copies on it.

use super::classify::{Class, classify, throttles};
use super::error::{DeliveryError, Halt};
use super::journal::{Outcome, Settled};
use super::limits::Slow;
use super::line::{Line, Try};
use super::retry;
use super::send::Ended;
use super::session::{Event, Phase, SessionError};
use crate::words::{CopyState, Reply};

impl Line {
    /// Something happened to one of the copies on this connection.
    pub(super) async fn happened(&mut self, event: Event) -> Result<(), DeliveryError> {
        match event {
            Event::Accepted(reply) => self.accepted(&reply),
            Event::Rejected(reply) => {
                if let Some(former) = self.former.take() {
                    self.refused(former, Phase::Reply, reply).await?;
                }
            }
            Event::Refused(phase, reply) => {
                if let Some(current) = self.current.take() {
                    self.refused(current, phase, reply).await?;
                }
            }
            Event::Ready | Event::TextWanted => {}
        }
        Ok(())
    }

    fn accepted(&mut self, reply: &Reply) {
        let Some(former) = self.former.take() else { return };
        self.failures = 0;
        self.dispatch.quota_granted();
        let outcome = former.outcome(CopyState::Accepted).said(reply);
        self.unsettled.push(Settled { copy: former.recipient.copy, outcome });
        let verdict = self.dispatch.trial.accept();
        self.unsettled.extend(self.dispatch.judge(verdict, None));
    }

    /// A whole refusal of a copy.
    async fn refused(
        &mut self,
        attempt: Try,
        phase: Phase,
        reply: Reply,
    ) -> Result<(), DeliveryError> {
        self.heed(&reply, phase, &attempt).await?;
        if reply.code == 421 {
            self.defer(&attempt, Some(&reply), Class::Transient);
            return Ok(());
        }
        self.failures = 0;
        let class = classify(phase, &reply);
        if class.is_deferral() {
            self.defer(&attempt, Some(&reply), class);
            if class == Class::Quota {
                self.dispatch.quota_refused(&reply);
            }
            return Ok(());
        }
        self.refused_for_good(&attempt, phase, reply, class);
        Ok(())
    }

    fn refused_for_good(&mut self, attempt: &Try, phase: Phase, reply: Reply, class: Class) {
        let copy = attempt.recipient.copy;
        let trusted = self.dispatch.trial.is_passed();
        let failed = attempt.outcome(CopyState::Failed).said(&reply).class(class);
        let pending = Outcome { state: CopyState::Pending, ..failed.clone() };
        if class.halts() {
            // What speaks of the relay's own affairs says nothing about this copy.
            let outcome = if trusted && class == Class::Policy { failed } else { pending };
            self.unsettled.push(Settled { copy, outcome });
            self.dispatch.end(Ended::Halted(Halt::Refused { class, phase, reply }));
            return;
        }
        if trusted {
            self.unsettled.push(Settled { copy, outcome: failed });
            return;
        }
        self.unsettled.push(Settled { copy, outcome: pending });
        let verdict = self.dispatch.trial.refuse(Settled { copy, outcome: failed });
        self.unsettled.extend(self.dispatch.judge(verdict, Some(reply)));
    }

    /// The relay lacks what this one address needs.
    pub(super) fn not_possible(&mut self, attempt: &Try, error: &SessionError) {
        self.dispatch.trial.withdraw();
        let outcome = attempt.outcome(CopyState::Failed).class(Class::Mailbox).because(error);
        self.unsettled.push(Settled { copy: attempt.recipient.copy, outcome });
    }

    /// The connection ended, or what came over it cannot be trusted.
    pub(super) async fn broke(&mut self, error: SessionError) -> Result<(), DeliveryError> {
        while let Some(event) = self.open.as_mut().and_then(|open| open.conn.session.event()) {
            self.happened(event).await?;
        }
        let dot_is_out = self.open.take().is_some_and(|open| open.conn.session.is_dot_out());
        self.dispatch.trouble(&error);
        if error.may_be_behind() {
            self.doubt_the_last(&error);
        }
        if let Some(reply) = error.reply()
            && let Some(current) = &self.current
        {
            self.heed(reply, error.phase, current).await?;
        }
        let mut in_vain = false;
        if let Some(former) = self.former.take() {
            match dot_is_out {
                true => self.in_doubt(&former, &error),
                false => self.lost(former, &error),
            }
            in_vain |= dot_is_out;
        }
        if let Some(current) = self.current.take() {
            in_vain |= current.fresh;
            self.lost(current, &error);
        }
        if in_vain {
            self.failed(error);
        }
        Ok(())
    }

    fn in_doubt(&mut self, attempt: &Try, error: &SessionError) {
        let outcome = attempt.outcome(CopyState::InDoubt).because(error);
        self.unsettled.push(Settled { copy: attempt.recipient.copy, outcome });
        let verdict = self.dispatch.trial.doubt();
        self.unsettled.extend(self.dispatch.judge(verdict, None));
    }

    /// The replies may be one behind: the one taken for the last dot's was another's then.
    fn doubt_the_last(&mut self, error: &SessionError) {
        for Settled { outcome, .. } in &mut self.unsettled {
            if outcome.state == CopyState::Accepted {
                *outcome = Outcome { state: CopyState::InDoubt, ..outcome.clone().because(error) };
            }
        }
    }

    /// The session broke before any byte of the dot. On one that had carried copies before, that
    /// says nothing about this one, which is tried again at once.
    fn lost(&mut self, attempt: Try, error: &SessionError) {
        if attempt.fresh {
            self.dispatch.trial.withdraw();
            let outcome = self.deferred(&attempt, Class::Transient).because(error);
            let outcome = match error.reply() {
                Some(reply) => outcome.said(reply),
                None => outcome,
            };
            self.unsettled.push(Settled { copy: attempt.recipient.copy, outcome });
            return;
        }
        self.dispatch.trial.withdraw();
        let outcome = attempt.outcome(CopyState::Pending).because(error);
        let mut recipient = attempt.recipient;
        self.unsettled.push(Settled { copy: recipient.copy, outcome });
        recipient.attempts += 1;
        recipient.first_attempt_at.get_or_insert(attempt.at);
        self.returned.push(recipient);
    }

    fn defer(&mut self, attempt: &Try, reply: Option<&Reply>, class: Class) {
        self.dispatch.trial.withdraw();
        let outcome = self.deferred(attempt, class);
        let outcome = Outcome { reply: reply.cloned(), ..outcome };
        self.unsettled.push(Settled { copy: attempt.recipient.copy, outcome });
    }

    /// Put off; or failed, where it was put off for long enough.
    fn deferred(&self, attempt: &Try, class: Class) -> Outcome {
        let now = self.dispatch.ports.clock.now();
        let recipient = &attempt.recipient;
        let due = retry::due(recipient.copy, recipient.attempts + 1, now);
        let first = recipient.first_attempt_at.unwrap_or(attempt.at);
        if retry::is_too_late(first, due, self.dispatch.job.retry_for) {
            return attempt.outcome(CopyState::Failed).class(class);
        }
        let deferred = attempt.outcome(CopyState::Deferred).class(class);
        Outcome { next_attempt: Some(due), ..deferred }
    }

    /// Slows down where the relay asks for it.
    async fn heed(&self, reply: &Reply, phase: Phase, attempt: &Try) -> Result<(), DeliveryError> {
        if !throttles(reply, attempt.fresh) {
            return Ok(());
        }
        match phase {
            Phase::Recipient if reply.code != 421 => {
                let domain = attempt.recipient.address.domain();
                self.dispatch.slow_down(Slow::Domain(domain)).await
            }
            _ => self.dispatch.slow_down(Slow::Relay).await,
        }
    }
}
