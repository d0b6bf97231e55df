//! One seed: a plan, a relay, a process that dies and begins again until all is done.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use letterpress::config::{Rate, Share, Tls};
use letterpress::delivery::session::Timeouts;
use letterpress::delivery::{
    Compose, Destination, Job, Nobody, Ports, Rates, Recipient, RelayTarget, Stop, send,
};
use letterpress::message::Message;
use letterpress::words::{Address, CopyId, CopyState};
use letterpress::world::{Clock, SystemEntropy};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::bugs::Bug;
use crate::check;
use crate::journal::SimJournal;
use crate::network::SimNetwork;
use crate::relay::{Profile, Record, SimRelay};
use crate::rng::Rng;

/// After so many processes the relay does all that it is asked.
const MENDED_AFTER: usize = 25;
/// After so many, a send that has not ended never will.
const PROCESSES_MAX: usize = 60;

/// A clock that goes with the runtime's, which is paused.
#[derive(Debug)]
struct SimClock(Instant);

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.0.elapsed()).unwrap();
        Timestamp::from_second(1_700_000_000).unwrap() + elapsed
    }
}

/// What came of a seed.
#[derive(Debug)]
pub struct Outcome {
    pub faults: Vec<String>,
    pub record: Record,
    pub processes: usize,
    pub crashes: usize,
    pub in_doubt: usize,
    pub accepted: usize,
}

/// Plays a seed to its end.
pub fn play(seed: u64, bug: Option<Bug>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(Game::new(seed, bug).play())
}

struct Game {
    rng: Rng,
    job: Job,
    journal: SimJournal,
    relay: SimRelay,
    network: SimNetwork,
    clock: Arc<SimClock>,
    compose: Arc<Compose>,
    copies: usize,
    crashes: usize,
}

impl Game {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut rng = Rng::new(seed);
        let copies = 5 + rng.below(30) as usize;
        let connections = 1 + rng.below(4) as usize;
        let plan: Vec<Recipient> = (0..copies).map(recipient).collect();
        let journal = SimJournal::new(seed, plan, connections as u32, bug);
        let profile = Profile {
            pipelining: rng.happens(500),
            per_mille: rng.pick(&[0, 10, 30, 100]),
            careless: rng.happens(500),
            pipe: rng.pick(&[600, 4_096, 16_384]),
        };
        let pipe = profile.pipe;
        let relay = SimRelay::new(seed, profile, journal.clone());
        let network = SimNetwork { relay: relay.clone(), mails: Arc::default(), bug, pipe };
        let length = rng.pick(&[200, 1_500, 9_000]);
        let compose: Arc<Compose> = Arc::new(move |recipient, _, _| Ok(message(recipient, length)));
        let job = job(connections, &mut rng);
        let clock = Arc::new(SimClock(Instant::now()));
        Self { rng, job, journal, relay, network, clock, compose, copies, crashes: 0 }
    }

    async fn play(mut self) -> Outcome {
        let mut processes = 0;
        let mut orderly = true;
        while !self.is_done() && processes < PROCESSES_MAX {
            if processes == MENDED_AFTER {
                self.relay.mend();
            }
            self.journal.recover(orderly, self.clock.now());
            orderly = self.process(processes < MENDED_AFTER).await;
            processes += 1;
            // The time between two calls of cron, now and then.
            let pause = self.rng.pick(&[0, 5, 300, 4_000]);
            sleep(Duration::from_secs(pause)).await;
        }
        self.journal.recover(orderly, self.clock.now());
        // The relay notices that the last connections are gone.
        sleep(Duration::from_secs(1)).await;
        let record = std::mem::take(&mut *self.relay.record.lock().unwrap());
        let mails = std::mem::take(&mut *self.network.mails.lock().unwrap());
        if std::env::var_os("LETTERPRESS_SIM_SEED").is_some() {
            for (at, domain) in &mails {
                println!("{:?} {domain}", *at - self.clock.0);
            }
        }
        let mut faults = check::promises(&self.journal, &record, self.copies);
        faults.extend(check::rate(&mails, &self.job.rates));
        if !self.is_done() {
            faults.push(format!("it has not ended after {processes} processes"));
        }
        let count = |state| self.journal.copies().iter().filter(|copy| copy.state == state).count();
        Outcome {
            faults,
            record,
            processes,
            crashes: self.crashes,
            in_doubt: count(CopyState::InDoubt),
            accepted: count(CopyState::Accepted),
        }
    }

    fn is_done(&self) -> bool {
        self.journal.copies().iter().all(|copy| copy.state.is_outcome())
    }

    /// One process, from its beginning to its end or its death; says whether it ended in order.
    async fn process(&mut self, dies: bool) -> bool {
        let (stop, stopped) = watch::channel(Stop::No);
        let ports = Ports {
            journal: Arc::new(self.journal.clone()),
            compose: self.compose.clone(),
            observer: Arc::new(Nobody),
            clock: self.clock.clone(),
            network: Arc::new(self.network.clone()),
            entropy: Arc::new(SystemEntropy),
            stop: stopped,
        };
        self.job.wait = self.rng.happens(500);
        let fate = if dies { self.rng.below(6) } else { 5 };
        let after = Duration::from_micros(100 + self.rng.below(400_000));
        let chosen = CopyId([self.rng.below(self.copies as u64) as u8; 16]);
        let job = self.job.clone();
        let mut sending = Box::pin(send(&job, ports));
        let ended = tokio::select! {
            _ = &mut sending => true,
            () = sleep(after) => false,
        };
        match fate {
            _ if ended => return true,
            0..=2 => {
                self.relay.cut_off();
                drop(sending);
                self.die().await;
                return false;
            }
            3 => self.journal.suppress(chosen),
            4 if self.rng.happens(500) => self.journal.stop(),
            4 if self.rng.happens(500) => drop(stop.send_replace(Stop::AtOnce)),
            4 => drop(stop.send_replace(Stop::Settle)),
            _ => {}
        }
        let sent = sending.await;
        if std::env::var_os("LETTERPRESS_SIM_SEED").is_some() {
            println!("{:?} ended with {sent:?}", self.clock.now());
        }
        true
    }

    /// What was not durable is lost. Tasks that were dropped get no further turn.
    async fn die(&mut self) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        if std::env::var_os("LETTERPRESS_SIM_SEED").is_some() {
            println!("{:?} died", self.clock.now());
        }
        self.journal.crash();
        self.crashes += 1;
    }
}

fn recipient(number: usize) -> Recipient {
    let domain = ["one.example", "two.example", "three.example"][number % 3];
    Recipient {
        copy: CopyId([number as u8; 16]),
        address: Address::parse(&format!("r{number}@{domain}")).unwrap(),
        fields: "{}".into(),
        attempts: 0,
        first_attempt_at: None,
    }
}

fn message(recipient: &Recipient, length: usize) -> Message {
    let id = format!("<{}@news.example>", recipient.copy);
    let text = format!("Message-ID: {id}\r\n\r\n{}the end\r\n", "text\r\n".repeat(length / 6));
    Message {
        from: Address::parse("weekly@news.example").unwrap(),
        to: recipient.address.clone(),
        message_id: id,
        bytes: text.into_bytes(),
    }
}

fn job(connections: usize, rng: &mut Rng) -> Job {
    let rate = |text: &str| Rate::parse(text).unwrap();
    let mut rates = Rates::default();
    if rng.happens(400) {
        rates.overall = vec![rate("20/s"), rate("200/min")];
    }
    if rng.happens(300) {
        rates.relay = vec![rate("10/s")];
    }
    if rng.happens(300) {
        rates.per_domain.insert("*".into(), vec![rate("5/s")]);
        rates.per_domain.insert("one.example".into(), vec![rate("3/s")]);
    }
    Job {
        destination: Destination::Relay(target()),
        connections,
        rates,
        retry_for: Duration::from_secs(200_000),
        max_failed: Share(1.0),
        limit: None,
        wait: true,
        machine: None,
        timeouts: Timeouts {
            connect: Duration::from_secs(60),
            reopen: Duration::from_millis(10),
            ..Timeouts::default()
        },
    }
}

fn target() -> RelayTarget {
    RelayTarget {
        name: "main".into(),
        host: "relay.example".into(),
        port: 25,
        tls: Tls::None,
        login: None,
        ca: None,
        only_to: [].into(),
    }
}
