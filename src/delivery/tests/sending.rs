//! What is sent, and what becomes of broken connections.

use std::time::Duration;

use super::memory::Memory;
use super::relay::{Act, At, Relay};
use super::{job, ports, run};
use crate::config::Rate;
use crate::delivery::{Ended, Stop, send};
use crate::words::CopyState;
use crate::world::{Clock, SystemClock};

#[tokio::test]
async fn every_copy_goes_once_with_its_dots_and_its_own_address() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let journal = Memory::plan(120);
    let mut job = job(relay.address);
    job.connections = 4;
    let sent = run(&job, journal.clone()).await.unwrap();
    assert!(matches!(sent.ended, Ended::Done), "{:?}", sent.ended);
    assert_eq!((sent.tally.accepted, sent.tally.sum()), (120, 120));
    let seen = relay.seen();
    let mut recipients = seen.recipients();
    recipients.dedup();
    assert_eq!(recipients.len(), 120);
    for taken in &seen.taken {
        let ending = format!("Dear {},\r\n..hidden\r\n...\r\n..\r\n.\r\n", taken.to);
        assert!(taken.text.ends_with(&ending), "{}", taken.text);
    }
    assert!(seen.connections() <= 4);
    assert!(seen.commands[0].1 == "EHLO sender.example", "{:?}", seen.commands[0]);
    assert!(seen.count("MAIL FROM:<weekly@news.example> BODY=8BITMIME") == 120);
}

#[tokio::test]
async fn a_session_carries_a_hundred_copies_and_no_more() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let sent = run(&job(relay.address), Memory::plan(150)).await.unwrap();
    assert_eq!(sent.tally.accepted, 150);
    let seen = relay.seen();
    let first = seen.taken.iter().filter(|taken| taken.connection == 0).count();
    assert_eq!((first, seen.connections(), seen.count("QUIT")), (100, 2, 2));
}

#[tokio::test]
async fn a_connection_lost_behind_the_dot_leaves_the_copy_in_doubt_and_is_not_tried_again() {
    let relay = Relay::start(|at, to, _| match at {
        At::Dot if to.starts_with("a3@") => Act::Drop,
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(8);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.in_doubt), (7, 1));
    assert_eq!(journal.of(CopyState::InDoubt), ["a3@list.example".to_owned()].into());
    assert_eq!(relay.seen().recipients().len(), 8);
    run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!(relay.seen().recipients().len(), 8);
}

#[tokio::test]
async fn a_reply_to_the_dot_that_is_no_whole_fitting_reply_leaves_the_copy_in_doubt() {
    for act in [
        Act::Say("well done\r\n"),
        Act::Say("354 go on\r\n"),
        Act::Say("250-half\r\n550 other\r\n"),
        Act::Bye("250-half\r\n"),
        Act::Bye("45"),
        Act::Say("250 ok\r\n250 ok\r\n"),
        Act::Say("\u{0}\r\n"),
        Act::Stall,
    ] {
        let told = format!("{act:?}");
        let relay = Relay::start(move |at, to, _| match at {
            At::Dot if to.starts_with("a1@") => act.clone(),
            _ => Act::Usual,
        })
        .await;
        let journal = Memory::plan(3);
        let sent = run(&job(relay.address), journal.clone()).await.unwrap();
        assert_eq!((sent.tally.accepted, sent.tally.in_doubt), (2, 1), "{told}");
        assert_eq!(relay.seen().recipients().len(), 3, "{told}");
    }
}

#[tokio::test]
async fn a_relay_that_talks_without_end_is_left() {
    let long: &'static str = Box::leak(format!("250-{}\r\n", "x".repeat(900)).repeat(200).into());
    let line: &'static str = Box::leak("2".repeat(1 << 20).into());
    for text in [long, line] {
        let relay = Relay::start(move |at, to, _| match at {
            At::Rcpt if to.starts_with("a1@") => Act::Say(text),
            _ => Act::Usual,
        })
        .await;
        let journal = Memory::plan(3);
        let sent = run(&job(relay.address), journal.clone()).await.unwrap();
        assert_eq!((sent.tally.accepted, sent.tally.deferred), (2, 1));
    }
}

#[tokio::test]
async fn a_surplus_reply_never_answers_the_next_command() {
    let relay = Relay::start(|at, to, _| match at {
        At::Rcpt if to.starts_with("a1@") => Act::Say("250 ok\r\n354 go on\r\n250 queued\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(3);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.deferred), (2, 1));
    assert_eq!(journal.copy(1).marks, 0);
}

#[tokio::test]
async fn a_drop_in_the_body_before_the_dot_is_tried_again() {
    let relay = Relay::start(|at, to, before| match at {
        At::Body if to.starts_with("a1@") && before < 2 => Act::Drop,
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(3);
    let (mut ports, _stop) = ports(journal.clone());
    // More than sockets hold: the dot cannot have left when the relay hangs up.
    ports.compose = std::sync::Arc::new(|recipient, date, _| {
        let mut message = super::compose(recipient, date);
        message.bytes.extend("x\r\n".repeat(8 << 20).into_bytes());
        Ok(message)
    });
    let mut job = job(relay.address);
    job.timeouts.text = Duration::from_secs(20);
    let sent = send(&job, ports).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.in_doubt), (3, 0));
    assert_eq!(relay.seen().recipients().len(), 3);
    assert_eq!(journal.copy(1).marks, 2);
}

#[tokio::test]
async fn sessions_that_break_under_a_copy_are_replaced() {
    // As relays do that count: the third transaction of each session is met with 421.
    for at_which in [At::Mail, At::Rcpt, At::Data] {
        let relay = Relay::start(move |at, _, before| match at {
            at if at == at_which && before % 4 == 2 => Act::Bye("421 4.7.0 enough\r\n"),
            at if at == at_which && before % 4 == 3 => Act::Usual,
            _ => Act::Usual,
        })
        .await;
        let journal = Memory::plan(12);
        let sent = run(&job(relay.address), journal.clone()).await.unwrap();
        assert_eq!(sent.tally.accepted, 12, "{at_which:?}");
        let seen = relay.seen();
        assert_eq!(seen.recipients().len(), 12, "{at_which:?}");
        assert!(seen.connections() <= 7, "{at_which:?}: {}", seen.connections());
    }
}

#[tokio::test]
async fn a_421_to_the_dot_is_no_acceptance() {
    let relay = Relay::start(|at, to, _| match at {
        At::Dot if to.starts_with("a1@") => Act::Bye("421 4.3.0 closing\r\n"),
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(3);
    let sent = run(&job(relay.address), journal.clone()).await.unwrap();
    assert_eq!((sent.tally.accepted, sent.tally.deferred), (2, 1));
    assert!(matches!(sent.ended, Ended::Deferred { next: Some(_) }));
}

#[tokio::test]
async fn a_stop_settles_what_is_in_flight_and_begins_nothing_more() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let journal = Memory::plan(200);
    let (ports, stop) = ports(journal.clone());
    let mut job = job(relay.address);
    job.rates.overall = vec![Rate::parse("40/s").unwrap()];
    job.connections = 3;
    let sending = tokio::spawn(async move { send(&job, ports).await });
    tokio::time::sleep(Duration::from_millis(400)).await;
    stop.send(Stop::Settle).unwrap();
    let sent = tokio::time::timeout(Duration::from_secs(2), sending).await.unwrap();
    let sent = sent.unwrap().unwrap();
    assert!(matches!(sent.ended, Ended::Interrupted));
    assert_eq!(sent.tally.accepted, relay.seen().taken.len() as u64);
    assert_eq!(sent.tally.accepted + sent.tally.pending, 200);
    assert!((5..60).contains(&sent.tally.accepted), "{:?}", sent.tally);
}

#[tokio::test]
async fn a_limit_bounds_the_call_and_the_next_goes_on() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let journal = Memory::plan(10);
    let mut job = job(relay.address);
    job.connections = 3;
    job.limit = Some(4);
    let sent = run(&job, journal.clone()).await.unwrap();
    assert!(matches!(sent.ended, Ended::Limited));
    assert_eq!((sent.tally.accepted, sent.tally.pending), (4, 6));
    job.limit = None;
    let sent = run(&job, journal.clone()).await.unwrap();
    assert_eq!(sent.tally.accepted, 10);
    assert_eq!(relay.seen().recipients().len(), 10);
}

#[tokio::test]
async fn nobody_outside_only_to_is_reached() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let journal = Memory::plan(5);
    let mut target = super::relay_target(relay.address);
    target.only_to = [journal.copy(2).recipient.address].into();
    let mut job = job(relay.address);
    job.destination = crate::delivery::Destination::Relay(target);
    let sent = run(&job, journal.clone()).await.unwrap();
    assert!(matches!(sent.ended, Ended::Limited));
    assert_eq!(relay.seen().recipients(), ["a2@list.example"]);
}

#[tokio::test]
async fn with_nothing_to_send_no_connection_is_made() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let journal = Memory::plan(2);
    run(&job(relay.address), journal.clone()).await.unwrap();
    let before = relay.seen().commands.len();
    let sent = run(&job(relay.address), journal).await.unwrap();
    assert!(matches!(sent.ended, Ended::Done));
    assert_eq!(relay.seen().commands.len(), before);
}

#[tokio::test]
async fn the_rate_holds_over_two_calls() {
    let relay = Relay::start(|_, _, _| Act::Usual).await;
    let journal = Memory::plan(12);
    let mut job = job(relay.address);
    job.rates.overall = vec![Rate::parse("10/s").unwrap()];
    let start = tokio::time::Instant::now();
    job.limit = Some(8);
    run(&job, journal.clone()).await.unwrap();
    run(&job, journal.clone()).await.unwrap();
    assert!(start.elapsed() > Duration::from_millis(990), "{:?}", start.elapsed());
    let attempts = journal.attempts.lock().unwrap().clone();
    let gap = attempts[10].as_millisecond() - attempts[0].as_millisecond();
    assert!(gap >= 1_000, "{gap} ms");
}

/// A clock that leaps whenever it is read, so that what is due in an hour is due at once.
#[derive(Debug, Default)]
struct Leaping(std::sync::atomic::AtomicI64);

impl Clock for Leaping {
    fn now(&self) -> jiff::Timestamp {
        let leaps = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        SystemClock.now() + jiff::SignedDuration::from_secs(120 * leaps)
    }
}

#[tokio::test]
async fn a_call_that_waits_sends_deferred_copies_too() {
    // Greylisting: every recipient is refused at first.
    let known = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let relay = Relay::start(move |at, to, _| match at {
        At::Rcpt if known.lock().unwrap().insert(to.to_owned()) => {
            Act::Say("450 4.2.0 greylisted\r\n")
        }
        _ => Act::Usual,
    })
    .await;
    let journal = Memory::plan(15);
    let (mut ports, _stop) = ports(journal.clone());
    ports.clock = std::sync::Arc::new(Leaping::default());
    let mut job = job(relay.address);
    job.wait = true;
    job.connections = 2;
    let sent = send(&job, ports).await.unwrap();
    assert!(matches!(sent.ended, Ended::Done), "{:?}", sent.ended);
    assert_eq!((sent.tally.accepted, relay.seen().taken.len()), (15, 15));
    assert!((0..15).all(|n| journal.copy(n).recipient.attempts == 2));
}
