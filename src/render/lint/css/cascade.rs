//! Which declarations hold for an element: importance, specificity, order (CSS Cascade 4).

use scraper::{ElementRef, Selector};

use super::{Rule, declarations, rules};

/// The style sheets of a page, for one kind of screen.
#[derive(Debug)]
pub(in crate::render::lint) struct Cascade {
    rules: Vec<Matched>,
}

#[derive(Debug)]
struct Matched {
    selector: Selector,
    specificity: [usize; 3],
    /// Names and values, and whether each is important.
    declarations: Vec<(String, String, bool)>,
}

impl Cascade {
    /// Takes the rules that hold on a wide screen in the light or in the dark.
    pub(in crate::render::lint) fn new<'c>(
        sheets: impl Iterator<Item = &'c str>,
        is_dark: bool,
    ) -> Self {
        let mut matched = Vec::new();
        for sheet in sheets {
            for rule in rules(sheet).into_iter().filter(|rule| applies(rule, is_dark)) {
                let declarations: Vec<_> = rule
                    .declarations
                    .iter()
                    .map(|each| {
                        (each.name.to_ascii_lowercase(), each.value.to_owned(), each.is_important)
                    })
                    .collect();
                // One selector that is not understood would otherwise cost the others their rule.
                for part in split(rule.selectors) {
                    if let Ok(selector) = Selector::parse(part) {
                        let specificity = specificity(part);
                        let declarations = declarations.clone();
                        matched.push(Matched { selector, specificity, declarations });
                    }
                }
            }
        }
        // A stable sort: of equals, the later one stays behind.
        matched.sort_by_key(|rule| rule.specificity);
        Self { rules: matched }
    }

    /// Returns the declarations that hold for an element, the strongest last.
    pub(in crate::render::lint) fn of(&self, element: ElementRef<'_>) -> Vec<(String, String)> {
        let matching = self.rules.iter().filter(|rule| rule.selector.matches(&element));
        let mut all: Vec<(u8, String, String)> = Vec::new();
        for (name, value, is_important) in matching.flat_map(|rule| &rule.declarations) {
            all.push((if *is_important { 2 } else { 0 }, name.clone(), value.clone()));
        }
        if let Some(style) = element.value().attr("style") {
            for each in declarations(style, 0..style.len()) {
                let rank = if each.is_important { 3 } else { 1 };
                all.push((rank, each.name.to_ascii_lowercase(), each.value.to_owned()));
            }
        }
        all.sort_by_key(|(rank, ..)| *rank);
        all.into_iter().map(|(_, name, value)| (name, value)).collect()
    }
}

/// Says whether a rule holds on a screen that is wide, and dark or not.
fn applies(rule: &Rule<'_>, is_dark: bool) -> bool {
    rule.media.iter().all(|condition| {
        let condition = condition.to_ascii_lowercase();
        let queries = condition.split(',');
        queries.into_iter().any(|query| {
            !query.contains("print")
                && !query.contains("max-width")
                && !query.contains("max-device-width")
                && !query.contains("device-pixel-ratio")
                && !query.contains("prefers-reduced-motion")
                && !query.contains("hover")
                && (!query.contains("prefers-color-scheme") || query.contains("dark") == is_dark)
        })
    })
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
    let (mut ids, mut classes, mut types) = (0_usize, 0_usize, 0_usize);
    let mut before = ' ';
    for c in selector.trim().chars() {
        match c {
            '#' => ids += 1,
            '.' | '[' => classes += 1,
            ':' if before == ':' => {
                // A pseudo-element counts as a type, and its first colon was taken for a class.
                classes = classes.saturating_sub(1);
                types += 1;
            }
            ':' => classes += 1,
            c if c.is_alphabetic() && (before.is_whitespace() || ">+~".contains(before)) => {
                types += 1;
            }
            _ => {}
        }
        before = c;
    }
    [ids, classes, types]
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
        ] {
            assert_eq!(specificity(selector), weight, "{selector}");
        }
    }

    #[test]
    fn the_strongest_declaration_comes_last() {
        let html = Html::parse_fragment("<p id='x' class='a b' style='color:inline'>x</p>");
        let selector = Selector::parse("p").unwrap();
        let p = html.select(&selector).next().unwrap();
        let color = |css: &str, is_dark: bool| {
            let of = Cascade::new(std::iter::once(css), is_dark).of(p);
            of.into_iter().rfind(|(name, _)| name == "color").unwrap().1
        };
        assert_eq!(color("#x{color:id}", false), "inline");
        assert_eq!(color(".a{color:one!important}p{color:two!important}", false), "one");
        assert_eq!(color("p{color:one!important}p{color:two!important}", false), "two");
        assert_eq!(color("p[title=\"::::::\"]{color:odd!important}", true), "inline");
        let dark = "@media (prefers-color-scheme:dark){p,:nope(x){color:dark!important}}";
        assert_eq!((color(dark, true), color(dark, false)), ("dark".into(), "inline".into()));
        assert_eq!(color("@media (max-width:9px){p{color:small!important}}", true), "inline");
    }
}
