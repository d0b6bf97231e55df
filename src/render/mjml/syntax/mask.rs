//! A style sheet without what stands in comments, strings and brackets, so that the signs that are
//! left mean what they seem to.

use std::ops::Range;

use crate::render::mjml::braces::{address_end, string_end};

/// Writes blanks for comments and `_` for what stands in strings and brackets; no place changes.
pub(super) fn mask(css: &str) -> String {
    let bytes = css.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\\' => at + 1 + css[at + 1..].chars().next().map_or(0, char::len_utf8),
            b'/' if bytes.get(at + 1) == Some(&b'*') => comment_end(css, at),
            b'"' | b'\'' | b'(' | b'[' => group_end(css, at),
            _ => {
                at += 1;
                continue;
            }
        };
        let (inner, sign) = match bytes[at] {
            b'\\' => (at..end, b'_'),
            b'/' => (at..end, b' '),
            _ => (at + 1..end.saturating_sub(1), b'_'),
        };
        inner.for_each(|at| out[at] = if bytes[at].is_ascii() { sign } else { b'_' });
        at = end;
    }
    // Bytes of one character are written over together, or not at all.
    String::from_utf8(out).unwrap_or_else(|_| " ".repeat(css.len()))
}

fn comment_end(css: &str, at: usize) -> usize {
    css[at + 2..].find("*/").map_or(css.len(), |end| at + 2 + end + 2)
}

/// Finds the end of a string, or of what stands in brackets.
fn group_end(css: &str, start: usize) -> usize {
    let bytes = css.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            quote @ (b'"' | b'\'') => at = string_end(bytes, at + 1, quote),
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = comment_end(css, at) - 1,
            b'(' => match address_end(css, at) {
                Some(end) => at = end,
                None => depth += 1,
            },
            b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at.min(bytes.len())
}

/// Takes out of a mask what was meant as a comment from `//` to the end of its line; returns where.
pub(super) fn take_lines(mask: &mut String) -> Vec<Range<usize>> {
    let (mut found, mut out) = (Vec::new(), String::with_capacity(mask.len()));
    let mut rest = mask.as_str();
    while let Some(start) = rest.find("//") {
        let (before, line) = rest.split_at(start);
        let line = line.lines().next().unwrap_or_default();
        // `http://…` without quotes is none.
        let length = if before.ends_with(':') { 0 } else { sound(line.trim_end()) };
        out.push_str(before);
        match length {
            0 => out.push_str(&rest[start..start + 2]),
            _ => {
                found.push(out.len()..out.len() + length);
                out.push_str(&" ".repeat(length));
            }
        }
        rest = &rest[start + length.max(2)..];
    }
    out.push_str(rest);
    *mask = out;
    found
}

/// Returns how far a line may be taken out and leave the braces around it closed.
fn sound(line: &str) -> usize {
    let mut depth = 0_i32;
    for c in line.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth < 0 {
            break;
        }
    }
    match depth {
        0 => line.len(),
        _ => line.find(['{', '}']).unwrap_or(line.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_masked() {
        for (css, expected) in [
            ("a/*{*/b", "a     b"),
            ("a['}']:n(b(c)d) {", "a[___]:n(_____) {"),
            ("\"é;\\\"\" é", "\"_____\" é"),
            ("url(a'b);'a", "url(___);'a"),
            ("a\\:b \\é", "a__b ___"),
            ("'é", "   "),
        ] {
            assert_eq!(mask(css), expected, "{css}");
        }
    }

    #[test]
    fn a_line_is_taken_out_as_far_as_braces_allow() {
        for (css, left, count) in [
            ("a{} // b{c:d}\ne{}", "a{}          \ne{}", 1),
            ("a{ // b }\n", "a{      }\n", 1),
            ("a{b:http://c;d:url(//e)}", "a{b:http://c;d:url(___)}", 0),
        ] {
            let mut mask = mask(css);
            assert_eq!(take_lines(&mut mask).len(), count, "{css}");
            assert_eq!(mask, left);
        }
    }
}
