//! What a refusal means: for the copy, for the reader, for the whole send.
//!
//! Invariant: a refusal that speaks of us rather than of the reader never counts against the
//! reader, and stops the send.

use serde::{Deserialize, Serialize};

use super::session::Phase;
use crate::words::Reply;

/// What a refusal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It may work later.
    Transient,
    /// Our share for now is used up; as transient.
    Quota,
    /// There is no such address: it is not written to again.
    Address,
    /// The mailbox is full, closed, or refuses this message.
    Mailbox,
    /// They refuse us, or what we say.
    Policy,
    /// The relay does not serve us: log-in, TLS, its own configuration.
    Relay,
}

impl Class {
    /// Returns the class's name as the ledger spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Quota => "quota",
            Self::Address => "address",
            Self::Mailbox => "mailbox",
            Self::Policy => "policy",
            Self::Relay => "relay",
        }
    }

    /// Says whether the copy is tried again later.
    pub fn is_deferral(self) -> bool {
        matches!(self, Self::Transient | Self::Quota)
    }

    /// Says whether the send halts.
    pub fn halts(self) -> bool {
        matches!(self, Self::Policy | Self::Relay)
    }
}

/// Classes a negative reply to a command of a copy's transaction (RFC 3463, RFC 5248).
pub fn classify(phase: Phase, reply: &Reply) -> Class {
    if reply.is_transient() {
        return match (reply.code, reply.enhanced()) {
            // A reader's own mailbox.
            (_, Some((4, 2, _))) => Class::Transient,
            (452 | 454, _) | (_, Some((4, 4, 5) | (4, 5, 3))) => Class::Quota,
            _ => Class::Transient,
        };
    }
    match reply.enhanced() {
        Some((_, subject, detail)) => by_enhanced(phase, reply.code, subject, detail),
        None => by_code(phase, reply),
    }
}

/// Words of a relay that wants less at a time.
const THROTTLED: &[&str] =
    &["rate limit", "throttl", "too many", "too fast", "too much", "slow down"];

/// Says whether a reply asks us to slow down. A plain 421 behind some copies is but the end of a
/// session that has carried as many as the relay likes.
pub(super) fn throttles(reply: &Reply, is_fresh: bool) -> bool {
    let text = reply.text.to_lowercase();
    if !reply.is_transient() || text.contains("greylist") {
        return false;
    }
    matches!(reply.enhanced(), Some((4, 7, _)))
        || THROTTLED.iter().any(|words| text.contains(words))
        || (reply.code == 421 && is_fresh)
}

fn by_enhanced(phase: Phase, code: u16, subject: u16, detail: u16) -> Class {
    match (subject, detail) {
        // The sender's address, not the reader's.
        (1, 7 | 8) => Class::Policy,
        (1, _) if phase == Phase::Mail => Class::Policy,
        (2, _) if phase == Phase::Mail => Class::Policy,
        (1, 0..=4 | 6 | 10) => Class::Address,
        (1, _) => Class::Mailbox,
        (2, _) => Class::Mailbox,
        (3, 4) => Class::Policy,
        (3, _) => Class::Relay,
        (4, 5) => Class::Quota,
        (4, 4) if phase == Phase::Recipient => Class::Address,
        (4, _) => Class::Mailbox,
        (5, 3) => Class::Quota,
        (5, _) => Class::Relay,
        (6, _) => Class::Policy,
        (7, 8) => Class::Relay,
        (7, _) => match code {
            530 | 534 | 535 | 538 => Class::Relay,
            _ => Class::Policy,
        },
        // X.0.0 says nothing; the code and the phase must do.
        _ => by_code(phase, &Reply { code, text: String::new() }),
    }
}

/// Words of a `550` to RCPT that speak of the reader's address.
const NO_SUCH_USER: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such mailbox",
    "no such recipient",
    "does not exist",
    "doesn't exist",
    "mailbox not found",
    "mailbox unavailable",
    "unknown recipient",
    "recipient unknown",
    "invalid recipient",
    "recipient rejected",
    "unrouteable address",
];

/// Words of a `552` that speak of the message, and not of what the mailbox can hold.
const TOO_LARGE: &[&str] =
    &["message size", "message length", "message too", "too large", "too big", "size limit"];

/// Words of a refusal that speak of us.
const BLOCKED: &[&str] = &[
    "spam",
    "blocked",
    "blacklist",
    "block list",
    "blocklist",
    "policy",
    "spf",
    "dkim",
    "dmarc",
    "reputation",
    "relay",
    "denied",
    "not allowed",
    "authentication",
    "banned",
    "reverse dns",
];

fn by_code(phase: Phase, reply: &Reply) -> Class {
    let text = reply.text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match (reply.code, phase) {
        // Before a recipient was named, and where it says so, it is the message that is too large.
        (552, Phase::Mail) => Class::Policy,
        (552, _) if says(TOO_LARGE) => Class::Policy,
        (552, _) => Class::Mailbox,
        (530 | 534 | 535 | 538 | 500..=504 | 521 | 555, _) => Class::Relay,
        (556, Phase::Recipient) => Class::Address,
        (_, Phase::Recipient) if says(BLOCKED) => Class::Policy,
        (550 | 551 | 553, Phase::Recipient) if says(NO_SUCH_USER) => Class::Address,
        // A refusal of one recipient that gives no reason: it fails, and nobody is suppressed.
        (_, Phase::Recipient) => Class::Mailbox,
        _ => Class::Policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(phase: Phase, code: u16, text: &str) -> Class {
        classify(phase, &Reply { code, text: text.into() })
    }

    #[test]
    fn refusals_are_classed_by_whom_they_speak_of() {
        let rcpt = Phase::Recipient;
        for (phase, code, text, expected) in [
            (rcpt, 550, "5.1.1 no such user", Class::Address),
            (rcpt, 550, "No such user here", Class::Address),
            (rcpt, 550, "5.1.2 bad destination", Class::Address),
            (rcpt, 552, "5.2.2 mailbox full", Class::Mailbox),
            (rcpt, 550, "5.2.1 disabled", Class::Mailbox),
            (rcpt, 550, "refused", Class::Mailbox),
            (rcpt, 450, "4.2.0 greylisted", Class::Transient),
            (rcpt, 421, "4.7.28 too fast", Class::Transient),
            (rcpt, 452, "4.3.1 later", Class::Quota),
            (rcpt, 454, "4.4.5 daily quota", Class::Quota),
            (rcpt, 550, "5.4.5 daily user sending limit exceeded", Class::Quota),
            (rcpt, 554, "5.7.1 relay access denied", Class::Policy),
            (rcpt, 550, "blocked, see our list", Class::Policy),
            (Phase::Reply, 550, "5.7.26 unauthenticated", Class::Policy),
            (Phase::Reply, 554, "spam", Class::Policy),
            (Phase::Reply, 550, "5.1.1 no such user", Class::Address),
            (Phase::Mail, 530, "5.7.0 authenticate first", Class::Relay),
            (Phase::Mail, 530, "authenticate first", Class::Relay),
            (Phase::Mail, 550, "5.1.8 bad sender", Class::Policy),
            (Phase::Mail, 553, "sender rejected", Class::Policy),
            (Phase::Data, 503, "5.5.1 out of order", Class::Relay),
            (Phase::Mail, 552, "Message size exceeds maximum permitted", Class::Policy),
            (Phase::Mail, 552, "5.2.3 message is too large; 1000000 bytes max", Class::Policy),
            (Phase::Reply, 552, "Message size exceeds maximum permitted", Class::Policy),
            (Phase::Reply, 552, "5.3.4 message file too big", Class::Policy),
            (Phase::Reply, 552, "exceeded storage allocation", Class::Mailbox),
            (rcpt, 552, "mailbox full", Class::Mailbox),
        ] {
            assert_eq!(class(phase, code, text), expected, "{phase}: {code} {text}");
        }
    }
}
