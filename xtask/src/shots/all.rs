//! `cargo xtask shots --all`: the three templates, and two of them in other languages, at four
//! widths, by day, by night and with pictures off, into `target/shots/`.

use std::fs;
use std::path::{Path, PathBuf};

use super::{WORK, command};
use crate::packages;

/// The templates with the sample, and two of them with the issues of `tests/cases/looks/`.
const LOOKS: [(&str, &str); 5] = [
    ("weekly", "en-US"),
    ("briefing", "en-US"),
    ("letter", "en-US"),
    ("weekly", "ar"),
    ("briefing", "de"),
];
const WIDTHS: [u32; 4] = [320, 375, 650, 1_024];
/// The build of an issue, below a workspace.
const BUILD: &str = ".letterpress/build/2023-W12";

/// How a page is shown.
#[derive(Clone, Copy)]
struct Showing {
    name: &'static str,
    dark: bool,
    pictures: bool,
}

const SHOWINGS: [Showing; 4] = [
    Showing { name: "light", dark: false, pictures: true },
    Showing { name: "dark", dark: true, pictures: true },
    Showing { name: "light-off", dark: false, pictures: false },
    Showing { name: "dark-off", dark: true, pictures: false },
];

/// Makes all pictures.
pub fn run() -> Result<(), String> {
    packages::ensure()?;
    let mut made = 0;
    for (set, language) in LOOKS {
        let folder = workspace(set, language)?;
        for showing in SHOWINGS {
            made += shots(&folder, &format!("{set}-{language}"), showing)?;
        }
    }
    println!("{made} pictures are in {WORK}; look at them");
    Ok(())
}

/// A workspace with the sample as one of the templates sets it, or with an issue in another
/// language; the issue is built.
fn workspace(set: &str, language: &str) -> Result<PathBuf, String> {
    let told = |error: std::io::Error| error.to_string();
    let root = std::env::current_dir().map_err(told)?;
    let folder = root.join(WORK).join(format!("{set}-{language}"));
    let shown = folder.display().to_string();
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(told)?;
    }
    letterpress(&["init", &shown, "--template", set])?;
    if language != "en-US" {
        let config = folder.join("letterpress.toml");
        let text = fs::read_to_string(&config).map_err(told)?;
        let text = text.replace("\"en-US\"", &format!("\"{language}\""));
        fs::write(&config, text).map_err(told)?;
        let issue = root.join(format!("tests/cases/looks/{language}.md"));
        fs::copy(issue, folder.join("issues/2023-W12.md")).map_err(told)?;
    }
    letterpress(&["-C", &shown, "build", "2023-W12", "--as", "ann@example.com"])?;
    Ok(folder)
}

fn letterpress(args: &[&str]) -> Result<(), String> {
    super::letterpress(args).map_err(|error| format!("{error}: {:?}", command(args)))
}

/// Takes a page's pictures at all widths; returns how many.
fn shots(workspace: &Path, name: &str, showing: Showing) -> Result<usize, String> {
    let build = workspace.join(BUILD);
    let page = fs::read_to_string(build.join("index.html")).map_err(|error| error.to_string())?;
    let page = if showing.pictures { page } else { page.replace(" src=\"", " src=\"data:,") };
    let write = |name: &str, text: &str| {
        fs::write(build.join(name), text).map_err(|error| format!("{name}: {error}"))
    };
    write("page.html", &page)?;
    write("around.html", &around(&WIDTHS.map(|width| (width, 400)), showing.dark))?;
    let around_at = format!("file://{}", build.join("around.html").display());
    let asked = browser(showing.dark)
        .args(["--dump-dom", &around_at])
        .output()
        .map_err(|error| error.to_string())?;
    let dom = String::from_utf8_lossy(&asked.stdout);
    let heights = dom.split("<title>heights ").nth(1).and_then(|rest| rest.split('<').next());
    let heights = heights.ok_or_else(|| format!("{name}: the browser told no heights"))?;
    let heights = heights.split(' ').filter_map(|height| height.parse().ok());
    for (width, height) in WIDTHS.into_iter().zip(heights) {
        let one = around(&[(width, height)], showing.dark);
        write("around.html", &one)?;
        let out = format!("{WORK}/{name}-{width}-{}.png", showing.name);
        let status = browser(showing.dark)
            .arg(format!("--window-size={},{height}", width.max(500)))
            .args([&format!("--screenshot={out}"), &around_at])
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(format!("no picture {out}"));
        }
    }
    Ok(WIDTHS.len())
}

/// A page with frames of the issue, whose title tells how high each needs to be.
fn around(frames: &[(u32, u32)], dark: bool) -> String {
    let scheme = if dark { "dark" } else { "light" };
    let frames = frames.iter().map(|(width, height)| {
        format!("<iframe width={width} height={height} src=page.html></iframe>")
    });
    let frames: String = frames.collect();
    format!(
        "<!doctype html><meta name=color-scheme content={scheme}><style>body{{margin:0}}iframe\
         {{border:0;display:block;color-scheme:{scheme}}}</style>{frames}<script>onload = () => {{\
         document.title = 'heights ' + [...document.querySelectorAll('iframe')].map(frame => \
         frame.contentDocument.documentElement.scrollHeight).join(' ') }}</script>"
    )
}

fn browser(dark: bool) -> std::process::Command {
    let mut browser = super::browser(dark);
    browser.args([
        "--allow-file-access-from-files",
        "--font-render-hinting=none",
        "--disable-lcd-text",
        "--virtual-time-budget=5000",
    ]);
    browser
}
