//! What was read of a workspace's files, kept so that the next reading touches what changed alone.
//!
//! Invariant: it saves time and decides nothing. One that is absent, torn, or made by another
//! program is as good as empty.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use serde::{Deserialize, Serialize};

use super::Record;
use super::digest::Digest;
use super::each::each;
use super::text::Lines;
use crate::world::{Files, Stamp};

/// Where it lies.
const INDEX: &str = ".letterpress/articles.index";

/// It is written in so many parts, which are read at the same time.
const PARTS: usize = 16;

/// What was read of all files, by their names.
#[derive(Debug, Default)]
pub(super) struct Index {
    made: Option<Made>,
    pub(super) files: HashMap<String, Entry>,
}

/// What stands before the parts: what they hang on, and the length of each, in bytes.
#[derive(Deserialize, Serialize)]
struct Head {
    made: Made,
    parts: Vec<usize>,
}

/// What a reading hangs on besides the files: another program may read them in another way.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Made {
    program: Stamp,
    /// The rules that hold for all of them, in words.
    rules: String,
}

/// What was read of a file.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    /// How it looked before it was read.
    pub(super) stamp: Stamp,
    /// The digest of its bytes.
    pub(super) digest: Digest,
    /// The lines of plain text, which is read beside all other.
    pub(super) lines: Option<Lines>,
    /// What they had in common with the others.
    pub(super) shared: u64,
    pub(super) holds: Holds,
}

/// What a file holds.
#[derive(Debug, Deserialize, Serialize)]
pub(super) enum Holds {
    /// One article.
    Article(Record),
    /// The entries of a feed, and whether there were more than are read.
    Feed(Vec<Record>, bool),
    /// Something that only has a feed's extension.
    NoFeed,
}

impl Index {
    /// Reads the one that `program` has made by the same rules, or begins one. Without a program it
    /// is for this time alone.
    pub(super) fn load(files: &dyn Files, program: Option<Stamp>, rules: &str) -> Self {
        let Some(program) = program else { return Self::default() };
        let made = Made { program, rules: rules.to_owned() };
        let files = files.read(INDEX).ok().and_then(|bytes| parsed(&bytes, &made));
        Self { made: Some(made), files: files.unwrap_or_default() }
    }

    /// Writes it. Where it cannot be written, the next reading takes longer, and that is all.
    pub(super) fn store(&self, files: &dyn Files) {
        if let Some(bytes) = self.written() {
            let _ = files.write_private_unsynced(INDEX, &bytes);
        }
    }

    fn written(&self) -> Option<Vec<u8>> {
        let made = self.made.clone()?;
        let all: Vec<(&String, &Entry)> = self.files.iter().collect();
        let parts =
            each(&all.chunks(all.len().div_ceil(PARTS).max(1)).collect::<Vec<_>>(), |part| {
                postcard::to_stdvec(part)
            });
        let parts: Vec<Vec<u8>> = parts.into_iter().collect::<Result<_, _>>().ok()?;
        let head = Head { made, parts: parts.iter().map(Vec::len).collect() };
        let rest = [postcard::to_stdvec(&head).ok()?, parts.concat()].concat();
        Some([&sum(&rest)[..], &rest].concat())
    }
}

/// The entries of an index, if it is whole and hangs on the same.
fn parsed(bytes: &[u8], now: &Made) -> Option<HashMap<String, Entry>> {
    let (before, rest) = bytes.split_first_chunk()?;
    if sum(rest) != *before {
        return None;
    }
    let (head, mut rest) = postcard::take_from_bytes::<Head>(rest).ok()?;
    if head.made.rules != now.rules || !head.made.program.is_still(&now.program) {
        return None;
    }
    let mut parts = Vec::new();
    for length in head.parts {
        let (part, behind) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = behind;
    }
    let parts = each(&parts, |part| postcard::from_bytes::<Vec<(String, Entry)>>(part));
    let parts: Vec<_> = parts.into_iter().collect::<Result<_, _>>().ok()?;
    Some(parts.into_iter().flatten().collect())
}

/// Tells whether a file is whole. The standard library's hash, for another program's index is of no
/// use anyway.
fn sum(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}
