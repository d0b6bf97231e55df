//! Headers: the addresses and texts that lettre encodes, and those of a mailing list: List-Id
//! (RFC 2919), List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058).
//!
//! Invariant: what is returned is one whole header, folded at most, with its CRLF.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{self, Header, Headers};
use lettre::message::{Mailbox, Mailboxes};

use super::{Content, MessageError};
use crate::words::Address;

/// The longest line of a message, in bytes, without its end (RFC 5322 section 2.1.1).
const LINE_BYTES_MAX: usize = 998;
/// The longest address of a web page that a header holds.
const URL_BYTES_MAX: usize = LINE_BYTES_MAX - 32;
/// The longest word that stays as it is, in bytes; lines are not broken within words.
const WORD_BYTES_MAX: usize = 60;
/// So many bytes fit an encoded word on a line with the name of its header.
const ENCODED_BYTES_MAX: usize = 39;

/// Encodes a header.
pub(super) fn encoded(header: impl Header) -> Result<String, MessageError> {
    let mut headers = Headers::with_capacity(1);
    headers.set(header);
    sound(headers.to_string())
}

/// Encodes the header of an address.
pub(super) fn mailbox<H: Header + From<Mailboxes>>(
    name: Option<&str>,
    address: &Address,
) -> Result<String, MessageError> {
    // lettre panics on a display name with CR or LF.
    if name.is_some_and(|name| name.chars().any(char::is_control)) {
        return Err(MessageError::Control("name"));
    }
    if let Some(name) = name.filter(|name| needs_words(name)) {
        return sound(format!("{}: {}\r\n <{address}>\r\n", H::name(), words(name)));
    }
    let address = lettre::Address::new(address.local(), address.domain())
        .map_err(|_| MessageError::Address(address.masked()))?;
    encoded(H::from(Mailboxes::from(Mailbox::new(name.map(str::to_owned), address))))
}

/// Encodes a subject.
pub(super) fn subject(subject: String) -> Result<String, MessageError> {
    if subject.chars().any(char::is_control) {
        return Err(MessageError::Control("subject"));
    }
    if needs_words(&subject) {
        return sound(format!("Subject: {}\r\n", words(&subject)));
    }
    encoded(header::Subject::from(subject))
}

/// Says whether a text would not arrive as it is: lettre leaves encoded words alone that somebody
/// wrote, and a dot at the start of a name; readers fold white space.
fn needs_words(text: &str) -> bool {
    text.contains("=?")
        || text.contains("  ")
        || text.starts_with([' ', '.'])
        || text.ends_with(' ')
        || text.split(' ').any(|word| word.len() > WORD_BYTES_MAX)
}

/// Encodes a text as words of base64 (RFC 2047), each of whole characters and on a line of its own.
fn words(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(ENCODED_BYTES_MAX);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (word, behind) = rest.split_at(end);
        words.push(format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join("\r\n ")
}

/// Looks at a finished header: it must be one.
pub(super) fn sound(header: String) -> Result<String, MessageError> {
    let Some(text) = header.strip_suffix("\r\n") else {
        return Err(MessageError::Bytes("a header without an end"));
    };
    for (index, line) in text.split("\r\n").enumerate() {
        if line.contains(['\r', '\n', '\0']) {
            return Err(MessageError::Bytes("a control character in a header"));
        }
        if index > 0 && !line.starts_with([' ', '\t']) {
            return Err(MessageError::Bytes("a header within a header"));
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(MessageError::Bytes("a line of more than 998 bytes"));
        }
    }
    Ok(header)
}

/// The headers of the list that are the same for every copy.
pub(super) fn list(content: &Content) -> Result<Vec<String>, MessageError> {
    let mut headers = vec![format!("List-Id: {}", list_id(content))];
    if content.unsubscribe_url.as_ref().is_some_and(|url| url.starts_with("https://")) {
        headers.push("List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned());
    }
    let answers = content.reply_to.as_ref().unwrap_or(&content.from);
    let help = format!("{}?subject=help", mailto(&answers.address));
    headers.push(format!("List-Help: {}", bracketed(&help)?));
    if let Some(archive) = &content.archive {
        headers.push(format!("List-Archive: {}", bracketed(archive)?));
    }
    headers.push("List-Post: NO".to_owned());
    headers.push(format!("Feedback-ID: {}", feedback_id(content)));
    headers.push("X-Auto-Response-Suppress: OOF, AutoReply".to_owned());
    headers.push("Precedence: bulk".to_owned());
    headers.into_iter().map(|header| sound(header + "\r\n")).collect()
}

/// The ways for a reader to unsubscribe; `None` if the newsletter has none.
pub(super) fn unsubscribe(content: &Content, token: &str) -> Result<Option<String>, MessageError> {
    let mut ways = Vec::new();
    if let Some(pattern) = &content.unsubscribe_url {
        ways.push(bracketed(&pattern.replace("{token}", token))?);
    }
    if let Some(address) = &content.unsubscribe_mailto {
        ways.push(bracketed(&format!("{}?subject=unsubscribe%20{token}", mailto(address)))?);
    }
    if ways.is_empty() {
        return Ok(None);
    }
    // Folded at the comma alone: some relays break signatures over other folds.
    sound(format!("List-Unsubscribe: {}\r\n", ways.join(",\r\n "))).map(Some)
}

fn bracketed(url: &str) -> Result<String, MessageError> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>');
    if !url.bytes().all(plain) || url.len() > URL_BYTES_MAX {
        return Err(MessageError::Address(url.chars().take(80).collect()));
    }
    Ok(format!("<{url}>"))
}

/// An address as a URL (RFC 6068): what could mean something else there is written as `%XX`.
fn mailto(address: &Address) -> String {
    let mut url = "mailto:".to_owned();
    for byte in address.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"@-._~+".contains(&byte) {
            url.push(byte as char);
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// The title as a phrase, where it is plain, and the identifier: the newsletter's id under the
/// domain of its sender.
fn list_id(content: &Content) -> String {
    let id = format!("<{}.{}>", content.newsletter, content.from.address.domain());
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_".contains(c);
    let title = content.title.trim();
    if title.chars().all(plain) && !title.is_empty() && title.len() < 60 {
        format!("{title} {id}")
    } else {
        id
    }
}

/// What Gmail counts complaints by: the issue, the newsletter, and last a sender of 5 to 15
/// characters that stays the same.
fn feedback_id(content: &Content) -> String {
    let id = format!("{}.{}", content.newsletter, content.from.address.domain());
    let sender: String = Content::digest(&id).chars().skip("sha256:".len()).take(12).collect();
    format!("{}:{}:newsletter:{sender}", content.issue, content.newsletter)
}
