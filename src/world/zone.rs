//! Time zones by their names.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::tz::{self, TimeZone};

use crate::diag;

/// Where systems keep a file for each zone; `TZDIR` names another folder.
const ZONES: &str = "/usr/share/zoneinfo";

/// The zones that were asked for.
static KNOWN: LazyLock<Mutex<BTreeMap<String, TimeZone>>> = LazyLock::new(Mutex::default);

/// Returns the zone of an IANA name, or `None` if there is none of that name.
///
/// The zone's own file is read (RFC 9636), and nothing else where it is there: [`TimeZone::get`]
/// opens all six hundred of the system's before it answers for one.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(zone) = known.get(name) {
        return Some(zone.clone());
    }
    let folder = std::env::var_os("TZDIR").unwrap_or_else(|| ZONES.into());
    let zone = from_file(Path::new(&folder), name).or_else(|| TimeZone::get(name).ok())?;
    known.insert(name.to_owned(), zone.clone());
    Some(zone)
}

/// Returns the name of the zone that somebody may have meant.
pub fn nearest_time_zone(name: &str) -> Option<String> {
    let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    diag::nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

fn from_file(folder: &Path, name: &str) -> Option<TimeZone> {
    let is_sound = name.split('/').all(|part| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c))
    });
    // Below `right/` days have leap seconds.
    if !is_sound || name.starts_with("right/") || name.starts_with("posix/") {
        return None;
    }
    let bytes = std::fs::read(folder.join(name)).ok()?;
    TimeZone::tzif(name, &bytes).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_zone_is_what_jiff_says_it_is() {
        for name in
            ["America/New_York", "Europe/Oslo", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]
        {
            let (ours, theirs) = (time_zone(name).unwrap(), TimeZone::get(name).unwrap());
            assert_eq!(ours.iana_name(), Some(name));
            for month in 1..=12 {
                let noon = date(2031, month, 28).at(12, 0, 0, 0);
                let instants = [&ours, &theirs].map(|zone| zone.to_timestamp(noon).unwrap());
                assert_eq!(instants[0], instants[1], "{name}");
            }
        }
        assert!(time_zone("europe/oslo").is_some(), "as jiff takes it");
    }

    /// A file of a zone with one offset: three hours east (RFC 9636, version 2).
    fn three_hours_east() -> Vec<u8> {
        let block = |offset: i32| {
            let mut block = b"TZif2".to_vec();
            block.extend([0; 15]);
            for count in [0_u32, 0, 0, 0, 1, 4] {
                block.extend(count.to_be_bytes());
            }
            block.extend(offset.to_be_bytes());
            block.extend([0, 0]);
            block.extend(b"+03\0");
            block
        };
        [block(10_800), block(10_800), b"\n<+03>-3\n".to_vec()].concat()
    }

    #[test]
    fn the_zones_own_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("Europe")).unwrap();
        std::fs::write(folder.path().join("Europe/Oslo"), three_hours_east()).unwrap();
        let zone = from_file(folder.path(), "Europe/Oslo").unwrap();
        assert_eq!(zone.iana_name(), Some("Europe/Oslo"));
        let noon = zone.to_timestamp(date(2031, 7, 1).at(12, 0, 0, 0)).unwrap();
        assert_eq!(noon.to_string(), "2031-07-01T09:00:00Z");
        assert!(from_file(folder.path(), "Europe/Paris").is_none());
        assert!(from_file(&folder.path().join("Europe"), "../Europe/Oslo").is_none());
    }

    #[test]
    fn the_nearest_zone_is_found() {
        assert_eq!(nearest_time_zone("America/New_Yrok").as_deref(), Some("America/New_York"));
        assert_eq!(nearest_time_zone("Europe/Olso").as_deref(), Some("Europe/Oslo"));
        assert_eq!(nearest_time_zone("Nowhere at all"), None);
    }

    #[test]
    fn what_is_no_name_of_a_zone_is_none() {
        for name in
            ["", "Atlantis/Capital", "/etc/passwd", "../zoneinfo/UTC", "tzdata.zi", "right/UTC"]
        {
            assert!(time_zone(name).is_none(), "{name}");
        }
    }
}
