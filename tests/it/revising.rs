//! A send that a person takes a hand in: stopped, corrected, its ledger looked over, backed up, put
//! back and settled.

use std::fs;

use crate::mailing::{ISSUE, Mailing, Setup};
use crate::server::until;
use crate::sink::Script;
use crate::together::{end_of, slow};

const CONNECTIONS: usize = 2;

/// A send that was stopped by another process in its midst.
fn stopped(pipelining: bool) -> Mailing {
    let setup = Setup::readers(60).connections(CONNECTIONS);
    let mailing = Mailing::with(slow(pipelining, 100), setup);
    let mut child = mailing.start();
    until("some copies are sent", || mailing.sink.accepted() >= 8);
    mailing.press.done(&["stop", ISSUE]);
    let before = mailing.sink.record().messages.len();
    assert_eq!(end_of(&mut child), 1);
    let (record, status) = mailing.compare();
    let after = record.messages.len() - before;
    assert!(after <= CONNECTIONS, "{after} copies behind the stop");
    assert_eq!(status.state, "stopped");
    assert!(status.pending > 30 && status.in_doubt == 0, "{status:?}");
    mailing
}

#[test]
fn a_stop_from_another_process_lets_no_more_than_a_copy_a_connection_out() {
    for pipelining in [false, true] {
        let mailing = stopped(pipelining);
        let cron = mailing.press.run(&["run", "--week", ISSUE]);
        assert_eq!(mailing.compare().1.state, "stopped", "{}", cron.stderr);
        assert_eq!(mailing.send().code, 0);
        assert_eq!(mailing.compare().1.accepted, 60);
    }
}

#[test]
fn a_correction_in_the_midst_gives_each_copy_one_revision_named_in_its_record() {
    for pipelining in [false, true] {
        let mailing = stopped(pipelining);
        let wrong = mailing.sink.accepted();
        mailing.press.change(&format!("issues/{ISSUE}.md"), "Dear ", "Once more, dear ");
        let corrected = mailing.press.done(&["correct", ISSUE, "--yes"]);
        assert!(corrected.stdout.contains("Revision 2"), "{}", corrected.stdout);
        assert_eq!(mailing.send().code, 0);
        let (record, status) = mailing.compare();
        assert_eq!(status.accepted, 60);
        for copy in &status.copies {
            let got = record.messages.iter().find(|got| got.recipient == copy.address).unwrap();
            let is_new = String::from_utf8_lossy(&got.bytes).contains("Once more, dear");
            assert_eq!(copy.revision, if is_new { 2 } else { 1 }, "{copy:?}");
        }
        let first = status.copies.iter().filter(|copy| copy.revision == 1).count();
        assert_eq!(first, wrong);
    }
}

#[test]
fn a_correction_shows_what_it_changes_and_how_many_have_what_it_mends() {
    let mailing = Mailing::with(Script::new(true), Setup::readers(60));
    let press = &mailing.press;
    press.done(&["send", ISSUE, "--yes", "--limit", "7"]);
    press.done(&["stop", ISSUE]);
    let path = format!("issues/{ISSUE}.md");
    press.change(&path, "Dear {{default subscriber.name \"reader\"}}.", "Good morning.");
    let unsure = press.run(&["correct", ISSUE]);
    assert_eq!(unsure.code, 2, "{}", unsure.stderr);
    let shown = &unsure.stdout[unsure.stdout.find("subject").unwrap()..];
    let shown: Vec<&str> = shown.lines().filter(|line| !line.contains("sha256:")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    subject    One story, and no more
      changes    HTML, plain text
      sent       7 readers have the earlier version
      left       53 copies to be sent, with the fields of the plan

    The plain text, as one reader gets it:
      - Dear Reader.
      + Good morning.

      … 11 lines as before
    ");
    press.change(&path, "One story, and no more", "One story");
    let told = press.done(&["correct", ISSUE, "--yes", "--json"]).json();
    assert_eq!(told["changed"], serde_json::json!(["subject", "html", "text"]));
    assert_eq!((&told["accepted"], &told["copies"]), (&7.into(), &53.into()));
    let again = press.done(&["correct", ISSUE, "--yes", "--json"]).json();
    assert_eq!((&again["changed"], &again["copies"]), (&serde_json::json!([]), &0.into()));
    // A text of which nothing is left is not shown whole.
    press.change("articles/one.md", "says nothing", "says nothing.\n\nIt says nothing");
    let lines = "A line of its own.\n\n".repeat(90);
    press.change(&path, "Good morning.\n", &format!("Good evening.\n\n{lines}"));
    let ran = press.done(&["correct", ISSUE, "--yes"]);
    assert!(ran.stdout.contains("7 readers have an earlier version"), "{}", ran.stdout);
    assert!(ran.stdout.contains("more lines of the difference"), "{}", ran.stdout);
    assert!(ran.stdout.lines().count() < 60, "{}", ran.stdout);
}

#[test]
fn nothing_of_an_issue_that_was_sent_can_be_corrected() {
    let mailing = Mailing::with(Script::new(true), Setup::readers(3));
    assert_eq!(mailing.send().code, 0);
    let ran = mailing.press.run(&["correct", ISSUE, "--yes"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stderr, @r"
    error: 2023-W12 was sent; no copy is left that could be corrected
       = hint: `letterpress status 2023-W12` says who got it
    ");
}

#[test]
fn a_backup_put_back_is_found_out_put_in_doubt_and_settled_by_hand() {
    let mailing = stopped(true);
    let press = &mailing.press;
    press.done(&["ledger", "check"]);
    press.done(&["ledger", "backup", "kept.db"]);
    assert_eq!(press.run(&["ledger", "backup", "kept.db"]).code, 2, "it overwrites no file");
    assert_eq!(mailing.send().code, 0);
    let sent = mailing.sink.record().messages.len();
    assert_eq!(sent, 60);

    fs::copy(press.path("kept.db"), press.path(".letterpress/ledger.db")).unwrap();
    for file in ["ledger.db-wal", "ledger.db-shm"] {
        let _ = fs::remove_file(press.path(".letterpress").join(file));
    }
    let refused = mailing.send();
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("ledger check --in-doubt"), "{}", refused.stderr);
    assert_eq!(press.run(&["ledger", "check"]).code, 1);
    press.done(&["ledger", "check", "--in-doubt"]);
    let status = mailing.status();
    assert_eq!(status.accepted + status.in_doubt, 60, "{status:?}");
    let again = mailing.send();
    assert_eq!(again.code, 5, "{}", again.stderr);
    assert_eq!(mailing.sink.record().messages.len(), 60);
    press.done(&["resolve", ISSUE, "--assume", "sent"]);
    assert_eq!(mailing.send().code, 0);
    let status = mailing.status();
    assert_eq!((status.accepted, status.in_doubt), (60, 0));
    assert_eq!(mailing.sink.record().messages.len(), 60);
}

#[test]
fn readers_who_leave_in_the_midst_cost_nobody_else_their_copy() {
    for pipelining in [false, true] {
        let setup = Setup::readers(60).connections(CONNECTIONS);
        let mailing = Mailing::with(slow(pipelining, 100), setup);
        let mut child = mailing.start();
        until("some copies are sent", || mailing.sink.accepted() >= 4);
        let gone = ["r00031", "r00040", "r00041", "r00042", "r00059"];
        let gone = gone.map(|name| format!("{name}@example.com"));
        for address in &gone {
            mailing.press.done(&["subscribers", "suppress", address]);
        }
        // A copy that was composed while such a mark was refused goes out in the same call.
        assert_eq!(end_of(&mut child), 0);
        let (record, status) = mailing.compare();
        assert_eq!((status.accepted, status.suppressed), (55, 5), "{status:?}");
        let reached = |address: &str| record.messages.iter().any(|got| got.recipient == address);
        assert!(!gone.iter().any(|address| reached(address)));
    }
}
