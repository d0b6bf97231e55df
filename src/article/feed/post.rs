//! An entry, whatever it was written in, made into an article.

use jiff::Zoned;
use jiff::tz::TimeZone;
use url::Url;

use crate::article::front::{Front, Place};
use crate::article::html::{self, Fragment, folded};
use crate::article::read::blank;
use crate::article::{Article, Picture, byline, link, summary};
use crate::config::Origin;
use crate::diag::Diagnostic;
use crate::words::{Block, Inline, Prose, Source};

/// How long a title is that is made of a text.
const TITLE_CHARS_MAX: usize = 80;

/// What all entries of a file have in common.
pub(super) struct Site<'a> {
    /// The file.
    pub(super) file: &'a str,
    pub(super) zone: &'a TimeZone,
    pub(super) origin: Option<&'a Origin>,
    pub(super) title: Option<String>,
    /// Where it is on the web.
    pub(super) base: Option<Url>,
}

/// An entry as it was written.
#[derive(Debug, Default)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) date: Option<Zoned>,
    pub(super) authors: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) link: Option<Url>,
    pub(super) slug: Option<String>,
    pub(super) picture: Option<Picture>,
    /// The text, and its summary, as HTML.
    pub(super) content: String,
    pub(super) summary: Option<String>,
    pub(super) featured: bool,
    pub(super) draft: bool,
}

impl Post {
    pub(super) fn article(self, site: &Site<'_>) -> Article {
        let name = format!("{}#{}", site.file, self.id);
        let base = self.link.as_ref().or(site.base.as_ref());
        let mut warnings = Vec::new();
        let mut fragment = |html: &str| match html::fragment(site.file, html, base) {
            Ok(fragment) => fragment,
            Err(why) => {
                let warning = Diagnostic::warning("the text of an entry was left out");
                warnings.push(warning.file(&*name).note(why));
                Fragment::default()
            }
        };
        let Fragment { prose: body, cut } = fragment(&self.content);
        let standfirst = self.summary.map(|summary| fragment(&summary).prose);
        let standfirst = standfirst.and_then(|prose| standfirst_of(&prose, &body));
        let front = Front {
            title: self.title,
            date: self.date,
            byline: byline::join(&self.authors),
            authors: self.authors,
            site: site.title.clone(),
            link: self.link,
            picture: self.picture,
            tags: self.tags,
            featured: self.featured,
            draft: self.draft,
            warnings,
            ..Front::default()
        };
        let source = Source::new(name.as_str(), "");
        let mut article = Article { standfirst, body, cut, ..blank(&source, front) };
        complete(&mut article);
        if let Some(origin) = site.origin {
            let place = Place { slug: self.slug, path: None };
            link::complete(&mut article, &place, origin, site.zone);
        }
        article
    }
}

/// The summary as a standfirst, unless the text begins with it: many feeds say it twice.
fn standfirst_of(summary: &Prose, body: &Prose) -> Option<Vec<Inline>> {
    let text = folded(&Block::plain(summary))?;
    let start = text.trim_end_matches(['…', '.', ' ']);
    let own = folded(&Block::plain(body)).unwrap_or_default();
    (!own.starts_with(start)).then(|| vec![Inline::Text(text)])
}

/// Fills in what an entry does not say, and tells what is unknown.
fn complete(article: &mut Article) {
    let name = article.source.name().to_owned();
    let mut warn = |what: &str| article.warnings.push(Diagnostic::warning(what).file(&*name));
    if article.title.is_empty() {
        warn("the entry has no title: its first words were taken for one");
        let words = summary(&article.body, TITLE_CHARS_MAX);
        article.title = words.unwrap_or_else(|| "Untitled".to_owned());
    }
    if article.date.is_none() {
        warn("the entry has no date; only `gather --pick` takes it");
    }
    if article.body.is_empty() {
        warn("the entry has no text");
    }
}
