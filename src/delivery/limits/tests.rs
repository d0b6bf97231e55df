use super::*;

const PATIENCE: Duration = Duration::from_secs(5);

fn rates(texts: &[&str]) -> Vec<Rate> {
    texts.iter().map(|text| Rate::parse(text).unwrap()).collect()
}

/// Takes permits with several takers until `count` are had; returns their times from the start.
async fn take(limits: &Limits, count: usize) -> Vec<Duration> {
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < count {
        if limits.permit(PATIENCE).await {
            times.push(start.elapsed());
        }
    }
    times
}

/// The most copies in any window of the length, both ends counted.
fn fullest(times: &[Duration], per: Duration) -> usize {
    (0..times.len())
        .map(|first| times[first..].iter().take_while(|at| **at - times[first] <= per).count())
        .max()
        .unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn no_window_of_any_rate_is_exceeded_and_98_percent_is_used() {
    for texts in [
        &["50/s"][..],
        &["1000/s"],
        &["7/s", "100/min"],
        &["50/s", "600/min", "2000/h"],
        &["3/s", "5/h"],
        &["100/day"],
    ] {
        let rates = rates(texts);
        let limits = Limits::new(&rates);
        let count = rates.iter().map(|rate| rate.copies as usize).max().unwrap() * 3;
        let times = take(&limits, count).await;
        for rate in &rates {
            let fullest = fullest(&times, rate.per);
            assert!(fullest <= rate.copies as usize, "{texts:?}: {fullest} in one {rate}");
        }
        // A perfect sender, spreading copies evenly, would need this long.
        let even = |rate: &Rate| rate.per.as_secs_f64() / f64::from(rate.copies);
        let slowest = rates.iter().map(even).fold(0.0, f64::max);
        let needed = slowest * (times.len() - 1) as f64;
        let took = times.last().unwrap().as_secs_f64();
        assert!(took * 0.98 <= needed, "{texts:?}: {took} s for what needs {needed} s");
    }
}

#[tokio::test(start_paused = true)]
async fn several_takers_together_keep_the_rate() {
    let limits = std::sync::Arc::new(Limits::new(&rates(&["20/s"])));
    let start = Instant::now();
    let takers: Vec<_> = (0..8)
        .map(|_| {
            let limits = limits.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                for _ in 0..25 {
                    assert!(limits.permit(PATIENCE).await);
                    times.push(start.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for taker in takers {
        times.extend(taker.await.unwrap());
    }
    times.sort();
    assert!(fullest(&times, Duration::from_secs(1)) <= 20);
    assert!(times[199] < Duration::from_millis(10_200), "{:?}", times[199]);
}

#[tokio::test(start_paused = true)]
async fn attempts_of_an_earlier_process_count_and_those_of_the_future_count_as_now() {
    let now = Timestamp::from_second(1_680_000_000).unwrap();
    let ago = |seconds: i64| now - jiff::SignedDuration::from_secs(seconds);
    let attempts = [ago(3_599), ago(1_800), ago(10), ago(-7_200), ago(3_700)];
    let limits = Limits::rebuilt(&rates(&["4/h"]), &attempts, now);
    let times = take(&limits, 2).await;
    // The oldest that counts leaves the window in a second, the next in half an hour.
    assert_eq!(times[0].as_secs(), 1);
    assert_eq!(times[1].as_secs(), 1_800);
}

#[tokio::test(start_paused = true)]
async fn a_window_of_any_size_keeps_few_entries() {
    let limits = Limits::new(&rates(&["4000000/day"]));
    for _ in 0..60_000 {
        assert!(limits.permit(PATIENCE).await);
    }
    assert!(limits.windows.lock().await[0].entries.len() <= 2 * ENTRIES_MAX as usize);
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_is_far_off_is_not_waited_for_with_the_session_open() {
    let limits = Limits::new(&rates(&["1/h"]));
    assert!(limits.permit(PATIENCE).await);
    let start = Instant::now();
    assert!(!limits.permit(PATIENCE).await);
    assert!(start.elapsed() < Duration::from_secs(3_600));
    assert!(limits.permit(PATIENCE).await);
}
