//! What a send is about, shown before anybody is asked.

use std::time::Duration;

use super::Order;
use crate::cli::edition::{Edition, verdict};
use crate::cli::ui::{Ui, counted, grouped, kilobytes};
use crate::cli::workspace::Workspace;
use crate::config::Rate;

/// Shows the subject, the sender, who gets it, what it holds, the relay, and how long it takes.
pub(super) fn show(
    edition: &Edition,
    digest: &str,
    workspace: &Workspace<'_>,
    order: &Order,
    ui: &Ui,
) {
    let config = &workspace.config;
    let key =
        |name: &str, value: &str| ui.tell(&format!("  {}{value}", ui.bold(&format!("{name:<11}"))));
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
    let stories = counted(edition.issue.stories().count(), "story", "stories");
    let size = kilobytes(edition.sizes.html_bytes);
    key("content", &format!("{stories}, {size}, {}", verdict(&edition.findings)));
    remark(&digest[..digest.len().min("sha256:".len() + 8)]);
    if let Some(relay) = &config.relay {
        let mut parts = vec![relay.name.clone(), format!("{}:{}", relay.host, relay.port)];
        parts.extend(rates(workspace, order).iter().map(ToString::to_string));
        key("relay", &parts.join(", "));
    }
    if let Some(takes) = takes(readers, &rates(workspace, order)) {
        let until = workspace.now().saturating_add(takes);
        key("takes", &format!("about {}, until {}", span(takes), until.strftime("%H:%M")));
    }
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
fn takes(readers: u64, rates: &[Rate]) -> Option<Duration> {
    let seconds = |rate: &Rate| readers as f64 * rate.per.as_secs_f64() / f64::from(rate.copies);
    let longest = rates.iter().map(seconds).fold(0.0, f64::max);
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
