//! The list as the page shows it: by rehearsal, filtered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::read::readable;
use super::store::Entry;

/// So many rows are set on one page; a filter finds the others.
pub(super) const ROWS_MAX: usize = 1_000;

/// The messages of one rehearsal, or all that came without.
#[derive(Debug)]
pub(super) struct Group {
    /// The issue that was rehearsed.
    pub(super) issue: Option<String>,
    /// Whether a later rehearsal of the issue is in the list.
    pub(super) is_earlier: bool,
    /// How many messages it has, whatever the filter leaves.
    pub(super) size: usize,
    /// Those that the filter leaves, the newest first.
    pub(super) entries: Vec<Arc<Entry>>,
}

/// Groups messages, given newest first, and leaves in each group those that hold `words`.
///
/// A rehearsal gives each reader one copy, so a second one to the same reader begins another.
pub(super) fn groups(entries: &[Arc<Entry>], words: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut current: HashMap<Option<&str>, (usize, HashSet<&str>)> = HashMap::new();
    let words = words.to_lowercase();
    for entry in entries.iter().rev() {
        let issue = entry.envelope.issue.as_deref();
        let reader = entry.envelope.to.first().map_or("", String::as_str);
        let again = current.get(&issue).is_some_and(|(_, readers)| readers.contains(reader));
        if issue.is_some() && again {
            let (earlier, _) = current.remove(&issue).expect("it was just found");
            groups[earlier].is_earlier = true;
        }
        let (index, readers) = current.entry(issue).or_insert_with(|| {
            let issue = issue.map(str::to_owned);
            groups.push(Group { issue, is_earlier: false, size: 0, entries: Vec::new() });
            (groups.len() - 1, HashSet::new())
        });
        readers.insert(reader);
        groups[*index].size += 1;
        if holds(entry, &words) {
            groups[*index].entries.push(Arc::clone(entry));
        }
    }
    for group in &mut groups {
        group.entries.reverse();
    }
    groups.retain(|group| !group.entries.is_empty());
    groups.sort_by(|a, b| b.entries[0].id.cmp(&a.entries[0].id));
    groups
}

/// Says whether name, address, subject or issue hold every one of `words`, which are in lower case.
pub(super) fn holds(entry: &Entry, words: &str) -> bool {
    let envelope = &entry.envelope;
    let mut text = String::new();
    for part in [&envelope.name, &envelope.subject, &envelope.issue].into_iter().flatten() {
        text.push_str(&part.to_lowercase());
        text.push('\n');
    }
    for address in envelope.to.iter().chain([&envelope.from]) {
        text.push_str(&address.to_lowercase());
        text.push('\n');
        text.push_str(&readable(address).to_lowercase());
        text.push('\n');
    }
    words.split_whitespace().all(|word| text.contains(word))
}
