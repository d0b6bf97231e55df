//! The page that lists all issues.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Entry, Newsletter, day};

const STYLE: &str = include_str!("archive.css");

/// Sets the page; the entries are given newest first.
pub(super) fn set(newsletter: &Newsletter, entries: &[Entry]) -> Markup {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    html! {
        (DOCTYPE)
        html lang=(newsletter.language) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (newsletter.title) }
                link rel="icon" href="data:,";
                link rel="alternate" type="application/atom+xml" href="feed.xml"
                    title=(newsletter.title);
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { a href=(newsletter.url) { (newsletter.title) } }
                    div.scotch {}
                }
                main {
                    @if entries.is_empty() { p.muted { "No issue has been sent yet." } }
                    ol { @for entry in entries { li { (item(entry)) } } }
                }
                footer { p.muted { a href="feed.xml" { "Feed" } } }
            }
        }
    }
}

fn item(entry: &Entry) -> Markup {
    html! {
        p.muted {
            time datetime=(entry.at.strftime("%F")) { (day(&entry.at)) }
            @if let Some(at) = &entry.corrected { ", corrected on " (day(at)) }
        }
        h2 { a href={ (entry.name) "/index.html" } { bdi { (entry.subject) } } }
        @if !entry.preheader.is_empty() { p { bdi { (entry.preheader) } } }
    }
}
