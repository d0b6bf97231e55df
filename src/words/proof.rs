//! How a test inbox proves that it is ours, before it is trusted with mail.
//!
//! The client sends `XLETTERPRESS NONCE [ISSUE]`, the nonce in hexadecimal digits; the server
//! answers `250 ` and HMAC-SHA256 of the nonce under the inbox's token, likewise. The server's side
//! is in `inbox`, the client's wherever a connection is opened.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::{constant_time, hmac};

/// The extension that EHLO offers, and the command.
pub const PROOF_COMMAND: &str = "XLETTERPRESS";
/// How long a client's nonce is, in bytes.
pub const PROOF_NONCE_BYTES: usize = 32;

/// The secret of a workspace's test inbox. Its `Debug` shows nothing of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InboxToken(pub [u8; 32]);

/// A text that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not 64 hexadecimal digits")]
pub struct InboxTokenError;

impl InboxToken {
    /// Returns the token as 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        to_hex(&self.0)
    }

    /// Computes what a server that knows the token answers to `nonce`.
    pub fn answer(&self, nonce: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, nonce);
        let mut answer = [0; 32];
        answer.copy_from_slice(tag.as_ref());
        answer
    }

    /// Says whether `reply`, the text of the server's reply, proves that it knows the token.
    pub fn is_proved_by(&self, nonce: &[u8], reply: &str) -> bool {
        from_hex(reply.trim()).is_some_and(|answer| {
            constant_time::verify_slices_are_equal(&answer, &self.answer(nonce)).is_ok()
        })
    }
}

impl FromStr for InboxToken {
    type Err = InboxTokenError;

    fn from_str(text: &str) -> Result<Self, InboxTokenError> {
        let bytes = from_hex(text.trim()).ok_or(InboxTokenError)?;
        bytes.try_into().map(Self).map_err(|_| InboxTokenError)
    }
}

impl fmt::Debug for InboxToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboxToken(…)")
    }
}

/// Writes bytes as hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads hexadecimal digits, an even number of them; nothing else may stand between.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_hmac_sha256_of_the_nonce() {
        // As Python's `hmac` computes it.
        let token = InboxToken([0xaa; 32]);
        assert_eq!(
            to_hex(&token.answer(&[0xdd; 50])),
            "cdcb1220d1ecccea91e53aba3092f962e549fe6ce9ed7fdc43191fbde45c30b0"
        );
    }

    #[test]
    fn only_the_right_answer_proves() {
        let token = InboxToken([7; 32]);
        let right = to_hex(&token.answer(b"nonce"));
        assert!(token.is_proved_by(b"nonce", &right));
        assert!(token.is_proved_by(b"nonce", &right.to_uppercase()));
        assert!(!token.is_proved_by(b"other", &right));
        assert!(!InboxToken([8; 32]).is_proved_by(b"nonce", &right));
        assert!(!token.is_proved_by(b"nonce", &right[..62]));
        for reply in ["", "ok", "é", "+f"] {
            assert!(!token.is_proved_by(b"nonce", reply), "{reply}");
        }
    }

    #[test]
    fn a_token_reads_back_as_it_was_written_and_is_never_shown() {
        let token = InboxToken([9; 32]);
        assert_eq!(format!("{}\n", token.hex()).parse(), Ok(token));
        assert_eq!("12".parse::<InboxToken>(), Err(InboxTokenError));
        assert!(!format!("{token:?}").contains("09"));
    }
}
