//! Templates that somebody broke: whatever stands in one, a compilation ends, and ends in order.

use super::components::CASES;
use super::fixture::{Fixture, urls};
use crate::audience::FieldValue;
use crate::render::merge;

/// The template that we ship, by the path of each file in its folder.
const WEEKLY: [(&str, &str); 3] = [
    ("newsletter.mjml", include_str!("../../../templates/weekly/newsletter.mjml")),
    ("newsletter.txt", include_str!("../../../templates/weekly/newsletter.txt")),
    ("template.toml", include_str!("../../../templates/weekly/template.toml")),
];

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    /// Breaks a text: takes some of its letters, tags or lines out, doubles or swaps them.
    fn mutate(&mut self, text: &str) -> String {
        let mut pieces: Vec<&str> = match self.below(3) {
            0 => text.split_inclusive(|_: char| true).collect(),
            1 => text.split_inclusive('\n').collect(),
            _ => tags(text),
        };
        for _ in 0..=self.below(3) {
            let length = 1 + self.below(if pieces.len() > 500 { 12 } else { 2 });
            let start = self.below(pieces.len());
            let end = (start + length).min(pieces.len());
            let other = self.below(pieces.len());
            match self.below(4) {
                0 => drop(pieces.drain(start..end)),
                1 => {
                    let copied = pieces[start..end].to_vec();
                    drop(pieces.splice(other..other, copied));
                }
                2 => {
                    let moved: Vec<&str> = pieces.drain(start..end).collect();
                    let other = other.min(pieces.len());
                    drop(pieces.splice(other..other, moved));
                }
                _ if !pieces.is_empty() => pieces.swap(start, other),
                _ => {}
            }
        }
        pieces.concat()
    }
}

/// Splits a text at its tags, of Handlebars and of MJML.
fn tags(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.find(['<', '{']) {
            Some(0) if rest.starts_with("{{") => rest.find("}}").map(|end| end + 2),
            Some(0) => rest.find('>').map(|end| end + 1),
            start => start,
        };
        let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// Compiles what was broken; says whether it still compiles.
fn survives(fixture: &mut Fixture, what: &str) -> bool {
    match fixture.compile() {
        Err(faults) => {
            assert!(!faults.is_empty(), "{what}");
            assert!(faults.iter().all(|fault| !fault.what.is_empty()), "{what}");
            false
        }
        Ok(compiled) => {
            for member in [true, false] {
                fixture.field("member", FieldValue::Bool(member));
                let merged = merge(&compiled, &fixture.reader, &urls());
                assert!(!merged.html.contains("zq0"), "{what}: {}", merged.html);
                assert!(!merged.text.contains("zq0"), "{what}: {}", merged.text);
            }
            true
        }
    }
}

#[test]
fn a_thousand_broken_templates_are_compiled_or_refused() {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut whole = 0;
    let mut fixture = Fixture::new("", "");
    for round in 0..1_000 {
        fixture.files.0.clear();
        // The shipped template is long; one in 25 is enough of it.
        if round % 25 == 0 {
            let broken = numbers.below(2);
            for (index, (name, text)) in WEEKLY.into_iter().enumerate() {
                let text = if index == broken { numbers.mutate(text) } else { text.to_owned() };
                fixture.file(name, &text);
            }
        } else {
            let case = CASES[numbers.below(CASES.len())];
            let files =
                [("newsletter.mjml", case), ("newsletter.txt", TEXT), ("partials/card.mjml", CARD)];
            let broken = [0, 0, 0, 1, 2][numbers.below(5)];
            for (index, (name, text)) in files.into_iter().enumerate() {
                let text = if index == broken { numbers.mutate(text) } else { text.to_owned() };
                fixture.file(name, &text);
            }
        }
        let what = fixture.files.0["templates/small/newsletter.mjml"].clone();
        whole += usize::from(survives(&mut fixture, &what));
    }
    assert!((100..900).contains(&whole), "{whole} of 1000 still compile");
}

const CARD: &str = "{{#if this}}<b>{{this}}</b>{{/if}}";

/// A plain text of all that may stand in one.
const TEXT: &str = "{{heading issue.subject}}\n\nDear {{default subscriber.first_name \"reader\"}},\n\
    {{#each subscriber.tags as |t i|}}\n{{#hang 4 \"-\"}}\n{{i}} {{t}} {{ref @root.lead.link}}\n{{/hang}}\n\
    {{else}}\nnone\n{{/each}}\n{{#if subscriber.member}}a{{else}}b{{/if}}\n{{links}}\n{{rule}}\n\
    {{spread subscriber.name issue.name}}\n{{#verbatim}}\n  {{subscriber.tier}}\n{{/verbatim}}\n";

#[test]
fn a_hundred_thousand_levels_are_refused() {
    // As many as a file may hold; more are refused with the file.
    let nested = |open: &str, close: &str| {
        let times = 100_000.min(1_000_000 / (open.len() + close.len()));
        open.repeat(times) + &close.repeat(times)
    };
    let mjml = |inside: &str| format!("<mjml><mj-body>{inside}</mj-body></mjml>");
    let columns: String = (0..300)
        .map(|number| format!("{{{{#if (eq subscriber.count {number})}}}}<mj-column />{{{{/if}}}}"))
        .collect();
    for (case, said) in [
        (mjml(&nested("{{#if subscriber.member}}", "{{/if}}")), "more than 200 deep"),
        (mjml(&nested("{{#each subscriber.tags}}", "{{/each}}")), "more than 200 deep"),
        (mjml(&nested("{{#if a}}", "")), "more than 200 deep"),
        (mjml(&nested("<b>", "</b>")), "more than 200 deep"),
        (mjml(&nested("{{#with subscriber.tier}}", "{{/with}}")), "more than 200 deep"),
        (mjml(&nested("<mj-wrapper>", "</mj-wrapper>")), "may not stand"),
        (mjml(&nested("<mj-wrapper>", "")), "may not stand"),
        (mjml(&nested("{{else}}", "")), "`{{else}}`"),
        (format!("{{{{upper {}}}}}", nested("(upper ", "subscriber.name)")), "deep"),
        (mjml(&format!("{{{{#if lead}}}}{}{{{{/if}}}}", "{{else if lead}}".repeat(50_000))), "200"),
        (mjml(&format!("<mj-section>{columns}</mj-section>")), "more than 8"),
        (mjml(&"<".repeat(100_000)), "bare `<`"),
        (mjml(&"<!--".repeat(100_000)), "never closed"),
        ("{{#".repeat(100_000), "newsletter.mjml:1:"),
        ("{{#if a}}".repeat(1_000_000), "larger than"),
        ("{{> a}}".repeat(100_000), "too many tags"),
    ] {
        let faults = Fixture::with_mjml(&case).faults();
        assert!(faults.contains(said), "{said}: {faults}");
    }
}

#[test]
fn partials_in_circles_through_a_readers_blocks_are_refused() {
    for (a, b) in [
        ("{{#if subscriber.member}}{{> b}}{{/if}}", "{{#each subscriber.tags}}{{> a}}{{/each}}"),
        ("{{#with subscriber.tier}}{{else}}{{> b}}{{/with}}", "{{> a who=subscriber.tier}}"),
        ("{{> a}}", ""),
        (
            "{{#each stories}}{{> b this}}{{/each}}",
            "{{#if lead}}{{else if subscriber.count}}{{> a}}{{/if}}",
        ),
    ] {
        let mut fixture = Fixture::new("{{> a}}", "");
        fixture.file("partials/a.mjml", a).file("partials/b.mjml", b);
        let faults = fixture.faults();
        assert!(faults.contains("partial `a` calls itself"), "{faults}");
        assert!(faults.contains("a → ") && faults.contains("partials/"), "{faults}");
    }
}
