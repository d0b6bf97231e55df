//! What a relay said.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A whole reply of an SMTP server (RFC 5321 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The text, its lines joined by a space; an enhanced code (RFC 3463) stands at its head.
    pub text: String,
}

impl Reply {
    /// Returns the enhanced status code at the head of the text (RFC 2034), such as `5.1.1`.
    pub fn enhanced(&self) -> Option<(u8, u16, u16)> {
        let first = self.text.split_whitespace().next()?;
        let mut parts = first.split('.');
        let class = parts.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
        let subject = parts.next()?.parse().ok()?;
        let detail = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some((class, subject, detail))
    }

    /// Says whether the relay did what was asked.
    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    /// Says whether the refusal is for now only.
    pub fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enhanced_code_is_read_from_the_head_of_the_text() {
        let reply = |text: &str| Reply { code: 550, text: text.into() };
        assert_eq!(reply("5.1.1 no such user").enhanced(), Some((5, 1, 1)));
        assert_eq!(reply("no such user").enhanced(), None);
        assert_eq!(reply("5.1.1.1 odd").enhanced(), None);
        assert_eq!(reply("10.0.0 odd").enhanced(), None);
    }
}
