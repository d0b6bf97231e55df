//! Media queries that never hold, since no browser reads them (Media Queries 5).

use std::ops::Range;

use super::Sheet;
use crate::diag::nearest;

/// Features that take lengths.
const LENGTHS: [&str; 4] = ["width", "height", "device-width", "device-height"];
/// Features with the words that they take; none where it takes numbers, or words of all kinds.
const FEATURES: [(&str, &[&str]); 34] = [
    ("any-hover", &[]),
    ("any-pointer", &[]),
    ("aspect-ratio", &[]),
    ("color", &[]),
    ("color-gamut", &[]),
    ("color-index", &[]),
    ("device-aspect-ratio", &[]),
    ("device-pixel-ratio", &[]),
    ("display-mode", &[]),
    ("dynamic-range", &[]),
    ("environment-blending", &[]),
    ("forced-colors", &["active", "none"]),
    ("grid", &[]),
    ("horizontal-viewport-segments", &[]),
    ("hover", &[]),
    ("inverted-colors", &[]),
    ("light-level", &[]),
    ("monochrome", &[]),
    ("nav-controls", &[]),
    ("orientation", &["portrait", "landscape"]),
    ("overflow-block", &[]),
    ("overflow-inline", &[]),
    ("pointer", &[]),
    ("prefers-color-scheme", &["dark", "light", "no-preference"]),
    ("prefers-contrast", &[]),
    ("prefers-reduced-data", &[]),
    ("prefers-reduced-motion", &["reduce", "no-preference"]),
    ("prefers-reduced-transparency", &[]),
    ("resolution", &[]),
    ("scan", &[]),
    ("scripting", &[]),
    ("transform-3d", &[]),
    ("update", &[]),
    ("video-dynamic-range", &[]),
];
const UNITS: [&str; 17] = [
    "px", "em", "rem", "ex", "ch", "cm", "mm", "q", "in", "pt", "pc", "vw", "vh", "vmin", "vmax",
    "dvw", "dvh",
];
/// What joins features, and is no function.
const JOINTS: [&str; 4] = ["and", "or", "not", "only"];
const TYPES: [&str; 3] = ["all", "screen", "print"];

/// A part of a query: a word, or what stands in brackets, with them.
struct Part<'c> {
    text: &'c str,
    at: Range<usize>,
    /// Whether it follows the part before it without a blank.
    is_joined: bool,
}

impl<'c> Sheet<'c> {
    /// Looks at the queries of an `@media`.
    pub(super) fn media(&mut self, range: Range<usize>) {
        // What a comment cuts up is left alone.
        if self.css[range.clone()].contains("/*") {
            return;
        }
        let mut start = range.start;
        let lengths: Vec<usize> = self.mask[range].split(',').map(str::len).collect();
        for length in lengths {
            let parts = self.parts(start..start + length);
            if let Some((what, at, hint)) = self.query(&parts) {
                self.slip(what, at, hint);
            }
            start += length + 1;
        }
    }

    fn parts(&self, range: Range<usize>) -> Vec<Part<'c>> {
        let mut parts: Vec<Part<'c>> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let rest = &self.mask[at..range.end];
            let length = match rest.as_bytes()[0] {
                b'(' => rest.find(')').map_or(rest.len(), |end| end + 1),
                _ => rest.find(|c: char| c == '(' || c.is_whitespace()).unwrap_or(rest.len()),
            };
            if length == 0 {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            let is_joined = parts.last().is_some_and(|part| part.at.end == at);
            parts.push(Part { text: &self.css[at..at + length], at: at..at + length, is_joined });
            at += length;
        }
        parts
    }

    fn query(&self, parts: &[Part<'_>]) -> Option<(String, Range<usize>, String)> {
        let mut before: Option<&Part<'_>> = None;
        for (index, part) in parts.iter().enumerate() {
            let is_group = part.text.starts_with('(');
            let word = before.map(|before| before.text.to_ascii_lowercase()).unwrap_or_default();
            let at = part.at.clone();
            if !is_group && part.text.contains(':') {
                return Some(self.bare(&parts[index..]));
            }
            if is_group && part.is_joined && JOINTS.contains(&word.as_str()) {
                let start = before.map_or(at.start, |before| before.at.start);
                let hint = format!("write `{word} (`: without the blank it is a function's name");
                return Some((format!("`{word}(` joins nothing"), start..at.start + 1, hint));
            }
            if is_group && (word.starts_with('(') || TYPES.contains(&word.as_str())) {
                let hint = format!("write `and {}`", part.text);
                return Some(("an `and` is missing before this".to_owned(), at, hint));
            }
            if is_group && let Some(fault) = feature(part.text) {
                return Some((fault.0, at, fault.1));
            }
            before = Some(part);
        }
        None
    }

    /// A feature without brackets.
    fn bare(&self, parts: &[Part<'_>]) -> (String, Range<usize>, String) {
        let is_end = |part: &&Part<'_>| !part.text.eq_ignore_ascii_case("and");
        let own: Vec<&Part<'_>> = parts.iter().take_while(is_end).collect();
        let start = own.first().map_or(0, |part| part.at.start);
        let end = own.last().map_or(start, |part| part.at.end);
        let what = format!("`{}` stands in no brackets", self.shown(start..end));
        (what, start..end, format!("write `({})`", self.shown(start..end)))
    }
}

/// Finds what is wrong with a feature in its brackets, and the remedy.
fn feature(text: &str) -> Option<(String, String)> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?.trim().to_ascii_lowercase();
    // Conditions in conditions, `calc()`, ranges, and hacks are left alone.
    if inner.contains(['(', '<', '>', '=', '\\', '"', '\'']) || inner.is_empty() {
        return None;
    }
    let (name, value) = match inner.split_once(':') {
        Some((name, value)) => (name.trim_end(), Some(value.trim())),
        None => (inner.as_str(), None),
    };
    if let Some((name, value)) = name.split_once(char::is_whitespace) {
        let hint = format!("write `({name}: {})`", value.trim_start());
        return Some((format!("`{text}` has no `:`"), hint));
    }
    if name.starts_with('-') || name.contains("--") || name.contains("moz") {
        return None;
    }
    let bare = name.strip_prefix("min-").or(name.strip_prefix("max-")).unwrap_or(name);
    let value_of = |value: &str| format!("({name}: {value})");
    if LENGTHS.contains(&bare) {
        return length(value?).map(|(what, value)| (what, format!("write `{}`", value_of(&value))));
    }
    let known = FEATURES.iter().find(|(known, _)| *known == bare);
    let Some((_, words)) = known else { return Some(unknown(name)) };
    let value = value.filter(|value| !words.is_empty() && !words.contains(value))?;
    let near = nearest(value, words.iter().copied());
    let hint = match near {
        Some(near) => format!("did you mean `{}`?", value_of(near)),
        None => format!("it is {}", words.join(", or ")),
    };
    Some((format!("`{name}` cannot be `{value}`"), hint))
}

fn unknown(name: &str) -> (String, String) {
    let all = || FEATURES.iter().map(|(name, _)| *name).chain(LENGTHS);
    let sized = LENGTHS.iter().flat_map(|name| [format!("min-{name}"), format!("max-{name}")]);
    let sized: Vec<String> = sized.collect();
    let hint = match nearest(name, sized.iter().map(String::as_str).chain(all())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "take it out: what it asks never holds".to_owned(),
    };
    (format!("there is no media feature `{name}`"), hint)
}

/// Says what is wrong with a length, and how it is meant.
fn length(value: &str) -> Option<(String, String)> {
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    let is_nothing = number.parse().is_ok_and(|number: f64| number == 0.0);
    if number.is_empty() || is_nothing && unit.is_empty() {
        return None;
    }
    match unit.trim_start() {
        "" => Some((format!("`{value}` has no unit"), format!("{number}px"))),
        bare if UNITS.contains(&bare) => (bare != unit)
            .then(|| (format!("`{value}` has a blank in it"), format!("{number}{bare}"))),
        other if other.bytes().all(|byte| byte.is_ascii_alphabetic()) && unit == other => {
            let near = nearest(other, UNITS).unwrap_or("px");
            Some((format!("there is no unit `{other}`"), format!("{number}{near}")))
        }
        _ => None,
    }
}
