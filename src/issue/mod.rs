//! Chooses the stories of a period, and reads and edits `issues/NAME.md` without losing a hand edit.

mod story;

pub use story::{Issue, Phrase, Section, Show, Story};
