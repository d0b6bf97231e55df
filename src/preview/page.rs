//! The page: switches above, the copy in a frame between gauge and pins, and the findings beside it.

use maud::{Markup, html};

use super::look::{Look, Part, WIDTHS};
use super::panel::{clip, panel, pins};
use super::{PreviewState, ReaderChoice};
use crate::diag::{Faults, draw};
use crate::pages::{self, Page, Scheme};

/// So many faults are shown.
const FAULTS_MAX: usize = 200;
const SCRIPT: &str = include_str!("preview.js");

/// All that the page shows.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The path under which all of the preview lies.
    pub(super) root: &'a str,
    /// How the issue is looked at.
    pub(super) look: &'a Look,
    /// The issue.
    pub(super) state: &'a PreviewState,
    /// The message, where it is looked at.
    pub(super) message: Option<Result<String, Faults>>,
    /// The number of the change that it shows.
    pub(super) number: u64,
}

/// Sets the page.
pub(super) fn set(view: &View<'_>) -> Page {
    let View { root, look, state, .. } = view;
    let header = html! {
        h1 { (state.issue) " " i { bdi { (state.subject) } } }
        div.end.muted { span #saved { "What you save is shown here at once." } }
    };
    let fault = state.error.as_ref();
    let main = html! {
        div.controls { (controls(look, state)) }
        main class=[fault.map(|_| "failed")] data-number=(view.number) {
            div.stage {
                @match fault {
                    Some(faults) => (broken(faults)),
                    None => (part(view)),
                }
            }
            @if fault.is_none() {
                section.panel aria-label="Findings" { (panel(state)) }
            }
        }
    };
    let title = format!("{} {} · Preview", state.issue, state.subject).trim().to_owned();
    Page { title, class: "preview", root: (*root).to_owned(), header, main, script: SCRIPT }
}

fn controls(look: &Look, state: &PreviewState) -> Markup {
    let words = WIDTHS.map(|width| width.to_string());
    let widths: Vec<_> = WIDTHS
        .iter()
        .zip(&words)
        .map(|(width, word)| look.choice(word, |look| look.width = *width))
        .collect();
    let schemes = [
        look.choice("Light", |look| look.scheme = Scheme::Light),
        look.choice("Dark", |look| look.scheme = Scheme::Dark),
    ];
    let pictures = [
        look.choice("Pictures", |look| look.pictures = true),
        look.choice("Off", |look| look.pictures = false),
    ];
    let mut source = look.choice("Source", |look| look.part = Part::Source);
    source.chosen |= look.part == Part::Message;
    let parts = [
        look.choice("HTML", |look| look.part = Part::Html),
        look.choice("Text", |look| look.part = Part::Text),
        source,
    ];
    html! {
        div.wide { (pages::switch("Width", &widths)) }
        (pages::switch("Colours", &schemes))
        div.wide { (pages::switch("Pictures", &pictures)) }
        (pages::switch("Part", &parts))
        @if state.error.is_none() { (readers(look, state)) }
    }
}

/// The reader whose copy is shown, and how another is chosen: without the page's script, by the
/// whole address.
fn readers(look: &Look, state: &PreviewState) -> Markup {
    html! {
        span.as.muted #as { "As" }
        details.readers {
            summary aria-labelledby="as chosen" {
                span #chosen { (named(&state.reader)) }
            }
            div.choose {
                form method="get" {
                    @for (name, value) in look.pairs() {
                        input type="hidden" name=(name) value=(value);
                    }
                    input type="search" name="as" autocomplete="off" maxlength="320"
                        placeholder="Any reader, by name or address" aria-label="Find a reader";
                }
                ol { (choices(look, &state.readers)) }
            }
        }
    }
}

fn named(reader: &ReaderChoice) -> Markup {
    html! { bdi { (reader.label) } @if !reader.remark.is_empty() { " " span.muted { (reader.remark) } } }
}

/// Sets readers as links to their copies.
pub(super) fn choices(look: &Look, readers: &[ReaderChoice]) -> Markup {
    html! {
        @for reader in readers {
            li {
                a href=(look.for_reader(&reader.address)) {
                    (named(reader))
                    @if reader.label != reader.address {
                        bdi.address.muted { (reader.address) }
                    }
                }
            }
        }
        @if readers.is_empty() { li.muted { "Nobody on the lists is called so." } }
    }
}

fn part(view: &View<'_>) -> Markup {
    let View { root, look, state, message, .. } = view;
    let scheme = if look.scheme == Scheme::Dark { "dark" } else { "light" };
    match look.part {
        Part::Html => {
            let href = format!("{root}copy.html{}", look.query());
            let class = format!("w{} {scheme}", look.width);
            html! {
                div.sheet data-bytes=(state.html.len()) {
                    div.gauge aria-hidden="true" {}
                    (pages::measured_frame(&href, "The copy", &class))
                    (clip(state))
                    (pins(state))
                }
            }
        }
        Part::Text => html! { pre.plain { (state.text) } },
        Part::Source => html! { div.source { (sources(look)) pre.plain.wide { (state.html) } } },
        Part::Message => html! {
            div.source {
                (sources(look))
                @match message {
                    Some(Ok(message)) => pre.plain.wide { (message) },
                    Some(Err(faults)) => (broken(faults)),
                    None => {}
                }
            }
        },
    }
}

fn sources(look: &Look) -> Markup {
    let tabs = [
        look.choice("HTML", |look| look.part = Part::Source),
        look.choice("Message", |look| look.part = Part::Message),
    ];
    pages::tabs("Source", &tabs)
}

fn broken(faults: &Faults) -> Markup {
    html! {
        div.fault {
            h2 { "This issue cannot be shown" }
            @for fault in faults.list.iter().take(FAULTS_MAX) { pre { (draw(fault, false)) } }
            p {
                @if let Some(standing) = &faults.standing { (standing) " " }
                "Mend it and save; the copy then comes back by itself."
            }
        }
    }
}
