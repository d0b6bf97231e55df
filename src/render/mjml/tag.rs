//! Reads one tag of MJML or HTML.

use std::ops::Range;

/// A start tag.
#[derive(Debug)]
pub(in crate::render) struct Tag {
    pub(in crate::render) name: Range<usize>,
    pub(in crate::render) attributes: Vec<Attribute>,
    /// `<br />`.
    pub(in crate::render) is_empty: bool,
    /// The first byte behind it.
    pub(in crate::render) end: usize,
}

#[derive(Debug)]
pub(in crate::render) struct Attribute {
    pub(in crate::render) name: Range<usize>,
    pub(in crate::render) value: Option<Range<usize>>,
}

/// Reads the tag that begins at `start`; the error is where it breaks.
pub(in crate::render) fn read(text: &str, start: usize) -> Result<Tag, Range<usize>> {
    let name = start + 1..start + 1 + name_length(&text[start + 1..]);
    let mut tag = Tag { name: name.clone(), attributes: Vec::new(), is_empty: false, end: 0 };
    let mut pos = name.end;
    loop {
        let rest = &text[pos..];
        let trimmed = rest.trim_start();
        pos += rest.len() - trimmed.len();
        if trimmed.starts_with('>') {
            tag.end = pos + 1;
            return Ok(tag);
        }
        if trimmed.starts_with("/>") {
            tag.is_empty = true;
            tag.end = pos + 2;
            return Ok(tag);
        }
        if trimmed.is_empty() || trimmed.starts_with('<') {
            return Err(start..name.end);
        }
        let length = attribute_length(trimmed);
        if length == 0 {
            // A value with a tag in it went on behind its end.
            let is_long =
                |of: &&Attribute| of.value.clone().is_some_and(|of| text[of].contains('<'));
            if let Some(long) = tag.attributes.iter().find(is_long) {
                return Err(long.name.clone());
            }
            return Err(pos..pos + trimmed.chars().next().map_or(0, char::len_utf8));
        }
        let name = pos..pos + length;
        let (value, next) = value(text, name.end).map_err(|()| name.clone())?;
        tag.attributes.push(Attribute { name, value });
        pos = next;
    }
}

fn value(text: &str, pos: usize) -> Result<(Option<Range<usize>>, usize), ()> {
    let rest = text[pos..].trim_start();
    let Some(after) = rest.strip_prefix('=') else { return Ok((None, pos)) };
    let after = after.trim_start();
    let start = text.len() - after.len();
    match after.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let length = after[1..].find(quote).ok_or(())?;
            Ok((Some(start + 1..start + 1 + length), start + length + 2))
        }
        _ => {
            let length = after.find(|c: char| c.is_whitespace() || c == '>').ok_or(())?;
            Ok((Some(start..start + length), start + length))
        }
    }
}

/// Returns the length of an element's name.
pub(super) fn name_length(text: &str) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-:_".contains(c);
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

fn attribute_length(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || "=>/\"'<".contains(c);
    text.find(ends).unwrap_or(text.len())
}
