//! A template's folder: `newsletter.mjml`, `newsletter.txt`, `partials/`, `words/`, `template.toml`,
//! and what all templates share: `templates/partials/`, `templates/words/`.
//!
//! Invariant: what a template has of its own wins over what is shared under the same name.

use std::collections::{BTreeMap, BTreeSet};

use super::include::Includes;
use super::language::{self, Home, Node, Template};
use super::settings::Words;
use super::taken::Taken;
use super::thread::with_stack;
use crate::config::{Located, Newsletter};
use crate::diag::{Diagnostic, Faults};
use crate::words::Source;
use crate::world::Files;

/// The folder of all templates.
const TEMPLATES: &str = "templates";

/// The largest file of a template.
const FILE_BYTES_MAX: usize = 1024 * 1024;
/// A template's tags times its bytes: 1,000 tags in 1 MiB.
const WORK_MAX: usize = 1024 * 1024 * 1000;
/// The most backslashes in a row.
const BACKSLASHES_MAX: usize = 1_000;
/// The most partials of a template.
const PARTIALS_MAX: usize = 500;

/// The files of a template, read.
#[derive(Debug)]
pub struct Folder {
    pub(super) html: Template,
    pub(super) text: Template,
    /// The partials of the HTML, by name.
    pub(super) html_partials: BTreeMap<String, Template>,
    /// The partials of the plain text, by name.
    pub(super) text_partials: BTreeMap<String, Template>,
    /// `template.toml`.
    pub(super) settings: Option<Source>,
    /// The words that the template prints.
    pub(super) words: Words,
}

impl Folder {
    /// Reads the folder of a newsletter's template, or of the one that an issue has of its own.
    ///
    /// # Errors
    /// The first syntax fault of each file, and every file that is missing.
    pub fn read(
        files: &dyn Files,
        newsletter: &Newsletter,
        own: Option<&Located<String>>,
    ) -> Result<Self, Faults> {
        let name = own.unwrap_or(&newsletter.template);
        with_stack(|| Self::read_all(files, name, &newsletter.language))
    }

    fn read_all(files: &dyn Files, name: &Located<String>, language: &str) -> Result<Self, Faults> {
        let folder = format!("{TEMPLATES}/{}", name.value);
        let sound = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if !name.value.chars().all(sound)
            || name.value.starts_with('.')
            || !files.is_folder(&folder)
        {
            return Err(Diagnostic::error(format!("there is no template `{}`", name.value))
                .at(name.span.clone(), format!("it would be the folder `{folder}`"))
                .into());
        }
        let mut faults = Faults::default();
        let html = template(files, &format!("{folder}/newsletter.mjml"), &mut faults);
        let text = template(files, &format!("{folder}/newsletter.txt"), &mut faults);
        let (mut html_partials, mut text_partials) = partials(files, TEMPLATES, &mut faults);
        let (own_html, own_text) = partials(files, &folder, &mut faults);
        html_partials.extend(own_html);
        text_partials.extend(own_text);
        let mut includes =
            Includes { files, folder: &folder, partials: &mut html_partials, faults: &mut faults };
        let html = html.map(|mut html| {
            includes.follow(&mut html);
            html
        });
        includes.follow_partials();
        let settings = optional(files, &format!("{folder}/template.toml"), &mut faults);
        let words = words(files, &folder, language, &mut faults);
        match (html, text, faults.list.is_empty()) {
            (Some(html), Some(text), true) => {
                Ok(Self { html, text, html_partials, text_partials, settings, words })
            }
            _ => Err(faults),
        }
    }

    fn templates(&self) -> impl Iterator<Item = &Template> {
        let partials = self.html_partials.values().chain(self.text_partials.values());
        [&self.html, &self.text].into_iter().chain(partials)
    }

    /// Tells which files are no Handlebars to the crate, which has the last word on that: our own
    /// reading never takes more. It comes second, since it recurses without bound and places its
    /// faults less well.
    pub(super) fn refused(&self, taken: &Taken) -> Vec<Diagnostic> {
        let told = self.templates().filter_map(|template| {
            let source = &template.text;
            taken.refused(source.text(), || refused(source))
        });
        told.collect()
    }

    /// The files that the page is made of, whatever an issue holds.
    pub(super) fn called(&self) -> Vec<&Source> {
        let mut names = BTreeSet::new();
        let mut waiting = vec![&self.html];
        let mut files = Vec::new();
        while let Some(template) = waiting.pop() {
            files.push(&template.text);
            let mut found = Vec::new();
            calls(&template.nodes, &mut found);
            let new = found.into_iter().filter(|name| names.insert(*name));
            waiting.extend(new.filter_map(|name| self.html_partials.get(name)));
        }
        files
    }

    /// Says whether a text occurs in any file of the folder.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.templates().any(|template| template.text.text().contains(text))
            || self.settings.iter().chain(self.words.files()).any(|file| file.text().contains(text))
    }
}

/// The partials that are called by name.
fn calls<'n>(nodes: &'n [Node], found: &mut Vec<&'n str>) {
    for node in nodes {
        match node {
            Node::Text(_) | Node::Value { .. } => {}
            Node::Block(block) => {
                calls(&block.body, found);
                calls(block.otherwise.as_deref().unwrap_or_default(), found);
            }
            Node::Partial(partial) => {
                found.push(&partial.call.name.text);
                calls(partial.body.as_deref().unwrap_or_default(), found);
            }
        }
    }
}

type Partials = BTreeMap<String, Template>;

fn partials(files: &dyn Files, folder: &str, faults: &mut Faults) -> (Partials, Partials) {
    let (mut html, mut text) = (Partials::new(), Partials::new());
    let under = format!("{folder}/partials");
    if !files.is_folder(&under) {
        return (html, text);
    }
    let paths = match files.list(&under) {
        Ok(paths) => paths,
        Err(error) => {
            faults.push(error);
            return (html, text);
        }
    };
    if paths.len() > PARTIALS_MAX {
        let what = format!("`{under}` holds more than {PARTIALS_MAX} files");
        faults.push(Diagnostic::error(what).file(under));
        return (html, text);
    }
    for path in paths {
        let inside = path.strip_prefix(&under).unwrap_or(&path).trim_start_matches('/');
        let (name, into) = match inside.rsplit_once('.') {
            Some((name, "mjml")) => (name, &mut html),
            Some((name, "txt")) => (name, &mut text),
            _ => continue,
        };
        if let Some(template) = template(files, &path, faults) {
            into.insert(name.to_owned(), template);
        }
    }
    (html, text)
}

/// Reads the words in English, which say what words there are, and in the newsletter's language.
fn words(files: &dyn Files, folder: &str, language: &str, faults: &mut Faults) -> Words {
    let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let mut read = |tag: &str| {
        let folders = [TEMPLATES, folder];
        let paths = folders.map(|folder| format!("{folder}/words/{tag}.toml"));
        paths.iter().filter_map(|path| optional(files, path, faults)).collect::<Vec<_>>()
    };
    let english = read("en");
    let mut own = if primary == "en" { Vec::new() } else { read(&primary) };
    if primary != language {
        own.extend(read(language));
    }
    Words { english, own, language: language.to_owned() }
}

fn optional(files: &dyn Files, path: &str, faults: &mut Faults) -> Option<Source> {
    match files.read_text(path) {
        Ok(source) => Some(source),
        Err(error) if error.is_absent() => None,
        Err(error) => {
            faults.push(error);
            None
        }
    }
}

fn template(files: &dyn Files, path: &str, faults: &mut Faults) -> Option<Template> {
    let source = match files.read_text(path) {
        Ok(source) => source,
        Err(error) => {
            faults.push(error);
            return None;
        }
    };
    sized(&source).and_then(parse).map_err(|fault| faults.push(fault)).ok()
}

/// Holds a template's file to its largest size.
pub(super) fn sized(source: &Source) -> Result<&Source, Diagnostic> {
    if source.text().len() > FILE_BYTES_MAX {
        let what = format!("`{}` is larger than a template may be", source.name());
        return Err(Diagnostic::error(what).file(source.name()).note("1 MiB at most"));
    }
    Ok(source)
}

/// Reads a template's file.
pub(super) fn parse(source: &Source) -> Result<Template, Diagnostic> {
    let source = with_plain_lines(source);
    // The crate looks along the whole run from each of its signs.
    if let Some(at) = source.text().find(&"\\".repeat(BACKSLASHES_MAX)) {
        let what = format!("more than {BACKSLASHES_MAX} backslashes in a row");
        return Err(Diagnostic::error(what).at(source.span(at..at + 1), "they begin here"));
    }
    let template = language::read(&source, 0..source.text().len(), Home::Exact(source.clone()))?;
    // The crate counts lines from the start for each tag.
    let tags = source.text().matches("{{").count();
    if tags.saturating_mul(source.text().len()) > WORK_MAX {
        let what = format!("`{}` holds too many tags for its length: {tags}", source.name());
        let fault = Diagnostic::error(what).file(source.name());
        return Err(fault.hint("move parts of it into partials"));
    }
    Ok(template)
}

/// Says why a text is no Handlebars to the crate.
pub(super) fn refused(source: &Source) -> Option<Diagnostic> {
    let error = handlebars::Template::compile(source.text()).err()?;
    let (line, column) = error.pos().unwrap_or((1, 1));
    let span = source.line(line);
    let before =
        span.text().chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
    let start = span.range().start + before;
    let fault = Diagnostic::error("this is no Handlebars");
    Some(fault.at(source.span(start..span.range().end), error.reason().to_string()))
}

/// Line ends become LF and other control characters spaces; both keep line and column.
pub(super) fn with_plain_lines(source: &Source) -> Source {
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    if source.text().chars().all(is_plain) {
        return source.clone();
    }
    let text = source.text().replace("\r\n", "\n").replace('\r', "\n");
    let text: String = text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    Source::new(source.name(), text)
}
