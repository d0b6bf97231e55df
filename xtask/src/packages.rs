//! The programs that the tests need beside Rust, and the system packages that hold them.

use std::path::Path;
use std::process::{Command, Stdio};

/// What is needed, the programs of which any will do, and the Debian package that holds it.
pub type Need = (&'static str, &'static [&'static str], &'static str);

/// What the tests need.
const NEEDS: [Need; 16] = [
    ("an SMTP server that is not ours", &["smtp-sink", "/usr/sbin/smtp-sink"], "postfix"),
    ("another library that reads mail", &["python3"], "python3"),
    ("its installer", &["pip3"], "python3-pip"),
    ("a verifier of signatures", &["opendkim", "/usr/sbin/opendkim"], "opendkim"),
    ("a browser", &["chromium", "chromium-browser", "google-chrome"], "chromium"),
    ("what sees and breaks system calls", &["strace"], "strace"),
    ("what sets a process's clock ahead", &["faketime"], "faketime"),
    ("what sends signals", &["kill"], "procps"),
    ("what merges files", &["git"], "git"),
    ("what makes keys and certificates", &["openssl"], "openssl"),
    ("an IMAP server", &["dovecot", "/usr/sbin/dovecot"], "dovecot-core"),
    ("its IMAP", &["/usr/lib/dovecot/imap"], "dovecot-imapd"),
    ("its LMTP", &["/usr/lib/dovecot/lmtp"], "dovecot-lmtpd"),
    ("what runs another verifier", &["node"], "nodejs"),
    ("its installer", &["npm"], "npm"),
    ("what runs a checker of HTML", &["java"], "default-jre-headless"),
];

/// A font and the Debian package that holds it.
type Font = (&'static str, &'static str);

/// Fonts of the newsletter's and the pages' stacks, without which pictures of them lie.
const FONTS: [Font; 3] = [
    ("P052", "fonts-urw-base35"),
    ("Liberation Sans", "fonts-liberation"),
    ("Noto Sans CJK JP", "fonts-noto-cjk"),
];

/// Sees to it that all packages of the tests are there: installs them where it may, and says how
/// otherwise.
pub fn ensure() -> Result<(), String> {
    ensure_for("the tests need", &NEEDS, &FONTS)
}

/// The same for other needs; `who` begins the sentence that tells what is missing.
pub fn ensure_for(who: &str, needs: &[Need], fonts: &[Font]) -> Result<(), String> {
    let missing = missing(needs, fonts);
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !is_root() {
        return Err(format!("{who} system packages:\n\n    sudo {line}\n"));
    }
    eprintln!("xtask: {line}");
    let apt = |args: &[&str]| {
        Command::new("apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&missing);
    if apt(&["update", "-qq"]) && apt(&install) && self::missing(needs, fonts).is_empty() {
        return Ok(());
    }
    Err(format!("{who} system packages, and they could not be installed:\n\n    {line}\n"))
}

fn missing(needs: &[Need], wanted: &[Font]) -> Vec<&'static str> {
    let mut packages: Vec<&str> = needs
        .iter()
        .filter(|(_, programs, _)| !programs.iter().any(|program| is_there(program)))
        .map(|(_, _, package)| *package)
        .collect();
    let fonts = if wanted.is_empty() { String::new() } else { fonts() };
    packages.extend(wanted.iter().filter(|(font, _)| !fonts.contains(font)).map(|(_, p)| *p));
    if fonts.is_empty() && !wanted.is_empty() {
        packages.push("fontconfig");
    }
    packages
}

fn fonts() -> String {
    Command::new("fc-list").args([":", "family"]).output().map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// Says whether a program is on the path, or at an absolute one.
pub fn is_there(program: &str) -> bool {
    if program.starts_with('/') {
        return Path::new(program).exists();
    }
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// The name by which a program of `/usr/sbin` is called, which is not on everybody's path.
pub fn sbin(program: &str) -> String {
    if is_there(program) { program.to_owned() } else { format!("/usr/sbin/{program}") }
}

/// Says whether this runs as root.
pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"0"))
}
