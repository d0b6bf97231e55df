//! Checksums of rows: what the disk gives back is what was written, or it is noticed.
//!
//! Invariant: parts are hashed with their kinds and lengths, so no two rows meet in one checksum
//! but by chance, which is one in 2^64.

use aws_lc_rs::digest::{SHA256, digest};

/// The first bytes of a SHA-256: enough against chance, which is what a disk plays with.
pub(super) const SEAL_BYTES: usize = 8;

/// A row's checksum in the making.
#[derive(Debug)]
pub(super) struct Seal(Vec<u8>);

impl Seal {
    /// Begins with the table's name.
    pub(super) fn new(table: &str) -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(table.as_bytes());
        Self(bytes)
    }

    /// Adds a number.
    pub(super) fn number(mut self, number: impl Into<Option<i64>>) -> Self {
        match number.into() {
            Some(number) => {
                self.0.push(1);
                self.0.extend(number.to_le_bytes());
            }
            None => self.0.push(0),
        }
        self
    }

    /// Adds a text.
    pub(super) fn text<'a>(self, text: impl Into<Option<&'a str>>) -> Self {
        self.bytes(text.into().map(str::as_bytes))
    }

    /// Adds bytes.
    pub(super) fn bytes<'a>(mut self, bytes: impl Into<Option<&'a [u8]>>) -> Self {
        match bytes.into() {
            Some(bytes) => {
                self.0.push(2);
                self.0.extend((bytes.len() as u64).to_le_bytes());
                self.0.extend_from_slice(bytes);
            }
            None => self.0.push(0),
        }
        self
    }

    /// Returns the checksum.
    pub(super) fn end(self) -> [u8; SEAL_BYTES] {
        let hash = digest(&SHA256, &self.0);
        let mut seal = [0; SEAL_BYTES];
        seal.copy_from_slice(&hash.as_ref()[..SEAL_BYTES]);
        seal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_join_to_one_text_make_different_checksums() {
        let pair = |a: Option<&str>, b: Option<&str>| Seal::new("t").text(a).text(b).end();
        assert_ne!(pair(Some("a"), Some("bc")), pair(Some("ab"), Some("c")));
        assert_ne!(pair(None, Some("")), pair(Some(""), None));
        assert_ne!(Seal::new("t").number(1).end(), Seal::new("t").number(None).end());
        assert_eq!(pair(Some("a"), None), pair(Some("a"), None));
    }
}
