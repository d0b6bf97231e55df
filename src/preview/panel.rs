//! What the checks found: in the panel, and as pins at the edge of the copy.

use maud::{Markup, html};

use super::{Finding, PreviewState};
use crate::diag::{Diagnostic, Severity};
use crate::pages::{in_words, kilobytes};

/// Gmail hides what comes after so many bytes of a copy's HTML (FORMATS: too-large).
pub(super) const GMAIL_BYTES: usize = 102_000;
/// So many findings are listed.
const FINDINGS_MAX: usize = 200;
/// How wide the size bar is drawn, in its own units.
const BAR_UNITS: usize = 1_000;

/// Sets the panel.
pub(super) fn panel(state: &PreviewState) -> Markup {
    html! {
        h2 { (summary(&state.findings)) }
        (size_bar(state))
        ol {
            @for (index, finding) in state.findings.iter().take(FINDINGS_MAX).enumerate() {
                li id={ "finding-" (index + 1) } { (found(index + 1, &finding.diagnostic)) }
            }
        }
    }
}

/// Sets the pins; the page's script puts each at its place, and those of no place stay hidden.
pub(super) fn pins(state: &PreviewState) -> Markup {
    html! {
        div.pins {
            @for (index, finding) in state.findings.iter().take(FINDINGS_MAX).enumerate() {
                @if finding.is_clip || !finding.near.is_empty() {
                    a class={ "pin " (word(&finding.diagnostic)) } hidden
                        href={ "#finding-" (index + 1) }
                        data-near=(finding.near.join("\n"))
                        data-clip[finding.is_clip]
                        aria-label={ (word(&finding.diagnostic)) " " (index + 1) } { (index + 1) }
                }
            }
        }
    }
}

/// Sets the line after which Gmail hides the rest, and the veil over it.
pub(super) fn clip(state: &PreviewState) -> Markup {
    let bytes = state.html.len();
    html! {
        @if bytes > GMAIL_BYTES {
            div.clip hidden data-at=(GMAIL_BYTES) {
                p.flag {
                    b { "Gmail clips here" }
                    br;
                    (kilobytes(bytes - GMAIL_BYTES)) " hidden"
                    @if state.unsubscribe_at.is_some_and(|at| at > GMAIL_BYTES) {
                        ", unsubscribe too"
                    }
                }
            }
        }
    }
}

fn word(finding: &Diagnostic) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Counts the findings in words: `One error, three warnings`.
fn summary(findings: &[Finding]) -> String {
    let count = |severity| {
        findings.iter().filter(|finding| finding.diagnostic.severity == severity).count()
    };
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
fn size_bar(state: &PreviewState) -> Markup {
    let bytes = state.html.len();
    let scale = (GMAIL_BYTES + GMAIL_BYTES / 10).max(bytes);
    // A copy is far smaller than what would overflow here; if not, its bar is full.
    let units = |bytes: usize| bytes.saturating_mul(BAR_UNITS) / scale;
    let (size, line) = (units(bytes), units(GMAIL_BYTES));
    let is_largest = state.readers.first().is_some_and(|one| one.address == state.reader.address);
    html! {
        svg.size viewBox={ "0 0 " (BAR_UNITS) " 12" } preserveAspectRatio="none" aria-hidden="true" {
            rect.fill width=(size.min(line)) height="12" {}
            @if size > line { rect.over x=(line) width=(size - line) height="12" {} }
        }
        p.muted {
            (kilobytes(bytes)) @if is_largest { " in the largest copy" } @else { " in this copy" }
            "; Gmail shows " (GMAIL_BYTES / 1_000)
        }
    }
}

fn found(number: usize, finding: &Diagnostic) -> Markup {
    let place = finding.place().map(|place| place.to_string()).or_else(|| finding.file.clone());
    html! {
        span class={ "pin " (word(finding)) } { (number) }
        div {
            p.what { (prose(&finding.what)) }
            @if let Some(place) = place { p.place { code { (place) } } }
            @for note in &finding.notes { p.muted { (prose(note)) } }
            @if let Some(hint) = &finding.hint { p { b { "To do:" } " " (prose(hint)) } }
            p.muted { (word(finding)) @if let Some(id) = finding.id { " " code { (id) } } }
        }
    }
}

/// Sets what stands between backticks as code.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (index, piece) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}
