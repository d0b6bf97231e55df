//! What each template promises: it works at once, is small, and speaks one language.

use super::{Look, SETS, all};
use crate::press::{Press, repository};

/// Gmail cuts a mail at 102 kB; a usual week stays well below.
const HTML_BYTES_MAX: usize = 60_000;
/// The languages that there are words for, besides English.
const TAGS: [&str; 11] = ["de", "fr", "es", "it", "pt", "nl", "pl", "ar", "he", "ja", "zh"];

#[test]
fn a_workspace_works_at_once_with_each_template() {
    for set in SETS {
        let press = Press::empty();
        press.done(&["init", "new", "--template", set]);
        let checked = press.done(&["-C", "new", "check", "2023-W12"]);
        assert!(checked.stdout.contains("no errors, no warnings"), "{set}: {}", checked.stdout);
        let ran = press.done(&["-C", "new", "run", "--week", "2023-W12", "--inbox"]);
        assert!(ran.stdout.contains("24 of 24 accepted"), "{set}: {}", ran.stdout);
        assert!(ran.stdout.contains("nothing to add"), "{set}: {}", ran.stdout);
    }
}

#[test]
fn an_issue_that_is_gathered_anew_suits_each_template() {
    for set in SETS {
        let press = Press::empty();
        press.done(&["init", ".", "--template", set]);
        press.remove("issues/2023-W12.md");
        press.done(&["gather", "--week", "2023-W12"]);
        let checked = press.done(&["check", "2023-W12"]);
        assert!(checked.stdout.contains("no errors"), "{set}: {}", checked.stdout);
        let stories = if set == "letter" { "1 story" } else { "11 stories" };
        assert!(checked.stdout.contains(stories), "{set}: {}", checked.stdout);
    }
}

#[test]
fn an_unknown_template_is_told_with_the_three_there_are() {
    let ran = Press::empty().run(&["init", "new", "--template", "leter"]);
    assert_eq!(ran.code, 2);
    for told in
        ["no template `leter`", "`weekly`, `briefing` and `letter`", "did you mean `letter`?"]
    {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
}

#[test]
fn a_usual_week_is_small() {
    for look in all() {
        let bytes = look.html().len();
        assert!(bytes <= HTML_BYTES_MAX, "{}: {bytes}", look.name);
    }
}

#[test]
fn no_line_of_the_plain_text_is_too_long() {
    for look in all() {
        for line in look.text().lines() {
            let is_address = line.contains("://") || line.contains('@');
            assert!(line.chars().count() <= 72 || is_address, "{}: {line}", look.name);
        }
    }
}

#[test]
fn no_template_has_english_left_over_in_another_language() {
    let words = |tag: &str| -> toml::Table {
        let path = repository().join(format!("templates/words/{tag}.toml"));
        std::fs::read_to_string(path).unwrap().parse().unwrap()
    };
    let english = words("en");
    for set in SETS {
        for tag in TAGS {
            let press = super::workspace(set);
            press.change("letterpress.toml", "\"en-US\"", &format!("\"{tag}\""));
            let case = repository().join("tests/cases/looks/ar.md");
            let case = std::fs::read_to_string(case).unwrap();
            press.write("issues/2023-W12.md", case.replace("باختصار", "&&"));
            press.done(&["build", "2023-W12"]);
            let look = Look { press, name: format!("{set}-{tag}") };
            let own = words(tag);
            for (name, word) in &english {
                let word = word.as_str().unwrap();
                let shared = own.values().any(|own| own.as_str().unwrap().contains(word));
                let short = word.chars().count() < 6;
                if shared || short {
                    continue;
                }
                let there = [look.html(), look.text()].iter().any(|part| part.contains(word));
                assert!(!there, "{set} in {tag} says {word:?} ({name})");
            }
            assert!(!look.text().contains("March"), "{set} in {tag}");
        }
    }
}

#[test]
fn a_letter_loses_no_story_and_labels_what_is_paid_for() {
    let look = Look::in_language("letter", "de");
    let (html, text) = (look.html(), look.text());
    for headline in ["Geschwindigkeitsbegrenzungsverordnung", "Kurverwaltung", "Vierzig Bohnen"] {
        assert!(html.contains(headline), "{headline}");
        assert!(text.contains(headline), "{headline}");
    }
    assert!(html.contains("<b>Anzeige: Saatgutgenossenschaft.</b>"));
    assert!(text.contains("Anzeige: Saatgutgenossenschaft."));
}

#[test]
fn what_can_be_read_nowhere_else_is_shown_in_full_by_every_template() {
    for set in SETS {
        let press = super::workspace(set);
        let article = "+++\ntitle = \"A Thing of Its Own\"\n+++\nFirst words.\n\n> A quotation.\n\n\
            Last words of it.\n";
        press.write("articles/own.md", article);
        let issue = press.read("issues/2023-W12.md");
        let story = "\n## Beside\n- [A Thing of Its Own](../articles/own.md)\n  - link: none\n";
        press.write("issues/2023-W12.md", issue + story);
        press.done(&["build", "2023-W12"]);
        let look = Look { press, name: set.to_owned() };
        let (html, text) = (look.html(), look.text());
        for words in ["First words.", "A quotation.", "Last words of it."] {
            assert_eq!(html.matches(words).count(), 1, "{set}: {words}");
            assert_eq!(text.matches(words).count(), 1, "{set}: {words}\n{text}");
        }
    }
}

#[test]
fn nothing_takes_the_place_of_a_standfirst_that_is_none() {
    let utah = "(../articles/nation/featured/2023-03-26-utah-social-media.txt)";
    let press = Press::new();
    let words = |press: &Press| {
        press.done(&["build", "2023-W12"]);
        let text = press.read(".letterpress/build/2023-W12/index.txt");
        let story = text.split("Utah Limits").nth(1).unwrap_or_else(|| panic!("{text}"));
        story.split("http").next().unwrap().split_whitespace().count()
    };
    let with = words(&press);
    press.change("issues/2023-W12.md", utah, &format!("{utah}\n  - standfirst: none"));
    let without = words(&press);
    assert!(without + 20 < with, "{with} words, then {without}");
}

#[test]
fn a_sponsor_is_labelled_by_every_template() {
    for set in SETS {
        let look = Look::in_language(set, "ar");
        for part in [look.html(), look.text()] {
            assert!(part.contains("برعاية: بذور الوادي."), "{set}");
        }
    }
}

#[test]
fn contents_and_minutes_are_shown_as_the_options_say() {
    let press = Press::new();
    let build = || {
        press.done(&["build", "2023-W12"]);
        press.read(super::PAGE)
    };
    let plain = build();
    assert!(!plain.contains("href=\"#n1\"") && plain.contains("minutes</p>"));
    press.change(
        "letterpress.toml",
        "[options]",
        "[options]\ncontents = true\nreading_time = false",
    );
    let listed = build();
    assert!(listed.contains("href=\"#n1\"") && listed.contains("id=\"n1\""));
    assert!(!listed.contains("minutes</p>") && !listed.contains("min<"));
}
