//! Lines of `Key: value` above a text, as Pelican and MultiMarkdown write them, without a fence.

use std::ops::Range;

use super::{Node, Shape, is_key, lines_from};

/// Finds such a header: lines of keys up to the first blank one, of which one is the title. Without
/// a title they may as well be the text.
pub(super) fn find(text: &str, start: usize) -> Option<Range<usize>> {
    let (mut end, mut has_title) = (start, false);
    for line in lines_from(text, start) {
        let content = &text[line.clone()];
        if content.trim().is_empty() {
            break;
        }
        let goes_on = end > start && content.starts_with([' ', '\t']);
        let begins = content.contains(':') && is_key(content);
        if !(goes_on || begins) {
            return None;
        }
        has_title |= key(content).eq_ignore_ascii_case("title");
        end = line.end;
    }
    has_title.then_some(start..end)
}

/// Reads the header at `range`. A value goes on in lines that are indented.
pub(super) fn parse(text: &str, range: Range<usize>) -> Vec<(String, Node)> {
    let mut entries: Vec<(String, Node)> = Vec::new();
    for line in lines_from(&text[..range.end], range.start) {
        let content = text[line.clone()].trim_end();
        match entries.last_mut() {
            Some((_, node)) if content.starts_with([' ', '\t']) => {
                if let Shape::Text(value) = &mut node.shape {
                    value.push(' ');
                    value.push_str(content.trim());
                }
                node.range.end = line.start + content.len();
            }
            _ => {
                let value = content.split_once(':').map_or("", |(_, value)| value).trim();
                let end = line.start + content.len();
                let range = end - value.len()..end;
                let shape = match value {
                    "" => Shape::Nothing,
                    value => Shape::Text(value.to_owned()),
                };
                entries.push((key(content).to_owned(), Node { shape, range }));
            }
        }
    }
    entries
}

fn key(line: &str) -> &str {
    line.split(':').next().unwrap_or_default().trim()
}
