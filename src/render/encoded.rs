//! Compiled content whose static spans were encoded ahead, so that a copy only encodes its holes.
//!
//! Invariant: it is walked as [`super::merge`] walks: decoded, both give the same bytes.

use std::collections::BTreeMap;
use std::fmt;

use super::part::{self, Part, Sink};
use super::reader::Reader;
use super::text::{self, Item};
use super::{Compiled, Urls};
use crate::audience::FieldValue;

/// Adds what a body holds in the place of a text. Whatever follows is encoded by itself, so it must
/// leave the output where anything may follow.
pub type Encode = fn(&str, &mut Vec<u8>);

/// The two parts of an issue, their static spans encoded.
#[derive(Clone)]
pub struct Encoded {
    html: Vec<Part<Vec<u8>>>,
    text: Vec<Item<Vec<u8>>>,
    encode: Encode,
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoded(…)")
    }
}

impl Encoded {
    /// Encodes what all copies share.
    pub fn new(compiled: &Compiled, encode: Encode) -> Self {
        let encoded = |text: &str| {
            let mut bytes = Vec::new();
            encode(text, &mut bytes);
            bytes
        };
        let html = part::map(&compiled.html, &encoded);
        let text = text::map(&compiled.text, &|lines| encoded(&format!("{lines}\n")));
        Self { html, text, encode }
    }

    /// Writes a reader's HTML, encoded.
    pub fn html(&self, fields: &BTreeMap<String, FieldValue>, urls: &Urls<'_>, out: &mut Vec<u8>) {
        let mut coder = Coder { out, encode: self.encode };
        part::write(&self.html, Reader::new(fields, urls), &mut coder);
    }

    /// Writes a reader's plain text, encoded.
    pub fn text(&self, fields: &BTreeMap<String, FieldValue>, urls: &Urls<'_>, out: &mut Vec<u8>) {
        let mut coder = Coder { out, encode: self.encode };
        text::write(&self.text, Reader::new(fields, urls), &mut coder);
    }
}

/// Copies what is encoded, and encodes the rest.
struct Coder<'a> {
    out: &'a mut Vec<u8>,
    encode: Encode,
}

impl Sink<Vec<u8>> for Coder<'_> {
    fn span(&mut self, span: &Vec<u8>) {
        self.out.extend_from_slice(span);
    }

    fn lines(&mut self, lines: &Vec<u8>) {
        self.out.extend_from_slice(lines);
    }

    fn text(&mut self, text: &str) {
        (self.encode)(text, self.out);
    }
}
