//! `cargo xtask test`: one step after the other, the tests last.

use std::process::Command;
use std::time::Instant;

use crate::packages;

/// The release of cargo-deny that reads `deny.toml`.
const CARGO_DENY: &str = "0.20";

/// Tells the tests to run with their whole counts.
const FULL: &str = "LETTERPRESS_TEST_FULL";

/// How often the long tests do what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// As often as finds most of what there is to find.
    Reduced,
    /// As often as was promised, which takes a while.
    Whole,
}

/// Runs everything that must hold.
pub fn test(counts: Counts) -> Result<(), String> {
    step("format", || cargo(&["fmt", "--all", "--check"]))?;
    step("packages", packages::ensure)?;
    step("python", python)?;
    step("node", node)?;
    step("lints", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    step("licences", deny)?;
    step("documentation", || {
        let mut command = command(&["doc", "--workspace", "--no-deps", "--locked"]);
        run(command.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    // The runner's own summary has the last word.
    println!("xtask: tests");
    tests(counts).map_err(|what| format!("tests: {what}"))
}

/// nextest where it is, and else cargo's own runner.
fn tests(counts: Counts) -> Result<(), String> {
    let mut command = if packages::is_there("cargo-nextest") {
        let profile = if counts == Counts::Whole { "full" } else { "default" };
        command(&["nextest", "run", "--workspace", "--locked", "--profile", profile])
    } else {
        command(&["test", "--workspace", "--locked", "--no-fail-fast", "--all-targets"])
    };
    match counts {
        Counts::Reduced => command.env_remove(FULL),
        Counts::Whole => command.env(FULL, "1"),
    };
    run(&mut command)
}

/// The verifier of signatures that the tests take from PyPI, into a folder of ours.
fn python() -> Result<(), String> {
    let folder = format!("{}/python", target());
    if std::path::Path::new(&folder).join("dkim").is_dir() {
        return Ok(());
    }
    let mut pip = Command::new("pip3");
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--target", &folder]);
    run(pip.args(["dkimpy==1.1.8", "pynacl==1.6.2"]))
}

/// What the tests take from npm, likewise: another verifier of signatures, the checkers of HTML and
/// of what readers with screen readers meet.
fn node() -> Result<(), String> {
    const PACKAGES: [(&str, &str); 3] =
        [("mailauth", "4.13.3"), ("vnu-jar", "26.9.27"), ("axe-core", "4.14.1")];
    let folder = format!("{}/node", target());
    let is_there =
        |name: &str| std::path::Path::new(&folder).join("node_modules").join(name).is_dir();
    if PACKAGES.iter().all(|(name, _)| is_there(name)) {
        return Ok(());
    }
    let npm = ["install", "--silent", "--no-audit", "--no-fund", "--prefix", &folder];
    let wanted = PACKAGES.map(|(name, version)| format!("{name}@{version}"));
    run(Command::new("npm").args(npm).args(wanted))
}

fn deny() -> Result<(), String> {
    let check = ["deny", "check", "bans", "licenses", "sources"];
    let own = format!("{}/tools", target());
    let path = format!("{own}/bin:{}", std::env::var("PATH").unwrap_or_default());
    let there = command(&["deny", "--version"])
        .env("PATH", &path)
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(CARGO_DENY));
    if !there {
        // Unoptimised, it is built in a third of the time, and runs for a second all the same.
        let wanted = format!("cargo-deny@^{CARGO_DENY}");
        let install = ["install", "--quiet", "--debug", "--locked", "--root", &own, &wanted];
        run(command(&install).env("CARGO_TARGET_DIR", format!("{own}/build")))?;
    }
    run(command(&check).env("PATH", &path))
}

/// The folder of all that is built.
pub fn target() -> String {
    std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned())
}

fn step(name: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    println!("xtask: {name}");
    let started = Instant::now();
    work().map_err(|what| format!("{name}: {what}"))?;
    println!("xtask: {name}, {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args);
    command
}

/// Runs cargo with `args`.
pub fn cargo(args: &[&str]) -> Result<(), String> {
    run(&mut command(args))
}

/// Runs a command to its end, and tells the command if it does not end well.
pub fn run(command: &mut Command) -> Result<(), String> {
    let line = format!("{command:?}").replace('"', "");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{line} ended with {status}")),
        Err(error) => Err(format!("{line} could not be run: {error}")),
    }
}
