//! What waits for the reader, as it travels through Markdown, MJML and HTML: `zq3h17q`.
//!
//! Invariant: the prefix of the marks occurs in no input, so what looks like a mark is one.

/// More tries than any input can refuse by chance.
const TRIES_MAX: u32 = 1_000;

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    Hole,
    Open,
    Else,
    Close,
}

/// A mark, by the slot of its hole or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) kind: MarkKind,
    pub(super) slot: usize,
}

/// Writes and finds the marks of one build.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    prefix: String,
}

impl Marks {
    /// Chooses the first prefix that `occurs` denies; none if a text holds them all, which only
    /// one made for it can.
    pub(super) fn choose(occurs: impl Fn(&str) -> bool) -> Option<Self> {
        let mut prefixes = (0..TRIES_MAX).map(|number| format!("zq{number}"));
        prefixes.find(|prefix| !occurs(prefix)).map(|prefix| Self { prefix })
    }

    /// Returns what no input holds.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn write(&self, kind: MarkKind, slot: usize) -> String {
        let letter = match kind {
            MarkKind::Hole => 'h',
            MarkKind::Open => 'o',
            MarkKind::Else => 'e',
            MarkKind::Close => 'c',
        };
        format!("{}{letter}{slot}q", self.prefix)
    }

    /// Writes what stands in for a text that is put aside while MJML becomes HTML; it is no mark.
    pub(super) fn aside(&self, number: usize) -> String {
        format!("{}x{number}q", self.prefix)
    }

    /// Finds the next text that was put aside: where it is, and its number.
    pub(super) fn find_aside(&self, text: &str) -> Option<(std::ops::Range<usize>, usize)> {
        let mut from = 0;
        while let Some(offset) = text[from..].find(&self.prefix) {
            let start = from + offset;
            from = start + self.prefix.len();
            let Some(rest) = text[from..].strip_prefix('x') else { continue };
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if let (Ok(number), true) = (rest[..digits].parse(), rest[digits..].starts_with('q')) {
                return Some((start..from + digits + 2, number));
            }
        }
        None
    }

    /// Finds the next mark: where it is, and what.
    pub(super) fn find(&self, text: &str) -> Option<(std::ops::Range<usize>, Mark)> {
        let mut from = 0;
        while let Some(offset) = text[from..].find(&self.prefix) {
            let start = from + offset;
            if let Some((length, mark)) = self.read(&text[start..]) {
                return Some((start..start + length, mark));
            }
            from = start + self.prefix.len();
        }
        None
    }

    /// Reads a mark at the start of a text: its length, and what it is.
    pub(super) fn read(&self, text: &str) -> Option<(usize, Mark)> {
        let rest = text.strip_prefix(&self.prefix)?;
        let kind = match rest.as_bytes().first()? {
            b'h' => MarkKind::Hole,
            b'o' => MarkKind::Open,
            b'e' => MarkKind::Else,
            b'c' => MarkKind::Close,
            _ => return None,
        };
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        let slot = rest[1..1 + digits].parse().ok()?;
        let ended = rest[1 + digits..].starts_with('q');
        ended.then(|| (self.prefix.len() + digits + 2, Mark { kind, slot }))
    }

    /// Says whether a text is nothing but one mark of a block.
    pub(super) fn is_tag(&self, text: &str) -> bool {
        let text = text.trim();
        self.read(text)
            .is_some_and(|(length, mark)| length == text.len() && mark.kind != MarkKind::Hole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_read_back_and_what_stands_in_an_input_is_none() {
        let input = "zq0 and zq1h7q";
        let marks = Marks::choose(|prefix| input.contains(prefix)).unwrap();
        let mark = marks.write(MarkKind::Open, 12);
        assert_eq!(mark, "zq2o12q");
        let (range, found) = marks.find("zq2x zq2o zq2o12q5").unwrap();
        assert_eq!((range, found), (10..17, Mark { kind: MarkKind::Open, slot: 12 }));
        assert!(marks.is_tag(" zq2o12q\n"));
        assert!(!marks.is_tag(&marks.write(MarkKind::Hole, 1)));
        assert_eq!(marks.find(input), None);
    }
}
