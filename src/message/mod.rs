//! MIME: the bytes of one copy, ready for the wire.
//!
//! Invariant: no bare CR or LF, no line of more than 998 bytes, no value of ours or of a reader's
//! that could end a header. [`compose`] looks at the bytes that it made and fails rather than let
//! one of these go.

mod content;
mod headers;

use std::collections::BTreeMap;

use jiff::Timestamp;
use lettre::message::header::ContentTransferEncoding;
use lettre::message::{Body, Mailbox, MessageBuilder, MultiPart, SinglePart, header};

use crate::audience::FieldValue;
use crate::diag::Diagnostic;
use crate::render::{self, Urls};
use crate::words::{Address, CopyId};

pub use content::{Content, ContentError};

/// The longest line of a message, in bytes, without its end (RFC 5322 section 2.1.1).
const LINE_BYTES_MAX: usize = 998;
/// The field that holds a reader's name.
const NAME: &str = "name";

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

/// Makes the message of one copy; `date` is that of its first attempt.
///
/// # Errors
/// [`MessageError`], if a value cannot stand where it must; nothing is changed to make it fit.
pub fn compose(
    content: &Content,
    recipient: &Recipient<'_>,
    date: Timestamp,
) -> Result<Message, MessageError> {
    let unsubscribe = content.unsubscribe_url(recipient.token);
    let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
    let merged = render::merge(&content.compiled, recipient.fields, &urls);
    if merged.subject.chars().any(char::is_control) {
        return Err(MessageError::Control("subject"));
    }
    let message_id = content.message_id(recipient.id);
    let builder = builder(content, recipient, &message_id, date)?.subject(merged.subject);
    let builder = headers::list(builder, content, recipient.token)?;
    // `=_` occurs in no quoted-printable text, so the boundary occurs in no part.
    let parts = MultiPart::alternative()
        .boundary(format!("=_letterpress_{}", recipient.id))
        .singlepart(part(header::ContentType::TEXT_PLAIN, merged.text)?)
        .singlepart(part(header::ContentType::TEXT_HTML, merged.html)?);
    let message =
        builder.multipart(parts).map_err(|error| MessageError::Build(error.to_string()))?;
    let bytes = message.formatted();
    check(&bytes)?;
    let to = recipient.address.clone();
    Ok(Message { from: content.return_path.clone(), to, message_id, bytes })
}

fn builder(
    content: &Content,
    recipient: &Recipient<'_>,
    message_id: &str,
    date: Timestamp,
) -> Result<MessageBuilder, MessageError> {
    let name = match recipient.fields.get(NAME) {
        Some(FieldValue::Text(name)) if !name.is_empty() => Some(name.as_str()),
        _ => None,
    };
    let mut builder = lettre::Message::builder()
        .from(mailbox(content.from.name.as_deref(), &content.from.address)?)
        .to(mailbox(name, recipient.address)?)
        .date(date.into())
        .message_id(Some(message_id.to_owned()));
    if let Some(reply_to) = &content.reply_to {
        builder = builder.reply_to(mailbox(reply_to.name.as_deref(), &reply_to.address)?);
    }
    // The envelope goes its own way; without one, lettre takes it from these headers.
    Ok(builder)
}

fn mailbox(name: Option<&str>, address: &Address) -> Result<Mailbox, MessageError> {
    // lettre panics on a display name with CR or LF.
    if name.is_some_and(|name| name.chars().any(char::is_control)) {
        return Err(MessageError::Control("name"));
    }
    let address = lettre::Address::new(address.local(), address.domain())
        .map_err(|_| MessageError::Address(address.masked()))?;
    Ok(Mailbox::new(name.map(str::to_owned), address))
}

fn part(kind: header::ContentType, text: String) -> Result<SinglePart, MessageError> {
    let text = text.replace("\r\n", "\n");
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(text, encoding)
        .map_err(|_| MessageError::Build("a part could not be encoded".to_owned()))?;
    Ok(SinglePart::builder().header(kind).body(body))
}

/// Looks at the finished bytes.
fn check(bytes: &[u8]) -> Result<(), MessageError> {
    let mut line = 0_usize;
    let mut before = 0_u8;
    for &byte in bytes {
        match (before, byte) {
            (b'\r', b'\n') => line = 0,
            (b'\r', _) => return Err(MessageError::Bytes("a bare CR")),
            (_, b'\n') => return Err(MessageError::Bytes("a bare LF")),
            (_, 0) => return Err(MessageError::Bytes("a NUL")),
            (_, b'\r') => {}
            _ => line += 1,
        }
        if line > LINE_BYTES_MAX {
            return Err(MessageError::Bytes("a line of more than 998 bytes"));
        }
        before = byte;
    }
    if before == b'\r' { Err(MessageError::Bytes("a bare CR")) } else { Ok(()) }
}
