//! Selectors that no browser reads: the rule they stand in is passed over.

use std::ops::Range;

use super::Sheet;

impl Sheet<'_> {
    /// Looks at the selectors of a rule whose block opens at `brace`.
    pub(super) fn selectors(&mut self, range: Range<usize>, brace: usize) {
        if range.is_empty() {
            let what = "this rule has no selector";
            return self.slip(what, brace..brace + 1, "write before it what it is for");
        }
        let mut start = range.start;
        let parts: Vec<usize> = self.mask[range.clone()].split(',').map(str::len).collect();
        for (index, length) in parts.iter().enumerate() {
            let part = self.trimmed(start..start + length);
            if part.is_empty() {
                let comma = if index == 0 { start } else { start - 1 };
                let what = "there is no selector beside this `,`";
                return self.slip(what, comma..comma + 1, "take it out: the whole rule is lost");
            }
            if let Some((what, at)) = fault(&self.mask[part.clone()]) {
                let at = part.start + at.start..part.start + at.end;
                let whole = self.shown(part);
                let hint = "the whole rule is lost, with what its other selectors say";
                return self.slip(format!("`{whole}` is no selector: {what}"), at, hint);
            }
            start += length + 1;
        }
    }
}

/// Finds what no browser reads in a selector, and where.
fn fault(selector: &str) -> Option<(String, Range<usize>)> {
    let mut combinator: Option<usize> = None;
    let mut is_begun = false;
    for (at, c) in selector.char_indices() {
        let after = &selector[at + c.len_utf8()..];
        match c {
            '>' | '+' | '~' if combinator.is_some() => {
                return Some((format!("`{c}` stands behind another sign"), at..at + 1));
            }
            '>' | '~' if !is_begun => {
                return Some((format!("nothing stands before `{c}`"), at..at + 1));
            }
            '>' | '+' | '~' => combinator = Some(at),
            '.' | '#' if !begins_name(after) => {
                let what = format!("no name stands behind `{c}`");
                let next = after.chars().next().filter(|next| !next.is_whitespace());
                let digit = next.filter(char::is_ascii_digit);
                let what = digit.map_or(what, |_| "a name does not begin with a digit".to_owned());
                return Some((what, at..at + 1 + next.map_or(0, char::len_utf8)));
            }
            ':' if !after.starts_with(':') && !begins_name(after) => {
                return Some(("no name stands behind `:`".to_owned(), at..at + 1));
            }
            c if c.is_whitespace() => {}
            _ => combinator = None,
        }
        is_begun = true;
    }
    combinator.map(|at| (format!("nothing stands behind `{}`", &selector[at..=at]), at..at + 1))
}

fn begins_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || "_-\\".contains(c) || !c.is_ascii())
}
