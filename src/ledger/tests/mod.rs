//! The ledger by itself, and under a send.

mod book;
mod doubting;
mod grouping;
mod rehearsing;
mod revising;
mod sending;
mod upgrading;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{FILE, Ledger, NewPlan, Opening, PlanRow, PlannedReader, Suppression, digest};
use crate::audience::Excluded;
use crate::words::{Address, IssueName};
use crate::world::{Files as _, Lock, SystemEntropy, WorkspaceFiles};

/// A workspace with nothing but a ledger.
struct Workspace {
    folder: TempDir,
    files: WorkspaceFiles,
}

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        Self { folder, files }
    }

    fn opening<'a>(&'a self, machine: &'a str) -> Opening<'a> {
        let entropy = &SystemEntropy;
        Opening { files: &self.files, entropy, newsletter: "weekly", machine, now: now() }
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(FILE, self.opening("here")).unwrap()
    }

    fn lock(&self) -> Lock {
        self.files.lock(super::LOCK).unwrap()
    }

    /// All files under `.letterpress`, with their bytes.
    #[allow(clippy::disallowed_methods)]
    fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let mut list: Vec<_> = std::fs::read_dir(self.folder.path().join(".letterpress"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, std::fs::read(entry.path()).unwrap())
            })
            .collect();
        list.sort();
        list
    }
}

fn now() -> Timestamp {
    "2023-03-27T07:30:00-04:00".parse().unwrap()
}

fn issue() -> IssueName {
    "2023-W12".parse().unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn plan(count: usize) -> NewPlan<'static> {
    plan_of((0..count).map(reader))
}

fn reader(number: usize) -> PlanRow {
    PlanRow::Reader(PlannedReader {
        address: address(&format!("a{number}@list.example")),
        fields: format!(r#"{{"name":"Reader {number}"}}"#),
    })
}

fn plan_of<'a>(readers: impl Iterator<Item = PlanRow> + 'a) -> NewPlan<'a> {
    let content = r#"{"subject":"A"}"#.to_owned();
    let malformed = Excluded { address: "x@@y".into(), reason: "malformed".into() };
    NewPlan {
        issue: issue(),
        digest: digest(&content),
        content,
        stories: "{}".to_owned(),
        rows: Box::new(std::iter::once(PlanRow::Excluded(malformed)).chain(readers).map(Ok)),
        at: now(),
    }
}

fn suppression(text: &str) -> Suppression {
    Suppression {
        address: address(text),
        scope: Some("weekly".into()),
        reason: "unsubscribed".into(),
        source: "by hand".into(),
        date: now(),
    }
}
