//! Which issue is gathered, from what, and which stories it gets: all decided, and nothing changed.

use std::collections::BTreeSet;

use jiff::Zoned;
use jiff::civil::Weekday;

use super::gathered::{Gathered, Written, days, warnings};
use crate::article::{self, Library, Record};
use crate::cli::args::GatherArgs;
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::issue::{
    self, Added, Addition, Choice, IssueFile, Offered, Reason, Search, Selection, Trait, period,
};
use crate::words::{IssueName, Period, Week};

/// What `gather` will do.
#[derive(Debug)]
pub struct GatherPlan {
    /// The issue.
    pub name: IssueName,
    /// The time that it covers.
    pub period: Period,
    /// When it goes out.
    pub slot: Option<Zoned>,
    /// The issue's file, if it stands.
    pub standing: Option<IssueFile>,
    /// The paths of articles that are taken in whatever they say.
    pub picks: BTreeSet<String>,
    /// The articles.
    pub library: Library,
}

impl GatherPlan {
    /// Reads and decides everything, and changes nothing.
    ///
    /// # Errors
    /// If the period is not said, or an issue's file has faults.
    pub fn resolve(args: &GatherArgs, workspace: &Workspace<'_>, ui: &Ui) -> Result<Self, Faults> {
        let name = match (&args.issue, args.week, &args.from) {
            (Some(name), ..) => name.clone(),
            (None, Some(week), _) => week.issue_name(),
            (None, None, Some(_)) => return Err(no_name().into()),
            (None, None, None) => workspace.latest_unsent()?.ok_or_else(no_issue)?.0,
        };
        let standing = workspace
            .files()
            .exists(&name.path())
            .then(|| workspace.issue_file(&name, false))
            .transpose()?;
        let (period, slot) = match (&standing, args.week, &args.from, &args.until) {
            (Some(file), None, None, None) => (file.front.period.clone(), file.front.slot.clone()),
            (_, Some(week), _, _) => of_week(week, workspace)?,
            (_, None, Some(from), Some(until)) => (between(from, until, workspace)?, None),
            _ => return Err(no_period().into()),
        };
        if let Some(file) = &standing
            && file.front.period != period
        {
            return Err(other_period(&name, file).into());
        }
        let (picks, library) = (BTreeSet::new(), workspace.library(ui));
        Ok(Self { name, period, slot, standing, picks, library })
    }

    /// Takes in what was picked by hand.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn pick(&mut self, given: &[String], workspace: &Workspace<'_>) -> Result<(), Faults> {
        self.picks = picks(given, workspace, &mut self.library)?;
        Ok(())
    }

    /// Plans the gathering of a week's issue, as `run` does.
    ///
    /// # Errors
    /// If the period is not said, or an issue's file has faults.
    pub fn of_week(week: Week, workspace: &Workspace<'_>, ui: &Ui) -> Result<Self, Faults> {
        let args = GatherArgs {
            issue: None,
            week: Some(week),
            from: None,
            until: None,
            pick: vec![],
            interactive: false,
            feed: vec![],
            explain: None,
        };
        Self::resolve(&args, workspace, ui)
    }

    /// Plans the gathering of an issue that is to be made.
    pub fn of_new(
        name: IssueName,
        period: Period,
        slot: Zoned,
        workspace: &Workspace<'_>,
        ui: &Ui,
    ) -> Self {
        let (standing, picks) = (None, BTreeSet::new());
        Self { name, period, slot: Some(slot), standing, picks, library: workspace.library(ui) }
    }

    /// Plans the gathering of an issue that stands.
    ///
    /// # Errors
    /// If its file has faults.
    pub fn of_file(name: IssueName, workspace: &Workspace<'_>, ui: &Ui) -> Result<Self, Faults> {
        let file = workspace.issue_file(&name, false)?;
        let (period, slot) = (file.front.period.clone(), file.front.slot.clone());
        let (standing, picks) = (Some(file), BTreeSet::new());
        Ok(Self { name, period, slot, standing, picks, library: workspace.library(ui) })
    }

    /// Chooses, and says what is to be written; with `as_it_stands` an issue that is there is not
    /// added to.
    ///
    /// # Errors
    /// If nothing could be read, or a new issue would hold no story.
    pub fn gather(
        &self,
        workspace: &Workspace<'_>,
        as_it_stands: bool,
    ) -> Result<Gathered<'_>, Faults> {
        let selection = self.select(workspace)?;
        self.written(selection, workspace, as_it_stands)
    }

    /// Chooses.
    ///
    /// # Errors
    /// If an issue's file cannot be read.
    pub fn select(&self, workspace: &Workspace<'_>) -> Result<Selection<'_>, Faults> {
        let used = workspace.used(&self.name)?;
        let offered = workspace.offered(&self.name);
        let standing = self.standing.iter().flat_map(IssueFile::targets).map(str::to_owned);
        let own = standing.chain(offered.iter().flat_map(|o| o.keys().cloned())).collect();
        let search = Search {
            period: &self.period,
            slot: self.slot.as_ref(),
            rules: &workspace.config.gather,
            picks: &self.picks,
            used: &used,
            own: &own,
        };
        let whole = |names: &BTreeSet<&str>| workspace.articles(&self.library, names).0;
        Ok(issue::select(&self.library.records, &search, &whole))
    }

    /// Says what is to be written of a selection.
    ///
    /// # Errors
    /// If nothing could be read, or a new issue would hold no story.
    pub fn written<'p>(
        &'p self,
        selection: Selection<'p>,
        workspace: &Workspace<'_>,
        as_it_stands: bool,
    ) -> Result<Gathered<'p>, Faults> {
        let needs_all = !as_it_stands || self.standing.is_none();
        if needs_all && self.library.records.is_empty() && !self.library.problems.is_empty() {
            return Err(Faults::from(self.library.problems.clone())
                .standing("Nothing was gathered, no file was written."));
        }
        let mut warnings = self.warnings(&selection, workspace);
        let Some(file) = &self.standing else {
            if selection.chosen.is_empty() {
                let mut faults = Faults::from(self.library.problems.clone());
                faults.push(self.nothing(&selection));
                return Err(faults);
            }
            let text = issue::compose(
                &selection,
                &self.period,
                self.slot.as_ref(),
                &workspace.config.gather.sections,
            );
            let left_out = selection.set_aside.iter().chain(&selection.beyond);
            let left_out = left_out.map(|choice| added(choice, issue::LEFT_OUT));
            let chosen = selection.chosen.iter().map(|choice| added(choice, &choice.section));
            let added = chosen.chain(left_out).collect();
            let written = Written::Made(text);
            return Ok(Gathered { written, added, refreshed: vec![], selection, warnings });
        };
        let offered = workspace.offered(&self.name);
        let addition = Addition::new(file, &selection, offered.as_ref());
        let (added, refreshed) = (addition.added(), addition.refreshed().to_vec());
        let is_told = |record: &&Record| refreshed.iter().any(|line| line.path == record.name);
        if let Some(before) = &offered {
            let untold = self.changed(before).filter(|record| !is_told(record));
            warnings.extend(untold.map(changed));
        }
        let frozen = file.front.freeze || file.front.sent.is_some() || as_it_stands;
        let written = match (added.is_empty() && refreshed.is_empty()) || frozen {
            true => Written::Stands,
            false => Written::Extended(addition.text()),
        };
        Ok(Gathered { written, added, refreshed, selection, warnings })
    }

    /// The articles of the standing issue that have another text since they were gathered,
    /// or another headline.
    pub fn changed<'p>(&'p self, before: &'p Offered) -> impl Iterator<Item = &'p Record> {
        let standing: BTreeSet<&str> = self.standing.iter().flat_map(IssueFile::targets).collect();
        let standing = self
            .library
            .records
            .iter()
            .filter(move |record| standing.contains(record.name.as_str()));
        standing.filter(|record| {
            let is_other = |known: &Trait| {
                let headline = known.headline.as_ref();
                known.digest.is_some() && known.digest != record.digest
                    || headline.is_some_and(|headline| *headline != record.title)
            };
            before.get(&record.name).is_some_and(is_other)
        })
    }

    /// What the reading of the chosen articles was unsure of, and what was not chosen and may be
    /// looked for.
    fn warnings(&self, selection: &Selection<'_>, workspace: &Workspace<'_>) -> Vec<Diagnostic> {
        let names = selection.chosen.iter().map(|choice| choice.article.name.as_str()).collect();
        let (articles, problems) = workspace.articles(&self.library, &names);
        let read = articles.into_iter().flat_map(|article| article.warnings);
        read.chain(problems).chain(warnings(selection)).collect()
    }

    fn nothing(&self, selection: &Selection<'_>) -> Diagnostic {
        let fault = Diagnostic::error(format!("no story is featured {}", days(&self.period)))
            .kind(Kind::Held)
            .note(self.read(selection));
        match self.library.problems.len() {
            0 => fault.hint("mark stories with `featured: true`, or name one with `--pick FILE`"),
            _ => fault.hint("mend what could not be read, or name a story with `--pick FILE`"),
        }
    }

    /// How many articles were read, and what became of them.
    fn read(&self, selection: &Selection<'_>) -> String {
        let read = counted(self.library.records.len(), "article", "articles");
        let counts = REASONS.iter().map(|(reason, words)| {
            (selection.others.iter().filter(|choice| choice.reason == *reason).count(), words)
        });
        let counts = counts.filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, words)| format!("{count} {words}")).collect();
        match counts.is_empty() {
            true => format!("{read} read"),
            false => format!("{read} read: {}", counts.join(", ")),
        }
    }
}

/// Why articles are not chosen, in the order in which it is told.
const REASONS: [(Reason, &str); 9] = [
    (Reason::Used, "in other issues"),
    (Reason::OutsidePeriod, "featured at other times"),
    (Reason::NotFeatured, "not featured"),
    (Reason::Draft, "drafts"),
    (Reason::Undated, "without a date"),
    (Reason::Retracted, "retracted"),
    (Reason::Embargoed, "under an embargo"),
    (Reason::LeftOut, "without room in two issues"),
    (Reason::Twin, "the same as others"),
];

fn added(choice: &Choice<'_>, section: &str) -> Added {
    Added {
        path: choice.article.name.clone(),
        headline: choice.article.title.clone(),
        section: section.to_owned(),
    }
}

fn changed(record: &Record) -> Diagnostic {
    let path = &record.name;
    Diagnostic::warning(format!("`{path}` has changed since it was gathered"))
        .file(path)
        .hint("look at its story once more")
}

/// How a new issue is made.
const MAKES_ONE: &str = "`--week 2023-W12`, or a name with `--from TIME --until TIME`";

fn no_period() -> Diagnostic {
    Diagnostic::error("it is not said which time the issue covers")
        .kind(Kind::Usage)
        .hint(MAKES_ONE)
}

fn no_issue() -> Diagnostic {
    Diagnostic::error("no issue waits to be sent, and none is named")
        .kind(Kind::Usage)
        .note("without a name, the latest issue that was not sent is gathered again")
        .hint(format!("{MAKES_ONE}, makes one"))
}

fn no_name() -> Diagnostic {
    Diagnostic::error("it is not said what the issue is called")
        .kind(Kind::Usage)
        .hint("name it: `letterpress gather NAME --from TIME --until TIME`")
}

fn other_period(name: &IssueName, file: &IssueFile) -> Diagnostic {
    Diagnostic::error(format!("`{}` covers another time", name.path()))
        .kind(Kind::Usage)
        .note(format!("it covers the time {}", days(&file.front.period)))
        .hint(format!("`letterpress gather {name}` adds to it what is new in its own time"))
}

fn of_week(week: Week, workspace: &Workspace<'_>) -> Result<(Period, Option<Zoned>), Faults> {
    let config = &workspace.config;
    let far = |_| Faults::from(Diagnostic::error(format!("the week {week} cannot be reckoned")));
    let schedule = config.schedule.as_ref();
    let starts = schedule.map_or(Weekday::Monday, |schedule| schedule.week_starts);
    let period = period::of_week(week, starts, &config.newsletter.time_zone).map_err(far)?;
    let slot = schedule.and_then(|schedule| schedule.slot_from(&period.until));
    Ok((period, slot))
}

fn between(from: &str, until: &str, workspace: &Workspace<'_>) -> Result<Period, Faults> {
    let instant = |flag: &str, text: &str| {
        issue::instant(text, &workspace.config.newsletter.time_zone).ok_or_else(|| {
            Diagnostic::error(format!("`{text}` is no time for `{flag}`"))
                .kind(Kind::Usage)
                .hint("as in 2023-03-20, or 2023-03-20T07:30:00")
        })
    };
    let period = Period { from: instant("--from", from)?, until: instant("--until", until)? };
    if period.from >= period.until {
        let fault = Diagnostic::error("the period ends before it begins").kind(Kind::Usage);
        return Err(fault.into());
    }
    Ok(period)
}

/// The picked files as paths in the workspace; those in no article folder are read.
fn picks(
    given: &[String],
    workspace: &Workspace<'_>,
    library: &mut Library,
) -> Result<BTreeSet<String>, Faults> {
    let mut picks = BTreeSet::new();
    let mut faults = Faults::default();
    for path in given {
        if path.contains("://") {
            let page = article::canonical(path);
            let is_it = |link: &String| article::canonical(link) == page;
            let mut records = library.records.iter();
            match records.find(|record| record.link.as_ref().is_some_and(is_it)) {
                Some(record) => drop(picks.insert(record.name.clone())),
                None => faults.push(
                    Diagnostic::error(format!("no article has the address `{path}`"))
                        .kind(Kind::Usage)
                        .hint("`letterpress -v gather` lists all that was read"),
                ),
            }
            continue;
        }
        let own = path.trim_start_matches("./").to_owned();
        let outside = own.starts_with('/') || own.split('/').any(|part| part == "..");
        if outside {
            faults.push(
                Diagnostic::error(format!("`{path}` lies outside the workspace"))
                    .kind(Kind::Usage)
                    .hint("copy it under `articles/`, so that another machine finds it too"),
            );
            continue;
        }
        if library.get(&own).is_none() {
            match workspace.article(library, &own) {
                Ok(article) => library.add(article),
                Err(found) => faults.list.extend(found),
            }
        }
        picks.insert(own);
    }
    faults.or(picks)
}
