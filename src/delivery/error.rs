//! Why a send ended otherwise than well, and how that is told.

use super::classify::Class;
use super::destination::Destination;
use super::journal::JournalError;
use super::session::{Cause, Phase, SessionError};
use super::tls::{Distrust, TlsError};
use crate::diag::{Diagnostic, Kind};
use crate::words::{CopyId, Reply};

/// A send that could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The relay cannot be reached; nothing was sent.
    #[error("the relay `{relay}` cannot be reached: {cause}")]
    Unreachable {
        /// What messages call the relay.
        relay: String,
        /// Its host and port.
        address: String,
        /// What happened.
        #[source]
        cause: SessionError,
    },
    /// What listens where the test inbox should is not ours; it heard of no mail.
    #[error("the server at {address} is not our test inbox")]
    NotOurInbox {
        /// Where it listens.
        address: String,
    },
    /// TLS cannot be prepared; nothing was connected.
    #[error("TLS cannot be prepared: {cause}")]
    Tls {
        /// The file of certificates, if one is named.
        ca: Option<String>,
        /// What is wrong.
        #[source]
        cause: TlsError,
    },
    /// The ledger failed, or a promise would have been broken.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A copy could not be composed.
    #[error("copy {copy} could not be composed: {}", .fault.what)]
    Compose {
        /// The copy.
        copy: CopyId,
        /// What is wrong with it.
        fault: Box<Diagnostic>,
    },
    /// A connection's task died.
    #[error("a connection's task ended: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Why a send halted: what the relay refuses is the send, not a copy.
#[derive(Debug)]
pub enum Halt {
    /// The log-in was refused, or may not be tried.
    LogIn {
        /// What happened.
        cause: Cause,
        /// Where the password was read from.
        source: Option<String>,
    },
    /// TLS is required and cannot be had.
    Tls(Cause),
    /// The greeting was a refusal.
    Greeting(Cause),
    /// A copy was refused for what we are or say.
    Refused {
        /// What the refusal speaks of.
        class: Class,
        /// When it came.
        phase: Phase,
        /// What the relay said.
        reply: Reply,
    },
    /// The first attempts brought no acceptance.
    NothingAccepted {
        /// How many.
        attempts: usize,
        /// What the relay said last.
        reply: Option<Reply>,
    },
}

impl Halt {
    /// Tells a relay that refuses us from one that is not there now, whose error is given back.
    pub(super) fn of_session(
        error: SessionError,
        destination: &Destination,
    ) -> Result<Self, SessionError> {
        let for_good = match &error.cause {
            Cause::Refused(reply) => !reply.is_transient(),
            Cause::NotOffered(_) | Cause::Plaintext | Cause::Unfitting(_) | Cause::NotOurs => true,
            // What rustls says of a certificate, or of a peer that speaks no TLS.
            Cause::Lost(cause) => {
                error.phase == Phase::Tls && cause.kind() == std::io::ErrorKind::InvalidData
            }
            Cause::TimedOut(_)
            | Cause::Unasked(_)
            | Cause::Garbled(_)
            | Cause::Endless
            | Cause::Hurried => false,
        };
        let source = match destination {
            Destination::Relay(relay) => relay.login.as_ref().map(|login| login.source.clone()),
            Destination::Inbox { .. } => None,
        };
        match error.phase {
            Phase::LogIn if for_good => Ok(Self::LogIn { cause: error.cause, source }),
            Phase::Tls if for_good => Ok(Self::Tls(error.cause)),
            Phase::Greeting if for_good => Ok(Self::Greeting(error.cause)),
            _ => Err(error),
        }
    }

    /// Tells it to people; `relay` is what messages call the relay, `address` its host and port.
    pub fn diagnostic(&self, relay: &str, address: &str) -> Diagnostic {
        match self {
            Self::LogIn { cause, source } => log_in(relay, address, cause, source.as_deref()),
            Self::Tls(cause) => tls(relay, address, cause),
            Self::Greeting(cause) => {
                Diagnostic::error(format!("the relay `{relay}` does not serve us"))
                    .note(format!("{address}: {cause}"))
            }
            Self::Refused { class, phase, reply } => {
                let what = match class {
                    Class::Relay => format!("the relay `{relay}` does not take our mail"),
                    _ => format!("the relay `{relay}` refused a copy for what we are or say"),
                };
                Diagnostic::error(what)
                    .note(format!("{address} said `{reply}` to {phase}"))
                    .hint("the other copies are untouched; `send` goes on once this is mended")
            }
            Self::NothingAccepted { attempts, reply } => {
                let halted = Diagnostic::error(format!(
                    "the relay `{relay}` took none of the first {attempts} copies"
                ));
                let halted = match reply {
                    Some(reply) => halted.note(format!("{address} said last `{reply}`")),
                    None => halted,
                };
                halted.hint("those refused are pending again; nobody was suppressed")
            }
        }
    }
}

fn tls(relay: &str, address: &str, cause: &Cause) -> Diagnostic {
    let distrust = match cause {
        Cause::Lost(error) => Distrust::of(error),
        _ => None,
    };
    Diagnostic::error(format!("there is no TLS with the relay `{relay}`"))
        .note(format!("{address}: {cause}"))
        .note("neither log-in nor mail was sent")
        .hint(distrust.map_or("see the relay's `url`", Distrust::remedy))
}

fn log_in(relay: &str, address: &str, cause: &Cause, source: Option<&str>) -> Diagnostic {
    match cause {
        Cause::Refused(reply) => {
            let fault = Diagnostic::error(format!("the relay `{relay}` refused our log-in"))
                .note(format!("{address} said `{reply}`"));
            match source {
                Some(source) => fault.hint(format!("it read the password from {source}")),
                None => fault,
            }
        }
        cause => Diagnostic::error(format!("there is no log-in at the relay `{relay}`"))
            .note(format!("{address}: {cause}")),
    }
}

/// Tells that a relay was lost; the same before a send and in the midst of it.
pub(super) fn unreachable(relay: &str, address: &str, cause: &SessionError) -> Diagnostic {
    Diagnostic::error(format!("the relay `{relay}` cannot be reached"))
        .kind(Kind::TryLater("relay_unreachable"))
        .note(format!("{address}, {cause}"))
        .hint("run it again to go on")
}

impl From<DeliveryError> for Diagnostic {
    fn from(error: DeliveryError) -> Self {
        match &error {
            DeliveryError::Unreachable { relay, address, cause } => {
                unreachable(relay, address, cause)
            }
            DeliveryError::NotOurInbox { address } => Diagnostic::error(error.to_string())
                .note(format!("{address} could not prove it, and heard of no mail")),
            DeliveryError::Tls { ca: Some(path), cause } => {
                Diagnostic::error(format!("`{path}` cannot be used as `ca`"))
                    .note(cause.to_string())
                    .hint("it must hold the certificate of the relay's authority in PEM")
            }
            DeliveryError::Tls { ca: None, .. } => {
                Diagnostic::error(error.to_string()).hint("install the package `ca-certificates`")
            }
            DeliveryError::Journal(cause) => match cause {
                JournalError::Durability(_) => Diagnostic::error(cause.to_string())
                    .note("nothing more was sent after that")
                    .hint("see that the disk has room and is sound, then run it again to go on")
                    .hint(
                        "`letterpress ledger check` says whether the ledger is as it was written",
                    ),
                JournalError::Read(_) | JournalError::Broken { .. } => {
                    Diagnostic::error(cause.to_string()).note("the send was ended there")
                }
            },
            DeliveryError::Compose { copy, fault } => {
                (**fault).clone().note(format!("it was found in copy {copy}; the send was ended"))
            }
            DeliveryError::Task(_) => Diagnostic::error(error.to_string()),
        }
    }
}
