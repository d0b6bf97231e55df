//! The copies at hand, and which of them may leave when.
//!
//! Invariant: no more than a bounded number of readers are in memory, however long the list is; a
//! domain that has had its share holds up nobody else.

use std::collections::{BTreeMap, VecDeque};

use tokio::time::Instant;

use super::journal::Recipient;
use super::limits::Limits;
use crate::words::CopyId;

/// How many copies may wait for their domains; beyond it no more are claimed.
const BLOCKED_MAX: usize = 8_192;

/// The copies that are claimed and not begun.
#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<Recipient>,
    /// Copies whose domain has had its share, by domain.
    blocked: BTreeMap<String, VecDeque<Recipient>>,
    blocked_count: usize,
    /// Claimed, and not to be sent by this call.
    held: Vec<CopyId>,
    /// How many copies this call may yet begin.
    left: usize,
    pub(super) limits: Limits,
}

/// When the next copy may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Now.
    Due,
    /// Not before.
    At(Instant),
    /// More copies are to be claimed to know; until then not before that.
    Claim(Option<Instant>),
    /// This call has begun as many as it may.
    Full,
}

impl Queue {
    pub(super) fn new(limits: Limits, limit: Option<usize>) -> Self {
        Self {
            waiting: VecDeque::new(),
            blocked: BTreeMap::new(),
            blocked_count: 0,
            held: Vec::new(),
            left: limit.unwrap_or(usize::MAX),
            limits,
        }
    }

    /// How many copies are at hand whose domains were not asked yet.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes in copies that were claimed.
    pub(super) fn add(&mut self, copies: Vec<Recipient>) {
        self.waiting.extend(copies);
    }

    /// Keeps the claim of a copy that this call is not to send.
    pub(super) fn hold(&mut self, copy: CopyId) {
        self.held.push(copy);
    }

    /// Takes back a copy that was begun.
    pub(super) fn put_back(&mut self, recipient: Recipient) {
        self.left = self.left.saturating_add(1);
        self.waiting.push_front(recipient);
    }

    /// Says when the next copy may leave.
    pub(super) fn look(&mut self, now: Instant) -> Look {
        if self.left == 0 {
            return Look::Full;
        }
        let open = self.limits.due_for_all(now);
        let blocked = self.sort(now);
        let blocked = blocked.map(|(_, due)| due.max(open));
        if blocked.is_some_and(|due| due <= now.max(open)) || self.is_first_due(now) {
            return if open <= now { Look::Due } else { Look::At(open) };
        }
        match blocked {
            Some(due) if self.blocked_count >= BLOCKED_MAX => Look::At(due),
            due => Look::Claim(due),
        }
    }

    /// Begins the next copy that may leave now, and counts it.
    pub(super) fn take(&mut self, now: Instant) -> Option<Recipient> {
        if self.left == 0 || self.limits.due_for_all(now) > now {
            return None;
        }
        let recipient = match self.sort(now).filter(|(_, due)| *due <= now) {
            Some((domain, _)) => self.unblock(&domain),
            None if self.is_first_due(now) => self.waiting.pop_front(),
            None => None,
        }?;
        self.limits.take(recipient.address.domain(), now);
        self.left -= 1;
        Some(recipient)
    }

    fn is_first_due(&self, now: Instant) -> bool {
        let first = self.waiting.front();
        first.is_some_and(|first| {
            let due = self.limits.due(first.address.domain(), now);
            due <= now.max(self.limits.due_for_all(now))
        })
    }

    /// Sets aside copies at the head whose domains are not due; returns the domain set aside that
    /// is due first, and when.
    fn sort(&mut self, now: Instant) -> Option<(String, Instant)> {
        while let Some(first) = self.waiting.front()
            && self.blocked_count < BLOCKED_MAX
        {
            let domain = first.address.domain();
            let behind = self.blocked.contains_key(domain);
            if !behind && self.limits.due(domain, now) <= now.max(self.limits.due_for_all(now)) {
                break;
            }
            let domain = domain.to_owned();
            self.blocked.entry(domain).or_default().extend(self.waiting.pop_front());
            self.blocked_count += 1;
        }
        let due = self.blocked.keys().map(|domain| (domain, self.limits.due(domain, now)));
        due.min_by_key(|(_, due)| *due).map(|(domain, due)| (domain.clone(), due))
    }

    fn unblock(&mut self, domain: &str) -> Option<Recipient> {
        let queue = self.blocked.get_mut(domain)?;
        let recipient = queue.pop_front();
        if queue.is_empty() {
            self.blocked.remove(domain);
        }
        self.blocked_count -= usize::from(recipient.is_some());
        recipient
    }

    /// Gives up all claims.
    pub(super) fn drain(&mut self) -> Vec<CopyId> {
        let blocked = std::mem::take(&mut self.blocked);
        self.blocked_count = 0;
        let waiting = self.waiting.drain(..).chain(blocked.into_values().flatten());
        let mut copies: Vec<CopyId> = waiting.map(|recipient| recipient.copy).collect();
        copies.append(&mut self.held);
        copies
    }
}
