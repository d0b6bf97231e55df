//! What a gather came to, and how it is told.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::choosing::GatherPlan;
use crate::cli::ui::{Mode, Ui, counted};
use crate::diag::{self, Diagnostic};
use crate::issue::{Added, Choice, Likeness, Reason, Refreshed, Selection};
use crate::words::Period;

/// What became of an issue's file.
#[derive(Clone, Debug)]
pub enum Written {
    /// It was made.
    Made(String),
    /// Lines were added to it.
    Extended(String),
    /// It stays as it stands; these lines would be added if it were not frozen or taken as it is.
    Stands,
}

/// What a gather came to.
#[derive(Debug)]
pub struct Gathered<'a> {
    /// What is to be written.
    pub written: Written,
    /// The lines that were added, or would be.
    pub added: Vec<Added>,
    /// The headlines that were brought up to date, or would be.
    pub refreshed: Vec<Refreshed>,
    /// All articles with what was decided of them.
    pub selection: Selection<'a>,
    /// What a person should know of the chosen articles, and of those that lack a date.
    pub warnings: Vec<Diagnostic>,
}

/// Articles that a person may look for in vain: featured without a date, which no period holds,
/// without room twice, or withheld.
pub fn warnings(selection: &Selection<'_>) -> Vec<Diagnostic> {
    let undated = selection.others.iter().filter(|choice| choice.reason == Reason::Undated);
    let undated = undated.map(|choice| {
        let path = &choice.article.name;
        Diagnostic::warning(format!("`{path}` is featured and has no date"))
            .file(path)
            .note("it falls into no period, and was left out")
            .hint(format!("give it a date, or take it in with `--pick {path}`"))
    });
    let crowded = selection.others.iter().filter(|choice| choice.reason == Reason::LeftOut);
    let crowded = crowded.map(|choice| {
        let path = &choice.article.name;
        Diagnostic::error(format!("`{path}` was never sent"))
            .file(path)
            .note("two issues had no room for it")
            .hint(format!("take it in with `--pick {path}`, or raise `gather.max_stories`"))
    });
    let withheld = selection.others.iter().filter_map(|choice| {
        let why = match choice.reason {
            Reason::Retracted => "was retracted",
            Reason::Embargoed => "must not be sent yet when this issue goes out",
            _ => return None,
        };
        let path = &choice.article.name;
        Some(Diagnostic::warning(format!("`{path}` {why}")).file(path).note("it was left out"))
    });
    let twins = selection.others.iter().filter_map(|choice| {
        let (twin, likeness) = choice.twin.as_ref()?;
        let why = match likeness {
            Likeness::Address => "their addresses lead to one page",
            Likeness::Text => "their texts are nearly the same",
        };
        let path = &choice.article.name;
        let warning = Diagnostic::warning(format!("`{path}` is the same story as `{twin}`"));
        Some(warning.file(path).note(why).hint(format!("`--pick {path}` takes it all the same")))
    });
    undated.chain(twins).chain(crowded).chain(withheld).collect()
}

/// All articles with what was decided of each.
fn candidates(selection: &Selection<'_>, zone: &TimeZone) -> Vec<Value> {
    let all = all(selection).map(|choice| {
        json!({
            "file": choice.article.name,
            "title": choice.article.title,
            "date": choice.article.date.map(|date| {
                date.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }),
            "section": choice.section,
            "chosen": choice.reason.takes(),
            "reason": choice.why(),
        })
    });
    all.collect()
}

fn all<'s, 'a>(selection: &'s Selection<'a>) -> impl Iterator<Item = &'s Choice<'a>> {
    selection.chosen.iter().chain(&selection.beyond).chain(&selection.others)
}

/// Tells what was gathered.
pub fn show_stage(plan: &GatherPlan, gathered: &Gathered<'_>, ui: &Ui, took: std::time::Duration) {
    let unread = match plan.library.problems.len() {
        0 => String::new(),
        unread => format!(", {unread} not"),
    };
    let result = format!(
        "{} read{unread}, {} featured {}",
        counted(plan.library.records.len(), "article", "articles"),
        gathered.selection.chosen.len() + gathered.selection.beyond.len(),
        days(&plan.period)
    );
    ui.stage("gather", &result, Some(took));
    if ui.is_verbose() {
        all(&gathered.selection).for_each(|choice| {
            ui.remark(&format!("{:<20} {}", choice.why(), choice.article.name));
        });
    }
    let path = plan.name.path();
    match &gathered.written {
        Written::Made(_) => {
            let stories = counted(gathered.selection.chosen.len(), "story", "stories");
            ui.remark(&format!("{path} is new, with {stories}"));
        }
        Written::Extended(_) => {
            let lines = counted(gathered.added.len(), "line", "lines");
            let headlines = counted(gathered.refreshed.len(), "new headline", "new headlines");
            ui.remark(&match (gathered.added.len(), gathered.refreshed.len()) {
                (_, 0) => format!("{path} has {lines} more"),
                (0, _) => format!("{path} has {headlines}"),
                _ => format!("{path} has {lines} more, and {headlines}"),
            });
            changes(gathered, ui);
        }
        Written::Stands if gathered.added.is_empty() && gathered.refreshed.is_empty() => {
            ui.remark(&format!("{path} stands as you edited it, nothing to add"));
        }
        Written::Stands => {
            ui.remark(&format!("{path} stands as you edited it; `gather` would add"));
            changes(gathered, ui);
        }
    }
    if ui.mode() == Mode::Events {
        ui.event("gathered", document(plan, gathered));
    }
}

/// The lines that are, or would be, other than before.
fn changes(gathered: &Gathered<'_>, ui: &Ui) {
    for added in &gathered.added {
        ui.remark(&format!("+ {}: {}", added.section, added.headline));
    }
    for refreshed in &gathered.refreshed {
        ui.remark(&format!("~ {} (was: {})", refreshed.headline, refreshed.was));
    }
}

/// What machines read of it.
pub fn document(plan: &GatherPlan, gathered: &Gathered<'_>) -> Value {
    let written = match gathered.written {
        Written::Made(_) => "made",
        Written::Extended(_) => "extended",
        Written::Stands => "stands",
    };
    let added: Vec<Value> = gathered
        .added
        .iter()
        .map(|a| json!({ "file": a.path, "headline": a.headline, "section": a.section }))
        .collect();
    let refreshed: Vec<Value> = gathered
        .refreshed
        .iter()
        .map(|r| json!({ "file": r.path, "headline": r.headline, "was": r.was }))
        .collect();
    json!({
        "schema": "letterpress.gather/1",
        "issue": plan.name.as_str(),
        "path": plan.name.path(),
        "from": plan.period.from.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "until": plan.period.until.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "written": written,
        "added": added,
        "refreshed": refreshed,
        "candidates": candidates(&gathered.selection, plan.period.from.time_zone()),
        "unread": plan.library.problems.iter().map(diag::to_json).collect::<Vec<_>>(),
    })
}

/// The period in words, as short as may be.
pub fn days(period: &Period) -> String {
    let year = if period.from.year() == period.until.year() { "" } else { ", %Y" };
    let from = period.from.strftime(&format!("%B %-d{year}")).to_string();
    let until = match period.from.month() == period.until.month() && year.is_empty() {
        true => period.until.strftime("%-d").to_string(),
        false => period.until.strftime("%B %-d, %Y").to_string(),
    };
    format!("between {from} and {until}")
}
