//! What browsers pass over in a style sheet without a word.
//!
//! Invariant: what some mail client reads is never told, hacks that no standard knows among them;
//! in doubt nothing is said.

mod declaration;
mod mask;
mod media;
mod selector;

use std::ops::Range;

use crate::diag::nearest;

/// Blocks in blocks go no deeper in what people write.
const DEPTH_MAX: usize = 8;
/// At-rules whose block holds rules.
const OF_RULES: [&str; 8] = [
    "media",
    "supports",
    "layer",
    "container",
    "document",
    "-moz-document",
    "scope",
    "starting-style",
];
/// At-rules whose block holds declarations.
const OF_DECLARATIONS: [&str; 5] = ["font-face", "page", "viewport", "property", "counter-style"];
/// Other at-rules. `list` is Outlook's; npm's accordion hides rules from Yahoo in `goodbye`.
const OTHERS: [&str; 11] = [
    "import",
    "charset",
    "namespace",
    "keyframes",
    "font-feature-values",
    "font-palette-values",
    "position-try",
    "view-transition",
    "color-profile",
    "list",
    "goodbye",
];

/// A part of a style sheet that does nothing, or does otherwise than it was meant to.
#[derive(Debug)]
pub(super) struct Slip {
    pub(super) what: String,
    pub(super) at: Range<usize>,
    pub(super) hint: String,
}

/// Finds what browsers pass over in a style sheet whose brackets are sound.
pub(super) fn slips(css: &str) -> Vec<Slip> {
    let mut mask = mask::mask(css);
    let mut sheet = Sheet { css, mask: String::new(), slips: Vec::new() };
    for at in mask::take_lines(&mut mask) {
        let what = "`//` begins no comment in CSS";
        sheet.slip(what, at, "write `/* … */`: this line takes what follows with it");
    }
    sheet.mask = mask;
    sheet.rules(0..css.len(), 0);
    sheet.slips.sort_by_key(|slip| slip.at.start);
    sheet.slips
}

/// A style sheet, and the same without what stands in comments, strings and brackets.
struct Sheet<'c> {
    css: &'c str,
    mask: String,
    slips: Vec<Slip>,
}

impl Sheet<'_> {
    fn slip(&mut self, what: impl Into<String>, at: Range<usize>, hint: impl Into<String>) {
        self.slips.push(Slip { what: what.into(), at, hint: hint.into() });
    }

    /// Takes the blanks off both ends of a part.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = &self.mask[range.clone()];
        let start = range.start + text.len() - text.trim_start().len();
        start..start + text.trim().len()
    }

    /// Finds the next of two signs.
    fn next(&self, range: Range<usize>, signs: [char; 2]) -> Option<(usize, char)> {
        let found = self.mask[range.clone()].char_indices().find(|(_, c)| signs.contains(c));
        found.map(|(at, c)| (range.start + at, c))
    }

    /// Finds the brace that closes a body.
    fn closing(&self, range: Range<usize>) -> usize {
        let (mut start, mut depth) = (range.start, 0_usize);
        while let Some((at, found)) = self.next(start..range.end, ['{', '}']) {
            match (found, depth) {
                ('{', _) => depth += 1,
                (_, 0) => return at,
                _ => depth -= 1,
            }
            start = at + 1;
        }
        range.end
    }

    fn rules(&mut self, range: Range<usize>, depth: usize) {
        let mut start = range.start;
        while let Some((stop, found)) = self.next(start..range.end, ['{', ';']) {
            let prelude = self.trimmed(start..stop);
            start = stop + 1;
            if found == ';' {
                self.statement(prelude, stop, range.end);
                continue;
            }
            let end = self.closing(start..range.end);
            match self.mask[prelude.clone()].strip_prefix('@') {
                Some(_) => self.at_rule(prelude, start..end, depth),
                None => {
                    self.selectors(prelude, stop);
                    self.declarations(start..end, depth);
                }
            }
            start = (end + 1).min(range.end);
        }
        let rest = self.trimmed(start..range.end);
        if !rest.is_empty() {
            self.statement(rest, range.end, range.end);
        }
    }

    /// Looks at what stands between rules, up to a `;` or the end.
    fn statement(&mut self, range: Range<usize>, stop: usize, end: usize) {
        if range.is_empty() {
            if !self.trimmed((stop + 1).min(end)..end).is_empty() {
                let what = "a `;` between rules takes away the rule behind it";
                self.slip(what, stop..stop + 1, "take it out");
            }
        } else if self.mask[range.clone()].starts_with('@') {
            self.at_name(range);
        } else {
            let what = format!("`{}` stands in no rule", self.shown(range.clone()));
            self.slip(what, range, "a rule is written `selector { property: value }`");
        }
    }

    fn at_rule(&mut self, prelude: Range<usize>, body: Range<usize>, depth: usize) {
        let name = self.at_name(prelude.clone());
        let prelude = prelude.start + 1 + name.len()..prelude.end;
        match name.as_str() {
            "media" => self.media(prelude),
            name if name.ends_with("keyframes") => return self.keyframes(body, depth),
            _ => {}
        }
        if depth < DEPTH_MAX && OF_RULES.contains(&name.as_str()) {
            self.rules(body, depth + 1);
        } else if OF_DECLARATIONS.contains(&name.as_str()) {
            self.declarations(body, depth + 1);
        }
    }

    /// Reads the name of an at-rule, and tells of one that there is not.
    fn at_name(&mut self, range: Range<usize>) -> String {
        let text = &self.mask[range.start + 1..range.end];
        let is_name = |c: char| c.is_alphanumeric() || "-_".contains(c);
        let name = &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())];
        let name = name.to_ascii_lowercase();
        let known = || OF_RULES.iter().chain(&OF_DECLARATIONS).chain(&OTHERS).copied();
        if !name.starts_with('-') && !known().any(|known| known == name) {
            let at = range.start..range.start + 1 + name.len();
            let hint = match nearest(&name, known()) {
                Some(near) => format!("did you mean `@{near}`?"),
                None => "take it out: browsers pass over it with all that it holds".to_owned(),
            };
            self.slip(format!("there is no `@{name}` in CSS"), at, hint);
        }
        name
    }

    fn keyframes(&mut self, range: Range<usize>, depth: usize) {
        let mut start = range.start;
        while let Some((stop, _)) = self.next(start..range.end, ['{', '{']) {
            let end = self.closing(stop + 1..range.end);
            self.declarations(stop + 1..end, depth);
            start = (end + 1).min(range.end);
        }
    }

    /// Returns a part as it is shown in a message: one line, and not too long.
    fn shown(&self, range: Range<usize>) -> String {
        const SHOWN_MAX: usize = 40;
        let words: Vec<&str> = self.css[range].split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(SHOWN_MAX) {
            Some((at, _)) => format!("{}…", &line[..at]),
            None => line,
        }
    }
}

#[cfg(test)]
mod tests;
