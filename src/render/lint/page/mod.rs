//! Checks of the page as a reader sees it, each finding at the place that wrote what it is about.

mod contrast;
mod links;
mod structure;
mod style;
mod support;

pub(super) use links::is_local;
use scraper::{ElementRef, Html, Selector};

use super::{Linked, Proofread};
use crate::audience::Reader;
use crate::diag::Diagnostic;
use crate::issue::Story;
use crate::render::lint::urls;
use crate::render::mjml::prepare::annotate::{ATTRIBUTE, CLASS};
use crate::render::reader::Reader as Fields;
use crate::render::sheet::{Origin, Sheet};
use crate::render::value::{block_holds, line_holds};
use crate::words::Span;

/// More findings of one id are not told; they have one cause.
const FINDINGS_MAX: usize = 20;

/// The page of a reader.
pub(super) struct Page<'a> {
    over: &'a Proofread<'a>,
    sheet: &'a Sheet,
    html: Html,
}

/// A check of the page.
type Check = fn(&Page<'_>) -> Vec<Diagnostic>;

/// Looks the page over for all but [`contrasts`].
pub(super) fn findings(page: &Page<'_>) -> Vec<Diagnostic> {
    let checks: [Check; 6] = [
        links::links,
        structure::alts,
        structure::headings,
        structure::tables,
        structure::placeholders,
        support::support,
    ];
    told(&checks, page)
}

/// Reads a reader's page, and looks whether its texts can be read.
pub(super) fn contrasts(over: &Proofread<'_>, reader: &Reader) -> Vec<Diagnostic> {
    told(&[contrast::contrasts], &Page::of(over, reader))
}

fn told(checks: &[Check], page: &Page<'_>) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = Vec::new();
    for check in checks {
        for finding in check(page) {
            let alike = findings.iter().filter(|told| told.id == finding.id).count();
            if alike < FINDINGS_MAX && !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// Where something of a page was written.
enum Place<'a> {
    /// In the template.
    Template(Span),
    /// In the issue's note, or an introduction.
    Issue(Span),
    /// In a story.
    Story(&'a Story),
    Unknown,
}

/// Returns what a reader's page names on the web.
pub(super) fn linked(over: &Proofread<'_>, reader: &Reader) -> Vec<Linked> {
    links::linked(&Page::of(over, reader))
}

impl<'a> Page<'a> {
    /// Reads a reader's page.
    pub(super) fn of(over: &'a Proofread<'a>, reader: &Reader) -> Self {
        let page = over.sheet.page(Fields::new(&reader.fields, &urls()));
        Self { over, sheet: over.sheet, html: Html::parse_document(&page) }
    }

    /// The texts that readers get to see.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let shown = self.html.root_element().descendants().filter(|node| {
            let parent = node.parent().and_then(|parent| parent.value().as_element());
            parent.is_some_and(|parent| !matches!(parent.name(), "style" | "title" | "script"))
        });
        shown.filter_map(|node| Some(&**node.value().as_text()?))
    }

    fn select(&self, selector: &str) -> Vec<ElementRef<'_>> {
        match Selector::parse(selector) {
            Ok(selector) => self.html.select(&selector).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Returns where an element was written: its own mark, or that of what it lies in.
    fn origin(&self, element: ElementRef<'_>) -> Option<Origin> {
        let number = std::iter::once(element)
            .chain(element.ancestors().filter_map(ElementRef::wrap))
            .find_map(number)?;
        self.sheet.origin(number)
    }

    /// Finds the place of what an element has: `words` are of the address or the text that is
    /// spoken of, to find the story that brought it.
    fn place(&self, element: ElementRef<'_>, words: &str) -> Place<'a> {
        let origin = self.origin(element);
        let after = number(element).and_then(|number| self.sheet.literal_after(number));
        let is_after = after.is_some_and(|after| after.trim_start().starts_with(words));
        if let Some(origin) = origin
            .as_ref()
            .filter(|origin| origin.is_literal && (is_after || origin.span.text().contains(words)))
        {
            return Place::Template(origin.span.clone());
        }
        if let Some(place) = self.in_issue(words) {
            return place;
        }
        origin.map_or(Place::Unknown, |origin| Place::Template(origin.span))
    }

    /// Finds words in the note, in introductions and in stories.
    fn in_issue(&self, words: &str) -> Option<Place<'a>> {
        let issue = self.over.issue;
        if words.is_empty() {
            return None;
        }
        if let Some(span) = self.over.place_in_note(words) {
            return Some(Place::Issue(span));
        }
        issue.stories().find(|story| holds(story, words)).map(Place::Story)
    }

    /// Tells a finding at its place.
    fn tell(&self, finding: Diagnostic, element: ElementRef<'_>, words: &str) -> Diagnostic {
        match self.place(element, words) {
            Place::Template(span) | Place::Issue(span) => finding.at(span, ""),
            Place::Story(story) => in_story(finding, story),
            Place::Unknown => finding.file(self.template()),
        }
    }

    /// The path in the workspace of a picture that a page shows, or its address.
    fn path<'s>(&'s self, src: &'s str) -> &'s str {
        let local = self.over.compiled.pictures().iter().find(|local| local.url == src);
        local.map_or(src, |local| &local.path)
    }

    fn template(&self) -> String {
        format!("templates/{}/newsletter.mjml", self.over.template())
    }
}

/// Tells of a story, and names its article.
pub(super) fn in_story(finding: Diagnostic, story: &Story) -> Diagnostic {
    let finding = finding.at(story.span.clone(), "in this story");
    match &story.article {
        Some(article) => finding.note(format!("its article is `{article}`")),
        None => finding,
    }
}

fn number(element: ElementRef<'_>) -> Option<usize> {
    let of_html = element.value().attr(ATTRIBUTE).and_then(|number| number.parse().ok());
    let class = |class: &str| class.strip_prefix(CLASS)?.parse().ok();
    of_html.or_else(|| element.value().classes().find_map(class))
}

/// Says whether words are of a story: of its texts, or of its addresses.
fn holds(story: &Story, words: &str) -> bool {
    let has = |text: &str| text.contains(words);
    let picture = story.picture.as_ref();
    has(&story.headline)
        || story.link.as_ref().is_some_and(|link| has(link.as_str()))
        || picture.is_some_and(|picture| has(&picture.src) || has(&picture.alt))
        || story.standfirst.as_deref().is_some_and(|line| line_holds(line, words))
        || story.summary.as_deref().is_some_and(has)
        || story.byline.as_deref().is_some_and(has)
        || story.body.iter().any(|block| block_holds(block, words))
}

/// The text of an element, with the words for its pictures.
fn text_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        if let Some(part) = node.value().as_text() {
            text.push_str(part);
        } else if let Some(picture) = ElementRef::wrap(node).filter(|of| of.value().name() == "img")
        {
            text.push_str(picture.value().attr("alt").unwrap_or_default());
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
