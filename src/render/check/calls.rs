//! The check of helpers and their arguments.

use super::{Checker, Medium, listed};
use crate::diag::{Diagnostic, nearest};
use crate::render::language::{Argument, ArgumentKind, Call, Template};
use crate::render::locale::{DATE_STYLES, NUMBER_STYLES};
use crate::render::scalar::{Helper, Scalar};
use crate::render::scope::Scopes;
use crate::render::shape::{Kind, Shape};

/// The helpers of the plain text, with how they are written.
const LAYOUT: [(&str, &str); 5] = [
    ("heading", "{{heading text \"=\"}}"),
    ("rule", "{{rule \"-\"}}"),
    ("spread", "{{spread left right}}"),
    ("ref", "{{ref address}}"),
    ("links", "{{links}}"),
];

/// Returns the form of a helper of the plain text, or of a block of it.
pub(super) fn layout_helper(name: &str) -> Option<&'static str> {
    LAYOUT.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
}

impl Checker<'_> {
    /// Checks a tag that is a helper of the plain text; false if it is none.
    pub(super) fn layout_value(
        &mut self,
        template: &Template,
        value: &Argument,
        scopes: &Scopes<Shape>,
    ) -> bool {
        if self.setting.medium != Medium::Text {
            return false;
        }
        let (name, arguments, named) = match &value.kind {
            ArgumentKind::Path(path) => match path.plain() {
                Some(name) => (name, &[][..], false),
                None => return false,
            },
            ArgumentKind::Call(call) => (&call.name, &call.arguments[..], !call.named.is_empty()),
            ArgumentKind::Literal(_) => return false,
        };
        let Some(form) = layout_helper(&name.text) else { return false };
        let wanted = match name.text.as_str() {
            "heading" => 1..=2,
            "rule" => 0..=1,
            "spread" => 2..=2,
            "ref" => 1..=1,
            _ => 0..=0,
        };
        if named || !wanted.contains(&arguments.len()) {
            let what = format!("`{}` is written `{form}`", name.text);
            self.fault(Diagnostic::error(what).at(template.span(value.at.clone()), ""));
            return true;
        }
        match (name.text.as_str(), arguments) {
            ("heading", [text, rest @ ..]) => {
                self.printable(template, text, scopes);
                self.character(template, rest.first());
            }
            ("rule", rest) => self.character(template, rest.first()),
            ("spread", both) => both.iter().for_each(|each| self.printable(template, each, scopes)),
            ("ref", [address]) => {
                self.not_reader(template, address, scopes, "the address of a numbered link");
            }
            _ => {}
        }
        true
    }

    fn character(&mut self, template: &Template, argument: Option<&Argument>) {
        let Some(argument) = argument else { return };
        let sound = match &argument.kind {
            ArgumentKind::Literal(Scalar::Text(text)) => {
                text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_graphic())
            }
            _ => false,
        };
        if !sound {
            let what = "a rule is made of one ASCII character, as in `\"=\"`";
            self.fault(Diagnostic::error(what).at(template.span(argument.at.clone()), ""));
        }
    }

    pub(super) fn printable(
        &mut self,
        template: &Template,
        argument: &Argument,
        scopes: &Scopes<Shape>,
    ) {
        let shape = self.argument(template, argument, None, scopes);
        if let Some(shape) = shape.filter(|shape| !shape.is_printable()) {
            self.wrong_type(template, argument, "a text", &shape);
        }
    }

    fn wrong_type(&mut self, template: &Template, argument: &Argument, want: &str, is: &Shape) {
        let what = format!("{want} is expected here");
        let label = format!("this is {}", is.words());
        let fault = Diagnostic::error(what).at(template.span(argument.at.clone()), label);
        self.fault(match is {
            Shape::Reader(_) => fault.hint("`[fields]` says of what type a field is"),
            _ => fault,
        });
    }

    /// Checks a helper's call; returns the shape of what it makes.
    pub(super) fn call(
        &mut self,
        template: &Template,
        call: &Call,
        whole: &Argument,
        scopes: &Scopes<Shape>,
    ) -> Option<Shape> {
        let name = call.name.text.as_str();
        let Some(helper) = Helper::named(name) else {
            self.unknown_helper(template, call);
            return None;
        };
        let (takes, least, most) = helper.takes();
        if let Some((named, _)) = call.named.first() {
            let what = format!("`{name}` takes no `{}=`", named.text);
            let fault = Diagnostic::error(what).at(template.span(named.at.clone()), "");
            self.fault(fault.hint(format!("its values have no names: `({name} value)`")));
            return None;
        }
        if !(least..=most).contains(&call.arguments.len()) {
            let what = format!("`{name}` takes {takes}");
            let label = format!("{} given", call.arguments.len());
            self.fault(Diagnostic::error(what).at(template.span(whole.at.clone()), label));
            return None;
        }
        let mut shapes = Vec::new();
        for argument in &call.arguments {
            shapes.push(self.argument(template, argument, None, scopes));
        }
        let shapes: Vec<Shape> = shapes.into_iter().collect::<Option<_>>()?;
        for (index, (argument, shape)) in call.arguments.iter().zip(&shapes).enumerate() {
            self.expect(template, helper, index, argument, shape);
        }
        if matches!(helper, Helper::Eq | Helper::Ne | Helper::Lt | Helper::Gt) {
            self.compared(template, helper, call, &shapes);
        }
        Some(result(helper, &shapes))
    }

    /// Tells of two values of which the answer is known before anybody looks at them.
    fn compared(&mut self, template: &Template, helper: Helper, call: &Call, shapes: &[Shape]) {
        let ([one, other], [first, second]) = (&call.arguments[..], shapes) else { return };
        let (Some(left), Some(right)) = (first.kind(), second.kind()) else { return };
        let is_null =
            |argument: &Argument| matches!(argument.kind, ArgumentKind::Literal(Scalar::Null));
        if [left, right].contains(&Kind::Any) || is_null(one) || is_null(other) {
            return;
        }
        let is_ordering = matches!(helper, Helper::Lt | Helper::Gt);
        let what = match (left == right, left) {
            (true, Kind::Bool) if is_ordering => "true and false have no order",
            (true, _) => return,
            (false, _) if is_ordering => "these two have no order, since they are of two kinds",
            (false, _) => "these two are never equal, since they are of two kinds",
        };
        let fault = Diagnostic::error(what)
            .at(template.span(other.at.clone()), format!("this is {}", second.words()))
            .also(template.span(one.at.clone()), format!("this is {}", first.words()));
        let texts = |argument: &Argument| template.text(&argument.at).to_owned();
        self.fault(match (&one.kind, left, &other.kind, right) {
            (ArgumentKind::Path(_), Kind::Bool, _, _) => fault.hint(asked(&texts(one))),
            (_, _, ArgumentKind::Path(_), Kind::Bool) => fault.hint(asked(&texts(other))),
            (_, Kind::Text, ArgumentKind::Literal(_), Kind::Number) => {
                fault.hint(format!("write `\"{}\"`", texts(other)))
            }
            (_, Kind::Number, ArgumentKind::Literal(Scalar::Text(number)), _)
                if number.parse::<f64>().is_ok() =>
            {
                fault.hint(format!("write `{number}`"))
            }
            _ => fault,
        });
    }

    fn unknown_helper(&mut self, template: &Template, call: &Call) {
        let name = call.name.text.as_str();
        let at = template.span(call.name.at.clone());
        let known = || Helper::ALL.iter().map(|helper| helper.name());
        let fault = Diagnostic::error(format!("there is no helper `{name}`"));
        self.fault(match (layout_helper(name), self.setting.medium) {
            (Some(form), Medium::Text) => fault.at(at, format!("`{form}` is a tag of its own")),
            (Some(form), _) => fault.at(at, format!("`{form}` is a helper of the plain text")),
            (None, _) => {
                let of_text = LAYOUT.iter().map(|(name, _)| *name);
                let of_text = of_text.filter(|_| self.setting.medium == Medium::Text);
                let near = nearest(name, known().chain(of_text)).map(str::to_owned);
                super::hinted(fault.at(at, listed("helpers: ", known())), near)
            }
        });
    }

    fn expect(
        &mut self,
        template: &Template,
        helper: Helper,
        index: usize,
        argument: &Argument,
        shape: &Shape,
    ) {
        use Helper::{And, FormatDate, FormatNumber, Not, Or, Plural, Truncate};
        let is = |kind| shape.may_be(kind);
        let literal = match &argument.kind {
            ArgumentKind::Literal(scalar) => Some(scalar),
            _ => None,
        };
        match (helper, index) {
            (And | Or | Not, _) => {}
            (FormatDate, 0) if !is(Kind::Date) => {
                self.wrong_type(template, argument, "a date", shape);
            }
            (FormatDate, 1) => self.style(template, argument, literal, "a date", &DATE_STYLES),
            (FormatNumber, 1) => {
                self.style(template, argument, literal, "a number", &NUMBER_STYLES);
            }
            (FormatNumber | Plural, 0) | (Truncate, 1) if !is(Kind::Number) => {
                self.wrong_type(template, argument, "a number", shape);
            }
            (Truncate, 1) => self.length(template, argument, literal),
            _ if !shape.is_printable() => {
                self.wrong_type(template, argument, "a text, a number or a date", shape);
            }
            _ => {}
        }
    }

    /// Tells of a length that leaves nothing of a text, and would leave all of it.
    fn length(&mut self, template: &Template, argument: &Argument, literal: Option<&Scalar>) {
        if !matches!(literal, Some(Scalar::Number(number)) if *number < 1.0) {
            return;
        }
        let fault = Diagnostic::error("a text cannot be cut to fewer than 1 character")
            .at(template.span(argument.at.clone()), "");
        self.fault(fault.hint("write how many characters may stand, such as `120`"));
    }

    fn style(
        &mut self,
        template: &Template,
        argument: &Argument,
        literal: Option<&Scalar>,
        of: &str,
        styles: &[&'static str],
    ) {
        let names = || styles.iter().copied();
        let written = match literal {
            Some(Scalar::Text(style)) => style.as_str(),
            _ => "",
        };
        if names().any(|name| name == written) {
            return;
        }
        let fault = Diagnostic::error(format!("this is no style of {of}"))
            .at(template.span(argument.at.clone()), listed("styles: ", names()));
        self.fault(super::hinted(
            fault,
            nearest(written, names()).map(|near| format!("\"{near}\"")),
        ));
    }
}

fn asked(name: &str) -> String {
    format!("ask `{{{{#if {name}}}}}` or `{{{{#unless {name}}}}}`; in a helper, `{name}` alone")
}

fn result(helper: Helper, shapes: &[Shape]) -> Shape {
    use Helper::{And, Default, Eq, Gt, Lt, Ne, Not, Or};
    if shapes.iter().any(Shape::is_reader) {
        return Shape::Reader(match (helper, shapes) {
            (Eq | Ne | Lt | Gt | And | Or | Not, _) => Kind::Bool,
            (Default, [first, second]) if first.kind() == second.kind() => {
                first.kind().unwrap_or(Kind::Any)
            }
            (Default, _) => Kind::Any,
            _ => Kind::Text,
        });
    }
    match helper {
        Eq | Ne | Lt | Gt | And | Or | Not => Shape::Bool,
        Default => match shapes {
            [Shape::Trusted, ..] => Shape::Text,
            [first, ..] => first.clone(),
            [] => Shape::Text,
        },
        _ => Shape::Text,
    }
}
