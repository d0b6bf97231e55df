//! The templates that a workspace can begin with, and what the sample differs in with each.
//!
//! All of them are written, so that another is one line of `letterpress.toml` away; a briefing and
//! a letter also get the sample's week as such an issue would tell it.

use std::borrow::Cow;

/// The issue of the sample week.
const ISSUE: &str = "issues/2023-W12.md";
const CONFIG: &str = "letterpress.toml";

/// A template to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Weekly,
    Briefing,
    Letter,
}

impl Set {
    pub(super) const ALL: [Self; 3] = [Self::Weekly, Self::Briefing, Self::Letter];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Briefing => "briefing",
            Self::Letter => "letter",
        }
    }

    /// Returns a file of the sample as a workspace with this template has it.
    pub(super) fn file<'b>(self, path: &str, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match (path, self) {
            (ISSUE, Self::Briefing) => include_bytes!("briefing.md").as_slice().into(),
            (ISSUE, Self::Letter) => include_bytes!("letter.md").as_slice().into(),
            (CONFIG, _) => {
                let text = String::from_utf8_lossy(bytes);
                let text = self
                    .changes()
                    .iter()
                    .fold(text.into_owned(), |text, (old, new)| text.replacen(old, new, 1));
                text.into_bytes().into()
            }
            _ => bytes.into(),
        }
    }

    /// What this template's `letterpress.toml` says in place of the weekly's.
    fn changes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Weekly => &[],
            Self::Briefing => &[
                (
                    "template  = \"weekly\"                     # templates/weekly/",
                    "template  = \"briefing\"                   # templates/briefing/",
                ),
                ("templates/weekly/template.toml lists", "templates/briefing/template.toml lists"),
                ("signature        = \"Nora Hale, editor\"\n", ""),
            ],
            Self::Letter => &[
                (
                    "template  = \"weekly\"                     # templates/weekly/",
                    "template  = \"letter\"                     # templates/letter/",
                ),
                (
                    "max_stories = 12                         # the rest",
                    "max_stories = 1                          # a letter tells one story; the rest",
                ),
                ("templates/weekly/template.toml lists", "templates/letter/template.toml lists"),
                ("\"Nora Hale, editor\"", "\"Hana\""),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::SAMPLES;
    use super::*;

    #[test]
    fn what_a_template_changes_stands_in_the_sample() {
        let (_, config) = SAMPLES.iter().find(|(path, _)| *path == CONFIG).unwrap();
        let config = std::str::from_utf8(config).unwrap();
        for set in Set::ALL {
            for (old, _) in set.changes() {
                assert_eq!(config.matches(old).count(), 1, "{old}");
            }
            let written = set.file(CONFIG, config.as_bytes());
            let written = std::str::from_utf8(&written).unwrap();
            assert!(written.contains(&format!("template  = \"{}\"", set.name())));
        }
        assert!(SAMPLES.iter().any(|(path, _)| *path == ISSUE));
    }
}
