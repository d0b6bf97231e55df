//! How destinations slow down and come back.

use super::*;

/// Takes copies for so many seconds; returns how many.
async fn during(limits: &mut Limits, domain: &str, seconds: u64) -> usize {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut copies = 0;
    loop {
        let now = Instant::now();
        let due = limits.due(domain, now);
        if due.max(now) >= end {
            sleep_until(end).await;
            return copies;
        }
        if due > now {
            sleep_until(due).await;
        } else {
            limits.take(domain, now);
            copies += 1;
        }
    }
}

fn near(copies: usize, wanted: usize) -> bool {
    copies.abs_diff(wanted) <= 1 + wanted / 20
}

#[tokio::test(start_paused = true)]
async fn a_domain_falls_to_half_of_what_it_had_and_recovers_step_by_step() {
    let mut limits = limits(&["100/s", "a.example=40/s"]);
    // It may have forty, and had thirty.
    for _ in 0..30 * 12 {
        take(&mut limits, "a.example", 1).await;
        advance(Duration::from_nanos(33_333_333)).await;
    }
    assert!(limits.slowed(Instant::now()).is_empty());
    limits.slow_down(Slow::Domain("a.example"), Instant::now());
    let told = limits.slowed(Instant::now());
    let [(whom, Some(pace))] = &told[..] else { panic!("{told:?}") };
    assert_eq!(whom, "a.example");
    assert!((14.0..=16.0).contains(pace), "{pace}");
    assert!(limits.slowed(Instant::now()).is_empty(), "nothing has changed");

    let copies = during(&mut limits, "a.example", 10).await;
    assert!(near(copies, 150), "{copies}");
    let told = limits.slowed(Instant::now());
    assert!(matches!(&told[..], [(_, Some(pace))] if (21.0..=24.0).contains(pace)), "{told:?}");
    let copies = during(&mut limits, "a.example", 10).await;
    assert!(near(copies, 225), "{copies}");
    assert_eq!(limits.slowed(Instant::now()), [("a.example".to_owned(), None)]);
    let copies = during(&mut limits, "a.example", 10).await;
    assert!(near(copies, 400), "{copies}");
    assert!(limits.slowed(Instant::now()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_the_domain_that_was_meant_is_slowed_down() {
    let mut limits = limits(&["100/s"]);
    during(&mut limits, "a.example", 5).await;
    limits.slow_down(Slow::Domain("a.example"), Instant::now());
    let copies = during(&mut limits, "b.example", 5).await;
    assert!(near(copies, 500), "{copies}");
}

#[tokio::test(start_paused = true)]
async fn the_relay_is_slowed_down_for_all_domains_together() {
    let mut limits = limits(&["20/s"]);
    during(&mut limits, "a.example", 10).await;
    limits.slow_down(Slow::Relay, Instant::now());
    assert!(matches!(&limits.slowed(Instant::now())[..], [(whom, Some(_))] if whom == "relay"));
    let copies =
        during(&mut limits, "a.example", 4).await + during(&mut limits, "b.example", 4).await;
    assert!(near(copies, 80), "{copies}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_requests_counts_once_and_later_ones_each() {
    let mut limits = limits(&["64/s"]);
    during(&mut limits, "a.example", 10).await;
    for _ in 0..10 {
        limits.slow_down(Slow::Relay, Instant::now());
        advance(Duration::from_millis(100)).await;
    }
    let pace = |limits: &mut Limits| limits.slowed(Instant::now()).pop().unwrap().1.unwrap();
    let once = pace(&mut limits);
    assert!((31.0..=33.0).contains(&once), "{once}");
    advance(Duration::from_secs(4)).await;
    limits.slow_down(Slow::Relay, Instant::now());
    assert_eq!(pace(&mut limits), once / 2.0);
}

#[tokio::test(start_paused = true)]
async fn a_destination_is_never_slowed_to_a_halt_and_always_comes_back() {
    for texts in [&["50/s"][..], &[], &["1/h"]] {
        let mut limits = limits(texts);
        take(&mut limits, "a.example", 1).await;
        for _ in 0..40 {
            limits.slow_down(Slow::Domain("a.example"), Instant::now());
            limits.slow_down(Slow::Relay, Instant::now());
            advance(Duration::from_secs(4)).await;
        }
        let slowed = limits.slowed(Instant::now());
        assert_eq!(slowed.len(), 2, "{texts:?}");
        assert!(slowed.iter().all(|(_, pace)| pace.is_some_and(|pace| pace >= 1.0 / 60.0)));
        let now = Instant::now();
        if *texts != ["1/h"] {
            assert!(limits.due("a.example", now) <= now + Duration::from_secs(60), "{texts:?}");
        }
        advance(Duration::from_secs(300)).await;
        let slowed = limits.slowed(Instant::now());
        assert!(slowed.len() == 2 && slowed.iter().all(|(_, pace)| pace.is_none()), "{slowed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_recovery_is_not_slept_through() {
    let mut limits = limits(&[]);
    for _ in 0..40 {
        limits.slow_down(Slow::Relay, Instant::now());
        advance(Duration::from_secs(4)).await;
    }
    take(&mut limits, "a.example", 1).await;
    let copies = during(&mut limits, "a.example", 60).await;
    assert!(copies > 1, "at the least pace there would be one: {copies}");
}

#[tokio::test(start_paused = true)]
async fn where_very_many_domains_ask_the_relay_is_slowed_down() {
    let mut limits = limits(&["50/s"]);
    for number in 0..10 * SLOWED_MAX {
        limits.slow_down(Slow::Domain(&format!("d{number}.example")), Instant::now());
    }
    let slowed = limits.slowed(Instant::now());
    assert_eq!(slowed.len(), SLOWED_MAX + 1);
    assert_eq!(slowed[0].0, "relay");
}
