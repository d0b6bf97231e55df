//! The values of merge fields as lists write them.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

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

const CONTROL: &str = "it holds a control character, and counts as empty";
const JOINED: &str = "it holds a line break or a tab, which became a space";

/// `[fields]`, with the zone that dates are of. A field that is not in it is text.
#[derive(Clone, Debug)]
pub(super) struct Types {
    pub(super) fields: BTreeMap<String, Field>,
    pub(super) zone: TimeZone,
}

impl Default for Types {
    fn default() -> Self {
        Self { fields: BTreeMap::new(), zone: TimeZone::UTC }
    }
}

impl Types {
    /// The type that `[fields]` gives a field.
    pub(super) fn kind(&self, name: &str) -> FieldKind {
        match self.fields.get(name) {
            None | Some(Field::Text(_)) => FieldKind::Text,
            Some(Field::Bool(_)) => FieldKind::Bool,
            Some(Field::Number(_)) => FieldKind::Number,
            Some(Field::Date { .. }) => FieldKind::Date,
            Some(Field::List { .. }) => FieldKind::List,
        }
    }

    /// The value of a field that a reader does not have.
    pub(super) fn default(&self, name: &str) -> FieldValue {
        match self.fields.get(name) {
            None => FieldValue::Text(String::new()),
            Some(Field::Text(text)) => FieldValue::Text(text.clone()),
            Some(Field::Bool(value)) => FieldValue::Bool(*value),
            Some(Field::Number(number)) => FieldValue::Number(*number),
            Some(Field::List { default, .. }) => FieldValue::List(default.clone()),
            Some(Field::Date { default, .. }) => {
                let date = default.and_then(|date| self.midnight(date));
                date.unwrap_or(FieldValue::Number(None))
            }
        }
    }

    /// Reads a column's text.
    pub(super) fn parse(&self, name: &str, text: &str) -> Parsed {
        let text = text.trim();
        if text.is_empty() {
            return Parsed::Empty;
        }
        match self.fields.get(name) {
            None | Some(Field::Text(_)) => self::text(text),
            Some(Field::Bool(_)) => match text.to_lowercase().as_str() {
                "true" | "yes" | "y" | "1" | "on" | "x" => Parsed::Value(FieldValue::Bool(true)),
                "false" | "no" | "n" | "0" | "off" => Parsed::Value(FieldValue::Bool(false)),
                _ => Parsed::Wrong("it is neither yes nor no, and counts as empty"),
            },
            Some(Field::Number(_)) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Parsed::Value(FieldValue::Number(Some(number))),
                _ => Parsed::Wrong("it is no number, and counts as empty"),
            },
            Some(Field::Date { format: Some(format), .. }) => match self.by_format(format, text) {
                Some(date) => Parsed::Value(date),
                None => Parsed::Wrong("it is no date in the field's `format`, and counts as empty"),
            },
            Some(Field::Date { format: None, .. }) => match self.iso(text) {
                Some(date) => Parsed::Value(date),
                None => Parsed::Wrong("it is no date as 2023-03-27, and counts as empty"),
            },
            Some(Field::List { separator, .. }) => list(text, separator),
        }
    }

    fn midnight(&self, date: Date) -> Option<FieldValue> {
        let date = date.to_zoned(self.zone.clone()).ok()?;
        Some(FieldValue::Date { date })
    }

    /// A date or an instant as ISO 8601 writes them.
    fn iso(&self, text: &str) -> Option<FieldValue> {
        let date = match (text.parse::<Zoned>(), text.parse::<Timestamp>()) {
            (Ok(zoned), _) => zoned.with_time_zone(self.zone.clone()),
            (_, Ok(instant)) => instant.to_zoned(self.zone.clone()),
            _ => text.parse::<DateTime>().ok()?.to_zoned(self.zone.clone()).ok()?,
        };
        Some(FieldValue::Date { date })
    }

    /// A date in a format of `strptime`; without a time, it is midnight, without a zone, the
    /// newsletter's.
    fn by_format(&self, format: &str, text: &str) -> Option<FieldValue> {
        let read = strtime::parse(format, text).ok()?;
        if let Ok(instant) = read.to_timestamp() {
            return Some(FieldValue::Date { date: instant.to_zoned(self.zone.clone()) });
        }
        let date = read.to_date().ok()?;
        let date = match read.to_time() {
            Ok(time) => date.to_datetime(time).to_zoned(self.zone.clone()).ok()?,
            Err(_) => return self.midnight(date),
        };
        Some(FieldValue::Date { date })
    }
}

fn text(text: &str) -> Parsed {
    match plain(text) {
        None => Parsed::Wrong(CONTROL),
        Some(joined) if joined != text => Parsed::Mended(FieldValue::Text(joined), JOINED),
        Some(text) => Parsed::Value(FieldValue::Text(text)),
    }
}

fn list(text: &str, separator: &str) -> Parsed {
    let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
    let Some(values) = parts.clone().map(plain).collect::<Option<Vec<_>>>() else {
        return Parsed::Wrong(CONTROL);
    };
    match values.iter().map(String::as_str).eq(parts) {
        true => Parsed::Value(FieldValue::List(values)),
        false => Parsed::Mended(FieldValue::List(values), JOINED),
    }
}

/// A text in one line; none if it holds control characters that no line has.
fn plain(text: &str) -> Option<String> {
    if !text.chars().any(char::is_control) {
        return Some(text.to_owned());
    }
    let is_line = text.chars().all(|c| !c.is_control() || matches!(c, '\r' | '\n' | '\t'));
    is_line.then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}
