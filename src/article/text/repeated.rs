//! Lines that several pages share.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::lines::tidy;

/// The lines of a text, each as 64 bits of its hash, so that those of a large folder stay small;
/// sorted, each once.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Lines(Vec<u64>);

impl Lines {
    /// The lines of a text that are not blank.
    pub fn of(text: &str) -> Self {
        let lines = text.lines().map(tidy).filter(|line| !line.is_empty());
        let mut hashes: Vec<u64> = lines.map(|line| hash(&line)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.shrink_to_fit();
        Self(hashes)
    }
}

/// The lines that stand in two or more files: what a site puts on every page, not a story.
#[derive(Clone, Debug, Default)]
pub struct Repeated {
    hashes: HashSet<u64>,
}

impl Repeated {
    /// Compares the lines of files.
    pub fn of<'a>(files: impl IntoIterator<Item = &'a Lines>) -> Self {
        let mut all: Vec<u64> = files.into_iter().flat_map(|lines| &lines.0).copied().collect();
        all.sort_unstable();
        let twice = all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        Self { hashes: twice.collect() }
    }

    pub(super) fn contains(&self, line: &str) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&hash(line))
    }

    /// What one text shares with others, as one number: the text reads as it did while this, and it,
    /// stay the same.
    pub fn shared(&self, lines: &Lines) -> u64 {
        let mut hasher = DefaultHasher::new();
        lines.0.iter().filter(|line| self.hashes.contains(line)).for_each(|l| l.hash(&mut hasher));
        hasher.finish()
    }
}

fn hash(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}
