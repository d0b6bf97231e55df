//! What a page says of itself in JSON-LD (schema.org), for those who read pages by machine.

use scraper::Html;
use serde_json::Value;

use super::tree;

/// How deep the graph is gone through.
const DEPTH_MAX: usize = 12;
/// The kinds of things that are a story; the first found speaks for the page.
const STORIES: [&str; 10] = [
    "NewsArticle",
    "Article",
    "BlogPosting",
    "ReportageNewsArticle",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "ScholarlyArticle",
    "TechArticle",
    "LiveBlogPosting",
    "Report",
];

/// The story's own entry.
#[derive(Debug, Default)]
pub(super) struct Story(Option<Value>);

impl Story {
    /// Finds it in a page. Scripts that are no JSON are passed over.
    pub(super) fn of(document: &Html) -> Self {
        let scripts = tree::all(document, r#"script[type="application/ld+json"]"#);
        let values = scripts.iter().filter_map(|script| {
            let text: String = script.text().collect();
            let text = text.trim().trim_start_matches("<!--").trim_end_matches("-->");
            // Raw line ends inside of strings are the usual fault.
            serde_json::from_str(text)
                .or_else(|_| serde_json::from_str(&text.replace(['\n', '\r', '\t'], " ")))
                .ok()
        });
        Self(values.into_iter().find_map(|value: Value| story(&value, 0)))
    }

    /// The headline.
    pub(super) fn headline(&self) -> Option<String> {
        self.text("headline").or_else(|| self.text("name"))
    }

    /// When it was published, as it was written.
    pub(super) fn published(&self) -> Option<String> {
        self.text("datePublished").or_else(|| self.text("dateCreated"))
    }

    /// Who wrote it, a name each.
    pub(super) fn authors(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.value("author").into_iter().for_each(|author| names_of(author, &mut names));
        names
    }

    /// The publisher's name.
    pub(super) fn publisher(&self) -> Option<String> {
        let mut names = Vec::new();
        names_of(self.value("publisher")?, &mut names);
        names.into_iter().next()
    }

    /// The address of its first picture.
    pub(super) fn picture(&self) -> Option<String> {
        address(self.value("image")?)
    }

    /// Its own address.
    pub(super) fn link(&self) -> Option<String> {
        self.value("mainEntityOfPage").and_then(address).or_else(|| self.text("url"))
    }

    /// The section it stands in.
    pub(super) fn section(&self) -> Option<String> {
        match self.value("articleSection")? {
            Value::Array(list) => list.iter().find_map(Value::as_str).and_then(tree::unescaped),
            value => value.as_str().and_then(tree::unescaped),
        }
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.0.as_ref()?.get(key)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.value(key)?.as_str().and_then(tree::unescaped)
    }
}

fn story(value: &Value, depth: usize) -> Option<Value> {
    if depth > DEPTH_MAX {
        return None;
    }
    match value {
        Value::Array(list) => list.iter().find_map(|value| story(value, depth + 1)),
        Value::Object(map) if is_story(value) && map.len() > 2 => Some(value.clone()),
        Value::Object(map) => ["@graph", "mainEntity", "mainEntityOfPage"]
            .iter()
            .find_map(|key| story(map.get(*key)?, depth + 1)),
        _ => None,
    }
}

fn is_story(value: &Value) -> bool {
    let is_one = |name: &Value| name.as_str().is_some_and(|name| STORIES.contains(&name));
    match value.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_one),
        Some(kind) => is_one(kind),
        None => false,
    }
}

fn names_of(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(name) => names.extend(tree::unescaped(name).filter(|name| is_name(name))),
        Value::Array(list) => list.iter().for_each(|value| names_of(value, names)),
        Value::Object(map) => {
            if let Some(name) = map.get("name") {
                names_of(name, names);
            }
        }
        _ => {}
    }
}

fn is_name(text: &str) -> bool {
    !text.contains("://") && !text.starts_with('@')
}

fn address(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => tree::folded(text),
        Value::Array(list) => list.iter().find_map(address),
        Value::Object(map) => {
            ["url", "contentUrl", "@id"].iter().find_map(|key| address(map.get(*key)?))
        }
        _ => None,
    }
}
