//! Blocks that calls give partials: `{{#> name}}…{{/name}}` and `{{> @partial-block}}`.

use super::fixture::{Fixture, HEADS, assert_same};
use crate::audience::FieldValue;

const CARD: &str = "<b title=\"{{who}}\">{{> @partial-block}}</b>";

fn with(html: &str, partials: &[(&str, &str)]) -> Fixture {
    let mut fixture = Fixture::new(html, "");
    for (name, text) in partials {
        fixture.file(&format!("partials/{name}.mjml"), text);
    }
    fixture
}

#[test]
fn the_names_in_a_block_are_those_of_the_place_where_it_is_written() {
    let cases = [
        (
            "{{#each stories}}{{#> card who=\"x\"}}{{section}}{{/card}}{{/each}}",
            CARD,
            "<b title=\"x\">Top</b><b title=\"x\">Food</b><b title=\"x\">Tech</b>",
        ),
        (
            "{{#> card}}{{lead.section}}{{/card}}",
            "{{#each stories}}{{section}}:{{> @partial-block}} {{/each}}",
            "Top:Top Food:Top Tech:Top ",
        ),
        (
            "{{#> card lead}}{{issue.name}}{{/card}}",
            "{{section}}{{> @partial-block}}",
            "Top2023-W12",
        ),
        (
            "{{#each stories as |s|}}{{#> card}}{{s.section}}{{@index}}{{/card}}{{/each}}",
            "{{> @partial-block}}",
            "Top0Food1Tech2",
        ),
        (
            "{{#with lead}}{{#> card @root.issue}}{{section}}{{../issue.name}}{{/card}}{{/with}}",
            "{{name}}{{> @partial-block}}",
            "2023-W12Top2023-W12",
        ),
    ];
    for (template, card, expected) in cases {
        assert_eq!(with(template, &[("card", card)]).html(), expected, "{template}");
    }
}

#[test]
fn what_is_the_readers_works_in_a_block_and_around_it() {
    let cases = [
        ("{{#> card}}{{subscriber.name}}{{/card}}", "<b>{{> @partial-block}}</b>", "<b>A&lt;B</b>"),
        (
            "<a href=\"{{> url}}{{#> card}}{{subscriber.name}}{{/card}}\">x</a>",
            "?n={{> @partial-block}}",
            "<a href=\"https://a.example/?n=A%3CB\">x</a>",
        ),
        (
            "{{#> card}}{{#if subscriber.member}}in{{else}}out{{/if}}{{/card}}",
            "<b>{{> @partial-block}}</b>",
            "<b>in</b>",
        ),
        (
            "{{#if subscriber.member}}{{#> card}}{{subscriber.tier}}{{/card}}{{/if}}",
            "{{> @partial-block}}!",
            "gold!",
        ),
        (
            "{{#each subscriber.tags}}{{#> card}}{{this}}{{@index}}{{/card}} {{/each}}",
            "<i>{{> @partial-block}}</i>",
            "<i>a&amp;b0</i> <i>c1</i> ",
        ),
        (
            "{{#each subscriber.tags as |t|}}{{#> card who=t}}{{t}}{{/card}}{{/each}}",
            "{{#each @root.stories}}{{who}}{{> @partial-block}},{{/each}}",
            "a&amp;ba&amp;b,a&amp;ba&amp;b,a&amp;ba&amp;b,cc,cc,cc,",
        ),
        (
            "{{#> card}}{{subscriber.tier}}{{/card}}",
            "{{#each subscriber.tags}}{{this}}:{{> @partial-block}} {{/each}}",
            "a&amp;b:gold c:gold ",
        ),
    ];
    for (template, card, expected) in cases {
        for head in HEADS {
            let mut fixture = Fixture::with_head(head, template);
            fixture
                .file("partials/card.mjml", card)
                .file("partials/url.mjml", "https://a.example/");
            fixture.field("name", FieldValue::Text("A<B".to_owned()));
            assert_same(head, &fixture.html(), expected, template);
        }
    }
}

#[test]
fn blocks_lie_in_each_other_and_have_a_fallback() {
    let or = ("or", "{{#> @partial-block}}none{{/@partial-block}}");
    let frame = ("frame", "<i>{{#> card}}{{> @partial-block}}{{/card}}</i>");
    let card = ("card", "<b>{{> @partial-block}}</b>");
    let html = |template: &str| with(template, &[or, frame, card]).html();
    assert_eq!(html("{{> or}}{{#> or}}some{{/or}}"), "nonesome");
    assert_eq!(html("{{#> card}}{{#> card}}x{{/card}}{{> or}}{{/card}}"), "<b><b>x</b>none</b>");
    assert_eq!(
        html("{{#> frame}}{{#> frame}}x{{/frame}}{{/frame}}"),
        "<i><b><i><b>x</b></i></b></i>"
    );
}

#[test]
fn a_block_may_hold_elements_and_an_included_file() {
    let mut fixture = Fixture::with_mjml(
        "<mjml><mj-body>{{#> row}}<mj-include path=\"a.mjml\" />{{#if subscriber.member}}<mj-text>m</mj-text>{{/if}}\
         {{/row}}</mj-body></mjml>",
    );
    fixture.file(
        "partials/row.mjml",
        "<mj-section><mj-column>{{> @partial-block}}</mj-column></mj-section>",
    );
    fixture.file("a.mjml", "<mj-text>[[{{subscriber.tier}}]]</mj-text>");
    assert_eq!(fixture.html(), "gold");
    assert!(fixture.merge().html.contains(">m</div>"));
    fixture.field("member", FieldValue::Bool(false));
    assert!(!fixture.merge().html.contains(">m</div>"));
}

#[test]
fn the_plain_text_has_them_too() {
    let text = "{{#> frame}}\nDear {{subscriber.tier}},\n{{/frame}}\nend\n";
    let mut fixture = Fixture::new("", text);
    fixture.file(
        "partials/frame.txt",
        "{{rule \"-\"}}\n{{#indent 2}}\n{{> @partial-block}}\n{{/indent}}\n",
    );
    let text = fixture.merge().text;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[1..], ["  Dear gold,", "end"], "{text}");
    assert!(lines[0].starts_with("---"), "{text}");
}

#[test]
fn a_line_of_their_own_goes_with_the_tags_of_a_block() {
    let card = ("card", "<b>\n{{> @partial-block}}\n</b>\n");
    assert_eq!(with("\n{{#> card}}\nx\n{{/card}}\ny", &[card]).html(), "\n<b>\nx\n</b>\ny");
    assert_eq!(with("a {{#> card}}x{{/card}} y", &[card]).html(), "a <b>\nx</b> y");
    let inline = ("card", "<b title=\"{{> @partial-block}}\"></b>");
    assert_eq!(with("\n{{#> card}}\nx\n{{/card}}", &[inline]).html(), "\n<b title=\"x\"></b>");
}

#[test]
fn faults_of_blocks_are_told_where_they_are_written() {
    let cases = [
        "{{#each stories}}{{#> box}}{{subscriber.nmae}}{{issue.name}}{{/box}}{{/each}}",
        "{{#> box who=\"x\"}}{{who}}{{/box}}",
        "{{#> bxo}}{{issue.nme}}{{/bxo}}",
        "{{> box}}",
        "{{#> plain}}{{issue.nme}}{{/plain}}",
        "{{> @partial-block}}",
        "{{#> given}}x{{/given}}",
        "{{#> box}}<mj-include path=\"inc.mjml\" />{{/box}}",
        "{{#> box}}a{{else}}b{{/box}}",
        "{{#> box}}a",
        "{{#> box}}a{{/bxo}}",
        "{{#if issue.name}}{{#> box}}{{/if}}{{/box}}",
        "{{#> }}{{/}}",
        "{{#> box}}<i>{{/box}}</i>",
        "<b style=\"{{#> text}}{{subscriber.tier}}{{/text}}\">x</b>",
        "{{#> loop}}x{{/loop}}",
        "{{#*inline \"x\"}}y{{/inline}}{{> x}}",
    ];
    let mut told = String::new();
    for case in cases {
        let mut fixture = with(
            case,
            &[
                ("box", "é\n <b>{{> @partial-block}}</b>"),
                ("plain", "x"),
                ("given", "{{> @partial-block lead}}{{> @partial-block who=lead}}"),
                ("text", "{{> @partial-block}}"),
                ("loop", "{{#> text}}{{> other}}{{/text}}{{> @partial-block}}"),
                ("other", "{{#> loop}}y{{/loop}}"),
            ],
        );
        fixture.file("inc.mjml", "{{> @partial-block}}");
        told.push_str(&format!("{case}\n{}\n\n", fixture.faults()));
    }
    insta::assert_snapshot!("blocks_of_partials", told);
}

#[test]
fn blocks_that_multiply_are_refused_and_those_that_nest_are_not() {
    let twice = ("twice", "{{> @partial-block}}{{> @partial-block}}");
    let once = ("once", "{{> @partial-block}}");
    let nested = |name: &str, times: usize| {
        format!(
            "{}x{}",
            format!("{{{{#> {name}}}}}").repeat(times),
            format!("{{{{/{name}}}}}").repeat(times)
        )
    };
    assert_eq!(with(&nested("once", 40), &[once]).html(), "x");
    let faults = with(&nested("twice", 40), &[twice]).faults();
    assert!(faults.contains("partials are called more than 20000 times"), "{faults}");
    let faults = with(&nested("once", 10_000), &[once]).faults();
    assert!(faults.contains("more than 200 deep"), "{faults}");
}
