//! A rehearsal that did not come to its end: what it says leads to no reader.

use std::fs::{self, File};
use std::io::Read as _;
use std::process::Stdio;

use crate::press::Press;
use crate::server::until;
use crate::together::{end_of, signal};

const ISSUE: &str = "2023-W12";
const GOES_ON: &str = "`letterpress send 2023-W12 --inbox` goes on.";

/// How many copies the test inbox has.
fn arrived(press: &Press) -> usize {
    fs::read_dir(press.path(".letterpress/inbox/new")).map_or(0, Iterator::count)
}

#[test]
fn a_rehearsal_that_was_limited_names_the_rehearsal_that_goes_on() {
    let press = Press::new();
    let ran = press.done(&["send", ISSUE, "--inbox", "--limit", "3"]);
    assert!(ran.stdout.contains("3 accepted, 21 pending"), "{}", ran.stdout);
    assert!(ran.stdout.contains(GOES_ON), "{}", ran.stdout);
    assert!(!ran.stdout.contains("`letterpress send 2023-W12`"), "{}", ran.stdout);
    let ran = press.done(&["send", ISSUE, "--inbox"]);
    assert!(ran.stdout.contains("24 of 24 accepted by the test inbox"), "{}", ran.stdout);
    assert_eq!(arrived(&press), 24);
}

#[test]
fn a_rehearsal_that_was_interrupted_names_the_rehearsal_that_goes_on() {
    let press = Press::new();
    let mut command = press.command(&["run", "--week", ISSUE, "--inbox"]);
    command.env("LETTERPRESS_DELIVERY__RATE", "3/s").stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    until("some copies are sent", || arrived(&press) >= 3);
    signal(&child, "INT");
    assert_eq!(end_of(&mut child), 130);
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(told.contains(GOES_ON), "{told}");
    press.done(&["send", ISSUE, "--inbox"]);
    assert_eq!(arrived(&press), 24);
}

#[test]
fn a_second_rehearsal_is_not_sent_to_status_which_knows_nothing_of_the_first() {
    let press = Press::new();
    fs::create_dir_all(press.path(".letterpress/rehearsal")).unwrap();
    let lock = File::create(press.path(".letterpress/rehearsal/lock")).unwrap();
    lock.lock().unwrap();
    for args in [&["send", ISSUE, "--inbox"][..], &["run", "--week", ISSUE, "--inbox"]] {
        let ran = press.run(args);
        assert_eq!(ran.code, 75, "{}", ran.stderr);
        assert!(ran.stderr.contains("another rehearsal holds this workspace"), "{}", ran.stderr);
        assert!(ran.stderr.contains("Ctrl-C") && !ran.stderr.contains("status"), "{}", ran.stderr);
    }
}
