//! A workspace with readers of our own, a relay that is our sink, and the comparison of the two
//! records: what the sink was given, and what the ledger says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use crate::press::{Press, Ran, ran};
use crate::sink::{Answer, Record, Script, Sink};

pub const ISSUE: &str = "2023-W12";
pub const SEND: [&str; 4] = ["send", ISSUE, "--yes", "--json"];

/// Whether the whole counts of the issue's table are to be run.
pub fn full() -> bool {
    std::env::var_os("LETTERPRESS_TEST_FULL").is_some_and(|value| !value.is_empty())
}

/// What a mailing differs in.
pub struct Setup {
    pub readers: Vec<String>,
    pub connections: usize,
    /// Lines of `[delivery]`.
    pub delivery: &'static str,
    /// Lines of `[[relay]]`.
    pub relay: &'static str,
    /// Bytes by which the plain text is made longer.
    pub padding: usize,
}

impl Setup {
    /// So many readers, over four connections.
    pub fn readers(count: usize) -> Self {
        let readers = (1..=count).map(|number| format!("r{number:05}@example.com")).collect();
        Self { readers, connections: 4, delivery: "", relay: "", padding: 0 }
    }

    pub fn connections(self, connections: usize) -> Self {
        Self { connections, ..self }
    }

    pub fn delivery(self, delivery: &'static str) -> Self {
        Self { delivery, ..self }
    }

    pub fn relay(self, relay: &'static str) -> Self {
        Self { relay, ..self }
    }
}

/// A newsletter, its readers, and its relay.
pub struct Mailing {
    pub press: Press,
    pub sink: Sink,
}

/// `status ISSUE --copies --json`.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    pub state: String,
    pub reason: Option<String>,
    pub planned: usize,
    pub accepted: usize,
    pub failed: usize,
    pub suppressed: usize,
    pub in_doubt: usize,
    pub pending: usize,
    pub attempting: usize,
    pub deferred: usize,
    pub copies: Vec<Copy>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Copy {
    pub address: String,
    pub outcome: String,
    pub message_id: Option<String>,
    pub attempts: u32,
    pub reply: Option<String>,
    pub revision: u32,
}

impl Status {
    /// Returns the addresses whose copies stand so, in order.
    pub fn who(&self, outcome: &str) -> Vec<&str> {
        let copies = self.copies.iter().filter(|copy| copy.outcome == outcome);
        let mut who: Vec<&str> = copies.map(|copy| &*copy.address).collect();
        who.sort_unstable();
        who
    }
}

impl Mailing {
    /// So many readers, and nothing special.
    pub fn new(script: Script, readers: usize) -> Self {
        Self::with(script, Setup::readers(readers))
    }

    pub fn with(script: Script, setup: Setup) -> Self {
        let sink = Sink::start(script);
        let press = Press::new();
        let Setup { readers, connections, delivery, relay, padding } = setup;
        let port = sink.port;
        press.write("letterpress.toml", format!("{CONFIG}\n[delivery]\nconnections = {connections}\n{delivery}\n[[relay]]\nname = \"main\"\nurl = \"smtp+plaintext://127.0.0.1:{port}\"\n{relay}\n"));
        press.remove("articles");
        press.remove("issues");
        press.remove("templates");
        press.write("articles/one.md", article(padding));
        press.write(&format!("issues/{ISSUE}.md"), ISSUE_TEXT);
        press.write("templates/plain/newsletter.mjml", MJML);
        press.write("templates/plain/newsletter.txt", TEXT);
        press.write("templates/plain/template.toml", "description = \"Next to nothing\"\n");
        let rows: Vec<String> = readers.iter().map(|reader| format!("{reader},Reader\n")).collect();
        press.write("subscribers/weekly.csv", format!("email,name\n{}", rows.concat()));
        Self { press, sink }
    }

    /// Sends what there is to send.
    pub fn send(&self) -> Ran {
        self.press.run(&SEND)
    }

    /// Sends with a clock that is ahead, so that deferred copies are due.
    pub fn send_later(&self, ahead: &str) -> Ran {
        ran(&mut self.under(ahead, &SEND))
    }

    /// A command under another clock: one that is ahead (`+2h`), or that begins at an instant
    /// (`@2023-03-27 07:30:00`, UTC).
    pub fn under(&self, clock: &str, args: &[&str]) -> Command {
        let plain = self.press.command(args);
        let mut command = Command::new("faketime");
        // A wait of a moment is for a point of the clock that the kernel keeps.
        command
            .args(["--exclude-monotonic", "-f", clock])
            .arg(plain.get_program())
            .args(plain.get_args());
        command.current_dir(self.press.path("")).stdin(Stdio::null()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC");
        command
    }

    /// Begins to send; its output goes nowhere.
    pub fn start(&self) -> Child {
        let mut command = self.press.command(&SEND);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Returns what the ledger says.
    pub fn status(&self) -> Status {
        let json = self.press.done(&["status", ISSUE, "--copies", "--json"]).json();
        serde_json::from_value(json).unwrap()
    }

    /// Compares the sink's record with the ledger, which must tell the same story.
    pub fn compare(&self) -> (Record, Status) {
        let (record, status) = (self.sink.record(), self.status());
        compare(&record, &status);
        (record, status)
    }
}

/// Fails unless the ledger tells what the sink saw.
pub fn compare(record: &Record, status: &Status) {
    assert!(record.violations.is_empty(), "the client broke SMTP: {:?}", record.violations);
    let sum = status.accepted
        + status.failed
        + status.suppressed
        + status.in_doubt
        + status.pending
        + status.attempting
        + status.deferred;
    assert_eq!(sum, status.planned, "the states add up: {status:?}");
    assert_eq!(status.copies.len(), status.planned);
    let known: BTreeSet<&str> = status.copies.iter().map(|copy| &*copy.address).collect();
    let taken = record.taken();
    for recipient in taken.keys() {
        assert!(known.contains(recipient), "{recipient} is nobody's address");
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for copy in &status.copies {
        *counts.entry(&copy.outcome).or_default() += 1;
        let got = taken.get(&*copy.address).map_or(&[][..], Vec::as_slice);
        let when: Vec<_> = got.iter().map(|copy| (copy.connection, copy.at)).collect();
        assert!(got.len() <= 1, "{} got {} copies: {when:?}", copy.address, got.len());
        match copy.outcome.as_str() {
            "accepted" => {
                let Some(only) = got.first() else {
                    panic!("{} is accepted, and the sink has no copy", copy.address)
                };
                assert_eq!(only.answer, Answer::Accepted, "{}", copy.address);
                let id = copy.message_id.as_deref().unwrap_or_default();
                let id = id.trim_matches(['<', '>']);
                assert!(!id.is_empty() && only.message_id.contains(id), "{copy:?}: {only:?}");
            }
            // A mark without an outcome; the next send puts it in doubt.
            "in-doubt" | "attempting" => {}
            _ => assert!(got.is_empty(), "the sink has a copy for {copy:?}"),
        }
    }
    for (outcome, count) in [
        ("accepted", status.accepted),
        ("failed", status.failed),
        ("suppressed", status.suppressed),
        ("in-doubt", status.in_doubt),
        ("pending", status.pending),
        ("attempting", status.attempting),
        ("deferred", status.deferred),
    ] {
        assert_eq!(counts.get(outcome).copied().unwrap_or(0), count, "{outcome}");
    }
    let begun: BTreeSet<(usize, &str)> =
        record.envelopes.iter().map(|begun| (begun.connection, &*begun.recipient)).collect();
    for got in &record.messages {
        assert!(
            begun.contains(&(got.connection, &*got.recipient)),
            "{} has no envelope",
            got.recipient
        );
    }
    let ids: BTreeSet<&str> = record.messages.iter().map(|got| &*got.message_id).collect();
    let people: BTreeSet<&str> = record.messages.iter().map(|got| &*got.recipient).collect();
    assert_eq!(ids.len(), people.len(), "a Message-ID belongs to one reader");
}

fn article(padding: usize) -> String {
    let line = "A line that is there to be long, and says nothing else at all, for once.\n\n";
    // The text template has the body four times: an article may hold 4 MB at most.
    let body = line.repeat(padding / 4 / line.len() + 1);
    format!("---\ntitle: The one story\ndate: 2023-03-22\nfeatured: true\n---\n{body}")
}

const CONFIG: &str = r#"
[newsletter]
id        = "trial-weekly"
title     = "Trial Weekly"
url       = "https://trial.example/"
language  = "en"
time_zone = "UTC"
address   = "1 Trial Street, Springfield"
lists     = ["weekly"]
template  = "plain"
[sender]
from        = "Trial <weekly@trial.example>"
reply_to    = "editor@trial.example"
return_path = "bounces@trial.example"
[gather]
articles = ["articles"]
[unsubscribe]
url = "https://trial.example/unsubscribe/{token}"
"#;

const ISSUE_TEXT: &str = r#"+++
subject   = "One story, and no more"
preheader = "It is a short week, and this is all there is to be said about it"
from      = 2023-03-20T00:00:00+00:00
until     = 2023-03-27T00:00:00+00:00
slot      = 2023-03-27T07:30:00+00:00
+++
Dear {{default subscriber.name "reader"}}.

## Top
- [The one story](../articles/one.md)
"#;

const MJML: &str = r#"<mjml><mj-body><mj-section><mj-column><mj-text>
{{{issue.note}}}
<p>{{lead.headline}}</p>
<p>{{newsletter.address}}</p>
<p><a href="{{unsubscribe_url}}">Unsubscribe</a></p>
</mj-text></mj-column></mj-section></mj-body></mjml>
"#;

const TEXT: &str = r#"{{{issue.note}}}

{{lead.headline}}

{{{lead.body}}}
{{{lead.body}}}
{{{lead.body}}}
{{{lead.body}}}

{{newsletter.address}}

Unsubscribe:
{{unsubscribe_url}}
"#;
