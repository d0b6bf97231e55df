//! `[[relay]]` and what `[delivery]` says of domains and time.

use std::time::Duration;

use super::*;
use crate::words::Mechanism;

const PASSWORD: &str = "password = { env = \"PASSWORD\" }";

fn config(text: &str) -> Config {
    Config::parse(Source::new(FILE, text))
        .unwrap_or_else(|faults| panic!("{:#?}", faults.list.first()))
}

fn with(relay: &str) -> String {
    WHOLE.replace(PASSWORD, relay)
}

fn delivery(lines: &str) -> String {
    WHOLE.replace("max_failed = \"5 %\"", lines)
}

#[test]
fn domains_are_read_in_lower_case_and_a_labels_with_a_rate_or_a_list() {
    let text = delivery(
        "per_domain = { \"*\" = \"20/s\", \"Gmail.COM\" = [\"10/s\", \"900/h\"], \
         \"bücher.example\" = \"1/s\" }\nretry_for = \"36 h\"",
    );
    let delivery = config(&text).delivery;
    let rates = |name: &str| {
        delivery.per_domain[name].iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(rates("*"), "20/s");
    assert_eq!(rates("gmail.com"), "10/s 900/h");
    assert_eq!(rates("xn--bcher-kva.example"), "1/s");
    assert_eq!(delivery.retry_for, Duration::from_secs(36 * 3_600));
    assert_eq!(config(WHOLE).delivery.retry_for, Duration::from_secs(24 * 3_600));
    assert!(config(WHOLE).delivery.per_domain.is_empty());
}

#[test]
fn faults_in_domains_and_times_are_told_with_their_place() {
    let text = delivery(
        "retry_for = \"24\"\n[delivery.per_domain]\n\"*\" = \"20\"\n\"no domain\" = \"1/s\"\n\
         \"a.example\" = \"1/s\"\n\"A.example\" = \"2/s\"\n\"b.example\" = 5",
    );
    insta::assert_snapshot!(faults(&text));
}

#[test]
fn a_secret_is_in_a_variable_a_file_or_a_commands_output() {
    for (text, wanted) in [
        ("{ env = \"PASSWORD\" }", SecretFrom::Env("PASSWORD".into())),
        ("{ file = \"keys/relay\" }", SecretFrom::File("keys/relay".into())),
        (
            "{ command = [\"pass\", \"show\", \"relay\"] }",
            SecretFrom::Command(vec!["pass".into(), "show".into(), "relay".into()]),
        ),
    ] {
        let relay = config(&with(&format!("password = {text}"))).relay.unwrap();
        assert_eq!(relay.secret.unwrap().value, wanted);
        assert_eq!(relay.mechanism, None);
        let relay = config(&with(&format!("token = {text}\nauth = \"xoauth2\""))).relay.unwrap();
        assert_eq!(relay.secret.unwrap().value, wanted);
        assert_eq!(relay.mechanism, Some(Mechanism::Xoauth2));
    }
    let relay = config(&with("token = { env = \"TOKEN\" }")).relay.unwrap();
    assert_eq!(relay.mechanism, Some(Mechanism::Xoauth2), "a token is for nothing else");
    for (auth, mechanism) in [("plain", Mechanism::Plain), ("LOGIN", Mechanism::LogIn)] {
        let relay = config(&with(&format!("{PASSWORD}\nauth = \"{auth}\""))).relay.unwrap();
        assert_eq!(relay.mechanism, Some(mechanism));
    }
}

#[test]
fn a_ca_file_and_timeouts_are_read() {
    let text = with(&format!(
        "{PASSWORD}\nca = \"ca.pem\"\ntimeouts = {{ connect = \"60 s\", reply = \"10 min\", \
         close = \"500 ms\" }}"
    ));
    let relay = config(&text).relay.unwrap();
    assert_eq!(relay.ca.unwrap().value, "ca.pem");
    let wanted = Timeouts {
        connect: Some(Duration::from_secs(60)),
        reply: Some(Duration::from_secs(600)),
        close: Some(Duration::from_millis(500)),
        ..Timeouts::default()
    };
    assert_eq!(relay.timeouts, wanted);
    assert_eq!(config(WHOLE).relay.unwrap().timeouts, Timeouts::default());
}

#[test]
fn faults_of_a_relay_are_told_with_their_place() {
    for (name, text) in [
        ("auth", format!("{PASSWORD}\nauth = \"cram-md5\"\ntimeouts = {{ dot = \"1 s\" }}")),
        ("token_for_plain", "token = { env = \"TOKEN\" }\nauth = \"plain\"".to_owned()),
        ("password_for_xoauth2", format!("{PASSWORD}\nauth = \"xoauth2\"")),
        ("both", format!("{PASSWORD}\ntoken = {{ env = \"TOKEN\" }}")),
        ("two_places", "password = { env = \"A\", file = \"b\" }".to_owned()),
        ("no_program", "password = { command = [] }\nca = \"\"".to_owned()),
        ("never", format!("{PASSWORD}\ntimeouts = {{ connect = \"0 s\", reply = \"2 years\" }}")),
    ] {
        insta::assert_snapshot!(name, faults(&with(&text)));
    }
    let plaintext = WHOLE.replace("smtps://letter%40press@", "smtp+plaintext://");
    let plaintext = plaintext.replace(PASSWORD, "ca = \"ca.pem\"");
    assert!(faults(&plaintext).contains("nothing for `ca` to verify"));
}

#[test]
fn a_second_relay_is_refused_until_it_is_built() {
    let text = WHOLE.replace("[schedule]", "[[relay]]\nurl = \"smtps://a.example\"\n[schedule]");
    assert!(faults(&text).contains("`a second [[relay]]` is not built yet"));
}

#[test]
fn a_secret_that_was_written_into_the_file_is_not_shown() {
    let url = |url: &str| WHOLE.replace("smtps://letter%40press@smtp.example.org", url);
    for text in [
        with("password = \"pa55word\""),
        with("password = [\"pa55word\"]"),
        with("password = { value = \"pa55word\" }"),
        with("password = { env = \"NAME\", secret = \"pa55word\" }"),
        with("token = \"pa55word\""),
        with("passwort = \"pa55word\""),
        with("password = pa55word"),
        with("password = \"pa55word"),
        url("smtps://me:pa55word@relay.example"),
        url("smtps://me:pa55word@relay.example:99999"),
        url("smtpx://me:pa55word@relay.example"),
        url("me:pa55word@relay.example"),
    ] {
        let told = faults(&text);
        assert!(!told.contains("pa55"), "{told}");
        assert!(told.contains(&format!("{FILE}:")), "{told}");
    }
}
