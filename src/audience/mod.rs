//! Who may get a copy: lists, addresses, fields, suppressions.
//!
//! Invariant: a row is a reader, or is excluded with a reason; none vanishes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diag::Diagnostic;
use crate::words::Address;

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
