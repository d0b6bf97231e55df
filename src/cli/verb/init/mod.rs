//! `init`: a new workspace from the files of the sample.

mod samples;

use serde_json::json;

use crate::cli::args::InitArgs;
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, counted};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::world::{Files, WorkspaceFiles};

use samples::SAMPLES;

/// The week that the sample's issue covers.
const SAMPLE_WEEK: &str = "2023-W12";
const GITIGNORE: &str = "\
# The machine's own: ledger, test inbox, built issues.
.letterpress/
# Readers' addresses do not belong into a history; the sample is made up.
subscribers/*.csv
!subscribers/sample.csv
# Private keys.
keys/
";

/// Runs the verb.
///
/// # Errors
/// If the folder holds something already, or cannot be written.
pub fn run(args: &InitArgs, ui: &Ui) -> Result<Exit, Faults> {
    if args.template != "weekly" {
        return Err(unknown_template(&args.template).into());
    }
    let folder = args.dir.display().to_string();
    let files = WorkspaceFiles::new(&args.dir);
    if let Some(first) = standing(&files)? {
        return Err(Diagnostic::error(format!("`{folder}` is not empty"))
            .kind(Kind::Usage)
            .note(format!("it holds `{first}`"))
            .hint("name a new folder; nothing is ever written over")
            .into());
    }
    for (path, bytes) in SAMPLES {
        files.write(path, bytes)?;
    }
    files.write(".gitignore", GITIGNORE.as_bytes())?;
    ui.tell(&format!(
        "{folder} is a workspace with a sample week: {}.",
        counted(SAMPLES.len(), "file", "files")
    ));
    ui.tell("");
    ui.tell("To see it in the test inbox, a copy for each of its made-up readers:");
    ui.tell(&format!("  letterpress -C {folder} run --week {SAMPLE_WEEK} --inbox"));
    ui.json(&json!({
        "schema": "letterpress.init/1",
        "folder": folder,
        "files": SAMPLES.iter().map(|(path, _)| path).collect::<Vec<_>>(),
    }));
    Ok(Exit::Done)
}

/// The first thing that the folder holds, hidden or not.
fn standing(files: &WorkspaceFiles) -> Result<Option<String>, Faults> {
    if !files.exists(".") {
        return Ok(None);
    }
    Ok(files.names(".")?.into_iter().next())
}

fn unknown_template(name: &str) -> Diagnostic {
    let fault = Diagnostic::error(format!("there is no template `{name}` to begin with"));
    let fault = fault.kind(Kind::Usage);
    match name {
        "briefing" | "letter" => fault.note("it is not built yet").hint("leave the flag out"),
        _ => fault.hint("the template of this version is `weekly`"),
    }
}
