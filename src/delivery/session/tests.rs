//! Sessions with servers that are played by the test.

use super::*;
use crate::words::{Address, Mechanism, Secret};

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// Writes all that is queued, and returns it.
fn written(session: &mut Session) -> String {
    let mut text = String::new();
    while !session.to_write().is_empty() {
        session.handing();
        text.push_str(std::str::from_utf8(session.to_write()).unwrap());
        session.wrote(session.to_write().len());
    }
    text
}

fn opened(offers: &str) -> Session {
    let mut session = Session::new(Hello::Name("us.example".into()));
    session.heard(b"220 relay\r\n").unwrap();
    assert_eq!(written(&mut session), "EHLO us.example\r\n");
    session.heard(format!("250-relay\r\n{offers}250 HELP\r\n").as_bytes()).unwrap();
    assert!(matches!(session.event(), Some(Event::Ready)));
    session
}

fn announce(session: &mut Session, to: &str) {
    let (from, to) = (address("b@us.example"), address(to));
    session.envelope(&Envelope { from: &from, to: &to, id: "c0", bytes: 10 }).unwrap();
}

/// Brings a copy to where its dot is written, by steps or in one go.
fn dotted(session: &mut Session) {
    announce(session, "a@b.example");
    for reply in ["250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
        written(session);
        session.heard(reply.as_bytes()).unwrap();
    }
    assert!(matches!(session.event(), Some(Event::TextWanted)));
    session.text(b"Subject: x\r\n\r\ntext\r\n".to_vec());
    session.dot();
    assert!(written(session).ends_with("text\r\n.\r\n"));
}

#[test]
fn without_pipelining_each_command_waits_for_the_reply_before() {
    let mut session = opened("250-SIZE\r\n250-DSN\r\n");
    announce(&mut session, "a+b=c@b.example");
    assert_eq!(written(&mut session), "MAIL FROM:<b@us.example> SIZE=10 RET=HDRS ENVID=c0\r\n");
    session.heard(b"250 ok\r\n").unwrap();
    assert_eq!(
        written(&mut session),
        "RCPT TO:<a+b=c@b.example> ORCPT=rfc822;a+2Bb+3Dc@b.example\r\n"
    );
    session.heard(b"250 ok\r\n").unwrap();
    assert_eq!(written(&mut session), "DATA\r\n");
}

#[test]
fn the_dot_and_the_next_envelope_are_one_write_and_replies_are_matched_by_order() {
    let mut session = opened("250-PIPELINING\r\n");
    announce(&mut session, "a@b.example");
    assert_eq!(
        written(&mut session),
        "MAIL FROM:<b@us.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n"
    );
    session.heard(b"250 1\r\n250 2\r\n354 3\r\n").unwrap();
    session.event().unwrap();
    session.text(b"text\r\n".to_vec());
    assert_eq!(written(&mut session), "text\r\n");
    session.dot();
    announce(&mut session, "c@b.example");
    session.handing();
    assert!(session.to_write().starts_with(b".\r\nMAIL FROM"));
    assert!(session.to_write().ends_with(b"DATA\r\n"));
    session.wrote(session.to_write().len());
    session.heard(b"550 5.7.1 no\r\n250 1\r\n550 5.1.1 who\r\n503 no\r\n").unwrap();
    assert!(matches!(session.event(), Some(Event::Rejected(reply)) if reply.code == 550));
    let refused = session.event();
    assert!(
        matches!(&refused, Some(Event::Refused(Phase::Recipient, reply)) if reply.text == "5.1.1 who"),
        "{refused:?}"
    );
    assert_eq!(written(&mut session), "RSET\r\n", "the open transaction is forgotten");
    session.heard(b"250 ok\r\n").unwrap();
    dotted_after_pipelining(&mut session);
}

fn dotted_after_pipelining(session: &mut Session) {
    announce(session, "d@b.example");
    written(session);
    session.heard(b"250 1\r\n250 2\r\n354 3\r\n").unwrap();
    assert!(matches!(session.event(), Some(Event::TextWanted)));
}

#[test]
fn a_lone_dot_is_written_only_where_nobody_would_get_it() {
    let mut session = opened("250-PIPELINING\r\n");
    announce(&mut session, "a@b.example");
    written(&mut session);
    session.heard(b"250 1\r\n550 5.1.1 who\r\n354 go\r\n").unwrap();
    assert_eq!(written(&mut session), ".\r\n");
    assert!(session.event().is_none() && !session.is_dot_out());
    session.heard(b"554 5.5.1 no valid recipients\r\n").unwrap();
    assert!(matches!(session.event(), Some(Event::Refused(Phase::Recipient, _))));
    assert_eq!(written(&mut session), "", "the transaction has ended");

    announce(&mut session, "a@b.example");
    written(&mut session);
    let error = session.heard(b"550 5.7.1 MAIL\r\n250 taken all the same\r\n354 go\r\n");
    assert!(matches!(error.unwrap_err().cause, Cause::Unfitting(_)));
    assert!(session.is_over() && written(&mut session).is_empty());
    assert!(matches!(session.event(), Some(Event::Refused(Phase::Mail, _))));
}

#[test]
fn a_reply_before_its_command_ends_the_session() {
    for offers in ["", "250-PIPELINING\r\n"] {
        let mut session = opened(offers);
        assert!(session.heard(b"250 surplus\r\n").unwrap_err().may_be_behind());
        let mut session = opened(offers);
        announce(&mut session, "a@b.example");
        // Nothing is written yet.
        assert!(session.heard(b"250 surplus\r\n").unwrap_err().may_be_behind());
    }
}

#[test]
fn one_surplus_reply_never_makes_another_look_like_the_dots() {
    let mut session = opened("250-PIPELINING\r\n");
    announce(&mut session, "a@b.example");
    written(&mut session);
    let error = session.heard(b"250 1\r\n250 surplus\r\n250 2\r\n354 3\r\n").unwrap_err();
    assert!(error.phase == Phase::Data && error.may_be_behind());
    let mut session = opened("250-PIPELINING\r\n");
    announce(&mut session, "a@b.example");
    written(&mut session);
    let error = session.heard(b"250 1\r\n250 2\r\n354 3\r\n250 surplus\r\n").unwrap_err();
    assert!(matches!(error.cause, Cause::Unasked(_)) && !session.is_dot_out());
}

#[test]
fn doubt_begins_with_the_first_byte_of_the_dot() {
    let mut session = opened("");
    announce(&mut session, "a@b.example");
    for reply in ["250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
        written(&mut session);
        session.heard(reply.as_bytes()).unwrap();
    }
    session.text(b"text\r\n".to_vec());
    session.dot();
    session.handing();
    assert_eq!(session.to_write(), b"text\r\n");
    assert!(!session.is_dot_out());
    session.wrote(6);
    assert!(!session.is_dot_out(), "no byte of it was handed down");
    session.handing();
    assert!(session.is_dot_out());
    session.wrote(1);
    assert!(session.is_dot_out() && session.phase() == Phase::Reply);
}

#[test]
fn only_a_whole_and_fitting_reply_ends_the_doubt() {
    for (reply, ends) in [
        ("250 ok\r\n", true),
        ("451 later\r\n", true),
        ("554 no\r\n", true),
        ("354 go\r\n", false),
        ("250-ok\r\n", false),
        ("garbage\r\n", false),
        ("25", false),
    ] {
        let mut session = opened("");
        dotted(&mut session);
        let _ = session.heard(reply.as_bytes());
        assert_eq!((session.event().is_some(), session.is_dot_out()), (ends, !ends), "{reply:?}");
    }
}

#[test]
fn a_421_to_the_dot_is_a_refusal_and_the_end() {
    let mut session = opened("");
    dotted(&mut session);
    assert!(session.heard(b"421 4.3.2 closing\r\n").is_err());
    assert!(matches!(session.event(), Some(Event::Rejected(reply)) if reply.code == 421));
    assert!(session.is_over());
}

#[test]
fn a_421_may_come_at_any_time() {
    let mut session = opened("");
    let error = session.heard(b"421 4.3.2 closing\r\n").unwrap_err();
    assert!(matches!(error.cause, Cause::Refused(reply) if reply.code == 421));
}

#[test]
fn a_server_without_ehlo_is_greeted_with_helo() {
    let mut session = Session::new(Hello::Address(std::net::Ipv4Addr::LOCALHOST.into()));
    session.heard(b"220-relay\r\n220 ready\r\n").unwrap();
    assert_eq!(written(&mut session), "EHLO [127.0.0.1]\r\n");
    session.heard(b"502 what?\r\n").unwrap();
    assert_eq!(written(&mut session), "HELO [127.0.0.1]\r\n");
    session.heard(b"250 hello\r\n").unwrap();
    assert!(matches!(session.event(), Some(Event::Ready)));
    assert_eq!(*session.offers(), Offers::default());
}

#[test]
fn log_ins_say_what_their_mechanism_says() {
    let secret = Secret::new("pass");
    let mut session = opened("250-AUTH PLAIN LOGIN XOAUTH2\r\n");
    session.log_in(None, "me", &secret).unwrap();
    assert_eq!(written(&mut session), "AUTH PLAIN AG1lAHBhc3M=\r\n");
    session.heard(b"235 ok\r\n").unwrap();
    assert!(matches!(session.event(), Some(Event::Ready)));

    session.log_in(Some(Mechanism::LogIn), "me", &secret).unwrap();
    assert_eq!(written(&mut session), "AUTH LOGIN\r\n");
    session.heard(b"334 VXNlcm5hbWU6\r\n").unwrap();
    assert_eq!(written(&mut session), "bWU=\r\n");
    session.heard(b"334 UGFzc3dvcmQ6\r\n").unwrap();
    assert_eq!(written(&mut session), "cGFzcw==\r\n");
    session.heard(b"235 ok\r\n").unwrap();

    session.log_in(Some(Mechanism::Xoauth2), "me", &secret).unwrap();
    assert_eq!(written(&mut session), "AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciBwYXNzAQE=\r\n");
    session.heard(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n").unwrap();
    assert_eq!(written(&mut session), "\r\n");
    let error = session.heard(b"535 5.7.8 no\r\n").unwrap_err();
    assert_eq!((error.phase, error.reply().map(|reply| reply.code)), (Phase::LogIn, Some(535)));
}

#[test]
fn a_text_never_ends_before_its_dot() {
    let mut session = opened("");
    announce(&mut session, "a@b.example");
    for reply in ["250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
        written(&mut session);
        session.heard(reply.as_bytes()).unwrap();
    }
    session.text(b".\r\n.b\r\nc.\r\n..".to_vec());
    assert_eq!(written(&mut session), "..\r\n..b\r\nc.\r\n...\r\n");
    assert!(!session.take_buffer().is_empty(), "the buffer is given back");
}
