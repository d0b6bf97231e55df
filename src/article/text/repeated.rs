//! Lines that several pages share.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::lines::tidy;

/// The lines that stand in two or more files: what a site puts on every page, not a story.
///
/// Lines are kept as 64-bit digests, so that a large folder stays small.
#[derive(Clone, Debug, Default)]
pub struct Repeated {
    digests: HashSet<u64>,
}

impl Repeated {
    /// Compares the texts of files.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut files: HashMap<u64, usize> = HashMap::new();
        let mut digests = HashSet::new();
        for (file, text) in texts.into_iter().enumerate() {
            for line in text.lines().map(tidy).filter(|line| !line.is_empty()) {
                let digest = digest(&line);
                if *files.entry(digest).or_insert(file) != file {
                    digests.insert(digest);
                }
            }
        }
        Self { digests }
    }

    pub(super) fn contains(&self, line: &str) -> bool {
        !self.digests.is_empty() && self.digests.contains(&digest(line))
    }
}

fn digest(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}
