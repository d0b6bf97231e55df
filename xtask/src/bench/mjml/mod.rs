//! `cargo xtask bench mjml`: what Letterpress makes of MJML beside what npm's mjml makes of it.

mod cases;
mod compare;
mod page;
mod report;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::{self, Need};
use crate::steps;
use compare::Compared;

/// What this bench may be asked for.
pub const HELP: &str = "\
cargo xtask bench mjml   MJML: how far our HTML equals that of npm's mjml
    --corpus DIR         also every .mjml under this folder
    --times N            how often the large page is made for the speed (30)
    --program FILE       the example `mjml_page`, where it is built already
    --only WORD          the pages whose names hold this word
";
/// The release of npm's mjml, so that tables of different days can be compared.
const RELEASE: &str = "5.4.1";
const SCRIPT: &str = "benches/mjml/npm.mjs";
/// Pages that were written for this bench: what no table of attributes holds.
const PAGES: &str = "benches/mjml/pages";
/// Our copy of npm's table.
const TABLE: &str = "src/render/mjml/attributes.txt";
/// What both benches of MJML need.
pub const NEEDS: [Need; 2] = [("node", &["node"], "nodejs"), ("npm", &["npm"], "npm")];

struct Options {
    corpus: Option<PathBuf>,
    times: usize,
    program: Option<PathBuf>,
    only: String,
    command: String,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut corpus, mut times, mut program) = (None, 30, None);
        let mut only = String::new();
        let mut rest = words.iter().copied();
        while let Some(word) = rest.next() {
            match (word, rest.next()) {
                ("--corpus", Some(folder)) => {
                    corpus = Some(std::path::absolute(folder).map_err(|error| error.to_string())?);
                }
                ("--program", Some(file)) => program = Some(PathBuf::from(file)),
                ("--only", Some(word)) => only = word.to_owned(),
                ("--times", Some(number)) if number.parse::<usize>().is_ok_and(|n| n > 0) => {
                    times = number.parse().unwrap_or(times);
                }
                _ => return Err(format!("`{word}` is no option, or lacks its value\n\n{HELP}")),
            }
        }
        let command = ["cargo xtask bench mjml", &words.join(" ")].join(" ").trim().to_owned();
        Ok(Self { corpus, times, program, only, command })
    }
}

/// One page, made by both.
pub struct Page {
    /// Its path below the folder that all pages were laid out in, without ending.
    pub name: String,
    /// What came of it.
    pub result: Outcome,
}

/// What the two programs did with a page.
pub enum Outcome {
    /// Both made it.
    Made(Compared),
    /// We refuse it, for this reason; npm made it, with these warnings.
    Refused(String, Option<String>, usize),
    /// npm refuses it, and we too or not.
    TheirsRefused(String, bool),
}

/// Makes all pages with both programs, compares them, and prints the tables as Markdown.
pub fn run(words: &[&str]) -> Result<(), String> {
    let options = Options::parse(words)?;
    packages::ensure_for("the bench needs", &NEEDS, &[])?;
    let target = std::path::absolute(steps::target()).map_err(|error| error.to_string())?;
    let folder = target.join("bench/mjml");
    install(&folder)?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => {
            eprintln!("xtask: building");
            steps::cargo(&["build", "--release", "--locked", "--example", "mjml_page"])?;
            target.join("release/examples/mjml_page")
        }
    };
    let table = said(node(&folder).arg("--attributes"))?;
    let pages = lay_out(&options, &folder, &table)?;
    let [ours, theirs] = ["ours", "npm"].map(|name| folder.join(name));
    for made in [&ours, &theirs] {
        renew(made)?;
    }
    eprintln!("xtask: making pages");
    said(Command::new(&program).arg(&pages).arg(&ours))?;
    said(node(&folder).arg(&pages).arg(&theirs))?;
    let found = compare_all(&pages, &ours, &theirs)?;
    let large = pages.join("speed/large.mjml");
    let times = options.times.to_string();
    let speed = [
        microseconds(Command::new(&program).arg("--time").arg(&large).arg(&times))?,
        microseconds(node(&folder).arg("--time").arg(&large).arg(&times))?,
    ];
    let differences = folder.join("differences.txt");
    fs::write(&differences, report::differences(&found)).map_err(|error| error.to_string())?;
    println!("- Command: `{}`; npm mjml {RELEASE}.", options.command);
    print!("{}", report::markdown(&found, speed, same_table(&table)));
    println!("\nAll differences: {}", differences.display());
    Ok(())
}

/// Installs npm's mjml into a folder, unless it is there.
pub fn install(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let manifest = folder.join("node_modules/mjml/package.json");
    let installed = fs::read_to_string(&manifest).unwrap_or_default();
    if installed.contains(&format!("\"version\": \"{RELEASE}\"")) {
        return Ok(());
    }
    let npm = ["install", "--silent", "--no-audit", "--no-fund", "--prefix"];
    steps::run(Command::new("npm").args(npm).arg(folder).arg(format!("mjml@{RELEASE}")))
}

fn node(folder: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(SCRIPT).arg(folder);
    command
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The median of the numbers that a command prints.
fn microseconds(command: &mut Command) -> Result<u64, String> {
    let mut times: Vec<u64> = said(command)?.lines().filter_map(|line| line.parse().ok()).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().ok_or_else(|| format!("{command:?} timed nothing"))
}

fn renew(folder: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(told)?;
    }
    fs::create_dir_all(folder).map_err(told)
}

/// Lays out the pages in one folder, a folder each for where they come from.
fn lay_out(options: &Options, folder: &Path, table: &str) -> Result<PathBuf, String> {
    let pages = folder.join("pages");
    renew(&pages)?;
    copy_all(Path::new(PAGES), &pages.join("written"))?;
    if let Some(corpus) = &options.corpus {
        copy_all(corpus, &pages.join("corpus"))?;
    }
    let attributes = pages.join("attributes");
    renew(&attributes)?;
    let rows: Vec<cases::Row> = table
        .lines()
        .filter_map(|line| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            Some((words.next()?, words.next()?, words.next()?))
        })
        .collect();
    cases::write(&attributes, &rows)?;
    renew(&pages.join("speed"))?;
    fs::write(pages.join("speed/large.mjml"), cases::large(20))
        .map_err(|error| error.to_string())?;
    keep(&pages, &options.only)?;
    Ok(pages)
}

/// Removes the pages whose names do not hold a word; the large one is needed for the speed.
fn keep(pages: &Path, word: &str) -> Result<(), String> {
    let mut names = vec![];
    collect(pages, "", &mut names)?;
    for name in names.iter().filter(|name| !name.contains(word) && !name.starts_with("speed/")) {
        let path = pages.join(format!("{name}.mjml"));
        fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to).map_err(told)?;
    for entry in fs::read_dir(from).map_err(told)? {
        let entry = entry.map_err(told)?;
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy_all(&path, &to.join(name))?;
        } else if [".mjml", ".css", ".html"].iter().any(|end| path.to_string_lossy().ends_with(end))
        {
            fs::copy(&path, to.join(name)).map_err(told)?;
        }
    }
    Ok(())
}

fn compare_all(pages: &Path, ours: &Path, theirs: &Path) -> Result<Vec<Page>, String> {
    let mut names = vec![];
    collect(pages, "", &mut names)?;
    names.sort();
    let read = |folder: &Path, name: &str, end: &str| {
        fs::read_to_string(folder.join(format!("{name}.{end}"))).ok()
    };
    let one = |name: String| {
        let refused = read(ours, &name, "error");
        let result = match (read(theirs, &name, "html"), read(ours, &name, "html")) {
            (None, made) => {
                let why = read(theirs, &name, "error").unwrap_or_default();
                Outcome::TheirsRefused(why, made.is_none())
            }
            (Some(theirs_html), None) => Outcome::Refused(
                refused.unwrap_or_default(),
                read(theirs, &name, "warnings"),
                page::nodes(&theirs_html).len(),
            ),
            (Some(theirs), Some(ours)) => {
                Outcome::Made(compare::compare(&page::nodes(&ours), &page::nodes(&theirs)))
            }
        };
        Page { name, result }
    };
    Ok(names.into_iter().map(one).collect())
}

fn collect(folder: &Path, under: &str, names: &mut Vec<String>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{under}{name}/"), names)?;
        } else if let Some(name) = name.strip_suffix(".mjml") {
            names.push(format!("{under}{name}"));
        }
    }
    Ok(())
}

/// Says whether our table of attributes is npm's.
fn same_table(table: &str) -> bool {
    fs::read_to_string(TABLE).is_ok_and(|ours| ours.trim() == table.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused() {
        assert!(Options::parse(&["--corpus"]).is_err());
        assert!(Options::parse(&["--times", "0"]).is_err());
        let options = Options::parse(&["--times", "3"]).expect("it is right");
        assert_eq!((options.times, options.corpus), (3, None));
        assert_eq!(options.command, "cargo xtask bench mjml --times 3");
    }
}
