//! The name of an issue: the stem of its file under `issues/`.

use std::fmt;
use std::str::FromStr;

/// The longest name, in bytes; it also stands in file names and addresses.
const NAME_BYTES_MAX: usize = 80;

/// An issue's name, such as `2023-W12`: letters, digits, `-`, `_` and `.`, beginning with a letter
/// or digit, so that it is safe in paths and in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssueName(String);

/// A text that is no issue name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name for an issue")]
pub struct IssueNameError(pub String);

impl IssueName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of the issue's file in the workspace.
    pub fn path(&self) -> String {
        format!("issues/{}.md", self.0)
    }
}

impl FromStr for IssueName {
    type Err = IssueNameError;

    /// Reads a name, or the path of an issue's file, as a shell's completion gives it.
    fn from_str(text: &str) -> Result<Self, IssueNameError> {
        let stem = text.strip_suffix(".md").unwrap_or(text);
        let stem = stem.rsplit('/').next().unwrap_or(stem);
        let sound = stem.starts_with(|c: char| c.is_ascii_alphanumeric())
            && stem.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && stem.len() <= NAME_BYTES_MAX;
        if sound { Ok(Self(stem.to_owned())) } else { Err(IssueNameError(text.to_owned())) }
    }
}

impl fmt::Display for IssueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_given_as_its_path() {
        let name: IssueName = "issues/2023-W12.md".parse().unwrap();
        assert_eq!(name.as_str(), "2023-W12");
        assert_eq!(name.path(), "issues/2023-W12.md");
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for text in ["", "..", ".hidden", "a b", "é", "a\nb"] {
            assert!(text.parse::<IssueName>().is_err(), "{text}");
        }
    }
}
