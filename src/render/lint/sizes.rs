//! Checks of how large copies get: Gmail shows no more than 102 kB of a mail's HTML, and cuts off
//! what stands behind, the link to unsubscribe with it.

use super::Proofread;
use crate::diag::Diagnostic;

/// What Gmail shows, in bytes of decoded HTML.
const HTML_BYTES_MAX: usize = 102_000;
/// From here on a long story more would be too much.
const HTML_BYTES_NEAR: usize = 90_000;

pub(super) fn sizes(over: &Proofread<'_>) -> Option<Diagnostic> {
    finding(over.trial.html_bytes).map(|fault| {
        fault
            .file(over.issue.source.name())
            .note("behind 102 kB Gmail cuts a mail off, and with it the link to unsubscribe")
            .hint("show stories as summaries (`- show: summary`), or leave some out")
    })
}

fn finding(bytes: usize) -> Option<Diagnostic> {
    let size = format!("{:.1} kB", bytes as f64 / 1_000.0);
    if bytes > HTML_BYTES_MAX {
        let what = format!("the largest copy has {size} of HTML, too much for Gmail");
        return Some(Diagnostic::error(what).id("too-large"));
    }
    let what = format!("the largest copy has {size} of HTML");
    (bytes > HTML_BYTES_NEAR).then(|| Diagnostic::warning(what).id("near-large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_too_large_from_what_gmail_cuts_off() {
        let id = |bytes| finding(bytes).map(|fault| fault.id.unwrap());
        assert_eq!(id(90_000), None);
        assert_eq!((id(90_001), id(102_000)), (Some("near-large"), Some("near-large")));
        assert_eq!(id(102_001), Some("too-large"));
    }
}
