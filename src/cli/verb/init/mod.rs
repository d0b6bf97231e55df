//! `init`: a new workspace from the files of the sample.

mod samples;
mod sets;

use serde_json::json;

use crate::cli::args::InitArgs;
use crate::cli::exit::Exit;
use crate::cli::ui::{Ui, counted};
use crate::diag::{Diagnostic, Faults, Kind, nearest};
use crate::world::{Files, WorkspaceFiles};

use samples::SAMPLES;
use sets::Set;

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
    let set = Set::named(&args.template).ok_or_else(|| unknown_template(&args.template))?;
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
        files.write(path, &set.file(path, bytes))?;
    }
    files.write(".gitignore", GITIGNORE.as_bytes())?;
    ui.tell(&format!(
        "{folder} is a workspace with a sample week, set as a {}: {}.",
        set.name(),
        counted(SAMPLES.len(), "file", "files")
    ));
    ui.tell("");
    ui.tell("To see it in the test inbox, a copy for each of its made-up readers:");
    ui.tell(&format!("  letterpress -C {folder} run --week {SAMPLE_WEEK} --inbox"));
    ui.json(&json!({
        "schema": "letterpress.init/1",
        "folder": folder,
        "template": set.name(),
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
    let names = Set::ALL.map(Set::name);
    let fault = Diagnostic::error(format!("there is no template `{name}` to begin with"))
        .kind(Kind::Usage)
        .note(format!("there are `{}`, `{}` and `{}`", names[0], names[1], names[2]));
    match nearest(name, names) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint("leave the flag out to begin with `weekly`"),
    }
}
