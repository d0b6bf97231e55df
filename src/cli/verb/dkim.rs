//! `dkim new`: draws a key, and says what goes into DNS and into the configuration.

use serde_json::json;

use crate::cli::args::{DkimAlgorithm, DkimNewArgs, DkimVerb};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::config::is_selector;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::message::{Algorithm, KeyError, SigningKey};
use crate::words::Address;

/// Runs the verb.
///
/// # Errors
/// If there is such a key, or it cannot be written.
pub fn run(verb: &DkimVerb, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    match verb {
        DkimVerb::New(args) => new(args, cx, ui),
    }
}

fn new(args: &DkimNewArgs, cx: &Context, ui: &Ui) -> Result<Exit, Faults> {
    let domain = domain(args, cx)?;
    let selector = &args.selector;
    if !is_selector(selector) {
        return Err(Diagnostic::error(format!("`{}` is no selector", selector.escape_debug()))
            .kind(Kind::Usage)
            .note("letters, digits and `-`; it is a part of a host name")
            .into());
    }
    let files = &cx.world.files;
    let path = format!("keys/{selector}.pem");
    if files.exists(&path) {
        return Err(Diagnostic::error(format!("`{path}` exists already"))
            .note("a key is never written over: mail on the way still needs it")
            .hint("name another with `--selector`")
            .into());
    }
    let told = |error: KeyError| Diagnostic::error(error.to_string()).hint(error.remedy());
    let key = SigningKey::draw(match args.algorithm {
        DkimAlgorithm::Rsa => Algorithm::Rsa,
        DkimAlgorithm::Ed25519 => Algorithm::Ed25519,
    })
    .map_err(told)?;
    let texts = key.record().map_err(told)?;
    files.write_private(&path, key.to_pem().map_err(told)?.as_bytes())?;

    let name = format!("{selector}._domainkey.{domain}");
    let quoted: Vec<_> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    let record = format!("{name}. IN TXT ( {} )", quoted.join(" "));
    let lines = [
        "[[dkim]]".to_owned(),
        format!("domain   = \"{domain}\""),
        format!("selector = \"{selector}\""),
        format!("key      = {{ file = \"{path}\" }}"),
    ];
    ui.line(&format!("{path} holds the key. Keep it out of git and to yourself."));
    ui.line("\nPut this record into DNS, one line:\n");
    ui.line(&record);
    ui.line("\nOnce it is there, add to letterpress.toml:\n");
    lines.iter().for_each(|line| ui.line(line));
    ui.json(&json!({
        "schema": "letterpress.dkim/1",
        "file": path,
        "domain": domain,
        "selector": selector,
        "name": name,
        "value": texts.concat(),
        "texts": texts,
        "record": record,
        "config": lines.join("\n"),
    }));
    Ok(Exit::Done)
}

/// The domain that was named, else that of the From address.
fn domain(args: &DkimNewArgs, cx: &Context) -> Result<String, Faults> {
    match &args.domain {
        Some(domain) => match Address::parse(&format!("x@{domain}")) {
            Ok(address) => Ok(address.domain().to_owned()),
            Err(_) => Err(Diagnostic::error(format!("`{}` is no domain", domain.escape_debug()))
                .kind(Kind::Usage)
                .into()),
        },
        None => Ok(cx.config()?.sender.from.address.domain().to_owned()),
    }
}
