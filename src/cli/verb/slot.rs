//! Which issue is due: the schedule, the issues and the ledger put together.

use jiff::{ToSpan as _, Zoned};
use serde_json::json;

use super::choosing::GatherPlan;
use crate::cli::args::RunArgs;
use crate::cli::deliver::open_ledger;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::config::Schedule;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::issue::{Calendar, Dated, Due, IssueFile, Missed, Progress};
use crate::ledger::{self, IssueState, Ledger, ScheduleSeen};
use crate::words::{IssueName, Week};

/// How far back missed slots are shown, in days.
const MISSED_DAYS: i64 = 31;

/// The schedule with all that bears on it.
pub struct Agenda<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// The present.
    pub now: Zoned,
    /// Since when the schedule holds.
    pub since: Zoned,
    /// Up to which slot the missed ones were told.
    pub told: Zoned,
    /// All issues.
    pub issues: Vec<Dated>,
    ledger: Option<Ledger>,
    seen: ScheduleSeen,
    is_seen: bool,
}

impl<'a> Agenda<'a> {
    /// Reads it all. Nothing is written, and where there is no ledger none is made. A schedule that
    /// `run` has not seen is taken to have held for a while: whoever looks ahead, or rehearses, asks
    /// what would be if it had run all along.
    ///
    /// # Errors
    /// If there is no schedule, or an issue or the ledger cannot be read.
    pub fn read(workspace: &'a Workspace<'_>) -> Result<Self, Faults> {
        let ledger = workspace.files().exists(ledger::FILE).then(|| open_ledger(workspace));
        let mut agenda = Self::with(workspace, ledger.transpose()?)?;
        if !agenda.is_seen {
            let since = agenda.now.checked_sub(agenda.schedule.latest);
            agenda.since = since.unwrap_or(agenda.since);
        }
        Ok(agenda)
    }

    fn with(workspace: &'a Workspace<'_>, ledger: Option<Ledger>) -> Result<Self, Faults> {
        let Some(schedule) = &workspace.config.schedule else { return Err(no_schedule().into()) };
        let now = workspace.now();
        let every = schedule.every.text();
        let seen = ledger.as_ref().map(Ledger::schedule_seen).transpose()?.flatten();
        let seen = seen.filter(|seen| seen.every == every);
        let is_seen = seen.is_some();
        let seen = seen.unwrap_or_else(|| ScheduleSeen {
            every: every.to_owned(),
            since: now.timestamp(),
            told: None,
        });
        let zoned = |at: jiff::Timestamp| at.to_zoned(now.time_zone().clone());
        let since = zoned(seen.since);
        let told = seen.told.map_or_else(|| before(&since), zoned);
        let issues = issues(workspace, ledger.as_ref())?;
        Ok(Self { schedule, now, since, told, issues, ledger, seen, is_seen })
    }

    /// What is due, and what was missed.
    pub fn calendar(&self) -> Calendar<'_> {
        let Self { schedule, now, since, issues, .. } = self;
        Calendar { schedule, now, since, issues }
    }

    /// The missed slots that were not told yet.
    pub fn untold(&self) -> Vec<Missed> {
        self.calendar().missed(&self.told)
    }

    /// The missed slots of the last month, told or not.
    pub fn missed_lately(&self) -> Vec<Missed> {
        let since = self.now.checked_sub(MISSED_DAYS.days());
        since.map_or_else(|_| Vec::new(), |since| self.calendar().missed(&since))
    }

    /// Writes down that this schedule holds, and which missed slots were told.
    fn keep(&self, missed: &[Missed]) -> Result<(), Faults> {
        let Some(ledger) = &self.ledger else { return Ok(()) };
        let mut seen = self.seen.clone();
        match missed.last() {
            Some(last) => seen.told = Some(last.slot.timestamp()),
            None if self.is_seen => return Ok(()),
            None => {}
        }
        Ok(ledger.see_schedule(&seen)?)
    }
}

/// Finds what is due now; `None` if nothing is, which is then told.
///
/// # Errors
/// [`Kind::Held`] if two issues claim the present; a missed slot, once.
pub fn due(
    args: &RunArgs,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Result<Option<GatherPlan>, Faults> {
    let is_real = !args.inbox && !args.dry_run;
    let agenda = match is_real {
        true => Agenda::with(workspace, Some(open_ledger(workspace)?))?,
        false => Agenda::read(workspace)?,
    };
    let missed = agenda.untold();
    if is_real {
        agenda.keep(&missed)?;
    }
    let told: Vec<Diagnostic> = missed.iter().map(too_late).collect();
    tell_stopped(&agenda, ui);
    let due = agenda.calendar().due();
    if due == Due::Nothing && !told.is_empty() {
        return Err(Faults::from(told).standing("Nothing was sent."));
    }
    ui.diagnostics(&told);
    match due {
        Due::Nothing => {
            tell_next(agenda.schedule.slot_after(&agenda.now).as_ref(), ui);
            Ok(None)
        }
        Due::Several(names) => Err(several(&names).into()),
        Due::Make(name, slot, period) => {
            Ok(Some(GatherPlan::of_new(name, period, slot, workspace, ui)))
        }
        Due::Take(name) | Due::GoOn(name) => GatherPlan::of_file(name, workspace, ui).map(Some),
    }
}

/// Takes a week's issue; `None` if its slot has not come, which is then told. A rehearsal does not
/// ask for that.
///
/// # Errors
/// [`Kind::TooLate`] if no copy of it has left, and its time is over.
pub fn of_week(
    week: Week,
    args: &RunArgs,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Result<Option<GatherPlan>, Faults> {
    let plan = GatherPlan::of_week(week, workspace, ui)?;
    let is_begun = plan.standing.as_ref().is_some_and(|file| file.front.sent.is_some());
    let (Some(schedule), Some(slot)) = (&workspace.config.schedule, &plan.slot) else {
        return Ok(Some(plan));
    };
    if args.inbox || args.dry_run || is_begun {
        return Ok(Some(plan));
    }
    let now = workspace.now();
    if schedule.is_too_late(slot, &now) {
        let issue = plan.standing.is_some().then_some(plan.name);
        let missed = Missed { slot: slot.clone(), issue };
        return Err(Faults::from(too_late(&missed)).standing("Nothing was sent."));
    }
    if *slot > now {
        tell_next(Some(slot), ui);
        return Ok(None);
    }
    Ok(Some(plan))
}

/// All issues, as far as the calendar asks for them.
fn issues(workspace: &Workspace<'_>, ledger: Option<&Ledger>) -> Result<Vec<Dated>, Faults> {
    let known = ledger.map(Ledger::list).transpose()?.unwrap_or_default();
    let dated = |name: IssueName| {
        let file = workspace.issue_file(&name, false).map_err(|faults| {
            faults.standing("Nothing was sent: the issue that cannot be read may be the one due.")
        })?;
        let state = known.iter().find(|listed| listed.name == name).map(|listed| listed.state);
        let progress = progress(state, &file);
        let (until, slot) = (file.front.period.until, file.front.slot);
        Ok(Dated { name, until, slot, progress })
    };
    workspace.issue_names().into_iter().map(dated).collect()
}

/// The ledger has the last word; what it does not know, the file's mark may tell.
fn progress(state: Option<IssueState>, file: &IssueFile) -> Progress {
    match state {
        Some(IssueState::Sent) => Progress::Sent,
        Some(IssueState::Stopped) => Progress::Stopped,
        Some(IssueState::Gathered) | None => match &file.front.sent {
            None => Progress::Unsent,
            Some(mark) if mark.state == "sent" => Progress::Sent,
            Some(_) => Progress::Begun,
        },
        Some(IssueState::Waiting) => Progress::Waiting,
        Some(IssueState::Planned | IssueState::Sending | IssueState::Interrupted) => {
            Progress::Begun
        }
    }
}

/// Tells which slots of the last month were missed, where there is a schedule and it can be read.
pub fn tell_missed(workspace: &Workspace<'_>, ui: &Ui) {
    if let Ok(agenda) = Agenda::read(workspace) {
        ui.diagnostics(&agenda.missed_lately().iter().map(too_late).collect::<Vec<_>>());
    }
}

fn tell_stopped(agenda: &Agenda<'_>, ui: &Ui) {
    for issue in agenda.issues.iter().filter(|issue| issue.progress == Progress::Stopped) {
        let name = &issue.name;
        ui.remark(&format!("{name} is stopped; `letterpress send {name}` goes on with it"));
    }
}

fn tell_next(next: Option<&Zoned>, ui: &Ui) {
    match next {
        Some(slot) => ui.tell(&format!("Nothing is due. The next slot is {}.", words(slot))),
        None => ui.tell("Nothing is due, and the schedule names no further slot."),
    }
    ui.json(&json!({
        "schema": "letterpress.run/1",
        "result": "nothing_due",
        "next": next.map(|slot| slot.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
    }));
}

/// A slot as people read it: `Monday, March 27, 2023, 07:30`.
pub fn words(slot: &Zoned) -> String {
    slot.strftime("%A, %B %-d, %Y, %H:%M").to_string()
}

/// What is to be told of a missed slot.
pub fn too_late(missed: &Missed) -> Diagnostic {
    let slot = words(&missed.slot);
    let fault = Diagnostic::error(format!("no issue went out for the slot of {slot}"))
        .kind(Kind::TooLate)
        .note("it is later than `schedule.latest` allows, so the slot was given up");
    match &missed.issue {
        Some(name) => fault.hint(format!("`letterpress send {name}` sends it all the same")),
        None => fault.hint("the next issue takes in the stories of that time"),
    }
}

fn several(names: &[IssueName]) -> Diagnostic {
    let list: Vec<String> = names.iter().map(|name| format!("`{}`", name.path())).collect();
    Diagnostic::error("more than one issue is due, and none was sent")
        .kind(Kind::Held)
        .note(list.join(", "))
        .hint("give all but one a later `slot`, or send one with `letterpress send ISSUE`")
}

fn no_schedule() -> Diagnostic {
    Diagnostic::error("no schedule says when an issue is due").kind(Kind::Usage).hint(
        "write `[schedule]` with `every = \"Monday 07:30\"`, or name a week: `--week 2023-W12`",
    )
}

fn before(instant: &Zoned) -> Zoned {
    instant.checked_sub(1.nanosecond()).unwrap_or_else(|_| instant.clone())
}
