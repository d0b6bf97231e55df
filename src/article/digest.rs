//! What a text is known by, whatever its file is called.

use aws_lc_rs::digest::{SHA256, digest as hash};

use super::Article;
use crate::words::Block;

/// How many bytes of the hash are kept.
const DIGEST_BYTES: usize = 16;

/// The digest of an article's text, without regard to white space; `None` where there is no text.
pub fn digest(article: &Article) -> Option<String> {
    let text = Block::plain(&article.body);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return None;
    }
    let hash = hash(&SHA256, text.as_bytes());
    Some(hash.as_ref()[..DIGEST_BYTES].iter().map(|byte| format!("{byte:02x}")).collect())
}
