//! End tags of HTML that may be left out: `<p>one<p>two`, `<li>`, the parts of tables.

use super::Preparer;

/// Elements whose end may be left out, and what begins behind that end.
const IMPLIED: [(&str, &[&str]); 9] = [
    ("p", &["p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote", "pre", "hr"]),
    ("li", &["li"]),
    ("dt", &["dt", "dd"]),
    ("dd", &["dt", "dd"]),
    ("td", &["td", "th", "tr", "tbody", "tfoot"]),
    ("th", &["td", "th", "tr", "tbody", "tfoot"]),
    ("tr", &["tr", "tbody", "tfoot"]),
    ("thead", &["tbody", "tfoot"]),
    ("tbody", &["tbody", "tfoot"]),
];

impl Preparer<'_> {
    /// Ends what a start tag ends without saying so.
    pub(super) fn end_before(&mut self, name: &str, start: usize) {
        while let Some(open) = self.stack.last() {
            let ends =
                |(known, before): &(&str, &[&str])| *known == open.name && before.contains(&name);
            if !IMPLIED.iter().any(ends) {
                return;
            }
            self.end(start);
        }
    }

    /// Ends what stands inside an element that is closed, where its own end may be left out.
    pub(super) fn end_within(&mut self, name: &str, start: usize) {
        if !self.stack.iter().any(|open| open.name == name) {
            return;
        }
        while let Some(open) = self.stack.last() {
            let may_end = IMPLIED.iter().any(|(known, _)| *known == open.name);
            if open.name == name || !may_end {
                return;
            }
            self.end(start);
        }
    }

    fn end(&mut self, start: usize) {
        if let Some(open) = self.stack.pop() {
            self.closes_outer(start..start);
            self.write(&format!("</{}>", open.name), start);
        }
    }
}
