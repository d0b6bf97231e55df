//! A message to staff: not a copy, so no plan, no mark, no ledger. It is handed over in a session
//! of its own; where its fate is unknown it may be sent again, since nobody is harmed by that.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::conn::Conn;
use super::connect::Connector;
use super::destination::Destination;
use super::error::{DeliveryError, Halt};
use super::send::tls;
use super::session::{Cause, Envelope, Event, SessionError, Timeouts};
use crate::diag::Diagnostic;
use crate::words::{Address, Reply};
use crate::world::{Entropy, Network};

/// How long all of it may take: whoever waits is cron.
const NOTICE_MAX: Duration = Duration::from_secs(60);

/// A message to one of the staff.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The envelope's reverse path.
    pub from: Address,
    /// The envelope's only recipient.
    pub to: Address,
    /// What bounces name it by: letters, digits and dots.
    pub id: String,
    /// Headers and body, with CRLF line ends, dots not stuffed.
    pub bytes: Vec<u8>,
}

/// What a letter is sent through.
#[derive(Clone, Debug)]
pub struct Post {
    /// Where to.
    pub destination: Destination,
    /// The machine's host name, for EHLO.
    pub machine: Option<String>,
    /// How long each step of a session may take.
    pub timeouts: Timeouts,
    /// Connections.
    pub network: Arc<dyn Network>,
    /// Nonces.
    pub entropy: Arc<dyn Entropy>,
}

impl Post {
    /// Sends letters in one session; returns what the server refused.
    ///
    /// # Errors
    /// If there is no session, or it ends before the last letter was answered.
    pub async fn send(&self, letters: Vec<Letter>) -> Result<Vec<(Address, Reply)>, Diagnostic> {
        let (_hurry, hurried) = watch::channel(false);
        let connector = Connector {
            destination: self.destination.clone(),
            machine: self.machine.clone(),
            timeouts: self.timeouts.clone(),
            network: self.network.clone(),
            entropy: self.entropy.clone(),
            tls: tls(&self.destination).map_err(Diagnostic::from)?,
            hurried,
        };
        match timeout(NOTICE_MAX, carry(&connector, letters)).await {
            Ok(carried) => carried.map_err(|error| self.told(error)),
            Err(_) => Err(Diagnostic::error(format!(
                "the relay `{}` took more than {} s",
                self.destination.name(),
                NOTICE_MAX.as_secs()
            ))),
        }
    }

    fn told(&self, error: SessionError) -> Diagnostic {
        let address = self.destination.address();
        match Halt::of_session(error, &self.destination) {
            Ok(halt) => halt.diagnostic(self.destination.name(), &address),
            Err(cause) => {
                let relay = self.destination.name().to_owned();
                DeliveryError::Unreachable { relay, address, cause }.into()
            }
        }
    }
}

async fn carry(
    connector: &Connector,
    letters: Vec<Letter>,
) -> Result<Vec<(Address, Reply)>, SessionError> {
    let mut conn = connector.open().await?;
    let mut refused = Vec::new();
    for letter in letters {
        let to = letter.to.clone();
        if let Some(reply) = hand_over(&mut conn, letter).await? {
            refused.push((to, reply));
        }
    }
    conn.quit().await;
    Ok(refused)
}

/// Carries one letter through its transaction; returns the refusal, if there was one.
async fn hand_over(conn: &mut Conn, letter: Letter) -> Result<Option<Reply>, SessionError> {
    let Letter { from, to, id, bytes } = letter;
    let envelope = Envelope { from: &from, to: &to, id: &id, bytes: bytes.len() };
    conn.session.envelope(&envelope)?;
    let mut text = Some(bytes);
    loop {
        match (conn.event().await?, text.take()) {
            (Event::TextWanted, Some(text)) => {
                conn.session.text(text);
                conn.session.dot();
            }
            (Event::Accepted(_), _) => return Ok(None),
            (Event::Rejected(reply) | Event::Refused(_, reply), _) => return Ok(Some(reply)),
            _ => return Err(Cause::hung_up().at(conn.session.phase())),
        }
    }
}
