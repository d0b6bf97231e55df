//! Compiles an issue and its template into what every copy shares, and fills in what is a reader's.
//!
//! Pass 1, [`compile`], runs once per issue: the template is read, held to the names there are, and
//! evaluated over the issue; its MJML becomes HTML, its plain text is arranged. Pass 2, [`merge`],
//! runs once per copy and only copies spans, fills holes and chooses branches.
//!
//! Invariant: no value of a reader or of a story is ever read as code of a template, of MJML or of
//! HTML; what pass 1 let through, pass 2 cannot fail on.

mod bare;
mod build;
mod check;
mod data;
mod encoded;
mod eval;
mod folder;
mod given;
mod html;
mod include;
mod language;
mod lint;
mod locale;
mod mark;
mod markdown;
mod mjml;
mod part;
mod phrase;
mod picture;
mod piece;
mod prose_html;
mod prose_text;
mod reader;
mod scalar;
mod scope;
mod settings;
mod shape;
mod sheet;
mod taken;
mod text;
mod thread;
mod trial;
mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audience::{self, FieldValue};
use crate::config::{Config, Located};
use crate::diag::Faults;
use crate::issue::Issue;

use part::Part;
use reader::Reader;

pub use bare::page;
pub use build::{compile, compile_for_checks, mjml};
pub use encoded::{Encode, Encoded};
pub use folder::Folder;
pub use lint::{Linked, Proofread, links, lint};
pub use picture::{Bare, Gallery, Hung, LocalPicture};
pub use sheet::Sheet;
pub use taken::Taken;
pub use thread::beside;
pub use trial::{Example, Trial};

/// What a compilation takes.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The issue, its stories resolved.
    pub issue: &'a Issue,
    /// The newsletter.
    pub config: &'a Config,
    /// The fields that templates may name.
    pub schema: &'a audience::Schema,
    /// The files of its template.
    pub folder: &'a Result<Folder, Faults>,
    /// Where its pictures come from.
    pub gallery: &'a dyn Gallery,
    /// What of its texts need not be asked about again.
    pub taken: &'a Taken,
}

impl Input<'_> {
    /// The template: the issue's own, else the newsletter's.
    fn template(&self) -> &Located<String> {
        self.issue.template.as_ref().unwrap_or(&self.config.newsletter.template)
    }
}

/// An issue as all its copies share it: static spans, holes, blocks. It is frozen into the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compiled {
    subject: Vec<Part>,
    preheader: Vec<Part>,
    html: Vec<Part>,
    text: Vec<text::Item>,
    pictures: Vec<LocalPicture>,
}

/// The addresses that are a reader's own.
#[derive(Clone, Copy, Debug)]
pub struct Urls<'a> {
    /// Where the reader unsubscribes.
    pub unsubscribe: &'a str,
    /// Where the reader changes preferences, if there is such a page.
    pub preferences: Option<&'a str>,
}

/// One copy's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The subject, one line, not encoded.
    pub subject: String,
    /// The preheader, one line; empty if there is none.
    pub preheader: String,
    /// The HTML part, with LF line ends.
    pub html: String,
    /// The plain-text part, with LF line ends.
    pub text: String,
}

/// Fills in what is a reader's.
pub fn merge(
    compiled: &Compiled,
    fields: &BTreeMap<String, FieldValue>,
    urls: &Urls<'_>,
) -> Merged {
    let reader = Reader::new(fields, urls);
    let written = |parts: &[Part]| {
        let mut out = String::new();
        part::write(parts, reader, &mut out);
        out
    };
    let mut text = String::new();
    text::write(&compiled.text, reader, &mut text);
    Merged {
        subject: written(&compiled.subject),
        preheader: written(&compiled.preheader),
        html: written(&compiled.html),
        text,
    }
}

impl Compiled {
    /// Returns a reader's subject, one line, not encoded.
    pub fn subject(&self, fields: &BTreeMap<String, FieldValue>, urls: &Urls<'_>) -> String {
        let mut subject = String::new();
        part::write(&self.subject, Reader::new(fields, urls), &mut subject);
        subject
    }

    /// The names of the parts that are other than those of another compilation.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("subject", self.subject != other.subject),
            ("preheader", self.preheader != other.preheader),
            ("html", self.html != other.html),
            ("text", self.text != other.text),
        ];
        parts.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name).collect()
    }

    /// Puts a mark before the subject.
    pub fn mark_subject(&mut self, mark: &str) {
        self.subject.insert(0, Part::Static(mark.to_owned()));
    }

    /// Says whether every reader gets the same subject.
    pub fn has_one_subject(&self) -> bool {
        self.subject.iter().all(|part| matches!(part, Part::Static(_)))
    }

    /// Says for each reader's block, in order, whether the reader sees its first branch. Readers
    /// for whom the answers are equal see the same but for their fields.
    pub fn variant(&self, fields: &BTreeMap<String, FieldValue>, urls: &Urls<'_>) -> Vec<bool> {
        let reader = Reader::new(fields, urls);
        let mut seen = Vec::new();
        for parts in [&self.subject, &self.preheader, &self.html] {
            part::branches(parts, reader, &mut seen);
        }
        text::branches(&self.text, reader, &mut seen);
        seen
    }

    /// Returns the fields that are printed as they are, with nothing said for readers who have
    /// none.
    pub fn bare_fields(&self) -> Vec<String> {
        let mut fields = std::collections::BTreeSet::new();
        for parts in [&self.subject, &self.preheader, &self.html] {
            part::bare_fields(parts, &mut fields);
        }
        text::bare_fields(&self.text, &mut fields);
        fields.into_iter().collect()
    }

    /// Returns the pictures of the workspace that the HTML shows, by path.
    pub fn pictures(&self) -> &[LocalPicture] {
        &self.pictures
    }
}

#[cfg(test)]
mod tests;
