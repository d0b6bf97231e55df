//! Weeks by their ISO 8601 names.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::IssueName;

/// An ISO 8601 week, written `2023-W12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week(ISOWeekDate);

/// A text that names no week.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no week; a week is written `2023-W12`")]
pub struct WeekError(pub String);

impl Week {
    /// Returns the week's Monday.
    pub fn monday(self) -> Date {
        self.0.date()
    }

    /// Returns the name that an issue of this week has.
    pub fn issue_name(self) -> IssueName {
        self.to_string().parse().expect("a week's name is letters, digits and a hyphen")
    }
}

impl FromStr for Week {
    type Err = WeekError;

    fn from_str(text: &str) -> Result<Self, WeekError> {
        let error = || WeekError(text.to_owned());
        let (year, week) = text.split_once("-W").or(text.split_once("-w")).ok_or_else(error)?;
        if year.len() != 4 || week.len() != 2 {
            return Err(error());
        }
        let year = year.parse().map_err(|_| error())?;
        let week = week.parse().map_err(|_| error())?;
        ISOWeekDate::new(year, week, Weekday::Monday).map(Week).map_err(|_| error())
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.0.year(), self.0.week())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_its_monday() {
        let week: Week = "2023-W12".parse().unwrap();
        assert_eq!(week.monday().to_string(), "2023-03-20");
        assert_eq!(week.to_string(), "2023-W12");
        assert_eq!(week.issue_name().as_str(), "2023-W12");
    }

    #[test]
    fn weeks_that_do_not_exist_are_refused() {
        for text in ["2023-W53", "2023-W00", "2023-12", "23-W12", "2023-W1", ""] {
            assert!(text.parse::<Week>().is_err(), "{text}");
        }
        assert!("2020-W53".parse::<Week>().is_ok());
    }
}
