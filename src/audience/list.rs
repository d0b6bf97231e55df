//! Reads `subscribers/NAME.csv`.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder};

use super::field::{self, Parsed};
use super::{Audience, Excluded, FieldKind, Reader};
use crate::config::Field;
use crate::diag::Diagnostic;
use crate::words::{Address, Source, Span};

/// So many rows with a fault are shown; the rest are counted.
const FINDINGS_MAX: usize = 50;
/// The column that every list must have.
pub(super) const EMAIL: &str = "email";

/// The header of a list: a field's name for each column.
pub(super) struct Header {
    names: Vec<String>,
    delimiter: u8,
}

/// Reads the header row.
///
/// # Errors
/// If it names no `email`, or two columns have one name.
pub(super) fn header(source: &Source) -> Result<Header, Vec<Diagnostic>> {
    let line = source.line(1);
    let delimiter = delimiter(line.text());
    let mut record = ByteRecord::new();
    let read = reader(source, delimiter).read_byte_record(&mut record);
    if !read.unwrap_or(false) {
        let fault = Diagnostic::error(format!("`{}` is empty", source.name()))
            .file(source.name())
            .hint("its first row names the columns, `email` among them");
        return Err(vec![fault]);
    }
    let names: Vec<String> =
        record.iter().map(|column| field_name(&String::from_utf8_lossy(column))).collect();
    let mut faults = Vec::new();
    if !names.iter().any(|name| name == EMAIL) {
        faults.push(
            Diagnostic::error(format!("`{}` has no column `email`", source.name()))
                .at(line.clone(), format!("columns: {}", names.join(", ")))
                .hint("name the column that holds the addresses `email`"),
        );
    }
    for (index, name) in names.iter().enumerate() {
        if !name.is_empty() && names[..index].contains(name) {
            faults.push(
                Diagnostic::error(format!("two columns are named `{name}`"))
                    .at(line.clone(), "names are compared in lower case, other characters as `_`"),
            );
        }
    }
    if faults.is_empty() { Ok(Header { names, delimiter }) } else { Err(faults) }
}

/// A column's name as templates write it: lower case, other characters `_`.
fn field_name(column: &str) -> String {
    let plain = column.trim().to_lowercase();
    plain.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// Exports of spreadsheets separate columns by other characters than a comma.
fn delimiter(header: &str) -> u8 {
    let count = |c: char| header.matches(c).count();
    if header.contains(',') {
        b','
    } else if count(';') > count('\t') {
        b';'
    } else if header.contains('\t') {
        b'\t'
    } else {
        b','
    }
}

fn reader(source: &Source, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(source.text().as_bytes())
}

impl Header {
    /// Adds the columns to a schema: text, unless `[fields]` says otherwise.
    pub(super) fn extend(&self, audience: &mut Audience) {
        for name in self.names.iter().filter(|name| !name.is_empty()) {
            audience.schema.fields.entry(name.clone()).or_insert(FieldKind::Text);
        }
    }
}

/// Reads all rows into an audience whose schema is complete.
pub(super) fn rows(
    source: &Source,
    header: &Header,
    types: &BTreeMap<String, Field>,
    audience: &mut Audience,
    seen: &mut BTreeMap<Address, Span>,
) {
    let mut rows = reader(source, header.delimiter);
    let mut record = ByteRecord::new();
    let mut is_header = true;
    let mut list = Rows { source, header, types, audience, seen, findings: 0 };
    while rows.read_byte_record(&mut record).unwrap_or(false) {
        if std::mem::take(&mut is_header) {
            continue;
        }
        let start = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        list.row(&record, start);
    }
    list.close();
}

struct Rows<'a> {
    source: &'a Source,
    header: &'a Header,
    types: &'a BTreeMap<String, Field>,
    audience: &'a mut Audience,
    seen: &'a mut BTreeMap<Address, Span>,
    findings: usize,
}

impl Rows<'_> {
    fn row(&mut self, record: &ByteRecord, start: usize) {
        // The source is UTF-8, so are its columns.
        let columns: Vec<&str> =
            record.iter().map(|column| std::str::from_utf8(column).unwrap_or_default()).collect();
        if columns.iter().all(|column| column.trim().is_empty()) {
            return;
        }
        self.audience.rows += 1;
        let at = self.header.names.iter().position(|name| name == EMAIL).unwrap_or(0);
        let text = columns.get(at).copied().unwrap_or_default().trim();
        if columns.len() != self.header.names.len() {
            let what = format!(
                "this row has {} columns, the header has {}",
                columns.len(),
                self.header.names.len()
            );
            let span = self.line(start);
            self.malformed(text, Diagnostic::warning(what).at(span, "left out"));
            return;
        }
        match Address::parse(text) {
            Err(error) => {
                let span = self.span(start, text);
                let shown: String = text.chars().take(80).collect();
                let fault =
                    Diagnostic::warning(format!("`{}` is no address", shown.escape_debug()))
                        .at(span, error.to_string());
                self.malformed(text, fault);
            }
            Ok(address) if self.seen.contains_key(&address) => self.exclude(text, "duplicate"),
            Ok(address) => self.reader(address, &columns, start),
        }
    }

    fn reader(&mut self, address: Address, columns: &[&str], start: usize) {
        let mut fields: BTreeMap<_, _> = self
            .audience
            .schema
            .fields
            .iter()
            .map(|(name, kind)| (name.clone(), field::default(*kind, self.types.get(name))))
            .collect();
        for (name, text) in self.header.names.iter().zip(columns) {
            let Some(kind) = self.audience.schema.fields.get(name) else { continue };
            match field::parse(*kind, text) {
                Parsed::Empty => {}
                Parsed::Value(value) => drop(fields.insert(name.clone(), value)),
                Parsed::Mended(value, why) => {
                    fields.insert(name.clone(), value);
                    self.finding(value_fault(name, text, why, self.span(start, text)));
                }
                Parsed::Wrong(why) => {
                    self.finding(value_fault(name, text, why, self.span(start, text)));
                }
            }
        }
        fields.insert(EMAIL.to_owned(), super::FieldValue::Text(address.to_string()));
        self.seen.insert(address.clone(), self.line(start));
        self.audience.readers.push(Reader { address, fields });
    }

    fn malformed(&mut self, text: &str, fault: Diagnostic) {
        self.exclude(text, "malformed");
        self.finding(fault);
    }

    fn exclude(&mut self, address: &str, reason: &str) {
        let excluded = Excluded { address: address.to_owned(), reason: reason.to_owned() };
        self.audience.excluded.push(excluded);
    }

    fn finding(&mut self, finding: Diagnostic) {
        self.findings += 1;
        if self.findings <= FINDINGS_MAX {
            self.audience.findings.push(finding);
        }
    }

    fn close(&mut self) {
        let more = self.findings.saturating_sub(FINDINGS_MAX);
        if more > 0 {
            let what = format!("{more} more rows of `{}` have a fault", self.source.name());
            self.audience.findings.push(Diagnostic::warning(what).file(self.source.name()));
        }
    }

    fn line(&self, start: usize) -> Span {
        let length = self.source.text()[start..].lines().next().unwrap_or_default().len();
        self.source.span(start..start + length)
    }

    /// The place of a column's text in its row.
    fn span(&self, start: usize, text: &str) -> Span {
        let rest = &self.source.text()[start..];
        match rest.find(text).filter(|_| !text.is_empty()) {
            Some(at) => self.source.span(start + at..start + at + text.len()),
            None => self.line(start),
        }
    }
}

fn value_fault(name: &str, text: &str, why: &str, span: Span) -> Diagnostic {
    let shown: String = text.chars().take(80).collect();
    Diagnostic::warning(format!("`{}` is no value of the field `{name}`", shown.escape_debug()))
        .id("field-value")
        .at(span, why)
}
