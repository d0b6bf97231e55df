//! A send: connections that carry the copies of one issue until there is nothing left to do.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::connect::Connector;
use super::destination::Destination;
use super::dispatch::Dispatch;
use super::error::{DeliveryError, Halt, unreachable};
use super::finish::finish;
use super::journal::{Journal, Recipient, Tally};
use super::limits::{Limits, Rates};
use super::line::Line;
use super::observe::{Observer, Progress};
use super::session::{SessionError, Timeouts};
use super::tls::Tls;
use crate::config::{Share, Tls as Protection};
use crate::diag::{Diagnostic, Kind};
use crate::message::Message;
use crate::words::Reply;
use crate::world::{Clock, Entropy, Network};

/// How long copies in flight may take once the send is asked to end.
const SETTLE_MAX: Duration = Duration::from_secs(8);

/// Makes the copy of a recipient. The time is that of the first attempt, which is its Date; the
/// bytes are written into the buffer that is given, whatever it held.
pub type Compose =
    dyn Fn(&Recipient, Timestamp, Vec<u8>) -> Result<Message, Diagnostic> + Send + Sync;

/// What is to be sent, and how.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where to.
    pub destination: Destination,
    /// How many connections are open at once.
    pub connections: usize,
    /// The limits, all of which hold.
    pub rates: Rates,
    /// For how long a copy that is refused for now is tried again.
    pub retry_for: Duration,
    /// The share of failures up to which the relay's word about addresses is trusted.
    pub max_failed: Share,
    /// At most so many copies in this call.
    pub limit: Option<usize>,
    /// Whether to stay until deferred copies are due.
    pub wait: bool,
    /// The machine's host name, for EHLO.
    pub machine: Option<String>,
    /// How long each step of a session may take.
    pub timeouts: Timeouts,
}

/// What a send is given of the outside.
#[derive(Clone)]
pub struct Ports {
    /// Keeps account.
    pub journal: Arc<dyn Journal>,
    /// Makes copies.
    pub compose: Arc<Compose>,
    /// Listens.
    pub observer: Arc<dyn Observer>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Connections.
    pub network: Arc<dyn Network>,
    /// Nonces.
    pub entropy: Arc<dyn Entropy>,
    /// Whether the call is asked to end.
    pub stop: watch::Receiver<Stop>,
}

/// How a call is asked to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// It is not.
    #[default]
    No,
    /// No copy is begun, and those in flight are settled.
    Settle,
    /// Nothing is waited for: a copy whose answer is not there is in doubt.
    AtOnce,
}

/// Why a call ended.
#[derive(Debug)]
pub enum Ended {
    /// Every copy has its outcome.
    Done,
    /// The relay says that our quota is used up; what was pending is deferred.
    Quota(Reply),
    /// Some copies are to be tried again later.
    Deferred {
        /// When the first is due.
        next: Option<Timestamp>,
    },
    /// What is left was not to be sent by this call: its limit, or `only_to`.
    Limited,
    /// It was asked to end; the copies in flight were settled.
    Interrupted,
    /// The send was stopped, perhaps from another machine.
    Stopped,
    /// The relay refuses the send.
    Halted(Halt),
    /// The relay was lost on the way.
    Unreachable(SessionError),
}

impl Ended {
    /// Tells people, where there is something to be told.
    pub fn diagnostic(&self, destination: &Destination) -> Option<Diagnostic> {
        let (relay, address) = (destination.name(), destination.address());
        match self {
            Self::Done | Self::Limited | Self::Interrupted => None,
            Self::Quota(_) | Self::Deferred { .. } => Some(
                Diagnostic::error("some copies are deferred")
                    .kind(Kind::TryLater("deferred"))
                    .hint("run it again to go on"),
            ),
            Self::Stopped => Some(Diagnostic::error("the send was stopped")),
            Self::Halted(halt) => Some(halt.diagnostic(relay, &address)),
            Self::Unreachable(cause) => Some(unreachable(relay, &address, cause)),
        }
    }
}

/// What became of a call.
#[derive(Debug)]
pub struct Sent {
    /// Why it ended.
    pub ended: Ended,
    /// Where the copies stand now.
    pub tally: Tally,
    /// What this call did.
    pub progress: Progress,
}

/// Sends what is pending or due of one issue.
///
/// The caller holds the lock that makes it the only one. Dropped, the copies whose dots may have
/// been written stand as `attempting`, and are in doubt when the issue is opened again.
///
/// # Errors
/// [`DeliveryError::Unreachable`] and [`DeliveryError::NotOurInbox`] if it did not even begin; any
/// other error ended it at once.
pub async fn send(job: &Job, ports: Ports) -> Result<Sent, DeliveryError> {
    let (hurry, hurried) = watch::channel(false);
    let connector = Connector {
        destination: job.destination.clone(),
        machine: job.machine.clone(),
        timeouts: job.timeouts.clone(),
        network: ports.network.clone(),
        entropy: ports.entropy.clone(),
        tls: tls(&job.destination)?,
        hurried,
    };
    let limits = rebuilt_limits(job, &ports).await?;
    let mut stop = ports.stop.clone();
    let dispatch = Arc::new(Dispatch::new(job.clone(), ports, connector, limits));
    let carrying = carry(&dispatch);
    tokio::pin!(carrying);
    let hurrying = async {
        if stop.wait_for(|stop| *stop >= Stop::Settle).await.is_ok() {
            let at_once = async {
                if stop.wait_for(|stop| *stop == Stop::AtOnce).await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let _ = timeout(SETTLE_MAX, at_once).await;
            hurry.send_replace(true);
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = &mut carrying => result?,
        () = hurrying => {}
    }
    finish(&dispatch).await
}

/// Runs all connections to their end.
async fn carry(dispatch: &Arc<Dispatch>) -> Result<(), DeliveryError> {
    let mut tasks = JoinSet::new();
    if let Some(first) = dispatch.open_first().await? {
        let mut first = Some(first);
        for number in 0..dispatch.job.connections.max(1) {
            let line = Line::new(dispatch.clone(), number as u32, first.take());
            tasks.spawn(line.run());
        }
    }
    let mut result = Ok(());
    while let Some(ended) = tasks.join_next().await {
        let ended = ended.map_err(DeliveryError::from).flatten();
        if ended.is_err() {
            dispatch.cancel();
            result = result.and(ended);
        }
    }
    result
}

pub(super) fn tls(destination: &Destination) -> Result<Option<Tls>, DeliveryError> {
    match destination {
        Destination::Relay(relay) if relay.tls != Protection::None => {
            let ca = relay.ca.as_ref();
            let tls = Tls::new(ca.map(|ca| ca.pem.as_slice()));
            let path = || ca.map(|ca| ca.path.clone());
            Ok(Some(tls.map_err(|cause| DeliveryError::Tls { ca: path(), cause })?))
        }
        _ => Ok(None),
    }
}

async fn rebuilt_limits(job: &Job, ports: &Ports) -> Result<Limits, DeliveryError> {
    let relay = job.destination.name();
    let longest = Limits::longest(&job.rates);
    if longest.is_zero() {
        return Ok(Limits::new(&job.rates, relay));
    }
    let now = ports.clock.now();
    let longest = SignedDuration::try_from(longest).unwrap_or_default();
    let past = ports.journal.past(now.saturating_sub(longest).unwrap_or(now)).await?;
    Ok(Limits::rebuilt(&job.rates, relay, &past, now))
}
