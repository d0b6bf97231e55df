//! Comments of HTML, and Outlook's conditions in them.

use std::ops::Range;

use super::{Content, Preparer, numbered};
use crate::diag::Diagnostic;
use crate::render::mjml::elements::RAW_PARENTS;

impl Preparer<'_> {
    pub(super) fn comment(&mut self) -> Result<(), Diagnostic> {
        let rest = &self.text[self.pos..];
        let start = self.pos;
        let Some(length) = rest.find("-->").map(|end| end + 3) else {
            return Err(self.generated.error("this comment is never closed", start..start + 4, ""));
        };
        let comment = &rest[..length];
        if let Some((what, hint)) = broken_condition(comment) {
            let line = comment.lines().next().unwrap_or_default().len();
            let fault = self.generated.error(what, start..start + line, "");
            self.fault(fault.hint(hint));
        }
        let (is_html, at) = (self.content() == Content::Html, start..start + length);
        let begins_condition = comment.starts_with("<!--[if");
        if !(begins_condition && is_html) {
            self.refuse_marks(at.clone(), "in a comment of HTML", |fault| {
                fault.hint("a comment of the template is written `{{!-- … --}}`")
            });
        }
        match begins_condition || comment.starts_with("<!--<![endif]") {
            true if is_html => self.write(&numbered(comment, |c| !c.is_ascii()), start),
            true => self.condition(comment, at),
            false if is_html => self.write(comment, start),
            // Among components it says nothing to a reader, and mrml takes it in few places.
            false => {}
        }
        self.pos += length;
        Ok(())
    }

    /// Writes one of Outlook's conditions that stands among components, as npm has it.
    fn condition(&mut self, comment: &str, at: Range<usize>) {
        let Some(parent) = self.stack.last().map(|open| open.name.clone()) else { return };
        if RAW_PARENTS.contains(&parent.as_str()) {
            let numbered = numbered(comment, |c| !c.is_ascii());
            return self.write(&format!("<mj-raw>{numbered}</mj-raw>"), at.start);
        }
        let what = format!("a condition of Outlook's may not stand in `<{parent}>`");
        let fault = self.generated.error(what, at.start..at.start + 4, "");
        self.fault(fault.hint("put it into `<mj-text>` or `<mj-raw>`"));
    }
}

/// Says what is wrong with a condition of Outlook's, and what to do.
fn broken_condition(comment: &str) -> Option<(&'static str, &'static str)> {
    let inner = comment.strip_prefix("<!--")?.strip_suffix("-->")?;
    let condition = inner.trim_start().strip_prefix("[if")?;
    let end_is_missing =
        ("this condition has no `]>`", "it is written `<!--[if mso]>…<![endif]-->`");
    let Some((asked, content)) = condition.split_once("]>") else { return Some(end_is_missing) };
    if asked.contains(['<', '>', '\n']) {
        return Some(end_is_missing);
    }
    let content = content.trim();
    // `<!--[if !mso]><!-->` begins what all others see, `<!--[if mso]>-->` what they see too.
    if content.is_empty() || content == "<!" {
        return None;
    }
    if !content.ends_with("<![endif]") {
        let what = "this comment is no condition: it does not end in `<![endif]-->`";
        return Some((what, "it is written `<!--[if mso]>…<![endif]-->`"));
    }
    let is_for_others = asked.trim_start().starts_with('!') && !content.starts_with("<!-->");
    is_for_others.then_some((
        "nobody sees this: Outlook leaves it out, and to all others it is a comment",
        "it is written `<!--[if !mso]><!-->…<!--<![endif]-->`",
    ))
}

#[cfg(test)]
mod tests {
    use super::broken_condition;

    #[test]
    fn a_condition_ends_as_outlook_and_all_others_read_it() {
        for (comment, told) in [
            ("<!-- a [if] -->", ""),
            ("<!--[if mso]><b>a</b><![endif]-->", ""),
            ("<!--[if (gte mso 9)|(IE)]>\n<b>a</b>\n<![endif]-->", ""),
            ("<!--[if !mso]><!-->", ""),
            ("<!--[if mso]>-->", ""),
            ("<!--<![endif]-->", ""),
            ("<!--[if !mso | IE]><!--><![endif]-->", ""),
            ("<!--[if mso]><b>a</b>-->", "does not end in"),
            ("<!--[if mso><b>a</b><![endif]-->", "no `]>`"),
            ("<!--[if !mso]><b>a</b><![endif]-->", "nobody sees"),
        ] {
            let found = broken_condition(comment).map_or("", |(what, _)| what);
            assert_eq!(found.is_empty(), told.is_empty(), "{comment}: {found}");
            assert!(found.contains(told), "{comment}: {found}");
        }
    }
}
