//! `[check]`: how grave the newsletter takes each finding.

use std::collections::BTreeMap;

use super::read::Section;
use crate::diag::{Diagnostic, Severity, nearest};

/// All checks there are.
pub const CHECKS: [&str; 21] = [
    "address-missing",
    "field-empty",
    "field-value",
    "link-insecure",
    "list-missing",
    "near-large",
    "old-year",
    "outside-period",
    "picture-missing",
    "placeholder",
    "preheader-empty",
    "preheader-short",
    "story-embargoed",
    "story-empty",
    "story-missing",
    "story-retracted",
    "story-used",
    "subject-empty",
    "subject-long",
    "too-large",
    "unsubscribe-missing",
];
/// What always holds a send: readers could not leave, get what nobody is to get, or are not there.
const FIRM: [&str; 5] =
    ["unsubscribe-missing", "story-retracted", "story-embargoed", "story-used", "list-missing"];

/// What is to become of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Off,
}

/// The newsletter's own word on findings, by check.
#[derive(Clone, Debug, Default)]
pub struct Checks(BTreeMap<String, Level>);

impl Checks {
    /// Gives a finding the weight that the newsletter gives it; `None` where it is not to be told.
    pub fn judge(&self, finding: Diagnostic) -> Option<Diagnostic> {
        let severity = match finding.id.and_then(|id| self.0.get(id)) {
            None => finding.severity,
            Some(Level::Error) => Severity::Error,
            Some(Level::Warning) => Severity::Warning,
            Some(Level::Off) => return None,
        };
        Some(Diagnostic { severity, ..finding })
    }
}

pub(super) fn checks(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Checks {
    let mut checks = BTreeMap::new();
    for (key, level) in [("error", Level::Error), ("warn", Level::Warning), ("off", Level::Off)] {
        for id in section.texts(key).unwrap_or_default() {
            let fault = if !CHECKS.contains(&id.value.as_str()) {
                let fault = Diagnostic::error(format!("`{}` is no check", id.value));
                match nearest(&id.value, CHECKS) {
                    Some(near) => fault.hint(format!("did you mean `{near}`?")),
                    None => fault.hint("docs/checks.md lists them"),
                }
            } else if FIRM.contains(&id.value.as_str()) && level != Level::Error {
                Diagnostic::error(format!("`{}` always holds a send", id.value))
            } else if checks.insert(id.value.clone(), level).is_some() {
                Diagnostic::error(format!("`{}` stands here twice", id.value))
            } else {
                continue;
            };
            section.fault(fault.at(id.span, ""));
        }
    }
    section.finish(faults);
    Checks(checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newsletter_has_its_own_word_on_findings() {
        let levels = [("old-year", Level::Off), ("too-large", Level::Warning)];
        let levels = levels.map(|(id, level)| (id.to_owned(), level));
        let checks = Checks(BTreeMap::from(levels));
        let error = |id| checks.judge(Diagnostic::error("x").id(id)).map(|found| found.severity);
        assert_eq!(error("old-year"), None);
        assert_eq!(error("too-large"), Some(Severity::Warning));
        assert_eq!(error("story-used"), Some(Severity::Error));
    }
}
