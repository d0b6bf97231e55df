//! What is refused, each with its place, and what is said of it.

use super::fixture::Fixture;

/// Compiles HTML inside a `mj-text`; it begins at line 1, column 50.
fn refused(html: &str) -> String {
    Fixture::new(html, "").faults()
}

#[test]
fn a_misspelt_field_is_told_as_the_looks_say() {
    let fault = Fixture::new("é {{subscriber.nmae}}", "").compile().unwrap_err().remove(0);
    assert_eq!(fault.primary.as_ref().unwrap().span.text(), "{{subscriber.nmae}}");
    insta::assert_snapshot!(crate::render::tests::fixture::told(&[fault]), @"newsletter.mjml:1:52: `{{subscriber.nmae}}` is no field of list `weekly` (fields: email, count, extra, first_name, member, name, site, tags, tier) hint: did you mean `subscriber.name`?");
}

#[test]
fn unknown_names_are_told_in_every_place() {
    let cases = [
        "{{issue.subjct}}",
        "{{#if issue.nmae}}{{/if}}",
        "{{#if false}}{{stories.x}}{{else}}{{newsletter.titel}}{{/if}}",
        "{{upper (default subscriber.exta issue.nme)}}",
        "{{#if subscriber.member}}{{else if subscriber.teir}}{{/if}}",
        "{{#each storys}}{{/each}}",
        "{{#each stories}}{{issue.name}}{{/each}}",
        "{{#each stories}}{{headlin}}{{this.nope}}{{../../x}}{{@frist}}{{/each}}",
        "{{#each stories as |s|}}{{s.picture.scr}}{{/each}}",
        "{{lead.headline.x}}",
        "{{default subscriber.name}}",
        "{{uper issue.name}}",
        "{{upper}}",
        "{{rule \"-\"}}{{links}}",
        "{{#iff issue.name}}{{/iff}}",
        "{{> crad}}",
        "{{format_date issue.name}}{{format_date issue.date \"shrt\"}}{{plural issue.name \"a\" \"b\"}}",
        "{{#each stories}}{{#each tags}}{{@../index}}{{#if @../first}}{{/if}}{{@../../number}}{{/each}}{{/each}}",
        "{{truncate issue.name 0}}{{truncate issue.name -3}}{{truncate issue.name 1}}",
        "{{issue}}{{stories}}{{issue.note}}",
        "{{{issue.name}}}{{{subscriber.name}}}{{&subscriber.name}}",
        "{{#each subscriber.name}}{{/each}}{{#with subscriber.name}}{{/with}}{{#each issue.name}}{{/each}}",
        "{{#if a b}}{{/if}}{{#if}}{{/if}}{{#if issue.name includeZero=true}}{{/if}}",
        "{{lookup issue \"name\"}}{{log issue.name}}",
        "{{> subscriber.name}}{{> issue.name}}",
    ];
    let mut told = String::new();
    for case in cases {
        let mut fixture = Fixture::new(case, "");
        fixture.file("partials/card.mjml", "x");
        told.push_str(&format!("{case}\n{}\n\n", fixture.faults()));
    }
    insta::assert_snapshot!("unknown_names", told);
}

#[test]
fn values_of_two_kinds_are_not_compared() {
    let cases = [
        "{{#if (eq subscriber.member \"yes\")}}{{/if}}",
        "{{#if (ne true subscriber.member)}}{{else}}{{#if (gt subscriber.member false)}}{{/if}}{{/if}}",
        "{{#if (eq subscriber.tier 3)}}{{/if}}{{#if (eq subscriber.count \"3\")}}{{/if}}",
        "{{#if (lt subscriber.count \"many\")}}{{/if}}{{#if (eq issue.date \"\")}}{{/if}}",
        "{{#each subscriber.tags}}{{#if (eq @first \"yes\")}}{{else}}{{eq @index this}}{{/if}}{{/each}}",
        "{{format_date subscriber.tier}}{{plural subscriber.member \"a\" \"b\"}}",
    ];
    let told = cases.map(|case| format!("{case}\n{}\n\n", Fixture::new(case, "").faults()));
    insta::assert_snapshot!("compared", told.concat());
    for case in [
        "{{eq subscriber.tier \"gold\"}}{{gt subscriber.count 3}}{{lt \"a\" subscriber.name}}",
        "{{eq subscriber.member true}}{{eq (eq subscriber.tier \"a\") subscriber.member}}",
        "{{eq subscriber.count null}}{{eq null subscriber.name}}{{eq unsubscribe_url \"x\"}}",
        "{{eq (default subscriber.count \"none\") \"none\"}}{{gt subscriber.tags.length 1}}",
        "{{#each stories}}{{eq headline ../issue.name}}{{gt words 300}}{{eq @index 0}}{{/each}}",
        "{{plural subscriber.count \"a\" \"b\"}}{{format_number subscriber.tags.length}}",
    ] {
        assert_eq!(Fixture::new(case, "").faults(), "nothing is refused", "{case}");
    }
}

#[test]
fn a_branch_that_is_not_taken_is_held_to_mjml_too() {
    let mut fixture = Fixture::with_mjml(
        "<mjml><mj-body><mj-section>\n<mj-column>{{#if false}}{{> card}}\n<mj-txt></mj-txt>{{else}}\
         <mj-text colr=\"red\">x</mj-text>{{/if}}</mj-column></mj-section></mj-body></mjml>",
    );
    fixture.file("partials/card.mjml", "<mj-image\n alt=\"{{> no}}\" widht=\"1px\" />");
    fixture.file("partials/no.mjml", "x");
    fixture.file("partials/uncalled.mjml", "<mj-nothing />");
    insta::assert_snapshot!(fixture.faults(), @"
    newsletter.mjml:3:1: there is no element `<mj-txt>` hint: did you mean `<mj-text>`?
    newsletter.mjml:3:35: `<mj-text>` has no attribute `colr` (it has align, background-color, color, container-background-color, font-family, font-size, font-style, font-weight, height, letter-spacing, line-height, padding, padding-bottom, padding-left, padding-right, padding-top, text-decoration, text-transform, vertical-align, css-class, mj-class) hint: did you mean `color`?
    partials/card.mjml:2:17: `<mj-image>` has no attribute `widht` (it has align, alt, border, border-bottom, border-left, border-radius, border-right, border-top, container-background-color, fluid-on-mobile, font-size, height, href, max-height, name, padding, padding-bottom, padding-left, padding-right, padding-top, rel, sizes, src, srcset, target, title, usemap, width, css-class, mj-class) hint: did you mean `width`?
    ");
}

#[test]
fn classes_and_fonts_are_held_to_what_is_defined() {
    let head =
        "<mj-attributes><mj-class name=\"btn\" color=\"#fff\" width=\"abc\" /></mj-attributes>";
    let page = |head: &str, body: &str| {
        let page = format!(
            "<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{body}</mj-column>\
             </mj-section></mj-body></mjml>"
        );
        Fixture::with_mjml(&page).faults()
    };
    let cases = [
        page(head, "<mj-text mj-class=\"btm\">x</mj-text>"),
        page("", "<mj-text mj-class=\"a\">x</mj-text>"),
        page(head, "<mj-text mj-class=\"btn\">x</mj-text>"),
        page(head, "<mj-button mj-class=\"btn\">x</mj-button>"),
        page("<mj-attributes><mj-class color=\"#fff\" /></mj-attributes>", ""),
        page("<mj-font name=\"Inter\" />", ""),
        page("", "<mj-text>a<!--[if mso]><b>q</b>-->b</mj-text>"),
        page("<mj-style>.a{color:red}} .b{color:blue}</mj-style>", ""),
        page("<mj-style>.a{font-family:&#39;Inter&#39;}</mj-style>", ""),
    ];
    insta::assert_snapshot!("held_to_the_head", cases.join("\n"));
}

#[test]
fn what_is_unsound_in_a_style_sheet_is_told_at_its_place() {
    let told = |css: &str| {
        let mjml = format!(
            "<mjml><mj-head>\n<mj-style>\n{css}</mj-style></mj-head><mj-body></mj-body></mjml>"
        );
        Fixture::with_mjml(&mjml).faults()
    };
    let cases = [
        ".a{color:red} /* red\n.b{color:blue}",
        "@media (max-width:480px {.a{color:red}}",
        ".a{background:url(https://x.example/a.png}\n.b{width:calc(1px)}",
        ".a{width:calc(1px))}",
        ".a{font-family:'Inter, sans-serif}\n}",
        ".a{color:red\n  font-size:12px} // don't\n@meda print{.b{c:d}}",
    ];
    insta::assert_snapshot!(cases.map(told).join("\n"), @r"
    newsletter.mjml:3:15: this comment is never closed hint: write `*/` behind it: it hides all that follows
    newsletter.mjml:3:8: this bracket is not closed hint: close it: what stands behind it counts for nothing
    newsletter.mjml:3:18: this bracket is not closed hint: close it: what stands behind it counts for nothing
    newsletter.mjml:3:19: this bracket closes nothing hint: take it out: what it stands in counts for nothing
    newsletter.mjml:3:16: this quote is not closed on its line hint: write the same quote at the end of the text
    newsletter.mjml:4:3: a `;` is missing before `font-size` hint: without it neither of the two declarations counts
    newsletter.mjml:4:19: `//` begins no comment in CSS hint: write `/* … */`: this line takes what follows with it
    newsletter.mjml:5:1: there is no `@meda` in CSS hint: did you mean `@media`?
    ");
}

#[test]
fn a_template_says_whole_what_it_says() {
    let mut fixture = Fixture::new("{{template.fonts.body}}", "");
    fixture.file(
        "template.toml",
        "[colors]\naccent = \"#17593F\"\n[dark]\nacent = \"#17593F\"\n[logo]\nlight = \"a.png\"\n\
         width = \"120px\"\n[options.size]\ntype = \"choice\"\n[options.tone]\ntype = \"choice\"\n\
         choices = [\"a\"]\n",
    );
    insta::assert_snapshot!("template_settings", fixture.faults());
    fixture.file("template.toml", "[fonts]\nbody = [\"Book Antiqua\", \"serif\"]\n");
    fixture.file("newsletter.mjml", "<mjml><mj-body><mj-section><mj-column><mj-text \
        font-family=\"{{template.fonts.body}}\">x</mj-text></mj-column></mj-section></mj-body></mjml>");
    assert!(fixture.merge().html.contains("font-family:&#39;Book Antiqua&#39;, serif;"));
}

#[test]
fn a_helper_of_the_plain_text_is_found_there_alone() {
    let told = |html: &str, text: &str| Fixture::new(html, text).faults();
    let near = "did you mean `heading`?";
    assert!(told("", "{{headin \"x\"}}").contains(near));
    assert!(!told("{{headin \"x\"}}", "").contains(near));
}

#[test]
fn broken_tags_are_told_where_they_begin() {
    let cases = [
        "a {{#if issue.name}} b {{#each stories}}{{/each}}",
        "{{#if issue.name}}{{/each}}",
        "{{/if}}",
        "{{else}}",
        "{{#if issue.name}}{{else}}{{else}}{{/if}}",
        "{{issue.name",
        "{{issue.name}<b>",
        "{{{issue.name}}",
        "{{upper \"x}}",
        "{{upper (upper \"x\"}}",
        "{{}}",
        "{{!-- x }}",
        "{{{{raw}}}}{{{{/raw}}}}",
        "{{#> card}}{{/card}}{{#*inline \"x\"}}{{/inline}}",
        "{{* x}}",
        "{{issue.[name}}",
        "{{a.b c}}",
        "{{issue.name as |x|}}",
        "{{#iff issue.name}}",
        "{{> (default subscriber.tier \"x\")}}",
    ];
    let mut told = String::new();
    for case in cases {
        told.push_str(&format!("{case}\n{}\n\n", refused(case)));
    }
    insta::assert_snapshot!("broken_tags", told);
}

#[test]
fn a_reader_may_not_stand_where_it_could_do_harm() {
    let cases = [
        "<b style=\"color:{{subscriber.tier}}\">x</b>",
        "<b onclick=\"{{subscriber.tier}}\">x</b>",
        "<img srcset=\"{{subscriber.tier}}\">",
        "<a href=\"https://{{subscriber.tier}}/x\">x</a>",
        "<a href=\"//{{subscriber.tier}}\">x</a>",
        "<a href=\"javascript:x({{subscriber.tier}})\">x</a>",
        "<a href=\"{{#if subscriber.member}}https://a{{/if}}{{subscriber.tier}}\">x</a>",
        "<a {{#if subscriber.member}}href=\"u\"{{/if}}>x</a>",
        "<a {{subscriber.tier}}>x</a>",
        "<{{subscriber.tier}}>x</a>",
        "<style>a{color:{{subscriber.tier}}}</style>",
        "<script>{{subscriber.tier}}</script>",
        "<!-- {{subscriber.tier}} -->",
        "{{#if subscriber.member}}<b>{{/if}}x</b>",
        "<b>{{#if subscriber.member}}x</b>{{/if}}",
        "{{#if subscriber.member}}<b>x</b>{{else}}<i>{{/if}}",
        "<b title=\"{{#if subscriber.member}}\">x{{/if}}</b>",
    ];
    let mut told = String::new();
    for case in cases {
        told.push_str(&format!("{case}\n{}\n\n", refused(case)));
    }
    insta::assert_snapshot!("harmful_places", told);
}

#[test]
fn what_a_reader_may_not_do_is_refused_with_a_hint() {
    let mjml = |inside: &str| format!("<mjml>{inside}</mjml>");
    let head = |inside: &str| mjml(&format!("<mj-head>{inside}</mj-head><mj-body></mj-body>"));
    let section = |attributes: &str, inside: &str| {
        mjml(&format!("<mj-body><mj-section {attributes}>{inside}</mj-section></mj-body>"))
    };
    let column = |inside: &str| section("", &format!("<mj-column>{inside}</mj-column>"));
    let text = |inside: &str| column(&format!("<mj-text>{inside}</mj-text>"));
    let member = |inside: &str| format!("{{{{#if subscriber.member}}}}{inside}{{{{/if}}}}");
    let deep = |open: &str, close: &str| text(&(open.repeat(201) + &close.repeat(201)));
    let cases = [
        section("padding=\"{{subscriber.tier}}\"", ""),
        section("background-color=\"{{subscriber.tier}}\"", ""),
        section("background-url=\"{{subscriber.site}}\"", ""),
        column("<mj-image width=\"{{subscriber.count}}\" src=\"a\" />"),
        head("<mj-attributes><mj-image alt=\"{{subscriber.tier}}\" /></mj-attributes>"),
        head(
            "<mj-attributes><mj-class name=\"a\" title=\"{{subscriber.tier}}\" /></mj-attributes>",
        ),
        head("<mj-style>a{b:{{subscriber.tier}}}</mj-style>"),
        head("<mj-font name=\"a\" href=\"{{subscriber.site}}\" />"),
        "<mjml lang=\"{{subscriber.tier}}\"><mj-body></mj-body></mjml>".to_owned(),
        column("<mj-text {{subscriber.tier}}>a</mj-text>"),
        head("{{subscriber.tier}}"),
        head(&member("<mj-title>a</mj-title>")),
        mjml(&member("<mj-body></mj-body>")),
        section("", "{{subscriber.tier}}"),
        column("{{subscriber.tier}}"),
        column("<mj-table>{{subscriber.tier}}</mj-table>"),
        text("<b style=\"a:{{subscriber.tier}}\">x</b>"),
        text("<b onclick=\"{{subscriber.tier}}\">x</b>"),
        text("<iframe srcdoc=\"{{subscriber.tier}}\"></iframe>"),
        text("<a href=\"https://{{subscriber.tier}}/\">x</a>"),
        text("<style>{{subscriber.tier}}</style>"),
        text("<script>{{subscriber.tier}}</script>"),
        text("<!-- {{subscriber.tier}} -->"),
        section("", "{{#each subscriber.tags}}<mj-column></mj-column>{{/each}}"),
        section(
            "",
            "{{#with subscriber.tier}}<mj-column></mj-column>{{/with}}{{#each subscriber.tags}}<mj-column></mj-column>{{/each}}",
        ),
        column(&format!(
            "<mj-carousel>{}</mj-carousel>",
            member("<mj-carousel-image src=\"a\" />")
        )),
        text("{{{subscriber.name}}}"),
        text("{{&subscriber.name}}"),
        text("{{upper subscriber.name by=subscriber.tier}}"),
        text("{{> subscriber.name}}"),
        text("{{> card subscriber.name}}"),
        text("{{#each stories as |subscriber|}}{{/each}}"),
        text("{{> card unsubscribe_url=lead.link}}"),
        text("{{> round}}"),
        deep("{{#if lead}}", "{{/if}}"),
        deep("<b>", "</b>"),
        text(&member("<b>")),
    ];
    let texts = ["{{#hang 4 subscriber.name}}a{{/hang}}", "{{ref subscriber.site}}"];
    let texts = texts.map(|text| Fixture::new("", text));
    let mut without = Vec::new();
    for mut fixture in cases.iter().map(|case| Fixture::with_mjml(case)).chain(texts) {
        fixture.file("partials/card.mjml", "x").file("partials/round.mjml", "{{> round}}");
        let faults = fixture.compile().expect_err("it is refused");
        without.extend(faults.into_iter().filter(|fault| fault.hint.is_none()));
    }
    assert_eq!(without, []);
}

#[test]
fn mjml_is_held_to_what_there_is() {
    let body = |inside: &str| format!("<mjml><mj-body>{inside}</mj-body></mjml>");
    let column =
        |inside: &str| body(&format!("<mj-section><mj-column>{inside}</mj-column></mj-section>"));
    let head =
        |inside: &str| format!("<mjml><mj-head>{inside}</mj-head><mj-body></mj-body></mjml>");
    let cases = [
        column("<mj-text>a</mj-button>"),
        column("<mj-text>a <b>c</mj-text>"),
        column("<mj-text>a</mj-txt>"),
        column("<mj-text>a</mj-text></mj-text>"),
        column("<mj-text>1 < 2</mj-text>"),
        column("<mj-text>a"),
        column("<mj-text padding=\"1px\" padding=\"2px\">a</mj-text>"),
        column("<mj-text padding=\"{{subscriber.tier}}\">a</mj-text>"),
        column("<mj-txt>a</mj-txt>"),
        column("<p>a</p>"),
        column("a"),
        column("{{subscriber.tier}}"),
        column("<mj-include path=\"x\" />"),
        column("<mj-text><mj-image /></mj-text>"),
        column("<mj-text \"x\">a</mj-text>"),
        column("<mj-text a=\"x>a</mj-text>"),
        column("<mj-text color=\"red>a</mj-text>\n<mj-text color=\"red\">b</mj-text>"),
        body("<mj-column></mj-column>"),
        head("{{subscriber.tier}}"),
        head("<mj-style>a{color:{{subscriber.tier}}}</mj-style>"),
        head("<mj-style inline=\"inline\">a{}</mj-style>"),
        head("<mj-style>a{b:c</mj-style><mj-style>d{e:f}</mj-style>"),
        head("<mj-attributes><mj-text css-class=\"{{subscriber.tier}}\" /></mj-attributes>"),
        head("<mj-html-attributes></mj-html-attributes>"),
        "<mjml></mjml>".to_owned(),
        "".to_owned(),
        "<mjml><mj-body></mj-body><mj-body></mj-body></mjml>".to_owned(),
        "<mjml><mj-body><![CDATA[x]]></mj-body></mjml>".to_owned(),
    ];
    let mut told = String::new();
    for case in cases {
        told.push_str(&format!("{case}\n{}\n\n", Fixture::with_mjml(&case).faults()));
    }
    insta::assert_snapshot!("mjml", told);
}

#[test]
fn blocks_around_elements_have_refusals_of_their_own() {
    let mjml = |inside: &str| format!("<mjml>{inside}</mjml>");
    let body = |inside: &str| mjml(&format!("<mj-body>{inside}</mj-body>"));
    let section = |inside: &str| body(&format!("<mj-section>{inside}</mj-section>"));
    let column = |inside: &str| section(&format!("<mj-column>{inside}</mj-column>"));
    let head = |inside: &str| mjml(&format!("<mj-head>{inside}</mj-head><mj-body></mj-body>"));
    let four: String = (0..4)
        .map(|n| format!("{{{{#if (eq subscriber.count {n})}}}}<mj-column />{{{{/if}}}}"))
        .collect();
    let cases = [
        section("{{#each subscriber.tags}}<mj-column></mj-column>{{/each}}"),
        section(&four),
        column(
            "<mj-carousel>{{#if subscriber.member}}<mj-carousel-image src=\"a\" />{{/if}}</mj-carousel>",
        ),
        column(
            "<mj-carousel>{{#each subscriber.tags}}<mj-carousel-image src=\"a\" />{{/each}}</mj-carousel>",
        ),
        column(
            "<mj-accordion><mj-accordion-element>{{#if subscriber.member}}<mj-accordion-title>a</mj-accordion-title>{{/if}}</mj-accordion-element></mj-accordion>",
        ),
        head("{{#if subscriber.member}}<mj-title>a</mj-title>{{/if}}"),
        head(
            "<mj-attributes>{{#if subscriber.member}}<mj-all color=\"red\" />{{/if}}</mj-attributes>",
        ),
        head("<mj-attributes><mj-class name=\"a\" alt=\"{{subscriber.tier}}\" /></mj-attributes>"),
        head("<mj-font name=\"a\" href=\"{{subscriber.site}}\" />"),
        head("<mj-raw>{{subscriber.name}}</mj-raw>"),
        mjml("{{#if subscriber.member}}<mj-body></mj-body>{{/if}}"),
        "{{#if subscriber.member}}<mjml><mj-body></mj-body></mjml>{{/if}}".to_owned(),
        "<mjml lang=\"{{subscriber.tier}}\" dir=\"{{subscriber.tier}}\"><mj-body></mj-body></mjml>"
            .to_owned(),
        body("<mj-wrapper background-url=\"{{subscriber.site}}\"></mj-wrapper>"),
        section("{{subscriber.name}}"),
        column("<mj-table>{{subscriber.name}}<tr>{{subscriber.tier}}</tr></mj-table>"),
        column("<mj-table><tr>{{#if subscriber.member}}<td>{{/if}}</td></tr></mj-table>"),
        body("{{#if subscriber.member}}<mj-section>{{/if}}</mj-section>"),
        body("<mj-section>{{#if subscriber.member}}</mj-section><mj-section>{{/if}}</mj-section>"),
        section("{{#if subscriber.member}}<mj-column>{{else}}</mj-column>{{/if}}"),
        column("<mj-text><a href=\"{{#each subscriber.tags}}{{this}}{{/each}}\">x</a></mj-text>"),
        column("<mj-text>{{#each subscriber.tags as |subscriber|}}{{/each}}</mj-text>"),
        column(
            "<mj-text>{{#with lead as |unsubscribe_url|}}{{/with}}{{> card subscriber=lead.section}}</mj-text>",
        ),
        column(
            "<mj-text>{{#each subscriber.tags}}{{> card this}}{{{this}}}{{lead}}{{/each}}</mj-text>",
        ),
        column(
            "<mj-text>{{subscriber.tags}}{{upper subscriber.tags}}{{#each subscriber.tags}}{{this.x}}{{/each}}</mj-text>",
        ),
        column(
            "<mj-text>{{subscriber.tags.x}}{{> subscriber.name}}{{upper subscriber.name by=subscriber.tier}}</mj-text>",
        ),
    ];
    let mut told = String::new();
    for case in cases {
        let mut fixture = Fixture::with_mjml(&case);
        fixture.file("partials/card.mjml", "x");
        told.push_str(&format!("{case}\n{}\n\n", fixture.faults()));
    }
    insta::assert_snapshot!("around_elements", told);
}

#[test]
fn a_fault_in_a_partial_is_told_there_once() {
    let mut fixture = Fixture::new("{{> card}}{{> card}}{{#each stories}}{{> card}}{{/each}}", "");
    fixture.file("partials/card.mjml", "é\n  {{subscriber.nope}}<b style=\"{{subscriber.tier}}\">");
    insta::assert_snapshot!(fixture.faults(), @"partials/card.mjml:2:3: `{{subscriber.nope}}` is no field of list `weekly` (fields: email, count, extra, first_name, member, name, site, tags, tier) hint: did you mean `subscriber.name`?");
    fixture.file(
        "partials/card.mjml",
        "é\n  {{subscriber.tier}}<b style=\"{{subscriber.tier}}\">x</b>",
    );
    insta::assert_snapshot!(fixture.faults(), @"partials/card.mjml:2:32: subscriber data may not stand in `style` hint: choose between two elements with `{{#if …}}`");
}

#[test]
fn partials_that_call_each_other_are_refused_with_their_chain() {
    let mut fixture = Fixture::new("{{> a}}", "");
    fixture.file("partials/a.mjml", "{{> b}}").file("partials/b.mjml", "x {{> c}}");
    fixture.file("partials/c.mjml", "{{> a}}");
    insta::assert_snapshot!(fixture.faults(), @"partials/c.mjml:1:1: partial `a` calls itself (a → b → c → a) hint: take one of these calls out");
}

#[test]
fn what_lies_too_deep_is_refused_and_ends() {
    let nested = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    for (case, said) in [
        (nested("{{#if issue.name}}", "{{/if}}", 10_000), "blocks lie more than 200 deep"),
        (nested("<b>", "</b>", 10_000), "elements lie more than 200 deep"),
        (format!("{{{{upper {}}}}}", nested("(upper ", "\"x\")", 10_000)), "parentheses lie"),
        (
            format!("{{{{#if issue.name}}}}{}{{{{/if}}}}", "{{else if issue.name}}".repeat(10_000)),
            "more than 200",
        ),
    ] {
        let faults = refused(&case);
        assert!(faults.contains(said), "{faults}");
    }
    let mut fixture = Fixture::new("{{> p0}}", "");
    for number in 0..30 {
        let calls = format!("{{{{> p{}}}}}", number + 1).repeat(2);
        fixture.file(&format!("partials/p{number}.mjml"), &calls);
    }
    fixture.file("partials/p30.mjml", "x");
    assert!(fixture.faults().contains("partials are called more than 20000 times"));
}

#[test]
fn the_issues_own_templates_hold_subscriber_expressions_alone() {
    let mut fixture = Fixture::new("", "");
    fixture.note(
        "Dear {{subscriber.nmae}},\n\n{{issue.name}} and {{upper}} and {{#if subscriber.member}}",
    );
    insta::assert_snapshot!(fixture.faults(), @"issues/2023-W12.md:6:34: `{{#if}}` is never closed (opened here) hint: write `{{/if}}` where it ends");
    fixture.note("Dear {{subscriber.nmae}},\n\n{{issue.name}} and {{uper \"x\"}}.");
    insta::assert_snapshot!(fixture.faults(), @"
    issues/2023-W12.md:4:6: `{{subscriber.nmae}}` is no field of list `weekly` (fields: email, count, extra, first_name, member, name, site, tags, tier) hint: did you mean `subscriber.name`?
    issues/2023-W12.md:6:1: `{{issue.name}}` is no name of a subject or note, which holds subscriber expressions only (names: preferences_url, subscriber, unsubscribe_url)
    issues/2023-W12.md:6:22: there is no helper `uper` (helpers: format_date, format_number, default, plural, upper, truncate, eq, ne, lt, gt, and, or, not) hint: did you mean `upper`?
    ");
    let mut fixture = Fixture::new("", "");
    fixture.subject("Week {{subscriber.nmae}}");
    insta::assert_snapshot!(fixture.faults(), @"issues/2023-W12.md:2:17: `{{subscriber.nmae}}` is no field of list `weekly` (fields: email, count, extra, first_name, member, name, site, tags, tier) hint: did you mean `subscriber.name`?");
}

#[test]
fn the_plain_text_has_refusals_of_its_own() {
    let cases = [
        "{{heading}}",
        "{{rule \"==\"}}",
        "{{ref subscriber.site}}",
        "{{ref unsubscribe_url}}",
        "{{spread issue.name}}",
        "{{#hang subscriber.count \"x\"}}{{/hang}}",
        "{{#hang 14 subscriber.name}}{{/hang}}",
        "{{#indent 99}}{{/indent}}",
        "a {{#if subscriber.member}}b {{rule}}{{/if}}",
        "{{links 3}}",
        "{{{subscriber.name}}}",
        "{{upper (ref lead.link)}}",
    ];
    let mut told = String::new();
    for case in cases {
        told.push_str(&format!("{case}\n{}\n\n", Fixture::new("", case).faults()));
    }
    insta::assert_snapshot!("plain_text", told);
}

#[test]
fn options_are_held_to_what_the_template_declares() {
    let mut fixture = Fixture::new("{{template.options.accent}}{{template.options.nope}}", "");
    fixture.file(
        "template.toml",
        "[options.accent]\ntype = \"color\"\ndefault = \"#17593F\"\n[options.size]\ntype = \"choice\"\n\
         choices = [\"small\", \"large\"]\ndefault = \"small\"\n",
    );
    insta::assert_snapshot!(fixture.faults(), @"newsletter.mjml:1:77: `{{template.options.nope}}` is no name of the template's options (names: accent, size)");
    let span = fixture.issue.source.span(0..3);
    let text = |text: &str| toml::Value::String(text.to_owned());
    fixture.issue.options = vec![
        ("acent".into(), text("#fff"), span.clone()),
        ("accent".into(), text("red;x"), span.clone()),
        ("size".into(), text("huge"), span.clone()),
    ];
    insta::assert_snapshot!(fixture.faults(), @"
    issues/2023-W12.md:1:1: the template has no option `acent` (options: accent, size) hint: did you mean `accent`?
    issues/2023-W12.md:1:1: option `accent` must be a color, as `#17593F`
    issues/2023-W12.md:1:1: option `size` must be one of small, large
    ");
    fixture.issue.options = vec![("accent".into(), text("#FFF"), span)];
    fixture.file(
        "newsletter.mjml",
        "<mjml><mj-body background-color=\"{{template.options.accent}}\" /></mjml>",
    );
    assert!(fixture.merge().html.contains("background-color:#FFF"));
    fixture.file(
        "template.toml",
        "colour = 1\n[colors]\ntext = \"12px\"\nline = \"redd\"\ntint = \"Red\"\n[options.x]\n\
         type = \"txt\"\n[[social]]\nname = \"github\"\nurl = \"www.x.example\"\n[[social]]\n\
         name = \"github\"\n",
    );
    insta::assert_snapshot!(fixture.faults(), @"
    issues/2023-W12.md:1:1: the template has no option `accent` (it has none)
    template.toml:1:1: there is no key `colour` here (keys: description, colors, dark, fonts, logo, social, options) hint: did you mean `colors`?
    template.toml:3:8: `12px` is no color (a color is written `#17593F`)
    template.toml:4:8: `redd` is no color (a color is written `#17593F`)
    template.toml:7:8: `options.x.type` must be one of text, bool, number, url, color, choice
    template.toml:10:7: this is no address (it is written whole, as `https://social.example/@us`)
    template.toml:11:1: `[[social]]` needs `name` and `url`
    ");
}

#[test]
fn missing_files_are_all_told() {
    let mut fixture = Fixture::new("", "");
    fixture.files.0.clear();
    insta::assert_snapshot!(fixture.faults(), @"letterpress.toml:10:12: there is no template `small` (it would be the folder `templates/small`)");
    fixture.file("partials/x.mjml", "{{#if}}");
    insta::assert_snapshot!(fixture.faults(), @"
    nowhere: could not read `templates/small/newsletter.mjml`
    nowhere: could not read `templates/small/newsletter.txt`
    partials/x.mjml:1:1: `{{#if}}` is never closed (opened here) hint: write `{{/if}}` where it ends
    ");
}
