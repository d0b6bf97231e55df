//! Signals: the first one asks for an orderly end, the second takes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::delivery::Stop;

/// SIGHUP, SIGINT and SIGTERM by their numbers.
const SIGNALS: [u8; 3] = [1, 2, 15];

/// A watch over signals while copies are in flight.
pub struct Signals {
    caught: Arc<AtomicU8>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

/// Asks for an end at the first signal, and for one at once at any other; remembers the first.
pub fn settle_first(stop: watch::Sender<Stop>) -> Signals {
    let caught = Arc::new(AtomicU8::new(0));
    let stop = Arc::new(stop);
    let tasks = SIGNALS
        .into_iter()
        .map(|number| {
            let (caught, stop) = (Arc::clone(&caught), Arc::clone(&stop));
            tokio::spawn(async move {
                let Ok(mut signals) = signal(SignalKind::from_raw(i32::from(number))) else {
                    return;
                };
                while signals.recv().await.is_some() {
                    let first =
                        caught.compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst);
                    let asked = if first.is_ok() { Stop::Settle } else { Stop::AtOnce };
                    stop.send_if_modified(|stop| {
                        let is_more = asked > *stop;
                        *stop = asked.max(*stop);
                        is_more
                    });
                }
            })
        })
        .collect();
    Signals { caught, tasks }
}

impl Signals {
    /// Returns the signal that came first.
    pub fn caught(&self) -> Option<u8> {
        Some(self.caught.load(Ordering::SeqCst)).filter(|number| *number > 0)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Waits for SIGINT or SIGTERM.
pub async fn interrupted() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}
