//! Rates, by the sink's own clock: no window holds more than its limit, and little of it is wasted.

use std::collections::BTreeMap;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
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

/// Fails where more than `copies` envelopes lie in a second, by clock readings that lag behind by
/// no more than the tolerance and what this machine itself held up.
fn within(times: &[Instant], copies: usize, held_up: Duration, what: &str) {
    for (index, pair) in times.windows(copies + 1).enumerate() {
        let took = pair[copies] - pair[0];
        let is_kept = took + TOLERANCE + held_up >= Duration::from_secs(1);
        assert!(is_kept, "{what}: {copies} + 1 in {took:?}, from {index} on ({held_up:?} held up)");
    }
}

/// Sees for how long the machine holds up threads that want to run.
struct Pulse {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Duration>>,
}

impl Pulse {
    fn start() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let beat = |is_over: Arc<AtomicBool>| {
            let mut longest = Duration::ZERO;
            while !is_over.load(Ordering::Relaxed) {
                let before = Instant::now();
                std::thread::sleep(Duration::from_millis(1));
                longest = longest.max(before.elapsed() - Duration::from_millis(1));
            }
            longest
        };
        let threads =
            [(); 2].map(|()| is_over.clone()).map(|is| std::thread::spawn(move || beat(is)));
        Self { is_over, threads: threads.into() }
    }

    /// The longest that one of the threads was held up.
    fn end(self) -> Duration {
        self.is_over.store(true, Ordering::Relaxed);
        self.threads.into_iter().map(|thread| thread.join().unwrap()).max().unwrap_or_default()
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
        used(
            || {
                let setup = Setup::readers(count).delivery("rate = [\"50/s\"]");
                let mailing = Mailing::with(Script::new(pipelining), setup);
                let ran = mailing.send();
                assert_eq!(ran.code, 0, "{}", ran.stderr);
                mailing.compare().0
            },
            |_, _| {},
        );
    }
}

/// Fails unless a send at 50/s keeps to that each time, and one of a few uses it up: a machine
/// that is busy with other things only ever lowers the share.
fn used(send: impl Fn() -> Record, also: impl Fn(&Record, Duration)) {
    let mut shares: Vec<f64> = Vec::new();
    while shares.len() < TRIES_MAX && shares.last().is_none_or(|share| *share < SHARE_MIN) {
        let pulse = Pulse::start();
        let record = send();
        let held_up = pulse.end();
        also(&record, held_up);
        shares.push(share(&times(&record), held_up));
    }
    println!("used of the rate: {shares:?}");
    assert!(shares.iter().any(|share| *share >= SHARE_MIN), "{shares:?}");
}

/// Says how much of 50/s was used; fails where it was exceeded.
fn share(times: &[Instant], held_up: Duration) -> f64 {
    within(times, 50, held_up, "50/s");
    let took = (times[times.len() - 1] - times[0]).as_secs_f64();
    (times.len() - 1) as f64 / (50.0 * took)
}

#[test]
fn a_rate_and_the_domains_rates_are_kept_and_used() {
    let count = if full() { 3_000 } else { 400 };
    for pipelining in [false, true] {
        used(
            || {
                let setup = of_eight_domains(count)
                    .delivery("rate = [\"50/s\"]\nper_domain = { \"*\" = \"10/s\" }");
                let mailing = Mailing::with(Script::new(pipelining), setup);
                let ran = mailing.send();
                assert_eq!(ran.code, 0, "{}", ran.stderr);
                mailing.compare().0
            },
            domains_within,
        );
    }
}

/// Fails where a domain of the eight got more than 10/s.
fn domains_within(record: &Record, held_up: Duration) {
    let mut domains: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    for envelope in &record.envelopes {
        let domain = envelope.recipient.split('@').nth(1).unwrap();
        domains.entry(domain).or_default().push(envelope.at);
    }
    assert_eq!(domains.len(), 8);
    for (domain, times) in &mut domains {
        times.sort();
        within(times, 10, held_up, domain);
    }
}

#[test]
fn a_rate_holds_over_restarts_and_kills() {
    let setup = Setup::readers(200).delivery("rate = [\"20/s\"]");
    let mailing = Mailing::with(Script::new(true), setup);
    let pulse = Pulse::start();
    for round in 1..=6 {
        let mut child = mailing.start();
        until("some copies are sent", || mailing.sink.accepted() >= round * 22);
        stopped(&mut child, round % 2 == 0);
    }
    let (record, status) = mailing.compare();
    assert!(status.accepted >= 6 * 22 - 3 * 4, "{}", status.accepted);
    within(&times(&record), 20, pulse.end(), "20/s");
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
