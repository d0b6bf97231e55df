//! Style sheets of a template: copied as they are, with nothing of a reader in them.

use std::ops::Range;

use super::Preparer;
use crate::render::mjml::braces::{self, Broken};
use crate::render::mjml::syntax::{self, Slip};

/// What a value's quotes and signs become in a page, where they are none of CSS.
const ESCAPES: [&str; 6] = ["&#39;", "&#x27;", "&quot;", "&amp;", "&lt;", "&gt;"];

impl Preparer<'_> {
    /// Tells of a value that was escaped for a page, and says nothing in CSS; false if there is none.
    fn escaped(&mut self, range: Range<usize>) -> bool {
        let css = &self.text[range.clone()];
        let Some((at, escape)) =
            ESCAPES.iter().filter_map(|each| Some((css.find(each)?, each))).min()
        else {
            return false;
        };
        let start = range.start + at;
        let what = format!("`{escape}` means nothing in CSS");
        let fault = self.generated.error(what, start..start + escape.len(), "");
        self.fault(
            fault
                .hint("a value with quotes goes in with three braces: `{{{template.fonts.body}}}`"),
        );
        true
    }

    /// Tells of what is not sound in a style sheet.
    fn sheet(&mut self, range: Range<usize>) {
        let css = &self.text[range.clone()];
        let broken = braces::broken(css);
        let is_torn = broken.iter().any(|(broken, _)| *broken != Broken::Quote);
        let mut slips = Vec::new();
        if !self.escaped(range.clone()) && !is_torn {
            slips = syntax::slips(css);
        }
        for (broken, at) in broken {
            // A quote behind `//` is told with it.
            let before = slips.partition_point(|slip| slip.at.start <= at).checked_sub(1);
            if !before.is_some_and(|before| slips[before].at.contains(&at)) {
                self.broken(broken, range.start + at);
            }
        }
        for Slip { what, at, hint } in slips {
            let at = range.start + at.start..range.start + at.end;
            self.fault(self.generated.error(what, at, "").hint(hint));
        }
    }

    /// Tells of braces that are not closed, or close nothing.
    fn braces(&mut self, range: Range<usize>) {
        for (broken, at) in braces::broken(&self.text[range.clone()]) {
            if matches!(broken, Broken::Brace | Broken::Stray) {
                self.broken(broken, range.start + at);
            }
        }
    }

    /// Tells of what is not closed, or closes nothing.
    fn broken(&mut self, broken: Broken, at: usize) {
        let length = if broken == Broken::Comment { 2 } else { 1 };
        let (what, hint) = match broken {
            Broken::Comment => {
                ("this comment is never closed", "write `*/` behind it: it hides all that follows")
            }
            Broken::Quote => (
                "this quote is not closed on its line",
                "write the same quote at the end of the text",
            ),
            Broken::Bracket => {
                ("this bracket is not closed", "close it: what stands behind it counts for nothing")
            }
            Broken::Deep => {
                ("brackets lie more than 100 deep in each other", "nobody reads that far")
            }
            Broken::Brace => (
                "this brace is never closed",
                "what stands behind it counts for nothing, other style sheets too",
            ),
            Broken::Stray if self.text[at..].starts_with(')') => {
                ("this bracket closes nothing", "take it out: what it stands in counts for nothing")
            }
            Broken::Stray => {
                ("this brace closes nothing", "take it out: the rule behind it counts for nothing")
            }
        };
        self.fault(self.generated.error(what, at..at + length, "").hint(hint));
    }

    /// Copies CSS up to the end tag of its element.
    pub(super) fn css(&mut self) {
        let Some(name) = self.stack.last().map(|open| open.name.clone()) else { return };
        let rest = &self.text[self.pos..];
        let end = rest.find(&format!("</{name}")).unwrap_or(rest.len());
        let range = self.pos..self.pos + end;
        self.refuse_marks(range.clone(), &format!("in `<{name}>`"), |fault| {
            fault.hint("choose between two classes where they are used")
        });
        if let Some(bare) = tag(&rest[..end]) {
            let at = self.pos + bare..self.pos + bare + 1;
            let hint = match rest[bare..].starts_with("<!--") {
                true => "take `<!--` and `-->` out: browsers pass over them",
                false => "in a text of CSS write `%3C` or `\\3c `",
            };
            self.fault(self.generated.error("a `<` in CSS", at, "").hint(hint));
        }
        // A script has comments and patterns of its own.
        match name.as_str() {
            "script" => self.braces(range.clone()),
            _ => self.sheet(range.clone()),
        }
        self.write(&rest[..end], self.pos);
        self.out.styles.push(range);
        self.pos += end;
        if self.pos < self.text.len()
            && let Err(fault) = self.close()
        {
            self.fault(fault);
        }
    }
}

/// Finds a `<` that begins a tag or a comment; one of `(width <= 480px)` does not.
fn tag(css: &str) -> Option<usize> {
    let begins = |at: &usize| {
        let after = &css[at + 1..];
        after.is_empty() || after.starts_with(|c: char| c.is_alphabetic() || "/!?<".contains(c))
    };
    css.match_indices('<').map(|(at, _)| at).find(begins)
}
