//! All of an issue that is the same for every copy: what a plan freezes.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Mailbox};
use crate::render::Compiled;
use crate::words::{Address, AddressError, CopyId, IssueName};

/// The compiled content of an issue with its sender.
#[derive(Clone, Debug)]
pub struct Content {
    /// The issue.
    pub issue: IssueName,
    /// The newsletter's id.
    pub newsletter: String,
    /// The newsletter's title.
    pub title: String,
    /// The spans, holes and blocks.
    pub compiled: Compiled,
    /// The author.
    pub from: Mailbox,
    /// Where answers go.
    pub reply_to: Option<Mailbox>,
    /// The envelope's reverse path.
    pub return_path: Address,
    /// The web address that unsubscribes, with `{token}`.
    pub unsubscribe_url: Option<String>,
    /// The address that takes unsubscribe mail.
    pub unsubscribe_mailto: Option<Address>,
    /// The issue's address on the web.
    pub archive: Option<String>,
    /// The pictures that each copy carries.
    pub enclosed: Vec<Enclosed>,
}

/// A picture that travels in a copy, where the HTML names it by its Content-ID (RFC 2392).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosed {
    /// Its Content-ID, without the brackets.
    pub id: String,
    /// The name of its file.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A frozen content that cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It is no content of this version.
    #[error("the frozen content cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// An address in it is none.
    #[error("the frozen content holds no sound address: {0}")]
    Address(#[from] AddressError),
    /// A picture in it is none.
    #[error("the frozen content holds a picture that cannot be read")]
    Picture,
    /// The name of the issue in it is none.
    #[error("the frozen content is of no issue")]
    Issue,
}

/// The form on disk: plain texts, so that the program's own types may change.
#[derive(Serialize, Deserialize)]
struct Frozen {
    schema: String,
    issue: String,
    newsletter: String,
    title: String,
    from: String,
    reply_to: Option<String>,
    return_path: String,
    unsubscribe_url: Option<String>,
    unsubscribe_mailto: Option<String>,
    #[serde(default)]
    archive: Option<String>,
    compiled: Compiled,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    enclosed: Vec<FrozenEnclosed>,
}

#[derive(Serialize, Deserialize)]
struct FrozenEnclosed {
    id: String,
    name: String,
    media_type: String,
    base64: String,
}

impl From<&Enclosed> for FrozenEnclosed {
    fn from(enclosed: &Enclosed) -> Self {
        let Enclosed { id, name, media_type, bytes } = enclosed.clone();
        Self { id, name, media_type, base64: STANDARD.encode(bytes) }
    }
}

impl TryFrom<FrozenEnclosed> for Enclosed {
    type Error = ContentError;

    fn try_from(frozen: FrozenEnclosed) -> Result<Self, ContentError> {
        let FrozenEnclosed { id, name, media_type, base64 } = frozen;
        let bytes = STANDARD.decode(base64).map_err(|_| ContentError::Picture)?;
        Ok(Self { id, name, media_type, bytes })
    }
}

impl Content {
    /// Puts a compiled issue and its sender together.
    pub fn new(compiled: Compiled, config: &Config, issue: &IssueName) -> Self {
        Self {
            issue: issue.clone(),
            newsletter: config.newsletter.id.clone(),
            title: config.newsletter.title.clone(),
            compiled,
            from: config.sender.from.clone(),
            reply_to: config.sender.reply_to.clone(),
            return_path: config.sender.return_path.clone(),
            unsubscribe_url: config.unsubscribe.url.clone(),
            unsubscribe_mailto: config.unsubscribe.mailto.clone(),
            archive: archive(config, issue),
            enclosed: Vec::new(),
        }
    }

    /// Makes each copy carry pictures.
    #[must_use]
    pub fn with(self, enclosed: Vec<Enclosed>) -> Self {
        Self { enclosed, ..self }
    }

    /// Returns the form that a ledger keeps.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn freeze(&self) -> Result<String, ContentError> {
        let frozen = Frozen {
            schema: "letterpress.content/1".to_owned(),
            issue: self.issue.to_string(),
            newsletter: self.newsletter.clone(),
            title: self.title.clone(),
            from: self.from.to_string(),
            reply_to: self.reply_to.as_ref().map(Mailbox::to_string),
            return_path: self.return_path.to_string(),
            unsubscribe_url: self.unsubscribe_url.clone(),
            unsubscribe_mailto: self.unsubscribe_mailto.as_ref().map(Address::to_string),
            archive: self.archive.clone(),
            compiled: self.compiled.clone(),
            enclosed: self.enclosed.iter().map(FrozenEnclosed::from).collect(),
        };
        Ok(serde_json::to_string(&frozen)?)
    }

    /// Reads what [`Content::freeze`] wrote.
    ///
    /// # Errors
    /// [`ContentError`], if it is of another version.
    pub fn thaw(text: &str) -> Result<Self, ContentError> {
        let frozen: Frozen = serde_json::from_str(text)?;
        let address = |text: String| Address::parse(&text);
        let enclosed = frozen.enclosed.into_iter().map(Enclosed::try_from);
        Ok(Self {
            issue: frozen.issue.parse().map_err(|_| ContentError::Issue)?,
            newsletter: frozen.newsletter,
            title: frozen.title,
            compiled: frozen.compiled,
            from: Mailbox::parse(&frozen.from)?,
            reply_to: frozen.reply_to.map(|text| Mailbox::parse(&text)).transpose()?,
            return_path: address(frozen.return_path)?,
            unsubscribe_url: frozen.unsubscribe_url,
            unsubscribe_mailto: frozen.unsubscribe_mailto.map(address).transpose()?,
            archive: frozen.archive,
            enclosed: enclosed.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the digest of the frozen form, as `sha256:…`.
    pub fn digest(frozen: &str) -> String {
        let digest = digest::digest(&digest::SHA256, frozen.as_bytes());
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }

    /// Returns the Message-ID of a copy, with its brackets (RFC 5322 section 3.6.4).
    pub fn message_id(&self, id: CopyId) -> String {
        format!("<{id}@{}>", self.from.address.domain())
    }

    /// Returns the address that a reader's unsubscribe link leads to: on the web, else by mail.
    pub fn unsubscribe_url(&self, token: &str) -> String {
        match (&self.unsubscribe_url, &self.unsubscribe_mailto) {
            (Some(pattern), _) => pattern.replace("{token}", token),
            (None, Some(address)) => format!("mailto:{address}?subject=unsubscribe%20{token}"),
            (None, None) => String::new(),
        }
    }
}

/// The issue's address on the web, as a header may hold it.
fn archive(config: &Config, issue: &IssueName) -> Option<String> {
    let pattern = config.newsletter.archive.as_ref()?;
    let url = url::Url::parse(&pattern.replace("{issue}", &issue.to_string())).ok()?;
    Some(url.into())
}
