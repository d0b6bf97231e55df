//! The words that templates print of themselves, in the newsletter's language.
//!
//! The English files say which words there are; what a file in another language leaves out or adds
//! is a fault, so that no newsletter comes out in two languages.

use std::collections::BTreeMap;

use toml_edit::Document;

use super::{Reader, syntax};
use crate::diag::{Diagnostic, nearest};
use crate::words::Source;

/// The files of words; of two that hold the same word, the later one has it.
#[derive(Debug)]
pub(in crate::render) struct Words {
    pub(in crate::render) english: Vec<Source>,
    /// Those of the newsletter's own language, where that is not English.
    pub(in crate::render) own: Vec<Source>,
    /// The newsletter's language, as a tag.
    pub(in crate::render) language: String,
}

impl Words {
    /// Returns all files.
    pub(in crate::render) fn files(&self) -> impl Iterator<Item = &Source> {
        self.english.iter().chain(&self.own)
    }
}

impl Reader<'_> {
    /// Reads the words.
    pub(super) fn words(&mut self, words: &Words) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for file in &words.english {
            self.file(file, None, &mut found);
        }
        let mut own = BTreeMap::new();
        for file in &words.own {
            self.file(file, Some(&found), &mut own);
        }
        let is_english = words.language.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case("en"));
        let missing: Vec<&str> =
            found.keys().filter(|name| !own.contains_key(*name)).map(String::as_str).collect();
        if !is_english && !missing.is_empty() && self.faults.is_empty() {
            self.faults.push(untranslated(words, &missing));
        }
        found.extend(own);
        found
    }

    fn file(
        &mut self,
        file: &Source,
        known: Option<&BTreeMap<String, String>>,
        into: &mut BTreeMap<String, String>,
    ) {
        let document = match Document::parse(file.text()) {
            Ok(document) => document,
            Err(error) => return self.faults.push(syntax(file, &error)),
        };
        for (name, item) in document.as_table() {
            let key = document.get_key_value(name).and_then(|(key, _)| key.span());
            let span = file.span(key.unwrap_or(0..0));
            let Some(word) = item.as_str() else {
                self.fault(format!("the word `{name}` must be a text"), span, "");
                continue;
            };
            if let Some(known) = known.filter(|known| !known.contains_key(name)) {
                let fault = Diagnostic::error(format!("no template has a word `{name}`"))
                    .at(span, "the words are those of `en.toml`");
                self.faults.push(match nearest(name, known.keys().map(String::as_str)) {
                    Some(near) => fault.hint(format!("did you mean `{near}`?")),
                    None => fault,
                });
                continue;
            }
            into.insert(name.to_owned(), word.to_owned());
        }
    }
}

fn untranslated(words: &Words, missing: &[&str]) -> Diagnostic {
    let list = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let primary = words.language.split('-').next().unwrap_or_default();
    // The template's own file comes behind the one that all templates share.
    match words.own.last() {
        Some(file) => {
            let what = format!("`{}` lacks words that templates print", file.name());
            Diagnostic::error(what).file(file.name()).note(list)
        }
        None => {
            let path = format!("templates/words/{primary}.toml");
            Diagnostic::error(format!("there are no words in `{}`", words.language))
                .file(&*path)
                .hint(format!("write `{path}`, with the words of `en.toml` in that language"))
        }
    }
}
