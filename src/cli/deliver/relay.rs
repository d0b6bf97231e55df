//! The relay that is configured, as a destination.

use crate::cli::workspace::Workspace;
use crate::delivery::session::Secret;
use crate::delivery::{Destination, Login, RelayTarget};
use crate::diag::{Diagnostic, Faults, Kind};

/// Puts the destination together, with the password from the environment.
pub(super) fn destination(workspace: &Workspace<'_>) -> Result<Destination, Faults> {
    let config = &workspace.config;
    let Some(relay) = &config.relay else {
        return Err(Diagnostic::error("no relay is configured")
            .kind(Kind::Usage)
            .file(config.source.name())
            .hint("write `[[relay]]` with a `url`, or rehearse with `--inbox`")
            .into());
    };
    let login = match (&relay.user, &relay.password_env) {
        (None, _) => None,
        (Some(user), Some(variable)) => {
            let password = workspace.cx.environment.get(&variable.value).ok_or_else(|| {
                Diagnostic::error(format!("the variable `{}` is not set", variable.value))
                    .at(variable.span.clone(), "the relay's password is read from it")
                    .hint(format!("`export {}=…`, then run it again", variable.value))
            })?;
            let source = format!("the variable {}", variable.value);
            Some(Login {
                user: user.clone(),
                password: Secret::new(password),
                mechanism: None,
                source,
            })
        }
        (Some(_), None) => {
            return Err(Diagnostic::error(format!(
                "the relay `{}` has a user and no password",
                relay.name
            ))
            .at(relay.span.clone(), "")
            .hint("write `password = { env = \"NAME\" }`, or take the user out of the URL")
            .into());
        }
    };
    Ok(Destination::Relay(RelayTarget {
        name: relay.name.clone(),
        host: relay.host.clone(),
        port: relay.port,
        tls: relay.tls,
        login,
        only_to: config.delivery.only_to.iter().cloned().collect(),
    }))
}
