//! The tables that say how fast and when mail goes out: `[delivery]`, `[schedule]`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::{Date, Weekday};

use super::read::{Section, not_built};
use super::schedule::weekday;
use super::sections::mailbox;
use super::values::{self, Rate, Share};
use super::{Delivery, Every, Schedule};
use crate::diag::Diagnostic;
use crate::words::Address;

/// More connections than this are a mistake.
const CONNECTIONS_MAX: usize = 200;
/// How long a copy is tried if nothing else is said.
const RETRY_FOR_DEFAULT: Duration = Duration::from_secs(24 * 3_600);
/// The domain that stands for each that is not named.
const EVERY_OTHER: &str = "*";

pub(super) fn delivery(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Delivery {
    let rates = rates(&mut section, "rate");
    let per_domain = per_domain(section.section("per_domain"), faults);
    let retry_for = duration(&mut section, "retry_for").unwrap_or(RETRY_FOR_DEFAULT);
    let connections = section.number("connections").map_or(4, |number| {
        if !(1..=CONNECTIONS_MAX).contains(&number.value) {
            let what = format!("`delivery.connections` must lie from 1 to {CONNECTIONS_MAX}");
            section.fault(Diagnostic::error(what).at(number.span, ""));
        }
        number.value
    });
    let max_failed = section.text("max_failed").and_then(|text| {
        let share = Share::parse(&text.value);
        if share.is_none() {
            section.fault(
                Diagnostic::error(format!("`{}` is no share", text.value))
                    .at(text.span, "a share is written \"2 %\""),
            );
        }
        share
    });
    let only_to = addresses(&mut section, "only_to");
    section.finish(faults);
    let max_failed = max_failed.unwrap_or(Share(0.02));
    Delivery { rates, per_domain, retry_for, connections, max_failed, only_to }
}

pub(super) fn staff(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Address> {
    let staff = addresses(&mut section, "to");
    section.finish(faults);
    staff
}

fn addresses(section: &mut Section<'_>, key: &'static str) -> Vec<Address> {
    let texts = section.texts(key).unwrap_or_default();
    let mailboxes = texts.into_iter().filter_map(|text| mailbox(section, text));
    mailboxes.map(|mailbox| mailbox.address).collect()
}

/// One rate, or a list of them.
pub(super) fn rates(section: &mut Section<'_>, key: &str) -> Vec<Rate> {
    let texts = section.text_or_texts(key);
    section.item(key);
    let mut rates = Vec::new();
    for text in texts.unwrap_or_default() {
        match Rate::parse(&text.value) {
            Some(rate) => rates.push(rate),
            None => section.fault(
                Diagnostic::error(format!("`{}` is no rate", text.value))
                    .at(text.span, "rates: \"50/s\", \"600/min\", \"20000/h\", \"100000/day\""),
            ),
        }
    }
    rates
}

fn per_domain(
    mut section: Section<'_>,
    faults: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Vec<Rate>> {
    let mut domains = BTreeMap::new();
    for key in section.keys() {
        let rates = rates(&mut section, &key);
        let what = match domain(&key) {
            None => format!("`{key}` is no domain"),
            Some(name) if domains.contains_key(&name) => {
                format!("the domain `{name}` has rates twice")
            }
            Some(name) => {
                domains.insert(name, rates);
                continue;
            }
        };
        let label = "a domain as in `gmail.com`, or `*` for each that is not named";
        section.fault(Diagnostic::error(what).at(section.key_span(&key), label));
    }
    section.finish(faults);
    domains
}

/// A domain as addresses have it, in lower case and A-labels.
fn domain(text: &str) -> Option<String> {
    if text == EVERY_OTHER {
        return Some(text.to_owned());
    }
    // No address has white space around its domain.
    let address = Address::parse(&format!("postmaster@{text}"));
    Some(address.ok().filter(|_| text.trim() == text)?.domain().to_owned())
}

pub(super) fn duration(section: &mut Section<'_>, key: &str) -> Option<Duration> {
    let text = section.text(key)?;
    let duration = values::duration(&text.value);
    if duration.is_none() {
        section.fault(
            Diagnostic::error(format!("`{}` is no length of time", text.value))
                .at(text.span, "lengths: \"90 s\", \"5 min\", \"24 h\", \"2 days\""),
        );
    }
    duration
}

/// How long an issue may be late where nothing is said.
const LATEST_DEFAULT: Duration = Duration::from_secs(6 * 3_600);

pub(super) fn schedule(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Schedule> {
    let present = section.is_present();
    let every = if present { section.needed("every") } else { None };
    if let Some(approval) = section.text("approval") {
        match approval.value.as_str() {
            "none" => {}
            "required" => section.fault(not_built("approval = \"required\"", approval.span)),
            _ => section.fault(
                Diagnostic::error("`schedule.approval` must be \"none\" or \"required\"")
                    .at(approval.span, ""),
            ),
        }
    }
    let latest = duration(&mut section, "latest").unwrap_or(LATEST_DEFAULT);
    let skip = skip(&mut section);
    let week_starts = week_starts(&mut section);
    let every = every.and_then(|every| match every.value.parse::<Every>() {
        Ok(rule) => Some(rule),
        Err(error) => {
            let what = format!("`{}` is no time for an issue", every.value);
            section.fault(
                Diagnostic::error(what)
                    .at(every.span, error.to_string())
                    .hint("times: \"Monday 07:30\", \"weekdays 06:00\", \"first Monday 07:30\", \"30 7 * * 1\""),
            );
            None
        }
    });
    section.finish(faults);
    Some(Schedule { every: every?, skip, latest, week_starts })
}

/// The days on which there is no slot: dates, with or without quotes.
fn skip(section: &mut Section<'_>) -> BTreeSet<Date> {
    let Some(item) = section.item("skip") else { return BTreeSet::new() };
    let span = section.span_of(item);
    let days = item.as_array().map(|days| {
        let day = |value: &toml_edit::Value| {
            let text = value.as_str().map(str::to_owned);
            text.or_else(|| value.as_datetime().map(ToString::to_string))?.parse().ok()
        };
        days.iter().map(day).collect::<Option<BTreeSet<Date>>>()
    });
    days.flatten().unwrap_or_else(|| {
        let fault = Diagnostic::error("`schedule.skip` is a list of days").at(span, "");
        section.fault(fault.hint("as in `skip = [2023-12-25, 2024-01-01]`"));
        BTreeSet::new()
    })
}

fn week_starts(section: &mut Section<'_>) -> Weekday {
    let Some(text) = section.text("week_starts") else { return Weekday::Monday };
    weekday(&text.value).unwrap_or_else(|error| {
        let fault = Diagnostic::error(error.to_string()).at(text.span, "");
        section.fault(fault.hint("as in `week_starts = \"Sunday\"`"));
        Weekday::Monday
    })
}
