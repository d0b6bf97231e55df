//! Servers that we did not write: one that takes the mail, and one that must get none.

use std::collections::BTreeSet;

use crate::mail;
use crate::press::{Press, Ran, ran};
use crate::server::{SmtpSink, Stranger, free_port};

fn with_relay(port: u16) -> Press {
    let press = Press::new();
    press.change(
        "letterpress.toml",
        "url      = \"smtp://letterpress@smtp.meridian.example:587\"",
        &format!("url = \"smtp+plaintext://127.0.0.1:{port}\""),
    );
    press.change("letterpress.toml", "password = { env", "# password = { env");
    press.without_web();
    press
}

#[test]
fn a_relay_gets_every_copy_once() {
    let sink = SmtpSink::start(&[]);
    let press = with_relay(sink.port);
    let ran = press.done(&["send", "2023-W12", "--yes", "--json"]);
    let status = ran.json();
    assert_eq!((&status["state"], &status["accepted"]), (&"sent".into(), &24.into()));

    let mails = mail::read(sink.folder());
    assert_eq!(mails.len(), 24);
    let reached: BTreeSet<String> = mails.iter().map(|mail| mail.to[0].clone()).collect();
    assert_eq!(reached.len(), 24);
    for mail in &mails {
        assert_eq!(mail.subject, "A night train to Kyiv; Honduras turns to Beijing");
        assert!(mail.headers["x-mail-args"].starts_with("<bounces@meridian.example>"));
        assert!(mail.headers["x-rcpt-args"].contains(&mail.to[0]), "envelope and header agree");
        assert!(mail.text.contains("KISHIDA TAKES THE NIGHT TRAIN TO KYIV"));
        assert!(mail.html.contains("\"https://meridian.example/weekly/pictures/night-train-"));
    }

    let mark = press.read("issues/2023-W12.md");
    assert!(mark.contains("state      = \"sent\"") && mark.contains("accepted   = 24"), "{mark}");
    let again = press.done(&["send", "2023-W12", "--yes"]);
    assert!(again.stdout.contains("Nothing was sent now."), "{}", again.stdout);
    assert_eq!(mail::read(sink.folder()).len(), 24, "the second send sent nothing");
    let copies = press.done(&["status", "2023-W12", "--copies", "--json"]).json();
    assert_eq!(copies["copies"].as_array().unwrap().len(), 24);
    assert_eq!(copies["copies"][0]["outcome"], "accepted");
}

#[test]
fn an_interrupted_send_goes_on() {
    let sink = SmtpSink::start(&[]);
    let press = with_relay(sink.port);
    let first = press.run(&["send", "2023-W12", "--yes", "--limit", "10", "--json"]);
    assert_eq!(first.json()["state"], "interrupted");
    assert_eq!(first.json()["accepted"], 10);
    press.done(&["subscribers", "suppress", "h.okafor@example.org"]);
    let second = press.done(&["send", "2023-W12", "--yes", "--json"]).json();
    assert_eq!(second["state"], "sent");
    let sum = second["accepted"].as_u64().unwrap() + second["suppressed"].as_u64().unwrap();
    assert_eq!(sum, 24);
    let mails = mail::read(sink.folder());
    let reached: BTreeSet<String> = mails.iter().map(|mail| mail.to[0].clone()).collect();
    assert_eq!(reached.len(), mails.len(), "nobody got two");
    assert_eq!(mails.len() as u64, second["accepted"].as_u64().unwrap());
}

#[test]
fn a_refused_recipient_is_told_apart() {
    let sink = SmtpSink::start(&["-r", "RCPT"]);
    let press = with_relay(sink.port);
    let ran = press.run(&["send", "2023-W12", "--yes", "--json"]);
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    let status = ran.json();
    assert_eq!(status["deferred"], 24);
    assert_eq!(status["state"], "waiting");
}

#[test]
fn a_foreign_server_hears_of_no_mail() {
    for extensions in [&["PIPELINING"] as &'static [&'static str], &["XLETTERPRESS", "SIZE"]] {
        let stranger = Stranger::start(2525, extensions);
        let press = Press::new();
        let Ran { stdout, .. } = press.done(&["run", "--week", "2023-W12", "--inbox"]);
        assert!(stdout.contains("127.0.0.1:2525 is somebody else's"), "{stdout}");
        assert!(stdout.contains("24 of 24 accepted by the test inbox"));
        assert_eq!(mail::read(&press.path(".letterpress/inbox/new")).len(), 24);
        let commands = stranger.commands();
        assert!(!commands.is_empty(), "it was asked who it is");
        for command in commands {
            let verb = command.split(' ').next().unwrap().to_ascii_uppercase();
            assert!(["EHLO", "XLETTERPRESS", "QUIT"].contains(&verb.as_str()), "{command}");
        }
        stranger.stop();
    }
}

#[test]
fn a_rehearsal_leaves_the_real_ledger_as_it_is() {
    let sink = SmtpSink::start(&[]);
    let press = with_relay(sink.port);
    press.done(&["subscribers", "suppress", "ann@example.com"]);
    let before = std::fs::read(press.path(".letterpress/ledger.db")).unwrap();
    let ran = press.done(&["send", "2023-W12", "--inbox", "--json"]);
    assert_eq!(ran.json()["accepted"], 23);
    assert_eq!(std::fs::read(press.path(".letterpress/ledger.db")).unwrap(), before);
    assert!(mail::read(sink.folder()).is_empty());
}

#[test]
fn a_dry_run_reaches_nobody() {
    let sink = SmtpSink::start(&[]);
    let press = with_relay(sink.port);
    let before = press.snapshot();
    let ran = press.done(&["send", "2023-W12", "--dry-run"]);
    assert!(ran.stdout.contains("24 of list weekly"), "{}", ran.stdout);
    assert_eq!(press.snapshot(), before);
    assert!(mail::read(sink.folder()).is_empty());
}

#[test]
fn another_ledger_s_issue_is_not_sent_again() {
    let sink = SmtpSink::start(&[]);
    let press = with_relay(sink.port);
    press.done(&["send", "2023-W12", "--yes"]);
    // What a second clone has: no ledger, and nothing beside it.
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "witness"] {
        let _ = std::fs::remove_file(press.path(&format!(".letterpress/{name}")));
    }
    let refused = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("ledger adopt"), "{}", refused.stderr);
    press.done(&["ledger", "adopt"]);
    let still = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(still.code, 1);
    assert!(still.stderr.contains("does not know to whom"), "{}", still.stderr);
    assert_eq!(mail::read(sink.folder()).len(), 24);
}

#[test]
fn a_relay_that_is_not_there_is_tried_again_later() {
    let press = with_relay(free_port());
    let ran = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(ran.code, 75);
    assert!(ran.stderr.contains("the relay `main` cannot be reached"), "{}", ran.stderr);
    assert!(ran.stderr.contains("24 are pending"), "{}", ran.stderr);
    let status = press.done(&["status", "2023-W12", "--json"]).json();
    assert_eq!((&status["state"], &status["pending"]), (&"interrupted".into(), &24.into()));
}

#[test]
fn a_password_that_is_not_set_is_asked_for() {
    let press = Press::new();
    press.without_web();
    let told = ran(&mut press.command(&["send", "2023-W12", "--yes"]));
    assert_eq!(told.code, 1);
    assert!(told.stderr.contains("`LETTERPRESS_PASSWORD` is not set"), "{}", told.stderr);
}
