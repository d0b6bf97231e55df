//! From a destination to a session that may take copies.
//!
//! Invariant: no session leaves this module unencrypted where the destination asks for TLS, nor
//! unproved where it is a test inbox; and no password crosses a network in the clear.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::destination::{Destination, InboxProof, Login, RelayTarget};
use super::session::{Carrier, Cause, Hello, Phase, Session, SessionError, Timeouts};
use super::tls::Tls;
use crate::config::Tls as Protection;
use crate::world::{Entropy, Network, Stream};

/// Opens sessions to one destination.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) destination: Destination,
    pub(super) machine: Option<String>,
    pub(super) timeouts: Timeouts,
    /// What encrypts, where the destination asks for it.
    pub(super) tls: Option<Tls>,
    pub(super) network: Arc<dyn Network>,
    pub(super) entropy: Arc<dyn Entropy>,
}

impl Connector {
    /// Opens a session and makes it fit for mail.
    pub(super) async fn open(&self) -> Result<Session, SessionError> {
        match &self.destination {
            Destination::Relay(relay) => self.open_relay(relay).await,
            Destination::Inbox { address, proof } => {
                let (stream, hello) =
                    self.connect(&address.ip().to_string(), address.port()).await?;
                let session = Session::open(Box::new(stream), hello, self.timeouts.clone()).await?;
                self.prove(session, proof).await
            }
        }
    }

    async fn open_relay(&self, relay: &RelayTarget) -> Result<Session, SessionError> {
        if relay.login.is_some() && relay.tls == Protection::None && !is_loopback(&relay.host) {
            return Err(SessionError { phase: Phase::LogIn, cause: Cause::Plaintext });
        }
        let (mut stream, hello) = self.connect(&relay.host, relay.port).await?;
        let tls = || self.tls.as_ref().ok_or_else(|| io::Error::other("no TLS was prepared"));
        if relay.tls == Protection::Implicit {
            let tls = tls().map_err(|error| failed(Phase::Tls, error))?;
            let handshake = tls.encrypt(&relay.host, stream);
            stream = match tokio::time::timeout(self.timeouts.connect, handshake).await {
                Ok(encrypted) => encrypted.map_err(|error| failed(Phase::Tls, error))?,
                Err(_) => return Err(self.timed_out(Phase::Tls)),
            };
        }
        let mut session = Session::open(Box::new(stream), hello, self.timeouts.clone()).await?;
        if relay.tls == Protection::StartTls {
            let upgrade = |plain: Box<dyn Carrier>| async move {
                let carrier: Box<dyn Carrier> =
                    Box::new(tls()?.handshake(&relay.host, plain).await?);
                Ok(carrier)
            };
            session.start_tls(upgrade).await?;
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
    ) -> Result<(Box<dyn Stream>, Hello), SessionError> {
        let connecting = self.network.connect(host, port);
        let stream = match tokio::time::timeout(self.timeouts.connect, connecting).await {
            Ok(stream) => stream.map_err(|error| failed(Phase::Connect, error))?,
            Err(_) => return Err(self.timed_out(Phase::Connect)),
        };
        let local = stream.local_address();
        let local = local.map_or(Ipv4Addr::LOCALHOST.into(), |local| local.ip());
        Ok((stream, self.hello(local)))
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
    match session.log_in(&login.user, &login.password, login.mechanism).await {
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
