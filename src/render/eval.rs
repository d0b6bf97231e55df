//! Evaluates a checked template over the data; what is the reader's becomes holes and
//! blocks.
//!
//! Invariant: it never fails. Both branches of a reader's block are evaluated; no value of an issue
//! or a reader is ever read as template code.

mod layout;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::check::Medium;
use super::given::{Given, PARTIAL_BLOCK};
use super::language::{Argument, ArgumentKind, Block, Call, Node, Partial, Template};
use super::locale;
use super::mark::Marks;
use super::part;
use super::piece::{Layout, Piece, PieceKind, Slots};
use super::prose_html::ProseHtml;
use super::prose_text;
use super::reader::{Expr, OfTurn};
use super::scalar::{Helper, Scalar};
use super::scope::{Frame, Scopes};
use super::value::{Rich, Value};
use crate::words::Span;

/// What an evaluation needs besides the template.
pub(super) struct Evaluation<'a> {
    pub(super) medium: Medium,
    pub(super) partials: &'a BTreeMap<String, Template>,
    pub(super) slots: &'a mut Slots,
    pub(super) marks: Option<&'a Marks>,
    pub(super) html: Option<&'a ProseHtml<'a>>,
    /// The newsletter's language, as a tag.
    pub(super) language: &'a str,
}

/// Evaluates a template that [`super::check::check`] found sound.
pub(super) fn evaluate(
    template: &Template,
    root: &Value,
    evaluation: Evaluation<'_>,
) -> Vec<Piece> {
    let mut evaluator = Evaluator { of: evaluation, pieces: Vec::new(), given: None };
    evaluator.nodes(template, &template.nodes, &mut Scopes::new(root.clone()));
    evaluator.pieces
}

struct Evaluator<'a> {
    of: Evaluation<'a>,
    pieces: Vec<Piece>,
    /// The block that the partial was given which is evaluated.
    given: Option<Rc<Given<Value, ()>>>,
}

impl Evaluator<'_> {
    fn push(&mut self, kind: PieceKind, at: Span) {
        self.pieces.push(Piece { kind, at, literal: false });
    }

    fn nodes(&mut self, template: &Template, nodes: &[Node], scopes: &mut Scopes<Value>) {
        for node in nodes {
            match node {
                Node::Text(range) => {
                    let kind = PieceKind::Text(template.text(range).to_owned());
                    let at = template.span(range.clone());
                    self.pieces.push(Piece { kind, at, literal: true });
                }
                Node::Value { value, raw, at } => {
                    let at = template.span(at.clone());
                    if !self.layout_value(value, &at, scopes) {
                        let value = self.argument(value, scopes);
                        self.value(value, *raw, at);
                    }
                }
                Node::Block(block) => self.block(template, block, scopes),
                Node::Partial(partial) => self.partial(template, partial, scopes),
            }
        }
    }

    fn value(&mut self, value: Value, raw: bool, at: Span) {
        match value {
            Value::Scalar(scalar) => {
                let text = match &scalar {
                    Scalar::Date(date) => locale::date(date, "long", self.of.language),
                    other => other.print(),
                };
                let text = clean(&text, self.of.medium);
                let text = match (self.of.medium, raw) {
                    (Medium::Html, false) => {
                        let mut escaped = String::new();
                        part::escape(&text, &mut escaped);
                        escaped
                    }
                    _ => text,
                };
                self.push(PieceKind::Text(text), at);
            }
            Value::Reader(expr) => {
                let slot = self.of.slots.add(expr, at.clone());
                self.push(PieceKind::Hole(slot), at);
            }
            Value::Rich(rich) => self.rich(&rich, at),
            Value::List(_) | Value::Map(_) | Value::Subscriber => {}
        }
    }

    fn rich(&mut self, rich: &Rich, at: Span) {
        match (self.of.medium, self.of.html) {
            (Medium::Html, Some(html)) => self.push(PieceKind::Text(html.write(rich)), at),
            (Medium::Text, _) => {
                let pieces = prose_text::pieces(rich, &at, self.of.html, self.of.marks);
                self.pieces.extend(pieces);
                self.push(PieceKind::Layout(Layout::Line(true)), at);
            }
            _ => {}
        }
    }

    fn argument(&self, argument: &Argument, scopes: &Scopes<Value>) -> Value {
        match &argument.kind {
            ArgumentKind::Literal(scalar) => Value::Scalar(scalar.clone()),
            ArgumentKind::Path(path) => scopes.resolve(path).unwrap_or(Value::NULL),
            ArgumentKind::Call(call) => self.call(call, scopes),
        }
    }

    fn call(&self, call: &Call, scopes: &Scopes<Value>) -> Value {
        let Some(helper) = Helper::named(&call.name.text) else { return Value::NULL };
        let values: Vec<Value> =
            call.arguments.iter().map(|argument| self.argument(argument, scopes)).collect();
        let is_reader = values.iter().any(|value| matches!(value, Value::Reader(_)));
        let exprs: Vec<Expr> = values.into_iter().map(Value::into_expr).collect();
        let exprs = helper.with_language(exprs, Expr::Is, self.of.language);
        if is_reader {
            return Value::Reader(Expr::Call(helper, exprs));
        }
        let scalars = exprs.into_iter().map(|expr| match expr {
            Expr::Is(scalar) => scalar,
            _ => Scalar::Null,
        });
        Value::Scalar(helper.call(&scalars.collect::<Vec<_>>()))
    }

    fn block(&mut self, template: &Template, block: &Block, scopes: &mut Scopes<Value>) {
        let first = |evaluator: &Self, scopes: &Scopes<Value>| match block.call.arguments.first() {
            Some(argument) => evaluator.argument(argument, scopes),
            None => Value::NULL,
        };
        let otherwise = block.otherwise.as_deref().unwrap_or_default();
        match block.call.name.text.as_str() {
            name @ ("if" | "unless") => {
                let value = first(self, scopes).into_expr();
                let (yes, no) = match name {
                    "if" => (block.body.as_slice(), otherwise),
                    _ => (otherwise, block.body.as_slice()),
                };
                match value {
                    Expr::Is(scalar) if scalar.is_true() => self.nodes(template, yes, scopes),
                    Expr::Is(_) => self.nodes(template, no, scopes),
                    condition => self.choice(template, block, condition, [yes, no], scopes),
                }
            }
            "each" => match first(self, scopes) {
                Value::List(values) if !values.is_empty() => {
                    self.each(template, block, &values, scopes);
                }
                Value::Reader(list) => self.reader_each(template, block, list, scopes),
                _ => self.nodes(template, otherwise, scopes),
            },
            "with" => {
                let value = first(self, scopes);
                match value.clone().into_expr() {
                    Expr::Is(scalar) if !scalar.is_true() => {
                        self.nodes(template, otherwise, scopes);
                    }
                    Expr::Is(_) => self.with(template, block, value, scopes),
                    condition => {
                        let slot = self.of.slots.add(condition, template.span(block.at.clone()));
                        self.branches(template, block, slot, scopes, |evaluator, scopes| {
                            evaluator.with(template, block, value, scopes);
                        });
                    }
                }
            }
            _ => self.layout_block(template, block, scopes),
        }
    }

    fn choice(
        &mut self,
        template: &Template,
        block: &Block,
        condition: Expr,
        [yes, no]: [&[Node]; 2],
        scopes: &mut Scopes<Value>,
    ) {
        let at = template.span(block.at.clone());
        let slot = self.of.slots.add(condition, at.clone());
        self.push(PieceKind::Open { slot, whole: block.own_lines }, at.clone());
        self.nodes(template, yes, scopes);
        if !no.is_empty() {
            self.push(PieceKind::Else, at.clone());
            self.nodes(template, no, scopes);
        }
        self.push(PieceKind::Close, at);
    }

    fn with(
        &mut self,
        template: &Template,
        block: &Block,
        value: Value,
        scopes: &mut Scopes<Value>,
    ) {
        let mut frame = Frame::new(value.clone());
        let params = block.params.iter().map(|name| name.text.clone());
        frame.params = params.map(|name| (name, value.clone())).collect();
        scopes.push(frame);
        self.nodes(template, &block.body, scopes);
        scopes.pop();
    }

    /// Evaluates the body of a loop over a reader's list once, for all turns.
    fn reader_each(
        &mut self,
        template: &Template,
        block: &Block,
        list: Expr,
        scopes: &mut Scopes<Value>,
    ) {
        let id = self.of.slots.add_loop(list, template.span(block.at.clone()));
        let of = |what: OfTurn| Value::Reader(Expr::Turn(id, what));
        self.branches(template, block, id, scopes, |evaluator, scopes| {
            let mut frame = Frame::new(of(OfTurn::This));
            let params = block.params.iter().map(|name| name.text.clone());
            frame.params = params.zip([of(OfTurn::This), of(OfTurn::Index)]).collect();
            frame.locals = vec![
                ("index", of(OfTurn::Index)),
                ("first", of(OfTurn::First)),
                ("last", of(OfTurn::Last)),
                ("key", of(OfTurn::Index)),
            ];
            scopes.push(frame);
            evaluator.nodes(template, &block.body, scopes);
            scopes.pop();
        });
    }

    /// Evaluates both branches of a block that waits for the reader.
    fn branches(
        &mut self,
        template: &Template,
        block: &Block,
        slot: usize,
        scopes: &mut Scopes<Value>,
        body: impl FnOnce(&mut Self, &mut Scopes<Value>),
    ) {
        let at = template.span(block.at.clone());
        self.push(PieceKind::Open { slot, whole: block.own_lines }, at.clone());
        body(self, scopes);
        if let Some(otherwise) = &block.otherwise {
            self.push(PieceKind::Else, at.clone());
            self.nodes(template, otherwise, scopes);
        }
        self.push(PieceKind::Close, at);
    }

    fn each(
        &mut self,
        template: &Template,
        block: &Block,
        values: &[Value],
        scopes: &mut Scopes<Value>,
    ) {
        for (index, value) in values.iter().enumerate() {
            let mut frame = Frame::new(value.clone());
            let params = block.params.iter().map(|name| name.text.clone());
            frame.params = params.zip([value.clone(), Value::number(index)]).collect();
            frame.locals = vec![
                ("index", Value::number(index)),
                ("first", Value::bool(index == 0)),
                ("last", Value::bool(index + 1 == values.len())),
                ("key", Value::text(index.to_string())),
            ];
            scopes.push(frame);
            self.nodes(template, &block.body, scopes);
            scopes.pop();
        }
    }

    fn partial(&mut self, template: &Template, partial: &Partial, scopes: &mut Scopes<Value>) {
        let start = self.pieces.len();
        match partial.call.name.text.as_str() {
            PARTIAL_BLOCK => self.given_block(template, partial, scopes),
            name => self.called(name, template, partial, scopes),
        }
        // Called inside a line, as in an attribute, a partial must not bring the end of its file's
        // last line. On a line of its own, it stands for that line's end, which the tag took.
        if let (false, Some(Piece { kind: PieceKind::Text(text), literal: true, .. })) =
            (partial.own_line, self.pieces[start..].last_mut())
            && text.ends_with('\n')
        {
            text.pop();
        }
    }

    fn called(
        &mut self,
        name: &str,
        template: &Template,
        partial: &Partial,
        scopes: &Scopes<Value>,
    ) {
        let partials = self.of.partials;
        let Some(called) = partials.get(name) else { return };
        let context = partial.call.arguments.first();
        let context = context.map(|argument| self.argument(argument, scopes));
        let named = partial.call.named.iter();
        let named = named
            .map(|(name, argument)| (name.text.clone(), self.argument(argument, scopes)))
            .collect();
        let mut inner = scopes.for_partial(context, named);
        let given = partial.body.as_ref();
        let given = given.map(|nodes| Given::new(template, nodes, scopes, self.given.as_ref(), ()));
        let outer = std::mem::replace(&mut self.given, given);
        self.nodes(called, &called.nodes, &mut inner);
        self.given = outer;
    }

    /// Evaluates the block that the partial was given, or what stands there without one.
    fn given_block(&mut self, template: &Template, partial: &Partial, scopes: &mut Scopes<Value>) {
        match (self.given.clone(), &partial.body) {
            (Some(given), _) => {
                let own = std::mem::replace(&mut self.given, given.outer.clone());
                self.nodes(&given.template, &given.nodes, &mut given.scopes.clone());
                self.given = own;
            }
            (None, Some(otherwise)) => self.nodes(template, otherwise, scopes),
            (None, None) => {}
        }
    }
}

/// Takes control characters out of a value; in plain text a line break is a space.
fn clean(text: &str, medium: Medium) -> String {
    let keep = |c: char| match c {
        '\n' | '\t' if medium == Medium::Html => Some(c),
        '\n' | '\t' | '\r' => Some(' '),
        c if c.is_control() => None,
        c => Some(c),
    };
    text.chars().filter_map(keep).collect()
}
