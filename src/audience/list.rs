//! Opens `subscribers/NAME.csv`.

use csv::{ByteRecord, ReaderBuilder};

use super::text::{Text, TooLong};
use super::{AudienceError, FieldKind, Schema};
use crate::diag::{Diagnostic, Faults};
use crate::words::{Source, Span};
use crate::world::{FileError, Files};

/// The column that every list must have.
pub(super) const EMAIL: &str = "email";

/// A list whose header is sound.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// Its file.
    pub(super) path: String,
    /// A field's name for each column.
    pub(super) names: Vec<String>,
    /// The digest of all of it, once it was read.
    pub(super) digest: Option<[u8; 32]>,
}

/// A list that is being read.
pub(super) struct Open {
    path: String,
    names: Vec<String>,
    first_line: Span,
    csv: csv::Reader<Text>,
}

impl List {
    /// Reads the header row of a list.
    ///
    /// # Errors
    /// If it names no `email`, or two columns have one name, and if the file cannot be read.
    pub(super) fn survey(files: &dyn Files, path: &str) -> Result<Self, Faults> {
        let open = Open::new(files, path).map_err(Diagnostic::from)?;
        let faults = open.faults();
        Faults::from(faults).or(Self { path: path.to_owned(), names: open.names, digest: None })
    }

    /// Opens the list anew, behind its header.
    pub(super) fn open(&self, files: &dyn Files) -> Result<Open, AudienceError> {
        let open = Open::new(files, &self.path)?;
        if open.names == self.names { Ok(open) } else { Err(self.changed()) }
    }

    /// Says that the list is not what it was.
    pub(super) fn changed(&self) -> AudienceError {
        AudienceError::Changed { list: self.path.clone() }
    }

    /// Adds the columns to a schema: text, unless `[fields]` says otherwise.
    pub(super) fn extend(&self, schema: &mut Schema) {
        for name in self.names.iter().filter(|name| !name.is_empty()) {
            schema.fields.entry(name.clone()).or_insert(FieldKind::Text);
        }
    }
}

impl Open {
    fn new(files: &dyn Files, path: &str) -> Result<Self, AudienceError> {
        let failed = |error| failed(path, 1, error);
        let mut text = Text::new(files.open(path)?).map_err(failed)?;
        let line = text.first_line().map_err(failed)?.to_owned();
        let csv = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter(&line))
            .from_reader(text);
        let first_line = Source::new(path, line).line(1);
        let mut open = Self { path: path.to_owned(), names: Vec::new(), first_line, csv };
        let mut header = ByteRecord::new();
        open.next(&mut header)?;
        open.names =
            header.iter().map(|column| field_name(&String::from_utf8_lossy(column))).collect();
        Ok(open)
    }

    /// What is wrong with the header.
    fn faults(&self) -> Vec<Diagnostic> {
        let line = || self.first_line.clone();
        if self.names.is_empty() {
            let fault = Diagnostic::error(format!("`{}` is empty", self.path)).file(&*self.path);
            return vec![fault.hint("its first row names the columns, `email` among them")];
        }
        let mut faults = Vec::new();
        if !self.names.iter().any(|name| name == EMAIL) {
            faults.push(
                Diagnostic::error(format!("`{}` has no column `email`", self.path))
                    .at(line(), format!("columns: {}", self.names.join(", ")))
                    .hint("name the column that holds the addresses `email`"),
            );
        }
        for (index, name) in self.names.iter().enumerate() {
            if !name.is_empty() && self.names[..index].contains(name) {
                let why = "names are compared in lower case, other characters as `_`";
                faults.push(
                    Diagnostic::error(format!("two columns are named `{name}`")).at(line(), why),
                );
            }
        }
        faults
    }

    /// Reads the next row; `false` behind the last one.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<bool, AudienceError> {
        let position = self.csv.position();
        let line = usize::try_from(position.line()).unwrap_or(usize::MAX);
        self.csv.get_ref().keep_from(position.byte());
        self.csv.read_byte_record(record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => failed(&self.path, line, error),
            // Rows of any length are read as bytes, so nothing else can go wrong.
            kind => failed(&self.path, line, std::io::Error::other(format!("{kind:?}"))),
        })
    }

    /// Returns the digest of the list, once it was read to its end.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.csv.get_ref().digest()
    }

    /// The lines of a row that was just read.
    fn excerpt(&self, record: &ByteRecord) -> Source {
        let start = record.position().map_or(0, csv::Position::byte);
        let line = record.position().map_or(1, csv::Position::line);
        let text = self.csv.get_ref().part(start, self.csv.position().byte());
        let row = text.trim_start_matches(['\r', '\n']);
        let above = text[..text.len() - row.len()].matches('\n').count();
        let line = usize::try_from(line).unwrap_or(usize::MAX).saturating_add(above);
        Source::excerpt(&*self.path, row.trim_end_matches(['\r', '\n']), line)
    }

    /// The first line of a row that was just read.
    pub(super) fn line(&self, record: &ByteRecord) -> Span {
        let source = self.excerpt(record);
        source.line(source.first_line())
    }

    /// The place of a column's text in the row that was just read.
    pub(super) fn span(&self, record: &ByteRecord, text: &str) -> Span {
        let source = self.excerpt(record);
        match source.text().find(text).filter(|_| !text.is_empty()) {
            Some(at) => source.span(at..at + text.len()),
            None => source.line(source.first_line()),
        }
    }
}

fn failed(path: &str, line: usize, error: std::io::Error) -> AudienceError {
    if error.get_ref().is_some_and(|error| error.is::<TooLong>()) {
        return AudienceError::RowTooLong { list: path.to_owned(), line };
    }
    FileError { doing: "read", path: path.to_owned(), error }.into()
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
