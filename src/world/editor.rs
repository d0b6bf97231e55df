//! The user's editor.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// Opens a file in an editor, in `folder`, and waits until that ends. `editor` is a command with its
/// words, as `EDITOR` has it; a shell takes it apart, as for git and crontab.
///
/// # Errors
/// If no shell could be started.
pub async fn edit(editor: &str, place: &Path, folder: &Path) -> io::Result<ExitStatus> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(place).current_dir(folder);
    let running = tokio::task::spawn_blocking(move || command.status());
    running.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
