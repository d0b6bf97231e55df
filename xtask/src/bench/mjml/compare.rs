//! How much of two pages is equal, and where they part.

use std::collections::HashMap;

/// Two pages beside each other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Nodes of both pages together.
    pub nodes: usize,
    /// Those of them that have their like on the other page.
    pub equal: usize,
    /// What stands on one page alone, in its order: ours begins with `-`, npm's with `+`.
    pub differences: Vec<String>,
}

impl Compared {
    /// The equal part, in percent.
    pub fn share(&self) -> f64 {
        100.0 * self.equal as f64 / self.nodes.max(1) as f64
    }
}

/// Compares rows of nodes by their longest common subsequence.
pub fn compare(ours: &[String], theirs: &[String]) -> Compared {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut row: Vec<u32> = Vec::with_capacity(ours.len() + theirs.len());
    for node in ours.iter().chain(theirs) {
        let next = numbers.len() as u32;
        row.push(*numbers.entry(node).or_insert(next));
    }
    let (a, b) = row.split_at(ours.len());
    let lengths = lengths(a, b);
    let mut compared = Compared { nodes: a.len() + b.len(), equal: 0, differences: Vec::new() };
    let (mut at, mut bt) = (0, 0);
    while at < a.len() || bt < b.len() {
        if at < a.len() && bt < b.len() && a[at] == b[bt] {
            compared.equal += 2;
            (at, bt) = (at + 1, bt + 1);
        } else if at < a.len() && (bt == b.len() || lengths[at + 1][bt] >= lengths[at][bt + 1]) {
            compared.differences.push(format!("- {}", ours[at]));
            at += 1;
        } else {
            compared.differences.push(format!("+ {}", theirs[bt]));
            bt += 1;
        }
    }
    compared
}

/// The longest common subsequence of what begins at each pair of positions.
fn lengths(a: &[u32], b: &[u32]) -> Vec<Vec<u32>> {
    let mut lengths = vec![vec![0; b.len() + 1]; a.len() + 1];
    for at in (0..a.len()).rev() {
        for bt in (0..b.len()).rev() {
            lengths[at][bt] = match a[at] == b[bt] {
                true => lengths[at + 1][bt + 1] + 1,
                false => lengths[at + 1][bt].max(lengths[at][bt + 1]),
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn equal_pages_are_equal_and_others_tell_where_they_part() {
        assert_eq!(compare(&row("abc"), &row("abc")).share(), 100.0);
        let compared = compare(&row("abcd"), &row("axcd"));
        assert_eq!((compared.nodes, compared.equal), (8, 6));
        assert_eq!(compared.differences, ["- b", "+ x"]);
        assert_eq!(compare(&[], &row("ab")).equal, 0);
    }
}
