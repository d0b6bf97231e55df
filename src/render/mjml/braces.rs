//! Whether what opens in a style sheet is closed: behind what is not, a browser takes nothing for
//! what it was meant to be.

/// What is open that is never closed, or closes what is not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// A comment without end.
    Comment,
    /// A quote without its other one on the line.
    Quote,
    /// A round or square bracket that is not closed before its rule or declaration ends.
    Bracket,
    /// The outermost brace that is never closed.
    Brace,
    /// A brace or round bracket that closes nothing, the first one.
    Stray,
    /// A bracket that lies too deep in others: readers of selectors call themselves for each.
    Deep,
}

/// Finds what is broken, in order, outside of comments and strings.
pub(super) fn broken(css: &str) -> Vec<(Broken, usize)> {
    let mut scan = Scan { css, open: Vec::new(), stray: None, found: Vec::new() };
    scan.run();
    let Scan { open, stray, mut found, .. } = scan;
    found.extend(stray.map(|at| (Broken::Stray, at)));
    found.extend(open.iter().filter(|(c, _)| *c != b'{').map(|(_, at)| (Broken::Bracket, *at)));
    let brace = open.iter().find(|(c, _)| *c == b'{').map(|(_, at)| (Broken::Brace, *at));
    // Behind such a comment no brace is read.
    let is_cut = found.iter().any(|(broken, _)| *broken == Broken::Comment);
    found.extend(brace.filter(|_| !is_cut));
    found.sort_by_key(|(_, at)| *at);
    found
}

/// Brackets lie no deeper in each other.
const DEPTH_MAX: usize = 100;

struct Scan<'c> {
    css: &'c str,
    /// The brackets that are open, and where.
    open: Vec<(u8, usize)>,
    /// The first that closes nothing.
    stray: Option<usize>,
    found: Vec<(Broken, usize)>,
}

impl Scan<'_> {
    fn run(&mut self) {
        let bytes = self.css.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 1,
                b'/' if bytes.get(at + 1) == Some(&b'*') => {
                    let end = self.css.get(at + 2..).and_then(|rest| rest.find("*/"));
                    if end.is_none() {
                        self.found.push((Broken::Comment, at));
                    }
                    at += end.map_or(bytes.len(), |end| end + 3);
                }
                quote @ (b'"' | b'\'') => {
                    let end = string_end(bytes, at + 1, quote);
                    if bytes.get(end) != Some(&quote) {
                        self.found.push((Broken::Quote, at));
                    }
                    at = end;
                }
                b'(' => match address_end(self.css, at) {
                    Some(end) => at = end,
                    None => self.open(b'(', at),
                },
                open @ (b'[' | b'{') => self.open(open, at),
                close @ (b')' | b']' | b'}') => self.close(close, at),
                _ => {}
            }
            at += 1;
        }
    }

    fn open(&mut self, bracket: u8, at: usize) {
        if bracket == b'{' {
            self.end_brackets();
        }
        if self.open.len() == DEPTH_MAX {
            self.found.push((Broken::Deep, at));
        }
        self.open.push((bracket, at));
    }

    fn close(&mut self, bracket: u8, at: usize) {
        let opening = match bracket {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        if bracket == b'}' {
            self.end_brackets();
        }
        if self.open.pop_if(|(open, _)| *open == opening).is_none() && bracket != b']' {
            self.stray.get_or_insert(at);
        }
    }

    /// Tells of the brackets that are open where a brace shows that they should not be.
    fn end_brackets(&mut self) {
        while let Some((_, at)) = self.open.pop_if(|(open, _)| *open != b'{') {
            self.found.push((Broken::Bracket, at));
        }
    }
}

/// Finds the end of an address without quotes, whose bracket this is: it may hold any sign but
/// blanks (CSS Syntax 3, 4.3.6), and braces where each is closed.
pub(super) fn address_end(css: &str, bracket: usize) -> Option<usize> {
    let before = css.as_bytes().get(bracket.checked_sub(3)?..bracket)?;
    let inner = &css[bracket + 1..];
    if !before.eq_ignore_ascii_case(b"url") || inner.trim_start().starts_with(['"', '\'']) {
        return None;
    }
    let address = &inner[..inner.find(')')?];
    let mut depth = 0_i32;
    let is_whole = address.trim().bytes().all(|byte| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth >= 0 && byte != b'\n'
    });
    (is_whole && depth == 0).then_some(bracket + 1 + address.len())
}

/// Finds the quote that ends a string, or the line end that breaks it (CSS Syntax 3, 4.3.5).
pub(super) fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{Broken::*, broken};

    #[test]
    fn what_is_not_closed_is_found_and_what_closes_nothing() {
        for (css, found) in [
            ("a{b:c} @media x{d{e:f}}", vec![]),
            ("} a{b:c}", vec![(Stray, 0)]),
            ("a{b:c}} d{e:f}}", vec![(Stray, 6)]),
            ("a{b:\"}}\"} /* } */ c\\} d{}", vec![]),
            ("a{b:c(1))}", vec![(Stray, 8)]),
            ("a{b:c", vec![(Brace, 1)]),
            ("a{b:c @media x{d{e:f}}", vec![(Brace, 1)]),
            ("@media x{d{e:f}", vec![(Brace, 8)]),
            ("a{b:\"{\"} /* { */ c\\{ d{}", vec![]),
            ("a{b:'it} c{d:e}\n}", vec![(Quote, 4)]),
            ("a{b:'it} c{d:e}\n", vec![(Brace, 1), (Quote, 4)]),
            ("a{b:'it\\\nis'}", vec![]),
            ("/* a{", vec![(Comment, 0)]),
            ("a{b:c /* d", vec![(Comment, 6)]),
            ("a{b:c} /* d */ e{} /", vec![]),
            ("é{", vec![(Brace, 2)]),
            ("@media (max-width:480px {a{b:c}}", vec![(Bracket, 7)]),
            ("a{b:c(d;e:f} g{h:i}", vec![(Bracket, 5)]),
            ("a[b{c:d}", vec![(Bracket, 1)]),
            ("a(b", vec![(Bracket, 1)]),
        ] {
            assert_eq!(broken(css), found, "{css}");
        }
    }

    #[test]
    fn an_address_without_quotes_ends_at_its_bracket() {
        for (css, found) in [
            ("a{b:url(https://x.example/a.png}", vec![(Bracket, 7)]),
            ("a{b:url(x.png} c{d:calc(1px)}", vec![(Bracket, 7)]),
            ("a{b:URL(x.png;\nc:d} e{f:calc(1px)}", vec![(Bracket, 7)]),
            ("a{b:url( 'x.png' ;c:d}", vec![(Bracket, 7)]),
            ("a{b:url(\n x.png\n)}", vec![]),
            ("a{b:url(data:image/png;base64,iVBO/*+==)}", vec![]),
            ("a{b:url(data:image/svg+xml,%3Cstyle%3Ea{b:c}%3C/style%3E'\")}", vec![]),
            ("a{b:url('data:a;(},b')}", vec![]),
            ("@import url(x.css); @import url(https://x.example/?a=b{});", vec![]),
        ] {
            assert_eq!(broken(css), found, "{css}");
        }
    }
}
