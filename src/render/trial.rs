//! An issue tried on its readers, one after the other, before anything is sent.
//!
//! Invariant: no more than the first reader is kept, however many there are.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use super::{Compiled, Urls, merge};
use crate::audience::{FieldValue, Reader};

/// What the copies of readers have shown.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The HTML of the largest copy, in bytes.
    pub html_bytes: usize,
    /// The plain text of the largest copy, in bytes.
    pub text_bytes: usize,
    /// The first reader.
    pub first: Option<Reader>,
    /// The first reader whose subject is empty, with the address masked.
    pub without_subject: Option<String>,
    compiled: &'a Compiled,
    urls: Urls<'a>,
    /// What the variants hash to: of one for each reader, little is kept too.
    variants: HashSet<u64>,
    /// The fields that are printed without a default, and how many readers have none.
    bare_fields: Vec<(String, usize)>,
}

impl<'a> Trial<'a> {
    /// Begins without a reader.
    pub fn new(compiled: &'a Compiled, urls: Urls<'a>) -> Self {
        let bare_fields = compiled.bare_fields().into_iter().map(|field| (field, 0)).collect();
        Self {
            html_bytes: 0,
            text_bytes: 0,
            first: None,
            without_subject: None,
            compiled,
            urls,
            variants: HashSet::new(),
            bare_fields,
        }
    }

    /// Makes a reader's copy and looks at it.
    pub fn add(&mut self, reader: Reader) {
        let merged = merge(self.compiled, &reader.fields, &self.urls);
        self.html_bytes = self.html_bytes.max(merged.html.len());
        self.text_bytes = self.text_bytes.max(merged.text.len());
        if self.without_subject.is_none() && merged.subject.trim().is_empty() {
            self.without_subject = Some(reader.address.masked());
        }
        let variant = self.compiled.variant(&reader.fields, &self.urls);
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        self.variants.insert(hasher.hash_one(variant));
        for (field, count) in &mut self.bare_fields {
            let value = reader.fields.get(field);
            *count += usize::from(matches!(value, Some(FieldValue::Text(text)) if text.is_empty()));
        }
        self.first.get_or_insert(reader);
    }

    /// Counts the variants that the readers fall into.
    pub fn variants(&self) -> usize {
        self.variants.len()
    }

    /// The fields that are printed without a default and that readers lack, and how many do.
    pub fn empty_fields(&self) -> impl Iterator<Item = (&str, usize)> {
        self.bare_fields
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(field, count)| (field.as_str(), *count))
    }
}
