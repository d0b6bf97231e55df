//! Finds the marks in the finished HTML: each hole gets the context that it stands in.
//!
//! The context is taken from here and not from the source, since MJML puts one text in several
//! places. Invariant: both branches of a block end where they began: in the same element, the same
//! attribute, the same comment for Outlook.

mod address;

use super::mark::{Mark, MarkKind, Marks};
use super::part::{Context, Part};
use super::piece::{Assembly, Slots};
use crate::diag::Diagnostic;

use address::Address;

/// Attributes whose value is an address.
const ADDRESSES: [&str; 9] =
    ["href", "src", "background", "action", "formaction", "poster", "cite", "longdesc", "data"];
/// Attributes that may hold code, or several addresses.
const REFUSED: [&str; 6] = ["style", "srcdoc", "srcset", "http-equiv", "content", "ping"];
/// Elements of HTML without an end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// Takes HTML apart at its marks.
///
/// # Errors
/// Where subscriber data stands in a place that it must not, or a block does not end where it began.
pub(super) fn parts(
    html: &str,
    marks: &Marks,
    slots: &Slots,
) -> Result<Vec<Part>, Vec<Diagnostic>> {
    let mut scanner = Scanner {
        html,
        marks,
        slots,
        pos: 0,
        state: State::default(),
        assembly: Assembly::default(),
        blocks: Vec::new(),
        faults: Vec::new(),
    };
    scanner.run();
    match scanner.faults.is_empty() {
        true => Ok(scanner.assembly.finish()),
        false => Err(scanner.faults),
    }
}

/// Where in the page a position is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    /// How many elements are open, for all and for Outlook alone.
    depth: isize,
    outlook_depth: isize,
    /// Inside a comment that Outlook reads.
    in_outlook: bool,
    /// The attribute whose value this is.
    attribute: Option<String>,
}

/// A block that is open.
struct Block {
    slot: usize,
    state: State,
    address: Address,
    /// The address at the end of the first branch.
    yes: Option<Address>,
    told: bool,
}

struct Scanner<'a> {
    html: &'a str,
    marks: &'a Marks,
    slots: &'a Slots,
    pos: usize,
    state: State,
    assembly: Assembly,
    blocks: Vec<Block>,
    faults: Vec<Diagnostic>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        while self.pos < self.html.len() {
            let rest = &self.html[self.pos..];
            if rest.starts_with("<!--") {
                self.comment();
            } else if rest.starts_with("<![endif]-->") {
                self.state.in_outlook = false;
                self.copy("<![endif]-->".len());
            } else if rest.starts_with("</") {
                self.deeper(-1);
                self.copy(tag_end(rest));
            } else if is_start_tag(rest) {
                self.tag();
            } else {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let end = rest[first..].find('<').map_or(rest.len(), |end| end + first);
                let end = self.pos + end;
                self.stretch(end, &mut Address::default());
            }
        }
    }

    fn copy(&mut self, length: usize) {
        let end = self.pos + length;
        self.assembly.text(&self.html[self.pos..end]);
        self.pos = end;
    }

    fn deeper(&mut self, by: isize) {
        match self.state.in_outlook {
            true => self.state.outlook_depth += by,
            false => self.state.depth += by,
        }
    }

    fn comment(&mut self) {
        let rest = &self.html[self.pos..];
        let opens = rest.starts_with("<!--[if").then(|| rest.find("]>")).flatten();
        match opens {
            // `<!--[if !mso]><!-->` ends at once: all others read what follows.
            Some(end) if !rest[end + 2..].starts_with("<!--") => {
                self.state.in_outlook = true;
                self.copy(end + 2);
            }
            _ => {
                let length = rest.find("-->").map_or(rest.len(), |end| end + 3);
                let inner = rest[..length].get(4..length - 3).unwrap_or_default();
                if let Some((whole, mark)) = self.marks.read(inner)
                    && whole == inner.len()
                {
                    self.pos += length;
                    return self.mark(mark, &mut Address::default());
                }
                let hint = "a comment of the template is written `{{!-- … --}}`";
                self.refuse(length, "in a comment of HTML", hint);
            }
        }
    }

    fn tag(&mut self) {
        let rest = &self.html[self.pos..];
        let length = rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && !"-:".contains(c));
        let name = rest[1..length.map_or(rest.len(), |length| length + 1)].to_ascii_lowercase();
        self.copy(1 + name.len());
        let is_empty = self.attributes();
        if !is_empty && !VOID.contains(&name.as_str()) {
            self.deeper(1);
        }
        if !is_empty && matches!(name.as_str(), "style" | "script") {
            let rest = &self.html[self.pos..];
            let end = rest.find(&format!("</{name}")).unwrap_or(rest.len());
            let hint = "choose between two classes where they are used";
            self.refuse(end, &format!("in `<{name}>`"), hint);
        }
    }

    /// Reads up to the end of a start tag; says whether it ends in `/>`.
    fn attributes(&mut self) -> bool {
        loop {
            let rest = &self.html[self.pos..];
            let space = rest.len() - rest.trim_start().len();
            self.copy(space);
            let rest = &self.html[self.pos..];
            if rest.starts_with("/>") {
                self.copy(2);
                return true;
            }
            if rest.is_empty() {
                return true;
            }
            if rest.starts_with('>') {
                self.copy(1);
                return false;
            }
            let ends = |c: char| c.is_whitespace() || "=>/".contains(c);
            let length = rest.find(ends).unwrap_or(rest.len());
            let name = rest[..length].to_ascii_lowercase();
            match length {
                0 => {
                    let first = rest.chars().next().map_or(0, char::len_utf8);
                    self.copy(first);
                }
                _ => {
                    let hint = "put the condition inside the value";
                    self.refuse(length, "between attributes", hint);
                }
            }
            if self.html[self.pos..].starts_with("=\"") {
                self.copy(2);
                self.value(name);
            }
        }
    }

    fn value(&mut self, name: String) {
        let rest = &self.html[self.pos..];
        let length = rest.find('"').unwrap_or(rest.len());
        let is_refused = REFUSED.contains(&name.as_str()) || name.starts_with("on");
        if is_refused {
            let hint = "choose between two elements with `{{#if …}}`";
            return self.refuse(length, &format!("in `{name}`"), hint);
        }
        self.state.attribute = Some(name);
        let mut address = Address::default();
        self.stretch(self.pos + length, &mut address);
        self.state.attribute = None;
    }

    /// Copies up to `length` bytes in which no mark may stand.
    fn refuse(&mut self, length: usize, place: &str, hint: &str) {
        let end = self.pos + length;
        let mut from = self.pos;
        while let Some((found, mark)) = self.marks.find(&self.html[from..end]) {
            from += found.end;
            if matches!(mark.kind, MarkKind::Hole | MarkKind::Open) {
                let what = format!("subscriber data may not stand {place}");
                self.fault(mark.slot, what, Some(hint));
            }
        }
        self.copy(length);
    }

    fn fault(&mut self, slot: usize, what: String, hint: Option<&str>) {
        let mut fault = Diagnostic::error(what);
        if let Some(slot) = self.slots.get(slot) {
            fault = fault.at(slot.at.clone(), "");
        }
        if let Some(hint) = hint {
            fault = fault.hint(hint);
        }
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Copies text or an attribute's value up to `end`, its marks apart.
    fn stretch(&mut self, end: usize, address: &mut Address) {
        while let Some((found, mark)) = self.marks.find(&self.html[self.pos..end]) {
            let text = &self.html[self.pos..self.pos + found.start];
            self.assembly.text(text);
            address.text(text);
            self.pos += found.end;
            self.mark(mark, address);
        }
        let text = &self.html[self.pos..end];
        address.text(text);
        self.assembly.text(text);
        self.pos = end;
    }

    fn mark(&mut self, Mark { kind, slot }: Mark, address: &mut Address) {
        match kind {
            MarkKind::Hole => self.hole(slot, address),
            MarkKind::Open => {
                self.assembly.open(self.slots.head(slot));
                let (state, address) = (self.state.clone(), address.clone());
                self.blocks.push(Block { slot, state, address, yes: None, told: false });
            }
            MarkKind::Else => {
                self.assembly.otherwise();
                self.same_place(slot);
                self.repeats(slot, address);
                if let Some(block) = self.blocks.last_mut() {
                    block.yes = Some(std::mem::replace(address, block.address.clone()));
                }
            }
            MarkKind::Close => {
                self.assembly.close();
                self.same_place(slot);
                if self.blocks.last().is_some_and(|block| block.yes.is_none()) {
                    self.repeats(slot, address);
                }
                if let Some(block) = self.blocks.pop() {
                    address.meet(&block.yes.unwrap_or(block.address));
                }
            }
        }
    }

    fn same_place(&mut self, slot: usize) {
        let state = &self.state;
        let Some(block) = self.blocks.last_mut() else { return };
        if block.slot == slot && (block.state == *state || block.told) {
            return;
        }
        block.told = true;
        let slot = block.slot;
        let what = "a block over subscriber data must end where it begins".to_owned();
        self.fault(slot, what, Some("each branch closes what it opens"));
    }

    /// Tells if a loop's turns would stand at different parts of an address.
    fn repeats(&mut self, slot: usize, address: &Address) {
        let Some(block) = self.blocks.last() else { return };
        let moved = self.in_address() && block.address.context() != address.context();
        if moved && self.slots.is_loop(slot) {
            let what = "a loop over subscriber data may not begin an address".to_owned();
            self.fault(slot, what, Some("write the address up to its `?` in front of the loop"));
        }
    }

    fn in_address(&self) -> bool {
        let name = self.state.attribute.as_deref();
        name.is_some_and(|name| ADDRESSES.contains(&name.rsplit(':').next().unwrap_or(name)))
    }

    fn hole(&mut self, slot: usize, address: &mut Address) {
        let context = match (self.in_address(), address.context()) {
            (false, _) => Context::Html,
            (true, Ok(context)) => context,
            (true, Err((why, hint))) => {
                self.fault(slot, format!("subscriber data may not stand {why}"), Some(hint));
                Context::Html
            }
        };
        address.hole();
        self.assembly.hole(self.slots.expr(slot), context);
    }
}

fn is_start_tag(rest: &str) -> bool {
    let name = rest.strip_prefix('<');
    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Returns the length of a tag.
fn tag_end(rest: &str) -> usize {
    rest.find('>').map_or(rest.len(), |end| end + 1)
}
