//! Whole issues, and what no field may ever change in them.

use super::fixture::{Fixture, UNSUBSCRIBE, urls};
use crate::audience::FieldValue;
use crate::render::{Compiled, merge};

const MJML: &str = r#"<mjml lang="{{newsletter.language}}">
<mj-head>
<mj-title>{{issue.subject}}</mj-title>
<mj-preview>{{default issue.preheader "No preheader"}}</mj-preview>
<mj-style>.t a{color:{{template.colors.accent}}} .i{font-family:{{{template.fonts.body}}}}</mj-style>
</mj-head>
<mj-body>
{{!-- One section is enough. --}}
<mj-section>
<mj-column>
<mj-text>
{{{issue.note}}}
{{#each sections}}
<h2>{{name}}</h2>
{{#each stories}}
{{> card}}
{{/each}}
{{/each}}
</mj-text>
<mj-button href="{{#if subscriber.member}}{{lead.link}}{{else}}https://a.example/join?n={{subscriber.name}}{{/if}}">Read</mj-button>
<mj-text>{{#if subscriber.member}}<b>{{subscriber.name}}</b>{{else}}{{subscriber.email}}{{/if}} <a title="{{subscriber.name}}" href="{{unsubscribe_url}}">Leave</a> {{subscriber.site}} <a href="{{subscriber.site}}">site</a></mj-text>
</mj-column>
</mj-section>
</mj-body>
</mjml>
"#;

const CARD: &str = r#"<p><a href="{{link}}">{{headline}}</a>{{#if (eq show "summary")}}: {{summary}}{{/if}} ({{format_date date "day"}}, {{minutes}} {{plural minutes "minute" "minutes"}})</p>
"#;

const TEXT: &str = r#"{{spread (upper newsletter.title) issue.name}}
{{rule "="}}
{{format_date issue.date "full"}}

{{issue.note}}
{{#each sections}}


{{heading (upper name) "="}}

{{#each stories}}
{{headline}} {{ref link}}
{{#indent 4}}
{{summary}}  
{{byline}}. {{minutes}} {{plural minutes "minute" "minutes"}}
{{/indent}}

{{/each}}
{{links}}
{{/each}}


{{rule}}
You have this copy because {{subscriber.email}} is on the list{{#if subscriber.member}}, and thank you for being a member, {{subscriber.name}}{{/if}}.

Unsubscribe:
{{unsubscribe_url}}
"#;

fn small() -> Fixture {
    let mut fixture = Fixture::new("", TEXT);
    fixture.file("newsletter.mjml", MJML).file("partials/card.mjml", CARD).file(
        "template.toml",
        "[colors]\naccent = \"#17593F\"\n[fonts]\nbody = \"'Palatino Linotype', serif\"\n",
    );
    fixture.note("Dear {{default subscriber.first_name \"reader\"}},\n\na *quiet* week.");
    fixture
}

#[test]
fn a_small_issue_comes_out_whole() {
    let merged = small().merge();
    insta::assert_snapshot!("small_html", merged.html);
    insta::assert_snapshot!("small_text", merged.text);
}

#[test]
fn what_was_frozen_as_json_merges_to_the_same() {
    let fixture = small();
    let compiled = fixture.compile().unwrap();
    let json = serde_json::to_string(&compiled).unwrap();
    let thawed: Compiled = serde_json::from_str(&json).unwrap();
    assert_eq!(thawed, compiled);
    assert_eq!(merge(&thawed, &fixture.reader, &urls()), fixture.merge());
    assert_eq!(fixture.compile().unwrap(), compiled, "a build has one result");
}

#[test]
fn readers_with_equal_answers_share_a_variant() {
    let mut fixture = small();
    let compiled = fixture.compile().unwrap();
    let member = compiled.variant(&fixture.reader, &urls());
    fixture.field("name", FieldValue::Text("Bo".into()));
    assert_eq!(compiled.variant(&fixture.reader, &urls()), member);
    fixture.field("member", FieldValue::Bool(false));
    let other = compiled.variant(&fixture.reader, &urls());
    assert_eq!((member.len(), &other), (3, &member.iter().map(|_| false).collect()));
}

#[test]
fn no_value_of_a_field_changes_the_tags_or_the_lines_of_a_copy() {
    let alphabet = [
        "<",
        ">",
        "\"",
        "'",
        "&",
        "=",
        "`",
        "/",
        "\\",
        "-->",
        "<!--",
        "]]>",
        "<![endif]-->",
        "{{",
        "}}",
        "</title>",
        "</a>",
        "<script>",
        "javascript:",
        "https://",
        "data:",
        "&lt;",
        "&#60;",
        "zq0h1q",
        "\n",
        "\r",
        "\0",
        "\u{2028}",
        "\u{200d}",
        "é",
        "中",
        "a",
        " ",
        ":",
        "#",
        "?",
        "%",
        "onload=x",
    ];
    let mut fixture = small();
    let compiled = fixture.compile().unwrap();
    let expected = tags(&merge(&compiled, &fixture.reader, &urls()).html);
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    for _ in 0..2_000 {
        for field in ["name", "email", "site", "first_name", "tier"] {
            let length = next(8);
            let value: String = (0..length).map(|_| alphabet[next(alphabet.len())]).collect();
            fixture.field(field, FieldValue::Text(value));
        }
        let merged = merge(&compiled, &fixture.reader, &urls());
        assert_eq!(tags(&merged.html), expected, "{:?}", fixture.reader);
        assert!(!merged.text.contains(['\r', '\0']), "{:?}", fixture.reader);
        assert!(merged.text.contains(&format!("\n{UNSUBSCRIBE}\n")), "{:?}", fixture.reader);
        let link = merged.html.rsplit("<a href=\"").next().unwrap().split('"').next().unwrap();
        let sound = ["#", "http://", "https://", "http:", "https:", "mailto:"];
        assert!(sound.iter().any(|start| link.to_lowercase().starts_with(start)), "{link}");
    }
}

/// Lists tags and the names of their attributes, and what Outlook's comments begin and end.
fn tags(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        // Attribute values hold no `>` and no `"`, or the count of tags would differ.
        let end = rest.find('>').unwrap() + 1;
        let tag = &rest[..end];
        let names: Vec<&str> = tag.split('"').step_by(2).collect();
        found.push(names.join("\""));
        rest = &rest[end..];
    }
    found
}

#[test]
fn marks_that_a_story_or_a_note_writes_are_text() {
    let mut fixture =
        Fixture::new("{{#each stories}}{{headline}}{{/each}} {{subscriber.tier}}", "");
    fixture.issue.sections[0].stories[0].headline = "zq0h0q zq1h0q".to_owned();
    assert!(fixture.html().starts_with("zq0h0q zq1h0qA {{"));
    fixture.issue.sections[0].stories[0].headline =
        (0..1000).map(|number| format!("zq{number} ")).collect();
    assert!(fixture.faults().contains("hold every mark"));
}
