//! The programs that the tests need beside Rust, and the system packages that hold them.

use std::path::Path;
use std::process::{Command, Stdio};

/// A program and the Debian package that holds it.
const NEEDS: [(&str, &[&str], &str); 6] = [
    ("an SMTP server that is not ours", &["smtp-sink", "/usr/sbin/smtp-sink"], "postfix"),
    ("another library that reads mail", &["python3"], "python3"),
    ("a browser", &["chromium", "chromium-browser", "google-chrome"], "chromium"),
    ("what sees and breaks system calls", &["strace"], "strace"),
    ("what sets a process's clock ahead", &["faketime"], "faketime"),
    ("what sends signals", &["kill"], "procps"),
];

/// Fonts of the newsletter's and the pages' stacks, without which pictures of them lie.
const FONTS: [(&str, &str); 3] = [
    ("P052", "fonts-urw-base35"),
    ("Liberation Sans", "fonts-liberation"),
    ("Noto Sans CJK JP", "fonts-noto-cjk"),
];

/// Sees to it that all packages are there: installs them where it may, and says how otherwise.
pub fn ensure() -> Result<(), String> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !is_root() {
        return Err(format!("the tests need system packages:\n\n    sudo {line}\n"));
    }
    println!("xtask: {line}");
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
    if apt(&["update", "-qq"]) && apt(&install) && self::missing().is_empty() {
        return Ok(());
    }
    Err(format!("the tests need system packages, and they could not be installed:\n\n    {line}\n"))
}

fn missing() -> Vec<&'static str> {
    let mut packages: Vec<&str> = NEEDS
        .iter()
        .filter(|(_, programs, _)| !programs.iter().any(|program| is_there(program)))
        .map(|(_, _, package)| *package)
        .collect();
    let fonts = fonts();
    packages.extend(FONTS.iter().filter(|(font, _)| !fonts.contains(font)).map(|(_, p)| *p));
    if fonts.is_empty() {
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

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.starts_with(b"0"))
}
