//! The values of merge fields as lists write them.

use super::{FieldKind, FieldValue};
use crate::config::Field;

/// What a column's text came to.
pub(super) enum Parsed {
    /// There is no value; the field's default holds.
    Empty,
    /// A value.
    Value(FieldValue),
    /// A value in which something had to be replaced.
    Mended(FieldValue, &'static str),
    /// No value of this type; the field's default holds.
    Wrong(&'static str),
}

/// The type that `[fields]` gives a field.
pub(super) fn kind(field: &Field) -> FieldKind {
    match field {
        Field::Text(_) => FieldKind::Text,
        Field::Bool(_) => FieldKind::Bool,
        Field::Number(_) => FieldKind::Number,
    }
}

/// The value of a field that a reader does not have.
pub(super) fn default(kind: FieldKind, field: Option<&Field>) -> FieldValue {
    match (kind, field) {
        (_, Some(Field::Text(text))) => FieldValue::Text(text.clone()),
        (_, Some(Field::Bool(value))) => FieldValue::Bool(*value),
        (_, Some(Field::Number(number))) => FieldValue::Number(*number),
        (FieldKind::Text, None) => FieldValue::Text(String::new()),
        (FieldKind::Bool, None) => FieldValue::Bool(false),
        (FieldKind::Number, None) => FieldValue::Number(None),
    }
}

/// Reads a column's text.
pub(super) fn parse(kind: FieldKind, text: &str) -> Parsed {
    let text = text.trim();
    if text.is_empty() {
        return Parsed::Empty;
    }
    match kind {
        FieldKind::Text => self::text(text),
        FieldKind::Bool => match text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "on" | "x" => Parsed::Value(FieldValue::Bool(true)),
            "false" | "no" | "n" | "0" | "off" => Parsed::Value(FieldValue::Bool(false)),
            _ => Parsed::Wrong("it is neither yes nor no, and counts as empty"),
        },
        FieldKind::Number => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Parsed::Value(FieldValue::Number(Some(number))),
            _ => Parsed::Wrong("it is no number, and counts as empty"),
        },
    }
}

fn text(text: &str) -> Parsed {
    if !text.chars().any(char::is_control) {
        return Parsed::Value(FieldValue::Text(text.to_owned()));
    }
    if text.chars().all(|c| !c.is_control() || matches!(c, '\r' | '\n' | '\t')) {
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        return Parsed::Mended(
            FieldValue::Text(joined),
            "it holds a line break or a tab, which became a space",
        );
    }
    Parsed::Wrong("it holds a control character, and counts as empty")
}
