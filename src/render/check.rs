//! Holds a template's names to what there is, branches not taken included.
//!
//! Invariant: what passed here can be evaluated without a fault.

mod blocks;
mod calls;
mod partials;

use std::collections::BTreeMap;

use super::language::{Argument, ArgumentKind, Node, Path, SHALLOW, Start, Template};
use super::scalar::Helper;
use super::scope::{Missing, Scopes};
use super::shape::Shape;
use crate::diag::{Diagnostic, nearest};
use crate::words::Span;

use partials::{Called, GivenBlock};

/// Blocks and partials may lie in each other this deep.
const DEPTH_MAX: usize = 200;
/// Calls of partials, over all paths through a template.
const CALLS_MAX: usize = 20_000;
/// More faults than this are not told.
const FAULTS_MAX: usize = 200;
/// How many names a message lists.
const NAMES_SHOWN: usize = 20;

/// What a template is for, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    Html,
    Text,
    /// A subject, preheader, note or introduction.
    Phrase,
}

/// What a check needs to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) medium: Medium,
    pub(super) partials: &'a BTreeMap<String, Template>,
    /// The lists that the reader's fields come from.
    pub(super) lists: &'a [String],
}

/// Checks a template and all partials that it calls; returns the faults in the order found.
pub(super) fn check(template: &Template, root: &Shape, setting: Setting<'_>) -> Vec<Diagnostic> {
    let mut checker =
        Checker { setting, faults: Vec::new(), calls: 0, chain: Vec::new(), given: None, depth: 0 };
    checker.nodes(template, &template.nodes, &mut Scopes::new(root.clone()));
    checker.faults
}

struct Checker<'a> {
    setting: Setting<'a>,
    faults: Vec<Diagnostic>,
    calls: usize,
    /// The partials that are being walked.
    chain: Vec<Called>,
    /// The block that the innermost of them was given.
    given: Option<GivenBlock>,
    depth: usize,
}

impl Checker<'_> {
    /// A partial may be called many times; a fault is told once, with the first call.
    fn fault(&mut self, fault: Diagnostic) {
        let is_it = |told: &Diagnostic| told.what == fault.what && told.primary == fault.primary;
        if self.faults.len() < FAULTS_MAX && !self.faults.iter().any(is_it) {
            self.faults.push(fault);
        }
    }

    fn nodes(&mut self, template: &Template, nodes: &[Node], scopes: &mut Scopes<Shape>) {
        for node in nodes {
            match node {
                Node::Text(_) => {}
                Node::Value { value, raw, at } => {
                    let at = template.span(at.clone());
                    self.value(template, value, *raw, at, scopes);
                }
                Node::Block(block) => self.nested(block.at.clone(), template, |checker| {
                    checker.block(template, block, scopes);
                }),
                Node::Partial(partial) => self.nested(partial.at.clone(), template, |checker| {
                    checker.partial(template, partial, scopes);
                }),
            }
        }
    }

    fn nested(
        &mut self,
        at: std::ops::Range<usize>,
        template: &Template,
        walk: impl FnOnce(&mut Self),
    ) {
        if self.depth >= DEPTH_MAX {
            let what = format!("blocks and partials lie more than {DEPTH_MAX} deep in each other");
            let fault = Diagnostic::error(what).at(template.span(at), "");
            return self.fault(fault.hint(SHALLOW));
        }
        self.depth += 1;
        walk(self);
        self.depth -= 1;
    }

    fn value(
        &mut self,
        template: &Template,
        value: &Argument,
        raw: bool,
        at: Span,
        scopes: &Scopes<Shape>,
    ) {
        if self.layout_value(template, value, scopes) {
            return;
        }
        let Some(shape) = self.argument(template, value, Some(&at), scopes) else { return };
        let name = template.text(&value.at);
        let html = self.setting.medium == Medium::Html;
        let fault = match shape {
            Shape::List(_) | Shape::ReaderList => {
                Diagnostic::error(format!("`{name}` is a list, not a text"))
                    .at(at, "")
                    .hint(format!("write `{{{{#each {name}}}}}…{{{{/each}}}}`"))
            }
            Shape::Map(names) => Diagnostic::error(format!("`{name}` is no text"))
                .at(at, listed("it has ", names.names.keys().map(String::as_str))),
            Shape::Html if html && !raw => Diagnostic::error(format!("`{name}` is HTML"))
                .at(at, "its tags would be shown as text")
                .hint(format!("write `{{{{{{{name}}}}}}}`")),
            Shape::Html | Shape::Trusted => return,
            shape if raw && (html || shape.is_reader()) => {
                Diagnostic::error(format!("`{name}` is {}, and goes in escaped", shape.words()))
                    .at(at, "three braces are for HTML of the issue's own")
                    .hint(format!("write `{{{{{name}}}}}`"))
            }
            _ => return,
        };
        self.fault(fault);
    }

    /// Finds the shape of an argument; none if it is at fault, which is then told. `tag` is the
    /// place that is shown where the argument is all of a tag.
    fn argument(
        &mut self,
        template: &Template,
        argument: &Argument,
        tag: Option<&Span>,
        scopes: &Scopes<Shape>,
    ) -> Option<Shape> {
        use super::scalar::Scalar;
        match &argument.kind {
            ArgumentKind::Literal(Scalar::Number(_)) => Some(Shape::Number),
            ArgumentKind::Literal(Scalar::Bool(_)) => Some(Shape::Bool),
            ArgumentKind::Literal(_) => Some(Shape::Text),
            ArgumentKind::Call(call) => self.call(template, call, argument, scopes),
            ArgumentKind::Path(path) => {
                let at = tag.cloned().unwrap_or_else(|| template.span(argument.at.clone()));
                match scopes.resolve(path) {
                    Ok(shape) => Some(shape),
                    Err(missing) => {
                        self.missing(path, missing, at, scopes);
                        None
                    }
                }
            }
        }
    }

    fn missing(&mut self, path: &Path, missing: Missing<Shape>, at: Span, scopes: &Scopes<Shape>) {
        let shown = at.text().to_owned();
        let error = |what: String| Diagnostic::error(what);
        let fault = match missing {
            Missing::Level => error(format!("`{shown}` leads out of the template's data"))
                .at(at, "there are not so many blocks around it"),
            Missing::Local => error(format!("`{shown}` means nothing"))
                .at(at, "there are `@root`, `@index`, `@first`, `@last` and `@key`"),
            Missing::OuterLocal => outer_local(path, at),
            Missing::Name(index, Shape::Map(names)) if names.of == SUBSCRIBER => {
                let mut fields: Vec<&str> = names.names.keys().map(String::as_str).collect();
                fields.sort_by_key(|field| *field != "email");
                let name = &path.names[index].text;
                let near = nearest(name, fields.iter().copied());
                let lists = quoted(self.setting.lists);
                let what = match self.setting.lists.len() {
                    0 => format!("`{shown}` is no field of the subscribers"),
                    1 => format!("`{shown}` is no field of list {lists}"),
                    _ => format!("`{shown}` is no field of the lists {lists}"),
                };
                let fault = error(what).at(at, format!("fields: {}", fields.join(", ")));
                hinted(fault, near.map(|near| format!("subscriber.{near}")))
            }
            Missing::Name(index, inside) => {
                let fault = self.unknown(path, index, &inside, at, scopes);
                // What a partial lacks is given where it is called.
                match self.chain.last().filter(|_| index == 0 && path.start != Start::Root) {
                    Some(call) => fault.also(call.at().clone(), "called here"),
                    None => fault,
                }
            }
        };
        self.fault(fault);
    }

    fn unknown(
        &self,
        path: &Path,
        index: usize,
        inside: &Shape,
        at: Span,
        scopes: &Scopes<Shape>,
    ) -> Diagnostic {
        let name = path.names[index].text.as_str();
        let shown = at.text().to_owned();
        let at_root = index == 0
            && path.start != Start::Root
            && matches!(scopes.root(), Shape::Map(root) if root.names.contains_key(name));
        let whole =
            || path.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
        let Shape::Map(names) = inside else {
            let before: Vec<_> =
                path.names[..index].iter().map(|name| name.text.as_str()).collect();
            let what = match before.is_empty() {
                true => format!("`{shown}` names a part of {}", inside.words()),
                false => format!("`{}` is {}", before.join("."), inside.words()),
            };
            let fault = Diagnostic::error(what).at(at, format!("there is no `{name}` in it"));
            return match at_root && before.is_empty() {
                true => fault.hint(format!("inside this block write `@root.{}`", whole())),
                false => fault,
            };
        };
        let keys = || names.names.keys().map(String::as_str);
        let fault = Diagnostic::error(format!("`{shown}` is no name of {}", names.of))
            .at(at, listed("names: ", keys()));
        if let Some(near) = nearest(name, keys()) {
            let mut whole: Vec<_> = path.names.iter().map(|name| name.text.as_str()).collect();
            whole[index] = near;
            return hinted(fault, Some(whole.join(".")));
        }
        if at_root {
            return fault.hint(format!("inside this block write `@root.{}`", whole()));
        }
        if let Some(layout) = calls::layout_helper(name) {
            return fault.hint(format!("`{layout}` is a helper of the plain text"));
        }
        if let Some(helper) = Helper::named(name).filter(|_| path.plain().is_some()) {
            let (takes, ..) = helper.takes();
            return fault.hint(format!("`{name}` is a helper, and takes {takes}"));
        }
        fault
    }
}

/// Says how `@../index`, which other programs have, is written here.
fn outer_local(path: &Path, at: Span) -> Diagnostic {
    const HINT: &str =
        "name them where it begins, `{{#each … as |story index|}}`, and write `index`";
    let what = format!("`{}`: loop names of an outer block are not to be had", at.text());
    let fault = Diagnostic::error(what).at(at, "");
    match path.names.first().map(|name| name.text.as_str()) {
        Some("first") => fault.hint(format!("{HINT}; of the first, `(eq index 0)`")),
        _ => fault.hint(HINT),
    }
}

/// What the reader's fields are a part of.
pub(super) const SUBSCRIBER: &str = "the subscriber";

fn hinted(fault: Diagnostic, near: Option<String>) -> Diagnostic {
    match near {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault,
    }
}

/// Lists names behind a word, as far as they are of use.
fn listed<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names[..names.len().min(NAMES_SHOWN)].join(", ");
    let more = if names.len() > NAMES_SHOWN { ", …" } else { "" };
    format!("{word}{shown}{more}")
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
