//! The rows of the lists, one after the other.
//!
//! Invariant: of all readers, only the one at hand is in memory; of the others no more than the
//! digest of the address.

use std::collections::{BTreeMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use csv::ByteRecord;

use super::field::Parsed;
use super::list::{EMAIL, List, Open};
use super::{Audience, AudienceError, Excluded, FieldValue, Reader};
use crate::diag::Diagnostic;
use crate::words::{Address, Span};
use crate::world::Files;

/// So many rows of a list with a fault are shown; the rest are counted.
const FINDINGS_MAX: usize = 50;

/// A row of a list.
#[derive(Clone, Debug)]
pub enum Row {
    /// Somebody who gets a copy.
    Reader(Reader),
    /// Somebody who gets none.
    Excluded(Excluded),
}

/// Reads the rows of all lists anew, in the order of the lists.
///
/// A list that is not what it was when the audience was read ends it with
/// [`AudienceError::Changed`], at the latest behind the list's last row: nothing that was made of the
/// rows may stand then.
pub struct Rows<'a> {
    audience: &'a Audience,
    files: &'a dyn Files,
    /// The lists that were not begun.
    lists: std::slice::Iter<'a, List>,
    open: Option<(&'a List, Open)>,
    seen: HashSet<u128>,
    record: ByteRecord,
    survey: Option<Survey>,
}

/// What is learned where the lists are read for the first time.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) findings: Vec<Diagnostic>,
    pub(super) digests: Vec<[u8; 32]>,
    /// How many findings the list at hand has.
    count: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(audience: &'a Audience, files: &'a dyn Files, is_first: bool) -> Self {
        Self {
            audience,
            files,
            lists: audience.lists.iter(),
            open: None,
            seen: HashSet::new(),
            record: ByteRecord::new(),
            survey: is_first.then(Survey::default),
        }
    }

    /// Returns what the first reading has shown.
    pub(super) fn into_survey(self) -> Survey {
        self.survey.unwrap_or_default()
    }

    fn step(&mut self) -> Result<Option<Row>, AudienceError> {
        loop {
            if self.open.is_none() {
                let Some(list) = self.lists.next() else { return Ok(None) };
                self.open = Some((list, list.open(self.files)?));
            }
            let Some((list, mut open)) = self.open.take() else { continue };
            let mut record = std::mem::take(&mut self.record);
            if !open.next(&mut record)? {
                self.close(list, &open)?;
                continue;
            }
            let row = self.row(list, &open, &record);
            self.record = record;
            self.open = Some((list, open));
            if row.is_some() {
                return Ok(row);
            }
        }
    }

    fn row(&mut self, list: &List, open: &Open, record: &ByteRecord) -> Option<Row> {
        // The text is UTF-8, so are its columns.
        let columns: Vec<&str> =
            record.iter().map(|column| std::str::from_utf8(column).unwrap_or_default()).collect();
        if columns.iter().all(|column| column.trim().is_empty()) {
            return None;
        }
        let at = list.names.iter().position(|name| name == EMAIL).unwrap_or(0);
        let text = columns.get(at).copied().unwrap_or_default().trim();
        if columns.len() != list.names.len() {
            let (found, wanted) = (columns.len(), list.names.len());
            let what = format!("this row has {found} columns, the header has {wanted}");
            self.tell(|| Diagnostic::warning(what).at(open.line(record), "left out"));
            return Some(excluded(text, "malformed"));
        }
        let address = match Address::parse(text) {
            Ok(address) => address,
            Err(error) => {
                let what = format!("`{}` is no address", shown(text));
                let span = || open.span(record, text);
                self.tell(|| Diagnostic::warning(what).at(span(), error.to_string()));
                return Some(excluded(text, "malformed"));
            }
        };
        if !self.seen.insert(key(&address)) {
            return Some(excluded(text, "duplicate"));
        }
        let fields =
            self.fields(list, &columns, &address, |text: &str| open.span(record, text.trim()));
        let reader = Reader { address, fields };
        match self.audience.why_not(&reader.address) {
            Some(reason) => Some(excluded(&reader.address.to_string(), reason)),
            None => Some(Row::Reader(reader)),
        }
    }

    fn fields(
        &mut self,
        list: &List,
        columns: &[&str],
        address: &Address,
        span: impl Fn(&str) -> Span,
    ) -> BTreeMap<String, FieldValue> {
        let (schema, types) = (&self.audience.schema, &self.audience.types);
        let mut fields: BTreeMap<_, _> =
            schema.fields.keys().map(|name| (name.clone(), types.default(name))).collect();
        for (name, text) in list.names.iter().zip(columns) {
            if !schema.fields.contains_key(name) {
                continue;
            }
            let (value, why) = match types.parse(name, text) {
                Parsed::Empty => (None, None),
                Parsed::Value(value) => (Some(value), None),
                Parsed::Mended(value, why) => (Some(value), Some(why)),
                Parsed::Wrong(why) => (None, Some(why)),
            };
            if let (Some(value), Some(place)) = (value, fields.get_mut(name)) {
                *place = value;
            }
            if let Some(why) = why {
                self.tell(|| value_fault(name, text, why, span(text)));
            }
        }
        fields.insert(EMAIL.to_owned(), FieldValue::Text(address.to_string()));
        fields
    }

    fn tell(&mut self, finding: impl FnOnce() -> Diagnostic) {
        if let Some(survey) = &mut self.survey {
            survey.count += 1;
            if survey.count <= FINDINGS_MAX {
                survey.findings.push(finding());
            }
        }
    }

    fn close(&mut self, list: &List, open: &Open) -> Result<(), AudienceError> {
        let digest = open.digest();
        let Some(survey) = &mut self.survey else {
            return if list.digest == Some(digest) { Ok(()) } else { Err(list.changed()) };
        };
        survey.digests.push(digest);
        let more = survey.count.saturating_sub(FINDINGS_MAX);
        survey.count = 0;
        if more > 0 {
            let what = format!("{more} more rows of `{}` have a fault", list.path);
            survey.findings.push(Diagnostic::warning(what).file(&*list.path));
        }
        Ok(())
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, AudienceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step().transpose();
        if matches!(step, Some(Err(_))) {
            // Nothing comes behind an error.
            (self.open, self.lists) = (None, [].iter());
        }
        step
    }
}

/// What an address is known by: a part of a digest that nobody can make two of.
fn key(address: &Address) -> u128 {
    let digest = digest(&SHA256, address.folded().as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_ref()[..16]);
    u128::from_le_bytes(half)
}

fn excluded(address: &str, reason: &str) -> Row {
    Row::Excluded(Excluded { address: address.to_owned(), reason: reason.to_owned() })
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect::<String>().escape_debug().to_string()
}

fn value_fault(name: &str, text: &str, why: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(format!("`{}` is no value of the field `{name}`", shown(text)))
        .id("field-value")
        .at(span, why)
}
