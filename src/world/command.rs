//! Programs of the user's that are asked for a secret.
//!
//! Invariant: what they write is never part of an error, and they get neither much time nor much
//! memory.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tokio::time::Instant;

use super::child::{end, wait};
use crate::diag::Diagnostic;

/// How long a program may take; a person may have to touch a key.
const TIME_MAX: Duration = Duration::from_secs(60);
/// How much it may write, in bytes.
const OUTPUT_BYTES_MAX: u64 = 64 * 1024;

/// A program that gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("`{program}` could not be run: {error}")]
    Start {
        /// The program.
        program: String,
        /// The system's reason.
        #[source]
        error: std::io::Error,
    },
    /// It ended otherwise than well.
    #[error("`{program}` failed: {status}")]
    Failed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// It did not end in time, and was ended.
    #[error("`{program}` took longer than {} s", .limit.as_secs())]
    TimedOut {
        /// The program.
        program: String,
        /// How long it may take.
        limit: Duration,
    },
    /// It wrote too much, or no text.
    #[error("`{program}` wrote {what}")]
    Output {
        /// The program.
        program: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl From<CommandError> for Diagnostic {
    fn from(error: CommandError) -> Self {
        let fault = Self::error(error.to_string());
        match error {
            CommandError::Start { .. } => fault,
            _ => fault
                .note("what it wrote is not shown, since that may be the secret")
                .hint("run it by hand to see"),
        }
    }
}

/// Runs a program in a folder, and returns what it wrote to its standard output.
///
/// # Errors
/// [`CommandError`], which never holds what the program wrote.
pub async fn output(words: &[String], folder: &Path) -> Result<String, CommandError> {
    let (words, folder) = (words.to_vec(), folder.to_owned());
    let program = words.first().cloned().unwrap_or_default();
    let running = tokio::task::spawn_blocking(move || run(&words, &folder, TIME_MAX));
    running.await.unwrap_or_else(|error| {
        Err(CommandError::Start { program, error: std::io::Error::other(error) })
    })
}

fn run(words: &[String], folder: &Path, limit: Duration) -> Result<String, CommandError> {
    let (program, arguments) = words.split_first().map_or(("", words), |(p, a)| (p.as_str(), a));
    let named = || program.to_owned();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| CommandError::Start { program: named(), error })?;
    let deadline = Instant::now() + limit;
    let bytes = read(&mut child, limit);
    let status = match &bytes {
        Some(bytes) if bytes.len() as u64 <= OUTPUT_BYTES_MAX => wait(&mut child, deadline),
        _ => {
            end(&mut child);
            None
        }
    };
    match (bytes, status) {
        (Some(bytes), _) if bytes.len() as u64 > OUTPUT_BYTES_MAX => {
            Err(CommandError::Output { program: named(), what: "more than any secret has" })
        }
        (Some(bytes), Some(status)) if status.success() => String::from_utf8(bytes)
            .map_err(|_| CommandError::Output { program: named(), what: "no text" }),
        (_, Some(status)) => Err(CommandError::Failed { program: named(), status }),
        (_, None) => Err(CommandError::TimedOut { program: named(), limit }),
    }
}

/// Reads what a child writes until it closes its output, or nothing if that takes too long.
fn read(child: &mut Child, limit: Duration) -> Option<Vec<u8>> {
    let mut output = child.stdout.take()?.take(OUTPUT_BYTES_MAX + 1);
    let (sender, receiver) = mpsc::channel();
    // A grandchild may hold the pipe open for ever: this thread is then left behind.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = output.read_to_end(&mut bytes).map(|_| bytes);
        let _ = sender.send(result);
    });
    receiver.recv_timeout(limit).ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<String, CommandError> {
        let words = ["sh", "-c", script].map(str::to_owned);
        run(&words, Path::new("/"), limit)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_program_is_asked_in_the_folder_and_its_output_is_returned() {
        assert_eq!(shell("echo pa55word; pwd", LONG).unwrap(), "pa55word\n/\n");
    }

    #[test]
    fn no_error_holds_what_a_program_wrote() {
        for (script, wanted) in [
            ("echo pa55word; echo pa55word >&2; exit 3", "`sh` failed: exit status: 3"),
            ("echo pa55word; kill -9 $$", "`sh` failed: signal: 9 (SIGKILL)"),
            ("printf 'pa55word\\377'", "`sh` wrote no text"),
            ("yes pa55word", "`sh` wrote more than any secret has"),
        ] {
            let error = shell(script, LONG).unwrap_err();
            assert_eq!(error.to_string(), wanted);
            let told = crate::diag::draw(&error.into(), false);
            assert!(!told.contains("pa55word"), "{told}");
        }
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        for script in ["sleep 1000", "exec >&-; sleep 1000", "sleep 5 & exec sleep 1000"] {
            let error = shell(script, Duration::from_millis(300)).unwrap_err();
            assert!(matches!(error, CommandError::TimedOut { .. }), "{script}: {error}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let words = ["no-such-program".to_owned()];
        let error = run(&words, Path::new("/"), LONG).unwrap_err();
        assert!(error.to_string().starts_with("`no-such-program` could not be run"), "{error}");
        assert!(run(&[], Path::new("/"), LONG).is_err());
    }
}
