//! Reads tables of TOML, notes what was asked for, and reports what nobody asked for.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, Value};

use super::Located;
use crate::diag::{Diagnostic, nearest};
use crate::words::{Source, Span};

/// A table in the making: every key that is read is noted.
pub(crate) struct Section<'a> {
    source: &'a Source,
    path: String,
    table: Option<&'a dyn TableLike>,
    place: Span,
    asked: Vec<String>,
    later: Vec<&'static str>,
    faults: Vec<Diagnostic>,
}

impl<'a> Section<'a> {
    pub(crate) fn root(source: &'a Source, table: &'a dyn TableLike) -> Self {
        Self::new(source, String::new(), Some(table), source.span(0..0))
    }

    fn new(
        source: &'a Source,
        path: String,
        table: Option<&'a dyn TableLike>,
        place: Span,
    ) -> Self {
        Self { source, path, table, place, asked: vec![], later: vec![], faults: vec![] }
    }

    /// Notes keys that DESIGN promises and this version cannot serve.
    pub(crate) fn later(&mut self, keys: &[&'static str]) {
        self.later.extend(keys);
    }

    pub(crate) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// Where a message about the whole table points.
    pub(crate) fn place(&self) -> Span {
        self.place.clone()
    }

    pub(crate) fn fault(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// All keys, for tables whose names are the user's own.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.table.map_or(vec![], |table| table.iter().map(|(key, _)| key.to_owned()).collect())
    }

    pub(crate) fn item(&mut self, key: &str) -> Option<&'a Item> {
        self.asked.push(key.to_owned());
        self.table?.get(key)
    }

    /// A value under any key; it is the caller's to know the key.
    pub(crate) fn any(&self, key: &str) -> Option<&'a Item> {
        self.table?.get(key)
    }

    pub(crate) fn span_of(&self, item: &Item) -> Span {
        item.span().map_or(self.place(), |range| self.source.span(range))
    }

    pub(crate) fn key_span(&self, key: &str) -> Span {
        self.table
            .and_then(|table| table.get_key_value(key))
            .and_then(|(key, _)| key.span())
            .map_or(self.place(), |range| self.source.span(range))
    }

    /// Hides the value of a key from who is shown `span`.
    pub(crate) fn veiled(&self, key: &str, span: Span) -> Span {
        let value = self.any(key).and_then(Item::span);
        value.map_or(span.clone(), |value| span.veiled(&value))
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<Located<String>> {
        let item = self.item(key)?;
        self.typed(key, item, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// A text that must be there and not be empty.
    pub(crate) fn needed(&mut self, key: &'static str) -> Option<Located<String>> {
        match self.text(key) {
            Some(text) if text.value.trim().is_empty() => {
                self.faults.push(
                    Diagnostic::error(format!("`{}` is empty", self.name(key))).at(text.span, ""),
                );
                None
            }
            None if self.any(key).is_none() => {
                let what = format!("`{}` is missing", self.name(key));
                self.faults.push(Diagnostic::error(what).at(self.place(), ""));
                None
            }
            text => text,
        }
    }

    pub(crate) fn number(&mut self, key: &'static str) -> Option<Located<usize>> {
        let item = self.item(key)?;
        self.typed(key, item, "a whole number from 0", |value| {
            value.as_integer().and_then(|number| usize::try_from(number).ok())
        })
    }

    pub(crate) fn texts(&mut self, key: &str) -> Option<Vec<Located<String>>> {
        let item = self.item(key)?;
        let array = self.typed(key, item, "a list of texts", |value| value.as_array().cloned())?;
        let mut texts = Vec::new();
        for value in &array.value {
            let span = value.span().map_or(array.span.clone(), |range| self.source.span(range));
            match value.as_str() {
                Some(text) => texts.push(Located { value: text.to_owned(), span }),
                None => {
                    let what = format!("`{}` must be a list of texts", self.name(key));
                    self.faults.push(Diagnostic::error(what).at(span, "this is no text"));
                }
            }
        }
        Some(texts)
    }

    /// One text, or a list of them.
    pub(crate) fn text_or_texts(&mut self, key: &str) -> Option<Vec<Located<String>>> {
        match self.any(key)?.as_str() {
            Some(_) => self.text(key).map(|text| vec![text]),
            None => self.texts(key),
        }
    }

    fn typed<T>(
        &mut self,
        key: &str,
        item: &Item,
        kind: &str,
        take: impl Fn(&Value) -> Option<T>,
    ) -> Option<Located<T>> {
        let span = self.span_of(item);
        if let Some(value) = item.as_value().and_then(take) {
            return Some(Located { value, span });
        }
        let what = format!("`{}` must be {kind}", self.name(key));
        self.faults.push(Diagnostic::error(what).at(span, ""));
        None
    }

    /// A table under a key; absent, it is empty.
    pub(crate) fn section(&mut self, key: &'static str) -> Section<'a> {
        let item = self.item(key);
        self.descend(key, item)
    }

    /// A table under a key of the user's own.
    pub(crate) fn any_section(&mut self, key: &str) -> Section<'a> {
        let item = self.any(key);
        self.descend(key, item)
    }

    fn descend(&mut self, key: &str, item: Option<&'a Item>) -> Section<'a> {
        let place = item.map_or(self.place(), |item| self.header_span(key, item));
        let table = item.and_then(Item::as_table_like);
        if item.is_some() && table.is_none() {
            let what = format!("`{}` must be a table", self.name(key));
            self.faults.push(Diagnostic::error(what).at(place.clone(), ""));
        }
        Section::new(self.source, self.name(key), table, place)
    }

    fn header_span(&self, key: &str, item: &Item) -> Span {
        match item {
            Item::Table(table) => {
                table.span().map_or(self.place(), |range| self.source.span(range))
            }
            _ => self.key_span(key),
        }
    }

    /// The tables of an array of tables (`[[key]]`).
    pub(crate) fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let Some(item) = self.item(key) else { return vec![] };
        let Some(tables) = item.as_array_of_tables() else {
            let what = format!("`{key}` must be an array of tables: `[[{key}]]`");
            self.faults.push(Diagnostic::error(what).at(self.key_span(key), ""));
            return vec![];
        };
        tables
            .iter()
            .map(|table| {
                let place = table.span().map_or(self.place(), |range| self.source.span(range));
                Section::new(self.source, self.name(key), Some(table), place)
            })
            .collect()
    }

    /// All values of a table whose names are the user's own.
    pub(crate) fn plain_values(
        mut self,
        faults: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, Located<toml::Value>> {
        let mut values = BTreeMap::new();
        for key in self.keys() {
            let Some(item) = self.any(&key) else { continue };
            let span = self.span_of(item);
            let text = item.as_value().map(|value| format!("v ={value}"));
            let value = text
                .and_then(|text| text.parse::<toml::Table>().ok())
                .and_then(|mut table| table.remove("v"));
            match value {
                Some(value) => {
                    values.insert(key, Located { value, span });
                }
                None => {
                    let what = format!("`{}` must be a plain value", self.name(&key));
                    self.faults.push(Diagnostic::error(what).at(span, ""));
                }
            }
        }
        faults.append(&mut self.faults);
        values
    }

    /// Reports keys that nobody asked for, and gives up the faults found.
    pub(crate) fn finish(mut self, faults: &mut Vec<Diagnostic>) {
        for key in self.keys() {
            if self.asked.contains(&key) {
                continue;
            }
            let name = self.name(&key);
            let span = self.key_span(&key);
            // Under a key that is no key of a relay's, a secret may stand.
            let span = match self.path == "relay" || self.path.starts_with("relay.") {
                true => self.veiled(&key, span),
                false => span,
            };
            let fault = if self.later.contains(&key.as_str()) {
                not_built(&name, span)
            } else {
                self.unknown(&key, &name, span)
            };
            self.faults.push(fault);
        }
        faults.append(&mut self.faults);
    }

    fn unknown(&self, key: &str, name: &str, span: Span) -> Diagnostic {
        let fault = Diagnostic::error(format!("`{name}` is no key of this file")).at(span, "");
        match nearest(key, self.asked.iter().map(String::as_str).chain(self.later.iter().copied()))
        {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.note(format!("known here: {}", self.asked.join(", "))),
        }
    }

    /// The key's whole path.
    pub(crate) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// A key or value whose stage this version does not have.
pub(crate) fn not_built(name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("`{name}` is not built yet"))
        .at(span, "")
        .hint("take the line out; this version would not do what it asks for")
}
