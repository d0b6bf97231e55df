//! Blocks over subscriber data around the elements of MJML.
//!
//! What a reader gets is held to what the template makes that has the reader's branch alone.

use super::fixture::{Fixture, HEADS, urls};
use crate::audience::FieldValue;
use crate::render::merge;

/// A block as the cases write it: `?` begins one for members, `:` is else, `!` ends it; `2`
/// begins one for those with a tier.
fn template(case: &str) -> String {
    case.replace('?', "{{#if subscriber.member}}")
        .replace('2', "{{#if subscriber.tier}}")
        .replace(':', "{{else}}")
        .replace('!', "{{/if}}")
}

/// Returns a case with a reader's branches alone.
fn chosen(case: &str, member: bool, tier: bool) -> String {
    let mut out = String::new();
    let mut shown = Vec::new();
    for c in case.chars() {
        match c {
            '?' => shown.push(member),
            '2' => shown.push(tier),
            ':' => {
                let last = shown.last_mut().unwrap();
                *last = !*last;
            }
            '!' => drop(shown.pop()),
            c if shown.iter().all(|shown| *shown) => out.push(c),
            _ => {}
        }
    }
    out
}

fn page(head: &str, body: &str) -> String {
    format!("<mjml><mj-head>{head}</mj-head><mj-body>{body}</mj-body></mjml>")
}

/// Returns the body of a page in the form in which marks leave no trace.
fn body(html: &str) -> String {
    let start = html.find("<body").unwrap();
    // Between two neighbours for Outlook alone, mrml leaves out the end and the beginning.
    html[start..].replace("<![endif]--><!--[if mso | IE]>", "").replace(['\n'], "")
}

fn readers() -> impl Iterator<Item = (bool, bool)> {
    [(true, true), (true, false), (false, true), (false, false)].into_iter()
}

/// Whole templates of much that may stand in one, for tests that break it.
pub(super) const CASES: [&str; 4] = [
    "<mjml><mj-head><mj-title>{{subscriber.name}}</mj-title><mj-style>a{b:c}</mj-style></mj-head>\
     <mj-body>{{#if subscriber.member}}<mj-section><mj-column><mj-text>a</mj-text></mj-column>\
     </mj-section>{{else}}<mj-hero><mj-text>b</mj-text></mj-hero>{{/if}}<mj-wrapper>\
     {{#each subscriber.tags}}<mj-section><mj-column><mj-text>{{this}}</mj-text></mj-column>\
     </mj-section>{{/each}}</mj-wrapper></mj-body></mjml>",
    "<mjml><mj-body><mj-section>{{#if subscriber.member}}<mj-column><mj-text>a</mj-text></mj-column>\
     {{else}}<mj-group><mj-column></mj-column>{{#if subscriber.tier}}<mj-column></mj-column>{{/if}}\
     </mj-group>{{/if}}<mj-column>{{#if subscriber.count}}<mj-image src=\"https://a.example/\" />\
     {{/if}}</mj-column></mj-section></mj-body></mjml>",
    "<mjml><mj-body><mj-section><mj-column><mj-table>{{#each subscriber.tags as |t i|}}\n<tr><td>\
     {{i}}</td>{{#if @first}}<td>{{t}}</td>{{/if}}</tr>\n{{else}}<tr></tr>{{/each}}</mj-table>\
     <mj-text><ul>{{#each stories}}<li>{{headline}}{{#each subscriber.tags}}{{> card}}{{/each}}\
     </li>{{/each}}</ul><!--[if mso]><p title=\"{{subscriber.tier}}\">x</p><![endif]--></mj-text>\
     </mj-column></mj-section></mj-body></mjml>",
    "<mjml><mj-body><mj-section><mj-column><mj-social>{{#unless subscriber.member}}\
     <mj-social-element name=\"web\" href=\"https://a.example/?t={{#each subscriber.tags}}{{this}},\
     {{/each}}\">s</mj-social-element>{{/unless}}</mj-social><mj-button href=\"{{#if subscriber.extra}}\
     {{unsubscribe_url}}{{else}}{{subscriber.site}}{{/if}}\">{{#with subscriber.tier}}{{this}}{{/with}}\
     </mj-button></mj-column></mj-section></mj-body></mjml>",
];

/// Compiles a case; calls `see` with what each kind of reader gets, and what should come out.
fn each_reader(case: &str, mut see: impl FnMut(String, String)) {
    for head in HEADS {
        let mut fixture = Fixture::with_mjml(&page(head, &template(case)));
        let compiled = fixture.compile();
        let compiled =
            compiled.unwrap_or_else(|faults| panic!("{case}: {}", super::fixture::told(&faults)));
        for (member, tier) in readers() {
            fixture.field("member", FieldValue::Bool(member));
            fixture.field("tier", FieldValue::Text(if tier { "gold" } else { "" }.to_owned()));
            let html = merge(&compiled, &fixture.reader, &urls()).html;
            let alone = Fixture::with_mjml(&page(head, &chosen(case, member, tier))).merge().html;
            see(html, alone);
        }
    }
}

const TEXT: &str = "<mj-section><mj-column><mj-text>t</mj-text></mj-column></mj-section>";
const A: &str = "<mj-column><mj-text>a</mj-text></mj-column>";
const B: &str = "<mj-column><mj-text>b</mj-text></mj-column>";

#[test]
fn each_reader_gets_what_the_branch_alone_would_make() {
    let section = |inside: &str| format!("<mj-section>{inside}</mj-section>");
    let column = |inside: &str| section(&format!("<mj-column>{inside}</mj-column>"));
    let wrapper = |inside: &str| format!("<mj-wrapper>{inside}</mj-wrapper>");
    let hero = |inside: &str| format!("<mj-hero>{inside}</mj-hero>");
    let group = |inside: &str| section(&format!("<mj-group>{inside}</mj-group>"));
    let words = "<mj-text>w</mj-text>";
    let image = "<mj-image src=\"https\u{26}#58;//a.example/\" />";
    let cases = [
        format!("?{TEXT}!"),
        format!("{TEXT}?{TEXT}{TEXT}:{}!{TEXT}", hero(words)),
        format!("?{}:{TEXT}!", wrapper(TEXT)),
        wrapper(&format!("?{TEXT}!")),
        wrapper(&format!("{TEXT}?{TEXT}:{}!2{TEXT}!", hero(words))),
        format!("<mj-section full-width=\"full-width\">{A}?{B}!</mj-section>"),
        section(&format!("?{A}!")),
        section(&format!("{A}?{B}!")),
        section(&format!("{A}?{B}{A}:{B}!")),
        section(&format!("{A}?:{B}!")),
        section(&format!("?{A}!{B}2{A}!")),
        section(&format!("?{A}2{B}:{A}{A}!:{B}!")),
        section(&format!("?{A}!{B}?{B}:{A}!")),
        wrapper(&section(&format!("{A}?{B}!"))),
        format!("2{}!", section(&format!("{A}?{B}!"))),
        group(&format!("{A}?{B}!")),
        section(&format!("{A}?<mj-group>{A}2{B}!</mj-group>!")),
        section(&format!("{A}?<mj-raw><b>x</b></mj-raw>!")),
        column(&format!("?{words}!")),
        column(&format!("{words}?{image}:{words}2{words}!!")),
        hero(&format!("?{words}:{image}!")),
        column(
            "<mj-navbar>?<mj-navbar-link href=\"/a\">a</mj-navbar-link>!<mj-navbar-link>b</mj-navbar-link></mj-navbar>",
        ),
        column(
            "<mj-accordion>?<mj-accordion-element><mj-accordion-title>a</mj-accordion-title><mj-accordion-text>b</mj-accordion-text></mj-accordion-element>!</mj-accordion>",
        ),
        column(
            "<mj-social mode=\"vertical\">?<mj-social-element name=\"github\" href=\"/a\">a</mj-social-element>!</mj-social>",
        ),
        section(&format!("{A}?{B}!")).replace("<mj-section", "<mj-section gutter=\"9px\""),
        section(&format!("{A}?<mj-group>{A}2{B}!</mj-group>!"))
            .replace("<mj-section", "<mj-section gutter=\"3%\""),
        column(
            "<mj-social mode=\"vertical\">?<mj-social-element name=\"github\" icon-position=\"right\">a</mj-social-element>!</mj-social>",
        ),
        column("<mj-text><ul>?<li>a</li>:<li>b</li>!<li>c</li></ul></mj-text>"),
        column("<mj-table><tr><td>a</td>?<td>b</td>!</tr></mj-table>"),
        column("<mj-table><tbody>?<tr><td>a</td></tr>!<tr><td>b</td></tr></tbody></mj-table>"),
        column("<mj-table>?<thead><tr><td>a</td></tr></thead>!<tr><td>b</td></tr></mj-table>"),
        column("?<mj-raw><b>x</b></mj-raw>!"),
    ];
    for case in cases {
        each_reader(&case, |html, alone| assert_eq!(body(&html), body(&alone), "{case}"));
    }
}

#[test]
fn rows_of_a_block_get_a_body_of_the_table() {
    let table = |inside: &str| format!("<mj-section><mj-column>{inside}</mj-column></mj-section>");
    for case in [
        "<mj-table>?<tr><td>a</td></tr>2<tr><td>x</td></tr>!!<tr><td>b</td></tr></mj-table>",
        "<mj-table><tr><td>b</td></tr>?:<tr><td>a</td></tr>!</mj-table>",
        "<mj-text><table>?<tr><td>a</td></tr>!</table></mj-text>",
    ] {
        let bare = |html: &str| html.replace("<tbody>", "").replace("</tbody>", "");
        each_reader(&table(case), |html, alone| {
            assert_eq!(bare(&body(&html)), bare(&body(&alone)), "{case}");
            assert_eq!(html.matches("<tbody>").count(), alone.matches("<tbody>").count() + 1);
        });
    }
}

#[test]
fn a_row_of_icons_keeps_its_cells_whole() {
    let element = "<mj-social-element name=\"github\" href=\"/a\">a</mj-social-element>";
    let case = format!(
        "<mj-section><mj-column><mj-social>?{element}!{element}</mj-social></mj-column></mj-section>"
    );
    each_reader(&case, |html, alone| {
        assert_eq!(html.matches("alt=\"\"").count(), alone.matches("alt=\"\"").count());
        assert_nested(&html);
    });
}

#[test]
fn a_list_repeats_sections_components_rows_and_cells() {
    for (case, found) in [
        (
            "{{#each subscriber.tags}}<mj-section><mj-column><mj-text>={{this}}=</mj-text></mj-column></mj-section>{{/each}}",
            "=a&amp;b= =c=",
        ),
        (
            "<mj-wrapper>{{#each subscriber.tags}}<mj-section><mj-column><mj-text>={{@index}}=</mj-text></mj-column></mj-section>{{else}}<mj-section />{{/each}}</mj-wrapper>",
            "=0= =1=",
        ),
        (
            "<mj-section><mj-column>{{#each subscriber.tags}}<mj-button href=\"https://a.example/{{this}}\">={{this}}=</mj-button>{{/each}}</mj-column></mj-section>",
            "=a&amp;b= =c=",
        ),
        (
            "<mj-section><mj-column><mj-table>{{#each subscriber.tags}}<tr><td>={{this}}=</td></tr>{{/each}}</mj-table></mj-column></mj-section>",
            "=a&amp;b= =c=",
        ),
        (
            "<mj-section><mj-column><mj-table><tr>{{#each subscriber.tags}}<td>={{this}}=</td>{{/each}}</tr></mj-table></mj-column></mj-section>",
            "=a&amp;b= =c=",
        ),
        (
            "<mj-section><mj-column><mj-social>{{#each subscriber.tags}}<mj-social-element name=\"web\" href=\"https://a.example/?{{this}}\">={{this}}=</mj-social-element>{{/each}}</mj-social></mj-column></mj-section>",
            "=a&amp;b= =c=",
        ),
    ] {
        for head in HEADS {
            let mut fixture = Fixture::with_mjml(&page(head, case));
            let html = fixture.merge().html;
            let body = body(&html);
            let texts: Vec<&str> = body
                .split(['<', '>'])
                .filter(|text| text.trim().starts_with('=') && text.trim().ends_with('='))
                .map(str::trim)
                .collect();
            assert_eq!(texts.join(" "), found, "{case}");
            assert_nested(&html);
            assert_nested(&fixture.field("tags", FieldValue::List(Vec::new())).merge().html);
        }
    }
}

/// Holds a page to nest, as Outlook reads it and as all others do.
fn assert_nested(html: &str) {
    for outlook in [true, false] {
        let mut open: Vec<&str> = Vec::new();
        let mut hidden = false;
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            rest = &rest[start..];
            if let Some(comment) = rest.strip_prefix("<!--[if ") {
                let end = comment.find("]>").unwrap();
                let for_others = comment.starts_with('!');
                hidden = outlook == for_others;
                rest = comment[end + 2..].trim_start_matches("<!-->");
                continue;
            }
            let end = rest.find('>').unwrap() + 1;
            let tag = &rest[..end];
            rest = &rest[end..];
            if tag.contains("[endif]") {
                hidden = false;
                rest = rest.trim_start_matches("<![endif]-->");
            } else if let (false, Some(name)) = (hidden, tag.strip_prefix("</")) {
                assert_eq!(open.pop(), Some(&name[..name.len() - 1]), "{outlook}: {html}");
            } else if !hidden && !tag.starts_with("<!") && !tag.ends_with("/>") {
                let name = tag[1..tag.len() - 1].split_whitespace().next().unwrap();
                if !["meta", "br", "img", "input", "hr", "link"].contains(&name) {
                    open.push(name);
                }
            }
        }
        assert_eq!(open, Vec::<&str>::new(), "{outlook}: {html}");
    }
}
