//! TOML front matter, value by value as it was written.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::{Node, Shape, fault};
use crate::diag::Diagnostic;
use crate::words::Source;

pub(super) fn parse(
    source: &Source,
    range: Range<usize>,
) -> Result<Vec<(String, Node)>, Diagnostic> {
    let text = &source.text()[range.clone()];
    let document = Document::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        let span = source.span(range.start + at.start..range.start + at.end);
        fault("TOML", span, error.message().lines().next().unwrap_or_default())
    })?;
    Ok(entries(text, range.start, document.as_table()))
}

fn entries(text: &str, start: usize, table: &dyn TableLike) -> Vec<(String, Node)> {
    table.iter().map(|(key, item)| (key.to_owned(), node(text, start, item))).collect()
}

fn node(text: &str, start: usize, item: &Item) -> Node {
    let at = item.span().unwrap_or(0..0);
    let shape = match item {
        Item::None => Shape::Nothing,
        Item::Value(value) => shape(text, start, value),
        Item::Table(table) => Shape::Table(entries(text, start, table)),
        Item::ArrayOfTables(tables) => {
            let tables = tables.iter().map(|table| Node {
                shape: Shape::Table(entries(text, start, table)),
                range: shifted(start, table.span()),
            });
            Shape::List(tables.collect())
        }
    };
    Node { shape, range: shifted(start, Some(at)) }
}

fn shape(text: &str, start: usize, value: &Value) -> Shape {
    match value {
        Value::String(string) => Shape::Text(string.value().clone()),
        Value::Datetime(date) => Shape::Text(date.value().to_string()),
        Value::Array(array) => {
            let values = array.iter().map(|value| Node {
                shape: shape(text, start, value),
                range: shifted(start, value.span()),
            });
            Shape::List(values.collect())
        }
        Value::InlineTable(table) => Shape::Table(entries(text, start, table)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {
            let written = value.span().and_then(|at| text.get(at));
            Shape::Text(written.map_or_else(|| value.to_string(), str::to_owned))
        }
    }
}

fn shifted(start: usize, at: Option<Range<usize>>) -> Range<usize> {
    let at = at.unwrap_or(0..0);
    start + at.start..start + at.end
}
