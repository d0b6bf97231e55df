//! All articles of a workspace.

use std::collections::BTreeMap;

use super::text::Repeated;
use super::{Article, Record};
use crate::diag::Diagnostic;

/// What was read of a workspace's folders.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The articles, by the order of their paths; behind them the entries of feeds.
    pub records: Vec<Record>,
    /// Folders and files that could not be read, in the order of the paths; errors.
    pub problems: Vec<Diagnostic>,
    /// What a person should know of the reading as a whole. What concerns one article is with it.
    pub warnings: Vec<Diagnostic>,
    /// Articles that lie in no folder, or in no file yet.
    pub whole: BTreeMap<String, Article>,
    /// The lines that its texts share.
    pub(super) repeated: Repeated,
}

impl Library {
    /// The record of an article by its path.
    pub fn get(&self, name: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.name == name)
    }

    /// Takes in an article that lies in none of the folders, or in no file yet.
    pub fn add(&mut self, article: Article) {
        self.records.push(Record::of(&article));
        self.whole.insert(article.source.name().to_owned(), article);
    }
}
