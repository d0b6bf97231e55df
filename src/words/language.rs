//! The languages that a newsletter may be written in.

/// A language whose names of days and months, and whose way of writing dates and numbers, are
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "a language's name says all")]
pub enum Language {
    /// English as in the United States and Canada: March 27, 2023.
    AmericanEnglish,
    /// English elsewhere: 27 March 2023.
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Polish,
    Arabic,
    Hebrew,
    Japanese,
    Chinese,
}

impl Language {
    /// The subtags of the languages that are known, for messages.
    pub const KNOWN: [&str; 12] =
        ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ar", "he", "ja", "zh"];

    /// Returns the language of a tag such as `en-GB` (BCP 47), if it is a known one.
    pub fn of(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-');
        let sound = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !parts.clone().all(sound) {
            return None;
        }
        Some(match parts.next()?.to_ascii_lowercase().as_str() {
            "en" => match parts.next_back().map(str::to_ascii_uppercase).as_deref() {
                None | Some("US" | "CA" | "PH" | "PR") => Self::AmericanEnglish,
                _ => Self::English,
            },
            "de" => Self::German,
            "fr" => Self::French,
            "es" => Self::Spanish,
            "it" => Self::Italian,
            "pt" => Self::Portuguese,
            "nl" => Self::Dutch,
            "pl" => Self::Polish,
            "ar" => Self::Arabic,
            "he" => Self::Hebrew,
            "ja" => Self::Japanese,
            "zh" => Self::Chinese,
            _ => return None,
        })
    }

    /// Says whether it is written from right to left.
    pub fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic | Self::Hebrew)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_by_its_first_part_and_english_by_its_region() {
        for (tag, language) in [
            ("en", Some(Language::AmericanEnglish)),
            ("en-us", Some(Language::AmericanEnglish)),
            ("EN-GB", Some(Language::English)),
            ("en-Latn-CA", Some(Language::AmericanEnglish)),
            ("zh-Hant-TW", Some(Language::Chinese)),
            ("ar-EG", Some(Language::Arabic)),
            ("tlh", None),
            ("", None),
            ("de_DE", None),
            ("de-", None),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
    }

    #[test]
    fn every_known_subtag_is_known() {
        assert!(Language::KNOWN.iter().all(|tag| Language::of(tag).is_some()));
    }
}
