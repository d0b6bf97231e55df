//! Broken files and wrong flags: a message that says what, where and what to do, the right exit
//! code, and nothing half-written.

use std::process::Stdio;

use crate::press::{Press, Ran};

/// Runs a command that must fail with a code and change no file.
fn fails(press: &Press, args: &[&str], code: i32) -> Ran {
    let before = press.snapshot();
    let ran = press.run(args);
    assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(press.snapshot(), before, "{args:?} wrote something");
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran
}

fn says(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.stderr.contains(part), "{part:?} is not in\n{}", ran.stderr);
    }
}

#[test]
fn no_workspace() {
    let press = Press::new();
    press.remove("letterpress.toml");
    says(&fails(&press, &["build"], 1), &["there is no `letterpress.toml` here", "init DIR"]);
}

#[test]
fn a_folder_that_is_not_there() {
    let press = Press::new();
    let file = press.path("letterpress.toml").display().to_string();
    for folder in ["/nosuch", &file] {
        for verb in [&["check"][..], &["inbox", "--clear"], &["status"]] {
            let ran = fails(&press, &[&["-C", folder], verb].concat(), 2);
            says(&ran, &[&format!("there is no folder `{folder}`"), "init DIR"]);
        }
    }
}

#[test]
fn a_time_that_is_none() {
    let press = Press::new();
    for time in ["yesterday", "2023-03-27", "2023-03-27T07:30:00"] {
        let ran = fails(&press, &["gather", "--now", time], 2);
        says(&ran, &[time, "a time is written 2023-03-27T07:30:00-04:00"]);
    }
    for time in ["2023-03-27T07:30:00-04:00", "2023-03-27T11:30:00Z"] {
        press.done(&["schedule", "--now", time]);
    }
}

#[test]
fn no_article_folder() {
    let press = Press::new();
    press.remove("articles");
    let ran = fails(&press, &["gather", "--week", "2023-W12"], 1);
    says(&ran, &["there is no folder or file `articles`", "letterpress.toml:"]);
}

/// Gathers a week with files in the folder that cannot be read: they are told, the rest is taken.
fn gathers_beside(broken: &[(&str, &[u8])], told: &[&str]) {
    let press = Press::new();
    let rest = "articles/2023-03-21-rest.md";
    press.remove("issues/2023-W12.md");
    press.write(rest, "---\ntitle: The rest\nfeatured: true\n---\nA body.\n");
    for (path, bytes) in broken {
        press.write(path, bytes);
    }
    let ran = press.done(&["gather", "--week", "2023-W12"]);
    says(&ran, told);
    assert!(ran.stdout.contains(&format!("19 articles read, {} not", broken.len())));
    assert!(press.read("issues/2023-W12.md").contains(rest));
    let json = press.done(&["gather", "2023-W12", "--json"]).json();
    assert_eq!(json["unread"].as_array().unwrap().len(), broken.len());
    let ran = press.done(&["run", "--week", "2023-W12", "--inbox"]);
    assert!(ran.stdout.contains(broken[0].0), "{}", ran.stdout);
}

#[test]
fn front_matter_that_does_not_parse() {
    let open = "---\ntitle: \"open\ndate: 2023-03-22\n---\nBody.\n";
    let files: [(&str, &[u8]); 2] = [
        ("articles/broken.md", open.as_bytes()),
        ("articles/worse.md", b"+++\ntitle = \n+++\nBody.\n"),
    ];
    gathers_beside(&files, &["articles/broken.md:", "articles/worse.md:2:"]);
}

#[test]
fn an_article_that_is_not_text() {
    let files: [(&str, &[u8]); 1] = [("articles/binary.txt", &[0xff, 0xfe, 0x00, 0x41])];
    gathers_beside(&files, &["articles/binary.txt", "UTF-8"]);
}

#[test]
fn what_was_saved_in_windows_1252_is_to_be_saved_again() {
    for (path, line) in [("issues/2023-W12.md", 2), ("subscribers/weekly.csv", 3)] {
        let press = Press::new();
        let text = press.read(path);
        let at = text.match_indices('\n').nth(line - 2).unwrap().0 + 2;
        press.write(path, [&text.as_bytes()[..at], b"\xe9", &text.as_bytes()[at..]].concat());
        let place = format!("it is not UTF-8 (line {line}, byte {at})");
        let read = [&format!("could not read `{path}`"), &*place, "hint: save it again as UTF-8"];
        says(&fails(&press, &["check", "2023-W12"], 1), &read);
    }
}

#[test]
fn links_and_folders_that_lead_nowhere_good() {
    use std::os::unix::fs::symlink;
    let (press, other) = (Press::new(), Press::new());
    press.remove("issues/2023-W12.md");
    other.write("away/far.md", "Far");
    press.write("articles/plain/in.md", "In");
    let link = |target: &str, name: &str| {
        symlink(target, press.path(&format!("articles/{name}"))).unwrap();
    };
    link(".", "circle");
    link("nowhere.md", "broken.md");
    link(other.path("away").to_str().unwrap(), "out");
    link("plain", "near");
    press.write(&format!("articles{}/deep.md", "/d".repeat(80)), "Deep");
    let ran = press.done(&["gather", "--week", "2023-W12"]);
    says(&ran, &["`articles/broken.md`", "`articles/circle", "`articles/out`", "leads out of"]);
    says(&ran, &["too deep in each other"]);
    // A link within the workspace is a way like any other.
    assert!(ran.stdout.contains("20 articles read, 4 not, 11 featured"), "{}", ran.stdout);
}

#[test]
fn what_could_not_be_read_is_told_where_no_story_is_left() {
    let press = Press::new();
    press.write("articles/broken.md", "---\ntitle: \"open\n---\nBody.\n");
    let ran = fails(&press, &["gather", "--week", "2023-W30"], 3);
    says(&ran, &["articles/broken.md:", "no story is featured"]);
}

#[test]
fn a_week_with_no_featured_story() {
    let press = Press::new();
    let ran = fails(&press, &["gather", "--week", "2023-W30"], 3);
    says(&ran, &["no story is featured", "--pick"]);
}

#[test]
fn an_unknown_merge_field() {
    let press = Press::new();
    press.change(
        "templates/partials/footer_lines.mjml",
        "{{newsletter.address}}",
        "{{subscriber.nmae}}",
    );
    let ran = fails(&press, &["build", "2023-W12"], 1);
    says(
        &ran,
        &[
            "`{{subscriber.nmae}}` is no field of list `weekly`",
            "templates/partials/footer_lines.mjml:",
            "did you mean",
        ],
    );
    let press = Press::new();
    press.change("issues/2023-W12.md", "default subscriber.name", "default subscriber.nam");
    let ran = fails(&press, &["build", "2023-W12"], 1);
    says(&ran, &["`subscriber.nam` is no field", "issues/2023-W12.md:9:16", "did you mean"]);
}

#[test]
fn a_template_that_does_not_parse() {
    let press = Press::new();
    press.change("templates/weekly/newsletter.mjml", "{{#if issue.note}}", "{{#if issue.note");
    let ran = fails(&press, &["check", "2023-W12"], 1);
    says(&ran, &["templates/weekly/newsletter.mjml:"]);
}

#[test]
fn an_issue_line_that_is_no_story() {
    let press = Press::new();
    press.change("issues/2023-W12.md", "## World\n", "## World\n- nothing here\n");
    let ran = fails(&press, &["run", "--week", "2023-W12", "--inbox"], 1);
    says(&ran, &["this item is no story", "issues/2023-W12.md:"]);
}

#[test]
fn a_git_conflict() {
    let press = Press::new();
    press.change(
        "issues/2023-W12.md",
        "## World\n",
        "<<<<<<< HEAD\n## World\n=======\n>>>>>>> b\n",
    );
    says(&fails(&press, &["build", "2023-W12"], 1), &["a git conflict is not settled"]);
}

#[test]
fn a_list_without_email() {
    let press = Press::new();
    press.write("subscribers/weekly.csv", "mail,name\na@example.com,A\n");
    says(&fails(&press, &["build", "2023-W12"], 1), &["has no column `email`", "weekly.csv:1:1"]);
}

#[test]
fn a_story_whose_article_is_gone_holds_the_send() {
    let press = Press::new();
    press.remove("articles/world/honduras-turns-to-beijing.md");
    let ran = fails(&press, &["send", "2023-W12", "--yes"], 3);
    says(
        &ran,
        &["there is no article `articles/world/honduras-turns-to-beijing.md`", "Nothing was sent"],
    );
    assert!(ran.stderr.contains("story-missing"), "{}", ran.stderr);
}

#[test]
fn a_story_whose_article_cannot_be_read_is_told_as_that() {
    let press = Press::new();
    let path = "articles/world/honduras-turns-to-beijing.md";
    let whole = press.read(path);
    let (before, _) = whole.split_once("Eighty-two").unwrap();
    press.write(path, [before.as_bytes(), b"\xff\n"].concat());
    let ran = press.run(&["check", "2023-W12"]);
    let line = before.lines().count();
    says(&ran, &[&format!("it is not UTF-8 (line {line}, byte {})", before.len())]);
    assert!(!ran.stderr.contains("there is no article"), "{}", ran.stderr);
}

#[test]
fn what_the_law_asks_for_holds_the_send() {
    let press = Press::new();
    press.change("letterpress.toml", "address   =", "# address   =");
    press.change("letterpress.toml", "[unsubscribe]\nurl    =", "[unsubscribe]\n# url    =");
    press.change("letterpress.toml", "mailto =", "# mailto =");
    let ran = fails(&press, &["run", "--week", "2023-W12", "--inbox"], 3);
    says(&ran, &["address-missing", "unsubscribe-missing"]);
}

#[test]
fn an_empty_subject_and_a_missing_picture_are_found() {
    let press = Press::new();
    press.change(
        "issues/2023-W12.md",
        "\"A night train to Kyiv; Honduras turns to Beijing\"",
        "\"\"",
    );
    press.remove("articles/pictures/night-train.png");
    let ran = fails(&press, &["check", "2023-W12"], 3);
    says(&ran, &["subject-empty", "picture-missing", "articles/pictures/night-train.png"]);
}

#[test]
fn fields_that_some_readers_lack_are_warned_of() {
    let press = Press::new();
    press.change(
        "issues/2023-W12.md",
        "{{default subscriber.name \"reader\"}}",
        "{{subscriber.name}}",
    );
    press.change("subscribers/weekly.csv", "Ann Whitfield,yes", "Ann Whitfield,perhaps");
    let ran = fails(&press, &["check", "2023-W12"], 0);
    says(&ran, &["field-empty", "empty for 1 reader", "field-value", "subscribers/weekly.csv:2:"]);
}

#[test]
fn lists_that_are_absent() {
    let press = Press::new();
    press.remove("subscribers/weekly.csv");
    let built = fails(&press, &["build", "2023-W12"], 0);
    assert!(built.stdout.contains("of sample.csv"), "{}", built.stdout);
    says(&fails(&press, &["send", "2023-W12", "--yes"], 3), &["list-missing"]);
    press.remove("subscribers/sample.csv");
    says(&fails(&press, &["build", "2023-W12"], 1), &["there is no list `subscribers/weekly.csv`"]);
}

#[test]
fn a_key_that_is_not_built_yet() {
    let press = Press::new();
    let text = press.read("letterpress.toml");
    let text = text.replace("[schedule]\n", "[schedule]\napproval = \"required\"\n");
    press.write("letterpress.toml", text);
    says(
        &fails(&press, &["build"], 1),
        &["`approval = \"required\"` is not built yet", "letterpress.toml:"],
    );
}

#[test]
fn wrong_flags_and_names() {
    let press = Press::new();
    says(&fails(&press, &["sned"], 2), &["sned", "send"]);
    says(&fails(&press, &["build", "2023-W21"], 2), &["there is no issue `2023-W21`", "2023-W12"]);
    says(&fails(&press, &["gather", "--week", "2023-W99"], 2), &["no week"]);
    says(&fails(&press, &["send", "2023-W12"], 2), &["`--yes` sends without asking"]);
    let now = ["--now", "2023-03-27T12:00:00Z", "send", "2023-W12", "--yes"];
    says(&fails(&press, &now, 2), &["a real send takes the time as it is"]);
}

#[test]
fn a_port_that_is_taken() {
    let press = Press::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let ran = fails(&press, &["inbox", "--smtp", &taken, "--web", "127.0.0.1:0"], 1);
    says(&ran, &["is taken", "--smtp"]);
}

#[test]
fn output_that_nobody_reads_stops_nothing() {
    let press = Press::new();
    let mut command = press.command(&["run", "--week", "2023-W12", "--inbox"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let status = crate::mail::read(&press.path(".letterpress/inbox/new"));
    assert_eq!(status.len(), 24);
}
