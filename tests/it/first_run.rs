//! The README's first command: from a workspace's files to a copy for each reader in the test
//! inbox.

use std::collections::BTreeSet;

use crate::mail::{self, Mail};
use crate::press::{Press, Ran};

const RUN: [&str; 4] = ["run", "--week", "2023-W12", "--inbox"];

fn received(press: &Press) -> Vec<Mail> {
    mail::read(&press.path(".letterpress/inbox/new"))
}

fn by_address<'a>(mails: &'a [Mail], address: &str) -> &'a Mail {
    mails.iter().find(|mail| mail.to == [address]).unwrap()
}

#[test]
fn every_reader_gets_one_copy_of_their_own() {
    let press = Press::new();
    let before = press.snapshot();
    let Ran { stdout, .. } = press.done(&RUN);
    for stage in ["gather", "audience", "build", "check", "send"] {
        assert!(stdout.contains(&format!("\n  {stage}")), "{stage} is missing in\n{stdout}");
    }
    assert!(stdout.contains("26 rows: 24 readers, 1 duplicate, 1 left out"), "{stdout}");
    assert!(stdout.contains("`ann@@example.com` is no address"), "{stdout}");
    assert!(stdout.contains("24 copies are in the test inbox. None has left this machine."));
    assert_eq!(press.snapshot(), before, "a rehearsal writes under .letterpress/ only");

    let mails = received(&press);
    assert_eq!(mails.len(), 24);
    let distinct =
        |of: &dyn Fn(&Mail) -> String| mails.iter().map(of).collect::<BTreeSet<_>>().len();
    assert_eq!(distinct(&|mail| mail.to.join(",")), 24, "recipients");
    assert_eq!(distinct(&|mail| mail.html.clone()), 24, "HTML parts");
    assert_eq!(distinct(&|mail| mail.text.clone()), 24, "text parts");
    assert_eq!(distinct(&|mail| mail.headers["message-id"].clone()), 24, "Message-IDs");
    assert_eq!(distinct(&token), 24, "tokens");
}

fn token(mail: &Mail) -> String {
    let way = &mail.headers["list-unsubscribe"];
    let start = way.find("/unsubscribe/").unwrap() + "/unsubscribe/".len();
    way[start..].split('>').next().unwrap().to_owned()
}

#[test]
fn a_copy_holds_what_its_reader_and_the_rfcs_ask_for() {
    let press = Press::new();
    press.done(&RUN);
    let mails = received(&press);
    for mail in &mails {
        assert_eq!(mail.parts, ["multipart/alternative", "text/plain", "text/html"]);
        assert_eq!(mail.subject, "A night train to Kyiv; Honduras turns to Beijing");
        assert_eq!(mail.from, "Meridian <weekly@meridian.example>");
        assert_eq!(mail.headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
        assert_eq!(mail.headers["list-id"], "Meridian Weekly <meridian-weekly.meridian.example>");
        for header in ["date", "from", "to", "subject", "message-id", "mime-version", "list-id"] {
            assert_eq!(mail.counts[header], 1, "{header}");
        }
        let id = &mail.headers["message-id"];
        assert!(id.len() == "<@meridian.example>".len() + 32 && id.ends_with("@meridian.example>"));
        let token = token(mail);
        assert_eq!(token.len(), 44);
        let link = format!("https://meridian.example/unsubscribe/{token}");
        assert!(mail.html.contains(&link) && mail.text.lines().any(|line| line == link));
        assert!(!token.contains('@') && !mail.html.contains("{{") && !mail.text.contains("{{"));
        assert!(mail.raw.lines().all(|line| line.len() <= 998));
        assert_eq!(mail.raw.matches('\n').count(), mail.raw.matches("\r\n").count());
        assert!(mail.raw.is_ascii());
    }
    let named = by_address(&mails, "maria.katsarou@example.net");
    assert_eq!(named.to_names, ["Μαρία Κατσαρού"]);
    assert!(named.html.contains("Dear Μαρία Κατσαρού,"));
    assert!(named.text.contains("Dear Μαρία Κατσαρού,"));
    assert!(named.html.contains("Become a member") && !named.html.contains("Thank you for being"));
    let member = by_address(&mails, "ann@example.com");
    assert!(member.html.contains("Thank you for being a member."));
    let nameless = by_address(&mails, "reader.7@example.com");
    assert!(nameless.html.contains("Dear reader,") && nameless.text.contains("Dear reader,"));
    assert_eq!(nameless.to_names, [""]);
    assert!(mails.iter().any(|mail| mail.to == ["joerg@xn--mller-kva.example"]));
}

#[test]
fn the_same_command_does_the_same_again() {
    let press = Press::new();
    press.done(&RUN);
    press.done(&["inbox", "--clear"]);
    let again = press.done(&RUN);
    assert!(again.stdout.contains("24 of 24 accepted by the test inbox"));
    assert_eq!(received(&press).len(), 24);
}

#[test]
fn the_rendered_issue_is_the_one_that_was_looked_at() {
    let press = Press::new();
    press.done(&["build", "2023-W12", "--as", "ann@example.com"]);
    let page = press.read(".letterpress/build/2023-W12/index.html");
    let text = press.read(".letterpress/build/2023-W12/index.txt");
    insta::assert_snapshot!("weekly-html", page);
    insta::assert_snapshot!("weekly-text", text);
}

#[test]
fn an_issue_that_had_to_be_gathered_is_kept_out_of_the_workspace() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    let before = press.snapshot();
    let ran = press.done(&RUN);
    assert!(ran.stdout.contains("issues/2023-W12.md is new, with 11 stories"), "{}", ran.stdout);
    assert_eq!(press.snapshot(), before);
    assert_eq!(received(&press).len(), 24);
}

#[test]
fn a_fresh_workspace_works_at_once() {
    let press = Press::new();
    press.done(&["init", "new"]);
    let listed = std::fs::read_to_string(press.path("new/.gitignore")).unwrap();
    assert!(listed.contains(".letterpress/") && listed.contains("!subscribers/sample.csv"));
    let ran = press.done(&["-C", "new", "run", "--week", "2023-W12", "--inbox"]);
    assert!(ran.stdout.contains("24 of 24 accepted"));
    let refused = press.run(&["init", "new"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("`new` is not empty"), "{}", refused.stderr);
}

#[test]
fn machines_are_told_the_same() {
    let press = Press::new();
    let ran = press.done(&["--json", "run", "--week", "2023-W12", "--inbox"]);
    let status = ran.json();
    assert_eq!(status["schema"], "letterpress.status/1");
    assert_eq!(status["result"], "sent");
    assert_eq!((&status["planned"], &status["accepted"]), (&24.into(), &24.into()));
    assert_eq!(status["excluded"].as_array().unwrap().len(), 2);
    let events = press.done(&["--events", "run", "--week", "2023-W12", "--inbox"]);
    let copies = events.stdout.lines().filter(|line| line.contains("\"event\":\"copy\"")).count();
    assert_eq!(copies, 24);
    for line in events.stdout.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["schema"].is_string());
    }
}

#[test]
fn build_writes_the_mjml_that_a_copy_is_made_of() {
    let press = Press::new();
    press.done(&["gather", "--week", "2023-W12"]);
    press.done(&["build", "2023-W12"]);
    let folder = ".letterpress/build/2023-W12";
    assert!(!press.path(&format!("{folder}/newsletter.mjml")).exists());
    press.write(
        "templates/weekly/last.mjml",
        "<mj-section><mj-column><mj-text>To {{subscriber.email}}</mj-text></mj-column></mj-section>\n",
    );
    let last = "<mj-include path=\"last.mjml\" /></mj-body>";
    press.change("templates/weekly/newsletter.mjml", "</mj-body>", last);
    let Ran { stdout, .. } =
        press.done(&["build", "2023-W12", "--as", "ann@example.com", "--mjml"]);
    assert!(stdout.contains("/newsletter.mjml"), "{stdout}");
    let mjml = press.read(&format!("{folder}/newsletter.mjml"));
    assert!(mjml.starts_with("<mjml") && mjml.contains("<mj-section"), "{mjml}");
    assert!(mjml.contains("<mj-text>To ann@example.com</mj-text>"), "{mjml}");
    assert!(!mjml.contains("mj-include") && !mjml.contains("{{"), "{mjml}");
}
