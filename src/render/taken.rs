//! Which texts the `handlebars` crate took, so that it is asked about each of them once.
//!
//! Invariant: it saves time and decides nothing. A file that is absent, torn, or of another version
//! of the crate is as good as empty.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

use crate::words::to_hex;
use crate::world::Files;

/// Where it lies.
const FILE: &str = ".letterpress/templates.taken";
/// The first line: another version of the crate may take other texts.
const CRATE: &str = "handlebars 6.4.4\n";
/// So many texts are remembered that were not just asked about.
const OTHERS_MAX: usize = 1_000;

/// The texts that the crate took, by their digests.
#[derive(Debug, Default)]
pub struct Taken {
    known: BTreeSet<String>,
    /// Those of the texts that were just asked about.
    now: Mutex<BTreeSet<String>>,
}

impl Taken {
    /// Reads what is remembered in a workspace.
    pub fn read(files: &dyn Files) -> Self {
        let source = files.read_text(FILE).ok();
        let lines = source.as_ref().and_then(|source| source.text().strip_prefix(CRATE));
        let known = lines.unwrap_or_default().lines().map(str::to_owned).collect();
        Self { known, now: Mutex::default() }
    }

    /// Returns why a text is not taken; `ask` tells it of one that is not known.
    pub(super) fn refused<T>(&self, text: &str, ask: impl FnOnce() -> Option<T>) -> Option<T> {
        let name = to_hex(digest(&SHA256, text.as_bytes()).as_ref());
        let refused = if self.known.contains(&name) { None } else { ask() };
        if refused.is_none() {
            self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        }
        refused
    }

    /// Remembers what was taken. Where that cannot be written, the crate is asked again.
    pub fn keep(&self, files: &dyn Files) {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.is_subset(&self.known) {
            return;
        }
        let others = self.known.difference(&now).take(OTHERS_MAX);
        let lines = now.iter().chain(others).map(|name| format!("{name}\n"));
        let text: String = std::iter::once(CRATE.to_owned()).chain(lines).collect();
        let _ = files.write_private_unsynced(FILE, text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::WorkspaceFiles;

    #[test]
    fn the_crate_is_asked_once_about_a_text_that_it_takes() {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        let ask = |text: &str, answer: Option<&'static str>| {
            let (taken, mut is_asked) = (Taken::read(&files), false);
            let refused = taken.refused(text, || {
                is_asked = true;
                answer
            });
            taken.keep(&files);
            (is_asked, refused)
        };
        assert_eq!(ask("a", None), (true, None));
        assert_eq!(ask("a", Some("not asked")), (false, None));
        assert_eq!(ask("b", Some("no")), (true, Some("no")));
        assert_eq!(ask("b", Some("no")), (true, Some("no")));
        assert_eq!(ask("c", None), (true, None));
        assert_eq!(ask("a", None), (false, None));
    }

    #[test]
    fn another_version_of_the_crate_is_asked_anew() {
        let lock = include_str!("../../Cargo.lock");
        let (name, version) = CRATE.trim_end().split_once(' ').unwrap();
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
    }
}
