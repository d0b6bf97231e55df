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
    /// How many texts a list has.
    Length(Box<Expr>),
    /// The text at this index of a list.
    At(Box<Expr>, usize),
    /// Something of the turn that a loop is in.
    Turn(usize, OfTurn),
    /// What each text of a list makes, one after the other, or the last if there is none.
    Each { list: Box<Expr>, id: usize, body: Box<Expr>, none: Box<Expr> },
}

/// What a turn of a loop over a list knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum OfTurn {
    /// The text.
    This,
    /// How many turns went before.
    Index,
    First,
    Last,
}

/// A turn of a loop over a reader's list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn<'a> {
    /// Which loop it is.
    id: usize,
    text: &'a str,
    index: usize,
    is_last: bool,
    outer: Option<&'a Turn<'a>>,
}

/// What an expression is evaluated against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) fields: &'a BTreeMap<String, FieldValue>,
    pub(super) urls: &'a Urls<'a>,
    /// The innermost turn of a loop.
    turn: Option<&'a Turn<'a>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(fields: &'a BTreeMap<String, FieldValue>, urls: &'a Urls<'a>) -> Self {
        Self { fields, urls, turn: None }
    }

    /// Takes a turn of the loop `id` for each text of a list; says whether there was one.
    pub(super) fn each(self, list: &Expr, id: usize, mut take: impl FnMut(Reader<'_>)) -> bool {
        let texts = list.texts(self);
        for (index, text) in texts.iter().enumerate() {
            let is_last = index + 1 == texts.len();
            let turn = Turn { id, text, index, is_last, outer: self.turn };
            take(Reader { turn: Some(&turn), ..self });
        }
        !texts.is_empty()
    }

    fn turn(self, id: usize) -> Option<&'a Turn<'a>> {
        let mut turn = self.turn;
        while let Some(Turn { id: other, outer, .. }) = turn
            && *other != id
        {
            turn = *outer;
        }
        turn
    }
}

impl Expr {
    /// Returns the texts of a list; of what is none, nothing.
    fn texts<'a>(&self, reader: Reader<'a>) -> &'a [String] {
        match self {
            Self::Field(name) => match reader.fields.get(name) {
                Some(FieldValue::List(texts)) => texts,
                _ => &[],
            },
            _ => &[],
        }
    }

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
            Self::Length(list) => Scalar::Number(list.texts(reader).len() as f64),
            Self::At(list, index) => {
                list.texts(reader).get(*index).map_or(Scalar::Null, Scalar::text)
            }
            Self::Turn(id, what) => {
                let Some(turn) = reader.turn(*id) else { return Scalar::Null };
                match what {
                    OfTurn::This => Scalar::text(turn.text),
                    OfTurn::Index => Scalar::Number(turn.index as f64),
                    OfTurn::First => Scalar::Bool(turn.index == 0),
                    OfTurn::Last => Scalar::Bool(turn.is_last),
                }
            }
            Self::Each { list, id, body, none } => {
                let mut text = String::new();
                let some =
                    reader.each(list, *id, |reader| text.push_str(&body.value(reader).print()));
                if some { Scalar::Text(text) } else { none.value(reader) }
            }
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

    /// Says for each choice in it, in order, whether the reader gets its first branch, as
    /// [`super::part::branches`] does.
    pub(super) fn branches(&self, reader: Reader<'_>, seen: &mut Vec<bool>) {
        match self {
            Self::Choose(condition, yes, no) => {
                seen.push(condition.is_true(reader));
                yes.branches(reader, seen);
                no.branches(reader, seen);
            }
            Self::Call(_, parts) | Self::Join(parts) => {
                parts.iter().for_each(|part| part.branches(reader, seen));
            }
            Self::Each { list, id, body, none } => {
                reader.each(list, *id, |turn| {
                    seen.push(true);
                    body.branches(turn, seen);
                });
                seen.push(false);
                none.branches(reader, seen);
            }
            _ => {}
        }
    }

    /// Says whether it is nothing but a URL of the reader's own.
    pub(super) fn is_url(&self) -> bool {
        matches!(self, Self::UnsubscribeUrl | Self::PreferencesUrl)
    }
}
