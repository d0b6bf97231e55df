//! A look at a page before any parser gets it.

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
    fn long_data_addresses_are_left_out() {
        let picture = format!("<img src=\"data:image/png;base64,{}\" alt=x>", "A".repeat(2_000));
        assert_eq!(without_data(&picture), "<img src=\"data:,\" alt=x>");
        assert_eq!(without_data("data: short"), "data: short");
    }
}
