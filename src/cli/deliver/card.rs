//! What a send is about, shown before anybody is asked.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use super::Order;
use crate::audience::Row;
use crate::cli::edition::{self, Edition, verdict};
use crate::cli::ui::{Ui, counted, grouped, kilobytes};
use crate::cli::workspace::Workspace;
use crate::config::Rate;
use crate::diag::Faults;
use crate::ledger::Listed;

/// The key of the rate that holds for each domain that is not named.
const EVERY_OTHER: &str = "*";

/// What is shown of a send that is about to begin.
pub(super) struct Card<'a> {
    pub(super) edition: &'a Edition,
    pub(super) digest: &'a str,
    /// The issue that was sent last.
    pub(super) last: Option<Listed>,
}

impl Card<'_> {
    /// Shows the subject, the sender, who gets it, what it holds, the relay, and how long it takes.
    pub(super) fn show(
        &self,
        workspace: &Workspace<'_>,
        order: &Order,
        ui: &Ui,
    ) -> Result<(), Faults> {
        let (edition, digest) = (self.edition, self.digest);
        let config = &workspace.config;
        let key = |name: &str, value: &str| {
            ui.tell(&format!("  {}{value}", ui.bold(&format!("{name:<11}"))))
        };
        let remark = |text: &str| ui.tell(&format!("             {}", ui.dim(text)));
        ui.tell("");
        let subject = edition.issue.subject.as_ref().map_or("", |subject| subject.text.as_str());
        key("subject", subject);
        key("from", &config.sender.from.to_string());
        let readers = edition.audience.readers as u64;
        let lists = edition.audience.schema.lists.join(", ");
        key("readers", &format!("{} of list {lists}", grouped(readers)));
        if let Some(text) = left_out(edition) {
            remark(&text);
        }
        if let Some(last) = &self.last {
            remark(&compared(readers, last.planned, last.name.as_str()));
        }
        let stories = edition::stories(&edition.issue);
        let size = kilobytes(edition.sizes.html_bytes);
        key("content", &format!("{stories}, {size}, {}", verdict(&edition.findings)));
        remark(&digest[..digest.len().min("sha256:".len() + 8)]);
        if let Some(relay) = &config.relay {
            let mut parts = vec![relay.name.clone(), format!("{}:{}", relay.host, relay.port)];
            parts.extend(rates(workspace, order).iter().map(ToString::to_string));
            parts.extend(domain_rates(&config.delivery.per_domain));
            key("relay", &parts.join(", "));
        }
        let domains = domains(edition, workspace)?;
        let per_domain = &config.delivery.per_domain;
        if let Some(takes) = takes(readers, &rates(workspace, order), &domains, per_domain) {
            let until = workspace.now().saturating_add(takes);
            key("takes", &format!("about {}, until {}", span(takes), until.strftime("%H:%M")));
        }
        Ok(())
    }
}

/// `240 more than 2023-W11`.
fn compared(readers: u64, before: u64, last: &str) -> String {
    match readers.cmp(&before) {
        Ordering::Greater => format!("{} more than {last}", grouped(readers - before)),
        Ordering::Less => format!("{} fewer than {last}", grouped(before - readers)),
        Ordering::Equal => format!("as many as {last}"),
    }
}

/// How many readers each domain has.
fn domains(edition: &Edition, workspace: &Workspace<'_>) -> Result<BTreeMap<String, u64>, Faults> {
    let mut domains = BTreeMap::new();
    if workspace.config.delivery.per_domain.is_empty() {
        return Ok(domains);
    }
    for row in edition.audience.rows(workspace.files()) {
        if let Row::Reader(reader) = row? {
            *domains.entry(reader.address.domain().to_ascii_lowercase()).or_insert(0) += 1;
        }
    }
    Ok(domains)
}

/// `gmail.com 10/s`, `each other domain 20/s`.
fn domain_rates(per_domain: &BTreeMap<String, Vec<Rate>>) -> Vec<String> {
    let named = per_domain.iter().filter(|(domain, _)| *domain != EVERY_OTHER);
    let others = per_domain.get_key_value(EVERY_OTHER);
    named
        .chain(others)
        .map(|(domain, rates)| {
            let rates: Vec<String> = rates.iter().map(ToString::to_string).collect();
            let domain = if domain == EVERY_OTHER { "each other domain" } else { domain };
            format!("{domain} {}", rates.join(" and "))
        })
        .collect()
}

fn left_out(edition: &Edition) -> Option<String> {
    let reasons = [
        ("suppressed", "suppressed", "suppressed"),
        ("duplicate", "duplicate", "duplicates"),
        ("malformed", "malformed row", "malformed rows"),
        ("only_to", "not in `only_to`", "not in `only_to`"),
    ];
    let parts: Vec<String> = reasons
        .into_iter()
        .map(|(reason, one, many)| (edition.audience.excluded_for(reason), one, many))
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| counted(count, one, many))
        .collect();
    (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
}

fn rates(workspace: &Workspace<'_>, order: &Order) -> Vec<Rate> {
    let config = &workspace.config;
    let relay = config.relay.iter().flat_map(|relay| relay.rates.iter());
    config.delivery.rates.iter().chain(relay).chain(&order.rate).copied().collect()
}

/// How long the limits alone make it take.
fn takes(
    readers: u64,
    rates: &[Rate],
    domains: &BTreeMap<String, u64>,
    per_domain: &BTreeMap<String, Vec<Rate>>,
) -> Option<Duration> {
    let seconds = |copies: u64, rates: &[Rate]| {
        let one = |rate: &Rate| copies as f64 * rate.per.as_secs_f64() / f64::from(rate.copies);
        rates.iter().map(one).fold(0.0, f64::max)
    };
    let of_domain = |(domain, copies): (&String, &u64)| {
        let rates = per_domain.get(domain).or_else(|| per_domain.get(EVERY_OTHER));
        rates.map_or(0.0, |rates| seconds(*copies, rates))
    };
    let longest = domains.iter().map(of_domain).fold(seconds(readers, rates), f64::max);
    (longest >= 1.0).then(|| Duration::from_secs_f64(longest))
}

/// A length of time in words.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3_600, seconds % 3_600 / 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) if minutes < 15 => format!("{minutes} min {seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(text: &str) -> Vec<Rate> {
        vec![Rate::parse(text).unwrap()]
    }

    #[test]
    fn the_slowest_limit_says_how_long_it_takes() {
        let domains = [("gmail.com".to_owned(), 600), ("small.example".to_owned(), 10)].into();
        let per_domain = |gmail, others| {
            [("gmail.com".to_owned(), rates(gmail)), ("*".to_owned(), rates(others))].into()
        };
        let takes = |per_domain| takes(1_000, &rates("50/s"), &domains, &per_domain);
        assert_eq!(takes(per_domain("100/s", "20/s")), Some(Duration::from_secs(20)));
        assert_eq!(takes(per_domain("10/s", "20/s")), Some(Duration::from_secs(60)));
        assert_eq!(takes(per_domain("10/s", "1/min")), Some(Duration::from_secs(600)));
        assert_eq!(
            domain_rates(&per_domain("10/s", "20/s")),
            ["gmail.com 10/s", "each other domain 20/s"]
        );
    }

    #[test]
    fn the_count_is_compared_with_that_of_the_last_issue() {
        assert_eq!(compared(18_240, 18_000, "2023-W11"), "240 more than 2023-W11");
        assert_eq!(compared(17_000, 18_240, "2023-W11"), "1,240 fewer than 2023-W11");
        assert_eq!(compared(5, 5, "2023-W11"), "as many as 2023-W11");
    }
}
