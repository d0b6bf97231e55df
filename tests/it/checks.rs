//! `check`: each finding where it is planted, and none where it is not.

use serde_json::Value;

use crate::mailing::{ISSUE, Mailing};
use crate::press::Press;
use crate::sink::Script;

const SUBJECT: &str = "One story, and no more";
const PREHEADER: &str = "It is a short week, and this is all there is to be said about it";

/// The ids that `check` finds, with their severity, and how it ends.
fn found(mailing: &Mailing) -> (Vec<String>, i32) {
    let ran = mailing.press.run(&["check", ISSUE, "--json"]);
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap_or_else(|| panic!("{json}")).clone();
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("?").to_owned();
    let ids = findings.iter().map(|f| format!("{} {}", word(f, "severity"), word(f, "id")));
    (ids.collect(), ran.code)
}

/// Plants one fault by changing a text of a file, which must then be the only finding.
#[track_caller]
fn finds(what: &str, path: &str, old: &str, new: &str) {
    let mailing = Mailing::new(Script::new(true), 2);
    assert_eq!(found(&mailing), (vec![], 0), "before {what} was planted");
    mailing.press.change(path, old, new);
    let code = if what.starts_with("error") { 3 } else { 0 };
    assert_eq!(found(&mailing), (vec![what.to_owned()], code));
}

fn issue() -> String {
    format!("issues/{ISSUE}.md")
}

#[test]
fn what_inboxes_show_is_looked_at() {
    let long = "A subject that goes on and on, well past what any inbox would show of it at once";
    finds("warning subject-long", &issue(), SUBJECT, long);
    finds("warning preheader-short", &issue(), PREHEADER, "Nothing much");
    finds("warning preheader-empty", &issue(), &format!("preheader = \"{PREHEADER}\"\n"), "");
}

#[test]
fn placeholders_hold_a_send_wherever_they_stand() {
    finds("error placeholder", &issue(), SUBJECT, "TODO: a subject");
    finds("error placeholder", "articles/one.md", "A line that", "Lorem ipsum. A line that");
    finds("error placeholder", &issue(), "Dear ", "[Your name] to ");
    finds("error placeholder", &issue(), "(../articles/one.md)", "(../articles/one.md): TKTK.");
}

#[test]
fn stories_are_looked_at() {
    let article = Mailing::new(Script::new(true), 2).press.read("articles/one.md");
    let (front, _) = article.split_once("\n---\n").unwrap();
    finds("error story-empty", "articles/one.md", &article, &format!("{front}\n---\n"));
    let dated = |date: &str| format!("date: {date}\ntitle: ");
    let one = "articles/one.md";
    let undated: String =
        article.lines().filter(|l| !l.starts_with("date:")).map(|l| format!("{l}\n")).collect();
    for (date, is_found) in [("2023-03-27", true), ("2023-03-01", true), ("2023-03-14", false)] {
        let changed = undated.replacen("title: ", &dated(date), 1);
        if is_found {
            finds("warning outside-period", one, &article, &changed);
        } else {
            let mailing = Mailing::new(Script::new(true), 2);
            mailing.press.write(one, changed);
            assert_eq!(found(&mailing), (vec![], 0), "{date}");
        }
    }
    // A line that leads out of the workspace may be a headline and no more.
    let mailing = Mailing::new(Script::new(true), 2);
    mailing.press.change(&issue(), "(../articles/one.md)", "(https://elsewhere.example/)");
    assert_eq!(found(&mailing), (vec![], 0));
    finds("warning link-insecure", one, "title: ", "link: http://trial.example/one\ntitle: ");
}

#[test]
fn sizes_and_years_are_looked_at() {
    let longer = |bytes: usize| "It rained on all of us. ".repeat(bytes / 24) + "Dear ";
    finds("warning near-large", &issue(), "Dear ", &longer(94_000));
    finds("error too-large", &issue(), "Dear ", &longer(110_000));
    let template = "templates/plain/newsletter.txt";
    let text = Mailing::new(Script::new(true), 2).press.read(template);
    finds("warning old-year", template, &text, &format!("{text}\n© 2019–2021 Trial\n"));
    let mailing = Mailing::new(Script::new(true), 2);
    mailing.press.write(template, format!("{text}\n© 2019–2023 Trial\n"));
    assert_eq!(found(&mailing), (vec![], 0));
}

#[test]
fn a_newsletter_sets_how_grave_a_finding_is() {
    let mailing = Mailing::new(Script::new(true), 2);
    mailing.press.change(&issue(), PREHEADER, "Nothing much");
    let config = mailing.press.read("letterpress.toml");
    let with = |check: &str| {
        mailing.press.write("letterpress.toml", format!("{config}\n[check]\n{check}\n"));
    };
    with("error = [\"preheader-short\"]");
    assert_eq!(found(&mailing), (vec!["error preheader-short".to_owned()], 3));
    with("off = [\"preheader-short\"]");
    assert_eq!(found(&mailing), (vec![], 0));
    with(
        "off = [\"preheader-shirt\", \"story-used\"]\nwarn = [\"list-missing\", \"too-large\", \"too-large\"]",
    );
    let refused = mailing.press.run(&["check", ISSUE]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let firm = ["`story-used` always holds a send", "`list-missing` always holds a send"];
    for told in ["did you mean `preheader-short`?", firm[0], firm[1], "stands here twice"] {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
}

#[test]
fn an_issue_turns_a_finding_off_with_a_reason() {
    let mailing = Mailing::new(Script::new(true), 2);
    mailing.press.change(&issue(), PREHEADER, "Nothing much");
    let text = mailing.press.read(&issue());
    let with = |check: &str| {
        let text = text.replacen("+++\n\n", "+++\n", 1);
        let close = text.match_indices("+++\n").nth(1).unwrap().0;
        mailing.press.write(&issue(), format!("{}{check}\n{}", &text[..close], &text[close..]));
    };
    with("[check.off]\npreheader-short = 'It was asked for'");
    assert_eq!(found(&mailing), (vec![], 0));
    with("[check]\nerror = ['preheader-short']");
    assert_eq!(found(&mailing), (vec!["error preheader-short".to_owned()], 3));
    for (check, told) in [
        ("[check]\noff = ['preheader-short']", "what an issue turns off needs a reason"),
        ("[check]\noff = { preheader-short = ' ' }", "the reason for `preheader-short` is empty"),
        ("[check]\noff = { story-used = 'why' }", "`story-used` always holds a send"),
        ("[check]\noff = { old-years = 'why' }", "did you mean `old-year`?"),
    ] {
        with(check);
        let refused = mailing.press.run(&["check", ISSUE]);
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
}

#[test]
fn what_changed_since_it_was_gathered_is_told_until_it_was_gathered_again() {
    let press = Press::new();
    let name = "trial";
    press.remove("issues");
    let time = ["--from", "2023-03-20", "--until", "2023-03-27"];
    let gather = || press.done(&[&["gather", name][..], &time].concat());
    let article = "articles/nation/featured/montebello-tornado.txt";
    gather();
    let ids = || {
        let json = press.run(&["check", name, "--json"]).json();
        let findings = json["findings"].as_array().unwrap().clone();
        let ids = findings.into_iter().filter_map(|f| Some(f["id"].as_str()?.to_owned()));
        ids.filter(|id| id.ends_with("-changed")).collect::<Vec<_>>()
    };
    assert_eq!(ids(), Vec::<String>::new());
    press.change(article, "One person was hurt", "Two people were hurt");
    press.change(article, "Tornado Tears Roofs", "A Tornado Tears Roofs");
    assert_eq!(ids().len(), 2, "{:?}", ids());
    let told = gather();
    assert_eq!(ids(), Vec::<String>::new(), "{}", told.stdout);
    // A line that an editor changed keeps its words, and the change is told once.
    press.change(&format!("issues/{name}.md"), "[A Tornado Tears", "[Wind Tears");
    press.change(article, "A Tornado Tears", "One Tornado Tears");
    assert_eq!(ids(), ["headline-changed"]);
    let told = gather();
    assert!(format!("{}{}", told.stdout, told.stderr).contains("has changed since"), "{told:?}");
    assert_eq!(ids(), Vec::<String>::new());
    assert!(press.read(&format!("issues/{name}.md")).contains("[Wind Tears"));
}

#[test]
fn the_manual_lists_every_check() {
    let manual = std::fs::read_to_string(crate::press::repository().join("docs/checks.md"));
    let manual = manual.unwrap();
    let rows: Vec<&str> =
        manual.lines().filter_map(|l| l.strip_prefix("| ")?.split(" |").next()).collect();
    let listed: Vec<&str> = rows.iter().flat_map(|row| row.split(", ")).collect();
    for check in letterpress::config::CHECKS {
        assert!(listed.contains(&check), "{check}");
    }
}
