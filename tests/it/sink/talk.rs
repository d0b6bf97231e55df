//! One session of the sink.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Act, Answer, Envelope, Moment, Phase, Script, Shared, Taken};

/// The longest line of a message (RFC 5321 section 4.5.3.1.6), without its end.
const LINE_BYTES_MAX: usize = 998;
/// Nobody is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(120);
/// An endless reply ends here all the same.
const ENDLESS_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The session is over.
struct Over;

type Step<T = ()> = Result<T, Over>;

/// A session.
pub(super) struct Talk<'a> {
    stream: TcpStream,
    number: usize,
    shared: &'a Shared,
    script: Script,
    input: Vec<u8>,
    read: usize,
    /// Replies that go out in one write, once every command at hand has its own.
    output: Vec<u8>,
    transactions: usize,
    transaction: Option<Transaction>,
    is_reset: bool,
}

#[derive(Default)]
struct Transaction {
    envelope: usize,
    eight_bit: bool,
    utf8: bool,
    recipients: Vec<String>,
    /// The one that was named, taken or not.
    named: String,
    tries: usize,
}

impl<'a> Talk<'a> {
    pub(super) fn new(stream: TcpStream, number: usize, shared: &'a Shared) -> Self {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let script = shared.script.lock().unwrap().clone();
        Self {
            stream,
            number,
            shared,
            script,
            input: Vec::new(),
            read: 0,
            output: Vec::new(),
            transactions: 0,
            transaction: None,
            is_reset: false,
        }
    }

    pub(super) fn run(mut self) {
        let _ = self.session();
        self.flies(None);
        // A shutdown would send a FIN where a RST is wanted.
        if !self.is_reset {
            let _ = self.flush();
            let _ = self.stream.shutdown(Shutdown::Both);
        }
    }

    fn session(&mut self) -> Step {
        self.answer(Phase::Greeting, "220 sink.example ESMTP")?;
        loop {
            let line = self.line()?;
            let text = String::from_utf8_lossy(&line).into_owned();
            let verb = text.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.ehlo()?,
                "HELO" => {
                    self.transaction = None;
                    self.say("250 sink.example");
                }
                "MAIL" => self.mail(&line, &text)?,
                "RCPT" => self.rcpt(&line, &text)?,
                "DATA" => self.data()?,
                "RSET" => {
                    self.transaction = None;
                    self.answer(Phase::Rset, "250 2.0.0 forgotten")?;
                }
                "NOOP" => self.say("250 2.0.0 ok"),
                "QUIT" => {
                    self.say("221 2.0.0 bye");
                    return Err(Over);
                }
                _ => {
                    self.violation(format!("`{text}` is no command"));
                    self.say("500 5.5.1 what?");
                }
            }
            if !self.pipelines() && self.read < self.input.len() {
                self.violation(format!("more was said before the reply to `{text}`"));
            }
        }
    }

    fn pipelines(&self) -> bool {
        self.script.offers("PIPELINING")
    }

    fn ehlo(&mut self) -> Step {
        self.transaction = None;
        if !self.script.esmtp {
            self.say("502 what?");
            return Ok(());
        }
        let mut lines = vec!["sink.example"];
        lines.extend(&self.script.extensions);
        let last = lines.len() - 1;
        let reply: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(index, line)| format!("250{}{line}", if index < last { "-" } else { " " }))
            .collect();
        self.answer(Phase::Ehlo, &reply.join("\r\n")).map(drop)
    }

    fn mail(&mut self, line: &[u8], text: &str) -> Step {
        if self.transaction.is_some() {
            self.violation(format!("`{text}` inside a transaction"));
            self.say("503 5.5.1 sender already specified");
            return Ok(());
        }
        let parameters: Vec<&str> = text.split(' ').skip(2).collect();
        for parameter in &parameters {
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

    fn rcpt(&mut self, line: &[u8], text: &str) -> Step {
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

    fn data(&mut self) -> Step {
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

    /// Asks the script, does what it says, and returns whether the command was taken.
    fn answer(&mut self, phase: Phase, sound: &str) -> Step<bool> {
        let act = self.act(phase);
        self.perform(act, sound)
    }

    fn act(&self, phase: Phase) -> Act {
        let count = {
            let mut phases = self.shared.phases.lock().unwrap();
            let count = phases.entry(phase).or_default();
            *count += 1;
            *count
        };
        let transaction = self.transaction.as_ref();
        let moment = Moment {
            phase,
            count,
            connection: self.number,
            in_session: self.transactions,
            recipient: transaction.map_or("", |now| &now.named),
            tries: transaction.map_or(0, |now| now.tries),
        };
        let play = Arc::clone(&self.shared.script.lock().unwrap().play);
        play(&moment)
    }

    fn perform(&mut self, act: Act, sound: &str) -> Step<bool> {
        match act {
            Act::Go | Act::ResetAfter(_) => self.say(sound),
            Act::Stall(time) => {
                self.flush()?;
                std::thread::sleep(time);
                self.say(sound);
            }
            Act::Say(reply) => {
                self.say(reply);
                return Ok(reply.starts_with(['2', '3']));
            }
            Act::SayAndClose(reply) => {
                self.say(reply);
                return Err(Over);
            }
            Act::Raw(bytes) => {
                self.output.extend_from_slice(&bytes);
                if !bytes.ends_with(b"\n") {
                    return Err(Over);
                }
                return Ok(bytes.starts_with(b"2") || bytes.starts_with(b"3"));
            }
            Act::Close => return Err(Over),
            Act::Reset => return self.reset().map(|()| false),
            Act::Endless => return self.endless(),
        }
        Ok(sound.starts_with(['2', '3']))
    }

    fn say(&mut self, reply: &str) {
        if !reply.is_empty() {
            self.output.extend_from_slice(reply.as_bytes());
            self.output.extend_from_slice(b"\r\n");
        }
    }

    fn endless(&mut self) -> Step<bool> {
        let lines = "250-more\r\n".repeat(6_000);
        for _ in 0..ENDLESS_BYTES_MAX / lines.len() {
            self.output.extend_from_slice(lines.as_bytes());
            self.flush()?;
        }
        Err(Over)
    }

    /// Closes the connection so that the other side gets a RST.
    fn reset(&mut self) -> Step {
        self.flush()?;
        if let Ok(stream) = self.stream.try_clone()
            && stream.set_nonblocking(true).is_ok()
        {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
            let runtime = runtime.expect("a runtime is built");
            let _entered = runtime.enter();
            let stream = tokio::net::TcpStream::from_std(stream).expect("it is nonblocking");
            stream.set_zero_linger().expect("it is a socket");
        }
        self.is_reset = true;
        Err(Over)
    }

    fn flush(&mut self) -> Step {
        let output = std::mem::take(&mut self.output);
        if output.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&output).map_err(|_| Over)
    }

    /// Reads a line, without its end; whatever waits to be said is said before waiting.
    fn line(&mut self) -> Step<Vec<u8>> {
        let mut looked = self.read;
        loop {
            if let Some(end) = self.input[looked..].iter().position(|byte| *byte == b'\n') {
                let line = &self.input[self.read..looked + end];
                let ends_well = line.ends_with(b"\r");
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.read = looked + end + 1;
                if !ends_well || line.contains(&b'\r') || line.contains(&0) {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    self.violation(format!("a bare CR or LF, or a NUL, in `{text}`"));
                }
                return Ok(line);
            }
            self.input.drain(..self.read);
            self.read = 0;
            looked = self.input.len();
            self.flush()?;
            let mut space = [0; 64 * 1024];
            match self.stream.read(&mut space) {
                Ok(0) | Err(_) => return Err(Over),
                Ok(count) => self.input.extend_from_slice(&space[..count]),
            }
        }
    }

    fn flies(&self, what: Option<&'static str>) {
        let mut flight = self.shared.flight.lock().unwrap();
        match what {
            Some(what) => flight.insert(self.number, what),
            None => flight.remove(&self.number),
        };
    }

    fn violation(&self, what: String) {
        self.shared.record.lock().unwrap().violations.push(what);
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
