//! How dates and numbers are written in a newsletter's language, after CLDR.
//!
//! The table is our own: icu4x's formatters bring megabytes of data for a dozen patterns. Digits are
//! 0 to 9 in every language, so that they agree with numbers that no helper wrote.

mod names;

use jiff::Zoned;
use jiff::civil::Weekday;

use crate::words::Language;

/// The styles of `format_date`.
pub(super) const DATE_STYLES: [&str; 6] = ["full", "long", "day", "short", "iso", "time"];

/// The styles of `format_number`, besides digits.
pub(super) const NUMBER_STYLES: [&str; 2] = ["words", "Words"];

/// Returns the language of a tag that the configuration let through.
fn language(tag: &str) -> Language {
    Language::of(tag).unwrap_or(Language::AmericanEnglish)
}

/// Writes a date in one of [`DATE_STYLES`]; `long` stands for any other.
pub(super) fn date(date: &Zoned, style: &str, tag: &str) -> String {
    let language = language(tag);
    let names = names::of(language);
    let pattern = match style {
        "full" => names.full,
        "day" => names.day,
        "short" => names.short,
        "iso" => return date.date().to_string(),
        "time" => return date.strftime("%H:%M").to_string(),
        _ => names.long,
    };
    let month = usize::from(date.month().unsigned_abs()) - 1;
    let mut out = String::new();
    for c in pattern.chars() {
        match c {
            'E' => out.push_str(names::nth(names.days, weekday(date))),
            'D' if language == Language::French && date.day() == 1 => out.push_str("1er"),
            'D' => out.push_str(&date.day().to_string()),
            'M' => out.push_str(names::nth(names.months, month)),
            'S' => out.push_str(names::nth(names.short_months, month)),
            'N' => out.push_str(&date.month().to_string()),
            'Y' => out.push_str(&date.year().to_string()),
            c => out.push(c),
        }
    }
    out
}

/// Writes names one after the other, as in `A, B and C`.
pub(super) fn list(list: &[String], tag: &str) -> String {
    let [between, last] = names::of(language(tag)).between;
    match list {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{}{last}{end}", first.join(between)),
    }
}

/// Counts from Monday.
fn weekday(date: &Zoned) -> usize {
    let first = Weekday::Monday;
    usize::from(date.weekday().since(first).unsigned_abs())
}

/// How the digits of a number are set.
struct Digits {
    /// What stands between groups, and before a fraction.
    group: char,
    point: char,
    /// A number of fewer digits than this is not grouped.
    grouped_from: usize,
    /// Whether only the last group has three digits, and the others two.
    pairs: bool,
}

fn digits(tag: &str) -> Digits {
    let region = tag.rsplit('-').next().unwrap_or_default().to_ascii_uppercase();
    let narrow = '\u{202f}';
    let wide = '\u{a0}';
    let (group, point, grouped_from) = match (language(tag), region.as_str()) {
        (Language::German, "CH" | "LI") | (Language::Italian, "CH") => ('’', '.', 4),
        (Language::German, "AT") => (wide, ',', 4),
        (Language::French, _) => (narrow, ',', 4),
        (Language::Polish, _) => (wide, ',', 5),
        (Language::Portuguese, "PT" | "AO" | "MZ") => (wide, ',', 5),
        (Language::Spanish, "MX" | "US" | "419" | "GT" | "HN" | "NI" | "PA" | "PE" | "PR") => {
            (',', '.', 4)
        }
        (Language::Spanish, "ES" | "") => ('.', ',', 5),
        (Language::Spanish, _) if tag.len() == 2 => ('.', ',', 5),
        (Language::German | Language::Italian | Language::Dutch, _)
        | (Language::Portuguese | Language::Spanish, _) => ('.', ',', 4),
        _ => (',', '.', 4),
    };
    let pairs = region == "IN" && language(tag) == Language::English;
    Digits { group, point, grouped_from, pairs }
}

/// Sets the digits of a number, written with a point, in groups.
pub(super) fn number(written: &str, tag: &str) -> String {
    let Digits { group, point, grouped_from, pairs } = digits(tag);
    let (sign, rest) = written.strip_prefix('-').map_or(("", written), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        let ends_group =
            if pairs { left == 3 || (left > 3 && left % 2 == 1) } else { left % 3 == 0 };
        if index > 0 && ends_group && whole.len() >= grouped_from && digit.is_ascii_digit() {
            out.push(group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}

/// Writes a small whole number as a word, where the word is the same before every noun.
pub(super) fn spelled(number: f64, tag: &str) -> Option<&'static str> {
    let words = names::of(language(tag)).numbers;
    let index = (1..=20_u8).find(|index| f64::from(*index) == number)?;
    Some(names::nth(words, usize::from(index))).filter(|word| !matches!(*word, "" | "-"))
}

/// Chooses among the forms of a word for more than one, which are separated by `|`: Polish writes
/// that for 2 to 4 and that for more, Arabic that for 2, that for 3 to 10 and that for more.
pub(super) fn plural<'t>(number: f64, forms: &'t str, tag: &str) -> &'t str {
    let whole = number.abs() as u64;
    let last = whole % 100;
    let index = match language(tag) {
        Language::Polish => {
            let few = (2..=4).contains(&(whole % 10)) && !(12..=14).contains(&last);
            usize::from(!few)
        }
        Language::Arabic if whole == 2 => 0,
        Language::Arabic => 2 - usize::from((3..=10).contains(&last)),
        _ => return forms,
    };
    let found = forms.split('|').nth(index);
    found.or_else(|| forms.rsplit('|').next()).unwrap_or(forms)
}

#[cfg(test)]
mod tests;
