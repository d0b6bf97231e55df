//! `[check]`: how grave the newsletter takes each finding.

use std::collections::BTreeMap;

use super::Located;
use super::read::Section;
use crate::diag::{Diagnostic, Severity, nearest};

/// All checks there are.
pub const CHECKS: [&str; 39] = [
    "address-missing",
    "alt-missing",
    "anchor-broken",
    "contrast",
    "contrast-dark",
    "css-support",
    "field-empty",
    "field-value",
    "heading-order",
    "headline-changed",
    "layout-table",
    "link-dead",
    "link-insecure",
    "link-text",
    "link-unsure",
    "list-missing",
    "local-url",
    "near-large",
    "old-year",
    "outside-period",
    "picture-missing",
    "picture-unpublished",
    "placeholder",
    "preheader-empty",
    "preheader-short",
    "relative-date",
    "sponsor-incomplete",
    "story-changed",
    "story-embargoed",
    "story-empty",
    "story-expired",
    "story-missing",
    "story-retracted",
    "story-used",
    "subject-empty",
    "subject-long",
    "text-short",
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
    let mut checks = Checks::default();
    for (key, level) in [("error", Level::Error), ("warn", Level::Warning), ("off", Level::Off)] {
        for id in section.texts(key).unwrap_or_default() {
            checks.set(&mut section, &id, level);
        }
    }
    section.finish(faults);
    checks
}

impl Checks {
    /// Reads the `[check]` of an issue, where what is off has a reason:
    /// `off = { contrast = "The sponsor's own colours" }`.
    pub(crate) fn of_issue(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Self {
        let mut checks = Self::default();
        for (key, level) in [("error", Level::Error), ("warn", Level::Warning)] {
            for id in section.texts(key).unwrap_or_default() {
                checks.set(&mut section, &id, level);
            }
        }
        if section.any("off").is_some_and(|off| off.as_table_like().is_none()) {
            section.item("off");
            let span = section.key_span("off");
            section.fault(
                Diagnostic::error("what an issue turns off needs a reason")
                    .at(span, "")
                    .hint("write `off = { contrast = \"The sponsor's own colours\" }`"),
            );
            section.finish(faults);
            return checks;
        }
        let mut off = section.section("off");
        for name in off.keys() {
            let Some(reason) = off.text(&name) else { continue };
            let id = Located { span: off.key_span(&name), value: name };
            if reason.value.trim().is_empty() {
                let fault = Diagnostic::error(format!("the reason for `{}` is empty", id.value));
                off.fault(fault.at(reason.span, "say why the finding is none"));
            }
            checks.set(&mut off, &id, Level::Off);
        }
        off.finish(faults);
        section.finish(faults);
        checks
    }

    /// Gives an id a level, or tells why it may not have it.
    fn set(&mut self, section: &mut Section<'_>, id: &Located<String>, level: Level) {
        let fault = if !CHECKS.contains(&id.value.as_str()) {
            let fault = Diagnostic::error(format!("`{}` is no check", id.value));
            match nearest(&id.value, CHECKS) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint("docs/checks.md lists them"),
            }
        } else if FIRM.contains(&id.value.as_str()) && level != Level::Error {
            Diagnostic::error(format!("`{}` always holds a send", id.value))
        } else if self.0.insert(id.value.clone(), level).is_some() {
            Diagnostic::error(format!("`{}` stands here twice", id.value))
        } else {
            return;
        };
        section.fault(fault.at(id.span.clone(), ""));
    }
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
