//! The figures that Letterpress holds itself to, beside what was measured.

use std::fmt::Write as _;

use super::contender::{Contender, Kind, Place};
use super::measure::{Round, median};
use super::options::Options;
use super::report::ratio;
use super::workspace::Key;
use super::{Findings, flush};

/// Of smtp-source's copies a second, signed by Ed25519.
const RATE_MIN: f64 = 1.0;
/// The client's CPU time for a copy signed by Ed25519, in microseconds.
const CPU_MAX: f64 = 100.0;
/// The same by RSA-2048, the signature apart.
const CPU_RSA_MAX: f64 = 80.0;
/// Of nodemailer's CPU time for a copy, RSA-2048 on both sides.
const NODEMAILER_MAX: f64 = 1.0 / 6.0;
/// Of lettre's.
const LETTRE_MAX: f64 = 1.0 / 3.0;
/// Of the speed with a ledger in memory.
const DURABLE_MIN: f64 = 0.85;
/// Of the bound that slow flushes set.
const SLOW_MIN: f64 = 0.8;
/// Memory at many readers, in parts of that at few.
const GROWTH_MAX: f64 = 1.2;
/// The same in megabytes.
const MEMORY_MAX: f64 = 60.0;

/// A goal and what was measured.
struct Goal {
    what: &'static str,
    wanted: String,
    found: String,
    is_met: bool,
}

/// The table of goals; those whose contenders took no part are left out.
pub fn markdown(options: &Options, findings: &Findings) -> String {
    let goals = [
        speed(findings),
        cpu(findings),
        cpu_rsa(findings),
        against(findings, Kind::Nodemailer(true), "CPU of nodemailer with DKIM", NODEMAILER_MAX),
        against(findings, Kind::Lettre(true), "CPU of lettre with DKIM", LETTRE_MAX),
        durable(findings),
        slow(options, findings),
        memory(findings),
    ];
    let goals: Vec<Goal> = goals.into_iter().flatten().collect();
    if goals.is_empty() {
        return String::new();
    }
    let mut table = "| goal | wanted | measured | |\n| --- | --- | --- | --- |\n".to_owned();
    for goal in goals {
        let verdict = met(goal.is_met);
        let _ = writeln!(table, "| {} | {} | {} | {verdict} |", goal.what, goal.wanted, goal.found);
    }
    table
}

/// How a table says whether a goal is met.
pub fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

fn rounds(findings: &Findings, is_it: impl Fn(&Contender) -> bool) -> Option<&[Round]> {
    let row = findings.rows.iter().find(|(contender, _)| is_it(contender));
    row.map(|(_, rounds)| rounds.as_slice())
}

fn ours(findings: &Findings, key: Key) -> Option<&[Round]> {
    rounds(findings, |c| c.kind == Kind::Ours(Some(key), Place::Disk))
}

/// The row that differs from the one at `place` only in its ledger's disk.
fn on_disk(findings: &Findings, place: Place) -> Option<(&[Round], &[Round])> {
    let key = findings.rows.iter().find_map(|(contender, _)| match contender.kind {
        Kind::Ours(key, its) if its == place => Some(key),
        _ => None,
    })?;
    let at = |place| rounds(findings, |c| c.kind == Kind::Ours(key, place));
    Some((at(Place::Disk)?, at(place)?))
}

fn speed(findings: &Findings) -> Option<Goal> {
    let source = rounds(findings, |contender| contender.kind == Kind::Source)?;
    let found = ratio(ours(findings, Key::Ed25519)?, source, |round| round.rate);
    Some(Goal {
        what: "copies/s of smtp-source, signed by Ed25519",
        wanted: format!("≥ {RATE_MIN:.1}"),
        found: format!("{found:.2}"),
        is_met: found >= RATE_MIN,
    })
}

fn cpu(findings: &Findings) -> Option<Goal> {
    let found = median(ours(findings, Key::Ed25519)?.iter().map(|round| round.cpu));
    Some(Goal {
        what: "client CPU a copy, Ed25519",
        wanted: format!("≤ {CPU_MAX:.0} µs"),
        found: format!("{found:.0} µs"),
        is_met: found <= CPU_MAX,
    })
}

fn cpu_rsa(findings: &Findings) -> Option<Goal> {
    let signature = median(findings.signatures.iter().map(|(rsa, _)| *rsa));
    let found = median(ours(findings, Key::Rsa)?.iter().map(|round| round.cpu));
    Some(Goal {
        what: "client CPU a copy, RSA-2048",
        wanted: format!("≤ {CPU_RSA_MAX:.0} µs and one signature ({signature:.0} µs)"),
        found: format!("{found:.0} µs"),
        is_met: found <= CPU_RSA_MAX + signature,
    })
}

fn against(findings: &Findings, peer: Kind, what: &'static str, most: f64) -> Option<Goal> {
    let peer = rounds(findings, |contender| contender.kind == peer)?;
    let found = ratio(ours(findings, Key::Rsa)?, peer, |round| round.cpu);
    Some(Goal {
        what,
        wanted: format!("≤ 1/{:.0}", 1.0 / most),
        found: format!("1/{:.1}", 1.0 / found),
        is_met: found <= most,
    })
}

fn durable(findings: &Findings) -> Option<Goal> {
    let (disk, memory) = on_disk(findings, Place::Memory)?;
    let found = ratio(disk, memory, |round| round.rate);
    Some(Goal {
        what: "durable ledger, of the speed with one in memory",
        wanted: format!("≥ {DURABLE_MIN}"),
        found: format!("{found:.2}"),
        is_met: found >= DURABLE_MIN,
    })
}

/// While a group is flushed, each connection can send one copy and no more.
fn slow(options: &Options, findings: &Findings) -> Option<Goal> {
    let rows = rounds(findings, |c| matches!(c.kind, Kind::Ours(_, Place::Slow)))?;
    let base = median(findings.flushes.iter().copied()) / 1e3;
    let flush = flush::INJECTED as f64 / 1e6 + base;
    let files = rows.iter().filter_map(|round| Some(round.flushes?.1)).max()?;
    let each = median(rows.iter().filter_map(|round| Some(round.flushes?.0)));
    let bound = options.connections as f64 / (files as f64 * flush);
    let rate = median(rows.iter().map(|round| round.rate));
    Some(Goal {
        what: "flush + 5 ms: of connections ÷ the time of a group's flushes",
        wanted: format!("≥ {SLOW_MIN} of {bound:.0}/s ({files} × {:.1} ms)", flush * 1e3),
        found: format!("{:.2}: {rate:.0}/s, {each:.2} flushes a copy", rate / bound),
        is_met: rate >= SLOW_MIN * bound,
    })
}

fn memory(findings: &Findings) -> Option<Goal> {
    let [(few, at_few), (many, at_many)] = findings.memory.as_slice() else { return None };
    let found = at_many / at_few;
    Some(Goal {
        what: "peak memory at many readers",
        wanted: format!("≤ {GROWTH_MAX} of that at {few}, under {MEMORY_MAX:.0} MB"),
        found: format!("{found:.2}: {at_few:.1} MB at {few}, {at_many:.1} MB at {many}"),
        is_met: found <= GROWTH_MAX && *at_many < MEMORY_MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::contender;

    fn findings(rate: f64, cpu: f64) -> Findings {
        let options = Options::parse(&["send"]).expect("these are options");
        let all = contender::chosen(&options, true).expect("all take part");
        let round = |is_ours| Round {
            rate: if is_ours { rate } else { 1_000.0 },
            cpu: if is_ours { cpu } else { 900.0 },
            peak: 10.0,
            flushes: is_ours.then_some((0.2, 2)),
        };
        let rows = all.into_iter().map(|c| (c, vec![round(matches!(c.kind, Kind::Ours(..)))]));
        Findings {
            rows: rows.collect(),
            flushes: vec![0.0],
            others: vec![0.0],
            signatures: vec![(200.0, 10.0)],
            memory: vec![(10_000, 20.0), (100_000, 22.0)],
        }
    }

    fn verdicts(findings: &Findings) -> Vec<bool> {
        let options = Options::parse(&["send"]).expect("these are options");
        let table = markdown(&options, findings);
        table.lines().skip(2).map(|line| line.ends_with("| met |")).collect()
    }

    #[test]
    fn each_goal_is_judged_by_its_own_figure() {
        assert_eq!(verdicts(&findings(1_000.0, 90.0)), [true; 8]);
        // 150 µs: too much for Ed25519, for RSA within 80 µs and a signature, just 1/6 of 900.
        let costly = [true, false, true, true, true, true, true, true];
        assert_eq!(verdicts(&findings(1_000.0, 150.0)), costly);
        // 790/s: less than smtp-source, and less than 0.8 of 10 connections ÷ 2 × 5 ms.
        let slow = [false, true, true, true, true, true, false, true];
        assert_eq!(verdicts(&findings(790.0, 90.0)), slow);
    }
}
