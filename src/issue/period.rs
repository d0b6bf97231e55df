//! Weeks and slots: which time an issue covers, and when it goes out.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Error, ToSpan as _, Zoned};

use crate::config::Schedule;
use crate::words::{Period, Week};

/// Returns the week from its Monday 00:00 to the next one.
///
/// # Errors
/// If the week lies outside the years that dates can have.
pub fn of_week(week: Week, zone: &TimeZone) -> Result<Period, Error> {
    let monday = week.monday();
    let start = |date: Date| date.to_zoned(zone.clone());
    Ok(Period { from: start(monday)?, until: start(monday.checked_add(7.days())?)? })
}

/// Returns the first slot at or after an instant.
///
/// A time that the clock skips is taken as far behind as the clock jumped; one that comes twice is
/// taken the first time.
///
/// # Errors
/// If the slot lies outside the years that dates can have.
pub fn slot_from(schedule: &Schedule, instant: &Zoned) -> Result<Zoned, Error> {
    let day = instant.date();
    let ahead = schedule.weekday.since(day.weekday());
    let date = day.checked_add(i64::from(ahead).days())?;
    let slot = date.to_datetime(schedule.time).to_zoned(instant.time_zone().clone())?;
    if slot >= *instant {
        return Ok(slot);
    }
    let date = date.checked_add(7.days())?;
    date.to_datetime(schedule.time).to_zoned(instant.time_zone().clone())
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, time};

    use super::*;

    fn slot(weekday: Weekday, at: &str) -> String {
        let schedule = Schedule { weekday, time: time(7, 30, 0, 0) };
        let instant: Zoned = at.parse().unwrap();
        slot_from(&schedule, &instant).unwrap().to_string()
    }

    #[test]
    fn a_week_takes_the_clock_change_in_its_stride() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let period = of_week("2023-W10".parse().unwrap(), &zone).unwrap();
        assert_eq!(period.from.to_string(), "2023-03-06T00:00:00-05:00[America/New_York]");
        assert_eq!(period.until.to_string(), "2023-03-13T00:00:00-04:00[America/New_York]");
    }

    #[test]
    fn the_slot_is_the_first_at_or_after_the_end() {
        let until = "2023-03-27T00:00:00-04:00[America/New_York]";
        assert_eq!(slot(Weekday::Monday, until), "2023-03-27T07:30:00-04:00[America/New_York]");
        assert_eq!(slot(Weekday::Sunday, until), "2023-04-02T07:30:00-04:00[America/New_York]");
        let at = "2023-03-27T07:30:00-04:00[America/New_York]";
        assert_eq!(slot(Weekday::Monday, at), at);
        let after = "2023-03-27T07:31:00-04:00[America/New_York]";
        assert_eq!(slot(Weekday::Monday, after), "2023-04-03T07:30:00-04:00[America/New_York]");
    }
}
