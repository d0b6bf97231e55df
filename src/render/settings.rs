//! `template.toml`, and the values that newsletter and issue give its options.

mod options;
mod words;

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike, Value as Toml};
use url::Url;

use super::mjml::colors;
use super::picture::Pictures;
use super::shape::Shape;
use super::value::Value;
use crate::config::Located;
use crate::diag::{Diagnostic, nearest};
use crate::words::{Source, Span};

pub(super) use words::Words;

const KEYS: [&str; 7] = ["description", "colors", "dark", "fonts", "logo", "social", "options"];

/// What a template says of itself: the shape and the value of `template`.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) shape: Shape,
    pub(super) value: Value,
}

/// A value that newsletter or issue give an option.
pub(super) struct Override<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a toml::Value,
    pub(super) span: &'a Span,
}

/// Lists what newsletter and issue set, the issue's last, which wins.
pub(super) fn overrides<'a>(
    config: &'a BTreeMap<String, Located<toml::Value>>,
    issue: &'a [(String, toml::Value, Span)],
) -> Vec<Override<'a>> {
    let config = config.iter().map(|(name, located)| Override {
        name,
        value: &located.value,
        span: &located.span,
    });
    let issue = issue.iter().map(|(name, value, span)| Override { name, value, span });
    config.chain(issue).collect()
}

/// Reads `template.toml` and lays the overrides over its options.
///
/// # Errors
/// All faults of the file and of the overrides.
pub(super) fn read(
    source: Option<&Source>,
    words: &Words,
    name: &str,
    overrides: &[Override<'_>],
    pictures: &Pictures<'_>,
) -> Result<Settings, Vec<Diagnostic>> {
    let empty = Source::new(format!("templates/{name}/template.toml"), "");
    let source = source.unwrap_or(&empty);
    let document = Document::parse(source.text()).map_err(|error| vec![syntax(source, &error)])?;
    let mut reader = Reader { source, pictures, faults: Vec::new() };
    let settings = reader.settings(document.as_table(), words, overrides);
    match reader.faults.is_empty() {
        true => Ok(settings),
        false => Err(reader.faults),
    }
}

fn syntax(source: &Source, error: &toml_edit::TomlError) -> Diagnostic {
    let what = format!("`{}` is no TOML", source.name());
    match error.span() {
        Some(range) => {
            let end = range.end.max(range.start + 1);
            Diagnostic::error(what).at(source.span(range.start..end), error.message())
        }
        None => Diagnostic::error(what).file(source.name()).note(error.message()),
    }
}

struct Reader<'a> {
    source: &'a Source,
    pictures: &'a Pictures<'a>,
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn fault(&mut self, what: impl Into<String>, span: Span, label: impl Into<String>) {
        self.faults.push(Diagnostic::error(what).at(span, label));
    }

    fn span(&self, item: &Item) -> Span {
        self.source.span(item.span().unwrap_or(0..0))
    }

    fn key_span(&self, table: &dyn TableLike, key: &str) -> Span {
        let range = table.get_key_value(key).and_then(|(key, _)| key.span());
        self.source.span(range.unwrap_or(0..0))
    }

    fn known(&mut self, table: &dyn TableLike, keys: &[&str]) {
        for (key, _) in table.iter() {
            if !keys.contains(&key) {
                let span = self.key_span(table, key);
                let mut fault = Diagnostic::error(format!("there is no key `{key}` here"))
                    .at(span, format!("keys: {}", keys.join(", ")));
                if let Some(near) = nearest(key, keys.iter().copied()) {
                    fault = fault.hint(format!("did you mean `{near}`?"));
                }
                self.faults.push(fault);
            }
        }
    }

    fn table<'t>(&mut self, table: &'t dyn TableLike, key: &str) -> Option<&'t dyn TableLike> {
        let item = table.get(key)?;
        let found = item.as_table_like();
        if found.is_none() {
            self.fault(format!("`{key}` must be a table"), self.span(item), "");
        }
        found
    }

    fn settings(
        &mut self,
        table: &dyn TableLike,
        words: &Words,
        overrides: &[Override<'_>],
    ) -> Settings {
        self.known(table, &KEYS);
        let colors = self.table(table, "colors").map(|colors| self.texts(colors, true));
        let dark = self.table(table, "dark").map(|dark| self.texts(dark, true));
        self.paired(table);
        let fonts = self.table(table, "fonts").map(|fonts| self.texts(fonts, false));
        let logo = self.table(table, "logo").map(|logo| self.logo(logo));
        let social = self.social(table);
        let options = self.table(table, "options");
        let mut words = self.words(words);
        let (option_shapes, option_values) = self.options(options, &mut words, overrides);
        let word_shapes = words.keys().map(|name| (name.clone(), Shape::Text));
        let trusted = |texts: &Option<Vec<(String, Value)>>, of: &'static str| {
            let names = texts.iter().flatten().map(|(name, value)| {
                let shape = match value {
                    Value::List(_) => Shape::list(Shape::Trusted),
                    _ => Shape::Trusted,
                };
                (name.clone(), shape)
            });
            Shape::map(of, names)
        };
        let shape = Shape::map(
            "the template",
            [
                ("colors", trusted(&colors, "the template's colors")),
                ("dark", trusted(&dark, "the template's dark colors")),
                ("fonts", trusted(&fonts, "the template's fonts")),
                ("logo", logo_shape()),
                ("social", Shape::list(social_shape())),
                ("options", Shape::map("the template's options", option_shapes)),
                ("words", Shape::map("the template's words", word_shapes)),
            ],
        );
        let value = Value::map([
            ("colors", Value::map(colors.unwrap_or_default())),
            ("dark", Value::map(dark.unwrap_or_default())),
            ("fonts", Value::map(fonts.unwrap_or_default())),
            ("logo", logo.unwrap_or(Value::NULL)),
            ("social", Value::list(social)),
            ("options", Value::map(option_values)),
            ("words", Value::map(words.into_iter().map(|(name, word)| (name, Value::text(word))))),
        ]);
        Settings { shape, value }
    }

    /// Holds the colors of the dark to those of the light: a misspelt one would never be named.
    fn paired(&mut self, table: &dyn TableLike) {
        let names = |key: &str| table.get(key).and_then(Item::as_table_like);
        let (Some(light), Some(dark)) = (names("colors"), names("dark")) else { return };
        let lights: Vec<&str> = light.iter().map(|(name, _)| name).collect();
        for (name, _) in dark.iter().filter(|(name, _)| !light.contains_key(name)) {
            if let Some(near) = nearest(name, lights.iter().copied()) {
                let what = format!("`dark.{name}` belongs to no color of the light");
                let fault = Diagnostic::error(what).at(self.key_span(dark, name), "");
                self.faults.push(fault.hint(format!("did you mean `{near}`?")));
            }
        }
    }

    /// Reads a table of texts, or of colors.
    fn texts(&mut self, table: &dyn TableLike, colors: bool) -> Vec<(String, Value)> {
        let mut texts = Vec::new();
        for (key, item) in table.iter() {
            if let Some(list) = item.as_array().filter(|_| !colors) {
                let list: Option<Vec<_>> = list.iter().map(Toml::as_str).collect();
                if let Some(list) = list {
                    let value = match key {
                        // Fonts of the web, which a template goes through one by one.
                        "web" => Value::list(list.into_iter().map(Value::text).collect()),
                        _ => Value::text(stack(&list)),
                    };
                    texts.push((key.to_owned(), value));
                    continue;
                }
            }
            match item.as_str() {
                Some(text) if colors && !is_color(text) => {
                    let what = format!("`{text}` is no color");
                    self.fault(what, self.span(item), "a color is written `#17593F`");
                }
                Some(text) => texts.push((key.to_owned(), Value::text(text))),
                None => self.fault(format!("`{key}` must be a text"), self.span(item), ""),
            }
        }
        texts
    }

    fn logo(&mut self, table: &dyn TableLike) -> Value {
        self.known(table, &["light", "dark", "alt", "width", "href"]);
        let text = |key: &str| table.get(key).and_then(Item::as_str);
        let picture = |key: &str| text(key).and_then(|src| self.pictures.address(src));
        let width = table.get("width").and_then(Item::as_integer);
        let width = width.and_then(|width| usize::try_from(width).ok());
        if let Some(item) = table.get("width").filter(|_| width.is_none()) {
            self.fault("`logo.width` must be a whole number", self.span(item), "in pixels: `120`");
        }
        let value = Value::map([
            ("light", Value::optional(picture("light"))),
            ("dark", Value::optional(picture("dark"))),
            ("alt", Value::text(text("alt").unwrap_or_default())),
            ("width", width.map_or(Value::NULL, Value::number)),
            ("href", Value::optional(text("href"))),
        ]);
        for key in ["light", "width"] {
            if table.get(key).is_none() {
                let span = self.source.span(table_span(table));
                self.fault(format!("`logo.{key}` is missing"), span, "");
            }
        }
        value
    }

    fn social(&mut self, table: &dyn TableLike) -> Vec<Value> {
        let Some(item) = table.get("social") else { return Vec::new() };
        let Some(tables) = item.as_array_of_tables() else {
            self.fault("`social` must be written `[[social]]`", self.span(item), "");
            return Vec::new();
        };
        let mut values = Vec::new();
        for table in tables {
            self.known(table, &["name", "url"]);
            let text = |key: &str| table.get(key).and_then(Item::as_str);
            let url = text("url").and_then(|url| Url::parse(url).ok());
            match (text("name"), url) {
                (Some(name), Some(url)) => values
                    .push(Value::map([("name", Value::text(name)), ("url", Value::text(url))])),
                (Some(_), None) if table.contains_key("url") => {
                    let span = table.get("url").map(|item| self.span(item));
                    let span = span.unwrap_or_else(|| self.source.line(1));
                    let label = "it is written whole, as `https://social.example/@us`";
                    self.fault("this is no address", span, label);
                }
                _ => {
                    let span = self.source.span(table.span().unwrap_or(0..0));
                    self.fault("`[[social]]` needs `name` and `url`", span, "");
                }
            }
        }
        values
    }
}

/// A stack of fonts as CSS writes it; a name of several words stands in quotes.
fn stack(fonts: &[&str]) -> String {
    let quoted = |font: &&str| match font.contains(' ') && !font.starts_with(['"', '\'']) {
        true => format!("'{font}'"),
        false => (*font).to_owned(),
    };
    fonts.iter().map(quoted).collect::<Vec<_>>().join(", ")
}

fn table_span(table: &dyn TableLike) -> std::ops::Range<usize> {
    let first = table.iter().next().and_then(|(key, _)| table.get_key_value(key));
    first.and_then(|(key, _)| key.span()).unwrap_or(0..0)
}

fn is_color(text: &str) -> bool {
    match text.strip_prefix('#') {
        Some(digits) => {
            matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit())
        }
        None => colors::is_name(text),
    }
}

fn logo_shape() -> Shape {
    Shape::map(
        "the logo",
        [
            ("light", Shape::Url),
            ("dark", Shape::Url),
            ("alt", Shape::Text),
            ("width", Shape::Number),
            ("href", Shape::Url),
        ],
    )
}

fn social_shape() -> Shape {
    Shape::map("a social link", [("name", Shape::Text), ("url", Shape::Url)])
}
