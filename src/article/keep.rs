//! An entry of a feed on the web as a file of its own, so that an issue can be built without the
//! feed, and elsewhere.

use std::fmt::Write as _;

use toml_edit::{Array, Value};
use url::Url;

use super::digest;
use super::markdown::{line, written};
use super::read::decoded;
use super::{Article, feed};
use crate::diag::Diagnostic;
use crate::words::Source;
use jiff::tz::TimeZone;

/// Where such files lie.
const FOLDER: &str = "articles/from-feeds";
/// How long a name may be, in bytes, without the day before it.
const NAME_BYTES_MAX: usize = 60;

/// The entries of a feed that was fetched, each named by the file that it would be kept in.
///
/// # Errors
/// If it is no feed, or cannot be read.
pub fn entries(url: &Url, bytes: &[u8], zone: &TimeZone) -> Result<Vec<Article>, Diagnostic> {
    let Some(entries) = feed::read(url.as_str(), bytes, zone, None)? else {
        let what = Diagnostic::error(format!("`{url}` is no feed"));
        return Err(match feed::named_by_page(bytes, url) {
            Some(feed) => what.note("it is a page, and names its feed").hint(format!("`{feed}`")),
            None => what.note("neither RSS, Atom nor JSON Feed"),
        });
    };
    let mut names = std::collections::HashSet::new();
    let kept = entries.articles.into_iter().map(|mut article| {
        let mut name = file(&article, url, "");
        if !names.insert(name.clone()) {
            let id = digest::of_bytes(article.source.name().as_bytes());
            name = file(&article, url, &format!("-{:02x}{:02x}{:02x}", id[0], id[1], id[2]));
            names.insert(name.clone());
        }
        article.warnings = article.warnings.into_iter().map(|own| own.file(&*name)).collect();
        article.source = Source::new(name, "");
        article
    });
    Ok(kept.collect())
}

/// `articles/from-feeds/site.example/2023-03-20-a-vent-on-venus.md`.
fn file(article: &Article, url: &Url, mark: &str) -> String {
    let host = plain(url.host_str().unwrap_or("feed"), ".");
    let last = article.link.as_ref().and_then(|link| {
        let last = decoded(link.path_segments()?.rfind(|part| !part.is_empty())?);
        let last = last.rsplit_once('.').map_or(&*last, |(stem, _)| stem);
        let words = plain(last, "");
        // A number says nothing to a person.
        words.contains(|c: char| c.is_ascii_alphabetic()).then_some(words)
    });
    let name = last.unwrap_or_else(|| plain(&article.title, ""));
    let name = if name.is_empty() { "entry".to_owned() } else { name };
    match &article.date {
        Some(date) => format!("{FOLDER}/{host}/{}-{name}{mark}.md", date.strftime("%Y-%m-%d")),
        None => format!("{FOLDER}/{host}/{name}{mark}.md"),
    }
}

/// Letters and digits, in lower case; all else is a hyphen, but for what is to be kept.
fn plain(text: &str, keep: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || keep.contains(c) {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') && c != '\'' && c != '’' {
            name.push('-');
        }
        if name.len() >= NAME_BYTES_MAX {
            break;
        }
    }
    name.trim_matches(['-', '.']).to_owned()
}

/// An article as a file: front matter and Markdown, which read back to it.
pub fn text(article: &Article) -> String {
    let mut text = String::from("+++\n");
    let mut line_of = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value}");
        }
    };
    let said = |value: Option<&str>| value.map(|value| Value::from(tidy(value)));
    line_of("title", said(Some(&article.title)));
    if let Some(date) = &article.date {
        line_of("date", said(Some(&date.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())));
    }
    line_of("link", said(article.link.as_ref().map(url::Url::as_str)));
    line_of("site", said(article.site.as_deref()));
    let list = |values: &[String]| {
        let values: Array = values.iter().map(|value| tidy(value)).collect();
        (!values.is_empty()).then_some(Value::Array(values))
    };
    line_of("authors", list(&article.authors));
    line_of("tags", list(&article.tags));
    let standfirst =
        article.standfirst.as_deref().map(|inlines| line(inlines).replace("\\\n", " "));
    line_of("standfirst", said(standfirst.as_deref()));
    line_of("picture", said(article.picture.as_ref().map(|picture| picture.src.as_str())));
    let alt = article.picture.as_ref().map(|picture| picture.alt.as_str());
    line_of("picture_alt", said(alt.filter(|alt| !alt.is_empty())));
    for (key, is_set) in [("featured", article.featured), ("draft", article.draft)] {
        line_of(key, is_set.then(|| Value::from(true)));
    }
    let _ = write!(text, "+++\n{}", written(&article.body));
    format!("{}\n", text.trim_end())
}

fn tidy(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
