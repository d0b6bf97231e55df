//! The rules of the house, held by a test: who imports whom, who touches the outside, what is
//! forgotten.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the repository itself, and fails where it cannot"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What every module may import.
const GROUND: [&str; 4] = ["words", "diag", "config", "world"];

/// What each module may import besides itself and the ground; rows are not transitive. `=` marks a
/// row that does not have the ground either.
const IMPORTS: [(&str, &[&str]); 20] = [
    ("words", &["="]),
    ("diag", &["=", "words"]),
    ("world", &["=", "words", "diag"]),
    ("config", &["=", "words", "diag", "world"]),
    ("article", &[]),
    ("audience", &[]),
    ("issue", &["article"]),
    ("render", &["issue", "article", "audience"]),
    ("message", &["render", "audience"]),
    ("delivery", &["message"]),
    ("ledger", &["delivery", "audience"]),
    ("pages", &["picture"]),
    ("picture", &[]),
    ("inbox", &["pages"]),
    ("preview", &["render", "message", "pages"]),
    ("archive", &["render", "message", "picture"]),
    (
        "cli",
        &[
            "article", "audience", "issue", "render", "message", "delivery", "ledger", "pages",
            "inbox", "preview", "archive", "picture",
        ],
    ),
    // Parts of modules that keep a stricter rule than their module.
    ("delivery/session", &["=", "words", "config"]),
    ("main.rs", &["cli"]),
    ("lib.rs", &["="]),
];

/// Calls that only `src/world/` may make, beside those that clippy knows.
const OUTSIDE: [&str; 5] =
    ["std::fs::", "std::env::", "TcpStream::connect", "TcpListener::bind", "process::Command"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A file's path below `src/`, and its text without comments and tests.
fn sources() -> Vec<(String, String)> {
    let below = |path: &Path| path.strip_prefix(root().join("src")).unwrap().display().to_string();
    files("src", ".rs")
        .iter()
        .filter(|path| !path.ends_with("tests.rs") && !path.iter().any(|part| part == "tests"))
        .map(|path| (below(path), code(&fs::read_to_string(path).unwrap())))
        .collect()
}

fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules of the crate that a text names.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::").chain(text.match_indices("letterpress::")) {
        let rest = &text[at..];
        let rest = &rest[rest.find("::").unwrap() + 2..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = &group[..group.find('}').unwrap_or(0)];
            found.extend(group.split(',').map(|part| head(part.trim())));
        } else {
            found.insert(head(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn head(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    IMPORTS
        .iter()
        .map(|(module, own)| {
            let ground = if own.contains(&"=") { vec![] } else { GROUND.to_vec() };
            (*module, own.iter().copied().chain(ground).filter(|name| *name != "=").collect())
        })
        .collect()
}

#[test]
fn imports_run_to_the_left() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = path.split('/').next().unwrap();
        let room = ["delivery/session"].into_iter().find(|room| path.starts_with(room));
        let Some(may) = allowed.get(room.unwrap_or(module)) else {
            wrong.push(format!("src/{path}: the module `{module}` is not in the table"));
            continue;
        };
        for name in imports(&text) {
            let is_module = root().join("src").join(&name).is_dir();
            if is_module && name != module && !may.contains(name.as_str()) {
                wrong.push(format!("src/{path} imports `{name}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_outside_comes_in_through_the_world() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if path.starts_with("world/") || path == "main.rs" {
            continue;
        }
        for call in OUTSIDE.iter().filter(|call| text.contains(**call)) {
            wrong.push(format!("src/{path} calls `{call}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_ui_prints() {
    let printing = ["println!", "eprintln!", "print!(", "eprint!(", "io::stdout", "io::stderr"];
    let mut wrong = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| path != "cli/ui.rs") {
        for call in printing.iter().filter(|call| text.contains(**call)) {
            wrong.push(format!("src/{path} has `{call}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = files("src", ".rs")
        .iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn files_can_be_seen_whole() {
    let long: Vec<String> = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .map(|(path, lines)| format!("src/{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let top = root().join("tests/it");
    for path in files("tests/it", ".rs") {
        // A folder's `mod.rs` stands for the folder, and names what lies in it.
        let module = if path.ends_with("mod.rs") { path.parent().unwrap() } else { &path };
        let folder = module.parent().unwrap();
        let owner = folder.join(if folder == top { "main.rs" } else { "mod.rs" });
        let stem = module.file_stem().unwrap().to_string_lossy().into_owned();
        let named = fs::read_to_string(owner).unwrap().contains(&format!("mod {stem};"));
        assert!(stem == "main" || named, "{} is in no test binary", path.display());
    }
}

#[test]
fn init_embeds_every_file_of_the_sample() {
    let list = fs::read_to_string(root().join("src/cli/verb/init/samples.rs")).unwrap();
    let listed: BTreeSet<&str> = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .collect();
    let mut lying: BTreeSet<String> = BTreeSet::from(["letterpress.toml".to_owned()]);
    for folder in ["articles", "issues", "subscribers", "templates"] {
        let below = |path: PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
        lying.extend(files(folder, "").into_iter().map(below));
    }
    let lying: BTreeSet<&str> = lying.iter().map(String::as_str).collect();
    assert_eq!(listed, lying);
}
