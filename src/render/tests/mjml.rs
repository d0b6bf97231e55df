//! MJML as designers know it: includes, defaults, style sheets, repairs, and what is refused.

use super::fixture::{Fixture, urls};
use crate::audience::FieldValue;
use crate::render::{self, Bare, Folder, Input, Taken};

fn body(inside: &str) -> String {
    format!("<mjml><mj-body>{inside}</mj-body></mjml>")
}

fn column(inside: &str) -> String {
    body(&format!("<mj-section><mj-column>{inside}</mj-column></mj-section>"))
}

/// Compiles MJML with these files beside it.
fn with(mjml: &str, files: &[(&str, &str)]) -> Fixture {
    let mut fixture = Fixture::with_mjml(mjml);
    for (name, text) in files {
        fixture.file(name, text);
    }
    fixture
}

#[test]
fn an_include_is_a_template_of_its_own() {
    let card =
        "<mj-text>{{issue.name}}, {{subscriber.name}}{{#each stories}} {{id}}{{/each}}</mj-text>";
    let files = [
        ("parts/card.mjml", card),
        (
            "parts/both.mjml",
            "<mj-include path=\"card.mjml\" /><mj-include path='../last.mjml'></mj-include>",
        ),
        ("last.mjml", "<mj-text>last</mj-text>"),
    ];
    let page = column("<mj-include path=\"./parts/both.mjml\"/><!-- <mj-include path=\"x\" /> -->");
    let html = with(&page, &files).field("name", FieldValue::Text("A&B".to_owned())).merge().html;
    assert!(html.contains(">2023-W12, A&amp;B story-1 story-2 story-3</div>"), "{html}");
    assert!(html.contains(">last</div>"), "{html}");
    let wrong =
        with(&page, &[files[0], files[1], ("last.mjml", "<mj-text>\n{{issue.nme}}</mj-text>")]);
    assert!(wrong.faults().starts_with("last.mjml:2:1: `{{issue.nme}}`"), "{}", wrong.faults());
    let wrong = with(&page, &[files[0], files[1], ("last.mjml", "\n <mj-txt />")]);
    assert!(wrong.faults().starts_with("last.mjml:2:2: there is no element"), "{}", wrong.faults());
}

#[test]
fn an_include_in_a_loop_stands_once_for_each() {
    let page = column("{{#each stories}}<mj-include path=\"card.mjml\" />{{/each}}");
    let html = with(&page, &[("card.mjml", "<mj-text>[{{id}}]</mj-text>")]).merge().html;
    for id in ["[story-1]", "[story-2]", "[story-3]"] {
        assert!(html.contains(id), "{html}");
    }
}

#[test]
fn a_document_that_is_included_whole_is_taken_apart() {
    let included = "<mjml><mj-head><mj-style>.x{a:b}</mj-style><mj-attributes><mj-text color=\"red\" />\
                    </mj-attributes></mj-head><mj-body><mj-section><mj-column><mj-text>in</mj-text>\
                    </mj-column></mj-section></mj-body></mjml>";
    let html = with(&body("<mj-include path=\"a.mjml\" />"), &[("a.mjml", included)]).merge().html;
    assert!(html.contains(".x{a:b}"), "{html}");
    assert!(html.contains("color:red;\">in</div>"), "{html}");
    let nested = with(&body("<mjml></mjml>"), &[]).faults();
    assert_eq!(
        nested,
        "newsletter.mjml:1:16: `<mjml>` may not stand in `<mj-body>` (it is the root)"
    );
    let text = "<mjml><mj-body><mj-text>x</mj-text></mj-body></mjml>";
    let misplaced = with(&body("<mj-include path=\"a.mjml\" />"), &[("a.mjml", text)]).faults();
    assert!(
        misplaced.starts_with("a.mjml:1:16: `<mj-text>` may not stand in `<mj-body>`"),
        "{misplaced}"
    );
}

#[test]
fn style_sheets_and_html_are_included_too() {
    let page = body(
        "<mj-include path=\"a.css\" type=\"css\" /><mj-include path=\"b.css\" type=\"css\" css-inline=\"inline\" />\
         <mj-include path=\"c.html\" type=\"html\" />",
    );
    let css = ".a > b { color: {{template.colors.accent}} }";
    let files = [("a.css", css), ("b.css", "i { b: c }"), ("c.html", "<i>{{issue.name}} < 2</i>")];
    let colors = ("template.toml", "[colors]\naccent = \"#123456\"\n");
    let html = with(&page, &[&files[..], &[colors]].concat()).merge().html;
    assert!(html.contains(".a > b { color: #123456 }"), "{html}");
    assert!(html.contains("<i style=\"b: c;\">2023-W12 &lt; 2</i>"), "{html}");
    let wrong = with(&page, &[files[0], ("b.css", "i { <b> }"), files[2], colors]);
    assert!(wrong.faults().starts_with("b.css:1:5: a `<` in CSS"), "{}", wrong.faults());
}

#[test]
fn an_include_that_cannot_be_followed_is_told_at_its_path() {
    let include = |attributes: &str| column(&format!("<mj-include {attributes} />"));
    let cases = [
        include("path=\"no.mjml\""),
        include("path=\"../other/x.mjml\""),
        include("path=\"parts/../../x.mjml\""),
        include("path=\"/etc/passwd\""),
        include("path=\"C:\\x.mjml\""),
        include("path=\"https://example.com/x.mjml\""),
        include("path=\"\""),
        include(""),
        include("path=\"a.mjml\" path=\"a.mjml\""),
        include("pth=\"a.mjml\""),
        include("path=\"a.mjml\" type=\"pdf\""),
        include("path=\"a.mjml\" css-inline=\"inline\""),
        include("path=\"a.mjml\" type=\"css\" css-inline=\"yes\""),
        include("path=\"{{issue.name}}.mjml\""),
        include("path=\"newsletter.mjml\""),
        include("path=\"a.mjml\""),
        column("<mj-include path=\"c.mjml\">"),
        column("<mj-include path=\"c.mjml\""),
        column("{{> d}}"),
    ];
    let files = [
        ("a.mjml", "\n<mj-include path=\"b.mjml\" />"),
        ("b.mjml", "<mj-include path=\"a.mjml\" />"),
        ("c.mjml", "<mj-text>c</mj-text>"),
        ("partials/d.mjml", "<mj-include path=\"../e.mjml\" />"),
        ("e.mjml", "{{> d}}"),
    ];
    let mut told = String::new();
    for case in cases {
        told.push_str(&format!("{case}\n{}\n\n", with(&case, &files).faults()));
    }
    insta::assert_snapshot!("includes", told);
}

#[test]
fn attributes_are_held_to_what_there_is() {
    let cases = [
        column("<mj-image width=\"abc\" src=\"x\" />"),
        column("<mj-text fnt-size=\"12px\" color=\"redd\" align=\"centre\">a</mj-text>"),
        column("<mj-text\n  padding=\"1px 2px 3px 4px 5px\"\n  font-size=\"12\"\n>a</mj-text>"),
        column("<mj-image fluid-on-mobile=\"yes\" src />"),
        column("<mj-button {{#if issue.name}}paddin=\"1px\"{{/if}}>a</mj-button>"),
        column("<mj-table cellpadding=\"1px\" width=\"\"></mj-table>"),
        body("<mj-section gutter=\"1em\"></mj-section>"),
        column("<mj-text font-family=\"\" font-style=\"itallic\" text-transform=\"upper\">a</mj-text>"),
        column("<mj-button border=\"1 solid red\" border-radius=\"5\" border-top=\"solid\">a</mj-button>"),
        body("<mj-section background-position=\"centre\" background-size=\"covr\"></mj-section>"),
        "<mjml lang=\"en\" direction=\"rtl\"><mj-body width=\"600\"></mj-body></mjml>".to_owned(),
        "<mjml><mj-head><mj-attributes><mj-all paddin=\"1px\" color=\"red\" /><mj-class nme=\"a\" />\
         <mj-text color=\"1\" /></mj-attributes></mj-head><mj-body></mj-body></mjml>"
            .to_owned(),
        "<mjml><mj-head><mj-html-attributes><mj-selector path=\"..x\"><mj-html-attribute name=\"a b\">c\
         </mj-html-attribute></mj-selector></mj-html-attributes></mj-head><mj-body></mj-body></mjml>"
            .to_owned(),
    ];
    let mut told = String::new();
    for case in cases {
        told.push_str(&format!("{case}\n{}\n\n", with(&case, &[]).faults()));
    }
    insta::assert_snapshot!("attributes", told);
}

#[test]
fn a_gutter_stands_between_columns_as_npm_writes_it() {
    let page = body(
        "<mj-section gutter=\"12px\"><mj-column css-class=\"own\"><mj-text>a</mj-text></mj-column>\
         <mj-column><mj-text>b</mj-text></mj-column></mj-section>",
    );
    let html = with(&page, &[]).merge().html;
    for part in [
        ".mj-column-per-49 { width:49% !important; max-width: 49%; } ",
        ".mj-column-gutter-2-1-per-2 { padding: 0% 1% 0% 0% !important; } ",
        ".moz-text-html .mj-column-gutter-2-2-per-2 { padding: 0% 0% 0% 1% !important; } ",
        "<td class=\"own-outlook\" style=\"vertical-align:top;width:300px;padding:0px 6px 0px 0px;\">",
        "<td class=\"\" style=\"vertical-align:top;width:300px;padding:0px 0px 0px 6px;\">",
        " class=\"mj-column-per-49 mj-column-gutter-2-1-per-2 mj-outlook-group-fix own\"",
        " class=\"mj-column-per-49 mj-column-gutter-2-2-per-2 mj-outlook-group-fix\"",
        "width:100%;padding:0% 0% 1% 0%;\"",
        "width:100%;padding:1% 0% 0% 0%;\"",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    assert!(!html.contains("mj-column-per-50"), "{html}");
}

#[test]
fn columns_of_a_gutter_that_say_the_same_share_a_rule() {
    let section = |gutter: &str, columns: usize| {
        let columns = "<mj-column width=\"100px\"></mj-column>".repeat(columns);
        format!("<mj-section direction=\"rtl\" gutter=\"{gutter}\">{columns}</mj-section>")
    };
    let html = with(&body(&[section("9px", 3), section("9px", 4)].concat()), &[]).merge().html;
    let rule = ".mj-column-gutter-3-2-px-9-rtl, .mj-column-gutter-4-2-px-9-rtl, \
                .mj-column-gutter-4-3-px-9-rtl { padding: 0px 4px 0px 5px !important; } ";
    assert!(html.contains(rule), "{html}");
    // A third of a pixel is left over in each of three columns: the first gets the whole of it.
    for width in ["94px", "93px"] {
        let class = format!(".mj-column-px-{} {{ width:{width} !important", &width[..2]);
        assert!(html.contains(&class), "{class}: {html}");
    }
}

#[test]
fn an_icon_may_stand_behind_its_text() {
    let social = |position: &str, text: &str| {
        let page = column(&format!(
            "<mj-social><mj-social-element name=\"web\" {position} alt=\"icon\">{text}\
             </mj-social-element></mj-social>"
        ));
        with(&page, &[]).field("name", FieldValue::Text("A<B".to_owned())).merge().html
    };
    let right = "icon-position=\"right\"";
    let [before, behind] = ["", right].map(|position| social(position, "{{subscriber.name}}"));
    let places = |html: &str| [html.find("alt=\"icon\"").unwrap(), html.find("A&lt;B").unwrap()];
    assert!(places(&before).is_sorted(), "{before}");
    assert!(places(&behind).iter().rev().is_sorted(), "{behind}");
    let mut cells = [&before, &behind].map(|html| html.split("<td").collect::<Vec<_>>());
    cells.iter_mut().for_each(|cells| cells.sort_unstable());
    assert_eq!(before.len(), behind.len());
    assert_eq!(social("", ""), social(right, ""));
}

#[test]
fn thumbnails_may_show_only_where_the_carousel_works() {
    let page = |thumbnails: &str| {
        let images = "<mj-carousel-image src=\"https://a.example/a.png\" />".repeat(2);
        column(&format!(
            "<mj-carousel thumbnails=\"{thumbnails}\" tb-width=\"20%\">{images}</mj-carousel>"
        ))
    };
    let of = |thumbnails: &str, display: &str| {
        let html = with(&page(thumbnails), &[]).merge().html;
        let thumbnails = html.split("<a ").filter(|link| link.contains("mj-carousel-thumbnail "));
        thumbnails
            .filter(|link| {
                link.contains(display)
                    && link.contains("width:20%")
                    && link.contains("width=\"20\"")
            })
            .count()
    };
    assert_eq!(of("visible", "display:inline-block;"), 2);
    assert_eq!(of("supported", "display:none;"), 2);
    assert_eq!(of("hidden", ""), 0);
}

#[test]
fn pictures_are_as_wide_as_their_paddings_leave_room_for() {
    let width = |page: &str| {
        let html = with(page, &[]).merge().html;
        let image = html[html.find("<img").unwrap()..].split('>').next().unwrap().to_owned();
        image.split("width=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
    };
    let image = |padding: &str| format!("<mj-image {padding} src=\"https://a.example/a.png\" />");
    for (padding, expected) in [
        ("padding=\"0 20px\"", "560"),
        ("padding=\"5% 10px 0\"", "580"),
        ("padding=\"10px\" padding-left=\"0\"", "590"),
        ("padding=\"0 7.5%\"", "586"),
    ] {
        let page = column(&image(padding));
        assert_eq!(width(&page), expected, "{padding}");
        let html = with(&page, &[]).merge().html;
        let style = padding.replace("=\"", ":").replace("\" ", ";").replace('"', ";");
        assert!(html.contains(&style), "{style}: {html}");
    }
    let hero = body(&format!("<mj-hero padding=\"0 30px\">{}</mj-hero>", image("")));
    assert_eq!(width(&hero), "490");
    let small = body(&format!("<mj-hero padding=\"0 30px\">{}</mj-hero>", image("width=\"80px\"")));
    assert_eq!(width(&small), "80");
}

#[test]
fn a_hero_keeps_the_shape_of_its_picture() {
    let page = body(
        "<mj-hero mode=\"fluid-height\" background-width=\"600px\" background-height=\"400px\" padding=\"0 10px\">\
         <mj-text>a</mj-text></mj-hero>",
    );
    let html = with(&page, &[]).merge().html;
    assert_eq!(html.matches("padding-bottom:67%;").count(), 2, "{html}");
    assert!(html.contains("style=\"width:580px;\""), "{html}");
}

#[test]
fn html_that_browsers_mend_is_mended() {
    let page = column("<mj-text>1 < 2 <p>a<p>b<ul><li>c<li>d</ul><b align=left>e</b></mj-text>");
    let html = with(&page, &[]).merge().html;
    let mended =
        "1 &lt; 2 <p>a</p><p>b</p><ul><li>c</li><li>d</li></ul><b align=\"left\">e</b></div>";
    assert!(html.contains(mended), "{html}");
    let table = column("<mj-table><tr><td>a<td>b<tr><td>c</mj-table>");
    let html = with(&table, &[]).merge().html;
    assert!(html.contains("<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "{html}");
}

#[test]
fn files_as_windows_and_editors_write_them_are_read() {
    let page = "<?xml version=\"1.0\"?>\r\n<!-- a -->\r\n<mjml>\r\n<!-- b -->\r\n<mj-head>\r\n<!-- c -->\r\n\
                <mj-title>T</mj-title></mj-head><mj-body>\r\n<mj-section><mj-column><mj-text align=center>a\r\nb\
                </mj-text></mj-column></mj-section></mj-body></mjml>";
    let html = with(page, &[]).merge().html;
    assert!(html.contains("text-align:center;color:#000000;\">a\nb</div>"), "{html}");
    assert!(!html.contains('\r'));
}

#[test]
fn inlined_rules_reach_elements_and_leave_marks_and_outlook_alone() {
    let head = "<mjml><mj-head><mj-style inline=\"inline\">p { color: red } td.x { a: b }</mj-style>\
                <mj-html-attributes><mj-selector path=\".pick div\"><mj-html-attribute name=\"data-id\">\
                {{subscriber.name}}</mj-html-attribute></mj-selector></mj-html-attributes></mj-head>";
    let page = format!(
        "{head}<mj-body><mj-section><mj-column><mj-text css-class=\"pick\"><p>{{{{subscriber.name}}}}</p>\
         {{{{#if subscriber.member}}}}<p>member</p>{{{{/if}}}}<table><tr><td class=\"x\">1</td></tr></table>\
         </mj-text><mj-raw><!--[if mso]><p title=\"{{{{subscriber.name}}}}\"></p><![endif]--></mj-raw>\
         </mj-column></mj-section></mj-body></mjml>"
    );
    let html = with(&page, &[]).field("name", FieldValue::Text("A\"B".to_owned())).merge().html;
    assert!(
        html.contains("<p style=\"color: red;\">A&quot;B</p><p style=\"color: red;\">member</p>"),
        "{html}"
    );
    assert!(html.contains("<td class=\"x\" style=\"a: b;\">1</td>"), "{html}");
    assert!(html.contains("<!--[if mso]><p title=\"A&quot;B\"></p><![endif]-->"), "{html}");
    assert!(html.contains(" data-id=\"A&quot;B\""), "{html}");
}

#[test]
fn a_media_query_may_compare() {
    let css = "@media (width<=480px) { .a { b: c } } @media (9px < width <= 99px) { .d { e: f } }";
    for inline in ["", " inline=\"inline\""] {
        let page = format!(
            "<mjml><mj-head><mj-style{inline}>{css}</mj-style></mj-head><mj-body></mj-body></mjml>"
        );
        let html = with(&page, &[]).merge().html;
        assert_eq!(html.contains(css), inline.is_empty(), "{html}");
    }
    let told = with("<mjml><mj-head><mj-style>a<b></mj-style></mj-head></mjml>", &[]);
    assert!(told.faults().contains("a `<` in CSS"));
}

#[test]
fn inlined_rules_lose_their_importance_and_keep_their_order() {
    let css = "p{padding:0!important} .p{padding-top:1px;padding:2px} #q{color:red;margin:1px} \
               .p{color:blue!important;margin:0!important}";
    let page = format!(
        "<mjml><mj-head><mj-style inline=\"inline\">{css}</mj-style></mj-head><mj-body><mj-section>\
         <mj-column><mj-text><p class=\"p\">1</p><p id=\"q\" class=\"p\" style=\"margin:3px!important;\
         color:green\">2</p></mj-text></mj-column></mj-section></mj-body></mjml>"
    );
    let html = with(&page, &[]).merge().html;
    let style = |tag: &str| {
        let (_, after) = html.split_once(tag).unwrap();
        after.split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(style("<p class=\"p\" "), "padding-top: 1px;padding: 0;color: blue;margin: 0;");
    assert_eq!(
        style("<p id=\"q\" class=\"p\" "),
        "padding-top: 1px;padding: 0;margin: 3px;color: blue;"
    );
}

#[test]
fn a_readers_mjml_makes_the_readers_html() {
    let files = [
        (
            "a.mjml",
            "<mjml><mj-head><mj-style>.x{a:b}</mj-style></mj-head><mj-body>\
                    <mj-text>{{subscriber.name}}</mj-text></mj-body></mjml>",
        ),
        ("b.css", "p{c:d}"),
    ];
    let page = column(
        "<mj-include path=\"a.mjml\" /><mj-include path=\"b.css\" type=\"css\" />\
         <mj-text>{{#if subscriber.member}}in{{else}}out{{/if}}</mj-text><mj-image src=\"é.png\" alt=\"{{subscriber.name}}\" />",
    );
    let fixture = with(&page, &files);
    let Fixture { files, config, issue, schema, reader } = &fixture;
    let folder = &Folder::read(files, &config.newsletter, None);
    let taken = &Taken::default();
    let input = Input { issue, config, schema, folder, gallery: &Bare, taken };
    let mjml = render::mjml(&input, &[], reader, &urls()).unwrap();
    insta::assert_snapshot!("document", mjml);
    let again = Fixture::with_mjml(&mjml.replace("{{", "\\{{")).merge().html;
    assert_eq!(again, fixture.merge().html);
}

#[test]
fn a_comment_may_stand_anywhere_and_a_condition_among_components_is_npms() {
    let page = |body: &str| {
        let mjml = format!("<mjml><mj-head><!--- a ---></mj-head><mj-body>{body}</mj-body></mjml>");
        Fixture::with_mjml(&mjml).merge().html
    };
    let text = "<mj-text>T</mj-text>";
    for comment in ["<!-- ----- HEADER ----- -->", "<!-- a -- b -->", "<!------ H ------>"] {
        let column = format!("<mj-column>{comment}{text}{comment}</mj-column>");
        let section = format!("{comment}<mj-section>{comment}{column}</mj-section>{comment}");
        let html = page(&section);
        assert!(html.contains(">T</div>") && !html.contains("HEADER"), "{html}");
    }
    let image = "<mj-image src=\"https://a.example/a.png\" alt=\"\"><!-- c --></mj-image>";
    let accordion = "<mj-accordion><!-- a --><mj-accordion-element><!-- b --><mj-accordion-title>A\
         </mj-accordion-title></mj-accordion-element></mj-accordion>";
    let carousel = "<mj-carousel><!-- z --><mj-carousel-image src=\"https://a.example/b.png\" /></mj-carousel>";
    let column = format!("<mj-column>{image}{accordion}{carousel}</mj-column>");
    assert!(page(&format!("<mj-section>{column}</mj-section>")).contains("b.png"));
    let (open, close) =
        ("<!--[if mso]><table><tr><td><![endif]-->", "<!--[if mso]></td></tr></table><![endif]-->");
    let column = format!("<mj-column>{open}{text}{close}</mj-column>");
    let section = format!("<mj-section>{column}</mj-section>");
    let html =
        page(&format!("{open}{section}{close}<mj-wrapper>{open}{section}{close}</mj-wrapper>"));
    assert_eq!((html.matches(open).count(), html.matches(close).count()), (4, 4), "{html}");
}

#[test]
fn a_second_head_is_told() {
    let mjml = "<mjml><mj-head></mj-head>\n<mj-head></mj-head><mj-body></mj-body></mjml>";
    let told = Fixture::with_mjml(mjml).faults();
    assert!(told.starts_with("newsletter.mjml:2:1: a second `<mj-head>`"), "{told}");
}

#[test]
fn widths_that_borders_and_paddings_take_are_npms() {
    let html = |mjml: &str| Fixture::with_mjml(mjml).merge().html;
    let button = |border: &str| {
        html(&column(&format!(
            "<mj-button href=\"https://a.example\" width=\"200px\" {border}>B</mj-button>"
        )))
    };
    assert!(button("").contains("width:150px;"), "{}", button(""));
    assert!(button("border=\"2px solid red\"").contains("width:146px;"));
    assert!(button("border-left=\"5px solid red\"").contains("width:145px;"));
    let columns = "<mj-column padding=\"10px\" css-class=\"k\"><mj-text>a</mj-text></mj-column>\
                   <mj-column border=\"5px solid red\"><mj-text>b</mj-text></mj-column>";
    let group = html(&body(&format!("<mj-section><mj-group>{columns}</mj-group></mj-section>")));
    assert_eq!(
        group.matches("<td style=\"vertical-align:top;width:300px;\">").count(),
        2,
        "{group}"
    );
    assert!(group.contains(" k\""), "{group}");
    let image = "<mj-image src=\"https://a.example/a.png\" alt=\"A\" title=\"T\" href=\"https://a.example\" />";
    assert_eq!(html(&column(image)).matches("title=\"T\"").count(), 2);
}

#[test]
fn outlook_on_the_web_is_told_of_columns_where_it_is_asked_for() {
    let page = |owa: &str| {
        let columns = "<mj-column><mj-text>a</mj-text></mj-column>".repeat(2);
        let mjml =
            format!("<mjml{owa}><mj-body><mj-section>{columns}</mj-section></mj-body></mjml>");
        Fixture::with_mjml(&mjml).merge().html
    };
    let rule = "[owa] .mj-column-per-50 { width:50% !important; max-width:50%; }";
    let (told, other) = (page(" owa=\"desktop\""), page(""));
    assert!(told.contains(rule), "{told}");
    assert!(!other.contains("owa"), "{other}");
}

#[test]
fn what_stands_astray_is_told_where_it_belongs() {
    let head =
        |inside: &str| format!("<mjml><mj-head>{inside}</mj-head><mj-body></mj-body></mjml>");
    for (mjml, hint) in [
        (head("<style>.a{color:red}</style>"), "write `<mj-style>`"),
        (head("<title>A</title>"), "write `<mj-title>`"),
        (head("<meta name=\"a\" />"), "put it into `<mj-raw>`"),
        (
            head("<mj-include path=\"a.css\" />"),
            "write `type=\"css\"` in the `<mj-include>` of this file",
        ),
        (head("<mj-attributes>a</mj-attributes>"), "it holds elements alone"),
        (column("<mj-image src=\"a.png\" alt=\"\">a</mj-image>"), "this element holds nothing"),
        (body(&"é".repeat(30)), "put it into `<mj-text>`"),
        (format!("{}x", body("")), "take it out"),
    ] {
        let told = with(&mjml, &[("a.css", ".a { color: red }")]).faults();
        assert!(told.contains(hint), "{mjml}\n{told}");
    }
}

#[test]
fn what_would_keep_a_reader_of_css_busy_is_refused() {
    let head = |css: &str| {
        let style = format!("<mj-style>{css}</mj-style>");
        let mjml = format!("<mjml><mj-head>{style}</mj-head><mj-body></mj-body></mjml>");
        Fixture::with_mjml(&mjml).faults()
    };
    let deep = format!("{}a{}{{color:red}}", ":not(".repeat(5_000), ")".repeat(5_000));
    assert!(head(&deep).contains("brackets lie more than 100 deep"), "{}", head(&deep));
    assert!(head(&"\\".repeat(2_000)).contains("backslashes in a row"));
    let path = format!("<mj-selector path=\"{deep}\"></mj-selector>").replace("{color:red}", "");
    let mjml = format!(
        "<mjml><mj-head><mj-html-attributes>{path}</mj-html-attributes></mj-head><mj-body></mj-body></mjml>"
    );
    assert!(Fixture::with_mjml(&mjml).faults().contains("is no selector"));
}
