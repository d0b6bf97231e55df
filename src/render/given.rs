//! The block that a call gives a partial: `{{#> name}}…{{/name}}`, which it shows by
//! `{{> @partial-block}}`.
//!
//! Invariant: its names are those of the place where it is written, wherever it is shown.

use std::rc::Rc;
use std::sync::Arc;

use super::language::{Node, Template};
use super::scope::Scopes;

/// What stands for the given block among the names of partials.
pub(super) const PARTIAL_BLOCK: &str = "@partial-block";

/// A block and where it is written; `N` is what is noted of it besides.
#[derive(Debug)]
pub(super) struct Given<T, N> {
    /// Its template, for places; without nodes.
    pub(super) template: Template,
    pub(super) nodes: Arc<[Node]>,
    pub(super) scopes: Scopes<T>,
    /// The block that the partial was given in which this one is written.
    pub(super) outer: Option<Rc<Self>>,
    pub(super) noted: N,
}

impl<T: Clone, N> Given<T, N> {
    pub(super) fn new(
        template: &Template,
        nodes: &Arc<[Node]>,
        scopes: &Scopes<T>,
        outer: Option<&Rc<Self>>,
        noted: N,
    ) -> Rc<Self> {
        let Template { text, home, .. } = template;
        let template = Template { text: text.clone(), home: home.clone(), nodes: Vec::new() };
        let (nodes, scopes) = (Arc::clone(nodes), scopes.clone());
        Rc::new(Self { template, nodes, scopes, outer: outer.cloned(), noted })
    }
}
