//! The send loop as it is shipped, under a clock that stands still, against a relay and a journal
//! that are played: thousands of games, each from a seed, with every fault in every phase, and
//! processes that die at any moment.
//!
//! A failure names its seed: `LETTERPRESS_SIM_SEED=N cargo test --test sim one_seed`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic, clippy::expect_used)]
#![allow(missing_docs, unreachable_pub)]

mod bugs;
mod check;
mod game;
mod journal;
mod network;
mod relay;
mod rng;

use std::collections::BTreeMap;

use bugs::Bug;
use relay::{Phase, faults};

/// How many games a run plays; all of them with `LETTERPRESS_TEST_FULL`.
fn games() -> u64 {
    if is_full() { 10_000 } else { 1_000 }
}

/// How often each fault must have come at least.
fn faults_min() -> u64 {
    if is_full() { 100 } else { 20 }
}

fn is_full() -> bool {
    std::env::var_os("LETTERPRESS_TEST_FULL").is_some()
}

#[test]
fn no_promise_is_broken_whatever_the_relay_does_and_whenever_the_process_dies() {
    let mut seen = BTreeMap::new();
    let (mut crashes, mut in_doubt, mut accepted, mut processes) = (0, 0, 0, 0);
    for seed in 0..games() {
        let outcome = game::play(seed, None);
        assert!(outcome.faults.is_empty(), "seed {seed}: {:#?}", outcome.faults);
        for (fault, count) in outcome.record.faults {
            *seen.entry(fault).or_insert(0) += count;
        }
        crashes += outcome.crashes;
        in_doubt += outcome.in_doubt;
        accepted += outcome.accepted;
        processes += outcome.processes;
    }
    println!("{processes} processes, {crashes} crashes, {accepted} accepted, {in_doubt} in doubt");
    for phase in [
        Phase::Connect,
        Phase::Greeting,
        Phase::Ehlo,
        Phase::Mail,
        Phase::Rcpt,
        Phase::Data,
        Phase::Body,
        Phase::Dot,
    ] {
        for fault in faults(phase) {
            let count = seen.get(&(phase, *fault)).copied().unwrap_or(0);
            println!("{phase:?} {fault:?}: {count}");
            assert!(count >= faults_min(), "{fault:?} at {phase:?} came {count} times only");
        }
    }
    assert!(crashes > 100 && in_doubt > 100 && accepted > 1_000);
}

#[test]
fn every_planted_bug_is_found() {
    for bug in Bug::ALL {
        let found = (0..3_000).find_map(|seed| {
            let outcome = game::play(seed, Some(bug));
            outcome.faults.first().map(|fault| (seed, fault.clone()))
        });
        let (seed, fault) = found.unwrap_or_else(|| panic!("{bug:?} was not found"));
        println!("{bug:?}: seed {seed}: {fault}");
    }
}

#[test]
fn one_seed() {
    let seed = std::env::var("LETTERPRESS_SIM_SEED").ok().and_then(|seed| seed.parse().ok());
    let outcome = game::play(seed.unwrap_or(1), None);
    println!("{outcome:#?}");
    assert!(outcome.faults.is_empty());
}
