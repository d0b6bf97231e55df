//! Addresses and tags of pictures in the text of a page.

use std::ops::Range;

use crate::render::part;

/// An address as HTML writes it.
pub(in crate::render) fn escaped(address: &str) -> String {
    let mut escaped = String::new();
    part::escape(address, &mut escaped);
    escaped
}

/// Puts an address in the place of another, where that one stands whole; both as the text writes
/// them.
pub(super) fn replace_address(text: &str, address: &str, other: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(address) {
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(address.len());
        out.push_str(before);
        out.push_str(if goes_on(after) { found } else { other });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Says whether a text that follows an address belongs to it.
pub(super) fn goes_on(after: &str) -> bool {
    // `&` begins the escape of a quote as well as a part of the address.
    let is_quote = ["&quot;", "&#39;", "&#x27;"].iter().any(|quote| after.starts_with(quote));
    let is_part = |c: char| c.is_alphanumeric() || "-._~%/?#&=+:@!$*,;".contains(c);
    !is_quote && after.starts_with(is_part)
}

/// Returns the width of the picture in whose tag a place lies.
pub(super) fn tag_width(page: &str, at: usize) -> Option<u32> {
    let tag = &page[img(page, at)?];
    let written = attribute(tag, "width").and_then(pixels);
    let style = attribute(tag, "style").unwrap_or_default();
    let styled = ["max-width", "width"].into_iter().filter_map(|name| declared(style, name));
    written.into_iter().chain(styled.filter_map(pixels)).max()
}

/// Returns the tag of a picture in which a place lies.
pub(super) fn img(page: &str, at: usize) -> Option<Range<usize>> {
    let start = page[..at].rfind('<')?;
    let end = at + page[at..].find('>')? + 1;
    let is_img = page[start..end].get(..5).is_some_and(|name| name.eq_ignore_ascii_case("<img "));
    is_img.then_some(start..end)
}

/// Returns the value of an attribute, which our own pages write between double quotes.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

fn declared<'s>(style: &'s str, name: &str) -> Option<&'s str> {
    let mut declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    declarations.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

/// Reads a length in pixels.
fn pixels(text: &str) -> Option<u32> {
    text.trim().trim_end_matches("px").parse().ok().filter(|width| *width > 0)
}

/// Writes the height into a tag that shows a picture at a width, and lets it grow with that.
pub(super) fn with_height(tag: &str, (width, height): (u32, u32)) -> Option<String> {
    let style = attribute(tag, "style").unwrap_or_default();
    let is_open = matches!(attribute(tag, "height"), None | Some("auto"));
    let shown = attribute(tag, "width").and_then(pixels)?;
    if !is_open || declared(style, "height") != Some("auto") || width == 0 {
        return None;
    }
    let high = (u64::from(shown) * u64::from(height)).div_ceil(u64::from(width)).max(1);
    Some(match tag.contains(" height=\"auto\"") {
        true => tag.replacen(" height=\"auto\"", &format!(" height=\"{high}\""), 1),
        false => format!("{} height=\"{high}\"{}", &tag[..4], &tag[4..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_replaced_where_it_stands_whole() {
        let text = "<img src=\"https://x.org/a.png\"><td background='https://x.org/a.png'>\
                    url(https://x.org/a.png) url(&quot;https://x.org/a.png&quot;) \
                    https://x.org/a.png.jpg";
        assert_eq!(
            replace_address(text, "https://x.org/a.png", "p/a.png"),
            "<img src=\"p/a.png\"><td background='p/a.png'>url(p/a.png) \
             url(&quot;p/a.png&quot;) https://x.org/a.png.jpg"
        );
    }
}
