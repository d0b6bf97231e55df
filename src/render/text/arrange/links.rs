//! The numbered links of a plain text.

use super::Arranger;
use crate::render::text::Item;

/// An address that was referred to and not yet listed.
pub(super) struct Link {
    number: usize,
    address: String,
    /// The branches that the reference stands in.
    branches: Vec<(usize, bool)>,
}

impl Arranger<'_> {
    pub(super) fn refer(&mut self, address: &str) -> usize {
        let mut branches: Vec<(usize, bool)> =
            self.around.iter().map(|(_, slot, branch)| (*slot, *branch)).collect();
        // What is asked inside a loop, only its turns can answer; so a link of the loop is listed
        // for all readers who have a turn.
        if let Some(first) = branches.iter().position(|(slot, _)| self.slots.is_loop(*slot)) {
            branches.truncate(first + 1);
        }
        if let Some(number) = self.numbers.get(address) {
            let known = self.links.iter_mut().find(|link| link.number == *number);
            if let Some(link) = known.filter(|link| link.branches != branches) {
                link.branches.clear();
            }
            return *number;
        }
        self.last_number += 1;
        self.numbers.insert(address.to_owned(), self.last_number);
        let address = address.to_owned();
        self.links.push(Link { number: self.last_number, address, branches });
        self.last_number
    }

    /// Lists the addresses since the last list; one that only some readers are referred to is
    /// listed for them alone.
    pub(super) fn list_links(&mut self) {
        self.numbers.clear();
        for link in std::mem::take(&mut self.links) {
            let (first, _) = self.take_prefix();
            let number = format!("[{}]", link.number);
            let line = format!("{first}{number:>4} {}", link.address);
            if link.branches.is_empty() {
                self.lines(vec![line]);
                continue;
            }
            let mut item = Item::Lines(line);
            for (slot, branch) in link.branches.iter().rev() {
                let condition = self.slots.expr(*slot);
                let (yes, no) = match branch {
                    true => (vec![item], vec![]),
                    false => (vec![], vec![item]),
                };
                item = Item::Block { condition, yes, no };
            }
            self.items.push(item);
        }
    }
}
