//! `cargo xtask shots`: the pictures of the README, of the sample week, by headless Chromium; and
//! with `--all` every template at every width, to be looked at.

mod all;

pub use all::run as run_all;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{chromium, packages};

/// Where the pictures go.
const FOLDER: &str = "docs/pictures";
/// Where the pages around the pictures are written.
const WORK: &str = "target/shots";
const PAGE: &str = ".letterpress/build/2023-W12/index.html";

/// Makes the pictures.
pub fn run() -> Result<(), String> {
    packages::ensure()?;
    let root = std::env::current_dir().map_err(|error| error.to_string())?;
    let write =
        |path: &str, text: String| fs::write(path, text).map_err(|e| format!("{path}: {e}"));
    fs::create_dir_all(FOLDER)
        .and_then(|()| fs::create_dir_all(WORK))
        .map_err(|e| e.to_string())?;
    letterpress(&["build", "2023-W12", "--as", "ann@example.com"])?;
    for (name, width, height, dark) in
        [("newsletter-desktop", 650, 1_500, false), ("newsletter-phone", 375, 1_500, true)]
    {
        let page = format!("{WORK}/{name}.html");
        let scheme = if dark { "dark" } else { "light" };
        let ground = if dark { "#0C100E" } else { "#EEF2EC" };
        write(
            &page,
            format!(
                "<!doctype html><meta name=color-scheme content={scheme}><style>body{{margin:0;\
                 background:{ground};text-align:center}}iframe{{border:0;margin:24px 0;\
                 color-scheme:{scheme}}}</style><iframe width={width} height={height} \
                 src=\"../../{PAGE}\"></iframe>"
            ),
        )?;
        let around = if width < 500 { 500 } else { width + 48 };
        shot(&format!("file://{}/{page}", root.display()), name, around, height, dark)?;
    }
    inbox()
}

fn inbox() -> Result<(), String> {
    letterpress(&["inbox", "--clear"])?;
    letterpress(&["run", "--week", "2023-W12", "--inbox"])?;
    let mut server = Server(
        command(&["inbox", "--web", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--events"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?,
    );
    let out = server.0.stdout.take().ok_or("the inbox has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
    let page = line
        .split("http://")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .ok_or_else(|| format!("the inbox said {line}"))?;
    shot(&format!("http://{page}"), "inbox", 1_280, 860, false)
}

/// A child that ends with its owner.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "letterpress", "--"]).args(args);
    command
}

fn letterpress(args: &[&str]) -> Result<(), String> {
    match command(args).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("letterpress {} ended with {status}", args.join(" "))),
        Err(error) => Err(error.to_string()),
    }
}

fn shot(url: &str, name: &str, width: u32, height: u32, dark: bool) -> Result<(), String> {
    let out = format!("{FOLDER}/{name}.png");
    let mut command = browser(dark);
    command
        .arg("--force-device-scale-factor=1.5")
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={out}"))
        .arg(url);
    match command.status() {
        Ok(status) if status.success() && Path::new(&out).exists() => Ok(()),
        other => Err(format!("no picture of {url}: {other:?}")),
    }
}

/// A browser that shows a page by day or by night.
fn browser(dark: bool) -> Command {
    let mut command = chromium::program();
    command.args([
        "--hide-scrollbars",
        // A frame in a process of its own is painted only as far as the window first showed it.
        "--disable-features=IsolateSandboxedIframes",
    ]);
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    command.arg(format!("--user-data-dir={WORK}/profile")).stderr(Stdio::null());
    command
}
