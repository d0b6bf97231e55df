//! What keeps `run` from sending, told to staff by mail: once each, to `[staff]`.
//!
//! Invariant: nothing here changes how a run ends. What the relay does not take now waits in the
//! ledger for the next run.

use jiff::{SignedDuration, Timestamp};

use super::deliver::{open_ledger, post, signers};
use super::exit::Exit;
use super::ui::{Ui, counted};
use super::workspace::Workspace;
use crate::delivery::{Letter, Tally};
use crate::diag::{self, Diagnostic, Faults, Kind, Severity};
use crate::ledger::{Ledger, StaffNotice};
use crate::message::Notice;
use crate::words::{Address, IssueName};

/// What waited for longer is no news any more, in hours.
const STALE_HOURS: i64 = 48;

/// Tells staff how a run ended, where that is not as it should be, and what waits from earlier
/// runs.
pub async fn tell(
    workspace: &Workspace<'_>,
    issue: Option<&IssueName>,
    result: &Result<Exit, Faults>,
    ui: &Ui,
) {
    if workspace.config.staff.is_empty() {
        return;
    }
    // Where the ledger cannot be opened, that is how the run ended; standard error tells it.
    let Ok(ledger) = open_ledger(workspace) else { return };
    if let Err(cause) = told(workspace, &ledger, issue, result, ui).await {
        let fault = Diagnostic::error("staff could not be told by mail").note(cause.what);
        let fault = cause.notes.into_iter().fold(fault, Diagnostic::note);
        ui.diagnostics(&[fault.note("the next run tries again")]);
    }
}

async fn told(
    workspace: &Workspace<'_>,
    ledger: &Ledger,
    issue: Option<&IssueName>,
    result: &Result<Exit, Faults>,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let tally = issue.and_then(|issue| ledger.counts(issue).ok());
    let report = Report { issue, faults: faults(issue, tally.as_ref(), result, ui) };
    if !report.faults.is_empty() {
        ledger.put_notice(report.notice(workspace, result.as_ref().err()))?;
    }
    if may_send(result) {
        send_waiting(workspace, ledger).await?;
    }
    Ok(())
}

/// Says whether this is the time for mail: not while somebody waits who pressed Ctrl-C, another run
/// is at it, or the relay has no room for us.
fn may_send(result: &Result<Exit, Faults>) -> bool {
    match result {
        Ok(exit) => !matches!(exit, Exit::Signal(_) | Exit::TryLater),
        Err(faults) => !faults.list.iter().any(|fault| matches!(fault.kind, Kind::TryLater(_))),
    }
}

/// What was found wrong, in the order in which it was told; what may pass by itself is left out.
fn faults(
    issue: Option<&IssueName>,
    tally: Option<&Tally>,
    result: &Result<Exit, Faults>,
    ui: &Ui,
) -> Vec<Diagnostic> {
    let ended = match result {
        Err(faults) => faults.list.clone(),
        Ok(exit) => ended(*exit, issue, tally).into_iter().collect(),
    };
    let is_news = |fault: &Diagnostic| {
        fault.severity == Severity::Error && !matches!(fault.kind, Kind::TryLater(_))
    };
    let mut faults: Vec<Diagnostic> = Vec::new();
    for fault in ui.shown().into_iter().chain(ended).filter(is_news) {
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// A send that ended, and not with every copy accepted.
fn ended(exit: Exit, issue: Option<&IssueName>, tally: Option<&Tally>) -> Option<Diagnostic> {
    let (issue, tally) = (issue?, tally?);
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    match exit {
        Exit::InDoubt => {
            let copies = counted(number(tally.in_doubt), "copy is", "copies are");
            let doubt = format!("{issue} was sent, and {copies} in doubt");
            Some(Diagnostic::error(doubt).hint(format!(
                "`letterpress status {issue} --copies` names them; \
                 `letterpress resolve {issue} --assume sent|unsent` settles them"
            )))
        }
        Exit::TooManyFailed => {
            let copies = counted(number(tally.failed), "copy", "copies");
            let failed = format!("{issue} was sent, and {copies} of {} failed", tally.sum());
            let status = format!("`letterpress status {issue} --copies` says why");
            Some(Diagnostic::error(failed).hint(status))
        }
        _ => None,
    }
}

struct Report<'a> {
    issue: Option<&'a IssueName>,
    faults: Vec<Diagnostic>,
}

impl Report<'_> {
    fn notice(&self, workspace: &Workspace<'_>, ended: Option<&Faults>) -> StaffNotice {
        let world = &workspace.cx.world;
        let at = world.clock.now();
        let title = &workspace.config.newsletter.title;
        let more = match self.faults.len() {
            0 | 1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let first = self.faults.first().map_or("", |fault| fault.what.as_str());
        let mut parts: Vec<String> = self
            .faults
            .iter()
            .map(|fault| diag::draw(fault, false).trim_end().to_owned())
            .collect();
        parts.extend(ended.and_then(|faults| faults.standing.clone()));
        let when = at.to_zoned(workspace.config.newsletter.time_zone.clone());
        parts.push(format!(
            "`letterpress status` shows where things stand.\n\n-- \n\
             letterpress run on {}, {}. Each thing is told once.",
            world.machine,
            when.strftime("%A, %B %-d, %Y, %H:%M")
        ));
        let keys = self.faults.iter().map(|fault| self.key(fault)).collect();
        let subject = format!("{title}: {first}{more}");
        StaffNotice { keys, subject, text: parts.join("\n\n"), at }
    }

    /// A send that was halted is told as that, and by each later run as a stopped one: the same.
    fn key(&self, fault: &Diagnostic) -> String {
        let issue = self.issue.map_or_else(String::new, IssueName::to_string);
        let stopped = format!("{issue} is stopped: ");
        let what = fault.what.strip_prefix(&stopped).unwrap_or(&fault.what);
        let place = fault.place().map_or_else(String::new, |place| place.to_string());
        format!("{issue}\t{what}\t{place}")
    }
}

/// Sends what waits; ends with the first that cannot be sent.
async fn send_waiting(workspace: &Workspace<'_>, ledger: &Ledger) -> Result<(), Diagnostic> {
    let waiting = ledger.waiting_notices()?;
    if waiting.is_empty() {
        return Ok(());
    }
    let post = match post(workspace).await {
        Ok(post) => post,
        Err(faults) => return Err(first(faults)),
    };
    let staff = workspace.config.staff.iter().filter(|to| post.destination.may_reach(to));
    let staff: Vec<&Address> = staff.collect();
    for notice in waiting {
        if staff.is_empty() || is_stale(&notice, workspace.cx.world.clock.now()) {
            ledger.drop_notice(&notice)?;
            continue;
        }
        let refused = post.send(letters(&notice, &staff, workspace)?).await?;
        // One who is refused for now is not worth a second mail to the others.
        let waits =
            refused.len() == staff.len() && refused.iter().any(|(_, reply)| reply.is_transient());
        if !waits {
            ledger.drop_notice(&notice)?;
        }
        if let Some((to, reply)) = refused.first() {
            let relay = post.destination.name();
            let fault = format!("the relay `{relay}` said `{reply}` to mail for {}", to.masked());
            return Err(Diagnostic::error(fault));
        }
    }
    Ok(())
}

fn is_stale(notice: &StaffNotice, now: Timestamp) -> bool {
    now.duration_since(notice.at) > SignedDuration::from_hours(STALE_HOURS)
}

fn letters(
    notice: &StaffNotice,
    staff: &[&Address],
    workspace: &Workspace<'_>,
) -> Result<Vec<Letter>, Diagnostic> {
    let sender = &workspace.config.sender;
    let letter = |to: &&Address| {
        let id = notice.id();
        let StaffNotice { subject, text, at, .. } = notice;
        let message = Notice { from: &sender.from, to, id: &id, subject, text, date: *at };
        // A key that cannot be read must not keep the news of that.
        let bytes = message.compose(signers(workspace).unwrap_or_default())?;
        Ok(Letter { from: sender.return_path.clone(), to: (*to).clone(), id, bytes })
    };
    staff.iter().map(letter).collect()
}

fn first(faults: Faults) -> Diagnostic {
    let first = faults.list.into_iter().next();
    first.unwrap_or_else(|| Diagnostic::error("there is no way to send it"))
}
