//! Names and subjects that somebody thought up, composed by us and read by Python's `email`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use letterpress::audience::FieldValue;
use letterpress::message::{Content, Message, MessageError, Recipient, Skeleton};
use letterpress::words::{Address, CopyId};
use serde_json::{Value, json};

/// A content of which the subject is a field.
const FROZEN: &str = r#"{
    "schema": "letterpress.content/1", "issue": "2023-W12", "newsletter": "weekly",
    "title": "The Weekly", "from": "Desk <desk@weekly.example>", "reply_to": null,
    "return_path": "bounce@weekly.example",
    "unsubscribe_url": "https://weekly.example/u/{token}",
    "unsubscribe_mailto": "unsubscribe@weekly.example",
    "compiled": {
        "subject": [{"Hole": [{"Field": "subject"}, "Plain"]}], "preheader": [],
        "html": [{"Hole": [{"Field": "name"}, "Html"]}],
        "text": [{"Verbatim": {"first": "", "parts": [{"Hole": [{"Field": "name"}, "Plain"]}]}}],
        "pictures": []
    }
}"#;

/// Reads messages that follow each other, their lengths given first.
const READER: &str = r#"
import email, email.policy, email.utils, json, sys
from email.header import decode_header, make_header
lengths = json.loads(sys.stdin.buffer.readline())
out = []
for length in lengths:
    raw = sys.stdin.buffer.read(length)
    m = email.message_from_bytes(raw, policy=email.policy.default)
    try:
        to = m['to'].addresses
    except AttributeError:
        sys.exit(f"no address: {raw[:400]}")
    out.append({
        'headers': sorted(k.lower() for k in m.keys()),
        'to': [a.addr_spec for a in to], 
        # The new parser keeps white space between encoded words of a name (RFC 2047 section 6.2).
        'name': str(make_header(decode_header(email.utils.parseaddr(
            str(email.message_from_bytes(raw)['to']).replace('\r', '').replace('\n', ''))[0]))),
        'subject': str(m['subject']), 'parts': [p.get_content_type() for p in m.walk()],
    })
print(json.dumps(out))
"#;

const HOSTILE: [&str; 32] = [
    "\r\n",
    "\n",
    "\r",
    "\r\nBcc: eve@evil.example",
    "\nX-Evil: 1",
    "\r\n\r\n<p>body",
    "\r\n.\r\n",
    "\u{85}",
    "\u{2028}Bcc: eve@evil.example",
    "\0",
    "\u{b}",
    "\t",
    " ",
    ",",
    ";",
    ":",
    "<",
    ">",
    "\"",
    "\\",
    "(",
    ")",
    "@",
    "<eve@evil.example>",
    "eve@evil.example,",
    "Group: a@b.example;",
    "=?utf-8?q?=0D=0ABcc:_eve=40evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "é",
    "👩‍💻",
    "\u{202e}abc",
    "word",
];

struct Rng(u64);

impl Rng {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn text(&mut self) -> String {
        let count = if self.below(20) == 0 { 200 } else { 1 + self.below(6) };
        (0..count).map(|_| HOSTILE[self.below(HOSTILE.len())]).collect()
    }
}

fn compose(skeleton: &Skeleton, name: &str, subject: &str) -> Result<Message, MessageError> {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let fields: BTreeMap<_, _> =
        [("name".to_owned(), text(name)), ("subject".to_owned(), text(subject))].into();
    let address = Address::parse("reader@reader.example").unwrap();
    let recipient =
        Recipient { id: CopyId([7; 16]), address: &address, fields: &fields, token: "tok" };
    skeleton.compose(&recipient, Timestamp::UNIX_EPOCH, Vec::new())
}

fn skeleton() -> Skeleton {
    Skeleton::new(Content::thaw(FROZEN).unwrap(), Vec::new()).unwrap()
}

fn read(messages: &[Vec<u8>]) -> Vec<Value> {
    let lengths: Vec<_> = messages.iter().map(Vec::len).collect();
    let mut child = Command::new("python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let head = format!("{}\n", json!(lengths)).into_bytes();
    let all = [head, messages.concat()].concat();
    let writing = std::thread::spawn(move || input.write_all(&all));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "Python could not read a message");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn ten_thousand_hostile_names_and_subjects_add_no_header_and_no_recipient() {
    let skeleton = skeleton();
    let mut rng = Rng(0x9e37_79b9_7f4a_7c15);
    let (mut messages, mut given, mut refused) = (Vec::new(), Vec::new(), 0);
    for _ in 0..10_000 {
        let (name, subject) = (rng.text(), rng.text());
        match compose(&skeleton, &name, &subject) {
            Ok(message) => {
                let text = String::from_utf8(message.bytes.clone()).unwrap();
                let whole = text.replace("\r\n", "");
                assert!(!whole.contains(['\r', '\n']), "{name:?} {subject:?}");
                assert!(!text.contains("\r\n."), "{name:?} {subject:?}");
                messages.push(message.bytes);
                given.push((name, subject));
            }
            Err(error) => {
                assert_eq!(error, MessageError::Control("name"), "{name:?} {subject:?}");
                assert!(name.chars().any(char::is_control), "{name:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000 && messages.len() > 1_000, "{refused} of 10,000 were refused");
    let plain = compose(&skeleton, "Ann", "One").unwrap().bytes;
    let expected = read(&[plain])[0].clone();
    for (mail, (name, subject)) in read(&messages).iter().zip(&given) {
        for key in ["headers", "to", "parts"] {
            assert_eq!(mail[key], expected[key], "{key} of {name:?} {subject:?}");
        }
    }
}

#[test]
fn names_and_subjects_that_are_merely_odd_arrive_as_they_are() {
    let long = "Maximiliana ".repeat(42).trim_end().to_owned();
    let wide = "Ελένη ".repeat(83).trim_end().to_owned();
    let solid = "x".repeat(500);
    let odd = [
        "Ann \"The Pen\" O'Neil",
        "Doe, Jane",
        "👩‍💻 Zoë 🎉",
        "محمد العربي",
        "עברית, (שלום)",
        "a\\b\\\"c",
        "J. R. \"Bob\" Dobbs; Esq.",
        "name@example.com",
        "<b>bold</b>",
        "日本語の名前",
        "=?utf-8?q?x?=",
        "a =?utf-8?b?eA==?= b",
        "100% [sure] (really)",
        "-- ",
        "é",
        ".",
        "a:b",
        &long,
        &wide,
        &solid,
    ];
    let skeleton = skeleton();
    let messages: Vec<_> =
        odd.iter().map(|text| compose(&skeleton, text, text).unwrap().bytes).collect();
    let mut wrong = Vec::new();
    for (mail, text) in read(&messages).iter().zip(odd) {
        if mail["name"] != *text || mail["subject"] != *text {
            wrong.push(format!("{text:?}: {} {}", mail["name"], mail["subject"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
