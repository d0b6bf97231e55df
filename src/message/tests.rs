use mail_parser::{MessageParser, MimeHeaders as _};

use super::*;
use crate::render::{self, Urls};

/// A content as a ledger freezes it, with holes and blocks in all its parts.
const FROZEN: &str = r#"{
    "schema": "letterpress.content/1", "issue": "2023-W12", "newsletter": "weekly",
    "title": "The Weekly", "from": "Désirée, Editor <desk@weekly.example>",
    "reply_to": "answers+all@weekly.example", "return_path": "bounce@weekly.example",
    "unsubscribe_url": "https://weekly.example/u/{token}",
    "unsubscribe_mailto": "unsubscribe@weekly.example",
    "compiled": {
        "subject": SUBJECT,
        "preheader": [],
        "html": [
            {"Static": "<p>Hello  "},
            {"Hole": [{"Field": "name"}, "Html"]},
            {"Static": ".\n.dots and\ttabs \n"},
            {"Block": {"condition": {"Field": "vip"},
                "yes": [{"Static": "<b>Thank you</b>"}], "no": [{"Static": "Join us."}]}},
            {"Static": "<a href=\""}, {"Hole": ["UnsubscribeUrl", "UrlStart"]},
            {"Static": "\">Ünsubscribe</a></p>"}
        ],
        "text": [
            {"Lines": "A heading\n---------"}, "Blank", "Blank", "Blank",
            {"Paragraph": {"first": "* ", "rest": "  ", "parts": [
                {"Static": "Hello "}, {"Hole": [{"Field": "name"}, "Plain"]},
                {"Static": ", this is a line that is long enough to be wrapped behind a name."}]}},
            "Blank",
            {"Block": {"condition": {"Field": "vip"}, "yes": [{"Lines": "Thank you"}],
                "no": ["Blank", {"Lines": ".Join us"}]}},
            "Blank",
            {"Verbatim": {"first": "", "parts": [{"Hole": ["UnsubscribeUrl", "Plain"]}]}}
        ],
        "pictures": []
    }
}"#;
const SUBJECT_OF_FIELD: &str = r#"[{"Hole": [{"Field": "subject"}, "Plain"]}]"#;
const SUBJECT_OF_ALL: &str = r#"[{"Static": "Überraschung of the week"}]"#;

fn content(subject: &str) -> Content {
    Content::thaw(&FROZEN.replace("SUBJECT", subject)).unwrap()
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, FieldValue> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), FieldValue::Text((*value).to_owned())))
        .collect()
}

fn made(skeleton: &Skeleton, fields: &BTreeMap<String, FieldValue>, buffer: Vec<u8>) -> Message {
    let address = Address::parse("ann@reader.example").unwrap();
    let recipient = Recipient { id: CopyId([7; 16]), address: &address, fields, token: "tok-1" };
    let date = Timestamp::from_second(1_679_000_000).unwrap();
    skeleton.compose(&recipient, date, buffer).unwrap()
}

#[test]
fn a_copy_decodes_to_what_a_merge_gives() {
    let content = content(SUBJECT_OF_FIELD);
    let skeleton = Skeleton::new(content.clone(), Vec::new()).unwrap();
    let mut buffer = b"of another copy".to_vec();
    for (name, vip) in [("Ann", ""), ("Ünal & Söhne", "yes"), ("", "yes"), ("a  b", "")] {
        let fields = fields(&[("name", name), ("vip", vip), ("subject", "One  two")]);
        let unsubscribe = content.unsubscribe_url("tok-1");
        let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
        let merged = render::merge(&content.compiled, &fields, &urls);
        let message = made(&skeleton, &fields, buffer);
        let parsed = MessageParser::new().parse(&message.bytes).unwrap();
        assert_eq!(parsed.body_html(0).unwrap().replace("\r\n", "\n"), merged.html);
        assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), merged.text);
        assert_eq!(parsed.subject().unwrap(), merged.subject);
        assert_eq!(parsed.content_type().unwrap().subtype(), Some("alternative"));
        buffer = message.bytes;
    }
}

#[test]
fn a_body_is_canonical_and_the_headers_are_those_of_a_list() {
    let skeleton = Skeleton::new(content(SUBJECT_OF_ALL), Vec::new()).unwrap();
    let message = made(&skeleton, &fields(&[("name", "Ann")]), Vec::new());
    let text = String::from_utf8(message.bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(body.ends_with("--\r\n") && !body.contains("\r\n."), "{body}");
    assert!(body.lines().all(|line| line.len() <= 76 && !line.contains("  ")), "{body}");
    insta::assert_snapshot!(head.replace('\r', ""), @r#"
    Date: Thu, 16 Mar 2023 20:53:20 +0000
    To: Ann <ann@reader.example>
    Message-ID: <07070707070707070707070707070707@weekly.example>
    List-Unsubscribe: <https://weekly.example/u/tok-1>,
     <mailto:unsubscribe@weekly.example?subject=unsubscribe%20tok-1>
    From: =?utf-8?b?RMOpc2lyw6llLCBFZGl0b3I=?= <desk@weekly.example>
    Reply-To: answers+all@weekly.example
    Subject: =?utf-8?b?w5xiZXJyYXNjaHVuZw==?= of the week
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="=_2fc1b64605f636c3a49786df"
    Content-Transfer-Encoding: 7bit
    List-Id: The Weekly <weekly.weekly.example>
    List-Unsubscribe-Post: List-Unsubscribe=One-Click
    List-Help: <mailto:answers+all@weekly.example?subject=help>
    List-Post: NO
    Feedback-ID: 2023-W12:weekly:newsletter:3785b612e884
    X-Auto-Response-Suppress: OOF, AutoReply
    Precedence: bulk
    "#);
}

#[test]
fn a_value_that_could_end_a_header_makes_no_copy() {
    let skeleton = Skeleton::new(content(SUBJECT_OF_FIELD), Vec::new()).unwrap();
    let address = Address::parse("ann@reader.example").unwrap();
    let compose = |name: &str, token: &str| {
        let fields = fields(&[("name", name)]);
        let recipient =
            Recipient { id: CopyId([7; 16]), address: &address, fields: &fields, token };
        skeleton.compose(&recipient, Timestamp::UNIX_EPOCH, Vec::new()).map(|_| ())
    };
    assert_eq!(compose("Ann", "tok"), Ok(()));
    assert_eq!(compose("Ann\r\nBcc: b@c.example", "tok"), Err(MessageError::Control("name")));
    assert!(matches!(compose("Ann", "tok\r\nX: y"), Err(MessageError::Address(_))));
    assert!(matches!(compose("Ann", "tok>,<https://x"), Err(MessageError::Address(_))));
}
