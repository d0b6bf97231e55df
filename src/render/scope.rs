//! How a path finds its value: one rule for the check and for the evaluation.

use super::language::{Path, Start};

/// What paths lead through: the shapes of data, or the data.
pub(super) trait Data: Clone {
    /// Returns what bears a name inside of it.
    fn child(&self, name: &str) -> Option<Self>;

    /// Returns what `@name` is outside every `#each`, if there is such a name.
    fn local(name: &str) -> Option<Self>;
}

/// One level of blocks that change what `this` is.
#[derive(Clone, Debug)]
pub(super) struct Frame<T> {
    pub(super) this: T,
    /// Block parameters, or the named arguments of a partial.
    pub(super) params: Vec<(String, T)>,
    /// `@index` and its like.
    pub(super) locals: Vec<(&'static str, T)>,
}

impl<T> Frame<T> {
    pub(super) fn new(this: T) -> Self {
        Self { this, params: Vec::new(), locals: Vec::new() }
    }
}

/// The levels around a tag, the innermost last.
#[derive(Clone, Debug)]
pub(super) struct Scopes<T> {
    root: T,
    frames: Vec<Frame<T>>,
}

/// A path that leads nowhere.
#[derive(Clone, Debug)]
pub(super) enum Missing<T> {
    /// There are not so many levels.
    Level,
    /// `@name` means nothing.
    Local,
    /// `@../name` is not to be had.
    OuterLocal,
    /// The name with this index is not in what the path led to.
    Name(usize, T),
}

/// Names that mean the reader at every level.
pub(super) const RESERVED: [&str; 3] = ["subscriber", "unsubscribe_url", "preferences_url"];

impl<T: Data> Scopes<T> {
    pub(super) fn new(root: T) -> Self {
        Self { frames: vec![Frame::new(root.clone())], root }
    }

    pub(super) fn root(&self) -> &T {
        &self.root
    }

    pub(super) fn push(&mut self, frame: Frame<T>) {
        self.frames.push(frame);
    }

    pub(super) fn pop(&mut self) {
        self.frames.pop();
    }

    /// Returns the levels as a partial sees them: without block parameters, with its own context
    /// and named arguments.
    pub(super) fn for_partial(&self, context: Option<T>, named: Vec<(String, T)>) -> Self {
        let mut frames = self.frames.clone();
        frames.iter_mut().for_each(|frame| frame.params.clear());
        if let Some(context) = context {
            frames.push(Frame::new(context));
        }
        if let Some(last) = frames.last_mut() {
            last.params = named;
        }
        Self { root: self.root.clone(), frames }
    }

    /// Finds what a path names.
    pub(super) fn resolve(&self, path: &Path) -> Result<T, Missing<T>> {
        let (mut value, from) = self.start(path)?;
        for (index, name) in path.names.iter().enumerate().skip(from) {
            value = match value.child(&name.text) {
                Some(child) => child,
                None => return Err(Missing::Name(index, value)),
            };
        }
        Ok(value)
    }

    /// Returns where a path begins, and how many of its names that took.
    fn start(&self, path: &Path) -> Result<(T, usize), Missing<T>> {
        let first = path.names.first().map(|name| name.text.as_str());
        match (path.start, first) {
            (Start::Local, Some(name)) => {
                let known = self.frames.iter().rev().flat_map(|frame| &frame.locals);
                let mut known = known.filter(|(local, _)| *local == name);
                let value = known.next().map(|(_, value)| value.clone());
                Ok((value.or_else(|| T::local(name)).ok_or(Missing::Local)?, 1))
            }
            (Start::Local, None) => Err(Missing::Local),
            (Start::OuterLocal, _) => Err(Missing::OuterLocal),
            (Start::Root, _) => Ok((self.root.clone(), 0)),
            (_, Some(name)) if RESERVED.contains(&name) => Ok((self.root.clone(), 0)),
            (Start::Name, Some(name)) => {
                let known = self.frames.iter().rev().flat_map(|frame| &frame.params);
                let mut known = known.filter(|(param, _)| param == name);
                match known.next() {
                    Some((_, value)) => Ok((value.clone(), 1)),
                    None => Ok((self.level(path.up)?, 0)),
                }
            }
            _ => Ok((self.level(path.up)?, 0)),
        }
    }

    fn level(&self, up: usize) -> Result<T, Missing<T>> {
        let index = self.frames.len().checked_sub(1 + up);
        let frame = index.and_then(|index| self.frames.get(index));
        frame.map(|frame| frame.this.clone()).ok_or(Missing::Level)
    }
}
