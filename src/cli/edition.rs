//! An issue made ready: its stories, its readers, its compiled content, and what is wrong with it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::gallery::{self, Gallery};
use super::ui::{Mode, Ui, counted, grouped, kilobytes};
use super::workspace::Workspace;
use crate::article::Library;
use crate::audience::{Audience, Reader};
use crate::config::Located;
use crate::diag::{self, Diagnostic, Faults, Kind, Severity};
use crate::issue::{Issue, IssueFile};
use crate::message::Content;
use crate::render::{
    self, Compiled, Example, Folder, Linked, Proofread, Sheet, Taken, Trial, Urls,
};
use crate::words::{Address, IssueName};

/// An issue made ready.
#[derive(Debug)]
pub struct Edition {
    /// The issue.
    pub issue: Issue,
    /// The readers.
    pub audience: Audience,
    /// The compiled content.
    pub compiled: Compiled,
    /// What `check` found.
    pub findings: Vec<Diagnostic>,
    /// The sizes of the largest copy, and how many variants readers see.
    pub sizes: Sizes,
    /// The reader with the largest copy of each variant, the largest first.
    pub examples: Vec<Example>,
    first_reader: Option<Reader>,
    sheet: Sheet,
}

/// How large copies get.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// The HTML of the largest copy, in bytes.
    pub html_bytes: usize,
    /// The plain text of the largest copy, in bytes.
    pub text_bytes: usize,
    /// How many variants the readers fall into.
    pub variants: usize,
}

/// A link that leads nowhere, of the length of a real one.
pub const INERT_TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Edition {
    /// Reads, compiles and checks, telling each stage as it ends.
    ///
    /// # Errors
    /// If the audience cannot be read or a template does not compile. What `check` found is a
    /// part of the edition, errors too.
    pub fn prepare(
        workspace: &Workspace<'_>,
        name: &IssueName,
        file: &IssueFile,
        library: &Library,
        suppressed: &BTreeSet<String>,
        ui: &Ui,
    ) -> Result<Self, Faults> {
        let nothing = "Nothing was built, nothing was sent.";
        let readers = || {
            let (audience, values) = readers(workspace, suppressed, ui)?;
            let started = Instant::now();
            Ok((audience, values, workspace.resolve(name, file, library), started))
        };
        let template = || folder(workspace, file.front.template.as_ref());
        let (folder, read) = render::beside(template, readers)?;
        let (audience, values, resolved, started) =
            read.map_err(|faults: Faults| faults.standing(nothing))?;
        let issue = resolved.issue;
        let gallery = Gallery::open(workspace);
        let taken = Taken::read(workspace.files());
        let input = input(&issue, &audience, workspace, &folder, &gallery, &taken);
        let (compiled, sheet) = render::compile_for_checks(&input).map_err(|faults| {
            let faults = if resolved.findings.is_empty() {
                faults
            } else {
                let mut list = resolved.findings.clone();
                list.extend(faults.list);
                list.into()
            };
            faults.standing(nothing)
        })?;
        let unsubscribe = inert_unsubscribe(workspace);
        let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
        let mut trial = Trial::new(&compiled, urls);
        try_on(&mut trial, &audience, workspace).map_err(|faults| faults.standing(nothing))?;
        let sizes = Sizes {
            html_bytes: trial.html_bytes,
            text_bytes: trial.text_bytes,
            variants: trial.variants(),
        };
        let built = format!(
            "{}, HTML {}, text {}, {}",
            stories(&issue),
            kilobytes(sizes.html_bytes),
            kilobytes(sizes.text_bytes),
            counted(sizes.variants, "variant", "variants"),
        );
        ui.stage("build", &built, Some(started.elapsed()));

        let started = Instant::now();
        let mut findings = resolved.findings;
        let gathered = workspace.offered(name);
        let (first_reader, examples) = trial.take_readers();
        findings.extend(render::lint(&Proofread {
            config: &workspace.config,
            issue: &issue,
            compiled: &compiled,
            sheet: &sheet,
            gathered: gathered.as_ref(),
            trial: &trial,
            readers: tried(first_reader.as_ref(), &examples),
            gallery: &gallery,
        })?);
        gallery.close().map_err(|error| Faults::from(error).standing(nothing))?;
        taken.keep(workspace.files());
        findings.extend(values);
        let findings = judged(findings, &issue, workspace);
        ui.stage("check", &verdict(&findings), Some(started.elapsed()));
        let edition =
            Self { issue, audience, compiled, findings, sizes, examples, first_reader, sheet };
        if ui.mode() == Mode::Events {
            ui.event("built", edition.document(workspace)?);
        }
        Ok(edition)
    }

    /// What its page names on the web.
    pub fn links(&self, workspace: &Workspace<'_>) -> Vec<Linked> {
        let unsubscribe = inert_unsubscribe(workspace);
        let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
        render::links(&Proofread {
            config: &workspace.config,
            issue: &self.issue,
            compiled: &self.compiled,
            sheet: &self.sheet,
            gathered: None,
            trial: &Trial::new(&self.compiled, urls),
            readers: self.tried(),
            gallery: &render::Bare,
        })
    }

    /// Says whether a finding of a check would be told at all.
    pub fn heeds(&self, id: &'static str, workspace: &Workspace<'_>) -> bool {
        !judged(vec![Diagnostic::error("").id(id)], &self.issue, workspace).is_empty()
    }

    /// Adds findings of a check that asks others.
    pub fn add(&mut self, found: Vec<Diagnostic>, workspace: &Workspace<'_>) {
        self.findings.extend(judged(found, &self.issue, workspace));
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }

    /// One reader's MJML.
    ///
    /// # Errors
    /// As [`render::mjml`].
    pub fn mjml(&self, reader: &Reader, workspace: &Workspace<'_>) -> Result<String, Faults> {
        let unsubscribe = inert_unsubscribe(workspace);
        let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
        let gallery = Gallery::open(workspace);
        let taken = Taken::read(workspace.files());
        let folder = folder(workspace, self.issue.template.as_ref());
        let input = input(&self.issue, &self.audience, workspace, &folder, &gallery, &taken);
        render::mjml(&input, self.compiled.pictures(), &reader.fields, &urls)
    }

    /// All of it that is the same for every copy.
    ///
    /// # Errors
    /// If a picture that copies carry cannot be read.
    pub fn content(&self, workspace: &Workspace<'_>) -> Result<Content, Faults> {
        let content = Content::new(self.compiled.clone(), &workspace.config, &self.issue.name);
        Ok(content.with(gallery::enclosed(self.compiled.pictures(), workspace)?))
    }

    /// The first reader, and one for each variant.
    pub fn tried(&self) -> Vec<&Reader> {
        tried(self.first_reader.as_ref(), &self.examples)
    }

    /// Says whether `check` found an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The reader of an address, or the first one.
    ///
    /// # Errors
    /// If the lists cannot be read once more.
    pub fn reader(
        &self,
        address: Option<&Address>,
        workspace: &Workspace<'_>,
    ) -> Result<Option<Reader>, Faults> {
        match address {
            Some(address) => Ok(self.audience.reader(workspace.files(), address)?),
            None => Ok(self.first_reader.clone()),
        }
    }

    /// Tells that there is no such reader.
    pub fn no_reader(address: Option<&Address>) -> Diagnostic {
        match address {
            Some(address) => Diagnostic::error(format!("`{address}` is on no list"))
                .kind(Kind::Usage)
                .hint("`letterpress subscribers list` shows the readers"),
            None => Diagnostic::error("the lists have no reader"),
        }
    }

    /// The edition as machines read it.
    ///
    /// # Errors
    /// If the lists cannot be read once more.
    pub fn document(&self, workspace: &Workspace<'_>) -> Result<Value, Faults> {
        let findings: Vec<Value> = self.findings.iter().map(diag::to_json).collect();
        Ok(json!({
            "schema": "letterpress.check/1",
            "issue": self.issue.name.as_str(),
            "stories": self.issue.stories().count(),
            "readers": self.audience.readers,
            "excluded": self.audience.excluded(workspace.files())?,
            "html_bytes": self.sizes.html_bytes,
            "text_bytes": self.sizes.text_bytes,
            "variants": self.sizes.variants,
            "findings": findings,
        }))
    }

    /// Tells the findings: in short where all is well, drawn with their lines on standard error
    /// where an error holds the send.
    pub fn show_findings(&self, ui: &Ui) {
        if self.has_errors() && ui.mode() == Mode::Words {
            ui.note("");
            ui.diagnostics(&self.findings);
        } else {
            ui.findings(&self.findings);
        }
    }
}

/// The first reader, and one for each variant.
fn tried<'a>(first: Option<&'a Reader>, examples: &'a [Example]) -> Vec<&'a Reader> {
    first.into_iter().chain(examples.iter().map(|example| &example.reader)).collect()
}

/// Reads the lists, and parts what is wrong with fields, which `check` tells, from what is wrong
/// with rows.
fn readers(
    workspace: &Workspace<'_>,
    suppressed: &BTreeSet<String>,
    ui: &Ui,
) -> Result<(Audience, Vec<Diagnostic>), Faults> {
    let started = Instant::now();
    let mut audience = workspace.audience(suppressed)?;
    ui.stage("audience", &told(&audience), Some(started.elapsed()));
    let (values, rows): (Vec<_>, Vec<_>) =
        audience.findings.drain(..).partition(|finding| finding.id.is_some());
    ui.findings(&rows);
    Ok((audience, values))
}

/// Reads the files of the newsletter's template, or of an issue's own.
fn folder(workspace: &Workspace<'_>, own: Option<&Located<String>>) -> Result<Folder, Faults> {
    Folder::read(workspace.files(), &workspace.config.newsletter, own)
}

fn input<'a>(
    issue: &'a Issue,
    audience: &'a Audience,
    workspace: &'a Workspace<'_>,
    folder: &'a Result<Folder, Faults>,
    gallery: &'a Gallery<'_>,
    taken: &'a Taken,
) -> render::Input<'a> {
    let (config, schema) = (&workspace.config, &audience.schema);
    render::Input { issue, config, schema, folder, gallery, taken }
}

/// Gives findings the weight that newsletter and issue give them, the gravest first.
fn judged(findings: Vec<Diagnostic>, issue: &Issue, workspace: &Workspace<'_>) -> Vec<Diagnostic> {
    let judge =
        |finding| workspace.config.check.judge(finding).and_then(|found| issue.check.judge(found));
    let mut findings: Vec<Diagnostic> = findings.into_iter().filter_map(judge).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// `2 errors, 1 warning`.
pub fn verdict(findings: &[Diagnostic]) -> String {
    let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
    let say = |count: usize, one: &str, many: &str| match count {
        0 => format!("no {many}"),
        count => counted(count, one, many),
    };
    format!(
        "{}, {}",
        say(count(Severity::Error), "error", "errors"),
        say(count(Severity::Warning), "warning", "warnings")
    )
}

fn told(audience: &Audience) -> String {
    let mut parts = vec![counted(audience.readers, "reader", "readers")];
    for (reason, one, many) in [
        ("duplicate", "duplicate", "duplicates"),
        ("suppressed", "suppressed", "suppressed"),
        ("only_to", "not in `only_to`", "not in `only_to`"),
    ] {
        match audience.excluded_for(reason) {
            0 => {}
            count => parts.push(counted(count, one, many)),
        }
    }
    match audience.excluded_for("malformed") {
        0 => {}
        count => parts.push(format!("{} left out", grouped(count as u64))),
    }
    let whence = if audience.is_sample { " of sample.csv" } else { "" };
    format!("{}{whence}: {}", counted(audience.rows, "row", "rows"), parts.join(", "))
}

fn inert_unsubscribe(workspace: &Workspace<'_>) -> String {
    let url = workspace.config.unsubscribe.url.as_deref().unwrap_or_default();
    url.replace("{token}", INERT_TOKEN)
}

/// Makes every reader's copy once.
fn try_on(
    trial: &mut Trial<'_>,
    audience: &Audience,
    workspace: &Workspace<'_>,
) -> Result<(), Faults> {
    for reader in audience.readers(workspace.files()) {
        trial.add(reader?);
    }
    Ok(())
}

/// Counts stories as the letter does: what a sponsor paid for is none of the newsroom's.
pub(super) fn stories(issue: &Issue) -> String {
    let sponsors = issue.stories().filter(|story| story.sponsor.is_some()).count();
    let own = counted(issue.stories().count() - sponsors, "story", "stories");
    match sponsors {
        0 => own,
        count => format!("{own} and {}", counted(count, "sponsor", "sponsors")),
    }
}
