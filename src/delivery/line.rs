//! One connection of a send: it opens sessions as it needs them, and carries copy after copy.
//!
//! A copy goes this way: its envelope is announced; when the server wants the text, the mark is
//! asked for, together with the outcome of the copy before, while the text is being written and the
//! next copy composed; behind the mark goes the dot, and in the same write the envelope of that
//! next copy, where the server offers PIPELINING and its time has come.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};

use super::conn::Conn;
use super::dispatch::{Dispatch, Ready};
use super::error::{DeliveryError, Halt};
use super::journal::{Attempt, JournalError, Mark, Outcome, Recipient, Settled};
use super::send::Ended;
use super::session::{Envelope, Event, Phase, SessionError};
use crate::message::Message;
use crate::words::CopyState;

/// How many copies a session carries before it is closed; relays cut off longer ones.
const COPIES_A_SESSION_MAX: u32 = 100;
/// A session that was quiet for longer is not trusted to be there.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// How long a copy waits for its permit with a session open.
const PERMIT_PATIENCE: Duration = Duration::from_secs(10);
/// How often a connection tries to open a session before it gives up.
const OPENINGS_MAX: u32 = 5;

/// A connection's place in the send.
pub(super) struct Line {
    pub(super) dispatch: Arc<Dispatch>,
    number: u32,
    pub(super) open: Option<Open>,
    /// The copy whose dot is out, or about to go.
    pub(super) former: Option<Try>,
    /// The copy that is announced.
    pub(super) current: Option<Try>,
    /// What is known and not yet written down.
    pub(super) unsettled: Vec<Settled>,
    /// Copies to be tried again, once that is written down.
    pub(super) returned: Vec<Recipient>,
    /// How many openings and sessions in a row brought nothing.
    pub(super) failures: u32,
    /// Why the last of them did not.
    cause: Option<SessionError>,
}

/// An open session.
pub(super) struct Open {
    pub(super) conn: Conn,
    copies: u32,
    used: Instant,
}

impl Open {
    pub(super) async fn new(dispatch: &Dispatch) -> Result<Self, SessionError> {
        let conn = dispatch.connector.open().await?;
        Ok(Self { conn, copies: 0, used: Instant::now() })
    }

    /// Says whether another envelope may go out behind the dot of the copy at hand.
    fn takes_another(&self) -> bool {
        self.conn.session.pipelines() && !self.is_worn()
    }

    fn is_worn(&self) -> bool {
        self.copies >= COPIES_A_SESSION_MAX
            || self.used.elapsed() > IDLE_MAX
            || self.conn.session.is_over()
    }
}

/// A copy that was composed, and of which the server knows nothing yet.
struct Draft {
    recipient: Recipient,
    at: Timestamp,
    message: Message,
}

/// An attempt under way: the copy, its time, and whether its session was new.
pub(super) struct Try {
    pub(super) recipient: Recipient,
    pub(super) at: Timestamp,
    pub(super) fresh: bool,
    message_id: String,
    text: Vec<u8>,
}

impl Try {
    /// The outcome of this attempt, as far as its state tells.
    pub(super) fn outcome(&self, state: CopyState) -> Outcome {
        Outcome { state, reply: None, remark: None, class: None, at: self.at, next_attempt: None }
    }
}

impl Line {
    pub(super) fn new(dispatch: Arc<Dispatch>, number: u32, open: Option<Open>) -> Self {
        Self {
            dispatch,
            number,
            open,
            former: None,
            current: None,
            unsettled: Vec::new(),
            returned: Vec::new(),
            failures: 0,
            cause: None,
        }
    }

    /// Carries copies until there are none left, or the send is over.
    pub(super) async fn run(mut self) -> Result<(), DeliveryError> {
        let dispatch = self.dispatch.clone();
        while self.next_due().await? {
            if self.open.as_ref().is_none_or(Open::is_worn) {
                self.write_down().await?;
                if !self.reopen().await? {
                    break;
                }
                continue;
            }
            if let Some(recipient) = dispatch.take() {
                self.carry(recipient).await?;
            }
        }
        self.write_down().await?;
        if let Some(open) = self.open.take() {
            open.conn.quit().await;
        }
        dispatch.leave();
        Ok(())
    }

    /// Waits until a copy may leave; says whether there is one to come.
    async fn next_due(&mut self) -> Result<bool, DeliveryError> {
        let dispatch = self.dispatch.clone();
        loop {
            let due = match dispatch.ready().await? {
                Ready::Copy => return Ok(true),
                Ready::Nothing => return Ok(false),
                Ready::Later(due) => due,
            };
            self.write_down().await?;
            dispatch.note_slowed().await?;
            if due > Instant::now() + PERMIT_PATIENCE
                && let Some(open) = self.open.take()
            {
                open.conn.quit().await;
            }
            tokio::select! {
                () = sleep_until(due) => {}
                () = dispatch.over() => {}
            }
        }
    }

    /// Writes down what is known, and gives back what is to be tried again.
    async fn write_down(&mut self) -> Result<(), DeliveryError> {
        let settled = std::mem::take(&mut self.unsettled);
        self.dispatch.settle(settled).await?;
        self.returned.drain(..).for_each(|recipient| self.dispatch.put_back(recipient));
        Ok(())
    }

    /// Tries once to open a session in the place of one that is worn or lost; says whether this
    /// line goes on.
    async fn reopen(&mut self) -> Result<bool, DeliveryError> {
        if let Some(worn) = self.open.take() {
            worn.conn.quit().await;
        }
        let dispatch = self.dispatch.clone();
        if self.failures >= OPENINGS_MAX {
            if let Some(cause) = self.cause.take() {
                dispatch.retire(cause);
            }
            return Ok(false);
        }
        let wait = match self.failures {
            0 => Duration::ZERO,
            failures => dispatch.job.timeouts.reopen * (1 << (failures - 1)),
        };
        let opening = async {
            sleep(wait).await;
            Open::new(&dispatch).await
        };
        let opened = tokio::select! {
            opened = opening => opened,
            () = dispatch.over() => return Ok(false),
        };
        match opened {
            Ok(open) => self.open = Some(open),
            Err(error) => self.not_opened(error)?,
        }
        Ok(true)
    }

    fn not_opened(&mut self, error: SessionError) -> Result<(), DeliveryError> {
        let dispatch = self.dispatch.clone();
        dispatch.trouble(&error);
        if error.phase == Phase::Proof {
            return Err(DeliveryError::NotOurInbox { address: dispatch.job.destination.address() });
        }
        match Halt::of_session(error, &dispatch.job.destination) {
            Ok(halt) => dispatch.end(Ended::Halted(halt)),
            Err(cause) => self.failed(cause),
        }
        Ok(())
    }

    /// Counts an opening or a session that brought nothing; after too many this line retires.
    pub(super) fn failed(&mut self, cause: SessionError) {
        self.failures += 1;
        self.cause = Some(cause);
    }

    /// Carries a copy, and those that follow close behind it.
    async fn carry(&mut self, first: Recipient) -> Result<(), DeliveryError> {
        self.current = self.begin(first)?;
        let mut fault = Ok(());
        while self.current.is_some() || self.former.is_some() {
            let Some(open) = &mut self.open else { break };
            match open.conn.event().await {
                Ok(Event::TextWanted) => fault = self.go_on().await?,
                Ok(event) => self.happened(event).await?,
                Err(error) => self.broke(error).await?,
            }
        }
        fault?;
        // An acceptance may wait for the next mark. What else there is may not: the ledger does not
        // know yet that those copies were tried, and one of that kind a connection is allowed for.
        let may_wait = |settled: &Settled| settled.outcome.state == CopyState::Accepted;
        if self.open.is_none() || !self.unsettled.iter().all(may_wait) {
            self.write_down().await?;
        }
        Ok(())
    }

    /// Makes a copy and announces it; `None` if the server lacks what its address needs.
    fn begin(&mut self, recipient: Recipient) -> Result<Option<Try>, DeliveryError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        let draft = draft(&self.dispatch, recipient, open.conn.session.take_buffer())?;
        Ok(self.announce(draft))
    }

    /// Announces a copy; `None` if the server lacks what its address needs.
    fn announce(&mut self, draft: Draft) -> Option<Try> {
        let open = self.open.as_mut()?;
        let Draft { recipient, at, message } = draft;
        let fresh = open.copies == 0;
        let (from, to, id) = (&message.from, &message.to, recipient.copy.to_string());
        let envelope = Envelope { from, to, id: &id, bytes: message.bytes.len() };
        let announced = open.conn.session.envelope(&envelope);
        let Message { message_id, bytes: text, .. } = message;
        let attempt = Try { recipient, at, fresh, message_id, text };
        if let Err(error) = announced {
            self.not_possible(&attempt, &error);
            return None;
        }
        open.copies += 1;
        open.used = Instant::now();
        Some(attempt)
    }

    /// The server wants the text: it goes out while the mark is being made durable, and behind the
    /// mark its dot. The inner result is a fault of the next copy, which this one does not suffer.
    async fn go_on(&mut self) -> Result<Result<(), DeliveryError>, DeliveryError> {
        let dispatch = self.dispatch.clone();
        if dispatch.is_over() {
            self.hang_up();
            return Ok(Ok(()));
        }
        dispatch.refill().await?;
        let (Some(current), Some(open)) = (&mut self.current, &mut self.open) else {
            return Ok(Ok(()));
        };
        open.conn.session.text(std::mem::take(&mut current.text));
        let attempt = Attempt {
            copy: current.recipient.copy,
            connection: self.number,
            at: current.at,
            message_id: std::mem::take(&mut current.message_id),
        };
        let settled = std::mem::take(&mut self.unsettled);
        let marking = dispatch.ports.journal.mark(settled.clone(), attempt);
        tokio::pin!(marking);
        let (mut written, mut next) = (Ok(()), None);
        let mark = tokio::select! {
            biased;
            result = open.conn.write_out() => {
                written = result;
                next = ahead(&dispatch, open);
                marking.await
            }
            mark = &mut marking => mark,
        }?;
        dispatch.tell_all(settled);
        if mark != Mark::Marked {
            self.not_marked(mark);
        } else {
            if written.is_ok() {
                written = open.conn.write_out().await;
            }
            match written {
                Ok(()) => return Ok(self.end_text(next)),
                Err(error) => self.broke(error).await?,
            }
        }
        if let Some(Ok(draft)) = next {
            dispatch.take_back(draft.recipient);
        }
        Ok(Ok(()))
    }

    /// Writes the dot, and announces the next copy behind it if that may leave now.
    fn end_text(
        &mut self,
        next: Option<Result<Draft, DeliveryError>>,
    ) -> Result<(), DeliveryError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.conn.session.dot();
        self.former = self.current.take();
        let may_follow = open.takes_another();
        if let Some(draft) = next {
            let draft = draft?;
            if may_follow && !self.dispatch.is_over() {
                self.current = self.announce(draft);
            } else {
                self.dispatch.take_back(draft.recipient);
            }
        } else if may_follow && let Some(next) = self.dispatch.take() {
            self.current = self.begin(next)?;
        }
        Ok(())
    }

    /// There is no right to write the dot. Behind 354 there is no way back but to hang up.
    fn not_marked(&mut self, mark: Mark) {
        let Some(current) = self.current.take() else { return };
        self.dispatch.trial.withdraw();
        self.open = None;
        match mark {
            Mark::Marked | Mark::Settled => {}
            Mark::Suppressed => {
                self.dispatch.tell(current.recipient.copy, CopyState::Suppressed, None);
            }
            Mark::Stopped => {
                self.try_again(current);
                self.dispatch.end(Ended::Stopped);
            }
        }
    }

    /// The send is over before the mark: hangs up without a dot; the copy is pending as before.
    fn hang_up(&mut self) {
        self.open = None;
        let Some(current) = self.current.take() else { return };
        self.dispatch.trial.withdraw();
        self.try_again(current);
    }

    /// The copy is pending as before, but for the attempt, which counts.
    fn try_again(&mut self, attempt: Try) {
        let outcome = attempt.outcome(CopyState::Pending);
        self.unsettled.push(Settled { copy: attempt.recipient.copy, outcome });
        self.returned.push(attempt.recipient);
    }
}

/// Composes the next copy while the mark of the one before is awaited, where nothing limits the
/// rate: a permit is not to be used up by a copy that may yet not leave.
fn ahead(dispatch: &Dispatch, open: &mut Open) -> Option<Result<Draft, DeliveryError>> {
    if !open.takes_another() {
        return None;
    }
    let recipient = dispatch.take_unlimited()?;
    Some(draft(dispatch, recipient, open.conn.session.take_buffer()))
}

/// Composes a copy.
fn draft(
    dispatch: &Dispatch,
    recipient: Recipient,
    buffer: Vec<u8>,
) -> Result<Draft, DeliveryError> {
    let at = dispatch.ports.clock.now();
    let date = recipient.first_attempt_at.unwrap_or(at);
    let message = compose(dispatch, &recipient, date, buffer)?;
    Ok(Draft { recipient, at, message })
}

fn compose(
    dispatch: &Dispatch,
    recipient: &Recipient,
    date: Timestamp,
    buffer: Vec<u8>,
) -> Result<Message, DeliveryError> {
    let copy = recipient.copy;
    let message = (dispatch.ports.compose)(recipient, date, buffer)
        .map_err(|fault| DeliveryError::Compose { copy, fault: Box::new(fault) })?;
    if message.to != recipient.address {
        let what = "was composed for another reader";
        return Err(JournalError::Broken { copy, what }.into());
    }
    Ok(message)
}
