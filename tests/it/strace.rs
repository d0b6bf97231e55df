//! What the program asks of the system, seen and tampered with by strace: flushes that kill it, a
//! disk that is full or broken, and the order of flushes and final dots.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::mailing::{Mailing, SEND, Setup, full};
use crate::press::Ran;
use crate::press::ran;
use crate::sink::{Act, Phase, Script};

const CONNECTIONS: usize = 4;

/// Sends under strace; the code is -1 where a signal ended it.
fn traced(mailing: &Mailing, options: &[&str]) -> Ran {
    let plain = mailing.press.command(&SEND);
    let mut command = Command::new("strace");
    command.arg("-f").args(options).arg("--").arg(plain.get_program()).args(plain.get_args());
    command.current_dir(mailing.press.path("")).stdin(Stdio::null()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    ran(&mut command)
}

fn mailing(pipelining: bool, readers: usize) -> Mailing {
    let setup = Setup::readers(readers).connections(CONNECTIONS);
    // Answers take a while, so that whatever happens finds dots on the way on other connections.
    let script = Script::new(pipelining).plays(|moment| match moment.phase {
        Phase::Dot => Act::Stall(Duration::from_millis(5 + moment.count as u64 * 7 % 30)),
        _ => Act::Go,
    });
    Mailing::with(script, setup)
}

/// Which call is tampered with: each of them, or some of them.
fn points(pipelining: bool) -> Box<dyn Iterator<Item = usize>> {
    match (full(), pipelining) {
        (true, _) => Box::new(1..),
        (false, false) => Box::new([1, 3, 6, 14, 35].into_iter()),
        (false, true) => Box::new([2, 4, 9, 22, 50].into_iter()),
    }
}

/// Takes the send up without strace, and compares.
fn resumed(mailing: &Mailing, point: &str) {
    let ran = mailing.send();
    assert!([0, 5].contains(&ran.code), "{point}: {} {}", ran.code, ran.stderr);
    let (_, status) = mailing.compare();
    assert_eq!(status.accepted + status.in_doubt, status.planned, "{point}: none is lost");
    assert!(status.in_doubt <= CONNECTIONS, "{point}: {} in doubt", status.in_doubt);
}

#[test]
fn a_kill_at_any_flush_loses_and_repeats_nothing() {
    let mut kills = 0;
    for pipelining in [false, true] {
        for point in points(pipelining) {
            let mailing = mailing(pipelining, 40);
            let inject = format!("inject=fsync,fdatasync:signal=KILL:when={point}");
            let ran = traced(
                &mailing,
                &["-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", &inject],
            );
            if ran.code == 0 {
                break;
            }
            assert_eq!(ran.code, -1, "flush {point}: {}", ran.stderr);
            kills += 1;
            resumed(&mailing, &format!("flush {point}"));
        }
    }
    println!("{kills} kills");
    assert!(kills >= 6, "only {kills} flushes: is the ledger flushed at all?");
}

/// Lets a call fail from its nth time on, and sees that nothing went out that the ledger does not
/// know.
fn broken_disk(inject: &str, only: Option<&str>) {
    let mut broken = 0;
    for pipelining in [false, true] {
        for point in points(pipelining) {
            let mailing = mailing(pipelining, 40);
            // The ledger is there before the disk breaks.
            mailing.press.done(&["subscribers", "suppress", "nobody@example.org"]);
            let inject = format!("inject={inject}:when={point}+");
            let mut options = vec!["-o".to_owned(), "/dev/null".to_owned(), "-e".into(), inject];
            if let Some(name) = only {
                let path = mailing.press.path(".letterpress").join(name);
                let path = path.to_string_lossy().into_owned();
                options.extend(["-P".to_owned(), path]);
            }
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let ran = traced(&mailing, &options);
            let told = format!("{point}: {} {}", ran.code, ran.stderr);
            if ran.code == 0 {
                break;
            }
            assert_eq!(ran.code, 1, "{told}");
            assert!(!ran.stderr.contains("panicked"), "{told}");
            broken += 1;
            if mailing.sink.begun() > 0 {
                mailing.compare();
            }
            resumed(&mailing, &told);
        }
    }
    assert!(broken >= 6, "the disk broke {broken} times only");
}

#[test]
fn a_full_disk_ends_the_send_before_an_unmarked_dot() {
    broken_disk("pwrite64:error=ENOSPC", Some("ledger.db-wal"));
}

#[test]
fn a_flush_that_fails_ends_the_send_before_an_unmarked_dot() {
    broken_disk("fsync,fdatasync:error=EIO", Some("ledger.db-wal"));
}

#[test]
fn a_ledger_that_could_not_be_made_is_made_by_the_next_call() {
    for point in 1..=4 {
        let mailing = mailing(false, 10);
        let inject = format!("inject=fsync,fdatasync:error=EIO:when={point}+");
        let log = mailing.press.path(".letterpress/ledger.db-wal");
        let log = log.to_string_lossy().into_owned();
        let ran = traced(&mailing, &["-o", "/dev/null", "-e", &inject, "-P", &log]);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        resumed(&mailing, &format!("{point}: {}", ran.stderr));
    }
}

/// A call in a trace: where its line begins and where it returned.
#[derive(Clone)]
struct Call {
    begun: usize,
    returned: usize,
    text: String,
}

impl Call {
    fn is(&self, names: &[&str]) -> bool {
        names
            .iter()
            .any(|name| self.text.starts_with(name) && self.text[name.len()..].starts_with('('))
    }

    /// The file descriptor, with what it stands for.
    fn file(&self) -> &str {
        let start = self.text.find('(').map_or(0, |at| at + 1);
        let end = self.text[start..].find(['>', ',', ')']).unwrap_or(0);
        &self.text[start..start + end]
    }
}

/// Reads a trace, joining what strace had to tear apart.
fn calls(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut torn: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix("<... ") {
            if let Some(call) = torn.remove(process) {
                calls[call].returned = at;
                calls[call].text.push_str(rest.split_once('>').map_or("", |(_, rest)| rest));
            }
            continue;
        }
        if let Some(text) = rest.strip_suffix(" <unfinished ...>") {
            torn.insert(process.to_owned(), calls.len());
            calls.push(Call { begun: at, returned: usize::MAX, text: text.to_owned() });
        } else {
            calls.push(Call { begun: at, returned: at, text: rest.to_owned() });
        }
    }
    calls
}

#[test]
fn a_flush_lies_between_a_copys_mark_and_its_dot() {
    for pipelining in [false, true] {
        let mailing = mailing(pipelining, if full() { 40 } else { 16 });
        let path: PathBuf = mailing.press.path("trace");
        let (out, seen) = (
            path.to_string_lossy().into_owned(),
            "trace=write,writev,sendto,sendmsg,fsync,fdatasync,pwrite64,pwritev,pwritev2",
        );
        let ran = traced(&mailing, &["-y", "-s", "200000", "-o", &out, "-e", seen]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (record, _) = mailing.compare();
        let calls = calls(&String::from_utf8_lossy(&fs::read(&path).unwrap()));
        let ids =
            || record.messages.iter().map(|message| message.message_id.trim_matches(['<', '>']));
        for id in ids() {
            for file in ["ledger.db-wal", "/witness"] {
                assert!(
                    is_flushed_before_its_dot(&calls, id, file),
                    "no flush of {file} between {id}'s mark and its dot"
                );
            }
        }
        for file in ["ledger.db-wal", "/witness"] {
            // The same trace, as it would be if that file were not flushed.
            let mut calls = calls.clone();
            calls.retain(|call| !call.is(&FLUSHES) || !call.file().contains(file));
            let seen = ids().any(|id| is_flushed_before_its_dot(&calls, id, file));
            assert!(!seen, "the judge sees flushes of {file}");
        }
    }
}

const FLUSHES: [&str; 2] = ["fsync", "fdatasync"];

/// Says whether a file was written to after a copy's mark, or with it, and flushed behind that and
/// before the copy's dot.
fn is_flushed_before_its_dot(calls: &[Call], id: &str, file: &str) -> bool {
    let writes = ["write", "writev", "sendto", "sendmsg"];
    let log = |call: &&Call| call.file().contains("ledger.db-wal");
    let mut marks = calls.iter().filter(log).filter(|call| call.text.contains(id));
    let mark = marks.next().unwrap_or_else(|| panic!("{id} is nowhere in the ledger's log"));
    let text = calls
        .iter()
        .position(|call| call.is(&writes) && !call.file().contains('/') && call.text.contains(id));
    let text = text.unwrap_or_else(|| panic!("{id} was never written to a socket"));
    let socket = calls[text].file();
    let dot = calls[text..].iter().find(|call| {
        call.is(&writes)
            && call.file() == socket
            && (call.text.contains(r"\r\n.\r\n") || call.text.contains("\".\\r\\n"))
    });
    let dot = dot.unwrap_or_else(|| panic!("{id} has no dot"));
    let this = |call: &&Call| call.file().contains(file);
    let written = calls
        .iter()
        .filter(this)
        .find(|call| call.is(&["pwrite64"]) && call.begun >= mark.begun)
        .map_or(usize::MAX, |call| call.returned);
    calls
        .iter()
        .filter(this)
        .any(|call| call.is(&FLUSHES) && call.begun > written && call.returned < dot.begun)
}
