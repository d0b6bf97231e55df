//! DKIM signatures (RFC 6376, RFC 8463), relaxed/relaxed and without `l=`.
//!
//! A copy's signature stands above what it signs and depends on it: it is written with blanks, which
//! are filled when the copy is complete.
//!
//! Invariant: the body is hashed as it stands, so it must be canonical; the encoder sees to that.

use std::ops::Range;

use aws_lc_rs::digest::{self, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::MessageError;
use super::key::{Algorithm, SigningKey, chunks};

/// Characters of a body's hash in base64.
const HASH_CHARACTERS: usize = 44;
/// Characters on a line of the signature.
const COLUMNS: usize = 70;
/// Headers that nobody may add a second time: each is named once more than it occurs.
const OVERSIGNED: [&str; 7] =
    ["From", "Reply-To", "To", "Subject", "Date", "List-Unsubscribe", "List-Unsubscribe-Post"];

/// A key with the domain that answers for it.
#[derive(Debug)]
pub struct Signer {
    domain: String,
    selector: String,
    key: SigningKey,
}

impl Signer {
    /// Puts them together; `domain` and `selector` are host names.
    pub fn new(domain: &str, selector: &str, key: SigningKey) -> Self {
        Self { domain: domain.to_owned(), selector: selector.to_owned(), key }
    }
}

/// A signer with the texts of its header.
#[derive(Debug)]
pub(super) struct Seal {
    key: SigningKey,
    /// Up to the time.
    head: String,
    /// From the time up to the hash.
    middle: String,
}

/// Where the blanks of a signature stand.
pub(super) struct Blank {
    hash: Range<usize>,
    signature: Range<usize>,
}

impl Seal {
    /// Prepares the header of a signer for messages that have the headers `names`, each once.
    pub(super) fn new(signer: Signer, names: &[&str]) -> Self {
        let algorithm = match signer.key.algorithm() {
            Algorithm::Rsa => "rsa-sha256",
            Algorithm::Ed25519 => "ed25519-sha256",
        };
        let head = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={}; s={};\r\n t=",
            signer.domain, signer.selector
        );
        let mut middle = ";\r\n h=".to_owned();
        let mut column = 0;
        for (index, name) in names.iter().chain(&OVERSIGNED).enumerate() {
            if index > 0 {
                middle.push(':');
            }
            column += name.len() + 1;
            if column > COLUMNS {
                middle.push_str("\r\n ");
                column = name.len() + 1;
            }
            middle.push_str(name);
        }
        middle.push_str(";\r\n bh=");
        Self { key: signer.key, head, middle }
    }

    /// Writes the header with blanks.
    pub(super) fn begin(&self, date: Timestamp, out: &mut Vec<u8>) -> Blank {
        out.extend_from_slice(self.head.as_bytes());
        out.extend_from_slice(date.as_second().to_string().as_bytes());
        out.extend_from_slice(self.middle.as_bytes());
        let hash = out.len()..out.len() + HASH_CHARACTERS;
        out.resize(hash.end, b' ');
        out.extend_from_slice(b";\r\n b=");
        let start = out.len();
        let characters = self.key.signature_characters();
        let folds = characters.div_ceil(COLUMNS) - 1;
        out.resize(start + characters + folds * b"\r\n ".len(), b' ');
        let signature = start..out.len();
        out.extend_from_slice(b"\r\n");
        Blank { hash, signature }
    }

    /// Fills the blanks; `signed` are the canonical headers, and left as they were.
    pub(super) fn finish(
        &self,
        blank: Blank,
        date: Timestamp,
        body_hash: &str,
        signed: &mut Vec<u8>,
        out: &mut [u8],
    ) -> Result<(), MessageError> {
        let length = signed.len();
        let head = self.head.replace("DKIM-Signature: ", "dkim-signature:").replace("\r\n", "");
        let middle = self.middle.replace("\r\n", "");
        let own = format!("{head}{}{middle}{body_hash}; b=", date.as_second());
        signed.extend_from_slice(own.as_bytes());
        let signature = self.key.sign(signed);
        signed.truncate(length);
        let refused = || MessageError::Build("the DKIM key does not sign".to_owned());
        let signature =
            chunks(&signature.ok_or_else(refused)?, COLUMNS).collect::<Vec<_>>().join("\r\n ");
        if signature.len() != blank.signature.len() || body_hash.len() != HASH_CHARACTERS {
            return Err(refused());
        }
        out[blank.hash].copy_from_slice(body_hash.as_bytes());
        out[blank.signature].copy_from_slice(signature.as_bytes());
        Ok(())
    }
}

/// Returns the hash of a body that is canonical as it stands.
pub(super) fn body_hash(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&SHA256, body))
}

/// Adds a header in its relaxed canonical form (RFC 6376 section 3.4.2).
pub(super) fn relax(header: &str, out: &mut Vec<u8>) {
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    out.extend(name.trim_end().bytes().map(|byte| byte.to_ascii_lowercase()));
    out.push(b':');
    let mut words = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    out.extend_from_slice(words.next().unwrap_or_default().as_bytes());
    for word in words {
        out.push(b' ');
        out.extend_from_slice(word.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}
