//! Where the bench works: the program, the peers, the sink, and the issue that all of them send.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Options;
use super::peers;
use super::sink::Sink;
use super::workspace::{self, ISSUE, Key, NAME_MARK, Shape};
use crate::steps;

/// What the unsubscribe link of a copy begins with; behind it stands the reader's token.
const UNSUBSCRIBE: &str = "https://bench.example/unsubscribe/";
/// Stands where the reader's token does, for the peers.
const TOKEN_MARK: &str = "QQTOKENQQ";

/// What a Letterpress says of `[[dkim]]` that does not know it.
const UNKNOWN: &str = "`dkim` is not built yet";

/// The sizes of a copy, in bytes.
pub struct Sizes {
    /// Its HTML.
    pub html: usize,
    /// Its plain text.
    pub text: usize,
    /// The whole as it goes over the wire.
    pub wire: usize,
    /// The wire without the header.
    pub body: usize,
}

/// Where the bench works.
pub struct Site {
    /// The folder of everything that it makes, on the disk whose flushes count.
    pub folder: PathBuf,
    /// The released Letterpress.
    pub program: PathBuf,
    /// The server that takes all mail.
    pub sink: Sink,
    /// Whether the program knows how to sign.
    pub signs: bool,
    /// The sizes of a copy.
    pub sizes: Sizes,
}

impl Site {
    /// Builds and installs what is needed, and makes the issue.
    pub fn prepare(options: &Options) -> Result<Self, String> {
        let target = std::path::absolute(steps::target()).map_err(|error| error.to_string())?;
        let folder = target.join("bench");
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        eprintln!("xtask: building");
        steps::cargo(&["build", "--release", "--locked", "--package", "letterpress"])?;
        peers::prepare(&folder)?;
        let sizes = Sizes { html: 0, text: 0, wire: 0, body: 0 };
        let program = target.join("release/letterpress");
        let mut site = Self { folder, program, sink: Sink::start()?, signs: false, sizes };
        site.signs = site.tries_to_sign(options)?;
        site.sizes = site.issue_for_peers(options)?;
        Ok(site)
    }

    /// A fresh workspace in `folder`.
    pub fn workspace(
        &self,
        folder: &Path,
        readers: usize,
        connections: usize,
        key: Option<Key>,
    ) -> Result<(), String> {
        let key = key.map(|key| (self.folder.as_path(), key));
        let port = self.sink.port;
        workspace::make(folder, &Shape { readers, is_marked: false, port, connections, key })
    }

    /// Looks whether the program takes a configuration that signs.
    fn tries_to_sign(&self, options: &Options) -> Result<bool, String> {
        let folder = self.folder.join("trial");
        self.workspace(&folder, 2, options.connections, Some(Key::Ed25519))?;
        match self.letterpress(&folder, &["send", ISSUE, "--dry-run"]) {
            Ok(()) => Ok(true),
            Err(said) if said.contains(UNKNOWN) => {
                eprintln!("xtask: this Letterpress does not sign; its rows are \"not signed\"");
                Ok(false)
            }
            Err(said) => Err(said),
        }
    }

    /// Renders a copy and puts marks where it is personal.
    fn issue_for_peers(&self, options: &Options) -> Result<Sizes, String> {
        let folder = self.folder.join("trial");
        let (port, connections) = (self.sink.port, options.connections);
        let shape = Shape { readers: 2, is_marked: true, port, connections, key: None };
        workspace::make(&folder, &shape)?;
        self.letterpress(&folder, &["send", ISSUE, "--dry-run"])?;
        self.letterpress(&folder, &["build", ISSUE])?;
        let built = folder.join(format!(".letterpress/build/{ISSUE}"));
        let read = |name: &str| {
            fs::read_to_string(built.join(name)).map_err(|error| format!("{name}: {error}"))
        };
        let (html, text, wire) = (read("index.html")?, read("index.txt")?, read("message.eml")?);
        for (name, part) in [("issue.html", &html), ("issue.txt", &text)] {
            let part = with_token_mark(part);
            if !part.contains(NAME_MARK) || !part.contains(TOKEN_MARK) {
                return Err(format!("{name} lacks the reader's name or link"));
            }
            fs::write(self.folder.join(name), part).map_err(|error| error.to_string())?;
        }
        // The builder may write LF alone; the wire has CRLF.
        let wire = wire.replace("\r\n", "\n").replace('\n', "\r\n");
        let header = wire.find("\r\n\r\n").map_or(0, |end| end + 4);
        let body = wire.len() - header;
        Ok(Sizes { html: html.len(), text: text.len(), wire: wire.len(), body })
    }

    fn letterpress(&self, folder: &Path, words: &[&str]) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(folder).args(words);
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("letterpress {} ended with {}\n{said}", words.join(" "), output.status))
    }
}

fn with_token_mark(part: &str) -> String {
    let Some((_, rest)) = part.split_once(UNSUBSCRIBE) else { return part.to_owned() };
    let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let end = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
    part.replace(&format!("{UNSUBSCRIBE}{}", &rest[..end]), &format!("{UNSUBSCRIBE}{TOKEN_MARK}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_link_becomes_the_mark_and_nothing_else_does() {
        let part = format!("<a href=\"{UNSUBSCRIBE}aB-9_\">aB-9_</a>");
        let expected = format!("<a href=\"{UNSUBSCRIBE}{TOKEN_MARK}\">aB-9_</a>");
        assert_eq!(with_token_mark(&part), expected);
    }
}
