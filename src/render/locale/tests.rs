//! Dates and numbers in each language, as CLDR writes them.

use jiff::Zoned;

use super::*;

fn dates(tag: &str) -> String {
    let date: Zoned = "2023-03-27T07:05[America/New_York]".parse().unwrap();
    DATE_STYLES.map(|style| super::date(&date, style, tag)).join(" | ")
}

#[test]
fn a_date_is_written_as_its_language_writes_it() {
    let tags =
        ["en-US", "en-GB", "de", "fr", "es", "it", "pt-BR", "nl", "pl", "ar", "he", "ja", "zh"];
    let written = tags.map(|tag| format!("{tag}: {}", dates(tag))).join("\n");
    insta::assert_snapshot!(written);
}

#[test]
fn a_list_of_names_ends_as_its_language_ends_it() {
    let names = ["A", "B", "C"].map(str::to_owned);
    for (tag, two, three) in [
        ("en-US", "A and B", "A, B and C"),
        ("de-AT", "A und B", "A, B und C"),
        ("ar", "A وB", "A وB وC"),
        ("he", "A וB", "A, B וC"),
        ("ja", "A、B", "A、B、C"),
        ("zh", "A和B", "A、B和C"),
    ] {
        assert_eq!((list(&names[..2], tag).as_str(), list(&names, tag).as_str()), (two, three));
    }
    assert_eq!(list(&names[..1], "fr"), "A");
}

#[test]
fn the_first_of_a_month_is_an_ordinal_in_french_alone() {
    let first: Zoned = "2023-05-01T07:05[UTC]".parse().unwrap();
    assert_eq!(date(&first, "long", "fr-FR"), "1er mai 2023");
    assert_eq!(date(&first, "full", "de-AT"), "Montag, 1. Mai 2023");
}

#[test]
fn every_day_of_a_year_has_the_names_that_belong_to_it() {
    let mut day: Zoned = "2024-01-01T12:00[UTC]".parse().unwrap();
    for _ in 0..366 {
        for tag in ["en", "en-GB"] {
            let full = date(&day, "full", tag);
            assert!(full.contains(&day.strftime("%A").to_string()), "{full}");
            assert!(full.contains(&day.strftime("%B %-d").to_string()) || tag != "en", "{full}");
            assert!(date(&day, "short", tag).contains(&day.strftime("%b").to_string()));
        }
        day = day.tomorrow().unwrap();
    }
}

#[test]
fn every_language_has_all_its_names() {
    for tag in Language::KNOWN {
        let names = names::of(language(tag));
        let count = |words: &str| words.split(' ').filter(|word| !word.is_empty()).count();
        assert_eq!(count(names.days), 7, "{tag}");
        let months = if matches!(tag, "ja" | "zh") { 0 } else { 12 };
        assert_eq!((count(names.months), count(names.short_months)), (months, months), "{tag}");
        assert!(matches!(count(names.numbers), 0 | 21), "{tag}");
    }
}

#[test]
fn numbers_are_grouped_as_their_language_groups_them() {
    for (tag, thousand, more) in [
        ("en", "1,000", "-1,234,567.25"),
        ("en-IN", "1,000", "-12,34,567.25"),
        ("de", "1.000", "-1.234.567,25"),
        ("de-CH", "1’000", "-1’234’567.25"),
        ("fr", "1\u{202f}000", "-1\u{202f}234\u{202f}567,25"),
        ("es", "1000", "-1.234.567,25"),
        ("es-MX", "1,000", "-1,234,567.25"),
        ("it", "1.000", "-1.234.567,25"),
        ("pt-BR", "1.000", "-1.234.567,25"),
        ("pt-PT", "1000", "-1\u{a0}234\u{a0}567,25"),
        ("nl", "1.000", "-1.234.567,25"),
        ("pl", "1000", "-1\u{a0}234\u{a0}567,25"),
        ("ar", "1,000", "-1,234,567.25"),
        ("he", "1,000", "-1,234,567.25"),
        ("ja", "1,000", "-1,234,567.25"),
        ("zh-Hant", "1,000", "-1,234,567.25"),
    ] {
        assert_eq!(number("1000", tag), thousand, "{tag}");
        assert_eq!(number("-1234567.25", tag), more, "{tag}");
        assert_eq!(number("NaN", tag), "NaN", "{tag}");
    }
}

#[test]
fn a_word_for_more_has_the_forms_that_its_language_has() {
    let chosen = |tag: &str, forms: &'static str, numbers: &[u32]| {
        numbers.iter().map(|n| plural(f64::from(*n), forms, tag)).collect::<Vec<_>>().join(" ")
    };
    let polish = chosen("pl", "few|many", &[2, 4, 5, 11, 12, 14, 21, 22, 25, 112, 0]);
    assert_eq!(polish, "few few many many many many many few many many many");
    let arabic = chosen("ar", "two|few|many", &[2, 3, 10, 11, 99, 100, 102, 103, 0]);
    assert_eq!(arabic, "two few few many many many many few many");
    assert_eq!(chosen("ar", "one form", &[2, 3, 11]), "one form one form one form");
    assert_eq!(chosen("en", "a|b", &[2]), "a|b");
}

#[test]
fn a_number_is_a_word_only_where_the_word_fits_every_noun() {
    for (tag, number, word) in [
        ("en", 1.0, Some("one")),
        ("de", 1.0, None),
        ("de", 7.0, Some("sieben")),
        ("pt", 2.0, None),
        ("en", 20.0, Some("twenty")),
        ("en", 21.0, None),
        ("pt", 16.0, None),
        ("en", 1.5, None),
        ("en", 0.0, None),
        ("ar", 7.0, None),
    ] {
        assert_eq!(spelled(number, tag), word, "{tag} {number}");
    }
}
