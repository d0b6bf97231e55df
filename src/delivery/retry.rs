//! When a deferred copy is tried again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::words::CopyId;

/// The wait behind the first deferral; it doubles with each.
const WAIT_MIN: Duration = Duration::from_secs(60);
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// Returns when a copy that was tried `attempts` times is due again.
///
/// Waits grow, and spread by up to a quarter either way: copies deferred together come back apart.
/// The spread is drawn from the copy's id, so that a replay sees the same.
pub(super) fn due(copy: CopyId, attempts: u32, now: Timestamp) -> Timestamp {
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = WAIT_MIN.saturating_mul(1 << doublings).min(WAIT_MAX);
    let seed = u64::from_be_bytes(copy.0[..8].try_into().expect("an id has 16 bytes"));
    let turned = seed.rotate_left(attempts % 64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let share = (turned >> 48) as u32;
    // From 3/4 to 5/4 of the wait.
    let wait = wait * 3 / 4 + wait / 2 * share / u32::from(u16::MAX);
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_secs(3_600));
    now.saturating_add(wait).unwrap_or(now)
}

/// Says whether a copy first tried at `first` is not to be tried at `due` any more.
pub(super) fn is_too_late(first: Timestamp, due: Timestamp, retry_for: Duration) -> bool {
    let retry_for = SignedDuration::try_from(retry_for).unwrap_or(SignedDuration::MAX);
    due.duration_since(first) > retry_for
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_stay_in_bounds_and_differ_between_copies() {
        let now = Timestamp::from_second(1_680_000_000).unwrap();
        let wait = |seed: u8, attempts| {
            due(CopyId([seed; 16]), attempts, now).as_second() - now.as_second()
        };
        for seed in 0..=255 {
            assert!((45..=75).contains(&wait(seed, 1)), "{}", wait(seed, 1));
            assert!((90..=150).contains(&wait(seed, 2)));
            assert!((2_700..=4_500).contains(&wait(seed, 40)));
        }
        let mut waits: Vec<_> = (0..=255).map(|seed| wait(seed, 6)).collect();
        waits.sort_unstable();
        waits.dedup();
        assert!(waits.len() > 100, "{} different waits", waits.len());
    }
}
