//! Whether the braces of a style sheet are closed: behind one that is not, a browser takes nothing
//! for what it was meant to be.

/// Finds the outermost brace that is never closed, outside of comments and strings.
pub(super) fn unclosed(css: &str) -> Option<usize> {
    braces(css).0
}

/// Finds the first brace that closes nothing, outside of comments and strings.
pub(super) fn stray(css: &str) -> Option<usize> {
    braces(css).1
}

fn braces(css: &str) -> (Option<usize>, Option<usize>) {
    let mut stray = None;
    let bytes = css.as_bytes();
    let mut open = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = css.get(at + 2..).and_then(|rest| rest.find("*/"));
                at += end.map_or(bytes.len(), |end| end + 3);
            }
            quote @ (b'"' | b'\'') => at = string_end(bytes, at + 1, quote),
            b'{' => open.push(at),
            b'}' if open.pop().is_none() => drop(stray.get_or_insert(at)),
            _ => {}
        }
        at += 1;
    }
    (open.first().copied(), stray)
}

/// Finds the quote that ends a string, or the line end that breaks it (CSS Syntax 3, 4.3.5).
fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{stray, unclosed};

    #[test]
    fn a_brace_that_closes_nothing_is_found() {
        for (css, found) in [
            ("a{b:c} @media x{d{e:f}}", None),
            ("} a{b:c}", Some(0)),
            ("a{b:c}} d{e:f}}", Some(6)),
            ("a{b:\"}}\"} /* } */ c\\} d{}", None),
        ] {
            assert_eq!(stray(css), found, "{css}");
        }
    }

    #[test]
    fn the_outermost_brace_that_is_never_closed_is_found() {
        for (css, found) in [
            ("a{b:c} @media x{d{e:f}}", None),
            ("a{b:c", Some(1)),
            ("a{b:c @media x{d{e:f}}", Some(1)),
            ("@media x{d{e:f}", Some(8)),
            ("a{b:\"{\"} /* { */ c\\{ d{}", None),
            ("a{b:'it} c{d:e}\n}", None),
            ("a{b:'it} c{d:e}\n", Some(1)),
            ("} a{b:c}", None),
            ("/* a{", None),
            ("a{b:c /* d", Some(1)),
            ("é{", Some(2)),
        ] {
            assert_eq!(unclosed(css), found, "{css}");
        }
    }
}
