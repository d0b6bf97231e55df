//! `[staff]`: what keeps `run` from sending is told by mail, once.

use mail_parser::{Message, MessageParser};

use crate::mailing::{ISSUE, Mailing};
use crate::press::ran;
use crate::sink::{Act, Phase, Script};
use crate::slots::{run_at, scheduled, write_article};

const STAFF: [&str; 2] = ["desk@trial.example", "night@trial.example"];

/// A newsletter for three readers with a schedule and staff.
fn staffed(script: Script) -> Mailing {
    let mailing = scheduled(script, 3, "UTC", "Monday 07:30");
    let config = mailing.press.read("letterpress.toml");
    let config = config.replace("[gather]\n", "[gather]\nmin_stories = 2\n");
    let staff = format!("\n[staff]\nto = [\"The desk <{}>\", \"{}\"]\n", STAFF[0], STAFF[1]);
    mailing.press.write("letterpress.toml", config + &staff);
    mailing
}

/// What went to staff: who got it, with which subject and text.
fn told(mailing: &Mailing) -> Vec<(String, String, String)> {
    let messages = mailing.sink.record().messages.into_iter();
    let to_staff = messages.filter(|message| STAFF.contains(&message.recipient.as_str()));
    to_staff
        .map(|message| {
            let parsed: Message<'_> = MessageParser::default().parse(&message.bytes).unwrap();
            assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
            let text = parsed.body_text(0).unwrap().into_owned();
            (message.recipient, parsed.subject().unwrap().to_owned(), text)
        })
        .collect()
}

fn subjects(mailing: &Mailing) -> Vec<String> {
    let told = told(mailing);
    let whom: Vec<&str> = told.iter().map(|(to, ..)| to.as_str()).collect();
    assert_eq!(whom, STAFF.repeat(told.len() / 2), "each goes to all staff");
    told.iter().step_by(2).map(|(_, subject, _)| subject.clone()).collect()
}

#[test]
fn a_held_issue_is_told_once_and_once_more_when_something_else_holds_it() {
    let mailing = staffed(Script::new(true));
    assert_eq!(run_at(&mailing, "2023-03-26 08:00").code, 0);
    assert!(told(&mailing).is_empty());
    write_article(&mailing, "first", "2023-03-22");
    for minute in ["07:30", "07:45", "08:00"] {
        let held = run_at(&mailing, &format!("2023-03-27 {minute}"));
        assert_eq!(held.code, 3, "{}", held.stderr);
    }
    assert_eq!(
        subjects(&mailing),
        ["Trial Weekly: the issue has 1 story, and `min_stories` asks for 2"]
    );
    let (_, _, text) = told(&mailing).swap_remove(0);
    assert!(text.contains("hint: feature more articles"), "{text}");
    assert!(text.contains("Nothing was sent.") && text.contains("March 27, 2023, 07:30"), "{text}");

    write_article(&mailing, "second", "2023-03-23");
    let address = "address   = \"1 Trial Street, Springfield\"\n";
    mailing.press.change("letterpress.toml", address, "");
    let held = run_at(&mailing, "2023-03-27 08:15");
    assert_eq!(held.code, 3, "{}\n{}", held.stdout, held.stderr);
    assert_eq!(subjects(&mailing).len(), 2);
    let (_, subject, text) = told(&mailing).swap_remove(2);
    assert!(subject.contains("and 1 more"), "{subject}");
    assert!(text.contains("holds 2023-03-27 back"), "{text}");

    mailing.press.change("letterpress.toml", "[sender]\n", &format!("{address}[sender]\n"));
    let sent = run_at(&mailing, "2023-03-27 08:30");
    assert_eq!(sent.code, 0, "{}\n{}", sent.stdout, sent.stderr);
    assert_eq!(mailing.sink.record().messages.len(), 3 + 4, "three readers, two notices to two");
    mailing.sink.is_sound();
}

#[test]
fn a_missed_slot_waits_for_the_relay_and_is_then_told_once() {
    let mailing = staffed(Script::new(false));
    assert_eq!(run_at(&mailing, "2023-03-20 08:00").code, 0);
    write_article(&mailing, "first", "2023-03-22");
    mailing.sink.plays(|moment| match moment.phase {
        Phase::Greeting => Act::Say("554 5.3.2 not now"),
        _ => Act::Go,
    });
    let late = run_at(&mailing, "2023-03-27 13:31");
    assert_eq!(late.code, 1, "{}", late.stderr);
    assert!(late.stderr.contains("staff could not be told by mail"), "{}", late.stderr);
    assert!(late.stderr.contains("554 5.3.2 not now"), "{}", late.stderr);
    mailing.sink.plays(|_| Act::Go);
    for hour in [14, 15] {
        assert_eq!(run_at(&mailing, &format!("2023-03-27 {hour}:00")).code, 0);
    }
    let subject = "Trial Weekly: no issue went out for the slot of Monday, March 27, 2023, 07:30";
    assert_eq!(subjects(&mailing), [subject]);
}

#[test]
fn what_waited_for_two_days_is_no_news() {
    let mailing = staffed(Script::new(true));
    assert_eq!(run_at(&mailing, "2023-03-20 08:00").code, 0);
    mailing.sink.plays(|moment| match moment.phase {
        Phase::Greeting => Act::Say("554 5.3.2 not now"),
        _ => Act::Go,
    });
    assert_eq!(run_at(&mailing, "2023-03-27 13:31").code, 1);
    mailing.sink.plays(|_| Act::Go);
    assert_eq!(run_at(&mailing, "2023-03-29 13:32").code, 0);
    assert!(told(&mailing).is_empty());
}

#[test]
fn one_refused_address_does_not_keep_the_others_from_being_told_once() {
    let mailing = staffed(Script::new(true));
    assert_eq!(run_at(&mailing, "2023-03-26 08:00").code, 0);
    mailing.sink.plays(|moment| match (moment.phase, moment.recipient) {
        (Phase::Rcpt, "desk@trial.example") => Act::Say("550 5.1.1 no such desk"),
        _ => Act::Go,
    });
    for minute in ["07:30", "07:45"] {
        assert_eq!(run_at(&mailing, &format!("2023-03-27 {minute}")).code, 3);
    }
    let whom: Vec<String> = told(&mailing).into_iter().map(|(to, ..)| to).collect();
    assert_eq!(whom, [STAFF[1]]);
}

#[test]
fn a_halted_send_is_told_once_however_often_run_is_called() {
    let mailing = staffed(Script::new(true));
    write_article(&mailing, "first", "2023-03-22");
    write_article(&mailing, "second", "2023-03-23");
    assert_eq!(run_at(&mailing, "2023-03-26 08:00").code, 0);
    mailing.sink.plays(|moment| match (moment.phase, STAFF.contains(&moment.recipient)) {
        (Phase::Rcpt, false) => Act::Say("550 5.7.1 we do not take your mail"),
        _ => Act::Go,
    });
    mailing.press.done(&["gather", "--week", ISSUE]);
    for minute in ["07:30", "07:45", "08:00"] {
        let clock = format!("@2023-03-27 {minute}:00");
        let halted = ran(&mut mailing.under(&clock, &["run", "--week", ISSUE]));
        assert_eq!(halted.code, 1, "{}", halted.stderr);
        assert_eq!(halted.stderr.contains("is stopped: "), minute != "07:30", "{}", halted.stderr);
    }
    let subjects = subjects(&mailing);
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    assert!(subjects[0].contains("refused a copy for what we are or say"), "{subjects:?}");
}

#[test]
fn rehearsals_tell_nobody_and_neither_is_anybody_told_outside_only_to() {
    let mailing = staffed(Script::new(true));
    write_article(&mailing, "first", "2023-03-22");
    for how in ["--dry-run", "--inbox"] {
        let held = ran(&mut mailing.under("@2023-03-27 07:30:00", &["run", "--week", ISSUE, how]));
        assert_eq!(held.code, 3, "{how}: {}", held.stderr);
    }
    let config = mailing.press.read("letterpress.toml");
    let only = format!("[delivery]\nonly_to = [\"{}\"]\n", STAFF[1]);
    mailing.press.write("letterpress.toml", config.replacen("[delivery]\n", &only, 1));
    assert_eq!(run_at(&mailing, "2023-03-26 08:00").code, 0);
    assert_eq!(run_at(&mailing, "2023-03-27 07:30").code, 3);
    let whom: Vec<String> = told(&mailing).into_iter().map(|(to, ..)| to).collect();
    assert_eq!(whom, [STAFF[1]]);
}
