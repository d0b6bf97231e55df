//! Single tags: their sort, their braces, the white space that goes with them.

use std::ops::Range;

use super::{BLOCKS, Node, Reader, Sort, Tag};
use crate::diag::{Diagnostic, nearest};
use crate::render::given::PARTIAL_BLOCK;
use crate::render::language::expression::{Cursor, Inside, TagFault};
use crate::render::language::whitespace::own_line;
use crate::render::language::{Argument, ArgumentKind, Name};
use crate::render::scalar::Scalar;

const INLINE_HINT: &str =
    "put it into a file of its own, `partials/NAME.mjml`, and call it `{{> NAME}}`";

impl Reader<'_> {
    pub(super) fn comment(
        &mut self,
        nodes: &mut Vec<Node>,
        start: usize,
    ) -> Result<(), Diagnostic> {
        let rest = &self.text[start..self.bounds.end];
        let trim_before = rest.starts_with("{{~");
        let body = start + if trim_before { 4 } else { 3 };
        let inner = &self.text[body..self.bounds.end];
        let ends: &[&str] = if inner.starts_with("--") { &["--}}", "--~}}"] } else { &["}}"] };
        let skip = if inner.starts_with("--") { 2 } else { 0 };
        let end = ends
            .iter()
            .filter_map(|end| Some((inner.get(skip..)?.find(end)?, end.len())))
            .min()
            .map(|(offset, length)| body + skip + offset + length);
        let Some(end) = end else {
            return Err(self.error("this comment is never closed", start..body, ""));
        };
        let trim_after = self.text[..end].ends_with("~}}");
        self.take_tag(nodes, start..end, trim_before, trim_after, true);
        Ok(())
    }

    /// Says what sort of tag begins at `start`, and puts a cursor on its inside.
    pub(super) fn sort(&self, start: usize) -> Result<(Sort, Cursor<'_>, bool), Diagnostic> {
        let mut cursor = Cursor::new(self.text, start + 2..self.bounds.end);
        let mut trim = cursor.take("~");
        let sort = if cursor.take("{") {
            trim |= cursor.take("~");
            Sort::Raw
        } else if cursor.take("&") {
            Sort::Ampersand
        } else if cursor.take("#") {
            if cursor.rest().starts_with('*') {
                let fault =
                    self.error("inline partials are not supported", start..cursor.pos + 1, "");
                return Err(fault.hint(INLINE_HINT));
            }
            if cursor.take(">") { Sort::PartialBlock } else { Sort::Open }
        } else if cursor.take("/") {
            Sort::Close
        } else if cursor.take(">") {
            Sort::Partial
        } else if cursor.take("*") {
            let fault = self.error("decorators are not supported", start..cursor.pos, "");
            return Err(fault.hint("a helper or a partial may serve: `{{> NAME}}`"));
        } else if cursor.take("^") {
            Sort::Else
        } else {
            cursor.skip_space();
            let is_else = cursor.rest().strip_prefix("else");
            match is_else.is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '\r', '~', '}'])) {
                true => {
                    cursor.take("else");
                    Sort::Else
                }
                false => Sort::Value,
            }
        };
        cursor.skip_space();
        Ok((sort, cursor, trim))
    }

    /// Takes the braces that end a tag; answers where the tag ends and whether `~` stood there.
    pub(super) fn braces(
        &self,
        cursor: &mut Cursor<'_>,
        sort: Sort,
        start: usize,
    ) -> Result<(usize, bool), Diagnostic> {
        cursor.skip_space();
        let mut trim = cursor.take("~");
        let closed = match sort {
            Sort::Raw => {
                cursor.take("}") && {
                    trim |= cursor.take("~");
                    cursor.take("}}")
                }
            }
            _ => cursor.take("}}"),
        };
        if closed {
            return Ok((cursor.pos, trim));
        }
        let braces = if sort == Sort::Raw { "}}}" } else { "}}" };
        let end = self.line_end(start);
        Err(self.error(format!("this tag has no `{braces}`"), start..end, "it begins here"))
    }

    pub(super) fn line_end(&self, start: usize) -> usize {
        let rest = &self.text[start..self.bounds.end];
        let line = rest.split('\n').next().unwrap_or_default();
        start + line.trim_end().chars().take(40).map(char::len_utf8).sum::<usize>()
    }

    pub(super) fn fault(&self, fault: TagFault, start: usize) -> Diagnostic {
        let rest = &self.text[start + 2..self.bounds.end];
        let is_closed = rest.find("}}").is_some_and(|end| !rest[..end].contains("{{"));
        if !is_closed {
            return self.error(
                "this tag has no `}}`",
                start..self.line_end(start),
                "it begins here",
            );
        }
        self.error(fault.what, fault.at, "")
    }

    /// Takes a tag out of the text, with its line if it stands alone there.
    pub(super) fn take_tag(
        &mut self,
        nodes: &mut Vec<Node>,
        at: Range<usize>,
        trim_before: bool,
        trim_after: bool,
        whole: bool,
    ) -> Tag {
        let line = whole.then(|| own_line(self.text, &self.bounds, self.text_start, &at)).flatten();
        let mut text_end = line.as_ref().map_or(at.start, |line| line.start);
        let mut next = line.as_ref().map_or(at.end, |line| line.end);
        if trim_before {
            let before = &self.text[self.text_start..at.start];
            text_end = self.text_start + before.trim_end().len();
        }
        if trim_after {
            let behind = &self.text[at.end..self.bounds.end];
            next = at.end + behind.len() - behind.trim_start().len();
        }
        self.push_text(nodes, text_end.max(self.text_start));
        self.text_start = next;
        self.pos = next;
        Tag { at, own_line: line.is_some() }
    }

    pub(super) fn opening_name(&self, first: &Tag) -> String {
        let inner =
            self.text[first.at.clone()].trim_start_matches(['{', '~', '#', '>', ' ', '\n', '\t']);
        inner.split([' ', '\n', '\t', '}', '~']).next().unwrap_or_default().to_owned()
    }

    pub(super) fn never_closed(&self, name: &Name, first: &Tag) -> Diagnostic {
        let name = if first.at.contains(&name.at.start) {
            name.text.clone()
        } else {
            self.opening_name(first)
        };
        let known = nearest(&name, BLOCKS).filter(|near| *near != name);
        let error = self.error(
            format!("`{{{{#{name}}}}}` is never closed"),
            first.at.clone(),
            "opened here",
        );
        match known {
            Some(near) if !BLOCKS.contains(&name.as_str()) => {
                error.hint(format!("did you mean `{{{{#{near}}}}}`?"))
            }
            _ => error.hint(format!("write `{{{{/{name}}}}}` where it ends")),
        }
    }
}

pub(super) fn is_bare_else(rest: &str) -> bool {
    rest.trim_start().starts_with(['}', '~'])
}

pub(super) fn close_name(cursor: &mut Cursor<'_>) -> Name {
    let rest = cursor.rest();
    let length = rest.find(['}', '~', ' ', '\n']).unwrap_or(rest.len());
    let at = cursor.pos..cursor.pos + length;
    cursor.pos += length;
    Name { text: rest[..length].to_owned(), at }
}

/// Reads a partial's name, which may hold `/` and `.`, and what it is given.
pub(super) fn partial_inside(cursor: &mut Cursor<'_>) -> Result<Inside, TagFault> {
    let start = cursor.pos;
    if cursor.rest().starts_with(['"', '\'']) {
        return cursor.inside();
    }
    let is_name = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    let rest = cursor.rest();
    let from = if rest.starts_with(PARTIAL_BLOCK) { PARTIAL_BLOCK.len() } else { 0 };
    let length = rest[from..].find(|c| !is_name(c)).map_or(rest.len(), |length| from + length);
    if length == 0 {
        let what = match rest.starts_with('(') {
            true => "no value names a partial; choose between two with `{{#if …}}`",
            false => "the name of a partial is expected here",
        };
        let what = what.to_owned();
        return Err(TagFault { what, at: start..start + 1 });
    }
    let text = rest[..length].to_owned();
    cursor.pos += length;
    let kind = ArgumentKind::Literal(Scalar::Text(text));
    let head = Argument { kind, at: start..cursor.pos };
    let (arguments, named) = cursor.arguments(0)?;
    Ok(Inside { head, arguments, named, params: Vec::new() })
}
