//! Checked MJML as a tree, and back as text for mrml.
//!
//! Invariant: reading what `prepare` wrote and writing it again changes nothing but white space
//! between components.

use super::elements::{self, Content};
use super::tag;

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Element(Element),
    /// What stands between components: space, comments, marks.
    Between(String),
}

/// An element of MJML.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    /// Names and values as they are written, references and all.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    /// HTML, CSS or text, as it is written.
    pub(super) content: String,
    /// Where it begins in the prepared text.
    pub(super) at: usize,
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
            content: String::new(),
            at: 0,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<String> {
        let at = self.attributes.iter().position(|(known, _)| known == name)?;
        Some(self.attributes.remove(at).1)
    }

    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Between(_) => None,
        })
    }

    pub(super) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.children.iter_mut().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Between(_) => None,
        })
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// Calls `visit` with this element and all below it, those further out first.
    pub(super) fn each(&mut self, visit: &mut impl FnMut(&mut Self)) {
        visit(self);
        self.elements_mut().for_each(|element| element.each(visit));
    }
}

/// Reads prepared MJML; what stands before and behind the root is left out.
pub(super) fn read(text: &str) -> Option<Element> {
    let mut reader = Reader { text, pos: 0 };
    let mut nodes = Vec::new();
    reader.nodes(&mut nodes, "");
    nodes.into_iter().find_map(|node| match node {
        Node::Element(root) => Some(root),
        Node::Between(_) => None,
    })
}

struct Reader<'t> {
    text: &'t str,
    pos: usize,
}

impl Reader<'_> {
    /// Reads up to the end tag of `parent`, and over it.
    fn nodes(&mut self, into: &mut Vec<Node>, parent: &str) {
        let mut start = self.pos;
        loop {
            let rest = &self.text[self.pos..];
            let length = match rest.find('<') {
                Some(0) if rest.starts_with("<!--") => comment_length(rest),
                Some(0) => 0,
                Some(length) => length,
                None => rest.len(),
            };
            self.pos += length;
            if length > 0 {
                continue;
            }
            if self.pos > start {
                into.push(Node::Between(self.text[start..self.pos].to_owned()));
            }
            let rest = &self.text[self.pos..];
            if rest.is_empty() {
                return;
            }
            if rest.starts_with("</") {
                self.pos += 2 + parent.len() + 1;
                return;
            }
            match self.element() {
                Some(element) => into.push(Node::Element(element)),
                None => self.pos = self.text.len(),
            }
            start = self.pos;
        }
    }

    fn element(&mut self) -> Option<Element> {
        let at = self.pos;
        let tag = tag::read(self.text, at).ok()?;
        let mut element = Element::new(&self.text[tag.name.clone()]);
        element.at = at;
        element.attributes = tag
            .attributes
            .iter()
            .map(|attribute| {
                let value = attribute.value.clone().unwrap_or_default();
                (self.text[attribute.name.clone()].to_owned(), self.text[value].to_owned())
            })
            .collect();
        self.pos = tag.end;
        if tag.is_empty {
            return Some(element);
        }
        match elements::named(&element.name).map(|known| known.content) {
            Some(Content::Html | Content::Text | Content::Css) => {
                let rest = &self.text[self.pos..];
                let end = content_length(rest, &element.name);
                element.content = rest[..end].to_owned();
                self.pos += end + 2 + element.name.len() + 1;
            }
            _ => {
                let mut children = Vec::new();
                self.nodes(&mut children, &element.name);
                element.children = children;
            }
        }
        Some(element)
    }
}

fn comment_length(rest: &str) -> usize {
    rest.find("-->").map_or(rest.len(), |end| end + 3)
}

/// Returns how far the content of an element goes: up to its end tag outside of comments.
fn content_length(rest: &str, name: &str) -> usize {
    let end = format!("</{name}>");
    let is_css = elements::named(name).is_some_and(|known| known.content == Content::Css);
    let mut pos = 0;
    while let Some(offset) = rest[pos..].find('<') {
        pos += offset;
        let here = &rest[pos..];
        if here.starts_with(&end) {
            return pos;
        }
        pos += match here.starts_with("<!--") && !is_css {
            true => comment_length(here),
            false => 1,
        };
    }
    rest.len()
}

/// MJML as mrml reads it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    /// Pairs of a position in `text` and the position in the prepared text that it was made of.
    offsets: Vec<(usize, usize)>,
}

impl Written {
    /// Writes an element and all below it; `content` says how an element's content is written.
    pub(super) fn element(
        &mut self,
        element: &Element,
        content: &mut impl FnMut(&Element) -> String,
    ) {
        self.offsets.push((self.text.len(), element.at));
        self.text.push_str(&format!("<{}", element.name));
        for (name, value) in &element.attributes {
            self.text.push_str(&format!(" {name}=\"{value}\""));
        }
        self.text.push('>');
        for child in &element.children {
            match child {
                Node::Element(child) => self.element(child, content),
                Node::Between(text) => self.text.push_str(text),
            }
        }
        if !element.content.is_empty() {
            self.text.push_str(&content(element));
        }
        self.text.push_str(&format!("</{}>", element.name));
    }

    /// Returns the position in the prepared text of the element that holds a position.
    pub(super) fn origin(&self, position: usize) -> usize {
        let after = self.offsets.partition_point(|(start, _)| *start <= position);
        after.checked_sub(1).and_then(|index| self.offsets.get(index)).map_or(0, |(_, at)| *at)
    }
}

/// Writes a document as people read it: an element a line, indented.
pub(super) fn pretty(root: &Element) -> String {
    let mut out = String::new();
    indented(root, 0, &mut out);
    out
}

fn indented(element: &Element, depth: usize, out: &mut String) {
    let space = "  ".repeat(depth);
    out.push_str(&format!("{space}<{}", element.name));
    for (name, value) in &element.attributes {
        out.push_str(&format!(" {name}=\"{value}\""));
    }
    let content = element.content.trim();
    let is_blank = |node: &Node| matches!(node, Node::Between(text) if text.trim().is_empty());
    if !content.is_empty() {
        out.push_str(&format!(">{content}</{}>\n", element.name));
        return;
    }
    if element.children.iter().all(is_blank) {
        return out.push_str(" />\n");
    }
    out.push_str(">\n");
    for child in element.children.iter().filter(|child| !is_blank(child)) {
        match child {
            Node::Element(child) => indented(child, depth + 1, out),
            Node::Between(text) => out.push_str(&format!("{space}  {}\n", text.trim())),
        }
    }
    out.push_str(&format!("{space}</{}>\n", element.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_an_element_a_line() {
        let root = read("<mjml><mj-body>  <mj-raw></mj-raw><!-- a --><mj-text a=\"b\"> <p>x\n</p></mj-text></mj-body></mjml>").unwrap();
        let lines = [
            "<mjml>",
            "  <mj-body>",
            "    <mj-raw />",
            "    <!-- a -->",
            "    <mj-text a=\"b\"><p>x",
            "</p></mj-text>",
            "  </mj-body>",
            "</mjml>\n",
        ];
        assert_eq!(pretty(&root), lines.join("\n"));
    }

    #[test]
    fn what_is_read_is_written_again() {
        let text = "<!-- a --><mjml><mj-head><mj-style inline=\"inline\">a<!--</mj-style></mj-head> zq1 \
                    <mj-body a=\"&#34;\"><mj-text><p>x<!--</mj-text>--></p></mj-text>\
                    <mj-image /></mj-body></mjml>";
        let root = read(text).unwrap();
        let mut written = Written::default();
        written.element(&root, &mut |element| element.content.clone());
        let plain = text.strip_prefix("<!-- a -->").unwrap();
        assert_eq!(written.text, plain.replace("<mj-image />", "<mj-image></mj-image>"));
        let body = written.text.find("<mj-body").unwrap();
        assert_eq!(written.origin(body + 3), text.find("<mj-body").unwrap());
    }
}
