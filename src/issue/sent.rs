//! Writes `[sent]` into an issue's front matter, and nothing else.

use std::fmt::Write as _;

use super::file::IssueFile;

/// What `[sent]` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// `started`, or `sent` once every copy is settled.
    pub state: &'static str,
    /// When the plan was frozen, as an instant with its offset.
    pub at: String,
    /// The id of the ledger.
    pub ledger: String,
    /// The counts, by name.
    pub counts: Vec<(&'static str, u64)>,
    /// The digest of the frozen content.
    pub content: String,
}

impl Mark {
    /// Returns the file's text with this mark in it, in the place of an earlier one.
    pub fn written_into(&self, file: &IssueFile) -> String {
        let text = file.source.text();
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let front = &text[file.front.range.clone()];
        let (start, end) = earlier(front).unwrap_or((front.len(), front.len()));
        let mut table = self.table().replace('\n', newline);
        if start == front.len() && !front.is_empty() && !front.ends_with('\n') {
            table.insert_str(0, newline);
        }
        format!(
            "{}{table}{}",
            &text[..file.front.range.start + start],
            &text[file.front.range.start + end..]
        )
    }

    fn table(&self) -> String {
        let mut table = String::from("[sent]\n");
        let _ = writeln!(table, "state      = \"{}\"", self.state);
        let _ = writeln!(table, "at         = {}", self.at);
        let _ = writeln!(table, "ledger     = \"{}\"", self.ledger);
        for (name, count) in &self.counts {
            let _ = writeln!(table, "{name:<10} = {count}");
        }
        let _ = writeln!(table, "content    = \"{}\"", self.content);
        table
    }
}

/// The bytes of an earlier `[sent]` in the front matter: from its header to the next one.
fn earlier(front: &str) -> Option<(usize, usize)> {
    let mut start = None;
    let mut offset = 0;
    for line in front.split_inclusive('\n') {
        let head = line.trim();
        match start {
            None if head == "[sent]" => start = Some(offset),
            Some(start) if head.starts_with('[') => return Some((start, offset)),
            _ => {}
        }
        offset += line.len();
    }
    start.map(|start| (start, front.len()))
}
