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

/// A relay that refuses some for good, and some for now.
fn choosy() -> Script {
    Script::new(true).plays(|moment| match moment.phase {
        Phase::Rcpt if moment.recipient == "r00011@example.com" => {
            Act::Say("550 5.1.1 <r00011@example.com> is unknown here")
        }
        Phase::Rcpt if moment.recipient.ends_with("5@example.com") => {
            Act::Say("450 4.2.0 <someone> greylisted")
        }
        _ => Act::Go,
    })
}

#[test]
fn trouble_is_told_once_and_each_copy_where_that_is_asked_for() {
    let mailing = Mailing::new(choosy(), 40);
    let ran = mailing.press.run(&["send", ISSUE, "--yes"]);
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("example.com deferred: 450 4.2.0").count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("4 times example.com deferred"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("r00011@"), "{}", ran.stderr);

    let status = mailing.press.done(&["status", ISSUE]);
    assert!(status.stdout.contains("4 example.com, next try"), "{}", status.stdout);
    let one = mailing.press.done(&["status", ISSUE, "--address", "r00011@example.com"]);
    assert!(one.stdout.contains("1 attempt, by relay main"), "{}", one.stdout);
    assert!(one.stdout.contains("550 5.1.1"), "{}", one.stdout);
    assert!(!one.stdout.contains("r00012"), "{}", one.stdout);
    let json = mailing.press.done(&["status", ISSUE, "--address", "r00011@example.com", "--json"]);
    assert_eq!(json.json()["copies"].as_array().unwrap().len(), 1);
}

#[test]
fn the_first_cause_of_trouble_is_told_to_those_who_want_to_hear_little() {
    for words in ["--quiet", "--json", "--events"] {
        let mailing = Mailing::new(choosy(), 40);
        let ran = mailing.press.run(&["send", ISSUE, "--yes", words]);
        let told = ran.stderr.lines().filter(|line| line.contains("example.com ")).count();
        assert!(told >= 1, "{words}: {}", ran.stderr);
        assert!(!ran.stderr.contains("times example.com"), "{words}: {}", ran.stderr);
    }
}

#[test]
fn log_lines_name_no_reader_unless_asked() {
    for format in ["text", "json"] {
        let mailing = Mailing::new(choosy(), 40);
        let args = ["send", ISSUE, "--yes", "-v", "--log-format", format];
        let ran = mailing.press.run(&args);
        let lines: Vec<&str> =
            ran.stderr.lines().filter(|line| line.contains("accepted")).collect();
        assert!(lines.len() >= 35, "{}", ran.stderr);
        assert!(!ran.stderr.contains("r000"), "{}", ran.stderr);
        if format == "json" {
            let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
            assert!(line["reader"].as_str().unwrap().ends_with("@example.com"));
        }
    }
    let mailing = Mailing::new(choosy(), 40);
    let ran = mailing.press.run(&["send", ISSUE, "--yes", "-v", "--log-addresses"]);
    assert!(ran.stderr.contains("to r00001@example.com accepted"), "{}", ran.stderr);
}

#[test]
fn a_watched_status_follows_the_send_to_its_end() {
    let script = Script::new(true).plays(|moment| match moment.phase {
        Phase::Dot => Act::Stall(Duration::from_millis(200)),
        _ => Act::Go,
    });
    let mailing = Mailing::with(script, Setup::readers(60).connections(4));
    let mut child = mailing.start();
    until("a copy is accepted", || mailing.sink.accepted() > 0);
    let watched = mailing.press.done(&["status", ISSUE, "--watch", "--json"]);
    assert_eq!(end_of(&mut child), 0);
    let states: Vec<serde_json::Value> =
        watched.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(states.len() >= 2, "{}", watched.stdout);
    assert_eq!(states[0]["state"], "sending");
    assert_eq!(states[states.len() - 1]["state"], "sent");
    assert_eq!(states[states.len() - 1]["accepted"], 60);
}
