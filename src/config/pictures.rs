//! `[pictures]`: how the workspace's pictures reach readers.

use url::Url;

use super::Located;
use super::read::Section;
use crate::diag::Diagnostic;

/// What stands for the folder of an issue's pictures in `publish`.
const FOLDER: &str = "{folder}";
/// Where pictures lie on the web unless the file says so, below the newsletter's URL.
const USUAL_FOLDER: &str = "pictures/";

/// `[pictures]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// On the web, where each reader's program fetches them.
    Url {
        /// What their file names are appended to; it ends with `/`.
        base: Url,
        /// The command that puts a folder of them there, with `{folder}` and perhaps `{issue}` in
        /// its words.
        publish: Option<Located<Vec<String>>>,
    },
    /// In each copy (RFC 2387, RFC 2392).
    Cid,
}

pub(super) fn pictures(
    mut section: Section<'_>,
    newsletter: Option<&Url>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Pictures> {
    let mode = section.text("mode");
    let url = section.text("url");
    let base = match &url {
        Some(text) => super::sections::web_url(&mut section, text.clone()).map(as_folder),
        None => newsletter.map(usual),
    };
    let publish = publish(&mut section);
    let is_cid = match &mode {
        None => false,
        Some(mode) if mode.value == "url" => false,
        Some(mode) if mode.value == "cid" => true,
        Some(mode) => {
            section.fault(
                Diagnostic::error(format!("`{}` is no way to send pictures", mode.value))
                    .at(mode.span.clone(), "ways: \"url\" (on the web), \"cid\" (in each copy)"),
            );
            false
        }
    };
    if is_cid {
        let idle = url.map(|url| url.span).or(publish.as_ref().map(|words| words.span.clone()));
        if let Some(span) = idle {
            section.fault(
                Diagnostic::error("pictures that travel in the mail are not published")
                    .at(span, "")
                    .hint("take the line out, or write `mode = \"url\"`"),
            );
        }
    }
    section.finish(faults);
    match is_cid {
        true => Some(Pictures::Cid),
        false => Some(Pictures::Url { base: base?, publish }),
    }
}

fn publish(section: &mut Section<'_>) -> Option<Located<Vec<String>>> {
    let words = section.texts("publish")?;
    let span = words.first().map_or_else(|| section.place(), |first| first.span.clone());
    let words: Vec<String> = words.into_iter().map(|word| word.value).collect();
    if !words.iter().any(|word| word.contains(FOLDER)) {
        section.fault(
            Diagnostic::error(format!("`pictures.publish` does not say where `{FOLDER}` goes"))
                .at(span, "")
                .hint(
                    "as in `publish = [\"rsync\", \"-a\", \"{folder}/\", \"web:/srv/pictures/\"]`",
                ),
        );
        return None;
    }
    Some(Located { value: words, span })
}

/// Where pictures lie on the web unless the file says so.
fn usual(newsletter: &Url) -> Url {
    let mut url = as_folder(newsletter.clone());
    url.set_path(&format!("{}{USUAL_FOLDER}", url.path()));
    url
}

fn as_folder(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

impl Pictures {
    /// The words of the command that publishes a folder of an issue's pictures.
    pub fn command(words: &[String], folder: &str, issue: &str) -> Vec<String> {
        words.iter().map(|word| word.replace(FOLDER, folder).replace("{issue}", issue)).collect()
    }

    /// What pictures on the web begin with.
    pub fn base(&self) -> Option<&Url> {
        match self {
            Self::Url { base, .. } => Some(base),
            Self::Cid => None,
        }
    }
}
