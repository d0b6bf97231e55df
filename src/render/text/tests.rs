use crate::audience::FieldValue;
use crate::render::tests::Fixture;

fn text(template: &str) -> String {
    Fixture::new("", template).merge().text
}

#[test]
fn lines_of_a_paragraph_are_wrapped_together_and_blank_lines_are_at_most_two() {
    let template = "\n\none two three four five six seven eight nine ten eleven twelve thirteen\n\
        fourteen\nhard  \nbreak\n\n\n\n\n\nlast\n\n\n";
    insta::assert_snapshot!(text(template), @r"
    one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen hard
    break


    last
    ");
}

#[test]
fn width_is_counted_as_terminals_count_it() {
    let latin = "e\u{301}".repeat(71);
    assert_eq!(text(&format!("{latin} a\n")), format!("{latin}\na\n"));
    let latin = "e\u{301}".repeat(70);
    assert_eq!(text(&format!("{latin} a\n")), format!("{latin} a\n"));
    let wide = "中文字".repeat(20);
    let lines: Vec<String> = text(&wide).lines().map(str::to_owned).collect();
    assert_eq!(lines.iter().map(|line| line.chars().count()).collect::<Vec<_>>(), [36, 24]);
}

#[test]
fn addresses_and_long_words_are_never_broken() {
    let address = format!("https://a.example/{}?a=b-c/d", "long/".repeat(20));
    let word = "Donau-dampf-schiff-".repeat(5);
    let text = text(&format!("See {address} or {word} or (日本 https://b.example/日本/{word}).\n"));
    assert_eq!(
        text,
        format!("See\n{address}\nor\n{word}\nor (日本\nhttps://b.example/日本/{word}).\n")
    );
}

#[test]
fn a_paragraph_with_a_hole_is_wrapped_per_copy() {
    let template = "Dear {{subscriber.name}}, this line is as long as the name of its reader lets \
        it be, and\n{{#if subscriber.member}}you pay for it, thank you,{{/if}} so here.\n";
    let mut fixture = Fixture::new("", template);
    fixture.field("name", FieldValue::Text("Ann Lee".into()));
    insta::assert_snapshot!(fixture.merge().text, @r"
    Dear Ann Lee, this line is as long as the name of its reader lets it be,
    and you pay for it, thank you, so here.
    ");
    fixture.field("name", FieldValue::Text("Bartholomäa Maria\nvon Überlingen".into()));
    fixture.field("member", FieldValue::Bool(false));
    insta::assert_snapshot!(fixture.merge().text, @r"
    Dear Bartholomäa Maria von Überlingen, this line is as long as the name
    of its reader lets it be, and so here.
    ");
}

#[test]
fn a_block_on_lines_of_its_own_encloses_paragraphs() {
    let template =
        "a\n\n{{#if subscriber.member}}\nb\n\n{{rule \"-\"}}\n{{else}}\nc\n{{/if}}\n\nd\n";
    let mut fixture = Fixture::new("", template);
    let rule = "-".repeat(72);
    assert_eq!(fixture.merge().text, format!("a\n\nb\n\n{rule}\n\nd\n"));
    fixture.field("member", FieldValue::Bool(false));
    assert_eq!(fixture.merge().text, "a\n\nc\n\nd\n");
}

#[test]
fn a_readers_address_stands_alone_on_its_line() {
    let template = "Unsubscribe:\n{{unsubscribe_url}}\nor not.\n";
    let expected = "Unsubscribe:\nhttps://politicaliq.example/unsubscribe?a=1&t=TOKEN\nor not.\n";
    assert_eq!(text(template), expected);
}

#[test]
fn headings_rules_and_spreads_fill_the_measure() {
    let template = "{{spread \"LEFT\" \"No. 12\"}}\n{{heading \"Food & Co\" \"=\"}}\n\n\
        {{#indent 60}}\n{{rule \"*\"}}\n{{/indent}}\n{{#spread \"Now\"}}\n{{issue.story_count}} \
        stories\n{{/spread}}\n\n{{spread \"\" subscriber.tier}}\n";
    insta::assert_snapshot!(text(template), @r"
    LEFT                                                              No. 12
    Food & Co
    ========================================================================

                                                                ************
    Now                                                            3 stories

                                                                        gold
    ");
    let long = "x".repeat(70);
    assert_eq!(
        text(&format!("{{{{spread \"{long}\" \"yes\"}}}}")),
        format!("{long}\n{}yes\n", " ".repeat(69))
    );
}

#[test]
fn labels_hang_and_one_that_is_too_wide_has_its_own_line() {
    let template = "{{#hang 14 \"Rolling Fork\"}}\nA tornado on Friday night took most of the \
        Mississippi town; at least 25 died.\n{{/hang}}\n\n{{#hang 14 \"Washington, D.C.\"}}\n\
        Lawmakers.\n{{/hang}}\n{{#hang 6 \"a\"}}\n{{/hang}}\n";
    insta::assert_snapshot!(text(template), @r"
    Rolling Fork  A tornado on Friday night took most of the Mississippi
                  town; at least 25 died.

    Washington, D.C.
                  Lawmakers.
    a
    ");
}

#[test]
fn links_are_numbered_through_and_listed_where_they_are_asked_for() {
    let template = "a {{ref \"https://a.example/\"}} b {{ref \"https://b.example/\"}} a \
        {{ref \"https://a.example/\"}}\n\n{{links}}\n\nc {{ref \"https://a.example/\"}}\n\n{{links}}\n\
        \n{{links}}\n\nd {{ref \"https://d.example/\"}}\n";
    insta::assert_snapshot!(text(template), @"
    a [1] b [2] a [1]

     [1] https://a.example/
     [2] https://b.example/

    c [3]

     [3] https://a.example/


    d [4]

     [4] https://d.example/
    ");
}

#[test]
fn a_link_that_only_some_readers_see_is_listed_for_them_alone() {
    let template = "{{#if subscriber.member}}m {{ref \"https://m.example/\"}}{{else}}\
        n {{ref \"https://n.example/\"}}{{/if}}\n\n{{links}}\n";
    let mut fixture = Fixture::new("", template);
    assert_eq!(fixture.merge().text, "m [1]\n\n [1] https://m.example/\n");
    fixture.field("member", FieldValue::Bool(false));
    assert_eq!(fixture.merge().text, "n [2]\n\n [2] https://n.example/\n");
}

#[test]
fn verbatim_lines_stay_as_they_are() {
    let template = "{{#verbatim}}\na   b\n  {{subscriber.tier}}   c\n\n\n{{/verbatim}}\nd\n";
    assert_eq!(text(template), "a   b\n  gold   c\n\n\nd\n");
}

#[test]
fn written_text_is_set_with_hanging_lists_and_quotations() {
    let mut fixture = Fixture::new("", "{{#indent 2}}\n{{issue.note}}\n{{/indent}}\nend\n");
    fixture.note(
        "### Head\n\nOne *two*  \nthree [four](https://a.example/b?c=d&e).\n\n- five\n- six\n\n  \
         seven\n\n9. nine\n\n> ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen\n\n\
         ```\nlet  x;\n  y\n```\n\n***\n\n![picture](a.jpg)\n",
    );
    insta::assert_snapshot!(fixture.merge().text, @"
      Head

      One two
      three four [1].

      - five
      - six

        seven

      9. nine

      > ten eleven twelve thirteen fourteen fifteen sixteen seventeen
      > eighteen

          let  x;
            y

      * * *
    end

     [1] https://a.example/b?c=d&e
    ");
}

#[test]
fn nothing_is_escaped() {
    assert_eq!(
        text("{{#each stories}}{{headline}}  \n{{/each}}{{subscriber.name}}\n"),
        "Xi leaves Moscow\nA {{subscriber.email}} {{#if \"q\"\nShips & <Grain>\nAnn <b> & \"Co\" {{issue.title}}\n"
    );
}
