//! A page as a row of nodes that can be compared: elements, texts, rules of CSS, each with its
//! parent, and what only Outlook reads with the condition that it stands under.
//!
//! Comments and white space are dropped; attributes and declarations are sorted, and what is drawn at
//! random is numbered instead.

use std::collections::{BTreeMap, HashMap};

const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Reads a page.
pub fn nodes(html: &str) -> Vec<String> {
    let html = &numbered(html);
    let mut reader = Reader { html, pos: 0, nodes: vec![], open: vec![], outlook: None };
    reader.run();
    reader.nodes
}

struct Reader<'h> {
    html: &'h str,
    pos: usize,
    nodes: Vec<String>,
    open: Vec<String>,
    /// The condition, and the elements that are open under it.
    outlook: Option<(String, Vec<String>)>,
}

impl Reader<'_> {
    fn run(&mut self) {
        while self.pos < self.html.len() {
            let rest = &self.html[self.pos..];
            if let Some(rest) = rest.strip_prefix("<!--[if ")
                && let Some(end) = rest.find("]>")
            {
                let behind = &rest[end + 2..];
                let condition = rest[..end].to_owned();
                self.pos = self.html.len() - behind.len();
                match behind.strip_prefix("<!-->").or_else(|| behind.strip_prefix("<!-- -->")) {
                    Some(behind) => {
                        self.pos = self.html.len() - behind.len();
                        self.node(&format!("[if {condition}]"));
                    }
                    None => self.outlook = Some((condition, vec![])),
                }
            } else if rest.starts_with("<![endif]-->") {
                self.outlook = None;
                self.pos += "<![endif]-->".len();
            } else if rest.starts_with("<!--<![endif]-->") {
                self.node("[endif]");
                self.pos += "<!--<![endif]-->".len();
            } else if rest.starts_with("<!--") {
                self.pos += rest.find("-->").map_or(rest.len(), |end| end + 3);
            } else if rest.starts_with("<!") {
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                self.node(&rest[..end].to_ascii_lowercase());
                self.pos += end;
            } else if rest.starts_with("</") {
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                self.close(rest[2..end].trim_end_matches('>').trim());
                self.pos += end;
            } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic())
                && rest.starts_with('<')
            {
                self.element();
            } else {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let end = rest[first..].find('<').map_or(rest.len(), |end| end + first);
                let text = words(&decoded(&rest[..end]));
                if !text.is_empty() {
                    self.node(&format!("\"{text}\""));
                }
                self.pos += end;
            }
        }
    }

    fn node(&mut self, label: &str) {
        let (condition, open) = match &self.outlook {
            Some((condition, open)) => (format!("[{condition}] "), open),
            None => (String::new(), &self.open),
        };
        let parent = open.last().map_or("", String::as_str);
        self.nodes.push(format!("{condition}{parent} > {label}"));
    }

    fn open(&mut self) -> &mut Vec<String> {
        match &mut self.outlook {
            Some((_, open)) => open,
            None => &mut self.open,
        }
    }

    fn close(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        match self.open().iter().rposition(|open| *open == name) {
            Some(depth) => self.open().truncate(depth),
            // What Outlook alone closes was opened under another condition.
            None => self.node(&format!("</{name}>")),
        }
    }

    fn element(&mut self) {
        let rest = &self.html[self.pos..];
        let (name, attributes, length, is_empty) = tag(rest);
        self.pos += length;
        let written: String =
            attributes.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
        self.node(&format!("<{name}{written}>"));
        if is_empty || VOID.contains(&name.as_str()) {
            return;
        }
        self.open().push(name.clone());
        if name == "style" || name == "script" {
            let rest = &self.html[self.pos..];
            let end = rest.find(&format!("</{name}")).unwrap_or(rest.len());
            for rule in rules(&rest[..end]) {
                self.node(&rule);
            }
            self.pos += end;
        }
    }
}

/// Reads a start tag: its name, its attributes, its length, and whether it ends in `/>`.
fn tag(rest: &str) -> (String, BTreeMap<String, String>, usize, bool) {
    let ends = |c: char| c.is_whitespace() || ">/".contains(c);
    let length = rest[1..].find(ends).map_or(rest.len(), |length| length + 1);
    let name = rest[1..length].to_ascii_lowercase();
    let mut attributes = BTreeMap::new();
    let mut pos = length;
    loop {
        let here = rest[pos..].trim_start();
        pos = rest.len() - here.len();
        if here.is_empty() || here.starts_with('>') {
            return (name, attributes, (pos + 1).min(rest.len()), false);
        }
        if here.starts_with("/>") {
            return (name, attributes, pos + 2, true);
        }
        let length = here.find(|c: char| ends(c) || c == '=').unwrap_or(here.len()).max(1);
        let key = here[..length].to_ascii_lowercase();
        pos += length;
        let Some(here) = rest[pos..].trim_start().strip_prefix('=') else {
            attributes.insert(key, String::new());
            continue;
        };
        let here = here.trim_start();
        let (value, behind) = match here.chars().next() {
            Some(quote @ ('"' | '\'')) => here[1..].split_once(quote).unwrap_or((&here[1..], "")),
            _ => here
                .split_at(here.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(here.len())),
        };
        pos = rest.len() - behind.len();
        let value = decoded(value);
        let value = match key.as_str() {
            "style" => declarations(&value),
            _ => words(&value),
        };
        attributes.insert(key, value);
    }
}

fn declarations(style: &str) -> String {
    let (mut found, mut start, mut depth, mut quote) = (vec![], 0, 0, None);
    for (at, c) in style.char_indices().chain([(style.len(), ';')]) {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            (';', None) if depth <= 0 => {
                found.push(declaration(&style[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|declaration| !declaration.is_empty());
    found.sort_unstable();
    found.join(";")
}

fn declaration(text: &str) -> String {
    match text.split_once(':') {
        Some((name, value)) => {
            format!("{}:{}", words(name), words(value).replace(" !important", "!important"))
        }
        None => words(text),
    }
}

/// Takes CSS apart: an at-rule's head, and each rule with its declarations.
fn rules(css: &str) -> Vec<String> {
    let css = &without_comments(css);
    let (mut found, mut start) = (vec![], 0);
    let mut pos = 0;
    while let Some(offset) = css[pos..].find(['{', '}', ';']) {
        let at = pos + offset;
        let head = words(&css[start..at]);
        match &css[at..=at] {
            "{" if head.starts_with("@media") || head.starts_with("@supports") => {
                found.push(head.replace(": ", ":"));
            }
            "{" => {
                let end = css[at..].find('}').map_or(css.len(), |end| at + end);
                let list: Vec<String> = head.split(',').map(words).collect();
                found.push(format!("{} {{{}}}", list.join(","), declarations(&css[at + 1..end])));
                pos = (end + 1).min(css.len());
                start = pos;
                continue;
            }
            ";" if head.starts_with('@') => found.push(head),
            _ => {}
        }
        pos = at + 1;
        start = pos;
    }
    found
}

fn without_comments(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("*/").map_or("", |end| &rest[start + end + 2..]);
    }
    out + rest
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Takes the references out of a text that both programs may write or leave.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some((name, behind)) = rest[1..].split_once(';') else { break };
        let number =
            |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let c = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            _ => name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            }),
        };
        match c {
            Some(c) => {
                out.push(c);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Numbers the words of 8 or 16 hexadecimal digits, which tie a carousel's parts together.
fn numbered(html: &str) -> String {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut out = String::with_capacity(html.len());
    let mut word = String::new();
    for c in html.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let is_drawn = matches!(word.len(), 8 | 16)
            && word.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
            && word.chars().any(|c| c.is_ascii_digit());
        match is_drawn {
            true => {
                let next = seen.len();
                let number = *seen.entry(std::mem::take(&mut word)).or_insert(next);
                out.push_str(&format!("drawn{number}"));
            }
            false => out.push_str(&std::mem::take(&mut word)),
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_its_readers_see_it() {
        let html = "<!doctype html><p style='b: 2; a:1' class=\"y x\">1 &amp;\n 2<!-- c --></p>\
                    <!--[if mso | IE]><table><tr><![endif]--><b>x</b><!--[if mso]></tr><![endif]-->\
                    <style>@media x { .a, .b { c: d } } /* e */ f{g:h}</style>";
        let expected = [
            " > <!doctype html>",
            " > <p class=\"y x\" style=\"a:1;b:2\">",
            "p > \"1 & 2\"",
            "[mso | IE]  > <table>",
            "[mso | IE] table > <tr>",
            " > <b>",
            "b > \"x\"",
            "[mso]  > </tr>",
            " > <style>",
            "style > @media x",
            "style > .a,.b {c:d}",
            "style > f {g:h}",
        ];
        assert_eq!(nodes(html), expected);
    }

    #[test]
    fn what_is_drawn_at_random_is_numbered() {
        assert_eq!(numbered("a-0f3c9a1b2d4e5f60-x 0f3c9a1b2d4e5f60"), "a-drawn0-x drawn0\n");
        assert_eq!(numbered("#aabbcc deadbeef"), "#aabbcc deadbeef\n");
    }
}
