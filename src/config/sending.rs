//! The tables that say how and when mail goes out: `[delivery]`, `[[relay]]`, `[schedule]`.

use jiff::civil::{Time, Weekday};
use url::Url;

use super::read::{Section, not_built};
use super::sections::mailbox;
use super::values::{Rate, Share};
use super::{Delivery, Located, Relay, Schedule, Tls};
use crate::diag::Diagnostic;
use crate::words::Address;

/// More connections than this are a mistake.
const CONNECTIONS_MAX: usize = 200;

pub(super) fn delivery(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Delivery {
    section.later(&["per_domain", "retry_for"]);
    let rates = rates(&mut section);
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
    let only_to = section.texts("only_to").unwrap_or_default();
    let only_to = only_to
        .into_iter()
        .filter_map(|text| mailbox(&mut section, text))
        .map(|mailbox| mailbox.address)
        .collect::<Vec<Address>>();
    section.finish(faults);
    Delivery { rates, connections, max_failed: max_failed.unwrap_or(Share(0.02)), only_to }
}

fn rates(section: &mut Section<'_>) -> Vec<Rate> {
    let texts = section.text_or_texts("rate");
    section.item("rate");
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

pub(super) fn relay(root: &mut Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Relay> {
    let mut relays = root.sections("relay").into_iter();
    let first = relays.next().and_then(|section| one_relay(section, faults));
    if let Some(second) = relays.next() {
        faults.push(not_built("a second [[relay]]", second.place()));
    }
    first
}

fn one_relay(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Relay> {
    section.later(&["auth", "token", "ca", "timeouts"]);
    let name = section.text("name").map_or_else(|| "main".to_owned(), |name| name.value);
    let url = section.needed("url");
    let password = section.item("password").is_some().then(|| section.any_section("password"));
    let password_env = password.and_then(|mut password| {
        password.later(&["file", "command"]);
        let env = password.text("env");
        password.finish(faults);
        env
    });
    let rates = rates(&mut section);
    let relay = url.and_then(|url| {
        let (tls, host, port, user) = relay_url(&mut section, &url)?;
        Some(Relay { name, host, port, tls, user, password_env, rates, span: url.span })
    });
    section.finish(faults);
    relay
}

fn relay_url(
    section: &mut Section<'_>,
    text: &Located<String>,
) -> Option<(Tls, String, u16, Option<String>)> {
    let wrong = |section: &mut Section<'_>, label: &str| {
        section.fault(
            Diagnostic::error(format!("`{}` is no address of a relay", text.value))
                .at(text.span.clone(), label)
                .hint("as in `smtps://user@smtp.example.org:465`, or `smtp://…:587` for STARTTLS"),
        );
        None
    };
    let Ok(url) = Url::parse(&text.value) else { return wrong(section, "") };
    let (tls, port) = match url.scheme() {
        "smtps" => (Tls::Implicit, 465),
        "smtp" => (Tls::StartTls, 587),
        "smtp+plaintext" => (Tls::None, 25),
        scheme @ ("lmtp" | "lmtp+unix" | "sendmail" | "folder") => {
            section.fault(not_built(&format!("{scheme}://"), text.span.clone()));
            return None;
        }
        _ => return wrong(section, "schemes: smtps, smtp, smtp+plaintext"),
    };
    if url.password().is_some() {
        section.fault(
            Diagnostic::error("a password stands in the relay's URL")
                .at(text.span.clone(), "")
                .hint("take it out, and write `password = { env = \"NAME\" }`"),
        );
        return None;
    }
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if host.is_empty() || !matches!(url.path(), "" | "/") {
        return wrong(section, "");
    }
    let user = percent_decoded(url.username());
    Some((tls, host, url.port().unwrap_or(port), (!user.is_empty()).then_some(user)))
}

fn percent_decoded(text: &str) -> String {
    let query = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

pub(super) fn schedule(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Schedule> {
    section.later(&["latest", "skip", "week_starts", "too_late"]);
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
    let schedule = every.and_then(|every| match weekday_and_time(&every.value) {
        Some((weekday, time)) => Some(Schedule { weekday, time }),
        None => {
            section.fault(
                Diagnostic::error(format!("`{}` is no time that this version knows", every.value))
                    .at(every.span, "a day of the week and a time: \"Monday 07:30\""),
            );
            None
        }
    });
    section.finish(faults);
    schedule
}

fn weekday_and_time(text: &str) -> Option<(Weekday, Time)> {
    let (day, time) = text.trim().split_once(' ')?;
    let weekday = match day.to_ascii_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    };
    let (hour, minute) = time.trim().split_once(':')?;
    let two = |text: &str| (text.len() == 2).then(|| text.parse().ok()).flatten();
    Time::new(two(hour)?, two(minute)?, 0, 0).ok().map(|time| (weekday, time))
}
