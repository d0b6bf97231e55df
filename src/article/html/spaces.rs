//! The spaces that a reader of HTML took away where an element begins or ends.
//!
//! `to <em>extend</em>` comes out of it as `to<em>extend</em>`, as does `un<em>believable</em>`. Only
//! the page itself tells the two apart.

use crate::words::{Block, Inline, Prose};

/// So many characters on both sides tell a place in a page.
const SIDE_CHARS: usize = 14;

/// A line with more parts is left as it is.
const MEETINGS_MAX: usize = 500;

/// Puts spaces back where the page, all of whose text is `page`, has them.
pub(super) fn restore(prose: &mut Prose, page: &str) {
    for block in prose {
        match block {
            Block::Paragraph(inlines) | Block::Heading(_, inlines) => line(inlines, page),
            Block::Quote(inner) => restore(inner, page),
            Block::List { items, .. } => items.iter_mut().for_each(|item| restore(item, page)),
            Block::Table(table) => {
                let rows = std::iter::once(&mut table.head).chain(&mut table.rows);
                rows.flatten().for_each(|cell| line(cell, page));
            }
            Block::Picture { caption, .. } => line(caption, page),
            Block::Verbatim(_) | Block::Rule => {}
        }
    }
}

fn line(inlines: &mut Vec<Inline>, page: &str) {
    // Each meeting is sought in the page; nobody writes so many.
    if inlines.len() > MEETINGS_MAX {
        return;
    }
    let mut at = 1;
    while at < inlines.len() {
        // What follows further on may lack its spaces yet.
        let near = at.saturating_sub(SIDE_CHARS);
        let (before, after) = (Inline::plain(&inlines[near..at]), Inline::plain(&inlines[at..=at]));
        if is_parted(&before, &after, page) {
            match (&mut inlines[at - 1], at) {
                (Inline::Text(text), _) => text.push(' '),
                _ => match &mut inlines[at] {
                    Inline::Text(text) => text.insert(0, ' '),
                    _ => inlines.insert(at, Inline::Text(" ".to_owned())),
                },
            }
        }
        at += 1;
    }
}

/// Says whether two texts that meet have a space between them in the page, and never none.
fn is_parted(before: &str, after: &str, page: &str) -> bool {
    let meets_space =
        before.ends_with(char::is_whitespace) || after.starts_with(char::is_whitespace);
    if meets_space || before.is_empty() || after.is_empty() {
        return false;
    }
    let start = before.char_indices().rev().nth(SIDE_CHARS - 1).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(SIDE_CHARS).map_or(after.len(), |(at, _)| at);
    let (before, after) = (&before[start..], &after[..end]);
    page.contains(&format!("{before} {after}")) && !page.contains(&format!("{before}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_come_back_where_the_page_has_them_and_nowhere_else() {
        let text = |text: &str| Inline::Text(text.to_owned());
        let em = |text: &str| Inline::Emphasis(vec![Inline::Text(text.to_owned())]);
        let mut prose = vec![Block::Paragraph(vec![
            text("You have got to"),
            em("extend"),
            text("yourself, un"),
            em("believable"),
            em("as"),
            em("it"),
            text("is."),
        ])];
        restore(&mut prose, "You have got to extend yourself, unbelievable as it is.");
        assert_eq!(Block::plain(&prose), "You have got to extend yourself, unbelievable as it is.");
    }
}
