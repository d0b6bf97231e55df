//! The lines of a page with what each looks like.

use jiff::Zoned;
use jiff::tz::TimeZone;
use url::Url;

use super::marks::{self, Mark};
use super::repeated::Repeated;
use crate::article::front::web_address;
use crate::article::{byline, date};
use crate::config::Leftovers;

/// A head's line is no longer than this, in words.
const HEAD_WORDS_MAX: usize = 20;
/// A text is hard-wrapped when its lines are about this long, in characters.
const WRAPPED_CHARS: std::ops::RangeInclusive<usize> = 45..=100;

/// What is known of a text's lines beside the text.
#[derive(Clone, Copy)]
pub(in crate::article) struct About<'a> {
    /// The zone of dates that name none.
    pub(in crate::article) zone: &'a TimeZone,
    /// The lines that it shares with other files.
    pub(in crate::article) repeated: &'a Repeated,
    /// The lines that letterpress.toml calls no part of a story.
    pub(in crate::article) leftovers: &'a Leftovers,
}

/// A line that is not blank.
#[derive(Debug)]
pub(super) struct Line {
    /// Its text, with single spaces and without a bullet.
    pub(super) text: String,
    /// Its number in the text, from 1.
    pub(super) number: usize,
    pub(super) words: usize,
    /// Whether it begins with a list's bullet.
    pub(super) bullet: bool,
    /// Whether it ends as a sentence does.
    pub(super) stop: bool,
    pub(super) mark: Option<Mark>,
    pub(super) repeated: bool,
    pub(super) role: Option<Role>,
}

/// What a line of a head says.
#[derive(Debug)]
pub(super) enum Role {
    /// A date, and whether it is called that of an update; there may be a byline before it.
    Date {
        date: Zoned,
        updated: bool,
        byline: Option<String>,
    },
    Byline(String),
    /// An address, and whether the line calls it the source.
    Link {
        url: Url,
        labelled: bool,
    },
}

impl Line {
    fn new(raw: &str, number: usize, about: &About<'_>) -> Self {
        let About { zone, repeated, leftovers } = *about;
        let text = tidy(raw);
        let bare =
            ["* ", "• ", "- ", "+ ", "· ", "▪ "].iter().find_map(|sign| text.strip_prefix(sign));
        let bullet = bare.is_some();
        let repeated = repeated.contains(&text);
        let text = bare.map_or_else(|| text.clone(), |bare| bare.trim_start().to_owned());
        let words = count_words(&text);
        let role = (words <= HEAD_WORDS_MAX).then(|| role(&text, words, zone)).flatten();
        let found = || if role.is_some() { None } else { marks::of(&text, words) };
        let mark = marks::own(&text, leftovers).or_else(found);
        Self { number, words, bullet, stop: marks::has_stop(&text), mark, repeated, role, text }
    }

    /// Says whether it reads as a sentence or several.
    pub(super) fn is_sentence(&self) -> bool {
        let capital = self.text.starts_with(|c: char| !c.is_lowercase());
        let inner = self.stop || marks::has_inner_stop(&self.text);
        (self.words >= 5 && self.stop && capital) || (self.words >= 12 && inner) || self.words >= 24
    }

    /// Why it is left out where it stands outside the story.
    pub(super) fn outside(&self) -> &'static str {
        match &self.mark {
            Some(mark) => mark.rule(),
            None if self.repeated => "repeated in other files",
            None if self.is_sentence() => "text outside the body",
            None => "short line outside the body",
        }
    }
}

/// Makes the lines of a text; a paragraph that was wrapped becomes one line again.
pub(super) fn of(text: &str, about: &About<'_>) -> Vec<Line> {
    let none = Repeated::default();
    let repeated = if is_copy(text, about.repeated) { &none } else { about.repeated };
    let about = About { repeated, ..*about };
    let line = |raw: &str, number| Line::new(raw, number, &about);
    if !is_wrapped(text) {
        let lines = text.lines().enumerate().filter(|(_, raw)| !tidy(raw).is_empty());
        return lines.map(|(at, raw)| line(raw, at + 1)).collect();
    }
    let mut lines = Vec::new();
    let mut paragraph = String::new();
    let mut first = 0;
    for (at, raw) in text.lines().chain([""]).enumerate() {
        let raw = tidy(raw);
        if raw.is_empty() {
            if !paragraph.is_empty() {
                lines.push(line(&paragraph, first));
            }
            paragraph.clear();
            continue;
        }
        if paragraph.is_empty() {
            first = at + 1;
        } else {
            paragraph.push(' ');
        }
        paragraph.push_str(&raw);
    }
    lines
}

/// Puts single spaces for every run of white space, no-break spaces included.
pub(super) fn tidy(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let invisible =
        |c: char| matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}') || (c.is_control() && c != '\t');
    for word in raw.split(char::is_whitespace) {
        let before = text.len();
        text.extend(word.chars().filter(|&c| !invisible(c)));
        if text.len() > before {
            text.push(' ');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Counts words; scripts that put no spaces between them count two signs as one.
fn count_words(text: &str) -> usize {
    let dense = |c: &char| matches!(*c as u32, 0x3040..=0x30ff | 0x3400..=0x9fff | 0xe00..=0xeff);
    let signs = text.chars().filter(dense).count();
    let spaced = text.split(' ').filter(|word| word.contains(char::is_alphanumeric)).count();
    spaced.max(signs / 2)
}

/// Says whether the most of a text stands in another file too: then that is the same article
/// saved twice, and not a page's frame.
fn is_copy(text: &str, repeated: &Repeated) -> bool {
    let (mut all, mut shared) = (0, 0);
    for line in text.lines().map(tidy).filter(|line| count_words(line) >= 12) {
        all += line.len();
        shared += if repeated.contains(&line) { line.len() } else { 0 };
    }
    shared * 2 > all
}

/// Says whether paragraphs were broken into lines of one length, with blank lines between them.
fn is_wrapped(text: &str) -> bool {
    let (mut inner, mut wrapped) = (0, 0);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    for pair in lines.windows(2) {
        if pair[0].is_empty() || pair[1].is_empty() {
            continue;
        }
        inner += 1;
        let length = pair[0].chars().count();
        let open = !pair[0].ends_with(['.', '!', '?', '”', '"', ':']);
        wrapped += usize::from(WRAPPED_CHARS.contains(&length) && (open || length > 60));
    }
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    inner >= 4 && wrapped * 10 >= inner * 7 && longest <= *WRAPPED_CHARS.end()
}

fn role(text: &str, words: usize, zone: &TimeZone) -> Option<Role> {
    link(text).or_else(|| dated(text, zone)).or_else(|| {
        let name = written_by(text, words)?;
        Some(Role::Byline(name.to_owned()))
    })
}

/// A line that is an address, or calls one the source.
fn link(text: &str) -> Option<Role> {
    let (label, address) = text.rsplit_once(' ').unwrap_or(("", text));
    let url = web_address(address.trim_matches(['<', '>', '(', ')']))?;
    let label = label.trim_end_matches([':', ' ']).to_lowercase();
    let labelled = !label.is_empty();
    let known =
        ["source", "link", "url", "permalink", "original", "via", "from", "read the original at"];
    let introduces = known.contains(&label.as_str())
        || (label.contains("published") && label.split(' ').count() <= 6);
    (!labelled || introduces).then_some(Role::Link { url, labelled })
}

/// A line that is a date with at most a label, a byline or a note beside it.
fn dated(text: &str, zone: &TimeZone) -> Option<Role> {
    let (at, date, rest) = date::find(text, zone)?;
    let before = text[..at].trim_matches(|c: char| !c.is_alphanumeric());
    let after = rest.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let label = before.to_lowercase();
    let labels = ["published", "posted", "updated", "date", "created", "on", "modified", "edited"];
    let is_label = label.split(' ').any(|word| labels.contains(&word.trim_end_matches(':')));
    let byline = written_by(before, before.split(' ').count()).map(str::to_owned);
    let quiet = after.is_empty()
        || ["updated", "modified", "edited", "min", "last"].iter().any(|word| after.contains(word));
    let short =
        before.split(' ').count() <= 4 && after.split(' ').count() <= 4 && !marks::has_stop(text);
    if !(label.is_empty() || is_label || byline.is_some() || short) || !(quiet || short) {
        return None;
    }
    let updated = ["updated", "modified", "edited"].iter().any(|word| label.contains(word));
    Some(Role::Date { date, updated: updated && !label.contains("published"), byline })
}

/// The names of a line that begins with `By`.
fn written_by(text: &str, words: usize) -> Option<&str> {
    let name = byline::bare(text);
    let name = name.strip_suffix(" on").unwrap_or(name);
    let opened = name.len() < text.trim().len();
    let end = [" | ", " · ", " • "].iter().filter_map(|sign| name.find(sign)).min();
    let name = name[..end.unwrap_or(name.len())].trim_end_matches([',', ' ', '|', '-', '–']);
    let named = opened
        && (2..=15).contains(&words)
        && name.starts_with(char::is_uppercase)
        && !name.ends_with('.');
    named.then_some(name)
}
