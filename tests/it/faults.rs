//! Connections that break, and replies that do not come: each copy is delivered once, or told to be
//! in doubt.

use std::time::Duration;

use crate::mailing::{Mailing, SEND, Setup, Status, full};
use crate::sink::{Act, Phase, Record, Script};

/// Calls `send` with later and later clocks until every copy has its outcome.
fn finish(mailing: &Mailing, calls_max: usize) -> (Record, Status) {
    for call in 1..=calls_max {
        let (record, status) = mailing.compare();
        if status.pending + status.deferred == 0 {
            return (record, status);
        }
        let ran = mailing.send_later(&format!("+{}h", call * 2));
        assert!([0, 5, 75].contains(&ran.code), "{} {}", ran.code, ran.stderr);
    }
    panic!("copies are left after {calls_max} calls: {:?}", mailing.status());
}

#[test]
fn every_reader_of_a_sound_relay_gets_one_copy() {
    for pipelining in [false, true] {
        let mailing = Mailing::new(Script::new(pipelining), 60);
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!((status.accepted, record.accepted()), (60, 60));
        assert!(record.connections <= 4, "{} connections", record.connections);
    }
}

#[test]
fn a_reset_behind_every_50th_dot_leaves_just_those_in_doubt() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Dot if moment.count % 50 == 0 => Act::Reset,
            _ => Act::Go,
        });
        let mailing = Mailing::new(script, 200);
        let ran = mailing.send();
        assert_eq!(ran.code, 5, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!((status.accepted, status.in_doubt), (196, 4));
        assert_eq!(status.who("in-doubt"), record.unclear());
        mailing.press.run(&SEND);
        let (again, _) = mailing.compare();
        assert_eq!(again.messages.len(), record.messages.len(), "none goes again");
    }
}

#[test]
fn a_reply_that_stalls_past_the_time_out_leaves_its_copy_in_doubt() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Dot if moment.recipient == "r00007@example.com" => {
                Act::Stall(Duration::from_secs(12))
            }
            _ => Act::Go,
        });
        let setup = Setup::readers(30).relay("timeouts = { reply = \"3 s\" }");
        let mailing = Mailing::with(script, setup);
        let ran = mailing.send();
        assert_eq!(ran.code, 5, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!(status.who("in-doubt"), ["r00007@example.com"]);
        assert_eq!(status.accepted, 29);
        mailing.press.run(&SEND);
        assert_eq!(mailing.compare().0.messages.len(), record.messages.len());
    }
}

#[test]
fn garbage_for_an_answer_to_the_dot_leaves_its_copy_in_doubt() {
    for pipelining in [false, true] {
        let all = ["hello there\r\n", "2", "250", "25\r\n", "999 what\r\n", "250-half"];
        let skipped = if full() { 0 } else { usize::from(pipelining) };
        let step = if full() { 1 } else { 2 };
        for garbage in all.into_iter().skip(skipped).step_by(step) {
            let script = Script::new(pipelining).plays(move |moment| match moment.phase {
                Phase::Dot if moment.recipient == "r00007@example.com" => {
                    Act::Raw(garbage.as_bytes().to_vec())
                }
                _ => Act::Go,
            });
            let mailing = Mailing::new(script, 20);
            let ran = mailing.send();
            assert_eq!(ran.code, 5, "{garbage:?}: {}", ran.stderr);
            let (_, status) = mailing.compare();
            assert_eq!(status.who("in-doubt"), ["r00007@example.com"], "{garbage:?}");
            assert_eq!(status.accepted, 19, "{garbage:?}");
        }
    }
}

#[test]
fn a_421_in_any_phase_costs_a_session_and_no_copy() {
    for pipelining in [false, true] {
        for phase in [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::Dot, Phase::Idle] {
            let script = Script::new(pipelining).plays(move |moment| {
                let due = match phase {
                    Phase::Idle => moment.in_session >= 10,
                    _ => moment.count % 10 == 0,
                };
                match moment.phase == phase && due {
                    true => Act::SayAndClose("421 4.3.2 closing now"),
                    false => Act::Go,
                }
            });
            let mailing = Mailing::new(script, 40);
            let ran = mailing.send();
            assert!([0, 75].contains(&ran.code), "{phase:?}: {} {}", ran.code, ran.stderr);
            let (record, status) = finish(&mailing, 8);
            assert_eq!((status.accepted, record.accepted()), (40, 40), "{phase:?}");
            let most = 4 + 3 * 6;
            assert!(record.connections <= most, "{phase:?}: {} connections", record.connections);
        }
    }
}

#[test]
fn a_drop_in_any_phase_before_the_dot_costs_no_copy() {
    for pipelining in [false, true] {
        for phase in [Phase::Greeting, Phase::Ehlo, Phase::Mail, Phase::Rcpt, Phase::Data] {
            // The first session stands for the relay itself: without it, nothing begins.
            let script = Script::new(pipelining).plays(move |moment| {
                let early = moment.connection == 1 && moment.in_session == 0;
                match moment.phase == phase && moment.count % 7 == 2 && !early {
                    true if moment.count % 2 == 0 => Act::Close,
                    true => Act::Reset,
                    false => Act::Go,
                }
            });
            let mailing = Mailing::new(script, 30);
            let ran = mailing.send();
            assert!([0, 75].contains(&ran.code), "{phase:?}: {} {}", ran.code, ran.stderr);
            let (record, status) = finish(&mailing, 8);
            assert_eq!((status.accepted, record.accepted()), (30, 30), "{phase:?}");
        }
    }
}

#[test]
fn a_drop_behind_354_is_no_doubt() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Body if moment.count % 9 == 4 => Act::Reset,
            _ => Act::Go,
        });
        let mailing = Mailing::new(script, 40);
        let ran = mailing.send();
        assert!([0, 75].contains(&ran.code), "{} {}", ran.code, ran.stderr);
        let (record, status) = finish(&mailing, 6);
        assert_eq!((status.accepted, status.in_doubt, record.accepted()), (40, 0, 40));
    }
}

#[test]
fn a_drop_in_the_middle_of_a_text_is_no_doubt() {
    // A text that no buffers hold takes minutes to make without optimisation.
    if !full() {
        return;
    }
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Body if moment.count == 2 => Act::ResetAfter(64 * 1024),
            _ => Act::Go,
        });
        // More than both sockets' buffers hold, so that the dot cannot have been written.
        let padding = 6 * 1024 * 1024;
        let setup = Setup { padding, ..Setup::readers(3).connections(1) };
        let mailing = Mailing::with(script, setup);
        let ran = mailing.send();
        assert!([0, 75].contains(&ran.code), "{} {}", ran.code, ran.stderr);
        let (record, status) = finish(&mailing, 4);
        assert_eq!((status.accepted, status.in_doubt, record.accepted()), (3, 0, 3));
        assert!(record.messages.iter().all(|message| message.bytes.len() > padding));
    }
}
