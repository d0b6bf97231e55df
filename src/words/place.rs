//! Where in a file something stands.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text together with the name that people know it by. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// The number that its first line has in the file.
    first_line: usize,
}

impl Source {
    /// Names a text; `name` is its path in the workspace, with `/`.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self::excerpt(name, text, 1)
    }

    /// Names some lines of a text that is not kept whole; the first of them has the number
    /// `first_line` in the file, counted from 1.
    pub fn excerpt(
        name: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
        first_line: usize,
    ) -> Self {
        Self { name: name.into(), text: text.into(), first_line: first_line.max(1) }
    }

    /// Returns the number that its first line has in the file.
    pub fn first_line(&self) -> usize {
        self.first_line
    }

    /// Returns the path of the file in the workspace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Marks a part of the text, in bytes. What lies outside the text, or cuts a character, is
    /// drawn back to its bounds.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = floor_boundary(&self.text, range.start);
        let end = floor_boundary(&self.text, range.end.max(range.start)).max(start);
        Span { source: self.clone(), range: start..end }
    }

    /// Marks a whole line by its number in the file, without its end.
    pub fn line(&self, number: usize) -> Span {
        let start = self
            .text
            .split_inclusive('\n')
            .take(number.saturating_sub(self.first_line))
            .map(str::len)
            .sum::<usize>()
            .min(self.text.len());
        let length = self.text[start..].lines().next().map_or(0, str::len);
        self.span(start..start + length)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.name, self.text.len())
    }
}

fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// A part of a source, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    source: Source,
    range: Range<usize>,
}

impl Span {
    /// Returns the source that it is part of.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Returns its bytes in the source.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Returns the marked text.
    pub fn text(&self) -> &str {
        &self.source.text[self.range.clone()]
    }

    /// Returns the same place in a copy of the source where what lies in `hidden` cannot be read.
    #[must_use]
    pub fn veiled(&self, hidden: &Range<usize>) -> Self {
        let veil = |(index, c): (usize, char)| match hidden.contains(&index) && c != '\n' {
            true => "*".repeat(c.len_utf8()),
            false => c.to_string(),
        };
        let text: String = self.source.text.char_indices().map(veil).collect();
        let source = Source { text: text.into(), ..self.source.clone() };
        Self { source, range: self.range.clone() }
    }

    /// Returns where it begins.
    pub fn place(&self) -> Place {
        let before = &self.source.text[..self.range.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.source.name.to_string(),
            line: before.matches('\n').count() + self.source.first_line,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// A file, a line and a column, both counted from 1; the column in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path in the workspace.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.md", "one\nzwé drei\n");
        let span = source.span(9..13);
        assert_eq!(span.text(), "drei");
        assert_eq!(span.place().to_string(), "a.md:2:5");
        assert_eq!(source.line(2).text(), "zwé drei");
    }

    #[test]
    fn what_is_veiled_cannot_be_read_and_all_else_stays_where_it_was() {
        let source = Source::new("a.toml", "a = 'é\nx' # b\nc = 1\n");
        let span = source.span(13..14).veiled(&(4..10));
        assert_eq!(span.source().text(), "a = ***\n** # b\nc = 1\n");
        assert_eq!(span.text(), "b");
        assert_eq!(span.place(), source.span(13..14).place());
    }

    #[test]
    fn lines_of_an_excerpt_have_their_numbers_in_the_file() {
        let source = Source::excerpt("a.csv", "one\ntwo\n", 41);
        assert_eq!(source.span(4..7).place().to_string(), "a.csv:42:1");
        assert_eq!(source.line(42).text(), "two");
    }

    #[test]
    fn a_span_never_leaves_the_text() {
        let source = Source::new("a.md", "é");
        assert_eq!(source.span(1..99).range(), 0..2);
        assert_eq!(source.line(9).range(), 2..2);
    }
}
