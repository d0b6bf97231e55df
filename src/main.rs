//! The `letterpress` program: arguments, the outside, exit code.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use letterpress::cli::{self, CONFIG, Context, Exit, Letterpress, Ui};
use letterpress::world::{
    Clock, FixedClock, SystemClock, SystemEntropy, SystemNetwork, WorkspaceFiles, World,
    machine_name, program_path,
};

fn main() -> ExitCode {
    let typed = match Letterpress::try_parse() {
        Ok(typed) => typed,
        Err(error) => {
            // A closed pipe is no reason to fail over a help text.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { 0 });
        }
    };
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect::<std::collections::BTreeMap<_, _>>();
    let dumb = environment.get("NO_COLOR").is_some_and(|value| !value.is_empty())
        || environment.get("TERM").is_some_and(|term| term == "dumb");
    let ui = Ui::new(&typed.global, dumb);
    cli::tell_panics(&ui);
    let clock: Arc<dyn Clock> = match typed.global.now {
        Some(now) => Arc::new(FixedClock(now)),
        None => Arc::new(SystemClock),
    };
    let context = Context {
        world: World {
            clock,
            files: Arc::new(WorkspaceFiles::new(&typed.global.folder)),
            entropy: Arc::new(SystemEntropy),
            network: Arc::new(SystemNetwork),
            machine: machine_name(),
            program: program_path(),
        },
        config_path: typed.global.config.clone().unwrap_or_else(|| CONFIG.to_owned()),
        environment,
        is_clock_set: typed.global.now.is_some(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            ui.note(&format!("error: the system gave no threads: {error}"));
            return ExitCode::from(Exit::Failed.code());
        }
    };
    let exit = runtime.block_on(cli::run(typed.verb, &context, &ui));
    // A reader of the disk or a socket that hangs must not hold the exit up.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}
