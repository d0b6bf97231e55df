//! Messages as people see them, read by a parser that shares nothing with what wrote them.

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};

/// So many addresses of a header are shown.
const ADDRESSES_SHOWN: usize = 10;
/// How many digits of a copy's id are shown.
const COPY_ID_CHARS: usize = 12;
/// So much of a message's source is shown, in bytes.
const SOURCE_BYTES_SHOWN: usize = 1_000_000;

/// The pictures that are shown. SVG is none: it may hold scripts.
const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// What the list shows of a message's headers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Headers {
    /// The address of From.
    pub(super) from: Option<String>,
    /// The first address of To.
    pub(super) to: Option<String>,
    /// The name beside it, unless it is empty.
    pub(super) name: Option<String>,
    /// The subject.
    pub(super) subject: Option<String>,
}

/// A message in all its parts.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The subject.
    pub(super) subject: Option<String>,
    /// From, as people read it.
    pub(super) from: String,
    /// To, likewise.
    pub(super) to: String,
    /// The beginning of the copy's id.
    pub(super) copy: Option<String>,
    /// How many parts it has that are no containers.
    pub(super) parts: usize,
    /// The HTML part.
    pub(super) html: Option<String>,
    /// The text part.
    pub(super) text: Option<String>,
    /// The headers in order, folded as they came.
    pub(super) headers: Vec<(String, String)>,
}

/// Reads what the list shows.
pub(super) fn headers(bytes: &[u8]) -> Headers {
    let Some(message) = MessageParser::default().parse_headers(bytes) else {
        return Headers::default();
    };
    let from = message.from().and_then(Address::first);
    let to = message.to().and_then(Address::first);
    Headers {
        from: from.and_then(|from| from.address().map(str::to_owned)),
        name: to.and_then(|to| to.name()).map(str::trim).and_then(non_empty),
        to: to.and_then(|to| to.address().map(str::to_owned)),
        subject: subject(&message),
    }
}

/// Reads a whole message.
pub(super) fn message(bytes: &[u8]) -> Shown {
    let Some(message) = MessageParser::default().parse(bytes) else { return Shown::default() };
    let html = message.parts.iter().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    let text = message.parts.iter().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    });
    let is_leaf = |body: &PartType<'_>| !matches!(body, PartType::Multipart(_));
    Shown {
        subject: subject(&message),
        from: people(message.from()),
        to: people(message.to()),
        copy: message.message_id().map(short_id),
        parts: message.parts.iter().filter(|part| is_leaf(&part.body)).count(),
        html,
        text,
        headers: message
            .headers_raw()
            .map(|(name, value)| (name.to_owned(), value.trim().replace("\r\n", "\n")))
            .collect(),
    }
}

/// Returns a picture that travels in a message, by its Content-ID, with its media type.
pub(super) fn picture(bytes: &[u8], content_id: &str) -> Option<(String, Vec<u8>)> {
    let message = MessageParser::default().parse(bytes)?;
    let part = message.parts.iter().find(|part| part.content_id() == Some(content_id))?;
    let kind = part.content_type()?;
    let kind = format!("{}/{}", kind.c_type, kind.c_subtype.as_deref()?).to_ascii_lowercase();
    let is_shown = PICTURES.contains(&kind.as_str());
    is_shown.then(|| (kind, part.contents().to_vec()))
}

/// Returns the beginning of a message as text, and how many bytes of it are left out.
pub(super) fn source(bytes: &[u8]) -> (String, usize) {
    let shown = &bytes[..bytes.len().min(SOURCE_BYTES_SHOWN)];
    (String::from_utf8_lossy(shown).replace("\r\n", "\n"), bytes.len() - shown.len())
}

/// Writes an address with its domain as people write it.
pub(super) fn readable(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) if domain.contains("xn--") => {
            format!("{local}@{}", idna::domain_to_unicode(domain).0)
        }
        _ => address.to_owned(),
    }
}

fn subject(message: &Message<'_>) -> Option<String> {
    message.subject().map(str::trim).and_then(non_empty)
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn people(addresses: Option<&Address<'_>>) -> String {
    let Some(addresses) = addresses else { return String::new() };
    let mut people: Vec<String> = addresses
        .iter()
        .take(ADDRESSES_SHOWN)
        .map(|one| {
            let address = readable(one.address().unwrap_or_default());
            match one.name().map(str::trim).filter(|name| !name.is_empty()) {
                Some(name) => format!("{name} <{address}>"),
                None => address,
            }
        })
        .collect();
    let more = addresses.iter().skip(ADDRESSES_SHOWN).count();
    if more > 0 {
        people.push(format!("and {more} more"));
    }
    people.join(", ")
}

fn short_id(message_id: &str) -> String {
    let local = message_id.split('@').next().unwrap_or(message_id);
    local.chars().take(COPY_ID_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "From: =?utf-8?q?J=C3=B6rg?= <j@xn--mller-kva.example>\r\n\
        To: \"Marsh, Ann\" <ann@example.com>\r\nSubject: Xi in =?utf-8?B?TW9zY293Ow==?=\r\n banks\r\n\
        Message-ID: <8f3a61c09be2aaaabbbbccccddddeeee@x.org>\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--b\r\n\
        Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\
        \r\n<p>caf=C3=A9\r\n--b--\r\n";

    #[test]
    fn a_message_is_read_as_people_see_it() {
        let shown = message(MESSAGE.as_bytes());
        assert_eq!(shown.subject.as_deref(), Some("Xi in Moscow; banks"));
        assert_eq!(shown.from, "Jörg <j@müller.example>");
        assert_eq!(shown.to, "Marsh, Ann <ann@example.com>");
        assert_eq!(shown.copy.as_deref(), Some("8f3a61c09be2"));
        assert_eq!(shown.parts, 2);
        assert_eq!(shown.html.as_deref().map(str::trim), Some("<p>café"));
        assert_eq!(shown.text.as_deref().map(str::trim), Some("plain"));
        assert_eq!(
            shown.headers[2],
            ("Subject".into(), "Xi in =?utf-8?B?TW9zY293Ow==?=\n banks".into())
        );
        assert_eq!(headers(MESSAGE.as_bytes()).name.as_deref(), Some("Marsh, Ann"));
    }

    #[test]
    fn a_text_alone_has_no_html_and_nonsense_has_nothing() {
        let shown = message(b"Subject: a\r\n\r\nplain\r\n");
        assert_eq!((shown.html, shown.parts), (None, 1));
        for bytes in [&b""[..], b"\0\xff\r\n\r\n", b"no header", b"\r\n\r\n", b"To: ,,<<@>\r\n\r\n"]
        {
            assert_eq!(message(bytes).subject, None);
            assert_eq!(headers(bytes).subject, None);
        }
    }

    #[test]
    fn parts_nested_without_end_are_read_in_bounds() {
        let mut nested = String::from("Content-Type: multipart/mixed; boundary=b0\r\n\r\n");
        for depth in 0..5_000 {
            nested.push_str(&format!(
                "--b{depth}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
                depth + 1
            ));
        }
        assert!(message(nested.as_bytes()).html.is_none());
    }
}
