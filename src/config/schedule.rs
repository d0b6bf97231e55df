//! `[schedule]`: at which times an issue is to go out.
//!
//! A time that the clock skips is taken as far behind as the clock jumped; one that comes twice is
//! taken the first time.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Date, Time, Weekday};
use jiff::{ToSpan as _, Zoned};

/// How many days are looked through for a slot: every rule names one within two months.
const DAYS_MAX: i64 = 3 * 366;
/// How many slots in a row may be skipped.
const SKIPPED_MAX: usize = 10_000;

/// `[schedule]`.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// When.
    pub every: Every,
    /// Days, in the newsletter's zone, on which there is no slot.
    pub skip: BTreeSet<Date>,
    /// How long after its slot the first copy of an issue may leave.
    pub latest: Duration,
    /// The day that a week begins with.
    pub week_starts: Weekday,
}

impl Schedule {
    /// The first slot at or after an instant, in the instant's zone; `None` if there is none within
    /// three years.
    pub fn slot_from(&self, instant: &Zoned) -> Option<Zoned> {
        let mut at = self.every.next(instant, true)?;
        for _ in 0..SKIPPED_MAX {
            if !self.skip.contains(&at.date()) {
                return Some(at);
            }
            at = self.every.next(&at, false)?;
        }
        None
    }

    /// The first slot after an instant.
    pub fn slot_after(&self, instant: &Zoned) -> Option<Zoned> {
        self.slot_from(&instant.checked_add(1.nanosecond()).ok()?)
    }

    /// The last slot before an instant.
    pub fn slot_before(&self, instant: &Zoned) -> Option<Zoned> {
        let mut at = self.every.previous(instant)?;
        for _ in 0..SKIPPED_MAX {
            if !self.skip.contains(&at.date()) {
                return Some(at);
            }
            at = self.every.previous(&at)?;
        }
        None
    }
}

/// A rule that names times: `Monday 07:30`, `Monday, Thursday 07:30`, `weekdays 06:00`,
/// `day 06:00`, `first Monday 07:30`, or the five fields of a crontab.
#[derive(Clone, Debug)]
pub struct Every {
    text: String,
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    /// Days of the week, at a time.
    Days(Vec<Weekday>, Time),
    /// The nth of a weekday in its month, from the end if negative.
    Nth(i8, Weekday, Time),
    Cron(Box<Cron>),
}

/// Why a text names no times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EveryError {
    /// The time of day is missing or none.
    #[error("it ends with a time of day, as in `07:30`")]
    Time,
    /// A word names no day.
    #[error("`{0}` names no day")]
    Day(String),
    /// The fields of a crontab are wrong.
    #[error("{0}")]
    Cron(String),
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
const NTH: [(&str, i8); 5] =
    [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

impl FromStr for Every {
    type Err = EveryError;

    fn from_str(text: &str) -> Result<Self, EveryError> {
        let words: Vec<String> = text
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let rule = if text.contains(':') { days(&words)? } else { cron(&text)? };
        Ok(Self { text, rule })
    }
}

impl Every {
    /// The rule as it was written, with single spaces.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first time after an instant, or at it.
    fn next(&self, instant: &Zoned, may_be_at: bool) -> Option<Zoned> {
        if let Rule::Cron(cron) = &self.rule {
            // croner looks at whole seconds, and does not know a time again that it moved out of a
            // clock's gap.
            let behind = instant.checked_add(1.second()).ok()?;
            let is_at =
                || cron.find_previous_occurrence(&behind, false).ok().as_ref() == Some(instant);
            if may_be_at && is_at() {
                return Some(instant.clone());
            }
            return cron.find_next_occurrence(instant, false).ok();
        }
        let is_next = |at: &Zoned| if may_be_at { at >= instant } else { at > instant };
        // The clock may turn back over midnight: the day before is looked at too.
        let start = instant.date().checked_sub(1.day()).ok()?;
        let days = (0..DAYS_MAX).map_while(|ahead| start.checked_add(ahead.days()).ok());
        days.filter_map(|day| self.on(day, instant)).find(is_next)
    }

    /// The last time before an instant.
    fn previous(&self, instant: &Zoned) -> Option<Zoned> {
        if let Rule::Cron(cron) = &self.rule {
            return cron.find_previous_occurrence(instant, false).ok();
        }
        let start = instant.date().checked_add(1.day()).ok()?;
        let days = (0..DAYS_MAX).map_while(|back| start.checked_sub(back.days()).ok());
        days.filter_map(|day| self.on(day, instant)).find(|at| at < instant)
    }

    /// The time on a day, in the zone of an instant.
    fn on(&self, day: Date, instant: &Zoned) -> Option<Zoned> {
        let time = match &self.rule {
            Rule::Days(days, time) if days.contains(&day.weekday()) => time,
            Rule::Nth(nth, weekday, time) if is_nth(day, *nth, *weekday) => time,
            _ => return None,
        };
        day.to_datetime(*time).to_zoned(instant.time_zone().clone()).ok()
    }
}

fn is_nth(day: Date, nth: i8, weekday: Weekday) -> bool {
    day.weekday() == weekday
        && match nth {
            -1 => day.day() + 7 > day.days_in_month(),
            nth => (day.day() - 1) / 7 + 1 == nth,
        }
}

fn days(words: &[String]) -> Result<Rule, EveryError> {
    let Some((time, days)) = words.split_last() else { return Err(EveryError::Time) };
    let time = time_of_day(time).ok_or(EveryError::Time)?;
    if let [nth, day] = days
        && let Some((_, nth)) = NTH.iter().find(|(name, _)| name == nth)
    {
        return Ok(Rule::Nth(*nth, weekday(day)?, time));
    }
    let all = WEEKDAYS.map(|(_, weekday)| weekday);
    match days {
        [] => Err(EveryError::Day(String::new())),
        [word] if word == "day" => Ok(Rule::Days(all.to_vec(), time)),
        [word] if word == "weekdays" => Ok(Rule::Days(all[..5].to_vec(), time)),
        _ => {
            let days: Result<Vec<Weekday>, EveryError> =
                days.iter().filter(|word| *word != "and").map(|word| weekday(word)).collect();
            Ok(Rule::Days(days?, time))
        }
    }
}

/// Reads the name of a weekday.
///
/// # Errors
/// [`EveryError::Day`].
pub(super) fn weekday(word: &str) -> Result<Weekday, EveryError> {
    let word = word.trim().to_lowercase();
    let found = WEEKDAYS.iter().find(|(name, _)| *name == word);
    found.map(|(_, weekday)| *weekday).ok_or(EveryError::Day(word))
}

fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| (text.len() == 2).then(|| text.parse().ok()).flatten();
    Time::new(two(hour)?, two(minute)?, 0, 0).ok()
}

fn cron(text: &str) -> Result<Rule, EveryError> {
    let wrong = |error: &dyn std::fmt::Display| EveryError::Cron(error.to_string());
    // A single word names a day, and wants a time.
    if text.split(' ').count() == 1 {
        return Err(EveryError::Time);
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron = parser.parse(text).map_err(|error| wrong(&error))?;
    Ok(Rule::Cron(Box::new(cron)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn schedule(every: &str) -> Schedule {
        let (skip, latest) = (BTreeSet::new(), Duration::from_secs(6 * 3_600));
        let every = every.parse().unwrap();
        Schedule { every, skip, latest, week_starts: Weekday::Monday }
    }

    fn slots(every: &str, from: &str, count: usize) -> Vec<String> {
        let schedule = schedule(every);
        let mut at: Zoned = from.parse().unwrap();
        let mut told = Vec::new();
        let mut last: Option<Zoned> = None;
        for _ in 0..count {
            let slot = match &last {
                None => schedule.slot_from(&at),
                Some(last) => schedule.slot_after(last),
            };
            at = slot.unwrap();
            // Back from behind it, it is the same.
            let behind = at.checked_add(1.second()).unwrap();
            assert_eq!(schedule.slot_before(&behind).unwrap(), at);
            assert_eq!(schedule.slot_from(&at).unwrap(), at);
            assert_eq!(last, last.as_ref().and_then(|_| schedule.slot_before(&at)));
            told.push(at.strftime("%a %Y-%m-%d %H:%M%:z").to_string());
            last = Some(at.clone());
        }
        told
    }

    const NEW_YORK: &str = "2023-03-08T12:00:00-05:00[America/New_York]";

    #[test]
    fn every_form_names_its_times() {
        let first = |every: &str| slots(every, NEW_YORK, 3).join(", ");
        insta::assert_snapshot!(
            [
                "Monday 07:30",
                "monday,Thursday 07:30",
                "Tuesday and Sunday 00:00",
                "weekdays 06:00",
                "day 23:59",
                "first Monday 07:30",
                "last friday 18:00",
                "30 7 * * 1",
                "0 6 1,15 * *",
                "*/20 5 * * MON-FRI",
                "30 7 * * MON#1",
            ]
            .map(|every| format!("{every}: {}", first(every)))
            .join("\n")
        );
    }

    #[test]
    fn both_clock_changes_have_every_slot_once() {
        let at = |zone: &str, every: &str, from: &str| {
            let from = format!("{from}[{zone}]");
            format!("{zone} {every}: {}", slots(every, &from, 3).join(", "))
        };
        insta::assert_snapshot!(
            [
                at("Europe/Oslo", "Sunday 02:30", "2023-03-20T00:00:00+01:00"),
                at("Europe/Oslo", "day 02:30", "2023-10-28T00:00:00+02:00"),
                at("America/New_York", "day 02:30", "2023-03-11T00:00:00-05:00"),
                at("Australia/Lord_Howe", "day 02:15", "2023-09-30T00:00:00+10:30"),
                at("Australia/Lord_Howe", "day 01:45", "2023-04-01T00:00:00+11:00"),
                at("Asia/Kathmandu", "day 00:00", "2024-02-28T00:00:00+05:45"),
                at("Europe/Oslo", "30 2 * * *", "2023-03-25T00:00:00+01:00"),
                at("Europe/Oslo", "30 2 * * *", "2023-10-28T00:00:00+02:00"),
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_skipped_day_has_no_slot() {
        let mut schedule = schedule("Monday 07:30");
        schedule.skip.insert(date(2023, 3, 13));
        let at: Zoned = NEW_YORK.parse().unwrap();
        let slot = schedule.slot_from(&at).unwrap();
        assert_eq!(slot.date(), date(2023, 3, 20));
        assert_eq!(schedule.slot_before(&slot).unwrap().date(), date(2023, 3, 6));
    }

    #[test]
    fn what_names_no_time_is_refused_with_the_reason() {
        let why = |text: &str| text.parse::<Every>().unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "",
                "Monday",
                "Monday 7:30",
                "Monday 24:00",
                "Mon 07:30",
                "07:30",
                "fifth Monday 07:30",
                "first day 07:30",
                "* * * * * *",
                "61 * * * *",
                "a b c d e",
            ]
            .map(|text| format!("{text:?}: {}", why(text)))
            .join("\n")
        );
    }
}
