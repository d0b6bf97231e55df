//! A send that is killed again and again, and taken up until it is done: nothing is lost, nothing is
//! repeated, and what nobody can know is listed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::mailing::{Mailing, Setup, Status, full};
use crate::sink::{Act, Phase, Script};

const CONNECTIONS: usize = 4;

/// A small generator; which instants are drawn does not matter, only that they differ.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Starts the send, waits until copies fly, and kills it some time later; returns what flew then,
/// or nothing if the send had ended.
fn kill_once(mailing: &Mailing, dice: &mut Dice) -> Option<Vec<&'static str>> {
    let begun = mailing.sink.begun();
    let mut child = mailing.start();
    let started = Instant::now();
    while mailing.sink.begun() == begun {
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "the send does not begin");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_micros(dice.below(180_000)));
    let flight = mailing.sink.flight();
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    (!ended).then_some(flight)
}

fn killed_often(pipelining: bool, kills: usize, readers: usize) {
    // Most answers take a while, so that copies are in flight; some take so long that the send dies
    // in the meantime, and the copy has arrived all the same.
    let script = Script::new(pipelining).plays(|moment| match moment.phase {
        Phase::Dot if moment.count % 25 == 0 => Act::Stall(Duration::from_millis(150)),
        Phase::Dot => Act::Stall(Duration::from_millis(15)),
        _ => Act::Go,
    });
    let setup = Setup::readers(readers).connections(CONNECTIONS).delivery("rate = [\"200/s\"]");
    let mailing = Mailing::with(script, setup);
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let mut dice = Dice(u64::from(seed) | 1);
    let (mut done, mut flying, mut phases) = (0, 0, BTreeMap::<&str, usize>::new());
    let mut doubts = 0;
    while done < kills {
        let Some(flight) = kill_once(&mailing, &mut dice) else { break };
        done += 1;
        flying += usize::from(!flight.is_empty());
        for phase in flight {
            *phases.entry(phase).or_default() += 1;
        }
        let (_, status) = mailing.compare();
        let more = status.in_doubt + status.attempting - doubts;
        assert!(more <= CONNECTIONS, "kill {done} put {more} copies in doubt");
        doubts += more;
    }
    let ran = mailing.send();
    assert_eq!(ran.code, if doubts > 0 { 5 } else { 0 }, "{}", ran.stderr);
    let (record, status) = mailing.compare();
    let arrived = arrived_in_doubt(&mailing, &status);
    println!(
        "seed {seed}: {done} kills, {flying} with copies in flight {phases:?}; {} accepted, {} in \
         doubt, of which {arrived} had arrived",
        status.accepted, status.in_doubt
    );
    assert_eq!(done, kills, "the send was done before it could be killed so often");
    assert!(flying * 5 >= kills * 4, "{flying} of {kills} kills met copies in flight");
    assert_eq!(status.accepted + status.in_doubt, readers, "none is lost");
    assert_eq!(status.in_doubt, doubts);
    assert!(arrived > 0, "no kill met a copy whose dot the relay had taken");
    assert!(record.taken().len() >= status.accepted);
}

/// How many copies in doubt the sink has.
fn arrived_in_doubt(mailing: &Mailing, status: &Status) -> usize {
    let record = mailing.sink.record();
    let taken = record.taken();
    status.who("in-doubt").iter().filter(|address| taken.contains_key(**address)).count()
}

#[test]
fn a_send_that_is_killed_loses_and_repeats_nothing() {
    let (kills, readers) = if full() { (100, 5_000) } else { (10, 600) };
    killed_often(false, kills, readers);
    killed_often(true, kills, readers);
}
