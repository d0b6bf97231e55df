//! Delivers one issue: what `send` and `run` share.
//!
//! Invariant: where mail may go is settled here once, as a [`delivery::Destination`]; with
//! `--inbox` it can only be a test inbox that proves to be ours.

mod card;
mod job;
mod keys;
mod lock;
mod log;
mod marks;
mod outcome;
mod progress;
mod rehearsal;
mod relay;
mod trouble;

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use super::edition::Edition;
use super::exit::Exit;
use super::publish;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::article::Library;
use crate::audience::{FieldValue, Row};
use crate::config::Rate;
use crate::delivery::{self, Compose, Ports, Recipient};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::issue::IssueFile;
use crate::ledger::{
    self, IssueState, Ledger, NewPlan, Opening, PlanRow, PlannedReader, StoredIssue,
};
use crate::message::{self, Content, Signer, Skeleton};
use crate::words::{IssueName, Purpose};
use crate::world::Lock;
pub use keys::signers;
pub use lock::LockHolder;
use outcome::Delivered;
use progress::Watching;
use rehearsal::Rehearsal;
pub use relay::post;

/// Which issue is to be delivered, and how.
#[derive(Debug)]
pub struct Order {
    /// The issue.
    pub name: IssueName,
    /// Its file.
    pub file: IssueFile,
    /// The articles.
    pub library: Library,
    /// Whether every copy goes into the test inbox.
    pub inbox: bool,
    /// Whether it was said that nobody is to be asked.
    pub yes: bool,
    /// Whether cron may have called: such a call leaves a stopped issue alone.
    pub is_run: bool,
    /// At most so many copies.
    pub limit: Option<usize>,
    /// A limit beside those that are configured.
    pub rate: Option<Rate>,
    /// Whether to stay until deferred copies are due.
    pub wait: bool,
    /// Whether only to say what would happen.
    pub dry_run: bool,
    /// The lock of a send, where the caller has it already.
    pub lock: Option<Lock>,
}

/// Delivers.
///
/// # Errors
/// If checks hold the issue, the ledger or the relay refuses, or another send is under way.
pub async fn deliver(mut order: Order, workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    let lock = match order.lock.take() {
        None if !order.dry_run => Some(lock(order.inbox, workspace)?),
        lock => lock,
    };
    if order.inbox {
        let rehearsal = Rehearsal::open(&order, workspace)?;
        let ledger = rehearsal.ledger.clone();
        // A rehearsal may be held where the keys are not.
        let signers = keys::signers(workspace).unwrap_or_else(|_| {
            ui.remark("a key of `[[dkim]]` cannot be used here; these copies are not signed");
            Vec::new()
        });
        let rehearsal = Some(rehearsal);
        return Delivery { order, workspace, ui, ledger, rehearsal, lock, signers }.run().await;
    }
    let ledger = open_ledger(workspace)?;
    ledger.check_home()?;
    marks::check(workspace, &ledger)?;
    let signers = keys::signers(workspace)?;
    Delivery { order, workspace, ui, ledger, rehearsal: None, lock, signers }.run().await
}

/// Opens the workspace's ledger.
///
/// # Errors
/// If it cannot be opened.
pub fn open_ledger(workspace: &Workspace<'_>) -> Result<Ledger, Faults> {
    Ok(Ledger::open(ledger::FILE, opening(workspace))?)
}

/// What a ledger is opened with.
pub fn opening<'a>(workspace: &'a Workspace<'_>) -> Opening<'a> {
    let world = &workspace.cx.world;
    Opening {
        files: workspace.files(),
        entropy: &*world.entropy,
        newsletter: &workspace.config.newsletter.id,
        machine: &world.machine,
        now: world.clock.now(),
    }
}

/// Takes the lock of a send, or of a rehearsal.
///
/// # Errors
/// [`Kind::TryLater`] if another process has it.
pub fn lock(inbox: bool, workspace: &Workspace<'_>) -> Result<Lock, Faults> {
    lock::take(if inbox { rehearsal::LOCK } else { ledger::LOCK }, workspace)
}

/// One delivery under way.
struct Delivery<'a> {
    order: Order,
    workspace: &'a Workspace<'a>,
    ui: &'a Ui,
    ledger: Ledger,
    rehearsal: Option<Rehearsal>,
    lock: Option<Lock>,
    signers: Vec<Signer>,
}

impl Delivery<'_> {
    async fn run(mut self) -> Result<Exit, Faults> {
        let name = self.order.name.clone();
        let is_known = self.ledger.list()?.iter().any(|listed| listed.name == name);
        match is_known.then(|| self.ledger.issue(&name)).transpose()? {
            Some(stored) if stored.state == IssueState::Sent => return self.already(&stored),
            Some(stored) => self.resume(&stored)?,
            None if self.order.file.front.sent.is_some() && self.rehearsal.is_none() => {
                return Err(marks::unknown(&self.order.file).into());
            }
            None => match self.plan().await? {
                Planned::Frozen => {}
                Planned::Ends(exit) => return Ok(exit),
            },
        }
        if self.order.dry_run {
            self.ui.tell("\nNothing was sent: this was a dry run.");
            return Ok(Exit::Done);
        }
        self.send().await
    }

    /// The issue was sent: nothing is left to do.
    fn already(&self, stored: &StoredIssue) -> Result<Exit, Faults> {
        let zone = &self.workspace.config.newsletter.time_zone;
        let at = stored.ended.unwrap_or(stored.created).to_zoned(zone.clone());
        self.ui.tell(&format!(
            "{} was sent on {}. Nothing was sent now.",
            stored.name,
            at.strftime("%B %-d, %Y, at %H:%M")
        ));
        outcome::document(&self.ledger, &stored.name, self.order.is_run, "nothing_due", self.ui)?;
        Ok(Exit::Done)
    }

    /// Takes an unfinished issue up again.
    fn resume(&mut self, stored: &StoredIssue) -> Result<(), Faults> {
        if stored.state == IssueState::Stopped && self.order.is_run {
            let reason = stored.reason.clone().unwrap_or_else(|| "by hand".to_owned());
            return Err(Diagnostic::error(format!("{} is stopped: {reason}", stored.name))
                .hint(format!(
                    "once that is mended, `{}` goes on",
                    rehearsal::command(&stored.name, self.order.inbox)
                ))
                .into());
        }
        let counts = self.ledger.counts(&stored.name)?;
        let left = counts.pending + counts.deferred;
        self.ui.stage(
            "resume",
            &format!(
                "{} of {} copies are left; the plan and the content stand as they were frozen",
                super::ui::grouped(left),
                super::ui::grouped(stored.planned)
            ),
            None,
        );
        self.may_begin(left, None)
    }

    /// Prepares the issue, asks where it must, and freezes the plan.
    async fn plan(&mut self) -> Result<Planned, Faults> {
        let suppressed: BTreeSet<String> = self
            .ledger
            .suppressions()?
            .into_iter()
            .map(|suppression| suppression.address.folded().to_owned())
            .collect();
        let order = &self.order;
        let mut edition = Edition::prepare(
            self.workspace,
            &order.name,
            &order.file,
            &order.library,
            &suppressed,
            self.ui,
        )?;
        edition.show_findings(self.ui);
        if edition.has_errors() {
            return Err(held(&edition));
        }
        if edition.audience.is_sample && self.rehearsal.is_none() {
            return Err(only_sample(&edition).into());
        }
        let frozen = edition
            .content(self.workspace)?
            .freeze()
            .map_err(|error| Diagnostic::error(error.to_string()))?;
        let readers = edition.audience.readers as u64;
        if readers == 0 {
            return Err(Diagnostic::error("there is nobody to send to").kind(Kind::Held).into());
        }
        if self.rehearsal.is_none() {
            let last = self.ledger.list()?.into_iter().rfind(|i| i.state == IssueState::Sent);
            let card = card::Card { edition: &edition, digest: &ledger::digest(&frozen), last };
            card.show(self.workspace, &self.order, self.ui)?;
        }
        if self.order.dry_run {
            return Ok(Planned::Frozen);
        }
        if let Err(refusal) = self.may_begin(readers, Some(&edition)) {
            return match refusal.list.is_empty() {
                true => Ok(Planned::Ends(Exit::Done)),
                false => Err(refusal),
            };
        }
        self.publish(&mut edition).await?;
        self.freeze(&edition, frozen)?;
        Ok(Planned::Frozen)
    }

    /// Asks, on a terminal; an empty list of faults is a plain no.
    fn may_begin(&self, readers: u64, edition: Option<&Edition>) -> Result<(), Faults> {
        if self.rehearsal.is_some() || self.order.yes || self.order.is_run || self.order.dry_run {
            return Ok(());
        }
        if !self.ui.is_terminal() {
            return Err(Diagnostic::error("nobody is here to be asked")
                .kind(Kind::Usage)
                .hint("`--yes` sends without asking")
                .into());
        }
        let whose = if edition.is_some() { "readers" } else { "copies that are left" };
        let question =
            format!("\nMail cannot be called back. To send, type the number of {whose}: ");
        let answer = self.ui.ask(&question).unwrap_or_default();
        let typed: String = answer.chars().filter(char::is_ascii_digit).collect();
        let other = answer.chars().any(|c| !c.is_ascii_digit() && !",. _'".contains(c));
        if !other && typed.parse() == Ok(readers) {
            return Ok(());
        }
        self.ui.line("Nothing was sent.");
        Err(Faults::default())
    }

    /// Sees to it that readers will find the pictures.
    async fn publish(&self, edition: &mut Edition) -> Result<(), Faults> {
        if self.rehearsal.is_some() {
            return Ok(());
        }
        let known = edition.findings.len();
        let published = publish::publish(edition, self.workspace, self.ui).await;
        published.map_err(|faults| faults.standing("Nothing was planned, nothing was sent."))?;
        if edition.findings.len() > known {
            edition.show_findings(self.ui);
        }
        match edition.has_errors() {
            true => Err(held(edition)),
            false => Ok(()),
        }
    }

    fn freeze(&self, edition: &Edition, frozen: String) -> Result<(), Faults> {
        let rows = edition.audience.rows(self.workspace.files());
        self.ledger
            .plan(NewPlan {
                issue: self.order.name.clone(),
                digest: ledger::digest(&frozen),
                content: frozen,
                stories: super::stories::planned(&self.order.file, &self.order.library),
                rows: Box::new(rows.map(|row| row.map(plan_row))),
                at: self.workspace.cx.world.clock.now(),
            })
            .map_err(|error| {
                Faults::from(error).standing("Nothing was planned, nothing was sent.")
            })?;
        Ok(())
    }

    async fn send(mut self) -> Result<Exit, Faults> {
        let name = self.order.name.clone();
        let now = self.workspace.cx.world.clock.now();
        if let Some(lock) = &self.lock {
            self.ledger.recover(&name, lock, now)?;
        }
        let stored = self.ledger.issue(&name)?;
        // First: it reads secrets, and without them nothing has started.
        let destination = match &mut self.rehearsal {
            Some(rehearsal) => rehearsal.destination(&name, self.workspace, self.ui).await?,
            None => relay::destination(self.workspace).await?,
        };
        if self.rehearsal.is_none() {
            marks::write(self.workspace, &self.ledger, &stored, "started")?;
        }
        self.ledger.begin(&name, self.workspace.config.delivery.connections, now)?;
        let started = Instant::now();
        let journal = Arc::new(self.ledger.journal(&name, destination.name())?);
        let watching = Watching::start(&name, &self.ledger, self.workspace, self.ui)?;
        let (stop, stopped) = watch::channel(delivery::Stop::No);
        let signal = super::signal::settle_first(stop);
        let ports = Ports {
            journal,
            compose: self.compose(&stored)?,
            observer: watching.observer(),
            clock: self.workspace.cx.world.clock.clone(),
            network: self.workspace.cx.world.network.clone(),
            entropy: self.workspace.cx.world.entropy.clone(),
            stop: stopped,
        };
        let result =
            delivery::send(&job::job(&self.order, self.workspace, &destination), ports).await;
        watching.finish();
        let delivered = Delivered {
            name: &name,
            ledger: &self.ledger,
            workspace: self.workspace,
            destination: &destination,
            signal: signal.caught(),
            is_run: self.order.is_run,
            is_rehearsal: self.rehearsal.is_some(),
            took: started.elapsed(),
        };
        let exit = delivered.close(result, self.ui)?;
        match self.rehearsal {
            Some(rehearsal) => rehearsal.end(exit, self.lock, self.ui).await,
            None => Ok(exit),
        }
    }

    fn compose(&mut self, stored: &StoredIssue) -> Result<Arc<Compose>, Faults> {
        let content =
            Content::thaw(&stored.content).map_err(|error| Diagnostic::error(error.to_string()))?;
        let skeleton = Skeleton::new(content, std::mem::take(&mut self.signers))?;
        let (ledger, name) = (self.ledger.clone(), stored.name.clone());
        Ok(Arc::new(move |recipient: &Recipient, at, buffer| {
            let fields: std::collections::BTreeMap<String, FieldValue> =
                serde_json::from_str(&recipient.fields)
                    .map_err(|error| Diagnostic::error(error.to_string()))?;
            let token = ledger.token(Purpose::Unsubscribe, &name, recipient.address.folded());
            let recipient = message::Recipient {
                id: recipient.copy,
                address: &recipient.address,
                fields: &fields,
                token: &token,
            };
            Ok(skeleton.compose(&recipient, at, buffer)?)
        }))
    }
}

/// The first characters of a ledger's id, which are enough to tell it by.
fn ledger_word(identity: &str) -> &str {
    identity.get(..12).unwrap_or(identity)
}

fn plan_row(row: Row) -> PlanRow {
    match row {
        Row::Excluded(row) => PlanRow::Excluded(row),
        Row::Reader(reader) => PlanRow::Reader(PlannedReader {
            fields: serde_json::to_string(&reader.fields)
                .expect("names with texts and numbers always have a JSON form"),
            address: reader.address,
        }),
    }
}

enum Planned {
    Frozen,
    Ends(Exit),
}

/// The errors were told already; what is left is the exit code and how things stand.
fn held(edition: &Edition) -> Faults {
    let errors =
        edition.findings.iter().filter(|found| found.severity == crate::diag::Severity::Error);
    let what = format!(
        "{} holds {} back",
        super::ui::counted(errors.count(), "error", "errors"),
        edition.issue.name
    );
    Faults::from(Diagnostic::error(what).kind(Kind::Held)).standing("Nothing was sent.")
}

fn only_sample(edition: &Edition) -> Diagnostic {
    let fault =
        Diagnostic::error("the lists are absent, and the readers of the sample are made up");
    let lists = edition.audience.schema.lists.join(", ");
    fault
        .id("list-missing")
        .kind(Kind::Held)
        .note(format!("read instead: {lists}"))
        .hint("put the lists into `subscribers/`, or rehearse with `--inbox`")
}
