//! Reads the articles of a workspace: all of them as records, some of them whole.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::tz::TimeZone;

use super::digest;
use super::each::each;
use super::index::{Entry, Holds, Index};
use super::read::{Format, NAMES, Setting, file_of, read};
use super::text::{Lines, Repeated};
use super::{Article, Library, Record, charset, feed};
use crate::config::{Leftovers, Located, Origin};
use crate::diag::Diagnostic;
use crate::world::{FileError, Files, Listing, Stamp};

/// Reads articles.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The workspace's files.
    pub files: &'a dyn Files,
    /// The zone of dates that name none.
    pub zone: &'a TimeZone,
    /// What a site's pages say around a story.
    pub leftovers: &'a Leftovers,
    /// What the articles of a folder do not say of themselves.
    pub origins: &'a [Origin],
    /// The path of this program. With it, what was read is kept, and what did not change since is
    /// not read again.
    pub program: Option<&'a str>,
    /// Is told how many files were looked at, and how many there are.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("zone", self.zone).finish_non_exhaustive()
    }
}

/// A file that may hold articles.
struct Found {
    /// Its path, as articles are named.
    name: String,
    /// Its path, as it was reached.
    path: String,
    format: Format,
}

impl Found {
    fn new(path: String) -> Option<Self> {
        let name = plain(&path).to_owned();
        Some(Self { format: Format::of(&name)?, name, path })
    }
}

/// A file before it is read.
struct Seen<'f> {
    found: &'f Found,
    stamp: Stamp,
    /// What the index has of it, if it has not changed since.
    known: Option<&'f Entry>,
    /// The lines of a text that the index does not know.
    lines: Option<Lines>,
}

impl<'f> Seen<'f> {
    fn lines(&self) -> Option<&Lines> {
        self.lines.as_ref().or_else(|| self.known?.lines.as_ref())
    }
}

/// What became of a file.
enum Outcome {
    /// The index is right.
    Known,
    /// The index is right, and the file was written anew.
    Same(Stamp),
    /// It was read.
    Read(Box<Entry>),
    /// It could not be.
    Failed(Vec<Diagnostic>),
}

impl Reader<'_> {
    fn setting<'s>(&'s self, name: &str, repeated: &'s Repeated) -> Setting<'s> {
        Setting {
            zone: self.zone,
            repeated,
            leftovers: self.leftovers,
            origin: Origin::of(self.origins, name),
        }
    }

    /// Reads all articles in folders, at any depth, and in single files. One that two of the paths
    /// reach is read once.
    pub fn library(&self, paths: &[Located<String>]) -> Library {
        let mut library = Library::default();
        let (found, mut index) = thread::scope(|scope| {
            let index = scope.spawn(|| self.index());
            let found = self.find(paths, &mut library.problems);
            (found, index.join().unwrap_or_default())
        });
        let seen = each(&found, |found| self.look(found, &index));
        let texts = seen.iter().filter_map(|seen| seen.as_ref().ok()?.lines());
        library.repeated = Repeated::of(texts);
        let done = AtomicUsize::new(0);
        let outcomes = each(&seen, |seen| {
            let outcome = match seen {
                Ok(seen) => self.read(seen, &library.repeated),
                Err(problem) => Outcome::Failed(vec![problem.clone()]),
            };
            (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, found.len());
            outcome
        });
        drop(seen);
        if update(&mut index, &mut library, &found, outcomes) {
            index.store(self.files);
        }
        let (feeds, files): (Vec<_>, _) = found.iter().partition(|f| f.format == Format::Feed);
        files.into_iter().chain(feeds).for_each(|found| library.take(found, &mut index.files));
        library
    }

    /// Reads articles of a library whole, by their paths; those that are not there are left out.
    pub fn articles(
        &self,
        library: &Library,
        names: &BTreeSet<&str>,
    ) -> (Vec<Article>, Vec<Diagnostic>) {
        let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut articles = Vec::new();
        for name in names {
            match library.whole.get(*name) {
                Some(article) => articles.push(article.clone()),
                None => files.entry(file_of(name)).or_default().push(name),
            }
        }
        let files: Vec<_> = files.into_iter().filter(|(file, _)| self.files.exists(file)).collect();
        let mut problems = Vec::new();
        for read in each(&files, |(file, names)| self.named(file, names, &library.repeated)) {
            match read {
                Ok(read) => articles.extend(read),
                Err(found) => problems.extend(found),
            }
        }
        (articles, problems)
    }

    /// Reads one article of a library whole, by its path.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn article(&self, library: &Library, name: &str) -> Result<Article, Vec<Diagnostic>> {
        if let Some(article) = library.whole.get(name) {
            return Ok(article.clone());
        }
        let file = file_of(name);
        let mut read = self.named(file, &[name], &library.repeated)?;
        read.pop().ok_or_else(|| {
            let what =
                format!("`{file}` has no entry `{}`", name[file.len()..].trim_start_matches('#'));
            vec![Diagnostic::error(what).file(file)]
        })
    }

    fn named(
        &self,
        file: &str,
        names: &[&str],
        repeated: &Repeated,
    ) -> Result<Vec<Article>, Vec<Diagnostic>> {
        if Format::of(file) != Some(Format::Feed) || names.contains(&file) {
            let source = charset::open(self.files, file).map_err(|e| vec![unreadable(file, e)])?;
            return Ok(vec![read(&source, &self.setting(file, repeated))?]);
        }
        let bytes = self.files.read(file).map_err(|error| vec![error.into()])?;
        let entries = feed::read(file, &bytes, self.zone, Origin::of(self.origins, file))
            .map_err(|problem| vec![problem])?;
        let mut articles = entries.map(|entries| entries.articles).unwrap_or_default();
        articles.retain(|article| names.contains(&article.source.name()));
        Ok(articles)
    }

    fn index(&self) -> Index {
        let program = self.program.and_then(|program| self.files.stamp(program).ok());
        Index::load(
            self.files,
            program,
            &format!("{:?} {:?}", self.zone.iana_name(), (self.origins, self.leftovers)),
        )
    }

    /// The files that may hold articles, by the order of their names.
    fn find(&self, paths: &[Located<String>], problems: &mut Vec<Diagnostic>) -> Vec<Found> {
        let mut found = Vec::new();
        for path in paths {
            match find(self.files, path) {
                Ok(listing) => {
                    found.extend(listing.paths.into_iter().filter_map(Found::new));
                    problems.extend(listing.problems.into_iter().map(Diagnostic::from));
                }
                Err(problem) => problems.push(problem),
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        // One folder names each of its files once.
        if paths.len() > 1 {
            let mut seen = HashSet::new();
            found.retain(|found| seen.insert(self.files.resolve(&found.path)));
        }
        found
    }

    /// Looks whether the index knows a file as it is, and at the lines of one that it does not.
    fn look<'f>(&self, found: &'f Found, index: &'f Index) -> Result<Seen<'f>, Diagnostic> {
        let fail = |error| unreadable(&found.name, error);
        let stamp = self.files.stamp(&found.path).map_err(fail)?;
        let old = index.files.get(&found.name);
        let mut seen = Seen { found, stamp, known: old, lines: None };
        if old.is_some_and(|old| old.stamp.is_still(&stamp)) {
            return Ok(seen);
        }
        let bytes = || self.files.read(&found.path).map_err(fail);
        if let Some(old) = old
            && old.stamp.size == stamp.size
            && digest::of_bytes(&bytes()?) == old.digest
        {
            return Ok(seen);
        }
        seen.known = None;
        if found.format == Format::Text {
            let source = charset::text_of(&found.path, bytes()?).map_err(fail)?;
            seen.lines = Some(Lines::of(source.text()));
        }
        Ok(seen)
    }

    fn read(&self, seen: &Seen<'_>, repeated: &Repeated) -> Outcome {
        let Seen { found, stamp, known, .. } = seen;
        let shared = seen.lines().map_or(0, |lines| repeated.shared(lines));
        if let Some(known) = known.filter(|known| known.shared == shared) {
            let is_still = known.stamp.is_still(stamp);
            return if is_still { Outcome::Known } else { Outcome::Same(*stamp) };
        }
        let bytes = match self.files.read(&found.path) {
            Ok(bytes) => bytes,
            Err(error) => return Outcome::Failed(vec![unreadable(&found.name, error)]),
        };
        let digest = digest::of_bytes(&bytes);
        match self.holds(found, bytes, repeated) {
            Ok(holds) => {
                let lines = seen.lines().cloned();
                Outcome::Read(Box::new(Entry { stamp: *stamp, digest, lines, shared, holds }))
            }
            Err(problems) => Outcome::Failed(problems),
        }
    }

    fn holds(
        &self,
        found: &Found,
        bytes: Vec<u8>,
        repeated: &Repeated,
    ) -> Result<Holds, Vec<Diagnostic>> {
        if found.format != Format::Feed {
            let source = charset::text_of(&found.name, bytes);
            let source = source.map_err(|error| vec![unreadable(&found.name, error)])?;
            return Ok(Holds::Article(Record::of(&read(
                &source,
                &self.setting(&found.name, repeated),
            )?)));
        }
        let entries =
            feed::read(&found.name, &bytes, self.zone, Origin::of(self.origins, &found.name))
                .map_err(|problem| vec![problem])?;
        Ok(match entries {
            Some(entries) => {
                Holds::Feed(entries.articles.iter().map(Record::of).collect(), entries.is_cut)
            }
            None => Holds::NoFeed,
        })
    }
}

/// Brings the index up to date, and says whether that changed it; tells what failed.
fn update(
    index: &mut Index,
    library: &mut Library,
    found: &[Found],
    outcomes: Vec<Outcome>,
) -> bool {
    let mut is_changed = false;
    let mut failed = HashSet::new();
    for (found, outcome) in found.iter().zip(outcomes) {
        match outcome {
            Outcome::Known => continue,
            Outcome::Same(stamp) => {
                if let Some(entry) = index.files.get_mut(&found.name) {
                    entry.stamp = stamp;
                }
            }
            Outcome::Read(entry) => {
                index.files.insert(found.name.clone(), *entry);
            }
            Outcome::Failed(problems) => {
                library.problems.extend(problems);
                failed.insert(found.name.as_str());
                continue;
            }
        }
        is_changed = true;
    }
    // What is gone, or can no longer be read, is known no more.
    let known = index.files.len();
    if known + failed.len() != found.len() {
        let names = found.iter().map(|found| found.name.as_str());
        let names: HashSet<&str> = names.filter(|name| !failed.contains(name)).collect();
        index.files.retain(|name, _| names.contains(name.as_str()));
    }
    is_changed || index.files.len() != known
}

impl Library {
    fn take(&mut self, found: &Found, files: &mut HashMap<String, Entry>) {
        let name = found.name.as_str();
        match files.remove(name).map(|entry| entry.holds) {
            Some(Holds::Article(record)) => self.records.push(record),
            Some(Holds::Feed(records, is_cut)) => {
                self.records.extend(records);
                let warning = Diagnostic::warning("the feed has more than 20,000 entries");
                let warning = warning.file(name).note("the first of them were read");
                self.warnings.extend(is_cut.then_some(warning));
            }
            Some(Holds::NoFeed) => {
                let warning = Diagnostic::warning(format!("`{name}` is no feed")).file(name);
                self.warnings.push(warning.note("it was passed over"));
            }
            None => {}
        }
    }
}

fn find(files: &dyn Files, path: &Located<String>) -> Result<Listing, Diagnostic> {
    let name = path.value.as_str();
    if files.is_folder(name) {
        return Ok(files.walk(name));
    }
    if !files.exists(name) {
        return Err(Diagnostic::error(format!("there is no folder or file `{name}`"))
            .at(path.span.clone(), "articles are looked for here")
            .hint("make the folder, or name the one that holds the articles"));
    }
    match Format::of(name) {
        Some(_) => Ok(Listing { paths: vec![name.to_owned()], problems: vec![] }),
        None => {
            Err(Diagnostic::error(format!("`{name}` is no article")).at(path.span.clone(), NAMES))
        }
    }
}

/// A path without the `./` that a person may have put before it.
fn plain(path: &str) -> &str {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}

fn unreadable(name: &str, error: FileError) -> Diagnostic {
    Diagnostic::from(error).file(name)
}
