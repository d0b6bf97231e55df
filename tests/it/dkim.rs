//! Signatures, judged by two verifiers that we did not write: dkimpy and OpenDKIM.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::press::{Press, repository};
use crate::server::SmtpSink;

/// Verifies every signature of every message, and then those of changed messages.
const JUDGE: &str = r#"
import dkim, json, os, re, sys
records = {k.encode(): v.encode() for k, v in json.loads(sys.argv[2]).items()}
def dns(name, timeout=5):
    return records.get(name.rstrip(b'.'))
def verify(raw, count):
    results = []
    for index in range(count):
        try:
            results.append(bool(dkim.DKIM(raw).verify(idx=index, dnsfunc=dns)))
        except dkim.DKIMException:
            results.append(False)
    return results
def change(old, new):
    return lambda raw: re.sub(old, new, raw, count=1, flags=re.M | re.I)
def above(header):
    return lambda raw: header + b'\r\n' + raw
def below(header):
    return lambda raw: raw.replace(b'\r\n\r\n', b'\r\n' + header + b'\r\n\r\n', 1)
tampers = {
    'subject': change(rb'^Subject: ', b'Subject: Re: '),
    'from': change(rb'^From: .*$', b'From: Other <other@meridian.example>'),
    'from above': above(b'From: Other <other@elsewhere.example>'),
    'from below': below(b'From: Other <other@elsewhere.example>'),
    'subject above': above(b'Subject: Other'),
    'subject below': below(b'Subject: Other'),
    'to': change(rb'^To: ', b'To: x'),
    'to below': below(b'To: other@elsewhere.example'),
    'date': change(rb'^Date: \w+', b'Date: Xyz'),
    'date below': below(b'Date: Thu, 01 Jan 2026 00:00:00 +0000'),
    'reply-to': change(rb'^Reply-To: ', b'Reply-To: x'),
    'reply-to below': below(b'Reply-To: other@elsewhere.example'),
    'message-id': change(rb'^Message-ID: <', b'Message-ID: <x'),
    'content-type': change(rb'boundary="=_', b'boundary="=_x'),
    'list-id': change(rb'^List-Id: ', b'List-Id: x'),
    'feedback-id': change(rb'^Feedback-ID: ', b'Feedback-ID: x'),
    'unsubscribe': change(rb'^List-Unsubscribe: <https://[^/]*', b'List-Unsubscribe: <https://elsewhere.example'),
    'unsubscribe gone': change(rb'^List-Unsubscribe: .*\r\n .*\r\n', b''),
    'unsubscribe above': above(b'List-Unsubscribe: <https://elsewhere.example/>'),
    'one-click gone': change(rb'^List-Unsubscribe-Post: .*\r\n', b''),
    'one-click below': below(b'List-Unsubscribe-Post: List-Unsubscribe=One-Click'),
    'body changed': change(rb'charset=utf-8', b'charset=utf-7'),
    'body longer': lambda raw: raw + b'more\r\n',
    'body shorter': lambda raw: raw.rstrip(b'\r\n').rsplit(b'\r\n', 1)[0] + b'\r\n',
}
report = {'messages': 0, 'passes': [], 'tampers': {}, 'headers': []}
for name in sorted(os.listdir(sys.argv[1])):
    raw = open(os.path.join(sys.argv[1], name), 'rb').read()
    raw = raw.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
    count = len(re.findall(rb'^DKIM-Signature:', raw, flags=re.M))
    report['messages'] += 1
    report['passes'].append(verify(raw, count))
    if report['tampers']:
        continue
    signed = re.search(rb'h=([^;]*);', raw).group(1).decode()
    report['headers'] = signed.replace('\r\n ', '').lower().split(':')
    for what, tamper in tampers.items():
        changed = tamper(raw)
        if changed != raw:
            report['tampers'][what] = verify(changed, count)
print(json.dumps(report))
"#;

/// A sender whose newsletter is signed by an RSA and an Ed25519 key, as `dkim new` draws them.
fn signed_press(port: u16) -> (Press, Value) {
    let press = Press::new();
    press.change(
        "letterpress.toml",
        "url      = \"smtp://letterpress@smtp.meridian.example:587\"",
        &format!("url = \"smtp+plaintext://127.0.0.1:{port}\""),
    );
    press.change("letterpress.toml", "password = { env", "# password = { env");
    press.carrying();
    let mut records = json!({});
    let mut config = press.read("letterpress.toml");
    for (selector, algorithm) in [("lp1", "rsa"), ("lp2", "ed25519")] {
        let args = ["dkim", "new", "--algorithm", algorithm, "--selector", selector, "--json"];
        let new = press.done(&args).json();
        records[new["name"].as_str().unwrap()] = new["value"].clone();
        config = config
            .replace("[schedule]", &format!("{}\n[schedule]", new["config"].as_str().unwrap()));
    }
    press.write("letterpress.toml", config);
    (press, records)
}

fn judge(folder: &Path, records: &Value) -> Value {
    let target =
        std::env::var("CARGO_TARGET_DIR").map_or_else(|_| repository().join("target"), Into::into);
    let output = Command::new("python3")
        .args(["-c", JUDGE])
        .arg(folder)
        .arg(records.to_string())
        .env("PYTHONPATH", target.join("python"))
        .output()
        .unwrap();
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "dkimpy (`cargo xtask test` installs it): {fault}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn dkimpy_passes_every_copy_and_none_that_was_changed() {
    let sink = SmtpSink::start(&[]);
    let (press, records) = signed_press(sink.port);
    press.done(&["send", "2023-W12", "--yes"]);
    let report = judge(sink.folder(), &records);
    assert_eq!(report["messages"], 24);
    assert_eq!(report["passes"], json!(vec![[true, true]; 24]));
    let tampers = report["tampers"].as_object().unwrap();
    assert_eq!(tampers.len(), 24, "each of them changes something");
    for (what, result) in tampers {
        assert_eq!(result, &json!([false, false]), "{what}");
    }
    let signed: Vec<_> = report["headers"].as_array().unwrap().iter().collect();
    for twice in ["from", "to", "subject", "date", "list-unsubscribe", "list-unsubscribe-post"] {
        assert_eq!(signed.iter().filter(|name| **name == twice).count(), 2, "{twice}");
    }
}

#[test]
fn opendkim_passes_both_signatures_of_a_copy_and_none_of_a_changed_one() {
    let sink = SmtpSink::start(&[]);
    let (press, records) = signed_press(sink.port);
    press.done(&["send", "2023-W12", "--yes"]);
    let mut dns = String::new();
    for (name, record) in records.as_object().unwrap() {
        dns += &format!("{name} {}\n", record.as_str().unwrap());
    }
    press.write("dns.txt", dns);
    let dns = press.path("dns.txt");
    press.write("opendkim.conf", format!("Mode v\nTestDNSData file:{}\n", dns.display()));
    let verdict = |message: &str| {
        press.write("message.eml", message.replace("\r\n", "\n").replace('\n', "\r\n"));
        let program = ["/usr/sbin/opendkim", "/usr/bin/opendkim"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let output =
            Command::new(program.expect("opendkim is missing: install the package `opendkim`"))
                .args(["-x", "opendkim.conf", "-t", "message.eml", "-v", "-v"])
                .current_dir(press.path("."))
                .output()
                .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    };
    let mut seen = 0;
    for entry in fs::read_dir(sink.folder()).unwrap() {
        let message = fs::read_to_string(entry.unwrap().path()).unwrap();
        let pass = verdict(&message);
        assert_eq!(pass.matches("dkim=pass").count(), 2, "{pass}");
        let fail = verdict(
            &message.replace("List-Unsubscribe: <https://", "List-Unsubscribe: <https://x."),
        );
        assert!(!fail.contains("dkim=pass"), "{fail}");
        seen += 1;
    }
    assert_eq!(seen, 24);
}

#[test]
fn what_staff_are_told_is_signed_as_copies_are() {
    let sink = SmtpSink::start(&[]);
    let (press, records) = signed_press(sink.port);
    let config = press.read("letterpress.toml");
    press.write("letterpress.toml", config + "\n[staff]\nto = [\"desk@meridian.example\"]\n");
    // The slot of that week is long gone.
    assert_eq!(press.run(&["run", "--week", "2023-W12"]).code, 1);
    let report = judge(sink.folder(), &records);
    assert_eq!((&report["messages"], &report["passes"]), (&json!(1), &json!([[true, true]])));
    let tampers = report["tampers"].as_object().unwrap();
    assert!(tampers.len() >= 16, "{tampers:?}");
    assert!(tampers.values().all(|result| *result == json!([false, false])), "{tampers:?}");
}

#[test]
fn a_key_that_lies_open_is_absent_or_weak_stops_a_send_before_its_plan() {
    use std::os::unix::fs::PermissionsExt as _;
    let (press, _) = signed_press(9);
    let key = press.path("keys/lp2.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let send = |says: &str| {
        let ran = press.run(&["send", "2023-W12", "--yes"]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(ran.stderr.contains("keys/lp2.pem"), "{}", ran.stderr);
        assert!(!press.read("issues/2023-W12.md").contains("[sent]"));
    };
    send("chmod 600 keys/lp2.pem");
    for bits in ["1024", "2048"] {
        let made = Command::new("openssl")
            .args(["genrsa", "-traditional", "-out"])
            .arg(&key)
            .arg(bits)
            .output()
            .unwrap();
        assert!(made.status.success());
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        match bits {
            "1024" => send("2048"),
            _ => drop(press.done(&["send", "2023-W12", "--dry-run"])),
        }
    }
    fs::remove_file(&key).unwrap();
    send("letterpress dkim new");
}

#[test]
fn a_key_is_drawn_once_and_kept_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let press = Press::new();
    let new = press.done(&["dkim", "new"]);
    let record = new.stdout.lines().find(|line| line.contains("IN TXT")).unwrap();
    assert!(record.starts_with("lp1._domainkey.meridian.example. IN TXT ( \"v=DKIM1; k=rsa; p="));
    let texts: Vec<_> = record.split('"').skip(1).step_by(2).collect();
    assert!(texts.len() == 2 && texts.iter().all(|text| text.len() <= 255), "{record}");
    let mode = fs::metadata(press.path("keys/lp1.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = press.read("keys/lp1.pem");
    assert!(!new.stdout.contains(key.lines().nth(1).unwrap()), "the key is not printed");
    let again = press.run(&["dkim", "new"]);
    assert_eq!(again.code, 1);
    assert_eq!(press.read("keys/lp1.pem"), key);
    press.change("letterpress.toml", "[schedule]", "[[dkim]]\ndomain = \"elsewhere.example\"\nselector = \"lp1\"\nkey = { file = \"keys/lp1.pem\" }\n[schedule]");
    let refused = press.run(&["check", "2023-W12"]);
    assert!(
        refused.stderr.contains("does not answer for mail from `meridian.example`"),
        "{}",
        refused.stderr
    );
}
