//! The lock of a send, and who says that it holds it.
//!
//! Invariant: what the lock's file says is shown and never relied upon; the system's lock decides.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::rehearsal;
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::world::{Lock, LockError};

/// How much of the lock's file is written and read: a shorter note is filled up with spaces, so
/// that nothing of a longer one stays behind it.
const NOTE_BYTES: usize = 256;
/// More of a machine's name is not shown.
const MACHINE_CHARS_MAX: usize = 64;

/// Who says that it holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    process: u32,
    machine: String,
    since: Timestamp,
}

impl LockHolder {
    /// Reads who holds the lock at `path`; `None` where that cannot be made out.
    pub fn read(path: &str, workspace: &Workspace<'_>) -> Option<Self> {
        if !workspace.files().exists(path) {
            return None;
        }
        let bytes = workspace.files().hold(path).ok()?.read_start(NOTE_BYTES).ok()?;
        Self::parse(std::str::from_utf8(&bytes).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let process = words.next()?.parse().ok()?;
        let since = words.next()?.parse().ok()?;
        Some(Self { process, machine: plain(words.next()?), since })
    }

    fn note(&self) -> String {
        let note = format!("{} {} {}", self.process, self.since, self.machine);
        format!("{note:<width$}\n", width = NOTE_BYTES - 1)
    }

    /// Tells it in a few words, with the time in a zone.
    pub fn told(&self, zone: &TimeZone) -> String {
        format!("{self}, since {}", self.since.to_zoned(zone.clone()).strftime("%H:%M"))
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.process, self.machine)
    }
}

/// A machine's name, without what would trouble a terminal.
fn plain(name: &str) -> String {
    let sound = |c: &char| c.is_ascii_alphanumeric() || "-._".contains(*c);
    let name: String = name.chars().filter(sound).take(MACHINE_CHARS_MAX).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// Takes the lock at `path`, and writes into it who has it.
pub(super) fn take(path: &str, workspace: &Workspace<'_>) -> Result<Lock, Faults> {
    let lock = match workspace.files().lock(path) {
        Ok(lock) => lock,
        Err(LockError::File(error)) => return Err(error.into()),
        Err(LockError::Held) => return Err(held(path, workspace).into()),
    };
    let world = &workspace.cx.world;
    let holder = LockHolder {
        process: std::process::id(),
        machine: plain(&world.machine),
        since: world.clock.now(),
    };
    // It is for people alone: where it cannot be written, the lock is held all the same.
    let _ =
        workspace.files().hold(path).and_then(|file| file.write_at(holder.note().as_bytes(), 0));
    Ok(lock)
}

fn held(path: &str, workspace: &Workspace<'_>) -> Diagnostic {
    let zone = &workspace.config.newsletter.time_zone;
    let who = LockHolder::read(path, workspace).map(|holder| format!(" ({})", holder.told(zone)));
    let is_rehearsal = path == rehearsal::LOCK;
    let sends = if is_rehearsal { "rehearsal" } else { "send" };
    let fault = Diagnostic::error(format!(
        "another {sends} holds this workspace{}",
        who.unwrap_or_default()
    ));
    let fault =
        fault.kind(Kind::TryLater("busy")).note("the lock ends with the process that holds it");
    // `status` reads the ledger, which knows nothing of rehearsals.
    fault.hint(match is_rehearsal {
        true => "wait until it ends, or end it with Ctrl-C; then run this again",
        false => "`letterpress status` says how far it is",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_read_as_it_was_written_and_fills_its_place() {
        let since = "2023-03-27T07:30:04Z".parse().unwrap();
        let holder = LockHolder { process: 41_207, machine: plain("desk-1"), since };
        assert_eq!(holder.note().len(), NOTE_BYTES);
        assert_eq!(LockHolder::parse(&holder.note()), Some(holder.clone()));
        assert_eq!(holder.told(&TimeZone::UTC), "process 41207 on desk-1, since 07:30");
    }

    #[test]
    fn what_does_not_belong_in_a_lock_is_not_shown() {
        for text in
            ["", "x", "1", "-1 2023-03-27T07:30:04Z a", "1 then a", "1 2023-03-27T07:30:04Z"]
        {
            assert_eq!(LockHolder::parse(text), None, "{text:?}");
        }
        let odd = LockHolder::parse("1 2023-03-27T07:30:04Z \u{1b}[31mred").unwrap();
        assert_eq!(odd.machine, "31mred");
        assert_eq!(plain(&"m".repeat(500)).len(), MACHINE_CHARS_MAX);
    }
}
