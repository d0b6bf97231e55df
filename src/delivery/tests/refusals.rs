//! What refusals do to a copy, to its reader, and to the send.

use super::memory::Memory;
use super::relay::{Act, At, Relay};
use super::{job, run};
use crate::delivery::{Class, Ended, Halt};
use crate::words::CopyState;
use crate::world::{Clock as _, SystemClock};

#[tokio::test]
async fn a_refused_recipient_keeps_the_session() {
    let relay = Relay::start(|at, to, _| match at {
        At::Rcpt if to.starts_with("a2@") => Act::Say("550 5.1.1 no such user\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(6);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.failed), (5, 1));
    let seen = relay.seen();
    assert_eq!((seen.connections(), seen.count("RSET")), (1, 1));
    assert_eq!(journal.copy(2).marks, 0);
    assert_eq!(journal.copy(2).outcomes.last().unwrap().class, Some(Class::Address));
    assert_eq!(*journal.closed.lock().unwrap(), [true]);
}

#[tokio::test]
async fn a_transient_refusal_is_deferred_with_a_time() {
    let relay = Relay::start(|at, to, _| match at {
        At::Rcpt if to.starts_with("a1@") => Act::Say("450 4.2.0 greylisted\r\n"),
        At::Dot if to.starts_with("a2@") => Act::Say("451 4.3.0 later\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(4);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.deferred), (2, 2));
    let Ended::Deferred { next: Some(next) } = sent.ended else { panic!("{:?}", sent.ended) };
    let wait = next.as_second() - SystemClock.now().as_second();
    assert!((30..=75).contains(&wait), "{wait} s");
    assert_eq!(relay.seen().connections(), 1);
}

#[tokio::test]
async fn a_refusal_of_the_text_is_the_copys_own() {
    let relay = Relay::start(|at, to, _| match at {
        At::Dot if to.starts_with("a2@") => Act::Say("552 5.2.2 mailbox full\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(4);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.failed), (3, 1));
    assert_eq!(relay.seen().connections(), 1);
}

#[tokio::test]
async fn ten_refusals_without_an_acceptance_halt_the_send_and_nobody_fails() {
    for connections in [1, 4] {
        let relay = Relay::start(|at, _, _| match at {
            At::Rcpt => Act::Say("550 5.1.1 no such user\r\n"),
            _ => Act::Usual,
        })
        .await;
        let journal = Memory::plan(100);
        let mut job = job(relay.address);
        job.connections = connections;
        let sent = run(&job, journal.clone()).await.unwrap();
        let Ended::Halted(Halt::NothingAccepted { attempts: 10, .. }) = sent.ended else {
            panic!("{:?}", sent.ended)
        };
        assert_eq!(sent.tally.pending, 100);
        assert_eq!(relay.seen().count("RCPT"), 10);
        assert_eq!(*journal.closed.lock().unwrap(), [false]);
        // The claims are given back: a second call halts the same way.
        run(&job, journal.clone()).await.unwrap();
        assert_eq!(relay.seen().count("RCPT"), 20);
    }
}

#[tokio::test]
async fn refusals_before_the_first_acceptance_are_failures_behind_it() {
    let relay = Relay::start(|at, _, before| match at {
        At::Rcpt if before < 5 => Act::Say("550 5.1.1 no such user\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(20);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.failed), (15, 5));
}

#[tokio::test]
async fn a_short_list_that_is_refused_altogether_fails() {
    let relay = Relay::start(|at, _, _| match at {
        At::Rcpt => Act::Say("550 5.1.1 no such user\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(3);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!(sent.tally.failed, 3);
    assert!(matches!(sent.ended, Ended::Done));
    assert!(journal.closed.lock().unwrap().is_empty(), "nobody is suppressed");
}

#[tokio::test]
async fn a_policy_refusal_halts_and_leaves_the_others_pending() {
    let relay = Relay::start(|at, to, _| match at {
        At::Dot if to.starts_with("a3@") => Act::Say("550 5.7.26 unauthenticated\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(20);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert!(matches!(&sent.ended, Ended::Halted(Halt::Refused { class: Class::Policy, .. })));
    assert_eq!((sent.tally.accepted, sent.tally.failed, sent.tally.pending), (3, 1, 16));
    assert_eq!(*journal.closed.lock().unwrap(), [false]);
}

#[tokio::test]
async fn too_many_failures_suppress_nobody() {
    let relay = Relay::start(|at, to, _| match at {
        At::Rcpt if !to.starts_with("a1") => Act::Say("550 5.1.1 no such user\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(6);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.failed), (1, 5));
    assert!(journal.closed.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_address_that_needs_smtputf8_fails_where_it_is_not_offered() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let addresses = ["ann@list.example", "jörg@list.example", "ben@list.example"];
    let journal = Memory::plan_for(&addresses);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.failed), (2, 1));
    let outcome = journal.copy(1).outcomes.pop().unwrap();
    assert!(outcome.remark.unwrap().contains("does not offer SMTPUTF8"));
    assert_eq!(relay.seen().count("MAIL"), 2);

    let relay = Relay::start(|at, _, _| match at {
        At::Ehlo => Act::Say("250-relay.example\r\n250 SMTPUTF8\r\n"),
        _ => Act::Usual,
    })
    .await;
    let sent = run(&job(relay.address), Memory::plan_for(&addresses)).await.unwrap();
    assert_eq!(sent.tally.accepted, 3);
    assert_eq!(relay.seen().count("MAIL FROM:<weekly@news.example> SMTPUTF8"), 1);
    assert_eq!(journal.of(CopyState::Failed), ["jörg@list.example".to_owned()].into());
}
