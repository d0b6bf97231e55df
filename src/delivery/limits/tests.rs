use std::sync::Arc;

use tokio::time::{advance, sleep_until};

use super::*;
use crate::delivery::PastAttempt;

mod properties;
mod slowing;

/// Reads `50/s` as overall, `relay=20/s` as the relay's, `gmail.com=10/s` as a domain's.
fn rates(texts: &[&str]) -> Rates {
    let mut rates = Rates::default();
    for text in texts {
        let (whom, rate) = text.split_once('=').unwrap_or(("", text));
        let of = match whom {
            "" => &mut rates.overall,
            "relay" => &mut rates.relay,
            domain => rates.per_domain.entry(domain.to_owned()).or_default(),
        };
        of.push(Rate::parse(rate).unwrap());
    }
    rates
}

fn limits(texts: &[&str]) -> Limits {
    Limits::new(&rates(texts), "relay")
}

fn wall(since: Duration) -> Timestamp {
    Timestamp::from_second(1_680_000_000).unwrap() + since
}

fn past(attempts: &[(Timestamp, &str, &str)]) -> Past {
    let attempt = |(at, relay, domain): &(Timestamp, &str, &str)| PastAttempt {
        at: *at,
        relay: Arc::from(*relay),
        domain: Arc::from(*domain),
    };
    Past { attempts: attempts.iter().map(attempt).collect(), unseen: 0 }
}

/// Takes `count` copies to `domain`, each as soon as it is due; returns their times from the start.
async fn take(limits: &mut Limits, domain: &str, count: usize) -> Vec<Duration> {
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < count {
        let now = Instant::now();
        let due = limits.due(domain, now);
        if due > now {
            sleep_until(due).await;
            continue;
        }
        limits.take(domain, now);
        times.push(start.elapsed());
    }
    times
}

#[tokio::test(start_paused = true)]
async fn attempts_of_an_earlier_process_count_and_those_of_the_future_count_as_now() {
    let now = wall(Duration::ZERO);
    let ago = |seconds: i64| now - jiff::SignedDuration::from_secs(seconds);
    let attempts = [3_599, 1_800, 10, -7_200, 3_700].map(|s| (ago(s), "relay", "a.example"));
    let mut limits = Limits::rebuilt(&rates(&["4/h"]), "relay", &past(&attempts), now);
    let times = take(&mut limits, "a.example", 2).await;
    // The oldest that counts leaves the window in a second, the next in half an hour.
    assert_eq!(times[0].as_secs(), 1);
    assert_eq!(times[1].as_secs(), 1_800);
}

#[tokio::test(start_paused = true)]
async fn after_a_rate_was_lowered_enough_must_leave_its_window_first() {
    let now = wall(Duration::ZERO);
    let ago = |minutes: i64| now - jiff::SignedDuration::from_mins(minutes);
    let attempts = [50, 40, 30, 20, 10, 5].map(|m| (ago(m), "relay", "a.example"));
    let mut limits = Limits::rebuilt(&rates(&["4/h"]), "relay", &past(&attempts), now);
    let times = take(&mut limits, "a.example", 2).await;
    // Six in an hour are two too many: the third must have left, and then the fourth.
    assert_eq!(times[0].as_secs() / 60, 30);
    assert_eq!(times[1].as_secs() / 60, 40);
}

#[tokio::test(start_paused = true)]
async fn attempts_at_another_relay_count_for_all_relays_alone() {
    let now = wall(Duration::ZERO);
    let past = past(&[(now, "other", "a.example"), (now, "other", "a.example")]);
    let start = Instant::now();
    let own = Limits::rebuilt(&rates(&["relay=2/h"]), "relay", &past, now);
    assert_eq!(own.due("a.example", start), start);
    let overall = Limits::rebuilt(&rates(&["2/h"]), "relay", &past, now);
    assert!(overall.due("a.example", start) > start + Duration::from_secs(3_599));
    let domain = Limits::rebuilt(&rates(&["*=2/h"]), "relay", &past, now);
    assert!(domain.due("a.example", start) > start + Duration::from_secs(3_599));
    assert_eq!(domain.due("b.example", start), start);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_seen_counts_as_made_now_in_every_window_and_for_every_domain() {
    let unseen = Past { attempts: vec![], unseen: 4 };
    let (now, start) = (wall(Duration::ZERO), Instant::now());
    for texts in [["4/h"], ["relay=4/h"], ["*=4/h"], ["named.example=4/h"]] {
        let mut limits = Limits::rebuilt(&rates(&texts), "relay", &unseen, now);
        assert!(
            limits.due("named.example", start) > start + Duration::from_secs(3_599),
            "{texts:?}"
        );
        let times = take(&mut limits, "named.example", 1).await;
        assert_eq!(times[0].as_secs(), 3_600, "{texts:?}");
    }
    let limits = Limits::rebuilt(&rates(&["5/h", "*=5/h"]), "relay", &unseen, now);
    assert_eq!(limits.due("a.example", Instant::now()), Instant::now());
}

#[tokio::test(start_paused = true)]
async fn a_named_domain_has_its_own_rate_and_any_other_that_of_the_star() {
    let mut limits = limits(&["*=2/h", "big.example=3/h"]);
    take(&mut limits, "big.example", 3).await;
    take(&mut limits, "a.example", 2).await;
    take(&mut limits, "b.example", 2).await;
    let now = Instant::now();
    for domain in ["big.example", "a.example", "b.example"] {
        assert!(limits.due(domain, now) > now + Duration::from_secs(3_590), "{domain}");
    }
    assert_eq!(limits.due("c.example", now), now);
}

#[tokio::test(start_paused = true)]
async fn the_copies_of_a_short_window_are_spread_evenly_and_those_of_a_long_one_leave_at_once() {
    let times = take(&mut limits(&["10/s"]), "a.example", 30).await;
    let gaps = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis());
    assert!(gaps.clone().all(|gap| (99..=103).contains(&gap)), "{:?}", gaps.collect::<Vec<_>>());
    let times = take(&mut limits(&["10/h"]), "a.example", 11).await;
    assert_eq!(times[9], Duration::ZERO);
    assert_eq!(times[10].as_secs(), 3_600);
}

#[tokio::test(start_paused = true)]
async fn a_window_of_any_size_keeps_few_entries() {
    let mut limits = limits(&["4000000/day"]);
    take(&mut limits, "a.example", 60_000).await;
    for _ in 0..30_000 {
        advance(Duration::from_millis(7)).await;
        take(&mut limits, "a.example", 1).await;
    }
    assert!(limits.all.windows[0].entries() <= 2 * window::ENTRIES_MAX as usize);
}

#[tokio::test(start_paused = true)]
async fn domains_beyond_the_bound_share_and_none_is_over_its_rate() {
    let mut limits = limits(&["*=2/h"]);
    let name = |number: usize| format!("d{number}.example");
    let start = Instant::now();
    for number in 0..DOMAINS_MAX + 3_000 {
        let domain = name(number);
        for _ in 0..3 {
            if limits.due(&domain, start) <= start {
                limits.take(&domain, start);
            }
        }
        assert!(limits.due(&domain, start) > start, "{domain} had three copies in an hour");
    }
    assert!(limits.others.len() <= DOMAINS_MAX);
    assert!(limits.shared.len() <= SHARED_MAX as usize);
    // Once the windows have passed, all are forgotten and begin anew.
    advance(Duration::from_secs(3_601)).await;
    for number in 0..SWEEP_FROM + 1 {
        take(&mut limits, &name(10_000 + number), 1).await;
    }
    assert!(limits.others.len() <= SWEEP_FROM + 1, "{}", limits.others.len());
    assert!(limits.shared.is_empty());
}

#[tokio::test(start_paused = true)]
async fn domains_without_a_rate_are_forgotten_too_and_never_hold_back() {
    let mut limits = limits(&["100000/s"]);
    for number in 0..20_000 {
        let domain = format!("d{number}.example");
        take(&mut limits, &domain, 1).await;
        assert!(limits.others.len() <= DOMAINS_MAX);
    }
    assert!(limits.shared.is_empty());
    advance(Duration::from_secs(20)).await;
    take(&mut limits, "last.example", 1).await;
    assert_eq!(limits.others.len(), 1);
}
