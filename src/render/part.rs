//! Compiled content: static text, holes and blocks, and how a hole is filled by its place.
//!
//! Invariant: whatever a field holds, it stays inside the text or the attribute value that its
//! hole stands in; in a URL it never changes the scheme or the host.

use serde::{Deserialize, Serialize};

use super::reader::{Expr, Reader};

/// A part of compiled content; `S` is text, or what an encoder made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Part<S = String> {
    /// The same for every reader.
    Static(S),
    /// Filled per copy.
    Hole(Expr, Context),
    /// One of two branches, chosen per copy.
    Block { condition: Expr, yes: Vec<Part<S>>, no: Vec<Part<S>> },
    /// Written once for each text of a reader's list; `id` says which loop it is.
    Each { list: Expr, id: usize, body: Vec<Part<S>>, none: Vec<Part<S>> },
}

/// What a walk over compiled content writes to.
pub(super) trait Sink<S> {
    /// Takes what is the same for every reader.
    fn span(&mut self, span: &S);
    /// Takes lines that are the same for every reader, the last of them without its end.
    fn lines(&mut self, lines: &S);
    /// Takes what is this reader's.
    fn text(&mut self, text: &str);
}

impl Sink<Self> for String {
    fn span(&mut self, span: &Self) {
        self.push_str(span);
    }

    fn lines(&mut self, lines: &Self) {
        self.push_str(lines);
        self.push('\n');
    }

    fn text(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// What a hole stands in, which decides how it is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Context {
    /// Plain text and headers: nothing is escaped; what is no text becomes a space.
    Plain,
    /// Text or an attribute value of HTML.
    Html,
    /// The start of a URL: it must be http, https or mailto, or is replaced with `#`.
    UrlStart,
    /// A later part of a URL.
    UrlPart,
}

/// Writes parts for one reader.
pub(super) fn write<S>(parts: &[Part<S>], reader: Reader<'_>, out: &mut impl Sink<S>) {
    for part in parts {
        match part {
            Part::Static(span) => out.span(span),
            Part::Hole(expr, context) => {
                let mut text = String::new();
                fill(&expr.value(reader).print(), *context, &mut text);
                out.text(&text);
            }
            Part::Block { condition, yes, no } => {
                write(if condition.is_true(reader) { yes } else { no }, reader, out);
            }
            Part::Each { list, id, body, none } => {
                if !reader.each(list, *id, |turn| write(body, turn, out)) {
                    write(none, reader, out);
                }
            }
        }
    }
}

/// Makes something else of all static spans.
pub(super) fn map<S>(parts: &[Part], change: &dyn Fn(&str) -> S) -> Vec<Part<S>> {
    let changed = parts.iter().map(|part| match part {
        Part::Static(text) => Part::Static(change(text)),
        Part::Hole(expr, context) => Part::Hole(expr.clone(), *context),
        Part::Block { condition, yes, no } => {
            Part::Block { condition: condition.clone(), yes: map(yes, change), no: map(no, change) }
        }
        Part::Each { list, id, body, none } => Part::Each {
            list: list.clone(),
            id: *id,
            body: map(body, change),
            none: map(none, change),
        },
    });
    changed.collect()
}

/// Adds static text, joining it to what is static already.
pub(super) fn push_static(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Static(last)) => last.push_str(text),
        _ => parts.push(Part::Static(text.to_owned())),
    }
}

/// Says for each block and each choice, in order, whether the reader sees its first branch; for a loop, before each
/// turn and behind the last, whether there is one more.
pub(super) fn branches(parts: &[Part], reader: Reader<'_>, seen: &mut Vec<bool>) {
    for part in parts {
        match part {
            Part::Block { condition, yes, no } => {
                seen.push(condition.is_true(reader));
                branches(yes, reader, seen);
                branches(no, reader, seen);
            }
            Part::Each { list, id, body, none } => {
                reader.each(list, *id, |turn| {
                    seen.push(true);
                    branches(body, turn, seen);
                });
                seen.push(false);
                branches(none, reader, seen);
            }
            Part::Hole(expr, _) => expr.branches(reader, seen),
            Part::Static(_) => {}
        }
    }
}

/// Collects the fields that holes print as they are. A branch that asks for a field first has
/// thought of readers without it.
pub(super) fn bare_fields(parts: &[Part], found: &mut std::collections::BTreeSet<String>) {
    for part in parts {
        match part {
            Part::Hole(Expr::Field(name), _) => {
                found.insert(name.clone());
            }
            Part::Block { condition: Expr::Field(_), .. } | Part::Static(_) | Part::Hole(..) => {}
            Part::Block { yes, no, .. } => {
                bare_fields(yes, found);
                bare_fields(no, found);
            }
            Part::Each { body, none, .. } => {
                bare_fields(body, found);
                bare_fields(none, found);
            }
        }
    }
}

/// Writes a value as its place asks.
pub(super) fn fill(value: &str, context: Context, out: &mut String) {
    match context {
        Context::Plain => {
            out.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
        Context::Html => escape(value, out),
        Context::UrlStart => start_url(value, out),
        Context::UrlPart => {
            for byte in value.bytes() {
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        out.push(byte as char);
                    }
                    _ => percent(byte, out),
                }
            }
        }
    }
}

/// Escapes text for HTML, between tags and in quoted attributes alike.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

/// Says whether an address may stand behind a link.
pub(super) fn is_safe_url(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    let sound = ["http", "https", "mailto"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    sound && url.len() > scheme.len()
}

fn start_url(value: &str, out: &mut String) {
    let value = value.trim();
    if !is_safe_url(value) {
        out.push('#');
        return;
    }
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' | '\'' | '<' | '>' | '`' | '\\' | '{' | '}' => percent(c as u8, out),
            c if c.is_control() || c.is_whitespace() => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| percent(byte, out));
            }
            c => out.push(c),
        }
    }
}

fn percent(byte: u8, out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.push('%');
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(value: &str, context: Context) -> String {
        let mut out = String::new();
        fill(value, context, &mut out);
        out
    }

    #[test]
    fn each_place_escapes_in_its_own_way() {
        let value = "Ann <b> & \"Co\" {{x}} = 'é'";
        assert_eq!(filled(value, Context::Plain), value);
        assert_eq!(
            filled(value, Context::Html),
            "Ann &lt;b&gt; &amp; &quot;Co&quot; {{x}} = &#39;é&#39;"
        );
        assert_eq!(
            filled(value, Context::UrlPart),
            "Ann%20%3Cb%3E%20%26%20%22Co%22%20%7B%7Bx%7D%7D%20%3D%20%27%C3%A9%27"
        );
        assert_eq!(filled(value, Context::UrlStart), "#");
    }

    #[test]
    fn a_header_never_gets_a_line_break() {
        assert_eq!(filled("a\r\nBcc: b\u{85}c", Context::Plain), "a  Bcc: b c");
    }

    #[test]
    fn only_addresses_of_the_web_and_of_mail_stand_at_the_start_of_a_url() {
        for (url, written) in [
            ("https://a.example/?b=1&c=\"d\" e", "https://a.example/?b=1&amp;c=%22d%22%20e"),
            (" HTTP://a.example/é\u{a0}", "HTTP://a.example/é"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("javascript:alert(1)", "#"),
            ("java\nscript:alert(1)", "#"),
            ("//a.example", "#"),
            ("https", "#"),
            ("data:text/html,x", "#"),
            ("", "#"),
        ] {
            assert_eq!(filled(url, Context::UrlStart), written, "{url}");
        }
    }
}
