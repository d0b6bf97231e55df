//! What all templates share: partials, and the words in the newsletter's language.

use super::fixture::Fixture;
use crate::config::Config;
use crate::words::Source;

impl Fixture {
    /// Puts a file into the folder of all templates.
    fn shared(&mut self, name: &str, text: &str) -> &mut Self {
        self.files.0.insert(format!("templates/{name}"), text.to_owned());
        self
    }

    fn language(&mut self, tag: &str) -> &mut Self {
        let text = self.config.source.text();
        let lines = text.lines().map(|line| match line.starts_with("language = ") {
            true => format!("language = \"{tag}\"\n"),
            false => format!("{line}\n"),
        });
        let source: String = lines.collect();
        self.config = Config::parse(Source::new("letterpress.toml", source)).unwrap();
        self
    }

    /// Sets options in `letterpress.toml`.
    fn options(&mut self, lines: &str) -> &mut Self {
        let source = format!("{}\n[options]\n{lines}\n", self.config.source.text());
        self.config = Config::parse(Source::new("letterpress.toml", source)).unwrap();
        self
    }
}

#[test]
fn a_partial_of_the_templates_own_wins_over_the_shared_one() {
    let mut fixture = Fixture::new("{{> a}} {{> b}}", "{{> a}}\n");
    fixture.shared("partials/a.mjml", "shared a").shared("partials/b.mjml", "shared b");
    fixture.shared("partials/a.txt", "shared text");
    fixture.file("partials/b.mjml", "own b");
    assert_eq!(fixture.html(), "shared a own b");
    assert_eq!(fixture.merge().text, "shared text\n");
}

#[test]
fn a_fault_of_a_shared_partial_is_told_where_it_stands() {
    let mut fixture = Fixture::new("{{> a}}", "");
    fixture.shared("partials/a.mjml", "{{lead.headlin}}");
    let faults = fixture.faults();
    assert!(faults.contains("templates/partials/a.mjml:1:1"), "{faults}");
}

#[test]
fn words_are_those_of_the_newsletters_language() {
    let page = "{{template.words.leave}} {{template.words.more}}";
    let mut fixture = Fixture::new(page, "{{template.words.leave}}\n");
    fixture.shared("words/en.toml", "leave = \"Leave\"\nmore = \"More\"");
    assert_eq!(fixture.html(), "Leave More");
    fixture.shared("words/de.toml", "leave = \"Abmelden\"\nmore = \"Mehr & mehr\"");
    fixture.language("de-AT");
    assert_eq!(fixture.html(), "Abmelden Mehr &amp; mehr");
    fixture.shared("words/de-AT.toml", "more = \"No mehr\"");
    assert_eq!(fixture.html(), "Abmelden No mehr");
    fixture.file("words/de.toml", "leave = \"Weg\"");
    assert_eq!(fixture.html(), "Weg No mehr");
    fixture.options("leave = \"Tschüss\"");
    assert_eq!(fixture.html(), "Tschüss No mehr");
    assert_eq!(fixture.merge().text, "Tschüss\n");
}

#[test]
fn a_newsletter_does_not_come_out_in_two_languages() {
    let mut fixture = Fixture::new("{{template.words.leave}}", "");
    fixture.shared("words/en.toml", "leave = \"Leave\"\nmore = \"More\"").language("fr");
    let faults = fixture.faults();
    assert!(faults.contains("there are no words in `fr`"), "{faults}");
    fixture.shared("words/fr.toml", "leave = \"Partir\"");
    let faults = fixture.faults();
    assert!(
        faults.contains("`templates/words/fr.toml` lacks words that templates print"),
        "{faults}"
    );
    fixture.shared("words/fr.toml", "leave = \"Partir\"\nmoer = \"Plus\"");
    let faults = fixture.faults();
    assert!(faults.contains("no template has a word `moer`"), "{faults}");
    fixture.shared("words/fr.toml", "leave = 1\nmore = \"Plus\"");
    let faults = fixture.faults();
    assert!(faults.contains("the word `leave` must be a text"), "{faults}");
    fixture.shared("words/fr.toml", "leave = ");
    let faults = fixture.faults();
    assert!(faults.contains("`templates/words/fr.toml` is no TOML"), "{faults}");
}

#[test]
fn dates_and_numbers_follow_the_newsletters_language() {
    let page = "{{issue.date}} {{format_date issue.date \"day\"}} {{newsletter.direction}} \
                {{format_number lead.words}} {{format_number subscriber.count \"Words\"}} \
                {{plural lead.minutes \"a\" \"b|c\"}}";
    let mut fixture = Fixture::new(page, "");
    fixture.field("count", crate::audience::FieldValue::Number(Some(7.0)));
    assert_eq!(fixture.html(), "March 27, 2023 March 27 ltr 900 Seven b|c");
    fixture.language("de");
    assert_eq!(fixture.html(), "27. März 2023 27. März ltr 900 Sieben b|c");
    fixture.language("he-IL");
    assert_eq!(fixture.html(), "27 במרץ 2023 27 במרץ rtl 900 7 b|c");
    fixture.language("pl");
    assert_eq!(fixture.html(), "27 marca 2023 27 marca ltr 900 7 b");
}

#[test]
fn what_a_sponsor_paid_for_is_not_counted() {
    let page = "{{issue.story_count}} {{issue.minutes}}{{#each stories}} {{default number \"-\"}}{{/each}}";
    let mut fixture = Fixture::new(page, "");
    assert_eq!(fixture.html(), "3 12 1 2 3");
    fixture.issue.sections[1].stories[0].sponsor = Some("Acme Seeds".to_owned());
    assert_eq!(fixture.html(), "2 8 1 - 2");
}
