//! An address of a mailbox: what a reader is known by.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The longest local part that a server must take, in bytes (RFC 5321 section 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// The longest address that fits a path, in bytes (RFC 5321 section 4.5.3.1.3, less the brackets).
const ADDRESS_BYTES_MAX: usize = 254;
const DOMAIN_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// An address whose domain is in lower case and A-labels (RFC 5890); the local part is kept as it
/// was written.
///
/// Two addresses are equal when their domains and their local parts without case are equal;
/// nothing else is folded.
#[derive(Clone, Debug)]
pub struct Address {
    local: String,
    domain: String,
    folded: String,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is nothing before or behind the `@`, or no `@` at all.
    #[error("it is not of the form `name@domain`")]
    Form,
    /// A character that no unquoted local part may hold (RFC 5321 section 4.1.2).
    #[error("`{0}` may not stand before the `@`")]
    Local(char),
    /// A control character, which could end a header or a command.
    #[error("it holds a control character")]
    Control,
    /// The domain is no host name.
    #[error("`{0}` is no domain")]
    Domain(String),
    /// The local part, a label or the whole is longer than mail allows.
    #[error("it is longer than an address may be")]
    Length,
}

impl Address {
    /// Reads an address as people write it, surrounding white space aside.
    ///
    /// # Errors
    /// [`AddressError`] names the first fault. Quoted local parts, comments and address literals
    /// are refused: no list of readers needs them, and relays disagree about them.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let (local, domain) = text.split_once('@').ok_or(AddressError::Form)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(AddressError::Form);
        }
        check_local(local)?;
        let domain = ascii_domain(domain)?;
        if local.len() > LOCAL_BYTES_MAX || local.len() + 1 + domain.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::Length);
        }
        let folded = format!("{}@{domain}", local.to_lowercase());
        Ok(Self { local: local.to_owned(), domain, folded })
    }

    /// Returns the part before the `@`, as it was written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Returns the domain in lower case, in A-labels.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the form under which two spellings of one address are the same.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Says whether the local part needs a relay that offers SMTPUTF8 (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// Returns the address with its local part shortened, for messages and logs.
    pub fn masked(&self) -> String {
        let first = self.local.chars().next().unwrap_or('?');
        format!("{first}…@{}", self.domain)
    }
}

fn check_local(local: &str) -> Result<(), AddressError> {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if let Some(bad) = local.chars().find(|&c| !atom(c) && (c.is_ascii() || c.is_whitespace())) {
        return Err(AddressError::Local(bad));
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(AddressError::Local('.'));
    }
    Ok(())
}

fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    let wrong = || AddressError::Domain(domain.to_owned());
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| wrong())?;
    let labels: Vec<&str> = ascii.split('.').collect();
    let sound = |label: &&str| {
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_name = labels.last().is_some_and(|last| last.chars().any(|c| !c.is_ascii_digit()));
    if labels.len() < 2 || !labels.iter().all(sound) || !last_is_name {
        return Err(wrong());
    }
    if ascii.len() > DOMAIN_BYTES_MAX {
        return Err(AddressError::Length);
    }
    Ok(ascii)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_become_lower_case_a_labels_and_local_parts_stay() {
        let address = Address::parse(" Joerg@Müller.Example ").unwrap();
        assert_eq!(address.to_string(), "Joerg@xn--mller-kva.example");
        assert_eq!(address.folded(), "joerg@xn--mller-kva.example");
    }

    #[test]
    fn case_alone_makes_no_other_reader() {
        assert_eq!(Address::parse("Ann@Example.com"), Address::parse("ann@example.com"));
        assert_ne!(Address::parse("ann+a@example.com"), Address::parse("ann@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for (text, error) in [
            ("ann", AddressError::Form),
            ("ann@@example.com", AddressError::Form),
            ("@example.com", AddressError::Form),
            ("ann@example.com\r\nBcc: x", AddressError::Control),
            ("a b@example.com", AddressError::Local(' ')),
            (".ann@example.com", AddressError::Local('.')),
            ("<ann@example.com", AddressError::Local('<')),
            ("ann@localhost", AddressError::Domain("localhost".into())),
            ("ann@[127.0.0.1]", AddressError::Domain("[127.0.0.1]".into())),
            ("ann@127.0.0.1", AddressError::Domain("127.0.0.1".into())),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(Address::parse(&long), Err(AddressError::Length));
    }
}
