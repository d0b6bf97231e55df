//! Values with a notation of their own: mailboxes, rates, shares, durations, overrides.

use std::fmt;
use std::time::Duration;

use toml_edit::{DocumentMut, Item, Table, Value};

use crate::diag::Diagnostic;
use crate::words::{Address, AddressError, Source};

/// Nothing here is waited for longer.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3_600);

/// A display name and an address (RFC 5322 section 3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name, if there is one; it holds no control character.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

impl Mailbox {
    /// Reads `Name <address>`, or an address alone.
    ///
    /// # Errors
    /// What is wrong with the address; [`AddressError::Control`] speaks of the name too.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let Some((name, rest)) = text.rsplit_once('<') else {
            return Ok(Self { name: None, address: Address::parse(text)? });
        };
        let address = rest.trim_end().strip_suffix('>').ok_or(AddressError::Form)?;
        let name = name.trim().trim_matches('"').trim();
        let name = (!name.is_empty()).then(|| name.to_owned());
        Ok(Self { name, address: Address::parse(address)? })
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

/// So many copies in a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The most copies in any window.
    pub copies: u32,
    /// The window's length.
    pub per: Duration,
}

impl Rate {
    /// Reads `50/s`, `600/min`, `20000/h` or `100000/day`.
    pub fn parse(text: &str) -> Option<Self> {
        let (copies, unit) = text.split_once('/')?;
        let seconds = match unit.trim() {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            "day" => 86_400,
            _ => return None,
        };
        let copies = copies.trim().parse().ok().filter(|copies| *copies > 0)?;
        Some(Self { copies, per: Duration::from_secs(seconds) })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.as_secs() {
            1 => "s",
            60 => "min",
            3_600 => "h",
            _ => "day",
        };
        write!(f, "{}/{unit}", self.copies)
    }
}

/// A share of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl Share {
    /// Reads `2 %`.
    pub fn parse(text: &str) -> Option<Self> {
        let percent: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
        (0.0..=100.0).contains(&percent).then_some(Self(percent / 100.0))
    }
}

/// Reads `90 s`, `5 min`, `24 h`, `2 days` or `500 ms`; never nothing, nor more than a year.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "day" | "days" => 86_400_000,
        _ => return None,
    };
    let duration = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?);
    (!duration.is_zero() && duration <= DURATION_MAX).then_some(duration)
}

/// Lays single keys over a file: pairs of a dotted path and a value.
///
/// # Errors
/// If the file is no TOML, or a path leads through a value.
pub(super) fn overlay(
    source: Source,
    overrides: &[(String, String)],
) -> Result<Source, Diagnostic> {
    if overrides.is_empty() {
        return Ok(source);
    }
    let mut document: DocumentMut =
        source.text().parse().map_err(|error| super::sections::syntax(&source, &error))?;
    for (path, text) in overrides {
        let value: Value = text.parse().unwrap_or_else(|_| Value::from(text.as_str()));
        set(document.as_table_mut(), path, value).ok_or_else(|| {
            Diagnostic::error(format!("there is no key `{path}` to override"))
                .note(format!("it was set from the environment to `{text}`"))
        })?;
    }
    Ok(Source::new(source.name(), document.to_string()))
}

fn set(table: &mut Table, path: &str, value: Value) -> Option<()> {
    match path.split_once('.') {
        None => {
            table.insert(path, Item::Value(value));
            Some(())
        }
        Some((head, rest)) => {
            let item = table.entry(head).or_insert_with(|| Item::Table(Table::new()));
            let inner = match item {
                Item::ArrayOfTables(tables) if tables.len() == 1 => tables.get_mut(0)?,
                item => item.as_table_mut()?,
            };
            set(inner, rest, value)
        }
    }
}
