//! The helpers of the plain text.

use super::{Evaluator, clean};
use crate::render::check::Medium;
use crate::render::language::{Argument, ArgumentKind, Block, Template};
use crate::render::piece::{Layout, PieceKind, as_expr, plain_parts};
use crate::render::reader::Expr;
use crate::render::scalar::Scalar;
use crate::render::scope::Scopes;
use crate::render::text::width;
use crate::render::value::Value;
use crate::words::Span;

impl Evaluator<'_> {
    fn layout(&mut self, layout: Layout, at: &Span) {
        self.push(PieceKind::Layout(layout), at.clone());
    }

    /// Evaluates a tag that is a helper of the plain text; false if it is none.
    pub(super) fn layout_value(
        &mut self,
        value: &Argument,
        at: &Span,
        scopes: &Scopes<Value>,
    ) -> bool {
        if self.of.medium != Medium::Text {
            return false;
        }
        let (name, arguments) = match &value.kind {
            ArgumentKind::Path(path) => match path.plain() {
                Some(name) => (name, &[][..]),
                None => return false,
            },
            ArgumentKind::Call(call) => (&call.name, &call.arguments[..]),
            ArgumentKind::Literal(_) => return false,
        };
        let value = |index: usize| match arguments.get(index) {
            Some(argument) => self.argument(argument, scopes),
            None => Value::NULL,
        };
        match name.text.as_str() {
            "heading" => {
                let (text, rule) = (value(0), character(&value(1), '='));
                self.value(text, false, at.clone());
                self.layout(Layout::Break, at);
                self.layout(Layout::Rule(rule), at);
            }
            "rule" => {
                let rule = character(&value(0), '-');
                self.layout(Layout::Rule(rule), at);
            }
            "spread" => {
                let (left, right) = (value(0).into_expr(), value(1).into_expr());
                self.layout(Layout::Spread(left, right), at);
            }
            "ref" => {
                let address = clean(&print(&value(0)), Medium::Text);
                if !address.is_empty() {
                    self.layout(Layout::Ref(address), at);
                }
            }
            "links" => self.layout(Layout::Links, at),
            _ => return false,
        }
        true
    }

    /// Evaluates `#indent`, `#hang` and `#verbatim`.
    pub(super) fn layout_block(
        &mut self,
        template: &Template,
        block: &Block,
        scopes: &mut Scopes<Value>,
    ) {
        let at = template.span(block.at.clone());
        if block.call.name.text == "spread" {
            return self.spread_block(template, block, &at, scopes);
        }
        let mut values = block.call.arguments.iter().map(|each| self.argument(each, scopes));
        let columns = match values.next() {
            Some(Value::Scalar(Scalar::Number(columns))) => columns as usize,
            _ => 0,
        };
        let label = values.next();
        drop(values);
        let rest = " ".repeat(columns);
        match (block.call.name.text.as_str(), label) {
            ("hang", Some(label)) => {
                let label = clean(&print(&label), Medium::Text);
                self.layout(Layout::Paragraph, &at);
                if width(&label) < columns {
                    let first = format!("{label}{}", " ".repeat(columns - width(&label)));
                    self.layout(Layout::Enter { first, rest }, &at);
                } else {
                    self.push(PieceKind::Text(label), at.clone());
                    self.layout(Layout::Break, &at);
                    self.layout(Layout::Enter { first: rest.clone(), rest }, &at);
                }
                self.nodes(template, &block.body, scopes);
                self.layout(Layout::Leave, &at);
            }
            ("indent", _) => {
                self.layout(Layout::Enter { first: rest.clone(), rest }, &at);
                self.nodes(template, &block.body, scopes);
                self.layout(Layout::Leave, &at);
            }
            _ => {
                self.layout(Layout::Verbatim(true), &at);
                self.nodes(template, &block.body, scopes);
                self.layout(Layout::Verbatim(false), &at);
            }
        }
    }
}

impl Evaluator<'_> {
    /// Evaluates `#spread`, whose inside stands at the right.
    fn spread_block(
        &mut self,
        template: &Template,
        block: &Block,
        at: &Span,
        scopes: &mut Scopes<Value>,
    ) {
        let left = match block.call.arguments.first() {
            Some(left) => self.argument(left, scopes).into_expr(),
            None => Expr::Is(Scalar::Null),
        };
        let outer = std::mem::take(&mut self.pieces);
        self.nodes(template, &block.body, scopes);
        let inner = std::mem::replace(&mut self.pieces, outer);
        let right = as_expr(&plain_parts(&inner, self.of.slots));
        self.layout(Layout::Spread(left, right), at);
        self.layout(Layout::Line(!block.own_lines), at);
    }
}

fn character(value: &Value, otherwise: char) -> char {
    print(value).chars().next().unwrap_or(otherwise)
}

fn print(value: &Value) -> String {
    match value {
        Value::Scalar(scalar) | Value::Reader(Expr::Is(scalar)) => scalar.print(),
        _ => String::new(),
    }
}
