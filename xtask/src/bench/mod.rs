//! `cargo xtask bench send`: Letterpress beside its peers, on one message and one sink.
//!
//! In each round every contender sends twice, fewer copies and more, and its figures are those
//! of the difference: start-up, compiling and log-in drop out, and what grows with the readers
//! stays counted. Rounds are interleaved, ratios are taken within a round, and every figure is
//! the median of the rounds.
//!
//! **Invariant:** contenders run one at a time, and each has ended well, or there is no table.

mod build;
mod contender;
mod flush;
mod gather;
mod goals;
mod machine;
mod measure;
mod memory;
mod mjml;
mod options;
mod peers;
mod preview;
mod report;
mod sink;
mod site;
mod workspace;

use contender::Contender;
use measure::Round;
use options::Options;
use site::Site;

/// What the benches may be asked for.
pub fn help() -> String {
    [options::HELP, build::HELP, gather::HELP, mjml::HELP, preview::HELP].concat()
}

/// What a whole bench has found.
struct Findings {
    /// Each contender with its rounds, the n-th of all in the n-th round.
    rows: Vec<(Contender, Vec<Round>)>,
    /// Before each round: a write of 4 KiB and its `fdatasync`, in milliseconds.
    flushes: Vec<f64>,
    /// Before each round: the part of all cores that others use.
    others: Vec<f64>,
    /// Before each round: one signature by RSA-2048 and one by Ed25519, in microseconds.
    signatures: Vec<(f64, f64)>,
    /// Readers and the peak memory in megabytes at so many, where that was asked for.
    memory: Vec<(usize, f64)>,
}

/// Runs the bench that `words` asks for, and prints its tables as Markdown.
pub fn run(words: &[&str]) -> Result<(), String> {
    if let ["build", rest @ ..] = words {
        return build::run(rest);
    }
    if let ["gather", rest @ ..] = words {
        return gather::run(rest);
    }
    if let ["mjml", rest @ ..] = words {
        return mjml::run(rest);
    }
    if let ["preview", rest @ ..] = words {
        return preview::run(rest);
    }
    let options = Options::parse(words)?;
    peers::ensure_packages()?;
    let site = Site::prepare(&options)?;
    let contenders = contender::chosen(&options, site.signs)?;
    let findings = rounds(&options, &site, contenders)?;
    print!("{}", report::markdown(&options, &site, &findings));
    Ok(())
}

fn rounds(options: &Options, site: &Site, contenders: Vec<Contender>) -> Result<Findings, String> {
    let mut findings = Findings {
        rows: contenders.into_iter().map(|contender| (contender, vec![])).collect(),
        flushes: vec![],
        others: vec![],
        signatures: vec![],
        memory: vec![],
    };
    for round in 0..options.rounds {
        findings.others.push(machine::busy()?);
        findings.flushes.push(flush::cost(&site.folder)?);
        findings.signatures.push(peers::signature_cost(&site.folder)?);
        let count = findings.rows.len();
        for turn in 0..count {
            // Each begins another round, so that none has the quiet machine every time.
            let (contender, done) = &mut findings.rows[(turn + round) % count];
            let found = contender.round(site, options)?;
            eprintln!(
                "xtask: round {} of {}: {}, {:.0} copies/s, {:.0} µs",
                round + 1,
                options.rounds,
                contender.name,
                found.rate,
                found.cpu
            );
            done.push(found);
        }
    }
    if options.memory {
        findings.memory = memory::peaks(site, options)?;
    }
    Ok(findings)
}
