//! From a destination to a session that may take copies.
//!
//! Invariant: no session leaves this module unencrypted where the destination asks for TLS, nor
//! unproved where it is a test inbox; and no password crosses a network in the clear.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::timeout;

use super::conn::Conn;
use super::destination::{Destination, InboxProof, Login, RelayTarget};
use super::session::{Cause, Event, Hello, Phase, Session, SessionError, Timeouts};
use super::tls::Tls;
use crate::config::Tls as Protection;
use crate::words::PROOF_NONCE_BYTES;
use crate::world::{Entropy, Network, Stream};

/// Opens sessions to one destination.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) destination: Destination,
    pub(super) machine: Option<String>,
    pub(super) timeouts: Timeouts,
    pub(super) network: Arc<dyn Network>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) tls: Option<Tls>,
    pub(super) hurried: watch::Receiver<bool>,
}

impl Connector {
    /// Opens a session and makes it fit for mail.
    pub(super) async fn open(&self) -> Result<Conn, SessionError> {
        match &self.destination {
            Destination::Relay(relay) => self.open_relay(relay).await,
            Destination::Inbox { address, proof } => {
                let stream = self.connect(&address.ip().to_string(), address.port()).await?;
                self.prove(self.greet(stream).await?, proof).await
            }
        }
    }

    async fn open_relay(&self, relay: &RelayTarget) -> Result<Conn, SessionError> {
        if relay.login.is_some() && relay.tls == Protection::None && !is_loopback(&relay.host) {
            return Err(Cause::Plaintext.at(Phase::LogIn));
        }
        let mut stream = self.connect(&relay.host, relay.port).await?;
        if relay.tls == Protection::Implicit {
            stream = self.encrypt(&relay.host, stream).await?;
        }
        let mut conn = self.greet(stream).await?;
        if relay.tls == Protection::StartTls {
            conn.session.start_tls()?;
            ready(&mut conn).await?;
            let tls = self.tls()?;
            conn = conn.encrypt(|plain| tls.encrypt(&relay.host, plain)).await?;
            conn.session.encrypted();
            ready(&mut conn).await?;
        }
        match &relay.login {
            Some(login) => log_in(conn, login).await,
            None => Ok(conn),
        }
    }

    fn tls(&self) -> Result<&Tls, SessionError> {
        self.tls.as_ref().ok_or_else(|| Cause::NotOffered("TLS").at(Phase::Tls))
    }

    async fn encrypt(
        &self,
        host: &str,
        plain: Box<dyn Stream>,
    ) -> Result<Box<dyn Stream>, SessionError> {
        match timeout(self.timeouts.connect, self.tls()?.encrypt(host, plain)).await {
            Ok(stream) => stream.map_err(|error| Cause::Lost(error).at(Phase::Tls)),
            Err(_) => Err(self.timed_out(Phase::Tls)),
        }
    }

    async fn greet(&self, stream: Box<dyn Stream>) -> Result<Conn, SessionError> {
        let local = stream.local_address();
        let local = local.map_or(Ipv4Addr::LOCALHOST.into(), |local| local.ip());
        let session = Session::new(self.hello(local));
        let mut conn = Conn::new(session, stream, self.timeouts.clone(), self.hurried.clone());
        ready(&mut conn).await?;
        Ok(conn)
    }

    async fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Stream>, SessionError> {
        let connecting = self.network.connect(host, port);
        match timeout(self.timeouts.connect, connecting).await {
            Ok(stream) => stream.map_err(|error| Cause::Lost(error).at(Phase::Connect)),
            Err(_) => Err(self.timed_out(Phase::Connect)),
        }
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

    async fn prove(&self, mut conn: Conn, proof: &InboxProof) -> Result<Conn, SessionError> {
        let mut nonce = [0; PROOF_NONCE_BYTES];
        self.entropy.fill(&mut nonce).map_err(|error| Cause::Lost(error).at(Phase::Proof))?;
        conn.session.prove(&proof.token, &nonce, &proof.issue)?;
        match ready(&mut conn).await {
            Ok(()) => Ok(conn),
            Err(_) => Err(Cause::NotOurs.at(Phase::Proof)),
        }
    }

    fn timed_out(&self, phase: Phase) -> SessionError {
        Cause::TimedOut(self.timeouts.connect.as_secs()).at(phase)
    }
}

/// Waits until the step at hand is done.
async fn ready(conn: &mut Conn) -> Result<(), SessionError> {
    match conn.event().await? {
        Event::Ready => Ok(()),
        // No copy was announced, so none is spoken of.
        _ => Err(Cause::hung_up().at(conn.session.phase())),
    }
}

async fn log_in(mut conn: Conn, login: &Login) -> Result<Conn, SessionError> {
    conn.session.log_in(login.mechanism, &login.user, &login.password)?;
    ready(&mut conn).await?;
    Ok(conn)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
