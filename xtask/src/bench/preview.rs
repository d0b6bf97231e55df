//! `cargo xtask bench preview`: from a save to the changed page in a browser.
//!
//! The sample week is served by the release binary to headless Chromium, and its issue is saved
//! again and again. The time is taken from before the write until the copy in the page holds what
//! was written, as the page itself says when asked.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::machine;
use crate::{chromium, steps};

/// What the bench may be asked for.
pub const HELP: &str = "\
cargo xtask bench preview  from a save to the changed page in a browser
    --saves N              how often the issue is saved (50)
";

const ISSUE: &str = "issues/2023-W12.md";
/// Between two saves, so that none waits for the one before.
const PAUSE: Duration = Duration::from_millis(300);

/// Runs the bench, and prints its line of a table as Markdown.
pub fn run(words: &[&str]) -> Result<(), String> {
    let saves = match words {
        [] => 50,
        ["--saves", count] => count.parse().map_err(|_| format!("how often?\n\n{HELP}"))?,
        _ => return Err(format!("no such option\n\n{HELP}")),
    };
    steps::cargo(&["build", "--release", "--package", "letterpress"])?;
    let root = std::env::current_dir().map_err(|error| error.to_string())?;
    let folder = root.join("target/bench/preview");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for name in ["letterpress.toml", "articles", "issues", "templates", "subscribers"] {
        steps::run(Command::new("cp").arg("-r").arg(root.join(name)).arg(&folder))?;
    }
    let busy = machine::busy()?;
    let mut times = measure(&root, &folder, saves).map_err(|error| error.to_string())?;
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_millis();
    println!("| saves | median | 95 % | longest | others' part of the cores |");
    println!("| --- | --- | --- | --- | --- |");
    println!("| {saves} | {} ms | {} ms | {} ms | {busy:.2} |", at(50), at(95), at(100));
    Ok(())
}

fn measure(root: &Path, folder: &Path, saves: usize) -> std::io::Result<Vec<Duration>> {
    let mut server = Command::new(root.join("target/release/letterpress"))
        .args(["--quiet", "preview", "2023-W12"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut url = String::new();
    if let Some(out) = server.stdout.take() {
        BufReader::new(out).read_line(&mut url)?;
    }
    let mut browser = chromium::Browser::start(folder);
    browser.view(1280, 860, false);
    browser.open(url.trim());
    let path = folder.join(ISSUE);
    let text = fs::read_to_string(&path)?;
    let mut times = Vec::new();
    for number in 0..saves.max(1) {
        let word = format!("Save {number} was");
        let saved = text.replace("This was", &word);
        let started = Instant::now();
        fs::write(&path, saved)?;
        browser.until(&format!(
            "document.querySelector('iframe')?.contentDocument?.body?.textContent.includes('{word}')"
        ));
        times.push(started.elapsed());
        thread::sleep(PAUSE);
    }
    let _ = server.kill();
    let _ = server.wait();
    Ok(times)
}
