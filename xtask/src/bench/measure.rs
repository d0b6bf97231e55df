//! One run of one program: wall time, CPU time, peak memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};

/// What a run of a program cost.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From its start to its end, in seconds.
    pub wall: f64,
    /// User and system time of it and its children, in seconds.
    pub cpu: f64,
    /// The most memory that it held, in megabytes.
    pub peak: f64,
}

/// What a round of a contender has shown.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Copies a second.
    pub rate: f64,
    /// CPU time of the client for a copy, in microseconds.
    pub cpu: f64,
    /// The most memory that the larger run held, in megabytes.
    pub peak: f64,
    /// Flushes a copy, and how many files are flushed for a group, where flushes were counted.
    pub flushes: Option<(f64, usize)>,
}

impl Round {
    /// The figures of the copies by which `large` exceeds `small`.
    pub fn between(small: &Run, large: &Run, copies: usize) -> Self {
        let copies = copies as f64;
        Self {
            rate: copies / (large.wall - small.wall).max(1e-6),
            cpu: (large.cpu - small.cpu) * 1e6 / copies,
            peak: large.peak,
            flushes: None,
        }
    }
}

/// Runs `words` to the end under GNU time, which alone holds next to no memory of its own: the
/// kernel counts what a program held before it became another.
pub fn run(folder: &Path, words: &[String]) -> Result<Run, String> {
    let peaks = folder.join("peak");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", "-o"]).arg(&peaks).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let before = children()?;
    let started = Instant::now();
    let output = command.output().map_err(|error| format!("/usr/bin/time: {error}"))?;
    let wall = started.elapsed().as_secs_f64();
    let cpu = children()? - before;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} ended with {}\n{said}", words.join(" "), output.status));
    }
    let peak = fs::read_to_string(&peaks).map_err(|error| error.to_string())?;
    let peak: f64 = peak.trim().parse().map_err(|_| format!("GNU time said {peak}"))?;
    Ok(Run { wall, cpu, peak: peak * 1024.0 / 1e6 })
}

/// The CPU time of all children that have ended, in seconds.
fn children() -> Result<f64, String> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let seconds = |time: TimeVal| time.num_microseconds() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// The median; 0 of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match (values.len() / 2, values.len() % 2) {
        (0, 0) => 0.0,
        (middle, 0) => f64::midpoint(values[middle - 1], values[middle]),
        (middle, _) => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_runs_cost_drops_out() {
        let small = Run { wall: 1.5, cpu: 0.6, peak: 10.0 };
        let large = Run { wall: 2.5, cpu: 0.8, peak: 12.0 };
        let round = Round::between(&small, &large, 2_000);
        assert!((round.rate - 2_000.0).abs() < 1e-6);
        assert!((round.cpu - 100.0).abs() < 1e-6);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert!((median([4.0, 1.0, 2.0, 9.0]) - 3.0).abs() < 1e-9);
        assert!((median([4.0, 1.0, 9.0]) - 4.0).abs() < 1e-9);
    }
}
