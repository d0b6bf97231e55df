//! The cases under `tests/cases/article/`, and what no single file shows.

mod library;

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::config::{Leftovers, Origin};
use crate::diag;
use crate::words::{Block, Inline};
use crate::world::{Files as _, WorkspaceFiles};

const CASES: &str = "tests/cases/article";

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

/// An article that stands alone.
fn setting() -> Setting<'static> {
    static ALONE: LazyLock<(TimeZone, Repeated)> = LazyLock::new(|| (zone(), Repeated::default()));
    Setting { zone: &ALONE.0, repeated: &ALONE.1, leftovers: Leftovers::NONE, origin: None }
}

fn read_text(name: &str, text: &str) -> Result<Article, Vec<Diagnostic>> {
    read(&Source::new(name, text), &setting())
}

/// The article as machines read it, or its faults.
fn answer(source: &Source) -> Value {
    match read(source, &setting()) {
        Ok(article) => to_json(&article),
        Err(faults) => json!({ "errors": faults.iter().map(diag::to_json).collect::<Vec<_>>() }),
    }
}

/// Every file has its answer beside it; `UPDATE_CASES=1` writes those that differ.
#[test]
fn every_case_reads_as_its_answer_says() {
    let files = WorkspaceFiles::new(env!("CARGO_MANIFEST_DIR"));
    let mut read = 0;
    for path in files.list(CASES).unwrap().iter().filter(|path| !path.ends_with(".json")) {
        let source = charset::open(&files, path).unwrap();
        let got = format!("{:#}\n", answer(&source));
        let beside = format!("{}.json", path.rsplit_once('.').unwrap().0);
        if std::env::var_os("UPDATE_CASES").is_some() {
            files.write(&beside, got.as_bytes()).unwrap();
        }
        let expected = files.read_text(&beside).unwrap();
        assert_eq!(got, expected.text(), "{path}");
        read += 1;
    }
    assert!(read >= 14, "only {read} cases were found");
}

#[test]
fn crlf_and_a_byte_order_mark_change_nothing() {
    let files = WorkspaceFiles::new(env!("CARGO_MANIFEST_DIR"));
    for case in ["weekly.txt", "portal.txt", "wrapped.txt", "yaml.md", "toml.md"] {
        let plain = files.read_text(&format!("{CASES}/{case}")).unwrap();
        let windows = format!("\u{feff}{}", plain.text().replace('\n', "\r\n"));
        let windows = Source::new(plain.name(), windows);
        let without_places = |source: &Source| {
            let mut answer = answer(source);
            answer["warnings"] = Value::Null;
            answer["cut"] = Value::Null;
            answer
        };
        assert_eq!(without_places(&plain), without_places(&windows), "{case}");
    }
}

#[test]
fn figures_tables_and_lists_of_a_page_are_whole() {
    let files = WorkspaceFiles::new(env!("CARGO_MANIFEST_DIR"));
    let page = files.read_text(&format!("{CASES}/html-figures.html")).unwrap();
    let article = read(&page, &setting()).unwrap();
    let pictures: Vec<_> =
        article.body.iter().filter(|block| matches!(block, Block::Picture { .. })).collect();
    let [Block::Picture { caption, link: None, .. }] = &pictures[..] else {
        panic!("{pictures:?}");
    };
    assert_eq!(Inline::plain(caption), "The first station. Photograph: Lou Ames");
    let table = article.body.iter().find_map(|block| match block {
        Block::Table(table) => Some(table.rows[1].iter().map(|cell| Inline::plain(cell))),
        _ => None,
    });
    assert_eq!(table.unwrap().collect::<Vec<_>>(), ["Both", "60", "96", "1"]);
    let starts = |block: &Block| matches!(block, Block::List { start: Some(4), .. });
    assert!(article.body.iter().any(starts), "{:?}", article.body);
}

#[test]
fn a_value_is_read_as_it_was_written() {
    for (value, title) in [
        ("no", "no"),
        ("010", "010"),
        ("1_000", "1_000"),
        ("2023-03-20", "2023-03-20"),
        ("12:30:00", "12:30:00"),
        ("1.50", "1.50"),
        ("!Wow now", "!Wow now"),
        ("'a: b'", "a: b"),
        ("a: b's c:", "a: b's c:"),
        (">-\n  a\n  b", "a b"),
        ("&x no", "no"),
        (".nan", ".nan"),
    ] {
        let article = read_text("a.md", &format!("---\ntitle: {value}\n---\nText.\n")).unwrap();
        assert_eq!(article.title, title, "{value}");
    }
}

#[test]
fn a_fault_after_a_mended_value_is_marked_where_it_stands() {
    let text = "---\ntitle: a: it's b\ndate: never\n---\nText.\n";
    let faults = read_text("a.md", text).unwrap_err();
    insta::assert_snapshot!(diag::draw(&faults[0], false), @r"
    error: `never` is no date
     --> a.md:3:7
      |
    3 | date: never
      |       ^^^^^
      |
      = hint: write it as `2023-03-20` or `2023-03-20T09:14:00-04:00`
    ");
}

#[test]
fn pictures_in_the_text_lie_in_the_workspace() {
    let text = "---\ntitle: T\n---\n![a](../p%20q.png)\n\n> ![b](https://b.example/%20.png)\n";
    let article = read_text("articles/world/a.md", text).unwrap();
    let picture = |src: &str, alt: &str| Block::Picture {
        src: src.into(),
        alt: alt.into(),
        caption: vec![],
        link: None,
    };
    let quoted = Block::Quote(vec![picture("https://b.example/%20.png", "b")]);
    assert_eq!(article.body, [picture("articles/p q.png", "a"), quoted]);
}

#[test]
fn front_matter_is_bounded() {
    let deep = format!("---\na: {}{}\n---\n", "[".repeat(3_000), "]".repeat(3_000));
    let mut bomb = "---\na: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (before, name) in ('a'..='h').zip('b'..='i') {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    bomb.push_str("---\n");
    let long = format!("---\ntitle: {}\n---\n", "x".repeat(70_000));
    let nested = format!("+++\na = {}{}\n+++\n", "[".repeat(5_000), "]".repeat(5_000));
    for text in [deep, bomb, long, nested] {
        assert_eq!(read_text("a.md", &text).unwrap_err().len(), 1);
    }
}

#[test]
fn what_is_no_article_is_refused_with_its_reason() {
    for (name, text, why) in [
        ("a.html", &*"<div>".repeat(501), "its tags lie more than 500 deep in each other"),
        ("a.xml", "<rss>", "it is a feed: its entries are the articles, named as `FEED.xml#ID`"),
        ("a.docx", "", "an article's name ends in `.md`, `.markdown`, `.html` or `.txt`"),
        ("a.md", &"x\n".repeat(2_200_000), "it is larger than 4 MiB"),
        ("a.txt", &"x\n".repeat(20_001), "it has more than 20,000 lines"),
    ] {
        assert_eq!(read_text(name, text).unwrap_err()[0].notes, [why]);
    }
}

fn workspace(list: &[(&str, &[u8])]) -> (tempfile::TempDir, WorkspaceFiles) {
    let folder = tempfile::tempdir().unwrap();
    let files = WorkspaceFiles::new(folder.path());
    for (path, bytes) in list {
        files.write(path, bytes).unwrap();
    }
    (folder, files)
}

#[test]
fn a_paragraph_left_out_without_an_end_marker_is_told() {
    let names = "Acme Ltd\n\nBeta Ltd\n\nGamma Ltd\n\nDelta Ltd\n\n".repeat(2);
    let text = format!(
        "Who Won\n\nMarch 20, 2023\n\nThe town named the winners of its contest for the best \
         shop window on Sunday, after a count.\n\n{names}All of them will be asked again next \
         year, said the mayor of the town.\n"
    );
    let article = read_text("a.txt", &text).unwrap();
    assert_eq!(article.body.len(), 1);
    assert_eq!(article.warnings[0].place().unwrap().line, 23);
}

#[test]
fn a_headline_may_sound_like_an_offer() {
    let text = "Sign up for the spring market\n\nMarch 20, 2023\n\nThe market opens in May, \
                and stalls are given out by lot this year.\n";
    assert_eq!(read_text("a.txt", text).unwrap().title, "Sign up for the spring market");
}

/// A generator of Knuth's; the tests need no better one.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// What files break on.
const SCRAPS: [&str; 20] = [
    "---\n",
    "+++\n",
    "\n",
    "\r\n",
    ": ",
    "\"",
    "'",
    "> ",
    "- ",
    "[",
    "](",
    "![",
    "<",
    "-->",
    "\u{a0}",
    "é",
    "\u{0}",
    "&a *a",
    "2023-02-30",
    "By ",
];

fn mangled(text: &str, chance: &mut Chance) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(6) {
        let at = chance.below(chars.len());
        let end = (at + chance.below(40)).min(chars.len());
        match chance.below(3) {
            0 => drop(chars.drain(at..end)),
            1 => drop(chars.splice(at..at, SCRAPS[chance.below(SCRAPS.len())].chars())),
            _ => {
                let copied = chars[at..end].to_vec();
                chars.extend(copied);
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn a_page_keeps_its_pictures_and_nothing_that_runs() {
    let files = WorkspaceFiles::new(env!("CARGO_MANIFEST_DIR"));
    let source = charset::open(&files, &format!("{CASES}/html-plain.html")).unwrap();
    let article = read(&source, &setting()).unwrap();
    let picture = |block: &Block| match block {
        Block::Picture { src, alt, .. } => Some((src.clone(), alt.clone())),
        _ => None,
    };
    let beside = format!("{CASES}/A winter of short days_files/heron.jpg");
    let pictures: Vec<_> = article.body.iter().filter_map(picture).collect();
    assert_eq!(pictures, [(beside, "A heron".to_owned())]);
    let hostile = charset::open(&files, &format!("{CASES}/html-news.html")).unwrap();
    let article = read(&hostile, &setting()).unwrap();
    let shown = format!("{:?}", article.body);
    for word in ["javascript:", "track(", "onclick", "<script", "newsletter", "comments"] {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

#[test]
fn broken_pages_are_read_all_the_same() {
    for page in [
        "<p>".to_owned() + &"<i><b>x</i></b>".repeat(200),
        "<table><tr><td>".repeat(60),
        "<!--".repeat(1_000),
        "<title>".to_owned() + &"y".repeat(10_000),
        "\0\u{1}<p>\0".to_owned(),
        "<script>".to_owned(),
        "<".repeat(1_000),
    ] {
        assert!(!read_text("a.html", &page).unwrap().title.is_empty());
    }
}

#[test]
fn mangled_files_never_panic_and_always_have_a_title() {
    let files = WorkspaceFiles::new(env!("CARGO_MANIFEST_DIR"));
    let cases: Vec<Source> = files
        .list(CASES)
        .unwrap()
        .iter()
        .filter(|path| !path.ends_with(".json"))
        .map(|path| charset::open(&files, path).unwrap())
        .collect();
    for seed in 0..4_000 {
        let mut chance = Chance(seed);
        let case = &cases[chance.below(cases.len())];
        let text = mangled(case.text(), &mut chance);
        let Ok(article) = read_text(case.name(), &text) else { continue };
        assert!(!article.title.is_empty(), "seed {seed}");
        to_json(&article);
        summary(&article.body, SUMMARY_CHARS_MAX);
    }
}

#[test]
fn javascript_in_mdx_is_no_text() {
    let text = "---\ntitle: T\n---\nimport Box from '../box.js'\n\nexport const a = 1;\n\nExports rose.\n\nimport duties fell from ten to two.\n";
    let article = read_text("a.mdx", text).unwrap();
    assert_eq!(Block::plain(&article.body), "Exports rose.\nimport duties fell from ten to two.");
    assert_eq!(article.cut.len(), 2);
}

#[test]
fn a_source_says_what_its_articles_do_not() {
    let origin = |url: &str| Origin {
        path: "articles/blog".to_owned(),
        url: Some(format!("https://site.example{url}")),
        files: Some("../site/static".to_owned()),
    };
    let link = |name: &str, front: &str, url: &str| {
        let source = Source::new(name, format!("---\ntitle: T\n{front}---\nText.\n"));
        let origin = origin(url);
        let article = read(&source, &Setting { origin: Some(&origin), ..setting() }).unwrap();
        let told = article.warnings.iter().map(|warning| warning.what.clone()).collect::<Vec<_>>();
        (article.link.map(String::from), told.join("; "))
    };
    let day = "date: 2023-03-05\n";
    for (name, front, url, path) in [
        ("articles/blog/2023-03-05-a-vent.md", "", "/blog/{slug}/", "/blog/a-vent/"),
        (
            "articles/blog/2023-03-05-a-vent.md",
            "",
            "/{year}/{month}/{day}/{slug}",
            "/2023/03/05/a-vent",
        ),
        ("articles/blog/2023-03-05-a-vent.md", "", "/{name}.html", "/2023-03-05-a-vent.html"),
        ("articles/blog/world/a-vent/index.md", day, "/{path}/", "/world/a-vent/"),
        ("articles/blog/world/a-vent/index.md", day, "/{slug}/", "/a-vent/"),
        ("articles/blog/x.md", "date: 2023-03-05\nslug: own\n", "/b/{slug}/", "/b/own/"),
        ("articles/blog/x.md", "date: 2023-03-05\npermalink: /p/q/\n", "/b/{slug}/", "/p/q/"),
        ("articles/blog/x.md", "date: 2023-03-05\nurl: /p/q/\n", "/b/{slug}/", "/p/q/"),
        ("articles/blog/x.md", "date: 2023-03-05\npermalink: /:year/\n", "/b/{slug}/", "/b/x/"),
        ("articles/blog/a b?é.md", day, "/{slug}/", "/a%20b%3F%C3%A9/"),
    ] {
        let (link, _) = link(name, front, url);
        assert_eq!(link.as_deref(), Some(format!("https://site.example{path}").as_str()), "{name}");
    }
    let (own, told) =
        link("articles/blog/x.md", "date: 2023-03-05\nlink: https://a.example/\n", "/{slug}");
    assert_eq!((own.as_deref(), told.as_str()), (Some("https://a.example/"), ""));
    let (none, told) = link("articles/blog/x.md", "", "/{year}/{slug}/");
    assert_eq!(none, None);
    assert!(told.contains("the article's address could not be told"), "{told}");
    // Its pictures: in the site's folder, or beside the text.
    let text = "---\ntitle: T\nimage: /i/a.png\n---\n![A](/i/b.png)\n\n![B](c.png)\n";
    let origin = origin("/{slug}");
    let source = Source::new("articles/blog/x.md", text);
    let article = read(&source, &Setting { origin: Some(&origin), ..setting() }).unwrap();
    assert_eq!(article.picture.unwrap().src, "../site/static/i/a.png");
    let told = format!("{:?}", article.body);
    assert!(told.contains("../site/static/i/b.png") && told.contains("articles/blog/c.png"));
    // Of two sources, the one that is nearer.
    let near = Origin { path: "articles/blog/world".to_owned(), url: None, files: None };
    let origins = [origin, near.clone()];
    assert_eq!(Origin::of(&origins, "articles/blog/world/x.md"), Some(&near));
    assert_eq!(Origin::of(&origins, "articles/blog/worldwide.md"), Some(&origins[0]));
    assert_eq!(Origin::of(&origins, "articles/blogs/x.md"), None);
}

#[test]
fn an_entry_that_is_kept_reads_back_as_it_was() {
    let feed = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Site "A"</title>
        <entry><id>1</id><title>It's "one" &amp; \ two</title><published>2023-03-20T09:14:05+02:00</published>
        <link href="https://site.example/2023/it-is-one.html?a=1&amp;b=2"/><author><name>J. Doe</name></author>
        <category term="News"/><summary>A *plain* summary.</summary>
        <content type="html">&lt;h2&gt;Part 1.&lt;/h2&gt;&lt;p&gt;1. no list &lt;em&gt;so&lt;/em&gt; &lt;a href="/x"&gt;[x]&lt;/a&gt;
        &lt;br&gt;- none&lt;/p&gt;&lt;ul&gt;&lt;li&gt;a&lt;/li&gt;&lt;/ul&gt;&lt;blockquote&gt;&lt;p&gt;q&lt;/p&gt;&lt;/blockquote&gt;
        &lt;p&gt;{{ name }} stays&lt;/p&gt;&lt;img src="/p.png" alt="P [1]"&gt;</content></entry>
        <entry><id>2</id><title>It is one</title><published>2023-03-20T10:00:00Z</published>
        <link href="https://site.example/other/it-is-one"/><content>Text.</content></entry></feed>"#;
    let url = "https://www.site.example/feed".parse().unwrap();
    let entries = entries(&url, feed.as_bytes(), &zone()).unwrap();
    let names: Vec<_> = entries.iter().map(|article| article.source.name()).collect();
    let folder = "articles/from-feeds/www.site.example/2023-03-20-it-is-one";
    assert_eq!(names[0], format!("{folder}.md"));
    assert!(names[1].starts_with(&format!("{folder}-")), "two files, not one: {}", names[1]);
    for article in &entries {
        let text = kept_text(article);
        let back = read(&Source::new(article.source.name(), &*text), &setting()).unwrap();
        assert_eq!(Record::of(&back), Record::of(article), "{text}");
        assert_eq!((&back.body, &back.byline), (&article.body, &article.byline), "{text}");
        let line =
            |article: &Article| article.standfirst.as_deref().map(crate::words::Inline::plain);
        assert_eq!((line(&back), &back.site), (line(article), &article.site), "{text}");
        assert_eq!(back.warnings, [], "{text}");
    }
}

#[test]
fn what_says_that_it_is_not_to_be_seen_is_a_draft() {
    for (front, is_draft) in [
        ("draft: true", true),
        ("draft: false", false),
        ("published: false", true),
        ("published: 2023-03-20", false),
        ("status: Draft", true),
        ("status: hidden", true),
        ("status: published", false),
    ] {
        let article = read_text("a.md", &format!("---\ntitle: T\n{front}\n---\nText.\n"));
        assert_eq!(article.unwrap().draft, is_draft, "{front}");
    }
}

#[test]
fn letterpress_toml_names_what_a_site_says_around_its_stories() {
    let text = "Bridge Opens\n\nMarch 21, 2023\n\nThe new bridge over the harbor carried its first cars \
                on Tuesday morning.\n\nOur friends of the Post give you this story for free today.\n\n\
                Engineers said that a mild winter had let them pour concrete all through January.\n\n\
                Heard at the harbor desk of this very newspaper tonight.\n\nThe market on the quay will \
                open again on Sunday, its keepers said to us.\n";
    let body = |leftovers: &Leftovers| {
        let setting = Setting { leftovers, ..setting() };
        read(&Source::new("a.txt", text), &setting).unwrap()
    };
    assert_eq!(body(Leftovers::NONE).body.len(), 5);
    let own = Leftovers {
        cut: vec!["our friends of the post".to_owned()],
        ends: vec!["heard at the harbor desk".to_owned()],
    };
    let article = body(&own);
    assert_eq!(article.body.len(), 2, "{:?}", article.body);
    let rules: Vec<&str> = article.cut.iter().map(|cut| cut.rule).collect();
    assert!(rules.contains(&"gather.cut") && rules.contains(&"end marker"), "{rules:?}");
}

#[test]
fn what_is_left_out_of_a_text_is_told_at_its_place() {
    let text = "---\ntitle: T\n---\n## A {#a}\n\nCall [us](tel:1) or [them](htps://x), {{< ref \"b\" >}}now.\n";
    let article = read_text("a.md", text).unwrap();
    assert_eq!(Block::plain(&article.body), "A\nCall us or them, now.");
    let told: Vec<_> = article.warnings.iter().map(|told| diag::draw(told, false)).collect();
    assert!(told[0].contains("a.md:6:6") && told[0].contains("1 more place"), "{}", told[0]);
    assert!(told[1].contains("template code"), "{}", told[1]);
    assert_eq!(article.cut[0].text, "{{< ref \"b\" >}}");
}

#[test]
fn hostile_pages_stay_small() {
    let page = |story: &str| {
        let text =
            "<p>A paragraph of the story that has many words in it, so that a reader of pages \
                    believes it to be one, and then a few more of them.</p>"
                .repeat(4);
        let page = format!("<html><title>T</title><article>{text}{story}{text}</article></html>");
        let article = read(&Source::new("a.html", page), &setting()).unwrap();
        format!("{:?}", article.body)
    };
    let spans = "<tr><td rowspan=99999 colspan=99999>a<td>b</tr>".repeat(100);
    assert!(page(&format!("<table><tr><th>A<th>B</tr>{spans}</table>")).len() < 60_000);
    let deep = page(&format!("<p>{}{}</p>", "<b>x ".repeat(200), "</b>".repeat(200)));
    assert!(deep.matches("Strong").count() < 30, "{}", deep.matches("Strong").count());
}

#[test]
fn lines_of_a_page_are_read_as_the_page_has_them() {
    let text = "A paragraph of the story that has many words in it, so that a reader of pages \
                believes it to be one, and then a few more of them.";
    let page = format!(
        "<html><title>T</title><ul><li><a href='/costs'>What it costs</a></li></ul><article>\
         <p>{text}</p><div>A block of the story: they said that a <b>mild</b> winter had let them \
         work through the nights.</div><p>{text} Why?<br><b>A:</b> So.</p><h2>What it costs</h2>\
         <ul><li>See the <a href='https://a.example/r'>report</a>, page 3.</li></ul><p>{text}</p>\
         </article></html>"
    );
    let body = read(&Source::new("a.html", page), &setting()).unwrap().body;
    let plain = Block::plain(&body);
    assert!(plain.contains("that a mild winter had"), "{plain}");
    assert!(plain.contains("See the report, page 3."), "{plain}");
    let shown = format!("{body:?}");
    assert!(shown.contains("Break, Strong"), "{shown}");
    assert!(!shown.contains("/costs"), "{shown}");
}
