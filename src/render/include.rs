//! `mj-include`: in a template's tree, an element of MJML becomes the call of a partial.
//!
//! So an included file is a template as any other: its expressions are held to the names there are,
//! evaluated where it stands, and each fault is told in its own file. Invariant: no file outside of
//! the folder is read, and inclusion ends.

use std::collections::BTreeMap;
use std::ops::Range;

use super::folder;
use super::language::{Call, Home, Name, Node, Partial, Template};
use super::mjml::tag::{self, Tag};
use crate::diag::{Diagnostic, Faults, nearest};
use crate::words::{Source, Span};
use crate::world::{Files, text_of};

/// The most files that a template may include.
const FILES_MAX: usize = 500;
const ELEMENT: &str = "<mj-include";
const ATTRIBUTES: [&str; 3] = ["path", "type", "css-inline"];
const KINDS: [&str; 3] = ["mjml", "css", "html"];

/// Follows what templates include; what they call is put among the partials.
pub(super) struct Includes<'a> {
    pub(super) files: &'a dyn Files,
    /// The folder that paths may not leave, without a slash at its end; empty for the workspace.
    pub(super) folder: &'a str,
    pub(super) partials: &'a mut BTreeMap<String, Template>,
    pub(super) faults: &'a mut Faults,
}

/// A file that is being read: its path, and the paths of those that include it.
struct File<'f> {
    text: &'f Source,
    chain: &'f [String],
    in_comment: bool,
}

impl Includes<'_> {
    /// Follows what a template includes.
    pub(super) fn follow(&mut self, template: &mut Template) {
        let chain = [template.text.name().to_owned()];
        self.template(template, &chain);
    }

    /// Follows what the partials include.
    pub(super) fn follow_partials(&mut self) {
        let names: Vec<String> =
            self.partials.keys().filter(|name| !name.starts_with('/')).cloned().collect();
        for name in names {
            if let Some(mut partial) = self.partials.remove(&name) {
                self.follow(&mut partial);
                self.partials.insert(name, partial);
            }
        }
    }

    fn template(&mut self, template: &mut Template, chain: &[String]) {
        let text = template.text.clone();
        if !text.text().contains(ELEMENT) {
            return;
        }
        let mut file = File { text: &text, chain, in_comment: false };
        template.nodes = self.nodes(std::mem::take(&mut template.nodes), &mut file);
    }

    fn nodes(&mut self, nodes: Vec<Node>, file: &mut File<'_>) -> Vec<Node> {
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Text(range) => self.text(range, file, &mut out),
                Node::Block(mut block) => {
                    block.body = self.nodes(std::mem::take(&mut block.body), file);
                    block.otherwise = block.otherwise.map(|nodes| self.nodes(nodes, file));
                    out.push(Node::Block(block));
                }
                Node::Partial(mut partial) => {
                    let body = partial.body.take();
                    partial.body = body.map(|nodes| self.nodes(nodes.to_vec(), file).into());
                    out.push(Node::Partial(partial));
                }
                other => out.push(other),
            }
        }
        out
    }

    /// Takes the elements out of a text.
    fn text(&mut self, range: Range<usize>, file: &mut File<'_>, out: &mut Vec<Node>) {
        let text = file.text.text();
        let (mut from, mut pos) = (range.start, range.start);
        while pos < range.end {
            let rest = &text[pos..range.end];
            if file.in_comment {
                let Some(end) = rest.find("-->") else { break };
                file.in_comment = false;
                pos += end + 3;
                continue;
            }
            let Some(offset) = rest.find('<') else { break };
            pos += offset;
            let rest = &text[pos..range.end];
            if rest.starts_with("<!--") {
                file.in_comment = true;
                pos += 4;
            } else if is_element(rest) {
                let end = self.element(pos, range.end, file, |node| {
                    if from < pos {
                        out.push(Node::Text(from..pos));
                    }
                    out.push(node);
                });
                (from, pos) = (end, end);
            } else {
                pos += 1;
            }
        }
        if from < range.end {
            out.push(Node::Text(from..range.end));
        }
    }

    /// Reads the element that begins at `start`, and gives the call that stands for it; returns the
    /// first byte behind it.
    fn element(
        &mut self,
        start: usize,
        end: usize,
        file: &File<'_>,
        mut give: impl FnMut(Node),
    ) -> usize {
        let text = file.text.text();
        let open = start..start + ELEMENT.len();
        let tag = match tag::read(text, start) {
            Ok(tag) if tag.end <= end => tag,
            Ok(tag) => {
                let at = file.text.span(start..tag.end);
                let what = "no expression may stand in `<mj-include>`";
                let hint = "put `{{#if …}}` around it, or call a partial: `{{> name}}`";
                self.faults.push(Diagnostic::error(what).at(at, "").hint(hint));
                return end;
            }
            Err(_) => {
                let at = file.text.span(open);
                self.faults.push(Diagnostic::error("this tag has no `>`").at(at, "it begins here"));
                return end;
            }
        };
        let behind = match tag.is_empty {
            true => Some(tag.end),
            false => end_tag(&text[tag.end..end]).map(|length| tag.end + length),
        };
        let Some(behind) = behind else {
            let at = file.text.span(open);
            let fault = Diagnostic::error("`<mj-include>` is never closed").at(at, "opened here");
            self.faults.push(fault.hint("write `<mj-include path=\"…\" />`"));
            return tag.end;
        };
        match self.include(&tag, file) {
            Ok(key) => give(call(key, start..tag.end)),
            Err(fault) => self.faults.push(fault),
        }
        behind
    }

    /// Reads what an element includes; returns the name of the partial that stands for it.
    fn include(&mut self, tag: &Tag, file: &File<'_>) -> Result<String, Diagnostic> {
        let wanted = Wanted::read(tag, file.text)?;
        let path = self.path(&wanted, file.text.name())?;
        let key = format!("/{path}");
        if let Some(first) = file.chain.iter().position(|outer| *outer == path) {
            let mut names: Vec<&str> = file.chain[first..].iter().map(String::as_str).collect();
            names.push(&path);
            let what = format!("`{path}` includes itself");
            let fault = Diagnostic::error(what).at(wanted.path, names.join(" → "));
            return Err(fault.hint("take one of these out"));
        }
        if !self.partials.contains_key(&key) {
            self.file(&path, &wanted, file)?;
        }
        let Some((before, after)) = wanted.around else { return Ok(key) };
        // Another name for each place, since its faults are told there.
        let wrapped = format!("{key} at {}:{}", file.text.name(), wanted.whole.range().start);
        let text = Source::new(file.text.name(), format!("{before}{after}"));
        let (middle, end) = (before.len(), text.text().len());
        let nodes = vec![Node::Text(0..middle), call(key, middle..middle), Node::Text(middle..end)];
        let home = Home::Whole(wanted.whole);
        self.partials.insert(wrapped.clone(), Template { text, home, nodes });
        Ok(wrapped)
    }

    fn file(&mut self, path: &str, wanted: &Wanted, file: &File<'_>) -> Result<(), Diagnostic> {
        if self.partials.len() >= FILES_MAX {
            let what = format!("the template includes more than {FILES_MAX} files");
            return Err(Diagnostic::error(what).at(wanted.path.clone(), ""));
        }
        let folder = if self.folder.is_empty() { "." } else { self.folder };
        let source =
            match self.files.read_under(folder, path).and_then(|bytes| text_of(path, bytes)) {
                Ok(source) => source,
                Err(error) => {
                    let what = format!("`{path}` could not be included");
                    let why = match error.is_absent() {
                        true => "there is no such file".to_owned(),
                        false => error.error.to_string(),
                    };
                    return Err(Diagnostic::error(what).at(wanted.path.clone(), why));
                }
            };
        let mut template = folder::sized(&source).and_then(folder::parse)?;
        let chain = [file.chain, &[path.to_owned()]].concat();
        self.template(&mut template, &chain);
        self.partials.insert(format!("/{path}"), template);
        Ok(())
    }

    /// Returns the path in the workspace of a path that is written in the file `from`.
    fn path(&self, wanted: &Wanted, from: &str) -> Result<String, Diagnostic> {
        let written = wanted.path.text();
        let refused = |what: &str, hint: &str| {
            Err(Diagnostic::error(what).at(wanted.path.clone(), "").hint(hint))
        };
        let beside = "a path is written from the file that includes: `header.mjml`";
        if written.trim().is_empty() {
            return refused("`<mj-include>` names no file", beside);
        }
        if written.contains("://") || written.starts_with("//") {
            return refused(
                "an address cannot be included",
                "keep a copy in the template's folder",
            );
        }
        let drive = written.as_bytes().get(1) == Some(&b':');
        if written.starts_with('/') || drive {
            return refused("an absolute path cannot be included", beside);
        }
        if written.contains('\\') {
            return refused(
                "folders are parted by `/`",
                &format!("`{}`", written.replace('\\', "/")),
            );
        }
        let mut parts: Vec<&str> = from.split('/').collect();
        parts.pop();
        for part in written.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.pop().is_some() => {}
                ".." => return refused("this path leads out of the template's folder", beside),
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        let inside = match self.folder {
            "" => true,
            folder => path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        };
        match inside {
            true => Ok(path),
            false => refused("this path leads out of the template's folder", beside),
        }
    }
}

/// What an element asks for.
struct Wanted {
    path: Span,
    whole: Span,
    /// What is written around the file.
    around: Option<(&'static str, &'static str)>,
}

impl Wanted {
    fn read(tag: &Tag, text: &Source) -> Result<Self, Diagnostic> {
        let mut values = BTreeMap::new();
        for attribute in &tag.attributes {
            let at = attribute.name.clone();
            let name = &text.text()[at.clone()];
            if !ATTRIBUTES.contains(&name) {
                let what = format!("`<mj-include>` has no attribute `{name}`");
                let fault = Diagnostic::error(what)
                    .at(text.span(at), format!("it has {}", ATTRIBUTES.join(", ")));
                return Err(match nearest(name, ATTRIBUTES) {
                    Some(near) => fault.hint(format!("did you mean `{near}`?")),
                    None => fault,
                });
            }
            let value = attribute.value.clone().unwrap_or(at.end..at.end);
            if values.insert(name, text.span(value)).is_some() {
                let what = format!("`{name}` stands twice in this tag");
                return Err(Diagnostic::error(what).at(text.span(at), ""));
            }
        }
        let whole = text.span(tag.name.start - 1..tag.end);
        let Some(path) = values.remove("path") else {
            let at = text.span(tag.name.start - 1..tag.name.end);
            let fault = Diagnostic::error("`<mj-include>` names no file").at(at, "");
            return Err(fault.hint("write `<mj-include path=\"…\" />`"));
        };
        let around = Self::around(values.get("type"), values.get("css-inline"))?;
        Ok(Self { path, whole, around })
    }

    fn around(
        kind: Option<&Span>,
        inline: Option<&Span>,
    ) -> Result<Option<(&'static str, &'static str)>, Diagnostic> {
        let name = kind.map_or("mjml", Span::text);
        if let Some(kind) = kind.filter(|kind| !KINDS.contains(&kind.text())) {
            let what = format!("`type` of `<mj-include>` cannot be `{}`", kind.text());
            let label = format!("it is {}", KINDS.join(", or "));
            return Err(Diagnostic::error(what).at(kind.clone(), label));
        }
        match (name, inline) {
            (_, Some(inline)) if name != "css" => {
                Err(Diagnostic::error("`css-inline` is for `type=\"css\"`").at(inline.clone(), ""))
            }
            (_, Some(inline)) if inline.text() != "inline" => {
                let what = format!("`css-inline` of `<mj-include>` cannot be `{}`", inline.text());
                Err(Diagnostic::error(what).at(inline.clone(), "it is inline, or left out"))
            }
            ("css", None) => {
                Ok(Some(("<mjml><mj-head><mj-style>", "</mj-style></mj-head></mjml>")))
            }
            ("css", Some(_)) => Ok(Some((
                "<mjml><mj-head><mj-style inline=\"inline\">",
                "</mj-style></mj-head></mjml>",
            ))),
            ("html", _) => Ok(Some(("<mj-raw>", "</mj-raw>"))),
            _ => Ok(None),
        }
    }
}

fn call(key: String, at: Range<usize>) -> Node {
    let name = Name { text: key, at: at.clone() };
    let call = Call { name, arguments: Vec::new(), named: Vec::new() };
    Node::Partial(Box::new(Partial { call, body: None, at, own_line: true }))
}

/// Says whether a text begins with the element.
fn is_element(rest: &str) -> bool {
    let behind = rest.strip_prefix(ELEMENT);
    behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
}

/// Returns the length of blank text and the end tag, if they come first.
fn end_tag(rest: &str) -> Option<usize> {
    let trimmed = rest.trim_start().strip_prefix("</mj-include")?.trim_start().strip_prefix('>')?;
    Some(rest.len() - trimmed.len())
}
