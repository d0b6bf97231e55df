//! `proof`: marked copies for staff, of which the ledger knows nothing.

use mail_parser::{HeaderName, Message, MessageParser};

use crate::mailing::{ISSUE, Mailing};
use crate::press::Ran;
use crate::sink::{Act, Phase, Script, Taken};

const DESK: &str = "desk@trial.example";

fn proof(mailing: &Mailing, more: &[&str]) -> Ran {
    mailing.press.run(&[&["proof", ISSUE, "--to"], more].concat())
}

fn parsed(taken: &Taken) -> Message<'_> {
    MessageParser::default().parse(&taken.bytes).unwrap()
}

fn unsubscribe(taken: &Taken) -> String {
    let message = parsed(taken);
    let raw = message.header_raw(HeaderName::ListUnsubscribe).unwrap().to_owned();
    raw.split(['<', '>']).nth(1).unwrap().to_owned()
}

#[test]
fn staff_get_a_reader_s_copy_with_a_mark_and_links_that_lead_nowhere() {
    let mailing = Mailing::new(Script::new(true), 3);
    let list = mailing.press.read("subscribers/weekly.csv");
    let reader = list.lines().nth(2).unwrap().split(',').next().unwrap();
    let ran = proof(&mailing, &[DESK, "boss@elsewhere.example", "--as", reader]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("2 proofs accepted by main"), "{}", ran.stdout);
    assert!(!mailing.press.path(".letterpress/ledger.db").exists());
    assert!(!mailing.press.read(&format!("issues/{ISSUE}.md")).contains("[sent]"));
    let proofs = mailing.sink.record().messages;
    let names = |taken: &Taken| parsed(taken).to().unwrap().first().unwrap().name().is_some();
    assert!(!proofs.iter().any(names), "a reader's name is nobody else's");
    let whom: Vec<&str> = proofs.iter().map(|taken| taken.recipient.as_str()).collect();
    assert_eq!(whom, [DESK, "boss@elsewhere.example"]);

    // The readers get theirs all the same, without the mark, and with links of their own.
    assert_eq!(mailing.send().code, 0);
    let all = mailing.sink.record().messages;
    assert_eq!(all.len(), 2 + 3);
    assert_eq!(all.iter().filter(|taken| names(taken)).count(), 3);
    let mut links: Vec<String> = all.iter().map(unsubscribe).collect();
    let mut ids: Vec<&str> = all.iter().map(|taken| taken.message_id.as_str()).collect();
    assert!(links.iter().all(|link| link.len() == links[0].len()), "{links:?}");
    for taken in &all {
        let subject = parsed(taken).subject().unwrap().to_owned();
        let is_proof = proofs.iter().any(|proof| proof.recipient == taken.recipient);
        let marked = subject.strip_prefix("[TEST] ").unwrap_or(&subject);
        assert_eq!(marked, "One story, and no more");
        assert_eq!(subject != marked, is_proof, "{subject}");
    }
    links.sort();
    links.dedup();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((links.len(), ids.len()), (5, 5));
    let again = proof(&mailing, &[DESK, "--no-mark"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let last = mailing.sink.record().messages.pop().unwrap();
    assert_eq!(parsed(&last).subject(), Some("One story, and no more"));
    assert_ne!(unsubscribe(&last), unsubscribe(&all[0]));
    assert_eq!(mailing.status().planned, 3);
}

#[test]
fn what_is_not_to_be_known_yet_is_shown_to_staff_alone() {
    let mailing = Mailing::new(Script::new(true), 3);
    let article = mailing.press.read("articles/one.md");
    let embargo = article.replacen("---\n", "---\nembargo: 2999-01-01\n", 1);
    mailing.press.write("articles/one.md", embargo);
    let held = proof(&mailing, &[DESK]);
    assert_eq!(held.code, 3, "{}\n{}", held.stdout, held.stderr);
    assert!(held.stderr.contains("may not see this issue yet"), "{}", held.stderr);
    let config = mailing.press.read("letterpress.toml");
    mailing.press.write("letterpress.toml", format!("{config}\n[staff]\nto = [\"{DESK}\"]\n"));
    assert_eq!(proof(&mailing, &[DESK, "boss@elsewhere.example"]).code, 3);
    assert_eq!(mailing.sink.accepted(), 0);
    assert_eq!(proof(&mailing, &["DESK@trial.example"]).code, 0);
    assert_eq!(mailing.sink.accepted(), 1);
}

#[test]
fn a_proof_that_the_relay_refuses_is_told_and_the_others_arrive() {
    let mailing = Mailing::new(Script::new(false), 3);
    mailing.sink.plays(|moment| match (moment.phase, moment.recipient) {
        (Phase::Rcpt, DESK) => Act::Say("550 5.1.1 no such desk"),
        _ => Act::Go,
    });
    let ran = proof(&mailing, &[DESK, "boss@trial.example"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("550 5.1.1 no such desk"), "{}", ran.stderr);
    assert!(ran.stdout.contains("1 proof accepted"), "{}", ran.stdout);
    let nobody = proof(&mailing, &["boss@trial.example", "--as", "nobody@trial.example"]);
    assert_eq!(nobody.code, 2, "{}", nobody.stderr);
    let config = mailing.press.read("letterpress.toml");
    let list = mailing.press.read("subscribers/weekly.csv");
    let reader = list.lines().nth(1).unwrap().split(',').next().unwrap();
    let only = format!("[delivery]\nonly_to = [\"boss@trial.example\", \"{reader}\"]\n");
    mailing.press.write("letterpress.toml", config.replacen("[delivery]\n", &only, 1));
    let other = proof(&mailing, &["boss@trial.example", "other@trial.example"]);
    assert_eq!(other.code, 2, "{}", other.stderr);
    let then = ["--now", "2023-03-27T07:30:00Z", "proof", ISSUE, "--to", "boss@trial.example"];
    assert_eq!(mailing.press.run(&then).code, 2, "mail bears the time that it is");
    assert_eq!(mailing.sink.accepted(), 1);
    mailing.sink.is_sound();
}
