//! Log lines of a send, which `-v` asks for: a line for each copy that came to another state.
//!
//! Invariant: unless the user asks for addresses, none stands in a line, not even in what a relay
//! said; a reader is the same hash in every issue of a newsletter.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;

use super::trouble::shown;
use crate::cli::args::LogFormat;
use crate::words::{Address, CopyId, CopyState, Reply};

/// How many bytes of the hash name a reader.
const HASH_BYTES: usize = 6;

/// How log lines are written.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) format: LogFormat,
    pub(super) names_addresses: bool,
    /// The newsletter's id: readers of another have other hashes.
    pub(super) newsletter: String,
}

impl Log {
    /// What a reader is called in a line.
    pub(super) fn reader(&self, address: &Address) -> String {
        if self.names_addresses {
            return address.to_string();
        }
        let text = format!("{}\n{}", self.newsletter, address.folded());
        let hash = digest(&SHA256, text.as_bytes());
        let hash: String =
            hash.as_ref()[..HASH_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hash}@{}", address.domain())
    }

    /// Takes addresses out of what a relay said: the reader's, or, where it is not known whom it
    /// speaks of, every one.
    pub(super) fn hidden(&self, text: &str, reader: Option<&Address>) -> String {
        if self.names_addresses || !text.contains('@') {
            return shown(text);
        }
        let words = text.split_inclusive(' ').map(|word| match reader {
            Some(address) => self.word(word, address),
            None if word.contains('@') => "(an address) ".to_owned(),
            None => word.to_owned(),
        });
        shown(words.collect::<String>().trim_end())
    }

    fn word(&self, word: &str, address: &Address) -> String {
        let lower = word.to_lowercase();
        let spellings = [address.to_string().to_lowercase(), address.folded().to_owned()];
        match spellings.iter().find(|spelling| lower.contains(spelling.as_str())) {
            Some(found) => lower.replace(found, &self.reader(address)),
            None => word.to_owned(),
        }
    }

    /// A line about a copy.
    pub(super) fn copy(
        &self,
        at: &str,
        copy: CopyId,
        address: Option<&Address>,
        state: CopyState,
        reply: Option<&Reply>,
    ) -> String {
        let reader = address.map_or_else(|| "an unknown reader".to_owned(), |a| self.reader(a));
        let said = reply.map(|reply| self.hidden(&reply.to_string(), address));
        let outcome = state.name();
        match self.format {
            LogFormat::Text => {
                let said = said.map_or_else(String::new, |said| format!(": {said}"));
                format!("{at} copy {copy} to {reader} {outcome}{said}")
            }
            LogFormat::Json => json!({
                "at": at, "event": "copy", "copy": copy.to_string(), "reader": reader,
                "outcome": outcome, "reply": said,
            })
            .to_string(),
        }
    }

    /// A line about something else.
    pub(super) fn other(&self, at: &str, event: &str, what: &str) -> String {
        let what = self.hidden(what, None);
        match self.format {
            LogFormat::Text => format!("{at} {event}: {what}"),
            LogFormat::Json => json!({ "at": at, "event": event, "what": what }).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(format: LogFormat, names_addresses: bool) -> Log {
        Log { format, names_addresses, newsletter: "weekly".to_owned() }
    }

    #[test]
    fn an_address_stands_in_no_line_unless_it_was_asked_for() {
        let ann = Address::parse("Ann.Lee@Example.org").unwrap();
        let copy: CopyId = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        let text = "5.1.1 <Ann.Lee@Example.org>: user ANN.LEE@example.ORG is unknown";
        let reply = Reply { code: 550, text: text.to_owned() };
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = |names| {
                log(format, names).copy("now", copy, Some(&ann), CopyState::Failed, Some(&reply))
            };
            assert!(!line(false).to_lowercase().contains("ann.lee"), "{}", line(false));
            assert!(line(false).contains("550 5.1.1"), "{}", line(false));
            assert!(line(true).contains("Ann.Lee@"), "{}", line(true));
        }
    }

    #[test]
    fn an_address_is_taken_out_before_a_long_text_is_cut() {
        let ann = Address::parse("ann.lee@example.org").unwrap();
        for before in 150..220 {
            let text = format!("{} <ann.lee@example.org> is unknown", "x".repeat(before));
            for reader in [Some(&ann), None] {
                let hidden = log(LogFormat::Text, false).hidden(&text, reader);
                assert!(!hidden.contains("ann"), "{hidden}");
            }
        }
    }

    #[test]
    fn a_reader_is_another_in_another_newsletter() {
        let ann = Address::parse("ann@example.org").unwrap();
        let own = log(LogFormat::Text, false);
        let other = Log { newsletter: "daily".to_owned(), ..own.clone() };
        assert_eq!(own.reader(&ann), own.reader(&Address::parse("ann@example.org").unwrap()));
        assert_ne!(own.reader(&ann), other.reader(&ann));
    }
}
