//! `schedule`: the next slots, and how to have `run` called.

use crate::press::Press;

#[test]
fn the_next_slots_are_shown_with_the_issues_that_stand_for_them() {
    let press = Press::new();
    let ran = press.done(&["--now", "2023-03-26T12:00:00Z", "schedule"]);
    assert!(ran.stdout.starts_with("Monday 07:30 (America/New_York)\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Monday, March 27, 2023, 07:30      2023-W12\n"), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("to be gathered").count(), 4);
    let json = press.done(&["--now", "2023-03-26T12:00:00Z", "schedule", "--json"]).json();
    assert_eq!(json["slots"][0]["issue"], "2023-W12");
    assert_eq!(json["slots"][1]["slot"], "2023-04-03T07:30:00-04:00");
    assert!(json["crontab"].as_str().unwrap().starts_with("*/15 * * * * "));
}

#[test]
fn the_line_for_a_crontab_runs_as_it_is_printed() {
    let press = Press::new();
    let json = press.done(&["schedule", "--json"]).json();
    let line = json["crontab"].as_str().unwrap();
    // Cron gives what stands behind the five fields to a shell.
    let call = line.splitn(6, ' ').nth(5).unwrap().replace("\\%", "%");
    let ran = std::process::Command::new("sh").args(["-c", &call]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(ran.stdout.is_empty() && ran.stderr.is_empty(), "cron would mail it");
}

#[test]
fn the_units_name_the_program_and_the_workspace() {
    let press = Press::new();
    let units = press.done(&["schedule", "--systemd"]).stdout;
    let folder = press.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    assert!(units.contains(&format!("-q -C \"{folder}\" run\n")), "{units}");
    assert!(units.contains("OnCalendar=*:0/15\n") && units.contains("SuccessExitStatus=75\n"));
}

#[test]
fn without_a_schedule_it_says_what_to_write() {
    let press = Press::new();
    press.change("letterpress.toml", "[schedule]\nevery = \"Monday 07:30\"\n", "");
    for verb in ["schedule", "run"] {
        let ran = press.run(&[verb]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("every = \"Monday 07:30\""), "{}", ran.stderr);
    }
}
