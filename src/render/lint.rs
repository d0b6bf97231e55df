//! `check`: what would embarrass an editor, found before anything is sent.
//!
//! Every finding has an id (FORMATS: check ids); errors hold a send, warnings do not.

mod css;
mod page;
mod sizes;
mod stories;
mod words;

use crate::config::Config;
use crate::diag::{Diagnostic, Faults};
use crate::issue::{Issue, Offered, Story};
use crate::words::Span;

use super::thread::beside;
use super::value::block_holds;
use super::{Compiled, Gallery, Merged, Sheet, Trial, Urls, merge};

/// An address that occurs in no template, to see whether the link is there.
const UNSUBSCRIBE_MARK: &str = "https://unsubscribe.invalid/letterpress";

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
    page::linked(over)
}

/// Looks an issue over; the findings are in the order of the checks.
///
/// # Errors
/// If the system gave no thread.
pub fn lint(over: &Proofread<'_>) -> Result<Vec<Diagnostic>, Faults> {
    // It alone takes as long as all the others.
    let (contrasts, mut findings) = beside(|| page::contrasts(over), || all_but_contrast(over))?;
    findings.extend(contrasts);
    Ok(findings)
}

fn all_but_contrast(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let copy = over.trial.first.as_ref().map(|first| merge(over.compiled, &first.fields, &urls()));
    let copy = copy.as_ref();
    findings.extend(subject(over));
    findings.extend(copy.into_iter().flat_map(|copy| words::envelope(over, copy)));
    findings.extend(words::placeholders(over));
    findings.extend(unsubscribe(over, copy));
    findings.extend(address(over));
    findings.extend(pictures(over));
    findings.extend(stories::stories(over));
    findings.extend(sizes::sizes(over));
    let page = page::Page::of(over);
    findings.extend(page.iter().flat_map(page::findings));
    findings.extend(copy.and_then(|copy| words::old_year(over, copy)));
    findings.extend(copy.zip(page).and_then(|(copy, page)| words::text_short(over, copy, &page)));
    findings.extend(empty_fields(over));
    findings
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

fn unsubscribe(over: &Proofread<'_>, copy: Option<&Merged>) -> Option<Diagnostic> {
    let fault = Diagnostic::error("readers have no way to unsubscribe").id("unsubscribe-missing");
    let ways = &over.config.unsubscribe;
    if ways.url.is_none() && ways.mailto.is_none() {
        return Some(
            fault
                .file(over.config.source.name())
                .hint("write `[unsubscribe]` with a `url` that holds `{token}`, or a `mailto`"),
        );
    }
    let copy = copy?;
    let absent = [("HTML", &copy.html), ("plain text", &copy.text)]
        .into_iter()
        .find(|(_, part)| !part.contains(UNSUBSCRIBE_MARK))?;
    let template = over.template();
    Some(
        fault
            .file(format!("templates/{template}/"))
            .note(format!("the {} does not show `{{{{unsubscribe_url}}}}`", absent.0))
            .hint("put the link into the template's footer"),
    )
}

fn address(over: &Proofread<'_>) -> Option<Diagnostic> {
    over.config.newsletter.address.is_none().then(|| {
        Diagnostic::error("the newsletter has no postal address")
            .id("address-missing")
            .file(over.config.source.name())
            .note("the law of many countries asks for it in every commercial mail")
            .hint("write `address = \"12 Example Street, Springfield\"` under `[newsletter]`")
    })
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
            (_, Some(story), _) => fault.at(story.span.clone(), "in this story"),
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
        Diagnostic::warning(format!("`{{{{subscriber.{field}}}}}` is empty for {readers}"))
            .id("field-empty")
            .hint(format!("write `{{{{default subscriber.{field} \"…\"}}}}`"))
    });
    told.collect()
}
