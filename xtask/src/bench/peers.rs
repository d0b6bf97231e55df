//! The peers: installed from Debian and npm, built, and given keys.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::packages::{self, Need};
use crate::steps;

/// What the bench runs beside Rust, and the Debian packages that hold it.
const NEEDS: [Need; 6] = [
    ("smtp-source and smtp-sink", &["smtp-source", "/usr/sbin/smtp-source"], "postfix"),
    ("GNU time", &["/usr/bin/time"], "time"),
    ("strace", &["strace"], "strace"),
    ("openssl", &["openssl"], "openssl"),
    ("node", &["node"], "nodejs"),
    ("npm", &["npm"], "npm"),
];
/// The crate of the peers that are written in Rust.
const CRATE: &str = "benches/compare/lettre-pool";
/// The release of nodemailer, so that tables of different days can be compared.
const NODEMAILER: &str = "nodemailer@10";

/// Sees to it that the Debian packages are there.
pub fn ensure_packages() -> Result<(), String> {
    packages::ensure_for("the bench needs", &NEEDS, &[])
}

/// Installs and builds the peers, and makes the keys, in `folder`.
pub fn prepare(folder: &Path) -> Result<(), String> {
    if !folder.join("node_modules/nodemailer").exists() {
        let npm = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
        steps::run(Command::new("npm").args(npm).arg(folder).arg(NODEMAILER))?;
    }
    let manifest = format!("{CRATE}/Cargo.toml");
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--release", "--locked", "--manifest-path", &manifest]);
    steps::run(build.env("CARGO_TARGET_DIR", folder.join("peers")))?;
    keys(folder)
}

/// The program `name` of the crate of peers.
pub fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join("peers/release").join(name)
}

/// The release of lettre that the peer is built with.
pub fn lettre_version() -> Option<String> {
    let lock = fs::read_to_string(format!("{CRATE}/Cargo.lock")).ok()?;
    let (_, rest) = lock.split_once("name = \"lettre\"\nversion = \"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// What a signature costs by RSA-2048 and by Ed25519, in microseconds, by Letterpress's crate.
pub fn signature_cost(folder: &Path) -> Result<(f64, f64), String> {
    let output = Command::new(program(folder, "signature"))
        .arg(folder)
        .output()
        .map_err(|error| format!("signature: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.trim()
        .split_once(' ')
        .and_then(|(rsa, ed25519)| Some((rsa.parse().ok()?, ed25519.parse().ok()?)))
        .ok_or_else(|| format!("signature: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Keys for the length of the bench: PKCS#8, and RSA's as PKCS#1 too, which lettre wants.
fn keys(folder: &Path) -> Result<(), String> {
    let bits = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"];
    openssl(folder, "genpkey", &bits)?;
    openssl(folder, "genpkey", &["-algorithm", "ed25519", "-out", "ed25519.pem"])?;
    openssl(folder, "rsa", &["-in", "rsa.pem", "-traditional", "-out", "rsa-pkcs1.pem"])
}

fn openssl(folder: &Path, verb: &str, words: &[&str]) -> Result<(), String> {
    let mut command = Command::new("openssl");
    steps::run(command.arg(verb).args(words).current_dir(folder).stderr(Stdio::null()))
}
