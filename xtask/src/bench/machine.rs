//! What the table was measured on and with.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::peers;
use super::site::Site;

/// How long the machine is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Stands where something could not be found out.
const UNKNOWN: &str = "?";

/// The processor, its cores, the memory and the kernel.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = |key: &str| {
        let line = info.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(": ")).map_or(UNKNOWN, |(_, value)| value)
    };
    let has_ifma = line("flags").split(' ').any(|flag| flag == "avx512ifma");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes: f64 = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{}, {cores} cores, {} AVX-512 IFMA, {:.0} GB, Linux {}",
        line("model name"),
        if has_ifma { "with" } else { "without" },
        kilobytes * 1024.0 / 1e9,
        kernel.trim()
    )
}

/// The part of all cores that is in use over a second; nothing of the bench runs in it.
pub fn busy() -> Result<f64, String> {
    let before = ticks()?;
    thread::sleep(LOOK);
    let after = ticks()?;
    let all = after.0.saturating_sub(before.0).max(1);
    Ok(1.0 - after.1.saturating_sub(before.1) as f64 / all as f64)
}

/// All ticks of the clock so far, and the idle ones.
fn ticks() -> Result<(u64, u64), String> {
    let text = fs::read_to_string("/proc/stat").map_err(|error| error.to_string())?;
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    // user, nice, system, idle, waiting, and more.
    let idle = ticks.iter().skip(3).take(2).sum();
    Ok((ticks.iter().take(8).sum(), idle))
}

/// The releases of all programs that took part.
pub fn versions(site: &Site) -> String {
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let changed = !said("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty();
    [
        format!(
            "{} (commit {commit}{})",
            said(&site.program.display().to_string(), &["--version"]),
            if changed { ", changed" } else { "" }
        ),
        said("rustc", &["--version"]),
        format!("postfix {}", said("dpkg-query", &["-W", "-f", "${Version}", "postfix"])),
        format!("node {}", said("node", &["--version"])),
        format!("nodemailer {}", nodemailer(&site.folder).unwrap_or_else(|| UNKNOWN.to_owned())),
        format!("lettre {}", peers::lettre_version().unwrap_or_else(|| UNKNOWN.to_owned())),
    ]
    .join(", ")
}

/// The first line that a command says.
fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_else(|_| UNKNOWN.to_owned()).lines().next().unwrap_or_default().to_owned()
}

fn nodemailer(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("node_modules/nodemailer/package.json")).ok()?;
    let (_, rest) = text.split_once("\"version\": \"")?;
    Some(rest.split_once('"')?.0.to_owned())
}
