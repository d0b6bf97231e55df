//! Chooses the stories of a period, and reads and edits `issues/NAME.md` without losing a hand edit.

mod body;
mod compose;
mod file;
mod front;
mod item;
pub mod period;
mod resolve;
mod select;
mod sent;
mod slots;
mod story;
mod twins;
mod used;
mod withheld;

pub use body::place_pictures;
pub use compose::{Added, Addition, Refreshed, by_section, compose};
pub use file::{FileSection, IssueFile, LEFT_OUT, parse};
pub use front::{Front, Sent, zoned as instant};
pub use item::{Item, Keys};
pub use resolve::{Resolved, resolve};
pub use select::{Choice, Reason, Search, Selection, TOP, featured, select};
pub use sent::Mark;
pub use slots::{Calendar, Dated, Due, Missed, Progress};
pub use story::{Issue, Phrase, Section, Show, Story};
pub use twins::Likeness;
pub use used::{Offered, Trait, Use, Used};
pub use withheld::withheld;

#[cfg(test)]
mod tests;
