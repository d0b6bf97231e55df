//! Encryption of a connection to a relay.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error as TlsError};

use crate::world::Stream;

/// Encrypts connections.
#[derive(Clone, Debug)]
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Reads the system's roots.
    pub(super) fn new() -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Encrypts a connection, and verifies the relay's name.
    pub(super) async fn encrypt(
        &self,
        host: &str,
        plain: Box<dyn Stream>,
    ) -> io::Result<Box<dyn Stream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let stream = TlsConnector::from(self.0.clone()).connect(name, plain).await?;
        Ok(Box::new(stream))
    }
}

impl Stream for TlsStream<Box<dyn Stream>> {
    fn local_address(&self) -> io::Result<SocketAddr> {
        self.get_ref().0.local_address()
    }
}
