//! What a text is known by, whatever its file is called.

use aws_lc_rs::digest::{SHA256, digest as hash};

use super::Article;
use crate::words::Block;

/// The first half of a SHA-256.
pub(super) type Digest = [u8; 16];

/// The digest of an article's text, without regard to white space; `None` where there is no text.
pub(super) fn of_text(article: &Article) -> Option<String> {
    let text = Block::plain(&article.body);
    let mut words = text.split_whitespace();
    let mut all = String::with_capacity(text.len());
    all.push_str(words.next()?);
    for word in words {
        all.push(' ');
        all.push_str(word);
    }
    Some(hex(&of_bytes(all.as_bytes())))
}

/// A digest as text.
pub(super) fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of a file.
pub(super) fn of_bytes(bytes: &[u8]) -> Digest {
    let mut digest = Digest::default();
    digest.copy_from_slice(&hash(&SHA256, bytes).as_ref()[..size_of::<Digest>()]);
    digest
}
