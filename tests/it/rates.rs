//! Rates, by the sink's own clock: no window holds more than its limit, and little of it is wasted.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::mailing::{Mailing, Setup, full};
use crate::server::until;
use crate::sink::{Act, Phase, Record, Script};
use crate::together::{end_of, signal};

/// How far the sink's clock readings may lag behind the writes they stand for.
const TOLERANCE: Duration = Duration::from_millis(10);

/// How much of a rate is to be used, and how often that may be tried.
const SHARE_MIN: f64 = 0.98;
const TRIES_MAX: usize = 3;

/// Fails where more than `copies` envelopes lie in a window.
fn within(times: &[Instant], copies: usize, window: Duration, what: &str) {
    for (index, pair) in times.windows(copies + 1).enumerate() {
        let took = pair[copies] - pair[0];
        assert!(took + TOLERANCE >= window, "{what}: {copies} + 1 in {took:?}, from {index} on");
    }
}

fn times(record: &Record) -> Vec<Instant> {
    let mut times: Vec<Instant> = record.envelopes.iter().map(|envelope| envelope.at).collect();
    times.sort();
    times
}

/// Readers of eight domains in turn.
fn of_eight_domains(count: usize) -> Setup {
    let mut setup = Setup::readers(count);
    let domain = |index: usize| format!("d{}.example", index % 8);
    setup.readers = (0..count).map(|index| format!("r{index:05}@{}", domain(index))).collect();
    setup
}

#[test]
fn a_rate_is_kept_and_used() {
    let count = if full() { 3_000 } else { 400 };
    for pipelining in [false, true] {
        used(|| {
            let setup = Setup::readers(count).delivery("rate = [\"50/s\"]");
            let mailing = Mailing::with(Script::new(pipelining), setup);
            let ran = mailing.send();
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            mailing.compare().0
        });
    }
}

/// Fails unless a send at 50/s keeps to that each time, and one of a few uses it up: a machine
/// that is busy with other things only ever lowers the share.
fn used(send: impl Fn() -> Record) {
    let mut shares: Vec<f64> = Vec::new();
    while shares.len() < TRIES_MAX && shares.last().is_none_or(|share| *share < SHARE_MIN) {
        shares.push(share(&times(&send())));
    }
    println!("used of the rate: {shares:?}");
    assert!(shares.iter().any(|share| *share >= SHARE_MIN), "{shares:?}");
}

/// Says how much of 50/s was used; fails where it was exceeded.
fn share(times: &[Instant]) -> f64 {
    within(times, 50, Duration::from_secs(1), "50/s");
    let took = (times[times.len() - 1] - times[0]).as_secs_f64();
    (times.len() - 1) as f64 / (50.0 * took)
}

#[test]
fn a_rate_and_the_domains_rates_are_kept_and_used() {
    let count = if full() { 3_000 } else { 400 };
    for pipelining in [false, true] {
        used(|| {
            let setup = of_eight_domains(count)
                .delivery("rate = [\"50/s\"]\nper_domain = { \"*\" = \"10/s\" }");
            let mailing = Mailing::with(Script::new(pipelining), setup);
            let ran = mailing.send();
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let record = mailing.compare().0;
            domains_within(&record);
            record
        });
    }
}

/// Fails where a domain of the eight got more than 10/s.
fn domains_within(record: &Record) {
    let mut domains: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    for envelope in &record.envelopes {
        let domain = envelope.recipient.split('@').nth(1).unwrap();
        domains.entry(domain).or_default().push(envelope.at);
    }
    assert_eq!(domains.len(), 8);
    for (domain, times) in &mut domains {
        times.sort();
        within(times, 10, Duration::from_secs(1), domain);
    }
}

#[test]
fn a_rate_holds_over_restarts_and_kills() {
    let setup = Setup::readers(200).delivery("rate = [\"20/s\"]");
    let mailing = Mailing::with(Script::new(true), setup);
    for round in 1..=6 {
        let mut child = mailing.start();
        until("some copies are sent", || mailing.sink.accepted() >= round * 22);
        stopped(&mut child, round % 2 == 0);
    }
    let (record, status) = mailing.compare();
    assert!(status.accepted >= 6 * 22 - 3 * 4, "{}", status.accepted);
    within(&times(&record), 20, Duration::from_secs(1), "20/s");
}

/// Ends a send by a kill, or by a signal that lets it settle.
fn stopped(child: &mut Child, by_kill: bool) {
    signal(child, if by_kill { "KILL" } else { "TERM" });
    end_of(child);
}

#[test]
fn forty_an_hour_are_forty_over_restarts_and_kills() {
    for pipelining in [false, true] {
        let script = Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Dot => Act::Stall(Duration::from_millis(30)),
            _ => Act::Go,
        });
        let setup = Setup::readers(60).delivery("rate = [\"40/h\"]");
        let mailing = Mailing::with(script, setup);
        for round in 1..=3 {
            let mut child = mailing.start();
            until("some copies are sent", || mailing.sink.accepted() >= round * 9);
            stopped(&mut child, round % 2 == 1);
        }
        for by_kill in [true, false] {
            let mut child = mailing.start();
            until("the hour is used up", || mailing.sink.begun() >= 40 - 3 * 4);
            std::thread::sleep(Duration::from_millis(2_500));
            stopped(&mut child, by_kill);
        }
        let (record, status) = mailing.compare();
        assert!(record.envelopes.len() <= 40, "{} in an hour", record.envelopes.len());
        // A kill may leave a copy a connection in doubt, and an envelope that was never written
        // down, for which the next call allows.
        assert!(status.accepted >= 40 - 3 * (4 + 4), "{}", status.accepted);
    }
}
