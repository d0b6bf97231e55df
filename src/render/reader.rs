//! What is left of a template's expression until the reader is known.
//!
//! Invariant: evaluating one cannot fail. Issue data in it was captured when the issue was built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Urls;
use super::scalar::{Helper, Scalar};
use crate::audience::FieldValue;

/// An expression over a reader's fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Expr {
    /// A value that is known already.
    Is(Scalar),
    /// A merge field.
    Field(String),
    /// Where the reader unsubscribes.
    UnsubscribeUrl,
    /// Where the reader changes preferences.
    PreferencesUrl,
    /// What a helper makes of values.
    Call(Helper, Vec<Expr>),
    /// Several, one after the other, as text.
    Join(Vec<Expr>),
    /// The second if the first is true, else the third.
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// What an expression is evaluated against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) fields: &'a BTreeMap<String, FieldValue>,
    pub(super) urls: &'a Urls<'a>,
}

impl Expr {
    /// Returns its value for a reader.
    pub(super) fn value(&self, reader: Reader<'_>) -> Scalar {
        match self {
            Self::Is(value) => value.clone(),
            Self::Field(name) => reader.fields.get(name).map_or(Scalar::Null, Scalar::from),
            Self::UnsubscribeUrl => Scalar::text(reader.urls.unsubscribe),
            Self::PreferencesUrl => reader.urls.preferences.map_or(Scalar::Null, Scalar::text),
            Self::Call(helper, arguments) => {
                let values: Vec<_> = arguments.iter().map(|each| each.value(reader)).collect();
                helper.call(&values)
            }
            Self::Join(parts) => {
                Scalar::Text(parts.iter().map(|part| part.value(reader).print()).collect())
            }
            Self::Choose(condition, yes, no) => match condition.is_true(reader) {
                true => yes.value(reader),
                false => no.value(reader),
            },
        }
    }

    /// Says whether `#if` takes its value for true.
    pub(super) fn is_true(&self, reader: Reader<'_>) -> bool {
        match self {
            // The commonest case, without a copy of the value.
            Self::Field(name) => match reader.fields.get(name) {
                Some(FieldValue::Text(text)) => !text.is_empty(),
                Some(value) => Scalar::from(value).is_true(),
                None => false,
            },
            other => other.value(reader).is_true(),
        }
    }

    /// Says whether it is nothing but a URL of the reader's own.
    pub(super) fn is_url(&self) -> bool {
        matches!(self, Self::UnsubscribeUrl | Self::PreferencesUrl)
    }
}
