//! One copy's transaction: MAIL, RCPT, DATA, the text, the dot.
//!
//! With PIPELINING (RFC 2920) the envelope is one write, and may stand right behind the dot of the
//! copy before; without, each command waits for the reply to the one before.

use super::{Cause, Chunk, Command, Event, Phase, Session, SessionError, Whole, completes};
use crate::words::{Address, Reply};

/// What the server is told of a copy before its text.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The reverse path.
    pub from: &'a Address,
    /// The only recipient.
    pub to: &'a Address,
    /// What bounces name the copy by (ENVID, RFC 3461 section 4.4): letters, digits and dots.
    pub id: &'a str,
    /// The size of the text, in bytes.
    pub bytes: usize,
}

/// A transaction before its dot.
#[derive(Debug)]
pub(super) struct Transaction {
    /// Commands that wait for the replies to those before.
    waiting: Vec<(Command, Vec<u8>)>,
    mail_taken: bool,
    recipient_taken: bool,
    refused: Option<(Phase, Reply)>,
    text_wanted: bool,
}

impl Session {
    /// Says whether an envelope may be written behind a dot whose reply has not come.
    pub fn pipelines(&self) -> bool {
        self.offers.pipelining && !self.is_over
    }

    /// Announces a copy. The answer is [`Event::TextWanted`] or [`Event::Refused`].
    ///
    /// # Errors
    /// [`Cause::NotOffered`] if this address needs what the server lacks; the session goes on.
    pub fn envelope(&mut self, envelope: &Envelope<'_>) -> Result<(), SessionError> {
        let mut commands = self.commands(envelope)?;
        if self.offers.pipelining {
            for (command, bytes) in commands.drain(..) {
                self.command(command, &bytes);
            }
        }
        commands.reverse();
        self.transaction = Some(Transaction {
            waiting: commands,
            mail_taken: false,
            recipient_taken: false,
            refused: None,
            text_wanted: false,
        });
        self.next_command();
        Ok(())
    }

    fn commands(&self, envelope: &Envelope<'_>) -> Result<Vec<(Command, Vec<u8>)>, SessionError> {
        let Envelope { from, to, id, bytes } = envelope;
        let mut mail = format!("MAIL FROM:<{from}>");
        let mut recipient = format!("RCPT TO:<{to}>");
        if self.offers.size {
            mail.push_str(&format!(" SIZE={bytes}"));
        }
        if self.offers.eight_bit {
            mail.push_str(" BODY=8BITMIME");
        }
        if from.needs_smtputf8() || to.needs_smtputf8() {
            if !self.offers.smtputf8 {
                return Err(Cause::NotOffered("SMTPUTF8").at(Phase::Mail));
            }
            mail.push_str(" SMTPUTF8");
        }
        if self.offers.dsn {
            mail.push_str(&format!(" RET=HDRS ENVID={id}"));
            if !to.needs_smtputf8() {
                recipient.push_str(&format!(" ORCPT=rfc822;{}", xtext(&to.to_string())));
            }
        }
        Ok(vec![
            (Command::Mail, format!("{mail}\r\n").into_bytes()),
            (Command::Recipient, format!("{recipient}\r\n").into_bytes()),
            (Command::Data, b"DATA\r\n".to_vec()),
        ])
    }

    /// Writes the next command of an envelope, where nothing is waited for.
    fn next_command(&mut self) {
        if !self.awaited.is_empty() {
            return;
        }
        let next = self.transaction.as_mut().and_then(|transaction| transaction.waiting.pop());
        if let Some((command, bytes)) = next {
            self.command(command, &bytes);
        }
    }

    /// Queues the text of the copy that the server wants now. Its dot is apart: [`Session::dot`].
    ///
    /// # Panics
    /// If the server did not ask for it: the caller waits for [`Event::TextWanted`].
    pub fn text(&mut self, mut text: Vec<u8>) {
        let wanted = self.transaction.as_ref().is_some_and(|transaction| transaction.text_wanted);
        assert!(wanted, "a text is written only where the server wants one");
        stuff(&mut text);
        if !text.ends_with(b"\r\n") {
            text.extend_from_slice(b"\r\n");
        }
        self.queued += text.len() as u64;
        self.out.push_back(Chunk::Text(text));
    }

    /// Queues the final dot. The caller has the durable right to write it, and has it for this copy
    /// alone. The answer is [`Event::Accepted`] or [`Event::Rejected`].
    pub fn dot(&mut self) {
        let transaction = self.transaction.take();
        assert!(transaction.is_some_and(|t| t.text_wanted), "a dot ends a text that was wanted");
        self.command(Command::Dot, b".\r\n");
    }

    /// Takes in a reply within a transaction.
    pub(super) fn carried(&mut self, command: Command, whole: &Whole) -> Result<(), SessionError> {
        let reply = whole.reply();
        if whole.code == 421 {
            if command == Command::Dot {
                self.events.push_back(Event::Rejected(reply.clone()));
            }
            return Err(self.over(Cause::Refused(reply), command.phase()));
        }
        match command {
            Command::Dot => self.ended(reply)?,
            // It settles no copy, whatever the reply.
            Command::LoneDot => self.refused(),
            Command::Reset if completes(whole.code) => {}
            Command::Reset => return Err(self.over(Cause::Unfitting(reply), Phase::Close)),
            _ => self.announced(command, reply)?,
        }
        self.next_command();
        Ok(())
    }

    fn ended(&mut self, reply: Reply) -> Result<(), SessionError> {
        let event = match reply.code {
            200..=299 => Event::Accepted(reply),
            400..=599 => Event::Rejected(reply),
            _ => return Err(self.over(Cause::Unfitting(reply), Phase::Reply)),
        };
        self.events.push_back(event);
        Ok(())
    }

    /// A reply to MAIL, RCPT or DATA.
    fn announced(&mut self, command: Command, reply: Reply) -> Result<(), SessionError> {
        let phase = command.phase();
        let Some(transaction) = &mut self.transaction else {
            return Err(self.over(Cause::Unasked(reply), phase));
        };
        match (command, reply.code) {
            (Command::Mail, 200..=299) => transaction.mail_taken = true,
            (Command::Recipient, 200..=299) => transaction.recipient_taken = true,
            (Command::Data, 354) => return self.begun(reply),
            (_, 400..=599) => {
                transaction.refused.get_or_insert((phase, reply));
                transaction.waiting.clear();
            }
            _ => return Err(self.over(Cause::Unfitting(reply), phase)),
        }
        let waits = |awaited: &super::Awaited| {
            matches!(awaited.command, Command::Mail | Command::Recipient | Command::Data)
        };
        let is_refused = self.transaction.as_ref().is_some_and(|t| t.refused.is_some());
        if is_refused && !self.awaited.iter().any(waits) {
            let resets = self.transaction.as_ref().is_some_and(|t| t.mail_taken);
            self.refused();
            if resets {
                self.command(Command::Reset, b"RSET\r\n");
            }
        }
        Ok(())
    }

    /// The server said 354.
    fn begun(&mut self, reply: Reply) -> Result<(), SessionError> {
        let Some(transaction) = &mut self.transaction else {
            return Err(self.over(Cause::Unasked(reply), Phase::Data));
        };
        match (&transaction.refused, transaction.recipient_taken) {
            (None, _) => {
                transaction.text_wanted = true;
                self.events.push_back(Event::TextWanted);
                Ok(())
            }
            // Nobody would get what stands before this dot.
            (Some(_), false) => {
                self.command(Command::LoneDot, b".\r\n");
                Ok(())
            }
            // A dot here would send an empty message.
            (Some(_), true) => {
                self.refused();
                Err(self.over(Cause::Unfitting(reply), Phase::Data))
            }
        }
    }

    fn refused(&mut self) {
        let refused = self.transaction.take().and_then(|transaction| transaction.refused);
        if let Some((phase, reply)) = refused {
            self.events.push_back(Event::Refused(phase, reply));
        }
    }
}

/// Doubles the dot at the head of a line (RFC 5321 section 4.5.2). Our own encoder leaves none.
fn stuff(text: &mut Vec<u8>) {
    if !text.starts_with(b".") && memchr::memmem::find(text, b"\n.").is_none() {
        return;
    }
    let mut stuffed = Vec::with_capacity(text.len() + text.len() / 64 + 1);
    let mut before = b'\n';
    for &byte in text.iter() {
        if before == b'\n' && byte == b'.' {
            stuffed.push(b'.');
        }
        stuffed.push(byte);
        before = byte;
    }
    *text = stuffed;
}

/// Writes a text as xtext (RFC 3461 section 4).
fn xtext(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'+' && byte != b'=' => out.push(byte as char),
            _ => out.push_str(&format!("+{byte:02X}")),
        }
    }
    out
}
