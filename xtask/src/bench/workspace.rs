//! The workspace that Letterpress sends from: a list of any length, an issue of thirty stories.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The stories of the issue.
const STORIES: usize = 31;
/// The length of a story's standfirst; with the template's markup it makes HTML of 60 kB.
const STANDFIRST: usize = 215;
/// The readers' domains.
const DOMAINS: usize = 50;
/// The name of the issue.
pub const ISSUE: &str = "bench";
/// Stands where the reader's name does, for the peers.
pub const NAME_MARK: &str = "QQNAMEQQ";

const TEMPLATE: [(&str, &str); 3] = [
    ("template.toml", include_str!("../../../benches/compare/template/template.toml")),
    ("newsletter.mjml", include_str!("../../../benches/compare/template/newsletter.mjml")),
    ("newsletter.txt", include_str!("../../../benches/compare/template/newsletter.txt")),
];
/// What stories are made of.
pub const PROSE: &str = "The council’s vote came after midnight, and the café at the corner stayed \
    open for those who had waited. Nobody had asked for the bridge to be moved, said the mayor; \
    the river had done it, slowly, and had asked nobody either. What it will cost is to be told \
    by Friday, in an envelope, to all who live on the far side of the water. ";

/// What a copy is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Ed25519.
    Ed25519,
    /// RSA with 2,048 bits.
    Rsa,
}

impl Key {
    /// The file that holds it, in PKCS#8.
    pub fn file(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519.pem",
            Self::Rsa => "rsa.pem",
        }
    }
}

/// How a workspace shall be.
pub struct Shape<'a> {
    /// How many readers the list has.
    pub readers: usize,
    /// Whether the first of them bears the mark as a name.
    pub is_marked: bool,
    /// Where mail is taken on 127.0.0.1.
    pub port: u16,
    /// How many connections are used.
    pub connections: usize,
    /// The folder of the keys and the key, if copies are signed.
    pub key: Option<(&'a Path, Key)>,
}

/// Makes a workspace in `folder`, in the place of whatever is there.
pub fn make(folder: &Path, shape: &Shape<'_>) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    write("letterpress.toml", &config(shape))?;
    write("subscribers/readers.csv", &readers(shape))?;
    for (name, text) in TEMPLATE {
        write(&format!("templates/bench/{name}"), text)?;
    }
    let mut issue = "+++\nsubject = 'News for {{default subscriber.name \"you\"}}'\n\
        from    = 2026-01-05T00:00:00Z\nuntil   = 2026-01-12T00:00:00Z\nslot    = \"none\"\n+++\n\
        ## Top\n"
        .to_owned();
    for number in 0..STORIES {
        let _ = writeln!(issue, "- [{}](../articles/{number}.md)", headline(number));
        write(&format!("articles/{number}.md"), &article(number))?;
    }
    write(&format!("issues/{ISSUE}.md"), &issue)?;
    let Some((keys, key)) = shape.key else { return Ok(()) };
    let pem = fs::read_to_string(keys.join(key.file())).map_err(|error| error.to_string())?;
    write("keys/lp1.pem", &pem)?;
    // A key that others can read is refused.
    fs::set_permissions(folder.join("keys/lp1.pem"), fs::Permissions::from_mode(0o600))
        .map_err(|error| error.to_string())
}

fn config(shape: &Shape<'_>) -> String {
    let dkim = match shape.key {
        None => "",
        Some(_) => {
            "\n[[dkim]]\ndomain   = \"bench.example\"\nselector = \"lp1\"\n\
             key      = { file = \"keys/lp1.pem\" }\n"
        }
    };
    format!(
        "[newsletter]\nid = \"bench\"\ntitle = \"The Bench\"\nurl = \"https://bench.example/\"\n\
         time_zone = \"UTC\"\naddress = \"1 Bench Street, Benchtown\"\nlists = [\"readers\"]\n\
         template = \"bench\"\n\n[sender]\nfrom = \"The Bench <news@bench.example>\"\n\
         return_path = \"bounces@bench.example\"\n\n[gather]\nmax_stories = 100\n\n\
         [unsubscribe]\nurl = \"https://bench.example/unsubscribe/{{token}}\"\n\
         mailto = \"unsubscribe@bench.example\"\n\n[delivery]\nconnections = {}\n{dkim}\n\
         [[relay]]\nurl = \"smtp+plaintext://127.0.0.1:{}\"\n",
        shape.connections, shape.port
    )
}

fn readers(shape: &Shape<'_>) -> String {
    let mut list = "email,name\n".to_owned();
    for number in 0..shape.readers {
        if number == 0 && shape.is_marked {
            let _ = writeln!(list, "r0@d0.example,{NAME_MARK}");
        } else {
            let _ = writeln!(list, "r{number}@d{}.example,Reader {number}", number % DOMAINS);
        }
    }
    list
}

fn headline(number: usize) -> String {
    format!("Story {number} of the week: a bridge that the river has moved by itself in one night")
}

fn article(number: usize) -> String {
    // Each begins elsewhere, so that no two stories are one.
    let standfirst: String =
        PROSE.chars().cycle().skip(number * 37).take(STANDFIRST).collect::<String>();
    format!(
        "---\ntitle: \"{}\"\ndate: 2026-01-06\nlink: https://bench.example/2026/01/stories/{number}\n\
         standfirst: >\n  {}\n---\nMore of it.\n",
        headline(number),
        standfirst.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_as_many_readers_as_asked_for_and_each_another_address() {
        let shape = Shape { readers: 120, is_marked: true, port: 25, connections: 1, key: None };
        let list = readers(&shape);
        let addresses: std::collections::BTreeSet<&str> =
            list.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!(addresses.len(), 120);
        assert_eq!(list.matches(NAME_MARK).count(), 1);
    }
}
