//! The data that a template is evaluated over.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::reader::Expr;
use super::scalar::Scalar;
use super::scope::Data;
use crate::words::{Block, Inline, Prose};

/// A value that a template may name.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    /// Text with structure, which becomes HTML or plain text.
    Rich(Rc<Rich>),
    List(Rc<Vec<Value>>),
    Map(Rc<BTreeMap<String, Value>>),
    /// Known only per copy.
    Reader(Expr),
    /// The reader, all of whose fields are known only per copy.
    Subscriber,
}

/// Text with structure.
#[derive(Clone, Debug)]
pub(super) enum Rich {
    Blocks(Prose),
    Line(Vec<Inline>),
}

impl Value {
    pub(super) const NULL: Self = Self::Scalar(Scalar::Null);

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::Text(text.into()))
    }

    pub(super) fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::NULL, Self::text)
    }

    pub(super) fn number(number: usize) -> Self {
        Self::Scalar(Scalar::Number(number as f64))
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::Scalar(Scalar::Bool(value))
    }

    pub(super) fn list(values: Vec<Value>) -> Self {
        Self::List(Rc::new(values))
    }

    /// Returns the names that wait for the reader.
    pub(super) fn reader_names() -> [(&'static str, Self); 3] {
        [
            ("subscriber", Self::Subscriber),
            ("unsubscribe_url", Self::Reader(Expr::UnsubscribeUrl)),
            ("preferences_url", Self::Reader(Expr::PreferencesUrl)),
        ]
    }

    pub(super) fn map<N: Into<String>>(names: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Map(Rc::new(names.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    pub(super) fn blocks(blocks: Prose) -> Self {
        match blocks.is_empty() {
            true => Self::NULL,
            false => Self::Rich(Rc::new(Rich::Blocks(blocks))),
        }
    }

    pub(super) fn line(line: Vec<Inline>) -> Self {
        match Inline::plain(&line).trim().is_empty() {
            true => Self::NULL,
            false => Self::Rich(Rc::new(Rich::Line(line))),
        }
    }

    /// Returns it as an expression; what has parts is only true or false.
    pub(super) fn into_expr(self) -> Expr {
        match self {
            Self::Scalar(scalar) => Expr::Is(scalar),
            Self::Reader(expr) => expr,
            Self::Rich(_) | Self::Map(_) | Self::Subscriber => Expr::Is(Scalar::Bool(true)),
            Self::List(values) => Expr::Is(Scalar::Bool(!values.is_empty())),
        }
    }

    /// Says whether a text occurs anywhere in it.
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Scalar(Scalar::Text(value)) => value.contains(text),
            Self::Scalar(_) | Self::Reader(_) | Self::Subscriber => false,
            Self::Rich(rich) => match &**rich {
                Rich::Blocks(blocks) => blocks.iter().any(|block| block_holds(block, text)),
                Rich::Line(line) => line_holds(line, text),
            },
            Self::List(values) => values.iter().any(|value| value.holds(text)),
            Self::Map(names) => {
                names.iter().any(|(name, value)| name.contains(text) || value.holds(text))
            }
        }
    }
}

pub(super) fn block_holds(block: &Block, text: &str) -> bool {
    match block {
        Block::Paragraph(line) | Block::Heading(_, line) => line_holds(line, text),
        Block::Quote(blocks) => blocks.iter().any(|block| block_holds(block, text)),
        Block::List { items, .. } => items.iter().flatten().any(|block| block_holds(block, text)),
        Block::Verbatim(value) => value.contains(text),
        Block::Picture { src, alt, caption, link } => {
            let words = [src, alt].into_iter().chain(link);
            words.into_iter().any(|word| word.contains(text)) || line_holds(caption, text)
        }
        Block::Table(table) => table.all_rows().flatten().any(|cell| line_holds(cell, text)),
        Block::Rule => false,
    }
}

pub(super) fn line_holds(line: &[Inline], text: &str) -> bool {
    let whole = Inline::plain(line).contains(text);
    whole
        || line.iter().any(|inline| match inline {
            Inline::Emphasis(parts) | Inline::Strong(parts) | Inline::Struck(parts) => {
                line_holds(parts, text)
            }
            Inline::Link(target, parts) => target.contains(text) || line_holds(parts, text),
            _ => false,
        })
}

impl Data for Value {
    fn child(&self, name: &str) -> Option<Self> {
        match self {
            Self::Map(names) => names.get(name).cloned(),
            Self::List(values) if name == "length" => Some(Self::number(values.len())),
            Self::List(values) => Some(
                name.parse::<usize>()
                    .ok()
                    .and_then(|i| values.get(i).cloned())
                    .unwrap_or(Self::NULL),
            ),
            Self::Subscriber => Some(Self::Reader(Expr::Field(name.to_owned()))),
            Self::Reader(list) => Some(Self::Reader(match name.parse() {
                Ok(index) => Expr::At(Box::new(list.clone()), index),
                Err(_) => Expr::Length(Box::new(list.clone())),
            })),
            // An optional thing that is not there has all its parts, which are not there either.
            Self::Scalar(Scalar::Null) => Some(Self::NULL),
            _ => None,
        }
    }

    fn local(_: &str) -> Option<Self> {
        Some(Self::NULL)
    }
}
