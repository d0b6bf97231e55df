//! Reads one file, whatever it is written in.

use jiff::tz::TimeZone;

use super::front::{self, Front, Place};
use super::html;
use super::markdown::{self, Markdown};
use super::text::{self, About, Repeated};
use super::{Article, Cut, byline, date, link, picture};
use crate::config::{Leftovers, Origin};
use crate::diag::Diagnostic;
use crate::words::{Block, Inline, Prose, Source};

/// A larger file is no article.
const ARTICLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Plain text with more lines is a log or a table.
const TEXT_LINES_MAX: usize = 20_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Markdown,
    Text,
    Html,
    Feed,
}

impl Format {
    /// Tells it by the file's extension.
    pub(super) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (_, extension) = name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "md" | "markdown" | "mdx" => Some(Self::Markdown),
            "txt" => Some(Self::Text),
            "html" | "htm" | "xhtml" => Some(Self::Html),
            "xml" | "rss" | "atom" | "json" => Some(Self::Feed),
            _ => None,
        }
    }
}

/// What is known of an article beside its file.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The zone of dates that name none.
    pub zone: &'a TimeZone,
    /// The lines that plain text shares with other files.
    pub repeated: &'a Repeated,
    /// What letterpress.toml calls no part of a story.
    pub leftovers: &'a Leftovers,
    /// What all articles of its folder have in common.
    pub origin: Option<&'a Origin>,
}

/// Reads one article.
///
/// # Errors
/// All faults of the file together: front matter that does not parse or says what cannot be, a
/// format that is not built yet, a file too large for an article.
pub fn read(source: &Source, setting: &Setting<'_>) -> Result<Article, Vec<Diagnostic>> {
    let Setting { zone, repeated, leftovers, origin } = *setting;
    let root = Origin::root(origin);
    let name = source.name();
    let format = match Format::of(name) {
        Some(Format::Feed) => return Err(unread(name, A_FEED)),
        Some(format) => format,
        None => return Err(unread(name, NAMES)),
    };
    if source.text().len() > ARTICLE_BYTES_MAX {
        return Err(unread(name, "it is larger than 4 MiB"));
    }
    if format == Format::Text && source.text().lines().nth(TEXT_LINES_MAX).is_some() {
        return Err(unread(name, "it has more than 20,000 lines"));
    }
    let mut article;
    let mut place = Place::default();
    if format == Format::Html {
        article = blank(source, Front::default());
        from_html(&mut article, html::read(source, zone)?);
    } else {
        let (mut front, start) = front::read(source, zone, origin)?;
        place = std::mem::take(&mut front.place);
        article = blank(source, front);
        match format {
            Format::Text => from_text(&mut article, start, &About { zone, repeated, leftovers }),
            _ => from_markdown(&mut article, start, root),
        }
    }
    complete(&mut article, zone);
    if let Some(origin) = origin {
        link::complete(&mut article, &place, origin, zone);
    }
    Ok(article)
}

/// Why a feed is no article.
const A_FEED: &str = "it is a feed: its entries are the articles, named as `FEED.xml#ID`";

/// The file that an article stands in: of an entry, its feed.
pub fn file_of(name: &str) -> &str {
    match name.split_once('#') {
        Some((file, _)) if Format::of(file) == Some(Format::Feed) => file,
        _ => name,
    }
}

/// What an article's file is called.
pub(super) const NAMES: &str = "an article's name ends in `.md`, `.markdown`, `.html` or `.txt`";

fn unread(name: &str, why: &str) -> Vec<Diagnostic> {
    vec![Diagnostic::error("this is no article that can be read").file(name).note(why)]
}

/// The article as far as its front matter tells it.
pub(super) fn blank(source: &Source, front: Front) -> Article {
    Article {
        source: source.clone(),
        title: front.title.unwrap_or_default(),
        date: front.date,
        byline: front.byline,
        authors: front.authors,
        site: front.site,
        link: front.link,
        picture: front.picture,
        standfirst: front.standfirst.map(|text| markdown::inline(&text)),
        kicker: front.kicker,
        body: Prose::new(),
        section: front.section,
        tags: front.tags,
        featured: front.featured,
        draft: front.draft,
        weight: front.weight,
        embargo: front.embargo,
        retracted: front.retracted,
        warnings: front.warnings,
        cut: Vec::new(),
    }
}

fn from_text(article: &mut Article, start: usize, about: &About<'_>) {
    let known = (!article.title.is_empty()).then_some(article.title.as_str());
    let scrape = text::read(&article.source, start, known, about);
    article.title = scrape.title.unwrap_or(std::mem::take(&mut article.title));
    article.date = article.date.take().or(scrape.date);
    article.link = article.link.take().or(scrape.link);
    if let Some(line) = scrape.byline
        && article.byline.is_none()
    {
        article.authors = byline::names(&line);
        article.byline = Some(line);
    }
    article.body = scrape.body;
    article.cut = scrape.cut;
    article.warnings.extend(scrape.warnings);
}

fn from_html(article: &mut Article, page: html::Page) {
    article.title = page.title.unwrap_or_default();
    article.date = page.date;
    article.byline = page.byline;
    article.authors = page.authors;
    article.site = page.site;
    article.link = page.link;
    article.picture = page.picture;
    article.section = page.section;
    article.tags = page.tags;
    article.body = page.body;
    article.cut = page.cut;
    article.warnings = page.warnings;
    if article.title.is_empty() {
        take_heading(article);
    }
    // Many pages repeat the beginning of the story there.
    let text = Block::plain(&article.body);
    let standfirst = page.standfirst.filter(|standfirst| !text.starts_with(standfirst.as_str()));
    article.standfirst = standfirst.map(|text| vec![Inline::Text(text)]);
}

fn from_markdown(article: &mut Article, start: usize, root: &str) {
    let source = article.source.clone();
    let text = &source.text()[start..];
    let Markdown { prose, dropped, unlinked } = markdown::read(text);
    if let Some(first) = unlinked.first() {
        let warning = Diagnostic::warning("a link was left out: it leads nowhere from a letter")
            .at(source.span(start + first.start..start + first.end), count(unlinked.len()))
            .hint("links are `https:`, `http:` or `mailto:`");
        article.warnings.push(warning);
    }
    if let Some(first) = dropped.first() {
        let warning = Diagnostic::warning("raw HTML was left out")
            .at(source.span(start + first.start..start + first.end), count(dropped.len()));
        article.warnings.push(warning);
    }
    let html =
        dropped.iter().map(|range| Cut { text: one_line(&text[range.clone()]), rule: "raw HTML" });
    article.cut.extend(html);
    article.body = prose;
    drop_template_code(article);
    place_pictures(article, root);
    take_heading(article);
}

fn count(places: usize) -> String {
    match places {
        1 => String::new(),
        _ => format!("here and in {} more places", places - 1),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves out paragraphs that are only another generator's template code.
fn drop_template_code(article: &mut Article) {
    let before = article.cut.len();
    let is_mdx = article.source.name().ends_with(".mdx");
    let cut = &mut article.cut;
    article.body.retain(|block| {
        let Block::Paragraph(inlines) = block else { return true };
        let text = Inline::plain(inlines);
        let text = text.trim();
        let code = (text.starts_with("{{") && text.ends_with("}}"))
            || (text.starts_with("{%") && text.ends_with("%}"))
            || (is_mdx && is_module_code(text));
        if code {
            cut.push(Cut { text: text.to_owned(), rule: "template code" });
        }
        !code
    });
    cut_shortcodes(&mut article.body, &mut article.cut);
    if article.cut.len() > before {
        let warning = Diagnostic::warning("another program's template code was left out")
            .file(article.source.name());
        article.warnings.push(warning);
    }
}

/// Takes Hugo's shortcodes out of lines (`{{< figure … >}}`, `{{% note %}}`).
fn cut_shortcodes(body: &mut Prose, cut: &mut Vec<Cut>) {
    Block::each_mut(body, &mut |block| {
        let (Block::Paragraph(line) | Block::Heading(_, line)) = block else { return };
        for part in line {
            let Inline::Text(text) = part else { continue };
            while let Some(range) = shortcode(text) {
                cut.push(Cut { text: text[range.clone()].to_owned(), rule: "template code" });
                text.replace_range(range, "");
            }
        }
    });
}

fn shortcode(text: &str) -> Option<std::ops::Range<usize>> {
    [("{{<", ">}}"), ("{{%", "%}}")].iter().find_map(|(begin, end)| {
        let start = text.find(begin)?;
        let length = text[start..].find(end)?;
        Some(start..start + length + end.len())
    })
}

/// Says whether a paragraph of MDX is a line of its JavaScript.
fn is_module_code(text: &str) -> bool {
    (text.starts_with("import ") && text.contains(['\'', '"', '’', '”']) && text.contains(" from "))
        || ["export const ", "export default ", "export function "]
            .iter()
            .any(|start| text.starts_with(start))
}

/// Makes the pictures' addresses paths in the workspace; those that begin with `/` lie in `root`.
fn place_pictures(article: &mut Article, root: &str) {
    let name = article.source.name().to_owned();
    let (cut, warnings) = (&mut article.cut, &mut article.warnings);
    let mut place = |src: &mut String| match picture::resolve(&name, root, &decoded(src)) {
        Ok(path) => {
            *src = path;
            true
        }
        Err(why) => {
            cut.push(Cut { text: src.clone(), rule: "picture" });
            let warning = Diagnostic::warning(format!("the picture `{src}` was left out"));
            warnings.push(warning.file(&*name).note(why.text()));
            false
        }
    };
    retain_pictures(&mut article.body, &mut place);
}

fn retain_pictures(prose: &mut Prose, keep: &mut dyn FnMut(&mut String) -> bool) {
    prose.retain_mut(|block| match block {
        Block::Picture { src, .. } => keep(src),
        Block::Quote(inner) => {
            retain_pictures(inner, keep);
            true
        }
        Block::List { items, .. } => {
            items.iter_mut().for_each(|item| retain_pictures(item, keep));
            true
        }
        _ => true,
    });
}

/// Decodes `%20` and its like in a path; a web address stays as it is.
pub(super) fn decoded(src: &str) -> String {
    if src.contains("//") || !src.contains('%') {
        return src.to_owned();
    }
    let mut bytes = Vec::with_capacity(src.len());
    let mut rest = src.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| src.to_owned())
}

/// Takes the headline from the first heading where front matter has none, and takes a first
/// heading that repeats the headline out of the text.
fn take_heading(article: &mut Article) {
    let at = article.body.iter().position(|block| matches!(block, Block::Heading(..)));
    let Some(at) = at else { return };
    let Block::Heading(_, inlines) = &article.body[at] else { return };
    let heading = one_line(&Inline::plain(inlines));
    if article.title.is_empty() && !heading.is_empty() {
        let warning = Diagnostic::warning("no `title`: the first heading was taken for it");
        article.warnings.push(warning.file(article.source.name()));
        article.title = heading;
        article.body.remove(at);
    } else if at == 0 && heading.to_lowercase() == article.title.to_lowercase() {
        article.body.remove(at);
    }
}

/// Fills in from the file's name what nothing else told, and tells what is unknown.
fn complete(article: &mut Article, zone: &TimeZone) {
    let path = article.source.name().to_owned();
    let name = path.rsplit('/').next().unwrap_or(&path);
    let mut warn = |what: &str| article.warnings.push(Diagnostic::warning(what).file(&*path));
    if article.date.is_none() {
        article.date = date::of_file_name(name, zone);
        warn(match article.date {
            Some(_) => "no date in the article: the one in its file's name was taken",
            None => "the article has no date; only `gather --pick` takes it",
        });
    }
    if article.title.is_empty() {
        warn("no headline was found: the file's name was taken for it");
        article.title = title_of(name, zone);
    }
    if article.body.is_empty() {
        warn("the article has no text");
    }
}

/// `2023-03-20-a-vent_on-venus.txt` reads as `A vent on venus`.
fn title_of(name: &str, zone: &TimeZone) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = match date::of_file_name(stem, zone) {
        Some(_) => stem[10..].trim_start_matches(['-', '_', ' ']),
        None => stem,
    };
    let words = one_line(&stem.replace(['-', '_'], " "));
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => name.to_owned(),
    }
}
