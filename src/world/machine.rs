//! The machine: its name, its cores, and the way to this program.
#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

/// Where Linux tells the name without a program.
const FILES: [&str; 2] = ["/proc/sys/kernel/hostname", "/etc/hostname"];

/// Returns the path of this program, or its name where the system does not tell.
pub fn program_path() -> String {
    let path = std::env::current_exe().ok();
    path.map_or_else(|| "letterpress".to_owned(), |path| path.to_string_lossy().into_owned())
}

/// Returns how many threads run at the same time; 1 where the system does not tell. It is asked once:
/// it reads several files for the answer.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Returns what the machine calls itself, or `localhost` where nobody knows.
pub fn machine_name() -> String {
    let named = |text: String| Some(text.trim().to_owned()).filter(|name| !name.is_empty());
    let from_file = FILES.iter().find_map(|path| fs::read_to_string(path).ok().and_then(named));
    let from_program = || {
        let output = Command::new("hostname").output().ok()?;
        String::from_utf8(output.stdout).ok().and_then(named)
    };
    from_file.or_else(from_program).unwrap_or_else(|| "localhost".to_owned())
}
