//! What a flush to the disk costs, and how many a send makes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use super::measure::median;

/// Flushes that are timed.
const TIMES: usize = 200;
/// What is written before each: a page, as a small commit writes.
const PAGE: [u8; 4096] = [b'x'; 4096];
/// A file that takes less than this part of all flushes is not flushed for every group.
const RARE: f64 = 0.1;
/// By how much a flush is delayed where that is asked for, in microseconds.
pub const INJECTED: u64 = 5_000;

/// The median time to append a page and flush it, in milliseconds, on the disk of `folder`.
pub fn cost(folder: &Path) -> Result<f64, String> {
    let path = folder.join("flush");
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = fs::File::create(&path).map_err(told)?;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        file.write_all(&PAGE).and_then(|()| file.sync_data()).map_err(told)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    drop(file);
    fs::remove_file(&path).map_err(told)?;
    Ok(median(times))
}

/// The words before a command that make each of its flushes take longer, and note it in `log`.
pub fn delayed(log: &Path) -> Vec<String> {
    let inject = format!("inject=fsync,fdatasync:delay_exit={INJECTED}");
    let words = ["strace", "-f", "-y", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync"];
    let mut words: Vec<String> = words.map(str::to_owned).to_vec();
    words.extend(["-e".to_owned(), inject, "-o".to_owned(), log.display().to_string()]);
    words
}

/// Reads the log of [`delayed`]: all flushes, and the files that are flushed again and again.
pub fn count(log: &Path) -> Result<(usize, usize), String> {
    let text = fs::read_to_string(log).map_err(|error| format!("{}: {error}", log.display()))?;
    Ok(tally(&text))
}

fn tally(log: &str) -> (usize, usize) {
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for line in log.lines() {
        let call = line.split_once("fdatasync(").or_else(|| line.split_once("fsync("));
        let path = call.and_then(|(_, rest)| rest.split_once('<')?.1.split_once('>'));
        if let Some((path, _)) = path {
            *files.entry(path).or_default() += 1;
        }
    }
    let all: usize = files.values().sum();
    let often = files.values().filter(|count| **count as f64 >= RARE * all as f64).count();
    (all, often)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_flushed_once_is_not_flushed_for_every_group() {
        let mut log = "11 fsync(4</w>) = 0 (DELAYED)\n".to_owned();
        for _ in 0..20 {
            log += "12 fdatasync(9</w/ledger.db-wal> <unfinished ...>\n";
            log += "12 <... fdatasync resumed>) = 0 (DELAYED)\n";
            log += "11 fdatasync(8</w/witness>) = 0 (DELAYED)\n";
        }
        assert_eq!(tally(&log), (41, 2));
    }
}
