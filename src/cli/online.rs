//! `check --online`: asks for every link and picture of an issue.
//!
//! Hosts are asked side by side, each for one address after the other; what answered well is not
//! asked again for a day.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::workspace::Workspace;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::render::Linked;
use crate::world::{self, Probed, WebError};

/// Where is kept what answered well.
const LINKS: &str = ".letterpress/links.json";
const SCHEMA: &str = "letterpress.links/1";
/// How long an answer holds.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// So many hosts are asked at a time.
const HOSTS_AT_ONCE: usize = 8;
/// From here on a picture keeps readers on the road waiting.
const PICTURE_BYTES_MAX: u64 = 1_000_000;

/// What answered well, and when; of a picture, how large it is.
#[derive(Default, Deserialize, Serialize)]
struct Kept {
    schema: String,
    links: BTreeMap<String, Good>,
}

#[derive(Clone, Deserialize, Serialize)]
struct Good {
    at: Timestamp,
    bytes: Option<u64>,
}

/// What became of an address.
enum Answer {
    Good(Option<u64>),
    Dead(String),
    Unsure(String),
    /// The host was not reached.
    Unreached(String),
}

/// Asks for all addresses; returns the findings.
///
/// # Errors
/// If no host at all was reached: then it is the network that fails.
pub async fn ask(links: Vec<Linked>, workspace: &Workspace<'_>) -> Result<Vec<Diagnostic>, Faults> {
    let now = workspace.cx.world.clock.now();
    let mut kept = read(workspace);
    kept.links.retain(|_, good| now.duration_since(good.at) < FRESH);
    let unknown = links.iter().filter(|link| !kept.links.contains_key(&link.url));
    let mut hosts: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for link in unknown {
        if let Some(host) =
            Url::parse(&link.url).ok().and_then(|url| url.host_str().map(str::to_owned))
        {
            hosts.entry(host).or_default().push((link.url.clone(), link.is_picture));
        }
    }
    let answers = ask_hosts(hosts.into_values().collect(), workspace).await;
    if is_offline(&links, &answers, &kept, workspace).await {
        return Err(Diagnostic::error("no link could be asked for")
            .kind(Kind::TryLater("network"))
            .note("no host was reached; the network itself seems to be down")
            .hint("try again later, or leave `--online` out")
            .into());
    }
    for (url, answer) in &answers {
        if let Answer::Good(bytes) = answer {
            kept.links.insert(url.clone(), Good { at: now, bytes: *bytes });
        }
    }
    let findings = links.iter().filter_map(|link| finding(link, answers.get(&link.url), &kept));
    let findings = findings.collect();
    keep(workspace, kept)?;
    Ok(findings)
}

/// Says whether it is the network that fails: no host was reached, nor one that was before.
async fn is_offline(
    links: &[Linked],
    answers: &BTreeMap<String, Answer>,
    kept: &Kept,
    workspace: &Workspace<'_>,
) -> bool {
    let is_unreached = |answer: &Answer| matches!(answer, Answer::Unreached(_));
    if answers.is_empty() || !answers.values().all(is_unreached) {
        return false;
    }
    match links.iter().find(|link| kept.links.contains_key(&link.url)) {
        Some(known) => {
            let allowed = &workspace.config.gather.private_feeds;
            is_unreached(&ask_one(&known.url, known.is_picture, allowed).await)
        }
        None => true,
    }
}

/// Asks hosts side by side.
async fn ask_hosts(
    hosts: Vec<Vec<(String, bool)>>,
    workspace: &Workspace<'_>,
) -> BTreeMap<String, Answer> {
    let mut answers = BTreeMap::new();
    let mut waiting = hosts.into_iter();
    let mut asked = tokio::task::JoinSet::new();
    loop {
        while asked.len() < HOSTS_AT_ONCE {
            let Some(addresses) = waiting.next() else { break };
            let allowed = workspace.config.gather.private_feeds.clone();
            asked.spawn(async move {
                let mut answers = Vec::new();
                for (address, is_picture) in addresses {
                    let answer = ask_one(&address, is_picture, &allowed).await;
                    answers.push((address, answer));
                }
                answers
            });
        }
        match asked.join_next().await {
            Some(Ok(of_host)) => answers.extend(of_host),
            // What was not asked is told as doubtful.
            Some(Err(_)) => {}
            None => return answers,
        }
    }
}

async fn ask_one(address: &str, is_picture: bool, allowed: &[String]) -> Answer {
    let Ok(url) = Url::parse(address) else { return Answer::Good(None) };
    match world::probe(&url, allowed).await {
        Ok(Probed { status: 200..=299, media_type, bytes }) => {
            let is_other = media_type.as_ref().is_some_and(|kind| !kind.starts_with("image/"));
            match (is_picture && is_other, media_type) {
                (true, Some(kind)) => Answer::Dead(format!("it is no picture, but {kind}")),
                _ => Answer::Good(bytes.filter(|_| is_picture)),
            }
        }
        Ok(Probed { status: status @ (404 | 410), .. }) => {
            Answer::Dead(format!("the server answered {status}"))
        }
        Ok(Probed { status, .. }) => Answer::Unsure(format!("the server answered {status}")),
        Err(error @ WebError::Failed(_)) => Answer::Unreached(error.to_string()),
        Err(error) => Answer::Unsure(error.to_string()),
    }
}

fn finding(link: &Linked, answer: Option<&Answer>, kept: &Kept) -> Option<Diagnostic> {
    let url = &link.url;
    let bytes = kept.links.get(url).and_then(|good| good.bytes);
    let (severe, what, why) = match answer {
        Some(Answer::Dead(why) | Answer::Unreached(why)) => {
            (true, format!("`{url}` is not there"), why.clone())
        }
        None if !kept.links.contains_key(url) => {
            (false, format!("`{url}` may not be there"), "it could not be asked for".to_owned())
        }
        Some(Answer::Unsure(why)) => (false, format!("`{url}` may not be there"), why.clone()),
        _ if bytes.is_some_and(|bytes| bytes > PICTURE_BYTES_MAX) => {
            let size = bytes.unwrap_or_default() as f64 / 1e6;
            let what = format!("the picture `{url}` has {size:.1} MB");
            (false, what, "on the road readers wait for it".to_owned())
        }
        _ => return None,
    };
    let finding = match severe {
        true => Diagnostic::error(what).id("link-dead"),
        false => Diagnostic::warning(what).id("link-unsure"),
    };
    let finding = finding.note(why);
    Some(match (&link.at, &link.file) {
        (Some(span), _) => finding.at(span.clone(), ""),
        (None, file) => finding.file(file.as_str()),
    })
}

fn read(workspace: &Workspace<'_>) -> Kept {
    let source = workspace.files().read_text(LINKS).ok();
    let kept = source.and_then(|source| serde_json::from_str::<Kept>(source.text()).ok());
    kept.filter(|kept| kept.schema == SCHEMA).unwrap_or_default()
}

fn keep(workspace: &Workspace<'_>, kept: Kept) -> Result<(), Faults> {
    let kept = Kept { schema: SCHEMA.to_owned(), ..kept };
    let text =
        serde_json::to_string(&kept).map_err(|error| Diagnostic::error(error.to_string()))?;
    Ok(workspace.files().write_unsynced(LINKS, text.as_bytes())?)
}
