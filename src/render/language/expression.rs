//! What stands inside a tag: names, paths, literals, subexpressions, named arguments.

use std::ops::Range;

use super::{Argument, ArgumentKind, Call, NESTING_MAX, Name, Path, Start};
use crate::render::scalar::Scalar;

/// What is wrong inside a tag, and where.
#[derive(Clone, Debug)]
pub(super) struct TagFault {
    pub(super) what: String,
    pub(super) at: Range<usize>,
}

/// Reads the inside of one tag, up to its closing braces.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) pos: usize,
    end: usize,
}

/// All that a tag may hold.
pub(super) struct Inside {
    pub(super) head: Argument,
    pub(super) arguments: Vec<Argument>,
    pub(super) named: Vec<(Name, Argument)>,
    pub(super) params: Vec<Name>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, range: Range<usize>) -> Self {
        Self { text, pos: range.start, end: range.end }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.pos..self.end]
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    fn fault<T>(&self, what: impl Into<String>) -> Result<T, TagFault> {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        Err(TagFault { what: what.into(), at: self.pos..self.pos + length })
    }

    /// Reads everything up to the braces that end the tag.
    pub(super) fn inside(&mut self) -> Result<Inside, TagFault> {
        self.skip_space();
        let head = self.argument(0)?;
        let (arguments, named) = self.arguments(0)?;
        let params = self.params()?;
        Ok(Inside { head, arguments, named, params })
    }

    pub(super) fn arguments(&mut self, depth: usize) -> Result<Arguments, TagFault> {
        let (mut arguments, mut named) = (Vec::new(), Vec::new());
        loop {
            self.skip_space();
            let rest = self.rest();
            if rest.is_empty() || rest.starts_with(['}', '~', ')', '|']) || self.at_params() {
                return Ok((arguments, named));
            }
            match self.key() {
                Some(name) => {
                    let value = self.argument(depth)?;
                    named.push((name, value));
                }
                None => arguments.push(self.argument(depth)?),
            }
        }
    }

    /// Takes `name=`, if that comes next.
    fn key(&mut self) -> Option<Name> {
        let length = symbol_length(self.rest());
        if length == 0 || !self.rest()[length..].starts_with('=') {
            return None;
        }
        let at = self.pos..self.pos + length;
        self.pos += length + 1;
        self.skip_space();
        Some(Name { text: self.text[at.clone()].to_owned(), at })
    }

    fn at_params(&self) -> bool {
        let after = self.rest().strip_prefix("as");
        after.is_some_and(|after| after.trim_start().starts_with('|') && !after.starts_with('|'))
    }

    fn params(&mut self) -> Result<Vec<Name>, TagFault> {
        let mut params = Vec::new();
        if !self.at_params() {
            return Ok(params);
        }
        self.pos += 2;
        self.skip_space();
        self.take("|");
        loop {
            self.skip_space();
            if self.take("|") {
                self.skip_space();
                return Ok(params);
            }
            let length = symbol_length(self.rest());
            if length == 0 || params.len() == 2 {
                return self.fault("one or two names stand between `|` and `|`");
            }
            let at = self.pos..self.pos + length;
            params.push(Name { text: self.text[at.clone()].to_owned(), at });
            self.pos += length;
        }
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, TagFault> {
        let start = self.pos;
        let rest = self.rest();
        let kind = match rest.chars().next() {
            Some('(') => self.subexpression(depth)?,
            Some(quote @ ('"' | '\'')) => ArgumentKind::Literal(self.string(quote)?),
            Some(_) => match literal(word(rest)) {
                Some(value) => {
                    self.pos += word(rest).len();
                    ArgumentKind::Literal(value)
                }
                None => ArgumentKind::Path(self.path()?),
            },
            None => return self.fault("the tag ends here"),
        };
        Ok(Argument { kind, at: start..self.pos })
    }

    fn subexpression(&mut self, depth: usize) -> Result<ArgumentKind, TagFault> {
        let start = self.pos;
        if depth >= NESTING_MAX {
            return self.fault(format!("parentheses lie more than {NESTING_MAX} deep"));
        }
        self.pos += 1;
        self.skip_space();
        let head = self.argument(depth + 1)?;
        let (arguments, named) = self.arguments(depth + 1)?;
        if !self.take(")") {
            return Err(TagFault {
                what: "this parenthesis is never closed".into(),
                at: start..start + 1,
            });
        }
        match (head.kind, arguments.is_empty() && named.is_empty()) {
            (kind, true) => Ok(kind),
            (ArgumentKind::Path(path), false) => match path.plain() {
                Some(name) => {
                    let name = name.clone();
                    Ok(ArgumentKind::Call(Box::new(Call { name, arguments, named })))
                }
                None => Err(TagFault { what: "only a helper takes arguments".into(), at: head.at }),
            },
            (_, false) => {
                Err(TagFault { what: "only a helper takes arguments".into(), at: head.at })
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<Scalar, TagFault> {
        let start = self.pos;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.pos = start + offset + 1;
                    return Ok(Scalar::Text(text));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c @ ('"' | '\'' | '\\' | '/'))) => text.push(c),
                    _ => {
                        let at = start + offset..start + offset + 1;
                        let what = "this backslash means nothing here".to_owned();
                        return Err(TagFault { what, at });
                    }
                },
                c => text.push(c),
            }
        }
        Err(TagFault { what: "this text is never closed".into(), at: start..start + 1 })
    }

    fn path(&mut self) -> Result<Path, TagFault> {
        let mut path = Path { start: Start::Name, up: 0, names: Vec::new() };
        if self.take("@") {
            path.start = Start::Local;
        }
        while self.rest().starts_with("..") {
            self.pos += 2;
            path.up += 1;
            path.start = match path.start {
                Start::Local | Start::OuterLocal => Start::OuterLocal,
                _ => Start::This,
            };
            if !self.separator() {
                return Ok(path);
            }
        }
        if self.take("./") {
            path.start = Start::This;
        }
        loop {
            let name = self.name()?;
            match (path.names.is_empty(), name.text.as_str(), path.start) {
                (true, "root", Start::Local) => path.start = Start::Root,
                (true, "this" | ".", Start::Name | Start::This) => path.start = Start::This,
                _ => path.names.push(name),
            }
            if !self.separator() {
                return Ok(path);
            }
        }
    }

    fn separator(&mut self) -> bool {
        self.take(".") || self.take("/")
    }

    fn name(&mut self) -> Result<Name, TagFault> {
        let start = self.pos;
        if self.take("[") {
            let inside = self.rest().split("}}").next().unwrap_or_default();
            let Some(length) = inside.find(']') else {
                let what = "this bracket is never closed".to_owned();
                return Err(TagFault { what, at: start..start + 1 });
            };
            let text = self.rest()[..length].to_owned();
            self.pos += length + 1;
            return Ok(Name { text, at: start..self.pos });
        }
        let length = symbol_length(self.rest());
        if length == 0 {
            return self.fault("a name, a text or a number is expected here");
        }
        self.pos += length;
        Ok(Name { text: self.text[start..self.pos].to_owned(), at: start..self.pos })
    }
}

pub(super) type Arguments = (Vec<Argument>, Vec<(Name, Argument)>);

fn is_symbol(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_$:".contains(c) || (!c.is_ascii() && !c.is_whitespace())
}

fn symbol_length(text: &str) -> usize {
    text.find(|c| !is_symbol(c)).unwrap_or(text.len())
}

/// The letters up to white space, a brace or a parenthesis.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || "(){}|~=".contains(c));
    &text[..end.unwrap_or(text.len())]
}

fn literal(word: &str) -> Option<Scalar> {
    match word {
        "true" => Some(Scalar::Bool(true)),
        "false" => Some(Scalar::Bool(false)),
        "null" | "undefined" => Some(Scalar::Null),
        _ => {
            let digits = word.strip_prefix('-').unwrap_or(word);
            let sound = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
            sound.then(|| word.parse().ok().map(Scalar::Number)).flatten()
        }
    }
}
