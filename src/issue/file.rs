//! The grammar of `issues/NAME.md` below its front matter.
//!
//! Invariant: every part knows its bytes in the file, so that an edit touches nothing else.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::tz::TimeZone;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::front::{self, Front};
use super::item::{self, Item};
use crate::diag::{Diagnostic, Faults};
use crate::words::{Source, Span};

/// The heading of what is not sent.
pub const LEFT_OUT: &str = "Left out";
/// Marks that git leaves at the margin of a file whose merge is not done.
const CONFLICT_MARKS: [&str; 4] = ["<<<<<<< ", "=======", ">>>>>>> ", "||||||| "];

/// An issue's file, as it was read.
#[derive(Clone, Debug)]
pub struct IssueFile {
    /// The file.
    pub source: Source,
    /// The front matter.
    pub front: Front,
    /// The editor's note.
    pub note: Option<Span>,
    /// The sections in order, *Left out* among them.
    pub sections: Vec<FileSection>,
}

impl IssueFile {
    /// What its stories link to: paths in the workspace, and web addresses.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().flat_map(|section| &section.items).map(|item| item.target.as_str())
    }
}

/// A section of an issue's file.
#[derive(Clone, Debug)]
pub struct FileSection {
    /// The heading's text.
    pub name: String,
    /// The heading.
    pub heading: Span,
    /// What stands between the heading and the first story.
    pub intro: Option<Span>,
    /// The stories.
    pub items: Vec<Item>,
    /// Where the section ends, in bytes of the file.
    pub end: usize,
}

impl FileSection {
    /// Says whether this is *Left out*, whose stories are not sent.
    pub fn is_left_out(&self) -> bool {
        self.name.eq_ignore_ascii_case(LEFT_OUT)
    }
}

/// Reads an issue.
///
/// # Errors
/// All its faults, in the order of the file.
pub fn parse(source: Source, zone: &TimeZone) -> Result<IssueFile, Faults> {
    let conflicts = conflicts(&source);
    if !conflicts.is_empty() {
        return Err(conflicts.into());
    }
    let front = front::parse(&source, zone)?;
    let mut grammar = Grammar::new(&source, front.body_start);
    grammar.read();
    grammar.doubles();
    let Grammar { note_end, sections, mut faults, .. } = grammar;
    faults.sort_by_key(Diagnostic::place);
    let note = trimmed(&source, front.body_start..note_end);
    Faults::from(faults).or(IssueFile { source, front, note, sections })
}

fn conflicts(source: &Source) -> Vec<Diagnostic> {
    let mut offset = 0;
    let mut faults = Vec::new();
    for line in source.text().split_inclusive('\n') {
        let text = line.trim_end();
        let marked = CONFLICT_MARKS
            .iter()
            .any(|mark| if mark.ends_with(' ') { text.starts_with(mark) } else { text == *mark });
        // A row of `=` alone is also how Markdown underlines a heading; only with a mark it counts.
        if marked && (text != "=======" || !faults.is_empty()) {
            faults.push(
                Diagnostic::error("a git conflict is not settled")
                    .at(source.span(offset..offset + text.len()), "")
                    .hint("choose one side, and take the marks out"),
            );
        }
        offset += line.len();
    }
    faults
}

/// A part of the file without blank space around it, if anything is left.
pub(super) fn trimmed(source: &Source, range: Range<usize>) -> Option<Span> {
    let text = &source.text()[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = range.start + text.trim_end().len();
    (start < end).then(|| source.span(start..end))
}

struct Grammar<'a> {
    source: &'a Source,
    start: usize,
    events: Vec<(Event<'a>, Range<usize>)>,
    at: usize,
    note_end: usize,
    sections: Vec<FileSection>,
    faults: Vec<Diagnostic>,
}

impl<'a> Grammar<'a> {
    fn new(source: &'a Source, start: usize) -> Self {
        let text = &source.text()[start..];
        let parser = Parser::new_ext(text, Options::ENABLE_TASKLISTS);
        let events = parser
            .into_offset_iter()
            .map(|(event, range)| (event, range.start + start..range.end + start))
            .collect();
        let note_end = source.text().len();
        Self { source, start, events, at: 0, note_end, sections: vec![], faults: vec![] }
    }

    fn read(&mut self) {
        while self.at < self.events.len() {
            let (event, range) = self.events[self.at].clone();
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                    self.faults.push(
                        Diagnostic::error("`#` opens nothing in an issue")
                            .at(trimmed(self.source, range).unwrap_or(self.source.span(0..0)), "")
                            .hint("a section is opened by `##`; the subject stands in front"),
                    );
                    self.skip_block();
                }
                Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => self.heading(range),
                Event::Start(Tag::List(_)) if !self.sections.is_empty() => self.list(range),
                Event::Html(_) | Event::Start(Tag::HtmlBlock) => self.skip_block(),
                Event::Start(_) | Event::Rule => {
                    self.margin(range);
                    self.skip_block();
                }
                _ => self.at += 1,
            }
        }
        self.close(self.source.text().len());
    }

    /// Steps over the block that begins here.
    fn skip_block(&mut self) {
        let mut depth = 0_usize;
        while let Some((event, _)) = self.events.get(self.at) {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn heading(&mut self, range: Range<usize>) {
        self.close(range.start);
        let first = self.at;
        self.skip_block();
        let name = plain(&self.events[first..self.at]);
        let heading = trimmed(self.source, range.clone()).unwrap_or(self.source.span(range));
        if let Some(earlier) = self.sections.iter().find(|section| section.name == name) {
            self.faults.push(
                Diagnostic::error(format!("there are two sections `{name}`"))
                    .at(heading.clone(), "and again here")
                    .also(earlier.heading.clone(), "first here")
                    .hint("move the stories under one of them"),
            );
        }
        if name.is_empty() {
            self.faults.push(Diagnostic::error("a section has no name").at(heading.clone(), ""));
        }
        self.sections.push(FileSection { name, heading, intro: None, items: vec![], end: 0 });
    }

    /// Ends the section, or the note, that stands open.
    fn close(&mut self, end: usize) {
        let source = self.source;
        match self.sections.last_mut() {
            None => self.note_end = end.max(self.start),
            Some(section) => {
                section.end = end;
                if section.items.is_empty() && section.intro.is_none() {
                    section.intro = trimmed(source, section.heading.range().end..end);
                }
            }
        }
    }

    /// A block at the margin that is no list.
    fn margin(&mut self, range: Range<usize>) {
        let Some(section) = self.sections.last() else { return };
        if section.items.is_empty() {
            return;
        }
        let line = self.source.text()[range.start..].lines().next().unwrap_or_default().len();
        self.faults.push(
            Diagnostic::error("this line belongs to no story")
                .at(self.source.span(range.start..range.start + line), "")
                .hint("indent it, to belong to the story above, or give it a section (`## Name`)"),
        );
    }

    fn list(&mut self, range: Range<usize>) {
        let items = self.items();
        let stories = items.iter().filter(|events| item::begins_with_link(events)).count();
        let Some(section) = self.sections.last_mut() else { return };
        if stories == 0 && section.items.is_empty() {
            return;
        }
        if section.items.is_empty() {
            section.intro = trimmed(self.source, section.heading.range().end..range.start);
        }
        for events in items {
            match item::read(self.source, &events) {
                Ok(item) => section.items.push(item),
                Err(mut faults) => self.faults.append(&mut faults),
            }
        }
    }

    /// The events of each item of the list that begins here, the item's own tags included.
    fn items(&mut self) -> Vec<Vec<(Event<'a>, Range<usize>)>> {
        let mut items = Vec::new();
        self.at += 1;
        while let Some((event, _)) = self.events.get(self.at) {
            if matches!(event, Event::End(TagEnd::List(_))) {
                self.at += 1;
                break;
            }
            let first = self.at;
            self.skip_block();
            items.push(self.events[first..self.at].to_vec());
        }
        items
    }

    /// One article twice is an error, unless one of them is not sent.
    fn doubles(&mut self) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        for section in self.sections.iter().filter(|section| !section.is_left_out()) {
            for item in section.items.iter().filter(|item| item.is_ticked) {
                let Some(first) = seen.insert(item.target.clone(), item.label.clone()) else {
                    continue;
                };
                self.faults.push(
                    Diagnostic::error("one article stands twice")
                        .at(item.label.clone(), "and again here")
                        .also(first, "first here")
                        .hint(format!(
                            "delete one line, or empty its box: `- [ ] {}`",
                            item.label.text()
                        )),
                );
            }
        }
    }
}

/// The text of some events.
pub(super) fn plain(events: &[(Event<'_>, Range<usize>)]) -> String {
    let mut text = String::new();
    for (event, _) in events {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text.trim().to_owned()
}
