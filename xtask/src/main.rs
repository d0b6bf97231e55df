//! The chores of this repository, run as `cargo xtask NAME`.

#![forbid(unsafe_code)]

mod bench;
#[path = "../../tests/it/chromium.rs"]
#[allow(dead_code, unreachable_pub, clippy::expect_used, reason = "it is written for the tests")]
mod chromium;
mod packages;
mod shots;
mod steps;

use std::process::ExitCode;

use steps::Counts;

const HELP: &str = "\
cargo xtask test     everything that must hold: format, lints, licences, documentation, tests;
                     installs the system packages that the tests need where it may;
                     with --full, the long tests run with their whole counts
cargo xtask bench    Letterpress beside its peers, as in docs/performance.md; --help for more
cargo xtask shots    the pictures of the README, made by headless Chromium; with --all, those of
                     every template at every width, by day, by night, and with pictures off
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => steps::test(Counts::Reduced),
        ["test", "--full"] => steps::test(Counts::Whole),
        ["shots"] => shots::run(),
        ["shots", "--all"] => shots::run_all(),
        ["bench", "help" | "--help" | "-h"] | ["bench", _, "--help" | "-h"] => {
            print!("{}", bench::help());
            return ExitCode::SUCCESS;
        }
        ["bench", rest @ ..] => bench::run(rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("no such chore: {}\n\n{HELP}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("\nxtask: {what}");
            ExitCode::FAILURE
        }
    }
}
