//! From a destination to a session that may take copies.
//!
//! Invariant: no session leaves this module unencrypted where the destination asks for TLS, nor
//! unproved where it is a test inbox; and no password crosses a network in the clear.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error as TlsError};

use super::destination::{Destination, InboxProof, Login, RelayTarget};
use super::session::{Carrier, Cause, Hello, Phase, Session, SessionError, Timeouts};
use crate::config::Tls;
use crate::world::{Entropy, Network};

/// Opens sessions to one destination.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) destination: Destination,
    pub(super) machine: Option<String>,
    pub(super) timeouts: Timeouts,
    pub(super) network: Arc<dyn Network>,
    pub(super) entropy: Arc<dyn Entropy>,
}

impl Connector {
    /// Opens a session and makes it fit for mail.
    pub(super) async fn open(&self) -> Result<Session, SessionError> {
        match &self.destination {
            Destination::Relay(relay) => self.open_relay(relay).await,
            Destination::Inbox { address, proof } => {
                let (carrier, hello) =
                    self.connect(&address.ip().to_string(), address.port()).await?;
                let session = Session::open(carrier, hello, self.timeouts.clone()).await?;
                self.prove(session, proof).await
            }
        }
    }

    async fn open_relay(&self, relay: &RelayTarget) -> Result<Session, SessionError> {
        if relay.login.is_some() && relay.tls == Tls::None && !is_loopback(&relay.host) {
            return Err(SessionError { phase: Phase::LogIn, cause: Cause::Plaintext });
        }
        let (mut carrier, hello) = self.connect(&relay.host, relay.port).await?;
        if relay.tls == Tls::Implicit {
            let handshake =
                tokio::time::timeout(self.timeouts.connect, encrypt(&relay.host, carrier));
            carrier = match handshake.await {
                Ok(Ok(carrier)) => carrier,
                Ok(Err(error)) => return Err(failed(Phase::Tls, error)),
                Err(_) => return Err(self.timed_out(Phase::Tls)),
            };
        }
        let mut session = Session::open(carrier, hello, self.timeouts.clone()).await?;
        if relay.tls == Tls::StartTls {
            session.start_tls(|plain| encrypt(&relay.host, plain)).await?;
        }
        match &relay.login {
            Some(login) => log_in(session, login).await,
            None => Ok(session),
        }
    }

    async fn connect(
        &self,
        host: &str,
        port: u16,
    ) -> Result<(Box<dyn Carrier>, Hello), SessionError> {
        let connecting = self.network.connect(host, port);
        let stream = match tokio::time::timeout(self.timeouts.connect, connecting).await {
            Ok(stream) => stream.map_err(|error| failed(Phase::Connect, error))?,
            Err(_) => return Err(self.timed_out(Phase::Connect)),
        };
        let local = stream.local_address();
        let local = local.map_or(Ipv4Addr::LOCALHOST.into(), |local| local.ip());
        Ok((Box::new(stream), self.hello(local)))
    }

    /// A name without a dot is none that a relay could look up; our address is better then.
    fn hello(&self, local: IpAddr) -> Hello {
        let sound = |name: &&String| {
            name.contains('.')
                && name.len() <= 253
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        };
        match self.machine.as_ref().filter(sound) {
            Some(name) => Hello::Name(name.clone()),
            None => Hello::Address(local),
        }
    }

    async fn prove(
        &self,
        mut session: Session,
        proof: &InboxProof,
    ) -> Result<Session, SessionError> {
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce).map_err(|error| failed(Phase::Proof, error))?;
        match session.prove(&proof.token, &nonce, &proof.issue).await {
            Ok(()) => Ok(session),
            Err(error) => {
                session.quit().await;
                Err(error)
            }
        }
    }

    fn timed_out(&self, phase: Phase) -> SessionError {
        SessionError { phase, cause: Cause::TimedOut(self.timeouts.connect.as_secs()) }
    }
}

async fn log_in(mut session: Session, login: &Login) -> Result<Session, SessionError> {
    match session.log_in(&login.user, &login.password).await {
        Ok(()) => Ok(session),
        Err(error) => {
            session.quit().await;
            Err(error)
        }
    }
}

fn failed(phase: Phase, error: io::Error) -> SessionError {
    SessionError { phase, cause: Cause::Lost(error) }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Encrypts a connection, and verifies the relay's name against the system's roots.
async fn encrypt(host: &str, plain: Box<dyn Carrier>) -> io::Result<Box<dyn Carrier>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let config = tls_config().map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, plain).await?;
    Ok(Box::new(stream))
}

fn tls_config() -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth())
}
