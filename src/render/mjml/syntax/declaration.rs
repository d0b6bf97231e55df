//! Declarations that no browser reads.

use std::ops::Range;

use super::{DEPTH_MAX, Sheet};

/// Signs before a property that old browsers pass over, and with which designers speak to them.
const HACKS: &str = "*_#+&$!.,/|=~%@";
/// Properties that are told from words in the middle of a line; those of borders, margins and the
/// like begin with one.
const PROPERTIES: [&str; 44] = [
    "background",
    "border",
    "bottom",
    "box-shadow",
    "box-sizing",
    "clear",
    "color",
    "cursor",
    "direction",
    "display",
    "fill",
    "filter",
    "flex",
    "float",
    "font",
    "gap",
    "height",
    "left",
    "letter-spacing",
    "line-height",
    "list-style",
    "margin",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "outline",
    "overflow",
    "padding",
    "position",
    "right",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "top",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "z-index",
];

impl Sheet<'_> {
    /// Looks at the declarations of a rule, and at the rules in it.
    pub(super) fn declarations(&mut self, range: Range<usize>, depth: usize) {
        let mut start = range.start;
        while start < range.end {
            let (stop, found) = self.next(start..range.end, ['{', ';']).unwrap_or((range.end, ';'));
            if found == ';' {
                self.declaration(start..stop);
                start = stop + 1;
                continue;
            }
            let end = self.closing(stop + 1..range.end);
            if depth < DEPTH_MAX {
                self.declarations(stop + 1..end, depth + 1);
            }
            start = end + 1;
        }
    }

    fn declaration(&mut self, range: Range<usize>) {
        let range = self.trimmed(range);
        let text = &self.mask[range.clone()];
        // What stands in square brackets is for one old browser alone.
        if text.is_empty() || text.starts_with(['@', '[']) {
            return;
        }
        let Some(colon) = text.find(':') else { return self.without_colon(range) };
        let name = text[..colon].trim_end();
        let (name, value) = (range.start..range.start + name.len(), range.start + colon + 1);
        self.name(name.clone());
        if !self.mask[name].starts_with("--") {
            self.swallowed(value..range.end);
        }
    }

    fn without_colon(&mut self, range: Range<usize>) {
        let shown = self.shown(range.clone());
        let hint = match shown.split_once(' ') {
            Some((name, value)) if !value.starts_with(['=', '!']) => {
                format!("write `{name}: {value}`")
            }
            _ => "a declaration is written `property: value`".to_owned(),
        };
        self.slip(format!("`{shown}` says nothing: it has no `:`"), range, hint);
    }

    fn name(&mut self, range: Range<usize>) {
        let name = self.mask[range.clone()].trim_start_matches(|c| HACKS.contains(c)).trim_start();
        let start = range.end - name.len();
        // A line that lacks both signs runs into the next declaration.
        if let Some(line) = name.find('\n') {
            let line = name[..line].trim_end().len();
            return self.without_colon(start..start + line);
        }
        if name.contains(char::is_whitespace) {
            let words: Vec<&str> = name.split_whitespace().collect();
            let hint = format!("write `{}`, or put a `;` between the two", words.join("-"));
            let what = format!("`{}` is no property: it has a blank", words.join(" "));
            self.slip(what, start..range.end, hint);
        }
    }

    /// Tells of a declaration that stands in the value of the one before it.
    fn swallowed(&mut self, range: Range<usize>) {
        let value = &self.mask[range.clone()];
        let found = value.match_indices(':').find_map(|(colon, _)| {
            let before = value[..colon].trim_end();
            let is_name = |c: char| c.is_ascii_alphabetic() || c == '-';
            let name = before.trim_end_matches(is_name).len();
            let (previous, name) = before.split_at(name);
            let value = previous.trim_end_matches([' ', '\t', '\r']);
            let is_apart = previous.ends_with(char::is_whitespace) && !value.trim().is_empty();
            let is_meant = value.ends_with('\n') || is_property(name);
            let start = range.start + previous.len();
            (is_apart && is_meant && !name.is_empty() && !is_scheme(name))
                .then_some(start..start + name.len())
        });
        if let Some(at) = found {
            let name = self.mask[at.clone()].to_owned();
            let what = format!("a `;` is missing before `{name}`");
            let hint = "without it neither of the two declarations counts";
            self.slip(what, at, hint);
        }
    }
}

fn is_property(name: &str) -> bool {
    PROPERTIES.iter().any(|known| {
        name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn is_scheme(name: &str) -> bool {
    ["progid", "http", "https", "data", "cid"].iter().any(|known| name.eq_ignore_ascii_case(known))
}
