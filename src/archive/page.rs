//! The page of one issue: its HTML as it was frozen, with what the web needs and mail does not.

use std::collections::{BTreeMap, BTreeSet};

use maud::html;

use super::{Entry, Newsletter, Sent, Written, day};
use crate::diag::Diagnostic;
use crate::picture;
use crate::render::{self, LocalPicture, Urls};
use crate::world::{FileError, Files};

/// What a page may do: show its text and pictures. It is in the page, so that it holds on any web
/// server.
const POLICY: &str = "default-src 'none'; img-src 'self' https: data:; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes an issue's page and the pictures that it shows.
pub(super) fn write(
    newsletter: &Newsletter,
    issue: &Sent,
    folder: &str,
    files: &dyn Files,
    written: &mut Written,
) -> Result<Entry, FileError> {
    let urls = Urls { unsubscribe: newsletter.url.as_str(), preferences: None };
    let merged = render::merge(&issue.content.compiled, &BTreeMap::new(), &urls);
    let folder = format!("{folder}/{}", issue.name);
    let mut html = merged.html;
    for picture in pictures(issue) {
        let Some(path) = keep(picture, issue, &folder, files, written)? else { continue };
        html = picture.shown_at(&html, &path);
    }
    let html = dress(&html, newsletter, issue);
    let path = format!("{folder}/index.html");
    files.write(&path, html.as_bytes())?;
    written.files.push(path);
    let subject = without_greeting(&one_line(&merged.subject));
    Ok(Entry {
        name: issue.name.to_string(),
        subject: if subject.is_empty() { issue.name.to_string() } else { subject },
        preheader: one_line(&merged.preheader),
        at: issue.at.clone(),
        corrected: issue.corrected.clone(),
        address: issue.content.archive.clone(),
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is left of a subject that began with a reader's name: `, the week` is `The week`.
fn without_greeting(subject: &str) -> String {
    let rest = subject.trim_start_matches(|c: char| c.is_whitespace() || ",;:–—-".contains(c));
    if rest.len() == subject.len() {
        return subject.to_owned();
    }
    let mut letters = rest.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// The issue's pictures, those with the longest addresses first: none is the beginning of one that
/// is still to come.
fn pictures(issue: &Sent) -> Vec<&LocalPicture> {
    let pictures: BTreeSet<&LocalPicture> = issue.content.compiled.pictures().iter().collect();
    let mut pictures: Vec<&LocalPicture> = pictures.into_iter().collect();
    pictures.sort_by_key(|picture| std::cmp::Reverse(picture.url.len()));
    pictures
}

/// Copies a picture beside the page, unless it is there since an earlier time. Returns its address
/// from the page, if it is there.
fn keep(
    picture: &LocalPicture,
    issue: &Sent,
    folder: &str,
    files: &dyn Files,
    written: &mut Written,
) -> Result<Option<String>, FileError> {
    let Some(name) = picture.file.as_ref().filter(|name| is_plain(name)) else { return Ok(None) };
    let kept = format!("{folder}/pictures/{name}");
    if !files.exists(&kept) {
        // A copy that carries its pictures brings them itself; others are where they were made.
        let enclosed = issue.content.enclosed.iter().find(|enclosed| &enclosed.name == name);
        let bytes = match enclosed {
            Some(enclosed) => Ok(enclosed.bytes.clone()),
            None => files.read(&picture::kept(name)),
        };
        match bytes {
            Ok(bytes) => files.write(&kept, &bytes)?,
            Err(error) => {
                let why = Diagnostic::from(error);
                written.findings.push(
                    Diagnostic::warning(format!("the picture `{}` is not kept", picture.path))
                        .note(why.what)
                        .note(format!("the page shows it from `{}`", picture.url)),
                );
                return Ok(None);
            }
        }
    }
    written.files.push(kept);
    Ok(Some(format!("pictures/{name}")))
}

/// Says whether a name that a ledger holds is one of a file, in an address as well.
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    !name.starts_with('.') && !name.is_empty() && name.bytes().all(is_plain)
}

/// How a line above the page looks.
const LINE: &str = "margin:0;padding:12px 24px;background:#EEF2EC;color:#17201C;\
    font:15px/22px Georgia,serif;text-align:center";

/// Adds the policy and the way to the other issues, and says where it was corrected.
fn dress(html: &str, newsletter: &Newsletter, issue: &Sent) -> String {
    let head = html! {
        meta http-equiv="Content-Security-Policy" content=(POLICY);
        meta name="referrer" content="no-referrer";
        link rel="up" href="../index.html" title=(newsletter.title);
        link rel="alternate" type="application/atom+xml" href="../feed.xml"
            title=(newsletter.title);
    };
    let lines = html! {
        p style=(LINE) { a href="../index.html" rel="up" style="color:#17201C" { (newsletter.title) } }
        @if let Some(at) = &issue.corrected {
            p role="note" style=(LINE) {
                "This issue was corrected on " (day(at)) ". Some readers got an earlier version of it."
            }
        }
    };
    let html = behind_tag(html, "head", &head.into_string());
    behind_tag(&html, "body", &lines.into_string())
}

/// Adds markup behind the first start tag of a name.
fn behind_tag(html: &str, name: &str, markup: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let begins = |at: &usize| {
        let end = lower.as_bytes().get(at + 1 + name.len());
        end.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'>')
    };
    let start = lower.match_indices(&format!("<{name}")).map(|(at, _)| at).find(begins);
    let end = start.and_then(|start| tag_end(&lower, start));
    let (before, after) = html.split_at(end.unwrap_or(0));
    format!("{before}{markup}{after}")
}

/// Returns where the tag that begins at `start` ends; a `>` between quotes is a part of it.
fn tag_end(html: &str, start: usize) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate().skip(start) {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_behind_the_tag_of_that_name() {
        for (html, answer) in [
            ("<html><head><title>", "<html><head>~<title>"),
            ("<HEAD lang=\"a>b\"><x>", "<HEAD lang=\"a>b\">~<x>"),
            ("<header><head>", "<header><head>~"),
            ("none", "~none"),
            ("<head", "~<head"),
        ] {
            assert_eq!(behind_tag(html, "head", "~"), answer);
        }
    }

    #[test]
    fn a_subject_that_began_with_a_name_begins_behind_it() {
        for (subject, title) in [
            (", the week in five stories", "The week in five stories"),
            ("— Élan", "Élan"),
            ("the week", "the week"),
            (", ", ""),
        ] {
            assert_eq!(without_greeting(subject), title);
        }
    }
}
