//! `cargo xtask bench build`: `letterpress build` beside npm's `mjml`, and a copy beside its build.
//!
//! Both programs are started anew for each measurement, one after the other in each round, and make
//! HTML of the same MJML: an issue of twenty stories with pictures in the template `weekly`.
//! Letterpress reads the articles, the list and the template besides, makes the plain text and the
//! message, and looks everything over.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use super::goals::met;
use super::measure::median;
use super::workspace::PROSE;
use super::{machine, mjml};
use crate::packages;
use crate::steps;

/// What the bench may be asked for.
pub const HELP: &str = "\
cargo xtask bench build  a build beside npm's mjml, and a copy beside a build
    --rounds R           each program once in each (15)
";

const STORIES: usize = 20;
const SECTIONS: [(&str, usize); 5] =
    [("Top", 1), ("World", 5), ("Nation", 5), ("Science", 5), ("In brief", 4)];
const ISSUE: &str = "2026-W02";
/// The parts of the sample workspace that are taken over.
const SAMPLE: [&str; 3] = ["letterpress.toml", "templates", "subscribers"];
/// Runs the bench, and prints its tables as Markdown.
pub fn run(words: &[&str]) -> Result<(), String> {
    let rounds = match words {
        [] => 15,
        ["--rounds", count] => count
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| format!("how many rounds?\n\n{HELP}"))?,
        _ => return Err(format!("no such option\n\n{HELP}")),
    };
    packages::ensure_for("the bench needs", &mjml::NEEDS, &[])?;
    let root = std::env::current_dir().map_err(|error| error.to_string())?;
    let npm = root.join("target/bench/mjml");
    mjml::install(&npm)?;
    eprintln!("xtask: building");
    steps::cargo(&["build", "--release", "--locked", "--package", "letterpress"])?;
    let site = Site { root: root.clone(), folder: root.join("target/bench/build"), npm };
    site.lay_out().map_err(|error| format!("{}: {error}", site.folder.display()))?;
    let busy = machine::busy()?;
    let found = site.rounds(rounds)?;
    steps::cargo(&["bench", "--quiet", "--bench", "copy", "--", "--quiet"])?;
    let copy = copy(&root.join("target/criterion/page of 70 kB"))?;
    println!("- Command: `{}`.", ["cargo xtask bench build", &words.join(" ")].join(" ").trim());
    println!(
        "- Machine: {}; before it others used {:.0} % of it.",
        machine::machine(),
        busy * 100.0
    );
    print!("{}", table(&found));
    print!("{copy}");
    Ok(())
}

/// Where everything lies.
struct Site {
    root: PathBuf,
    folder: PathBuf,
    npm: PathBuf,
}

/// The milliseconds of one round.
struct Round {
    cold: f64,
    warm: f64,
    npm: f64,
}

impl Site {
    fn lay_out(&self) -> std::io::Result<()> {
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(self.folder.join("articles/pictures"))?;
        fs::create_dir_all(self.folder.join("issues"))?;
        for name in SAMPLE {
            let mut copy = Command::new("cp");
            copy.arg("-r").arg(self.root.join(name)).arg(&self.folder);
            steps::run(&mut copy).map_err(std::io::Error::other)?;
        }
        let mut issue = "+++\nsubject = 'Twenty stories for {{default subscriber.name \"you\"}}'\n\
            preheader = \"A bench\"\nfrom = 2026-01-05T00:00:00Z\nuntil = 2026-01-12T00:00:00Z\n\
            slot = \"none\"\n+++\nDear {{default subscriber.name \"reader\"}}, a note.\n"
            .to_owned();
        let pictures = pictures(&self.root)?;
        let mut number = 0;
        for (section, stories) in SECTIONS {
            let _ = writeln!(issue, "\n## {section}");
            for _ in 0..stories {
                let _ = writeln!(issue, "- [Story {number}](../articles/{number}.md)");
                let path = |name: &str| self.folder.join("articles").join(name);
                fs::write(path(&format!("{number}.md")), article(number))?;
                // What follows the end of a picture changes nothing but its digest.
                let mut picture = fs::read(&pictures[number % pictures.len()])?;
                picture.extend_from_slice(format!("n{number}").as_bytes());
                fs::write(path(&format!("pictures/{number}.png")), picture)?;
                number += 1;
            }
        }
        assert_eq!(number, STORIES);
        fs::write(self.folder.join(format!("issues/{ISSUE}.md")), issue)
    }

    fn rounds(&self, rounds: usize) -> Result<Vec<Round>, String> {
        let mjml = self.folder.join(format!(".letterpress/build/{ISSUE}/newsletter.mjml"));
        let (page, html) = (self.folder.join("page.mjml"), self.folder.join("npm.html"));
        timed(self.letterpress().arg("--mjml"))?;
        fs::copy(&mjml, &page).map_err(|error| format!("{}: {error}", mjml.display()))?;
        let mut npm = Command::new("node");
        npm.arg(self.npm.join("node_modules/mjml/bin/mjml")).arg(&page).arg("-o").arg(&html);
        let round = |_| {
            let kept = self.folder.join(".letterpress");
            fs::remove_dir_all(&kept).map_err(|error| format!("{}: {error}", kept.display()))?;
            let cold = timed(&mut self.letterpress())?;
            let warm = timed(&mut self.letterpress())?;
            Ok(Round { cold, warm, npm: timed(&mut npm)? })
        };
        (0..rounds).map(round).collect()
    }

    fn letterpress(&self) -> Command {
        let mut command = Command::new(self.root.join("target/release/letterpress"));
        command.args(["build", ISSUE]).current_dir(&self.folder);
        command
    }
}

/// Runs a command to its end, and returns how long that took, in milliseconds.
fn timed(command: &mut Command) -> Result<f64, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    let took = started.elapsed().as_secs_f64() * 1000.0;
    match status.success() {
        true => Ok(took),
        false => Err(format!("{command:?} failed: {status}")),
    }
}

fn pictures(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join("articles/pictures"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "png") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn article(number: usize) -> String {
    let prose = |skip: usize, length: usize| -> String {
        PROSE.chars().cycle().skip(skip).take(length).collect::<String>().trim().to_owned()
    };
    // Each begins elsewhere, so that no two stories are one.
    let paragraph = |of: usize| format!("{} {number}-{of}.\n\n", prose(number * 17 + of * 11, 400));
    format!(
        "---\ntitle: \"Story {number} of the week: a bridge that the river has moved by itself\"\n\
         date: 2026-01-06\nauthor: Ada Field\n\
         link: https://meridian.example/2026/01/stories/{number}\n\
         image: pictures/{number}.png\nimage_alt: \"A bridge, seen from the far side\"\n\
         standfirst: >\n  {}\n---\n{}",
        prose(number * 37, 215),
        (0..12).map(paragraph).collect::<String>()
    )
}

fn table(rounds: &[Round]) -> String {
    let of = |part: fn(&Round) -> f64| median(rounds.iter().map(part));
    let times = of(|round| round.npm / round.warm);
    let cold = of(|round| round.npm / round.cold);
    format!(
        "\n| {STORIES} stories, process start included | ms | npm ÷ this |\n| --- | ---: | ---: |\n\
         | letterpress build | {:.0} | {times:.1} |\n\
         | letterpress build, nothing kept from before | {:.0} | {cold:.1} |\n\
         | npm mjml, the HTML of the same MJML | {:.0} | 1 |\n\n\
         | goal | wanted | measured | |\n| --- | --- | --- | --- |\n\
         | a build, of npm's time | ≤ 1/60 | 1/{times:.1} | {} |\n",
        of(|round| round.warm),
        of(|round| round.cold),
        of(|round| round.npm),
        met(times >= 60.0),
    )
}

/// Reads what criterion found.
fn copy(folder: &Path) -> Result<String, String> {
    let nanoseconds = |name: &str| {
        let path = folder.join(name).join("new/estimates.json");
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        let found: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let median = found["median"]["point_estimate"].as_f64();
        median.ok_or_else(|| format!("{}: there is no median", path.display()))
    };
    let (build, copy) = (nanoseconds("build")?, nanoseconds("copy")?);
    let message = nanoseconds("message")?;
    Ok(format!(
        "| a copy of a page of 70 kB, encoded | ≤ 10 µs | {:.1} µs | {} |\n\
         | that, of the page's build ({:.1} ms) | ≤ 1/200 | 1/{:.0} | {} |\n\n\
         With its headers and plain text a copy takes {:.1} µs.\n",
        copy / 1e3,
        met(copy <= 10e3),
        build / 1e6,
        build / copy,
        met(build / copy >= 200.0),
        message / 1e3,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_within_a_round() {
        let round = |warm, npm| Round { cold: 2.0 * warm, warm, npm };
        let said = table(&[round(10.0, 610.0), round(20.0, 1220.0), round(10.0, 100.0)]);
        assert!(said.contains("≤ 1/60 | 1/61.0 | met"), "{said}");
        assert!(said.contains("| letterpress build, nothing kept from before | 20 | 30.5 |"));
    }
}
