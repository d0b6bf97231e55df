use super::*;

fn shown(text: &str) -> String {
    serde_json::to_string(&prose(text)).unwrap()
}

#[test]
fn blocks_and_emphasis_become_prose() {
    insta::assert_snapshot!(
        shown("# A *b*\n\nOne\ntwo **three** `c`  \nfour.\n\n> said\n\n---\n\n    x\n    y\n"),
        @r#"[{"Heading":[1,[{"Text":"A "},{"Emphasis":[{"Text":"b"}]}]]},{"Paragraph":[{"Text":"One two "},{"Strong":[{"Text":"three"}]},{"Text":" "},{"Code":"c"},"Break",{"Text":"four."}]},{"Quote":[{"Paragraph":[{"Text":"said"}]}]},"Rule",{"Verbatim":"x\ny\n"}]"#
    );
    insta::assert_snapshot!(
        shown("3. a\n4. b\n   - c\n"),
        @r#"[{"List":{"start":3,"items":[[{"Paragraph":[{"Text":"a"}]}],[{"Paragraph":[{"Text":"b"}]},{"List":{"start":null,"items":[[{"Paragraph":[{"Text":"c"}]}]]}}]]}}]"#
    );
}

#[test]
fn tables_footnotes_and_struck_text_are_read_as_such() {
    insta::assert_snapshot!(
        shown("| a | b |\n|---|--:|\n| 1 ![c](c.png) | *2* |\n| 3 |\n"),
        @r#"[{"Table":{"head":[[{"Text":"a"}],[{"Text":"b"}]],"rows":[[[{"Text":"1"}],[{"Emphasis":[{"Text":"2"}]}]],[[{"Text":"3"}],[]]],"at_end":[1],"centered":[]}},{"Picture":{"src":"c.png","alt":"c","caption":[],"link":null}}]"#
    );
    insta::assert_snapshot!(
        shown("It rose.[^x] ~~Then~~ it fell.[^1][^x]\n\n[^1]: So *they* say.\n[^x]: By a tenth.\n\n    - Or more.\n\nEnd.[^none]\n"),
        @r#"[{"Paragraph":[{"Text":"It rose."},{"Note":1},{"Text":" "},{"Struck":[{"Text":"Then"}]},{"Text":" it fell."},{"Note":2},{"Note":1}]},{"Paragraph":[{"Text":"End.[^none]"}]},"Rule",{"List":{"start":1,"items":[[{"Paragraph":[{"Text":"By a tenth."}]},{"List":{"start":null,"items":[[{"Paragraph":[{"Text":"Or more."}]}]]}}],[{"Paragraph":[{"Text":"So "},{"Emphasis":[{"Text":"they"}]},{"Text":" say."}]}]]}}]"#
    );
    assert_eq!(Block::plain(&prose("It rose.[^1]\n\n[^1]: A note.\n")), "It rose.\nA note.");
}

#[test]
fn a_caption_reads_back_as_it_was() {
    let source = "![An elm](a.png 'By \"me\" & [no] link')\n";
    let read = prose(source);
    let said = Inline::Text("By \"me\" & [no] link".to_owned());
    assert!(matches!(&read[..], [Block::Picture { caption, .. }] if *caption == [said]));
    assert_eq!(prose(&written(&read)), read, "{}", written(&read));
}

#[test]
fn a_table_reads_back_as_it_was() {
    let source = "| a \\| b | c |\n|:-:|--:|\n| `x \\| y` | ~~*1*~~ |\n| [l](<a b>) |  |\n";
    let read = prose(source);
    assert!(matches!(read.as_slice(), [Block::Table(table)] if table.rows.len() == 2));
    assert_eq!(prose(&written(&read)), read, "{}", written(&read));
}

#[test]
fn links_lead_to_the_web_an_address_or_beside_the_file() {
    for (target, kept) in [
        ("https://a.example/x?y#z", true),
        ("HTTP://a.example", true),
        ("mailto:a@b.example", true),
        ("a/b.md", true),
        ("/a:b", true),
        ("#x", true),
        ("?a=b:c", true),
        ("javascript:alert(1)", false),
        ("data:text/html,x", false),
        ("JavaScript:x", false),
        ("java&#10;script:x", false),
        ("file:///etc/passwd", false),
        ("tel:1", false),
    ] {
        let is_link = shown(&format!("[a]({target})")).contains("Link");
        assert_eq!(is_link, kept, "{target}");
        assert_eq!(Block::plain(&prose(&format!("[a]({target})"))), "a", "{target}");
    }
    assert_eq!(safe_link("//a.example/x").as_deref(), Some("https://a.example/x"));
    assert!(shown("<a@b.example>").contains("mailto:a@b.example"));
}

#[test]
fn a_picture_stands_alone_or_behind_its_text() {
    insta::assert_snapshot!(
        shown("[![An *elm*](a.png)](https://x.example)\n\nText ![b](b.png) more.\n"),
        @r#"[{"Picture":{"src":"a.png","alt":"An elm","caption":[],"link":"https://x.example"}},{"Paragraph":[{"Text":"Text  more."}]},{"Picture":{"src":"b.png","alt":"b","caption":[],"link":null}}]"#
    );
}

#[test]
fn raw_html_is_dropped_and_told_and_inline_text_stays() {
    let text = "a <b>bold</b> <!-- no --> c<br>d\n\n<!-- more -->\n\n<div>\nx\n</div>\n\nend\n";
    let read = read(text);
    assert_eq!(Block::plain(&read.prose), "a bold  c d\nend");
    let dropped: Vec<_> = read.dropped.iter().map(|range| &text[range.clone()]).collect();
    assert_eq!(dropped, ["<b>", "</b>", "<div>\nx\n</div>\n"]);
}

#[test]
fn a_line_is_read_inline_whatever_it_begins_with() {
    assert_eq!(
        inline("2023. A *year*"),
        [Inline::Text("2023. A ".into()), Inline::Emphasis(vec![Inline::Text("year".into())]),]
    );
    for (text, plain) in [("# a", "# a"), ("- a\n- b", "- a - b"), ("*x* y", "x y"), (" ", "")] {
        assert_eq!(Inline::plain(&inline(text)), plain);
    }
    assert_eq!(inline("[a]: b"), [Inline::Text("[a]: b".into())]);
}

#[test]
fn what_lies_too_deep_is_flattened_and_never_slow() {
    let deep = prose(&format!("{}text", "> ".repeat(60)));
    let mut depth = 0;
    let mut inner = &deep;
    while let Some(Block::Quote(next)) = inner.first() {
        (depth, inner) = (depth + 1, next);
    }
    assert!((DEPTH_MAX - 2..=DEPTH_MAX).contains(&depth), "{depth}");
    assert_eq!(Block::plain(&deep), "text");
    for opening in ["> ", "- ", "1. ", "* > ", "+", "["] {
        let text = format!("{}text\n{}", opening.repeat(20_000), "\n".repeat(20_000));
        assert!(Block::plain(&prose(&text)).contains("text"), "{opening}");
    }
    let stars = format!("{}text{}", "*a ".repeat(5_000), "*".repeat(5_000));
    assert!(Block::plain(&prose(&stars)).contains("text"));
}
