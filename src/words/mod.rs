//! The values that all stages speak, and nothing that acts.
//!
//! Invariant: this module imports no other module of the crate.

mod address;
mod copy;
mod footnotes;
mod identity;
mod issue_name;
mod language;
mod mechanism;
mod period;
mod place;
mod proof;
mod prose;
mod reply;
mod secret;
mod week;

pub use address::{Address, AddressError};
pub use copy::{CopyId, CopyState};
pub use footnotes::Footnotes;
pub use identity::{Key, Purpose, Token, copy_id, token};
pub use issue_name::{IssueName, IssueNameError};
pub use language::Language;
pub use mechanism::Mechanism;
pub use period::Period;
pub use place::{Place, Source, Span};
pub use proof::{InboxToken, InboxTokenError, PROOF_COMMAND, PROOF_NONCE_BYTES, from_hex, to_hex};
pub use prose::{Block, Inline, Prose, Table, whole_address};
pub use reply::Reply;
pub use secret::Secret;
pub use week::{Week, WeekError};
