//! From the workspace's articles to an issue's stories.

use std::collections::{BTreeMap, BTreeSet};

use super::bar::Reading;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::article::{Article, Library, Reader, Record};
use crate::diag::Diagnostic;
use crate::issue::{self, IssueFile, Offered, Resolved, Trait, Used};
use crate::words::IssueName;

impl Workspace<'_> {
    /// Reads all articles, with a bar where it takes long. What cannot be read is in the library's
    /// problems.
    pub fn library(&self, ui: &Ui) -> Library {
        let reading = Reading::new(ui, self.cx);
        let progress = |done, files| reading.show(done, files);
        self.reader(&progress).library(&self.config.gather.articles)
    }

    fn reader<'r>(&'r self, progress: &'r (dyn Fn(usize, usize) + Sync)) -> Reader<'r> {
        Reader {
            files: self.files(),
            zone: &self.config.newsletter.time_zone,
            leftovers: &self.config.gather.leftovers,
            origins: &self.config.gather.origins,
            program: Some(&self.cx.world.program),
            progress,
        }
    }

    /// Reads articles whole, by their paths in the workspace; those that are not there are left
    /// out.
    pub fn articles(
        &self,
        library: &Library,
        names: &BTreeSet<&str>,
    ) -> (Vec<Article>, Vec<Diagnostic>) {
        self.reader(&|_, _| {}).articles(library, names)
    }

    /// Reads one article by its path in the workspace.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn article(&self, library: &Library, path: &str) -> Result<Article, Vec<Diagnostic>> {
        self.reader(&|_, _| {}).article(library, path)
    }

    /// Resolves an issue's stories. Articles that the issue names and no folder holds are read
    /// where they lie.
    pub fn resolve(&self, name: &IssueName, file: &IssueFile, library: &Library) -> Resolved {
        let (articles, mut findings) = self.articles(library, &named(file, library));
        let by_path: BTreeMap<&str, &Article> =
            articles.iter().map(|article| (article.source.name(), article)).collect();
        let by_link: BTreeMap<&str, &Article> = articles
            .iter()
            .filter_map(|article| Some((article.link.as_ref()?.as_str(), article)))
            .collect();
        let find = |target: &str| by_path.get(target).or_else(|| by_link.get(target)).copied();
        let newsletter = &self.config.newsletter;
        let mut resolved =
            issue::resolve(file, name, &newsletter.url, &newsletter.time_zone, &find);
        // A file that is there and cannot be read is told as that.
        let is_unread = |finding: &Diagnostic| {
            let mut files = findings.iter().filter_map(|unread| unread.file.as_deref());
            finding.id == Some("story-missing")
                && files.any(|file| finding.what.ends_with(&format!("`{file}`")))
        };
        resolved.findings.retain(|finding| !is_unread(finding));
        resolved.findings.append(&mut findings);
        resolved.findings.extend(issue::withheld(file, &library.records));
        resolved.findings.extend(self.sent_before(name, file, &find));
        resolved
    }

    /// Stories that an issue which is sent, or being sent, has too.
    fn sent_before<'l>(
        &self,
        name: &IssueName,
        file: &IssueFile,
        find: &dyn Fn(&str) -> Option<&'l Article>,
    ) -> Vec<Diagnostic> {
        let mut used = Used::default();
        let planned = self.planned();
        // Whoever sends or gathers is told of a file that cannot be read.
        let others = self.others(name).filter_map(|(other, file)| Some((other, file.ok()?)));
        for (other, file) in others.filter(|(_, file)| file.front.sent.is_some()) {
            used.take(&other, &file, self.offered(&other).as_ref(), planned.get(&other));
        }
        if used.is_empty() {
            return vec![];
        }
        let told = sent(file).filter_map(|item| {
            let found = used.of(&Record::of(find(&item.target)?)).filter(|found| found.is_sent)?;
            let what = format!("this story was sent already, in {}", found.issue);
            Some(
                Diagnostic::error(what)
                    .id("story-used")
                    .at(item.label.clone(), "")
                    .hint("take the line out"),
            )
        });
        told.collect()
    }
}

/// What the stories of an issue are known by, as a plan keeps it.
pub fn planned(file: &IssueFile, library: &Library) -> String {
    let named = named(file, library);
    let records = library.records.iter().filter(|record| named.contains(record.name.as_str()));
    let stories: Offered = records.map(|record| (record.name.clone(), Trait::of(record))).collect();
    serde_json::to_string(&stories).expect("texts by texts always have a JSON form")
}

/// The lines of an issue that are sent.
fn sent(file: &IssueFile) -> impl Iterator<Item = &issue::Item> {
    let sections = file.sections.iter().filter(|section| !section.is_left_out());
    sections.flat_map(|section| &section.items).filter(|item| item.is_ticked)
}

/// The articles that an issue names by their path, or by their address on the web.
fn named<'n>(file: &'n IssueFile, library: &'n Library) -> BTreeSet<&'n str> {
    let outside: BTreeSet<&str> =
        sent(file).filter(|item| item.is_outside()).map(|item| item.target.as_str()).collect();
    let is_linked =
        |record: &&Record| record.link.as_ref().is_some_and(|link| outside.contains(link.as_str()));
    let linked = library.records.iter().filter(is_linked).map(|record| record.name.as_str());
    let inside = sent(file).filter(|item| !item.is_outside());
    inside.map(|item| item.target.as_str()).chain(linked).collect()
}
