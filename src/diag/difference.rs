//! What differs between two texts, line by line.

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Both texts have it.
    Both(&'a str),
    /// The one has it.
    One(&'a str),
    /// The other has it.
    Other(&'a str),
    /// So many lines of both are left out.
    Gap(usize),
}

/// What differs, with so many equal lines around each difference; nothing, if nothing does.
pub fn difference<'a>(one: &[&'a str], other: &[&'a str], around: usize) -> Vec<Line<'a>> {
    let operations = capture_diff_slices(Algorithm::Myers, one, other);
    if operations.iter().all(|operation| operation.tag() == DiffTag::Equal) {
        return Vec::new();
    }
    let last = operations.len() - 1;
    let mut found = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let (old, new) = (&one[operation.old_range()], &other[operation.new_range()]);
        if operation.tag() != DiffTag::Equal {
            found.extend(old.iter().map(|line| Line::One(line)));
            found.extend(new.iter().map(|line| Line::Other(line)));
            continue;
        }
        let before = if index == 0 { 0 } else { around.min(old.len()) };
        let after = if index == last { 0 } else { around.min(old.len() - before) };
        let gap = old.len() - before - after;
        found.extend(old[..before].iter().map(|line| Line::Both(line)));
        if gap > 0 {
            found.push(Line::Gap(gap));
        }
        found.extend(old[old.len() - after..].iter().map(|line| Line::Both(line)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_shown_with_its_surroundings() {
        let one = ["a", "b", "c", "Dear Ann,", "d", "e", "f", "g"];
        let other = ["a", "b", "c", "Dear Bob,", "d", "e", "f", "g", "h"];
        assert_eq!(
            difference(&one, &other, 2),
            [
                Line::Gap(1),
                Line::Both("b"),
                Line::Both("c"),
                Line::One("Dear Ann,"),
                Line::Other("Dear Bob,"),
                Line::Both("d"),
                Line::Both("e"),
                Line::Both("f"),
                Line::Both("g"),
                Line::Other("h"),
            ]
        );
        assert_eq!(difference(&one, &one, 2), []);
        assert_eq!(difference(&[], &["x"], 2), [Line::Other("x")]);
    }
}
