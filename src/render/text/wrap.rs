//! Breaks a paragraph into lines by display width.

use textwrap::WordSeparator;
use textwrap::core::display_width;

use super::COLUMNS;

/// Returns how many columns a text takes.
pub(in crate::render) fn width(text: &str) -> usize {
    display_width(text)
}

/// Breaks a text into lines, the first behind `first`, all others behind `rest`. A line break in the
/// text is kept. What cannot be broken stands on a line of its own, however wide.
pub(super) fn wrap(text: &str, first: &str, rest: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in text.split('\n') {
        let mut line: Option<Line> = None;
        for (fragment, spaced) in fragments(part) {
            let columns = width(fragment);
            match &mut line {
                Some(line) if line.columns + usize::from(spaced) + columns <= COLUMNS => {
                    line.push(fragment, spaced, columns);
                }
                _ => {
                    lines.extend(line.take().map(|line| line.text));
                    let prefix = if lines.is_empty() { first } else { rest };
                    let mut next = Line { text: prefix.to_owned(), columns: width(prefix) };
                    next.push(fragment, false, columns);
                    line = Some(next);
                }
            }
        }
        lines.extend(line.map(|line| line.text));
    }
    lines
}

/// Sets one text at the left and one at the right of a line, or of two where one is too short.
pub(super) fn spread(left: &str, right: &str, first: &str, rest: &str) -> Vec<String> {
    let (left, right) = (left.trim(), right.trim());
    let taken = width(first) + width(left) + width(right);
    let gap = usize::from(!left.is_empty() && !right.is_empty());
    if right.is_empty() || taken + gap > COLUMNS {
        let mut lines = wrap(left, first, rest);
        if !right.is_empty() {
            let prefix = if lines.is_empty() { first } else { rest };
            let space = COLUMNS.saturating_sub(width(prefix) + width(right));
            lines.push(format!("{prefix}{}{right}", " ".repeat(space)));
        }
        return lines;
    }
    vec![format!("{first}{left}{}{right}", " ".repeat(COLUMNS - taken))]
}

struct Line {
    text: String,
    columns: usize,
}

impl Line {
    fn push(&mut self, fragment: &str, spaced: bool, columns: usize) {
        if spaced {
            self.text.push(' ');
        }
        self.text.push_str(fragment);
        self.columns += usize::from(spaced) + columns;
    }
}

/// Returns what a line may be broken between, and whether a space stands before it. Words are
/// broken only where they are written without spaces, as Chinese and Japanese are.
fn fragments(text: &str) -> impl Iterator<Item = (&str, bool)> {
    text.split([' ', '\t']).filter(|word| !word.is_empty()).flat_map(|word| {
        let pieces = match is_breakable(word) {
            true => WordSeparator::UnicodeBreakProperties
                .find_words(word)
                .map(|piece| piece.word)
                .collect(),
            false => vec![word],
        };
        pieces.into_iter().enumerate().map(|(index, piece)| (piece, index == 0))
    })
}

fn is_breakable(word: &str) -> bool {
    !word.is_ascii()
        && !word.contains("://")
        && word.chars().any(|c| width(c.encode_utf8(&mut [0; 4])) == 2)
}
