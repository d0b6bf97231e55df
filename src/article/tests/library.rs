//! A folder of articles, read once, and again by what the index keeps.

use std::sync::Mutex;

use super::*;
use crate::config::Located;
use crate::world::{FileError, Files, Lock, LockError, Stamp};

fn located(paths: &[&str]) -> Vec<Located<String>> {
    let source = Source::new("letterpress.toml", paths.join(" "));
    let mut start = 0;
    let place = |path: &&str| {
        let span = source.span(start..start + path.len());
        start += path.len() + 1;
        Located { value: (*path).to_owned(), span }
    };
    paths.iter().map(place).collect()
}

fn reader<'a>(files: &'a dyn Files, zone: &'a TimeZone, program: Option<&'a str>) -> Reader<'a> {
    Reader { files, zone, leftovers: Leftovers::NONE, origins: &[], program, progress: &|_, _| {} }
}

/// A library that keeps nothing.
fn library(files: &dyn Files, paths: &[&str]) -> Library {
    reader(files, &zone(), None).library(&located(paths))
}

/// Its articles, whole.
fn whole(files: &dyn Files, library: &Library) -> Vec<Article> {
    let names = library.records.iter().map(|record| record.name.as_str()).collect();
    let (articles, problems) = reader(files, &zone(), None).articles(library, &names);
    assert_eq!(problems, []);
    assert_eq!(articles.iter().map(Record::of).collect::<Vec<_>>(), library.records);
    articles
}

const RSS: &[u8] =
    b"<rss><channel><item><guid>1</guid><title>An entry</title></item></channel></rss>";

#[test]
fn a_library_is_sorted_and_reads_each_file_once() {
    let text = b"---\ntitle: T\ndate: 2023-03-20\n---\nText.\n";
    let (_folder, files) = workspace(&[
        ("articles/b.md", text),
        ("articles/a/c.markdown", text),
        ("articles/x.png", b"\xff"),
        ("articles/d.xml", b"<urlset></urlset>"),
        ("articles/e.RSS", RSS),
        ("articles/f.HTM", b"<title>A page</title><p>Text."),
        ("more.TXT", b"A title\n\nText.\n"),
    ]);
    // Feeds come behind all files.
    let library = library(&files, &["more.TXT", "./articles", "articles/a"]);
    let names: Vec<_> = library.records.iter().map(|record| record.name.as_str()).collect();
    let files = ["articles/a/c.markdown", "articles/b.md", "articles/f.HTM", "more.TXT"];
    assert_eq!(names, [&files[..], &["articles/e.RSS#1"]].concat());
    assert_eq!(library.problems, []);
    insta::assert_snapshot!(diag::draw(&library.warnings[0], false), @r"
    warning: `articles/d.xml` is no feed
      --> articles/d.xml
       = it was passed over
    ");
}

#[test]
fn all_that_cannot_be_read_is_told_at_once() {
    let (_folder, files) = workspace(&[
        ("articles/a.txt", b"A title\n\n\xff\xfe\n"),
        ("articles/b.md", b"+++\nx\n+++\n"),
        ("articles/c.md", b"Fine.\n"),
        ("notes.docx", b""),
    ]);
    let library = library(&files, &["nowhere", "notes.docx", "articles"]);
    assert_eq!(library.records.len(), 1);
    let told = library.problems.iter().map(|problem| diag::draw(problem, false));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n\n"));
}

#[test]
fn lines_that_files_share_are_no_part_of_a_story() {
    let page = |title: &str, words: &str| {
        format!(
            "{title}\n\nMarch 20, 2023\n\nThe first paragraph of this page is about {words} and \
             about nothing else at all.\n\nThe second says more about {words}, as it should.\n\n\
             The paper has been yours since 1902 and is printed in the old mill.\n"
        )
    };
    let (one, two) = (page("One", "apples"), page("Two", "pears"));
    let list = [("a/1.txt", one.as_bytes()), ("a/2.txt", two.as_bytes())];
    let (_folder, files) = workspace(&list);
    let known = library(&files, &["a"]);
    for article in whole(&files, &known) {
        assert_eq!(article.body.len(), 2, "{:?}", article.body);
        assert_eq!(article.cut[0].rule, "repeated in other files");
    }
    // Alone, nothing tells that line from the story.
    assert_eq!(read_text("1.txt", &one).unwrap().body.len(), 3);
    // The same article saved twice is whole in both.
    let twice = [("a/1.txt", one.as_bytes()), ("a/2.txt", one.as_bytes())];
    let (_folder, files) = workspace(&twice);
    let known = library(&files, &["a"]);
    assert!(whole(&files, &known).iter().all(|article| article.body.len() == 3));
}

#[test]
fn an_entry_of_a_feed_is_read_by_its_name() {
    let (_folder, files) = workspace(&[("a/e.rss", RSS)]);
    let known = library(&files, &["a"]);
    assert_eq!(whole(&files, &known)[0].title, "An entry");
    let problems = reader(&files, &zone(), None).article(&known, "a/e.rss#2").unwrap_err();
    assert_eq!(problems[0].what, "`a/e.rss` has no entry `2`");
}

/// Files that note what is read of them, and whose stamps have settled if it is said so.
#[derive(Debug)]
struct Watched {
    files: WorkspaceFiles,
    is_settled: bool,
    read: Mutex<Vec<String>>,
}

impl Watched {
    fn new(files: &WorkspaceFiles, is_settled: bool) -> Self {
        Self { files: files.clone(), is_settled, read: Mutex::default() }
    }

    /// The articles that were read since it was last asked.
    fn read(&self) -> Vec<String> {
        let mut read = std::mem::take(&mut *self.read.lock().unwrap());
        read.retain(|path| path.starts_with("a/"));
        read.sort();
        read.dedup();
        read
    }
}

impl Files for Watched {
    fn resolve(&self, path: &str) -> std::path::PathBuf {
        self.files.resolve(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read.lock().unwrap().push(path.to_owned());
        self.files.read(path)
    }

    fn stamp(&self, path: &str) -> Result<Stamp, FileError> {
        let mut stamp = self.files.stamp(path)?;
        stamp.is_settled = self.is_settled;
        Ok(stamp)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.files.write(path, bytes)
    }

    fn write_private(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.files.write_private(path, bytes)
    }

    fn write_unsynced(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.files.write_unsynced(path, bytes)
    }

    fn write_private_unsynced(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.files.write_private_unsynced(path, bytes)
    }

    fn create_folder(&self, path: &str) -> Result<(), FileError> {
        self.files.create_folder(path)
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        self.files.remove(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        self.files.rename(from, to)
    }

    fn lock(&self, path: &str) -> Result<Lock, LockError> {
        self.files.lock(path)
    }
}

/// A file that stands for the program.
const PROGRAM: (&str, &[u8]) = ("program", b"one");

/// What a reading that keeps an index says, held against one that keeps none.
fn kept(files: &Watched) -> Library {
    let library = reader(files, &zone(), Some(PROGRAM.0)).library(&located(&["a"]));
    let fresh = self::library(&files.files, &["a"]);
    assert_eq!(library.records, fresh.records);
    let mut problems = [library.problems.clone(), fresh.problems];
    problems.iter_mut().for_each(|list| list.sort_by_key(|problem| problem.file.clone()));
    assert_eq!(problems[0], problems[1]);
    assert_eq!(library.warnings, fresh.warnings);
    library
}

const INDEX: &str = ".letterpress/articles.index";

#[test]
fn what_did_not_change_is_not_read_again() {
    let text = b"---\ntitle: T\n---\nText.\n";
    let (_folder, files) = workspace(&[
        PROGRAM,
        ("a/1.md", text),
        ("a/2.md", text),
        ("a/3.txt", b"A title\n\nText.\n"),
        ("a/4.rss", RSS),
        ("a/5.json", b"{}"),
    ]);
    let files = Watched::new(&files, true);
    let all = ["a/1.md", "a/2.md", "a/3.txt", "a/4.rss", "a/5.json"];
    kept(&files);
    assert_eq!(files.read(), all);
    kept(&files);
    assert_eq!(files.read(), [""; 0]);
    // A file of another size, a new one, and one that is gone.
    files.write("a/1.md", b"---\ntitle: Another\n---\nText.\n").unwrap();
    files.write("a/6.md", text).unwrap();
    files.remove("a/5.json").unwrap();
    assert_eq!(kept(&files).records.len(), 5);
    assert_eq!(files.read(), ["a/1.md", "a/6.md"]);
    kept(&files);
    assert_eq!(files.read(), [""; 0]);
    // Another program reads everything anew, and so does another zone.
    files.write(PROGRAM.0, b"two").unwrap();
    kept(&files);
    assert_eq!(files.read().len(), 5);
    let utc = TimeZone::UTC;
    reader(&files, &utc, Some(PROGRAM.0)).library(&located(&["a"]));
    assert_eq!(files.read().len(), 5);
}

#[test]
fn a_file_that_may_have_changed_within_a_tick_is_compared_and_not_read_anew() {
    let (_folder, files) = workspace(&[PROGRAM, ("a/1.md", b"---\ntitle: One\n---\nText.\n")]);
    let settled = Watched::new(&files, true);
    kept(&settled);
    let before = files.read(INDEX).unwrap();
    // Its bytes are looked at, and are the same.
    settled.write("a/1.md", b"---\ntitle: One\n---\nText.\n").unwrap();
    settled.read();
    kept(&settled);
    assert_eq!(settled.read(), ["a/1.md"]);
    assert_ne!(files.read(INDEX).unwrap(), before, "the stamp is another one");
    kept(&settled);
    assert_eq!(settled.read(), [""; 0]);
}

#[test]
fn a_text_is_read_anew_when_another_file_comes_to_share_its_lines() {
    let page = |words: &str| {
        format!(
            "{words}\n\nMarch 20, 2023\n\nThe first paragraph of this page is about {words} and \
             about nothing else at all.\n\nThe second says more about {words}, as it should.\n\n\
             The paper has been yours since 1902 and is printed in the old mill.\n"
        )
    };
    let (_folder, files) = workspace(&[PROGRAM, ("a/1.txt", page("Apples").as_bytes())]);
    let files = Watched::new(&files, true);
    let alone = kept(&files).records[0].clone();
    files.write("a/2.txt", page("Pears").as_bytes()).unwrap();
    let beside = kept(&files).records[0].clone();
    assert_ne!(alone.digest, beside.digest, "the line that they share is part of no story");
    files.remove("a/2.txt").unwrap();
    assert_eq!(kept(&files).records[0], alone);
}

#[test]
fn an_index_changes_nothing_of_what_is_read() {
    let line = |chance: &mut Chance| format!("Line {} is as long as any.\n\n", chance.below(4));
    let mut chance = Chance(7);
    let (_folder, files) = workspace(&[PROGRAM]);
    let files = Watched::new(&files, true);
    files.create_folder("a").unwrap();
    for step in 0..200 {
        let number = chance.below(8);
        let kind = ["txt", "md", "html", "rss", "json"][chance.below(5)];
        let path = format!("a/{number}.{kind}");
        let lines: String = (0..chance.below(5)).map(|_| line(&mut chance)).collect();
        let text = match (chance.below(6), kind) {
            (0, _) => "\u{0}\n".to_owned(),
            (1, "md") => format!("---\ndate: never\n---\n{lines}"),
            (_, "md") => format!("---\ntitle: T{step}\n---\n{lines}"),
            (_, "html") => format!("<title>T{number}</title><p>{lines}"),
            (_, "rss") => String::from_utf8_lossy(RSS).replace("An entry", &lines),
            _ => format!("Title {number}\n\n{lines}"),
        };
        match chance.below(4) {
            0 => files.remove(&path).unwrap(),
            1 if files.exists(&path) => files.rename(&path, &format!("a/moved.{kind}")).unwrap(),
            _ => files.write(&path, text.as_bytes()).unwrap(),
        }
        kept(&files);
    }
}

#[test]
fn an_index_that_is_torn_or_flipped_is_as_good_as_none() {
    let text = b"---\ntitle: T\n---\nText.\n";
    let (_folder, files) = workspace(&[PROGRAM, ("a/1.md", text), ("a/2.txt", b"A\n\nB.\n")]);
    let files = Watched::new(&files, true);
    kept(&files);
    let whole = files.files.read(INDEX).unwrap();
    for at in 0..whole.len() {
        files.write_unsynced(INDEX, &whole[..at]).unwrap();
        kept(&files);
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        files.write_unsynced(INDEX, &flipped).unwrap();
        kept(&files);
    }
    // Where it cannot be written at all, nothing else fails.
    files.remove(INDEX).unwrap();
    files.create_folder(&format!("{INDEX}/x")).unwrap();
    kept(&files);
}
