//! Makes of an inlined style what juice, which npm's mjml inlines with, leaves in an element.

use std::borrow::Cow;

use crate::render::lint::css;

/// Takes `!important` off: in an element it would win over every rule of the head, those for
/// small screens and for the dark among them.
///
/// What was important comes last, so that it still wins over what it won over.
pub(super) fn style(style: &str) -> Cow<'_, str> {
    let mut declarations = css::declarations(style, 0..style.len());
    if !declarations.iter().any(|each| each.is_important) {
        return Cow::Borrowed(style);
    }
    declarations.sort_by_key(|each| each.is_important);
    declarations.iter().map(|each| format!("{}: {};", each.name, each.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn importance_becomes_order() {
        assert_eq!(style("a: b;c: d"), "a: b;c: d");
        assert_eq!(
            style("padding: 0 !important;padding-top: 1px;b: url(c;!important) ! IMPORTANT"),
            "padding-top: 1px;padding: 0;b: url(c;!important);"
        );
    }
}
