//! A web page as an article: the story out of the page, and what the page says of itself.
//!
//! Invariant: no markup passes through. The page is read into [`Prose`], which can hold none, and
//! its links lead to the web or to an address.

mod extent;
mod ld;
mod main_text;
mod meta;
mod original;
mod places;
mod prose;
mod spaces;
mod tree;

use jiff::Zoned;
use jiff::tz::TimeZone;
use scraper::Html;
use url::Url;

use super::date;
use super::text::of_blocks;
use super::{Cut, Picture};
use crate::diag::Diagnostic;
use crate::words::{Block, Prose, Source};
use original::Original;
use places::Places;

pub(super) use extent::without_data;
pub(super) use tree::{folded, unescaped};

/// What was found in a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: Option<String>,
    pub(super) date: Option<Zoned>,
    pub(super) byline: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) site: Option<String>,
    pub(super) link: Option<Url>,
    pub(super) picture: Option<Picture>,
    pub(super) standfirst: Option<String>,
    pub(super) section: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) body: Prose,
    pub(super) cut: Vec<Cut>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads a page.
///
/// # Errors
/// If there is more of it than a reader can take.
pub(super) fn read(source: &Source, zone: &TimeZone) -> Result<Page, Vec<Diagnostic>> {
    let html = source.text();
    if let Some(why) = extent::refusal(html) {
        let fault = Diagnostic::error("this is no article that can be read").file(source.name());
        return Err(vec![fault.note(why)]);
    }
    let document = Html::parse_document(html);
    let known = meta::read(&document, zone);
    let base = meta::base(&document, known.link.as_ref());
    let text = main_text::find(html, known.link.as_ref());
    let mut page = Page { link: known.link.clone(), ..Page::default() };
    let mut places = Places::new(source.name(), base.as_ref());
    let original = Original::of(&document, base.as_ref());
    page.body = prose::read(&text.html, &mut places, &original);
    spaces::restore(&mut page.body, &tree::text(document.root_element()).unwrap_or_default());
    page.title = meta::title(&known, &document, text.title.as_deref());
    page.date = known.date.or_else(|| text.date.and_then(|date| date::parse(&date, zone)));
    page.byline = known.byline;
    page.authors = page.byline.as_deref().map(super::byline::names).unwrap_or_default();
    if !known.authors.is_empty() {
        page.authors = known.authors;
    }
    page.site = known.site;
    page.standfirst = known.standfirst;
    page.section = known.section;
    page.tags = known.tags;
    page.picture = known.picture.and_then(|picture| {
        let src = places.picture(&picture.src)?;
        Some(Picture { src, ..picture })
    });
    page.cut = places.cut();
    cut_furniture(&mut page, zone);
    if text.is_rescued {
        let warning = Diagnostic::warning("the story was hard to tell from the rest of the page");
        page.warnings
            .push(warning.file(source.name()).hint("read it with `gather --explain` before use"));
    }
    Ok(page)
}

/// A part of a page.
#[derive(Debug, Default)]
pub(super) struct Fragment {
    pub(super) prose: Prose,
    pub(super) cut: Vec<Cut>,
}

/// Reads a part of a page that is all story, as feeds have it. `file` is the file that it stands in,
/// `base` where it is on the web.
///
/// # Errors
/// If there is more of it than a reader can take.
pub(super) fn fragment(
    file: &str,
    html: &str,
    base: Option<&Url>,
) -> Result<Fragment, &'static str> {
    if let Some(why) = extent::refusal(html) {
        return Err(why);
    }
    let mut places = Places::new(file, base);
    let prose = prose::read(html, &mut places, &Original::default());
    Ok(Fragment { prose, cut: places.cut() })
}

/// Takes out of the story what says itself that it is none.
fn cut_furniture(page: &mut Page, zone: &TimeZone) {
    let text = |block: &Block| Block::plain(std::slice::from_ref(block));
    let texts: Vec<String> = page.body.iter().map(text).collect();
    let title = page.title.as_deref().unwrap_or_default();
    let furniture = of_blocks(&texts, title, zone);
    if page.byline.is_none()
        && let Some(byline) = furniture.byline
    {
        page.authors = super::byline::names(&byline);
        page.byline = Some(byline);
    }
    page.date = page.date.take().or(furniture.date);
    let found = furniture.rules;
    let mut at = 0;
    page.body.retain(|_| {
        at += 1;
        !found.contains_key(&(at - 1))
    });
    let cuts = found.into_iter().map(|(at, rule)| Cut { text: texts[at].replace('\n', " "), rule });
    page.cut.extend(cuts);
}
