//! Weeks: which time an issue covers.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Error, ToSpan as _};

use crate::words::{Period, Week};

/// Returns the week from its first day 00:00 to the next one: its Monday, or the day before it that
/// weeks begin with.
///
/// # Errors
/// If the week lies outside the years that dates can have.
pub fn of_week(week: Week, starts: Weekday, zone: &TimeZone) -> Result<Period, Error> {
    let first = week.monday().checked_sub(i64::from(starts.until(Weekday::Monday)).days())?;
    let start = |date: Date| date.to_zoned(zone.clone());
    Ok(Period { from: start(first)?, until: start(first.checked_add(7.days())?)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_takes_the_clock_change_in_its_stride() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let period = of_week("2023-W10".parse().unwrap(), Weekday::Monday, &zone).unwrap();
        assert_eq!(period.from.to_string(), "2023-03-06T00:00:00-05:00[America/New_York]");
        assert_eq!(period.until.to_string(), "2023-03-13T00:00:00-04:00[America/New_York]");
        let period = of_week("2023-W10".parse().unwrap(), Weekday::Sunday, &zone).unwrap();
        assert_eq!(period.from.to_string(), "2023-03-05T00:00:00-05:00[America/New_York]");
    }
}
