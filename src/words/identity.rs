//! Who a copy is, and what stands in a reader's links: names that only the ledger's key resolves.
//!
//! Invariant: parts are hashed with their lengths, so no two lists of parts meet in one hash.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{CopyId, IssueName};

/// The bytes of a token's tag: 128 bits, which nobody guesses.
const TAG_BYTES: usize = 16;
/// The bytes of a token before it is written as base64url: key id, copy id, tag.
const TOKEN_BYTES: usize = 1 + 16 + TAG_BYTES;

/// A key of the ledger, drawn from the system's randomness.
#[derive(Clone)]
pub struct Key {
    /// The number that tokens name the key by.
    pub id: u8,
    /// The secret.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// What a link's token allows; a token of one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To take the address off the list.
    Unsubscribe,
    /// To see and change the reader's fields.
    Preferences,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Unsubscribe => "unsubscribe",
            Self::Preferences => "preferences",
        }
    }
}

/// Returns the id of the copy of `issue` for an address in its folded form.
pub fn copy_id(key: &Key, newsletter: &str, issue: &IssueName, folded: &str) -> CopyId {
    CopyId(tag(key, &["copy", newsletter, issue.as_str(), folded]))
}

/// Returns the token for a reader's link: base64url of the key's id, the copy's id and a tag.
pub fn token(
    key: &Key,
    purpose: Purpose,
    newsletter: &str,
    issue: &IssueName,
    folded: &str,
) -> String {
    let mut bytes = Vec::with_capacity(TOKEN_BYTES);
    bytes.push(key.id);
    bytes.extend(copy_id(key, newsletter, issue, folded).0);
    bytes.extend(tag(key, &[purpose.name(), newsletter, issue.as_str(), folded]));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token taken apart; what it claims is true once [`Token::is_genuine`] says so.
#[derive(Clone, Debug)]
pub struct Token {
    /// The number of the key that made it.
    pub key: u8,
    /// The copy whose link bore it.
    pub copy: CopyId,
    tag: [u8; TAG_BYTES],
}

impl Token {
    /// Takes a token apart; `None` if it has not the form of one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        if bytes.len() != TOKEN_BYTES {
            return None;
        }
        let copy = CopyId(bytes[1..17].try_into().ok()?);
        Some(Self { key: bytes[0], copy, tag: bytes[17..].try_into().ok()? })
    }

    /// Says whether `key` made it for this purpose and this reader; takes as long either way.
    pub fn is_genuine(
        &self,
        key: &Key,
        purpose: Purpose,
        newsletter: &str,
        issue: &IssueName,
        folded: &str,
    ) -> bool {
        let tag = tag(key, &[purpose.name(), newsletter, issue.as_str(), folded]);
        verify_slices_are_equal(&self.tag, &tag).is_ok()
    }
}

fn tag(key: &Key, parts: &[&str]) -> [u8; TAG_BYTES] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.secret);
    let mut context = hmac::Context::with_key(&key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut tag = [0; TAG_BYTES];
    tag.copy_from_slice(&context.sign().as_ref()[..TAG_BYTES]);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key { id: 3, secret: [9; 32] }
    }

    fn issue(name: &str) -> IssueName {
        name.parse().unwrap()
    }

    #[test]
    fn parts_that_join_to_one_text_make_different_copies() {
        let id = |newsletter, name: &str, folded| copy_id(&key(), newsletter, &issue(name), folded);
        assert_ne!(id("a", "bc", "d@e.example"), id("ab", "c", "d@e.example"));
        assert_ne!(id("a", "b", "c@e.example"), id("a", "b", "d@e.example"));
        assert_eq!(id("a", "b", "c@e.example"), id("a", "b", "c@e.example"));
    }

    #[test]
    fn a_token_is_good_for_its_purpose_and_reader_alone() {
        let text = token(&key(), Purpose::Unsubscribe, "w", &issue("1"), "a@b.example");
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.key, 3);
        assert_eq!(token.copy, copy_id(&key(), "w", &issue("1"), "a@b.example"));
        let genuine = |purpose, folded| token.is_genuine(&key(), purpose, "w", &issue("1"), folded);
        assert!(genuine(Purpose::Unsubscribe, "a@b.example"));
        assert!(!genuine(Purpose::Preferences, "a@b.example"));
        assert!(!genuine(Purpose::Unsubscribe, "c@b.example"));
        assert!(!text.contains('@') && text.len() == 44);
    }

    #[test]
    fn what_is_no_token_is_not_taken_apart() {
        for text in ["", "abc", "not base64!", &"A".repeat(45)] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }
}
