//! The rules that give columns their widths: exact, and in the order in which columns come.

use std::collections::BTreeMap;

/// More columns in a row are not looked for.
const COLUMNS_MAX: u32 = 24;

/// How the rules begin, for all and for Thunderbird, and what stands before each class.
const STYLES: [(&str, &str); 2] =
    [(") { .mj-column", "."), (")\">.moz-text-html .mj-column", ".moz-text-html .")];

/// Writes the widths of columns that share a row as exactly as npm does.
pub(super) fn exact(html: String) -> String {
    (3..=COLUMNS_MAX).fold(html, |html, count| {
        let (short, exact) =
            ((100.0 / count as f32).to_string(), (100.0 / f64::from(count)).to_string());
        if short == exact || !html.contains(&format!("-per-{}", short.replace('.', "-"))) {
            return html;
        }
        html.replace(&short, &exact).replace(&short.replace('.', "-"), &exact.replace('.', "-"))
    })
}

/// Puts the rules in the order in which their classes come; mrml sorts them by name.
pub(super) fn in_order(html: String) -> String {
    let Some(body) = html.find("<body") else { return html };
    let (head, body) = html.split_at(body);
    let mut head = head.to_owned();
    for (start, prefix) in STYLES {
        head = sorted(&head, start, prefix, body);
    }
    format!("{head}{body}")
}

fn sorted(head: &str, start: &str, prefix: &str, body: &str) -> String {
    rewritten(head, start, prefix, |rules| {
        let mut rules: Vec<&str> = rules.to_vec();
        rules.sort_by_key(|rule| {
            let class = rule.strip_prefix(prefix).and_then(|rule| rule.split(' ').next());
            first(body, class.unwrap_or_default())
        });
        rules.concat()
    })
}

/// Rewrites the rules behind `start`, each of which begins with `prefix`.
fn rewritten(head: &str, start: &str, prefix: &str, with: impl Fn(&[&str]) -> String) -> String {
    let Some(start) = head.find(start).and_then(|at| Some(at + head[at..].find('.')?)) else {
        return head.to_owned();
    };
    let end = head[start..].find("</style").map_or(head.len(), |end| start + end);
    let mut rules: Vec<&str> = head[start..end].split_inclusive("} ").collect();
    let rest = rules.pop_if(|rule| !rule.starts_with(prefix)).unwrap_or_default();
    format!("{}{}{rest}{}", &head[..start], with(&rules), &head[end..])
}

/// Adds the rules of columns beside gutters, drops those that no column has any more, and writes
/// those that say the same as one.
pub(super) fn with(html: String, more: &[String]) -> String {
    let (Some(body), false) = (html.find("<body"), more.is_empty()) else { return html };
    let (head, body) = html.split_at(body);
    let mut head = head.to_owned();
    for (start, prefix) in STYLES {
        head = rewritten(&head, start, prefix, |rules| {
            let old = rules.iter().filter_map(|rule| rule.strip_prefix(prefix));
            let new = more.iter().flat_map(|rules| rules.lines());
            joined(old.chain(new), prefix, body)
        });
    }
    format!("{head}{body}")
}

/// Repeats the rules of columns for Outlook on the web, which marks what it shows with `owa`.
pub(super) fn for_owa(html: String) -> String {
    let [(all, prefix), (thunderbird, _)] = STYLES;
    let start = all.find('.').unwrap_or_default();
    let rules = |at: usize| {
        let from = at + start;
        let length = html[from..].find("</style").unwrap_or_default();
        let rules = html[from..from + length].split_inclusive("} ");
        rules
            .filter(|rule| rule.starts_with(prefix))
            .map(|rule| format!("[owa] {}\n", rule.trim_end()))
    };
    let behind = html.find(thunderbird).and_then(|at| {
        let end = "</style>";
        Some(at + html[at..].find(end)? + end.len())
    });
    match (html.find(all), behind) {
        (Some(at), Some(behind)) => {
            let rules: String = rules(at).collect();
            let style = format!("<style type=\"text/css\">\n{rules}</style>");
            [&html[..behind], &style, &html[behind..]].concat()
        }
        _ => html,
    }
}

fn joined<'r>(rules: impl Iterator<Item = &'r str>, prefix: &str, body: &str) -> String {
    let by_class: BTreeMap<&str, &str> =
        rules.filter_map(|rule| rule.trim_end().split_once(' ')).collect();
    let mut known: Vec<(usize, &str, &str)> = by_class
        .into_iter()
        .map(|(class, says)| (first(body, class), class, says))
        .filter(|(at, ..)| *at < body.len())
        .collect();
    known.sort_unstable();
    let mut groups: Vec<(String, &str)> = Vec::new();
    for (_, class, says) in known {
        match groups.iter_mut().find(|(_, known)| *known == says) {
            Some((classes, _)) => classes.push_str(&format!(", {prefix}{class}")),
            None => groups.push((format!("{prefix}{class}"), says)),
        }
    }
    groups.iter().map(|(classes, says)| format!("{classes} {says} ")).collect()
}

/// Returns where a class comes first.
fn first(body: &str, class: &str) -> usize {
    let ends = |at: &usize| {
        !body[at + class.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
    };
    body.match_indices(class).map(|(at, _)| at).find(ends).unwrap_or(body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_exact_and_in_order() {
        let html = "<style>@media only screen and (min-width:480px) { .mj-column-per-33-333332 { \
                    width:33.333332%; } .mj-column-per-5 { a } .mj-column-per-50 { b }  }</style>\
                    <body><i class=\"mj-column-per-50\"><i class=\"mj-column-per-5\">\
                    <i class=\"mj-column-per-33-333332\">";
        let expected = "<style>@media only screen and (min-width:480px) { .mj-column-per-50 { b } \
                        .mj-column-per-5 { a } .mj-column-per-33-333333333333336 { \
                        width:33.333333333333336%; }  }</style>";
        let made = in_order(exact(html.to_owned()));
        assert_eq!(made.split("<body").next(), Some(expected));
    }
}
