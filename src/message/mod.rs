//! MIME: the bytes of one copy, ready for the wire.
//!
//! Invariant: no bare CR or LF, no line of more than 998 bytes, no value of ours or of a reader's
//! that could end a header.

use crate::words::Address;

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
