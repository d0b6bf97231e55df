//! Comments of HTML, and Outlook's conditions in them.

use super::{Content, Preparer, numbered};
use crate::diag::Diagnostic;

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
        let for_outlook = comment.starts_with("<!--[if");
        if for_outlook && self.content() == Content::Html {
            let numbered = numbered(comment, |c| !c.is_ascii());
            self.write(&numbered, start);
        } else {
            self.refuse_marks(start..start + length, "in a comment of HTML", |fault| {
                fault.hint("a comment of the template is written `{{!-- … --}}`")
            });
            self.write(comment, start);
        }
        self.pos += length;
        Ok(())
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
