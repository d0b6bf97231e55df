//! Pictures on the web: put there, and asked for before anybody is sent a page that shows them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::edition::Edition;
use super::gallery;
use super::ui::Ui;
use super::workspace::Workspace;
use crate::config::{Located, Pictures};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::render::LocalPicture;
use crate::world::{self, Probed, WebError};

/// How long the command that publishes may take.
const PUBLISH_MAX: Duration = Duration::from_secs(600);
/// So many pictures are asked for at a time.
const ASKED_AT_ONCE: usize = 4;
/// The check that this is.
pub const ID: &str = "picture-unpublished";

/// Why readers would not see a picture.
#[derive(Clone)]
enum Absence {
    /// It is not there, or something else is.
    Gone(String),
    /// The server was not to be asked; it may be soon.
    Passing(String),
}

/// Publishes the pictures of an issue that are not on the web yet, where a command for that is
/// configured, and tells of each that is not there afterwards.
///
/// # Errors
/// If the command fails, or no answer at all was to be had.
pub async fn publish(
    edition: &mut Edition,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Result<(), Faults> {
    let Pictures::Url { base, publish } = &workspace.config.pictures else { return Ok(()) };
    let pictures = made(edition);
    if pictures.is_empty() || (publish.is_none() && !edition.heeds(ID, workspace)) {
        return Ok(());
    }
    let started = Instant::now();
    let mut absent = ask(&pictures, workspace).await;
    let mut published = 0;
    if let Some(publish) = publish.as_ref().filter(|_| !absent.is_empty()) {
        run(publish, edition, workspace).await?;
        published = absent.len();
        absent = ask(&pictures, workspace).await;
    }
    let told = match (published, absent.len()) {
        (0, 0) => format!("all {} at {base}", pictures.len()),
        (published, 0) => format!("{published} published, all {} at {base}", pictures.len()),
        (_, missing) => format!("{missing} of {} not at {base}", pictures.len()),
    };
    ui.stage("pictures", &told, Some(started.elapsed()));
    heed(absent, publish.is_some(), edition, workspace)
}

/// Tells which pictures are not on the web, where nothing is configured that would put them there.
///
/// # Errors
/// If no answer at all was to be had.
pub async fn unpublished(edition: &mut Edition, workspace: &Workspace<'_>) -> Result<(), Faults> {
    match workspace.config.pictures {
        Pictures::Url { publish: None, .. } if edition.heeds(ID, workspace) => {
            let absent = ask(&made(edition), workspace).await;
            heed(absent, false, edition, workspace)
        }
        _ => Ok(()),
    }
}

/// The pictures of which there is a file.
fn made(edition: &Edition) -> Vec<LocalPicture> {
    let pictures = edition.compiled.pictures().iter();
    pictures.filter(|picture| picture.file.is_some()).cloned().collect()
}

async fn run(
    publish: &Located<Vec<String>>,
    edition: &Edition,
    workspace: &Workspace<'_>,
) -> Result<(), Faults> {
    let (issue, files) = (&edition.issue.name, workspace.files());
    let Some(folder) = gallery::put_beside(issue, edition.compiled.pictures(), files)? else {
        return Ok(());
    };
    let folder = files.resolve(&folder).to_string_lossy().into_owned();
    let words = Pictures::command(&publish.value, &folder, issue.as_str());
    world::run_tool(&words, &files.resolve("."), PUBLISH_MAX).await.map_err(|error| {
        let fault = Diagnostic::from(error).at(publish.span.clone(), "it publishes the pictures");
        Faults::from(fault.kind(Kind::TryLater("pictures")))
    })
}

/// Makes findings of pictures that are not there.
fn heed(
    absent: Vec<(LocalPicture, Absence)>,
    is_published: bool,
    edition: &mut Edition,
    workspace: &Workspace<'_>,
) -> Result<(), Faults> {
    let passing = absent.iter().find_map(|(picture, why)| match why {
        Absence::Passing(why) => Some((picture, why)),
        Absence::Gone(_) => None,
    });
    if let Some((picture, why)) = passing.filter(|_| edition.heeds(ID, workspace)) {
        let fault = Diagnostic::error("it cannot be seen whether the pictures are on the web")
            .kind(Kind::TryLater("pictures"))
            .note(format!("`{}`: {why}", picture.url))
            .hint("try again later, or see whether `pictures.url` is right");
        return Err(fault.into());
    }
    let folder = format!(".letterpress/build/{}/pictures/", edition.issue.name);
    let hint = match is_published {
        true => "see whether `pictures.url` is where `pictures.publish` puts them".to_owned(),
        false => format!(
            "put what is in `{folder}` there, let `pictures.publish` do it, or send pictures in the \
             mail with `mode = \"cid\"`"
        ),
    };
    let told = absent.into_iter().filter_map(|(picture, why)| match why {
        Absence::Gone(why) => Some(
            Diagnostic::error(format!("the picture `{}` is not on the web", picture.path))
                .id(ID)
                .file(workspace.config.source.name())
                .note(format!("`{}`: {why}", picture.url))
                .hint(hint.clone()),
        ),
        Absence::Passing(_) => None,
    });
    let told: Vec<Diagnostic> = told.collect();
    if !told.is_empty() && !is_published {
        gallery::put_beside(&edition.issue.name, edition.compiled.pictures(), workspace.files())?;
    }
    edition.add(told, workspace);
    Ok(())
}

/// Asks for pictures; returns those that are not there.
async fn ask(pictures: &[LocalPicture], workspace: &Workspace<'_>) -> Vec<(LocalPicture, Absence)> {
    let mut waiting = pictures.iter().map(|picture| picture.url.clone());
    let mut asked = tokio::task::JoinSet::new();
    let mut answers = BTreeMap::new();
    loop {
        while asked.len() < ASKED_AT_ONCE {
            let Some(url) = waiting.next() else { break };
            let allowed = workspace.config.gather.private_feeds.clone();
            asked.spawn(async move {
                let absence = ask_one(&url, &allowed).await;
                (url, absence)
            });
        }
        match asked.join_next().await {
            Some(Ok((url, absence))) => answers.insert(url, absence),
            // What was not answered counts as not there, below.
            Some(Err(_)) => None,
            None => break,
        };
    }
    let unasked = || Some(Absence::Passing("it could not be asked for".to_owned()));
    let absent = pictures.iter().filter_map(|picture| {
        let absence = answers.get(&picture.url).cloned().unwrap_or_else(unasked)?;
        Some((picture.clone(), absence))
    });
    absent.collect()
}

async fn ask_one(address: &str, allowed: &[String]) -> Option<Absence> {
    let Ok(url) = Url::parse(address) else {
        return Some(Absence::Gone("it is no address".to_owned()));
    };
    match world::probe(&url, allowed).await {
        Ok(Probed { status: 200..=299, media_type, .. }) => match media_type {
            Some(kind) if !kind.starts_with("image/") => {
                Some(Absence::Gone(format!("no picture is there, but {kind}")))
            }
            _ => None,
        },
        Ok(Probed { status: status @ (429 | 500..), .. }) => {
            Some(Absence::Passing(format!("the server answered {status}")))
        }
        Ok(Probed { status, .. }) => Some(Absence::Gone(format!("the server answered {status}"))),
        Err(error @ (WebError::Slow | WebError::Failed(_))) => {
            Some(Absence::Passing(error.to_string()))
        }
        Err(error) => Some(Absence::Gone(error.to_string())),
    }
}
