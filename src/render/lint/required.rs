//! What every mail to many must show: a way out, and who sends it.

use super::{Proofread, UNSUBSCRIBE_MARK};
use crate::diag::Diagnostic;
use crate::render::Merged;

/// Says that the newsletter has no way to unsubscribe.
pub(super) fn no_way_out(over: &Proofread<'_>) -> Option<Diagnostic> {
    (!has_way_out(over)).then(|| {
        no_unsubscribing()
            .file(over.config.source.name())
            .hint("write `[unsubscribe]` with a `url` that holds `{token}`, or a `mailto`")
    })
}

/// Says that a copy does not show the way to unsubscribe.
pub(super) fn unsubscribe(over: &Proofread<'_>, copy: &Merged) -> Option<Diagnostic> {
    if !has_way_out(over) {
        return None;
    }
    let why = match (has_link(&copy.html), copy.text.contains(UNSUBSCRIBE_MARK)) {
        (true, true) => return None,
        (true, false) => "the plain text does not show `{{unsubscribe_url}}`",
        (false, _) if copy.html.contains(UNSUBSCRIBE_MARK) => {
            "the HTML has `{{unsubscribe_url}}`, but in no link that every reader sees"
        }
        (false, _) => "the HTML does not show `{{unsubscribe_url}}`",
    };
    let fault = no_unsubscribing().file(format!("templates/{}/", over.template())).note(why);
    Some(fault.hint("put `<a href=\"{{unsubscribe_url}}\">` into the template's footer"))
}

/// Says that the newsletter has no postal address.
pub(super) fn no_address(over: &Proofread<'_>) -> Option<Diagnostic> {
    over.config.newsletter.address.is_none().then(|| {
        Diagnostic::error("the newsletter has no postal address")
            .id("address-missing")
            .file(over.config.source.name())
            .note(LAW)
            .hint("write `address = \"12 Example Street, Springfield\"` under `[newsletter]`")
    })
}

const LAW: &str = "the law of many countries asks for it in every commercial mail";

/// Says that a copy does not show the postal address.
pub(super) fn address(over: &Proofread<'_>, copy: &Merged) -> Option<Diagnostic> {
    let address = over.config.newsletter.address.as_ref()?.value.as_str();
    let part = match (shows(&copy.html, address), shows(&copy.text, address)) {
        (true, true) => return None,
        (true, false) => "plain text",
        (false, _) => "HTML",
    };
    Some(
        Diagnostic::error(format!("the {part} does not show the postal address"))
            .id("address-missing")
            .file(format!("templates/{}/", over.template()))
            .note(LAW)
            .hint("put `{{newsletter.address}}` into the template's footer"),
    )
}

fn has_way_out(over: &Proofread<'_>) -> bool {
    let ways = &over.config.unsubscribe;
    ways.url.is_some() || ways.mailto.is_some()
}

fn no_unsubscribing() -> Diagnostic {
    Diagnostic::error("readers have no way to unsubscribe").id("unsubscribe-missing")
}

/// Says whether a page has a link to unsubscribe by that is no comment's and not hidden.
fn has_link(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.find(UNSUBSCRIBE_MARK) {
        let (before, after) = rest.split_at(at);
        let end = after.find('>').map_or(after.len(), |end| end + 1);
        let tag = before.rfind('<').map(|start| &rest[start..at + end]);
        if tag.is_some_and(is_link) && !is_in_comment(&html[..html.len() - after.len()]) {
            return true;
        }
        rest = &after[UNSUBSCRIBE_MARK.len()..];
    }
    false
}

fn is_link(tag: &str) -> bool {
    let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let plain: String = tag.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.to_ascii_lowercase();
    ["a", "area"].iter().any(|link| name.eq_ignore_ascii_case(link))
        && plain.contains("href=")
        && !plain.contains("display:none")
}

fn is_in_comment(before: &str) -> bool {
    let Some(start) = before.rfind("<!--") else { return false };
    // What begins `<!--[if !mso]><!-->` is no comment to anybody.
    !before[start..].contains("-->")
}

/// Says whether a part shows all words of an address, however its lines are broken.
fn shows(part: &str, address: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    if part.contains(address) {
        return true;
    }
    let shown: std::collections::HashSet<String> = words(part).into_iter().collect();
    words(address).iter().all(|word| shown.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_unsubscribe_is_one_that_every_reader_sees() {
        let url = UNSUBSCRIBE_MARK;
        for (html, is) in [
            (format!("<a class=\"x\" href=\"{url}\">Unsubscribe</a>"), true),
            (format!("<!-- a --><A HREF='{url}?x'>Unsubscribe</A>"), true),
            (format!("<!--[if !mso]><!--><a href=\"{url}\">x</a><!--<![endif]-->"), true),
            (format!("<!--[if mso]><a href=\"{url}\">x</a><![endif]-->"), false),
            (format!("<p>{url}</p>"), false),
            (format!("<img src=\"{url}\">"), false),
            (format!("<a style=\"display: none\" href=\"{url}\">x</a>"), false),
            (format!("{url} <a href=\"{url}\">x</a>"), true),
            (String::new(), false),
        ] {
            assert_eq!(has_link(&html), is, "{html}");
        }
    }

    #[test]
    fn an_address_may_be_broken_into_lines() {
        let address = "The Desk, 12 Böll Street, Easton";
        assert!(shows("<p>The Desk<br>12 Böll Street<br />Easton, MD</p>", address));
        assert!(!shows("<p>The Desk, Easton, 12, Main Street</p>", address));
    }
}
