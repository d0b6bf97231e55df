//! Words that nobody meant to send: what was still to be written, and fields that nobody fills in.

use super::Proofread;
use super::page::in_story;
use crate::diag::Diagnostic;
use crate::issue::Story;
use crate::words::{Block, Inline, Source, Span};

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
/// More of them in one text are not told.
const TOLD_MAX: usize = 20;
/// No such field is longer, in bytes.
const FOREIGN_MAX: usize = 60;
/// How the merge fields begin that letterpress fills in, where it does.
const OWN: [&str; 9] = [
    "subscriber.",
    "default ",
    "#if ",
    "#unless ",
    "#each ",
    "/if",
    "unsubscribe_url",
    "preferences_url",
    "issue.",
];

/// Finds them in the parts of an issue.
pub(super) fn placeholders(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let issue = over.issue;
    let phrases = [&issue.subject, &issue.preheader].into_iter().flatten();
    let phrases = phrases.flat_map(|phrase| {
        let text = phrase.text.as_str();
        all(text).into_iter().map(move |word| told(word, text).at(phrase.span.clone(), ""))
    });
    let notes = issue.note.iter().chain(issue.sections.iter().filter_map(|s| s.intro.as_ref()));
    let notes = notes.flat_map(|span| {
        let text = text_of(&issue.source, span);
        all(text).into_iter().map(move |word| {
            let start = span.range().start + word.as_ptr() as usize - text.as_ptr() as usize;
            told(word, around(text, word)).at(span.source().span(start..start + word.len()), "")
        })
    });
    let stories = issue.stories().flat_map(of_story);
    phrases.chain(notes).chain(stories).collect()
}

/// A story is never a template, so merge fields in it are words.
fn of_story(story: &Story) -> Vec<Diagnostic> {
    let standfirst = story.standfirst.as_deref().map(Inline::plain).unwrap_or_default();
    let words = [&story.kicker, &story.byline, &story.sponsor].map(|text| text.as_deref());
    let link =
        story.link.as_ref().map(|link| link.as_str().replace("%7B", "{").replace("%7D", "}"));
    let body = Block::plain(&story.body);
    let texts = [Some(&*story.headline), Some(&*standfirst), Some(&*body), link.as_deref()];
    let mut findings = vec![];
    for text in texts.into_iter().chain(words).flatten() {
        let place = |finding| in_story(finding, story);
        findings.extend(all(text).into_iter().map(|word| place(told(word, around(text, word)))));
        findings.extend(own(text).map(|field| {
            let what = format!("`{field}` is not filled in here");
            place(Diagnostic::error(what).id("placeholder")).hint(
                "merge fields stand in the subject, the preheader, the note and introductions",
            )
        }));
    }
    findings
}

fn told(word: &str, whole: &str) -> Diagnostic {
    Diagnostic::error(format!("`{}` is still to be replaced", word.trim()))
        .id("placeholder")
        .note(format!("in “{}”", shortened(whole)))
}

/// A merge field of our own, as it is written.
fn own(text: &str) -> Option<&str> {
    text.match_indices("{{").find_map(|(at, _)| {
        let inside = text[at..].trim_start_matches('{').trim_start();
        let is_own = OWN.iter().any(|begins| inside.starts_with(begins));
        let length = text[at..].find("}}").filter(|length| *length < FOREIGN_MAX)?;
        is_own.then(|| &text[at..at + length + 2])
    })
}

fn text_of<'s>(source: &'s Source, span: &Span) -> &'s str {
    source.text().get(span.range()).unwrap_or_default()
}

/// The parts of a text that stand for something else, as they are written, each once.
fn all(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = vec![];
    let mut rest = text;
    for _ in 0..TOLD_MAX {
        let Some(word) = placeholder(rest) else { break };
        if !found.contains(&word) {
            found.push(word);
        }
        rest = &rest[word.as_ptr() as usize - rest.as_ptr() as usize + word.len()..];
    }
    found
}

/// The first part of a text that stands for something else, as it is written.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let low = text.to_ascii_lowercase();
    let known = PLACEHOLDERS.iter().filter_map(|word| {
        // `[name](…)` is a link.
        let is_link = |at: usize| word.ends_with(']') && low[at + word.len()..].starts_with('(');
        let mut found = low.match_indices(word).map(|(at, _)| at);
        let at = found.find(|at| begins_word(&low, *at) && !is_link(*at))?;
        text.get(at..at + word.len())
    });
    let fields = FOREIGN.iter().filter_map(|(start, end)| foreign(text, start, end));
    // Markdown takes the stars of `*|FNAME|*` for emphasis.
    let bare = foreign(text, "|", "|").filter(|field| {
        let name = field.trim_matches('|');
        name.len() > 1
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_:".contains(&byte))
    });
    known.chain(fields).chain(bare).min_by_key(|word| word.as_ptr() as usize)
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
    fn each_is_found_once_in_the_order_of_the_text() {
        let text = "Hi [name] there. TODO: write. FIXME. [name] |FNAME| a | b |";
        assert_eq!(all(text), ["[name]", "TODO:", "FIXME", "|FNAME|"]);
    }

    #[test]
    fn fields_of_our_own_are_told_from_braces() {
        assert_eq!(own("A {{ subscriber.name }}"), Some("{{ subscriber.name }}"));
        assert_eq!(
            own("Hi {{default subscriber.name \"reader\"}}!"),
            Some("{{default subscriber.name \"reader\"}}")
        );
        for text in ["{{ page.title }}", "{{", "{ subscriber.name }", "{{x}}"] {
            assert_eq!(own(text), None, "{text}");
        }
    }
}
