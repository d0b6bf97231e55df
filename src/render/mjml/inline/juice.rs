//! Makes of an inlined style what juice, which npm's mjml inlines with, leaves in an element.

use std::borrow::Cow;

use crate::render::lint::css;
use crate::render::mjml::markup::Tag;

/// The elements that Outlook gives a width and a height by attribute.
const SIZED: [&str; 4] = ["table", "td", "th", "img"];
/// The elements of tables, which take more attributes than others.
const TABLE: [&str; 10] =
    ["table", "th", "tr", "td", "caption", "colgroup", "col", "thead", "tbody", "tfoot"];
/// Properties, and the attributes that say the same of the elements of a table.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("background-color", "bgcolor"),
    ("background-image", "background"),
    ("text-align", "align"),
    ("vertical-align", "valign"),
];

/// Gives an element its style, and the attributes that Outlook reads where it passes over CSS.
pub(super) fn set(tag: &mut Tag, style: &str) {
    let style = without_importance(style);
    for declaration in css::declarations(&style, 0..style.len()) {
        let name = declaration.name.to_ascii_lowercase();
        if let Some((attribute, value)) = attribute(&tag.name, &name, declaration.value) {
            tag.set(attribute, value);
        }
    }
    tag.set("style", style.into_owned());
}

/// Takes `!important` off: in an element it would win over every rule of the head, those for
/// small screens and for the dark among them.
///
/// What was important comes last, so that it still wins over what it won over.
fn without_importance(style: &str) -> Cow<'_, str> {
    let mut declarations = css::declarations(style, 0..style.len());
    if !declarations.iter().any(|each| each.is_important) {
        return Cow::Borrowed(style);
    }
    declarations.sort_by_key(|each| each.is_important);
    declarations.iter().map(|each| format!("{}: {};", each.name, each.value)).collect()
}

/// Returns the attribute of an element that says the same as a declaration.
fn attribute<'v>(element: &str, name: &str, value: &'v str) -> Option<(&'static str, &'v str)> {
    let in_table = TABLE.contains(&element);
    if let Some(name) = ["width", "height"].into_iter().find(|known| *known == name) {
        return SIZED.contains(&element).then_some((name, size(value, in_table)?));
    }
    let (_, attribute) = ATTRIBUTES.into_iter().find(|(known, _)| *known == name)?;
    let value = match attribute {
        "background" => address(value)?,
        // A name or `#abc`: of what else stands there HTML makes a colour that nobody named.
        "bgcolor" if value.contains('(') => return None,
        _ => value,
    };
    in_table.then_some((attribute, value))
}

/// Reads a size as an attribute has it: pixels without unit, or what an element of a table takes.
fn size(value: &str, in_table: bool) -> Option<&str> {
    let number = value.strip_suffix("px");
    let digits = number.or_else(|| value.strip_suffix('%').filter(|_| in_table));
    let is_number = digits.is_some_and(|digits| digits.parse::<f64>().is_ok());
    (is_number || value == "auto").then_some(number.unwrap_or(value))
}

/// Reads the one picture of a background.
fn address(value: &str) -> Option<&str> {
    let address = value.strip_prefix("url(")?.strip_suffix(')')?.trim();
    (!address.contains([')', ','])).then_some(address.trim_matches('\''))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::mjml::markup::{self, Token};

    #[test]
    fn importance_becomes_order() {
        assert_eq!(without_importance("a: b;c: d"), "a: b;c: d");
        let style = "padding: 0 !important;padding-top: 1px;b: url(c;!important) ! IMPORTANT";
        assert_eq!(without_importance(style), "padding-top: 1px;padding: 0;b: url(c;!important);");
    }

    #[test]
    fn outlook_is_told_by_attributes_what_it_reads_nowhere_else() {
        let told = |tag: &str, style: &str| {
            let mut tokens = markup::tokens(tag);
            if let Some(Token::Tag(tag)) = tokens.first_mut() {
                set(tag, style);
                tag.remove("style");
            }
            markup::write(&tokens)
        };
        for (tag, style, expected) in [
            (
                "<td width=\"9\">",
                "width: 50%;height: 20px !important",
                "<td width=\"50%\" height=\"20\">",
            ),
            ("<img>", "width: 80.5px;height: auto", "<img width=\"80.5\" height=\"auto\">"),
            ("<img>", "width: 50%;height: 2em", "<img>"),
            ("<td>", "width: calc(9% - 1px);max-width: 1px", "<td>"),
            ("<tr>", "width: 1px;background-color: #eee", "<tr bgcolor=\"#eee\">"),
            ("<tr>", "background-color: rgb(1,2,3);text-align: left", "<tr align=\"left\">"),
            ("<td>", "VERTICAL-ALIGN: top", "<td valign=\"top\">"),
            ("<table>", "background-image: url('a.png')", "<table background=\"a.png\">"),
            ("<table>", "background-image: none", "<table>"),
            ("<table>", "background-image: url(a.png), url(b.png)", "<table>"),
            ("<div>", "width: 1px;background-color: red;text-align: left", "<div>"),
        ] {
            assert_eq!(told(tag, style), expected, "{tag} {style}");
        }
    }
}
