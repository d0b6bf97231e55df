//! The whole way: Letterpress to a Postfix that refuses bare newlines, to Dovecot, fetched by IMAP,
//! decoded by Python and verified by three judges of signatures.

mod chain;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use self::chain::{Chain, PASSWORD};
use crate::mailing::{ISSUE, full};
use crate::press::{Press, repository};

/// Fetches all, compares each with the rehearsal's copy and with what its reader was to get, keeps
/// them as files, and some of them changed; verifies every signature of each file.
const FETCH: &str = include_str!("fetch.py");
/// Verifies every signature of each file of a folder by mailauth.
const MAILAUTH: &str = include_str!("mailauth.mjs");

/// A way to write what is hard to carry.
const ODD: [&str; 12] = [
    ".",
    "..",
    ".hidden",
    "...and on",
    "From here on",
    ">From there",
    "=20=3D=2E",
    "Subject: no header",
    "日本語の行、とても長い行、折り返しのある行",
    "سطر بالعربية يبدأ من اليمين",
    "emoji 🦊🦊🦊 and a\u{301} combining",
    "--=_boundary--",
];

const NAMES: [&str; 6] = ["One", "Ødegård", "陳大文", "محمد", "🦊", "O'Neil"];

/// An address of so many characters, with a dot in one of five columns.
fn url(length: usize, shift: usize) -> String {
    let mut url = "https://far.example/".to_owned();
    while url.len() < length {
        url.push(if (url.len() + shift).is_multiple_of(5) { '.' } else { 'x' });
    }
    // A dot at the end would belong to the sentence.
    url.pop();
    url.push('/');
    url
}

/// What the reader of that number is to read.
fn note(number: usize) -> String {
    let link = url(40 + number * 7 % 301, number);
    match number % 6 {
        0 => format!("see {link}"),
        1 => format!("日本語 {link} 🦊"),
        2 => format!(".{} {link}", "=".repeat(number % 80)),
        3 => format!("{} {link}", "w".repeat(number * 11 % 400 + 1)),
        4 => format!("<b>&amp; \"quoted\" 'it' {link}"),
        _ => format!("اقرأ {link} من فضلك"),
    }
}

/// Lines that are the same for all.
fn lines() -> Vec<String> {
    let addresses = (0..76).map(|shift| url(40 + shift * 4, shift));
    ODD.iter().map(|line| (*line).to_owned()).chain(addresses).collect()
}

/// A newsletter of which each copy is hard to carry, signed by two keys; with the keys' records.
fn newsletter(port: u16, readers: usize) -> (Press, Value) {
    let press = Press::new();
    for folder in ["articles", "issues", "templates"] {
        press.remove(folder);
    }
    press.write("letterpress.toml", CONFIG.replace("PORT", &port.to_string()));
    press.write(
        "articles/one.md",
        "---\ntitle: One\ndate: 2023-03-22\nfeatured: true\n---\nText.\n",
    );
    press.write(&format!("issues/{ISSUE}.md"), ISSUE_TEXT);
    press.write("templates/plain/template.toml", "description = \"What is hard to carry\"\n");
    let escaped = |line: &String| line.replace('&', "&amp;").replace('<', "&lt;");
    let mut html = String::new();
    lines().iter().map(escaped).for_each(|line| writeln!(html, "<p>{line}</p>").unwrap());
    press.write("templates/plain/newsletter.mjml", MJML.replace("LINES", &html));
    press.write("templates/plain/newsletter.txt", TEXT.replace("LINES", &lines().join("\n\n")));
    let mut list = "email,name,note\n".to_owned();
    for number in 0..readers {
        let note = note(number).replace('"', "\"\"");
        let name = NAMES[number % NAMES.len()];
        writeln!(list, "r{number:04}@d{}.example,Reader {name},\"{note}\"", number % 7).unwrap();
    }
    press.write("subscribers/weekly.csv", list);
    let mut records = json!({});
    for (selector, algorithm) in [("lp1", "rsa"), ("lp2", "ed25519")] {
        let args = ["dkim", "new", "--algorithm", algorithm, "--selector", selector, "--json"];
        let new = press.done(&args).json();
        records[new["name"].as_str().unwrap()] = new["value"].clone();
        let config =
            format!("{}\n{}", press.read("letterpress.toml"), new["config"].as_str().unwrap());
        press.write("letterpress.toml", config);
    }
    (press, records)
}

fn target() -> PathBuf {
    std::env::var("CARGO_TARGET_DIR").map_or_else(|_| repository().join("target"), Into::into)
}

fn said(output: &Output, what: &str) -> String {
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {fault}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a judge says of each signature of each file.
type Verdicts = BTreeMap<String, Vec<bool>>;

fn mailauth(folder: &Path, records: &Value) -> Verdicts {
    let modules = target().join("node");
    // A module is found from where the script lies.
    let script = modules.join("verify.mjs");
    assert!(modules.is_dir(), "mailauth is missing: `cargo xtask test` installs it");
    fs::write(&script, MAILAUTH).unwrap();
    let output =
        Command::new("node").arg(&script).arg(folder).arg(records.to_string()).output().unwrap();
    serde_json::from_str(&said(&output, "mailauth")).unwrap()
}

/// How many signatures of a file OpenDKIM passes.
fn opendkim(folder: &Path, records: &Value, file: &str) -> usize {
    let dns = folder.join("dns.txt");
    let mut lines = String::new();
    for (name, record) in records.as_object().unwrap() {
        writeln!(lines, "{name} {}", record.as_str().unwrap()).unwrap();
    }
    fs::write(&dns, lines).unwrap();
    let conf = folder.join("opendkim.conf");
    fs::write(&conf, format!("Mode v\nTestDNSData file:{}\n", dns.display())).unwrap();
    let program = ["/usr/sbin/opendkim", "/usr/bin/opendkim"];
    let program = program.iter().find(|path| Path::new(path).exists());
    let program = program.expect("opendkim is missing: install the package `opendkim`");
    let mut command = Command::new(program);
    command.args(["-x", "opendkim.conf", "-t", file, "-v", "-v"]).current_dir(folder);
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).matches("dkim=pass").count()
}

#[test]
fn every_copy_arrives_equal_and_signed_through_postfix_and_dovecot() {
    let count = if full() { 1_000 } else { 70 };
    let chain = Chain::start();
    let refused = chain.say(&[
        "EHLO x.example\r\n",
        "MAIL FROM:<a@x.example>\r\n",
        "RCPT TO:<b@far.example>\r\n",
        "DATA\r\n",
        "Subject: bare\n\r\nbare\r\n.\r\n",
    ]);
    assert!(refused.starts_with("550"), "this Postfix takes bare newlines: {refused}");

    let (press, records) = newsletter(chain.smtp, count);
    press.done(&["send", ISSUE, "--inbox", "--yes"]);
    let sent = press.done(&["send", ISSUE, "--yes", "--json"]).json();
    assert_eq!(sent["accepted"], count, "{sent}");
    chain.until_delivered();

    let notes: BTreeMap<String, String> = (0..count)
        .map(|number| (format!("r{number:04}@d{}.example", number % 7), note(number)))
        .collect();
    press.write("expected.json", json!({ "notes": notes, "lines": lines() }).to_string());
    let folder = press.path("fetched");
    fs::create_dir(&folder).unwrap();
    let mut fetch = Command::new("python3");
    fetch.args(["-c", FETCH, &chain.imap.to_string(), PASSWORD]);
    fetch.arg(press.path(".letterpress/inbox/new")).arg(press.path("expected.json")).arg(&folder);
    let output = fetch.arg(records.to_string()).env("PYTHONPATH", target().join("python")).output();
    let report: Value =
        serde_json::from_str(&said(&output.unwrap(), "the messages as fetched")).unwrap();
    assert_eq!(report["fetched"], count);
    let dkimpy: Verdicts = serde_json::from_value(report["verdicts"].clone()).unwrap();
    let mailauth = mailauth(&folder, &records);
    assert_eq!(dkimpy.len(), mailauth.len());
    assert_eq!(dkimpy.keys().filter(|file| file.starts_with("changed")).count(), count);
    for (file, verdicts) in &dkimpy {
        let is_sound = file.starts_with("sound");
        assert_eq!(verdicts, &[is_sound; 2], "dkimpy on {file}");
        assert_eq!(mailauth[file], [is_sound; 2], "mailauth on {file}");
        let passed = if is_sound { 2 } else { 0 };
        assert_eq!(opendkim(&folder, &records, file), passed, "OpenDKIM on {file}");
    }
}

const CONFIG: &str = r#"
[newsletter]
id        = "far-weekly"
title     = "Far Weekly"
url       = "https://far.example/"
language  = "en"
time_zone = "UTC"
address   = "1 Far Street, Springfield"
lists     = ["weekly"]
template  = "plain"
[sender]
from        = "Far <weekly@far.example>"
return_path = "bounces@far.example"
[gather]
articles = ["articles"]
[unsubscribe]
url = "https://far.example/unsubscribe/{token}"
[delivery]
connections = 4
[[relay]]
name = "main"
url  = "smtp+plaintext://127.0.0.1:PORT"
"#;

const ISSUE_TEXT: &str = r#"+++
subject   = "Far and wide: 日本 and {{default subscriber.name \"you\"}}"
preheader = "It is a short week, and this is all there is to be said about it"
from      = 2023-03-20T00:00:00+00:00
until     = 2023-03-27T00:00:00+00:00
slot      = 2023-03-27T07:30:00+00:00
+++
Dear {{default subscriber.name "reader"}}.

## Top
- [One](../articles/one.md)
"#;

const MJML: &str = r#"<mjml><mj-body><mj-section><mj-column><mj-text>
<p>{{lead.headline}}</p>
<p class="note">{{default subscriber.note "nothing"}}</p>
LINES
<p>{{newsletter.address}}</p>
<p><a href="{{unsubscribe_url}}">Unsubscribe</a></p>
</mj-text></mj-column></mj-section></mj-body></mjml>
"#;

const TEXT: &str = r#"{{lead.headline}}

Note: {{default subscriber.note "nothing"}}

LINES

{{newsletter.address}}

Unsubscribe:
{{unsubscribe_url}}
"#;
