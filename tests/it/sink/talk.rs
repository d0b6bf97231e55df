//! One session of the sink.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::transaction::Transaction;
use super::{Act, Moment, Phase, Script, Shared};

/// Nobody is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(120);
/// An endless reply ends here all the same.
const ENDLESS_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The session is over.
pub(super) struct Over;

pub(super) type Step<T = ()> = Result<T, Over>;

/// A session.
pub(super) struct Talk<'a> {
    stream: TcpStream,
    pub(super) number: usize,
    pub(super) shared: &'a Shared,
    pub(super) script: Script,
    pub(super) input: Vec<u8>,
    pub(super) read: usize,
    /// Replies that go out in one write, once every command at hand has its own.
    output: Vec<u8>,
    pub(super) transactions: usize,
    pub(super) transaction: Option<Transaction>,
    is_reset: bool,
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

    pub(super) fn pipelines(&self) -> bool {
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

    /// Asks the script, does what it says, and returns whether the command was taken.
    pub(super) fn answer(&mut self, phase: Phase, sound: &str) -> Step<bool> {
        let act = self.act(phase);
        self.perform(act, sound)
    }

    pub(super) fn act(&self, phase: Phase) -> Act {
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

    pub(super) fn perform(&mut self, act: Act, sound: &str) -> Step<bool> {
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

    pub(super) fn say(&mut self, reply: &str) {
        if !reply.is_empty() {
            self.output.extend_from_slice(reply.as_bytes());
            self.output.extend_from_slice(b"\r\n");
        }
    }

    fn endless(&mut self) -> Step<bool> {
        let lines = "250-more of this, and then some more of it, without an end\r\n".repeat(1_000);
        for _ in 0..ENDLESS_BYTES_MAX / lines.len() {
            self.output.extend_from_slice(lines.as_bytes());
            self.flush()?;
        }
        Err(Over)
    }

    /// Closes the connection so that the other side gets a RST.
    pub(super) fn reset(&mut self) -> Step {
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

    pub(super) fn flush(&mut self) -> Step {
        let output = std::mem::take(&mut self.output);
        if output.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&output).map_err(|_| Over)
    }

    /// Reads a line, without its end; whatever waits to be said is said before waiting.
    pub(super) fn line(&mut self) -> Step<Vec<u8>> {
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

    pub(super) fn flies(&self, what: Option<&'static str>) {
        let mut flight = self.shared.flight.lock().unwrap();
        match what {
            Some(what) => flight.insert(self.number, what),
            None => flight.remove(&self.number),
        };
    }

    pub(super) fn violation(&self, what: String) {
        self.shared.record.lock().unwrap().violations.push(what);
    }
}
