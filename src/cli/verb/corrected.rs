//! What a correction changes, as it is told before anything is replaced.

use serde_json::{Value, json};

use crate::audience::Reader;
use crate::cli::edition::INERT_TOKEN;
use crate::cli::ui::{Tint, Ui, counted};
use crate::delivery::Tally;
use crate::diag::{Line, difference};
use crate::ledger::StoredIssue;
use crate::message::{Content, ContentError};
use crate::render::{self, Merged, Urls};

/// So many lines of the difference are shown.
const SHOWN_MAX: usize = 40;
/// So many lines of a text are compared.
const COMPARED_MAX: usize = 6_000;
/// So many equal lines stand around each difference.
const AROUND: usize = 1;
/// How much of a digest is shown.
const DIGEST_SHOWN: usize = "sha256:".len() + 8;

/// What is replaced by what.
pub struct Change {
    /// What the parts that differ are called in the machine formats; `None` where nobody can say.
    parts: Option<Vec<&'static str>>,
    /// A reader's copy before, if it can still be made.
    before: Option<Merged>,
    /// The same reader's copy after.
    after: Merged,
}

impl Change {
    /// Compares two frozen contents, and takes the copies of the first of some readers whose plain
    /// text differs.
    ///
    /// # Errors
    /// If the new content cannot be read back.
    pub fn between(before: &str, after: &str, readers: &[&Reader]) -> Result<Self, ContentError> {
        let after = Content::thaw(after)?;
        // What another version froze can be replaced all the same.
        let Ok(before) = Content::thaw(before) else {
            let after = copy(&after, readers.first().copied());
            return Ok(Self { parts: None, before: None, after });
        };
        let both = |reader: Option<&Reader>| (copy(&before, reader), copy(&after, reader));
        let mut copies = both(readers.first().copied());
        for reader in readers.iter().skip(1) {
            if copies.0.text != copies.1.text {
                break;
            }
            copies = both(Some(reader));
        }
        let parts = Some(parts(&before, &after));
        Ok(Self { parts, before: Some(copies.0), after: copies.1 })
    }

    /// Tells which parts change, who has the earlier ones, and how the plain text differs.
    pub fn show(&self, stored: &StoredIssue, digest: &str, counts: &Tally, ui: &Ui) {
        let row = |name: &str, value: &str| {
            ui.tell(&format!("  {}{value}", ui.bold(&format!("{name:<11}"))));
        };
        ui.tell("");
        let before = self.before.as_ref();
        match before.filter(|before| before.subject != self.after.subject) {
            Some(before) => {
                row("subject", &before.subject);
                row("becomes", &self.after.subject);
            }
            None => row("subject", &self.after.subject),
        }
        match &self.parts {
            Some(parts) => row("changes", &words(parts)),
            None => row("changes", "unknown: another version of the program froze the content"),
        }
        row("content", &format!("{} becomes {}", short(&stored.digest), short(digest)));
        row("sent", &sent(stored.revision, counts));
        let left = counted(whole(counts.pending + counts.deferred), "copy", "copies");
        row("left", &format!("{left} to be sent, with the fields of the plan"));
        if let Some(before) = before {
            ui.tell("");
            text_lines(&before.text, &self.after.text, ui).iter().for_each(|line| ui.tell(line));
        }
    }

    /// The names of the parts that differ, for machines; null where nobody can say.
    pub fn parts(&self) -> Value {
        json!(self.parts)
    }
}

fn short(digest: &str) -> &str {
    digest.get(..DIGEST_SHOWN).unwrap_or(digest)
}

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A reader's copy, with links that lead nowhere.
fn copy(content: &Content, reader: Option<&Reader>) -> Merged {
    let unsubscribe = content.unsubscribe_url(INERT_TOKEN);
    let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
    let fields = reader.map(|reader| reader.fields.clone()).unwrap_or_default();
    render::merge(&content.compiled, &fields, &urls)
}

/// The names of the parts that differ, as machines know them.
fn parts(before: &Content, after: &Content) -> Vec<&'static str> {
    let sender = |content: &Content| {
        let Content { from, reply_to, return_path, .. } = content.clone();
        (from, reply_to, return_path)
    };
    let unsubscribe =
        |content: &Content| (content.unsubscribe_url.clone(), content.unsubscribe_mailto.clone());
    let others = [
        ("sender", sender(before) != sender(after)),
        ("title", before.title != after.title),
        ("unsubscribe", unsubscribe(before) != unsubscribe(after)),
        ("archive", before.archive != after.archive),
        ("pictures", before.enclosed != after.enclosed),
    ];
    let mut parts = after.compiled.changed(&before.compiled);
    parts.extend(others.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name));
    parts
}

/// The parts as people call them.
fn words(parts: &[&'static str]) -> String {
    let word = |part: &&'static str| match *part {
        "html" => "HTML",
        "text" => "plain text",
        "title" => "the newsletter's title",
        "unsubscribe" => "how readers unsubscribe",
        "archive" => "the address on the web",
        "pictures" => "the pictures that copies carry",
        other => other,
    };
    match parts.is_empty() {
        true => "nothing that readers see".to_owned(),
        false => parts.iter().map(word).collect::<Vec<_>>().join(", "),
    }
}

/// Who has what is corrected.
fn sent(revision: u32, counts: &Tally) -> String {
    let version = if revision == 1 { "the earlier version" } else { "an earlier version" };
    let who = match counts.accepted {
        0 => "no reader has".to_owned(),
        1 => "1 reader has".to_owned(),
        count => format!("{} have", counted(whole(count), "reader", "readers")),
    };
    match counts.in_doubt {
        0 => format!("{who} {version}"),
        count => {
            let doubt = counted(whole(count), "copy", "copies");
            format!("{who} {version}, {doubt} of it in doubt")
        }
    }
}

/// How the plain text differs, a line each.
fn text_lines(before: &str, after: &str, ui: &Ui) -> Vec<String> {
    let one: Vec<&str> = before.lines().take(COMPARED_MAX).collect();
    let other: Vec<&str> = after.lines().take(COMPARED_MAX).collect();
    let found = difference(&one, &other, AROUND);
    if found.is_empty() {
        return vec!["The plain text is the same.".to_owned()];
    }
    let drawn = |line: &Line<'_>| match line {
        Line::Both("") => String::new(),
        Line::Both(text) => format!("    {text}"),
        Line::One(text) => ui.count(&format!("  - {text}"), Tint::Red),
        Line::Other(text) => ui.count(&format!("  + {text}"), Tint::Green),
        Line::Gap(count) => ui.dim(&format!("  … {} as before", counted(*count, "line", "lines"))),
    };
    let mut lines = vec!["The plain text, as one reader gets it:".to_owned()];
    lines.extend(found.iter().take(SHOWN_MAX).map(drawn));
    if found.len() > SHOWN_MAX {
        let more = counted(found.len() - SHOWN_MAX, "more line", "more lines");
        lines.push(ui.dim(&format!("  … {more} of the difference")));
    }
    lines
}
