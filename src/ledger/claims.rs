//! Which copies this process has at hand. Claims live in memory: the lock of the send says that
//! there is no other process, and one that died has none.
//!
//! Invariant: a copy is handed out once, until it is given back or deferred.

use std::collections::{BTreeSet, HashMap};

use crate::words::CopyId;

/// A copy that was handed out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// Its row.
    pub(super) id: i64,
    /// Whether an earlier call put it off for the relay's quota.
    was_over_quota: bool,
}

/// The claims of one journal.
#[derive(Debug, Default)]
pub(super) struct Claims {
    /// The first position of the plan that was not looked at yet.
    pub(super) next: i64,
    /// Pending copies that were handed out and came back.
    pub(super) back: BTreeSet<i64>,
    /// Copies that earlier calls put off for the relay's quota.
    pub(super) over_quota: BTreeSet<i64>,
    held: HashMap<CopyId, Held>,
    /// The copy that each connection has a mark for, and no outcome.
    marked: HashMap<u32, i64>,
}

impl Claims {
    /// Begins with copies that earlier calls put off for the relay's quota.
    pub(super) fn new(over_quota: BTreeSet<i64>) -> Self {
        Self { over_quota, ..Self::default() }
    }

    /// Hands a copy out.
    pub(super) fn hold(&mut self, copy: CopyId, id: i64, was_over_quota: bool) {
        self.held.insert(copy, Held { id, was_over_quota });
    }

    /// Says whether a copy is handed out.
    pub(super) fn is_held(&self, copy: CopyId) -> bool {
        self.held.contains_key(&copy)
    }

    /// Returns how many copies are handed out.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Returns the row of a copy that is handed out.
    pub(super) fn id(&self, copy: CopyId) -> Option<i64> {
        self.held.get(&copy).map(|held| held.id)
    }

    /// Takes a copy back; it stands as it stood.
    pub(super) fn give_back(&mut self, copy: CopyId) {
        let Some(held) = self.held.remove(&copy) else { return };
        if held.was_over_quota {
            self.over_quota.insert(held.id);
        } else {
            self.back.insert(held.id);
        }
    }

    /// Forgets a copy that has come to stand elsewhere.
    pub(super) fn forget(&mut self, copy: CopyId) {
        self.held.remove(&copy);
    }

    /// Notes that a copy is pending again, and still at hand.
    pub(super) fn pending_again(&mut self, copy: CopyId) {
        if let Some(held) = self.held.get_mut(&copy) {
            held.was_over_quota = false;
        }
    }

    /// Returns the copy that a connection has a mark for.
    pub(super) fn marked(&self, connection: u32) -> Option<i64> {
        self.marked.get(&connection).copied()
    }

    /// Notes a connection's mark.
    pub(super) fn mark(&mut self, connection: u32, id: i64) {
        self.marked.insert(connection, id);
    }

    /// Notes that a copy has its outcome.
    pub(super) fn settle(&mut self, id: i64) {
        self.marked.retain(|_, marked| *marked != id);
    }
}
