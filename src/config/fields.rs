//! `[fields]`: the types of merge fields.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::fmt::strtime;
use toml_edit::Item;

use super::Field;
use super::read::Section;
use crate::diag::{Diagnostic, nearest};
use crate::words::Span;

const TYPES: [&str; 5] = ["text", "bool", "number", "date", "list"];

pub(super) fn fields(
    mut section: Section<'_>,
    faults: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Field> {
    let mut fields = BTreeMap::new();
    for name in section.keys() {
        let mut field = section.any_section(&name);
        if let Some(kind) = self::field(&mut field) {
            fields.insert(name, kind);
        }
        field.finish(faults);
    }
    fields
}

fn field(section: &mut Section<'_>) -> Option<Field> {
    let kind = section.needed("type")?;
    match kind.value.as_str() {
        "text" => {
            default(section, "a text", Item::as_str, "").map(|text| Field::Text(text.to_owned()))
        }
        "bool" => default(section, "true or false", Item::as_bool, false).map(Field::Bool),
        "number" => {
            let number = |item: &Item| item.as_float().or(item.as_integer().map(|n| n as f64));
            default(section, "a number", |item| number(item).map(Some), None).map(Field::Number)
        }
        "date" => {
            let default =
                default(section, "a date as \"2023-03-27\"", |item| day(item).map(Some), None);
            let format = section.text("format");
            if let Some(format) = format.as_ref().filter(|format| !tells_day(&format.value)) {
                section.fault(
                    Diagnostic::error(format!("`{}` is no format of a date", format.value))
                        .at(format.span.clone(), "")
                        .hint("`%d.%m.%Y` is 27.03.2023, `%m/%d/%y` is 03/27/23"),
                );
            }
            Some(Field::Date { format: format.map(|format| format.value), default: default? })
        }
        "list" => {
            let default = default(section, "a list of texts", texts, Vec::new());
            let separator = section.text("separator");
            if let Some(empty) = separator.as_ref().filter(|text| text.value.is_empty()) {
                let fault = Diagnostic::error("the separator is empty");
                section.fault(fault.at(empty.span.clone(), "").hint("leave it out for \";\""));
            }
            let separator = separator.map_or_else(|| ";".to_owned(), |text| text.value);
            Some(Field::List { separator, default: default? })
        }
        other => {
            section.fault(no_type(other, kind.span));
            None
        }
    }
}

fn no_type(name: &str, span: Span) -> Diagnostic {
    let fault = Diagnostic::error(format!("`{name}` is no type of a field"))
        .at(span, format!("types: {}", TYPES.join(", ")));
    match nearest(name, TYPES) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault,
    }
}

/// Reads the key `default`; none where it is of another type, which is then told.
fn default<'s, T>(
    section: &mut Section<'s>,
    what: &str,
    read: impl Fn(&'s Item) -> Option<T>,
    absent: T,
) -> Option<T> {
    let Some(item) = section.item("default") else { return Some(absent) };
    let value = read(item);
    if value.is_none() {
        let span = section.key_span("default");
        section.fault(Diagnostic::error(format!("the default must be {what}")).at(span, ""));
    }
    value
}

fn day(item: &Item) -> Option<Date> {
    item.as_str()?.parse().ok()
}

fn texts(item: &Item) -> Option<Vec<String>> {
    item.as_array()?.iter().map(|text| Some(text.as_str()?.to_owned())).collect()
}

/// Says whether a format of `strptime` can say a day: a day written in it is read back.
fn tells_day(format: &str) -> bool {
    let day = date(2023, 3, 27);
    let written = strtime::format(format, day);
    written.is_ok_and(|text| {
        strtime::parse(format, &text).and_then(|read| read.to_date()).is_ok_and(|read| read == day)
    })
}
