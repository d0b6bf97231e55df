//! A look at a page before any parser gets it.

use std::borrow::Cow;
use std::ops::Range;

use super::prose;

/// A `<div>` with fewer words is hardly a paragraph.
const PARAGRAPH_WORDS_MIN: usize = 12;
/// Elements that have no end, or whose end is the beginning of the next: they do not deepen a page.
const FLAT: [&str; 28] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option",
    "optgroup", "html", "body",
];
/// Elements whose content is no markup.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];
/// A data address shorter than this does not matter.
const DATA_BYTES_MIN: usize = 1_024;

/// How deep the tags of a page may lie in each other: what parsers need grows with its square, and
/// real pages stay below a tenth of it.
const DEPTH_MAX: usize = 500;
/// How many tags a page may have,
const TAGS_MAX: usize = 200_000;
/// and how many line breaks, each of which a reader compares with its neighbours.
const BREAKS_MAX: usize = 10_000;

/// Says why no reader should be given a page.
pub(super) fn refusal(html: &str) -> Option<&'static str> {
    let extent = Extent::of(html);
    if extent.depth > DEPTH_MAX {
        return Some("its tags lie more than 500 deep in each other");
    }
    if extent.tags > TAGS_MAX {
        return Some("it has more than 200,000 tags");
    }
    (extent.breaks > BREAKS_MAX).then_some("it has more than 10,000 line breaks")
}

/// How much there is of a page.
#[derive(Debug, Default)]
struct Extent {
    /// How deep its tags lie in each other, at most; it may be told too much, where elements that
    /// need an end have none.
    depth: usize,
    tags: usize,
    breaks: usize,
}

impl Extent {
    fn of(html: &str) -> Self {
        let (mut depth, mut extent) = (0_usize, Self::default());
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let (is_end, tag) = rest.strip_prefix('/').map_or((false, rest), |tag| (true, tag));
            let length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let name = tag[..length].to_ascii_lowercase();
            extent.tags += 1;
            extent.breaks += usize::from(name == "br");
            if name.is_empty() || FLAT.contains(&name.as_str()) {
                continue;
            }
            if is_end {
                depth = depth.saturating_sub(1);
            } else if RAW.contains(&name.as_str()) {
                rest = after_end_of(tag, &name);
            } else if !is_closed_at_once(tag) {
                depth += 1;
                extent.depth = extent.depth.max(depth);
            }
        }
        extent
    }
}

/// Makes paragraphs of `<div>`s between paragraphs that hold nothing but a text: a reader of pages
/// keeps of such a one only what is marked up in it.
pub(super) fn with_paragraphs(html: &str) -> Cow<'_, str> {
    let mut names: Vec<Range<usize>> = Vec::new();
    // Elements that are open: where their names stand, and whether they hold but text so far.
    let mut open: Vec<(Range<usize>, bool)> = Vec::new();
    let mut pos = 0;
    while let Some(at) = html[pos..].find('<') {
        let start = pos + at + 1;
        pos = start;
        let rest = &html[start..];
        if let Some(comment) = rest.strip_prefix("!--") {
            pos = comment.find("-->").map_or(html.len(), |end| start + 3 + end + 3);
            continue;
        }
        let (is_end, tag) = rest.strip_prefix('/').map_or((false, rest), |tag| (true, tag));
        let length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name_at = start + usize::from(is_end)..start + usize::from(is_end) + length;
        let name = tag[..length].to_ascii_lowercase();
        let is_div = name == "div";
        match (is_div, is_end) {
            (true, false) => {
                open.iter_mut()
                    .rev()
                    .take_while(|(_, bare)| *bare)
                    .for_each(|(_, bare)| *bare = false);
                open.push((name_at, true));
            }
            (true, true) => {
                if let Some((begin, true)) = open.pop()
                    && is_text(&html[begin.end..start])
                    && is_among_paragraphs(&html[..begin.start - 1], &html[name_at.end..])
                {
                    names.extend([begin, name_at]);
                }
            }
            _ if name.is_empty() || prose::INLINE.contains(&name.as_str()) || name == "br" => {}
            _ => {
                open.iter_mut()
                    .rev()
                    .take_while(|(_, bare)| *bare)
                    .for_each(|(_, bare)| *bare = false);
                if RAW.contains(&name.as_str()) && !is_end {
                    pos = html.len() - after_end_of(tag, &name).len();
                }
            }
        }
    }
    if names.is_empty() {
        return Cow::Borrowed(html);
    }
    names.sort_unstable_by_key(|name| name.start);
    let mut out = String::with_capacity(html.len());
    let mut from = 0;
    for name in names {
        out.push_str(&html[from..name.start]);
        out.push('p');
        from = name.end;
    }
    out.push_str(&html[from..]);
    Cow::Owned(out)
}

fn is_among_paragraphs(before: &str, behind: &str) -> bool {
    let behind = behind.trim_start().strip_prefix('>').unwrap_or(behind).trim_start();
    let begins = |tag: &str| behind.get(..tag.len()).is_some_and(|is| is.eq_ignore_ascii_case(tag));
    let before = before.trim_end();
    let end = before.len().checked_sub(4).and_then(|at| before.get(at..)).unwrap_or_default();
    end.eq_ignore_ascii_case("</p>") && (begins("<p>") || begins("<p "))
}

/// Says whether the inside of an element, from its name on, reads as a paragraph.
fn is_text(inside: &str) -> bool {
    let (mut words, mut linked, mut in_link) = (0, 0, false);
    for (number, part) in inside.split('<').enumerate() {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        if number > 0 {
            in_link = match tag.get(..2).unwrap_or(tag) {
                "a " | "A " => true,
                "/a" | "/A" => false,
                _ => in_link,
            };
        }
        let count = text.split_whitespace().count();
        words += count;
        linked += if in_link { count } else { 0 };
    }
    words >= PARAGRAPH_WORDS_MIN && linked * 2 < words
}

fn after_end_of<'a>(tag: &'a str, name: &str) -> &'a str {
    let mut rest = tag;
    while let Some((_, after)) = rest.split_once("</") {
        if after.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return after;
        }
        rest = after;
    }
    ""
}

fn is_closed_at_once(tag: &str) -> bool {
    tag.split_once('>').is_some_and(|(inside, _)| inside.ends_with('/'))
}

/// Leaves out long `data:` addresses: pages that were saved as one file hold all their pictures.
pub(in crate::article) fn without_data(html: &str) -> String {
    let mut kept = String::with_capacity(html.len().min(1 << 20));
    let mut rest = html;
    while let Some(at) = rest.find("data:") {
        let (before, address) = rest.split_at(at);
        kept.push_str(before);
        let end = address.find(['"', '\'', ')', '<', ' ', '\n']).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        kept.push_str(if address.len() < DATA_BYTES_MIN { address } else { "data:," });
        rest = after;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_that_of_the_tags_that_must_be_closed() {
        for (html, depth) in [
            ("<div><div><p>a<p>b<p>c</div></div>", 2),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>", 2),
            ("<div><br><img><svg/></div>", 1),
            ("<script>'<div><div><div>'</script><b>x</b>", 1),
            ("<!-- <div><div> --><i>x</i>", 1),
            ("a < b <", 0),
            ("", 0),
        ] {
            assert_eq!(Extent::of(html).depth, depth, "{html}");
        }
        assert_eq!(refusal(&"<div>".repeat(500)), None);
        for (page, why) in [
            ("<div>".repeat(501), "its tags lie more than 500 deep in each other"),
            ("<b>".repeat(100_000), "its tags lie more than 500 deep in each other"),
            ("<p>x".repeat(200_001), "it has more than 200,000 tags"),
            ("a<br>".repeat(10_001), "it has more than 10,000 line breaks"),
        ] {
            assert_eq!(refusal(&page), Some(why));
        }
    }

    #[test]
    fn a_text_in_a_div_is_a_paragraph() {
        let text = "one two three four five six seven eight nine ten eleven <b>twelve</b>.";
        let among = |name: &str| format!("<P>a</P> <{name} class=a>{text}</{name}>\n<p>b</p>");
        let alone = format!("<div class=a>{text}</div>");
        for (html, made) in [
            (among("div"), among("p")),
            (alone.clone(), alone),
            ("<p>a</p><div>short</div><p>".into(), "<p>a</p><div>short</div><p>".into()),
            (
                format!("<p>a</p><div><p>{text}</p></div><p>"),
                format!("<p>a</p><div><p>{text}</p></div><p>"),
            ),
            (
                format!("<script>{}</script>", among("div")),
                format!("<script>{}</script>", among("div")),
            ),
            (
                format!("<p>a</p><div><a href=x>{text}</a></div><p>"),
                format!("<p>a</p><div><a href=x>{text}</a></div><p>"),
            ),
        ] {
            assert_eq!(with_paragraphs(&html), made);
        }
    }

    #[test]
    fn long_data_addresses_are_left_out() {
        let picture = format!("<img src=\"data:image/png;base64,{}\" alt=x>", "A".repeat(2_000));
        assert_eq!(without_data(&picture), "<img src=\"data:,\" alt=x>");
        assert_eq!(without_data("data: short"), "data: short");
    }
}
