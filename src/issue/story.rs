//! An issue with all its stories resolved: what the renderer takes.

use jiff::Zoned;
use url::Url;

use super::used::Trait;
use crate::article::Picture;
use crate::config::{Checks, Located};
use crate::words::{Inline, IssueName, Period, Prose, Source, Span};

/// One edition of the newsletter, ready to be rendered.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Its name.
    pub name: IssueName,
    /// Its file.
    pub source: Source,
    /// The subject, which may hold merge fields; the span is the text between the quotes.
    pub subject: Option<Phrase>,
    /// The preheader, likewise.
    pub preheader: Option<Phrase>,
    /// The editor's note in Markdown, which may hold merge fields.
    pub note: Option<Span>,
    /// The time that it covers.
    pub period: Period,
    /// When it is to go out; none for a special, sent by hand.
    pub slot: Option<Zoned>,
    /// Its number.
    pub number: Option<u64>,
    /// The sections in the order of the file, each with all of its stories, the lead included.
    pub sections: Vec<Section>,
    /// The template that it asks for in place of the newsletter's.
    pub template: Option<Located<String>>,
    /// The issue's own word on findings.
    pub check: Checks,
    /// `[options]` of the issue, by name.
    pub options: Vec<(String, toml::Value, Span)>,
}

/// A text of the front matter that is a template itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The text after TOML's escapes.
    pub text: String,
    /// Where the value stands, quotes included.
    pub span: Span,
}

/// A section with at least one story that is sent.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its heading.
    pub name: String,
    /// The heading as an id: lower case, words joined by `-`.
    pub id: String,
    /// Markdown before the first story, which may hold merge fields.
    pub intro: Option<Span>,
    /// Its stories in order.
    pub stories: Vec<Story>,
}

/// How much of a story an issue shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// All of it.
    Full,
    /// Headline, standfirst or summary, link.
    Summary,
    /// The headline alone.
    Headline,
}

impl Show {
    /// Returns the word that stands for it in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Summary => "summary",
            Self::Headline => "headline",
        }
    }
}

/// An article as it stands in an issue.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its place in the issue, as an id: `story-3`.
    pub id: String,
    /// The headline.
    pub headline: String,
    /// The word over the headline.
    pub kicker: Option<String>,
    /// The sentence or two under the headline.
    pub standfirst: Option<Vec<Inline>>,
    /// The standfirst as text, else whole sentences of the body up to 240 characters.
    pub summary: Option<String>,
    /// The text.
    pub body: Prose,
    /// How much of it is shown.
    pub show: Show,
    /// Who wrote it, as one line.
    pub byline: Option<String>,
    /// Who wrote it, a name each.
    pub authors: Vec<String>,
    /// When it was published.
    pub date: Option<Zoned>,
    /// The site that it was published on.
    pub site: Option<String>,
    /// Where it can be read on the web.
    pub link: Option<Url>,
    /// Its picture.
    pub picture: Option<Picture>,
    /// The section that it stands in.
    pub section: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Who paid for it.
    pub sponsor: Option<String>,
    /// Whether it is the lead.
    pub is_lead: bool,
    /// Whether it is older than the period: it came too late for the issue of its time.
    pub is_late: bool,
    /// The words of the whole article.
    pub words: usize,
    /// The minutes that the whole article takes to read, at least 1.
    pub minutes: usize,
    /// Where the story's line stands in the issue.
    pub span: Span,
    /// The path of its article in the workspace, if it has one.
    pub article: Option<String>,
    /// What the article is known by now.
    pub known_by: Option<Trait>,
}

impl Issue {
    /// Returns all stories in order, the lead included.
    pub fn stories(&self) -> impl Iterator<Item = &Story> {
        self.sections.iter().flat_map(|section| &section.stories)
    }

    /// Returns the lead.
    pub fn lead(&self) -> Option<&Story> {
        self.stories().find(|story| story.is_lead)
    }

    /// Returns the day that the issue bears: that of its slot, else of its end.
    pub fn date(&self) -> &Zoned {
        self.slot.as_ref().unwrap_or(&self.period.until)
    }
}
