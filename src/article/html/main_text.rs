//! The story out of the page. Two readers do it, behind one function: trafilatura is the more
//! precise, and dom_smoothie, a Readability, is asked where that finds too little.

use dom_smoothie::{Config, Readability, TextMode};
use trafilatura::{ExtractionFocus, Options};
use url::Url;

use super::extent;
use crate::world::foreign;

/// Fewer words than this are hardly a story.
const WORDS_MIN: usize = 60;
/// So many times as long, and the second reader is believed: the first lost a part.
const MUCH_LONGER: f64 = 1.5;

/// A story as HTML, and what its readers noticed on the way.
#[derive(Debug, Default)]
pub(super) struct MainText {
    pub(super) html: String,
    /// The headline, as a Readability finds it.
    pub(super) title: Option<String>,
    /// The date, `2023-03-20`, if one was found on the page.
    pub(super) date: Option<String>,
    /// Whether the second reader's text was taken.
    pub(super) is_rescued: bool,
}

/// Finds the story of a page. A page that neither can read has none.
pub(super) fn find(html: &str, link: Option<&Url>) -> MainText {
    let html = &*extent::with_paragraphs(html);
    let first = quietly(|| precise(html, link)).unwrap_or_default();
    let second = quietly(|| readable(html, link)).unwrap_or_default();
    let (ours, theirs) = (words(&first.text), words(&second.text));
    let is_rescued =
        theirs > 0 && (ours < WORDS_MIN.min(theirs) || theirs as f64 > ours as f64 * MUCH_LONGER);
    let html = if is_rescued { second.html } else { first.html };
    MainText { html, title: second.title, date: first.date, is_rescued }
}

#[derive(Default)]
struct Found {
    html: String,
    text: String,
    title: Option<String>,
    date: Option<String>,
}

/// Neither reader is ours: one that panics on a page has not read it.
fn quietly(read: impl FnOnce() -> Option<Found> + std::panic::UnwindSafe) -> Option<Found> {
    foreign(read).flatten()
}

fn precise(html: &str, link: Option<&Url>) -> Option<Found> {
    let mut options = Options::default()
        .with_fallback(true)
        .with_focus(ExtractionFocus::FavorPrecision)
        .with_exclude_comments(true)
        .with_links(true)
        .with_images(true);
    options.original_url = link.cloned();
    let found = trafilatura::extract(html, &options).ok()?;
    let date = found.metadata.date.map(|date| date.to_string());
    Some(Found { html: found.content_html, text: found.content_text, title: None, date })
}

fn readable(html: &str, link: Option<&Url>) -> Option<Found> {
    let config = Config { text_mode: TextMode::Formatted, ..Config::default() };
    let mut reader = Readability::new(html, link.map(Url::as_str), Some(config)).ok()?;
    let found = reader.parse().ok()?;
    let title = Some(found.title.trim().to_owned()).filter(|title| !title.is_empty());
    Some(Found {
        html: found.content.to_string(),
        text: found.text_content.to_string(),
        title,
        date: None,
    })
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
