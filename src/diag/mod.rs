//! One kind of message for everything that a person must be told: errors and findings alike.
//!
//! Invariant: a [`Diagnostic`] says what, where, why and what to do next; how it is drawn, and
//! which exit code follows, is decided elsewhere by its data alone.

mod difference;
mod draw;
mod json;

pub use difference::{Line, difference};
pub use draw::draw;
pub use json::to_json;

use crate::words::{Place, Span};

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing stops.
    Warning,
    /// The work cannot be done, or must not.
    Error,
}

/// What an error means for the caller, from which the exit code follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// It failed.
    #[default]
    Failed,
    /// The command line is wrong.
    Usage,
    /// Held back by checks: nothing was sent.
    Held,
    /// A slot passed without its issue.
    TooLate,
    /// It may work later; the reason is named in the machine formats.
    TryLater(&'static str),
}

/// A part of a source with what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is marked.
    pub span: Span,
    /// What stands beside the mark; may be empty.
    pub text: String,
}

/// One message: what failed, where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What it means for the caller.
    pub kind: Kind,
    /// The id of the check that found it (FORMATS: check ids).
    pub id: Option<&'static str>,
    /// What failed, in one line.
    pub what: String,
    /// The place itself, drawn with its line.
    pub primary: Option<Label>,
    /// Other places that explain it, in the same or another file.
    pub others: Vec<Label>,
    /// A file, where no part of it can be marked.
    pub file: Option<String>,
    /// Why, a line each.
    pub notes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Begins an error.
    pub fn error(what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            kind: Kind::default(),
            id: None,
            what: what.into(),
            primary: None,
            others: Vec::new(),
            file: None,
            notes: Vec::new(),
            hint: None,
        }
    }

    /// Begins a warning.
    pub fn warning(what: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(what) }
    }

    /// Says what it means for the caller.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Names the check that found it.
    #[must_use]
    pub fn id(mut self, id: &'static str) -> Self {
        self.id = Some(id);
        self
    }

    /// Marks where it is; `text` stands beside the mark.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Marks another place that explains it.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }

    /// Names the file, where no part of it can be marked.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Says why.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns where it is, if it is anywhere.
    pub fn place(&self) -> Option<Place> {
        self.primary.as_ref().map(|label| label.span.place())
    }
}

/// All that is wrong, told together, and how things stand now.
///
/// What returns it has changed nothing, or says in `standing` what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The faults, in the order of their places.
    pub list: Vec<Diagnostic>,
    /// The last line: how things stand.
    pub standing: Option<String>,
}

impl Faults {
    /// Says how things stand after the failure.
    #[must_use]
    pub fn standing(mut self, standing: impl Into<String>) -> Self {
        self.standing = Some(standing.into());
        self
    }

    /// Returns `value` if there are no faults, and the faults otherwise.
    ///
    /// # Errors
    /// The faults themselves.
    pub fn or<T>(self, value: T) -> Result<T, Faults> {
        if self.list.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds a fault.
    pub fn push(&mut self, fault: impl Into<Diagnostic>) {
        self.list.push(fault.into());
    }
}

impl<D: Into<Diagnostic>> From<D> for Faults {
    fn from(fault: D) -> Self {
        Self { list: vec![fault.into()], standing: None }
    }
}

impl From<Vec<Diagnostic>> for Faults {
    fn from(list: Vec<Diagnostic>) -> Self {
        Self { list, standing: None }
    }
}

/// Returns the candidate that `name` is most likely a slip of, if one is near enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(name.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_none() {
        assert_eq!(nearest("nmae", ["email", "name"]), Some("name"));
        assert_eq!(nearest("country", ["email", "name"]), None);
    }
}
