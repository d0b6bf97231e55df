//! A relay of our own that keeps the truth: what it was given, when, over which connection, and what
//! it answered. It plays whatever faults a test scripts.

mod talk;
mod tests;
mod transaction;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use talk::Talk;

/// What the sink does at a moment of a session, in the place of what it would do.
#[derive(Clone, Debug)]
pub enum Act {
    /// What a sound relay does.
    Go,
    /// Answers with this line; its code decides what becomes of the command.
    Say(&'static str),
    /// Answers with this line, and hangs up.
    SayAndClose(&'static str),
    /// Writes these bytes, and takes the command for good if they begin with 2 or 3; where they
    /// lack a line end, hangs up.
    Raw(Vec<u8>),
    /// Hangs up.
    Close,
    /// Hangs up with a RST.
    Reset,
    /// At [`Phase::Body`]: hangs up with a RST once so many bytes of the text were read.
    ResetAfter(usize),
    /// Waits, and then does what a sound relay does.
    Stall(Duration),
    /// Writes `250-more` for as long as the other side takes it.
    Endless,
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    /// The text of a message is about to be read.
    Body,
    /// The dot has come, and the message is kept; the answer is due.
    Dot,
    /// The answer to a dot was given.
    Idle,
    Rset,
}

/// A moment at which the script is asked.
#[derive(Debug)]
pub struct Moment<'a> {
    pub phase: Phase,
    /// How often this phase was reached, on all connections, this time included.
    pub count: usize,
    /// The number of the connection, from 1.
    pub connection: usize,
    /// How many transactions were begun in this session, this one included.
    pub in_session: usize,
    /// The recipient of this transaction, or nothing.
    pub recipient: &'a str,
    /// How often this recipient was named, this time included.
    pub tries: usize,
}

type Play = Arc<dyn Fn(&Moment<'_>) -> Act + Send + Sync>;

/// What a sink offers, and how it behaves.
#[derive(Clone)]
pub struct Script {
    extensions: Vec<&'static str>,
    esmtp: bool,
    play: Play,
}

impl Script {
    /// A sound relay, with or without PIPELINING.
    pub fn new(pipelining: bool) -> Self {
        let mut extensions = vec!["8BITMIME", "SIZE 52428800", "SMTPUTF8", "ENHANCEDSTATUSCODES"];
        extensions.push("DSN");
        if pipelining {
            extensions.push("PIPELINING");
        }
        Self { extensions, esmtp: true, play: Arc::new(|_| Act::Go) }
    }

    pub fn without(mut self, extension: &str) -> Self {
        self.extensions.retain(|offered| !offered.starts_with(extension));
        self
    }

    /// A server that knows only HELO.
    pub fn helo_only() -> Self {
        Self { extensions: Vec::new(), esmtp: false, play: Arc::new(|_| Act::Go) }
    }

    pub fn plays(mut self, play: impl Fn(&Moment<'_>) -> Act + Send + Sync + 'static) -> Self {
        self.play = Arc::new(play);
        self
    }

    fn offers(&self, extension: &str) -> bool {
        self.extensions.iter().any(|offered| offered.split(' ').next() == Some(extension))
    }
}

/// What was said to the dot of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    Refused,
    /// Nothing, or nothing certain.
    Unclear,
}

/// A message whose dot came.
#[derive(Clone, Debug)]
pub struct Taken {
    pub recipient: String,
    pub message_id: String,
    /// The text as it was before dots were stuffed.
    pub bytes: Vec<u8>,
    pub at: Instant,
    pub connection: usize,
    pub answer: Answer,
}

/// A transaction that was begun.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// When its MAIL came.
    pub at: Instant,
    pub connection: usize,
    pub recipient: String,
}

/// Everything that the sink saw.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub messages: Vec<Taken>,
    pub envelopes: Vec<Envelope>,
    /// What no client may do.
    pub violations: Vec<String>,
    /// Dots without a recipient and a text.
    pub lone_dots: usize,
    pub connections: usize,
}

impl Record {
    /// Returns the copies that were, or may have been, delivered: by recipient.
    pub fn taken(&self) -> BTreeMap<&str, Vec<&Taken>> {
        let mut taken: BTreeMap<&str, Vec<&Taken>> = BTreeMap::new();
        for message in self.messages.iter().filter(|message| message.answer != Answer::Refused) {
            taken.entry(&message.recipient).or_default().push(message);
        }
        taken
    }

    /// Returns the recipients whose dot had no certain answer.
    pub fn unclear(&self) -> Vec<&str> {
        let unclear = self.messages.iter().filter(|message| message.answer == Answer::Unclear);
        let mut unclear: Vec<&str> = unclear.map(|message| &*message.recipient).collect();
        unclear.sort_unstable();
        unclear
    }

    pub fn accepted(&self) -> usize {
        self.messages.iter().filter(|message| message.answer == Answer::Accepted).count()
    }
}

/// What the connections of a sink share.
struct Shared {
    script: Mutex<Script>,
    record: Mutex<Record>,
    phases: Mutex<BTreeMap<Phase, usize>>,
    tries: Mutex<BTreeMap<String, usize>>,
    accepted: AtomicUsize,
    open: AtomicUsize,
    /// What each connection is at, where it has a transaction.
    flight: Mutex<BTreeMap<usize, &'static str>>,
}

/// The sink; its threads end with the test.
pub struct Sink {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Sink {
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            record: Mutex::default(),
            phases: Mutex::default(),
            tries: Mutex::default(),
            accepted: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            flight: Mutex::default(),
        });
        let sink = Self { port, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let number = {
                    let mut record = shared.record.lock().unwrap();
                    record.connections += 1;
                    record.connections
                };
                let shared = Arc::clone(&shared);
                shared.open.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    Talk::new(stream, number, &shared).run();
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        sink
    }

    /// Behaves in another way from now on; what is offered stays.
    pub fn plays(&self, play: impl Fn(&Moment<'_>) -> Act + Send + Sync + 'static) {
        self.shared.script.lock().unwrap().play = Arc::new(play);
    }

    /// Behaves from now on.
    pub fn is_sound(&self) {
        self.plays(|_| Act::Go);
    }

    /// Returns what was seen, once every session has ended.
    pub fn record(&self) -> Record {
        let started = Instant::now();
        while self.shared.open.load(Ordering::SeqCst) > 0 {
            assert!(started.elapsed() < Duration::from_secs(60), "a session of the sink hangs");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.peek()
    }

    /// Returns what was seen so far.
    pub fn peek(&self) -> Record {
        self.shared.record.lock().unwrap().clone()
    }

    /// Returns how many copies were answered with 250 so far.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Returns how many transactions were begun so far.
    pub fn begun(&self) -> usize {
        self.shared.record.lock().unwrap().envelopes.len()
    }

    /// Returns where each copy in flight is: in its envelope, its text, or waiting for an answer
    /// to its dot.
    pub fn flight(&self) -> Vec<&'static str> {
        self.shared.flight.lock().unwrap().values().copied().collect()
    }
}
