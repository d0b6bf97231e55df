//! What goes on beside a send: another send, an unsubscribe, a signal, a terminal that closes, a
//! ledger that is not the one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::hostile::watched;
use crate::mailing::{ISSUE, Mailing, SEND, Setup, compare, full};
use crate::press::ran;
use crate::server::until;
use crate::sink::{Act, Phase, Script};

/// A relay that takes a while to answer each dot.
pub fn slow(pipelining: bool, millis: u64) -> Script {
    Script::new(pipelining).plays(move |moment| match moment.phase {
        Phase::Dot => Act::Stall(Duration::from_millis(millis)),
        _ => Act::Go,
    })
}

/// Sends a signal to a child.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// Waits for a child's end; -1 stands for a signal.
pub fn end_of(child: &mut Child) -> i32 {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn of_two_sends_at_once_one_works_and_the_other_comes_back_later() {
    for round in 0..if full() { 50 } else { 4 } {
        let mailing = Mailing::with(slow(round % 2 == 0, 300), Setup::readers(40));
        let started = Instant::now();
        let mut two = [mailing.start(), mailing.start()];
        let mut ends: Vec<(i32, Duration)> = Vec::new();
        let mut open = [true, true];
        while open.contains(&true) {
            for (child, open) in two.iter_mut().zip(&mut open).filter(|(_, open)| **open) {
                if let Some(status) = child.try_wait().unwrap() {
                    *open = false;
                    ends.push((status.code().unwrap_or(-1), started.elapsed()));
                }
            }
            assert!(started.elapsed() < Duration::from_secs(60), "they do not end");
            std::thread::sleep(Duration::from_millis(2));
        }
        println!("{ends:?}");
        // The relay alone takes the one that works three seconds.
        assert_eq!((ends[0].0, ends[1].0), (75, 0), "{ends:?}");
        assert!(!full() || ends[0].1 < Duration::from_secs(2), "{ends:?}");
        let (record, status) = mailing.compare();
        assert_eq!((status.accepted, record.messages.len()), (40, 40));
    }
}

#[test]
fn who_unsubscribes_during_the_send_gets_nothing_more() {
    for pipelining in [false, true] {
        let setup = Setup::readers(60).connections(2);
        let mailing = Mailing::with(slow(pipelining, 100), setup);
        let mut child = mailing.start();
        until("some copies are sent", || mailing.sink.accepted() >= 4);
        let gone = ["r00058@example.com", "r00059@example.com", "r00060@example.com"];
        mailing.press.done(&[&["subscribers", "suppress"], &gone[..]].concat());
        assert_eq!(end_of(&mut child), 0);
        let (record, status) = mailing.compare();
        assert_eq!(status.who("suppressed"), gone);
        assert_eq!((status.accepted, record.messages.len()), (57, 57));
    }
}

#[test]
fn a_signal_settles_the_copies_in_flight_and_the_next_call_goes_on() {
    for (name, code, pipelining) in
        [("TERM", 143, false), ("INT", 130, true), ("HUP", 129, false), ("TERM", 143, true)]
    {
        let mailing = Mailing::with(slow(pipelining, 100), Setup::readers(60));
        let mut child = mailing.start();
        until("some copies are sent", || mailing.sink.accepted() >= 8);
        let at = Instant::now();
        signal(&child, name);
        assert_eq!(end_of(&mut child), code, "SIG{name}");
        assert!(at.elapsed() <= Duration::from_secs(10), "it took {:?}", at.elapsed());
        let (_, status) = mailing.compare();
        assert_eq!((status.in_doubt, status.attempting), (0, 0), "SIG{name}");
        assert!(status.pending > 0 && status.state == "interrupted", "{status:?}");
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(mailing.compare().1.accepted, 60);
    }
}

/// A relay that does not answer the dots from the sixth on for so long.
fn mute(pipelining: bool, seconds: u64) -> Script {
    Script::new(pipelining).plays(move |moment| match moment.phase {
        Phase::Dot if moment.count > 5 => Act::Stall(Duration::from_secs(seconds)),
        _ => Act::Go,
    })
}

#[test]
fn a_second_signal_ends_at_once() {
    for pipelining in [false, true] {
        let mailing = Mailing::with(mute(pipelining, 7), Setup::readers(30));
        let mut child = mailing.start();
        until("a dot waits for its answer", || mailing.sink.flight().contains(&"dot"));
        signal(&child, "TERM");
        std::thread::sleep(Duration::from_millis(300));
        let at = Instant::now();
        signal(&child, "INT");
        assert_eq!(end_of(&mut child), 143);
        assert!(at.elapsed() < Duration::from_secs(5), "it took {:?}", at.elapsed());
        let (_, status) = mailing.compare();
        let doubts = status.in_doubt + status.attempting;
        assert!((1..=4).contains(&doubts), "{doubts} in doubt");
        mailing.sink.is_sound();
        assert_eq!(mailing.send().code, 5);
        let (_, status) = mailing.compare();
        assert_eq!((status.in_doubt, status.accepted), (doubts, 30 - doubts));
    }
}

#[test]
fn a_signal_waits_ten_seconds_at_most_for_an_answer() {
    let mailing = Mailing::with(mute(false, 17), Setup::readers(30).connections(2));
    let mut child = mailing.start();
    until("a dot waits for its answer", || mailing.sink.flight().contains(&"dot"));
    let at = Instant::now();
    signal(&child, "TERM");
    assert_eq!(end_of(&mut child), 143);
    assert!(at.elapsed() < Duration::from_secs(15), "it took {:?}", at.elapsed());
    let (_, status) = mailing.compare();
    assert!((1..=2).contains(&status.in_doubt), "{status:?}");
}

#[test]
fn a_reader_of_its_output_that_leaves_does_not_end_the_send() {
    for words in [&["--events"][..], &["-vv"], &[]] {
        let mailing = Mailing::new(slow(true, 20), 40);
        let args = [&["send", ISSUE, "--yes"], words].concat();
        let mut command = mailing.press.command(&args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(end_of(&mut child), 0, "{words:?}");
        assert_eq!(mailing.compare().1.accepted, 40, "{words:?}");
    }
}

/// Copies a folder with everything in it.
fn copied(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    let done = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(done.success());
}

const LEDGER: [&str; 3] = ["ledger.db", "ledger.db-wal", "ledger.db-shm"];

/// Half a send, of ten copies.
fn half_sent() -> Mailing {
    let mailing = Mailing::new(Script::new(true), 40);
    let args = [&SEND[..], &["--limit", "10"]].concat();
    mailing.press.run(&args);
    assert_eq!(mailing.compare().1.accepted, 10);
    mailing
}

/// Fails unless the send in a folder is refused, with a way on, and nobody gets anything by it.
fn refused(mailing: &Mailing, folder: &std::path::Path, says: &str) {
    let before = mailing.sink.record().messages.len();
    let mut command = mailing.press.command(&SEND);
    let ran = ran(command.current_dir(folder));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert!(ran.stderr.contains("ledger "), "it says what to do: {}", ran.stderr);
    assert_eq!(mailing.sink.record().messages.len(), before, "nothing went out");
}

#[test]
fn a_second_clone_with_an_empty_ledger_refuses() {
    let mailing = half_sent();
    let clone = tempfile::tempdir().unwrap();
    copied(&mailing.press.path(""), clone.path());
    fs::remove_dir_all(clone.path().join(".letterpress")).unwrap();
    refused(&mailing, clone.path(), "adopt");
}

#[test]
fn a_copied_ledger_refuses() {
    let mailing = half_sent();
    let clone = tempfile::tempdir().unwrap();
    copied(&mailing.press.path(""), clone.path());
    refused(&mailing, clone.path(), "adopt");
    let ran = mailing.send();
    assert_eq!(ran.code, 0, "the true one goes on: {}", ran.stderr);
    assert_eq!(mailing.compare().1.accepted, 40);
}

#[test]
fn an_older_backup_put_back_refuses() {
    let mailing = half_sent();
    let own = mailing.press.path(".letterpress");
    let backup = tempfile::tempdir().unwrap();
    copied(&own, backup.path());
    // The send goes on, and is killed: nothing but the ledger's own keeping can tell.
    mailing.sink.plays(|moment| match moment.phase {
        Phase::Dot => Act::Stall(Duration::from_millis(50)),
        _ => Act::Go,
    });
    let mut child = mailing.start();
    until("more is sent", || mailing.sink.accepted() >= 18);
    child.kill().unwrap();
    child.wait().unwrap();
    let (record, status) = (mailing.sink.record(), mailing.status());
    compare(&record, &status);
    for name in LEDGER {
        let _ = fs::remove_file(own.join(name));
        let _ = fs::copy(backup.path().join(name), own.join(name));
    }
    refused(&mailing, &mailing.press.path(""), "ledger");
}

#[test]
fn thousands_of_readers_are_rehearsed_in_little_memory() {
    let readers = if full() { 5_000 } else { 1_000 };
    let mailing = Mailing::new(Script::new(true), readers);
    let (code, peak) = watched(&mailing, &["send", ISSUE, "--inbox", "--json"]);
    println!("{peak} kB");
    assert_eq!(code, 0);
    assert!(peak < 100_000, "{peak} kB");
    let new = fs::read_dir(mailing.press.path(".letterpress/inbox/new")).unwrap().count();
    assert_eq!(new, readers);
    assert_eq!(mailing.sink.record().connections, 0, "the relay hears nothing");
}
