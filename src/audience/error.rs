//! Why the lists could not be gone through.

use crate::diag::Diagnostic;
use crate::world::FileError;

/// The lists could not be gone through to their end.
#[derive(Debug, thiserror::Error)]
pub enum AudienceError {
    /// A list could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A list is not what it was when its readers were counted.
    #[error("`{list}` has changed since its readers were counted")]
    Changed {
        /// The list's file.
        list: String,
    },
    /// A row does not end.
    #[error("a row of `{list}` is longer than 1 MiB")]
    RowTooLong {
        /// The list's file.
        list: String,
        /// The line that it begins on.
        line: usize,
    },
}

impl From<AudienceError> for Diagnostic {
    fn from(error: AudienceError) -> Self {
        let fault = Self::error(error.to_string());
        match error {
            AudienceError::File(error) => error.into(),
            AudienceError::Changed { list } => {
                fault.file(list).hint("run it again once nothing writes to the list any more")
            }
            AudienceError::RowTooLong { list, line } => fault
                .file(list)
                .note(format!("it begins on line {line}"))
                .hint("close the quote that was left open"),
        }
    }
}
