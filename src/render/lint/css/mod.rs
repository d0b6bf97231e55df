//! Style sheets and declarations, as far as the checks need them.
//!
//! Nothing here fails: what is no CSS is passed over, as a mail client does.

pub(super) mod cascade;
pub(super) mod color;
pub(super) mod font;
mod media;
pub(super) mod variables;

use std::ops::Range;

/// A declaration: `name: value`, with its place in the text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Declaration<'c> {
    /// The property, as it is written.
    pub(in crate::render) name: &'c str,
    /// The value without `!important`.
    pub(in crate::render) value: &'c str,
    pub(in crate::render) is_important: bool,
    /// Where it stands.
    pub(in crate::render) at: Range<usize>,
}

/// A rule of a style sheet.
#[derive(Clone, Debug)]
pub(super) struct Rule<'c> {
    pub(super) selectors: &'c str,
    /// The conditions of the `@media` around it, outermost first.
    pub(super) media: Vec<&'c str>,
    pub(super) declarations: Vec<Declaration<'c>>,
}

/// Reads a style sheet. Rules inside of at-rules other than `@media` are passed over.
pub(super) fn rules(css: &str) -> Vec<Rule<'_>> {
    let mut rules = Vec::new();
    read(css, 0..css.len(), &mut Vec::new(), &mut rules);
    rules
}

fn read<'c>(
    css: &'c str,
    range: Range<usize>,
    media: &mut Vec<&'c str>,
    rules: &mut Vec<Rule<'c>>,
) {
    let mut start = range.start;
    while let Some((stop, what)) = next(css, start..range.end, b"{;") {
        let prelude = without_comments(&css[start..stop]);
        if what == b';' {
            start = stop + 1;
            continue;
        }
        let end = closing(css, stop + 1..range.end);
        let body = stop + 1..end;
        if let Some(condition) = prelude.strip_prefix("@media") {
            media.push(condition.trim());
            // Deeper than this nobody writes, and the program's stack has an end.
            if media.len() < 8 {
                read(css, body, media, rules);
            }
            media.pop();
        } else if !prelude.starts_with('@') {
            let declarations = declarations(css, body);
            rules.push(Rule { selectors: prelude, media: media.clone(), declarations });
        }
        start = (end + 1).min(range.end);
    }
}

/// Reads the declarations of a rule, or of a `style` attribute.
pub(in crate::render) fn declarations(css: &str, range: Range<usize>) -> Vec<Declaration<'_>> {
    let mut declarations = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let stop = next(css, start..range.end, b";").map_or(range.end, |(stop, _)| stop);
        declarations.extend(declaration(css, start..stop));
        start = stop + 1;
    }
    declarations
}

fn declaration(css: &str, range: Range<usize>) -> Option<Declaration<'_>> {
    let text = without_comments(&css[range]);
    let start = text.as_ptr() as usize - css.as_ptr() as usize;
    let (name, value) = text.split_once(':')?;
    let value = value.trim();
    let bare = without_important(value);
    Some(Declaration {
        name: name.trim(),
        value: bare.unwrap_or(value),
        is_important: bare.is_some(),
        at: start..start + text.len(),
    })
}

/// Returns the addresses that CSS names by `url(…)`, each with its place.
pub(super) fn addresses(css: &str) -> impl Iterator<Item = (usize, &str)> {
    css.match_indices("url(").filter_map(|(at, begin)| {
        let inner = &css[at + begin.len()..];
        let inner = &inner[..inner.find(')')?];
        let address = inner.trim().trim_matches(['"', '\'']).trim();
        let at = address.as_ptr() as usize - css.as_ptr() as usize;
        // A place in the page itself, as `behavior:url(#default#VML)` has it, loads nothing.
        (!(address.is_empty() || address.starts_with('#'))).then_some((at, address))
    })
}

/// Takes `!important` off; none where it is not there.
fn without_important(value: &str) -> Option<&str> {
    let (bare, word) = value.split_at_checked(value.len().checked_sub("important".len())?)?;
    if !word.eq_ignore_ascii_case("important") {
        return None;
    }
    bare.trim_end().strip_suffix('!').map(str::trim_end)
}

/// Takes comments and blanks off both ends.
fn without_comments(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(rest) = text.strip_prefix("/*") {
        text = rest.split_once("*/").map_or(&rest[rest.len()..], |(_, rest)| rest).trim_start();
    }
    while let Some(rest) = text.strip_suffix("*/") {
        text = rest.rfind("/*").map_or(&rest[..0], |at| &rest[..at]).trim_end();
    }
    text
}

/// Finds the next of some characters outside of comments, strings and parentheses.
fn next(css: &str, range: Range<usize>, wanted: &[u8]) -> Option<(usize, u8)> {
    let bytes = css.as_bytes();
    let (mut at, mut depth) = (range.start, 0_usize);
    while at < range.end {
        match bytes[at] {
            b'\\' => at += 1,
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = css[at..range.end].find("*/").map_or(range.end, |end| at + end + 1);
            }
            quote @ (b'"' | b'\'') => at = string_end(bytes, at + 1..range.end, quote),
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            found if depth == 0 && wanted.contains(&found) => return Some((at, found)),
            _ => {}
        }
        at += 1;
    }
    None
}

fn string_end(bytes: &[u8], range: Range<usize>, quote: u8) -> usize {
    let mut at = range.start;
    while at < range.end && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// Finds the brace that closes a body.
fn closing(css: &str, range: Range<usize>) -> usize {
    let (mut start, mut depth) = (range.start, 0_usize);
    while let Some((stop, found)) = next(css, start..range.end, b"{}") {
        match (found, depth) {
            (b'{', _) => depth += 1,
            (_, 0) => return stop,
            _ => depth -= 1,
        }
        start = stop + 1;
    }
    range.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_with_their_media_and_comments_are_not() {
        let css = "/* a{b:c} */ p,td { color : red ; background:url(\"a;b}c\")!important }\n\
                   @import url(x.css); @font-face{font-family:X}\n\
                   @media (max-width:479px){@media print{.a>b{margin:0}}.c{top:1px}}\n\
                   .d{color:#fff;/* x: y; */width:1px";
        let rules: Vec<String> = rules(css)
            .iter()
            .map(|rule| {
                let declarations = rule.declarations.iter().map(|each| {
                    assert_eq!(&css[each.at.start..][..each.name.len()], each.name);
                    let important = if each.is_important { "!" } else { "" };
                    format!("{}={}{important}", each.name, each.value)
                });
                let declarations: Vec<String> = declarations.collect();
                format!("{:?} {} {}", rule.media, rule.selectors, declarations.join(" | "))
            })
            .collect();
        insta::assert_snapshot!(rules.join("\n"), @r#"
        [] p,td color=red | background=url("a;b}c")!
        ["(max-width:479px)", "print"] .a>b margin=0
        ["(max-width:479px)"] .c top=1px
        [] .d color=#fff | width=1px
        "#);
    }

    #[test]
    fn addresses_are_found_with_their_places() {
        let css = "a{background:url( 'x y.png' ) , url(b)} @import url(\"c\"); url() d{e:url(";
        let found: Vec<&str> = addresses(css)
            .map(|(at, address)| {
                assert!(css[at..].starts_with(address));
                address
            })
            .collect();
        assert_eq!(found, ["x y.png", "b", "c"]);
    }

    #[test]
    fn what_is_no_css_ends() {
        for css in
            ["{", "}", "a{b", "a{b:c;;}}", "/*", "\"", "@media{", "a{(", "\\", "a:b", "é{ü:ö"]
        {
            let _ = rules(css);
            let _ = declarations(css, 0..css.len());
        }
    }
}
