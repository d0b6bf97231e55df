//! Which declarations hold for an element: importance, specificity, order (CSS Cascade 4).

use std::borrow::Cow;

use scraper::{ElementRef, Selector};

use super::{declarations, media, rules};

/// Selectors in brackets of selectors go no deeper in what people write.
const DEPTH_MAX: usize = 8;

/// Whether something holds in the light, and whether in the dark.
pub(in crate::render::lint) type Hours = [bool; 2];

/// A declaration that holds for an element.
#[derive(Debug)]
pub(in crate::render::lint) struct Holding<'c> {
    pub(in crate::render::lint) name: Cow<'c, str>,
    pub(in crate::render::lint) value: &'c str,
    hours: Hours,
}

impl Holding<'_> {
    /// Says whether it holds in the dark, or in the light.
    pub(in crate::render::lint) fn holds(&self, is_dark: bool) -> bool {
        self.hours[usize::from(is_dark)]
    }
}

/// The style sheets of a page, for a wide screen.
#[derive(Debug)]
pub(in crate::render::lint) struct Cascade {
    rules: Vec<Matched>,
}

#[derive(Debug)]
struct Matched {
    needs: Needs,
    selector: Selector,
    hours: Hours,
    specificity: [usize; 3],
    /// Names and values, and whether each is important.
    declarations: Vec<(String, String, bool)>,
}

impl Cascade {
    /// Takes the rules that hold in the light or in the dark.
    pub(in crate::render::lint) fn new<'c>(sheets: impl Iterator<Item = &'c str>) -> Self {
        let mut matched = Vec::new();
        for sheet in sheets {
            for rule in rules(sheet) {
                let holds = |is_dark| rule.media.iter().all(|media| media::holds(media, is_dark));
                let hours = [false, true].map(holds);
                if hours == [false, false] {
                    continue;
                }
                let declarations: Vec<_> = rule
                    .declarations
                    .iter()
                    .map(|each| {
                        (each.name.to_ascii_lowercase(), each.value.to_owned(), each.is_important)
                    })
                    .collect();
                // One selector that is not understood would otherwise cost the others their rule.
                for part in split(rule.selectors) {
                    // To scraper no page was ever visited, and it knows no links.
                    let known = part.replace(":any-link", "[href]").replace(":link", "[href]");
                    if let Ok(selector) = Selector::parse(&known) {
                        let (needs, specificity) = (Needs::of(part), specificity(part));
                        let declarations = declarations.clone();
                        let rule = Matched { needs, selector, hours, specificity, declarations };
                        matched.push(rule);
                    }
                }
            }
        }
        // A stable sort: of equals, the later one stays behind.
        matched.sort_by_key(|rule| rule.specificity);
        Self { rules: matched }
    }

    /// Returns the declarations that hold for an element, the strongest last.
    pub(in crate::render::lint) fn of<'c>(&'c self, element: ElementRef<'c>) -> Vec<Holding<'c>> {
        let (name, class) = (element.value().name(), element.value().attr("class"));
        let matching = self
            .rules
            .iter()
            .filter(|rule| rule.needs.are_met(name, class) && rule.selector.matches(&element));
        let mut all: Vec<(u8, Holding<'c>)> = Vec::new();
        for rule in matching {
            for (name, value, is_important) in &rule.declarations {
                let holding = Holding { name: name.into(), value, hours: rule.hours };
                all.push((if *is_important { 2 } else { 0 }, holding));
            }
        }
        if let Some(style) = element.value().attr("style") {
            for each in declarations(style, 0..style.len()) {
                let rank = if each.is_important { 3 } else { 1 };
                let is_lower = !each.name.bytes().any(|byte| byte.is_ascii_uppercase());
                let name = match is_lower {
                    true => each.name.into(),
                    false => each.name.to_ascii_lowercase().into(),
                };
                all.push((rank, Holding { name, value: each.value, hours: [true, true] }));
            }
        }
        all.sort_by_key(|(rank, _)| *rank);
        all.into_iter().map(|(_, holding)| holding).collect()
    }
}

/// What an element must have so that a selector can match it, as far as that is seen at once: most
/// rules are of no concern to most elements.
#[derive(Debug, PartialEq, Eq)]
enum Needs {
    /// A class.
    Class(String),
    /// The name of a type, in small letters.
    Type(String),
    /// Nothing that is seen at once.
    Nothing,
}

impl Needs {
    /// Looks at the compound at a selector's end, which is the one of the element itself.
    fn of(selector: &str) -> Self {
        let last = selector.trim_end().rsplit([' ', '\t', '\n', '>', '+', '~']).next();
        let last = last.unwrap_or_default();
        // With brackets it may be no whole compound, but a part of what is in them.
        if selector.contains('\\') || last.contains(['[', ']', '(', ')', '"', '\'']) {
            return Self::Nothing;
        }
        let (kind, rest) = name(last);
        if let Some(class) = rest.split_once('.') {
            return Self::Class(name(class.1).0.to_owned());
        }
        match kind {
            "" => Self::Nothing,
            kind => Self::Type(kind.to_ascii_lowercase()),
        }
    }

    /// Says whether an element of this name with these classes has it.
    fn are_met(&self, name: &str, class: Option<&str>) -> bool {
        match self {
            Self::Class(needed) => class.is_some_and(|class| class.contains(needed)),
            Self::Type(kind) => name.eq_ignore_ascii_case(kind),
            Self::Nothing => true,
        }
    }
}

/// Cuts a list of selectors at its commas.
fn split(selectors: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    selectors.split(move |c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

/// Counts ids, classes and types of a selector (CSS Selectors 4, 17).
fn specificity(selector: &str) -> [usize; 3] {
    weigh(selector, 0)
}

fn weigh(selector: &str, depth: usize) -> [usize; 3] {
    let mut weight = [0, 0, 0];
    let mut rest = selector.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '#' | '.' => {
                weight[usize::from(first == '.')] += 1;
                name(after).1
            }
            '[' => {
                weight[1] += 1;
                bracketed(after, ']').1
            }
            ':' => {
                let (added, after) = pseudo(after, depth);
                weight = [0, 1, 2].map(|place| weight[place] + added[place]);
                after
            }
            _ if is_of_name(first) => {
                weight[2] += 1;
                name(rest).1
            }
            _ => after,
        };
    }
    weight
}

/// Weighs a pseudo-class or pseudo-element, and returns what follows it.
fn pseudo(text: &str, depth: usize) -> ([usize; 3], &str) {
    let element = text.strip_prefix(':');
    let (name, after) = name(element.unwrap_or(text));
    let (inner, after) = match after.strip_prefix('(') {
        Some(inner) => bracketed(inner, ')'),
        None => ("", after),
    };
    let weight = match name.to_ascii_lowercase().as_str() {
        _ if element.is_some() => [0, 0, 1],
        "before" | "after" | "first-line" | "first-letter" => [0, 0, 1],
        "where" => [0, 0, 0],
        "is" | "not" | "has" if depth < DEPTH_MAX => {
            split(inner).map(|part| weigh(part, depth + 1)).max().unwrap_or_default()
        }
        _ => [0, 1, 0],
    };
    (weight, after)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '\\')
}

/// Cuts a name off.
fn name(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    let end = text.find(|c: char| {
        let is_inside = is_escaped || is_of_name(c);
        is_escaped = !is_escaped && c == '\\';
        !is_inside
    });
    text.split_at(end.unwrap_or(text.len()))
}

/// Cuts off what stands before the bracket that closes, and the bracket.
fn bracketed(text: &str, close: char) -> (&str, &str) {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) => quote = (c != open).then_some(open),
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if c == close && depth == 0 => return (&text[..at], &text[at + 1..]),
            ('(' | '[', None) => depth += 1,
            (')' | ']', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    #[test]
    fn selectors_weigh_by_ids_classes_and_types() {
        for (selector, weight) in [
            ("td", [0, 0, 1]),
            (".pg .k", [0, 2, 0]),
            ("#a td.b>a", [1, 1, 2]),
            ("a[href]:hover", [0, 2, 1]),
            ("p::first-line", [0, 0, 2]),
            ("*", [0, 0, 0]),
            (".n:not(.m, #i)>p", [1, 1, 1]),
            (":where(#a) td", [0, 0, 1]),
            ("[href=\"#x.y]\"]:link", [0, 2, 0]),
            (".a\\:b p+p", [0, 1, 2]),
            ("tr:nth-child(2n+1):before", [0, 1, 2]),
        ] {
            assert_eq!(specificity(selector), weight, "{selector}");
        }
    }

    #[test]
    fn a_selector_needs_a_class_or_a_type() {
        let class = |name: &str| Needs::Class(name.to_owned());
        for (selector, needs) in [
            (".dark .ink ", class("ink")),
            ("[data-x] .ink", class("ink")),
            ("TD.a.b:hover", class("a")),
            ("table>Td", Needs::Type("td".to_owned())),
            ("a:hover", Needs::Type("a".to_owned())),
            ("*", Needs::Nothing),
            ("#x", Needs::Nothing),
            (":root", Needs::Nothing),
            ("p:is(.a .b)", Needs::Nothing),
            ("a[title='.x y']", Needs::Nothing),
            (".a\\:b", Needs::Nothing),
        ] {
            assert_eq!(Needs::of(selector), needs, "{selector}");
        }
    }

    #[test]
    fn the_strongest_declaration_comes_last() {
        let html = Html::parse_fragment("<p id='x' class='a b' style='color:inline'>x</p>");
        let selector = Selector::parse("p").unwrap();
        let p = html.select(&selector).next().unwrap();
        let color = |css: &str, is_dark: bool| {
            let cascade = Cascade::new(std::iter::once(css));
            let mut colors = cascade.of(p);
            colors.retain(|each| each.name == "color" && each.holds(is_dark));
            colors.last().unwrap().value.to_owned()
        };
        assert_eq!(color("#x{color:id}", false), "inline");
        assert_eq!(color(".a{color:one!important}p{color:two!important}", false), "one");
        assert_eq!(color("p{color:one!important}p{color:two!important}", false), "two");
        assert_eq!(color("p[title=\"::::::\"]{color:odd!important}", true), "inline");
        assert_eq!(color("p:not(.c){color:one!important}.a.b{color:two!important}", false), "two");
        assert_eq!(color("p:link,p:visited{color:link!important}", false), "inline");
        let dark = "@media (prefers-color-scheme:dark){p,:nope(x){color:dark!important}}";
        assert_eq!((color(dark, true), color(dark, false)), ("dark".into(), "inline".into()));
        assert_eq!(color("@media (max-width:9px){p{color:small!important}}", true), "inline");
    }
}
