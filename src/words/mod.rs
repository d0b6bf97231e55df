//! The values that all stages speak, and nothing that acts.
//!
//! Invariant: this module imports no other module of the crate.

mod address;
mod copy;
mod issue_name;
mod period;
mod place;
mod prose;
mod reply;
mod week;

pub use address::{Address, AddressError};
pub use copy::{CopyId, CopyState};
pub use issue_name::{IssueName, IssueNameError};
pub use period::Period;
pub use place::{Place, Source, Span};
pub use prose::{Block, Inline, Prose};
pub use reply::Reply;
pub use week::{Week, WeekError};
