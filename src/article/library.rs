//! All articles of a workspace.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::tz::TimeZone;

use super::Article;
use super::read::{Format, NAMES, read};
use super::text::Repeated;
use super::{charset, feed};
use crate::config::Located;
use crate::diag::Diagnostic;
use crate::words::Source;
use crate::world::{FileError, Files, Listing};

type Outcome = Result<Article, Vec<Diagnostic>>;

/// What was read of a workspace's folders.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The articles, by the order of their paths; behind them the entries of feeds.
    pub articles: Vec<Article>,
    /// Folders and files that could not be read, in the order of the paths; errors.
    pub problems: Vec<Diagnostic>,
    /// What a person should know of the reading as a whole. What concerns one article is with it.
    pub warnings: Vec<Diagnostic>,
}

/// Reads all articles in folders, at any depth, and in single files. One that two of the paths
/// reach is read once.
pub fn read_all(files: &dyn Files, paths: &[Located<String>], zone: &TimeZone) -> Library {
    let mut library = Library::default();
    let mut found = BTreeMap::new();
    for path in paths {
        match find(files, path) {
            Ok(listing) => {
                let named = listing.paths.into_iter().map(|name| (plain(&name).to_owned(), name));
                found.extend(named);
                library.problems.extend(listing.problems.into_iter().map(Diagnostic::from));
            }
            Err(problem) => library.problems.push(problem),
        }
    }
    let mut seen = HashSet::new();
    let mut feeds = Vec::new();
    let mut sources = Vec::new();
    for (name, path) in found {
        match Format::of(&name) {
            Some(Format::Feed) if seen.insert(files.resolve(&path)) => feeds.push((name, path)),
            Some(_) if seen.insert(files.resolve(&path)) => match charset::open(files, &path) {
                Ok(source) => sources.push(Source::new(name, source.text())),
                Err(error) => library.problems.push(unreadable(&name, error)),
            },
            _ => {}
        }
    }
    let is_text = |source: &&Source| Format::of(source.name()) == Some(Format::Text);
    let repeated = Repeated::of(sources.iter().filter(is_text).map(Source::text));
    for result in read_each(&sources, zone, &repeated) {
        match result {
            Ok(article) => library.articles.push(article),
            Err(problems) => library.problems.extend(problems),
        }
    }
    for (name, path) in feeds {
        library.feed(files, &name, &path, zone);
    }
    library
}

/// Reads articles, as many at once as the machine has cores; in the order of their names.
fn read_each(sources: &[Source], zone: &TimeZone, repeated: &Repeated) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((source.name(), read(source, zone, repeated)));
        }
        done
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(sources.len());
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            match other.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(name, _)| *name);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

impl Library {
    fn feed(&mut self, files: &dyn Files, name: &str, path: &str, zone: &TimeZone) {
        let read = files.read(path).map_err(Diagnostic::from);
        match read.and_then(|bytes| feed::read(name, &bytes, zone)) {
            Ok(Some(entries)) => {
                self.articles.extend(entries.articles);
                self.warnings.extend(entries.warnings);
            }
            Ok(None) => {
                let warning = Diagnostic::warning(format!("`{name}` is no feed")).file(name);
                self.warnings.push(warning.note("it was passed over"));
            }
            Err(problem) => self.problems.push(problem),
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
    let not_text = error.error.kind() == std::io::ErrorKind::InvalidData;
    let problem = Diagnostic::from(error).file(name);
    if not_text { problem.hint("save it again as UTF-8") } else { problem }
}
