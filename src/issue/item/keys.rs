//! The keys of a story: a list under its line.

use super::{Keys, Reader, Show, is_web, trimmed};
use crate::diag::{Diagnostic, nearest};
use crate::words::Span;

/// The keys that a story may have.
const KEYS: [&str; 10] = [
    "lead",
    "show",
    "standfirst",
    "picture",
    "link",
    "kicker",
    "byline",
    "date",
    "sponsor",
    "until",
];

impl Reader<'_, '_> {
    pub(super) fn keys(&mut self, from: usize, to: usize, keys: &mut Keys) {
        let mut seen: Vec<(String, Span)> = Vec::new();
        let mut index = from + 1;
        while index < to.saturating_sub(1) {
            let end = self.end_of(index);
            let range = self.events[index].1.clone();
            let span = trimmed(self.source, range.clone()).unwrap_or(self.source.span(range));
            index = end;
            let line = span.text().trim_start_matches(['-', '*', '+', ' ']);
            let Some((key, value)) = line.split_once(':') else {
                self.faults.push(
                    Diagnostic::error("this is no key of a story")
                        .at(span, "")
                        .hint("a key is written `- show: summary`; a list of the body stands behind a blank line"),
                );
                continue;
            };
            let (key, value) = (key.trim(), value.trim());
            if let Some((_, first)) = seen.iter().find(|(earlier, _)| earlier == key) {
                self.faults.push(
                    Diagnostic::error(format!("the key `{key}` stands twice"))
                        .at(span, "and again here")
                        .also(first.clone(), "first here"),
                );
                continue;
            }
            seen.push((key.to_owned(), span.clone()));
            if let Err(fault) = set(keys, key, value, &span) {
                self.faults.push(fault);
            }
        }
    }

    /// Tells of keys that a blank line, or text before them, made a part of the story's text.
    pub(super) fn keys_in_text(&mut self, body: &Span) {
        let mut at = body.range().start;
        let mut is_first = true;
        for line in body.text().split_inclusive('\n') {
            let range = at + line.len() - line.trim_start().len()..at + line.trim_end().len();
            at += line.len();
            let Some((key, value)) =
                line.trim().strip_prefix("- ").and_then(|item| item.split_once(':'))
            else {
                is_first &= line.trim().is_empty();
                continue;
            };
            let span = self.source.span(range);
            let is_sure = is_first || matches!(key, "lead" | "show" | "picture" | "standfirst");
            if is_sure
                && KEYS.contains(&key)
                && set(&mut Keys::default(), key, value.trim(), &span).is_ok()
            {
                let what = format!("the key `{key}` stands in the story's text");
                self.faults.push(Diagnostic::error(what).at(span, "readers would see it").hint(
                    "keys stand under the story's line, before its text, with no blank line between",
                ));
            }
        }
    }
}

fn set(keys: &mut Keys, key: &str, value: &str, span: &Span) -> Result<(), Diagnostic> {
    let wrong = |values: &str| {
        Diagnostic::error(format!("`{value}` is no value of `{key}`"))
            .at(span.clone(), format!("values: {values}"))
    };
    let text = || (!value.is_empty()).then(|| value.to_owned());
    match (key, value) {
        ("lead", "yes") => keys.lead = Some(span.clone()),
        ("lead", _) => return Err(wrong("yes")),
        ("show", "full") => keys.show = Some(Show::Full),
        ("show", "summary") => keys.show = Some(Show::Summary),
        ("show", "headline") => keys.show = Some(Show::Headline),
        ("show", _) => return Err(wrong("full, summary, headline")),
        ("standfirst", "none") => keys.no_standfirst = true,
        ("picture", "none") => keys.no_picture = true,
        ("standfirst" | "picture", _) => return Err(wrong("none")),
        ("link", "none") => keys.link = Some((String::new(), span.clone())),
        ("link", url) if is_web(url) => keys.link = Some((url.to_owned(), span.clone())),
        ("link", _) => return Err(wrong("a web address, none")),
        ("kicker", "none") => keys.kicker = Some(String::new()),
        ("byline", "none") => keys.byline = Some(String::new()),
        ("kicker", _) => keys.kicker = text(),
        ("byline", _) => keys.byline = text(),
        ("date", _) => keys.date = Some((value.to_owned(), span.clone())),
        ("sponsor", _) => keys.sponsor = text(),
        ("until", _) => keys.until = Some((value.to_owned(), span.clone())),
        _ => {
            let fault =
                Diagnostic::error(format!("`{key}` is no key of a story")).at(span.clone(), "");
            return Err(match nearest(key, KEYS) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.note(format!("keys: {}", KEYS.join(", "))),
            });
        }
    }
    Ok(())
}
