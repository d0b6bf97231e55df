//! `[gather]`, `[[section]]` and `[[source]]`: where articles lie, and which are taken.

use std::time::Duration;

use url::Url;

use super::read::Section;
use super::sending;
use super::{Feature, Gather, Leftovers, Located, Mark, Origin, SectionRule};
use crate::diag::Diagnostic;

const STORIES_MAX_DEFAULT: usize = 12;
/// How long a late story is offered where nothing is said.
const CARRY_OVER_DEFAULT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// What a source's address may hold.
const PLACEHOLDERS: [&str; 6] = ["{slug}", "{name}", "{path}", "{year}", "{month}", "{day}"];

pub(super) fn gather(root: &mut Section<'_>, faults: &mut Vec<Diagnostic>) -> Gather {
    let sections = root.sections("section");
    let sections = sections.into_iter().filter_map(|table| section_rule(table, faults)).collect();
    let sources = root.sections("source");
    let origins = sources.into_iter().filter_map(|table| origin(table, faults)).collect();
    let mut section = root.section("gather");
    let place = section.place();
    let articles = section
        .texts("articles")
        .unwrap_or_else(|| vec![Located { value: "articles".to_owned(), span: place }]);
    let is_web = |path: &Located<String>| {
        path.value.starts_with("https://") || path.value.starts_with("http://")
    };
    let (feeds, articles): (Vec<_>, Vec<_>) = articles.into_iter().partition(is_web);
    let feeds = feeds.into_iter().filter_map(|feed| web(&mut section, feed)).collect();
    let private_feeds = section.texts("private_feeds").unwrap_or_default();
    let private_feeds = private_feeds.into_iter().map(|host| host.value).collect();
    let featured = section.texts("featured").map_or_else(
        || vec![Feature::Flag],
        |texts| texts.iter().filter_map(|text| feature(&mut section, text)).collect(),
    );
    let min_stories = section.number("min_stories").map_or(1, |number| number.value);
    let max_stories = section.number("max_stories").map_or(STORIES_MAX_DEFAULT, |n| n.value);
    let carry_over = sending::duration(&mut section, "carry_over").unwrap_or(CARRY_OVER_DEFAULT);
    let leftovers =
        Leftovers { cut: openings(&mut section, "cut"), ends: openings(&mut section, "ends") };
    section.finish(faults);
    Gather {
        leftovers,
        articles,
        featured,
        min_stories,
        max_stories,
        carry_over,
        sections,
        origins,
        feeds,
        private_feeds,
    }
}

/// How lines begin; one of a letter or two would cut what nobody means.
fn openings(section: &mut Section<'_>, key: &'static str) -> Vec<String> {
    let mut openings = Vec::new();
    for text in section.texts(key).unwrap_or_default() {
        let opening = text.value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        match opening.chars().count() {
            0..3 => section.fault(
                Diagnostic::error(format!("`{}` is too short to tell a line by", text.value))
                    .at(text.span, "at least three letters"),
            ),
            _ => openings.push(opening),
        }
    }
    openings
}

fn web(section: &mut Section<'_>, feed: Located<String>) -> Option<Url> {
    match Url::parse(&feed.value) {
        Ok(url) => Some(url),
        Err(error) => {
            let fault = Diagnostic::error(format!("`{}` is no web address", feed.value));
            section.fault(fault.at(feed.span, error.to_string()));
            None
        }
    }
}

fn feature(section: &mut Section<'_>, text: &Located<String>) -> Option<Feature> {
    if text.value == "flag" {
        return Some(Feature::Flag);
    }
    match mark(&text.value) {
        Some(mark @ (Mark::Tag(_) | Mark::Folder(_))) => Some(Feature::Mark(mark)),
        _ => {
            section.fault(
                Diagnostic::error(format!("`{}` marks no article", text.value))
                    .at(text.span.clone(), "ways: \"flag\", \"tag:NAME\", \"folder:NAME\""),
            );
            None
        }
    }
}

fn mark(text: &str) -> Option<Mark> {
    let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty())?;
    match kind {
        "tag" => Some(Mark::Tag(name.to_owned())),
        "folder" => Some(Mark::Folder(name.to_owned())),
        "section" => Some(Mark::Section(name.to_owned())),
        _ => None,
    }
}

fn section_rule(mut table: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<SectionRule> {
    let name = table.needed("name").map(|name| name.value);
    let mut marks = Vec::new();
    for text in table.text_or_texts("match").unwrap_or_default() {
        match mark(&text.value) {
            Some(mark) => marks.push(mark),
            None => table.fault(
                Diagnostic::error(format!("`{}` matches no article", text.value))
                    .at(text.span, "ways: \"folder:NAME\", \"tag:NAME\", \"section:NAME\""),
            ),
        }
    }
    let max = table.number("max").map(|max| max.value);
    table.finish(faults);
    Some(SectionRule { name: name?, marks, max })
}

fn origin(mut table: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Origin> {
    let path = table.needed("path").map(|path| folder(&path.value));
    let url = table.text("url").and_then(|text| address(&mut table, text));
    let files = table.text("files").map(|files| folder(&files.value));
    table.finish(faults);
    Some(Origin { path: path?, url, files })
}

/// A folder as articles' paths begin with it.
fn folder(path: &str) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}

/// The pattern of a source's addresses.
fn address(table: &mut Section<'_>, text: Located<String>) -> Option<String> {
    let filled = PLACEHOLDERS.iter().fold(text.value.clone(), |url, key| url.replace(key, "1"));
    let is_web = Url::parse(&filled).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let fault = if let Some(open) = filled.find('{') {
        let end = filled[open..].find('}').map_or(filled.len(), |end| open + end + 1);
        Diagnostic::error(format!("`{}` stands for nothing", &filled[open..end]))
            .at(text.span, format!("there are {}", PLACEHOLDERS.join(", ")))
    } else if !is_web {
        Diagnostic::error(format!("`{}` is no web address", text.value)).at(text.span, "")
    } else if filled == text.value {
        Diagnostic::error("all articles would have one address")
            .at(text.span, "it must hold a placeholder")
            .hint("as in \"https://site.example/blog/{slug}/\"")
    } else {
        return Some(text.value);
    };
    table.fault(fault);
    None
}
