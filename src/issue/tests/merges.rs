//! Two editors work on one issue, and git brings their files together.
//!
//! Each moves, rewrites, drops and adds stories, or gathers; then every story must be there once, or
//! the merge must say that it is not: by a conflict, or by an error of the file.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::*;
use crate::world::{Files as _, WorkspaceFiles};

const MERGES: u64 = 200;

/// An issue's sections with their stories, as an editor sees them.
#[derive(Clone)]
struct Page {
    note: String,
    sections: Vec<(String, Vec<Line>)>,
}

#[derive(Clone)]
struct Line {
    target: String,
    text: String,
}

impl Page {
    fn base(dice: &mut Dice) -> Self {
        let mut number = 0;
        let mut line = || {
            number += 1;
            let target = format!("articles/s{number}.md");
            Line { text: format!("- [Story {number}](../{target})\n"), target }
        };
        let sections = ["Top", "World", "Science", "Left out"].iter().map(|name| {
            let lines = (0..3 + dice.roll(5)).map(|_| line()).collect();
            ((*name).to_owned(), lines)
        });
        let sections = sections.collect();
        Self { note: "A quiet week.\n".to_owned(), sections }
    }

    fn text(&self) -> String {
        let mut text = format!("{FRONT}{}", self.note);
        for (name, lines) in &self.sections {
            text.push_str(&format!("\n## {name}\n"));
            lines.iter().for_each(|line| text.push_str(&line.text));
        }
        text
    }

    fn targets(&self) -> BTreeSet<String> {
        self.sections.iter().flat_map(|(_, lines)| lines).map(|line| line.target.clone()).collect()
    }

    /// Takes a story out of wherever it stands.
    fn take(&mut self, dice: &mut Dice) -> Option<Line> {
        // The first story of all is everybody's favourite.
        let favourite = dice.roll(4) == 0;
        let at = if favourite { 0 } else { dice.roll(self.sections.len() as u64) as usize };
        let lines = &mut self.sections[at].1;
        if favourite && !lines.is_empty() {
            return Some(lines.remove(0));
        }
        (!lines.is_empty()).then(|| lines.remove(dice.roll(lines.len() as u64) as usize))
    }

    fn put(&mut self, line: Line, dice: &mut Dice) {
        let at = dice.roll(self.sections.len() as u64) as usize;
        let lines = &mut self.sections[at].1;
        lines.insert(dice.roll(lines.len() as u64 + 1) as usize, line);
    }

    /// One thing that an editor does; `who` marks what is written.
    fn edit(&mut self, who: &str, dice: &mut Dice, dropped: &mut BTreeSet<String>) {
        match dice.roll(6) {
            0 | 1 => {
                if let Some(line) = self.take(dice) {
                    self.put(line, dice);
                }
            }
            2 => {
                if let Some(mut line) = self.take(dice) {
                    let words = format!("): Words of {who},\n  on two lines.\n");
                    line.text = line.text.replacen(")\n", &words, 1);
                    self.put(line, dice);
                }
            }
            3 => dropped.extend(self.take(dice).map(|line| line.target)),
            4 => {
                let target = format!("articles/{who}{}.md", dice.roll(1_000_000));
                let text = format!("- [New of {who}](../{target})\n");
                self.put(Line { target, text }, dice);
            }
            _ => self.note.push_str(&format!("\n{who} adds a sentence {}.\n", dice.roll(100))),
        }
    }
}

/// What a gather adds on one editor's machine.
fn gathered(text: &str) -> String {
    let mut articles =
        vec![record("articles/late.md", "Late", 22), record("articles/x.md", "X", 23)];
    articles[0].section = Some("World".to_owned());
    let (week, rules, used) = (week(), rules(12), Used::default());
    let selection = select(&articles, &search(&week, &rules, &used), &|_| vec![]);
    let file = parse(Source::new("issues/a.md", text), &zone()).unwrap();
    Addition::new(&file, &selection, Some(&Offered::new())).text()
}

fn targets(text: &str) -> BTreeSet<String> {
    let file = parse(Source::new("issues/a.md", text), &zone()).unwrap();
    file.targets().map(str::to_owned).collect()
}

#[test]
fn no_merge_doubles_or_loses_a_story_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let files = WorkspaceFiles::new(folder.path());
    let place = |name: &str| files.resolve(name);
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..MERGES {
        let mut dice = Dice(seed);
        let base = Page::base(&mut dice);
        let mut texts = vec![base.text()];
        let mut dropped = BTreeSet::new();
        let mut wanted = base.targets();
        for who in ["ann", "bo"] {
            let mut page = base.clone();
            for _ in 0..1 + dice.roll(2) {
                page.edit(who, &mut dice, &mut dropped);
            }
            let text = if dice.roll(3) == 0 { gathered(&page.text()) } else { page.text() };
            wanted.extend(targets(&text));
            texts.push(text);
        }
        let names = ["base", "ours", "theirs"];
        names
            .iter()
            .zip(&texts)
            .for_each(|(name, text)| files.write(name, text.as_bytes()).unwrap());
        let mut git = Command::new("git");
        git.args(["merge-file", "-p"]).args([place("ours"), place("base"), place("theirs")]);
        let merged = git.output().expect("git must be installed");
        let text = String::from_utf8(merged.stdout).unwrap();
        let is_conflict = merged.status.code() != Some(0);
        let outcome = match parse(Source::new("issues/a.md", text.clone()), &zone()) {
            Err(_) if is_conflict => "conflict",
            Err(faults) => {
                let twice = faults.list.iter().all(|fault| fault.what.contains("twice"));
                assert!(twice, "seed {seed}: {faults:?}\n{text}");
                "told as double"
            }
            Ok(_) if is_conflict => panic!("seed {seed}: a conflict is read as an issue\n{text}"),
            Ok(file) => {
                // What one moved, and the other set aside, is sent once.
                let sections = file.sections.iter().filter(|section| !section.is_left_out());
                let sent = sections.flat_map(|section| &section.items);
                let mut seen = BTreeSet::new();
                for item in sent.filter(|item| item.is_ticked) {
                    assert!(seen.insert(&item.target), "seed {seed}: doubled\n{text}");
                }
                let once: BTreeSet<String> = file.targets().map(str::to_owned).collect();
                let lost: Vec<_> =
                    wanted.difference(&once).filter(|own| !dropped.contains(*own)).collect();
                assert!(lost.is_empty(), "seed {seed}: {lost:?} lost\n{text}");
                "clean"
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    // Each of them must have been seen, or nothing was shown.
    for outcome in ["clean", "conflict", "told as double"] {
        assert!(outcomes.get(outcome).is_some_and(|count| *count >= 3), "{outcomes:?}");
    }
}
