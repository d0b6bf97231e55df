//! Single values, and the helpers that make one of others.
//!
//! Invariant: a helper answers for all values, of whatever type, so that nothing can fail once a
//! template was checked; the same functions run at build time and per copy.

use std::cmp::Ordering;

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use super::locale;
use crate::audience::FieldValue;

/// A value without parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Date(Zoned),
}

impl Scalar {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Says whether `#if` takes it for true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Date(_) => true,
        }
    }

    /// Returns what `{{…}}` prints.
    pub(super) fn print(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => print_number(*number),
            Self::Text(text) => text.clone(),
            Self::Date(date) => locale::date(date, "long", ""),
        }
    }
}

impl From<&FieldValue> for Scalar {
    fn from(value: &FieldValue) -> Self {
        match value {
            FieldValue::Bool(value) => Self::Bool(*value),
            FieldValue::Number(number) => number.map_or(Self::Null, Self::Number),
            FieldValue::Text(text) => Self::Text(text.clone()),
            FieldValue::Date { date } => Self::Date(date.clone()),
            // Only whether there is something in it is ever asked.
            FieldValue::List(texts) => Self::Bool(!texts.is_empty()),
        }
    }
}

/// A helper that makes a value of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Helper {
    FormatDate,
    FormatNumber,
    Default,
    Plural,
    Upper,
    Truncate,
    Eq,
    Ne,
    Lt,
    Gt,
    And,
    Or,
    Not,
}

impl Helper {
    pub(super) const ALL: [Self; 13] = [
        Self::FormatDate,
        Self::FormatNumber,
        Self::Default,
        Self::Plural,
        Self::Upper,
        Self::Truncate,
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Gt,
        Self::And,
        Self::Or,
        Self::Not,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::FormatDate => "format_date",
            Self::FormatNumber => "format_number",
            Self::Default => "default",
            Self::Plural => "plural",
            Self::Upper => "upper",
            Self::Truncate => "truncate",
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Lt => "lt",
            Self::Gt => "gt",
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|helper| helper.name() == name)
    }

    /// Returns what it is given, for messages, and how many of that at least and at most.
    pub(super) fn takes(self) -> (&'static str, usize, usize) {
        match self {
            Self::FormatDate => ("a date and, if you like, a style", 1, 2),
            Self::FormatNumber => ("a number and, if you like, a style", 1, 2),
            Self::Default => ("a value and what stands in for it", 2, 2),
            Self::Plural => ("a number, the word for one, the word for more", 3, 3),
            Self::Upper => ("a text", 1, 1),
            Self::Truncate => ("a text and a number of characters", 2, 2),
            Self::Eq | Self::Ne | Self::Lt | Self::Gt => ("two values", 2, 2),
            Self::And | Self::Or => ("two values or more", 2, usize::MAX),
            Self::Not => ("one value", 1, 1),
        }
    }

    /// Returns the values that it is called with: those that were written, and behind all that it
    /// might take the language, where its answer depends on that.
    pub(super) fn with_language<T>(
        self,
        mut values: Vec<T>,
        of: impl Fn(Scalar) -> T,
        tag: &str,
    ) -> Vec<T> {
        if matches!(self, Self::FormatDate | Self::FormatNumber | Self::Plural) {
            let (_, _, most) = self.takes();
            values.resize_with(most, || of(Scalar::Null));
            values.push(of(Scalar::text(tag)));
        }
        values
    }

    pub(super) fn call(self, values: &[Scalar]) -> Scalar {
        let value = |index: usize| values.get(index).unwrap_or(&Scalar::Null);
        let (first, second) = (value(0), value(1));
        match self {
            Self::FormatDate => Scalar::Text(format_date(first, second, value(2))),
            Self::FormatNumber => Scalar::Text(format_number(first, second, value(2))),
            Self::Default if first.is_true() || matches!(first, Scalar::Number(_)) => first.clone(),
            Self::Default => second.clone(),
            Self::Plural if *first == Scalar::Number(1.0) => second.clone(),
            Self::Plural => plural(first, value(2), value(3)),
            Self::Upper => Scalar::Text(first.print().to_uppercase()),
            Self::Truncate => Scalar::Text(truncate(&first.print(), second)),
            Self::Eq => Scalar::Bool(first == second),
            Self::Ne => Scalar::Bool(first != second),
            Self::Lt => Scalar::Bool(compare(first, second) == Some(Ordering::Less)),
            Self::Gt => Scalar::Bool(compare(first, second) == Some(Ordering::Greater)),
            Self::And => Scalar::Bool(values.iter().all(Scalar::is_true)),
            Self::Or => Scalar::Bool(values.iter().any(Scalar::is_true)),
            Self::Not => Scalar::Bool(!first.is_true()),
        }
    }
}

fn format_date(date: &Scalar, style: &Scalar, language: &Scalar) -> String {
    let Scalar::Date(date) = date else { return date.print() };
    locale::date(date, &style.print(), &language.print())
}

fn print_number(number: f64) -> String {
    // `{}` writes the shortest digits that read back the same, and whole numbers without a point.
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

fn format_number(number: &Scalar, style: &Scalar, language: &Scalar) -> String {
    let Scalar::Number(value) = number else { return number.print() };
    let language = language.print();
    let word = match style {
        Scalar::Text(style) => locale::spelled(*value, &language).map(|word| (style, word)),
        _ => None,
    };
    match word {
        Some((style, word)) if style == "Words" => {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
        Some((_, word)) => word.to_owned(),
        None => locale::number(&print_number(*value), &language),
    }
}

fn plural(number: &Scalar, forms: &Scalar, language: &Scalar) -> Scalar {
    match (number, forms) {
        (Scalar::Number(number), Scalar::Text(forms)) => {
            Scalar::text(locale::plural(*number, forms, &language.print()))
        }
        _ => forms.clone(),
    }
}

/// Cuts a text at a word so that it and its ellipsis have at most `limit` characters.
fn truncate(text: &str, limit: &Scalar) -> String {
    let limit = match limit {
        Scalar::Number(limit) if *limit >= 1.0 => *limit as usize,
        _ => return text.to_owned(),
    };
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let cut: String = text.chars().take(limit - 1).collect();
    let ends_word = text.chars().nth(limit - 1).is_some_and(|next| !next.is_alphanumeric());
    let kept = match cut.rfind(char::is_whitespace) {
        Some(space) if !ends_word => &cut[..space],
        _ => &cut,
    };
    let kept = kept.trim_end_matches(|c: char| c.is_whitespace() || ",;:.–—-".contains(c));
    format!("{kept}…")
}

fn compare(first: &Scalar, second: &Scalar) -> Option<Ordering> {
    match (first, second) {
        (Scalar::Number(first), Scalar::Number(second)) => first.partial_cmp(second),
        (Scalar::Text(first), Scalar::Text(second)) => Some(first.cmp(second)),
        (Scalar::Date(first), Scalar::Date(second)) => Some(first.cmp(second)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: f64) -> Scalar {
        Scalar::Number(number)
    }

    #[test]
    fn a_date_has_a_style_and_a_language() {
        let date: Zoned = "2023-03-27T07:05[America/New_York]".parse().unwrap();
        let written = |values: &[Scalar]| Helper::FormatDate.call(values).print();
        let date = Scalar::Date(date);
        assert_eq!(written(std::slice::from_ref(&date)), "March 27, 2023");
        assert_eq!(written(&[date.clone(), Scalar::text("iso")]), "2023-03-27");
        let german = [date, Scalar::text("full"), Scalar::text("de")];
        assert_eq!(written(&german), "Montag, 27. März 2023");
        assert_eq!(written(&[Scalar::Null]), "");
    }

    #[test]
    fn the_language_stands_behind_all_that_a_helper_takes() {
        let given = Helper::FormatNumber.with_language(vec![number(7.0)], |scalar| scalar, "fr");
        assert_eq!(given, [number(7.0), Scalar::Null, Scalar::text("fr")]);
        let words = [number(7.0), Scalar::text("Words"), Scalar::text("fr")];
        assert_eq!(Helper::FormatNumber.call(&words).print(), "Sept");
        let plain = Helper::Upper.with_language(vec![Scalar::text("a")], |scalar| scalar, "fr");
        assert_eq!(plain.len(), 1);
        let polish = [number(3.0), Scalar::text("a"), Scalar::text("b|c"), Scalar::text("pl")];
        assert_eq!(Helper::Plural.call(&polish).print(), "b");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (given, written) in [
            (0.0, "0"),
            (-0.0, "0"),
            (999.0, "999"),
            (1000.0, "1,000"),
            (-1234567.25, "-1,234,567.25"),
            (1e21, "1,000,000,000,000,000,000,000"),
        ] {
            assert_eq!(Helper::FormatNumber.call(&[number(given)]).print(), written);
        }
    }

    #[test]
    fn a_text_is_cut_at_a_word() {
        for (limit, cut) in [(99, "one two, three"), (10, "one two…"), (8, "one two…"), (4, "one…")]
        {
            let values = [Scalar::text("one two, three"), number(f64::from(limit))];
            assert_eq!(Helper::Truncate.call(&values).print(), cut, "{limit}");
        }
        let values = [Scalar::text("हिन्दी👩‍💻日本"), number(3.0)];
        assert_eq!(Helper::Truncate.call(&values).print(), "हि…");
    }

    #[test]
    fn what_is_empty_gives_way_to_the_default_and_a_number_never() {
        let stand_in = Scalar::text("reader");
        for (value, shown) in [
            (Scalar::Null, "reader"),
            (Scalar::text(""), "reader"),
            (Scalar::Bool(false), "reader"),
            (number(0.0), "0"),
            (Scalar::text("Ann"), "Ann"),
        ] {
            assert_eq!(Helper::Default.call(&[value, stand_in.clone()]).print(), shown);
        }
    }

    #[test]
    fn every_helper_answers_for_every_value() {
        let date: Zoned = "2023-03-27T07:05[UTC]".parse().unwrap();
        let values = [
            Scalar::Null,
            Scalar::Bool(true),
            number(f64::NAN),
            number(f64::INFINITY),
            number(-1.0),
            Scalar::text(""),
            Scalar::text("é 👩‍💻"),
            Scalar::Date(date),
        ];
        for helper in Helper::ALL {
            assert_eq!(Helper::named(helper.name()), Some(helper));
            for first in &values {
                for second in &values {
                    helper.call(&[first.clone(), second.clone(), Scalar::Null]).print();
                }
            }
            helper.call(&[]).print();
        }
    }
}
