//! The check of partials, each walked where it is called, and of the blocks that they are given.

use std::cell::Cell;
use std::rc::Rc;

use super::{CALLS_MAX, Checker, hinted, listed};
use crate::diag::{Diagnostic, nearest};
use crate::render::given::{Given, PARTIAL_BLOCK};
use crate::render::language::{Partial, Template};
use crate::render::scope::{Data as _, Scopes};
use crate::render::shape::Shape;
use crate::words::Span;

/// What to do about the name of a value where that of a partial belongs.
const DATA_HINT: &str = "no value names a partial; choose between two with `{{#if …}}`";

/// A partial that is being walked.
#[derive(Clone, Debug)]
pub(super) struct Called {
    name: String,
    at: Span,
}

impl Called {
    /// The tag that calls it.
    pub(super) fn at(&self) -> &Span {
        &self.at
    }
}

/// What is noted of a block that a partial is given.
#[derive(Debug)]
pub(super) struct Noted {
    /// The partials around it.
    chain: Vec<Called>,
    is_shown: Cell<bool>,
}

pub(super) type GivenBlock = Rc<Given<Shape, Noted>>;

impl Checker<'_> {
    pub(super) fn partial(
        &mut self,
        template: &Template,
        partial: &Partial,
        scopes: &mut Scopes<Shape>,
    ) {
        let name = &partial.call.name;
        if name.text == PARTIAL_BLOCK {
            return self.given_block(template, partial, scopes);
        }
        let at = template.span(partial.at.clone());
        let partials = self.setting.partials;
        let Some(called) = partials.get(&name.text) else {
            let known = || partials.keys().map(String::as_str);
            let label = match partials.is_empty() {
                true => "the template has none".to_owned(),
                false => listed("partials: ", known()),
            };
            let fault = Diagnostic::error(format!("there is no partial `{}`", name.text))
                .at(template.span(name.at.clone()), label);
            let near = nearest(&name.text, known()).map(str::to_owned);
            let first = name.text.split('.').next().unwrap_or_default();
            let is_data = near.is_none() && scopes.root().child(first).is_some();
            self.fault(match is_data {
                true => fault.hint(DATA_HINT),
                false => hinted(fault, near),
            });
            return self.nodes(template, partial.body.as_deref().unwrap_or_default(), scopes);
        };
        if let Some(first) = self.chain.iter().position(|outer| outer.name == name.text) {
            let chain = self.chain[first..].iter().map(|called| called.name.as_str());
            let chain: Vec<&str> = chain.chain([name.text.as_str()]).collect();
            let what = format!("partial `{}` calls itself", name.text);
            let fault = Diagnostic::error(what).at(at, chain.join(" → "));
            return self.fault(fault.hint("take one of these calls out"));
        }
        if !self.counts(&at) {
            return;
        }
        let Some(mut inner) = self.partial_scopes(template, partial, scopes) else { return };
        let given = partial.body.as_ref().map(|nodes| {
            let noted = Noted { chain: self.chain.clone(), is_shown: Cell::new(false) };
            Given::new(template, nodes, scopes, self.given.as_ref(), noted)
        });
        let outer = std::mem::replace(&mut self.given, given.clone());
        let faults = self.faults.len();
        self.chain.push(Called { name: name.text.clone(), at: at.clone() });
        self.nodes(called, &called.nodes, &mut inner);
        self.chain.pop();
        self.given = outer;
        // What is at fault in the partial may hide the place.
        let is_sound = self.faults.len() == faults;
        if let Some(given) = given.filter(|given| is_sound && !given.noted.is_shown.get()) {
            let what = format!("partial `{}` does not show the block that it is given", name.text);
            let hint = format!(
                "write `{{{{> {}}}}}`, or `{{{{> {PARTIAL_BLOCK}}}}}` in the partial where the block belongs",
                name.text
            );
            self.fault(Diagnostic::error(what).at(at, "").hint(hint));
            self.nodes(template, &given.nodes, scopes);
        }
    }

    /// Counts a call; false if there are too many.
    fn counts(&mut self, at: &Span) -> bool {
        self.calls += 1;
        if self.calls > CALLS_MAX {
            let what = format!("partials are called more than {CALLS_MAX} times");
            let fault = Diagnostic::error(what).at(at.clone(), "");
            self.fault(fault.hint("partials that call several others multiply; write some out"));
        }
        self.calls <= CALLS_MAX
    }

    /// Checks the block that the partial was given, where it is shown.
    fn given_block(&mut self, template: &Template, partial: &Partial, scopes: &mut Scopes<Shape>) {
        let at = template.span(partial.at.clone());
        let named = partial.call.named.iter().map(|(name, _)| &name.at);
        let arguments = partial.call.arguments.iter().map(|argument| &argument.at);
        if let Some(argument) = arguments.chain(named).next() {
            let what = format!("`{{{{> {PARTIAL_BLOCK}}}}}` takes nothing");
            let fault = Diagnostic::error(what).at(template.span(argument.clone()), "");
            self.fault(
                fault.hint("the names in the block are those of the place where it is written"),
            );
        }
        match self.given.clone() {
            Some(given) => {
                given.noted.is_shown.set(true);
                if self.counts(&at) {
                    self.shown(&given);
                }
            }
            None if partial.body.is_none() => self.fault(self.not_given(at)),
            None => {}
        }
        if let Some(otherwise) = &partial.body {
            self.nodes(template, otherwise, scopes);
        }
    }

    fn shown(&mut self, given: &GivenBlock) {
        let chain = std::mem::replace(&mut self.chain, given.noted.chain.clone());
        let own = std::mem::replace(&mut self.given, given.outer.clone());
        self.nodes(&given.template, &given.nodes, &mut given.scopes.clone());
        self.chain = chain;
        self.given = own;
    }

    fn not_given(&self, at: Span) -> Diagnostic {
        let fault = Diagnostic::error("there is no block to show here");
        let Some(Called { name, at: call }) = self.chain.last() else {
            let hint = "it stands in a partial, which is called `{{#> name}}…{{/name}}`";
            return fault.at(at, "this is no partial").hint(hint);
        };
        let hint = match name.starts_with('/') {
            true => "a file that is included gets no block".to_owned(),
            false => format!(
                "call it `{{{{#> {name}}}}}…{{{{/{name}}}}}`, or say what stands there without: \
                 `{{{{#> {PARTIAL_BLOCK}}}}}…{{{{/{PARTIAL_BLOCK}}}}}`"
            ),
        };
        fault.at(at, "").also(call.clone(), "called without one").hint(hint)
    }

    fn partial_scopes(
        &mut self,
        template: &Template,
        partial: &Partial,
        scopes: &Scopes<Shape>,
    ) -> Option<Scopes<Shape>> {
        let mut context = None;
        if let Some(argument) = partial.call.arguments.first() {
            let shape = self.argument(template, argument, None, scopes)?;
            if shape.is_reader() || partial.call.arguments.len() > 1 {
                let what = "a partial takes one context, which is issue data";
                let at = template.span(argument.at.clone());
                let hint = "give subscriber data a name: `{{> name who=subscriber.name}}`";
                self.fault(Diagnostic::error(what).at(at, "").hint(hint));
                return None;
            }
            context = Some(shape);
        }
        let mut named = Vec::new();
        for (name, argument) in &partial.call.named {
            self.not_reserved(template, name);
            let shape = self.argument(template, argument, None, scopes)?;
            named.push((name.text.clone(), shape));
        }
        Some(scopes.for_partial(context, named))
    }
}
