//! Lists of a reader's, and blocks over subscriber data inside text.

use super::fixture::{Fixture, HEADS, assert_same, urls};
use crate::audience::FieldValue;
use crate::render::merge;

fn list(texts: &[&str]) -> FieldValue {
    FieldValue::List(texts.iter().map(|text| (*text).to_owned()).collect())
}

/// Checks what comes out for the reader of the tests, who has the tags `a&b` and `c`, for one with
/// a single tag and for one without.
fn check(cases: &[(&str, &str, &str, &str)], fixture: impl Fn(&str, &str) -> Fixture) {
    for head in HEADS {
        for (template, two, one, none) in cases {
            let mut fixture = fixture(head, template);
            assert_same(head, &fixture.html(), two, template);
            fixture.field("tags", list(&["z"]));
            assert_same(head, &fixture.html(), one, template);
            fixture.field("tags", list(&[]));
            assert_same(head, &fixture.html(), none, template);
        }
    }
}

#[test]
fn each_of_a_readers_texts_takes_a_turn() {
    let cases = [
        ("{{#each subscriber.tags}}{{this}},{{/each}}", "a&amp;b,c,", "z,", ""),
        ("{{#each subscriber.tags}}{{./this}}{{else}}none{{/each}}", "a&amp;bc", "z", "none"),
        (
            "{{#each subscriber.tags}}{{@index}}:{{this}}{{#unless @last}}, {{/unless}}{{/each}}",
            "0:a&amp;b, 1:c",
            "0:z",
            "",
        ),
        (
            "{{#each subscriber.tags as |g i|}}{{i}}={{g}}{{@key}}{{#if @first}}!{{/if}}{{else}}-{{/each}}",
            "0=a&amp;b0!1=c1",
            "0=z0!",
            "-",
        ),
        (
            "{{#each subscriber.tags}}{{../issue.name}}{{../subscriber.tier}}{{@root.lead.section}};{{/each}}",
            "2023-W12goldTop;2023-W12goldTop;",
            "2023-W12goldTop;",
            "",
        ),
        (
            "{{#each stories}}{{#each subscriber.tags}}{{../section}}{{upper this}} {{/each}}{{/each}}",
            "TopA&amp;B TopC FoodA&amp;B FoodC TechA&amp;B TechC ",
            "TopZ FoodZ TechZ ",
            "",
        ),
        (
            "{{#each subscriber.tags}}{{#each @root.stories}}{{section}}{{../this}} {{/each}}{{/each}}",
            "Topa&amp;b Fooda&amp;b Techa&amp;b Topc Foodc Techc ",
            "Topz Foodz Techz ",
            "",
        ),
        (
            "{{#each subscriber.tags as |a|}}{{#each subscriber.tags as |b|}}{{a}}{{b}}{{../this}}{{@index}} {{/each}}{{/each}}",
            "a&amp;ba&amp;ba&amp;b0 a&amp;bca&amp;b1 ca&amp;bc0 ccc1 ",
            "zzz0 ",
            "",
        ),
        (
            "{{#each subscriber.tags}}{{#if (eq this \"c\")}}C{{else if (eq this \"z\")}}Z{{else}}?{{/if}}{{/each}}",
            "?C",
            "Z",
            "",
        ),
        (
            "<ul>{{#each subscriber.tags}}<li title=\"{{this}}\">{{this}}</li>{{/each}}</ul>",
            "<ul><li title=\"a&amp;b\">a&amp;b</li><li title=\"c\">c</li></ul>",
            "<ul><li title=\"z\">z</li></ul>",
            "<ul></ul>",
        ),
        (
            "<a href=\"https://a.example/?t={{#each subscriber.tags}}{{this}},{{/each}}&amp;u\">x</a>",
            "<a href=\"https://a.example/?t=a%26b,c,&amp;u\">x</a>",
            "<a href=\"https://a.example/?t=z,&amp;u\">x</a>",
            "<a href=\"https://a.example/?t=&amp;u\">x</a>",
        ),
        (
            "<b title=\"{{#each subscriber.tags}}{{this}} {{else}}no{{/each}}\">x</b>",
            "<b title=\"a&amp;b c \">x</b>",
            "<b title=\"z \">x</b>",
            "<b title=\"no\">x</b>",
        ),
        ("{{#if subscriber.tags}}a{{else}}b{{/if}}", "a", "a", "b"),
        ("{{#unless (and subscriber.tags subscriber.member)}}a{{/unless}}", "", "", "a"),
        (
            "{{subscriber.tags.length}}/{{subscriber.tags.[0]}}/{{subscriber.tags.1}}",
            "2/a&amp;b/c",
            "1/z/",
            "0//",
        ),
        ("{{plural subscriber.tags.length \"tag\" \"tags\"}}", "tags", "tag", "tags"),
        (
            "{{#with subscriber.tags}}{{length}}{{#each this}}{{this}}{{/each}}{{else}}-{{/with}}",
            "2a&amp;bc",
            "1z",
            "-",
        ),
        (
            "{{#with subscriber.tags as |t|}}{{t.[0]}}{{../issue.name}}{{/with}}",
            "a&amp;b2023-W12",
            "z2023-W12",
            "",
        ),
        ("{{#with subscriber}}{{#each tags}}{{../tier}}{{/each}}{{/with}}", "goldgold", "gold", ""),
    ];
    check(&cases, Fixture::with_head);
}

#[test]
fn a_partial_called_in_a_turn_sees_the_turn() {
    let cases = [
        (
            "{{#each subscriber.tags}}{{> card}}{{/each}}",
            "0a&amp;b-2023-W12 1c-2023-W12 ",
            "0z-2023-W12 ",
            "",
        ),
        (
            "{{#each subscriber.tags as |t|}}{{> given what=t at=@index}}{{/each}}",
            "a&amp;b0c1",
            "z0",
            "",
        ),
        ("{{> given what=subscriber.tier at=subscriber.tags.length}}", "gold2", "gold1", "gold0"),
        ("{{> all tags=subscriber.tags}}", "a&amp;b.c.", "z.", ""),
    ];
    check(&cases, |head, template| {
        let mut fixture = Fixture::with_head(head, template);
        fixture.file("partials/card.mjml", "{{@index}}{{this}}-{{../issue.name}} ");
        fixture.file("partials/given.mjml", "{{#if what}}{{what}}{{/if}}{{at}}");
        fixture.file("partials/all.mjml", "{{#each tags}}{{this}}.{{/each}}");
        fixture
    });
}

#[test]
fn a_field_is_gone_into_if_it_is_set() {
    for (template, expected) in [
        ("{{#with subscriber.extra}}{{this}}{{else}}none{{/with}}", "none"),
        ("{{#with subscriber.tier}}{{this}}{{../issue.name}}{{else}}none{{/with}}", "gold2023-W12"),
        ("{{#with subscriber.tier as |t|}}{{upper t}}{{/with}}", "GOLD"),
        ("{{#with subscriber.count}}{{this}}{{else}}0 is none{{/with}}", "0 is none"),
        ("{{#with (default subscriber.extra lead.section)}}{{this}}{{/with}}", "Top"),
        (
            "{{#each stories}}{{#with subscriber.tier}}{{this}}{{../section}}{{/with}}{{/each}}",
            "goldTopgoldFoodgoldTech",
        ),
    ] {
        for head in HEADS {
            assert_same(head, &Fixture::with_head(head, template).html(), expected, template);
        }
    }
}

#[test]
fn a_list_repeats_lines_and_words_of_the_plain_text() {
    let text = "Dear {{subscriber.first_name}}, you chose {{#each subscriber.tags}}{{this}}\
        {{#unless @last}}, {{/unless}}{{else}}nothing{{/each}}.\n\n\
        {{#each subscriber.tags}}\n{{#if @first}}\nYour tags:\n{{/if}}\n\
        {{#hang 4 \"-\"}}\n{{@index}} {{this}} {{ref @root.lead.link}}\n{{/hang}}\n{{else}}\nNo tags.\n{{/each}}\n\n\
        {{#spread subscriber.first_name}}{{#each subscriber.tags}}<{{this}}>{{/each}}{{/spread}}\n{{links}}\n";
    let mut fixture = Fixture::new("", text);
    insta::assert_snapshot!(fixture.merge().text, @"
    Dear Ann, you chose a&b, c.

    Your tags:
    -   0 a&b [1]
    -   1 c [1]

    Ann                                                             <a&b><c>
     [1] https://politicaliq.example/2023/1?a=1&b=2
    ");
    fixture.field("tags", list(&[]));
    insta::assert_snapshot!(fixture.merge().text, @"
    Dear Ann, you chose nothing.

    No tags.

    Ann
    ");
}

#[test]
fn a_subject_and_a_note_may_go_through_a_list() {
    let mut fixture = Fixture::new("{{issue.subject}}", "{{issue.subject}}");
    fixture.subject("For {{#each subscriber.tags}}{{@index}}{{this}} {{else}}all{{/each}}");
    let merged = fixture.merge();
    assert_eq!(merged.subject, "For 0a&b 1c ");
    assert_eq!(merged.text, "For 0a&b 1c\n");
    assert_eq!(fixture.html(), "For 0a&amp;b 1c ");
    assert_eq!(fixture.field("tags", list(&[])).merge().subject, "For all");
    let mut fixture = Fixture::new("{{{issue.note}}}", "{{issue.note}}\n");
    fixture.note("Yours:\n\n{{#each subscriber.tags}}\n*{{this}}*\n{{/each}}\n\nBye.");
    assert_eq!(fixture.html(), "<p>Yours:</p><p><em>a&amp;b</em></p><p><em>c</em></p><p>Bye.</p>");
    insta::assert_snapshot!(fixture.merge().text, @"
    Yours:

    a&b

    c

    Bye.
    ");
}

#[test]
fn lists_are_frozen_and_tell_readers_apart() {
    let mut fixture = Fixture::new(
        "{{#each subscriber.tags}}{{#if (eq this \"c\")}}C{{/if}}{{this}}{{else}}-{{/each}}",
        "{{#each subscriber.tags}}\n{{this}}\n{{/each}}\n",
    );
    let compiled = fixture.compile().unwrap();
    let json = serde_json::to_string(&compiled).unwrap();
    assert_eq!(serde_json::from_str::<crate::render::Compiled>(&json).unwrap(), compiled);
    let mut variants = std::collections::BTreeSet::new();
    for tags in [&[][..], &["a"], &["c"], &["a", "c"], &["b", "c"], &["c", "b"]] {
        fixture.field("tags", list(tags));
        variants.insert(compiled.variant(&fixture.reader, &urls()));
        let text = merge(&compiled, &fixture.reader, &urls()).text;
        assert_eq!(text, tags.iter().map(|tag| format!("{tag}\n")).collect::<String>());
    }
    assert_eq!(variants.len(), 5, "the readers with `a`, `c` and `b`, `c` see the same");
}
