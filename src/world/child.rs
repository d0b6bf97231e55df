//! Programs that were started, until they have ended.

#![allow(clippy::disallowed_methods, reason = "a part of the one place that may")]

use std::process::{Child, ExitStatus};
use std::time::Duration;

use tokio::time::Instant;

/// How often a program is asked whether it has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Waits until a program has ended; at the deadline it is ended, and that is `None`.
pub(super) fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(LOOK_AGAIN),
            _ => {
                end(child);
                return None;
            }
        }
    }
}

/// Ends a program.
pub(super) fn end(child: &mut Child) {
    // It may have ended by itself meanwhile; either way it is gone behind this.
    let _ = child.kill();
    let _ = child.wait();
}
