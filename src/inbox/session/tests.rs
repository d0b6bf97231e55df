//! A client's bytes in, replies and messages out.

use super::*;

/// Plays a client's bytes in pieces; returns the replies and the messages.
fn play(wire: &[u8], step: usize) -> (String, Vec<Received>) {
    let mut session = Session::new(InboxToken([7; 32]));
    let (mut replies, mut received) = (Vec::new(), Vec::new());
    'wire: for piece in wire.chunks(step) {
        let mut input = piece.iter();
        loop {
            match session.step(&mut input) {
                Step::Wait => break,
                Step::Go => {}
                Step::Deliver(message) => {
                    received.push(message);
                    session.stored(true);
                }
                Step::Close => break 'wire,
            }
        }
    }
    replies.append(&mut session.take_replies());
    (String::from_utf8(replies).unwrap(), received)
}

fn codes(wire: &str) -> Vec<String> {
    let (replies, received) = play(wire.as_bytes(), wire.len());
    for step in 1..wire.len() {
        let split = play(wire.as_bytes(), step);
        assert_eq!((&split.0, &split.1), (&replies, &received), "in pieces of {step}");
    }
    let whole = |line: &&str| line.as_bytes().get(3) == Some(&b' ');
    replies.lines().skip(1).filter(whole).map(|line| line[..3].to_owned()).collect()
}

#[test]
fn a_pipelined_dialogue_gives_a_reply_to_each_command() {
    let wire = "EHLO me\r\nMAIL FROM:<a@x.org> SIZE=9 BODY=8BITMIME\r\nRCPT TO:<b@x.org>\r\n\
                RCPT TO:<c@x.org>\r\nDATA\r\n..a\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<d@x.org>\r\n\
                DATA\r\n.\r\nRSET\r\nNOOP\r\nVRFY x\r\nQUIT\r\nNOOP\r\n";
    assert_eq!(codes(wire).join(" "), "250 250 250 250 354 250 250 250 354 250 250 250 252 221");
    let (_, received) = play(wire.as_bytes(), 7);
    assert_eq!(received[0].to, ["b@x.org", "c@x.org"]);
    assert_eq!(received[0].bytes, b".a\r\n");
    assert_eq!((received[1].from.as_str(), received[1].bytes.as_slice()), ("", &b""[..]));
}

#[test]
fn commands_out_of_order_are_refused() {
    assert_eq!(
        codes("MAIL FROM:<a@x.org>\r\nXLETTERPRESS aa\r\nHELO me\r\nRCPT TO:<b@x.org>\r\nDATA\r\n")
            .join(" "),
        "503 503 250 503 503"
    );
    let wire = "EHLO me\r\nMAIL FROM:<a@x.org>\r\nMAIL FROM:<a@x.org>\r\nDATA\r\n";
    assert_eq!(codes(wire).join(" "), "250 250 503 554");
}

#[test]
fn what_is_not_offered_or_malformed_is_refused_by_its_code() {
    for (line, code) in [
        ("FOO", "500"),
        ("", "500"),
        ("EHLO", "501"),
        ("STARTTLS", "502"),
        ("AUTH PLAIN AGEAYg==", "502"),
        ("EXPN list", "502"),
        ("MAIL FROM:a@x.org", "501"),
        ("MAIL FROM:<a@x.org> SIZE=99999999", "552"),
        ("MAIL FROM:<a@x.org> BODY=BINARYMIME", "555"),
        ("MAIL FROM:<a@x.org> RET=HDRS", "555"),
        ("MAIL FROM:<a@x.org> FOO=BAR", "555"),
        ("MAIL FROM:<é@x.org>", "553"),
        ("MAIL FROM:<é@x.org> SMTPUTF8", "250"),
        ("XLETTERPRESS", "501"),
        ("XLETTERPRESS zz", "501"),
        ("XLETTERPRESS aabb", "501"),
        ("XLETTERPRESS 00112233445566778899aabbccddeeff ../x y", "501"),
    ] {
        let (replies, _) = play(format!("EHLO me\r\n{line}\r\n").as_bytes(), 4096);
        assert_eq!(&replies.lines().last().unwrap()[..3], code, "{line}");
    }
}

#[test]
fn lines_without_cr_or_without_end_are_refused_and_the_session_goes_on() {
    assert_eq!(codes("EHLO me\nNOOP\r\n").join(" "), "500 250");
    let wire = format!("NOOP {}\r\nNOOP\r\n", "x".repeat(9_000));
    let (replies, _) = play(wire.as_bytes(), 1_000);
    assert!(replies.ends_with("500 5.5.2 The line is too long\r\n250 2.0.0 OK\r\n"));
}

#[test]
fn a_web_page_that_talks_smtp_is_hung_up_on() {
    let wire = "POST / HTTP/1.1\r\nHost: 127.0.0.1:2525\r\n\r\nEHLO x\r\n";
    assert_eq!(codes(wire), ["221"]);
    assert_eq!(codes("Content-Type: text/plain\r\nEHLO x\r\n"), ["221"]);
}

#[test]
fn nonsense_without_end_closes_the_session() {
    let (replies, _) = play("X\r\n".repeat(500).as_bytes(), 4096);
    assert!(replies.ends_with("421 4.7.0 There were too many errors\r\n"));
    assert_eq!(replies.lines().count(), REFUSALS_MAX + 2);
}

#[test]
fn the_proof_is_given_and_names_the_rehearsal() {
    let nonce = "00112233445566778899aabbccddeeff";
    let wire = format!(
        "EHLO me\r\nXLETTERPRESS {nonce} 2023-W12\r\nMAIL FROM:<a@x.org>\r\n\
         RCPT TO:<b@x.org>\r\nDATA\r\n.\r\n"
    );
    let (replies, received) = play(wire.as_bytes(), 4096);
    let answer = to_hex(&InboxToken([7; 32]).answer(&from_hex(nonce).unwrap()));
    assert!(replies.contains(&format!("\r\n250 {answer}\r\n")));
    assert_eq!(received[0].issue.as_ref().unwrap().as_str(), "2023-W12");
}

#[test]
fn quoted_local_parts_keep_their_quotes() {
    for address in ["\"a b\"@x.org", "\"a\\\"b\"@x.org", "plain+tag@x.org"] {
        let wire = format!("EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<{address}>\r\nDATA\r\n.\r\n");
        let (replies, received) = play(wire.as_bytes(), 4096);
        assert_eq!(received.len(), 1, "{replies}");
        assert_eq!(received[0].to, [address]);
    }
}
