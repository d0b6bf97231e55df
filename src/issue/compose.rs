//! Writes an issue, and adds to one without touching what stands.
//!
//! Invariant: the text that comes out, less the lines that are reported as added, is byte for byte
//! the text that went in.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::Range;

use jiff::Zoned;
use toml_edit::Value;

use super::file::{FileSection, IssueFile, LEFT_OUT};
use super::item::Item;
use super::select::{Choice, Selection, TOP};
use super::used::Offered;
use crate::article;
use crate::config::SectionRule;
use crate::words::Period;

/// The length that a preheader is filled up to, in characters.
const PREHEADER_CHARS_MAX: usize = 110;

/// A line that was added to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The article's path in the workspace.
    pub path: String,
    /// The headline.
    pub headline: String,
    /// The section that it was added to.
    pub section: String,
}

/// A headline that was written by a gather, still stands so, and has another text in the article now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The article's path in the workspace.
    pub path: String,
    /// The headline that stands.
    pub was: String,
    /// The article's headline.
    pub headline: String,
    /// Where it stands, with its brackets.
    place: Range<usize>,
}

/// Writes a new issue with all that was chosen.
/// Sections that `rules` name stand in that order, behind Top, and before all others.
pub fn compose(
    selection: &Selection<'_>,
    period: &Period,
    slot: Option<&Zoned>,
    rules: &[SectionRule],
) -> String {
    let ordered = by_section(selection, rules);
    let headlines: Vec<&str> = ordered
        .iter()
        .flat_map(|(_, choices)| choices.iter().map(|choice| choice.article.title.as_str()))
        .collect();
    let mut text = String::from("+++\n");
    let subject = headlines.first().copied().unwrap_or_default();
    let _ = writeln!(text, "subject   = {}", quoted(subject));
    let _ = writeln!(text, "preheader = {}", quoted(&preheader(headlines.get(1..).unwrap_or(&[]))));
    let _ = writeln!(text, "from      = {}", instant(&period.from));
    let _ = writeln!(text, "until     = {}", instant(&period.until));
    let slot = slot.map_or_else(|| "\"none\"".to_owned(), instant);
    let _ = writeln!(text, "slot      = {slot}\n+++");
    for (section, choices) in ordered {
        let _ = writeln!(text, "\n## {section}");
        choices.iter().for_each(|choice| text.push_str(&line(choice, "- ", true)));
    }
    if !selection.beyond.is_empty() || !selection.set_aside.is_empty() {
        let _ = writeln!(text, "\n## {LEFT_OUT}");
        // An empty box says that there was no room; what was set aside by hand has none.
        selection.set_aside.iter().for_each(|choice| text.push_str(&line(choice, "- ", true)));
        selection.beyond.iter().for_each(|choice| text.push_str(&line(choice, "- ", false)));
    }
    text
}

/// An instant as TOML has it, with the offset of its zone.
pub(super) fn instant(zoned: &Zoned) -> String {
    zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A text as TOML has it; what would be a merge field is only two characters.
fn quoted(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    Value::from(text.replace("{{", "\\{{")).to_string()
}

fn preheader(headlines: &[&str]) -> String {
    let mut text = String::new();
    for headline in headlines {
        let joined =
            if text.is_empty() { (*headline).to_owned() } else { format!("{text}; {headline}") };
        if joined.chars().count() > PREHEADER_CHARS_MAX && !text.is_empty() {
            break;
        }
        text = joined;
    }
    text
}

/// What was chosen by section: Top first, then by the rules, the others as they first appear; all of
/// them as they appear where a person has put them in order.
pub fn by_section<'c, 'a>(
    selection: &'c Selection<'a>,
    rules: &[SectionRule],
) -> Vec<(&'c str, Vec<&'c Choice<'a>>)> {
    let mut sections: Vec<(&str, Vec<&Choice<'_>>)> = Vec::new();
    for choice in &selection.chosen {
        match sections.iter_mut().find(|(name, _)| *name == choice.section) {
            Some((_, list)) => list.push(choice),
            None => sections.push((&choice.section, vec![choice])),
        }
    }
    if selection.is_arranged {
        return sections;
    }
    let place = |name: &str| rules.iter().position(|rule| rule.name == name);
    sections.sort_by_key(|(name, _)| match place(name) {
        Some(place) => (1, place),
        None if *name == TOP => (0, 0),
        None => (2, 0),
    });
    sections
}

fn line(choice: &Choice<'_>, bullet: &str, sent: bool) -> String {
    let mark = if sent { "" } else { "[ ] " };
    format!("{bullet}{mark}{}\n", link(&choice.article.title, &choice.article.name))
}

fn link(headline: &str, name: &str) -> String {
    format!("[{}]({})", article::markdown::escaped(headline), target(name))
}

/// Says whether a line holds nothing but the link that a gather wrote.
fn is_as_written(item: &Item, headline: &str) -> bool {
    let line = item.span.text().trim().trim_start_matches(['-', '*', '+']).trim_start();
    let line =
        ["[ ]", "[x]", "[X]"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    line.trim_start() == link(headline, &item.target)
}

/// The way from `issues/` to a file of the workspace, as a link's target.
fn target(path: &str) -> String {
    let encoded = |text: &str| text.replace('%', "%25").replace('#', "%23");
    let file = article::file_of(path);
    let way = match path[file.len()..].strip_prefix('#') {
        Some(id) => format!("../{}#{}", encoded(file), encoded(id)),
        None => format!("../{}", encoded(path)),
    };
    if way.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>\\&*_`".contains(c)) {
        let way: String = way
            .chars()
            .flat_map(|c| match c {
                '<' | '>' | '\\' | '&' | '\r' | '\n' => {
                    format!("%{:02X}", u32::from(c)).chars().collect::<Vec<_>>()
                }
                c => vec![c],
            })
            .collect();
        return format!("<{way}>");
    }
    way
}

/// What another gather would add to an issue that stands.
pub struct Addition<'c, 'a> {
    file: &'c IssueFile,
    chosen: Vec<&'c Choice<'a>>,
    left_out: Vec<&'c Choice<'a>>,
    refreshed: Vec<Refreshed>,
}

impl<'c, 'a> Addition<'c, 'a> {
    /// Compares a selection with a file. `offered` are the paths that a gather has written before
    /// on this machine; without that memory, what is absent may have been deleted by hand.
    pub fn new(
        file: &'c IssueFile,
        selection: &'c Selection<'a>,
        offered: Option<&Offered>,
    ) -> Self {
        let standing: BTreeSet<&str> = file.targets().collect();
        let absent = |choice: &&Choice<'a>| {
            let path = choice.article.name.as_str();
            let link = choice.article.link.as_deref();
            let picked = choice.reason == super::select::Reason::Picked;
            !standing.contains(path)
                && !link.is_some_and(|link| standing.contains(link))
                && (picked || offered.is_none_or(|offered| !offered.contains_key(path)))
        };
        let refreshed = refreshed(file, selection, offered);
        let mut addition = Self { file, chosen: vec![], left_out: vec![], refreshed };
        for choice in selection.chosen.iter().filter(absent) {
            match offered.is_some() || choice.reason == super::select::Reason::Picked {
                true => addition.chosen.push(choice),
                false => addition.left_out.push(choice),
            }
        }
        addition.left_out.extend(selection.beyond.iter().filter(absent));
        addition
    }

    /// Returns the headlines that it brings up to date.
    pub fn refreshed(&self) -> &[Refreshed] {
        &self.refreshed
    }

    /// Returns the lines that it adds, in the order of their writing.
    pub fn added(&self) -> Vec<Added> {
        let added = |choice: &&Choice<'_>, section: &str| Added {
            path: choice.article.name.clone(),
            headline: choice.article.title.clone(),
            section: section.to_owned(),
        };
        let chosen = self.chosen.iter().map(|choice| added(choice, &choice.section));
        chosen.chain(self.left_out.iter().map(|choice| added(choice, LEFT_OUT))).collect()
    }

    /// Returns the file's text with the lines added and the headlines brought up to date.
    pub fn text(&self) -> String {
        let text = self.file.source.text();
        let newline =
            if text.lines().next().is_some_and(|_| text.contains("\r\n")) { "\r\n" } else { "\n" };
        let headline = |own: &Refreshed| format!("[{}]", article::markdown::escaped(&own.headline));
        let mut edits: Vec<(Range<usize>, String)> =
            self.refreshed.iter().map(|own| (own.place.clone(), headline(own))).collect();
        let mut sections: Vec<(&str, Vec<&Choice<'_>>, bool)> = Vec::new();
        for choice in &self.chosen {
            push(&mut sections, &choice.section, choice, true);
        }
        for choice in &self.left_out {
            push(&mut sections, LEFT_OUT, choice, false);
        }
        for (name, choices, sent) in sections {
            let standing = self.file.sections.iter().find(|section| section.name == name);
            let insert = match standing {
                Some(section) => self.in_section(section, &choices, sent),
                None => self.new_section(name, &choices, sent),
            };
            edits.push((insert.0..insert.0, insert.1.replace('\n', newline)));
        }
        apply(text, edits, newline)
    }

    fn in_section(
        &self,
        section: &FileSection,
        choices: &[&Choice<'_>],
        sent: bool,
    ) -> (usize, String) {
        let last = section.items.last();
        let bullet = last
            .and_then(|item| item.span.text().chars().next())
            .filter(|c| "-*+".contains(*c))
            .unwrap_or('-');
        let lines: String =
            choices.iter().map(|choice| line(choice, &format!("{bullet} "), sent)).collect();
        match last {
            Some(item) => (self.line_end(item.span.range().end), lines),
            None => {
                let end = section.intro.as_ref().unwrap_or(&section.heading).range().end;
                let gap = if section.intro.is_some() { "\n" } else { "" };
                (self.line_end(end), format!("{gap}{lines}"))
            }
        }
    }

    fn new_section(&self, name: &str, choices: &[&Choice<'_>], sent: bool) -> (usize, String) {
        let lines: String = choices.iter().map(|choice| line(choice, "- ", sent)).collect();
        let left_out = self.file.sections.iter().find(|section| section.is_left_out());
        match left_out.filter(|_| name != LEFT_OUT) {
            Some(section) => (section.heading.range().start, format!("## {name}\n{lines}\n")),
            None => {
                let text = self.file.source.text();
                let end = text.trim_end().len();
                (self.line_end(end), format!("\n## {name}\n{lines}"))
            }
        }
    }

    /// The end of the line that `offset` stands in, behind its newline.
    fn line_end(&self, offset: usize) -> usize {
        let text = self.file.source.text();
        text[offset..].find('\n').map_or(text.len(), |newline| offset + newline + 1)
    }
}

fn push<'c, 'a, 'n>(
    sections: &mut Vec<(&'n str, Vec<&'c Choice<'a>>, bool)>,
    name: &'n str,
    choice: &'c Choice<'a>,
    sent: bool,
) {
    match sections.iter_mut().find(|(own, _, _)| *own == name) {
        Some((_, list, _)) => list.push(choice),
        None => sections.push((name, vec![choice], sent)),
    }
}

/// The headlines that stand as a gather wrote them, and are others now.
fn refreshed(
    file: &IssueFile,
    selection: &Selection<'_>,
    offered: Option<&Offered>,
) -> Vec<Refreshed> {
    let Some(offered) = offered else { return vec![] };
    let all = selection.chosen.iter().chain(&selection.beyond).chain(&selection.others);
    let titles: HashMap<&str, &str> =
        all.map(|choice| (choice.article.name.as_str(), choice.article.title.as_str())).collect();
    let items = file.sections.iter().flat_map(|section| &section.items);
    let changed = items.filter_map(|item| {
        let was = offered.get(&item.target)?.headline.clone()?;
        let now = *titles.get(item.target.as_str())?;
        let is_other = was != now && is_as_written(item, &was);
        is_other.then(|| Refreshed {
            path: item.target.clone(),
            was,
            headline: now.to_owned(),
            place: item.label.range(),
        })
    });
    changed.collect()
}

fn apply(text: &str, mut edits: Vec<(Range<usize>, String)>, newline: &str) -> String {
    edits.sort_by_key(|(place, _)| (place.start, place.end));
    let mut out = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for (place, edit) in edits {
        out.push_str(&text[done..place.start]);
        // Only lines are added; what is replaced stands within one.
        if place.is_empty() && place.start > 0 && !out.ends_with('\n') {
            out.push_str(newline);
        }
        out.push_str(&edit);
        done = place.end;
    }
    out.push_str(&text[done..]);
    out
}
