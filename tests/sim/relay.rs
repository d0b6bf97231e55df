//! A relay on a pipe in memory, with faults drawn from a seed. What it noted is the truth.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use letterpress::words::CopyId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::sleep;

use crate::journal::SimJournal;
use crate::rng::Rng;

/// Where a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Connect,
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Body,
    Dot,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection ends.
    Drop,
    /// No answer, for longer than anybody waits.
    Stall,
    /// 421 and the end.
    Closing,
    /// A refusal for now.
    Transient,
    /// A refusal for good, of this address.
    Permanent,
    /// Bytes that are no reply.
    Garbage,
    /// Half a reply, and the end.
    Cut,
    /// A reply too many.
    Surplus,
}

/// The faults that a phase may have.
pub fn faults(phase: Phase) -> &'static [Fault] {
    use Fault::{Closing, Cut, Drop, Garbage, Permanent, Stall, Surplus, Transient};
    match phase {
        Phase::Connect | Phase::Body => &[Drop, Stall],
        Phase::Greeting | Phase::Ehlo => &[Drop, Stall, Closing, Garbage, Cut],
        Phase::Mail | Phase::Data => &[Drop, Stall, Closing, Transient, Garbage, Cut, Surplus],
        Phase::Rcpt | Phase::Dot => {
            &[Drop, Stall, Closing, Transient, Permanent, Garbage, Cut, Surplus]
        }
    }
}

/// What the relay is like under one seed.
#[derive(Clone, Debug)]
pub struct Profile {
    pub pipelining: bool,
    /// Faults in a thousand steps.
    pub per_mille: u64,
    /// With RCPT refused it says 354 to DATA all the same.
    pub careless: bool,
    /// Bytes that a connection holds.
    pub pipe: usize,
}

/// What the relay noted.
#[derive(Debug, Default)]
pub struct Record {
    /// Copies that it took: which, how often, and whether its text was whole.
    pub taken: BTreeMap<CopyId, Vec<Taken>>,
    /// Connections that ended without a whole reply to what may have been a dot.
    pub unanswered: usize,
    /// Connections that are open.
    pub open: usize,
    /// Connections that were open when a process died.
    pub cut_off: usize,
    /// Connections on which it said too much.
    pub surplus: usize,
    pub faults: BTreeMap<(Phase, Fault), u64>,
    pub broken_rules: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Taken {
    pub whole: bool,
}

/// The relay; its clones are handles to the same.
#[derive(Clone, Debug)]
pub struct SimRelay {
    pub record: Arc<Mutex<Record>>,
    rng: Arc<Mutex<Rng>>,
    profile: Arc<Mutex<Profile>>,
    journal: SimJournal,
}

impl SimRelay {
    pub fn new(seed: u64, profile: Profile, journal: SimJournal) -> Self {
        Self {
            record: Arc::default(),
            rng: Arc::new(Mutex::new(Rng::new(seed ^ 99))),
            profile: Arc::new(Mutex::new(profile)),
            journal,
        }
    }

    /// A process dies, and with it all connections at once.
    pub fn cut_off(&self) {
        let mut record = self.record.lock().unwrap();
        record.cut_off += record.open;
    }

    /// From here on it does all that it is asked.
    pub fn mend(&self) {
        self.profile.lock().unwrap().per_mille = 0;
    }

    fn per_mille(&self) -> u64 {
        self.profile.lock().unwrap().per_mille
    }

    pub fn fault(&self, phase: Phase) -> Option<Fault> {
        let mut rng = self.rng.lock().unwrap();
        let fault = rng.happens(self.per_mille()).then(|| rng.pick(faults(phase)))?;
        *self.record.lock().unwrap().faults.entry((phase, fault)).or_default() += 1;
        Some(fault)
    }

    fn delay(&self) -> Duration {
        Duration::from_micros(self.rng.lock().unwrap().below(4_000))
    }

    /// Serves one connection to its end.
    pub async fn serve(self, stream: DuplexStream) {
        let mut connection = Connection {
            relay: self,
            stream,
            input: vec![],
            in_transaction: false,
            to: None,
            refused: false,
            in_data: false,
        };
        connection.relay.record.lock().unwrap().open += 1;
        connection.run().await;
        let mut record = connection.relay.record.lock().unwrap();
        record.open -= 1;
        record.unanswered += usize::from(connection.in_data);
    }
}

struct Connection {
    relay: SimRelay,
    stream: DuplexStream,
    input: Vec<u8>,
    in_transaction: bool,
    to: Option<CopyId>,
    refused: bool,
    /// From 354 to a whole reply to the dot.
    in_data: bool,
}

impl Connection {
    async fn run(&mut self) {
        if self.reply(Phase::Greeting, "220 sim ESMTP\r\n").await.is_none() {
            return;
        }
        while let Some(line) = self.line().await {
            if self.command(&line).await.is_none() {
                return;
            }
        }
    }

    async fn more(&mut self) -> Option<()> {
        let mut bytes = [0; 4_096];
        let count = self.stream.read(&mut bytes).await.ok().filter(|count| *count > 0);
        self.input.extend_from_slice(&bytes[..count?]);
        Some(())
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.input, b"\r\n") {
                let line: Vec<u8> = self.input.drain(..end + 2).collect();
                return Some(String::from_utf8(line).unwrap().trim_end().to_owned());
            }
            self.more().await?;
        }
    }

    async fn command(&mut self, line: &str) -> Option<()> {
        let pipelining = self.relay.profile.lock().unwrap().pipelining;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_owned();
        match verb.as_str() {
            "EHLO" => {
                let offers = if pipelining { "250-PIPELINING\r\n" } else { "" };
                self.reply(Phase::Ehlo, &format!("250-sim\r\n{offers}250 8BITMIME\r\n")).await
            }
            "MAIL" => {
                self.rule(!self.in_transaction, "MAIL in a transaction");
                self.refused = false;
                self.reply(Phase::Mail, "250 2.1.0 ok\r\n").await?;
                self.in_transaction = !self.refused;
                Some(())
            }
            "RCPT" if !self.in_transaction => self.say("503 5.5.1 MAIL first\r\n").await,
            "RCPT" => {
                let address = line[9..line.find('>').unwrap()].to_owned();
                let number: u8 = address[1..address.find('@').unwrap()].parse().unwrap();
                self.reply(Phase::Rcpt, "250 2.1.5 ok\r\n").await?;
                self.to = (!self.refused).then_some(CopyId([number; 16]));
                Some(())
            }
            "DATA" => self.data().await,
            "RSET" => {
                (self.to, self.in_transaction) = (None, false);
                self.say("250 2.0.0 reset\r\n").await
            }
            "QUIT" => {
                let _ = self.say("221 2.0.0 bye\r\n").await;
                None
            }
            other => {
                self.rule(false, &format!("the command {other:?}"));
                self.say("500 what?\r\n").await
            }
        }
    }

    async fn data(&mut self) -> Option<()> {
        let careless = self.relay.profile.lock().unwrap().careless;
        let Some(copy) = self.to else {
            if !careless {
                return self.say("503 5.5.1 nobody to send to\r\n").await;
            }
            self.say("354 go on, though\r\n").await?;
            let text = self.text().await?;
            self.in_transaction = false;
            self.rule(text.is_empty(), "a message for nobody");
            return self.say("554 5.5.1 no recipients\r\n").await;
        };
        self.reply(Phase::Data, "354 go on\r\n").await?;
        if self.refused {
            return Some(());
        }
        self.in_data = true;
        let text = self.text().await?;
        (self.to, self.in_transaction) = (None, false);
        self.rule(self.relay.journal.is_durably_attempting(copy), "a dot without a durable mark");
        self.dot(copy, text.ends_with(b"the end\r\n")).await
    }

    /// Reads a text up to its dot.
    async fn text(&mut self) -> Option<Vec<u8>> {
        let fault = self.relay.fault(Phase::Body);
        loop {
            let end = match self.input.starts_with(b".\r\n") {
                true => Some(0),
                false => memchr::memmem::find(&self.input, b"\r\n.\r\n").map(|at| at + 2),
            };
            match (fault, end) {
                (Some(Fault::Drop), _) => return None,
                (Some(_), _) => self.stall().await?,
                (None, Some(end)) => {
                    let text: Vec<u8> = self.input.drain(..end).collect();
                    self.input.drain(..3);
                    return Some(text);
                }
                (None, None) => self.more().await?,
            }
        }
    }

    /// The dot has come: takes the message, or not, and says so, or not.
    async fn dot(&mut self, copy: CopyId, whole: bool) -> Option<()> {
        let fault = self.relay.fault(Phase::Dot);
        let takes = match fault {
            Some(Fault::Closing | Fault::Transient | Fault::Permanent) => false,
            Some(Fault::Drop | Fault::Stall | Fault::Garbage | Fault::Cut) => {
                self.relay.rng.lock().unwrap().happens(500)
            }
            None | Some(Fault::Surplus) => true,
        };
        if takes {
            let taken = Taken { whole };
            self.relay.record.lock().unwrap().taken.entry(copy).or_default().push(taken);
        }
        sleep(self.relay.delay()).await;
        let said = self.act(fault, "250 2.0.0 queued\r\n").await;
        if said.is_some() || fault == Some(Fault::Closing) {
            self.in_data = false;
        }
        said
    }

    async fn reply(&mut self, phase: Phase, usual: &str) -> Option<()> {
        let fault = self.relay.fault(phase);
        sleep(self.relay.delay()).await;
        self.act(fault, usual).await
    }

    async fn act(&mut self, fault: Option<Fault>, usual: &str) -> Option<()> {
        match fault {
            None => self.say(usual).await,
            Some(Fault::Drop) => None,
            Some(Fault::Stall) => self.stall().await,
            Some(Fault::Closing) => {
                let _ = self.say("421 4.3.2 closing\r\n").await;
                None
            }
            Some(Fault::Transient) => {
                self.refused = true;
                self.say("451 4.3.0 later\r\n").await
            }
            Some(Fault::Permanent) => {
                self.refused = true;
                self.say("550 5.1.1 no such user\r\n").await
            }
            Some(Fault::Garbage) => {
                let _ = self.say("hello there\r\n").await;
                None
            }
            Some(Fault::Cut) => {
                let _ = self.say(&usual[..usual.len() / 2]).await;
                None
            }
            Some(Fault::Surplus) => {
                self.relay.record.lock().unwrap().surplus += 1;
                self.say(usual).await?;
                sleep(self.relay.delay() / 4).await;
                self.say("250 2.0.0 and another\r\n").await
            }
        }
    }

    async fn say(&mut self, text: &str) -> Option<()> {
        self.stream.write_all(text.as_bytes()).await.ok()
    }

    /// Says nothing until the other side has gone.
    async fn stall(&mut self) -> Option<()> {
        while self.more().await.is_some() {
            self.input.clear();
        }
        None
    }

    fn rule(&self, holds: bool, what: &str) {
        if !holds {
            self.relay.record.lock().unwrap().broken_rules.push(what.to_owned());
        }
    }
}
