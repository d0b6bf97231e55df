//! The send loop against relays that play a script.

pub(crate) mod memory;
mod opening;
mod refusals;
pub(crate) mod relay;
mod sending;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::session::Timeouts;
use super::{
    Compose, DeliveryError, Destination, Job, Journal, Nobody, Ports, Rates, Recipient,
    RelayTarget, Sent, Stop, send,
};
use crate::config::{Share, Tls};
use crate::message::Message;
use crate::words::Address;
use crate::world::{SystemClock, SystemEntropy, SystemNetwork};

pub(crate) fn relay_target(address: SocketAddr) -> RelayTarget {
    RelayTarget {
        name: "main".into(),
        host: address.ip().to_string(),
        port: address.port(),
        tls: Tls::None,
        login: None,
        ca: None,
        only_to: [].into(),
    }
}

/// A job for one connection without a rate.
pub(crate) fn job(address: SocketAddr) -> Job {
    Job {
        destination: Destination::Relay(relay_target(address)),
        connections: 1,
        rates: Rates::default(),
        retry_for: Duration::from_secs(86_400),
        max_failed: Share(0.5),
        limit: None,
        wait: false,
        machine: Some("sender.example".into()),
        timeouts: Timeouts {
            connect: Duration::from_secs(2),
            greeting: Duration::from_secs(2),
            mail: Duration::from_secs(2),
            recipient: Duration::from_secs(2),
            data: Duration::from_secs(2),
            text: Duration::from_secs(2),
            reply: Duration::from_millis(600),
            close: Duration::from_millis(200),
            reopen: Duration::from_millis(20),
        },
    }
}

pub(crate) fn compose(recipient: &Recipient, date: Timestamp) -> Message {
    let id = format!("<{}@news.example>", recipient.copy);
    let text = format!(
        "Message-ID: {id}\r\nX-Date: {}\r\n\r\nDear {},\r\n.hidden\r\n..\r\n.\r\n",
        date.as_microsecond(),
        recipient.address
    );
    Message {
        from: Address::parse("weekly@news.example").unwrap(),
        to: recipient.address.clone(),
        message_id: id,
        bytes: text.into_bytes(),
    }
}

/// Ports on the real world, with a flag that stops the send.
pub(crate) fn ports(journal: Arc<dyn Journal>) -> (Ports, watch::Sender<Stop>) {
    let (stop, stopped) = watch::channel(Stop::No);
    let compose: Arc<Compose> = Arc::new(|recipient, date, _| Ok(compose(recipient, date)));
    let ports = Ports {
        journal,
        compose,
        observer: Arc::new(Nobody),
        clock: Arc::new(SystemClock),
        network: Arc::new(SystemNetwork),
        entropy: Arc::new(SystemEntropy),
        stop: stopped,
    };
    (ports, stop)
}

pub(crate) async fn run(job: &Job, journal: Arc<dyn Journal>) -> Result<Sent, DeliveryError> {
    let (ports, _stop) = ports(journal);
    tokio::time::timeout(Duration::from_secs(60), send(job, ports)).await.expect("it hangs")
}
