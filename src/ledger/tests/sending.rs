//! The send loop on the real ledger.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::row::CopyRow;
use super::super::{Holder, IssueState, Ledger};
use super::{Workspace, issue, now, plan, suppression};
use crate::delivery::tests::relay::{Act, At, Relay};
use crate::delivery::tests::{job, ports, run};
use crate::delivery::{Ended, Halt, Sent, send};

async fn send_all(workspace: &Workspace, ledger: &Ledger, relay: &Relay) -> Sent {
    let lock = workspace.lock();
    ledger.recover(&issue(), &lock, now()).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = Arc::new(ledger.journal(&issue(), "main").unwrap());
    let mut job = job(relay.address);
    job.connections = 3;
    run(&job, journal).await.unwrap()
}

#[tokio::test]
async fn a_second_send_sends_nothing() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert!(matches!(sent.ended, Ended::Done));
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert_eq!((sent.tally.accepted, sent.progress.tally.sum()), (40, 0));
    assert_eq!(relay.seen().taken.len(), 40);
    let copies = ledger.copies(&issue()).unwrap();
    assert!(copies.iter().all(|copy| copy.outcome == "accepted" && copy.attempts == 1));
    assert_eq!(copies[0].reply.as_deref(), Some("250 2.0.0 queued as 1"));
    assert_eq!(copies[0].relay.as_deref(), Some("main"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_dropped_again_and_again_loses_nothing_and_repeats_nothing() {
    let workspace = Workspace::new();
    workspace.ledger().plan(plan(300)).unwrap();
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let mut drops = 0;
    loop {
        // Each round is a process of its own: a ledger opened anew, the lock taken anew.
        let ledger = workspace.ledger();
        let lock = workspace.lock();
        ledger.recover(&issue(), &lock, now()).unwrap();
        ledger.begin(&issue(), 3, now()).unwrap();
        let (ports, _stop) = ports(Arc::new(ledger.journal(&issue(), "main").unwrap()));
        let mut job = job(relay.address);
        job.connections = 3;
        let limit = Duration::from_millis(5 + 7 * (drops % 10));
        if tokio::time::timeout(limit, send(&job, ports)).await.is_ok() {
            break;
        }
        drops += 1;
        // In a process that died no thread goes on; here one may still be writing a mark.
        while Arc::strong_count(&ledger.store) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(drops > 3, "dropped {drops} times");
    let ledger = workspace.ledger();
    let status = ledger.status(&issue(), Holder::Nobody).unwrap();
    assert_eq!(status.accepted + status.in_doubt, 300);
    assert!(status.in_doubt <= 3 * drops, "{} in doubt by {drops} drops", status.in_doubt);
    let seen = relay.seen().recipients();
    let once: BTreeSet<_> = seen.iter().collect();
    assert_eq!(once.len(), seen.len(), "some went twice");
    for copy in ledger.copies(&issue()).unwrap() {
        let arrived = once.contains(&copy.address);
        assert!(arrived || copy.outcome == "in-doubt", "{copy:?}");
    }
}

#[tokio::test]
async fn who_is_suppressed_after_the_plan_gets_nothing() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(10)).unwrap();
    ledger.suppress(&suppression("a4@list.example")).unwrap();
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert_eq!((sent.tally.accepted, sent.tally.suppressed), (9, 1));
    assert!(!relay.seen().recipients().contains(&"a4@list.example".to_owned()));
    ledger.status(&issue(), Holder::Nobody).unwrap();
}

#[tokio::test]
async fn a_stop_from_elsewhere_ends_the_send_before_the_next_dot() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(30)).unwrap();
    let other = workspace.ledger();
    let relay = Relay::start(move |at, _, before| {
        if at == At::Dot && before == 9 {
            other.end(&issue(), IssueState::Stopped, Some("stop"), now()).unwrap();
        }
        Act::Usual
    })
    .await;
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert!(matches!(sent.ended, Ended::Stopped), "{:?}", sent.ended);
    let taken = relay.seen().taken.len();
    assert!((10..=12).contains(&taken), "{taken}");
    assert_eq!((sent.tally.accepted, sent.tally.pending), (taken as u64, 30 - taken as u64));
    // A person who calls `send` again goes on.
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert_eq!((sent.tally.accepted, relay.seen().taken.len()), (30, 30));
}

#[tokio::test]
async fn addresses_refused_for_good_are_suppressed_at_the_end_of_a_sound_send() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(20)).unwrap();
    let relay = Relay::start(|at, to, _| match at {
        At::Rcpt if to.starts_with("a7@") => Act::Say("550 5.1.1 no such user\r\n"),
        At::Rcpt if to.starts_with("a8@") => Act::Say("550 5.2.2 mailbox full\r\n"),
        _ => Act::Usual,
    })
    .await;
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert_eq!((sent.tally.accepted, sent.tally.failed), (18, 2));
    let suppressions = ledger.suppressions().unwrap();
    assert_eq!(suppressions.len(), 1);
    assert_eq!(suppressions[0].address.to_string(), "a7@list.example");
    assert_eq!(suppressions[0].source, "issue 2023-W12");
    let failures = ledger.failures(&issue()).unwrap();
    assert_eq!((failures["address"], failures["mailbox"]), (1, 1));
}

#[tokio::test]
async fn a_misrouted_relay_makes_nobody_fail_and_nobody_suppressed() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(50)).unwrap();
    let relay = Relay::start(|at, _, before| match at {
        At::Rcpt if before < 10 => Act::Say("550 5.1.1 no such user\r\n"),
        _ => Act::Usual,
    })
    .await;
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert!(matches!(sent.ended, Ended::Halted(Halt::NothingAccepted { .. })));
    assert_eq!(sent.tally.pending, 50);
    assert!(ledger.suppressions().unwrap().is_empty());
    // Mended, it goes on with all of them.
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert_eq!(sent.tally.accepted, 50);
}

#[tokio::test]
async fn a_deferred_copy_bears_its_first_date_when_it_goes() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(1)).unwrap();
    let relay = Relay::start(|at, _, before| match at {
        At::Dot if before == 0 => Act::Say("451 4.3.0 later\r\n"),
        _ => Act::Usual,
    })
    .await;
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert!(matches!(sent.ended, Ended::Deferred { next: Some(_) }), "{:?}", sent.ended);
    ledger
        .store
        .write(|transaction| {
            let mut row = CopyRow::load(transaction, 1)?.unwrap();
            row.next_attempt_at = Some(0);
            row.save(transaction)
        })
        .unwrap();
    let sent = send_all(&workspace, &ledger, &relay).await;
    assert_eq!(sent.tally.accepted, 1);
    let seen = relay.seen();
    assert_eq!(seen.taken[0].text, seen.taken[1].text);
    assert_eq!(ledger.copies(&issue()).unwrap()[0].attempts, 2);
}
