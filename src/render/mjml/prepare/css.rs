//! Style sheets of a template: copied as they are, with nothing of a reader in them.

use super::Preparer;
use crate::render::mjml::braces;

impl Preparer<'_> {
    /// Copies CSS up to the end tag of its element.
    pub(super) fn css(&mut self) {
        let Some(name) = self.stack.last().map(|open| open.name.clone()) else { return };
        let rest = &self.text[self.pos..];
        let end = rest.find(&format!("</{name}")).unwrap_or(rest.len());
        let range = self.pos..self.pos + end;
        self.refuse_marks(range.clone(), &format!("in `<{name}>`"), |fault| {
            fault.hint("choose between two classes where they are used")
        });
        if let Some(bare) = rest[..end].find('<') {
            let at = self.pos + bare..self.pos + bare + 1;
            self.fault(self.generated.error("a `<` in CSS", at, ""));
        }
        if let Some(brace) = braces::unclosed(&rest[..end]) {
            let at = self.pos + brace..self.pos + brace + 1;
            let fault = self.generated.error("this brace is never closed", at, "");
            self.fault(
                fault.hint("what stands behind it counts for nothing, other style sheets too"),
            );
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
