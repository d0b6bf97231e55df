//! A transaction: its envelope, its text, its dot.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::talk::{Over, Step, Talk};
use super::{Act, Answer, Envelope, Phase, Taken};

/// The longest line of a message (RFC 5321 section 4.5.3.1.6), without its end.
const LINE_BYTES_MAX: usize = 998;

/// What a session knows of the transaction at hand.
#[derive(Default)]
pub(super) struct Transaction {
    pub(super) envelope: usize,
    pub(super) eight_bit: bool,
    pub(super) utf8: bool,
    pub(super) recipients: Vec<String>,
    /// The one that was named, taken or not.
    pub(super) named: String,
    pub(super) tries: usize,
}

impl Talk<'_> {
    pub(super) fn mail(&mut self, line: &[u8], text: &str) -> Step {
        if self.transaction.is_some() {
            self.violation(format!("`{text}` inside a transaction"));
            self.say("503 5.5.1 sender already specified");
            return Ok(());
        }
        let parameters: Vec<&str> = text.split(' ').skip(2).collect();
        self.look_at(&parameters);
        self.transactions += 1;
        self.flies(Some("envelope"));
        let (utf8, eight_bit) =
            (parameters.contains(&"SMTPUTF8"), parameters.contains(&"BODY=8BITMIME"));
        if !line.is_ascii() && !utf8 {
            self.violation(format!("`{text}` without SMTPUTF8"));
        }
        let envelope = {
            let mut record = self.shared.record.lock().unwrap();
            let recipient = String::new();
            record.envelopes.push(Envelope {
                at: Instant::now(),
                connection: self.number,
                recipient,
            });
            record.envelopes.len() - 1
        };
        let transaction = Transaction { envelope, utf8, eight_bit, ..Transaction::default() };
        if self.answer(Phase::Mail, "250 2.1.0 ok")? {
            self.transaction = Some(transaction);
        }
        Ok(())
    }

    /// Notes parameters of MAIL that were not offered.
    fn look_at(&self, parameters: &[&str]) {
        for parameter in parameters {
            let name = parameter.split('=').next().unwrap_or_default();
            let extension = match name {
                "BODY" => "8BITMIME",
                "RET" | "ENVID" => "DSN",
                name => name,
            };
            if !self.script.offers(extension) {
                self.violation(format!("`{parameter}` was not offered"));
            }
        }
    }

    pub(super) fn rcpt(&mut self, line: &[u8], text: &str) -> Step {
        let recipient = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        let recipient = recipient.map_or("", |(recipient, _)| recipient).to_owned();
        let tries = {
            let mut tries = self.shared.tries.lock().unwrap();
            let tries = tries.entry(recipient.clone()).or_default();
            *tries += 1;
            *tries
        };
        let Some(transaction) = &mut self.transaction else {
            if !self.pipelines() {
                self.violation(format!("`{text}` outside a transaction"));
            }
            self.say("503 5.5.1 need MAIL");
            return Ok(());
        };
        transaction.named = recipient.clone();
        transaction.tries = tries;
        let (envelope, utf8) = (transaction.envelope, transaction.utf8);
        self.shared.record.lock().unwrap().envelopes[envelope].recipient = recipient.clone();
        if !line.is_ascii() && !utf8 {
            self.violation(format!("`{text}` without SMTPUTF8"));
        }
        if (text.contains("ORCPT=") || text.contains("NOTIFY=")) && !self.script.offers("DSN") {
            self.violation(format!("`{text}` without DSN"));
        }
        if self.answer(Phase::Rcpt, "250 2.1.5 ok")?
            && let Some(transaction) = &mut self.transaction
        {
            transaction.recipients.push(recipient);
        }
        Ok(())
    }

    pub(super) fn data(&mut self) -> Step {
        if self.read < self.input.len() {
            self.violation("more was said before the reply to DATA".to_owned());
        }
        let usable = self.transaction.as_ref().is_some_and(|now| !now.recipients.is_empty());
        let sound = match (&self.transaction, usable) {
            (None, _) => "503 5.5.1 need MAIL",
            (_, false) => "554 5.5.1 no valid recipients",
            (_, true) => "354 go on",
        };
        if !self.answer(Phase::Data, sound)? {
            return Ok(());
        }
        self.flush()?;
        self.flies(Some("text"));
        let limit = match self.act(Phase::Body) {
            Act::ResetAfter(bytes) => Some(bytes),
            Act::Reset => return self.reset(),
            Act::Close => return Err(Over),
            _ => None,
        };
        let Some(bytes) = self.text(limit)? else { return self.reset() };
        self.dot(bytes)
    }

    /// Reads a text up to its dot, or `None` if it reached the limit.
    fn text(&mut self, limit: Option<usize>) -> Step<Option<Vec<u8>>> {
        let mut text = Vec::new();
        let eight_bit = self.transaction.as_ref().is_some_and(|now| now.eight_bit);
        loop {
            if limit.is_some_and(|limit| text.len() >= limit) {
                return Ok(None);
            }
            let line = self.line()?;
            if line == b"." {
                return Ok(Some(text));
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            if line.len() > LINE_BYTES_MAX {
                self.violation(format!("a line of {} bytes", line.len()));
            }
            if !eight_bit && !line.is_ascii() {
                self.violation("8-bit text without 8BITMIME".to_owned());
            }
            text.extend_from_slice(line);
            text.extend_from_slice(b"\r\n");
        }
    }

    /// Keeps the message, and answers its dot.
    fn dot(&mut self, bytes: Vec<u8>) -> Step {
        let recipient = self.transaction.as_ref().and_then(|now| now.recipients.first().cloned());
        let Some(recipient) = recipient else {
            if bytes.is_empty() {
                self.shared.record.lock().unwrap().lone_dots += 1;
            } else {
                self.violation("a text for nobody".to_owned());
            }
            self.transaction = None;
            self.say("554 5.5.1 no valid recipients");
            return Ok(());
        };
        self.flies(Some("dot"));
        let act = self.act(Phase::Dot);
        let answer = match &act {
            Act::Go | Act::Stall(_) => Answer::Accepted,
            Act::Say(reply) | Act::SayAndClose(reply) => answer_of(reply.as_bytes()),
            Act::Raw(reply) => answer_of(reply),
            _ => Answer::Unclear,
        };
        if answer == Answer::Accepted {
            self.shared.accepted.fetch_add(1, Ordering::SeqCst);
        }
        self.shared.record.lock().unwrap().messages.push(Taken {
            recipient,
            message_id: header(&bytes, "Message-ID"),
            bytes,
            at: Instant::now(),
            connection: self.number,
            answer,
        });
        self.perform(act, "250 2.0.0 kept")?;
        self.flies(None);
        self.answer(Phase::Idle, "")?;
        self.transaction = None;
        Ok(())
    }
}

fn answer_of(reply: &[u8]) -> Answer {
    match reply {
        [b'2', b'0'..=b'9', b'0'..=b'9', b' ', ..] => Answer::Accepted,
        [b'4' | b'5', b'0'..=b'9', b'0'..=b'9', b' ', ..] => Answer::Refused,
        _ => Answer::Unclear,
    }
}

/// Returns a header's value, if it stands on one line.
fn header(bytes: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(16 * 1024)]);
    let start = format!("{}:", name.to_ascii_lowercase());
    let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    let at = lines.iter().position(|line| line.to_ascii_lowercase().starts_with(&start));
    at.map_or_else(String::new, |at| {
        let value = lines[at][start.len()..].trim();
        let next = lines.get(at + 1).filter(|line| value.is_empty() && line.starts_with(' '));
        next.map_or(value, |line| line.trim()).to_owned()
    })
}
