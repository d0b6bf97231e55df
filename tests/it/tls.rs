//! What protects a connection to the relay, and the secret: nothing leaves in the clear, nothing
//! goes to a server that is not the one, and the secret is never shown.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::press::{Press, Ran, ran};
use crate::tls_server::{Authority, Manner, TlsRelay};

const SECRET: &str = "pa55word";
const GO: &str = "220 2.0.0 go\r\n";

/// A workspace whose relay is at `host`, with more lines for its table.
fn press(scheme: &str, host: &str, port: u16, lines: &str) -> Press {
    let press = Press::new();
    press.change(
        "letterpress.toml",
        "url      = \"smtp://letterpress@smtp.meridian.example:587\"",
        &format!("url = \"{scheme}://letterpress@{host}:{port}\""),
    );
    press.without_web();
    press.change(
        "letterpress.toml",
        "password = { env = \"LETTERPRESS_PASSWORD\" }",
        &format!("{lines}\n#"),
    );
    press
}

const PASSWORD: &str = "password = { env = \"LETTERPRESS_PASSWORD\" }";

fn command(press: &Press, args: &[&str]) -> Command {
    let mut command = press.command(args);
    command.env("LETTERPRESS_PASSWORD", SECRET);
    command
}

/// Sends, shown in every way; nothing that is shown may hold the secret.
fn send(press: &Press) -> Ran {
    let sent = ran(&mut command(press, &["send", "2023-W12", "--yes", "-v"]));
    hides(&sent);
    for args in [
        &["status", "2023-W12", "--copies", "--json"][..],
        &["send", "2023-W12", "--yes", "--json", "-v"],
        &["send", "2023-W12", "--yes", "--events"],
    ] {
        hides(&ran(&mut command(press, args)));
    }
    for (path, bytes) in press.snapshot() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!shows(&text), "{} holds the secret", path.display());
    }
    sent
}

/// Whether a text holds the secret, plain or as a log-in would have it.
fn shows(text: &str) -> bool {
    let plain = STANDARD.encode(format!("\0letterpress\0{SECRET}"));
    [SECRET, &STANDARD.encode(SECRET), &plain].iter().any(|form| text.contains(*form))
}

fn hides(ran: &Ran) {
    assert!(!shows(&ran.stdout) && !shows(&ran.stderr), "{}\n{}", ran.stdout, ran.stderr);
}

/// Neither log-in nor mail reached it, in the clear or encrypted.
fn heard_nothing(relay: &TlsRelay, case: &str) {
    let words = relay.words();
    let heard = relay.heard();
    assert!(heard.encrypted.is_empty(), "{case}: {words}");
    // What begins so is the beginning of a handshake, which holds the server's name alone.
    let is_handshake = heard.clear.first() == Some(&0x16);
    let commands = if is_handshake { "".into() } else { String::from_utf8_lossy(&heard.clear) };
    for line in commands.lines() {
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        assert!(["EHLO", "STARTTLS", "QUIT"].contains(&verb.as_str()), "{case}: {line}");
    }
    assert!(!shows(&words), "{case}");
}

fn refused(case: &str, scheme: &str, host: &str, manner: Manner, ca: Option<&Authority>) -> Ran {
    let relay = TlsRelay::start(manner, "PLAIN LOGIN");
    let lines = match ca {
        Some(_) => format!("{PASSWORD}\nca = \"ca.pem\""),
        None => PASSWORD.to_owned(),
    };
    let press = press(scheme, host, relay.port, &lines);
    if let Some(ca) = ca {
        press.write("ca.pem", ca.certificate());
    }
    let sent = send(&press);
    heard_nothing(&relay, case);
    let status = ran(&mut command(&press, &["status", "2023-W12", "--json"])).json();
    assert_eq!((&status["accepted"], &status["pending"]), (&0.into(), &24.into()), "{case}");
    sent
}

#[test]
fn without_starttls_nothing_is_sent() {
    for (case, words, reply, code, told) in [
        ("absent", "HELP", "502 5.5.1 unknown\r\n", 1, "does not offer STARTTLS"),
        ("stripped", "XXXXXXXA", "502 5.5.1 unknown\r\n", 1, "does not offer STARTTLS"),
        ("refused", "STARTTLS", "502 5.5.1 unknown\r\n", 1, "502 5.5.1 unknown"),
        ("refused for now", "STARTTLS", "454 4.7.0 later\r\n", 75, "454 4.7.0 later"),
        ("no TLS behind it", "STARTTLS", "220 go\r\n", 75, "setting up TLS"),
    ] {
        let sent = refused(case, "smtp", "localhost", Manner::Clear(words, reply), None);
        assert_eq!(sent.code, code, "{case}: {}", sent.stderr);
        assert!(sent.stderr.contains(told), "{case}: {}", sent.stderr);
    }
}

#[test]
fn plaintext_behind_the_starttls_reply_ends_the_session() {
    let clear = Manner::Clear("STARTTLS", "220 go\r\n250 evil\r\n");
    let sent = refused("injected, and no TLS", "smtp", "localhost", clear, None);
    // The server may not be to blame, so that cron calls again.
    assert!([1, 75].contains(&sent.code), "{}", sent.stderr);
    let authority = Authority::new();
    let reply = "220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n";
    let manner = Manner::StartTls(authority.good(), reply);
    let sent = refused("injected", "smtp", "localhost", manner, Some(&authority));
    assert!([1, 75].contains(&sent.code), "{}", sent.stderr);
}

#[test]
fn to_a_server_whose_certificate_is_not_to_be_trusted_nothing_is_sent() {
    let authority = Authority::new();
    let trusted = Some(&authority);
    for (case, config, ca, host, reason, remedy) in [
        ("expired", authority.expired(), trusted, "localhost", "localhost has expired", "renew"),
        (
            "wrong name",
            authority.of_another(),
            trusted,
            "localhost",
            "not valid for the name localhost, but for DnsName(\"other.example\")",
            "relay's `url`",
        ),
        (
            "wrong address",
            authority.of_another(),
            trusted,
            "127.0.0.1",
            "not valid for the name 127.0.0.1",
            "relay's `url`",
        ),
        (
            "self-signed",
            authority.self_signed(false),
            trusted,
            "localhost",
            "issued by nobody that is trusted here",
            "`ca = \"FILE.pem\"`",
        ),
        (
            "self-signed for the system's roots",
            authority.self_signed(true),
            None,
            "localhost",
            "the certificate of localhost is self-signed",
            "`ca = \"FILE.pem\"`",
        ),
        (
            "an authority of one's own",
            authority.good(),
            None,
            "localhost",
            "issued by nobody that is trusted here",
            "`ca = \"FILE.pem\"`",
        ),
    ] {
        for (scheme, manner) in [
            ("smtps", Manner::Implicit(config.clone())),
            ("smtp", Manner::StartTls(config.clone(), GO)),
        ] {
            let case = format!("{case}, {scheme}");
            let sent = refused(&case, scheme, host, manner, ca);
            assert_eq!(sent.code, 1, "{case}: {}", sent.stderr);
            for told in ["there is no TLS with the relay `main`", reason, remedy] {
                assert!(sent.stderr.contains(told), "{case}: {told}\n{}", sent.stderr);
            }
        }
    }
}

#[test]
fn a_server_that_speaks_no_tls_at_once_is_told_apart() {
    let manner = Manner::Clear("STARTTLS", GO);
    let sent = refused("no TLS", "smtps", "localhost", manner, None);
    assert_eq!(sent.code, 1, "{}", sent.stderr);
    assert!(sent.stderr.contains("what localhost says is no TLS"), "{}", sent.stderr);
    assert!(sent.stderr.contains("`smtp://` for STARTTLS"), "{}", sent.stderr);
}

#[test]
fn with_its_authority_s_certificate_a_relay_is_served() {
    let authority = Authority::new();
    for (scheme, host, manner) in [
        ("smtps", "localhost", Manner::Implicit(authority.good())),
        ("smtps", "127.0.0.1", Manner::Implicit(authority.good())),
        ("smtp", "localhost", Manner::StartTls(authority.good(), GO)),
    ] {
        let relay = TlsRelay::start(manner, "PLAIN LOGIN");
        let press = press(scheme, host, relay.port, &format!("{PASSWORD}\nca = \"ca.pem\""));
        press.write("ca.pem", authority.certificate());
        let sent = send(&press);
        assert_eq!(sent.code, 0, "{scheme} {host}: {}", sent.stderr);
        let heard = relay.heard();
        assert_eq!(heard.messages, 24, "{scheme} {host}");
        assert!(heard.log_ins.iter().all(|mechanism| mechanism == "PLAIN"));
        let clear = String::from_utf8_lossy(&heard.clear).to_ascii_uppercase();
        assert!(!clear.contains("AUTH") && !clear.contains("MAIL"), "{clear}");
    }
}

#[test]
fn a_ca_file_that_cannot_be_used_is_told_before_anything_is_connected() {
    let authority = Authority::new();
    for (text, told) in [
        ("", "it holds no certificate in PEM"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "it is no PEM"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "cannot be used"),
    ] {
        let relay = TlsRelay::start(Manner::Implicit(authority.good()), "PLAIN");
        let lines = format!("{PASSWORD}\nca = \"ca.pem\"");
        let press = press("smtps", "localhost", relay.port, &lines);
        press.write("ca.pem", text);
        let sent = send(&press);
        assert_eq!(sent.code, 1);
        assert!(sent.stderr.contains("`ca.pem` cannot be used as `ca`"), "{}", sent.stderr);
        assert!(sent.stderr.contains(told), "{}", sent.stderr);
        assert!(relay.heard().clear.is_empty());
    }
}

#[test]
fn every_mechanism_logs_in_with_a_secret_from_any_place() {
    let authority = Authority::new();
    for (lines, offered, wanted) in [
        ("password = { env = \"LETTERPRESS_PASSWORD\" }", "PLAIN LOGIN", "PLAIN"),
        ("password = { file = \"keys/relay\" }", "LOGIN", "LOGIN"),
        (
            "password = { command = [\"sh\", \"-c\", \"head -1 keys/relay\"] }",
            "LOGIN PLAIN XOAUTH2",
            "PLAIN",
        ),
    ] {
        logs_in(&authority, lines, offered, wanted);
    }
}

#[test]
fn the_mechanism_that_is_asked_for_is_used() {
    let authority = Authority::new();
    for (lines, wanted) in [
        ("password = { file = \"keys/relay\" }\nauth = \"login\"", "LOGIN"),
        ("password = { file = \"keys/relay\" }\nauth = \"plain\"", "PLAIN"),
        ("token = { command = [\"cat\", \"keys/relay\"] }", "XOAUTH2"),
        ("token = { env = \"LETTERPRESS_PASSWORD\" }\nauth = \"xoauth2\"", "XOAUTH2"),
    ] {
        logs_in(&authority, lines, "PLAIN LOGIN XOAUTH2", wanted);
    }
}

fn logs_in(authority: &Authority, lines: &str, offered: &'static str, wanted: &str) {
    let relay = TlsRelay::start(Manner::Implicit(authority.good()), offered);
    let press = press("smtps", "localhost", relay.port, &format!("{lines}\nca = \"ca.pem\""));
    press.write("ca.pem", authority.certificate());
    with_secret_file(&press, |press| {
        let sent = ran(&mut command(press, &["send", "2023-W12", "--yes", "-v"]));
        hides(&sent);
        assert_eq!(sent.code, 0, "{lines}: {}", sent.stderr);
    });
    let heard = relay.heard();
    assert_eq!(heard.messages, 24, "{lines}");
    assert!(!heard.log_ins.is_empty());
    assert!(heard.log_ins.iter().all(|log_in| log_in == wanted), "{lines}: {:?}", heard.log_ins);
}

fn with_secret_file(press: &Press, act: impl FnOnce(&Press)) {
    press.write("keys/relay", format!("{SECRET}\nnot this\n"));
    mode(press, 0o600);
    act(press);
    press.remove("keys");
}

fn mode(press: &Press, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(press.path("keys/relay"), mode).unwrap();
}

#[test]
fn a_secret_that_cannot_be_read_is_told_and_nothing_is_connected() {
    let authority = Authority::new();
    let relay = TlsRelay::start(Manner::Implicit(authority.good()), "PLAIN");
    let failing = "password = { command = [\"sh\", \"-c\", \
                   \"cat keys/relay >&2; cat keys/relay; exit 1\"] }";
    for (lines, file_mode, told) in [
        ("password = { file = \"keys/relay\" }", 0o640, "`chmod 600 keys/relay`"),
        ("password = { file = \"keys/absent\" }", 0o600, "there is no such file"),
        (failing, 0o600, "`sh` failed: exit status: 1"),
        (
            "password = { command = [\"no-such-program\"] }",
            0o600,
            "`no-such-program` could not be run",
        ),
        ("password = { command = [\"true\"] }", 0o600, "there is no password in the command true"),
        ("token = { env = \"NO_TOKEN\" }", 0o600, "`NO_TOKEN` is not set"),
    ] {
        let press = press("smtps", "localhost", relay.port, &format!("{lines}\nca = \"ca.pem\""));
        press.write("ca.pem", authority.certificate());
        with_secret_file(&press, |press| {
            mode(press, file_mode);
            let sent = ran(&mut command(press, &["send", "2023-W12", "--yes", "-v"]));
            hides(&sent);
            assert_eq!(sent.code, 1, "{lines}: {}", sent.stderr);
            assert!(sent.stderr.contains(told), "{lines}: {}", sent.stderr);
        });
    }
    assert!(relay.words().is_empty());
}

#[test]
fn a_refused_log_in_does_not_show_the_secret() {
    let authority = Authority::new();
    let relay = TlsRelay::start(Manner::Implicit(authority.good()), "PLAIN");
    let press = press("smtps", "localhost", relay.port, &format!("{PASSWORD}\nca = \"ca.pem\""));
    press.write("ca.pem", authority.certificate());
    let mut wrong = press.command(&["send", "2023-W12", "--yes", "-v", "--json"]);
    let sent = ran(wrong.env("LETTERPRESS_PASSWORD", "wr0ngword"));
    assert_eq!(sent.code, 1);
    let all = format!("{}{}", sent.stdout, sent.stderr);
    assert!(all.contains("refused our log-in") && all.contains("LETTERPRESS_PASSWORD"), "{all}");
    assert!(
        !all.contains("wr0ngword") && !all.contains(&STANDARD.encode("\0letterpress\0wr0ngword"))
    );
    assert_eq!(relay.heard().messages, 0);
}
