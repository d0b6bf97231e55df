//! The verbs, a file each.

mod archive;
mod arrange;
mod build;
mod check;
mod choosing;
mod correct;
mod corrected;
mod dkim;
mod edit;
mod explain;
mod gather;
mod gathered;
mod inbox;
mod init;
mod ledger;
mod preview;
mod proof;
mod run;
mod schedule;
mod send;
mod slot;
mod status;
mod stop;
mod subscribers;

use super::args::Verb;
use super::context::Context;
use super::exit::Exit;
use super::ui::Ui;
use crate::diag::{Diagnostic, Faults, Kind};

/// Runs a verb, and tells what went wrong.
pub async fn run(verb: Verb, cx: &Context, ui: &Ui) -> Exit {
    let may_begin = has_folder(&verb, cx).and_then(|()| may_set_clock(&verb, cx));
    let result = match may_begin {
        Ok(()) => dispatch(verb, cx, ui).await,
        Err(faults) => Err(faults),
    };
    match result {
        Ok(exit) => exit,
        Err(faults) => {
            ui.faults(&faults);
            Exit::of(&faults)
        }
    }
}

async fn dispatch(verb: Verb, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    match verb {
        Verb::Init(args) => init::run(&args, ui),
        Verb::Gather(args) => gather::run(&args, cx, ui).await,
        Verb::Edit(args) => edit::run(&args, cx, ui).await,
        Verb::Build(args) => build::run(&args, cx, ui).await,
        Verb::Check(args) => check::run(&args, cx, ui).await,
        Verb::Preview(args) => preview::run(args, cx, ui).await,
        Verb::Proof(args) => proof::run(args, cx, ui).await,
        Verb::Send(args) => send::run(args, cx, ui).await,
        Verb::Run(args) => run::run(args, cx, ui).await,
        Verb::Stop(args) => stop::run(&args, cx, ui),
        Verb::Correct(args) => correct::run(&args, cx, ui).await,
        Verb::Status(args) => status::run(&args, cx, ui).await,
        Verb::Subscribers(verb) => subscribers::run(&verb, cx, ui),
        Verb::Resolve(args) => ledger::resolve(&args, cx, ui),
        Verb::Schedule(args) => schedule::run(&args, cx, ui),
        Verb::Inbox(args) => inbox::run(args, cx, ui).await,
        Verb::Dkim(verb) => dkim::run(&verb, cx, ui),
        Verb::Ledger(verb) => ledger::run(&verb, cx, ui),
    }
}

/// `init` alone makes a folder, and works in none.
fn has_folder(verb: &Verb, cx: &Context) -> Result<(), Faults> {
    let files = &cx.world.files;
    if matches!(verb, Verb::Init(_)) || files.is_folder(".") {
        return Ok(());
    }
    let folder = files.resolve(".");
    Err(Diagnostic::error(format!("there is no folder `{}`", folder.display()))
        .kind(Kind::Usage)
        .hint("`-C` names the folder of a workspace; `letterpress init DIR` makes one")
        .into())
}

/// `--now` is for looking ahead; a real send refuses it.
fn may_set_clock(verb: &Verb, cx: &Context) -> Result<(), Faults> {
    let harmless = match verb {
        Verb::Send(args) => args.inbox || args.dry_run,
        Verb::Run(args) => args.inbox || args.dry_run,
        Verb::Proof(_) => false,
        _ => true,
    };
    if harmless || !cx.is_clock_set {
        return Ok(());
    }
    Err(Diagnostic::error("a real send takes the time as it is")
        .kind(Kind::Usage)
        .hint("leave `--now` out, or rehearse with `--inbox`")
        .into())
}
