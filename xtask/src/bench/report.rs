//! The tables, as Markdown.

use std::fmt::Write as _;

use super::contender::{Contender, Kind, Place};
use super::measure::{Round, median};
use super::options::Options;
use super::site::Site;
use super::{Findings, goals, machine};

/// The tables with what they were measured on and with.
pub fn markdown(options: &Options, site: &Site, findings: &Findings) -> String {
    let mut page = head(options, site, findings);
    page += "| client | copies/s | to smtp-source | client CPU a copy, µs | peak memory, MB |\n\
             | --- | ---: | ---: | ---: | ---: |\n";
    let source = source(findings);
    for (contender, rounds) in &findings.rows {
        let _ = writeln!(page, "{}", row(contender, rounds, source));
    }
    page.push('\n');
    page += &goals::markdown(options, findings);
    page
}

/// The rounds of smtp-source.
fn source(findings: &Findings) -> &[Round] {
    let source = findings.rows.iter().find(|(contender, _)| contender.kind == Kind::Source);
    source.map_or(&[], |(_, rounds)| rounds.as_slice())
}

/// The median of what `of` makes of two contenders' figures in the same round.
pub fn ratio(ours: &[Round], theirs: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| of(ours) / of(theirs)))
}

fn head(options: &Options, site: &Site, findings: &Findings) -> String {
    let sizes = &site.sizes;
    let rsa = median(findings.signatures.iter().map(|(rsa, _)| *rsa));
    let ed25519 = median(findings.signatures.iter().map(|(_, ed25519)| *ed25519));
    format!(
        "- Command: `{}` ({} connections; {} copies a round, rounds: {}).\n\
         - Machine: {}; before each round others used {:.0} % of it.\n\
         - Versions: {}.\n\
         - Copy: {:.1} kB on the wire, of {:.1} kB of HTML and {:.1} kB of text.\n\
         - In the same run: a flush (4 KiB and `fdatasync`) {:.2} ms; a signature by aws-lc-rs \
         {rsa:.0} µs (RSA-2048), {ed25519:.0} µs (Ed25519).\n\n",
        options.command,
        options.connections,
        options.copies,
        options.rounds,
        machine::machine(),
        median(findings.others.iter().copied()) * 100.0,
        machine::versions(site),
        sizes.wire as f64 / 1e3,
        sizes.html as f64 / 1e3,
        sizes.text as f64 / 1e3,
        median(findings.flushes.iter().copied()),
    )
}

fn row(contender: &Contender, rounds: &[Round], source: &[Round]) -> String {
    let speed = format!(
        "| {} | {:.0} | {:.2} |",
        contender.title,
        median(rounds.iter().map(|round| round.rate)),
        ratio(rounds, source, |round| round.rate),
    );
    if matches!(contender.kind, Kind::Ours(_, Place::Slow)) {
        // What strace needs cannot be told apart.
        return format!("{speed} | |");
    }
    format!(
        "{speed} {:.0} | {:.0} |",
        median(rounds.iter().map(|round| round.cpu)),
        median(rounds.iter().map(|round| round.peak)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        let round = |rate: f64| Round { rate, cpu: 1.0, peak: 1.0, flushes: None };
        let ours = [round(100.0), round(50.0), round(400.0)];
        let theirs = [round(50.0), round(25.0), round(100.0)];
        assert!((ratio(&ours, &theirs, |round| round.rate) - 2.0).abs() < 1e-9);
    }
}
