//! The front matter of an issue.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned, civil};
use toml_edit::{Document, Item};

use super::story::Phrase;
use crate::config::{Checks, Located, Section};
use crate::diag::Diagnostic;
use crate::words::{Period, Source, Span};

const FENCE: &str = "+++";

/// The front matter, as it was read.
#[derive(Clone, Debug)]
pub struct Front {
    /// The subject.
    pub subject: Option<Phrase>,
    /// The preheader.
    pub preheader: Option<Phrase>,
    /// The period.
    pub period: Period,
    /// The slot; none for a special.
    pub slot: Option<Zoned>,
    /// The number.
    pub number: Option<u64>,
    /// The issue's own word on findings.
    pub check: Checks,
    /// Another template than the newsletter's.
    pub template: Option<Located<String>>,
    /// Whether `gather` must add nothing.
    pub freeze: bool,
    /// `[options]`.
    pub options: Vec<(String, toml::Value, Span)>,
    /// `[sent]`.
    pub sent: Option<Sent>,
    /// Between the fences, in bytes of the file.
    pub range: std::ops::Range<usize>,
    /// Behind the closing fence, in bytes of the file.
    pub body_start: usize,
}

/// `[sent]`: Letterpress's own mark that a plan was frozen.
#[derive(Clone, Debug)]
pub struct Sent {
    /// `started` or `sent`.
    pub state: String,
    /// The id of the ledger that knows the copies.
    pub ledger: String,
    /// How many copies that ledger had accepted when it was written.
    pub accepted: u64,
    /// Where it stands.
    pub span: Span,
}

/// Reads the front matter of an issue.
///
/// # Errors
/// All its faults.
pub(super) fn parse(source: &Source, zone: &TimeZone) -> Result<Front, Vec<Diagnostic>> {
    let (range, body_start) = fences(source).map_err(|fault| vec![*fault])?;
    // Blanks in the place of the fence keep every offset that of the file.
    let padded = format!("{}{}", " ".repeat(range.start), &source.text()[range.clone()]);
    let document = Document::parse(padded.as_str()).map_err(|error| {
        let at = error.span().unwrap_or(range.clone());
        let span = source.span(at.start..at.end.max(at.start + 1));
        vec![Diagnostic::error("the front matter is no TOML").at(span, error.message())]
    })?;
    let mut faults = Vec::new();
    let mut root = Section::root(source, document.as_table());
    let reader = FrontReader { source, zone };
    let front = reader.read(&mut root, range, body_start, &mut faults);
    root.finish(&mut faults);
    match front {
        Some(front) if faults.is_empty() => Ok(front),
        _ => Err(faults),
    }
}

/// Finds the fences: the bytes between them, and where the body begins.
fn fences(source: &Source) -> Result<(std::ops::Range<usize>, usize), Box<Diagnostic>> {
    let text = source.text();
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    if first.trim_end() != FENCE {
        let fault = Diagnostic::error("the issue has no front matter")
            .at(source.line(1), "")
            .hint("it begins with a line `+++`, and `letterpress gather` writes it");
        return Err(Box::new(fault));
    }
    let mut offset = first.len();
    for line in text[offset..].split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Ok((first.len()..offset, offset + line.len()));
        }
        offset += line.len();
    }
    let fault = Diagnostic::error("the front matter is not closed")
        .at(source.span(0..FENCE.len()), "opened here")
        .hint("close it with a line `+++`");
    Err(Box::new(fault))
}

struct FrontReader<'a> {
    source: &'a Source,
    zone: &'a TimeZone,
}

impl FrontReader<'_> {
    fn read(
        &self,
        root: &mut Section<'_>,
        range: std::ops::Range<usize>,
        body_start: usize,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Front> {
        root.later(&["approved"]);
        let subject = phrase(root, "subject");
        let preheader = phrase(root, "preheader");
        let from = self.instant(root, "from");
        let until = self.instant(root, "until");
        let slot = self.slot(root);
        let number = root.number("number").map(|number| number.value as u64);
        let template = root.text("template");
        let freeze = root.item("freeze").and_then(Item::as_bool).unwrap_or(false);
        let options = options(root, faults);
        let check = Checks::of_issue(root.section("check"), faults);
        let sent = self.sent(root, faults);
        let (from, until, slot) = (from?, until?, slot?);
        if from >= until {
            let span = root.key_span("until");
            root.fault(Diagnostic::error("the period ends before it begins").at(span, ""));
        }
        let period = Period { from, until };
        Some(Front {
            subject,
            preheader,
            period,
            slot,
            number,
            template,
            freeze,
            options,
            check,
            sent,
            range,
            body_start,
        })
    }

    fn instant(&self, root: &mut Section<'_>, key: &'static str) -> Option<Zoned> {
        let Some(item) = root.item(key) else {
            let place = self.source.line(1);
            root.fault(Diagnostic::error(format!("`{key}` is missing")).at(place, ""));
            return None;
        };
        let zoned = item.as_datetime().and_then(|text| zoned(&text.to_string(), self.zone));
        if zoned.is_none() {
            let span = root.span_of(item);
            root.fault(
                Diagnostic::error(format!("`{key}` is no instant"))
                    .at(span, "")
                    .hint("as in `2023-03-20T00:00:00-04:00`, without quotes"),
            );
        }
        zoned
    }

    /// The slot: an instant, or `"none"`; the outer option tells that it could be read.
    fn slot(&self, root: &mut Section<'_>) -> Option<Option<Zoned>> {
        match root.any("slot") {
            Some(item) if item.as_str() == Some("none") => {
                root.item("slot");
                Some(None)
            }
            None => {
                root.item("slot");
                Some(None)
            }
            Some(_) => self.instant(root, "slot").map(Some),
        }
    }

    fn sent(&self, root: &mut Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Sent> {
        let mut section = root.section("sent");
        if !section.is_present() {
            return None;
        }
        let state = section.needed("state").map(|text| text.value);
        let ledger = section.needed("ledger").map(|text| text.value);
        let accepted = section.number("accepted").map_or(0, |number| number.value as u64);
        for key in ["at", "planned", "failed", "suppressed", "in_doubt", "content"] {
            section.item(key);
        }
        let span = section.place();
        section.finish(faults);
        Some(Sent { state: state?, ledger: ledger?, accepted, span })
    }
}

fn phrase(root: &mut Section<'_>, key: &'static str) -> Option<Phrase> {
    let text = root.text(key)?;
    if text.value.chars().any(|c| c.is_control()) {
        let what = format!("`{key}` holds a line break or another control character");
        root.fault(Diagnostic::error(what).at(text.span, "it stands in a header of the mail"));
        return None;
    }
    Some(Phrase { text: text.value, span: text.span })
}

fn options(
    root: &mut Section<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(String, toml::Value, Span)> {
    let section = root.section("options");
    section.plain_values(faults).into_iter().map(|(key, at)| (key, at.value, at.span)).collect()
}

/// Reads the end of a time: a day is over at its midnight, an instant at once.
pub(super) fn end_of(text: &str, zone: &TimeZone) -> Option<Zoned> {
    match text.parse::<civil::Date>() {
        Ok(day) if !text.contains(['T', ':']) => day.tomorrow().ok()?.to_zoned(zone.clone()).ok(),
        _ => zoned(text, zone),
    }
}

/// Reads an instant with an offset, or a local one in `zone`; a date alone is its day's start.
pub fn zoned(text: &str, zone: &TimeZone) -> Option<Zoned> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.to_zoned(zone.clone()));
    }
    if let Ok(datetime) = text.parse::<civil::DateTime>() {
        return datetime.to_zoned(zone.clone()).ok();
    }
    text.parse::<civil::Date>().ok()?.to_zoned(zone.clone()).ok()
}
