//! Where an article can be read on the web, from what its source says of all of them.

use jiff::tz::TimeZone;
use url::Url;

use super::front::Place;
use super::{Article, date};
use crate::config::Origin;
use crate::diag::Diagnostic;

/// Names of a file that stands for its folder.
const INDEXES: [&str; 3] = ["index", "_index", "README"];

/// Gives an article without an address the one that its source makes of its path, its front matter
/// and its date; where one of them is wanting, that is told.
pub(super) fn complete(article: &mut Article, place: &Place, origin: &Origin, zone: &TimeZone) {
    let Some(pattern) = origin.url.as_deref().filter(|_| article.link.is_none()) else { return };
    match address(article, place, origin, pattern, zone) {
        Some(url) => article.link = Some(url),
        None => {
            let warning = Diagnostic::warning("the article's address could not be told");
            let warning = warning.file(article.source.name());
            let note = format!("its source's addresses are `{pattern}`, and it has no date");
            article.warnings.push(warning.note(note).hint("give it a `date`, or a `link`"));
        }
    }
}

fn address(
    article: &Article,
    place: &Place,
    origin: &Origin,
    pattern: &str,
    zone: &TimeZone,
) -> Option<Url> {
    if let Some(path) = &place.path {
        let site = Url::parse(&pattern.replace(['{', '}'], "")).ok()?;
        // Zola's `path` has no slash at its end, and the address that it makes of it has.
        let is_folder = pattern.ends_with('/') && !path.ends_with('/') && !path.contains('.');
        let end = if is_folder { "/" } else { "" };
        return site.join(&format!("/{}{end}", path.trim_start_matches('/'))).ok();
    }
    let name = article.source.name();
    let below = name.strip_prefix(origin.path.as_str()).unwrap_or(name).trim_start_matches('/');
    let below = if below.is_empty() { name } else { below };
    let stem = below.rsplit_once('.').map_or(below, |(stem, _)| stem);
    // `a-story/index.md` is the folder's.
    let path = match stem.rsplit_once('/') {
        Some((folder, last)) if INDEXES.contains(&last) => folder,
        _ => stem,
    };
    let last = path.rsplit('/').next().unwrap_or(path);
    let slug = place.slug.clone().unwrap_or_else(|| without_date(last, zone).to_owned());
    let mut url = pattern.replace("{slug}", &encoded(&slug));
    url = url.replace("{name}", &encoded(last)).replace("{path}", &encoded(path));
    for (key, format) in [("{year}", "%Y"), ("{month}", "%m"), ("{day}", "%d")] {
        if url.contains(key) {
            url = url.replace(key, &article.date.as_ref()?.strftime(format).to_string());
        }
    }
    Url::parse(&url).ok()
}

/// `2023-03-20-a-vent` without the day, which is no part of an address.
fn without_date<'n>(name: &'n str, zone: &TimeZone) -> &'n str {
    match date::of_file_name(name, zone) {
        Some(_) => name.get(10..).unwrap_or(name).trim_start_matches(['-', '_', ' ']),
        None => name,
    }
}

/// What would end a path is a part of it; the rest is encoded by the address itself.
fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}
