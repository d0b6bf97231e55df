//! An issue as its files stand, for the preview: rendered once for each change, merged for each look.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::context::Context;
use super::edition::{Edition, INERT_TOKEN};
use super::gallery;
use super::ui::{Ui, kilobytes};
use super::workspace::Workspace;
use crate::audience::{FieldValue, Reader};
use crate::config::Config;
use crate::diag::{Diagnostic, Faults};
use crate::issue::Issue;
use crate::message::{self, Content};
use crate::preview::{Copies, Finding, PreviewState, ReaderChoice};
use crate::render::{self, Merged, Urls};
use crate::words::{Address, CopyId, IssueName};

/// So many readers are found at once.
const FOUND_MAX: usize = 20;
/// The fewest characters of a text by which its place is looked for.
const WORDS_CHARS_MIN: usize = 4;
/// The most.
const WORDS_CHARS_MAX: usize = 60;

/// An issue as its files stand.
#[derive(Debug)]
pub struct Showcase {
    cx: Context,
    ui: Ui,
    issue: IssueName,
    shown: Mutex<Option<Arc<Shown>>>,
}

type Shown = Result<Ready, Faults>;

/// An issue rendered.
#[derive(Debug)]
struct Ready {
    edition: Edition,
    config: Config,
    content: Content,
    /// The folders of its pictures, by their paths in the workspace.
    folders: Vec<String>,
}

impl Showcase {
    /// Shows an issue; nothing is rendered before it is asked for.
    pub fn new(cx: &Context, issue: &IssueName, ui: &Ui) -> Self {
        let (cx, issue) = (cx.clone(), issue.clone());
        Self { cx, ui: ui.silent(), issue, shown: Mutex::new(None) }
    }

    /// Renders the issue as its files stand now.
    pub fn refresh(&self) {
        let fresh = Arc::new(self.render());
        *self.lock() = Some(fresh);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Shown>>> {
        // What it holds is replaced whole.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> Arc<Shown> {
        let mut lock = self.lock();
        Arc::clone(lock.get_or_insert_with(|| Arc::new(self.render())))
    }

    fn render(&self) -> Shown {
        let workspace = Workspace::open(&self.cx)?;
        let file = workspace.issue_file(&self.issue, false)?;
        let library = workspace.library(&self.ui);
        let nobody = BTreeSet::new();
        let edition =
            Edition::prepare(&workspace, &self.issue, &file, &library, &nobody, &self.ui)?;
        let content = edition.content(&workspace)?;
        let folders = gallery::folders(edition.compiled.pictures(), &workspace);
        let config = workspace.config;
        Ok(Ready { edition, config, content, folders })
    }

    /// The folders in which the issue's pictures lie, or would lie.
    pub fn picture_folders(&self) -> Vec<String> {
        self.shown().as_ref().as_ref().map(|ready| ready.folders.clone()).unwrap_or_default()
    }

    /// The reader at an address, or the one with the largest copy.
    fn reader(&self, ready: &Ready, address: Option<&str>) -> Result<Reader, Faults> {
        let largest = || ready.edition.examples.first().map(|example| example.reader.clone());
        let Some(text) = address else {
            return Ok(largest().ok_or_else(|| Edition::no_reader(None))?);
        };
        let known = ready.edition.examples.iter().map(|example| &example.reader);
        if let Some(reader) = known.into_iter().find(|one| one.address.to_string() == text) {
            return Ok(reader.clone());
        }
        let address = Address::parse(text).map_err(|_| {
            Diagnostic::error(format!("`{text}` is no address"))
                .hint("choose a reader by name in the field at the right")
        })?;
        let found = ready.edition.audience.reader(&*self.cx.world.files, &address)?;
        Ok(found.ok_or_else(|| Edition::no_reader(Some(&address)))?)
    }

    fn copy(&self, address: Option<&str>) -> Result<PreviewState, Faults> {
        let shown = self.shown();
        let ready = (*shown).as_ref().map_err(Clone::clone)?;
        let reader = self.reader(ready, address)?;
        let merged = ready.merged(&reader);
        Ok(PreviewState {
            issue: self.issue.to_string(),
            subject: merged.subject,
            from: ready.config.sender.from.to_string(),
            unsubscribe_at: merged.html.rfind(INERT_TOKEN),
            html: merged.html,
            text: merged.text,
            reader: ready.choice(&reader),
            readers: ready.choices(),
            findings: findings(&ready.edition),
            error: None,
        })
    }
}

impl Copies for Showcase {
    fn state(&self, reader: Option<&str>) -> PreviewState {
        self.copy(reader).unwrap_or_else(|faults| PreviewState {
            issue: self.issue.to_string(),
            error: Some(faults),
            ..PreviewState::default()
        })
    }

    fn message(&self, reader: Option<&str>) -> Result<Vec<u8>, Faults> {
        let shown = self.shown();
        let ready = (*shown).as_ref().map_err(Clone::clone)?;
        let reader = self.reader(ready, reader)?;
        let recipient = message::Recipient {
            id: CopyId([0; 16]),
            address: &reader.address,
            fields: &reader.fields,
            token: INERT_TOKEN,
        };
        Ok(message::compose(&ready.content, &recipient, self.cx.world.clock.now())?.bytes)
    }

    fn find(&self, words: &str) -> Result<Vec<ReaderChoice>, Faults> {
        let shown = self.shown();
        let ready = (*shown).as_ref().map_err(Clone::clone)?;
        let words = words.to_lowercase();
        let mut found = Vec::new();
        for reader in ready.edition.audience.readers(&*self.cx.world.files) {
            let reader = reader?;
            let text = format!("{}\n{}", name(&reader).unwrap_or_default(), reader.address);
            let text = text.to_lowercase();
            if words.split_whitespace().all(|word| text.contains(word)) {
                found.push(ready.choice(&reader));
            }
            if found.len() == FOUND_MAX {
                break;
            }
        }
        Ok(found)
    }
}

impl Ready {
    fn merged(&self, reader: &Reader) -> Merged {
        let unsubscribe = self.content.unsubscribe_url(INERT_TOKEN);
        let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
        render::merge(&self.edition.compiled, &reader.fields, &urls)
    }

    /// One reader for each variant, the largest copy first.
    fn choices(&self) -> Vec<ReaderChoice> {
        self.edition.examples.iter().map(|example| self.choice(&example.reader)).collect()
    }

    fn choice(&self, reader: &Reader) -> ReaderChoice {
        let address = reader.address.to_string();
        // What a reader is told apart by: the fields that say yes.
        let is_yes = |(name, value): (&String, &FieldValue)| {
            matches!(value, FieldValue::Bool(true)).then(|| name.clone())
        };
        let mut remarks: Vec<String> = reader.fields.iter().filter_map(is_yes).collect();
        let examples = &self.edition.examples;
        if let Some(at) = examples.iter().position(|one| one.reader.address == reader.address) {
            remarks.push(match (at, self.edition.sizes.variants) {
                (0, 1) => "largest copy".to_owned(),
                (0, variants) => format!("largest of {variants}"),
                _ => kilobytes(examples[at].html_bytes),
            });
        }
        let label = name(reader).unwrap_or_else(|| address.clone());
        ReaderChoice { label, address, remark: remarks.join(", ") }
    }
}

fn name(reader: &Reader) -> Option<String> {
    match reader.fields.get("name") {
        Some(FieldValue::Text(name)) if !name.is_empty() => Some(name.clone()),
        _ => None,
    }
}

fn findings(edition: &Edition) -> Vec<Finding> {
    let found = |diagnostic: &Diagnostic| Finding {
        near: near(&edition.issue, diagnostic),
        is_clip: diagnostic.id == Some("too-large"),
        diagnostic: diagnostic.clone(),
    };
    edition.findings.iter().map(found).collect()
}

/// By what a finding's place is known in the copy: what it quotes, else the story that it is about,
/// else the words that it marks in the issue.
fn near(issue: &Issue, finding: &Diagnostic) -> Vec<String> {
    let quoted = finding.what.split('`').skip(1).step_by(2);
    let mut near: Vec<String> =
        quoted.filter(|text| !text.contains("{{")).filter_map(words).collect();
    let span = finding.primary.as_ref().map(|label| &label.span);
    let file = span.map(|span| span.source().name()).or(finding.file.as_deref());
    let story = issue.stories().find(|story| {
        let in_line = span.is_some_and(|span| {
            span.source().name() == story.span.source().name()
                && span.range().start >= story.span.range().start
                && span.range().start < story.span.range().end.max(story.span.range().start + 1)
        });
        in_line || (story.article.is_some() && story.article.as_deref() == file)
    });
    near.extend(story.and_then(|story| words(&story.headline)));
    if let Some(span) = span.filter(|span| span.source().name() == issue.source.name()) {
        let is_plain = |c: char| c.is_alphanumeric() || " ,.;:?!’'-–—".contains(c);
        let runs = span.text().split(|c: char| !is_plain(c));
        near.extend(runs.max_by_key(|run| run.len()).filter(|_| story.is_none()).and_then(words));
    }
    near
}

/// Words that are long enough to be looked for, and no longer than it takes.
fn words(text: &str) -> Option<String> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (words.chars().count() >= WORDS_CHARS_MIN)
        .then(|| words.chars().take(WORDS_CHARS_MAX).collect())
}
