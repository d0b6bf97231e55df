//! The tables of the bench.

use std::collections::BTreeMap;

use super::{Outcome, Page};

/// How many of the worst pages are shown.
const WORST: usize = 12;
/// How many kinds of differences are shown.
const KINDS: usize = 25;

/// What was found, as Markdown; `speed` is ours and npm's in microseconds.
pub fn markdown(pages: &[Page], speed: [u64; 2], same_table: bool) -> String {
    let mut out = String::from(
        "\n| pages of | made by both | nodes | equal | worst page | under 90 % |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let mut origins: Vec<&str> = pages.iter().map(origin).collect();
    origins.dedup();
    for origin in origins.iter().copied().chain([""]) {
        let of: Vec<&Page> = pages.iter().filter(|page| page.name.starts_with(origin)).collect();
        out.push_str(&row(if origin.is_empty() { "all" } else { origin }, &of));
    }
    let made = |page: &&Page| matches!(&page.result, Outcome::Made(compared) if compared.equal < compared.nodes);
    let mut worst: Vec<&Page> = pages.iter().filter(made).collect();
    worst.sort_by(|a, b| share(a).total_cmp(&share(b)));
    out.push_str("\nWorst pages:\n\n");
    for page in worst.iter().take(WORST) {
        out.push_str(&format!("- {:.2} % {}\n", share(page), page.name));
    }
    out.push_str(&refusals(pages));
    out.push_str(&format!("\nWhat differs most often ({} pages differ):\n\n", worst.len()));
    for (line, count) in kinds(pages).into_iter().take(KINDS) {
        out.push_str(&format!("- {count} × `{line}`\n"));
    }
    let same = if same_table { "equals" } else { "**differs from**" };
    out.push_str(&format!("\nThe table of attributes {same} npm's.\n"));
    let [ours, theirs] = speed;
    out.push_str(&format!(
        "\nA page of 20 stories, file to HTML: ours {:.2} ms, npm's {:.2} ms, {:.0} times as long.\n",
        ours as f64 / 1e3,
        theirs as f64 / 1e3,
        theirs as f64 / ours.max(1) as f64
    ));
    out
}

fn origin(page: &Page) -> &str {
    page.name.split_inclusive('/').next().unwrap_or_default()
}

fn share(page: &Page) -> f64 {
    match &page.result {
        Outcome::Made(compared) => compared.share(),
        _ => 0.0,
    }
}

/// A page that we refuse without npm's warning has no equal node.
fn row(title: &str, pages: &[&Page]) -> String {
    let (mut made, mut nodes, mut equal, mut low, mut worst) = (0, 0, 0, 0, 100.0_f64);
    for page in pages {
        match &page.result {
            Outcome::Made(compared) => {
                made += 1;
                nodes += compared.nodes;
                equal += compared.equal;
                worst = worst.min(compared.share());
                low += usize::from(compared.share() < 90.0);
            }
            Outcome::Refused(_, None, theirs) => {
                nodes += theirs;
                worst = 0.0;
                low += 1;
            }
            _ => {}
        }
    }
    let share = 100.0 * equal as f64 / nodes.max(1) as f64;
    format!(
        "| {title} | {made} of {} | {nodes} | {share:.2} % | {worst:.2} % | {low} |\n",
        pages.len()
    )
}

fn refusals(pages: &[Page]) -> String {
    let mut out = String::from("\nRefused:\n\n");
    for page in pages {
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        match &page.result {
            Outcome::Refused(why, Some(warning), _) => out.push_str(&format!(
                "- {}: by us, {}; npm warns: {}\n",
                page.name,
                first(why),
                first(warning)
            )),
            Outcome::Refused(why, None, _) => {
                out.push_str(&format!("- {}: **by us alone**, {}\n", page.name, first(why)));
            }
            Outcome::TheirsRefused(_, true) => out.push_str(&format!("- {}: by both\n", page.name)),
            Outcome::TheirsRefused(why, false) => {
                out.push_str(&format!("- {}: by npm alone, {}\n", page.name, first(why)));
            }
            Outcome::Made(_) => {}
        }
    }
    out
}

fn kinds(pages: &[Page]) -> Vec<(&str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for page in pages {
        if let Outcome::Made(compared) = &page.result {
            for line in &compared.differences {
                *counts.entry(line).or_default() += 1;
            }
        }
    }
    let mut kinds: Vec<_> = counts.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    kinds
}

/// Every difference of every page.
pub fn differences(pages: &[Page]) -> String {
    let mut out = String::new();
    for page in pages {
        if let Outcome::Made(compared) = &page.result
            && !compared.differences.is_empty()
        {
            out.push_str(&format!("== {} {:.2} %\n", page.name, compared.share()));
            for line in &compared.differences {
                out.push_str(&format!("{line}\n"));
            }
        }
    }
    out
}
