//! Refusals: for now and for good, of one reader and of everybody.

use crate::mailing::{ISSUE, Mailing, SEND, Setup, full};
use crate::sink::{Act, Phase, Script};

const CRON: [&str; 4] = ["run", "--week", ISSUE, "--json"];

#[test]
fn a_4xx_to_the_dot_is_tried_again_later() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Dot if moment.tries == 1 && moment.recipient.contains("5@") => {
                Act::Say("451 4.3.0 try again")
            }
            _ => Act::Go,
        });
        let mailing = Mailing::new(script, 40);
        let ran = mailing.send();
        assert_eq!(ran.code, 75, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!((status.accepted, status.deferred), (36, 4));
        assert!(record.connections <= 4, "a refusal costs no session");
        let ran = mailing.send_later("+2h");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (_, status) = mailing.compare();
        assert_eq!((&*status.state, status.accepted), ("sent", 40));
        let twice = status.copies.iter().filter(|copy| copy.attempts == 2).count();
        assert_eq!(twice, 4, "{:?}", status.copies);
    }
}

#[test]
fn greylisted_copies_wait_until_they_are_due() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Rcpt if moment.tries == 1 => Act::Say("451 4.7.1 Greylisted, come back"),
            _ => Act::Go,
        });
        let mailing = Mailing::new(script, 24);
        let ran = mailing.send();
        assert_eq!(ran.code, 75, "{}", ran.stderr);
        let (first, status) = mailing.compare();
        assert_eq!((&*status.state, status.deferred), ("waiting", 24));
        assert!(first.connections <= 4, "a refused recipient costs no session");
        assert_eq!(mailing.send().code, 75);
        let (second, _) = mailing.compare();
        assert_eq!(second.envelopes.len(), first.envelopes.len(), "none was due");
        let ran = mailing.send_later("+2h");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (_, status) = mailing.compare();
        assert_eq!(status.accepted, 24);
        assert!(status.copies.iter().all(|copy| copy.attempts <= 3));
    }
}

#[test]
fn one_reader_in_a_hundred_refused_fails_and_costs_nothing() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Rcpt if moment.recipient.contains("50@") => {
                Act::Say("550 5.1.1 no such user here")
            }
            _ => Act::Go,
        });
        let mailing = Mailing::new(script, 200);
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!(status.who("failed"), ["r00050@example.com", "r00150@example.com"]);
        assert_eq!((status.accepted, &*status.state), (198, "sent"));
        assert_eq!(record.envelopes.len(), 200, "refused for good is refused once");
        assert!(record.connections <= 4 + 200 / 100, "{} connections", record.connections);
        for copy in status.copies.iter().filter(|copy| copy.outcome == "failed") {
            assert_eq!(copy.reply.as_deref(), Some("550 5.1.1 no such user here"));
        }
        assert_eq!(status.reason, None);
    }
}

#[test]
fn data_taken_behind_a_refused_recipient_settles_nothing() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Rcpt if moment.recipient.contains("00@") => Act::Say("550 5.1.1 no such user"),
            Phase::Data => Act::Say("354 go on"),
            _ => Act::Go,
        });
        let mailing = Mailing::new(script, 200);
        let ran = mailing.send();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert_eq!(status.who("failed"), ["r00100@example.com", "r00200@example.com"]);
        assert_eq!((status.accepted, record.accepted()), (198, 198));
        assert!(record.lone_dots <= 2, "{} lone dots", record.lone_dots);
    }
}

#[test]
fn a_daily_quota_leaves_the_rest_for_the_next_call() {
    let replies = [
        "452 4.3.1 daily quota used up",
        "454 4.4.5 daily quota used up",
        "550 5.4.5 Daily user sending limit exceeded",
    ];
    for pipelining in [false, true] {
        for reply in replies {
            let script = Script::new(pipelining).plays(move |moment| match moment.phase {
                Phase::Rcpt if moment.count > 45 => Act::Say(reply),
                _ => Act::Go,
            });
            let mailing = Mailing::new(script, 68);
            let ran = mailing.send();
            assert_eq!(ran.code, 75, "{reply}: {}", ran.stderr);
            let (record, status) = mailing.compare();
            assert_eq!((status.accepted, status.deferred), (45, 23), "{reply}");
            assert!(record.envelopes.len() <= 68, "nobody is tried twice");
            mailing.sink.is_sound();
            // What cron calls, at its next turn.
            let ran = mailing.send_later("+15m");
            assert_eq!(ran.code, 0, "{reply}: {}", ran.stderr);
            let (_, status) = mailing.compare();
            assert_eq!((&*status.state, status.accepted), ("sent", 68), "{reply}");
        }
    }
}

#[test]
fn a_relay_that_refuses_everybody_halts_the_send() {
    let refusals = [
        (Phase::Rcpt, "550 no"),
        (Phase::Rcpt, "550 5.1.1 no such user"),
        (Phase::Rcpt, "550 5.7.1 we do not want you"),
        (Phase::Mail, "550 5.7.26 unauthenticated"),
        (Phase::Mail, "530 5.7.0 authenticate first"),
        (Phase::Mail, "535 5.7.8 bad credentials"),
        (Phase::Data, "554 5.7.1 blocked"),
        (Phase::Dot, "550 5.7.515 access denied"),
        (Phase::Dot, "550 no"),
    ];
    for pipelining in [false, true] {
        for (index, (phase, reply)) in refusals.into_iter().enumerate() {
            if !full() && (index % 2 == 0) == pipelining {
                continue;
            }
            let script = Script::new(pipelining)
                .plays(move |moment| if moment.phase == phase { Act::Say(reply) } else { Act::Go });
            let mailing = Mailing::new(script, 40);
            let ran = mailing.send();
            assert_eq!(ran.code, 1, "{phase:?} {reply}: {}", ran.stderr);
            let (record, status) = mailing.compare();
            let told = format!("{phase:?} {reply}: {status:?}");
            assert!(record.envelopes.len() <= 10, "{} attempts, {told}", record.envelopes.len());
            assert_eq!(
                (&*status.state, status.pending, status.failed),
                ("stopped", 40, 0),
                "{told}"
            );
            let code = reply.split(' ').next().unwrap();
            assert!(ran.stderr.contains(code), "the reply is shown: {}", ran.stderr);

            let cron = mailing.press.run(&CRON);
            assert_eq!(cron.code, 1, "{}", cron.stderr);
            assert_eq!(mailing.sink.record().envelopes.len(), record.envelopes.len());

            mailing.sink.is_sound();
            let ran = mailing.send();
            assert_eq!(ran.code, 0, "{phase:?} {reply}: {}", ran.stderr);
            let (_, status) = mailing.compare();
            assert_eq!(status.accepted, 40, "nobody was suppressed: {told}");
        }
    }
}

#[test]
fn a_misrouted_relay_costs_no_reader() {
    let readers = if full() { 5_000 } else { 400 };
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Rcpt if moment.count <= 200 => Act::Say("550 5.1.1 no such user here"),
            _ => Act::Go,
        });
        let mailing = Mailing::with(script, Setup::readers(readers));
        let ran = mailing.send();
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let (record, status) = mailing.compare();
        assert!(record.envelopes.len() <= 10, "{} attempts", record.envelopes.len());
        assert_eq!((&*status.state, status.pending), ("stopped", readers));
        assert_eq!(mailing.press.run(&CRON).code, 1, "`run` leaves it alone");
        mailing.sink.is_sound();
        let ran = mailing.press.run(&SEND);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (_, status) = mailing.compare();
        assert_eq!((status.accepted, status.suppressed), (readers, 0));
    }
}
