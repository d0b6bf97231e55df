//! Chooses the stories of a period, and reads and edits `issues/NAME.md` without losing a hand edit.

mod compose;
mod file;
mod front;
mod item;
pub mod period;
mod resolve;
mod select;
mod sent;
mod story;

pub use compose::{Added, Addition, compose};
pub use file::{FileSection, IssueFile, LEFT_OUT, parse};
pub use front::{Front, Sent, zoned as instant};
pub use item::{Item, Keys};
pub use resolve::{Resolved, resolve};
pub use select::{Choice, Reason, Selection, TOP, select};
pub use sent::Mark;
pub use story::{Issue, Phrase, Section, Show, Story};

#[cfg(test)]
mod tests;
