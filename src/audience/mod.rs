//! Who may get a copy: lists, addresses, fields, suppressions.
//!
//! Invariant: a row is a reader, or is excluded with a reason; none vanishes.

mod field;
mod list;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::{Config, Located};
use crate::diag::{Diagnostic, Faults};
use crate::words::Address;
#[cfg(test)]
use crate::words::Source;
use crate::world::Files;

/// The made-up readers that serve where the lists are kept out of the workspace.
const SAMPLE: &str = "sample";

/// The value of a merge field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Yes or no.
    Bool(bool),
    /// A number; absent, it is null.
    Number(Option<f64>),
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

/// All readers of the newsletter's lists.
#[derive(Clone, Debug, Default)]
pub struct Audience {
    /// The fields.
    pub schema: Schema,
    /// The readers, in the order of the lists.
    pub readers: Vec<Reader>,
    /// The rows that get no copy, with the reason.
    pub excluded: Vec<Excluded>,
    /// How many rows were read.
    pub rows: usize,
    /// What is odd in the rows: malformed addresses, values that are none.
    pub findings: Vec<Diagnostic>,
    /// Whether these are the made-up readers of `sample.csv`, because a list is absent.
    pub is_sample: bool,
}

/// Reads all lists of the newsletter.
///
/// Where a list is absent, the made-up readers of `subscribers/sample.csv` stand for all of them,
/// and [`Audience::is_sample`] says so.
///
/// # Errors
/// If a list cannot be read or its header is wrong, or if there is neither list nor sample.
pub fn read(files: &dyn Files, config: &Config) -> Result<Audience, Faults> {
    let lists = &config.newsletter.lists;
    if lists.is_empty() {
        return Err(no_lists(config).into());
    }
    let absent: Vec<&Located<String>> =
        lists.iter().filter(|list| !files.exists(&path(&list.value))).collect();
    if absent.is_empty() {
        let names = lists.iter().map(|list| list.value.clone()).collect();
        return read_lists(files, config, names);
    }
    if !files.exists(&path(SAMPLE)) {
        let missing = absent.iter().map(|list| missing(list)).collect::<Vec<_>>();
        return Err(missing.into());
    }
    let mut audience = read_lists(files, config, vec![SAMPLE.to_owned()])?;
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

fn read_lists(files: &dyn Files, config: &Config, names: Vec<String>) -> Result<Audience, Faults> {
    let mut audience = Audience::default();
    for (name, field) in &config.fields {
        audience.schema.fields.insert(name.clone(), field::kind(field));
    }
    let mut faults = Faults::default();
    let mut lists = Vec::new();
    for name in &names {
        match files.read_text(&path(name)).map_err(|error| vec![error.into()]) {
            Ok(source) => match list::header(&source) {
                Ok(header) => lists.push((source, header)),
                Err(found) => faults.list.extend(found),
            },
            Err(found) => faults.list.extend(found),
        }
    }
    audience.schema.lists = names;
    lists.iter().for_each(|(_, header)| header.extend(&mut audience));
    let mut seen = BTreeMap::new();
    for (source, header) in &lists {
        list::rows(source, header, &config.fields, &mut audience, &mut seen);
    }
    faults.or(audience)
}

impl Audience {
    /// Takes out the readers whose addresses are suppressed.
    pub fn exclude_suppressed(&mut self, suppressed: &BTreeSet<String>) {
        self.exclude("suppressed", |reader| suppressed.contains(reader.address.folded()));
    }

    /// Takes out all readers but those of `only_to`, unless it is empty.
    pub fn keep_only(&mut self, only_to: &[Address]) {
        if !only_to.is_empty() {
            self.exclude("only_to", |reader| !only_to.contains(&reader.address));
        }
    }

    fn exclude(&mut self, reason: &str, mut goes: impl FnMut(&Reader) -> bool) {
        let (out, readers) = std::mem::take(&mut self.readers).into_iter().partition(|r| goes(r));
        self.readers = readers;
        let out: Vec<Reader> = out;
        self.excluded.extend(out.into_iter().map(|reader| Excluded {
            address: reader.address.to_string(),
            reason: reason.to_owned(),
        }));
    }

    /// Counts the excluded rows with a reason.
    pub fn excluded_for(&self, reason: &str) -> usize {
        self.excluded.iter().filter(|excluded| excluded.reason == reason).count()
    }

    /// Finds a reader by address.
    pub fn reader(&self, address: &Address) -> Option<&Reader> {
        self.readers.iter().find(|reader| reader.address == *address)
    }
}

#[cfg(test)]
fn read_text(source: &Source, config: &Config) -> Result<Audience, Faults> {
    let mut audience = Audience::default();
    for (name, field) in &config.fields {
        audience.schema.fields.insert(name.clone(), field::kind(field));
    }
    let header = list::header(source)?;
    header.extend(&mut audience);
    list::rows(source, &header, &config.fields, &mut audience, &mut BTreeMap::new());
    Ok(audience)
}

#[cfg(test)]
mod tests;
