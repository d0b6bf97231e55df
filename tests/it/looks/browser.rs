//! The pages judged by others: the Nu HTML checker, and axe in a browser, light and dark.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Look, SETS, all};
use crate::chromium;
use crate::press::repository;

/// What the checker calls an error and every mail needs: Word's own properties, and the names of
/// its drawings.
const NEEDED: [&str; 6] = [
    "Attribute “xmlns:v” not allowed here.",
    "Attribute “xmlns:o” not allowed here.",
    "CSS: “mso-table-lspace”",
    "CSS: “mso-table-rspace”",
    "CSS: “mso-line-height-rule”",
    "CSS: “mso-padding-alt”",
];

/// A file of a package that `cargo xtask test` takes from npm.
pub(super) fn package(path: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| repository().join("target"), PathBuf::from);
    let file = target.join("node/node_modules").join(path);
    assert!(file.exists(), "{} is missing: `cargo xtask test` installs it", file.display());
    file
}

/// The errors that the Nu HTML checker finds, by file.
fn errors(pages: &[PathBuf]) -> Vec<String> {
    let output = Command::new("java")
        .arg("-jar")
        .arg(package("vnu-jar/build/dist/vnu.jar"))
        .args(["--format", "json", "--exit-zero-always", "--stdout"])
        .args(pages)
        .output()
        .expect("no Java: install the package `default-jre-headless`");
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let messages = said["messages"].as_array().unwrap().iter();
    messages
        .filter(|message| message["type"] != "info")
        .map(|message| format!("{}: {}", message["url"], message["message"].as_str().unwrap()))
        .collect()
}

#[test]
fn the_html_checker_finds_nothing_but_what_mails_need() {
    let looks = all();
    let pages: Vec<PathBuf> = looks.iter().map(Look::page).collect();
    let found = errors(&pages);
    let unneeded: Vec<&String> =
        found.iter().filter(|error| !NEEDED.iter().any(|needed| error.contains(needed))).collect();
    assert!(unneeded.is_empty(), "{unneeded:#?}");
    for needed in NEEDED {
        assert!(found.iter().any(|error| error.contains(needed)), "{needed} is needed no more");
    }
    let broken = looks[0].press.path("broken.html");
    std::fs::write(&broken, looks[0].html().replace(" alt=", " slt=")).unwrap();
    let found = errors(&[broken]);
    assert!(found.iter().any(|error| error.contains("slt")), "the checker sees what is broken");
}

/// What axe finds in a page: rule, gravity, and the first place.
fn violations(look: &Look, page: &str, dark: bool) -> Vec<(String, String, String)> {
    let axe = std::fs::read_to_string(package("axe-core/axe.min.js")).unwrap();
    let run = "addEventListener('load', () => axe.run(document).then(found => {\
               const pre = document.createElement('pre');\
               pre.textContent = 'AXE' + btoa(unescape(encodeURIComponent(JSON.stringify({\
               dark: matchMedia('(prefers-color-scheme: dark)').matches,\
               passes: found.passes.length,\
               found: found.violations.map(v => [v.id, v.impact, v.nodes[0].html])}))));\
               document.body.append(pre) }))";
    let scripts = format!("<script>{axe}</script><script>{run}</script></body>");
    let path = format!(".letterpress/build/2023-W12/axe-{dark}.html");
    look.press.write(&path, page.replace("</body>", &scripts));
    let profile = tempfile::tempdir().unwrap();
    let mut command = chromium::program();
    if dark {
        command.arg("--blink-settings=preferredColorScheme=0");
    }
    let output = command
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("file://{}", look.press.path(&path).display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let coded = dom.rsplit("<pre>AXE").next().and_then(|rest| rest.split('<').next()).unwrap();
    let said = crate::looks::decoded(coded);
    assert_eq!(said["dark"], dark, "{}", look.name);
    assert!(said["passes"].as_u64().unwrap() > 20, "{}", look.name);
    let found = said["found"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found.map(|one| (text(&one[0]), text(&one[1]), text(&one[2]))).collect()
}

fn grave(look: &Look, page: &str, dark: bool) -> Vec<(String, String, String)> {
    let mut found = violations(look, page, dark);
    found.retain(|(_, impact, _)| matches!(impact.as_str(), "serious" | "critical"));
    found
}

#[test]
fn axe_finds_nothing_grave_by_day_and_by_night() {
    let samples = SETS.map(Look::of);
    let arabic = Look::in_language("weekly", "ar");
    for look in samples.iter().chain([&arabic]) {
        for dark in [false, true] {
            let found = grave(look, &look.html(), dark);
            assert!(found.is_empty(), "{}, dark {dark}: {found:#?}", look.name);
        }
    }
    // The muted ink of the night on the paper of the day.
    let look = &samples[0];
    let pale = look.html().replace("color:#55625B", "color:#9FABA3");
    let found = grave(look, &pale, false);
    assert!(found.iter().any(|(rule, ..)| rule == "color-contrast"), "axe sees what is pale");
}
