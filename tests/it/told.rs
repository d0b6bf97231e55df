//! What staff are told of a send: before it, beside it, and after it.

use std::time::Duration;

use crate::mailing::{ISSUE, Mailing, SEND, Setup};
use crate::server::until;
use crate::sink::{Act, Phase, Script};
use crate::together::end_of;

#[test]
fn a_send_that_is_turned_away_names_the_process_that_has_the_lock() {
    let slow = Script::new(true).plays(|moment| match moment.phase {
        Phase::Dot => Act::Stall(Duration::from_millis(200)),
        _ => Act::Go,
    });
    let mailing = Mailing::with(slow, Setup::readers(60).connections(1));
    let mut child = mailing.start();
    until("a copy is sent", || mailing.sink.accepted() >= 1);
    let who = format!("process {} on ", child.id());
    let refused = mailing.press.run(&SEND);
    assert_eq!(refused.code, 75, "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("another send holds this workspace ({who}")));
    let status = mailing.press.done(&["status", ISSUE]);
    assert!(status.stdout.contains(&who), "{}", status.stdout);
    assert_eq!(end_of(&mut child), 0);
    let status = mailing.press.done(&["status", ISSUE]);
    assert!(!status.stdout.contains("process "), "it is over: {}", status.stdout);
}

#[test]
fn a_dry_run_names_the_limits_by_domain_and_how_long_they_make_it_take() {
    let limits = "per_domain = { \"*\" = \"10/s\", \"gmail.com\" = \"5/s\" }";
    let mailing = Mailing::with(Script::new(true), Setup::readers(300).delivery(limits));
    let ran = mailing.press.done(&["send", ISSUE, "--dry-run"]);
    assert!(ran.stdout.contains("gmail.com 5/s, each other domain 10/s"), "{}", ran.stdout);
    assert!(ran.stdout.contains("about 30 s, until "), "{}", ran.stdout);
    assert_eq!(mailing.sink.record().connections, 0);
}
