//! The head of a page: headline, date, byline and link.

use std::collections::BTreeSet;

use jiff::Zoned;
use url::Url;

use super::lines::{Line, Role};
use super::marks::Mark;

/// A headline has no more words than this.
const TITLE_WORDS_MAX: usize = 30;
/// A headline of as many words or more is no menu's entry.
const TITLE_WORDS_SURE: usize = 4;
/// Dates and bylines further above the story belong to something else.
const HEAD_LINES_MAX: usize = 40;
/// A page with fewer lines above the story than this begins with its headline.
const PLAIN_HEAD_LINES_MAX: usize = 7;

/// What the head says, and where.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) title: Option<usize>,
    pub(super) unsure: bool,
    pub(super) date: Option<Zoned>,
    pub(super) byline: Option<String>,
    pub(super) link: Option<Url>,
    /// The lines that it is made of.
    pub(super) taken: BTreeSet<usize>,
    /// The story begins here or later.
    pub(super) end: usize,
}

/// Reads the head of a page whose story begins at `start`; `known` is a headline from elsewhere.
pub(super) fn read(lines: &[Line], start: usize, known: Option<&str>) -> Head {
    let mut head = Head { end: start, ..Head::default() };
    head.end = after_roles(lines, start);
    match known {
        Some(known) => head.drop_known(lines, known),
        None => head.find_title(lines),
    }
    head.find_roles(lines);
    head
}

/// Moves the story's beginning behind a date or byline among its first lines.
fn after_roles(lines: &[Line], start: usize) -> usize {
    let near = lines.iter().enumerate().skip(start).take(4);
    let is_head = |line: &Line| matches!(line.role, Some(Role::Date { .. } | Role::Byline(_)));
    near.rev().find(|(_, line)| is_head(line)).map(|(at, _)| at + 1).unwrap_or(start)
}

impl Head {
    fn drop_known(&mut self, lines: &[Line], known: &str) {
        let same = |line: &Line| line.text.to_lowercase() == known.to_lowercase();
        let first = lines.iter().take(self.end + 1).position(same);
        if let Some(at) = first {
            self.taken.insert(at);
            self.end = self.end.max(at + 1);
        }
    }

    fn find_title(&mut self, lines: &[Line]) {
        let Some(first) = lines.first() else { return };
        if self.end == 0 {
            // The story begins with the file: its first line is the headline if it can be one.
            if could_be_title(first) && lines.len() > 1 {
                (self.title, self.end) = (Some(0), 1);
            }
        } else if let Some(at) = named_by_page(lines, self.end) {
            self.title = Some(at);
        } else if begins_page(lines, self.end) {
            self.title = Some(0);
        } else {
            (self.title, self.unsure) = best_placed(lines, self.end);
        }
        self.taken.extend(self.title);
    }

    fn find_roles(&mut self, lines: &[Line]) {
        let from = self.title.unwrap_or(0).max(self.end.saturating_sub(HEAD_LINES_MAX));
        let below = from..self.end;
        let above = self.end.saturating_sub(HEAD_LINES_MAX).min(from)..from;
        let mut updated = None;
        for at in below.chain(above.rev()) {
            match &lines[at].role {
                Some(Role::Date { date, updated: false, byline }) if self.date.is_none() => {
                    self.date = Some(date.clone());
                    self.take_byline(byline.as_deref(), at);
                }
                Some(Role::Date { date, byline, .. }) => {
                    updated = updated.or(Some(date.clone()));
                    self.take_byline(byline.as_deref(), at);
                }
                Some(Role::Byline(name)) => self.take_byline(Some(name), at),
                Some(Role::Link { url, .. }) if self.link.is_none() => {
                    self.link = Some(url.clone());
                    self.taken.insert(at);
                }
                _ => {}
            }
        }
        self.date = self.date.take().or(updated);
        let behind = || lines.iter().enumerate().skip(self.end);
        let bare = || {
            behind()
                .filter(|(_, line)| matches!(line.role, Some(Role::Link { labelled: false, .. })))
        };
        // An address alone below the story is its own.
        if let (None, 1, Some((at, line))) = (&self.link, bare().count(), bare().next())
            && let Some(Role::Link { url, .. }) = &line.role
        {
            self.link = Some(url.clone());
            self.taken.insert(at);
        }
        for (at, line) in lines.iter().enumerate().skip(self.end) {
            if let Some(Role::Link { url, labelled: true }) = &line.role
                && self.link.as_ref().is_none_or(|link| link == url)
            {
                self.link = Some(url.clone());
                self.taken.insert(at);
            }
        }
    }

    fn take_byline(&mut self, name: Option<&str>, at: usize) {
        self.taken.insert(at);
        if let Some(name) = name
            && self.byline.is_none()
        {
            self.byline = Some(name.to_owned());
        }
    }
}

/// Says whether a page is so plain that its first line is the headline.
fn begins_page(lines: &[Line], end: usize) -> bool {
    let head = &lines[..end];
    let longer = |line: &Line| could_be_title(line) && line.words >= TITLE_WORDS_SURE;
    // `Sign up for the market` with a date under it is a headline.
    let dated = head.get(1).is_some_and(|line| line.role.is_some());
    let marked = head[0].mark.is_some_and(Mark::stands_inside);
    let is_title = could_be_title(&head[0])
        || (marked && dated && (TITLE_WORDS_SURE..=TITLE_WORDS_MAX).contains(&head[0].words));
    end <= PLAIN_HEAD_LINES_MAX && is_title && (head[0].words > 2 || !head[1..].iter().any(longer))
}

fn could_be_title(line: &Line) -> bool {
    let quiet = matches!(line.mark, None | Some(Mark::Menu | Mark::Capitals))
        && !line.text.contains(" | ")
        && !line.text.contains(" > ")
        && !line.text.starts_with(['(', '#']);
    quiet && line.role.is_none() && line.words <= TITLE_WORDS_MAX && line.words > 0
}

/// Pages that begin with their own title (`Headline - Site`) name the headline so.
fn named_by_page(lines: &[Line], end: usize) -> Option<usize> {
    let page = &lines.first()?.text;
    let names = |line: &Line| {
        line.words >= 2
            && line.text.len() * 10 >= page.len() * 4
            && (page.starts_with(&line.text) || page.ends_with(&line.text))
    };
    let found = lines.iter().take(end).skip(1).position(names);
    found.map(|at| at + 1)
}

/// The line best placed above date and byline, or above the story where there are none; and
/// whether it is a guess.
fn best_placed(lines: &[Line], end: usize) -> (Option<usize>, bool) {
    let head = &lines[..end];
    let is_anchor = |line: &Line| matches!(line.role, Some(Role::Date { .. } | Role::Byline(_)));
    let near = end.saturating_sub(HEAD_LINES_MAX);
    let anchor = head[near..].iter().position(is_anchor).map(|at| near + at);
    let upward = |from: usize| head[..from].iter().enumerate().rev();
    let full = |line: &Line| {
        could_be_title(line) && line.words >= TITLE_WORDS_SURE && !line.text.ends_with('.')
    };
    if let Some(anchor) = anchor
        && let Some((at, _)) = upward(anchor).take(6).find(|(_, line)| full(line))
    {
        return (Some(at), false);
    }
    let full_above = upward(end).find(|(_, line)| full(line));
    let any = full_above.or_else(|| upward(end).find(|(_, line)| could_be_title(line)));
    (any.map(|(at, _)| at), true)
}
