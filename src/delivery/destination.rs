//! Who may be reached.
//!
//! Invariant: this is the one place where that is decided, and it is decided by type: a relay with
//! the addresses it may serve, or a test inbox that must prove itself before it hears of any mail.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::config::Tls;
use crate::words::{Address, InboxToken, IssueName, Mechanism, Secret};

/// Where copies go.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A relay, which takes them to their readers.
    Relay(RelayTarget),
    /// The test inbox of this workspace, from which nothing leaves the machine.
    Inbox {
        /// Where it listens.
        address: SocketAddr,
        /// What it must prove.
        proof: InboxProof,
    },
}

/// A relay and how to reach it.
#[derive(Clone, Debug)]
pub struct RelayTarget {
    /// What messages call it.
    pub name: String,
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The certificates, in PEM, that alone are trusted instead of the system's.
    pub ca: Option<Ca>,
    /// Who we are to it, if it asks.
    pub login: Option<Login>,
    /// If not empty, copies to others stay pending.
    pub only_to: BTreeSet<Address>,
}

/// A file of certificates.
#[derive(Clone, Debug)]
pub struct Ca {
    /// Its path, for messages.
    pub path: String,
    /// What it holds, in PEM.
    pub pem: Vec<u8>,
}

/// A user and a password, or a token.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password; for XOAUTH2 the token.
    pub password: Secret,
    /// How the log-in is made; by default the best that is offered of PLAIN and LOGIN.
    pub mechanism: Option<Mechanism>,
    /// Where the password was read from, for messages: as `the variable NAME`.
    pub source: String,
}

/// What a server must know to be taken for our test inbox.
#[derive(Clone, Debug)]
pub struct InboxProof {
    /// The workspace's token.
    pub token: InboxToken,
    /// The issue that is rehearsed, which the inbox shows.
    pub issue: IssueName,
}

impl Destination {
    /// Says whether a copy for this address may go there.
    pub fn may_reach(&self, address: &Address) -> bool {
        match self {
            Self::Relay(relay) => relay.only_to.is_empty() || relay.only_to.contains(address),
            Self::Inbox { .. } => true,
        }
    }

    /// Returns what messages and the ledger call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Relay(relay) => &relay.name,
            Self::Inbox { .. } => "test inbox",
        }
    }

    /// Returns its host and port, for messages.
    pub fn address(&self) -> String {
        match self {
            Self::Relay(relay) if relay.host.contains(':') => {
                format!("[{}]:{}", relay.host, relay.port)
            }
            Self::Relay(relay) => format!("{}:{}", relay.host, relay.port),
            Self::Inbox { address, .. } => address.to_string(),
        }
    }
}
