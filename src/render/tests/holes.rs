//! What a reader gets for each expression in each place.

use super::fixture::{Fixture, HEADS, UNSUBSCRIBE, assert_same, decode};
use crate::audience::FieldValue;

/// The name of the reader as HTML shows it.
const NAME: &str = "Ann &lt;b&gt; &amp; &quot;Co&quot; {{issue.title}}";

#[test]
fn a_readers_expression_comes_out_as_its_place_asks() {
    let unsubscribe = UNSUBSCRIBE.replace('&', "&amp;");
    let link = |address: &str| format!("<a href=\"{address}\">x</a>");
    let cases: Vec<(&str, String)> = vec![
        ("{{subscriber.name}}", NAME.into()),
        ("{{ subscriber.name }}", NAME.into()),
        ("{{@root.subscriber.name}}", NAME.into()),
        ("{{subscriber.email}}", "ann@example.com".into()),
        (
            "<a href=\"https://a.example/?a=1&amp;n={{subscriber.name}}\">x</a>",
            link(
                "https://a.example/?a=1&amp;n=Ann%20%3Cb%3E%20%26%20%22Co%22%20%7B%7Bissue.title%7D%7D",
            ),
        ),
        ("<a href=\"{{unsubscribe_url}}\">x</a>", link(&unsubscribe)),
        (
            "<a href=\"https://a.example/?to={{unsubscribe_url}}\">x</a>",
            link(
                "https://a.example/?to=https%3A%2F%2Fpoliticaliq.example%2Funsubscribe%3Fa%3D1%26t%3DTOKEN",
            ),
        ),
        ("<a href=\"{{subscriber.site}}\">x</a>", link("#")),
        ("<a href='{{subscriber.site}}'>x</a>", link("#")),
        ("<a href={{subscriber.site}}>x</a>", link("#")),
        ("<a href=\"mailto:{{subscriber.email}}\">x</a>", link("mailto:ann%40example.com")),
        ("<b title=\"{{subscriber.name}}\">x</b>", format!("<b title=\"{NAME}\">x</b>")),
        ("{{subscriber.count}}/{{subscriber.member}}/{{subscriber.extra}}/", "0/true//".into()),
        ("{{#if subscriber.count}}a{{else}}b{{/if}}", "b".into()),
        ("{{#if subscriber.member}}a{{/if}}c", "ac".into()),
        ("{{#unless subscriber.member}}a{{else}}b{{/unless}}", "b".into()),
        ("{{#unless subscriber.extra}}a{{/unless}}", "a".into()),
        (
            "{{#if subscriber.extra}}a{{else if (eq subscriber.tier \"gold\")}}b{{else}}c{{/if}}",
            "b".into(),
        ),
        (
            "<a href=\"{{#if subscriber.extra}}https://a.example/{{else if subscriber.member}}\
             {{subscriber.site}}{{else}}https://c.example/{{/if}}\">x</a>",
            link("#"),
        ),
        ("{{#if subscriber.member}}<b>{{subscriber.tier}}</b>{{/if}}", "<b>gold</b>".into()),
        ("{{default subscriber.extra \"reader\"}}", "reader".into()),
        ("{{default subscriber.first_name \"reader\"}}", "Ann".into()),
        ("{{default subscriber.extra issue.name}}", "2023-W12".into()),
        ("{{default subscriber.extra \"<&\"}}", "&lt;&amp;".into()),
        ("{{upper subscriber.tier}}", "GOLD".into()),
        ("{{#if preferences_url}}a{{else}}b{{/if}}", "b".into()),
        (
            "{{#each stories}}{{@root.subscriber.tier}}{{subscriber.first_name}}{{/each}}",
            "goldAnngoldAnngoldAnn".into(),
        ),
        (
            "{{#each stories as |s i|}}{{i}}{{s.section}}{{subscriber.tier}} {{/each}}",
            "0Topgold 1Foodgold 2Techgold ".into(),
        ),
        (
            "{{#each stories}}{{upper (default subscriber.extra section)}},{{/each}}",
            "TOP,FOOD,TECH,".into(),
        ),
        (
            "{{#each stories}}{{#if (eq subscriber.tier ../issue.name)}}a{{else}}b{{/if}}{{/each}}",
            "bbb".into(),
        ),
        (
            "{{#if subscriber.member}}{{#each stories}}{{#if subscriber.extra}}x{{else}}\
             {{section}}{{/if}}{{/each}}{{/if}}",
            "TopFoodTech".into(),
        ),
        (
            "{{#with issue}}{{#each @root.stories}}{{#if (eq subscriber.tier (default ../preheader \"gold\"))}}\
             {{section}}{{/if}}{{/each}}{{/with}}",
            "TopFoodTech".into(),
        ),
        (r"\{{subscriber.name}}", "{{subscriber.name}}".into()),
        ("{{!-- {{subscriber.nope}} --}}a{{! b }}", "a".into()),
        ("a\r\nb\r\n{{subscriber.tier}}", "a\nb\ngold".into()),
        (
            "<!--[if mso]><p title=\"{{subscriber.tier}}\">{{subscriber.name}}</p><![endif]-->",
            format!("<!--[if mso]><p title=\"gold\">{NAME}</p><![endif]-->"),
        ),
    ];
    for (template, expected) in cases {
        for head in HEADS {
            assert_same(head, &Fixture::with_head(head, template).html(), &expected, template);
        }
    }
}

#[test]
fn a_title_and_a_preview_hold_a_reader_and_so_does_what_mrml_makes_of_them() {
    let mjml = "<mjml><mj-head><mj-title>é \"{{subscriber.name}}\"</mj-title>\
        <mj-preview>{{#if subscriber.member}}{{subscriber.tier}} é{{/if}}</mj-preview></mj-head>\
        <mj-body><mj-section><mj-column><mj-image alt=\"{{subscriber.name}}\" src=\"https://a.example/\" />\
        <mj-button href=\"{{unsubscribe_url}}\">{{default subscriber.extra \"Go\"}}</mj-button>\
        <mj-raw><p>{{subscriber.tier}}</p><!--[if mso]><p title=\"{{subscriber.name}}\">o</p><![endif]-->\
        </mj-raw>\
        <mj-table><tr>{{#if subscriber.member}}<td>m</td>{{/if}}</tr></mj-table>\
        </mj-column></mj-section></mj-body></mjml>";
    let html = Fixture::with_mjml(mjml).merge().html;
    for part in [
        &format!("<title>&#233; &#34;{NAME}&#34;</title>"),
        &format!("aria-label=\"&#233; &#34;{NAME}&#34;\""),
        &format!("alt=\"{NAME}\""),
        "gold é",
        "?a=1&amp;t=TOKEN\"",
        "<p>gold</p>",
        &format!("<!--[if mso]><p title=\"{NAME}\">o</p><![endif]-->"),
        "<tr><td>m</td></tr>",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert!(!html.contains("zq"), "{html}");
}

#[test]
fn partials_see_their_callers_scope_and_what_they_are_given() {
    let cases = [
        (
            "{{#each stories}}{{> card}},{{/each}}",
            "{{section}}{{subscriber.tier}}",
            "Topgold,Foodgold,Techgold,",
        ),
        ("<b title=\"{{> card}};\">x</b>", "a\n", "<b title=\"a;\">x</b>"),
        ("<b>\n{{> card}}\nx</b>", "a\n", "<b>\na\nx</b>"),
        ("{{> card who=subscriber.tier}}", "{{#if who}}{{who}}{{/if}}", "gold"),
        ("{{> card lead}}", "{{section}}{{../issue.name}}", "Top2023-W12"),
        ("{{#if subscriber.member}}{{> card}}{{/if}}", "{{subscriber.tier}}!", "gold!"),
        (
            "{{#each stories}}{{> card}}{{/each}}",
            "{{#unless @first}},{{/unless}}{{@index}}",
            "0,1,2",
        ),
    ];
    for (template, card, expected) in cases {
        let mut fixture = Fixture::new(template, "");
        assert_eq!(fixture.file("partials/card.mjml", card).html(), expected, "{template}");
    }
}

#[test]
fn braces_in_a_story_or_a_name_are_two_characters() {
    let html = Fixture::new("{{#each stories}}{{headline}}|{{/each}}", "").html();
    assert_eq!(
        html,
        "Xi leaves Moscow|A {{subscriber.email}} {{#if &quot;q&quot;|Ships &amp; &lt;Grain&gt;|"
    );
    let html = Fixture::new("{{#with lead}}{{{body}}}{{/with}}", "").html();
    assert_eq!(
        html,
        "<p>Two leaders met; <a href=\"https://politicaliq.example/2023/more\">more of it</a>, and \
         {{subscriber.name}} is text.</p><ul><li>one</li></ul>"
    );
}

#[test]
fn a_note_is_markdown_and_a_template() {
    let mut fixture = Fixture::new("{{{issue.note}}}", "{{issue.note}}\n");
    fixture.note(
        "Dear {{default subscriber.first_name \"reader\"}}, *a {{upper \"*quiet*\"}}* week. <b>\n\n\
         {{#if subscriber.member}}\nThank you.\n\n> You pay.\n{{else}}\n[Join](join)!\n{{/if}}\n\
         [Leave]({{unsubscribe_url}}) or [write](mailto:a@b.example).",
    );
    insta::assert_snapshot!(fixture.html(), @r#"<p>Dear Ann, <em>a *QUIET*</em> week. &lt;b&gt;</p><p>Thank you.</p><blockquote><p>You pay.</p></blockquote><p><a href="https://politicaliq.example/unsubscribe?a=1&amp;t=TOKEN">Leave</a> or <a href="mailto:a@b.example">write</a>.</p>"#);
    insta::assert_snapshot!(fixture.merge().text, @"
    Dear Ann, a *QUIET* week. <b>

    Thank you.

    > You pay.

    Leave:
    https://politicaliq.example/unsubscribe?a=1&t=TOKEN
    or write [2].

     [2] mailto:a@b.example
    ");
    fixture
        .field("member", FieldValue::Bool(false))
        .field("first_name", FieldValue::Text("".into()));
    insta::assert_snapshot!(fixture.html(), @r#"<p>Dear reader, <em>a *QUIET*</em> week. &lt;b&gt;</p><p><a href="https://politicaliq.example/join">Join</a>!</p><p><a href="https://politicaliq.example/unsubscribe?a=1&amp;t=TOKEN">Leave</a> or <a href="mailto:a@b.example">write</a>.</p>"#);
    insta::assert_snapshot!(fixture.merge().text, @"
    Dear reader, a *QUIET* week. <b>

    Join [1]!

    Leave:
    https://politicaliq.example/unsubscribe?a=1&t=TOKEN
    or write [2].

     [1] https://politicaliq.example/join
     [2] mailto:a@b.example
    ");
}

#[test]
fn a_table_stands_in_columns_and_where_it_holds_more_a_row_is_a_line() {
    let mut fixture = Fixture::new("{{{issue.note}}}", "{{issue.note}}\n");
    fixture.note("Fares:\n\n| Line | Fare |\n| --- | ---: |\n| *Hill* line | ~~$3~~ $12 |\n| Tram | $2 |\n\nSo.");
    insta::assert_snapshot!(fixture.html(), @r#"<p>Fares:</p><table class="data" border="0" cellpadding="6" cellspacing="0" width="100%"><thead><tr><th scope="col" align="left" width="56%">Line</th><th scope="col" align="right" width="43%">Fare</th></tr></thead><tbody><tr><td align="left" valign="top"><em>Hill</em> line</td><td align="right" valign="top"><s>$3</s> $12</td></tr><tr><td align="left" valign="top">Tram</td><td align="right" valign="top">$2</td></tr></tbody></table><p>So.</p>"#);
    insta::assert_snapshot!(fixture.merge().text, @"
    Fares:

    Line             Fare
    ---------  ----------
    Hill line  ~~$3~~ $12
    Tram               $2

    So.
    ");
    fixture.note("| Line | For {{subscriber.tier}} |\n| --- | --- |\n| [Hill](hill) | **1** |");
    insta::assert_snapshot!(fixture.html(), @r#"<table class="data" border="0" cellpadding="6" cellspacing="0" width="100%"><thead><tr><th scope="col" align="left" width="35%">Line</th><th scope="col" align="left" width="64%">For gold</th></tr></thead><tbody><tr><td align="left" valign="top"><a href="https://politicaliq.example/hill">Hill</a></td><td align="left" valign="top"><strong>1</strong></td></tr></tbody></table>"#);
    insta::assert_snapshot!(fixture.merge().text, @"
    Line · For gold
    Hill [1] · 1

     [1] https://politicaliq.example/hill
    ");
    let wide = "word ".repeat(12);
    fixture.note(&format!("| {wide} | {wide} |\n| --- | --- |\n| a | b |"));
    assert!(fixture.merge().text.ends_with("\na · b\n"), "{}", fixture.merge().text);
}

#[test]
fn a_picture_has_its_caption_below_it() {
    let mut fixture = Fixture::new("{{{issue.note}}}", "{{issue.note}}\n");
    fixture.note(
        "![A map](https://a.example/m.png \"Seen < from \\\"above\\\". Photo: A. Person\")\n\nSo.",
    );
    insta::assert_snapshot!(fixture.html(), @r#"<p><img src="https://a.example/m.png" alt="A map" width="520" style="display:block;width:100%;max-width:600px;height:auto" /><span class="caption">Seen &lt; from &quot;above&quot;. Photo: A. Person</span></p><p>So.</p>"#);
    insta::assert_snapshot!(fixture.merge().text, @"So.");
    fixture.note("[![A boat](https://a.example/b.png)](https://boats.example/x?y={{subscriber.tier}})\n\nSo.");
    insta::assert_snapshot!(fixture.html(), @r#"<p><a href="https://boats.example/x?y=gold"><img src="https://a.example/b.png" alt="A boat" width="520" style="display:block;width:100%;max-width:600px;height:auto" /></a></p><p>So.</p>"#);
    insta::assert_snapshot!(fixture.merge().text, @"
    A boat [1]

    So.

     [1] https://boats.example/x?y=zq0h0q
    ");
}

#[test]
fn a_picture_in_a_note_is_never_lost() {
    let picture = "![P](https://a.example/p.png)";
    for note in
        ["[{} words](x)", "**{}**", "### Head {}", "| {} |\n| --- |\n| x |", "- {} a", "> {}"]
    {
        let mut fixture = Fixture::new("{{{issue.note}}}", "");
        let html = fixture.note(&note.replace("{}", picture)).html();
        assert_eq!(html.matches("<img").count(), 1, "{html}");
        assert!(!html.contains("<strong></strong>"), "{html}");
    }
    let mut fixture = Fixture::new("{{{issue.note}}}", "{{issue.note}}");
    fixture.note(&format!("{picture}\n*Below.*\n\nText {picture} more.[^a]\n\n[^a]: Foot."));
    let html = fixture.html();
    let order = ["p.png", "Below.", "Text  more.¹", "p.png", "<li>Foot.</li>"];
    let places: Vec<_> = order
        .iter()
        .scan(0, |from, word| {
            *from += html[*from..].find(word).unwrap_or_else(|| panic!("{word}: {html}"));
            Some(*from)
        })
        .collect();
    assert_eq!(places.len(), order.len());
}

#[test]
fn a_picture_of_a_note_is_found_from_the_issues_file() {
    let mut fixture = Fixture::new("{{{issue.note}}}", "");
    fixture.note("![A](../pictures/a.png) ![B](pictures/b.png)");
    let compiled = fixture.compile().unwrap();
    let paths: Vec<_> = compiled.pictures().iter().map(|local| local.path.as_str()).collect();
    assert_eq!(paths, ["pictures/a.png", "pictures/b.png"]);
}

#[test]
fn a_place_on_the_page_and_an_address_as_people_write_it_are_links() {
    let mut fixture = Fixture::new("{{{issue.note}}}", "{{issue.note}}");
    fixture.note("[Below](#top) or [there](www.a.example/b).");
    let html = fixture.html();
    assert!(html.contains("\"#top\"") && html.contains("\"https://www.a.example/b\""), "{html}");
    assert!(fixture.merge().text.starts_with("Below or there [1]."), "{}", fixture.merge().text);
}

#[test]
fn a_subject_is_never_escaped_and_stays_one_line() {
    let mut fixture = Fixture::new("{{issue.subject}}", "{{issue.subject}}");
    fixture.subject("For {{subscriber.name}}{{#if subscriber.member}}, a member{{/if}} & all");
    fixture.field("name", FieldValue::Text("Ann\r\nBcc: <b>".into()));
    let merged = fixture.merge();
    assert_eq!(merged.subject, "For Ann  Bcc: <b>, a member & all");
    assert_eq!(merged.text, "For Ann Bcc: <b>, a member & all\n");
    assert_eq!(fixture.html(), "For Ann\nBcc: &lt;b&gt;, a member &amp; all");
}

#[test]
fn what_mrml_would_spoil_in_attributes_reaches_the_reader_whole() {
    let template = "<img src=\"{{lead.picture.src}}\" alt=\"{{lead.picture.alt}}\">";
    let decoded = decode(&Fixture::new(template, "").html());
    assert_eq!(
        decoded,
        "<img src=\"https://politicaliq.example/pictures/a%20b.jpg\" alt=\"हिन्दी 👩‍💻 a\\b\u{a0}c\" />"
    );
}

#[test]
fn words_between_tags_never_meet() {
    let html = Fixture::new("<b>a</b>\n<i>b</i><pre><b>a</b>\n<i>b</i></pre>", "").html();
    assert_eq!(html, "<b>a</b> <i>b</i><pre><b>a</b>&#10;<i>b</i></pre>");
}

#[test]
fn the_pictures_that_are_shown_are_named() {
    let shown = Fixture::new("<img src=\"{{lead.picture.src}}\" />", "").compile().unwrap();
    let paths: Vec<_> = shown.pictures().iter().map(|picture| picture.path.as_str()).collect();
    assert_eq!(paths, ["pictures/a b.jpg"]);
    assert!(Fixture::new("", "").compile().unwrap().pictures().is_empty());
}

#[test]
fn a_picture_that_begins_a_story_and_is_its_own_is_shown_once() {
    let template = "{{#each stories}}{{#if is_lead}}{{#if picture}}<img src=\"{{picture.src}}\" \
                    alt=\"{{picture.alt}}\">{{picture.credit}}{{/if}}{{{body}}}{{/if}}{{/each}}";
    let mut fixture = Fixture::new(template, "");
    let story = &mut fixture.issue.sections[0].stories[0];
    let own = story.picture.as_mut().unwrap();
    own.src = "https://a.example/p.png?w=1200".to_owned();
    own.alt.clear();
    own.credit = None;
    let picture = crate::words::Block::Picture {
        src: "https://a.example/p.png?w=600".to_owned(),
        alt: "A boat".to_owned(),
        caption: vec![crate::words::Inline::Text("Photo: A. Person".to_owned())],
        link: None,
    };
    story.body.insert(0, picture);
    story.show = crate::issue::Show::Full;
    let html = fixture.html();
    assert_eq!(html.matches("<img").count(), 1, "{html}");
    assert!(html.contains("alt=\"A boat\"") && html.contains("Photo: A. Person"), "{html}");
    fixture.issue.sections[0].stories[0].show = crate::issue::Show::Summary;
    assert_eq!(fixture.html().matches("<img").count(), 2);
}
