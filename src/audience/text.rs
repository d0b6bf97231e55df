//! The text of a list on its way to the CSV reader.
//!
//! Invariant: no more of a list is in memory than the row at hand and what is read ahead; what comes
//! out is UTF-8 without a byte order mark, and the digest covers all of it.

use std::cell::Cell;
use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA256};

use crate::world::{NotUtf8, line_ends};

/// A row longer than this is a quote that was left open.
pub(super) const ROW_BYTES_MAX: usize = 1024 * 1024;
/// So much is read at a time.
const CHUNK_BYTES: usize = 16 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A row does not end within [`ROW_BYTES_MAX`].
#[derive(Debug, thiserror::Error)]
#[error("a row is longer than 1 MiB")]
pub(super) struct TooLong;

/// The text of a list, read in pieces.
pub(super) struct Text {
    inner: Box<dyn Read + Send>,
    /// What was read and may be asked for again.
    window: Vec<u8>,
    /// The place of the window in the text.
    base: u64,
    /// How many lines end before the window.
    lines: u64,
    /// How much of the window is known to be UTF-8.
    valid: usize,
    /// How much of the window was handed out.
    served: usize,
    /// What lies before this place in the text is not asked for any more.
    kept_from: Cell<u64>,
    /// Whether a byte order mark was left out.
    has_mark: bool,
    is_over: bool,
    digest: Context,
}

impl Text {
    /// Begins to read.
    pub(super) fn new(inner: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut text = Self {
            inner,
            window: Vec::new(),
            base: 0,
            lines: 0,
            valid: 0,
            served: 0,
            kept_from: Cell::new(0),
            has_mark: false,
            is_over: false,
            digest: Context::new(&SHA256),
        };
        while text.window.len() < BYTE_ORDER_MARK.len() && !text.is_over {
            text.read_chunk()?;
        }
        if text.window.starts_with(BYTE_ORDER_MARK) {
            text.window.drain(..BYTE_ORDER_MARK.len());
            text.has_mark = true;
        }
        text.validate()?;
        Ok(text)
    }

    /// Returns the first line without its end, which is handed out all the same.
    pub(super) fn first_line(&mut self) -> io::Result<&str> {
        while !self.window[..self.valid].contains(&b'\n') && !self.is_over {
            self.refill()?;
        }
        let text = std::str::from_utf8(&self.window[..self.valid]).unwrap_or_default();
        Ok(text.lines().next().unwrap_or_default())
    }

    /// Says that what lies before a place will not be asked for.
    pub(super) fn keep_from(&self, place: u64) {
        self.kept_from.set(place);
    }

    /// Returns a part that is still at hand.
    pub(super) fn part(&self, from: u64, to: u64) -> &str {
        let at =
            |place: u64| usize::try_from(place.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let bytes = self.window.get(at(from)..at(to)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Returns the digest of all that was read.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.digest.clone().finish().as_ref());
        digest
    }

    fn refill(&mut self) -> io::Result<()> {
        let kept = self.kept_from.get().saturating_sub(self.base);
        let kept = usize::try_from(kept).unwrap_or(usize::MAX).min(self.served);
        self.lines += line_ends(&self.window[..kept]);
        self.window.drain(..kept);
        self.base += kept as u64;
        self.valid -= kept;
        self.served -= kept;
        if self.window.len() > ROW_BYTES_MAX {
            return Err(io::Error::other(TooLong));
        }
        self.read_chunk()?;
        self.validate()
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let length = self.window.len();
        let chunk = (&mut self.inner).take(CHUNK_BYTES as u64).read_to_end(&mut self.window)?;
        self.is_over = chunk == 0;
        self.digest.update(&self.window[length..]);
        Ok(())
    }

    /// Lets a character that the end of a chunk cut wait for the next.
    fn validate(&mut self) -> io::Result<()> {
        let Err(error) = std::str::from_utf8(&self.window[self.valid..]) else {
            self.valid = self.window.len();
            return Ok(());
        };
        self.valid += error.valid_up_to();
        if error.error_len().is_none() && !self.is_over {
            return Ok(());
        }
        let mark = if self.has_mark { BYTE_ORDER_MARK.len() } else { 0 };
        Err(io::Error::from(NotUtf8 {
            line: self.lines + line_ends(&self.window[..self.valid]) + 1,
            byte: self.base + (self.valid + mark) as u64,
        }))
    }
}

impl Read for Text {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.served == self.valid && !self.is_over {
            self.refill()?;
        }
        let count = out.len().min(self.valid - self.served);
        out[..count].copy_from_slice(&self.window[self.served..self.served + count]);
        self.served += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Yields one byte at a time, so that every character is cut.
    struct Slow(io::Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = out.len().min(1);
            self.0.read(&mut out[..length])
        }
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut all = String::new();
        Text::new(Box::new(Slow(io::Cursor::new(bytes.to_vec()))))?.read_to_string(&mut all)?;
        Ok(all)
    }

    #[test]
    fn a_byte_order_mark_is_left_out_and_characters_stay_whole() {
        let long = "é".repeat(CHUNK_BYTES);
        assert_eq!(read(format!("\u{feff}x{long}").as_bytes()).unwrap(), format!("x{long}"));
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read("\u{feff}".as_bytes()).unwrap(), "");
    }

    #[test]
    fn what_is_not_utf_8_is_refused_with_its_place_in_the_file() {
        let long = "x\n".repeat(CHUNK_BYTES);
        for (bytes, line, byte) in [
            (b"ab\xff".to_vec(), 1, 2),
            (b"\xef\xbb\xbfab\n\xc3".to_vec(), 2, 6),
            ([long.as_bytes(), b"\xc3\x28"].concat(), CHUNK_BYTES + 1, CHUNK_BYTES * 2),
        ] {
            let error = read(&bytes).unwrap_err();
            assert_eq!(error.to_string(), format!("it is not UTF-8 (line {line}, byte {byte})"));
        }
        // What is not kept is counted all the same.
        let bytes = [long.as_bytes(), b"\xff"].concat();
        let mut text = Text::new(Box::new(io::Cursor::new(bytes))).unwrap();
        let (mut place, mut out) = (0, [0; 4096]);
        let error = loop {
            match text.read(&mut out) {
                Ok(count) => place += count as u64,
                Err(error) => break error,
            }
            text.keep_from(place);
        };
        assert_eq!(text.lines, CHUNK_BYTES as u64);
        assert!(error.to_string().contains(&format!("line {}", CHUNK_BYTES + 1)), "{error}");
    }

    #[test]
    fn memory_holds_no_more_than_what_is_kept() {
        let bytes = vec![b'x'; ROW_BYTES_MAX * 4];
        let mut text = Text::new(Box::new(io::Cursor::new(bytes.clone()))).unwrap();
        let mut place = 0;
        let mut out = [0; 4096];
        while let count @ 1.. = text.read(&mut out).unwrap() {
            place += count as u64;
            text.keep_from(place);
            assert!(text.window.len() <= CHUNK_BYTES, "{}", text.window.len());
        }
        assert_eq!(place, bytes.len() as u64);
        let mut text = Text::new(Box::new(io::Cursor::new(bytes))).unwrap();
        let error = io::copy(&mut text, &mut io::sink()).unwrap_err();
        assert!(error.get_ref().is_some_and(|error| error.is::<TooLong>()), "{error}");
    }
}
