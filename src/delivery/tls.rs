//! TLS to a relay: whom it trusts, and what is told where a relay is not trusted.
//!
//! Invariant: a connection leaves this module encrypted with the very host that was asked for, by a
//! certificate that the system's roots or the file of `ca` vouch for; there is no way around that.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, Error as RustlsError, InvalidMessage, RootCertStore,
};

use crate::world::Stream;

/// How many names of a certificate are told.
const NAMES_MAX: usize = 5;

/// Makes encrypted connections; made once for a send, since it reads the system's roots.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    config: Arc<ClientConfig>,
}

/// TLS that cannot even be prepared.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The CA file holds no certificate.
    #[error("it holds no certificate in PEM")]
    Empty,
    /// The CA file is broken.
    #[error("it is no PEM: {0}")]
    Pem(#[source] pem::Error),
    /// A certificate of the CA file cannot be used.
    #[error("a certificate in it cannot be used: {0}")]
    Certificate(#[source] RustlsError),
    /// The system's roots cannot be had.
    #[error("the certificates that this system trusts cannot be read: {0}")]
    System(#[source] RustlsError),
}

impl Tls {
    /// Trusts the system's roots, or instead of them the certificates given in PEM.
    ///
    /// # Errors
    /// [`TlsError`], before anything is connected.
    pub(super) fn new(ca: Option<&[u8]>) -> Result<Self, TlsError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::System)?;
        let config = match ca {
            Some(pem) => builder.with_root_certificates(roots(pem)?).with_no_client_auth(),
            None => {
                builder.with_platform_verifier().map_err(TlsError::System)?.with_no_client_auth()
            }
        };
        Ok(Self { config: Arc::new(config) })
    }

    /// Encrypts a connection to `host`, and verifies that it is the one.
    ///
    /// # Errors
    /// Where the connection broke, the system's error; where the other end is not to be trusted,
    /// one of kind [`io::ErrorKind::InvalidData`] that [`Distrust::of`] finds.
    pub(super) async fn encrypt(
        &self,
        host: &str,
        plain: Box<dyn Stream>,
    ) -> io::Result<Box<dyn Stream>> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Distrust { host: host.to_owned(), why: Why::NoName }.into_error())?;
        let connecting = TlsConnector::from(self.config.clone()).connect(name, plain);
        let stream = connecting.await.map_err(|error| explained(host, error))?;
        Ok(Box::new(stream))
    }
}

impl Stream for TlsStream<Box<dyn Stream>> {
    fn local_address(&self) -> io::Result<SocketAddr> {
        self.get_ref().0.local_address()
    }
}

fn roots(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(TlsError::Pem)?;
        roots.add(certificate).map_err(TlsError::Certificate)?;
    }
    if roots.is_empty() { Err(TlsError::Empty) } else { Ok(roots) }
}

/// A server that is not to be trusted, or speaks no TLS.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.told())]
pub struct Distrust {
    host: String,
    why: Why,
}

#[derive(Clone, Debug)]
enum Why {
    Expired,
    NotYetValid,
    /// It is valid for these, as far as that is known.
    OtherNames(Vec<String>),
    UnknownIssuer,
    SelfSigned,
    Revoked,
    NoTls,
    NoName,
    Other(String),
}

impl Distrust {
    /// Finds it in an error of a handshake.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }

    fn into_error(self) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, self)
    }

    fn told(&self) -> String {
        let host = &self.host;
        match &self.why {
            Why::Expired => format!("the certificate of {host} has expired"),
            Why::NotYetValid => format!("the certificate of {host} is not valid yet"),
            Why::OtherNames(names) if names.is_empty() => {
                format!("the certificate is not valid for the name {host}")
            }
            Why::OtherNames(names) => {
                format!("the certificate is not valid for the name {host}, but for {}", List(names))
            }
            Why::UnknownIssuer => {
                format!("the certificate of {host} was issued by nobody that is trusted here")
            }
            Why::SelfSigned => format!("the certificate of {host} is self-signed"),
            Why::Revoked => format!("the certificate of {host} was revoked"),
            Why::NoTls => format!("what {host} says is no TLS"),
            Why::NoName => format!("`{host}` is no name that a certificate could have"),
            Why::Other(what) => format!("the TLS of {host} is refused: {what}"),
        }
    }

    /// Says what to do about it.
    pub fn remedy(&self) -> &'static str {
        match self.why {
            Why::Expired | Why::Revoked => "whoever runs the relay must renew its certificate",
            Why::NotYetValid => "see that this machine's clock is right",
            Why::OtherNames(_) | Why::NoName => {
                "write the name that the certificate has into the relay's `url`"
            }
            Why::UnknownIssuer | Why::SelfSigned => {
                "if the relay is your own, write `ca = \"FILE.pem\"` with the certificate of its \
                 authority"
            }
            Why::NoTls => {
                "write `smtp://` for STARTTLS (587, 25) and `smtps://` for TLS at once (465)"
            }
            Why::Other(_) => "see the relay's `url`",
        }
    }
}

/// Some of the names, which are a stranger's words.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().take(NAMES_MAX);
        let names: Vec<String> = names
            .map(|name| name.chars().filter(|c| !c.is_control()).take(253).collect())
            .collect();
        f.write_str(&names.join(", "))?;
        if self.0.len() > NAMES_MAX { f.write_str(", …") } else { Ok(()) }
    }
}

/// Puts what rustls says of the other end into words of our own.
fn explained(host: &str, error: io::Error) -> io::Error {
    let Some(cause) = error.get_ref().and_then(|inner| inner.downcast_ref::<RustlsError>()) else {
        return error;
    };
    let why = match cause {
        RustlsError::InvalidCertificate(cause) => why(cause),
        RustlsError::InvalidMessage(InvalidMessage::InvalidContentType) => Why::NoTls,
        cause => Why::Other(cause.to_string()),
    };
    Distrust { host: host.to_owned(), why }.into_error()
}

fn why(cause: &CertificateError) -> Why {
    match cause {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Why::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Why::NotYetValid
        }
        CertificateError::NotValidForName => Why::OtherNames(vec![]),
        CertificateError::NotValidForNameContext { presented, .. } => {
            Why::OtherNames(presented.clone())
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Why::UnknownIssuer,
        CertificateError::Revoked => Why::Revoked,
        // What webpki says of a server that shows the certificate of an authority as its own.
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            Why::SelfSigned
        }
        cause => Why::Other(cause.to_string()),
    }
}
