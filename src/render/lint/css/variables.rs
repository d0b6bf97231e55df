//! Custom properties, and what `var()` makes of them (CSS Custom Properties 1).

use std::collections::BTreeMap;

/// Properties of the authors' own, with their values.
pub(in crate::render::lint) type Variables = BTreeMap<String, String>;

/// A value that names more, or grows longer, is none.
const STEPS_MAX: usize = 16;
const BYTES_MAX: usize = 1_000;

/// Puts values in the place of each `var()`; none where one has no value.
pub(in crate::render::lint) fn resolve(value: &str, variables: &Variables) -> Option<String> {
    let mut value = value.to_owned();
    for _ in 0..STEPS_MAX {
        // The last one has none within it.
        let Some(start) = value.rfind("var(") else { return Some(value) };
        let inner = &value[start + 4..];
        let end = closing(inner)?;
        let (name, fallback) = match inner[..end].split_once(',') {
            Some((name, fallback)) => (name, Some(fallback)),
            None => (&inner[..end], None),
        };
        let found = variables.get(name.trim()).map(String::as_str).or(fallback)?;
        value = format!("{}{}{}", &value[..start], found.trim(), &inner[end + 1..]);
        if value.len() > BYTES_MAX {
            return None;
        }
    }
    None
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.find(|c: char| {
        let is_end = c == ')' && depth == 0;
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_their_places() {
        let text = |text: &str| text.to_owned();
        let variables = [
            ("--ink", "#123"),
            ("--of", "var(--ink)"),
            ("--round", "var(--round)"),
            ("--twice", "var(--twice) var(--twice)"),
        ];
        let variables = variables.map(|(name, value)| (text(name), text(value))).into();
        for (value, expected) in [
            ("red", Some("red")),
            ("var(--ink)", Some("#123")),
            ("var( --of )", Some("#123")),
            ("var(--no, rgb(1, 2, 3)) none", Some("rgb(1, 2, 3) none")),
            ("var(--no, var(--ink))", Some("#123")),
            ("var(--no)", None),
            ("var(--round)", None),
            ("var(--twice)", None),
            ("var(", None),
        ] {
            assert_eq!(resolve(value, &variables).as_deref(), expected, "{value}");
        }
    }
}
