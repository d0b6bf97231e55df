//! The table of the relay: `[[relay]]`.
//!
//! Invariant: no secret stands in the file, so none is in what is read from it.

use std::time::Duration;

use url::Url;

use super::Located;
use super::read::{Section, not_built};
use super::sending::{duration, rates};
use super::values::Rate;
use crate::diag::Diagnostic;
use crate::words::{Mechanism, Span};

/// How a connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, required (`smtp://`).
    StartTls,
    /// None; the URL says so (`smtp+plaintext://`).
    None,
}

/// `[[relay]]`.
#[derive(Clone, Debug)]
pub struct Relay {
    /// What messages call it.
    pub name: String,
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The user name for the log-in, if there is one.
    pub user: Option<String>,
    /// Where its password is, or for XOAUTH2 its token.
    pub secret: Option<Located<SecretFrom>>,
    /// How the log-in is made; by default the best that is offered of PLAIN and LOGIN.
    pub mechanism: Option<Mechanism>,
    /// A file of certificates in PEM, which alone are trusted instead of the system's.
    pub ca: Option<Located<String>>,
    /// How long the steps of a session may take.
    pub timeouts: Timeouts,
    /// Limits of this relay alone.
    pub rates: Vec<Rate>,
    /// Where its URL stands.
    pub span: Span,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretFrom {
    /// In a variable of the environment.
    Env(String),
    /// In a file.
    File(String),
    /// In the first line that a program writes: its name and its arguments.
    Command(Vec<String>),
}

/// How long the steps of a session may take; what is not set is as RFC 5321 section 4.5.3.2 has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, and for the handshake of TLS.
    pub connect: Option<Duration>,
    /// To greet.
    pub greeting: Option<Duration>,
    /// To answer MAIL.
    pub mail: Option<Duration>,
    /// To answer RCPT.
    pub recipient: Option<Duration>,
    /// To answer DATA.
    pub data: Option<Duration>,
    /// To take a piece of the text.
    pub text: Option<Duration>,
    /// To answer the final dot.
    pub reply: Option<Duration>,
    /// To say farewell.
    pub close: Option<Duration>,
}

pub(super) fn relay(root: &mut Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Relay> {
    let mut relays = root.sections("relay").into_iter();
    let first = relays.next().and_then(|section| one_relay(section, faults));
    if let Some(second) = relays.next() {
        faults.push(not_built("a second [[relay]]", second.place()));
    }
    first
}

fn one_relay(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Relay> {
    let name = section.text("name").map_or_else(|| "main".to_owned(), |name| name.value);
    let url = section.needed("url");
    let (mechanism, secret) = log_in(&mut section, faults);
    let ca = section.item("ca").and_then(|_| section.needed("ca"));
    let timeouts = timeouts(section.section("timeouts"), faults);
    let rates = rates(&mut section, "rate");
    let relay = url.and_then(|url| {
        let (tls, host, port, user) = relay_url(&mut section, &url)?;
        let span = url.span;
        Some(Relay { name, host, port, tls, user, secret, mechanism, ca, timeouts, rates, span })
    });
    if let Some(Relay { tls: Tls::None, ca: Some(ca), .. }) = &relay {
        section.fault(
            Diagnostic::error("without TLS there is nothing for `ca` to verify")
                .at(ca.span.clone(), "")
                .hint("take it out; the relay's `url` says `smtp+plaintext://`"),
        );
    }
    section.finish(faults);
    relay
}

/// How the log-in is made, and where its secret is.
fn log_in(
    section: &mut Section<'_>,
    faults: &mut Vec<Diagnostic>,
) -> (Option<Mechanism>, Option<Located<SecretFrom>>) {
    let auth = section.text("auth").and_then(|auth| {
        let mechanism = match auth.value.to_ascii_lowercase().as_str() {
            "plain" => Some(Mechanism::Plain),
            "login" => Some(Mechanism::LogIn),
            "xoauth2" => Some(Mechanism::Xoauth2),
            _ => None,
        };
        if mechanism.is_none() {
            section.fault(
                Diagnostic::error(format!("`{}` is no way to log in", auth.value))
                    .at(auth.span, "ways: \"plain\", \"login\", \"xoauth2\""),
            );
        }
        mechanism
    });
    let password = secret(section, "password", faults);
    let token = secret(section, "token", faults);
    let (what, key, hint) = match (auth, &password, &token) {
        (_, Some(_), Some(_)) => {
            ("a relay has a password or a token, not both", "token", "take one of them out")
        }
        (Some(Mechanism::Xoauth2), Some(_), None) => {
            let hint = "write `token` in the place of `password`";
            ("`xoauth2` logs in with a token", "password", hint)
        }
        (Some(Mechanism::Plain | Mechanism::LogIn), None, Some(_)) => {
            ("a token is for `auth = \"xoauth2\"` alone", "token", "write `password`, or `xoauth2`")
        }
        (None, None, Some(_)) => return (Some(Mechanism::Xoauth2), token),
        _ => return (auth, password.or(token)),
    };
    section.fault(Diagnostic::error(what).at(section.key_span(key), "").hint(hint));
    (auth, None)
}

/// One of `{ env = "NAME" }`, `{ file = "PATH" }` and `{ command = ["PROGRAM", "ARGUMENT"] }`.
fn secret(
    section: &mut Section<'_>,
    key: &'static str,
    faults: &mut Vec<Diagnostic>,
) -> Option<Located<SecretFrom>> {
    let item = section.item(key)?;
    // What stands there may be the secret itself; the mark hides it.
    let span = section.veiled(key, section.key_span(key));
    let read = match item.is_table_like() {
        true => place_of(section.section(key), faults)?,
        false => Err("says where the secret is, and never holds it"),
    };
    match read {
        Ok(value) => Some(Located { value, span }),
        Err(what) => {
            section.fault(
                Diagnostic::error(format!("`{}` {what}", section.name(key))).at(span, "").hint(
                    "write `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or \
                     `{ command = [\"PROGRAM\"] }`",
                ),
            );
            None
        }
    }
}

/// Nothing, where there are faults already; else the place, or what is wrong with it.
fn place_of(
    mut section: Section<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Result<SecretFrom, &'static str>> {
    let env = section.item("env").and_then(|_| section.needed("env"));
    let file = section.item("file").and_then(|_| section.needed("file"));
    let command = section.texts("command");
    let before = faults.len();
    section.finish(faults);
    if faults.len() > before {
        return None;
    }
    Some(match (env, file, command) {
        (Some(env), None, None) => Ok(SecretFrom::Env(env.value)),
        (None, Some(file), None) => Ok(SecretFrom::File(file.value)),
        (None, None, Some(words)) => {
            let words: Vec<String> = words.into_iter().map(|word| word.value).collect();
            match words.first().is_none_or(|program| program.trim().is_empty()) {
                true => Err("names no program"),
                false => Ok(SecretFrom::Command(words)),
            }
        }
        _ => Err("must name one place"),
    })
}

fn timeouts(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Timeouts {
    let mut of = |key| duration(&mut section, key);
    let timeouts = Timeouts {
        connect: of("connect"),
        greeting: of("greeting"),
        mail: of("mail"),
        recipient: of("recipient"),
        data: of("data"),
        text: of("text"),
        reply: of("reply"),
        close: of("close"),
    };
    section.finish(faults);
    timeouts
}

fn relay_url(
    section: &mut Section<'_>,
    text: &Located<String>,
) -> Option<(Tls, String, u16, Option<String>)> {
    let wrong = |section: &mut Section<'_>, label: &str| {
        section.fault(
            Diagnostic::error(format!("`{}` is no address of a relay", text.value))
                .at(text.span.clone(), label)
                .hint("as in `smtps://user@smtp.example.org:465`, or `smtp://…:587` for STARTTLS"),
        );
        None
    };
    if holds_password(&text.value) {
        let span = text.span.veiled(&text.span.range());
        section.fault(
            Diagnostic::error("a password stands in the relay's URL")
                .at(span, "")
                .hint("take it out, and write `password = { env = \"NAME\" }`"),
        );
        return None;
    }
    let Ok(url) = Url::parse(&text.value) else { return wrong(section, "") };
    let (tls, port) = match url.scheme() {
        "smtps" => (Tls::Implicit, 465),
        "smtp" => (Tls::StartTls, 587),
        "smtp+plaintext" => (Tls::None, 25),
        scheme @ ("lmtp" | "lmtp+unix" | "sendmail" | "folder") => {
            section.fault(not_built(&format!("{scheme}://"), text.span.clone()));
            return None;
        }
        _ => return wrong(section, "schemes: smtps, smtp, smtp+plaintext"),
    };
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if host.is_empty() || !matches!(url.path(), "" | "/") {
        return wrong(section, "");
    }
    let user = percent_decoded(url.username());
    Some((tls, host, url.port().unwrap_or(port), (!user.is_empty()).then_some(user)))
}

/// Says whether there is a `:` before the last `@`, also where the rest is no URL.
fn holds_password(url: &str) -> bool {
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    behind_scheme.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

fn percent_decoded(text: &str) -> String {
    let query = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
