//! Puts the documents that were included whole into their page.
//!
//! As npm does: what stands in such a document's body stands where it was included, what stands in
//! its head goes into the page's head. Style sheets of their own come last.

use super::tree::{Element, Node};

/// Takes apart the documents inside `root`; `is_written` says whether what begins at a position is
/// written so in a file, or stands around an included style sheet.
pub(super) fn join(root: &mut Element, is_written: impl Fn(usize) -> bool) {
    let mut found = Found { heads: Vec::new(), sheets: Vec::new(), is_written: &is_written };
    let children = std::mem::take(&mut root.children);
    for child in children {
        match child {
            Node::Element(mut element) => match element.name.as_str() {
                "mjml" => found.document(element, false, &mut root.children),
                _ => {
                    found.children(&mut element);
                    root.children.push(Node::Element(element));
                }
            },
            between => root.children.push(between),
        }
    }
    let Found { heads, sheets, .. } = found;
    if heads.is_empty() && sheets.is_empty() {
        return;
    }
    if root.child("mj-head").is_none() {
        root.children.insert(0, Node::Element(Element::new("mj-head")));
    }
    if let Some(head) = root.elements_mut().find(|element| element.name == "mj-head") {
        head.children.extend(heads);
        head.children.extend(sheets);
    }
}

struct Found<'f> {
    heads: Vec<Node>,
    sheets: Vec<Node>,
    is_written: &'f dyn Fn(usize) -> bool,
}

impl Found<'_> {
    fn children(&mut self, parent: &mut Element) {
        let in_head = parent.name == "mj-head";
        for child in std::mem::take(&mut parent.children) {
            match child {
                Node::Element(element) if element.name == "mjml" => {
                    self.document(element, in_head, &mut parent.children);
                }
                Node::Element(mut element) => {
                    self.children(&mut element);
                    parent.children.push(Node::Element(element));
                }
                between => parent.children.push(between),
            }
        }
    }

    fn document(&mut self, document: Element, in_head: bool, into: &mut Vec<Node>) {
        let is_sheet = !(self.is_written)(document.at);
        for mut part in document.children.into_iter().filter_map(element) {
            self.children(&mut part);
            match part.name.as_str() {
                "mj-head" if is_sheet => self.sheets.extend(part.children),
                "mj-head" if in_head => into.extend(part.children),
                "mj-head" => self.heads.extend(part.children),
                _ => into.extend(part.children),
            }
        }
    }
}

fn element(node: Node) -> Option<Element> {
    match node {
        Node::Element(element) => Some(element),
        Node::Between(_) => None,
    }
}
