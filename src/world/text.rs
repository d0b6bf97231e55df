//! A file's bytes as text, which is UTF-8.

use std::io;

use super::files::FileError;
use crate::words::Source;

/// Bytes that are not UTF-8, by the place of the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not UTF-8 (line {line}, byte {byte})")]
pub struct NotUtf8 {
    /// The line, from 1.
    pub line: u64,
    /// How many bytes of the file stand before it.
    pub byte: u64,
}

impl From<NotUtf8> for io::Error {
    fn from(error: NotUtf8) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// How many lines end within bytes.
pub fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// A file's bytes as they are, a byte order mark too.
///
/// # Errors
/// [`FileError`] where they are not UTF-8 ([`FileError::is_not_utf8`]).
pub fn utf8(path: &str, bytes: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let error = NotUtf8 { line: line_ends(valid) + 1, byte: valid.len() as u64 };
        FileError { doing: "read", path: path.to_owned(), error: error.into() }
    })
}

/// A file's bytes as text; a byte order mark is left out.
///
/// # Errors
/// As [`utf8`].
pub fn text_of(path: &str, bytes: Vec<u8>) -> Result<Source, FileError> {
    let text = utf8(path, bytes)?;
    Ok(Source::new(path, text.strip_prefix('\u{feff}').unwrap_or(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag;

    #[test]
    fn what_is_not_utf_8_is_told_with_its_place_and_a_remedy() {
        let error = text_of("issues/a.md", b"+++\nsubject = 'Caf\xe9'\n".to_vec()).unwrap_err();
        assert!(error.is_not_utf8());
        insta::assert_snapshot!(diag::draw(&error.into(), false), @r"
        error: could not read `issues/a.md`
           = it is not UTF-8 (line 2, byte 18)
           = hint: save it again as UTF-8
        ");
        assert_eq!(text_of("a", b"\xef\xbb\xbfCaf\xc3\xa9".to_vec()).unwrap().text(), "Café");
        assert_eq!(utf8("a", b"\xef\xbb\xbfa".to_vec()).unwrap(), "\u{feff}a");
    }
}
