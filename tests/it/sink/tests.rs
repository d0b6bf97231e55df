//! The sink is a judge: it is tested before it judges.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{Act, Answer, Phase, Script, Sink};

/// Says all of it at once, and returns everything that came back.
fn says(sink: &Sink, text: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", sink.port)).unwrap();
    stream.write_all(text).unwrap();
    let mut heard = Vec::new();
    // A RST ends it as well as a FIN.
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).into_owned()
}

/// Says line after line, each after the reply to the one before.
fn talks(sink: &Sink, lines: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", sink.port)).unwrap();
    let mut heard = Vec::new();
    let mut space = [0; 4096];
    for line in lines {
        if let Ok(count @ 1..) = stream.read(&mut space) {
            heard.push(String::from_utf8_lossy(&space[..count]).into_owned());
        }
        if let Err(error) = stream.write_all(format!("{line}\r\n").as_bytes()) {
            heard.push(error.kind().to_string());
        }
    }
    if let Err(error) = stream.read(&mut space) {
        heard.push(error.kind().to_string());
    }
    heard
}

const ENVELOPE: [&str; 4] =
    ["EHLO me.example", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA"];

#[test]
fn a_message_is_kept_as_it_was_before_dots_were_stuffed() {
    let sink = Sink::start(Script::new(false));
    let text = "Message-ID: <1@b.example>\r\n\r\n..hidden\r\nend\r\n.";
    talks(&sink, &[&ENVELOPE[..], &[text, "QUIT"]].concat());
    let record = sink.record();
    assert!(record.violations.is_empty(), "{:?}", record.violations);
    let [message] = &record.messages[..] else { panic!("{record:?}") };
    assert_eq!((&*message.recipient, &*message.message_id), ("c@d.example", "<1@b.example>"));
    assert!(message.bytes.ends_with(b"\r\n.hidden\r\nend\r\n"));
    assert_eq!((message.answer.clone(), record.envelopes.len()), (Answer::Accepted, 1));
}

#[test]
fn a_batch_is_taken_only_where_it_was_offered() {
    let batch = "EHLO me.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
    for pipelining in [true, false] {
        let sink = Sink::start(Script::new(pipelining).plays(|moment| match moment.phase {
            Phase::Body => Act::Close,
            _ => Act::Go,
        }));
        assert!(says(&sink, batch.as_bytes()).ends_with("\r\n354 go on\r\n"));
        assert_eq!(sink.record().violations.is_empty(), pipelining);
    }
}

#[test]
fn what_no_client_may_do_is_noted() {
    let nested = [&ENVELOPE[..2], &ENVELOPE[1..2], &["QUIT"]].concat();
    let eight_bit = [&ENVELOPE[..], &["é\r\n.", "QUIT"]].concat();
    let long = "x".repeat(999);
    let long = [&ENVELOPE[..], &[&long, ".", "QUIT"]].concat();
    for (lines, what) in [
        (&nested[..], "inside a transaction"),
        (&["EHLO me.example", "MAIL FROM:<a@b.example> AUTH=<>", "QUIT"], "was not offered"),
        (&["EHLO me.example\nNOOP", "QUIT"], "a bare CR or LF"),
        (&eight_bit, "8-bit text"),
        (&["EHLO me.example", "MAIL FROM:<é@b.example>", "QUIT"], "without SMTPUTF8"),
    ] {
        let sink = Sink::start(Script::new(false));
        talks(&sink, lines);
        let record = sink.record();
        assert!(record.violations.iter().any(|found| found.contains(what)), "{what}: {record:?}");
    }
    let sink = Sink::start(Script::new(true));
    says(&sink, (long.join("\r\n") + "\r\n").as_bytes());
    assert!(sink.record().violations.iter().any(|found| found.contains("a line of 999 bytes")));
}

#[test]
fn a_reset_behind_the_dot_leaves_the_message_kept_and_unanswered() {
    let sink = Sink::start(Script::new(false).plays(|moment| match moment.phase {
        Phase::Dot => Act::Reset,
        _ => Act::Go,
    }));
    let heard = talks(&sink, &[&ENVELOPE[..], &["hello\r\n."]].concat());
    assert_eq!(heard.last().unwrap(), "connection reset", "{heard:?}");
    let record = sink.record();
    assert_eq!(record.unclear(), ["c@d.example"]);
    assert_eq!(record.taken().len(), 1);
}
