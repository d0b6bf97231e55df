//! The template language: Handlebars, read by us, so that every name and argument knows its place.
//!
//! The `handlebars` crate knows where tags begin, but neither where arguments stand nor which
//! block was left open, recurses without bound, and cannot tell an issue's name from a reader's.
//! `render/tests/language.rs` holds our results to that crate's.
//!
//! Invariant: reading ends for every text; nesting is capped, and the first fault of a file is
//! told with its place.

mod expression;
mod read;
mod whitespace;

use std::ops::Range;
use std::sync::Arc;

use crate::words::{Source, Span};

use super::scalar::Scalar;

pub(super) use read::read;

/// Tags and subexpressions may lie in each other this deep.
pub(super) const NESTING_MAX: usize = 200;
/// What to do about those that lie deeper.
pub(super) const SHALLOW: &str = "make one condition of several: `(and a b)`, `(or a b)`";

/// Where a template's bytes stand for the people who wrote them.
#[derive(Clone, Debug)]
pub(super) enum Home {
    /// In the source, byte for byte.
    Exact(Source),
    /// In a value whose escapes were taken out; all of it is one place.
    Whole(Span),
}

/// A text that was read, ready to be walked.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// The text that the ranges of the nodes count in.
    pub(super) text: Source,
    pub(super) home: Home,
    pub(super) nodes: Vec<Node>,
}

impl Template {
    /// Returns where a range stands.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        match &self.home {
            Home::Exact(source) => source.span(range),
            Home::Whole(span) => span.clone(),
        }
    }

    /// Returns the text of a range.
    pub(super) fn text(&self, range: &Range<usize>) -> &str {
        &self.text.text()[range.clone()]
    }
}

/// A part of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text as it stands.
    Text(Range<usize>),
    /// `{{value}}`, or `{{{value}}}` if raw.
    Value { value: Argument, raw: bool, at: Range<usize> },
    /// `{{#name …}}…{{/name}}`.
    Block(Box<Block>),
    /// `{{> name …}}`, or `{{#> name …}}…{{/name}}`.
    Partial(Box<Partial>),
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) call: Call,
    /// `as |a b|`.
    pub(super) params: Vec<Name>,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Option<Vec<Node>>,
    /// The opening tag.
    pub(super) at: Range<usize>,
    /// Whether all its tags stand on lines of their own.
    pub(super) own_lines: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Partial {
    pub(super) call: Call,
    /// The block that it is given.
    pub(super) body: Option<Arc<[Node]>>,
    /// The tag, with a block the opening one.
    pub(super) at: Range<usize>,
    /// Whether the tag, with a block the closing one, stands on a line of its own.
    pub(super) own_line: bool,
}

/// A name with what it is given.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: Name,
    pub(super) arguments: Vec<Argument>,
    pub(super) named: Vec<(Name, Argument)>,
}

#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) kind: ArgumentKind,
    pub(super) at: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum ArgumentKind {
    Path(Path),
    Literal(Scalar),
    Call(Box<Call>),
}

/// A path through data: `../story.picture.src`.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) start: Start,
    /// How many times `../` stands in front.
    pub(super) up: usize,
    pub(super) names: Vec<Name>,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// A plain name: block parameters come first.
    Name,
    /// `this.` or `./`.
    This,
    /// `@root`.
    Root,
    /// `@index` and its like.
    Local,
    /// `@../index` and its like, which there are not.
    OuterLocal,
}

impl Path {
    /// Returns the name of a path that is one plain name.
    pub(super) fn plain(&self) -> Option<&Name> {
        match self {
            Self { start: Start::Name, up: 0, names } if names.len() == 1 => names.first(),
            _ => None,
        }
    }
}
