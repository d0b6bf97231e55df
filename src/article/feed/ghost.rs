//! What Ghost exports, and what its API answers: posts as JSON, their text as HTML.

use std::collections::HashMap;

use serde::Deserialize;
use url::Url;

use super::post::{Post, Site};
use crate::article::front::web_address;
use crate::article::{Picture, date};

/// What Ghost writes in the place of the site's address.
const SITE: &str = "__GHOST_URL__";

/// Tells an export by what it is made of.
pub(super) fn is_export(text: &str) -> bool {
    let has = |key: &str| text.contains(key);
    text.trim_start().starts_with('{')
        && has("\"posts\"")
        && (has("\"mobiledoc\"") || has("\"lexical\"") || has("\"posts_tags\""))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Export {
    Database { db: Vec<Wrapped> },
    Wrapped(Wrapped),
    Data(Data),
}

#[derive(Deserialize)]
struct Wrapped {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    posts: Vec<Written>,
    #[serde(default)]
    tags: Vec<Named>,
    #[serde(default)]
    users: Vec<Named>,
    #[serde(default)]
    posts_tags: Vec<Tagged>,
    #[serde(default)]
    posts_authors: Vec<Authored>,
}

/// A tag or a person.
#[derive(Clone, Deserialize)]
struct Named {
    #[serde(default)]
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Tagged {
    post_id: String,
    tag_id: String,
    #[serde(default)]
    sort_order: i64,
}

#[derive(Deserialize)]
struct Authored {
    post_id: String,
    author_id: String,
    #[serde(default)]
    sort_order: i64,
}

/// A post; what the API spells out, an export keeps in tables beside it.
#[derive(Deserialize)]
struct Written {
    id: String,
    title: Option<String>,
    slug: Option<String>,
    html: Option<String>,
    plaintext: Option<String>,
    feature_image: Option<String>,
    feature_image_alt: Option<String>,
    #[serde(default)]
    featured: Flag,
    #[serde(default)]
    page: Flag,
    #[serde(rename = "type")]
    kind: Option<String>,
    status: Option<String>,
    published_at: Option<String>,
    custom_excerpt: Option<String>,
    canonical_url: Option<String>,
    url: Option<String>,
    #[serde(default)]
    tags: Vec<Named>,
    #[serde(default)]
    authors: Vec<Named>,
    author_id: Option<String>,
}

/// Databases say 1 for yes.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Flag {
    Said(bool),
    Number(i64),
    #[default]
    Nothing,
}

impl Flag {
    fn is_yes(&self) -> bool {
        matches!(self, Self::Said(true) | Self::Number(1..))
    }
}

/// Reads the posts; pages are none.
pub(super) fn posts(text: &str, site: &mut Site<'_>) -> Result<Vec<Post>, String> {
    let export = serde_json::from_str(text)
        .map_err(|_| "it looks like an export of Ghost, and is not one that is known".to_owned())?;
    let all: Vec<Data> = match export {
        Export::Database { db } => db.into_iter().map(|wrapped| wrapped.data).collect(),
        Export::Wrapped(wrapped) => vec![wrapped.data],
        Export::Data(data) => vec![data],
    };
    site.base = site.origin.and_then(|origin| {
        let url = origin.url.as_deref()?.replace(['{', '}'], "");
        Url::parse(&url).ok()?.join("/").ok()
    });
    Ok(all.into_iter().flat_map(|data| data.posts(site)).collect())
}

impl Data {
    fn posts(self, site: &Site<'_>) -> Vec<Post> {
        let by_id = |list: Vec<Named>| -> HashMap<String, String> {
            list.into_iter().map(|named| (named.id, named.name)).collect()
        };
        let (tags, users) = (by_id(self.tags), by_id(self.users));
        let mut tagged = self.posts_tags;
        tagged.sort_by_key(|tagged| tagged.sort_order);
        let mut authored = self.posts_authors;
        authored.sort_by_key(|authored| authored.sort_order);
        let mut tags_of: HashMap<String, Vec<String>> = HashMap::new();
        for Tagged { post_id, tag_id, .. } in tagged {
            tags_of.entry(post_id).or_default().extend(tags.get(&tag_id).cloned());
        }
        let mut authors_of: HashMap<String, Vec<String>> = HashMap::new();
        for Authored { post_id, author_id, .. } in authored {
            authors_of.entry(post_id).or_default().extend(users.get(&author_id).cloned());
        }
        let is_page = |post: &Written| post.page.is_yes() || post.kind.as_deref() == Some("page");
        let posts = self.posts.into_iter().filter(|post| !is_page(post));
        let complete = |mut post: Written| {
            let names = |list: Vec<String>| {
                list.into_iter().map(|name| Named { id: String::new(), name }).collect()
            };
            if post.tags.is_empty() {
                post.tags = names(tags_of.remove(&post.id).unwrap_or_default());
            }
            if post.authors.is_empty() {
                post.authors = names(authors_of.remove(&post.id).unwrap_or_default());
            }
            if post.authors.is_empty() {
                let author = post.author_id.as_ref().and_then(|id| users.get(id)).cloned();
                post.authors = names(author.into_iter().collect());
            }
            post.post(site)
        };
        posts.map(complete).collect()
    }
}

impl Written {
    fn post(self, site: &Site<'_>) -> Post {
        let placed = |text: String| {
            let base = site.base.as_ref().map_or("", |base| base.as_str().trim_end_matches('/'));
            text.replace(SITE, base)
        };
        let address = |text: Option<String>| web_address(&placed(text?));
        let html = self.html.filter(|html| !html.trim().is_empty());
        let content = html.or_else(|| Some(paragraphs(&self.plaintext?)));
        let picture = address(self.feature_image).map(|src| Picture {
            src: src.into(),
            alt: self.feature_image_alt.unwrap_or_default(),
            credit: None,
            expires: None,
        });
        Post {
            title: self.title,
            date: self.published_at.as_deref().and_then(|at| date::parse(at, site.zone)),
            authors: self.authors.into_iter().map(|author| author.name).collect(),
            tags: self.tags.into_iter().map(|tag| tag.name).collect(),
            link: address(self.canonical_url).or_else(|| address(self.url)),
            slug: self.slug,
            picture,
            content: placed(content.unwrap_or_default()),
            summary: self.custom_excerpt,
            featured: self.featured.is_yes(),
            draft: self.status.as_deref() != Some("published"),
            id: self.id,
        }
    }
}

/// Plain text as HTML.
fn paragraphs(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.split("\n\n").map(|paragraph| format!("<p>{paragraph}</p>")).collect()
}
