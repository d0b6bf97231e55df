//! The tables of keys: `[[dkim]]`.
//!
//! Invariant: a key's domain is one that a receiver compares with the author's: the same, or one
//! above or below it.

use super::read::Section;
use super::{Located, Sender};
use crate::diag::Diagnostic;
use crate::words::{Address, Span};

/// A label of a host name (RFC 1035 section 2.3.4).
const LABEL_BYTES_MAX: usize = 63;

/// `[[dkim]]`: a key that signs every copy.
#[derive(Clone, Debug)]
pub struct Dkim {
    /// The domain that answers for the mail, in lower case and A-labels.
    pub domain: String,
    /// The name under which the domain shows the key.
    pub selector: String,
    /// Where the private key is.
    pub key: Located<KeyFrom>,
}

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFrom {
    /// In a file, as PEM.
    File(String),
    /// In a variable of the environment, as PEM.
    Env(String),
}

pub(super) fn dkim(
    root: &mut Section<'_>,
    sender: Option<&Sender>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Dkim> {
    let tables = root.sections("dkim");
    let keys = tables.into_iter().filter_map(|section| one(section, sender, faults));
    keys.collect()
}

fn one(
    mut section: Section<'_>,
    sender: Option<&Sender>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Dkim> {
    let domain = section.needed("domain").and_then(|text| domain(&mut section, text, sender));
    let selector = section.needed("selector").and_then(|text| {
        if is_selector(&text.value) {
            return Some(text.value);
        }
        let what = format!("`{}` is no selector", text.value.escape_debug());
        let label = "letters, digits and `-`; it is a part of a host name";
        section.fault(Diagnostic::error(what).at(text.span, label));
        None
    });
    let place = section.key_span("key");
    let key = key(section.section("key"), place, faults);
    section.finish(faults);
    Some(Dkim { domain: domain?, selector: selector?, key: key? })
}

/// Says whether a text may be a selector (RFC 6376 section 3.1).
pub fn is_selector(text: &str) -> bool {
    text.split('.').all(|label| {
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && label.chars().all(sound)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

fn domain(
    section: &mut Section<'_>,
    text: Located<String>,
    sender: Option<&Sender>,
) -> Option<String> {
    let Ok(address) = Address::parse(&format!("x@{}", text.value)) else {
        let what = format!("`{}` is no domain", text.value.escape_debug());
        section.fault(Diagnostic::error(what).at(text.span, ""));
        return None;
    };
    let domain = address.domain().to_owned();
    let from = sender?.from.address.domain();
    let within = |inner: &str, outer: &str| {
        inner.strip_suffix(outer).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if within(&domain, from) || within(from, &domain) {
        return Some(domain);
    }
    section.fault(
        Diagnostic::error(format!("`{domain}` does not answer for mail from `{from}`"))
            .at(text.span, "")
            .note("DMARC compares the domain of a signature with that of the From address")
            .hint(format!("write `domain = \"{from}\"`")),
    );
    None
}

fn key(
    mut section: Section<'_>,
    place: Span,
    faults: &mut Vec<Diagnostic>,
) -> Option<Located<KeyFrom>> {
    let file = section.text("file").map(|text| KeyFrom::File(text.value));
    let env = section.text("env").map(|text| KeyFrom::Env(text.value));
    let key = match (file, env) {
        (Some(key), None) | (None, Some(key)) => Some(Located { value: key, span: place }),
        _ => {
            section.fault(
                Diagnostic::error("`dkim.key` must say where one key is")
                    .at(place, "")
                    .hint("write `key = { file = \"keys/lp1.pem\" }`, or `{ env = \"NAME\" }`"),
            );
            None
        }
    };
    section.finish(faults);
    key
}
