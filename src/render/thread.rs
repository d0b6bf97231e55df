//! Threads of a build.
//!
//! The stages, mrml and the `handlebars` crate among them, recurse as deep as a template nests,
//! which is capped; so whether that fits does not hang on who calls.

use std::panic::resume_unwind;
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

use crate::diag::{Diagnostic, Faults};

const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Calls `work` on a stack that is large enough for it.
///
/// # Errors
/// Those of `work`, or that no thread was to be had.
pub(super) fn with_stack<T: Send>(
    work: impl FnOnce() -> Result<T, Faults> + Send,
) -> Result<T, Faults> {
    scope(|scope| joined(spawned(scope, work)?))
}

/// Calls `work`, and `aside` at the same time.
///
/// # Errors
/// Those of `work`, or that no thread was to be had; then those of `aside`.
pub fn beside<A: Send, T>(
    aside: impl FnOnce() -> A + Send,
    work: impl FnOnce() -> T,
) -> Result<(A, T), Faults> {
    scope(|scope| {
        let thread = spawned(scope, aside)?;
        let done = work();
        Ok((joined(thread), done))
    })
}

fn spawned<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    work: impl FnOnce() -> T + Send + 's,
) -> Result<ScopedJoinHandle<'s, T>, Faults> {
    Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).map_err(|error| {
        Diagnostic::error("no thread was to be had").note(error.to_string()).into()
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
