//! From the configuration to what the send loop is asked to do.

use super::Order;
use crate::cli::workspace::Workspace;
use crate::config::Timeouts as Written;
use crate::delivery::session::Timeouts;
use crate::delivery::{Destination, Job, Rates};

/// Puts the job together.
pub(super) fn job(order: &Order, workspace: &Workspace<'_>, destination: &Destination) -> Job {
    let config = &workspace.config;
    let mut rates = Rates::default();
    // In a rehearsal nobody's relay is to be spared.
    if let (Destination::Relay(_), Some(relay)) = (destination, &config.relay) {
        rates.overall.clone_from(&config.delivery.rates);
        rates.per_domain.clone_from(&config.delivery.per_domain);
        rates.relay.clone_from(&relay.rates);
    }
    rates.overall.extend(order.rate);
    Job {
        destination: destination.clone(),
        connections: config.delivery.connections,
        rates,
        retry_for: config.delivery.retry_for,
        max_failed: config.delivery.max_failed,
        limit: order.limit,
        wait: order.wait,
        machine: Some(workspace.cx.world.machine.clone()),
        timeouts: timeouts(workspace, destination),
    }
}

/// How long each step of a session with that destination may take.
pub(super) fn timeouts(workspace: &Workspace<'_>, destination: &Destination) -> Timeouts {
    match (destination, &workspace.config.relay) {
        (Destination::Relay(_), Some(relay)) => as_written(&relay.timeouts),
        _ => Timeouts::default(),
    }
}

fn as_written(written: &Written) -> Timeouts {
    let usual = Timeouts::default();
    Timeouts {
        connect: written.connect.unwrap_or(usual.connect),
        greeting: written.greeting.unwrap_or(usual.greeting),
        mail: written.mail.unwrap_or(usual.mail),
        recipient: written.recipient.unwrap_or(usual.recipient),
        data: written.data.unwrap_or(usual.data),
        text: written.text.unwrap_or(usual.text),
        reply: written.reply.unwrap_or(usual.reply),
        close: written.close.unwrap_or(usual.close),
        reopen: usual.reopen,
    }
}
