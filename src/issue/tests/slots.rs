//! What is due, case by case.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Zoned;
use jiff::civil::Weekday;

use super::super::*;
use crate::config::Schedule;
use crate::words::IssueName;

fn schedule(every: &str) -> Schedule {
    let (skip, latest) = (BTreeSet::new(), Duration::from_secs(6 * 3_600));
    Schedule { every: every.parse().unwrap(), skip, latest, week_starts: Weekday::Monday }
}

fn at(text: &str) -> Zoned {
    format!("{text}:00+00:00[UTC]").parse().unwrap()
}

fn dated(slot: &str, progress: Progress) -> Dated {
    let name = slot[..10].parse().unwrap();
    Dated { name, until: at(slot), slot: Some(at(slot)), progress }
}

fn due(now: &str, issues: &[Dated]) -> Due {
    let (schedule, now, since) = (schedule("day 06:00"), at(now), at("2023-03-20T00:00"));
    Calendar { schedule: &schedule, now: &now, since: &since, issues }.due()
}

#[test]
fn copies_that_were_put_off_do_not_hold_up_the_next_issue() {
    let name = |text: &str| text.parse::<IssueName>().unwrap();
    let waiting = dated("2023-03-21T06:00", Progress::Waiting);
    assert_eq!(
        due("2023-03-21T12:00", std::slice::from_ref(&waiting)),
        Due::GoOn(name("2023-03-21"))
    );
    let made = due("2023-03-22T06:00", std::slice::from_ref(&waiting));
    assert!(matches!(made, Due::Make(made, _, _) if made == name("2023-03-22")));
    let next = dated("2023-03-22T06:00", Progress::Unsent);
    assert_eq!(due("2023-03-22T06:00", &[waiting.clone(), next]), Due::Take(name("2023-03-22")));
    let next = dated("2023-03-22T06:00", Progress::Sent);
    assert_eq!(due("2023-03-22T06:15", &[waiting, next]), Due::GoOn(name("2023-03-21")));
    // What was cut off was due first.
    let begun = dated("2023-03-21T06:00", Progress::Begun);
    let next = dated("2023-03-22T06:00", Progress::Unsent);
    assert_eq!(due("2023-03-22T06:00", &[begun, next]), Due::GoOn(name("2023-03-21")));
    // What was stopped is left to people.
    let stopped = dated("2023-03-21T06:00", Progress::Stopped);
    assert_eq!(due("2023-03-21T06:15", &[stopped]), Due::Nothing);
}

#[test]
fn a_missed_slot_is_seen_however_long_the_schedule_has_held() {
    let (schedule, since, now) =
        (schedule("day 06:00"), at("2023-03-20T00:00"), at("2028-03-20T13:00"));
    let calendar = Calendar { schedule: &schedule, now: &now, since: &since, issues: &[] };
    let missed = calendar.missed(&at("2028-03-18T06:00"));
    let slots: Vec<Zoned> = missed.into_iter().map(|missed| missed.slot).collect();
    assert_eq!(slots, [at("2028-03-19T06:00"), at("2028-03-20T06:00")]);
    // From the first on, which is far more than is looked at, the last are named.
    assert_eq!(calendar.missed(&since).last().unwrap().slot, at("2028-03-20T06:00"));
}
