//! Stories that must not be sent and stand in an issue as another source's copy of them.

use std::collections::HashMap;

use jiff::Zoned;

use super::file::IssueFile;
use crate::article::{Record, canonical};
use crate::diag::Diagnostic;

/// Finds lines of an issue whose story, under another name, was taken back or must wait: by its
/// address on the web, or by its very text. What an article says of itself is not looked at here.
pub fn withheld(file: &IssueFile, records: &[Record]) -> Vec<Diagnostic> {
    let out = file.front.slot.as_ref().unwrap_or(&file.front.period.until);
    let withheld: Vec<&Record> = records.iter().filter(|record| is_withheld(record, out)).collect();
    if withheld.is_empty() {
        return Vec::new();
    }
    let by_path: HashMap<&str, &Record> =
        records.iter().map(|record| (record.name.as_str(), record)).collect();
    let sections = file.sections.iter().filter(|section| !section.is_left_out());
    let sent = sections.flat_map(|section| &section.items).filter(|item| item.is_ticked);
    let found = sent.filter_map(|item| {
        let record = by_path.get(item.target.as_str()).copied();
        if record.is_some_and(|record| is_withheld(record, out)) {
            return None;
        }
        let outside = item.is_outside().then_some(item.target.as_str());
        let page = record.and_then(|record| record.link.as_deref()).or(outside).map(canonical);
        let text = record.and_then(|record| record.digest.as_deref());
        let is_same = |other: &&&Record| {
            let link = other.link.as_deref().map(canonical);
            (page.is_some() && page == link) || (text.is_some() && text == other.digest.as_deref())
        };
        let other = withheld.iter().find(is_same)?;
        let (id, why) = match other.retracted {
            true => ("story-retracted", "was retracted"),
            false => ("story-embargoed", "must not be sent yet"),
        };
        let what = format!("this story is that of `{}`, which {why}", other.name);
        Some(Diagnostic::error(what).id(id).at(item.label.clone(), "").hint("take the line out"))
    });
    found.collect()
}

fn is_withheld(record: &Record, out: &Zoned) -> bool {
    let out = out.timestamp();
    record.retracted || record.embargo.is_some_and(|embargo| embargo > out)
}
