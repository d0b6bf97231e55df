//! The server's side of an SMTP session (RFC 5321), without a socket.
//!
//! [`Session`] is fed bytes as they come and says what to do: answer, store a message, close. It
//! never waits, so a test can play any client.
//!
//! Invariant: every command gets one reply, in order, and nothing that a client sends makes a
//! session hold more than one message and one line.

use std::slice::Iter;

use smtp_proto::{Error, MailFrom, RcptTo, Request};
use smtp_proto::{MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_SMTPUTF8};

use super::data::{DataFault, DataReader, MESSAGE_BYTES_MAX};
use crate::words::{InboxToken, IssueName, PROOF_COMMAND, from_hex, to_hex};

/// The longest command line, its end included; RFC 5321 asks for 512, its extensions add to that.
const LINE_BYTES_MAX: usize = 2_048;
/// The most recipients of one message; RFC 5321 section 4.5.3.1.8 asks for 100.
const RECIPIENTS_MAX: usize = 1_000;
/// After so many commands in a row that were refused, the session ends.
const REFUSALS_MAX: usize = 50;
/// The bounds of a nonce, in bytes.
const NONCE_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
/// Words that only a browser begins a line with: a web page is trying to talk SMTP.
const WEB_WORDS: [&str; 6] = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT"];

/// A message with its envelope.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Received {
    /// The reverse path; empty for `<>`.
    pub(super) from: String,
    /// The recipients, at least one.
    pub(super) to: Vec<String>,
    /// The issue whose rehearsal the connection belongs to.
    pub(super) issue: Option<IssueName>,
    /// The message as it was received, dots unstuffed.
    pub(super) bytes: Vec<u8>,
}

/// What the socket's side is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// All input is used up: send the replies, and read on.
    Wait,
    /// Go on with the next step.
    Go,
    /// Store the message, then call [`Session::stored`].
    Deliver(Received),
    /// Send the replies, and close.
    Close,
}

#[derive(Debug)]
struct Transaction {
    from: String,
    utf8: bool,
    to: Vec<String>,
}

/// A session with one client.
#[derive(Debug)]
pub(super) struct Session {
    token: InboxToken,
    greeted: bool,
    issue: Option<IssueName>,
    transaction: Option<Transaction>,
    line: Vec<u8>,
    line_too_long: bool,
    data: Option<DataReader>,
    refusals: usize,
    replies: Vec<u8>,
}

impl Session {
    /// Begins a session; its greeting is the first reply.
    pub(super) fn new(token: InboxToken) -> Self {
        let mut session = Self {
            token,
            greeted: false,
            issue: None,
            transaction: None,
            line: Vec::new(),
            line_too_long: false,
            data: None,
            refusals: 0,
            replies: Vec::new(),
        };
        session.reply("220 localhost ESMTP Letterpress test inbox");
        session
    }

    /// Takes the replies that are to be sent.
    pub(super) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// Says whether the client is in the midst of nothing, so that closing loses nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.data.is_none() && self.transaction.is_none()
    }

    /// Says that the server ends, if nothing was said of this command yet.
    pub(super) fn say_closing(&mut self) {
        self.reply("421 4.3.2 The test inbox is closing");
    }

    /// Answers the message that the last [`Step::Deliver`] gave out.
    pub(super) fn stored(&mut self, is_kept: bool) {
        self.reply(match is_kept {
            true => "250 2.0.0 Kept in the test inbox",
            false => "452 4.3.1 The message could not be written",
        });
    }

    /// Takes the next command or piece of a message off the front of `input`.
    pub(super) fn step(&mut self, input: &mut Iter<'_, u8>) -> Step {
        if input.as_slice().is_empty() {
            return Step::Wait;
        }
        if let Some(data) = &mut self.data {
            return if data.ingest(input) { self.end_data() } else { Step::Wait };
        }
        if !self.read_line(input) {
            return Step::Wait;
        }
        let line = std::mem::take(&mut self.line);
        let refused = self.replies.len();
        let step = self.obey(&line);
        self.count_refusals(refused, step)
    }

    /// Collects a line; returns true at its end.
    fn read_line(&mut self, input: &mut Iter<'_, u8>) -> bool {
        let bytes = input.as_slice();
        let end = bytes.iter().position(|&byte| byte == b'\n').map(|newline| newline + 1);
        let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        *input = rest.iter();
        let room = LINE_BYTES_MAX - self.line.len();
        self.line.extend_from_slice(&line[..line.len().min(room)]);
        self.line_too_long |= line.len() > room;
        end.is_some()
    }

    fn obey(&mut self, line: &[u8]) -> Step {
        if std::mem::take(&mut self.line_too_long) {
            return self.reply("500 5.5.2 The line is too long");
        }
        if !line.ends_with(b"\r\n") {
            return self.reply("500 5.5.2 A line ends with CR LF");
        }
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        if first.ends_with(':') || WEB_WORDS.contains(&first) {
            self.reply("221 2.7.0 This is SMTP, not the web");
            return Step::Close;
        }
        if first.eq_ignore_ascii_case(PROOF_COMMAND) {
            return self.prove(words);
        }
        match Request::parse(&mut line.iter()) {
            Ok(request) => self.answer(request),
            Err(error) => self.refuse(&error),
        }
    }

    fn answer<T: AsRef<str>>(&mut self, request: Request<T>) -> Step {
        match request {
            Request::Ehlo { .. } => self.greet(true),
            Request::Helo { .. } => self.greet(false),
            Request::Mail { from } => self.mail(&from),
            Request::Rcpt { to } => self.rcpt(&to),
            Request::Data => self.begin_data(),
            Request::Rset => {
                self.transaction = None;
                self.reply("250 2.0.0 OK")
            }
            Request::Noop { .. } => self.reply("250 2.0.0 OK"),
            Request::Vrfy { .. } => self.reply("252 2.5.2 Every address is taken"),
            Request::Help { .. } => self.reply("214 2.0.0 RFC 5321, and XLETTERPRESS"),
            Request::Quit => {
                self.reply("221 2.0.0 Bye");
                Step::Close
            }
            Request::Bdat { .. } => {
                // Its chunk follows without waiting for a reply, and must not be read as commands.
                self.reply("502 5.5.1 BDAT is not offered");
                Step::Close
            }
            other => self.reply(&format!("502 5.5.1 {} is not offered", other.name())),
        }
    }

    fn refuse(&mut self, error: &Error) -> Step {
        match error {
            Error::UnknownCommand => self.reply("500 5.5.1 The command is unknown"),
            Error::InvalidSenderAddress => self.reply("501 5.1.7 The sender is no address"),
            Error::InvalidRecipientAddress => self.reply("501 5.1.3 The recipient is no address"),
            Error::SyntaxError { syntax } => self.reply(&format!("501 5.5.4 Expected {syntax}")),
            Error::InvalidParameter { .. } => self.reply("501 5.5.4 A parameter is malformed"),
            Error::UnsupportedParameter { .. } => {
                self.reply("555 5.5.4 A parameter is not supported")
            }
            _ => self.reply("500 5.5.2 The line is no command"),
        }
    }

    fn greet(&mut self, extended: bool) -> Step {
        self.greeted = true;
        self.transaction = None;
        if !extended {
            return self.reply("250 localhost");
        }
        let extensions = format!(
            "250-localhost\r\n250-PIPELINING\r\n250-SIZE {MESSAGE_BYTES_MAX}\r\n250-8BITMIME\r\n\
             250-ENHANCEDSTATUSCODES\r\n250-SMTPUTF8\r\n250 {PROOF_COMMAND}"
        );
        self.reply(&extensions)
    }

    fn prove<'a>(&mut self, mut words: impl Iterator<Item = &'a str>) -> Step {
        if !self.greeted {
            return self.reply("503 5.5.1 EHLO comes first");
        }
        let nonce = words.next().and_then(from_hex);
        let Some(nonce) = nonce.filter(|nonce| NONCE_BYTES.contains(&nonce.len())) else {
            return self.reply("501 5.5.4 Expected XLETTERPRESS nonce [issue]");
        };
        let issue = words.next().map(str::parse::<IssueName>).transpose();
        let (Ok(issue), None) = (issue, words.next()) else {
            return self.reply("501 5.5.4 Expected XLETTERPRESS nonce [issue]");
        };
        self.issue = issue;
        let answer = to_hex(&self.token.answer(&nonce));
        self.reply(&format!("250 {answer}"))
    }

    fn mail<T: AsRef<str>>(&mut self, from: &MailFrom<T>) -> Step {
        if !self.greeted {
            return self.reply("503 5.5.1 EHLO comes first");
        }
        if self.transaction.is_some() {
            return self.reply("503 5.5.1 There is a sender already");
        }
        let offered = MAIL_BODY_7BIT | MAIL_BODY_8BITMIME | MAIL_SMTPUTF8;
        if from.flags & !offered != 0 || from.env_id.is_some() || from.auth.is_some() {
            return self.reply("555 5.5.4 A parameter is not supported");
        }
        if from.size > MESSAGE_BYTES_MAX {
            return self.reply("552 5.3.4 The message is too large");
        }
        let utf8 = from.flags & MAIL_SMTPUTF8 != 0;
        let address = from.address.as_ref();
        if !utf8 && !address.is_ascii() {
            return self.reply("553 5.6.7 The sender needs SMTPUTF8");
        }
        self.transaction = Some(Transaction { from: quoted(address), utf8, to: Vec::new() });
        self.reply("250 2.1.0 OK")
    }

    fn rcpt<T: AsRef<str>>(&mut self, to: &RcptTo<T>) -> Step {
        let Some(transaction) = &mut self.transaction else {
            return self.reply("503 5.5.1 MAIL comes first");
        };
        let address = to.address.as_ref();
        if to.flags != 0 || to.orcpt.is_some() || to.rrvs != 0 {
            return self.reply("555 5.5.4 A parameter is not supported");
        }
        if address.is_empty() {
            return self.reply("501 5.1.3 The recipient is no address");
        }
        if !transaction.utf8 && !address.is_ascii() {
            return self.reply("553 5.6.7 The recipient needs SMTPUTF8");
        }
        if transaction.to.len() >= RECIPIENTS_MAX {
            return self.reply("452 4.5.3 There are too many recipients");
        }
        transaction.to.push(quoted(address));
        self.reply("250 2.1.5 OK")
    }

    fn begin_data(&mut self) -> Step {
        match &self.transaction {
            None => self.reply("503 5.5.1 MAIL comes first"),
            Some(transaction) if transaction.to.is_empty() => {
                self.reply("554 5.5.1 There is no recipient")
            }
            Some(_) => {
                self.data = Some(DataReader::default());
                self.reply("354 End with CR LF . CR LF")
            }
        }
    }

    fn end_data(&mut self) -> Step {
        let (Some(data), Some(transaction)) = (self.data.take(), self.transaction.take()) else {
            return self.reply("503 5.5.1 MAIL comes first");
        };
        match data.finish() {
            Ok(bytes) => Step::Deliver(Received {
                from: transaction.from,
                to: transaction.to,
                issue: self.issue.clone(),
                bytes,
            }),
            Err(DataFault::TooLarge) => self.reply("552 5.3.4 The message is too large"),
            Err(DataFault::BareLineFeed) => self.reply("550 5.5.2 A line feed lacks its CR"),
            Err(DataFault::BareCarriageReturn) => {
                self.reply("550 5.5.2 A carriage return lacks its LF")
            }
        }
    }

    /// Ends the session of a client that says nothing sensible; `start` is where the reply to its
    /// command begins.
    fn count_refusals(&mut self, start: usize, step: Step) -> Step {
        let refused = self.replies.get(start) == Some(&b'5');
        self.refusals = if refused { self.refusals + 1 } else { 0 };
        if self.refusals < REFUSALS_MAX {
            return step;
        }
        self.reply("421 4.7.0 There were too many errors");
        Step::Close
    }

    fn reply(&mut self, text: &str) -> Step {
        self.replies.extend_from_slice(text.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
        Step::Go
    }
}

/// Writes an address as a path has it: smtp-proto takes the quotes off a local part.
fn quoted(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return address.to_owned() };
    let atom =
        |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.chars().all(atom) {
        return address.to_owned();
    }
    let local: String = local
        .chars()
        .flat_map(|c| ['"', '\\'].contains(&c).then_some('\\').into_iter().chain([c]))
        .collect();
    format!("\"{local}\"@{domain}")
}

#[cfg(test)]
mod tests;
