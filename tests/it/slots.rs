//! `run` as cron calls it: what is due at which time, once, whatever happens.

use std::process::{Child, Command, Stdio};

use crate::mailing::{ISSUE, Mailing, Setup, full};
use crate::press::{Ran, ran};
use crate::server::until;
use crate::sink::Script;
use crate::together::{end_of, slow};

/// A newsletter with a schedule, and no issue yet.
pub fn scheduled(script: Script, readers: usize, zone: &str, every: &str) -> Mailing {
    let mailing = Mailing::with(script, Setup::readers(readers));
    let press = &mailing.press;
    press.remove(&format!("issues/{ISSUE}.md"));
    press.remove("articles/one.md");
    press.change("letterpress.toml", "\"UTC\"", &format!("{zone:?}"));
    let config = press.read("letterpress.toml");
    press.write("letterpress.toml", format!("{config}\n[schedule]\nevery = \"{every}\"\n"));
    mailing
}

/// Calls `run` at an instant in UTC.
pub fn run_at(mailing: &Mailing, instant: &str) -> Ran {
    ran(&mut mailing.under(&format!("@{instant}:00"), &["run"]))
}

fn begin_at(mailing: &Mailing, instant: &str) -> Child {
    let mut command = mailing.under(&format!("@{instant}:00"), &["run"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

pub fn write_article(mailing: &Mailing, name: &str, date: &str) {
    let text =
        format!("---\ntitle: {name}\ndate: {date}\nfeatured: true\n---\nThe text of {name}.\n");
    mailing.press.write(&format!("articles/{name}.md"), text);
}

/// Each call sends so many copies, and ends well.
fn sends(mailing: &Mailing, calls: &[(&str, usize)]) {
    for (instant, copies) in calls {
        let before = mailing.sink.accepted();
        let ran = run_at(mailing, instant);
        assert_eq!(ran.code, 0, "{instant}\n{}\n{}", ran.stdout, ran.stderr);
        assert_eq!(mailing.sink.accepted() - before, *copies, "{instant}\n{}", ran.stdout);
    }
}

#[test]
fn a_slot_that_the_clock_skips_is_served_once() {
    let mailing = scheduled(Script::new(true), 3, "Europe/Oslo", "Sunday 02:30");
    sends(&mailing, &[("2023-03-20 00:00", 0)]);
    write_article(&mailing, "first", "2023-03-22");
    // The clock goes from 02:00 to 03:00; the slot is at 03:30.
    let calls = [("2023-03-26 01:15", 0), ("2023-03-26 01:30", 3), ("2023-03-26 01:45", 0)];
    sends(&mailing, &calls);
    write_article(&mailing, "second", "2023-03-28");
    sends(&mailing, &[("2023-04-02 00:15", 0), ("2023-04-02 00:31", 3), ("2023-04-02 05:00", 0)]);
    let issue = mailing.press.read("issues/2023-04-02.md");
    assert!(issue.contains("second.md") && !issue.contains("first.md"), "{issue}");
    assert!(issue.contains("from      = 2023-03-26T03:30:00+02:00"), "{issue}");
    mailing.sink.is_sound();
}

#[test]
fn a_slot_that_comes_twice_by_the_clock_is_served_once() {
    let mailing = scheduled(Script::new(true), 3, "Europe/Oslo", "Sunday 02:30");
    sends(&mailing, &[("2023-10-23 00:00", 0)]);
    write_article(&mailing, "first", "2023-10-25");
    let calls = [("2023-10-29 00:15", 0), ("2023-10-29 00:31", 3), ("2023-10-29 01:31", 0)];
    sends(&mailing, &calls);
}

#[test]
fn a_slot_that_nobody_was_there_for_is_told_once_and_its_stories_come_next() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    sends(&mailing, &[("2023-03-20 08:00", 0)]);
    write_article(&mailing, "first", "2023-03-22");
    let late = ran(&mut mailing.under("@2023-03-27 13:31:00", &["run", "--json"]));
    assert_eq!(late.code, 1, "{}", late.stderr);
    assert_eq!(late.json()["result"], "too_late");
    assert!(late.stderr.contains("Monday, March 27, 2023, 07:30"), "{}", late.stderr);
    sends(&mailing, &[("2023-03-27 13:45", 0), ("2023-04-03 07:30", 3)]);
    for verb in ["status", "schedule"] {
        let told = ran(&mut mailing.under("@2023-04-03 08:00:00", &[verb]));
        assert_eq!((told.code, told.stderr.matches("no issue went out").count()), (0, 1), "{verb}");
    }
    assert!(mailing.press.read("issues/2023-04-03.md").contains("first.md"));
}

#[test]
fn what_an_editor_made_for_the_slot_is_taken_as_it_is() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    write_article(&mailing, "first", "2023-03-22");
    write_article(&mailing, "second", "2023-03-23");
    mailing.press.done(&["gather", "--week", ISSUE]);
    let path = format!("issues/{ISSUE}.md");
    mailing.press.change(&path, "- [second](../articles/second.md)\n", "");
    sends(&mailing, &[("2023-03-27 07:29", 0), ("2023-03-27 07:31", 3), ("2023-03-27 08:00", 0)]);
    let issue = mailing.press.read(&path);
    assert!(issue.contains("state      = \"sent\"") && !issue.contains("second.md"), "{issue}");
    // What was taken out by hand does not come back the week after.
    write_article(&mailing, "third", "2023-03-29");
    sends(&mailing, &[("2023-04-03 07:31", 3)]);
    let next = mailing.press.read("issues/2023-04-03.md");
    assert!(next.contains("third.md") && !next.contains("second.md"), "{next}");
}

#[test]
fn a_story_that_is_moved_after_its_issue_went_out_is_known_where_it_was_sent() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    let press = &mailing.press;
    write_article(&mailing, "first", "2023-03-22");
    press.done(&["gather", "--week", ISSUE]);
    // Another machine gathered it: this one has the issue's file, and no memory of it.
    press.remove(".letterpress/gathered");
    sends(&mailing, &[("2023-03-26 08:00", 0), ("2023-03-27 07:31", 3)]);
    if press.path(".letterpress/gathered").exists() {
        press.remove(".letterpress/gathered");
    }
    let moved = press.read("articles/first.md").replace("2023-03-22", "2023-03-28");
    press.remove("articles/first.md");
    press.write("articles/europe/moved.md", moved);
    write_article(&mailing, "second", "2023-03-29");
    sends(&mailing, &[("2023-04-03 07:31", 3)]);
    let next = press.read("issues/2023-04-03.md");
    assert!(next.contains("second.md") && !next.contains("moved.md"), "{next}");
    // Nor does an issue that is sent come back by the loss of its file.
    press.remove("issues/2023-W12.md");
    press.remove(".letterpress/gathered");
    let args = ["gather", "other", "--from", "2023-03-27", "--until", "2023-04-05"];
    let nothing = press.run(&args);
    assert!(nothing.stderr.contains("2 articles read: 2 in other issues\n"), "{}", nothing.stderr);
}

#[test]
fn two_issues_that_claim_the_present_are_held() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    write_article(&mailing, "first", "2023-03-22");
    write_article(&mailing, "second", "2023-03-23");
    mailing.press.done(&["gather", "--week", ISSUE]);
    let other = mailing.press.read(&format!("issues/{ISSUE}.md"));
    let other = other.replace("- [first](../articles/first.md)\n", "");
    mailing.press.write("issues/other.md", other);
    let held = run_at(&mailing, "2023-03-27 07:31");
    assert_eq!(held.code, 3, "{}", held.stderr);
    assert!(held.stderr.contains("issues/other.md"), "{}", held.stderr);
    mailing.press.write("issues/other.md", "+++\nslot = tomorrow\n+++\n");
    let held = run_at(&mailing, "2023-03-27 07:46");
    assert_eq!(held.code, 1, "{}", held.stderr);
    assert!(held.stderr.contains("may be the one due"), "{}", held.stderr);
    assert_eq!(mailing.sink.accepted(), 0);
}

#[test]
fn too_few_stories_hold_the_slot_and_one_that_comes_in_frees_it() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    let config = mailing.press.read("letterpress.toml");
    let config = config.replace("[gather]\n", "[gather]\nmin_stories = 2\n");
    mailing.press.write("letterpress.toml", config);
    sends(&mailing, &[("2023-03-26 08:00", 0)]);
    write_article(&mailing, "first", "2023-03-22");
    let held = run_at(&mailing, "2023-03-27 07:30");
    assert_eq!(held.code, 3, "{}", held.stderr);
    write_article(&mailing, "second", "2023-03-23");
    sends(&mailing, &[("2023-03-27 07:45", 3)]);
}

#[test]
fn of_two_runs_at_once_one_works_and_the_other_comes_back_later() {
    for round in 0..if full() { 50 } else { 2 } {
        let mailing = scheduled(slow(round % 2 == 0, 200), 20, "UTC", "Monday 07:30");
        sends(&mailing, &[("2023-03-26 08:00", 0)]);
        write_article(&mailing, "first", "2023-03-22");
        let mut two = [(); 2].map(|()| begin_at(&mailing, "2023-03-27 07:30"));
        let mut ends = two.each_mut().map(end_of);
        ends.sort_unstable();
        assert_eq!(ends, [0, 75]);
        assert_eq!(mailing.sink.record().messages.len(), 20);
    }
}

#[test]
fn a_run_that_was_killed_is_gone_on_with_by_the_next() {
    let mailing = scheduled(slow(true, 100), 40, "UTC", "Monday 07:30");
    sends(&mailing, &[("2023-03-26 08:00", 0)]);
    write_article(&mailing, "first", "2023-03-22");
    let mut child = begin_at(&mailing, "2023-03-27 07:30");
    until("some copies are sent", || mailing.sink.accepted() >= 4);
    // What was started is faketime, which waits for the one that it starts.
    let lock = mailing.press.read(".letterpress/lock");
    let process = lock.split_whitespace().next().unwrap();
    assert!(Command::new("kill").args(["-KILL", process]).status().unwrap().success());
    child.wait().unwrap();
    write_article(&mailing, "second", "2023-03-23");
    let ran = run_at(&mailing, "2023-03-27 07:45");
    assert!([0, 5].contains(&ran.code), "{}\n{}", ran.stdout, ran.stderr);
    let record = mailing.sink.record();
    assert!(record.taken().values().all(|copies| copies.len() == 1));
    let json = mailing.press.done(&["status", "2023-03-27", "--json"]).json();
    let count = |key: &str| json[key].as_u64().unwrap();
    assert_eq!(count("accepted") + count("in_doubt"), 40, "{json}");
    assert!(!mailing.press.read("issues/2023-03-27.md").contains("second.md"));
}

#[test]
fn a_story_that_must_not_go_out_holds_the_issue_that_names_it() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    let press = &mailing.press;
    write_article(&mailing, "first", "2023-03-22");
    sends(&mailing, &[("2023-03-22 08:00", 0), ("2023-03-27 07:31", 3)]);
    let front = |key: &str| {
        format!("---\ntitle: Held\ndate: 2023-03-29\nfeatured: true\n{key}\n---\nThe text held.\n")
    };
    let line = "\n## More\n- [Held](../articles/held.md)\n- [Again](../articles/moved.md)\n";
    press.write("articles/held.md", front("retracted: true"));
    write_article(&mailing, "second", "2023-03-29");
    press.done(&["gather", "next", "--from", "2023-03-27", "--until", "2023-04-03"]);
    assert!(!press.read("issues/next.md").contains("held.md"));
    let text = press.read("articles/first.md");
    press.write("articles/moved.md", text);
    press.remove("articles/first.md");
    press.write("issues/next.md", press.read("issues/next.md") + line);
    let ids = |ran: &Ran| {
        let json = ran.json();
        let list = json["findings"].as_array().unwrap().clone();
        let ids = list.iter().map(|finding| finding["id"].as_str().unwrap_or("").to_owned());
        ids.filter(|id| id.starts_with("story-")).collect::<Vec<_>>()
    };
    let check = || press.run(&["check", "next", "--json"]);
    assert_eq!(ids(&check()), ["story-retracted", "story-used"]);
    press.write("articles/held.md", front("embargo: 2023-04-03T00:00:01Z"));
    assert_eq!(ids(&check()), ["story-embargoed", "story-used"]);
    assert_eq!(press.run(&["send", "next", "--yes"]).code, 3);
    // Nor does another source's copy of it go out, named by its path or by its address.
    let copies =
        "- [Copy](../articles/copy.md)\n- [Page](https://trial.example/held?utm_source=x)\n";
    press.change("issues/next.md", "- [Held](../articles/held.md)\n", copies);
    press.write("articles/copy.md", front("").replace("Held", "Copy"));
    press
        .write("articles/held.md", front("retracted: true\nlink: https://www.trial.example/held/"));
    assert_eq!(ids(&check()), ["story-retracted", "story-retracted", "story-used"]);
    press.change("issues/next.md", copies, "- [Held](../articles/held.md)\n");
    press.write("articles/held.md", front("embargo: 2023-04-03T00:00:00Z"));
    press.remove("articles/moved.md");
    press.change("issues/next.md", "- [Again](../articles/moved.md)\n", "");
    assert!(ids(&check()).is_empty());
}

#[test]
fn a_schedule_that_was_changed_owes_nothing_for_the_past() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    sends(&mailing, &[("2023-03-20 08:00", 0)]);
    mailing.press.change("letterpress.toml", "Monday 07:30", "Thursday 07:30");
    write_article(&mailing, "first", "2023-04-01");
    // Neither the Mondays since, nor the Thursday before the change was seen.
    sends(&mailing, &[("2023-04-04 08:00", 0), ("2023-04-06 07:31", 3)]);
}

#[test]
fn a_slot_that_was_missed_is_told_beside_what_is_due_now() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    sends(&mailing, &[("2023-03-20 08:00", 0)]);
    write_article(&mailing, "first", "2023-03-29");
    mailing.press.done(&["gather", "--week", "2023-W13"]);
    let other = mailing.press.read("issues/2023-W13.md");
    mailing.press.write("issues/other.md", other);
    let held = run_at(&mailing, "2023-04-03 07:31");
    assert_eq!(held.code, 3, "{}", held.stderr);
    for told in ["slot of Monday, March 27, 2023, 07:30", "more than one issue is due"] {
        assert!(held.stderr.contains(told), "{}", held.stderr);
    }
}

#[test]
fn a_week_s_run_waits_for_its_slot_and_gives_it_up() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    write_article(&mailing, "first", "2023-03-22");
    let week = |instant: &str| {
        let clock = format!("@{instant}:00");
        ran(&mut mailing.under(&clock, &["run", "--week", ISSUE]))
    };
    let early = week("2023-03-27 07:29");
    assert_eq!((early.code, mailing.sink.accepted()), (0, 0), "{}", early.stderr);
    let late = week("2023-03-27 13:31");
    assert_eq!((late.code, mailing.sink.accepted()), (1, 0), "{}", late.stderr);
    let due = week("2023-03-27 13:29");
    assert_eq!((due.code, mailing.sink.accepted()), (0, 3), "{}", due.stderr);
}

#[test]
fn a_stopped_issue_is_left_to_people_and_the_next_goes_out() {
    let mailing = scheduled(slow(true, 100), 40, "UTC", "Monday 07:30");
    sends(&mailing, &[("2023-03-26 08:00", 0)]);
    write_article(&mailing, "first", "2023-03-22");
    let mut child = begin_at(&mailing, "2023-03-27 07:30");
    until("some copies are sent", || mailing.sink.accepted() >= 4);
    mailing.press.done(&["stop", "2023-03-27"]);
    assert_eq!(end_of(&mut child), 1);
    let sent = mailing.sink.record().messages.len();
    let left = run_at(&mailing, "2023-03-27 07:45");
    assert_eq!(left.code, 0, "{}", left.stderr);
    assert!(left.stdout.contains("2023-03-27 is stopped"), "{}", left.stdout);
    assert_eq!(mailing.sink.record().messages.len(), sent);
    write_article(&mailing, "second", "2023-03-28");
    sends(&mailing, &[("2023-04-03 07:30", 40)]);
}

#[test]
fn what_holds_an_issue_back_is_told_where_cron_mails_it() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    sends(&mailing, &[("2023-03-26 08:00", 0)]);
    write_article(&mailing, "first", "2023-03-22");
    mailing.press.done(&["gather", "--week", ISSUE]);
    mailing.press.change(&format!("issues/{ISSUE}.md"), "articles/first.md", "articles/frist.md");
    mailing.press.write("articles/broken.md", "---\ntitle: \"open\n---\n");
    let held = ran(&mut mailing.under("@2023-03-27 07:31:00", &["-q", "run"]));
    assert_eq!((held.code, held.stdout.as_str()), (3, ""), "{}", held.stderr);
    for told in ["articles/frist.md", "articles/broken.md"] {
        assert!(held.stderr.contains(told), "{}", held.stderr);
    }
}

#[test]
fn a_slot_can_be_rehearsed_before_any_run_beside_a_ledger_that_is_there() {
    let mailing = scheduled(Script::new(true), 3, "UTC", "Monday 07:30");
    mailing.press.done(&["subscribers", "suppress", "r00003@example.com"]);
    write_article(&mailing, "first", "2023-03-22");
    let now = ["--now", "2023-03-27T07:31:00Z", "run", "--inbox", "--json"];
    let rehearsed = mailing.press.done(&now).json();
    assert_eq!((&rehearsed["issue"], &rehearsed["accepted"]), (&"2023-03-27".into(), &2.into()));
    assert_eq!(mailing.sink.accepted(), 0);
    assert!(!mailing.press.path("issues/2023-03-27.md").exists());
}
