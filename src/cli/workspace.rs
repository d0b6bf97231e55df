//! The steps that verbs share: from the workspace's files to an issue and its readers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use super::context::Context;
use crate::audience::{self, Audience};
use crate::config::Config;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::issue::{self, IssueFile, Offered, Used};
use crate::ledger;
use crate::words::IssueName;
use crate::world::Files;

/// Where a rehearsal puts an issue that it had to gather.
const REHEARSAL: &str = ".letterpress/rehearsal";
/// Where it is remembered which articles a gather has offered.
const GATHERED: &str = ".letterpress/gathered";

/// What that is called.
const MEMORY_SCHEMA: &str = "letterpress.gathered/2";

/// What a gather remembers of an issue.
#[derive(Deserialize, Serialize)]
struct Memory {
    schema: String,
    offered: Offered,
}

/// A workspace with its configuration.
#[derive(Debug)]
pub struct Workspace<'a> {
    /// What the verb was given.
    pub cx: &'a Context,
    /// The configuration.
    pub config: Config,
}

impl<'a> Workspace<'a> {
    /// Opens the workspace.
    ///
    /// # Errors
    /// All faults of its configuration.
    pub fn open(cx: &'a Context) -> Result<Self, Faults> {
        Ok(Self { cx, config: cx.config()? })
    }

    /// The workspace's files.
    pub fn files(&self) -> &dyn Files {
        &*self.cx.world.files
    }

    /// The present, in the newsletter's zone.
    pub fn now(&self) -> Zoned {
        self.cx.world.clock.now().to_zoned(self.config.newsletter.time_zone.clone())
    }

    /// Reads an issue's file; `rehearsal` also looks where a rehearsal keeps its own.
    ///
    /// # Errors
    /// If there is none, or it has faults.
    pub fn issue_file(&self, name: &IssueName, rehearsal: bool) -> Result<IssueFile, Faults> {
        let path = name.path();
        let source = match self.files().read_text(&path) {
            Err(error) if error.is_absent() && rehearsal => {
                let own = self.files().read_text(&rehearsal_path(name));
                let own = own.map_err(|_| Faults::from(self.no_issue(name)))?;
                crate::words::Source::new(path, own.text())
            }
            Err(error) if error.is_absent() => return Err(self.no_issue(name).into()),
            other => other?,
        };
        issue::parse(source, &self.config.newsletter.time_zone)
    }

    fn no_issue(&self, name: &IssueName) -> Diagnostic {
        let names = self.issue_names();
        let fault = Diagnostic::error(format!("there is no issue `{name}`")).kind(Kind::Usage);
        let fault = fault.note(format!("it would be `{}`", name.path()));
        match crate::diag::nearest(name.as_str(), names.iter().map(IssueName::as_str)) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault.hint("`letterpress gather --week W` makes one"),
        }
    }

    /// The names of all issues, sorted.
    pub fn issue_names(&self) -> Vec<IssueName> {
        if !self.files().is_folder("issues") {
            return vec![];
        }
        let paths = self.files().list("issues").unwrap_or_default();
        paths
            .iter()
            .filter_map(|path| path.strip_prefix("issues/")?.strip_suffix(".md"))
            .filter_map(|stem| stem.parse().ok())
            .collect()
    }

    /// Reads the issue that was named, or the one with the latest end that has not been sent.
    ///
    /// # Errors
    /// If there is none, or it has faults.
    pub fn issue_or_latest(
        &self,
        name: Option<&IssueName>,
    ) -> Result<(IssueName, IssueFile), Faults> {
        if let Some(name) = name {
            return Ok((name.clone(), self.issue_file(name, false)?));
        }
        self.latest_unsent()?.ok_or_else(|| {
            Diagnostic::error("no issue waits to be sent")
                .kind(Kind::Usage)
                .hint("name one, or `letterpress gather --week W` makes one")
                .into()
        })
    }

    /// Reads the issue with the latest end that has not been sent.
    ///
    /// # Errors
    /// If an issue has faults: it may be the one.
    pub fn latest_unsent(&self) -> Result<Option<(IssueName, IssueFile)>, Faults> {
        let mut latest: Option<(IssueName, IssueFile)> = None;
        for name in self.issue_names() {
            let file = self.issue_file(&name, false)?;
            let later = latest
                .as_ref()
                .is_none_or(|(_, other)| file.front.period.until >= other.front.period.until);
            if file.front.sent.is_none() && later {
                latest = Some((name, file));
            }
        }
        Ok(latest)
    }

    /// Reads the newsletter's readers but those whose folded address is `suppressed`.
    ///
    /// # Errors
    /// If a list cannot be read.
    pub fn audience(&self, suppressed: &BTreeSet<String>) -> Result<Audience, Faults> {
        audience::read(self.files(), &self.config, suppressed)
    }

    /// Which articles a gather on this machine has offered for an issue, if it remembers.
    pub fn offered(&self, name: &IssueName) -> Option<Offered> {
        let source = self.files().read_text(&format!("{GATHERED}/{name}.json")).ok()?;
        serde_json::from_str(source.text()).ok().map(|Memory { offered, .. }| offered)
    }

    /// What the stories of the issues that were sent from here are known by. Where the ledger cannot
    /// be read, whoever sends is told of that.
    pub fn planned(&self) -> BTreeMap<IssueName, Offered> {
        let id = &self.config.newsletter.id;
        let planned = ledger::planned_stories(ledger::FILE, id, self.files()).unwrap_or_default();
        let read =
            |(name, text): (IssueName, String)| Some((name, serde_json::from_str(&text).ok()?));
        planned.into_iter().filter_map(read).collect()
    }

    /// What the issues other than `name` have; an issue that was given up has nothing.
    ///
    /// # Errors
    /// If one of them cannot be read: what it has would be sent again.
    pub fn used(&self, name: &IssueName) -> Result<Used, Faults> {
        let now = self.now();
        let schedule = self.config.schedule.as_ref();
        let mut used = Used::default();
        let planned = self.planned();
        for (other, file) in self.others(name) {
            let file = file.map_err(|faults| {
                faults.standing("Nothing was gathered: what this issue has could come twice.")
            })?;
            let is_late =
                |slot: &Zoned| schedule.is_some_and(|schedule| schedule.is_too_late(slot, &now));
            let is_given_up =
                file.front.sent.is_none() && file.front.slot.as_ref().is_some_and(is_late);
            if !is_given_up {
                used.take(&other, &file, self.offered(&other).as_ref(), planned.get(&other));
            }
        }
        for (other, stories) in planned.iter().filter(|(other, _)| *other != name) {
            if !self.files().exists(&other.path()) {
                used.take_planned(other, stories, &now);
            }
        }
        Ok(used)
    }

    /// The files of all issues but one.
    pub(super) fn others<'n>(
        &'n self,
        name: &'n IssueName,
    ) -> impl Iterator<Item = (IssueName, Result<IssueFile, Faults>)> + 'n {
        let others = self.issue_names().into_iter().filter(move |other| other != name);
        others.map(|other| {
            let file = self.issue_file(&other, false);
            (other, file)
        })
    }

    /// Remembers which articles were offered.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn remember(&self, name: &IssueName, offered: &Offered) -> Result<(), Faults> {
        let memory = Memory { schema: MEMORY_SCHEMA.to_owned(), offered: offered.clone() };
        let text = serde_json::to_string_pretty(&memory)
            .map_err(|error| Diagnostic::error(error.to_string()))?;
        let path = format!("{GATHERED}/{name}.json");
        Ok(self.files().write(&path, format!("{text}\n").as_bytes())?)
    }
}

/// Where a rehearsal keeps an issue that it gathered.
pub fn rehearsal_path(name: &IssueName) -> String {
    format!("{REHEARSAL}/{name}.md")
}
