//! Plain text as it is saved from a page: headline, date and byline above, the story, and what
//! the page hung around it.
//!
//! The rules name what pages have in common, never one site's own words. Invariant: every line of
//! the file is in the story, in its head (headline, date, byline, link), or told as a [`Cut`].

mod furniture;
mod head;
mod lines;
mod marks;
mod phrases;
mod repeated;
mod run;

use jiff::Zoned;
use url::Url;

use super::Cut;
use crate::diag::Diagnostic;
use crate::words::{Block, Inline, Prose, Source};
use head::Head;
use lines::Line;
use run::Story;

pub(super) use furniture::of_blocks;
pub(super) use lines::About;
pub use repeated::{Lines, Repeated};

/// What was found in a text.
#[derive(Debug, Default)]
pub(super) struct Scrape {
    pub(super) title: Option<String>,
    pub(super) date: Option<Zoned>,
    pub(super) byline: Option<String>,
    pub(super) link: Option<Url>,
    pub(super) body: Prose,
    pub(super) cut: Vec<Cut>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads the text of a file from the byte `start` on; `title` is the one that its front matter
/// gives.
pub(super) fn read(
    source: &Source,
    start: usize,
    title: Option<&str>,
    about: &About<'_>,
) -> Scrape {
    let lines = lines::of(&source.text()[start..], about);
    let mut story = run::find(&lines);
    let head = head::read(&lines, story.start, title);
    story.start = story.start.max(head.end);
    story.end = story.end.max(story.start);
    let mut scrape = Scrape {
        warnings: warnings(source, start, &lines, &head, &story),
        date: head.date,
        byline: head.byline,
        link: head.link,
        title: head.title.map(|at| lines[at].text.clone()),
        ..Scrape::default()
    };
    let dropped = run::drops(&lines, &story);
    let mut kept = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if head.taken.contains(&at) {
            continue;
        }
        let rule =
            if story.contains(&at) { dropped.get(&at).copied() } else { Some(line.outside()) };
        match rule {
            Some(rule) => scrape.cut.push(Cut { text: line.text.clone(), rule }),
            None => kept.push(line),
        }
    }
    scrape.body = prose(&kept);
    scrape
}

/// Tells what was guessed.
fn warnings(
    source: &Source,
    start: usize,
    lines: &[Line],
    head: &Head,
    story: &Story,
) -> Vec<Diagnostic> {
    let skipped = source.text()[..start].matches('\n').count();
    let place = |at: usize| source.line(skipped + lines[at].number);
    let title = head.title.filter(|_| head.unsure).map(|at| {
        Diagnostic::warning("the headline may be another line")
            .at(place(at), "taken for the headline")
    });
    let untold = story.unsure.then(|| {
        Diagnostic::warning("the story could not be told from the rest of the page")
            .file(source.name())
            .hint("remove by hand what does not belong to it")
    });
    let left_out = |at: usize, side: &str, label: &str| {
        Diagnostic::warning(format!("text {side} the story was left out, and may belong to it"))
            .at(place(at), label)
            .hint("join it to the story by removing the short lines between")
    };
    let above = run::doubtful_above(lines, story).map(|at| left_out(at, "before", "left out"));
    let behind = run::doubtful_behind(lines, story)
        .map(|at| left_out(at, "behind", "left out from here on"));
    title.into_iter().chain(untold).chain(above).chain(behind).collect()
}

/// Makes paragraphs of lines, and lists of lines that have bullets.
fn prose(lines: &[&Line]) -> Prose {
    let mut prose = Prose::new();
    for line in lines {
        let paragraph = Block::Paragraph(vec![Inline::Text(line.text.clone())]);
        match (line.bullet, prose.last_mut()) {
            (true, Some(Block::List { items, .. })) => items.push(vec![paragraph]),
            (true, _) => prose.push(Block::List { start: None, items: vec![vec![paragraph]] }),
            (false, _) => prose.push(paragraph),
        }
    }
    prose
}
