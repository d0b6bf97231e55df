//! The first attempts of a send, until the relay has taken one copy.
//!
//! Until then a refusal may speak of us, whatever it says: the copies that were refused stay
//! pending in the ledger, and become failures only once a copy was accepted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::journal::Settled;

/// How many attempts may go by without one acceptance.
pub(super) const ATTEMPTS_MAX: usize = 10;

/// The trial that a relay stands at the beginning of a call.
#[derive(Debug, Default)]
pub(super) struct Trial {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    passed: bool,
    /// Attempts that are under way or brought no acceptance.
    begun: usize,
    /// Attempts that brought none.
    vain: usize,
    refused: Vec<Settled>,
}

/// What follows from an attempt.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The relay is trusted; these earlier refusals are failures.
    Trusted(Vec<Settled>),
    /// Nothing is known yet; the refusal is kept back.
    Open,
    /// Enough: the send halts. So many attempts were in vain.
    Failed(usize),
}

impl Trial {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether the relay has taken a copy.
    pub(super) fn is_passed(&self) -> bool {
        self.state().passed
    }

    /// Lets another attempt begin, or says that it must wait.
    pub(super) fn admit(&self) -> bool {
        let mut state = self.state();
        let admitted = state.passed || state.begun < ATTEMPTS_MAX;
        state.begun += usize::from(admitted);
        admitted
    }

    /// Says whether another attempt might begin.
    pub(super) fn is_open(&self) -> bool {
        let state = self.state();
        state.passed || state.begun < ATTEMPTS_MAX
    }

    /// Returns once another attempt may begin. The caller must drop this when the send ends.
    pub(super) async fn opening(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_open() {
                return;
            }
            changed.await;
        }
    }

    /// An admitted attempt ended with neither acceptance nor refusal for good.
    pub(super) fn withdraw(&self) {
        let mut state = self.state();
        state.begun = state.begun.saturating_sub(1);
        drop(state);
        self.changed.notify_waiters();
    }

    /// A copy was accepted.
    pub(super) fn accept(&self) -> Verdict {
        let mut state = self.state();
        let first = !std::mem::replace(&mut state.passed, true);
        let refused = std::mem::take(&mut state.refused);
        drop(state);
        if first {
            self.changed.notify_waiters();
        }
        Verdict::Trusted(refused)
    }

    /// A copy was refused for good; its outcome is kept while the trial is open.
    pub(super) fn refuse(&self, refused: Settled) -> Verdict {
        let mut state = self.state();
        state.refused.push(refused);
        Self::in_vain(state)
    }

    /// An attempt ended in doubt.
    pub(super) fn doubt(&self) -> Verdict {
        Self::in_vain(self.state())
    }

    fn in_vain(mut state: MutexGuard<'_, State>) -> Verdict {
        if state.passed {
            return Verdict::Trusted(std::mem::take(&mut state.refused));
        }
        state.vain += 1;
        if state.vain >= ATTEMPTS_MAX { Verdict::Failed(state.vain) } else { Verdict::Open }
    }

    /// Ends the trial, and gives up the refusals kept back.
    pub(super) fn close(&self) -> Vec<Settled> {
        std::mem::take(&mut self.state().refused)
    }
}
