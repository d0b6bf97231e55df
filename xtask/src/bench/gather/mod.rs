//! `cargo xtask bench gather`: articles that nobody here wrote, read by the released program and
//! judged by the scripts that lie beside them.

mod goals;
mod judges;
mod pages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::steps;
use pages::Page;

/// What this bench may be asked for.
pub const HELP: &str = "\
cargo xtask bench gather Articles of a corpus: how well they are read
    --corpus DIR         the corpus, with its score_body.py and score_meta.py
    --half HALF          every second page alone: design, or check
";
/// How many pages are read at the same time.
const READERS: usize = 2;

struct Options {
    corpus: PathBuf,
    /// Words for the scripts.
    half: Vec<String>,
    command: String,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut corpus, mut half) = (None, vec![]);
        let mut rest = words.iter().copied();
        while let Some(word) = rest.next() {
            match (word, rest.next()) {
                ("--corpus", Some(folder)) => corpus = Some(folder),
                ("--half", Some(name @ ("design" | "check"))) => {
                    half = vec!["--half".to_owned(), name.to_owned()];
                }
                _ => return Err(format!("`{word}` is no option, or lacks its value\n\n{HELP}")),
            }
        }
        let corpus = corpus.ok_or_else(|| format!("which corpus?\n\n{HELP}"))?;
        let corpus = std::path::absolute(corpus).map_err(|error| error.to_string())?;
        let command = format!("cargo xtask bench gather {}", words.join(" "));
        Ok(Self { corpus, half, command })
    }
}

/// Reads the corpus, and prints the table as Markdown.
pub fn run(words: &[&str]) -> Result<(), String> {
    let options = Options::parse(words)?;
    let target = std::path::absolute(steps::target()).map_err(|error| error.to_string())?;
    let folder = target.join("bench/gather");
    eprintln!("xtask: building");
    steps::cargo(&["build", "--release", "--locked", "--package", "letterpress"])?;
    let pages = pages::lay_out(&options.corpus, &folder)?;
    eprintln!("xtask: reading {} files", pages.len());
    let started = Instant::now();
    let results = read(&target.join("release/letterpress"), &folder, &pages)?;
    let each = started.elapsed().as_secs_f64() * 1e3 / pages.len().max(1) as f64;
    let path = folder.join("results.jsonl");
    fs::write(&path, results.join("\n") + "\n").map_err(|error| error.to_string())?;
    let body = score(&options, "score_body.py", &path)?;
    let meta = score(&options, "score_meta.py", &path)?;
    println!("- Command: `{}`.", options.command);
    println!(
        "- {} files, {READERS} at a time, {each:.0} ms each with the program's start.\n",
        pages.len()
    );
    let (rows, notes) =
        judges::judge(&target.join("release/letterpress"), &options.corpus, &target)?;
    print!("{}{rows}", goals::table(&body, &meta));
    println!("\n```\n{body}\n{meta}\n{notes}```");
    Ok(())
}

/// Has the program explain every page; returns its answers, a line each.
fn read(program: &Path, folder: &Path, pages: &[Page]) -> Result<Vec<String>, String> {
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(vec![String::new(); pages.len()]));
    let work = || -> Result<(), String> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(page) = pages.get(at) else { return Ok(()) };
            let answer = explain(program, folder, page)?;
            answers.lock().map_err(|error| error.to_string())?[at] = answer;
        }
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(work)).collect();
        readers
            .into_iter()
            .try_for_each(|reader| reader.join().map_err(|_| "a reader panicked".to_owned())?)
    })?;
    answers.into_inner().map_err(|error| error.to_string())
}

/// A page that the program refuses counts as empty; one that it panics on ends the bench.
fn explain(program: &Path, folder: &Path, page: &Page) -> Result<String, String> {
    let Page { path, origin } = page;
    let mut command = Command::new(program);
    command.arg("-C").arg(folder).args(["gather", "--explain", path, "--json"]);
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("panicked at") || output.status.code().is_none() {
        return Err(format!("{path}: {said}"));
    }
    if !output.status.success() {
        eprintln!("xtask: {path} was refused: {}", said.lines().next().unwrap_or_default());
        return Ok(format!("{{\"file\": \"{origin}\", \"body\": \"\"}}"));
    }
    let answer = String::from_utf8_lossy(&output.stdout).trim().replace('\n', " ");
    Ok(answer.replacen(&format!("\"{path}\""), &format!("\"{origin}\""), 1))
}

fn score(options: &Options, script: &str, results: &Path) -> Result<String, String> {
    let mut command = Command::new("python3");
    command.arg(options.corpus.join(script)).args(&options.half).arg(results);
    let output = command.output().map_err(|error| format!("python3: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_must_be_named_and_a_half_be_one_of_two() {
        assert!(Options::parse(&[]).is_err());
        assert!(Options::parse(&["--corpus"]).is_err());
        assert!(Options::parse(&["--corpus", "x", "--half", "third"]).is_err());
        let options = Options::parse(&["--corpus", "x", "--half", "check"]).expect("it is right");
        assert_eq!(options.half, ["--half", "check"]);
    }
}
