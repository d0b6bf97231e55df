//! A template's options: what it declares, what newsletter and issue set.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, Value as Toml};

use super::{Override, Reader, is_color};
use crate::diag::{Diagnostic, nearest};
use crate::render::part::is_safe_url;
use crate::render::scalar::Scalar;
use crate::render::shape::Shape;
use crate::render::value::Value;

const KINDS: [&str; 6] = ["text", "bool", "number", "url", "color", "choice"];

type Shapes = Vec<(String, Shape)>;
type Values = Vec<(String, Value)>;

/// An option as the template declares it.
struct Declared<'d> {
    kind: &'d str,
    choices: Vec<&'d str>,
}

impl Reader<'_> {
    pub(super) fn options(
        &mut self,
        table: Option<&dyn TableLike>,
        words: &mut BTreeMap<String, String>,
        overrides: &[Override<'_>],
    ) -> (Shapes, Values) {
        let (mut shapes, mut values) = (Vec::new(), Vec::new());
        let mut declared = BTreeMap::new();
        for (name, item) in table.into_iter().flat_map(TableLike::iter) {
            let Some(option) = item.as_table_like() else {
                self.fault(format!("`options.{name}` must be a table"), self.span(item), "");
                continue;
            };
            let Some((is, default)) = self.declared(name, option, item) else { continue };
            shapes.push((name.to_owned(), shape_of(is.kind)));
            values.push((name.to_owned(), default));
            declared.insert(name, is);
        }
        for over in overrides {
            if let (Some(word), false) =
                (words.get_mut(over.name), declared.contains_key(over.name))
            {
                match over.value.as_str() {
                    Some(text) => text.clone_into(word),
                    None => {
                        let what = format!("option `{}` must be a text", over.name);
                        self.fault(what, over.span.clone(), "");
                    }
                }
                continue;
            }
            let Some(is) = declared.get(over.name) else {
                let words = words.keys().map(String::as_str);
                self.unknown_option(over, declared.keys().copied().chain(words));
                continue;
            };
            match typed(is, &Given::of(over.value)) {
                Ok(value) => values.push((over.name.to_owned(), value)),
                Err(want) => {
                    let what = format!("option `{}` must be {want}", over.name);
                    self.fault(what, over.span.clone(), "");
                }
            }
        }
        (shapes, values)
    }

    fn unknown_option<'n>(&mut self, over: &Override<'_>, names: impl Iterator<Item = &'n str>) {
        let names: Vec<&str> = names.collect();
        let label = match names.is_empty() {
            true => "it has none".to_owned(),
            false => format!("options: {}", names.join(", ")),
        };
        let mut fault = Diagnostic::error(format!("the template has no option `{}`", over.name))
            .at(over.span.clone(), label);
        if let Some(near) = nearest(over.name, names) {
            fault = fault.hint(format!("did you mean `{near}`?"));
        }
        self.faults.push(fault);
    }

    fn declared<'d>(
        &mut self,
        name: &str,
        option: &'d dyn TableLike,
        item: &Item,
    ) -> Option<(Declared<'d>, Value)> {
        self.known(option, &["type", "default", "choices", "help"]);
        let text = |key: &str| option.get(key).and_then(Item::as_str);
        let Some(kind) = text("type").filter(|kind| KINDS.contains(kind)) else {
            let span = option.get("type").map_or(self.span(item), |item| self.span(item));
            let what = format!("`options.{name}.type` must be one of {}", KINDS.join(", "));
            self.fault(what, span, "");
            return None;
        };
        let choices = option.get("choices").and_then(Item::as_array);
        let choices = choices.into_iter().flatten().filter_map(Toml::as_str).collect();
        let is = Declared { kind, choices };
        if kind == "choice" && (is.choices.is_empty() || option.get("default").is_none()) {
            let what = format!("`options.{name}` needs `choices` and a `default` of them");
            self.fault(what, self.span(item), "");
            return None;
        }
        let default = match option.get("default").and_then(Item::as_value) {
            None if kind == "bool" => Value::bool(false),
            None => Value::NULL,
            Some(value) => match typed(&is, &Given::of_edit(value)) {
                Ok(value) => value,
                Err(want) => {
                    let span = self.source.span(value.span().unwrap_or(0..0));
                    self.fault(format!("`options.{name}.default` must be {want}"), span, "");
                    return None;
                }
            },
        };
        Some((is, default))
    }
}

/// A value of TOML, whichever crate read it.
enum Given<'a> {
    Text(&'a str),
    Bool(bool),
    Number(f64),
    Other,
}

impl<'a> Given<'a> {
    fn of(value: &'a toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text),
            toml::Value::Boolean(value) => Self::Bool(*value),
            toml::Value::Integer(number) => Self::Number(*number as f64),
            toml::Value::Float(number) => Self::Number(*number),
            _ => Self::Other,
        }
    }

    fn of_edit(value: &'a Toml) -> Self {
        match value {
            Toml::String(text) => Self::Text(text.value()),
            Toml::Boolean(value) => Self::Bool(*value.value()),
            Toml::Integer(number) => Self::Number(*number.value() as f64),
            Toml::Float(number) => Self::Number(*number.value()),
            _ => Self::Other,
        }
    }
}

fn typed(is: &Declared<'_>, given: &Given<'_>) -> Result<Value, String> {
    match (is.kind, given) {
        ("text", Given::Text(text)) => Ok(Value::text(*text)),
        ("bool", Given::Bool(value)) => Ok(Value::bool(*value)),
        ("number", Given::Number(number)) => Ok(Value::Scalar(Scalar::Number(*number))),
        ("url", Given::Text("")) => Ok(Value::NULL),
        ("url", Given::Text(text)) if is_safe_url(text) => Ok(Value::text(*text)),
        ("color", Given::Text(text)) if is_color(text) => Ok(Value::text(*text)),
        ("choice", Given::Text(text)) if is.choices.contains(text) => Ok(Value::text(*text)),
        ("choice", _) => Err(format!("one of {}", is.choices.join(", "))),
        ("bool", _) => Err("true or false".into()),
        ("url", _) => Err("a web address".into()),
        ("color", _) => Err("a color, as `#17593F`".into()),
        (kind, _) => Err(format!("a {kind}")),
    }
}

fn shape_of(kind: &str) -> Shape {
    match kind {
        "bool" => Shape::Bool,
        "number" => Shape::Number,
        "url" => Shape::Url,
        "color" => Shape::Trusted,
        _ => Shape::Text,
    }
}
