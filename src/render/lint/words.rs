//! Checks of what the inbox shows before a mail is opened, and of words that nobody meant to send.

use super::Proofread;
use super::page::Page;
use crate::diag::Diagnostic;
use crate::issue::Phrase;
use crate::render::Merged;
use crate::words::{Inline, Source, Span};

/// Inboxes show fewer characters of a subject.
const SUBJECT_CHARS_MAX: usize = 70;
/// With fewer, the inbox goes on with whatever stands first in the mail.
const PREHEADER_CHARS_MIN: usize = 20;
/// What stands where something else was to be written; in lower case.
const PLACEHOLDERS: [&str; 17] = [
    "lorem ipsum",
    "todo:",
    "fixme",
    "tktk",
    "[insert",
    "[your ",
    "dummy text",
    "placeholder text",
    "[name]",
    "[first name]",
    "[first_name]",
    "[firstname]",
    "[fname]",
    "{name}",
    "{first name}",
    "{first_name}",
    "{firstname}",
];
/// How the fields of other mail programs begin and end.
const FOREIGN: [(&str, &str); 3] = [("*|", "|*"), ("%%", "%%"), ("{%", "%}")];
/// No such field is longer, in bytes.
const FOREIGN_MAX: usize = 60;
/// So many lines at the end of a mail are its footer; above it, notices belong to pictures.
const FOOTER_LINES: usize = 15;
/// Signs behind which a year is that of a notice.
const NOTICES: [&str; 3] = ["©", "(c)", "copyright"];

/// Looks at subject and preheader as the first reader sees them.
pub(super) fn envelope(over: &Proofread<'_>, copy: &Merged) -> Vec<Diagnostic> {
    let at = |fault: Diagnostic, phrase: Option<&Phrase>, label: String| match phrase {
        Some(phrase) => fault.at(phrase.span.clone(), label),
        None => fault.at(over.issue.source.line(1), "`preheader` is missing here"),
    };
    let mut findings = Vec::new();
    let subject = copy.subject.chars().count();
    if subject > SUBJECT_CHARS_MAX {
        let fault = Diagnostic::warning("the subject is longer than inboxes show it")
            .id("subject-long")
            .hint(format!("say it in {SUBJECT_CHARS_MAX} characters"));
        findings.push(at(fault, over.issue.subject.as_ref(), format!("{subject} characters")));
    }
    let preheader = copy.preheader.trim().chars().count();
    let phrase = over.issue.preheader.as_ref();
    if preheader == 0 {
        let fault = Diagnostic::warning("there is no preheader")
            .id("preheader-empty")
            .note("behind the subject, inboxes show what stands first in the mail")
            .hint("write `preheader = \"What else is in it\"`");
        findings.push(at(fault, phrase, String::new()));
    } else if preheader < PREHEADER_CHARS_MIN {
        let fault = Diagnostic::warning("the preheader is short")
            .id("preheader-short")
            .hint("inboxes show 40 characters of it and more");
        findings.push(at(fault, phrase, format!("{preheader} characters")));
    }
    findings
}

/// Finds words that stand for others which were never written.
pub(super) fn placeholders(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let found = |text: &str, whole: &str| {
        Diagnostic::error(format!("`{}` is still to be replaced", text.trim()))
            .id("placeholder")
            .note(format!("in “{}”", shortened(whole)))
    };
    let issue = over.issue;
    let phrases = [&issue.subject, &issue.preheader].into_iter().flatten();
    let phrases = phrases.map(|phrase| (phrase.text.as_str(), phrase.span.clone()));
    let notes = issue.note.iter().chain(issue.sections.iter().filter_map(|s| s.intro.as_ref()));
    let notes = notes.map(|span| (text_of(&issue.source, span), span.clone()));
    let phrases = phrases.filter_map(|(text, span)| Some((placeholder(text)?, text, span)));
    let notes = notes.filter_map(|(text, span)| {
        let word = placeholder(text)?;
        let start = span.range().start + word.as_ptr() as usize - text.as_ptr() as usize;
        Some((word, around(text, word), span.source().span(start..start + word.len())))
    });
    let own = phrases.chain(notes).map(|(word, text, span)| found(word, text).at(span, ""));
    let stories = issue.stories().filter_map(|story| {
        let standfirst = story.standfirst.as_deref().map(Inline::plain).unwrap_or_default();
        let body = crate::words::Block::plain(&story.body);
        let texts = [story.headline.clone(), standfirst, body];
        let (word, text) = texts.iter().find_map(|text| Some((placeholder(text)?, text)))?;
        Some(found(word, around(text, word)).at(story.span.clone(), "in this story"))
    });
    own.chain(stories).collect()
}

/// So much of the page's words the plain text should have.
const TEXT_SHARE: f64 = 0.5;

/// A plain text that says far less than the page: who reads it gets another mail.
pub(super) fn text_short(
    over: &Proofread<'_>,
    copy: &Merged,
    page: &Page<'_>,
) -> Option<Diagnostic> {
    let words = |text: &str| text.split_whitespace().filter(|word| is_word(word)).count();
    let (page, text) = (page.texts().map(words).sum::<usize>(), words(&copy.text));
    ((text as f64) < page as f64 * TEXT_SHARE).then(|| {
        Diagnostic::warning("the plain text says far less than the page")
            .id("text-short")
            .file(format!("templates/{}/newsletter.txt", over.template()))
            .note(format!("{text} words, and the page has {page}"))
            .hint("some readers see the plain text alone, and filters compare the two")
    })
}

fn is_word(word: &str) -> bool {
    word.chars().any(char::is_alphanumeric) && !word.contains("://")
}

/// A notice with a year before the issue's.
pub(super) fn old_year(over: &Proofread<'_>, copy: &Merged) -> Option<Diagnostic> {
    let now = over.issue.date().year();
    let mut footer = copy.text.lines().rev().take(FOOTER_LINES).filter_map(notice_year);
    let year = footer.find(|year| *year < now)?;
    let template = over.template();
    Some(
        Diagnostic::warning(format!("the copyright notice says {year}"))
            .id("old-year")
            .file(format!("templates/{template}/"))
            .note(format!("the issue is of {now}")),
    )
}

/// The last year of a copyright notice in a line.
fn notice_year(line: &str) -> Option<i16> {
    let low = line.to_lowercase();
    let at = NOTICES.iter().find_map(|sign| low.find(sign).map(|at| at + sign.len()))?;
    let years = low[at..].split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 4);
    years.filter_map(|word| word.parse().ok()).filter(|year| (1900..2200).contains(year)).max()
}

fn text_of<'s>(source: &'s Source, span: &Span) -> &'s str {
    source.text().get(span.range()).unwrap_or_default()
}

/// The part of a text that stands for something else, as it is written.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let low = text.to_ascii_lowercase();
    let own = PLACEHOLDERS.iter().find_map(|word| {
        // `[name](…)` is a link.
        let is_link = |at: usize| word.ends_with(']') && low[at + word.len()..].starts_with('(');
        let mut found = low.match_indices(word).map(|(at, _)| at);
        let at = found.find(|at| begins_word(&low, *at) && !is_link(*at))?;
        text.get(at..at + word.len())
    });
    own.or_else(|| FOREIGN.iter().find_map(|(start, end)| foreign(text, start, end)))
}

/// A field as another mail program writes it, which this one mails as it stands.
fn foreign<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.match_indices(start).find_map(|(at, _)| {
        let inside = &text[at + start.len()..];
        let length = inside.find(end).filter(|length| (1..FOREIGN_MAX).contains(length))?;
        let name = &inside[..length];
        let has_letters = name.contains(|c: char| c.is_ascii_alphabetic());
        let is_tight = start == "{%" || name.trim() == name;
        let is_name = has_letters && is_tight && !name.contains(['\n', '%', '*']);
        is_name.then(|| &text[at..at + start.len() + length + end.len()])
    })
}

fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(char::is_alphanumeric)
}

/// The text from a few words before a part of it.
fn around<'t>(text: &'t str, part: &str) -> &'t str {
    let at = part.as_ptr() as usize - text.as_ptr() as usize;
    let start = text[..at].rfind(['\n', '.']).map_or(0, |start| start + 1);
    text[start..].trim_start()
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(60).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_a_word_of_its_own() {
        for text in ["Lorem ipsum dolor", "TODO: ask", "a TKTK", "by [your name]", "FIXME"] {
            assert!(placeholder(text).is_some(), "{text}");
        }
        for text in
            ["Dear *|FNAME|*,", "%%first_name%%", "{% if x %}", "[First Name],", "Hi {name}"]
        {
            assert!(placeholder(text).is_some(), "{text}");
        }
        for text in ["[name](https://a.example/)", "100%% of 5%%", "a *|* b", "{a name}"] {
            assert_eq!(placeholder(text), None, "{text}");
        }
        for text in ["to do", "Mastodo: n", "TK Maxx", "todo list", "insert coin", "X-fixme"] {
            assert_eq!(placeholder(text).is_some(), text == "X-fixme", "{text}");
        }
    }

    #[test]
    fn the_last_year_of_a_notice_counts() {
        assert_eq!(notice_year("© 2019–2022 The Desk"), Some(2022));
        assert_eq!(notice_year("Copyright (c) 2023"), Some(2023));
        assert_eq!(notice_year("In 2019 it rained"), None);
        assert_eq!(notice_year("© The Desk, 12 Street 20222"), None);
    }
}
