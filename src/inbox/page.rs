//! The web page: the list on the left, one message on the right; on a phone, two pages.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::compare;
use super::list::{Group, ROWS_MAX};
use super::read::{Shown, readable};
use super::store::Entry;
use crate::pages::{self, Choice, Page, counted, in_words, kilobytes};

const SCRIPT: &str = include_str!("inbox.js");

/// What of a message is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    /// The HTML part, in a frame.
    Html,
    /// The text part.
    Text,
    /// The headers.
    Headers,
    /// The whole message as it came.
    Source,
    /// What differs from another copy.
    Compare,
}

/// How wide the frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// 375 px.
    Phone,
    /// 650 px.
    Desktop,
}

/// The message that is shown.
#[derive(Debug)]
pub(super) struct Selected {
    /// Its row.
    pub(super) entry: Arc<Entry>,
    /// Its parts.
    pub(super) shown: Shown,
    /// What of it is shown.
    pub(super) tab: Tab,
    /// Its source and how many bytes of it are left out, where that is shown.
    pub(super) source: Option<(String, usize)>,
    /// The copies that it may be compared with, where that is shown.
    pub(super) others: Vec<Arc<Entry>>,
    /// The one that it is compared with.
    pub(super) other: Option<(Arc<Entry>, Shown)>,
}

/// All that the page shows.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The list.
    pub(super) groups: Vec<Group>,
    /// How many messages there are in all.
    pub(super) total: usize,
    /// What the list is filtered by.
    pub(super) filter: String,
    /// The message.
    pub(super) selected: Option<Selected>,
    /// Whether the list was asked for, and not a message.
    pub(super) at_list: bool,
    /// The frame's width.
    pub(super) width: Width,
    /// Where mail is taken.
    pub(super) smtp: SocketAddr,
    /// The secret of our forms.
    pub(super) form: &'a str,
    /// The present.
    pub(super) now: Timestamp,
    /// The zone of times.
    pub(super) time_zone: &'a TimeZone,
}

/// Sets the page.
pub(super) fn set(view: &View<'_>) -> Page {
    let title = view.selected.as_ref().filter(|_| !view.at_list);
    let title = title.and_then(|selected| selected.shown.subject.as_deref());
    let title = title.map_or("Test inbox".into(), |subject| format!("{subject} · Test inbox"));
    let class = if view.at_list { "inbox at-list" } else { "inbox at-message" };
    let main = html! {
        main {
            section.list aria-label="Copies" { (list(view)) }
            section.message aria-label="Copy" {
                @match &view.selected {
                    Some(selected) => (message(view, selected)),
                    None => div.stage {},
                }
            }
        }
    };
    Page { title, class, root: "/".into(), header: header(view), main, script: SCRIPT }
}

fn header(view: &View<'_>) -> Markup {
    html! {
        h1 { "Test inbox" }
        p.aside.muted { "Nothing here has left this machine." }
        div.end {
            span.smtp.mono.muted { (view.smtp) }
            @if view.total > 0 {
                form.clear method="post" action="/clear" data-count=(counted(view.total, "copy")) {
                    input type="hidden" name="token" value=(view.form);
                    button type="submit" { "Clear" }
                }
            }
        }
    }
}

fn list(view: &View<'_>) -> Markup {
    let found: usize = view.groups.iter().map(|group| group.entries.len()).sum();
    html! {
        form.filter method="get" action="/" {
            input type="search" name="q" value=(view.filter) maxlength="200" autocomplete="off"
                placeholder="Filter by name, address or word" aria-label="Filter";
        }
        div #rows data-total=(view.total) {
            @for (group, shown) in in_bounds(&view.groups) { (rows(view, group, shown)) }
            @if found > ROWS_MAX {
                p.note.muted {
                    "The latest " (counted(ROWS_MAX, "copy")) " are shown; a filter finds the others."
                }
            }
            @if found == 0 { (empty(view)) }
        }
    }
}

/// Says how many rows of each group are set, so that they are [`ROWS_MAX`] at most.
fn in_bounds(groups: &[Group]) -> impl Iterator<Item = (&Group, usize)> {
    let mut room = ROWS_MAX;
    groups.iter().map_while(move |group| {
        let shown = group.entries.len().min(room);
        room -= shown;
        (shown > 0).then_some((group, shown))
    })
}

fn rows(view: &View<'_>, group: &Group, shown: usize) -> Markup {
    let heading = match (&group.issue, group.is_earlier) {
        (Some(issue), false) => format!("{issue}, rehearsal"),
        (Some(issue), true) => format!("{issue}, earlier rehearsal"),
        (None, _) => "Other mail".to_owned(),
    };
    let noun = if group.issue.is_some() { "copy" } else { "message" };
    let count = counted(group.size, noun);
    html! {
        div.group {
            h2 { (heading) }
            span.muted {
                @if group.entries.len() < group.size { (group.entries.len()) " of " }
                (count)
            }
        }
        ol { @for entry in &group.entries[..shown] { li { (row(view, entry)) } } }
    }
}

fn row(view: &View<'_>, entry: &Entry) -> Markup {
    let envelope = &entry.envelope;
    let current = view.selected.as_ref().is_some_and(|selected| selected.entry.id == entry.id);
    let to = envelope.to.first().map(|to| readable(to)).unwrap_or_default();
    html! {
        a.row href=(address(view, &entry.id, None, None)) title=[&envelope.subject]
            aria-current=[current.then_some("true")] {
            @match &envelope.name {
                Some(name) => bdi.name { (name) },
                None => bdi.name.nameless { "no name" },
            }
            time datetime=(envelope.received) { (moment(view, envelope.received)) }
            bdi.address {
                (to)
                @if envelope.to.len() > 1 { " and " (envelope.to.len() - 1) " more" }
            }
            span.size { "accepted, " (kilobytes(envelope.size)) }
        }
    }
}

fn empty(view: &View<'_>) -> Markup {
    html! {
        @if view.filter.is_empty() {
            p.note { "No copy has come yet." }
            p.note.muted {
                "Mail sent to " span.mono { (view.smtp) } " appears here; "
                code { "letterpress run --inbox" } " rehearses a whole send."
            }
        } @else {
            p.note { "No copy holds “" (view.filter) "”." }
            p.note { a href="/" { "All copies" } }
        }
    }
}

fn message(view: &View<'_>, selected: &Selected) -> Markup {
    let Selected { entry, shown, tab, .. } = selected;
    html! {
        div.head {
            p.back { a href=(address_of_list(view)) { "All " (counted(view.total, "copy")) } }
            h2 {
                @match &shown.subject {
                    Some(subject) => bdi { (subject) },
                    None => i { "no subject" },
                }
            }
            dl {
                dt { "From" } dd { (shown.from) }
                dt { "To" } dd { (shown.to) }
                @if let Some(issue) = &entry.envelope.issue {
                    dt.copyline { "Issue" } dd.copyline { (issue) ", rehearsal" }
                }
                dt.copyline { "Copy" } dd.copyline { (copy_line(view, selected)) }
            }
            div.choices {
                (pages::tabs("Part", &tabs(view, entry, *tab)))
                @if *tab == Tab::Html && shown.html.is_some() {
                    (pages::switch("Width", &widths(view, entry)))
                }
            }
        }
        div.stage { (part(view, selected)) }
    }
}

fn copy_line(view: &View<'_>, selected: &Selected) -> Markup {
    let Selected { entry, shown, .. } = selected;
    let parts = if shown.parts == 1 { "part" } else { "parts" };
    html! {
        @if let Some(copy) = &shown.copy { span.mono { (copy) } ", " }
        "accepted " time datetime=(entry.envelope.received) {
            (moment(view, entry.envelope.received))
        }
        ", " (kilobytes(entry.envelope.size)) ", " (in_words(shown.parts)) " " (parts)
        @if shown.html.is_some() { ", links are inert" }
    }
}

fn tabs<'a>(view: &View<'_>, entry: &Entry, chosen: Tab) -> Vec<Choice<'a>> {
    [
        ("HTML", "html", Tab::Html),
        ("Text", "text", Tab::Text),
        ("Headers", "headers", Tab::Headers),
        ("Source", "source", Tab::Source),
        ("Compare", "compare", Tab::Compare),
    ]
    .map(|(label, word, tab)| Choice {
        label,
        href: address(view, &entry.id, Some(word), None),
        chosen: tab == chosen,
    })
    .into()
}

fn widths<'a>(view: &View<'_>, entry: &Entry) -> Vec<Choice<'a>> {
    [("Phone", Width::Phone), ("Desktop", Width::Desktop)]
        .map(|(label, width)| Choice {
            label,
            href: address(view, &entry.id, None, Some(width)),
            chosen: width == view.width,
        })
        .into()
}

fn part(view: &View<'_>, selected: &Selected) -> Markup {
    let Selected { entry, shown, tab, source, .. } = selected;
    let segment = segment(&entry.id);
    html! {
        @match (tab, &shown.html, &shown.text) {
            (Tab::Html, Some(_), _) => {
                @let class = if view.width == Width::Phone { "phone" } else { "desktop" };
                (pages::frame(&format!("/m/{segment}/copy.html"), "The copy", class))
            }
            (Tab::Html, None, _) => p.plain { "This copy has no HTML part." },
            (Tab::Text, _, Some(text)) => pre.plain { (text) },
            (Tab::Text, _, None) => p.plain { "This copy has no text part." },
            (Tab::Compare, ..) => (comparison(view, selected)),
            (Tab::Headers, ..) => pre.plain.wide {
                @for (name, value) in &shown.headers { b { (name) ":" } " " (value) "\n" }
            },
            (Tab::Source, ..) => {
                pre.plain.wide {
                    a href={ "/m/" (segment) "/message.eml" } { "The file itself" } "\n\n"
                    @if let Some((source, left_out)) = source {
                        (source)
                        @if *left_out > 0 { "\n… " (kilobytes(*left_out)) " more" }
                    }
                }
            }
        }
    }
}

fn comparison(view: &View<'_>, selected: &Selected) -> Markup {
    let Some((other, shown)) = &selected.other else {
        return html! { p.plain { "There is no other copy to compare it with." } };
    };
    let reader = |entry: &Entry| {
        let to = entry.envelope.to.first().map(|to| readable(to)).unwrap_or_default();
        match &entry.envelope.name {
            Some(name) => format!("{name}, {to}"),
            None => to,
        }
    };
    html! {
        div.comparison {
            form method="get" action={ "/m/" (segment(&selected.entry.id)) } {
                input type="hidden" name="tab" value="compare";
                @if !view.filter.is_empty() { input type="hidden" name="q" value=(view.filter); }
                p { del { "− " bdi { (reader(&selected.entry)) } } }
                label { ins { "+" } " "
                    select name="with" aria-label="Compare with" {
                        @for one in &selected.others {
                            option value=(one.id) selected[one.id == other.id] { (reader(one)) }
                        }
                    }
                }
                noscript { button type="submit" { "Compare" } }
            }
            (compare::set(&selected.shown, shown))
        }
    }
}

/// Writes a time of today, and a day before it otherwise.
fn moment(view: &View<'_>, time: Timestamp) -> String {
    let (time, now) =
        (time.to_zoned(view.time_zone.clone()), view.now.to_zoned(view.time_zone.clone()));
    let form = if time.date() == now.date() { "%H:%M:%S" } else { "%-d %b %Y, %H:%M" };
    time.strftime(form).to_string()
}

fn address(view: &View<'_>, id: &str, tab: Option<&str>, width: Option<Width>) -> String {
    let mut query = Serializer::new(String::new());
    if !view.filter.is_empty() {
        query.append_pair("q", &view.filter);
    }
    if let Some(tab) = tab {
        query.append_pair("tab", tab);
    }
    if width.unwrap_or(view.width) == Width::Phone {
        query.append_pair("width", "phone");
    }
    with_query(format!("/m/{}", segment(id)), &query.finish())
}

fn address_of_list(view: &View<'_>) -> String {
    let mut query = Serializer::new(String::new());
    if !view.filter.is_empty() {
        query.append_pair("q", &view.filter);
    }
    with_query("/".into(), &query.finish())
}

fn with_query(path: String, query: &str) -> String {
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

fn segment(id: &str) -> String {
    byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}
