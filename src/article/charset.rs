//! Bytes of a file made into text. What editors write is UTF-8, or is refused; pages that were
//! saved come in whatever their site used.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::html::without_data;
use super::read::Format;
use crate::words::Source;
use crate::world::{self, FileError, Files};

/// How far into a page its character set is looked for, in bytes.
const HEAD_BYTES: usize = 4_096;

/// Reads the text of an article's file.
///
/// # Errors
/// As [`Files::read_text`]; a page is never refused for its character set, but where it is no text
/// at all.
pub fn open(files: &dyn Files, path: &str) -> Result<Source, FileError> {
    text_of(path, files.read(path)?)
}

/// The text of an article's file whose bytes are these.
///
/// # Errors
/// As [`open`].
pub(super) fn text_of(path: &str, bytes: Vec<u8>) -> Result<Source, FileError> {
    if Format::of(path) != Some(Format::Html) {
        return world::text_of(path, bytes);
    }
    if is_binary(&bytes) {
        let error = std::io::Error::other("it is no page, it holds bytes that no text has");
        return Err(FileError { doing: "read", path: path.to_owned(), error });
    }
    Ok(Source::new(path, without_data(&decoded(&bytes))))
}

/// Says whether a file is a picture or a program, whatever its name says.
fn is_binary(bytes: &[u8]) -> bool {
    Encoding::for_bom(bytes).is_none() && bytes.iter().take(HEAD_BYTES).any(|byte| *byte == 0)
}

/// Decodes a page.
fn decoded(bytes: &[u8]) -> String {
    decoded_as(bytes, named)
}

/// Decodes what came from the web: by its byte order mark, as UTF-8 if it is that, by what it names
/// itself, or as what most old pages are.
pub(super) fn decoded_as(
    bytes: &[u8],
    named: impl Fn(&[u8]) -> Option<&'static Encoding>,
) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let encoding = named(bytes).unwrap_or(WINDOWS_1252);
            encoding.decode_without_bom_handling(bytes).0.into_owned()
        }
    }
}

/// The character set that a `<meta>` of the page names.
fn named(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]).to_ascii_lowercase();
    head.match_indices("charset").find_map(|(at, word)| {
        let rest = head[at + word.len()..].trim_start().strip_prefix('=')?;
        let rest = rest.trim_start().trim_start_matches(['"', '\'']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c)));
        Encoding::for_label(&rest.as_bytes()[..end.unwrap_or(rest.len())])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_called_a_page_is_none() {
        assert!(is_binary(b"\x89PNG\r\n\x1a\n\0\0"));
        assert!(!is_binary(b"\xff\xfec\0a\0") && !is_binary(b"caf\xe9") && !is_binary(b""));
    }

    #[test]
    fn a_page_is_decoded_by_its_mark_its_bytes_its_word_or_the_usual_set() {
        for (bytes, text) in [
            (&b"\xef\xbb\xbfcaf\xc3\xa9"[..], "café"),
            (b"\xff\xfec\0a\0", "ca"),
            (b"\xfe\xff\0c\0a", "ca"),
            ("café".as_bytes(), "café"),
            (b"<meta charset=\"iso-8859-2\">\xb3", "<meta charset=\"iso-8859-2\">ł"),
            (
                b"<meta http-equiv=x content='text/html; charset=Shift_JIS'>\x93\xfa",
                "<meta http-equiv=x content='text/html; charset=Shift_JIS'>日",
            ),
            (b"<meta charset=nonsense>\x93x\x94", "<meta charset=nonsense>“x”"),
            // What calls itself something else, and is UTF-8.
            ("<meta charset=latin1>é".as_bytes(), "<meta charset=latin1>é"),
            (b"\x80 \xff", "€ ÿ"),
        ] {
            assert_eq!(decoded(bytes), text);
        }
    }
}
