//! `letterpress.toml`, typed.
//!
//! Invariant: what leaves this module is valid by itself; every value that can be wrong later knows
//! its line. A key that nobody reads is a fault, and so is one whose stage is not built yet.

mod checks;
mod dkim;
mod fields;
mod gathering;
mod pictures;
mod read;
mod relay;
mod schedule;
mod sections;
mod sending;
mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use url::Url;

use crate::diag::{Diagnostic, Faults};
use crate::words::{Address, Source, Span};
use crate::world::Files;

pub use checks::{CHECKS, Checks};
pub use dkim::{Dkim, KeyFrom, is_selector};
pub use pictures::Pictures;
pub(crate) use read::Section;
pub use relay::{Relay, SecretFrom, Timeouts, Tls};
pub use schedule::{Every, Schedule};
pub use values::{Mailbox, Rate, Share};

/// The file's usual name.
pub const FILE: &str = "letterpress.toml";

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the file.
    pub span: Span,
}

/// A newsletter, as `letterpress.toml` describes it.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub source: Source,
    /// `[newsletter]`.
    pub newsletter: Newsletter,
    /// `[sender]`.
    pub sender: Sender,
    /// `[fields]`: the merge fields that are not text, by name.
    pub fields: BTreeMap<String, Field>,
    /// `[gather]`.
    pub gather: Gather,
    /// `[unsubscribe]`.
    pub unsubscribe: Unsubscribe,
    /// `[delivery]`.
    pub delivery: Delivery,
    /// `[[relay]]`; at most one in this version.
    pub relay: Option<Relay>,
    /// `[pictures]`: how the workspace's pictures reach readers.
    pub pictures: Pictures,
    /// `[[dkim]]`: each signs every copy.
    pub dkim: Vec<Dkim>,
    /// `[schedule]`.
    pub schedule: Option<Schedule>,
    /// `[check]`: how grave each finding is taken.
    pub check: Checks,
    /// `[staff]`: who is told by mail what keeps `run` from sending.
    pub staff: Vec<Address>,
    /// `[options]`: values for the template's options, by name.
    pub options: BTreeMap<String, Located<toml::Value>>,
}

/// `[newsletter]`.
#[derive(Clone, Debug)]
pub struct Newsletter {
    /// The identity that copies and List-Id hang on; never changed.
    pub id: String,
    /// The name that readers see.
    pub title: String,
    /// What relative links and pictures are resolved against.
    pub url: Url,
    /// A BCP 47 tag.
    pub language: String,
    /// The zone of periods, dates and slots.
    pub time_zone: TimeZone,
    /// The postal address; its absence is a finding.
    pub address: Option<Located<String>>,
    /// The address of an issue on the web, with `{issue}` in it.
    pub archive: Option<String>,
    /// The lists that it goes to, by name.
    pub lists: Vec<Located<String>>,
    /// The template's folder under `templates/`.
    pub template: Located<String>,
}

/// `[sender]`.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The author that readers see.
    pub from: Mailbox,
    /// Where answers go.
    pub reply_to: Option<Mailbox>,
    /// Where bounces go (the envelope's reverse path); the From address by default.
    pub return_path: Address,
}

/// The type of a merge field, with its default.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Text; the default is empty.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A number; the default is null.
    Number(Option<f64>),
    /// A date; the default is null.
    Date {
        /// How the lists write it, in the words of `strptime`; otherwise as ISO 8601.
        format: Option<String>,
        /// What holds for who has none.
        default: Option<jiff::civil::Date>,
    },
    /// Several texts; the default is none.
    List {
        /// What stands between two of them.
        separator: String,
        /// What holds for who has none.
        default: Vec<String>,
    },
}

/// `[gather]`.
#[derive(Clone, Debug)]
pub struct Gather {
    /// Folders and files that hold articles.
    pub articles: Vec<Located<String>>,
    /// What makes an article featured; any of them.
    pub featured: Vec<Feature>,
    /// With fewer stories nothing is sent.
    pub min_stories: usize,
    /// What exceeds it is left out.
    pub max_stories: usize,
    /// How long before its period a featured article may lie that no issue had: it came late.
    pub carry_over: Duration,
    /// Feeds on the web that each gather fetches.
    pub feeds: Vec<Url>,
    /// Hosts of feeds that may be in a private network.
    pub private_feeds: Vec<String>,
    /// What a site's pages say around a story, beside what every site says.
    pub leftovers: Leftovers,
    /// `[[section]]`: where stories stand, and how many of them.
    pub sections: Vec<SectionRule>,
    /// `[[source]]`: what articles do not say of themselves.
    pub origins: Vec<Origin>,
}

/// Lines of plain text that are no part of a story, by how they begin; in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// They are cut wherever they stand.
    pub cut: Vec<String>,
    /// What comes behind them is no longer the story.
    pub ends: Vec<String>,
}

impl Leftovers {
    /// None but what every site says.
    pub const NONE: &'static Self = {
        static NONE: Leftovers = Leftovers { cut: Vec::new(), ends: Vec::new() };
        &NONE
    };
}

/// `[[section]]`: a section of the issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionRule {
    /// Its heading.
    pub name: String,
    /// Articles with any of these stand in it.
    pub marks: Vec<Mark>,
    /// It has at most so many stories; what exceeds it is left out.
    pub max: Option<usize>,
}

/// `[[source]]`: what the articles of a folder do not say of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The folder, or the file.
    pub path: String,
    /// The address of an article, with `{slug}`, `{name}`, `{path}`, `{year}`, `{month}` or `{day}` in
    /// it.
    pub url: Option<String>,
    /// The folder that pictures lie in whose path begins with `/`.
    pub files: Option<String>,
}

impl Origin {
    /// Where pictures lie whose path begins with `/`: of no source, in the workspace.
    pub fn root(origin: Option<&Self>) -> &str {
        origin.and_then(|origin| origin.files.as_deref()).unwrap_or_default()
    }

    /// The one that an article belongs to: of several, the one that says most of its path.
    pub fn of<'o>(origins: &'o [Self], name: &str) -> Option<&'o Self> {
        let holds = |origin: &&Self| match name.strip_prefix(origin.path.as_str()) {
            Some(rest) => rest.is_empty() || rest.starts_with('/') || origin.path.is_empty(),
            None => false,
        };
        origins.iter().filter(holds).max_by_key(|origin| origin.path.len())
    }
}

/// One way for an article to be featured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `featured: true` in its front matter.
    Flag,
    /// A tag or a folder.
    Mark(Mark),
}

/// What an article may be told by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A tag.
    Tag(String),
    /// A folder that it lies in, at any depth.
    Folder(String),
    /// The section that its front matter asks for.
    Section(String),
}

/// `[unsubscribe]`; that neither is set is a finding.
#[derive(Clone, Debug, Default)]
pub struct Unsubscribe {
    /// A web address with `{token}` in it.
    pub url: Option<String>,
    /// An address that takes unsubscribe mail.
    pub mailto: Option<Address>,
}

/// `[delivery]`.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Limits on copies per time, all of which hold.
    pub rates: Vec<Rate>,
    /// Limits by recipient domain, in lower case and A-labels; `*` is each that is not named.
    pub per_domain: BTreeMap<String, Vec<Rate>>,
    /// How long after its first attempt a copy is still tried.
    pub retry_for: Duration,
    /// How many connections are open at once.
    pub connections: usize,
    /// The share of failed copies above which a send ends with exit code 4.
    pub max_failed: Share,
    /// If not empty, nobody else is ever sent to.
    pub only_to: Vec<Address>,
}

impl Config {
    /// Reads and checks the file, with `overrides` of single keys laid over it: pairs of a dotted
    /// path and a TOML value (or a bare text).
    ///
    /// # Errors
    /// All faults of the file together.
    pub fn read(
        files: &dyn Files,
        path: &str,
        overrides: &[(String, String)],
    ) -> Result<Self, Faults> {
        let source = files.read_text(path).map_err(|error| match error.is_absent() {
            true => Faults::from(absent(path)),
            false => Faults::from(error),
        })?;
        Self::parse(values::overlay(source, overrides)?)
    }

    /// Checks the text of a configuration.
    ///
    /// # Errors
    /// All its faults together.
    pub fn parse(source: Source) -> Result<Self, Faults> {
        sections::parse(source)
    }
}

fn absent(path: &str) -> Diagnostic {
    Diagnostic::error(format!("there is no `{path}` here"))
        .note("a workspace is a folder with that file")
        .hint("`letterpress init DIR` makes a workspace; `-C DIR` works in another folder")
}

#[cfg(test)]
mod tests;
