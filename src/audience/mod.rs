//! Who may get a copy: lists, addresses, fields, suppressions.
//!
//! The lists are read as often as their rows are wanted, one row at a time: first to count and to
//! find faults, then for the checks, then into the plan.
//!
//! Invariant: a row is a reader, or is excluded with a reason; none vanishes. No list, and no more
//! than one reader, is in memory.

mod error;
mod field;
mod list;
mod rows;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Located};
use crate::diag::{Diagnostic, Faults};
use crate::words::Address;
use crate::world::Files;

pub use error::AudienceError;
use list::List;
pub use rows::{Row, Rows};

/// The made-up readers that serve where the lists are kept out of the workspace.
const SAMPLE: &str = "sample";

/// The value of a merge field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Yes or no.
    Bool(bool),
    /// A number; absent, it is null, as a date is.
    Number(Option<f64>),
    /// A date, with the zone of the newsletter. By its name, no text is taken for one.
    Date {
        /// The instant; midnight where only a day was given.
        date: Zoned,
    },
    /// Texts, of which none holds a control character; absent, there are none.
    List(Vec<String>),
    /// Text; absent, it is empty. It holds no control character.
    Text(String),
}

/// The type of a merge field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// A number.
    Number,
    /// A date.
    Date,
    /// Several texts.
    List,
}

/// The fields that a template may name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The type of each field, `email` among them.
    pub fields: BTreeMap<String, FieldKind>,
    /// The names of the lists that they come from, for messages.
    pub lists: Vec<String>,
}

/// A reader: one address with its fields.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The address.
    pub address: Address,
    /// A value for every field of the schema; `email` is the address as it is sent to.
    pub fields: BTreeMap<String, FieldValue>,
}

/// A row that gets no copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The address as it was written.
    pub address: String,
    /// Why: `duplicate`, `malformed`, `suppressed`, `only_to`.
    pub reason: String,
}

/// The readers of the newsletter's lists, counted.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// The fields.
    pub schema: Schema,
    /// How many readers there are.
    pub readers: usize,
    /// How many rows were read.
    pub rows: usize,
    /// What is odd in the rows: malformed addresses, values that are none.
    pub findings: Vec<Diagnostic>,
    /// Whether these are the made-up readers of `sample.csv`, because a list is absent.
    pub is_sample: bool,
    /// How many rows get no copy, by reason.
    excluded: BTreeMap<String, usize>,
    lists: Vec<List>,
    types: field::Types,
    suppressed: BTreeSet<String>,
    only_to: Vec<Address>,
}

/// Reads all lists of the newsletter; readers whose folded address is `suppressed` get no copy.
///
/// Where a list is absent, the made-up readers of `subscribers/sample.csv` stand for all of them,
/// and [`Audience::is_sample`] says so.
///
/// # Errors
/// If a list cannot be read or its header is wrong, or if there is neither list nor sample.
pub fn read(
    files: &dyn Files,
    config: &Config,
    suppressed: &BTreeSet<String>,
) -> Result<Audience, Faults> {
    let lists = &config.newsletter.lists;
    if lists.is_empty() {
        return Err(no_lists(config).into());
    }
    let absent: Vec<&Located<String>> =
        lists.iter().filter(|list| !files.exists(&path(&list.value))).collect();
    if absent.is_empty() {
        let names = lists.iter().map(|list| list.value.clone()).collect();
        return read_lists(files, config, names, suppressed);
    }
    if !files.exists(&path(SAMPLE)) {
        let missing = absent.iter().map(|list| missing(list)).collect::<Vec<_>>();
        return Err(missing.into());
    }
    let mut audience = read_lists(files, config, vec![SAMPLE.to_owned()], suppressed)?;
    audience.is_sample = true;
    audience.findings.extend(absent.iter().map(|list| {
        Diagnostic { severity: crate::diag::Severity::Warning, ..missing(list) }
            .note("the made-up readers of `subscribers/sample.csv` stand in for it")
    }));
    Ok(audience)
}

/// The path of a list.
fn path(list: &str) -> String {
    format!("subscribers/{list}.csv")
}

fn no_lists(config: &Config) -> Diagnostic {
    Diagnostic::error("the newsletter goes to no list")
        .id("list-missing")
        .file(config.source.name())
        .hint("name one in `[newsletter]`: `lists = [\"weekly\"]` is `subscribers/weekly.csv`")
}

fn missing(list: &Located<String>) -> Diagnostic {
    Diagnostic::error(format!("there is no list `{}`", path(&list.value)))
        .id("list-missing")
        .at(list.span.clone(), "")
        .hint("a list is a CSV file whose header names `email`")
}

fn read_lists(
    files: &dyn Files,
    config: &Config,
    names: Vec<String>,
    suppressed: &BTreeSet<String>,
) -> Result<Audience, Faults> {
    let mut audience = Audience {
        types: field::Types {
            fields: config.fields.clone(),
            zone: config.newsletter.time_zone.clone(),
        },
        suppressed: suppressed.clone(),
        only_to: config.delivery.only_to.clone(),
        ..Audience::default()
    };
    for name in config.fields.keys() {
        audience.schema.fields.insert(name.clone(), audience.types.kind(name));
    }
    let mut faults = Faults::default();
    for name in &names {
        match List::survey(files, &path(name)) {
            Ok(list) => audience.lists.push(list),
            Err(found) => faults.list.extend(found.list),
        }
    }
    let mut audience = faults.or(audience)?;
    audience.schema.lists = names;
    for list in &audience.lists {
        list.extend(&mut audience.schema);
    }
    audience.count(files).map_err(Diagnostic::from)?;
    Ok(audience)
}

impl Audience {
    /// Reads the lists for the first time.
    fn count(&mut self, files: &dyn Files) -> Result<(), AudienceError> {
        let mut rows = Rows::new(self, files, true);
        let (mut readers, mut excluded) = (0, BTreeMap::new());
        for row in &mut rows {
            match row? {
                Row::Reader(_) => readers += 1,
                Row::Excluded(row) => *excluded.entry(row.reason).or_insert(0) += 1,
            }
        }
        let survey = rows.into_survey();
        self.findings = survey.findings;
        for (list, digest) in self.lists.iter_mut().zip(survey.digests) {
            list.digest = Some(digest);
        }
        self.rows = readers + excluded.values().sum::<usize>();
        (self.readers, self.excluded) = (readers, excluded);
        Ok(())
    }

    /// Reads the rows once more, one at a time.
    pub fn rows<'a>(&'a self, files: &'a dyn Files) -> Rows<'a> {
        Rows::new(self, files, false)
    }

    /// Reads the readers once more, one at a time.
    pub fn readers<'a>(
        &'a self,
        files: &'a dyn Files,
    ) -> impl Iterator<Item = Result<Reader, AudienceError>> + 'a {
        self.rows(files).filter_map(|row| match row {
            Ok(Row::Reader(reader)) => Some(Ok(reader)),
            Ok(Row::Excluded(_)) => None,
            Err(error) => Some(Err(error)),
        })
    }

    /// Returns the rows that get no copy, with the reason.
    ///
    /// # Errors
    /// As [`Rows`].
    pub fn excluded(&self, files: &dyn Files) -> Result<Vec<Excluded>, AudienceError> {
        if self.excluded.is_empty() {
            return Ok(Vec::new());
        }
        self.rows(files)
            .filter_map(|row| match row {
                Ok(Row::Reader(_)) => None,
                Ok(Row::Excluded(row)) => Some(Ok(row)),
                Err(error) => Some(Err(error)),
            })
            .collect()
    }

    /// Counts the excluded rows with a reason.
    pub fn excluded_for(&self, reason: &str) -> usize {
        self.excluded.get(reason).copied().unwrap_or(0)
    }

    /// Finds a reader by address.
    ///
    /// # Errors
    /// As [`Rows`].
    pub fn reader(
        &self,
        files: &dyn Files,
        address: &Address,
    ) -> Result<Option<Reader>, AudienceError> {
        let is_meant =
            |row: &Result<Reader, _>| row.as_ref().map_or(true, |row| row.address == *address);
        self.readers(files).find(is_meant).transpose()
    }

    /// Why an address on a list gets no copy.
    fn why_not(&self, address: &Address) -> Option<&'static str> {
        if !self.only_to.is_empty() && !self.only_to.contains(address) {
            return Some("only_to");
        }
        self.suppressed.contains(address.folded()).then_some("suppressed")
    }
}

#[cfg(test)]
mod tests;
