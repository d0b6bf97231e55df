//! One story's item in an issue: its link, its standfirst, what is indented under it.

mod keys;

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::file::{plain, trimmed};
use super::story::Show;

use crate::diag::Diagnostic;
use crate::words::{Source, Span};

type Events<'a> = [(Event<'a>, Range<usize>)];

/// A story's item, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// `lead: yes`.
    pub lead: Option<Span>,
    /// `show: …`.
    pub show: Option<Show>,
    /// `standfirst: none`.
    pub no_standfirst: bool,
    /// `picture: none`.
    pub no_picture: bool,
    /// `link: URL`, or `none`, which is empty.
    pub link: Option<(String, Span)>,
    /// `kicker: …`.
    pub kicker: Option<String>,
    /// `byline: …`.
    pub byline: Option<String>,
    /// `date: …`.
    pub date: Option<(String, Span)>,
    /// `sponsor: …`.
    pub sponsor: Option<String>,
    /// `until: …`.
    pub until: Option<(String, Span)>,
}

/// A list item that begins with a link.
#[derive(Clone, Debug)]
pub struct Item {
    /// The whole item, without the blank lines behind it.
    pub span: Span,
    /// The link's text with its brackets.
    pub label: Span,
    /// The headline.
    pub headline: String,
    /// An http(s) address, or a path in the workspace.
    pub target: String,
    /// Whether it is sent: it has no box, or a ticked one.
    pub is_ticked: bool,
    /// The standfirst, in Markdown.
    pub standfirst: Option<String>,
    /// The picture: path or address, alt text, credit.
    pub picture: Option<(String, String, Option<String>, Span)>,
    /// The keys.
    pub keys: Keys,
    /// Markdown that replaces the body, without its indentation.
    pub body: Option<String>,
}

impl Item {
    /// Says whether the target is on the web, not in the workspace.
    pub fn is_outside(&self) -> bool {
        is_web(&self.target)
    }
}

pub(super) fn is_web(target: &str) -> bool {
    target.starts_with("https://") || target.starts_with("http://")
}

/// Says whether an item begins with a link, or with a box and a link.
pub(super) fn begins_with_link(events: &Events<'_>) -> bool {
    link_at(events).is_some()
}

fn link_at(events: &Events<'_>) -> Option<usize> {
    let at = events.iter().position(|(event, _)| {
        !matches!(event, Event::Start(Tag::Item | Tag::Paragraph) | Event::TaskListMarker(_))
    })?;
    let is_link = |link_type: &LinkType| !matches!(link_type, LinkType::Autolink | LinkType::Email);
    matches!(&events[at].0, Event::Start(Tag::Link { link_type, .. }) if is_link(link_type))
        .then_some(at)
}

/// Reads an item.
///
/// # Errors
/// All its faults.
pub(super) fn read(source: &Source, events: &Events<'_>) -> Result<Item, Vec<Diagnostic>> {
    let whole = events.first().map_or(0..0, |(_, range)| range.clone());
    let span = trimmed(source, whole.clone()).unwrap_or(source.span(whole));
    let Some(at) = link_at(events) else {
        let line = span.text().lines().next().unwrap_or_default().len();
        let start = span.range().start;
        return Err(vec![
            Diagnostic::error("this item is no story")
                .at(source.span(start..start + line), "it does not begin with a link")
                .hint(
                    "a story is written `- [Headline](../articles/file.txt)`; or indent the line",
                ),
        ]);
    };
    Reader { source, events, span, faults: vec![] }.item(at)
}

struct Reader<'a, 'e> {
    source: &'a Source,
    events: &'a Events<'e>,
    span: Span,
    faults: Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn item(mut self, link: usize) -> Result<Item, Vec<Diagnostic>> {
        let end = self.end_of(link);
        let headline = plain(&self.events[link..end]);
        let link_range = self.events[link].1.clone();
        let label = self.label(&link_range);
        if headline.is_empty() {
            self.faults.push(
                Diagnostic::error("the story has no headline")
                    .at(label.clone(), "the link is empty"),
            );
        }
        let target = match &self.events[link].0 {
            Event::Start(Tag::Link { dest_url, .. }) => self.target(dest_url, &label),
            _ => String::new(),
        };
        let is_ticked =
            !self.events.iter().take(link).any(|(e, _)| matches!(e, Event::TaskListMarker(false)));
        let (paragraph_end, next) = self.paragraph_end(end);
        let picture = self.picture(end, next);
        let standfirst = self.standfirst(link_range.end..paragraph_end, end, next);
        let (keys, body) = self.below(next);
        let item = Item {
            span: self.span.clone(),
            label,
            headline,
            target,
            is_ticked,
            standfirst,
            picture,
            keys,
            body,
        };
        if self.faults.is_empty() { Ok(item) } else { Err(self.faults) }
    }

    /// The index behind the end of what begins at `start`.
    fn end_of(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        for (index, (event, _)) in self.events.iter().enumerate().skip(start) {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.events.len()
    }

    /// The link's text with its brackets.
    fn label(&self, link: &Range<usize>) -> Span {
        let text = &self.source.text()[link.clone()];
        let length = text.rfind("](").or(text.rfind("][")).map_or(text.len(), |at| at + 1);
        self.source.span(link.start..link.start + length)
    }

    fn target(&mut self, url: &str, label: &Span) -> String {
        if is_web(url) {
            return url.to_owned();
        }
        // Behind the first `#`, before decoding, is the id of a feed's entry.
        let (path, id) = url.split_once('#').unwrap_or((url, ""));
        let (path, id) = (percent_decoded(path), percent_decoded(id));
        if path.trim().is_empty() {
            self.faults.push(Diagnostic::error("the link leads nowhere").at(label.clone(), ""));
        } else if path.contains(':') && !path.contains('/') || path.contains('\0') {
            self.faults.push(
                Diagnostic::error(format!("`{}` is no article", path.escape_debug()))
                    .at(label.clone(), "a story links to a file or to a web address"),
            );
        }
        let path = in_workspace(&path);
        if id.is_empty() { path } else { format!("{path}#{id}") }
    }

    /// Where the first paragraph ends, in bytes, and the index of what follows it.
    fn paragraph_end(&self, from: usize) -> (usize, usize) {
        let mut depth = 0_usize;
        for (index, (event, range)) in self.events.iter().enumerate().skip(from) {
            match event {
                Event::End(TagEnd::Paragraph) if depth == 0 => return (range.end, index + 1),
                Event::End(TagEnd::Item) if depth == 0 => return (self.span.range().end, index),
                Event::Start(tag) if is_block(tag) => return (range.start, index),
                Event::Rule if depth == 0 => return (range.start, index),
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        (self.span.range().end, self.events.len())
    }

    fn picture(
        &mut self,
        from: usize,
        to: usize,
    ) -> Option<(String, String, Option<String>, Span)> {
        let mut found = None;
        for index in from..to.min(self.events.len()) {
            let (Event::Start(Tag::Image { dest_url, title, .. }), range) = &self.events[index]
            else {
                continue;
            };
            let span = self.source.span(range.clone());
            if found.is_some() {
                self.faults.push(
                    Diagnostic::error("a story has one picture").at(span, "this is the second"),
                );
                continue;
            }
            let alt = plain(&self.events[index..self.end_of(index)]);
            let src = if is_web(dest_url) {
                dest_url.to_string()
            } else {
                in_workspace(&percent_decoded(dest_url))
            };
            let credit = (!title.is_empty()).then(|| title.to_string());
            found = Some((src, alt, credit, span));
        }
        found
    }

    /// The text behind the link: nothing, or a colon and the standfirst.
    fn standfirst(&mut self, range: Range<usize>, from: usize, to: usize) -> Option<String> {
        let range = range.start..range.end.max(range.start);
        let mut text = self.source.text()[range.clone()].to_owned();
        for (event, picture) in &self.events[from.min(to)..to.min(self.events.len())] {
            if matches!(event, Event::Start(Tag::Image { .. })) && picture.start >= range.start {
                let at = picture.start - range.start..picture.end.min(range.end) - range.start;
                text.replace_range(at.clone(), &" ".repeat(at.len()));
            }
        }
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let Some(standfirst) = text.strip_prefix(':') else {
            let span = trimmed(self.source, range.clone()).unwrap_or(self.source.span(range));
            self.faults.push(
                Diagnostic::error("the text behind the link is no standfirst")
                    .at(span, "")
                    .hint("put a colon between the link and the text"),
            );
            return None;
        };
        let lines: Vec<&str> = standfirst.lines().map(str::trim).collect();
        Some(lines.join("\n").trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// What is indented below the first paragraph: keys at once, a body behind a blank line.
    fn below(&mut self, from: usize) -> (Keys, Option<String>) {
        let mut keys = Keys::default();
        let mut next = from;
        if let Some((Event::Start(Tag::List(_)), range)) = self.events.get(from) {
            let before = self.source.text()[..range.start].trim_end_matches([' ', '\t']);
            if !ends_in_blank_line(before) {
                next = self.end_of(from);
                self.keys(from, next, &mut keys);
            }
        }
        let body = self.events.get(next).and_then(|(event, range)| match event {
            Event::End(_) => None,
            _ => trimmed(self.source, range.start..self.span.range().end),
        });
        if let Some(span) = &body {
            self.keys_in_text(span);
        }
        let body = body.map(|span| self.dedented(&span));
        (keys, body)
    }

    /// The text of a span without the indentation that makes it part of the item.
    fn dedented(&self, span: &Span) -> String {
        let start = span.range().start;
        let text = self.source.text();
        let margin = start - text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let mut lines = span.text().lines();
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
            out.push('\n');
            out.push_str(&line[blank.min(margin)..]);
        }
        out
    }
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. }
    )
}

fn ends_in_blank_line(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    text.is_empty() || text.ends_with('\n')
}

/// A path as an issue writes it, made one of the workspace.
pub(super) fn in_workspace(path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { vec![] } else { vec!["issues"] };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = (*first == b'%').then(|| tail.get(..2)).flatten();
        let hex = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
