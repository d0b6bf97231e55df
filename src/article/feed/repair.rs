//! What feeds in the wild have and feed-rs does not read, made into what it does.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use serde_json::Value;

use crate::article::charset::decoded_as;

/// The namespace of Atom 0.3, and that of Atom (RFC 4287).
const ATOM_03: &str = "http://purl.org/atom/ns#";
const ATOM: &str = "http://www.w3.org/2005/Atom";
/// What Atom 0.3 calls otherwise; a name stands for its start and its end.
const NAMES: [(&str, &str); 4] = [
    ("issued", "published"),
    ("modified", "updated"),
    ("tagline", "subtitle"),
    ("created", "published"),
];
const TYPES: [(&str, &str); 3] = [
    ("type=\"text/html\"", "type=\"html\""),
    ("type=\"text/plain\"", "type=\"text\""),
    ("type=\"application/xhtml+xml\"", "type=\"xhtml\""),
];
/// The address that JSON Feed's version is.
const JSON_FEED: &str = "https://jsonfeed.org/version/";

/// Decodes a feed and mends it.
pub(super) fn repaired(bytes: &[u8]) -> String {
    let text = decoded(bytes);
    if text.trim_start().starts_with('{') {
        return json(&text).unwrap_or(text);
    }
    let text = without_declaration(&text);
    let text = with_dates(with_version(text));
    if text.contains(ATOM_03) { atom(text) } else { text }
}

/// A feed in UTF-16 without a mark is known by its zeros.
fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0, b'<', ..] => UTF_16BE.decode(bytes).0.into_owned(),
        [b'<', 0, ..] => UTF_16LE.decode(bytes).0.into_owned(),
        _ => decoded_as(bytes, declared),
    }
}

/// The character set that the declaration names.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
    let rest = head.split_once("encoding=")?.1;
    let quote = rest.chars().next().filter(|c| "\"'".contains(*c))?;
    Encoding::for_label(rest[1..].split(quote).next()?.as_bytes())
}

/// The text is UTF-8 now, whatever its declaration says.
fn without_declaration(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
        Some((_, rest)) => rest,
        None => text,
    }
}

/// `<rss>` without a version is read as 2.0.
fn with_version(text: &str) -> String {
    let Some(at) = text.find("<rss") else { return text.to_owned() };
    let end = text[at..].find('>').map_or(text.len(), |end| at + end);
    if text[at..end].contains("version") {
        return text.to_owned();
    }
    let name = at + "<rss".len();
    format!("{} version=\"2.0\"{}", &text[..name], &text[name..])
}

/// Atom's date inside of RSS, which some write beside their own, or instead.
fn with_dates(text: String) -> String {
    if !text.contains("<rss") || !text.contains("<atom:published>") {
        return text;
    }
    let text = text.replace("<atom:published>", "<pubDate>");
    text.replace("</atom:published>", "</pubDate>")
}

fn atom(text: String) -> String {
    let mut text = text.replace(ATOM_03, ATOM);
    let has_issued = text.contains("<issued");
    for (old, new) in NAMES.iter().filter(|(old, _)| *old != "created" || !has_issued) {
        for open in ["<", "</"] {
            for end in [">", " "] {
                text = text.replace(&format!("{open}{old}{end}"), &format!("{open}{new}{end}"));
            }
        }
    }
    text = text.replace(" mode=\"escaped\"", "").replace(" mode=\"xml\"", "");
    TYPES.iter().fold(text, |text, (old, new)| text.replace(old, new))
}

/// A version is an address in JSON Feed; some write its number alone.
fn json(text: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    let version = value.get_mut("version")?;
    let number = match version {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if !number.contains("://") {
        *version = format!("{JSON_FEED}{number}").into();
    }
    Some(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_decoded_and_mended() {
        let utf16: Vec<u8> = "<rss/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(repaired(&utf16), "<rss version=\"2.0\"/>");
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><rss version='0.91'>\xe9</rss>";
        assert_eq!(repaired(latin), "<rss version='0.91'>é</rss>");
        let dated = "<rss version='2.0'><item><atom:published>x</atom:published></item></rss>";
        let mended = "<rss version='2.0'><item><pubDate>x</pubDate></item></rss>";
        assert_eq!(repaired(dated.as_bytes()), mended);
        let atom = "<feed xmlns=\"http://purl.org/atom/ns#\"><issued>x</issued><content type=\"text/html\" mode=\"escaped\">y</content></feed>";
        assert_eq!(
            repaired(atom.as_bytes()),
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><published>x</published><content type=\"html\">y</content></feed>"
        );
        assert_eq!(
            repaired(br#"{"version": "1.1"}"#),
            r#"{"version":"https://jsonfeed.org/version/1.1"}"#
        );
    }
}
