//! Finds stories that came twice, from two sources: one page under two addresses, or nearly the same
//! text.

mod text;

use std::collections::{BTreeMap, HashMap};

use crate::article::{self, Article, Record};
use text::Text;

/// How one article is known to be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Their addresses lead to one page.
    Address,
    /// Their texts are the same, or nearly.
    Text,
}

/// Groups articles that are one story: for each that is not alone, the position of the first of its
/// kind, and how the two are alike. `whole` are the articles with their texts; one that is not among
/// them is told by its address alone.
pub(super) fn find(records: &[&Record], whole: &[Article]) -> BTreeMap<usize, (usize, Likeness)> {
    let mut twins = BTreeMap::new();
    let mut pages: HashMap<String, usize> = HashMap::new();
    for (at, record) in records.iter().enumerate() {
        let Some(link) = &record.link else { continue };
        let first = *pages.entry(article::canonical(link)).or_insert(at);
        if first != at {
            twins.insert(at, (first, Likeness::Address));
        }
    }
    let by_name: HashMap<&str, &Article> =
        whole.iter().map(|article| (article.source.name(), article)).collect();
    let texts: Vec<Option<Text>> = records
        .iter()
        .map(|record| by_name.get(record.name.as_str()).map(|article| Text::of(article)))
        .collect();
    for (one, other) in text::alike(&texts) {
        let root = |at: usize| twins.get(&at).map_or(at, |(first, _)| *first);
        let (first, second) = (root(one).min(root(other)), root(one).max(root(other)));
        if first == second {
            continue;
        }
        // All that were like the second are like the first.
        for (root, _) in twins.values_mut().filter(|(root, _)| *root == second) {
            *root = first;
        }
        twins.insert(second, (first, Likeness::Text));
    }
    twins
}

#[cfg(test)]
mod tests;
