//! Chooses the stories of a period.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::article::Article;
use crate::config::{Feature, Gather};
use crate::words::Period;

/// The section of stories that name none.
pub const TOP: &str = "Top";

/// Why an article is in an issue, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Featured, and of the period.
    Featured,
    /// Named by `--pick`.
    Picked,
    /// Featured, and beyond `max_stories`.
    Limit,
    /// A draft.
    Draft,
    /// Nothing marks it.
    NotFeatured,
    /// It has no date.
    Undated,
    /// Its date lies outside the period.
    OutsidePeriod,
}

impl Reason {
    /// Returns the words that name the reason, for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Featured => "featured",
            Self::Picked => "picked",
            Self::Limit => "limit",
            Self::Draft => "draft",
            Self::NotFeatured => "not featured",
            Self::Undated => "no date",
            Self::OutsidePeriod => "outside the period",
        }
    }
}

/// An article with what was decided of it.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The article.
    pub article: &'a Article,
    /// The section that it would stand in.
    pub section: String,
    /// Why it is chosen, or is not.
    pub reason: Reason,
}

/// All articles, with what was decided of each.
#[derive(Clone, Debug, Default)]
pub struct Selection<'a> {
    /// What goes into the issue, newest first, then by path.
    pub chosen: Vec<Choice<'a>>,
    /// What exceeds the limit, in the same order.
    pub beyond: Vec<Choice<'a>>,
    /// All others, by path.
    pub others: Vec<Choice<'a>>,
}

/// Chooses among articles. `picks` are paths in the workspace; a picked article needs neither flag
/// nor date, and does not count against the limit.
pub fn select<'a>(
    articles: &'a [Article],
    period: &Period,
    rules: &Gather,
    picks: &BTreeSet<String>,
) -> Selection<'a> {
    let mut selection = Selection::default();
    for article in articles {
        let reason = judge(article, period, rules, picks);
        let choice = Choice { article, section: section(article, rules), reason };
        match reason {
            Reason::Featured | Reason::Picked => selection.chosen.push(choice),
            _ => selection.others.push(choice),
        }
    }
    selection.chosen.sort_by_key(|choice| {
        (Reverse(choice.article.date.clone()), choice.article.source.name().to_owned())
    });
    let mut room = rules.max_stories;
    let (chosen, beyond) = std::mem::take(&mut selection.chosen).into_iter().partition(|choice| {
        let fits = choice.reason == Reason::Picked || room > 0;
        if fits && choice.reason == Reason::Featured {
            room -= 1;
        }
        fits
    });
    selection.chosen = chosen;
    selection.beyond = beyond;
    selection.beyond.iter_mut().for_each(|choice| choice.reason = Reason::Limit);
    selection
}

fn judge(article: &Article, period: &Period, rules: &Gather, picks: &BTreeSet<String>) -> Reason {
    if picks.contains(article.source.name()) {
        return Reason::Picked;
    }
    if article.draft {
        return Reason::Draft;
    }
    if !rules.featured.iter().any(|feature| has(article, feature)) {
        return Reason::NotFeatured;
    }
    match &article.date {
        None => Reason::Undated,
        Some(date) if period.contains(date) => Reason::Featured,
        Some(_) => Reason::OutsidePeriod,
    }
}

fn has(article: &Article, feature: &Feature) -> bool {
    match feature {
        Feature::Flag => article.featured,
        Feature::Tag(tag) => article.tags.iter().any(|own| own.eq_ignore_ascii_case(tag)),
        Feature::Folder(folder) => folders(article.source.name()).any(|own| own == folder),
    }
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.split('/')
}

/// The section of front matter, else the first folder below the article folder that only says
/// where the story belongs, else [`TOP`].
fn section(article: &Article, rules: &Gather) -> String {
    if let Some(section) = &article.section {
        return section.clone();
    }
    let path = article.source.name();
    let root = rules
        .articles
        .iter()
        .map(|root| root.value.trim_end_matches('/'))
        .filter(|root| path.starts_with(*root) && path[root.len()..].starts_with('/'))
        .max_by_key(|root| root.len());
    let below = root.map_or(path, |root| &path[root.len() + 1..]);
    let marks = |folder: &str| {
        rules.featured.iter().any(|f| matches!(f, Feature::Folder(own) if own == folder))
    };
    match folders(below).find(|folder| !folder.is_empty() && !marks(folder)) {
        Some(folder) if root.is_some() => title(folder),
        _ => TOP.to_owned(),
    }
}

fn title(folder: &str) -> String {
    let words = folder.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
