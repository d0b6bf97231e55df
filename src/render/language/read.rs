//! Finds the tags of a text and builds the tree of nodes.

mod tags;

use std::ops::Range;

use super::expression::Inside;
use super::{
    Argument, ArgumentKind, Block, Call, Home, NESTING_MAX, Name, Node, Partial, SHALLOW, Template,
};
use crate::diag::Diagnostic;
use crate::render::scalar::Scalar;
use crate::words::{Source, Span};

use tags::{close_name, is_bare_else, partial_inside};

/// Blocks that templates may hold, for the nearest name.
const BLOCKS: [&str; 8] = ["if", "unless", "each", "with", "indent", "hang", "spread", "verbatim"];

/// Reads the part `range` of a text as a template.
///
/// # Errors
/// The first fault, where it stands.
pub(in crate::render) fn read(
    text: &Source,
    range: Range<usize>,
    home: Home,
) -> Result<Template, Diagnostic> {
    let mut reader = Reader {
        text: text.text(),
        bounds: range.clone(),
        pos: range.start,
        text_start: range.start,
        home: &home,
    };
    let (nodes, end) = reader.nodes(0)?;
    match end {
        End::Text => Ok(Template { text: text.clone(), home, nodes }),
        End::Else(tag) => {
            let what = "this `{{else}}` belongs to no block".to_owned();
            Err(Diagnostic::error(what).at(reader.span(tag.at), ""))
        }
        End::Close(name, tag) => {
            let what = format!("`{{{{/{}}}}}` closes nothing", name.text);
            Err(Diagnostic::error(what).at(reader.span(tag.at), "no block is open here"))
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    bounds: Range<usize>,
    pos: usize,
    /// Where the text that is not yet a node begins.
    text_start: usize,
    home: &'a Home,
}

/// What ended a run of nodes.
enum End {
    Text,
    Else(Else),
    Close(Name, Tag),
}

struct Else {
    at: Range<usize>,
    own_line: bool,
    /// `{{else if …}}`.
    chain: Option<Inside>,
}

/// A tag, from its first brace to its last.
struct Tag {
    at: Range<usize>,
    own_line: bool,
}

/// The kinds of tags, by what follows the braces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Value,
    Raw,
    Ampersand,
    Open,
    Close,
    Else,
    Partial,
    /// `{{#> name}}`.
    PartialBlock,
}

impl Reader<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        match self.home {
            Home::Exact(source) => source.span(range),
            Home::Whole(span) => span.clone(),
        }
    }

    fn error(&self, what: impl Into<String>, at: Range<usize>, label: &str) -> Diagnostic {
        Diagnostic::error(what).at(self.span(at), label)
    }

    fn nodes(&mut self, depth: usize) -> Result<(Vec<Node>, End), Diagnostic> {
        let mut nodes = Vec::new();
        loop {
            let Some(offset) = self.text[self.pos..self.bounds.end].find("{{") else {
                self.push_text(&mut nodes, self.bounds.end);
                self.pos = self.bounds.end;
                return Ok((nodes, End::Text));
            };
            let start = self.pos + offset;
            if self.is_escaped(start, &mut nodes) {
                continue;
            }
            self.pos = start;
            if let Some(end) = self.tag(&mut nodes, start, depth)? {
                return Ok((nodes, end));
            }
        }
    }

    /// Handles `\{{` (the braces are text) and `\\{{` (a backslash, then a tag).
    fn is_escaped(&mut self, start: usize, nodes: &mut Vec<Node>) -> bool {
        let before = &self.text[self.text_start..start];
        if before.ends_with(r"\\") {
            self.push_text(nodes, start - 1);
            self.text_start = start;
            return false;
        }
        if !before.ends_with('\\') {
            return false;
        }
        self.push_text(nodes, start - 1);
        self.text_start = start;
        self.pos = start + 2;
        true
    }

    fn push_text(&mut self, nodes: &mut Vec<Node>, end: usize) {
        if end > self.text_start {
            nodes.push(Node::Text(self.text_start..end));
        }
        self.text_start = end;
    }

    fn tag(
        &mut self,
        nodes: &mut Vec<Node>,
        start: usize,
        depth: usize,
    ) -> Result<Option<End>, Diagnostic> {
        let rest = &self.text[start..self.bounds.end];
        if rest.starts_with("{{{{") {
            let hint = r"write `\{{` for two braces that are text";
            return Err(self
                .error("raw blocks are not supported", start..start + 4, "")
                .hint(hint));
        }
        if rest.starts_with("{{!") || rest.starts_with("{{~!") {
            self.comment(nodes, start)?;
            return Ok(None);
        }
        let (sort, mut cursor, trim_before) = self.sort(start)?;
        let closing = (sort == Sort::Close).then(|| close_name(&mut cursor));
        let inside = match sort {
            Sort::Close => None,
            Sort::Else if is_bare_else(cursor.rest()) => None,
            Sort::Partial | Sort::PartialBlock => Some(partial_inside(&mut cursor)),
            _ => Some(cursor.inside()),
        };
        let inside = inside.transpose().map_err(|fault| self.fault(fault, start))?;
        let (end, trim_after) = self.braces(&mut cursor, sort, start)?;
        let whole = !matches!(sort, Sort::Value | Sort::Raw | Sort::Ampersand);
        let tag = self.take_tag(nodes, start..end, trim_before, trim_after, whole);
        if let Some(name) = closing {
            return Ok(Some(End::Close(name, tag)));
        }
        if sort == Sort::Else {
            let Tag { at, own_line } = tag;
            return Ok(Some(End::Else(Else { at, own_line, chain: inside })));
        }
        if let Some(inside) = inside {
            nodes.push(self.node(sort, tag, inside, depth + 1)?);
        }
        Ok(None)
    }

    fn node(
        &mut self,
        sort: Sort,
        tag: Tag,
        inside: Inside,
        depth: usize,
    ) -> Result<Node, Diagnostic> {
        match sort {
            Sort::Open | Sort::PartialBlock if depth > NESTING_MAX => {
                let what = format!("blocks lie more than {NESTING_MAX} deep in each other");
                Err(self.error(what, tag.at, "this one is too deep").hint(SHALLOW))
            }
            Sort::Open => Ok(Node::Block(Box::new(self.branches(inside, &tag, &tag, depth)?))),
            Sort::Partial => {
                let call = self.call(inside)?;
                let Tag { at, own_line } = tag;
                Ok(Node::Partial(Box::new(Partial { call, body: None, at, own_line })))
            }
            Sort::PartialBlock => self.partial_block(inside, tag, depth),
            _ => {
                let raw = sort != Sort::Value;
                Ok(Node::Value { value: self.value(inside)?, raw, at: tag.at })
            }
        }
    }

    fn call(&self, inside: Inside) -> Result<Call, Diagnostic> {
        let Inside { head, arguments, named, .. } = inside;
        let at = head.at.clone();
        let text = match head.kind {
            ArgumentKind::Literal(Scalar::Text(text)) => Some(text),
            ArgumentKind::Path(path) => path.plain().map(|name| name.text.clone()),
            _ => None,
        };
        match text {
            Some(text) => Ok(Call { name: Name { text, at }, arguments, named }),
            None => Err(self.error("a helper's name is expected here", at, "")),
        }
    }

    fn value(&self, inside: Inside) -> Result<Argument, Diagnostic> {
        if let Some(param) = inside.params.first() {
            return Err(self.error("only blocks name parameters", param.at.clone(), ""));
        }
        if inside.arguments.is_empty() && inside.named.is_empty() {
            return Ok(inside.head);
        }
        let at = inside.head.at.start
            ..inside
                .arguments
                .iter()
                .map(|argument| &argument.at)
                .chain(inside.named.iter().map(|(_, argument)| &argument.at))
                .map(|at| at.end)
                .max()
                .unwrap_or(inside.head.at.end);
        let call = self.call(inside)?;
        Ok(Argument { kind: ArgumentKind::Call(Box::new(call)), at })
    }

    /// Reads a block's branches up to its closing tag.
    ///
    /// `first` is the opening tag of the whole chain, whose name the closing tag bears.
    fn branches(
        &mut self,
        mut inside: Inside,
        open: &Tag,
        first: &Tag,
        depth: usize,
    ) -> Result<Block, Diagnostic> {
        let params = std::mem::take(&mut inside.params);
        let call = self.call(inside)?;
        let name = call.name.clone();
        let (body, end) = self.nodes(depth)?;
        let mut block = Block {
            call,
            params,
            body,
            otherwise: None,
            at: open.at.clone(),
            own_lines: open.own_line,
        };
        match end {
            End::Text => return Err(self.never_closed(&name, first)),
            End::Close(closing, tag) => {
                block.own_lines &= tag.own_line;
                self.check_closing(&closing, &tag, first)?;
            }
            End::Else(Else { at, own_line, chain: Some(chain) }) => {
                if depth >= NESTING_MAX {
                    let what = format!("`{{{{else}}}}` stands more than {NESTING_MAX} times");
                    return Err(self.error(what, at, "").hint(SHALLOW));
                }
                let tag = Tag { at, own_line };
                let inner = self.branches(chain, &tag, first, depth + 1)?;
                block.own_lines &= inner.own_lines;
                block.otherwise = Some(vec![Node::Block(Box::new(inner))]);
            }
            End::Else(Else { own_line, chain: None, .. }) => {
                block.own_lines &= own_line;
                let (otherwise, end) = self.nodes(depth)?;
                block.otherwise = Some(otherwise);
                match end {
                    End::Close(closing, tag) => {
                        block.own_lines &= tag.own_line;
                        self.check_closing(&closing, &tag, first)?;
                    }
                    End::Else(second) => {
                        let what = "a block has one `{{else}}` at most".to_owned();
                        return Err(self
                            .error(what, second.at, "")
                            .also(self.span(first.at.clone()), "the block begins here"));
                    }
                    End::Text => return Err(self.never_closed(&name, first)),
                }
            }
        }
        Ok(block)
    }

    /// Reads the block that a partial is given, up to its closing tag.
    fn partial_block(
        &mut self,
        inside: Inside,
        tag: Tag,
        depth: usize,
    ) -> Result<Node, Diagnostic> {
        let call = self.call(inside)?;
        let (body, end) = self.nodes(depth)?;
        let closing = match end {
            End::Close(name, closing) => {
                self.check_closing(&name, &closing, &tag)?;
                closing
            }
            End::Else(second) => {
                let what = "the block of a partial has no `{{else}}`";
                return Err(self
                    .error(what, second.at, "")
                    .also(self.span(tag.at), "the block begins here")
                    .hint("put `{{#if …}}` around it, or into it"));
            }
            End::Text => {
                let name = call.name.text;
                let fault = self.error(
                    format!("`{{{{#> {name}}}}}` is never closed"),
                    tag.at,
                    "opened here",
                );
                let hint = format!("write `{{{{/{name}}}}}` where it ends, or `{{{{> {name}}}}}`");
                return Err(fault.hint(hint));
            }
        };
        let (body, own_line) = (Some(body.into()), closing.own_line);
        Ok(Node::Partial(Box::new(Partial { call, body, at: tag.at, own_line })))
    }

    fn check_closing(&self, closing: &Name, tag: &Tag, first: &Tag) -> Result<(), Diagnostic> {
        let name = self.opening_name(first);
        if closing.text == name {
            return Ok(());
        }
        let opening = if self.text[first.at.clone()].contains("#>") { "#> " } else { "#" };
        let what = format!("`{{{{/{}}}}}` closes `{{{{{opening}{name}}}}}`", closing.text);
        Err(self
            .error(what, tag.at.clone(), "")
            .also(self.span(first.at.clone()), "opened here")
            .hint(format!("write `{{{{/{name}}}}}`, or close what was opened in between")))
    }
}
