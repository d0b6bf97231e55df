//! The relay that is configured, as a destination, with its secret from where it is kept.
//!
//! Invariant: no message made here holds any part of the secret.

use crate::cli::workspace::Workspace;
use crate::config::{Located, Relay, SecretFrom};
use crate::delivery::{Ca, Destination, Login, Post, RelayTarget};
use crate::diag::{Diagnostic, Faults, Kind};
use crate::words::{Mechanism, Secret};
use crate::world;

/// Puts the destination together.
pub(super) async fn destination(workspace: &Workspace<'_>) -> Result<Destination, Faults> {
    let config = &workspace.config;
    let Some(relay) = &config.relay else {
        return Err(Diagnostic::error("no relay is configured")
            .kind(Kind::Usage)
            .file(config.source.name())
            .hint("write `[[relay]]` with a `url`, or rehearse with `--inbox`")
            .into());
    };
    let login = login(workspace, relay).await?;
    let ca = relay.ca.as_ref().map(|path| ca(workspace, path)).transpose()?;
    Ok(Destination::Relay(RelayTarget {
        name: relay.name.clone(),
        host: relay.host.clone(),
        port: relay.port,
        tls: relay.tls,
        ca,
        login,
        only_to: config.delivery.only_to.iter().cloned().collect(),
    }))
}

/// Returns the way to the relay for mail that is no copy.
///
/// # Errors
/// If none is configured, or its secret cannot be read.
pub async fn post(workspace: &Workspace<'_>) -> Result<Post, Faults> {
    let world = &workspace.cx.world;
    let destination = destination(workspace).await?;
    let timeouts = super::job::timeouts(workspace, &destination);
    let machine = Some(world.machine.clone());
    let (network, entropy) = (world.network.clone(), world.entropy.clone());
    Ok(Post { destination, machine, timeouts, network, entropy })
}

async fn login(workspace: &Workspace<'_>, relay: &Relay) -> Result<Option<Login>, Diagnostic> {
    let (secret, key) = match relay.mechanism {
        Some(Mechanism::Xoauth2) => ("token", "token"),
        _ => ("password", "password"),
    };
    match (&relay.user, &relay.secret) {
        (None, None) => Ok(None),
        (Some(user), Some(place)) => {
            let (password, source) = read(workspace, secret, place).await?;
            Ok(Some(Login { user: user.clone(), password, mechanism: relay.mechanism, source }))
        }
        (Some(_), None) => {
            Err(Diagnostic::error(format!("the relay `{}` has a user and no {secret}", relay.name))
                .at(relay.span.clone(), "")
                .hint(format!(
                    "write `{key} = {{ env = \"NAME\" }}`, or take the user out of the URL"
                )))
        }
        (None, Some(place)) => {
            Err(Diagnostic::error(format!("the relay `{}` has a {secret} and no user", relay.name))
                .at(place.span.clone(), "")
                .hint("write the user into its URL, as in `smtps://user@smtp.example.org`"))
        }
    }
}

/// Reads the first line of where the secret is kept, and says what that is called.
async fn read(
    workspace: &Workspace<'_>,
    secret: &str,
    place: &Located<SecretFrom>,
) -> Result<(Secret, String), Diagnostic> {
    let label = format!("the relay's {secret} is read from it");
    let (text, source) = match &place.value {
        SecretFrom::Env(name) => {
            let text = workspace.cx.environment.get(name).ok_or_else(|| {
                Diagnostic::error(format!("the variable `{name}` is not set"))
                    .at(place.span.clone(), label.clone())
                    .hint(format!("`export {name}=…`, then run it again"))
            })?;
            (text.to_owned(), format!("the variable {name}"))
        }
        SecretFrom::File(path) => {
            let bytes =
                workspace.cx.world.files.read_secret(path).map_err(|error| {
                    Diagnostic::from(error).at(place.span.clone(), label.clone())
                })?;
            let text = String::from_utf8(bytes).map_err(|_| {
                Diagnostic::error(format!("`{path}` is no text"))
                    .at(place.span.clone(), label.clone())
            })?;
            (text, format!("the file {path}"))
        }
        SecretFrom::Command(words) => {
            let folder = workspace.cx.world.files.resolve(".");
            let text = world::output(words, &folder)
                .await
                .map_err(|error| Diagnostic::from(error).at(place.span.clone(), label.clone()))?;
            (text, format!("the command {}", words.first().map_or("", String::as_str)))
        }
    };
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Diagnostic::error(format!("there is no {secret} in {source}"))
            .at(place.span.clone(), label)
            .note("its first line is empty"));
    }
    if line.chars().any(char::is_control) {
        return Err(Diagnostic::error(format!(
            "the {secret} in {source} holds a control character"
        ))
        .at(place.span.clone(), label));
    }
    Ok((Secret::new(line), source))
}

fn ca(workspace: &Workspace<'_>, path: &Located<String>) -> Result<Ca, Diagnostic> {
    let pem = workspace.cx.world.files.read(&path.value).map_err(|error| {
        Diagnostic::from(error).at(path.span.clone(), "the relay is verified against it")
    })?;
    Ok(Ca { path: path.value.clone(), pem })
}
