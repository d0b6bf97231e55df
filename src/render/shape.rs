//! What a template may name, and of what type it is (FORMATS: what a template may name).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::scope::Data;

/// The type of a name.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Text,
    /// Text that the template's author wrote, which may go into a page unescaped.
    Trusted,
    Html,
    Date,
    Url,
    Number,
    Bool,
    /// A single value that is known only per copy.
    Reader(Kind),
    /// A URL of the reader's own.
    ReaderUrl,
    /// Texts that are known only per copy.
    ReaderList,
    List(Rc<Shape>),
    Map(Names),
}

/// What a single value is, as far as helpers ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Bool,
    Date,
    /// One or another, by reader.
    Any,
}

/// The names inside of something.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// What it is, for messages: "the issue", "a story".
    pub(super) of: &'static str,
    pub(super) names: Rc<BTreeMap<String, Shape>>,
}

impl Shape {
    pub(super) fn map<N: Into<String>>(
        of: &'static str,
        names: impl IntoIterator<Item = (N, Shape)>,
    ) -> Self {
        let names = names.into_iter().map(|(name, shape)| (name.into(), shape)).collect();
        Self::Map(Names { of, names: Rc::new(names) })
    }

    pub(super) fn list(of: Shape) -> Self {
        Self::List(Rc::new(of))
    }

    /// Says whether it waits for the reader.
    pub(super) fn is_reader(&self) -> bool {
        matches!(self, Self::Reader(_) | Self::ReaderUrl | Self::ReaderList)
    }

    /// Returns what it is, if it is a single value.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Text | Self::Trusted | Self::Url | Self::ReaderUrl => Some(Kind::Text),
            Self::Number => Some(Kind::Number),
            Self::Bool => Some(Kind::Bool),
            Self::Date => Some(Kind::Date),
            Self::Reader(kind) => Some(*kind),
            Self::Html | Self::List(_) | Self::ReaderList | Self::Map(_) => None,
        }
    }

    /// Says whether it may be of that kind.
    pub(super) fn may_be(&self, kind: Kind) -> bool {
        self.kind().is_some_and(|own| own == kind || own == Kind::Any)
    }

    /// Says whether it can be printed as it is.
    pub(super) fn is_printable(&self) -> bool {
        !matches!(self, Self::List(_) | Self::ReaderList | Self::Map(_) | Self::Html)
    }

    /// Says in words what it is.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Text | Self::Trusted => "text",
            Self::Html => "HTML",
            Self::Date => "a date",
            Self::Url => "an address",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Reader(Kind::Text) => "a subscriber's text",
            Self::Reader(Kind::Number) => "a subscriber's number",
            Self::Reader(Kind::Bool) => "a subscriber's yes or no",
            Self::Reader(Kind::Date) => "a subscriber's date",
            Self::Reader(Kind::Any) => "subscriber data",
            Self::ReaderUrl => "an address of the subscriber's own",
            Self::List(_) | Self::ReaderList => "a list",
            Self::Map(names) => names.of,
        }
    }
}

impl Data for Shape {
    fn child(&self, name: &str) -> Option<Self> {
        match self {
            Self::Map(map) => map.names.get(name).cloned(),
            Self::List(of) => match name {
                "length" => Some(Self::Number),
                index if index.bytes().all(|byte| byte.is_ascii_digit()) => Some(Shape::clone(of)),
                _ => None,
            },
            Self::ReaderList => match name {
                "length" => Some(Self::Reader(Kind::Number)),
                index if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Some(Self::Reader(Kind::Text))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn local(name: &str) -> Option<Self> {
        match name {
            "index" => Some(Self::Number),
            "first" | "last" => Some(Self::Bool),
            "key" => Some(Self::Text),
            _ => None,
        }
    }
}

/// Returns the shape of all that is not the template's or the reader's own.
pub(super) fn names(own: Own) -> Shape {
    use Shape::{Date, Html, Number, Text, Url};
    let issue = Shape::map(
        "the issue",
        [
            ("name", Text),
            ("subject", own.subject),
            ("preheader", own.preheader),
            ("note", Html),
            ("date", Date),
            ("from", Date),
            ("until", Date),
            ("number", Number),
            ("web_url", Url),
            ("minutes", Number),
            ("story_count", Number),
        ],
    );
    let newsletter = Shape::map(
        "the newsletter",
        [
            ("title", Text),
            ("url", Url),
            ("language", Text),
            ("direction", Text),
            ("address", Text),
            ("from_name", Text),
            ("reply_to", Text),
        ],
    );
    let section = Shape::map(
        "a section",
        [("name", Text), ("id", Text), ("intro", Html), ("stories", Shape::list(story()))],
    );
    Shape::map(
        "the template's data",
        [
            ("issue", issue),
            ("newsletter", newsletter),
            ("template", own.template),
            ("lead", story()),
            ("stories", Shape::list(story())),
            ("sections", Shape::list(section)),
            ("subscriber", own.subscriber),
            ("unsubscribe_url", Shape::ReaderUrl),
            ("preferences_url", Shape::ReaderUrl),
        ],
    )
}

/// The shapes that differ between newsletters and issues.
pub(super) struct Own {
    pub(super) subject: Shape,
    pub(super) preheader: Shape,
    pub(super) template: Shape,
    pub(super) subscriber: Shape,
}

/// Returns what a subject, a preheader, a note or an introduction may name.
pub(super) fn reader_names(subscriber: Shape) -> Shape {
    Shape::map(
        "a subject or note, which holds subscriber expressions only",
        [
            ("subscriber", subscriber),
            ("unsubscribe_url", Shape::ReaderUrl),
            ("preferences_url", Shape::ReaderUrl),
        ],
    )
}

fn story() -> Shape {
    use Shape::{Bool, Date, Html, Number, Text, Url};
    let picture = Shape::map(
        "a picture",
        [("src", Url), ("alt", Text), ("width", Number), ("height", Number), ("credit", Text)],
    );
    Shape::map(
        "a story",
        [
            ("id", Text),
            ("number", Number),
            ("headline", Text),
            ("kicker", Text),
            ("standfirst", Html),
            ("summary", Text),
            ("body", Html),
            ("show", Text),
            ("byline", Text),
            ("authors", Shape::list(Text)),
            ("date", Date),
            ("site", Text),
            ("link", Url),
            ("picture", picture),
            ("section", Text),
            ("tags", Shape::list(Text)),
            ("sponsor", Text),
            ("is_lead", Bool),
            ("is_late", Bool),
            ("words", Number),
            ("minutes", Number),
        ],
    )
}
