//! Reads dates as people and other programs write them.
//!
//! Invariant: what can be read in two ways (`03/04/2023`) is not read at all, and a date without a
//! time is that day's start in the newsletter's zone.

use jiff::Zoned;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use crate::world;

/// Texts longer than this are no dates, in bytes.
const DATE_BYTES_MAX: usize = 200;
/// Years outside are slips or other numbers.
const YEARS: std::ops::RangeInclusive<i16> = 1000..=2999;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Words that join the parts of a date and say nothing.
const JOINTS: [&str; 4] = ["at", "on", "of", "the"];
/// Abbreviations of zones that mean one thing wherever English is written, in hours.
const OFFSETS: [(&str, i8); 16] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("bst", 1),
    ("cet", 1),
    ("cest", 2),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("akst", -9),
    ("hst", -10),
];
const ZONES: [(&str, &str); 4] = [
    ("et", "America/New_York"),
    ("ct", "America/Chicago"),
    ("mt", "America/Denver"),
    ("pt", "America/Los_Angeles"),
];

/// Reads a text that is a date and nothing else.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<Zoned> {
    let (date, rest) = parse_prefix(text.trim(), zone)?;
    rest.trim().is_empty().then_some(date)
}

/// Reads the date that a text begins with, and returns what follows it.
pub(super) fn parse_prefix<'a>(text: &'a str, zone: &TimeZone) -> Option<(Zoned, &'a str)> {
    let mut parts = Parts { rest: text, ..Parts::default() };
    while parts.take() {}
    Some((parts.instant(zone)?, parts.rest))
}

/// Finds a date that begins at some word of a short text; returns where, the date, and the rest.
pub(super) fn find<'a>(text: &'a str, zone: &TimeZone) -> Option<(usize, Zoned, &'a str)> {
    if text.len() > DATE_BYTES_MAX {
        return None;
    }
    let starts = text.char_indices().scan(' ', |before, (index, c)| {
        let first = !before.is_alphanumeric() && c.is_alphanumeric();
        *before = c;
        Some((index, first))
    });
    starts.filter(|(_, first)| *first).find_map(|(index, _)| {
        parse_prefix(&text[index..], zone).map(|(date, rest)| (index, date, rest))
    })
}

/// Returns the day that a file's name begins with, as `2023-03-20-slug.md` does.
pub(super) fn of_file_name(name: &str, zone: &TimeZone) -> Option<Zoned> {
    let day = name.get(..10)?;
    let shaped = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !shaped || name[10..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    day.parse::<Date>().ok()?.to_zoned(zone.clone()).ok()
}

/// The day that many sites have in their addresses: `/2020/01/31/`.
pub(super) fn of_path(path: &str, zone: &TimeZone) -> Option<Zoned> {
    let parts: Vec<&str> = path.split('/').collect();
    parts.windows(3).find_map(|parts| {
        let [year, month, day] = parts else { return None };
        let digits =
            |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        let is_day = digits(year, 4) && digits(month, 2) && digits(day, 2);
        is_day.then(|| parse(&format!("{year}-{month}-{day}"), zone)).flatten()
    })
}

#[derive(Default)]
struct Parts<'a> {
    rest: &'a str,
    date: Option<Date>,
    time: Option<Time>,
    zone: Option<TimeZone>,
    weekday: bool,
}

impl<'a> Parts<'a> {
    /// Takes the next part off the text; false where none of a date's parts follows.
    fn take(&mut self) -> bool {
        let text =
            self.rest.trim_start_matches(|c: char| c.is_whitespace() || ",|·•()".contains(c));
        let text = text.strip_prefix("- ").or(text.strip_prefix("– ")).unwrap_or(text);
        let taken = if text.is_empty() {
            None
        } else if self.time.is_some() && self.zone.is_none() && text.starts_with(['+', '-', '[']) {
            self.offset(text)
        } else if text.starts_with(|c: char| c.is_ascii_digit()) {
            self.digits(text)
        } else {
            self.word(text)
        };
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn digits(&mut self, text: &'a str) -> Option<&'a str> {
        if self.time.is_none()
            && let Some((time, rest)) = time(text)
        {
            self.time = Some(time);
            return Some(rest);
        }
        if self.date.is_some() {
            return None;
        }
        let (date, rest) = numeric(text).or_else(|| day_first(text))?;
        self.date = Some(date);
        let after_t = rest.strip_prefix(['T', 't']);
        Some(after_t.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(rest))
    }

    fn word(&mut self, text: &'a str) -> Option<&'a str> {
        let (word, rest) = split_word(text);
        let lower = word.to_lowercase();
        if JOINTS.contains(&lower.as_str()) {
            return Some(rest);
        }
        if self.time.is_some()
            && self.zone.is_none()
            && let Some(zone) = named_zone(&lower)
        {
            self.zone = Some(zone);
            return Some(rest);
        }
        if self.date.is_some() {
            return None;
        }
        if let Some(month) = month(&lower) {
            let (date, rest) = month_first(month, rest)?;
            self.date = Some(date);
            return Some(rest);
        }
        let weekday = !self.weekday && is_weekday(&lower);
        self.weekday |= weekday;
        weekday.then_some(rest)
    }

    fn offset(&mut self, text: &'a str) -> Option<&'a str> {
        if let Some(inner) = text.strip_prefix('[') {
            let (name, rest) = inner.split_once(']')?;
            self.zone = Some(world::time_zone(name)?);
            return Some(rest);
        }
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (first, rest) = number(&text[1..]);
        let (hours, minutes, rest) = match (first.len(), rest.strip_prefix(':')) {
            (1 | 2, Some(after)) => {
                let (minutes, rest) = number(after);
                (first, (minutes.len() == 2).then_some(minutes)?, rest)
            }
            (1 | 2, None) => (first, "0", rest),
            (4, _) => (&first[..2], &first[2..], rest),
            _ => return None,
        };
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        if hours > 18 || minutes > 59 {
            return None;
        }
        let offset = Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
        self.zone = Some(TimeZone::fixed(offset));
        Some(rest)
    }

    fn instant(&self, zone: &TimeZone) -> Option<Zoned> {
        let date = self.date?;
        let Some(time) = self.time else {
            return date.to_zoned(zone.clone()).ok();
        };
        let written = self.zone.as_ref().unwrap_or(zone).clone();
        let instant = date.to_datetime(time).to_zoned(written).ok()?;
        Some(instant.timestamp().to_zoned(zone.clone()))
    }
}

/// Splits off leading digits.
fn number(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// Splits off a word, with the dot of an abbreviation.
fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.strip_prefix('.').unwrap_or(rest))
}

fn date_of(year: &str, month: &str, day: &str) -> Option<Date> {
    let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `2023-03-20`, `2023/3/20`, `20.03.2023`; with slashes only where the day is above 12.
fn numeric(text: &str) -> Option<(Date, &str)> {
    let (first, rest) = number(text);
    let mark = rest.chars().next().filter(|&c| "-/.".contains(c))?;
    let (second, rest) = number(&rest[1..]);
    let (third, rest) = number(rest.strip_prefix(mark)?);
    if rest.starts_with(|c: char| c.is_alphanumeric() && c != 'T' && c != 't') {
        return None;
    }
    let small = |text: &str| (1..=2).contains(&text.len());
    let date = if first.len() == 4 && small(second) && small(third) {
        date_of(first, second, third)
    } else if third.len() == 4 && small(first) && small(second) {
        let (a, b): (u8, u8) = (first.parse().ok()?, second.parse().ok()?);
        match (a > 12, b > 12) {
            (true, false) => date_of(third, second, first),
            (false, true) => date_of(third, first, second),
            _ if a == b => date_of(third, first, second),
            _ if mark == '.' => date_of(third, second, first),
            _ => None,
        }
    } else {
        None
    };
    Some((date?, rest))
}

/// `20 March 2023`, `20th of March, 2023`, `20-Mar-2023`.
fn day_first(text: &str) -> Option<(Date, &str)> {
    let (day, rest) = number(text);
    let rest = ordinal(rest).trim_start_matches([' ', '-', '.', '\u{a0}']);
    let rest = rest.strip_prefix("of ").unwrap_or(rest);
    let (word, rest) = split_word(rest);
    let month = month(&word.to_lowercase())?;
    let (year, rest) = number(rest.trim_start_matches([' ', '-', ',', '\u{a0}']));
    Some((date_of(year, &month.to_string(), day)?, rest))
}

/// `March 20, 2023`, with the month already read.
fn month_first(month: usize, rest: &str) -> Option<(Date, &str)> {
    let (day, rest) = number(rest.trim_start());
    let rest = ordinal(rest).trim_start_matches([' ', ',', '.', '\u{a0}']);
    let (year, rest) = number(rest);
    if year.len() != 4 {
        return None;
    }
    Some((date_of(year, &month.to_string(), day)?, rest))
}

fn ordinal(text: &str) -> &str {
    ["st", "nd", "rd", "th"].iter().find_map(|end| text.strip_prefix(end)).unwrap_or(text)
}

/// `9:14`, `09:14:30.5`, `9:14 p.m.`, `9 am`.
fn time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = number(text);
    if hour.is_empty() || hour.len() > 2 {
        return None;
    }
    let mut hour: i8 = hour.parse().ok()?;
    let (minute, second, rest, precise) = match rest.strip_prefix(':') {
        Some(after) => {
            let (minute, rest) = number(after);
            let (second, rest) = seconds(rest)?;
            ((minute.len() == 2).then_some(minute)?.parse().ok()?, second, rest, true)
        }
        None => (0, 0, rest, false),
    };
    let (half, rest) = half_day(rest);
    match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(after_noon) => hour = hour % 12 + if after_noon { 12 } else { 0 },
        None if !precise => return None,
        None => {}
    }
    // A leap second is read as the second before it.
    Some((Time::new(hour, minute, second, 0).ok()?, rest))
}

fn seconds(text: &str) -> Option<(i8, &str)> {
    let Some(after) = text.strip_prefix(':') else { return Some((0, text)) };
    let (second, mut rest) = number(after);
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        rest = number(fraction).1;
    }
    let second: i8 = (second.len() == 2).then_some(second)?.parse().ok()?;
    Some((second.min(59), rest))
}

/// Reads `am`, `p.m.` and the like; true is after noon.
fn half_day(text: &str) -> (Option<bool>, &str) {
    let start = text.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let mut letters = start.chars().filter(|c| *c != '.').map(|c| c.to_ascii_lowercase());
    let after_noon = match letters.next() {
        Some('a') => false,
        Some('p') => true,
        _ => return (None, text),
    };
    if letters.next() != Some('m') {
        return (None, text);
    }
    let end = start.find(['m', 'M']).map_or(start.len(), |at| at + 1);
    let rest = &start[end..];
    if rest.starts_with(char::is_alphanumeric) {
        return (None, text);
    }
    (Some(after_noon), rest.strip_prefix('.').unwrap_or(rest))
}

fn month(word: &str) -> Option<usize> {
    let full = |name: &&str| *name == word || (word.len() == 3 && name.starts_with(word));
    let at = MONTHS.iter().position(full).or((word == "sept").then_some(8))?;
    Some(at + 1)
}

fn is_weekday(word: &str) -> bool {
    WEEKDAYS.iter().any(|name| name.starts_with(word)) && word.len() >= 3
        || ["tues", "thurs", "thur"].contains(&word)
}

fn named_zone(word: &str) -> Option<TimeZone> {
    if let Some((_, hours)) = OFFSETS.iter().find(|(name, _)| *name == word) {
        return Some(TimeZone::fixed(jiff::tz::offset(*hours)));
    }
    let (_, name) = ZONES.iter().find(|(short, _)| *short == word)?;
    world::time_zone(name)
}

#[cfg(test)]
mod tests;
