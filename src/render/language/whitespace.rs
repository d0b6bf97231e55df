//! Which white space around a tag goes with the tag.

use std::ops::Range;

/// Returns the white space that a tag takes with it if it stands alone on its line: from the line's
/// start to behind its end. `bounds` is the template; `text_start` is where the text before begins.
pub(super) fn own_line(
    text: &str,
    bounds: &Range<usize>,
    text_start: usize,
    tag: &Range<usize>,
) -> Option<Range<usize>> {
    let before = &text[text_start..tag.start];
    let line_start = match before.rfind('\n') {
        Some(newline) => text_start + newline + 1,
        // No line began since the last tag: alone only if that tag took its line's end with it,
        // or at the very start.
        None if text_start == bounds.start || text[..text_start].ends_with('\n') => text_start,
        None => return None,
    };
    if !text[line_start..tag.start].trim_matches([' ', '\t']).is_empty() {
        return None;
    }
    let behind = &text[tag.end..bounds.end];
    let line = behind.split('\n').next().unwrap_or_default();
    if !line.trim_matches([' ', '\t', '\r']).is_empty() {
        return None;
    }
    let end = tag.end + line.len() + usize::from(behind.len() > line.len());
    Some(line_start..end)
}
