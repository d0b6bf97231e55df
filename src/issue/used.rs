//! What other issues did with articles.
//!
//! An article is known by its path, else by its address on the web, else by its text, so that one
//! that is renamed or dated anew does not come twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use super::file::IssueFile;
use crate::article::{Record, canonical};
use crate::words::IssueName;

/// What is remembered of an article that a gather has offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Trait {
    /// Its address on the web.
    pub link: Option<String>,
    /// The digest of its text.
    pub digest: Option<String>,
    /// The headline, as it was written.
    #[serde(default)]
    pub headline: Option<String>,
}

/// What a gather on this machine has offered for an issue, by the articles' paths.
pub type Offered = BTreeMap<String, Trait>;

impl Trait {
    /// What is to be remembered of an article.
    pub fn of(article: &Record) -> Self {
        let headline = Some(article.title.clone());
        Self { link: article.link.clone(), digest: article.digest.clone(), headline }
    }
}

/// What an issue did with an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The issue.
    pub issue: IssueName,
    /// Whether it is sent in it, or was set aside by hand; else it only found no room.
    pub is_settled: bool,
    /// Whether it is sent in it.
    pub is_sent: bool,
    /// How many issues had no room for it.
    pub left_out: usize,
    /// The end of the last of them.
    pub until: Zoned,
}

/// What one issue did with an article.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Sent,
    SetAside,
    NoRoom,
}

/// What all other issues did with articles.
#[derive(Clone, Debug, Default)]
pub struct Used {
    uses: Vec<Use>,
    by_path: HashMap<String, usize>,
    by_link: HashMap<String, usize>,
    by_digest: HashMap<String, usize>,
    first: Option<Zoned>,
}

impl Used {
    /// Takes in an issue; `offered` is what a gather remembers of it, `planned` what its plan has.
    pub fn take(
        &mut self,
        name: &IssueName,
        file: &IssueFile,
        offered: Option<&Offered>,
        planned: Option<&Offered>,
    ) {
        let (from, until) = (&file.front.period.from, &file.front.period.until);
        if self.first.as_ref().is_none_or(|first| from < first) {
            self.first = Some(from.clone());
        }
        let mut standing = BTreeSet::new();
        for section in &file.sections {
            for item in &section.items {
                standing.insert(item.target.as_str());
                // Gather writes what finds no room with an empty box under that heading.
                let fate = match (section.is_left_out(), item.is_ticked) {
                    (true, false) => Fate::NoRoom,
                    (false, true) => Fate::Sent,
                    _ => Fate::SetAside,
                };
                let known = offered.and_then(|offered| offered.get(&item.target));
                let known = known.or_else(|| planned?.get(&item.target));
                self.note(name, until, &item.target, known, fate);
            }
        }
        let planned = planned.into_iter().flatten().map(|story| (story, Fate::Sent));
        let offered = offered.into_iter().flatten().map(|story| (story, Fate::SetAside));
        for ((path, known), fate) in planned.chain(offered) {
            if !standing.contains(path.as_str()) {
                self.note(name, until, path, Some(known), fate);
            }
        }
    }

    /// Takes in an issue that was planned, and whose file is gone.
    pub fn take_planned(&mut self, name: &IssueName, planned: &Offered, now: &Zoned) {
        for (path, known) in planned {
            self.note(name, now, path, Some(known), Fate::Sent);
        }
    }

    fn note(
        &mut self,
        name: &IssueName,
        until: &Zoned,
        target: &str,
        known: Option<&Trait>,
        fate: Fate,
    ) {
        let link = known.and_then(|known| known.link.as_deref());
        let digest = known.and_then(|known| known.digest.as_deref());
        let at = self.find(target, link, digest).unwrap_or_else(|| {
            let (issue, until) = (name.clone(), until.clone());
            let (is_settled, is_sent) = (false, false);
            self.uses.push(Use { issue, is_settled, is_sent, left_out: 0, until });
            self.uses.len() - 1
        });
        let found = &mut self.uses[at];
        if fate != Fate::NoRoom {
            found.is_settled = true;
            found.is_sent |= fate == Fate::Sent;
            found.issue = name.clone();
        } else {
            found.left_out += 1;
            found.until = found.until.clone().max(until.clone());
        }
        self.by_path.insert(target.to_owned(), at);
        // An outside story is known by its address.
        if target.contains("://") {
            self.by_link.insert(canonical(target), at);
        }
        self.by_link.extend(link.map(|link| (canonical(link), at)));
        self.by_digest.extend(digest.map(|digest| (digest.to_owned(), at)));
    }

    fn find(&self, path: &str, link: Option<&str>, digest: Option<&str>) -> Option<usize> {
        let by_path = self.by_path.get(path);
        let by_link = || self.by_link.get(&canonical(link?));
        let by_digest = || self.by_digest.get(digest?);
        by_path.or_else(by_link).or_else(by_digest).copied()
    }

    /// What became of an article.
    pub fn of(&self, article: &Record) -> Option<&Use> {
        let (link, digest) = (article.link.as_deref(), article.digest.as_deref());
        self.uses.get(self.find(&article.name, link, digest)?)
    }

    /// Says whether they have nothing.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty()
    }

    /// Where the time of the first issue begins: what is older was never owed to a reader.
    pub fn first(&self) -> Option<&Zoned> {
        self.first.as_ref()
    }
}
