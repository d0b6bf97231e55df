//! Pairs made of the sample's stories: the same story twice, and two that only look like it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::*;
use crate::article::{Library, Reader};
use crate::config::{Leftovers, Located};
use crate::words::{Block, Inline, Source};
use crate::world::WorkspaceFiles;

/// The sample's stories, whole.
fn samples() -> Vec<Article> {
    let files = WorkspaceFiles::new(env!("CARGO_MANIFEST_DIR"));
    let zone = TimeZone::get("America/New_York").unwrap();
    let reader = Reader {
        files: &files,
        zone: &zone,
        leftovers: Leftovers::NONE,
        origins: &[],
        program: None,
        progress: &|_, _| {},
    };
    let span = Source::new("letterpress.toml", "").span(0..0);
    let library: Library = reader.library(&[Located { value: "articles".to_owned(), span }]);
    let names: BTreeSet<&str> = library.records.iter().map(|record| record.name.as_str()).collect();
    let (articles, problems) = reader.articles(&library, &names);
    assert!(problems.is_empty() && articles.len() > 12);
    articles
}

/// A small generator, so that a pair can be made again from its number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn with_text(article: &Article, name: &str, text: &str) -> Article {
    let paragraphs = text.lines().filter(|line| !line.trim().is_empty());
    let body = paragraphs.map(|line| Block::Paragraph(vec![Inline::Text(line.to_owned())]));
    Article { source: Source::new(name, ""), body: body.collect(), link: None, ..article.clone() }
}

fn linked(article: Article, link: &str) -> Article {
    Article { link: Some(link.parse().unwrap()), ..article }
}

/// Changes, drops or adds about one word in `one_in`.
fn edited(text: &str, one_in: usize, dice: &mut Dice) -> String {
    let other = ["harbour", "quietly", "their", "Berlin", "committee", "said", "again", "12"];
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut words: Vec<&str> = Vec::new();
        for word in line.split(' ') {
            match (dice.below(one_in), dice.below(3)) {
                (0, 0) => words.push(other[dice.below(other.len())]),
                (0, 1) => {}
                (0, _) => words.extend([word, other[dice.below(other.len())]]),
                _ => words.push(word),
            }
        }
        lines.push(words.join(" "));
    }
    lines.join("\n")
}

fn is_one_story(one: &Article, other: &Article) -> bool {
    let records = [Record::of(one), Record::of(other)];
    !find(&records.each_ref(), &[one.clone(), other.clone()]).is_empty()
}

#[test]
fn the_same_story_from_two_sources_is_found() {
    let samples = samples();
    let mut missed = Vec::new();
    for seed in 0..200 {
        let mut dice = Dice(seed as u64);
        let article = &samples[seed % samples.len()];
        let text = Block::plain(&article.body);
        let one = with_text(article, "one.md", &text);
        let page = format!("news.example/2023/{seed}");
        let (one, other) = match seed / samples.len() % 8 {
            // By its address, whatever the other source has of its text.
            at @ 0..4 => {
                let links = [
                    format!("http://www.{page}/?utm_source=rss&utm_medium=feed"),
                    format!("https://m.{page}?fbclid=IwAR0"),
                    format!("https://amp.{page}/amp/"),
                    format!("https://{page}/index.html#comments"),
                ];
                let start: String = text.chars().take(200).collect();
                let other = with_text(article, "other.md", &start);
                (linked(one, &format!("https://{page}")), linked(other, &links[at]))
            }
            // Without the last paragraph.
            4 => {
                let cut = text.trim_end().rsplit_once('\n').map_or(&*text, |(before, _)| before);
                let is_whole = cut.len() * 10 < text.len() * 9;
                (one, with_text(article, "other.md", if is_whole { &text } else { cut }))
            }
            _ => (one, with_text(article, "other.md", &edited(&text, 20, &mut dice))),
        };
        if !is_one_story(&one, &other) {
            missed.push(seed);
        }
    }
    assert!(missed.len() <= 10, "{missed:?}");
}

#[test]
fn stories_that_only_look_alike_stay_two() {
    let samples = samples();
    let mut merged = Vec::new();
    for seed in 0..200 {
        let mut dice = Dice(seed as u64);
        let article = &samples[seed % samples.len()];
        let stranger = &samples[(seed + 5) % samples.len()];
        let (text, strange) = (Block::plain(&article.body), Block::plain(&stranger.body));
        let tally =
            format!("{text}\nBy noon 31 of the 56 had been found, and 9 were still missing.");
        let one = with_text(article, "one.md", &text);
        let (one, other) = match seed / samples.len() % 6 {
            // One headline over two texts.
            0 => (one, with_text(article, "other.md", &strange)),
            // A sequel that tells once more how it began.
            1 => {
                let cut = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
                let told = &text[..cut];
                (one, with_text(article, "other.md", &format!("{strange}\n{told}")))
            }
            // A tally that goes on: nothing but its figures changes.
            2 => {
                let more = tally.replace("31", "44").replace("56", "58").replace(" 9 ", " 2 ");
                let news = ["", "\nRescuers went on through the night, and more of them came."];
                let more = format!("{more}{}", news[dice.below(2)]);
                let one = with_text(article, "one.md", &tally);
                (one, with_text(article, "other.md", &more))
            }
            // The same notice for another day.
            3 => {
                let notice = format!("{text}\nThe council meets on Monday at 7.");
                let next = notice.replace("Monday at 7", "Tuesday at 8");
                let one = with_text(article, "one.md", &notice);
                (one, with_text(article, "other.md", &next))
            }
            // Two parts under one address but for the part.
            4 => {
                let link = |part| format!("https://news.example/{seed}?part={part}");
                let other = with_text(article, "other.md", &strange);
                (linked(one, &link(1)), linked(other, &link(2)))
            }
            // Two that have a third of their words in common.
            _ => (one, with_text(article, "other.md", &edited(&text, 3, &mut dice))),
        };
        if is_one_story(&one, &other) {
            merged.push(seed);
        }
    }
    assert!(merged.is_empty(), "{merged:?}");
}

#[test]
fn short_texts_are_one_story_only_where_they_and_their_headlines_are_equal() {
    let sample = &samples()[0];
    let brief = |name: &str, title: &str, text: &str| Article {
        title: title.to_owned(),
        ..with_text(sample, name, text)
    };
    let text = "The bridge is closed until further notice.";
    let one = brief("one.md", "Bridge closed", text);
    assert!(is_one_story(&one, &brief("two.md", "Bridge  closed.", text)));
    assert!(!is_one_story(&one, &brief("two.md", "Ferry stopped", text)));
    assert!(!is_one_story(&one, &brief("two.md", "Bridge closed", "It is closed until notice.")));
    assert!(!is_one_story(&brief("a.md", "A", ""), &brief("b.md", "A", "")));
}

#[test]
fn twins_of_twins_have_one_root() {
    let sample = &samples()[0];
    let text = Block::plain(&sample.body);
    let mut dice = Dice(3);
    let page = "https://news.example/a";
    let articles = [
        with_text(sample, "a.md", &edited(&text, 30, &mut dice)),
        linked(with_text(sample, "b.md", "Something else."), page),
        linked(with_text(sample, "c.md", &text), &format!("{page}?utm_source=x")),
        with_text(sample, "d.md", &edited(&text, 30, &mut dice)),
    ];
    let records: Vec<Record> = articles.iter().map(Record::of).collect();
    let twins = find(&records.iter().collect::<Vec<_>>(), &articles);
    let roots: Vec<_> = twins.iter().map(|(at, (root, _))| (*at, *root)).collect();
    assert_eq!(roots, [(1, 0), (2, 0), (3, 0)]);
}
