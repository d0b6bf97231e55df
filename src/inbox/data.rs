//! The body of a message, from the line after DATA to the line with a dot.
//!
//! smtp-proto's `DataReceiver` is not used here: it neither ends an empty message nor unstuffs a
//! first line, and ends one at `.\r\r\n`, which no other server does.
//!
//! Invariant: nothing but CR LF `.` CR LF ends a message, and what is kept is the sender's bytes less
//! the dots of RFC 5321 section 4.5.2.

use std::slice::Iter;

/// The largest message that is taken, in bytes; EHLO offers it as SIZE.
pub(super) const MESSAGE_BYTES_MAX: usize = 25 * 1024 * 1024;
/// While a message that is too large is thrown away, so much of a line tells it from a lone dot.
const DISCARDED_LINE_BYTES: usize = 4;

/// Why a message is refused; the first reason counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataFault {
    /// It is larger than [`MESSAGE_BYTES_MAX`].
    TooLarge,
    /// A line feed without carriage return, which some servers take for the end of a line and
    /// others do not, so that a second message can be smuggled in behind it.
    BareLineFeed,
    /// A carriage return without line feed, likewise.
    BareCarriageReturn,
}

/// Collects a message.
#[derive(Debug, Default)]
pub(super) struct DataReader {
    bytes: Vec<u8>,
    line_start: usize,
    fault: Option<DataFault>,
}

impl DataReader {
    /// Takes what belongs to the message off the front of `input`; returns true at its end.
    pub(super) fn ingest(&mut self, input: &mut Iter<'_, u8>) -> bool {
        while let Some(newline) = input.as_slice().iter().position(|&byte| byte == b'\n') {
            let (line, rest) = input.as_slice().split_at(newline + 1);
            *input = rest.iter();
            self.bytes.extend_from_slice(line);
            if self.end_line() {
                return true;
            }
        }
        self.bytes.extend_from_slice(input.as_slice());
        *input = [].iter();
        self.bound();
        false
    }

    /// Returns the message, or why it is refused.
    pub(super) fn finish(self) -> Result<Vec<u8>, DataFault> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.bytes),
        }
    }

    /// Looks at the line that a line feed has just ended; returns true if it was the last.
    fn end_line(&mut self) -> bool {
        let line = &self.bytes[self.line_start..];
        let Some(text) = line.strip_suffix(b"\r\n") else {
            // The line goes on: a line feed alone ends none.
            self.blame(DataFault::BareLineFeed);
            self.bound();
            return false;
        };
        if text == b"." {
            self.bytes.truncate(self.line_start);
            return true;
        }
        let is_stuffed = text.starts_with(b".");
        if text.contains(&b'\r') {
            self.blame(DataFault::BareCarriageReturn);
        }
        if is_stuffed {
            self.bytes.remove(self.line_start);
        }
        self.line_start = self.bytes.len();
        self.bound();
        false
    }

    fn blame(&mut self, fault: DataFault) {
        self.fault.get_or_insert(fault);
    }

    /// Keeps no more than the bound, and of a message that will be refused next to nothing.
    fn bound(&mut self) {
        if self.bytes.len() > MESSAGE_BYTES_MAX {
            self.blame(DataFault::TooLarge);
        }
        if self.fault.is_none() {
            return;
        }
        self.bytes.drain(..self.line_start);
        self.line_start = 0;
        // The first bytes tell a lone dot, the last one whether a line feed follows its CR.
        if self.bytes.len() > DISCARDED_LINE_BYTES
            && let Some(&last) = self.bytes.last()
        {
            self.bytes.truncate(DISCARDED_LINE_BYTES);
            self.bytes.push(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = (Result<Vec<u8>, DataFault>, Vec<u8>);

    /// Feeds `wire` in pieces of `step` bytes; returns the message and what is left behind it.
    fn read(wire: &[u8], step: usize) -> Option<Read> {
        let mut reader = DataReader::default();
        let mut at = 0;
        for piece in wire.chunks(step) {
            at += piece.len();
            let mut input = piece.iter();
            if reader.ingest(&mut input) {
                let mut rest = input.as_slice().to_vec();
                rest.extend_from_slice(&wire[at..]);
                return Some((reader.finish(), rest));
            }
        }
        None
    }

    fn read_in_all_pieces(wire: &[u8]) -> Read {
        let whole = read(wire, wire.len()).unwrap();
        for step in 1..wire.len() {
            assert_eq!(read(wire, step).as_ref(), Some(&whole), "in pieces of {step}");
        }
        whole
    }

    #[test]
    fn dots_are_unstuffed_and_nothing_else_is_touched() {
        for (wire, message) in [
            ("hi\r\n.\r\n", "hi\r\n"),
            (".\r\n", ""),
            ("..\r\n.\r\n", ".\r\n"),
            ("..first\r\n\r\n..\r\na.b\r\n...\r\n.\r\n", ".first\r\n\r\n.\r\na.b\r\n..\r\n"),
            (".x\r\n.\r\n", "x\r\n"),
            (" .\r\n. \r\n.\r\n", " .\r\n \r\n"),
            ("\0\u{ff}\t\r\n.\r\n", "\0\u{ff}\t\r\n"),
        ] {
            let (read, rest) = read_in_all_pieces(format!("{wire}QUIT\r\n").as_bytes());
            assert_eq!(read.as_deref(), Ok(message.as_bytes()), "{wire:?}");
            assert_eq!(rest, b"QUIT\r\n", "{wire:?}");
        }
    }

    #[test]
    fn only_crlf_dot_crlf_ends_a_message() {
        use DataFault::{BareCarriageReturn, BareLineFeed};
        for (wire, fault) in [
            ("a\n.\nMAIL\r\n.\r\n", BareLineFeed),
            ("a\n.\r\nMAIL\r\n.\r\n", BareLineFeed),
            ("a\r\n.\nMAIL\r\n.\r\n", BareLineFeed),
            ("\n.\r\nMAIL\r\n.\r\n", BareLineFeed),
            (".\r\r\nMAIL\r\n.\r\n", BareCarriageReturn),
            ("a\r.\r\nMAIL\r\n.\r\n", BareCarriageReturn),
            ("a\r\n.\rMAIL\r\n.\r\n", BareCarriageReturn),
        ] {
            let (read, rest) = read_in_all_pieces(format!("{wire}QUIT\r\n").as_bytes());
            assert_eq!(read, Err(fault), "{wire:?}");
            assert_eq!(rest, b"QUIT\r\n", "{wire:?}");
        }
    }

    #[test]
    fn what_is_too_large_is_thrown_away_up_to_its_end() {
        let line = [b'x'; 4096];
        for end in ["\r\n.\r\nQUIT", "\r\n..\r\n.\r\nQUIT"] {
            let mut reader = DataReader::default();
            for _ in 0..=MESSAGE_BYTES_MAX / line.len() {
                assert!(!reader.ingest(&mut line.iter()));
            }
            assert!(reader.bytes.len() < 10);
            let mut input = end.as_bytes().iter();
            assert!(reader.ingest(&mut input));
            assert_eq!(input.as_slice(), b"QUIT");
            assert_eq!(reader.finish(), Err(DataFault::TooLarge));
        }
    }
}
