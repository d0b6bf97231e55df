//! A story's text in short: whole sentences, words counted.
//!
//! Invariant: a summary is made of whole sentences unless the first alone is too long, and holds
//! no other program's template code.

use crate::words::{Block, Inline, Prose};

/// The most characters that a story's summary has.
pub const SUMMARY_CHARS_MAX: usize = 240;
/// Abbreviations that a sentence does not end with.
const ABBREVIATIONS: [&str; 44] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sen", "rep", "gov", "gen", "lt", "col", "sgt", "capt",
    "rev", "hon", "pres", "jr", "sr", "vs", "no", "vol", "inc", "ltd", "corp", "co", "dept", "est",
    "fig", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    "cf", "ca", "messrs",
];

/// Tags that show where a page's code was taken for its text.
const TAGS: [&str; 14] =
    ["a", "b", "br", "code", "div", "em", "hr", "i", "img", "li", "p", "script", "span", "strong"];

/// Returns whole sentences from the start of a text, up to `chars_max` characters; the first one
/// is cut at a word, with `…`, where it alone is longer.
///
/// Headings, lists, quotations and pictures are passed over; a text without paragraphs has none.
pub fn summary(prose: &Prose, chars_max: usize) -> Option<String> {
    let mut text = String::new();
    let mut chars = 0;
    for block in prose {
        let Block::Paragraph(inlines) = block else { continue };
        let paragraph = Inline::standing(inlines);
        let paragraph = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        if is_code(&paragraph) {
            continue;
        }
        for sentence in sentences(&paragraph) {
            let length = sentence.chars().count();
            let joint = usize::from(!text.is_empty());
            if chars + joint + length > chars_max {
                return Some(if text.is_empty() { cut(sentence, chars_max) } else { text });
            }
            text.extend((joint == 1).then_some(' '));
            text.push_str(sentence);
            chars += joint + length;
        }
    }
    Some(text).filter(|text| !text.is_empty())
}

/// Counts the words of a text.
pub fn words(prose: &Prose) -> usize {
    let text = Block::plain(prose);
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// Another program's template code, which would read as noise.
fn is_code(paragraph: &str) -> bool {
    ["{{", "{%", "<%", "</"].iter().any(|mark| paragraph.contains(mark))
        || paragraph.match_indices('<').any(|(at, _)| is_tag(&paragraph[at + 1..]))
}

/// Says whether a text goes on as a tag of HTML that stands for itself, or opens something.
fn is_tag(text: &str) -> bool {
    let name = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let behind = &text[name.len()..];
    TAGS.contains(&name) && behind.starts_with(['>', '/', ' ']) && behind.contains('>')
}

fn cut(sentence: &str, chars_max: usize) -> String {
    let room = chars_max.saturating_sub(1);
    let end = sentence.char_indices().nth(room).map_or(sentence.len(), |(at, _)| at);
    let head = &sentence[..end];
    let whole = head.rfind(' ').filter(|_| sentence[end..].starts_with(|c: char| c != ' '));
    let head = head[..whole.unwrap_or(end)].trim_end_matches(|c: char| !c.is_alphanumeric());
    format!("{head}…")
}

/// Splits a paragraph after each sentence's end.
fn sentences(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let mut start = 0;
    for (space, _) in text.match_indices(' ') {
        if ends_sentence(&text[start..space]) && begins_sentence(&text[space + 1..]) {
            list.push(&text[start..space]);
            start = space + 1;
        }
    }
    list.push(&text[start..]);
    list.retain(|sentence| !sentence.is_empty());
    list
}

fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(['”', '’', '"', '\'', ')', ']', '»']);
    if bare.ends_with(['!', '?', '…', '。', '！', '？']) {
        return true;
    }
    let Some(before) = bare.strip_suffix('.') else { return false };
    let word = before.rsplit([' ', '(', '“', '"']).next().unwrap_or(before);
    let initial = word.chars().count() == 1 && word.starts_with(char::is_uppercase);
    let abbreviated = word.contains('.') || ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    !(initial || (abbreviated && bare.len() == text.len()))
}

fn begins_sentence(text: &str) -> bool {
    let first = text.trim_start_matches(['“', '‘', '"', '\'', '(', '[', '«', '¿', '¡', '—', ' ']);
    !first.starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(texts: &[&str]) -> Prose {
        texts.iter().map(|text| Block::Paragraph(vec![Inline::Text((*text).into())])).collect()
    }

    #[test]
    fn a_summary_is_whole_sentences_across_paragraphs() {
        let text =
            prose(&["Mr. J. Doe went to St. Ives. He said “Stop.” It", "{{< fig >}}", "Rained."]);
        assert_eq!(summary(&text, 28).unwrap(), "Mr. J. Doe went to St. Ives.");
        assert_eq!(summary(&text, 44).unwrap(), "Mr. J. Doe went to St. Ives. He said “Stop.”");
        assert_eq!(
            summary(&text, 99).unwrap(),
            "Mr. J. Doe went to St. Ives. He said “Stop.” It Rained."
        );
    }

    #[test]
    fn what_is_struck_and_a_footnotes_number_are_no_part_of_it() {
        let text = |text: &str| Inline::Text(text.into());
        let line = vec![
            text("Fares rise."),
            Inline::Note(1),
            text(" They cost "),
            Inline::Struck(vec![text("$2")]),
            text(" $3."),
        ];
        let told = summary(&vec![Block::Paragraph(line)], 99);
        assert_eq!(told.unwrap(), "Fares rise. They cost $3.");
    }

    #[test]
    fn a_first_sentence_that_is_too_long_is_cut_at_a_word() {
        let text = prose(&["Eight navies, three of them allied, met"]);
        assert_eq!(summary(&text, 15).unwrap(), "Eight navies…");
        assert_eq!(summary(&text, 21).unwrap(), "Eight navies, three…");
        assert_eq!(summary(&prose(&["ééééééé"]), 4).unwrap(), "ééé…");
        assert_eq!(summary(&text, 0).unwrap(), "…");
        assert_eq!(summary(&prose(&[" "]), 9), None);
        assert_eq!(summary(&vec![Block::Rule], 9), None);
    }

    #[test]
    fn a_paragraph_that_is_code_is_passed_over() {
        for code in ["<br />", "A <span class=x>b", "a <p>b", "x</b>", "{{ x }}", "{% y %}"] {
            assert_eq!(summary(&prose(&[code, "Words."]), 99).unwrap(), "Words.", "{code}");
        }
        for text in ["Is i < j or j > i?", "The <Palace: Tale> opened.", "I <3 it", "a <br"] {
            assert_eq!(summary(&prose(&[text]), 99).as_deref(), Some(text));
        }
    }

    #[test]
    fn words_are_counted_without_signs() {
        assert_eq!(words(&prose(&["Two — three,", "four"])), 3);
    }
}
