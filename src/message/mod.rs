//! MIME: the bytes of one copy, ready for the wire.
//!
//! Invariant: no bare CR or LF, no line of more than 998 bytes, no value of ours or of a reader's
//! that could end a header. Headers are looked at when they are made, the bodies hold no line that
//! the encoder did not make, and a copy that cannot be made so fails rather than go.

mod body;
mod content;
mod dkim;
mod headers;
mod key;
mod notice;
mod quoted;
mod skeleton;

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audience::FieldValue;
use crate::diag::Diagnostic;
use crate::words::{Address, CopyId};

pub use content::{Content, ContentError, Enclosed};
pub use dkim::Signer;
pub use key::{Algorithm, KeyError, SigningKey};
pub use notice::Notice;
pub use quoted::encode as quoted_printable;
pub use skeleton::Skeleton;

/// The field that holds a reader's name.
const NAME: &str = "name";
/// The field that says in which form a reader wants copies.
const FORMAT: &str = "format";
/// What it holds for who wants plain text alone.
const TEXT: &str = "text";

/// One copy as it goes to the relay.
#[derive(Clone, Debug)]
pub struct Message {
    /// The envelope's reverse path.
    pub from: Address,
    /// The envelope's only recipient.
    pub to: Address,
    /// The Message-ID, with its brackets.
    pub message_id: String,
    /// Headers and body, with CRLF line ends, dots not stuffed.
    pub bytes: Vec<u8>,
}

/// What makes one copy differ from another.
#[derive(Clone, Debug)]
pub struct Recipient<'a> {
    /// The copy's id.
    pub id: CopyId,
    /// The reader's address.
    pub address: &'a Address,
    /// The reader's fields.
    pub fields: &'a BTreeMap<String, FieldValue>,
    /// The token of the unsubscribe link.
    pub token: &'a str,
}

/// Why a copy could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// An address that a header cannot hold.
    #[error("`{0}` cannot stand in a header")]
    Address(String),
    /// A value with a line break or another control character.
    #[error("the {0} holds a control character")]
    Control(&'static str),
    /// The parts could not be put together.
    #[error("the message could not be built: {0}")]
    Build(String),
    /// The finished bytes break a rule of RFC 5322.
    #[error("the message has {0}")]
    Bytes(&'static str),
}

impl From<MessageError> for Diagnostic {
    fn from(error: MessageError) -> Self {
        Diagnostic::error(error.to_string()).note("this copy was not sent")
    }
}

/// Makes the message of one copy, unsigned; for more than one, a [`Skeleton`] is made for it.
///
/// # Errors
/// [`MessageError`], if a value cannot stand where it must; nothing is changed to make it fit.
pub fn compose(
    content: &Content,
    recipient: &Recipient<'_>,
    date: Timestamp,
) -> Result<Message, MessageError> {
    Skeleton::new(content.clone(), Vec::new())?.compose(recipient, date, Vec::new())
}

#[cfg(test)]
mod tests;
