//! The user's browser.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// What opens a page where the user names no browser.
const USUAL: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
/// A browser that has not ended badly after so long has opened the page.
const TIME_MAX: Duration = Duration::from_secs(3);
/// How often it is asked.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Opens a file in the user's browser; `named` is what `BROWSER` holds: commands with their words,
/// of which the first that works is taken, divided by colons. Says which were tried in vain, if none
/// works. What is opened stays when the program ends.
///
/// # Errors
/// The commands that were tried.
pub async fn open_in_browser(named: Option<&str>, place: &Path) -> Result<(), Vec<String>> {
    let named: Vec<&str> = named.unwrap_or_default().split(':').map(str::trim).collect();
    let mut tried = Vec::new();
    for command in named.into_iter().filter(|command| !command.is_empty()).chain([USUAL]) {
        if open(command, place).await {
            return Ok(());
        }
        tried.push(command.to_owned());
    }
    Err(tried)
}

async fn open(command: &str, place: &Path) -> bool {
    // A shell takes the command apart, as it does an editor's.
    let started = Command::new("sh")
        .arg("-c")
        .arg(format!("{command} \"$@\""))
        .arg(command)
        .arg(place)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return false };
    let deadline = Instant::now() + TIME_MAX;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => sleep(LOOK_AGAIN).await,
            Err(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_command_that_works_gets_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let (place, seen) = (folder.path().join("a page.html"), folder.path().join("seen"));
        let command = format!("no-such-browser:false:printf %s > {}", seen.display());
        // The shell redirects, and the page's path comes behind.
        open_in_browser(Some(&command), &place).await.unwrap();
        assert_eq!(std::fs::read_to_string(seen).unwrap(), place.display().to_string());
    }

    #[tokio::test]
    async fn what_was_tried_in_vain_is_told() {
        assert!(!open("no-such-browser", Path::new("/x")).await);
        assert!(!open("exit 3; ", Path::new("/x")).await);
    }
}
