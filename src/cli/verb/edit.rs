//! `edit`: an issue in the editor's own editor, looked over before it is taken.
//!
//! What is edited is a draft beside the issue's file, so a mistake, a crash or another person's
//! change costs nothing.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::article::Library;
use crate::cli::args::EditArgs;
use crate::cli::context::Context;
use crate::cli::edition::Edition;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind, Severity};
use crate::issue;
use crate::words::{IssueName, Source};
use crate::world;

/// What is tried where neither `VISUAL` nor `EDITOR` is set.
const EDITOR: &str = "vi";

/// Runs the verb.
///
/// # Errors
/// If there is no such issue, the editor fails, or the draft was not taken.
pub async fn run(args: &EditArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let name = match &args.issue {
        Some(name) => name.clone(),
        None => workspace.issue_or_latest(None)?.0,
    };
    let draft = Draft::open(&name, &workspace, ui)?;
    let library = workspace.library(ui);
    loop {
        open(&draft, &workspace).await?;
        let text = draft.text(&workspace)?;
        if text == draft.base {
            draft.remove(&workspace)?;
            ui.line(&format!("{} stands as it did", name.path()));
            ui.json(&answer(&name, "unchanged"));
            return Ok(Exit::Done);
        }
        let Some(mistakes) = mistakes(&name, &text, &library, &workspace, ui) else {
            draft.take(&text, &workspace)?;
            ui.line(&format!("{} is taken", name.path()));
            ui.json(&answer(&name, "taken"));
            return Ok(Exit::Done);
        };
        ui.faults(&mistakes.faults);
        match ask(&mistakes, ui) {
            Answer::Edit => {}
            Answer::Take => {
                draft.take(&text, &workspace)?;
                ui.line(&format!("{} is taken as it is; `send` and `run` hold it", name.path()));
                return Ok(Exit::Done);
            }
            Answer::Leave => return Err(draft.left(&mistakes)),
        }
    }
}

fn answer(name: &IssueName, result: &str) -> serde_json::Value {
    json!({ "schema": "letterpress.edit/1", "issue": name.as_str(), "result": result })
}

/// An issue while it is edited.
struct Draft {
    name: IssueName,
    /// The draft's file.
    path: String,
    /// What the issue's file held when the draft was made.
    base: String,
    /// Where that is kept.
    base_path: String,
}

impl Draft {
    /// Begins a draft, or goes on with one that was not taken.
    fn open(name: &IssueName, workspace: &Workspace<'_>, ui: &Ui) -> Result<Self, Faults> {
        let files = workspace.files();
        if !files.exists(&name.path()) {
            // Says which names there are.
            workspace.issue_file(name, false)?;
        }
        let base = text_of(&name.path(), workspace)?;
        // One folder deep, as the issue's own: its links lead the same way.
        let path = format!(".letterpress/{name}.md");
        let base_path = format!(".letterpress/{name}.base.md");
        let draft = Self { name: name.clone(), path, base, base_path };
        if !files.exists(&draft.path) || !files.exists(&draft.base_path) {
            files.write(&draft.base_path, draft.base.as_bytes())?;
            files.write(&draft.path, draft.base.as_bytes())?;
        } else if text_of(&draft.base_path, workspace)? == draft.base {
            ui.note(&format!("{} was not taken: it is gone on with", draft.path));
        } else {
            return Err(draft.overtaken());
        }
        Ok(draft)
    }

    fn text(&self, workspace: &Workspace<'_>) -> Result<String, Faults> {
        text_of(&self.path, workspace)
    }

    /// Puts the draft in the issue's place, unless that was changed meanwhile.
    fn take(&self, text: &str, workspace: &Workspace<'_>) -> Result<(), Faults> {
        if text_of(&self.name.path(), workspace)? != self.base {
            return Err(self.overtaken());
        }
        workspace.files().write(&self.name.path(), text.as_bytes())?;
        self.remove(workspace)
    }

    fn remove(&self, workspace: &Workspace<'_>) -> Result<(), Faults> {
        workspace.files().remove(&self.path)?;
        Ok(workspace.files().remove(&self.base_path)?)
    }

    fn overtaken(&self) -> Faults {
        let what = format!("`{}` was changed while it was edited", self.name.path());
        Diagnostic::error(what)
            .note(format!("the draft is kept in `{}`, and was not taken", self.path))
            .hint(format!(
                "bring both together by hand (`diff {} {}`), and remove the draft",
                self.path,
                self.name.path()
            ))
            .into()
    }

    fn left(&self, mistakes: &Mistakes) -> Faults {
        let what = format!("`{}` was not taken", self.name.path());
        let count = mistakes.faults.list.len();
        let count = crate::cli::ui::counted(count, "mistake", "mistakes");
        Diagnostic::error(what)
            .kind(Kind::Held)
            .note(format!("the draft has {count}, and is kept in `{}`", self.path))
            .hint(format!("`letterpress edit {}` goes on with it", self.name))
            .into()
    }
}

fn text_of(path: &str, workspace: &Workspace<'_>) -> Result<String, Faults> {
    Ok(world::utf8(path, workspace.files().read(path)?)?)
}

/// Opens the draft, and waits until the editor is done with it.
async fn open(draft: &Draft, workspace: &Workspace<'_>) -> Result<(), Faults> {
    let environment = &workspace.cx.environment;
    let set = |name: &str| environment.get(name).filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).map_or(EDITOR, String::as_str);
    // Ctrl-C is the editor's while it is open.
    let _theirs = signal(SignalKind::interrupt());
    let (place, folder) = (workspace.files().resolve(&draft.path), workspace.files().resolve("."));
    let failed = |why: String| {
        Diagnostic::error(format!("`{editor}` failed: {why}"))
            .note(format!("the draft is `{}`", draft.path))
            .hint("set EDITOR to the command of your editor, as in `EDITOR=\"code --wait\"`")
    };
    let status = world::edit(editor, &place, &folder).await.map_err(|e| failed(e.to_string()))?;
    match status.success() {
        true => Ok(()),
        false => Err(failed(status.to_string()).into()),
    }
}

/// What is wrong with a draft.
struct Mistakes {
    faults: Faults,
    /// Whether it is no issue at all: no other issue could be gathered or sent beside it.
    are_fatal: bool,
}

fn mistakes(
    name: &IssueName,
    text: &str,
    library: &Library,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Option<Mistakes> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source::new(name.path(), text);
    let file = match issue::parse(source, &workspace.config.newsletter.time_zone) {
        Ok(file) => file,
        Err(faults) => return Some(Mistakes { faults, are_fatal: true }),
    };
    let prepared =
        Edition::prepare(workspace, name, &file, library, &BTreeSet::new(), &ui.silent());
    let faults = match prepared {
        Err(faults) => Faults { standing: None, ..faults },
        Ok(edition) => {
            let errors = edition.findings.into_iter().filter(|f| f.severity == Severity::Error);
            errors.collect::<Vec<_>>().into()
        }
    };
    (!faults.list.is_empty()).then_some(Mistakes { faults, are_fatal: false })
}

enum Answer {
    Edit,
    Take,
    Leave,
}

/// Without a terminal there is nobody to ask, and nothing is taken.
fn ask(mistakes: &Mistakes, ui: &Ui) -> Answer {
    if !ui.is_terminal() {
        return Answer::Leave;
    }
    let take = if mistakes.are_fatal { "" } else { ", [t]ake it as it is" };
    loop {
        let answer = ui.ask(&format!("\n[e]dit again{take}, or [l]eave the draft? "));
        match answer.as_deref().map(|answer| answer.trim().to_lowercase()).as_deref() {
            Some("e" | "edit" | "") => return Answer::Edit,
            Some("t" | "take") if !mistakes.are_fatal => return Answer::Take,
            Some("l" | "leave" | "q" | "n") | None => return Answer::Leave,
            Some(_) => {}
        }
    }
}
