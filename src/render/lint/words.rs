//! Checks of what the inbox shows before a mail is opened, and of the plain text.

use super::Proofread;
use super::page::Page;
use crate::diag::Diagnostic;
use crate::issue::Phrase;
use crate::render::Merged;

/// Inboxes show fewer characters of a subject.
const SUBJECT_CHARS_MAX: usize = 70;
/// With fewer, the inbox goes on with whatever stands first in the mail.
const PREHEADER_CHARS_MIN: usize = 20;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_year_of_a_notice_counts() {
        assert_eq!(notice_year("© 2019–2022 The Desk"), Some(2022));
        assert_eq!(notice_year("Copyright (c) 2023"), Some(2023));
        assert_eq!(notice_year("In 2019 it rained"), None);
        assert_eq!(notice_year("© The Desk, 12 Street 20222"), None);
    }
}
