//! Group commit, and claims.

use std::sync::Arc;
use std::time::Duration;

use super::super::{IssueJournal, LedgerError};
use super::{Workspace, address, issue, now, plan};
use crate::delivery::{
    Attempt, Class, Journal as _, JournalError, Mark, Outcome, Recipient, Settled,
};
use crate::words::{CopyId, CopyState, Reply};

fn attempt(copy: CopyId, connection: u32) -> Attempt {
    Attempt { copy, connection, at: now(), message_id: format!("<{copy}@news.example>") }
}

fn settled(copy: CopyId, state: CopyState, class: Option<Class>) -> Settled {
    let reply = Some(Reply { code: 250, text: "2.0.0 queued".into() });
    let next_attempt = (state == CopyState::Deferred).then(now);
    let outcome = Outcome { state, reply, remark: None, class, at: now(), next_attempt };
    Settled { copy, outcome }
}

/// One connection: the outcome of a copy and the mark of the next in one commit.
async fn line(journal: Arc<IssueJournal>, copies: Vec<Recipient>, connection: u32) {
    let mut last = vec![];
    for copy in copies {
        let mark = journal.mark(std::mem::take(&mut last), attempt(copy.copy, connection)).await;
        assert_eq!(mark.unwrap(), Mark::Marked);
        last = vec![settled(copy.copy, CopyState::Accepted, None)];
    }
    journal.settle(last).await.unwrap();
}

/// How many groups it takes ten connections to send a hundred copies each.
async fn groups_of(connections: u32, flush: Duration) -> u64 {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(connections as usize * 20)).unwrap();
    ledger.begin(&issue(), connections as usize, now()).unwrap();
    let journal = Arc::new(ledger.journal(&issue(), "main").unwrap());
    ledger.store.slow_down(flush);
    let mut lines = tokio::task::JoinSet::new();
    for connection in 0..connections {
        let copies = journal.claim(20, now()).await.unwrap();
        lines.spawn(line(journal.clone(), copies, connection));
    }
    lines.join_all().await;
    assert_eq!(ledger.counts(&issue()).unwrap().accepted, u64::from(connections) * 20);
    ledger.store.groups()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_share_flushes_and_do_not_fall_into_two_halves() {
    // 21 writes of each connection; half groups would make 40 and more.
    let groups = groups_of(10, Duration::from_millis(10)).await;
    assert!((21..=30).contains(&groups), "{groups} groups");
    let alone = groups_of(1, Duration::ZERO).await;
    assert_eq!(alone, 21);
}

#[tokio::test]
async fn rows_stay_where_they_are_when_their_copies_are_sent() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(1_000)).unwrap();
    ledger.begin(&issue(), 1, now()).unwrap();
    let pages = || {
        let count = |connection: &rusqlite::Connection| {
            let sql = "SELECT page_count FROM pragma_page_count";
            connection.query_row(sql, [], |r| r.get(0)).map_err(LedgerError::doing("read"))
        };
        ledger.store.read(count).unwrap()
    };
    let before: i64 = pages();
    let journal = Arc::new(ledger.journal(&issue(), "main").unwrap());
    let copies = journal.claim(1_000, now()).await.unwrap();
    line(journal, copies, 0).await;
    // The attempts themselves take six; rows that outgrow their pages would take dozens.
    assert!(pages() - before <= 8, "{} pages more than {before}", pages() - before);
}

#[tokio::test]
async fn a_promise_broken_by_one_harms_no_other_of_its_group() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(3)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(3, now()).await.unwrap();
    ledger.store.slow_down(Duration::from_millis(5));
    let unmarked = vec![settled(copies[0].copy, CopyState::Accepted, None)];
    let (first, broken, last) = tokio::join!(
        journal.mark(vec![], attempt(copies[1].copy, 1)),
        journal.mark(unmarked, attempt(copies[0].copy, 0)),
        journal.mark(vec![], attempt(copies[2].copy, 2)),
    );
    assert_eq!((first.unwrap(), last.unwrap()), (Mark::Marked, Mark::Marked));
    assert!(matches!(broken, Err(JournalError::Broken { .. })), "{broken:?}");
    let states: Vec<_> = ledger.copies(&issue()).unwrap().iter().map(|c| c.outcome).collect();
    assert_eq!(states, ["pending", "attempting", "attempting"]);
}

#[tokio::test]
async fn a_failing_database_fails_the_whole_group_and_all_after_it() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(4)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(4, now()).await.unwrap();
    let other = workspace.ledger();
    other
        .store
        .write(|t| t.execute("DROP TABLE attempts", []).map_err(LedgerError::doing("write")))
        .unwrap();
    let (one, two) = tokio::join!(
        journal.mark(vec![], attempt(copies[0].copy, 0)),
        journal.mark(vec![], attempt(copies[1].copy, 1)),
    );
    for result in [one, two, journal.mark(vec![], attempt(copies[2].copy, 2)).await] {
        assert!(matches!(result, Err(JournalError::Durability(_))), "{result:?}");
    }
    assert_eq!(ledger.counts(&issue()).unwrap().pending, 4);
    assert!(matches!(ledger.adopt(), Err(LedgerError::Ended)));
}

#[tokio::test]
async fn what_the_quota_put_off_is_due_in_the_next_call_alone() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(6)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(3, now()).await.unwrap();
    let one = settled(copies[0].copy, CopyState::Deferred, Some(Class::Quota));
    let other = settled(copies[1].copy, CopyState::Deferred, Some(Class::Transient));
    journal.settle(vec![one, other]).await.unwrap();
    let reply = Reply { code: 452, text: "4.5.3 quota".into() };
    assert_eq!(journal.defer_rest(reply, now()).await.unwrap(), 4);
    journal.release(vec![copies[2].copy]).await.unwrap();
    let due: Vec<_> = journal.claim(9, now()).await.unwrap().into_iter().map(|c| c.copy).collect();
    assert_eq!(due, [copies[1].copy]);
    journal.release(due).await.unwrap();
    assert_eq!(journal.next_due().await.unwrap(), Some(now()));
    assert_eq!(ledger.counts(&issue()).unwrap().deferred, 6);
    let next = ledger.journal(&issue(), "main").unwrap();
    assert_eq!(next.claim(9, now()).await.unwrap().len(), 6);
    next.release(vec![copies[0].copy]).await.unwrap();
    assert_eq!(next.claim(9, now()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn copies_given_back_come_first_and_in_the_order_of_the_plan() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(6)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(4, now()).await.unwrap();
    journal.settle(vec![settled(copies[2].copy, CopyState::Pending, None)]).await.unwrap();
    assert_eq!(journal.claim(1, now()).await.unwrap()[0].address, address("a4@list.example"));
    journal.release(vec![copies[3].copy, copies[2].copy, copies[0].copy]).await.unwrap();
    let again: Vec<_> =
        journal.claim(9, now()).await.unwrap().iter().map(|c| c.address.to_string()).collect();
    let order = ["a0", "a2", "a3", "a5"].map(|name| format!("{name}@list.example"));
    assert_eq!(again, order);
}

#[tokio::test]
async fn the_past_tells_relay_and_domain_and_what_a_dead_process_may_have_begun() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(3)).unwrap();
    ledger.begin(&issue(), 7, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(3, now()).await.unwrap();
    journal.mark(vec![], attempt(copies[0].copy, 0)).await.unwrap();
    journal.slowed("list.example".into(), Some(2.5)).await.unwrap();
    let status = ledger.status(&issue(), super::super::Holder::Somebody).unwrap();
    assert_eq!((status.slowed.len(), status.slowed[0].per_second), (1, 2.5));
    drop(journal);
    // It died: nothing was ended.
    ledger.recover(&issue(), &workspace.lock(), now()).unwrap();
    ledger.begin(&issue(), 4, now()).unwrap();
    let journal = ledger.journal(&issue(), "spare").unwrap();
    let past = journal.past("2023-03-27T11:00:00Z".parse().unwrap()).await.unwrap();
    assert_eq!(past.unseen, 7);
    assert_eq!(past.attempts.len(), 1);
    assert_eq!((&*past.attempts[0].relay, &*past.attempts[0].domain), ("main", "list.example"));
    assert_eq!(journal.past(now()).await.unwrap().attempts, []);
    ledger.end(&issue(), super::super::IssueState::Interrupted, None, now()).unwrap();
    ledger.recover(&issue(), &workspace.lock(), now()).unwrap();
    let past = journal.past("2023-03-27T11:00:00Z".parse().unwrap()).await.unwrap();
    assert_eq!(past.unseen, 7, "an orderly end leaves nothing unseen");
}
