//! `proof`: copies of an issue for staff, marked and with links that lead nowhere.
//!
//! Invariant: the ledger is not opened: a proof is no copy, and its id and tokens are made with a
//! key that is drawn for it and forgotten.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::time::Instant;

use crate::audience::Reader;
use crate::cli::args::ProofArgs;
use crate::cli::context::Context;
use crate::cli::deliver::{post, signers};
use crate::cli::edition::Edition;
use crate::cli::exit::Exit;
use crate::cli::publish;
use crate::cli::ui::{Mode, Ui, counted};
use crate::cli::workspace::Workspace;
use crate::config::Pictures;
use crate::delivery::{Letter, Post};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::message::{self, Skeleton};
use crate::words::{Address, IssueName, Key, Purpose, copy_id, token};

/// What stands before the subject.
const MARK: &str = "[TEST] ";
/// Findings of stories that only staff may see.
const WITHHELD: [&str; 2] = ["story-retracted", "story-embargoed"];

/// Runs the verb.
///
/// # Errors
/// If the issue or a template has faults, a story of it must not be seen by everybody who is
/// named, or the relay does not take a proof.
pub async fn run(args: ProofArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let workspace = Workspace::open(cx)?;
    let (name, file) = workspace.issue_or_latest(args.issue.as_ref())?;
    ui.title(&format!("{}, {name}", workspace.config.newsletter.title), "proof");
    let library = workspace.library(ui);
    let mut edition = Edition::prepare(&workspace, &name, &file, &library, &BTreeSet::new(), ui)?;
    ui.findings(&edition.findings);
    may_be_seen(&edition, &args.to, &workspace)?;
    let Some(reader) = edition.reader(args.reader.as_ref(), &workspace)? else {
        return Err(Edition::no_reader(args.reader.as_ref()).into());
    };
    publish_first(&mut edition, &workspace, ui).await;
    let started = Instant::now();
    let post = post(&workspace).await?;
    let letters = letters(&args, &name, &edition, &reader, &post, &workspace)?;
    let refused = post.send(letters).await?;
    let relay = post.destination.name();
    let faults = refused.iter().map(|(to, reply)| {
        Diagnostic::error(format!("the relay `{relay}` refused the proof for {to}"))
            .note(format!("it said `{reply}`"))
    });
    let faults: Vec<Diagnostic> = faults.collect();
    let sent = args.to.len() - faults.len();
    let sent = format!("{} accepted by {relay}", counted(sent, "proof", "proofs"));
    ui.stage("proof", &sent, Some(started.elapsed()));
    ui.remark(&format!("as {} gets it; links in it lead nowhere", reader.address));
    if ui.mode() == Mode::Json {
        ui.json(&json!({
            "schema": "letterpress.proof/1",
            "issue": name.as_str(),
            "as": reader.address.to_string(),
            "to": args.to.iter().map(Address::to_string).collect::<Vec<_>>(),
            "refused": refused.iter().map(|(to, reply)| {
                json!({ "address": to.to_string(), "reply": reply.to_string() })
            }).collect::<Vec<_>>(),
        }));
    }
    ui.diagnostics(&faults);
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Staff look at proofs where readers look at copies, so pictures are put where readers find them.
/// Where that fails, a proof without them says more than none.
async fn publish_first(edition: &mut Edition, workspace: &Workspace<'_>, ui: &Ui) {
    if !matches!(workspace.config.pictures, Pictures::Url { publish: Some(_), .. }) {
        return;
    }
    let failed = publish::publish(edition, workspace, ui).await.err();
    let failed = failed.into_iter().flat_map(|faults| faults.list);
    let absent = edition.findings.iter().filter(|finding| finding.id == Some(publish::ID));
    let told: Vec<Diagnostic> = failed.chain(absent.cloned()).collect();
    ui.findings(&told);
}

/// A story that was taken back, or is not to be known yet, is for staff alone.
fn may_be_seen(
    edition: &Edition,
    to: &[Address],
    workspace: &Workspace<'_>,
) -> Result<(), Diagnostic> {
    let withheld = edition.findings.iter().find(|f| f.id.is_some_and(|id| WITHHELD.contains(&id)));
    let stranger = to.iter().find(|to| !workspace.config.staff.contains(to));
    let (Some(withheld), Some(stranger)) = (withheld, stranger) else { return Ok(()) };
    Err(Diagnostic::error(format!("{stranger} may not see this issue yet"))
        .kind(Kind::Held)
        .note(format!("{}; only addresses of `[staff]` may", withheld.what))
        .hint("take the story out, or write the address into `[staff]`"))
}

fn letters(
    args: &ProofArgs,
    name: &IssueName,
    edition: &Edition,
    reader: &Reader,
    post: &Post,
    workspace: &Workspace<'_>,
) -> Result<Vec<Letter>, Faults> {
    let mut content = edition.content(workspace)?;
    if !args.no_mark {
        content.compiled.mark_subject(MARK);
    }
    let skeleton = Skeleton::new(content, signers(workspace)?).map_err(Diagnostic::from)?;
    // A reader's name is not that of the desk.
    let skeleton = skeleton.for_others();
    let key = forgotten_key(workspace)?;
    let newsletter = &workspace.config.newsletter.id;
    let now = workspace.cx.world.clock.now();
    let letter = |to: &Address| {
        if !post.destination.may_reach(to) {
            return Err(Diagnostic::error(format!("{to} is not in `delivery.only_to`"))
                .kind(Kind::Usage)
                .note("nobody else is ever sent to"));
        }
        let id = copy_id(&key, newsletter, name, to.folded());
        let token = token(&key, Purpose::Unsubscribe, newsletter, name, to.folded());
        let recipient =
            message::Recipient { id, address: to, fields: &reader.fields, token: &token };
        let message = skeleton.compose(&recipient, now, Vec::new())?;
        Ok(Letter { from: message.from, to: message.to, id: id.to_string(), bytes: message.bytes })
    };
    Ok(args.to.iter().map(letter).collect::<Result<_, Diagnostic>>()?)
}

fn forgotten_key(workspace: &Workspace<'_>) -> Result<Key, Diagnostic> {
    let mut key = Key { id: 0, secret: [0; 32] };
    workspace
        .cx
        .world
        .entropy
        .fill(&mut key.secret)
        .map_err(|error| Diagnostic::error(format!("the system gave no randomness: {error}")))?;
    Ok(key)
}
