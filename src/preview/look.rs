//! How an issue is looked at, and the address that asks for it.

use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::pages::{Choice, Scheme};

/// The longest address of a reader that is asked for, in bytes.
const READER_BYTES_MAX: usize = 320;
/// How wide a frame may be: a small phone, a phone, what mail programs on a desk show, a browser.
pub(super) const WIDTHS: [u16; 4] = [320, 375, 650, 1024];
/// How wide it is unless asked.
const WIDTH_USUAL: u16 = 650;

/// What of the copy is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The HTML, in a frame.
    Html,
    /// The plain text.
    Text,
    /// The HTML as it is written.
    Source,
    /// The whole message.
    Message,
}

/// How the issue is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The address of the reader.
    pub(super) reader: Option<String>,
    /// The frame's width, in CSS pixels.
    pub(super) width: u16,
    /// Light or dark.
    pub(super) scheme: Scheme,
    /// Whether pictures are shown.
    pub(super) pictures: bool,
    /// What is shown.
    pub(super) part: Part,
}

/// What a request may ask for; what is unknown or absent is the usual.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Ask {
    #[serde(rename = "as")]
    reader: Option<String>,
    width: Option<String>,
    scheme: Option<String>,
    pictures: Option<String>,
    part: Option<String>,
}

impl From<Ask> for Look {
    fn from(ask: Ask) -> Self {
        let reader = ask.reader.map(|reader| reader.trim().to_owned());
        let width = ask.width.and_then(|width| width.parse().ok());
        Self {
            reader: reader.filter(|one| !one.is_empty() && one.len() <= READER_BYTES_MAX),
            width: width.filter(|width| WIDTHS.contains(width)).unwrap_or(WIDTH_USUAL),
            scheme: match ask.scheme.as_deref() {
                Some("dark") => Scheme::Dark,
                _ => Scheme::Light,
            },
            pictures: ask.pictures.as_deref() != Some("off"),
            part: match ask.part.as_deref() {
                Some("text") => Part::Text,
                Some("source") => Part::Source,
                Some("message") => Part::Message,
                _ => Part::Html,
            },
        }
    }
}

impl Look {
    /// Returns the query that asks for this look.
    pub(super) fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(reader) = &self.reader {
            query.append_pair("as", reader);
        }
        for (name, value) in self.pairs() {
            query.append_pair(name, &value);
        }
        format!("?{}", query.finish())
    }

    /// Returns what is not usual, the reader aside.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let width = (self.width != WIDTH_USUAL).then(|| self.width.to_string());
        let part = match self.part {
            Part::Html => None,
            Part::Text => Some("text"),
            Part::Source => Some("source"),
            Part::Message => Some("message"),
        };
        let dark = (self.scheme == Scheme::Dark).then_some("dark");
        let off = (!self.pictures).then_some("off");
        [
            ("width", width),
            ("scheme", dark.map(str::to_owned)),
            ("pictures", off.map(str::to_owned)),
            ("part", part.map(str::to_owned)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// Returns the choice of this look with a change.
    pub(super) fn choice<'a>(&self, label: &'a str, change: impl FnOnce(&mut Self)) -> Choice<'a> {
        let mut look = self.clone();
        change(&mut look);
        Choice { label, href: look.query(), chosen: look == *self }
    }

    /// Returns the query for the copy of another reader.
    pub(super) fn for_reader(&self, address: &str) -> String {
        Self { reader: Some(address.to_owned()), ..self.clone() }.query()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_the_usual_and_a_look_asks_for_itself() {
        let usual = Look::from(Ask::default());
        assert_eq!((usual.query().as_str(), usual.width), ("?", 650));
        let odd = Ask { width: Some("99999".into()), part: Some("x".into()), ..Ask::default() };
        assert_eq!(Look::from(odd), usual);
        let look = Look {
            reader: Some("a+b@x.org".into()),
            width: 320,
            scheme: Scheme::Dark,
            pictures: false,
            part: Part::Message,
        };
        assert_eq!(
            look.query(),
            "?as=a%2Bb%40x.org&width=320&scheme=dark&pictures=off&part=message"
        );
    }
}
