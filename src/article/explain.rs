//! An article as machines read it: `gather --explain FILE --json`.

use serde_json::{Value, json};

use super::read::Format;
use super::summary::{self, SUMMARY_CHARS_MAX};
use super::{Article, front};
use crate::diag;
use crate::words::{Block, Inline};

/// Returns the article as read, as a document of the schema `letterpress.article/1`: the body as
/// text, a paragraph a line; the date with its offset.
pub fn to_json(article: &Article) -> Value {
    let date =
        article.date.as_ref().map(|date| date.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string());
    let picture = article
        .picture
        .as_ref()
        .map(|picture| json!({ "src": picture.src, "alt": picture.alt, "credit": picture.credit }));
    let format = Format::of(article.source.name());
    let has_front = matches!(format, Some(Format::Text | Format::Markdown));
    let front = has_front.then(|| front::as_written(&article.source)).flatten();
    let cut = article.cut.iter().map(|cut| json!({ "text": cut.text, "rule": cut.rule }));
    json!({
        "schema": "letterpress.article/1",
        "file": article.source.name(),
        "title": article.title,
        "byline": article.byline,
        "authors": article.authors,
        "date": date,
        "site": article.site,
        "link": article.link.as_ref().map(url::Url::as_str),
        "picture": picture,
        "standfirst": article.standfirst.as_deref().map(Inline::plain),
        "summary": summary(article),
        "body": Block::plain(&article.body),
        "section": article.section,
        "tags": article.tags,
        "featured": article.featured,
        "draft": article.draft,
        "front_matter": front,
        "warnings": article.warnings.iter().map(diag::to_json).collect::<Vec<_>>(),
        "cut": cut.collect::<Vec<_>>(),
    })
}

/// What stands under the headline where the body does not: the standfirst, else whole sentences.
fn summary(article: &Article) -> Option<String> {
    let standfirst = article.standfirst.as_deref().map(Inline::plain);
    standfirst.or_else(|| summary::summary(&article.body, SUMMARY_CHARS_MAX))
}
