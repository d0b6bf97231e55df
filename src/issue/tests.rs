mod merges;
mod slots;
mod years;

use std::collections::BTreeSet;

use jiff::Zoned;
use jiff::tz::TimeZone;
use url::Url;

use super::*;
use crate::article::{Article, Record};
use crate::config::{self, Feature, Gather, Located, SectionRule};
use crate::diag::{Faults, draw};
use crate::words::{Block, Inline, Period, Source};

const FRONT: &str = "+++\nsubject = 'Xi'\nfrom = 2023-03-20T00:00:00-04:00\nuntil = 2023-03-27T00:00:00-04:00\nslot = 2023-03-27T07:30:00-04:00\n+++\n";

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

fn read(body: &str) -> Result<IssueFile, Faults> {
    parse(Source::new("issues/2023-W12.md", format!("{FRONT}{body}")), &zone())
}

fn told(body: &str) -> String {
    let faults = read(body).unwrap_err();
    faults.list.iter().map(|fault| draw(fault, false)).collect::<Vec<_>>().join("\n")
}

fn article(path: &str, title: &str, day: i8) -> Article {
    let date: Zoned = format!("2023-03-{day:02}T00:00:00-04:00[America/New_York]").parse().unwrap();
    Article {
        source: Source::new(path, ""),
        title: title.to_owned(),
        date: Some(date),
        byline: None,
        authors: vec![],
        site: None,
        link: None,
        picture: None,
        standfirst: None,
        kicker: None,
        body: vec![Block::Paragraph(vec![Inline::Text("One sentence. Another one.".into())])],
        section: None,
        tags: vec![],
        featured: true,
        draft: false,
        weight: None,
        embargo: None,
        retracted: false,
        warnings: vec![],
        cut: vec![],
    }
}

fn record(path: &str, title: &str, day: i8) -> Record {
    Record::of(&article(path, title, day))
}

fn rules(max_stories: usize) -> Gather {
    let span = Source::new("letterpress.toml", "").span(0..0);
    Gather {
        articles: vec![Located { value: "articles".into(), span }],
        featured: vec![Feature::Flag, Feature::Mark(config::Mark::Folder("featured".into()))],
        min_stories: 1,
        max_stories,
        carry_over: std::time::Duration::from_secs(7 * 86_400),
        sections: vec![],
        origins: vec![],
        feeds: vec![],
        private_feeds: vec![],
        leftovers: config::Leftovers::default(),
    }
}

fn week() -> Period {
    period::of_week("2023-W12".parse().unwrap(), jiff::civil::Weekday::Monday, &zone()).unwrap()
}

static NO_PICKS: BTreeSet<String> = BTreeSet::new();

fn search<'a>(period: &'a Period, rules: &'a Gather, used: &'a Used) -> Search<'a> {
    Search { period, slot: None, rules, picks: &NO_PICKS, used, own: &NO_PICKS }
}

#[test]
fn a_story_has_all_that_its_item_says() {
    let file = read(
        "Dear {{subscriber.name}},\n\n- a list in the note, [no story](x.txt)\n\n## Top\nAn introduction.\n\n\
         - [France strikes on \\[again\\]](<../articles/strikes (2).md>): Unions call a tenth day\n  \
         of action.\n  ![Marchers in Lyon](../pictures/lyon.jpg \"Photo: A. Person\")\n  \
         - show: summary\n  - kicker: France\n\n  A body *of its own*.\n\n  - with a list\n\
         - [ ] [Not sent](../articles/b.txt)\n\n## World\n* [Grain](https://example.org/grain)\n",
    )
    .unwrap();
    assert!(file.note.unwrap().text().ends_with("(x.txt)"));
    let top = &file.sections[0];
    assert_eq!(top.intro.as_ref().unwrap().text(), "An introduction.");
    let story = &top.items[0];
    assert_eq!(story.headline, "France strikes on [again]");
    assert_eq!(story.target, "articles/strikes (2).md");
    assert_eq!(story.standfirst.as_deref(), Some("Unions call a tenth day\nof action."));
    let (src, alt, credit, _) = story.picture.as_ref().unwrap();
    assert_eq!((src.as_str(), alt.as_str()), ("pictures/lyon.jpg", "Marchers in Lyon"));
    assert_eq!(credit.as_deref(), Some("Photo: A. Person"));
    assert_eq!(story.keys.show, Some(Show::Summary));
    assert_eq!(story.keys.kicker.as_deref(), Some("France"));
    assert_eq!(story.body.as_deref(), Some("A body *of its own*.\n\n- with a list"));
    assert!(!top.items[1].is_ticked);
    assert!(file.sections[1].items[0].is_outside());
}

#[test]
fn lines_that_are_no_story_are_shown() {
    insta::assert_snapshot!(told("## Top\n- [A](../articles/a.txt)\n- no link\n\nA paragraph.\n\n# Title\n\n## Top\n"), @"
    error: this item is no story
     --> issues/2023-W12.md:9:1
      |
    9 | - no link
      | ^^^^^^^^^ it does not begin with a link
      |
      = hint: a story is written `- [Headline](../articles/file.txt)`; or indent the line
    error: this line belongs to no story
      --> issues/2023-W12.md:11:1
       |
    11 | A paragraph.
       | ^^^^^^^^^^^^
       |
       = hint: indent it, to belong to the story above, or give it a section (`## Name`)
    error: `#` opens nothing in an issue
      --> issues/2023-W12.md:13:1
       |
    13 | # Title
       | ^^^^^^^
       |
       = hint: a section is opened by `##`; the subject stands in front
    error: there are two sections `Top`
      --> issues/2023-W12.md:15:1
       |
     7 | ## Top
       | ------ first here
    ...
    15 | ## Top
       | ^^^^^^ and again here
       |
       = hint: move the stories under one of them
    ");
}

#[test]
fn keys_are_checked() {
    insta::assert_snapshot!(told("## Top\n- [A](../articles/a.txt)\n  - shwo: full\n  - show: all\n  - kicker: x\n  - kicker: y\n"), @"
    error: `shwo` is no key of a story
     --> issues/2023-W12.md:9:3
      |
    9 |   - shwo: full
      |   ^^^^^^^^^^^^
      |
      = hint: did you mean `show`?
    error: `all` is no value of `show`
      --> issues/2023-W12.md:10:3
       |
    10 |   - show: all
       |   ^^^^^^^^^^^ values: full, summary, headline
    error: the key `kicker` stands twice
      --> issues/2023-W12.md:12:3
       |
    11 |   - kicker: x
       |   ----------- first here
    12 |   - kicker: y
       |   ^^^^^^^^^^^ and again here
    ");
}

#[test]
fn text_behind_the_link_needs_a_colon() {
    assert!(told("## Top\n- [A](../articles/a.txt) more\n").contains("put a colon"));
}

#[test]
fn one_article_twice_names_both_lines() {
    insta::assert_snapshot!(told("## Top\n- [A](../articles/a.txt)\n\n## World\n- [B](../articles/a.txt)\n\n## Left out\n- [ ] [C](../articles/a.txt)\n"), @"
    error: one article stands twice
      --> issues/2023-W12.md:11:3
       |
     8 | - [A](../articles/a.txt)
       |   --- first here
    ...
    11 | - [B](../articles/a.txt)
       |   ^^^ and again here
       |
       = hint: delete one line, or empty its box: `- [ ] [B]`
    ");
}

#[test]
fn a_conflict_is_told_by_its_lines() {
    let told = told(
        "## Top\n<<<<<<< HEAD\n- [A](../articles/a.txt)\n=======\n- [B](../articles/b.txt)\n>>>>>>> other\n",
    );
    assert_eq!(told.matches("a git conflict is not settled").count(), 3);
    assert!(told.contains("issues/2023-W12.md:8:1"));
    assert!(read("A note\n=======\n\n## Top\n").is_err(), "a heading of the first level");
}

#[test]
fn keys_that_readers_would_see_are_told() {
    for (item, line) in [
        ("- [A](../articles/a.txt)\n\n  - show: full\n  - byline: none\n", 10),
        ("- [A](../articles/a.txt)\n\n  A text of its own.\n\n  - picture: none\n", 12),
    ] {
        let told = told(&format!("## Top\n{item}"));
        assert!(told.contains(&format!("issues/2023-W12.md:{line}:")), "{told}");
        assert!(told.contains("stands in the story's text"), "{told}");
    }
    let text = "- [A](../articles/a.txt)\n\n  Two things:\n\n  - date: a fruit\n  - Show: none\n";
    assert!(read(&format!("## Top\n{text}")).is_ok());
}

#[test]
fn front_matter_is_checked_where_it_stands() {
    let text =
        FRONT.replace("until = 2023-03-27T", "until = 2023-03-17T").replace("subject", "subjekt");
    let faults = parse(Source::new("issues/a.md", text), &zone()).unwrap_err();
    let told: Vec<_> = faults.list.iter().map(|fault| draw(fault, false)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    error: the period ends before it begins
     --> issues/a.md:4:1
      |
    4 | until = 2023-03-17T00:00:00-04:00
      | ^^^^^
    error: `subjekt` is no key of this file
     --> issues/a.md:2:1
      |
    2 | subjekt = 'Xi'
      | ^^^^^^^
      |
      = hint: did you mean `subject`?
    ");
    let open = parse(Source::new("issues/a.md", "+++\nsubject = 'x'\n"), &zone()).unwrap_err();
    assert_eq!(open.list[0].what, "the front matter is not closed");
}

#[test]
fn the_period_s_featured_articles_are_chosen_newest_first() {
    let mut articles = vec![
        record("articles/world/a.txt", "A", 21),
        record("articles/nation/featured/b.txt", "B", 23),
        record("articles/c.txt", "C", 27),
        record("articles/d.txt", "D", 20),
        record("articles/e.txt", "E", 22),
        record("articles/f.txt", "F", 22),
    ];
    articles[1].featured = false;
    articles[4].featured = false;
    articles[5].draft = true;
    let selection = select(&articles, &search(&week(), &rules(2), &Used::default()), &|_| vec![]);
    let told = |choices: &[Choice<'_>]| -> Vec<String> {
        let word =
            |c: &Choice<'_>| format!("{} {} {}", c.article.title, c.section, c.reason.name());
        choices.iter().map(word).collect()
    };
    assert_eq!(told(&selection.chosen), ["B Nation featured", "A World featured"]);
    assert_eq!(told(&selection.beyond), ["D Top limit"]);
    assert_eq!(
        told(&selection.others),
        ["C Top outside the period", "E Top not featured", "F Top draft"]
    );
}

#[test]
fn an_issue_reads_back_as_it_was_composed() {
    let articles = vec![
        record("articles/a (1).txt", "Xi [again] & {{you}} *now*", 21),
        record("articles/world/b.txt", "B `code` <b> 1. x", 23),
    ];
    let selection = select(&articles, &search(&week(), &rules(12), &Used::default()), &|_| vec![]);
    let text = compose(&selection, &week(), None, &[]);
    let file = parse(Source::new("issues/2023-W12.md", text), &zone()).unwrap();
    assert_eq!(file.front.subject.unwrap().text, "Xi [again] & \\{{you}} *now*");
    assert_eq!(file.sections[0].items[0].headline, "Xi [again] & {{you}} *now*");
    assert_eq!(file.sections[0].items[0].target, "articles/a (1).txt");
    assert_eq!(file.sections[1].items[0].headline, "B `code` <b> 1. x");
    assert_eq!(file.front.slot, None);
}

/// A small generator, so that a failing issue can be made again from its number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn generated(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut body =
        String::from(["A note.\n\n", "", "```\n## no section\n```\n\n"][dice.roll(3) as usize]);
    for section in 0..dice.roll(4) {
        body.push_str(&format!("## S{section}\n"));
        body.push_str(["", "\n", "Intro\twith a tab.\n\n"][dice.roll(3) as usize]);
        for item in 0..dice.roll(3) {
            let bullet = ["-", "*", "+"][section as usize % 3];
            body.push_str(&format!("{bullet} [H {item}](../articles/s{section}-{item}.txt)"));
            body.push_str(
                [
                    "\n",
                    ": A standfirst\n  that wraps.\n",
                    "\n  - show: full\n",
                    "\n\n  ```\n  ## no section\n  ```\n",
                    "\n\n  A body.\n\n",
                ][dice.roll(5) as usize],
            );
        }
        body.push_str(["", "\n", "\n\n"][dice.roll(3) as usize]);
    }
    if dice.roll(2) == 0 {
        body.push_str("## Left out\n- [ ] [Z](../articles/z.txt)\n");
    }
    let mut text = format!("{FRONT}{body}");
    if dice.roll(3) == 0 {
        text = text.trim_end().to_owned();
    }
    if dice.roll(2) == 0 {
        text = text.replace('\n', "\r\n");
    }
    text
}

#[test]
fn another_gather_adds_its_lines_and_touches_no_other_byte() {
    let mut articles =
        vec![record("articles/new.txt", "New", 22), record("articles/top.txt", "Top", 21)];
    articles[0].section = Some("S1".into());
    let selection = select(&articles, &search(&week(), &rules(1), &Used::default()), &|_| vec![]);
    for seed in 0..10_000 {
        let text = generated(seed);
        let file = parse(Source::new("issues/a.md", text.clone()), &zone())
            .unwrap_or_else(|faults| panic!("seed {seed}: {faults:?}\n{text}"));
        let offered = Offered::new();
        let addition = Addition::new(&file, &selection, (seed % 2 == 0).then_some(&offered));
        let after = addition.text();
        let again = parse(Source::new("issues/a.md", after.clone()), &zone())
            .unwrap_or_else(|faults| panic!("seed {seed}: {faults:?}\n{after}"));
        // The old lines, byte for byte, with nothing between them but what was added.
        let mut old = text.split_inclusive('\n').peekable();
        for line in after.split_inclusive('\n') {
            let same = |own: &&str| *own == line || (*own == line.trim_end() && !own.is_empty());
            if old.next_if(same).is_some() {
                continue;
            }
            let added = ["", "## S1", "## Left out"].contains(&line.trim())
                || line.contains("new.txt")
                || line.contains("top.txt");
            assert!(added, "seed {seed}: {line:?} is new in\n{after}");
        }
        assert_eq!(old.next(), None, "seed {seed}: lost in\n{after}");
        let items = |file: &IssueFile| file.sections.iter().map(|s| s.items.len()).sum::<usize>();
        assert_eq!(items(&again), items(&file) + 2, "seed {seed}");
    }
}

#[test]
fn lines_deleted_by_hand_do_not_come_back() {
    let articles = vec![record("articles/a.txt", "A", 22), record("articles/b.txt", "B", 21)];
    let selection = select(&articles, &search(&week(), &rules(12), &Used::default()), &|_| vec![]);
    let file = read("## Top\n- [A](../articles/a.txt)\n").unwrap();
    let offered = ["articles/a.txt", "articles/b.txt"];
    let offered: Offered = offered.map(|path| (path.to_owned(), Trait::default())).into();
    assert!(Addition::new(&file, &selection, Some(&offered)).added().is_empty());
    let without_memory = Addition::new(&file, &selection, None);
    assert_eq!(without_memory.added()[0].section, LEFT_OUT);
    assert!(without_memory.text().ends_with("\n## Left out\n- [ ] [B](../articles/b.txt)\n"));
}

#[test]
fn the_mark_of_a_send_is_written_and_replaced_in_its_place() {
    let mark = |state, accepted| Mark {
        state,
        at: "2023-03-27T07:30:04-04:00".into(),
        ledger: "abc".into(),
        counts: vec![("planned", 24), ("accepted", accepted)],
        content: "sha256:00".into(),
    };
    let file = read("Note.\n\n## Top\n- [A](../articles/a.txt)\n").unwrap();
    let text = mark("started", 0).written_into(&file);
    let file = parse(Source::new("issues/a.md", text), &zone()).unwrap();
    assert_eq!(file.front.sent.as_ref().unwrap().ledger, "abc");
    let text = mark("sent", 24).written_into(&file);
    insta::assert_snapshot!(text, @r#"
    +++
    subject = 'Xi'
    from = 2023-03-20T00:00:00-04:00
    until = 2023-03-27T00:00:00-04:00
    slot = 2023-03-27T07:30:00-04:00
    [sent]
    state      = "sent"
    at         = 2023-03-27T07:30:04-04:00
    ledger     = "abc"
    planned    = 24
    accepted   = 24
    content    = "sha256:00"
    +++
    Note.

    ## Top
    - [A](../articles/a.txt)
    "#);
}

#[test]
fn an_issue_takes_from_its_articles_what_its_file_does_not_say() {
    let file = read(
        "## Top\n- [Headline](../articles/a.txt)\n  - byline: none\n  - kicker: none\n\n## World\n- [B](../articles/b.txt): Standfirst.\n  - lead: yes\n- [Gone](../articles/gone.txt)\n",
    )
    .unwrap();
    let mut articles = [article("articles/a.txt", "A", 22), article("articles/b.txt", "B", 21)];
    for article in &mut articles {
        article.byline = Some("Ann Lee".to_owned());
        article.kicker = Some("Tolls".to_owned());
    }
    articles[1].link = Some(Url::parse("https://news.example/b").unwrap());
    let base = Url::parse("https://news.example/").unwrap();
    let find = |path: &str| articles.iter().find(|article| article.source.name() == path);
    let name = "2023-W12".parse().unwrap();
    let resolved = resolve(&file, &name, &base, &zone(), &find);
    assert_eq!(resolved.findings[0].id, Some("story-missing"));
    let stories: Vec<_> = resolved.issue.stories().collect();
    assert_eq!(stories.len(), 2);
    assert_eq!(stories[0].headline, "Headline");
    assert_eq!((&stories[0].byline, &stories[0].kicker), (&None, &None));
    assert_eq!(stories[1].byline.as_deref(), Some("Ann Lee"));
    assert_eq!((stories[0].show, stories[0].is_lead), (Show::Full, false));
    assert_eq!(stories[0].summary.as_deref(), Some("One sentence. Another one."));
    assert_eq!((stories[1].show, stories[1].is_lead), (Show::Summary, true));
    assert_eq!(stories[1].summary.as_deref(), Some("Standfirst."));
}

#[test]
fn weight_comes_before_age_and_what_found_no_room_before_both() {
    let mut articles =
        vec![record("a.txt", "A", 21), record("b.txt", "B", 22), record("c.txt", "C", 23)];
    articles.push(record("owed.txt", "Owed", 14));
    articles[0].weight = Some(1);
    let last = FRONT.replace("2023-03-20", "2023-03-13").replace("2023-03-27", "2023-03-20");
    let last = format!("{last}## Top\n- [X](../x.txt)\n\n## Left out\n- [ ] [Owed](../owed.txt)\n");
    let last = parse(Source::new("issues/2023-W11.md", last), &zone()).unwrap();
    let mut used = Used::default();
    used.take(&"2023-W11".parse().unwrap(), &last, None, None);
    let (week, rules) = (week(), rules(12));
    let selection = select(&articles, &search(&week, &rules, &used), &|_| vec![]);
    let titles: Vec<&str> = selection.chosen.iter().map(|c| c.article.title.as_str()).collect();
    assert_eq!(titles, ["Owed", "A", "C", "B"]);
    used.take(&"2023-W10".parse().unwrap(), &last, None, None);
    let selection = select(&articles, &search(&week, &rules, &used), &|_| vec![]);
    assert_eq!(selection.others[0].reason, Reason::LeftOut);
    // A week on, that was told.
    let next = period::of_week("2023-W13".parse().unwrap(), jiff::civil::Weekday::Monday, &zone());
    let next = next.unwrap();
    let selection = select(&articles, &search(&next, &rules, &used), &|_| vec![]);
    let owed = selection.others.iter().find(|choice| choice.article.title == "Owed").unwrap();
    assert_eq!(owed.reason, Reason::OutsidePeriod);
}

#[test]
fn what_is_taken_back_or_not_to_be_known_yet_is_never_chosen() {
    let mut articles = vec![record("a.txt", "A", 21), record("b.txt", "B", 22)];
    articles[0].retracted = true;
    articles[1].embargo = Some("2023-03-28T00:00:00-04:00[America/New_York]".parse().unwrap());
    let picks = BTreeSet::from(["a.txt".to_owned(), "b.txt".to_owned()]);
    let (week, rules, used) = (week(), rules(12), Used::default());
    let out = "2023-03-28T00:00:00-04:00[America/New_York]".parse().unwrap();
    let search = Search { picks: &picks, ..search(&week, &rules, &used) };
    let reasons = |search: &Search<'_>| -> Vec<Reason> {
        let selection = select(&articles, search, &|_| vec![]);
        selection.chosen.iter().chain(&selection.others).map(|c| c.reason).collect()
    };
    assert_eq!(reasons(&search), [Reason::Retracted, Reason::Embargoed]);
    let later = Search { slot: Some(&out), ..search };
    assert_eq!(reasons(&later), [Reason::Picked, Reason::Retracted]);
    // What is of no interest here is not told of.
    let unpicked = Search { picks: &NO_PICKS, ..search };
    let other = period::of_week("2023-W20".parse().unwrap(), jiff::civil::Weekday::Monday, &zone());
    let other = Search { period: &other.unwrap(), ..unpicked };
    assert_eq!(reasons(&other), [Reason::OutsidePeriod, Reason::OutsidePeriod]);
}

#[test]
fn sections_have_their_place_their_rule_and_their_bound() {
    use config::Mark::{Folder, Section, Tag};
    let rule = |name: &str, marks, max| SectionRule { name: name.to_owned(), marks, max };
    let mut articles = vec![
        record("articles/world/a.md", "A", 21),
        record("articles/b.md", "B", 22),
        record("articles/c.md", "C", 23),
        record("articles/d.md", "D", 24),
        record("articles/local/e.md", "E", 25),
    ];
    articles[1].tags = vec!["usa".into()];
    articles[2].section = Some("usa-politics".into());
    articles[3].tags = vec!["usa".into()];
    let mut rules = rules(12);
    rules.sections = vec![
        rule("Nation", vec![Tag("usa".into()), Section("usa-politics".into())], Some(2)),
        rule("Abroad", vec![Folder("world".into())], None),
    ];
    let week = week();
    let used = Used::default();
    let selection = select(&articles, &search(&week, &rules, &used), &|_| vec![]);
    let told = |choices: &[Choice<'_>]| -> Vec<String> {
        choices.iter().map(|c| format!("{} {}", c.article.title, c.section)).collect()
    };
    assert_eq!(told(&selection.chosen), ["E Local", "D Nation", "C Nation", "A Abroad"]);
    assert_eq!(told(&selection.beyond), ["B Nation"]);
    let text = compose(&selection, &week, None, &rules.sections);
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## Nation", "## Abroad", "## Local", "## Left out"]);
}

#[test]
fn what_is_taken_back_does_not_go_out_by_another_source() {
    let link = Some("https://news.example/a".to_owned());
    let mut articles = vec![record("a.md", "A", 21), record("feed.xml#1", "A", 21)];
    articles.iter_mut().for_each(|article| article.link = link.clone());
    let (week, rules, used) = (week(), rules(12), Used::default());
    let chosen = |articles: &[Record]| {
        let selection = select(articles, &search(&week, &rules, &used), &|_| vec![]);
        selection.chosen.iter().map(|choice| choice.article.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(&articles), ["a.md"]);
    articles[0].retracted = true;
    assert!(chosen(&articles).is_empty());
    articles[0].retracted = false;
    articles[0].embargo = Some("2023-04-28T00:00:00Z".parse().unwrap());
    assert!(chosen(&articles).is_empty());
}
