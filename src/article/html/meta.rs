//! What a page says of itself: its head, JSON-LD, and the marks that pages put into their text.
//!
//! For each field the sources are asked in an order that was measured: what is made for machines
//! first, what is made for eyes last.

use jiff::Zoned;
use jiff::tz::TimeZone;
use scraper::{ElementRef, Html};
use url::Url;

use super::ld;
use super::tree::{all, attribute, folded, text, unescaped};
use crate::article::front::web_address;
use crate::article::{Picture, byline, date};

const TITLE: [&str; 4] = ["og:title", "twitter:title", "dc.title", "headline"];
const SITE: [&str; 2] = ["og:site_name", "application-name"];
const PICTURE: [&str; 4] = ["og:image", "og:image:url", "twitter:image", "twitter:image:src"];
const STANDFIRST: [&str; 2] = ["og:description", "description"];
const SECTION: [&str; 1] = ["article:section"];
const AUTHOR: [&str; 9] = [
    "author",
    "article:author",
    "article:author_name",
    "byl",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "twitter:data1",
];
const PUBLISHED: [&str; 16] = [
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.created",
    "dc.date",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "publish_date",
    "publish-date",
    "pubdate",
    "date",
];
/// Where pages that are made for eyes name the author.
const BYLINES: [&str; 9] = [
    "[rel~=author]",
    "[itemprop~=author] [itemprop=name]",
    "[itemprop~=author]",
    ".byline__name",
    ".author-name",
    ".byline",
    ".author",
    "[class*=byline]",
    "[class*=author-name]",
];
/// The name of a paper or an agency has no more words.
const OUTLET_WORDS_MAX: usize = 4;
/// A longer line is no byline, in characters.
const BYLINE_CHARS_MAX: usize = 120;
/// What pages write before a name.
const LABELS: [&str; 4] = ["by:", "interview:", "text:", "author:"];
/// `By` in other languages; names begin with these too, as in `Di Maio`.
const OPENINGS: [&str; 4] = ["von ", "par ", "por ", "di "];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Known {
    titles: Vec<String>,
    pub(super) date: Option<Zoned>,
    pub(super) byline: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) site: Option<String>,
    pub(super) link: Option<Url>,
    pub(super) picture: Option<Picture>,
    pub(super) standfirst: Option<String>,
    pub(super) section: Option<String>,
    pub(super) tags: Vec<String>,
}

/// Reads what a page says of itself.
pub(super) fn read(document: &Html, zone: &TimeZone) -> Known {
    let head = Head(all(document, "meta"));
    let story = ld::Story::of(document);
    let link = link(document, &head, &story);
    let authors = story.authors();
    let byline = byline::join(&authors).or_else(|| written_by(document, &head));
    let titles = story.headline().into_iter().chain(TITLE.iter().filter_map(|key| head.one(key)));
    let title = all(document, "title").into_iter().find_map(text);
    Known {
        titles: titles.chain(title).collect(),
        date: published(document, &head, &story, link.as_ref(), zone),
        byline,
        authors,
        site: head.first(&SITE).or_else(|| story.publisher()).filter(|site| !site.starts_with('@')),
        picture: picture(&head, &story),
        standfirst: head.first(&STANDFIRST).filter(|text| !text.ends_with(['…'])),
        section: head.first(&SECTION).or_else(|| story.section()),
        tags: head.every("article:tag"),
        link,
    }
}

/// The `<meta>` elements of a page.
struct Head<'a>(Vec<ElementRef<'a>>);

impl Head<'_> {
    fn every(&self, key: &str) -> Vec<String> {
        let bears = |meta: &&ElementRef<'_>| {
            ["property", "name", "itemprop"].iter().any(|attribute| {
                let names = meta.value().attr(attribute).unwrap_or_default();
                names.split_whitespace().any(|name| name.eq_ignore_ascii_case(key))
            })
        };
        let found = self.0.iter().filter(bears);
        found.filter_map(|meta| unescaped(meta.value().attr("content")?)).collect()
    }

    fn one(&self, key: &str) -> Option<String> {
        self.every(key).into_iter().next()
    }

    fn first(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.one(key))
    }
}

fn link(document: &Html, head: &Head<'_>, story: &ld::Story) -> Option<Url> {
    let canonical = all(document, "link[rel~=canonical]").into_iter();
    let canonical = canonical.filter_map(|link| attribute(link, "href"));
    canonical
        .chain(head.one("og:url"))
        .chain(story.link())
        .find_map(|address| web_address(&address))
}

/// What relative addresses of the page begin with.
pub(super) fn base(document: &Html, link: Option<&Url>) -> Option<Url> {
    let named = all(document, "base").into_iter().find_map(|base| attribute(base, "href"));
    let named = named.and_then(|address| match link {
        Some(link) => link.join(&address).ok(),
        None => web_address(&address),
    });
    named.or_else(|| link.cloned())
}

fn picture(head: &Head<'_>, story: &ld::Story) -> Option<Picture> {
    let src = head.first(&PICTURE).or_else(|| story.picture())?;
    let alt = head.first(&["og:image:alt", "twitter:image:alt"]).unwrap_or_default();
    Some(Picture { src, alt, credit: None, expires: None })
}

/// The headline. What a page says of itself often bears the site's name; a heading of the page, or
/// what a Readability took for one, tells what of it is the headline.
pub(super) fn title(known: &Known, document: &Html, readable: Option<&str>) -> Option<String> {
    let Some(said) = known.titles.first() else { return readable.and_then(folded) };
    let title = heading(document, said).unwrap_or_else(|| said.clone());
    match readable.and_then(folded) {
        Some(readable) if !is_end_of(&title, &readable) => Some(readable),
        _ => Some(title),
    }
}

/// The heading of a page that is the head or the tail of what the page calls itself: one that is
/// marked as an entry's, or else the longest. The other end is the site's name, which often is a
/// heading too, and leads to the front page.
fn heading(document: &Html, said: &str) -> Option<String> {
    let is_site = |element: &ElementRef<'_>| {
        element.child_elements().filter(|child| child.value().name() == "a").any(|link| {
            let href = link.value().attr("href").unwrap_or_default();
            link.value().attr("rel") == Some("home") || is_front_page(href)
        })
    };
    let fitting = |selector: &str| {
        let headings = all(document, selector).into_iter().filter(|heading| !is_site(heading));
        let texts = headings.filter_map(text).map(|text| bare(&text).to_owned());
        texts.filter(|text| is_end_of(text, said)).max_by_key(|text| text.chars().count())
    };
    fitting(".entry-title").or_else(|| fitting("h1, h2"))
}

fn is_front_page(href: &str) -> bool {
    let path = href.rsplit_once("://").map_or(href, |(_, rest)| {
        rest.split_once('/').map_or("/", |(_, path)| if path.is_empty() { "/" } else { path })
    });
    path == "/"
}

/// A heading without the signs that some pages draw before it.
fn bare(text: &str) -> &str {
    let begins = |c: char| c.is_alphanumeric() || "\"'“‘«(¿¡„‚#$€£".contains(c);
    text.find(begins).map_or(text, |at| &text[at..])
}

/// Says whether a text is the head or the tail of another, whatever their case.
fn is_end_of(part: &str, whole: &str) -> bool {
    let (part, whole) = (part.to_lowercase(), whole.to_lowercase());
    part.chars().count() > 2 && (whole.starts_with(&part) || whole.ends_with(&part))
}

fn published(
    document: &Html,
    head: &Head<'_>,
    story: &ld::Story,
    link: Option<&Url>,
    zone: &TimeZone,
) -> Option<Zoned> {
    let parse = |text: String| date::parse(&text, zone);
    let of = |element: ElementRef<'_>| {
        ["datetime", "content", "title"]
            .iter()
            .find_map(|name| attribute(element, name).and_then(parse))
            .or_else(|| text(element).and_then(parse))
    };
    story
        .published()
        .and_then(parse)
        .or_else(|| PUBLISHED.iter().find_map(|key| head.one(key).and_then(parse)))
        .or_else(|| all(document, "[itemprop~=datePublished]").into_iter().find_map(of))
        .or_else(|| all(document, "time[pubdate], time[datetime]").into_iter().find_map(of))
        .or_else(|| all(document, "time").into_iter().find_map(of))
        .or_else(|| link.and_then(|link| date::of_path(link.path(), zone)))
}

fn written_by(document: &Html, head: &Head<'_>) -> Option<String> {
    let said = AUTHOR.iter().find_map(|key| {
        let mut names: Vec<String> = Vec::new();
        for name in head.every(key).iter().filter_map(|line| name_line(line)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        byline::join(&names)
    });
    said.or_else(|| {
        let marked = BYLINES.iter().flat_map(|selector| all(document, selector));
        marked.filter_map(credit).find_map(|line| name_line(&line))
    })
}

/// The line that an element which names the author stands in: the element's own, or that of its
/// parent where this is `By`, the name, and whom they write for.
fn credit(element: ElementRef<'_>) -> Option<String> {
    let own = text(element)?;
    let parent = element.parent().and_then(ElementRef::wrap);
    let whole = parent.and_then(|parent| folded(&parent.text().collect::<Vec<_>>().join(" ")));
    let is_credit = |whole: &String| {
        let behind = byline::bare(whole).strip_prefix(&own);
        whole.len() > byline::bare(whole).len() && behind.is_some_and(is_outlet)
    };
    Some(whole.filter(is_credit).unwrap_or(own))
}

/// A few words in capitals: a newspaper, an agency.
fn is_outlet(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_name = |word: &&str| word.starts_with(char::is_uppercase) && !word.contains(':');
    (1..=OUTLET_WORDS_MAX).contains(&words.len())
        && words.iter().all(is_name)
        && !text.contains(|c: char| c.is_ascii_digit())
}

/// A line that names people, without what pages write around it; `None` for addresses, handles,
/// numbers and what is too long.
fn name_line(line: &str) -> Option<String> {
    let line = byline::bare(line);
    let line = byline::bare(behind(line, &LABELS).unwrap_or(line));
    let is_name = |rest: &&str| rest.contains(' ') && rest.starts_with(char::is_uppercase);
    let line = behind(line, &OPENINGS).filter(is_name).unwrap_or(line);
    let line = line.split_once(" (http").map_or(line, |(name, _)| name);
    let line = without_date(line).trim_end_matches([',', '|', '-', '–', '—', '·', ' ', ':']);
    let has_letters = line.chars().any(char::is_alphabetic);
    let is_line = has_letters
        && line.chars().count() <= BYLINE_CHARS_MAX
        && !line.contains("://")
        && !line.starts_with(['@', '#'])
        && !line.contains("www.");
    is_line.then(|| line.to_owned())
}

/// What follows an opening of a line, whatever its case.
fn behind<'a>(line: &'a str, openings: &[&str]) -> Option<&'a str> {
    openings.iter().find_map(|opening| {
        let head = line.get(..opening.len())?;
        head.eq_ignore_ascii_case(opening).then(|| line[opening.len()..].trim_start())
    })
}

/// Cuts a date off the end of a line, and what joins it.
fn without_date(line: &str) -> &str {
    let cuts = [" on ", " | ", " - ", " – ", " — ", " · ", ", ", " "];
    for (at, _) in line.char_indices().filter(|(at, _)| *at > 0) {
        let Some(joint) = cuts.iter().find(|joint| line[at..].starts_with(*joint)) else {
            continue;
        };
        let tail = line[at + joint.len()..].trim();
        let begins_as_date = tail.starts_with(|c: char| c.is_ascii_digit())
            || tail.split([' ', ',', '.']).next().is_some_and(is_month);
        if begins_as_date && tail.chars().any(|c| c.is_ascii_digit()) {
            return without_small_words(&line[..at]);
        }
    }
    line
}

/// Takes words off the end that no name ends with: `on`, `vor`, `před`.
fn without_small_words(line: &str) -> &str {
    let mut line = line.trim_end();
    while let Some((rest, last)) = line.rsplit_once(' ')
        && last.starts_with(char::is_lowercase)
    {
        line = rest.trim_end();
    }
    line
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_lowercase();
    word.len() >= 3 && MONTHS.iter().any(|month| word.starts_with(month)) && word.len() <= 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_an_author_writes_for_stands_in_the_byline_where_the_page_has_it_there() {
        let byline = |html: &str| {
            let document = Html::parse_document(&format!("<p>News</p><div>{html}</div>"));
            let author = all(&document, "[rel=author]").into_iter().next()?;
            name_line(&credit(author)?)
        };
        for (html, line) in [
            ("By <a rel=author>Ann Lee</a><br>Coast News Agency", "Ann Lee Coast News Agency"),
            ("By <a rel=author>Ann Lee</a> Updated May 3", "Ann Lee"),
            ("By <a rel=author>Ann Lee</a> and others", "Ann Lee"),
            ("<a rel=author>Ann Lee</a> Coast News", "Ann Lee"),
            ("By <a rel=author>Ann Lee</a> Share This Story With All Friends", "Ann Lee"),
        ] {
            assert_eq!(byline(html).as_deref(), Some(line), "{html}");
        }
    }

    #[test]
    fn a_byline_is_the_names_alone() {
        for (line, names) in [
            ("By Ann Lee", Some("Ann Lee")),
            ("Von Anna Groß", Some("Anna Groß")),
            ("Posted by Ann Lee on March 3, 2020", Some("Ann Lee")),
            ("Ann Lee, 3 March 2020", Some("Ann Lee")),
            ("By Ann Lee and Bo Diaz | Jan. 5, 2020 9:14 am", Some("Ann Lee and Bo Diaz")),
            ("Juan May", Some("Juan May")),
            ("Di Maio", Some("Di Maio")),
            ("Von der Leyen", Some("Von der Leyen")),
            ("Author: by Ann Lee", Some("Ann Lee")),
            ("Eva Malá před 3 hodinami", Some("Eva Malá")),
            ("https://site.example/ann", None),
            ("Ann Lee (https://site.example/ann)", Some("Ann Lee")),
            ("@ann", None),
            ("2020", None),
        ] {
            assert_eq!(name_line(line).as_deref(), names, "{line}");
        }
    }
}
