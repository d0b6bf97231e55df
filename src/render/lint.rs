//! `check`: what would embarrass an editor, found before anything is sent.
//!
//! Every finding has an id (FORMATS: check ids); errors hold a send, warnings do not.

pub(super) mod css;
mod page;
mod placeholder;
mod required;
mod sizes;
mod stories;
mod words;

use crate::audience::Reader;
use crate::config::Config;
use crate::diag::{Diagnostic, Faults};
use crate::issue::{Issue, Offered, Story};
use crate::words::Span;

use super::reader::Reader as Fields;
use super::thread::beside;
use super::value::block_holds;
use super::{Compiled, Gallery, Sheet, Trial, Urls, merge};
use page::Page;

/// An address that occurs in no template, to see whether the link is there.
const UNSUBSCRIBE_MARK: &str = "https://unsubscribe.invalid/letterpress";

/// The page is looked at as so many readers see it.
const VARIANTS_MAX: usize = 8;

/// What is looked over.
#[derive(Debug)]
pub struct Proofread<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The issue.
    pub issue: &'a Issue,
    /// The issue, compiled.
    pub compiled: &'a Compiled,
    /// The issue's page with places.
    pub sheet: &'a Sheet,
    /// What its readers get to see.
    pub trial: &'a Trial<'a>,
    /// The first reader, and one for each variant.
    pub readers: Vec<&'a Reader>,
    /// What the articles were known by when they were gathered, where that is remembered.
    pub gathered: Option<&'a Offered>,
    /// Its pictures.
    pub gallery: &'a dyn Gallery,
}

impl Proofread<'_> {
    /// Finds words in the note and in introductions of sections.
    fn place_in_note(&self, words: &str) -> Option<Span> {
        let intros = self.issue.sections.iter().filter_map(|section| section.intro.as_ref());
        self.issue.note.iter().chain(intros).find_map(|span| {
            let start = span.range().start + span.text().find(words)?;
            Some(span.source().span(start..start + words.len()))
        })
    }

    /// Where subject, preheader, note or an introduction hold such words.
    fn place_in_issue(&self, words: &str) -> Option<Span> {
        let phrases = [&self.issue.subject, &self.issue.preheader].into_iter().flatten();
        let mut spans = phrases.map(|phrase| &phrase.span);
        let found = spans.find(|span| span.text().contains(words)).cloned();
        found.or_else(|| self.place_in_note(words))
    }

    /// The name of the issue's template.
    fn template(&self) -> &str {
        let own = self.issue.template.as_ref();
        &own.unwrap_or(&self.config.newsletter.template).value
    }
}

/// A link or a picture on the web that a page names.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The address.
    pub url: String,
    /// Whether a picture should be there.
    pub is_picture: bool,
    /// Where it was written.
    pub at: Option<Span>,
    /// The template, for what has no place.
    pub file: String,
}

/// Returns what a page names on the web, each address once, but for what is the reader's own.
pub fn links(over: &Proofread<'_>) -> Vec<Linked> {
    let mut links: Vec<Linked> = Vec::new();
    for link in variants(over).into_iter().flat_map(|reader| page::linked(over, reader)) {
        if !links.iter().any(|known| known.url == link.url) {
            links.push(link);
        }
    }
    links
}

/// Looks an issue over; the findings are in the order of the checks.
///
/// # Errors
/// If the system gave no thread.
pub fn lint(over: &Proofread<'_>) -> Result<Vec<Diagnostic>, Faults> {
    // It alone takes as long as all the others.
    let readers = variants(over);
    let contrasts = || in_each(&readers, |reader| page::contrasts(over, reader));
    let (contrasts, mut findings) = beside(contrasts, || all_but_contrast(over, &readers))?;
    findings.extend(contrasts);
    Ok(findings)
}

fn all_but_contrast(over: &Proofread<'_>, readers: &[&Reader]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    findings.extend(subject(over));
    findings.extend(placeholder::placeholders(over));
    findings.extend(required::no_way_out(over));
    findings.extend(required::no_address(over));
    findings.extend(in_each(&over.readers, |reader| {
        let copy = merge(over.compiled, &reader.fields, &urls());
        let mut findings = words::envelope(over, &copy);
        findings.extend(required::unsubscribe(over, &copy));
        findings.extend(required::address(over, &copy));
        findings
    }));
    findings.extend(pictures(over));
    findings.extend(stories::stories(over));
    findings.extend(sizes::sizes(over));
    findings.extend(in_each(readers, |reader| {
        let (copy, page) = (merge(over.compiled, &reader.fields, &urls()), Page::of(over, reader));
        let mut findings = page::findings(&page);
        findings.extend(words::old_year(over, &copy));
        findings.extend(words::text_short(over, &copy, &page));
        findings
    }));
    findings.extend(empty_fields(over));
    findings
}

/// The readers whose pages differ in more than the values of fields: the first one, and those
/// with the largest copies.
fn variants<'a>(over: &Proofread<'a>) -> Vec<&'a Reader> {
    let mut seen = Vec::new();
    let mut readers = over.readers.clone();
    readers.retain(|reader| {
        let variant = over.sheet.variant(Fields::new(&reader.fields, &urls()));
        let is_new = seen.len() < VARIANTS_MAX && !seen.contains(&variant);
        if is_new {
            seen.push(variant);
        }
        is_new
    });
    readers
}

/// What is found in the copies of some readers; what an earlier one has too is told once.
fn in_each(
    readers: &[&Reader],
    mut look: impl FnMut(&Reader) -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let (mut seen, mut told) = (Vec::new(), Vec::new());
    for (number, reader) in readers.iter().enumerate() {
        let earlier = seen.len();
        for finding in look(reader) {
            let what = (finding.id, finding.what.clone(), finding.place());
            if seen[..earlier].contains(&what) {
                continue;
            }
            seen.push(what);
            let of = format!(
                "the copy of {} has it, the first reader's has not",
                reader.address.masked()
            );
            told.push(if number == 0 { finding } else { finding.note(of) });
        }
    }
    told
}

fn subject(over: &Proofread<'_>) -> Option<Diagnostic> {
    let fault = Diagnostic::error("the subject is empty").id("subject-empty");
    match &over.issue.subject {
        None => Some(
            fault
                .at(over.issue.source.line(1), "`subject` is missing here")
                .hint("write `subject = 'What the mail is about'`"),
        ),
        Some(subject) if subject.text.trim().is_empty() => {
            Some(fault.at(subject.span.clone(), "").hint("say in it what the mail is about"))
        }
        Some(subject) => over.trial.without_subject.as_ref().map(|reader| {
            fault
                .at(subject.span.clone(), "")
                .note(format!("it comes out empty for {reader}"))
                .hint("give its fields a default: `{{default subscriber.name \"reader\"}}`")
        }),
    }
}

fn urls() -> Urls<'static> {
    Urls { unsubscribe: UNSUBSCRIBE_MARK, preferences: None }
}

/// Pictures that readers would not see: they are not there, or cannot be mailed.
fn pictures(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let told = over.gallery.faults().into_iter().map(|(path, fault)| {
        let fault = fault.id("picture-missing");
        let is_own = |story: &&Story| story.picture.as_ref().is_some_and(|own| own.src == path);
        let holds = |story: &&Story| story.body.iter().any(|block| block_holds(block, &path));
        let stories = || over.issue.stories();
        match (stories().find(is_own), stories().find(holds), over.place_in_note(&path)) {
            (Some(story), _, _) => fault.at(story.span.clone(), "the picture of this story"),
            (_, Some(story), _) => fault.at(story.span.clone(), "in the text of this story"),
            (_, _, Some(span)) => fault.at(span, ""),
            _ => fault.file(format!("templates/{}/template.toml", over.template())),
        }
    });
    told.collect()
}

/// Fields that the template prints without a default, and that some readers do not have.
fn empty_fields(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let told = over.trial.empty_fields().map(|(field, count)| {
        let readers = if count == 1 { "1 reader".to_owned() } else { format!("{count} readers") };
        let what = format!("`{{{{subscriber.{field}}}}}` is empty for {readers}");
        let hint = format!("write `{{{{default subscriber.{field} \"…\"}}}}`");
        let finding = Diagnostic::warning(what).id("field-empty").hint(hint);
        let name = format!("subscriber.{field}");
        match over.place_in_issue(&name).or_else(|| over.sheet.generated.made_by(&name)) {
            Some(span) => finding.at(span, ""),
            None => finding,
        }
    });
    told.collect()
}
