//! What pages hang around a story, among the paragraphs that a reader of HTML took for it. Such a
//! reader knows the page's structure and not what it says, so the lines that say `Related` or
//! `Sign up` come through; the marks of plain text know them.
//!
//! Invariant: no line that reads as a sentence is left out, unless a mark names it.

use std::collections::BTreeMap;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::lines::{self, Line, Role};
use super::marks::Mark;
use super::repeated::Repeated;
use crate::config::Leftovers;

/// So many blocks at most stand before a story: headline, byline, date.
const HEAD_BLOCKS_MAX: usize = 6;

/// What stands among the blocks of a story, and is no part of it.
#[derive(Debug, Default)]
pub(in crate::article) struct Furniture {
    /// The blocks by their places, each with the rule that names it.
    pub(in crate::article) rules: BTreeMap<usize, &'static str>,
    /// Who wrote the story, where a line above it says so.
    pub(in crate::article) byline: Option<String>,
    /// When it was published, likewise.
    pub(in crate::article) date: Option<Zoned>,
}

/// Looks at the blocks of a story, by their texts.
pub(in crate::article) fn of_blocks(texts: &[String], title: &str, zone: &TimeZone) -> Furniture {
    let repeated = Repeated::default();
    let about = lines::About { zone, repeated: &repeated, leftovers: Leftovers::NONE };
    let blocks: Vec<Vec<Line>> = texts.iter().map(|text| lines::of(text, &about)).collect();
    let mut furniture = head(&blocks, texts, title);
    let found = &mut furniture.rules;
    let mut after_others = false;
    for (at, lines) in blocks.iter().enumerate() {
        let [line] = lines.as_slice() else {
            // A list: of links, where it stands behind their heading.
            let is_text = lines.iter().any(Line::is_sentence);
            if after_others && !lines.is_empty() && !is_text {
                found.insert(at, "link to another story");
            }
            after_others &= !is_text;
            continue;
        };
        match line.mark {
            Some(Mark::Menu | Mark::Capitals) | None => {
                after_others &= !line.is_sentence();
                if after_others {
                    found.insert(at, "link to another story");
                }
            }
            Some(mark) => {
                after_others = matches!(mark, Mark::Others | Mark::End);
                found.insert(at, mark.rule());
            }
        }
    }
    furniture
}

/// The headline, byline and date that a page repeats above its story; what stands before them is
/// the page's too.
fn head(blocks: &[Vec<Line>], texts: &[String], title: &str) -> Furniture {
    let title = title.to_lowercase();
    let mut furniture = Furniture::default();
    for (at, lines) in blocks.iter().enumerate().take(HEAD_BLOCKS_MAX) {
        let line = match lines.as_slice() {
            [] => continue,
            [line] => line,
            _ => break,
        };
        if texts[at].to_lowercase() == title {
            furniture.begins_behind(at, "headline");
        } else if let Some(role) = &line.role {
            furniture.heed(role);
            furniture.begins_behind(at, "byline or date");
        } else if line.is_sentence() {
            break;
        }
    }
    furniture.rules.retain(|at, _| !texts[*at].is_empty());
    furniture
}

impl Furniture {
    fn begins_behind(&mut self, at: usize, rule: &'static str) {
        for before in 0..at {
            self.rules.entry(before).or_insert("before the story");
        }
        self.rules.insert(at, rule);
    }

    fn heed(&mut self, role: &Role) {
        let (byline, date) = match role {
            Role::Date { date, updated, byline } => {
                (byline.clone(), (!updated).then(|| date.clone()))
            }
            Role::Byline(byline) => (Some(byline.clone()), None),
            Role::Link { .. } => (None, None),
        };
        self.byline = self.byline.take().or(byline);
        self.date = self.date.take().or(date);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_hangs_around_a_story_is_named_and_its_sentences_are_not() {
        let texts = [
            "World",
            "A bridge moves",
            "By Ann Lee",
            "",
            "The river has moved the bridge by itself, said the mayor on Friday.",
            "Read more: A tram for the hills",
            "It had been expected for years, and nobody had asked for it either way.",
            "Sign up for our newsletter",
            "Related",
            "The bus that never came\nA tram for the hills",
        ];
        let texts = texts.map(str::to_owned);
        let found = of_blocks(&texts, "A Bridge Moves", &TimeZone::UTC);
        assert_eq!(found.byline.as_deref(), Some("Ann Lee"));
        let found: Vec<_> = found.rules.into_iter().collect();
        assert_eq!(
            found,
            [
                (0, "before the story"),
                (1, "headline"),
                (2, "byline or date"),
                (5, "read more"),
                (7, "newsletter offer"),
                (8, "end marker"),
                (9, "link to another story"),
            ]
        );
    }
}
