//! Who takes part, and how each is called.

use std::path::{Path, PathBuf};

use super::flush;
use super::measure::{self, Round, Run};
use super::options::Options;
use super::peers;
use super::site::Site;
use super::workspace::{ISSUE, Key};
use crate::packages;

/// A file system in memory, where a flush costs nothing.
const MEMORY: &str = "/dev/shm";
/// The peer in JavaScript.
const NODEMAILER: &str = "benches/compare/nodemailer.mjs";
/// The smaller run of a round sends one in so many of the copies.
const PARTS: usize = 10;
/// And not fewer than this: after so many, compilers at run time have done most of their work.
const WARM_UP: usize = 300;

/// How Letterpress keeps its ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the disk.
    Disk,
    /// In memory.
    Memory,
    /// On the disk, each flush delayed.
    Slow,
}

/// Whose program sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Postfix's smtp-source.
    Source,
    /// Letterpress.
    Ours(Option<Key>, Place),
    /// nodemailer's pool, signing or not.
    Nodemailer(bool),
    /// lettre's pool, signing or not.
    Lettre(bool),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Contender {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What the table calls it.
    pub title: &'static str,
    /// Whose program it is.
    pub kind: Kind,
    /// It sends one in so many of the copies, since it is slow.
    divisor: usize,
}

const fn contender(
    name: &'static str,
    title: &'static str,
    kind: Kind,
    divisor: usize,
) -> Contender {
    Contender { name, title, kind, divisor }
}

const UNSIGNED: Contender =
    contender("letterpress-unsigned", "Letterpress, not signed", Kind::Ours(None, Place::Disk), 1);

const PEERS: [Contender; 5] = [
    contender("smtp-source", "smtp-source (one static copy)", Kind::Source, 1),
    contender("nodemailer", "nodemailer pool", Kind::Nodemailer(false), 5),
    contender("nodemailer-rsa", "nodemailer pool, its DKIM (RSA-2048)", Kind::Nodemailer(true), 5),
    contender("lettre", "lettre pool, `Message::builder`", Kind::Lettre(false), 2),
    contender("lettre-rsa", "lettre pool, its DKIM (RSA-2048)", Kind::Lettre(true), 2),
];

/// All who take part, or those that were asked for. Where the program does not know how to sign,
/// its rows are unsigned and say so.
pub fn chosen(options: &Options, signs: bool) -> Result<Vec<Contender>, String> {
    let all = all(signs);
    if options.only.is_empty() {
        return Ok(all);
    }
    if let Some(name) =
        options.only.iter().find(|only| !all.iter().any(|c| c.name.starts_with(*only)))
    {
        let names: Vec<&str> = all.iter().map(|contender| contender.name).collect();
        return Err(format!("no contender is called {name}; there are {}", names.join(", ")));
    }
    let is_wanted = |name: &str| options.only.iter().any(|only| name.starts_with(only));
    // Ratios are to smtp-source.
    Ok(all.into_iter().filter(|c| c.kind == Kind::Source || is_wanted(c.name)).collect())
}

fn all(signs: bool) -> Vec<Contender> {
    let [source, rest @ ..] = PEERS;
    let mut all = vec![source];
    let key = signs.then_some(Key::Ed25519);
    if signs {
        let (disk, rsa) = (Place::Disk, Some(Key::Rsa));
        all.push(contender(
            "letterpress-ed25519",
            "Letterpress, Ed25519",
            Kind::Ours(key, disk),
            1,
        ));
        all.push(contender("letterpress-rsa", "Letterpress, RSA-2048", Kind::Ours(rsa, disk), 1));
    }
    all.push(UNSIGNED);
    let titles = if signs {
        ["Letterpress, Ed25519, ledger in memory", "Letterpress, Ed25519, flush + 5 ms"]
    } else {
        ["Letterpress, not signed, ledger in memory", "Letterpress, not signed, flush + 5 ms"]
    };
    all.push(contender("letterpress-memory", titles[0], Kind::Ours(key, Place::Memory), 1));
    all.push(contender("letterpress-slow", titles[1], Kind::Ours(key, Place::Slow), 5));
    all.extend(rest);
    all
}

impl Contender {
    /// Sends fewer copies and then more, and takes the difference.
    pub fn round(&self, site: &Site, options: &Options) -> Result<Round, String> {
        let copies = options.copies.div_ceil(self.divisor);
        let few = (copies / PARTS).max(WARM_UP);
        let (small, small_flushes) = self.run(site, options.connections, few)?;
        let (large, large_flushes) = self.run(site, options.connections, few + copies)?;
        let mut round = Round::between(&small, &large, copies);
        round.flushes = small_flushes.zip(large_flushes).map(|((few, _), (many, files))| {
            (many.saturating_sub(few) as f64 / copies as f64, files)
        });
        Ok(round)
    }

    /// Sends `copies`, and counts the flushes where they are delayed.
    pub fn run(
        &self,
        site: &Site,
        connections: usize,
        copies: usize,
    ) -> Result<(Run, Option<(usize, usize)>), String> {
        let Kind::Ours(key, place) = self.kind else {
            return Ok((measure::run(&site.folder, &self.peer(site, connections, copies))?, None));
        };
        let folder = workspace_folder(&site.folder, place);
        site.workspace(&folder, copies, connections, key)?;
        let words = [&text(&site.program), "-C", &text(&folder), "--quiet", "send", ISSUE, "--yes"];
        let words = words.map(str::to_owned);
        let log = site.folder.join("flushes.log");
        let result = if place == Place::Slow {
            let delayed = [flush::delayed(&log), words.to_vec()].concat();
            let run = measure::run(&site.folder, &delayed)?;
            (run, Some(flush::count(&log)?))
        } else {
            (measure::run(&site.folder, &words)?, None)
        };
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
        Ok(result)
    }

    fn peer(&self, site: &Site, connections: usize, copies: usize) -> Vec<String> {
        let (connections, copies) = (connections.to_string(), copies.to_string());
        let port = site.sink.port.to_string();
        let (mut words, is_signed) = match self.kind {
            Kind::Nodemailer(is_signed) => {
                (vec!["node".to_owned(), NODEMAILER.to_owned()], is_signed)
            }
            Kind::Lettre(is_signed) => {
                (vec![text(&peers::program(&site.folder, "lettre-pool"))], is_signed)
            }
            Kind::Source | Kind::Ours(..) => {
                let words = [
                    &packages::sbin("smtp-source"),
                    "-d",
                    "-s",
                    &connections,
                    "-m",
                    &copies,
                    "-l",
                    &site.sizes.body.to_string(),
                    "-f",
                    "news@bench.example",
                    "-t",
                    "r0@d0.example",
                    &format!("127.0.0.1:{port}"),
                ];
                return words.map(str::to_owned).to_vec();
            }
        };
        words.extend([text(&site.folder), port, copies, connections]);
        words.extend(is_signed.then(|| "sign".to_owned()));
        words
    }
}

fn workspace_folder(folder: &Path, place: Place) -> PathBuf {
    match place {
        Place::Memory => {
            Path::new(MEMORY).join(format!("letterpress-bench-{}", std::process::id()))
        }
        Place::Disk | Place::Slow => folder.join("workspace"),
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str], signs: bool) -> Result<Vec<&'static str>, String> {
        let options = Options::parse(words).expect("these are options");
        Ok(chosen(&options, signs)?.iter().map(|contender| contender.name).collect())
    }

    #[test]
    fn smtp_source_always_takes_part_since_ratios_are_to_it() {
        let only = names(&["send", "--only", "lettre-"], true);
        assert_eq!(only, Ok(vec!["smtp-source", "lettre-rsa"]));
        assert!(names(&["send", "--only", "lettuce"], true).is_err());
    }

    #[test]
    fn a_program_that_does_not_sign_has_no_row_that_says_it_does() {
        let options = Options::parse(&["send"]).expect("these are options");
        let rows = chosen(&options, false).expect("all take part");
        assert!(rows.iter().all(|row| !matches!(row.kind, Kind::Ours(Some(_), _))));
        let ours = rows.iter().filter(|row| row.title.starts_with("Letterpress"));
        assert!(ours.map(|row| row.title).all(|title| title.contains("not signed")));
    }
}
