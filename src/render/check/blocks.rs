//! The check of blocks and partials.

use super::{Checker, Medium, listed};
use crate::diag::{Diagnostic, nearest};
use crate::render::language::{Argument, ArgumentKind, Block, Name, Template};
use crate::render::scalar::Scalar;
use crate::render::scope::{Frame, RESERVED, Scopes};
use crate::render::shape::{Kind, Shape};

/// The furthest column that `#indent` and `#hang` set text at.
const INDENT_MAX: f64 = 71.0;

/// The blocks there are; those behind the fourth are of the plain text.
const BLOCKS: [&str; 8] = ["if", "unless", "each", "with", "indent", "hang", "spread", "verbatim"];

impl Checker<'_> {
    pub(super) fn block(&mut self, template: &Template, block: &Block, scopes: &mut Scopes<Shape>) {
        match block.call.name.text.as_str() {
            "if" | "unless" => {
                if let Some(condition) = self.only(template, block) {
                    self.argument(template, condition, None, scopes);
                }
                self.nodes(template, &block.body, scopes);
            }
            "each" => self.each(template, block, scopes),
            "with" => self.with(template, block, scopes),
            "indent" | "hang" | "spread" | "verbatim" if self.setting.medium == Medium::Text => {
                self.layout_block(template, block, scopes);
                self.nodes(template, &block.body, scopes);
            }
            name => {
                let names = &BLOCKS[..if self.setting.medium == Medium::Text { 8 } else { 4 }];
                let at = template.span(block.call.name.at.clone());
                let fault = Diagnostic::error(format!("there is no block `{{{{#{name}}}}}`"))
                    .at(at, listed("blocks: ", names.iter().copied()));
                let near = nearest(name, names.iter().copied());
                self.fault(super::hinted(fault, near.map(|near| format!("{{{{#{near}}}}}"))));
                self.nodes(template, &block.body, scopes);
            }
        }
        if let Some(otherwise) = &block.otherwise {
            self.nodes(template, otherwise, scopes);
        }
    }

    /// Returns a block's only argument, or tells that it is not the only one.
    pub(super) fn only<'t>(
        &mut self,
        template: &Template,
        block: &'t Block,
    ) -> Option<&'t Argument> {
        let name = &block.call.name.text;
        match (&block.call.arguments[..], &block.call.named[..]) {
            ([argument], []) => Some(argument),
            (_, [(named, _), ..]) => {
                let at = template.span(named.at.clone());
                let what = format!("`{{{{#{name}}}}}` takes no `{}=`", named.text);
                let hint = format!("write one value: `{{{{#{name} value}}}}`");
                self.fault(Diagnostic::error(what).at(at, "").hint(hint));
                None
            }
            (arguments, []) => {
                let at = template.span(block.at.clone());
                let what = format!("`{{{{#{name}}}}}` takes one value");
                let label = format!("{} given", arguments.len());
                let fault = Diagnostic::error(what).at(at, label);
                self.fault(match arguments.len() {
                    0 => fault,
                    _ => fault.hint("parentheses make one of several: `(and a b)`, `(eq a \"b\")`"),
                });
                None
            }
        }
    }

    fn each(&mut self, template: &Template, block: &Block, scopes: &mut Scopes<Shape>) {
        let Some(argument) = self.only(template, block) else { return };
        let Some(shape) = self.argument(template, argument, None, scopes) else { return };
        // What a turn knows of a reader's list waits for the reader too.
        let (of, locals) = match shape {
            Shape::List(of) => {
                (Shape::clone(&of), [Shape::Number, Shape::Bool, Shape::Bool, Shape::Text])
            }
            Shape::ReaderList => (
                Shape::Reader(Kind::Text),
                [Kind::Number, Kind::Bool, Kind::Bool, Kind::Text].map(Shape::Reader),
            ),
            shape => {
                let name = template.text(&argument.at);
                let what = format!("`{name}` is {}, no list", shape.words());
                let fault = Diagnostic::error(what).at(template.span(argument.at.clone()), "");
                return self.fault(match shape.is_reader() {
                    true => {
                        fault.hint("a field of several texts has the type `list` in `[fields]`")
                    }
                    false => fault,
                });
            }
        };
        self.params(template, block);
        let mut frame = Frame::new(of.clone());
        let params = block.params.iter().map(|name| name.text.clone());
        frame.params = params.zip([of, locals[0].clone()]).collect();
        frame.locals = ["index", "first", "last", "key"].into_iter().zip(locals).collect();
        scopes.push(frame);
        self.nodes(template, &block.body, scopes);
        scopes.pop();
    }

    /// Tells if a block gives a name away that means the reader everywhere.
    fn params(&mut self, template: &Template, block: &Block) {
        for name in &block.params {
            self.not_reserved(template, name);
        }
    }

    pub(super) fn not_reserved(&mut self, template: &Template, name: &Name) {
        if RESERVED.contains(&name.text.as_str()) {
            let what = format!("`{}` always means the reader's own", name.text);
            let fault = Diagnostic::error(what).at(template.span(name.at.clone()), "");
            self.fault(fault.hint("choose another name"));
        }
    }

    fn with(&mut self, template: &Template, block: &Block, scopes: &mut Scopes<Shape>) {
        let Some(argument) = self.only(template, block) else { return };
        let Some(shape) = self.argument(template, argument, None, scopes) else { return };
        self.params(template, block);
        let mut frame = Frame::new(shape.clone());
        frame.params = block.params.iter().map(|name| (name.text.clone(), shape.clone())).collect();
        scopes.push(frame);
        self.nodes(template, &block.body, scopes);
        scopes.pop();
    }

    /// Checks the arguments of `#indent`, `#hang`, `#spread` and `#verbatim`.
    fn layout_block(&mut self, template: &Template, block: &Block, scopes: &Scopes<Shape>) {
        let name = block.call.name.text.as_str();
        let arguments = &block.call.arguments;
        let (wanted, columns, form) = match name {
            "indent" => (1, true, "{{#indent 4}}"),
            "hang" => (2, true, "{{#hang 14 label}}"),
            "spread" => (1, false, "{{#spread left}}"),
            _ => (0, false, "{{#verbatim}}"),
        };
        let sound = match arguments.first().map(|argument| &argument.kind) {
            Some(ArgumentKind::Literal(Scalar::Number(n))) => (1.0..=INDENT_MAX).contains(n),
            _ => false,
        };
        if arguments.len() != wanted || !block.call.named.is_empty() || (columns && !sound) {
            let what = format!("`{{{{#{name}}}}}` is written `{form}`");
            let fault = Diagnostic::error(what).at(template.span(block.at.clone()), "");
            return self.fault(match columns {
                false => fault,
                true => fault.hint(format!("the number is one of columns, from 1 to {INDENT_MAX}")),
            });
        }
        match (name, arguments.as_slice()) {
            ("hang", [_, label]) => {
                self.not_reader(template, label, scopes, "the label of `#hang`");
            }
            ("spread", [left]) => self.printable(template, left, scopes),
            _ => {}
        }
    }

    /// Tells if an argument is subscriber data or at fault.
    pub(super) fn not_reader(
        &mut self,
        template: &Template,
        argument: &Argument,
        scopes: &Scopes<Shape>,
        what: &str,
    ) {
        let shape = self.argument(template, argument, None, scopes);
        let at = template.span(argument.at.clone());
        match shape {
            Some(shape) if shape.is_reader() => {
                let hint =
                    "it is the same for every reader; write the reader's into the text beside it";
                let what = format!("{what} may not be subscriber data");
                self.fault(Diagnostic::error(what).at(at, "").hint(hint));
            }
            Some(shape) if !shape.is_printable() => {
                let what = format!("{what} must be a text");
                self.fault(Diagnostic::error(what).at(at, format!("this is {}", shape.words())));
            }
            _ => {}
        }
    }
}
