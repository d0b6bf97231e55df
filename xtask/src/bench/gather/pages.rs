//! The pages of a corpus, laid out as a workspace.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

/// The folders of a corpus that are read.
const FOLDERS: [&str; 2] = ["articles-html", "articles-text"];
/// What beside the pages tells how they should be read.
const EXPECTED: &str = "expected";

const CONFIG: &str = "[newsletter]\nid = \"bench\"\ntitle = \"The Bench\"\n\
    url = \"https://bench.example/\"\ntime_zone = \"UTC\"\naddress = \"1 Bench Street, Benchtown\"\n\
    lists = [\"readers\"]\n\n[sender]\nfrom = \"The Bench <news@bench.example>\"\n\n\
    [gather]\narticles = [\"articles-text\"]\n";

/// A page of the corpus.
pub struct Page {
    /// Its path in the workspace.
    pub path: String,
    /// Its path in the corpus, where it may be packed.
    pub origin: String,
}

/// Copies a corpus's pages into `folder`, unpacked.
pub fn lay_out(corpus: &Path, folder: &Path) -> Result<Vec<Page>, String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| told(folder, &error))?;
    }
    fs::create_dir_all(folder.join("articles-text")).map_err(|error| told(folder, &error))?;
    fs::write(folder.join("letterpress.toml"), CONFIG).map_err(|error| told(folder, &error))?;
    let mut pages = vec![];
    for name in FOLDERS {
        if corpus.join(name).is_dir() {
            copy_all(corpus, folder, name, &mut pages)?;
        }
    }
    pages.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(pages)
}

fn copy_all(
    corpus: &Path,
    folder: &Path,
    under: &str,
    pages: &mut Vec<Page>,
) -> Result<(), String> {
    let from = corpus.join(under);
    fs::create_dir_all(folder.join(under)).map_err(|error| told(folder, &error))?;
    for entry in fs::read_dir(&from).map_err(|error| told(&from, &error))? {
        let entry = entry.map_err(|error| told(&from, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{under}/{name}");
        if entry.path().is_dir() {
            copy_all(corpus, folder, &path, pages)?;
        } else if let Some(page) = page_of(&name).map(|_| path.trim_end_matches(".gz")) {
            copy(&entry.path(), &folder.join(page))?;
            pages.push(Page { path: page.to_owned(), origin: path.clone() });
        }
    }
    Ok(())
}

/// The name of a page, without what it is packed in.
fn page_of(name: &str) -> Option<&str> {
    let page = name.strip_suffix(".gz").unwrap_or(name);
    let is_page = [".html", ".htm", ".txt"].iter().any(|end| page.ends_with(end));
    (is_page && !page.starts_with(EXPECTED)).then_some(page)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    if from.extension().is_none_or(|extension| extension != "gz") {
        return fs::copy(from, to).map(drop).map_err(|error| told(to, &error));
    }
    let file = File::create(to).map_err(|error| told(to, &error))?;
    let status = Command::new("gzip").arg("-dc").arg(from).stdout(file).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("gzip -dc {} ended with {status}", from.display())),
        Err(error) => Err(format!("gzip: {error}")),
    }
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_what_is_expected_of_them() {
        assert_eq!(page_of("a.html.gz"), Some("a.html"));
        assert_eq!(page_of("source.html"), Some("source.html"));
        assert_eq!(page_of("expected.html"), None);
        assert_eq!(page_of("ground-truth.json"), None);
    }
}
