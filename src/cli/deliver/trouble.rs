//! Trouble of a send, told when it is new and counted when it is not.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::cli::ui::grouped;
use crate::words::Reply;

/// How many kinds of trouble are told apart; a relay that invents replies is not followed further.
const KINDS_MAX: usize = 100;
/// How many of them are told again at the end.
const SUMMED_UP_MAX: usize = 5;
/// How much of a reply is shown.
const REPLY_CHARS_MAX: usize = 200;

/// What makes trouble the same: where, what became of the copy, and the reply's codes.
type Kind = (String, &'static str, String);

/// The trouble of one send, by kind.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<BTreeMap<Kind, Seen>>);

#[derive(Debug)]
struct Seen {
    copies: u64,
    line: String,
}

impl Troubles {
    /// Counts a copy that was not accepted; returns a line where that is something new.
    pub(super) fn of_copy(
        &self,
        domain: &str,
        outcome: &'static str,
        reply: Option<&Reply>,
    ) -> Option<String> {
        let codes = reply.map_or_else(String::new, |reply| match reply.enhanced() {
            Some((class, subject, detail)) => format!("{} {class}.{subject}.{detail}", reply.code),
            None => reply.code.to_string(),
        });
        let said =
            reply.map_or_else(String::new, |reply| format!(": {}", shown(&reply.to_string())));
        self.count((domain.to_owned(), outcome, codes), format!("{domain} {outcome}{said}"))
    }

    /// Counts something else that went wrong.
    pub(super) fn other(&self, what: &str) -> Option<String> {
        let what = shown(what);
        self.count((String::new(), "", what.clone()), what)
    }

    fn count(&self, kind: Kind, line: String) -> Option<String> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = kinds.get_mut(&kind) {
            seen.copies += 1;
            return None;
        }
        if kinds.len() >= KINDS_MAX {
            return None;
        }
        kinds.insert(kind, Seen { copies: 1, line: line.clone() });
        Some(line)
    }

    /// Tells what happened more than once, the most frequent first.
    pub(super) fn summary(&self) -> Vec<String> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen: Vec<&Seen> = kinds.values().filter(|seen| seen.copies > 1).collect();
        seen.sort_by_key(|seen| std::cmp::Reverse(seen.copies));
        let lines = seen.iter().take(SUMMED_UP_MAX);
        lines.map(|seen| format!("{} times {}", grouped(seen.copies), seen.line)).collect()
    }
}

/// So much of what a relay said; the session has freed that of control characters.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(REPLY_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, text: text.to_owned() }
    }

    #[test]
    fn trouble_is_told_once_and_summed_up() {
        let troubles = Troubles::default();
        let slow = |n| reply(421, &format!("4.7.28 try later, {n}"));
        assert_eq!(
            troubles.of_copy("gmail.com", "deferred", Some(&slow(1))).as_deref(),
            Some("gmail.com deferred: 421 4.7.28 try later, 1")
        );
        assert_eq!(troubles.of_copy("gmail.com", "deferred", Some(&slow(2))), None);
        let other = reply(550, "5.1.1 no such user");
        assert_eq!(
            troubles.of_copy("gmail.com", "failed", Some(&other)).as_deref(),
            Some("gmail.com failed: 550 5.1.1 no such user")
        );
        assert_eq!(troubles.summary(), ["2 times gmail.com deferred: 421 4.7.28 try later, 1"]);
    }

    #[test]
    fn a_relay_that_invents_replies_is_not_followed_for_ever() {
        let troubles = Troubles::default();
        let told = (0..10_000).filter(|n| troubles.other(&format!("odd {n}")).is_some()).count();
        assert_eq!(told, KINDS_MAX);
    }
}
