//! Footnotes: numbered as they are first named, and set as a list below the text.

use super::{Block, Prose};

/// The footnotes of a text, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Footnotes {
    notes: Vec<(String, Prose)>,
}

impl Footnotes {
    /// Returns a footnote's number, from 1.
    pub fn number(&mut self, label: &str) -> usize {
        let known = self.notes.iter().position(|(known, _)| known == label);
        known.unwrap_or_else(|| {
            self.notes.push((label.to_owned(), Prose::new()));
            self.notes.len() - 1
        }) + 1
    }

    /// Says what a footnote tells.
    pub fn define(&mut self, label: &str, note: Prose) {
        let number = self.number(label);
        self.notes[number - 1].1.extend(note);
    }

    /// Returns them as the end of their text.
    pub fn blocks(self) -> Prose {
        if self.notes.is_empty() {
            return Prose::new();
        }
        let items = self.notes.into_iter().map(|(_, note)| note).collect();
        vec![Block::Rule, Block::List { start: Some(1), items }]
    }
}
