//! Programs of the user's that do a part of the work, and may say why they cannot.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tokio::time::Instant;

use super::child::wait;
use crate::diag::Diagnostic;

/// So much of what a program says last is shown, in bytes.
const SAID_BYTES_MAX: usize = 2_000;
/// What a program has said is waited for so long once it has ended: a child of its own may hold the
/// pipe open.
const SAID_AFTER: Duration = Duration::from_millis(200);

/// A program that did not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{program}` {why}")]
pub struct ToolError {
    /// The program.
    pub program: String,
    /// How it ended.
    pub why: String,
    /// The last of what it wrote to its standard error.
    pub said: String,
}

impl From<ToolError> for Diagnostic {
    fn from(error: ToolError) -> Self {
        let fault = Self::error(error.to_string());
        match error.said.trim() {
            "" => fault,
            said => fault.note(format!("it said: {said}")),
        }
    }
}

/// Runs a program in a folder until it ends, or `limit` is over: then it is ended.
///
/// # Errors
/// [`ToolError`], if it cannot be started or ends otherwise than well.
pub async fn run_tool(words: &[String], folder: &Path, limit: Duration) -> Result<(), ToolError> {
    let (words, folder) = (words.to_vec(), folder.to_owned());
    let program = words.first().cloned().unwrap_or_default();
    let running = tokio::task::spawn_blocking(move || run(&words, &folder, limit));
    running.await.unwrap_or_else(|error| {
        Err(ToolError { program, why: format!("could not be run: {error}"), said: String::new() })
    })
}

fn run(words: &[String], folder: &Path, limit: Duration) -> Result<(), ToolError> {
    let (program, arguments) = words.split_first().map_or(("", words), |(p, a)| (p.as_str(), a));
    let failed = |why: String, said: String| ToolError { program: program.to_owned(), why, said };
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("could not be run: {error}"), String::new()))?;
    let said = listen(&mut child);
    let status = wait(&mut child, Instant::now() + limit);
    let said = || said.recv_timeout(SAID_AFTER).unwrap_or_default();
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed(format!("failed: {status}"), said())),
        None => Err(failed(format!("took longer than {} s", limit.as_secs()), said())),
    }
}

/// Reads what a program writes to its standard error, and keeps the last of it.
fn listen(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut errors) = child.stderr.take() {
        std::thread::spawn(move || {
            let (mut last, mut buffer) = (Vec::new(), [0; 4096]);
            while let Ok(count @ 1..) = errors.read(&mut buffer) {
                last.extend_from_slice(&buffer[..count]);
                let surplus = last.len().saturating_sub(SAID_BYTES_MAX);
                last.drain(..surplus);
            }
            let _ = sender.send(String::from_utf8_lossy(&last).into_owned());
        });
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<(), ToolError> {
        run(&["sh", "-c", script].map(str::to_owned), Path::new("/"), limit)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_program_that_fails_says_why() {
        assert_eq!(shell("pwd | grep -qx /", LONG), Ok(()));
        let error = shell("echo no route to host >&2; exit 12", LONG).unwrap_err();
        assert_eq!(error.to_string(), "`sh` failed: exit status: 12");
        assert_eq!(error.said, "no route to host\n");
        let told = crate::diag::draw(&error.into(), false);
        assert!(told.contains("it said: no route to host"), "{told}");
        let much = shell("yes line | head -100000 >&2; echo last >&2; exit 1", LONG).unwrap_err();
        assert!(much.said.len() <= SAID_BYTES_MAX && much.said.ends_with("line\nlast\n"));
        let error = run(&["no-such-program".to_owned()], Path::new("/"), LONG).unwrap_err();
        assert!(error.to_string().starts_with("`no-such-program` could not be run"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        for script in ["echo slow >&2; exec sleep 1000", "sleep 5 & exec sleep 1000"] {
            let error = shell(script, Duration::from_millis(300)).unwrap_err();
            assert!(error.why.starts_with("took longer than"), "{error}");
        }
    }
}
