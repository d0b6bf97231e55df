//! `schedule`: the next slots, and how to have `run` called.

use serde_json::{Value, json};

use super::slot::{self, Agenda};
use crate::cli::args::ScheduleArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::diag::Faults;

/// How many slots are shown.
const SLOTS: usize = 5;

/// Runs the verb.
///
/// # Errors
/// If there is no schedule, or an issue or the ledger cannot be read.
pub fn run(args: &ScheduleArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let agenda = Agenda::read(&workspace)?;
    let caller = Caller::new(&workspace);
    if args.systemd {
        ui.line(&caller.systemd());
        return Ok(Exit::Done);
    }
    let slots = next(&agenda);
    let missed = agenda.missed_lately();
    ui.line(&format!("{} ({})", agenda.schedule.every.text(), zone(&workspace)));
    for (at, issue) in &slots {
        let issue = issue.as_deref().unwrap_or("to be gathered");
        ui.line(&format!("  {:<34} {issue}", slot::words(at)));
    }
    ui.diagnostics(&missed.iter().map(slot::too_late).collect::<Vec<_>>());
    ui.line("\nTo have each sent, call `letterpress run` every 15 minutes. In a crontab:\n");
    ui.line(&format!("  {}", caller.crontab()));
    ui.line("\nor with systemd: `letterpress schedule --systemd` prints a service and its timer.");
    let slots = slots.iter().map(|(at, issue)| json!({ "slot": instant(at), "issue": issue }));
    let missed = missed.iter().map(|missed| {
        let issue = missed.issue.as_ref().map(ToString::to_string);
        json!({ "slot": instant(&missed.slot), "issue": issue })
    });
    ui.json(&json!({
        "schema": "letterpress.schedule/1",
        "every": agenda.schedule.every.text(),
        "slots": slots.collect::<Vec<Value>>(),
        "missed": missed.collect::<Vec<Value>>(),
        "crontab": caller.crontab(),
    }));
    Ok(Exit::Done)
}

fn zone(workspace: &Workspace<'_>) -> String {
    let zone = &workspace.config.newsletter.time_zone;
    zone.iana_name().unwrap_or("the newsletter's time zone").to_owned()
}

fn instant(at: &jiff::Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The next slots, with the issues that stand for them: those of the schedule, and those that an
/// editor gave an issue.
fn next(agenda: &Agenda<'_>) -> Vec<(jiff::Zoned, Option<String>)> {
    let mut slots: Vec<(jiff::Zoned, Option<String>)> = Vec::new();
    let mut slot = agenda.schedule.slot_from(&agenda.now);
    while let Some(at) = slot.filter(|_| slots.len() < SLOTS) {
        slot = agenda.schedule.slot_after(&at);
        // An issue that ends with this slot was moved to another time.
        let is_moved = |issue: &crate::issue::Dated| {
            issue.until == at && issue.slot.as_ref().is_some_and(|own| *own != at)
        };
        if !agenda.issues.iter().any(is_moved) {
            slots.push((at, None));
        }
    }
    for issue in &agenda.issues {
        let Some(own) = issue.slot.as_ref().filter(|own| **own >= agenda.now) else { continue };
        let name = Some(issue.name.to_string());
        match slots.iter_mut().find(|(at, _)| at == own) {
            Some((_, issue)) => *issue = name,
            None => slots.push((own.clone(), name)),
        }
    }
    slots.sort_by(|one, other| one.0.cmp(&other.0));
    slots.truncate(SLOTS);
    slots
}

/// How this program is called from elsewhere.
struct Caller {
    program: String,
    folder: String,
    id: String,
}

impl Caller {
    fn new(workspace: &Workspace<'_>) -> Self {
        let folder = workspace.files().resolve(".");
        Self {
            program: workspace.cx.world.program.clone(),
            folder: folder.to_string_lossy().trim_end_matches("/.").to_owned(),
            id: workspace.config.newsletter.id.clone(),
        }
    }

    fn crontab(&self) -> String {
        // A `%` ends the command there.
        let call = format!("{} -q -C {} run", quoted(&self.program), quoted(&self.folder));
        format!("*/15 * * * * {}", call.replace('%', "\\%"))
    }

    fn systemd(&self) -> String {
        let Self { program, folder, id } = self;
        let (program, folder) = (unit(program), unit(folder));
        format!(
            "# ~/.config/systemd/user/letterpress-{id}.service\n\
             [Unit]\n\
             Description=Send what is due of {id}\n\
             \n\
             [Service]\n\
             Type=oneshot\n\
             ExecStart=\"{program}\" -q -C \"{folder}\" run\n\
             # Nothing is amiss where it is busy, or copies wait for another time.\n\
             SuccessExitStatus=75\n\
             # Copies in flight are settled first.\n\
             TimeoutStopSec=30\n\
             \n\
             # ~/.config/systemd/user/letterpress-{id}.timer\n\
             [Unit]\n\
             Description=Every 15 minutes\n\
             \n\
             [Timer]\n\
             OnCalendar=*:0/15\n\
             Persistent=true\n\
             \n\
             [Install]\n\
             WantedBy=timers.target\n\
             \n\
             # then: systemctl --user enable --now letterpress-{id}.timer\n\
             # and, so that it goes on without you: loginctl enable-linger"
        )
    }
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A word between double quotes in a unit's file, where `%` and `$` mean something.
fn unit(word: &str) -> String {
    word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$")
}
