//! Servers that offer little, and servers that talk nonsense: copies are delivered or refused, and
//! the program neither panics, hangs, nor grows.

use std::fs;
use std::time::{Duration, Instant};

use crate::mailing::{Mailing, SEND, Setup, full};
use crate::sink::{Act, Phase, Script};

/// The most memory that a send may take, whatever it is told.
const MEMORY_KB_MAX: u64 = 100_000;
/// No send of these tests takes longer, whatever it is told.
const TIME_MAX: Duration = Duration::from_secs(60);
/// As [`TIME_MAX`], of a whole count.
const TIME_FULL_MAX: Duration = Duration::from_secs(900);

#[test]
fn a_server_that_knows_only_helo_gets_every_copy() {
    let mailing = Mailing::new(Script::helo_only(), 20);
    let ran = mailing.send();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (record, status) = mailing.compare();
    assert_eq!((status.accepted, record.accepted()), (20, 20));
    assert!(record.messages.iter().all(|message| message.bytes.is_ascii()));
}

#[test]
fn what_is_not_offered_is_not_used() {
    let readers = || {
        let mut setup = Setup::readers(60);
        setup.readers.push("jürgen@example.com".to_owned());
        setup.readers.push("ann@müller.example".to_owned());
        setup
    };
    for extension in ["SIZE", "ENHANCEDSTATUSCODES", "DSN", "PIPELINING"] {
        let mailing = Mailing::with(Script::new(true).without(extension), readers());
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "without {extension}: {}", ran.stderr);
        assert_eq!(mailing.compare().1.accepted, 62, "without {extension}");
    }
    for pipelining in [false, true] {
        let script = Script::new(pipelining).without("SMTPUTF8").without("8BITMIME");
        let mailing = Mailing::with(script, readers());
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!(status.who("failed"), ["jürgen@example.com"]);
        let failed = status.copies.iter().find(|copy| copy.outcome == "failed").unwrap();
        assert!(failed.reply.as_deref().unwrap().contains("SMTPUTF8"), "{failed:?}");
        assert!(record.taken().contains_key("ann@xn--mller-kva.example"), "an A-label serves");
    }
}

/// Sends, and returns how it ended and the most memory it took, in kB.
pub fn watched(mailing: &Mailing, args: &[&str]) -> (i32, u64) {
    let errors = mailing.press.path("errors");
    let mut command = mailing.press.command(args);
    command.stdout(std::process::Stdio::null()).stderr(fs::File::create(&errors).unwrap());
    let mut child = command.spawn().unwrap();
    let (started, mut peak) = (Instant::now(), 0);
    let time_max = if full() { TIME_FULL_MAX } else { TIME_MAX };
    let status = loop {
        if let Ok(text) = fs::read_to_string(format!("/proc/{}/status", child.id())) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(number.unwrap_or(0));
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > time_max {
            child.kill().unwrap();
            panic!("it hangs: {}", fs::read_to_string(&errors).unwrap());
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let told = fs::read_to_string(&errors).unwrap();
    assert!(!told.contains("panicked"), "{told}");
    (status.code().unwrap_or(-1), peak)
}

/// Plays nonsense in the place of every seventh reply of a phase. `shifts` says that it
/// shows a reply too many, so that the acceptance before it may have been another's.
fn play(nonsense: &Act, phase: Phase, pipelining: bool, shifts: bool) {
    let act = nonsense.clone();
    let script = Script::new(pipelining).plays(move |moment| {
        let first = moment.connection == 1 && moment.in_session == 0;
        match moment.phase == phase && moment.count % 7 == 3 && !first {
            true => act.clone(),
            false => Act::Go,
        }
    });
    let mailing = Mailing::new(script, 20);
    let (code, peak) = watched(&mailing, &SEND);
    assert!([0, 1, 5, 75].contains(&code), "{phase:?}: {code}");
    assert!(peak < MEMORY_KB_MAX, "{phase:?}: {peak} kB");
    mailing.compare();
    mailing.sink.is_sound();
    mailing.send_later("+2h");
    let (_, status) = mailing.compare();
    assert_eq!(status.pending + status.deferred, 0, "{phase:?}: {status:?}");
    let may_doubt = phase == Phase::Dot || shifts;
    assert!(status.in_doubt == 0 || may_doubt, "{phase:?}: {status:?}");
}

/// Plays each nonsense in each phase; without the whole counts, one in each, and without
/// PIPELINING only where it could pass for what it is not.
fn in_every_phase(kinds: &[&dyn Fn(Phase) -> Act], shifts: bool) {
    let phases = [Phase::Greeting, Phase::Ehlo, Phase::Mail, Phase::Rcpt, Phase::Data, Phase::Dot];
    let mut turn = 0;
    for pipelining in [false, true] {
        for phase in phases {
            if !pipelining && !full() && ![Phase::Rcpt, Phase::Dot].contains(&phase) {
                continue;
            }
            let at = turn % kinds.len();
            let chosen = if full() { kinds } else { &kinds[at..=at] };
            for kind in chosen {
                play(&kind(phase), phase, pipelining, shifts);
            }
            turn += 1;
        }
        // So that the two halves differ.
        turn += 1;
    }
}

fn code(phase: Phase) -> &'static str {
    match phase {
        Phase::Greeting => "220",
        Phase::Data => "354",
        _ => "250",
    }
}

fn raw(text: &str) -> Act {
    Act::Raw(text.as_bytes().to_vec())
}

#[test]
fn a_reply_of_a_megabyte_ends_the_session_and_nothing_else() {
    in_every_phase(&[&|phase| raw(&format!("{} {}\r\n", code(phase), "x".repeat(1 << 20)))], false);
}

#[test]
fn a_reply_with_a_nul_is_survived() {
    in_every_phase(&[&|phase| raw(&format!("{} o\0k\r\n", code(phase)))], false);
}

#[test]
fn a_reply_without_an_end_is_cut_off() {
    in_every_phase(&[&|_| Act::Endless], false);
}

#[test]
fn a_surplus_reply_is_never_taken_for_another() {
    let surplus =
        |text: &'static str| move |phase| raw(&format!("{} ok\r\n{text}\r\n", code(phase)));
    let (ok, go_on, refusal) =
        (surplus("250 ok"), surplus("354 go on"), surplus("550 5.1.1 no such user"));
    in_every_phase(&[&ok, &go_on, &refusal, &ok, &ok], true);
}

#[test]
fn garbage_in_any_phase_is_survived() {
    in_every_phase(
        &[
            &|_| raw("hello\r\n"),
            &|_| raw("\r\n"),
            &|_| raw("25"),
            &|_| raw("250-a\r\n550 b\r\n"),
            &|_| Act::Raw(b"\xfe\xff\0\r\n".to_vec()),
        ],
        false,
    );
}
