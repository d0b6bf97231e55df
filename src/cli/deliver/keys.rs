//! The keys that are configured, read once per send.

use crate::cli::workspace::Workspace;
use crate::config::{Dkim, KeyFrom};
use crate::diag::{Diagnostic, Faults};
use crate::message::{Signer, SigningKey};

/// Reads all keys.
///
/// # Errors
/// If one is absent, lies open, or cannot sign.
pub fn signers(workspace: &Workspace<'_>) -> Result<Vec<Signer>, Faults> {
    let keys = workspace.config.dkim.iter();
    let signers = keys.map(|dkim| signer(workspace, dkim)).collect::<Result<_, Diagnostic>>()?;
    Ok(signers)
}

fn signer(workspace: &Workspace<'_>, dkim: &Dkim) -> Result<Signer, Diagnostic> {
    let at = |fault: Diagnostic| {
        let label = format!("copies are signed with it for {}", dkim.domain);
        fault.at(dkim.key.span.clone(), label)
    };
    let (pem, place) = match &dkim.key.value {
        KeyFrom::File(path) => {
            let read = workspace.files().read_secret(path);
            let pem = read.map_err(|error| match error.is_absent() {
                true => at(Diagnostic::from(error).hint("`letterpress dkim new` draws a key")),
                false => at(error.into()),
            })?;
            (pem, format!("`{path}`"))
        }
        KeyFrom::Env(name) => {
            let pem = workspace.cx.environment.get(name).ok_or_else(|| {
                at(Diagnostic::error(format!("the variable `{name}` is not set"))
                    .hint(format!("`export {name}=…`, then run it again")))
            })?;
            (pem.clone().into_bytes(), format!("the variable `{name}`"))
        }
    };
    let key = SigningKey::parse(&pem).map_err(|error| {
        at(Diagnostic::error(format!("{place} holds no key that can sign"))
            .note(error.to_string())
            .hint(error.remedy()))
    })?;
    Ok(Signer::new(&dkim.domain, &dkim.selector, key))
}
