//! The outside as arguments: clock, files, randomness, network.
//!
//! Invariant: nothing else in the crate asks the system for the time, opens a file, draws a random
//! byte or opens a socket; `clippy.toml` and `tests/architecture.rs` hold it to that.

mod browser;
mod child;
mod clock;
mod command;
mod editor;
mod entropy;
mod files;
mod foreign;
mod held;
mod machine;
mod network;
mod stamp;
mod text;
mod tool;
mod walk;
mod watch;
mod web;
mod zone;

use std::sync::Arc;

pub use browser::open_in_browser;
pub use clock::{Clock, FixedClock, SystemClock};
pub use command::{CommandError, output};
pub use editor::edit;
pub use entropy::{Entropy, SystemEntropy};
pub use files::{FileError, Files, Lock, LockError, WorkspaceFiles};
pub use foreign::{foreign, tell_panics};
pub use held::HeldFile;
pub use machine::{cores, machine_name, program_path};
pub use network::{Connecting, Network, Stream, SystemNetwork};
pub use stamp::Stamp;
pub use text::{NotUtf8, line_ends, text_of, utf8};
pub use tool::{ToolError, run_tool};
pub use walk::Listing;
pub use watch::Watch;
pub use web::{Fetched, Probed, Validators, WebError, fetch, probe};
pub use zone::{nearest_time_zone, time_zone};

/// All that a verb may reach of the outside.
#[derive(Clone, Debug)]
pub struct World {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The workspace's files.
    pub files: Arc<dyn Files>,
    /// Randomness for keys and ids.
    pub entropy: Arc<dyn Entropy>,
    /// Connections out and in.
    pub network: Arc<dyn Network>,
    /// The machine's name, as it calls itself.
    pub machine: String,
    /// The path of this program.
    pub program: String,
}
