//! An issue tried on its readers, one after the other, before anything is sent.
//!
//! Invariant: no more than [`EXAMPLES_MAX`] readers and the first one are kept, however many there
//! are.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use super::{Compiled, Urls, merge};
use crate::audience::{FieldValue, Reader};

/// So many variants have an example.
pub const EXAMPLES_MAX: usize = 50;

/// The reader with the largest copy of one variant.
#[derive(Clone, Debug)]
pub struct Example {
    /// The reader.
    pub reader: Reader,
    /// The HTML of the copy, in bytes.
    pub html_bytes: usize,
    variant: u64,
}

/// What the copies of readers have shown.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The HTML of the largest copy, in bytes.
    pub html_bytes: usize,
    /// The plain text of the largest copy, in bytes.
    pub text_bytes: usize,
    /// The first reader whose subject is empty, with the address masked.
    pub without_subject: Option<String>,
    first: Option<Reader>,
    compiled: &'a Compiled,
    urls: Urls<'a>,
    /// What the variants hash to: of one for each reader, little is kept too.
    variants: HashSet<u64>,
    /// An example of each variant, of the largest ones if there are too many.
    examples: Vec<Example>,
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
            examples: Vec::new(),
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
        let variant = hasher.hash_one(variant);
        self.variants.insert(variant);
        self.keep_largest(variant, merged.html.len(), &reader);
        for (field, count) in &mut self.bare_fields {
            let value = reader.fields.get(field);
            *count += usize::from(matches!(value, Some(FieldValue::Text(text)) if text.is_empty()));
        }
        self.first.get_or_insert(reader);
    }

    fn keep_largest(&mut self, variant: u64, html_bytes: usize, reader: &Reader) {
        let place = match self.examples.iter().position(|one| one.variant == variant) {
            Some(known) => known,
            None if self.examples.len() < EXAMPLES_MAX => self.examples.len(),
            None => {
                let sizes = self.examples.iter().map(|one| one.html_bytes).enumerate();
                sizes.min_by_key(|(_, bytes)| *bytes).map_or(0, |(smallest, _)| smallest)
            }
        };
        let known = self.examples.get(place).map(|one| one.html_bytes);
        if known.is_none_or(|known| known < html_bytes) {
            let example = Example { reader: reader.clone(), html_bytes, variant };
            if place == self.examples.len() {
                self.examples.push(example);
            } else {
                self.examples[place] = example;
            }
        }
    }

    /// Ends it: returns the first reader, and the examples of the variants, the largest copy first.
    pub fn take_readers(&mut self) -> (Option<Reader>, Vec<Example>) {
        let mut examples = std::mem::take(&mut self.examples);
        examples.sort_by_key(|one| std::cmp::Reverse(one.html_bytes));
        (self.first.take(), examples)
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
