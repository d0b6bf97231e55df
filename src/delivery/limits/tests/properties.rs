//! Any arrivals and restarts, against every limit.

use super::*;

/// Seeded, so that a failure can be played again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

struct Left {
    at: Duration,
    domain: &'static str,
}

/// One send, or several calls of it: what is set and what left.
struct Run {
    rates: Rates,
    waiting: BTreeMap<&'static str, usize>,
    left: Vec<Left>,
    dice: Dice,
    start: Instant,
}

const DOMAINS: [&str; 8] = [
    "a.example",
    "b.example",
    "c.example",
    "d.example",
    "e.example",
    "f.example",
    "g.example",
    "named.example",
];

impl Run {
    fn new(texts: &[&str], seed: u64) -> Self {
        Self {
            rates: rates(texts),
            waiting: BTreeMap::new(),
            left: vec![],
            dice: Dice(seed * 2 + 1),
            start: Instant::now(),
        }
    }

    fn arrive(&mut self, copies: usize) {
        for _ in 0..copies {
            let domain = DOMAINS[self.dice.below(DOMAINS.len() as u64) as usize];
            *self.waiting.entry(domain).or_default() += 1;
        }
    }

    /// Lets the next copy leave, or sleeps until one may; says whether any is waiting.
    async fn step(&mut self, limits: &mut Limits) -> bool {
        let now = Instant::now();
        let dues = self.waiting.iter().filter(|(_, copies)| **copies > 0);
        let dues =
            dues.map(|(domain, copies)| (limits.due(domain, now).max(now), *copies, *domain));
        // The domain with most waiting goes first, as in a list that is well mixed.
        let Some((due, _, domain)) =
            dues.min_by_key(|(due, copies, _)| (*due, usize::MAX - copies))
        else {
            return false;
        };
        if due > now {
            sleep_until(due).await;
            return true;
        }
        limits.take(domain, now);
        *self.waiting.get_mut(domain).unwrap() -= 1;
        self.left.push(Left { at: now - self.start, domain });
        true
    }

    /// What the next process begins with; of the last `unseen` copies it knows the number alone.
    fn restarted(&self, unseen: usize) -> Limits {
        let known = &self.left[..self.left.len().saturating_sub(unseen)];
        let attempts: Vec<_> =
            known.iter().map(|left| (wall(left.at), "relay", left.domain)).collect();
        let past = Past { unseen: unseen as u32, ..past(&attempts) };
        Limits::rebuilt(&self.rates, "relay", &past, wall(self.start.elapsed()))
    }

    fn check(&self, seed: u64) {
        let all: Vec<Duration> = self.left.iter().map(|left| left.at).collect();
        for rate in self.rates.overall.iter().chain(&self.rates.relay) {
            let fullest = fullest(&all, rate.per);
            assert!(fullest <= rate.copies as usize, "seed {seed}: {fullest} in one {rate}");
        }
        for domain in DOMAINS {
            let own = self.rates.per_domain.get(domain).or(self.rates.per_domain.get("*"));
            let to: Vec<Duration> =
                self.left.iter().filter(|left| left.domain == domain).map(|left| left.at).collect();
            for rate in own.into_iter().flatten() {
                let fullest = fullest(&to, rate.per);
                assert!(
                    fullest <= rate.copies as usize,
                    "seed {seed}: {fullest} to {domain} in one {rate}"
                );
            }
        }
    }
}

/// The most copies in any window of the length, both ends counted.
fn fullest(times: &[Duration], per: Duration) -> usize {
    let (mut first, mut most) = (0, 0);
    for (last, at) in times.iter().enumerate() {
        while *at - times[first] > per {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

const SETS: [&[&str]; 6] = [
    &["50/s", "*=10/s"],
    &["5/h"],
    &["10/s", "relay=600/min", "*=2/s"],
    &["50/s", "600/min", "2000/h", "named.example=1/s"],
    &["1000/s", "relay=7/s", "relay=100/min", "*=30/min", "named.example=2/s"],
    &["100/day", "*=20/h", "*=3/min"],
];

#[tokio::test(start_paused = true)]
async fn no_window_is_exceeded_with_any_arrivals_and_restarts() {
    for seed in 0..120 {
        let mut run = Run::new(SETS[seed as usize % SETS.len()], seed);
        let mut limits = Limits::new(&run.rates, "relay");
        while run.left.len() < 400 {
            let copies = run.dice.below(60) as usize;
            run.arrive(copies);
            for _ in 0..run.dice.below(200) {
                run.step(&mut limits).await;
            }
            match run.dice.below(6) {
                0 => limits = run.restarted(0),
                1 => {
                    let unseen = run.dice.below(5).min(run.left.len() as u64);
                    limits = run.restarted(unseen as usize);
                }
                2 => advance(Duration::from_micros(run.dice.below(3_000_000))).await,
                _ => {}
            }
        }
        run.check(seed);
    }
}

#[tokio::test(start_paused = true)]
async fn of_every_limit_98_percent_is_used_where_there_is_demand() {
    for (texts, count, needed) in [
        (&["50/s"][..], 500, 500.0 / 50.0),
        (&["1000/s"], 3_000, 3.0),
        (&["1/s"], 300, 300.0),
        (&["100/day"], 300, 2.0 * 86_400.0),
        (&["5/h"], 15, 2.0 * 3_600.0),
        // Eight domains of ten a second want more than fifty, and of one a second less.
        (&["50/s", "*=10/s"], 2_000, 2_000.0 / 50.0),
        (&["50/s", "*=1/s"], 800, 100.0),
        (&["10/s", "relay=600/min", "*=2/s"], 2_000, 200.0),
        (&["3/s", "5/h"], 20, 3.0 * 3_600.0),
        (&["50/s", "600/min", "20000/h"], 3_000, 300.0),
    ] {
        for restarts in [false, true] {
            let mut run = Run::new(texts, 7);
            for domain in DOMAINS {
                run.waiting.insert(domain, count / DOMAINS.len() + 1);
            }
            let mut limits = Limits::new(&run.rates, "relay");
            while run.left.len() < count {
                run.step(&mut limits).await;
                if restarts && run.dice.below(150) == 0 {
                    limits = run.restarted(0);
                }
            }
            run.check(7);
            let took = run.left[count - 1].at.as_secs_f64();
            assert!(took * 0.98 <= needed, "{texts:?}: {took} s for what needs {needed} s");
        }
    }
}
