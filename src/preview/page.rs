//! The page: switches above, the copy in a frame, and what the checks found beside it.

use maud::{Markup, html};
use url::form_urlencoded::Serializer;

use super::PreviewState;
use crate::diag::{Diagnostic, Faults, Severity, draw};
use crate::pages::{self, Choice, Page, Scheme, in_words, kilobytes};

/// Gmail hides what comes after so many bytes of a copy's HTML (FORMATS: too-large).
const GMAIL_BYTES: usize = 102_000;
/// So many readers can be chosen.
const READERS_MAX: usize = 50;
/// So many findings are listed.
const FINDINGS_MAX: usize = 200;
/// How wide the size bar is drawn, in its own units.
const BAR_UNITS: usize = 1_000;

/// How wide the frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// 375 px.
    Phone,
    /// 768 px.
    Tablet,
    /// 650 px.
    Desktop,
}

/// What of the copy is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The HTML, in a frame.
    Html,
    /// The plain text.
    Text,
    /// The HTML as it is written.
    Source,
}

/// How the issue is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The address of the reader.
    pub(super) reader: Option<String>,
    /// The frame's width.
    pub(super) width: Width,
    /// Light or dark.
    pub(super) scheme: Scheme,
    /// Whether pictures are shown.
    pub(super) pictures: bool,
    /// What is shown.
    pub(super) part: Part,
}

impl Look {
    /// Returns the query that asks for this look.
    fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(reader) = &self.reader {
            query.append_pair("as", reader);
        }
        for (name, value) in self.pairs() {
            query.append_pair(name, value);
        }
        format!("?{}", query.finish())
    }

    /// Returns what is not usual, the reader aside.
    fn pairs(&self) -> Vec<(&'static str, &'static str)> {
        let width = match self.width {
            Width::Phone => Some("phone"),
            Width::Tablet => Some("tablet"),
            Width::Desktop => None,
        };
        let part = match self.part {
            Part::Html => None,
            Part::Text => Some("text"),
            Part::Source => Some("source"),
        };
        [
            ("width", width),
            ("scheme", (self.scheme == Scheme::Dark).then_some("dark")),
            ("pictures", (!self.pictures).then_some("off")),
            ("part", part),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    fn choice<'a>(&self, label: &'a str, change: impl FnOnce(&mut Self)) -> Choice<'a> {
        let mut look = self.clone();
        change(&mut look);
        Choice { label, href: look.query(), chosen: look == *self }
    }
}

/// Sets the page.
pub(super) fn set(root: &str, look: &Look, state: &PreviewState) -> Markup {
    let title = format!("{} {} · Preview", state.issue, state.subject);
    let header = html! {
        h1 { (state.issue) " " i { bdi { (state.subject) } } }
        div.end.muted { bdi { (state.from) } }
    };
    let main = html! {
        (controls(look, state))
        main {
            div.stage {
                @match &state.error {
                    Some(faults) => (fault(faults)),
                    None => (part(root, look, state)),
                }
            }
            @if state.error.is_none() {
                section.panel aria-label="Findings" { (panel(state)) }
            }
        }
    };
    let class = if state.error.is_none() { "preview" } else { "preview failed" };
    Page { title: title.trim(), class, root, header, main }.set()
}

fn controls(look: &Look, state: &PreviewState) -> Markup {
    let widths = [
        look.choice("Phone", |look| look.width = Width::Phone),
        look.choice("Tablet", |look| look.width = Width::Tablet),
        look.choice("Desktop", |look| look.width = Width::Desktop),
    ];
    let schemes = [
        look.choice("Light", |look| look.scheme = Scheme::Light),
        look.choice("Dark", |look| look.scheme = Scheme::Dark),
    ];
    let pictures = [
        look.choice("Pictures", |look| look.pictures = true),
        look.choice("Off", |look| look.pictures = false),
    ];
    let parts = [
        look.choice("HTML", |look| look.part = Part::Html),
        look.choice("Text", |look| look.part = Part::Text),
        look.choice("Source", |look| look.part = Part::Source),
    ];
    html! {
        div.controls {
            div.wide { (pages::switch("Width", &widths)) }
            (pages::switch("Colours", &schemes))
            div.wide { (pages::switch("Pictures", &pictures)) }
            (pages::switch("Part", &parts))
            @if !state.readers.is_empty() { (readers(look, state)) }
        }
    }
}

fn readers(look: &Look, state: &PreviewState) -> Markup {
    let chosen = |address: &str| look.reader.as_deref() == Some(address);
    let listed = &state.readers[..state.readers.len().min(READERS_MAX)];
    let other = look.reader.as_ref().filter(|one| listed.iter().all(|own| own.address != **one));
    html! {
        form.readers method="get" {
            @for (name, value) in look.pairs() { input type="hidden" name=(name) value=(value); }
            label.muted for="as" { "As" }
            select #as name="as" {
                @if let Some(other) = other { option value=(other) selected { (other) } }
                @for reader in listed {
                    option value=(reader.address) selected[chosen(&reader.address)] {
                        (reader.label)
                        @if reader.label != reader.address { ", " (reader.address) }
                    }
                }
            }
            noscript { button type="submit" { "Show" } }
        }
    }
}

fn part(root: &str, look: &Look, state: &PreviewState) -> Markup {
    let width = match look.width {
        Width::Phone => "phone",
        Width::Tablet => "tablet",
        Width::Desktop => "desktop",
    };
    let scheme = if look.scheme == Scheme::Dark { "dark" } else { "light" };
    match look.part {
        Part::Html => {
            let href = format!("{root}copy.html{}", look.query());
            pages::frame(&href, "The copy", &format!("{width} {scheme}"))
        }
        Part::Text => html! { pre.plain { (state.text) } },
        Part::Source => html! { pre.plain.wide { (state.html) } },
    }
}

fn fault(faults: &Faults) -> Markup {
    html! {
        div.fault {
            h2 { "This issue cannot be shown" }
            @for fault in faults.list.iter().take(FINDINGS_MAX) { pre { (draw(fault, false)) } }
            p {
                @if let Some(standing) = &faults.standing { (standing) " " }
                "Mend it and load this page again."
            }
        }
    }
}

fn panel(state: &PreviewState) -> Markup {
    html! {
        h2 { (summary(&state.findings)) }
        (size_bar(state.html.len()))
        ol {
            @for (index, finding) in state.findings.iter().take(FINDINGS_MAX).enumerate() {
                li { (found(index + 1, finding)) }
            }
        }
    }
}

/// Counts the findings in words: `One error, three warnings`.
fn summary(findings: &[Diagnostic]) -> String {
    let count = |severity| findings.iter().filter(|one| one.severity == severity).count();
    let say = |number: usize, noun: &str| {
        let plural = if number == 1 { "" } else { "s" };
        (number > 0).then(|| format!("{} {noun}{plural}", in_words(number)))
    };
    let said: Vec<String> =
        [say(count(Severity::Error), "error"), say(count(Severity::Warning), "warning")]
            .into_iter()
            .flatten()
            .collect();
    let text = said.join(", ");
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Nothing to mend".to_owned(),
    }
}

/// Draws the copy's size with the line after which Gmail hides the rest.
fn size_bar(bytes: usize) -> Markup {
    let scale = (GMAIL_BYTES + GMAIL_BYTES / 10).max(bytes);
    // A copy is far smaller than what would overflow here; if not, its bar is full.
    let units = |bytes: usize| bytes.saturating_mul(BAR_UNITS) / scale;
    let (size, line) = (units(bytes), units(GMAIL_BYTES));
    html! {
        svg.size viewBox={ "0 0 " (BAR_UNITS) " 12" } preserveAspectRatio="none" aria-hidden="true" {
            rect.fill width=(size.min(line)) height="12" {}
            @if size > line { rect.over x=(line) width=(size - line) height="12" {} }
            rect.line x=(line) width="5" height="12" {}
        }
        p.muted { (kilobytes(bytes)) " in this copy; Gmail shows " (GMAIL_BYTES / 1_000) }
    }
}

fn found(number: usize, finding: &Diagnostic) -> Markup {
    let (word, class) = match finding.severity {
        Severity::Error => ("error", "pin error"),
        Severity::Warning => ("warning", "pin warning"),
    };
    let place = finding.place().map(|place| place.to_string()).or_else(|| finding.file.clone());
    html! {
        span class=(class) { (number) }
        div {
            p.what { (prose(&finding.what)) }
            @if let Some(place) = place { p.place { code { (place) } } }
            @for note in &finding.notes { p.muted { (prose(note)) } }
            @if let Some(hint) = &finding.hint { p { b { "To do:" } " " (prose(hint)) } }
            p.muted { (word) @if let Some(id) = finding.id { " " code { (id) } } }
        }
    }
}

/// Sets what stands between backticks as code.
fn prose(text: &str) -> Markup {
    html! {
        @for (index, piece) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}
