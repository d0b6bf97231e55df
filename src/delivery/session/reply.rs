//! Reads replies, and bounds them.
//!
//! Invariant: what is no reply by RFC 5321 section 4.2 is an error, and never a guess: the lines of
//! a reply bear one code, and no reply grows without end.

use super::Cause;
use crate::words::Reply;

/// The longest line of a reply, in bytes (RFC 5321 section 4.5.3.1.5 allows 512).
const LINE_BYTES_MAX: usize = 2_048;
/// The longest whole reply, in bytes.
const REPLY_BYTES_MAX: usize = 32 * 1024;
/// The longest text of a reply that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 1_000;

/// Puts replies together from whatever pieces they come in.
#[derive(Debug, Default)]
pub(super) struct Replies {
    line: Vec<u8>,
    code: Option<u16>,
    lines: Vec<String>,
    bytes: usize,
}

/// A whole reply, with its lines as they came.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Replies {
    /// Takes in bytes up to the end of a reply; returns how many it took, and the reply if it is
    /// whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(usize, Option<Whole>), Cause> {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let end = memchr::memchr(b'\n', rest);
            let count = end.map_or(rest.len(), |end| end + 1);
            self.bytes += count;
            if self.line.len() + count > LINE_BYTES_MAX || self.bytes > REPLY_BYTES_MAX {
                return Err(Cause::Endless);
            }
            self.line.extend_from_slice(&rest[..count]);
            taken += count;
            if end.is_some()
                && let Some(whole) = self.end_line()?
            {
                return Ok((taken, Some(whole)));
            }
        }
        Ok((taken, None))
    }

    /// Says whether a part of a reply has come.
    #[cfg(test)]
    fn is_begun(&self) -> bool {
        self.bytes > 0
    }

    fn end_line(&mut self) -> Result<Option<Whole>, Cause> {
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let garbled = || Cause::Garbled(plain(text, 80));
        let (digits, rest) = text.split_at_checked(3).ok_or_else(garbled)?;
        if !digits.iter().all(u8::is_ascii_digit) || !(b'2'..=b'5').contains(&digits[0]) {
            return Err(garbled());
        }
        let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        if self.code.is_some_and(|first| first != code) {
            return Err(garbled());
        }
        let (more, words) = match rest.split_first() {
            None => (false, &[][..]),
            Some((b' ', words)) => (false, words),
            Some((b'-', words)) => (true, words),
            Some(_) => return Err(garbled()),
        };
        self.code = Some(code);
        self.lines.push(plain(words, LINE_BYTES_MAX));
        if more {
            return Ok(None);
        }
        let lines = std::mem::take(&mut self.lines);
        *self = Self::default();
        Ok(Some(Whole { code, lines }))
    }
}

impl Whole {
    /// Returns the reply as it is kept: one text, the enhanced code of its first line at the head
    /// and left out of the others (RFC 2034 repeats it in each).
    pub(super) fn reply(&self) -> Reply {
        let mut text = self.lines.first().cloned().unwrap_or_default();
        let head = Reply { code: self.code, text: text.clone() };
        let repeated = head.enhanced().and(text.split(' ').next()).map(str::to_owned);
        for line in self.lines.iter().skip(1) {
            let line = match &repeated {
                Some(code) => line.strip_prefix(code.as_str()).unwrap_or(line),
                None => line,
            };
            text.push(' ');
            text.push_str(line.trim_start());
        }
        Reply { code: self.code, text: shortened(&text) }
    }
}

/// Keeps what a line of text may hold of a server's words.
pub(super) fn plain(bytes: &[u8], most: usize) -> String {
    let bytes = &bytes[..bytes.len().min(most)];
    let text = String::from_utf8_lossy(bytes);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn shortened(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let end = (0..=TEXT_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<Reply>, Cause> {
        let (mut replies, mut found, mut rest) = (Replies::default(), vec![], text);
        while !rest.is_empty() {
            let (taken, whole) = replies.take(rest)?;
            found.extend(whole.map(|whole| whole.reply()));
            rest = &rest[taken..];
        }
        Ok(found)
    }

    #[test]
    fn replies_come_out_whole_however_they_are_cut() {
        let text = b"220 relay\r\n250-2.1.0 one\r\n250 2.1.0 two\r\n354\r\n";
        let whole = read(text).unwrap();
        let texts: Vec<String> = whole.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["220 relay", "250 2.1.0 one two", "354 "]);
        for cut in 0..text.len() {
            let mut replies = Replies::default();
            let mut count = 0;
            for mut part in [&text[..cut], &text[cut..]] {
                while !part.is_empty() {
                    let (taken, whole) = replies.take(part).unwrap();
                    count += usize::from(whole.is_some());
                    part = &part[taken..];
                }
            }
            assert_eq!((count, replies.is_begun()), (3, false), "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_reply_is_never_taken_for_one() {
        for text in [
            &b"hello\r\n"[..],
            b"25\r\n",
            b"\r\n",
            b"250_ok\r\n",
            b"650 ok\r\n",
            b"150 ok\r\n",
            b"250-ok\r\n550 no\r\n",
            b"25\x000 ok\r\n",
        ] {
            assert!(matches!(read(text), Err(Cause::Garbled(_))), "{text:?}");
        }
    }

    #[test]
    fn no_reply_grows_without_end() {
        assert!(matches!(read(&vec![b'2'; 1 << 20]), Err(Cause::Endless)));
        assert!(matches!(read(&b"250-more\r\n".repeat(1 << 14)), Err(Cause::Endless)));
    }

    #[test]
    fn control_characters_do_not_reach_a_message() {
        let found = read(b"550 a\x00b\x1b[31m\xff\r\n").unwrap();
        assert_eq!(found[0].text, "a b [31m\u{fffd}");
    }
}
