//! `build --archive`: what was sent, as pages for the web, with nothing of any reader in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::hostile_text::{hostile_week, misdeeds, vectors, watched};
use crate::mailing::{ISSUE, Mailing, Setup};
use crate::press::{Press, repository};
use crate::server::until;
use crate::sink::{Script, Sink};
use crate::together::{end_of, slow};

const ARCHIVE: &str = ".letterpress/archive";

/// Every file below a folder, by its path from there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Points the sample newsletter's relay at a sink, and sends the issue.
pub fn send(press: &Press) -> Sink {
    let sink = Sink::start(Script::new(true));
    let url = format!("smtp+plaintext://127.0.0.1:{}", sink.port);
    press.change("letterpress.toml", "smtp://letterpress@smtp.meridian.example:587", &url);
    press.change("letterpress.toml", "password = {", "# password = {");
    press.without_web();
    press.done(&["send", ISSUE, "--yes"]);
    sink
}

/// The name of a picture that was made, by its beginning.
fn kept(press: &Press, start: &str) -> String {
    let mut names = fs::read_dir(press.path(".letterpress/pictures")).unwrap();
    let name = names.find_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.starts_with(start).then_some(name)
    });
    name.unwrap_or_else(|| panic!("no picture {start}"))
}

#[test]
fn the_archive_is_what_was_sent_and_knows_no_reader() {
    let press = Press::new();
    press.change("issues/2023-W12.md", "This was a week", "{{subscriber.email}} This was a week");
    let sink = send(&press);
    assert!(sink.accepted() > 20);
    // What is on the disk today is another issue.
    press.change("issues/2023-W12.md", "This was a week", "Another week");
    press.write("templates/weekly/newsletter.mjml", "<mjml>");
    press.remove("articles/pictures");
    let flags = kept(&press, "five-flagpoles-");
    press.remove(&format!(".letterpress/pictures/{flags}"));
    let ran = press.done(&["build", "--archive"]);
    assert!(ran.stdout.contains("1 issue, an index, a feed"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the picture `articles/pictures/five-flagpoles.png` is not kept"));

    let page = press.read(&format!("{ARCHIVE}/{ISSUE}/index.html"));
    assert!(page.contains("This was a week") && !page.contains("Another week"));
    assert!(page.contains("Dear reader,"), "fields are empty, and defaults hold");
    assert!(page.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
    let train = kept(&press, "night-train-");
    assert!(page.contains(&format!("src=\"pictures/{train}\"")), "{page}");
    assert!(page.contains(&format!("src=\"https://meridian.example/weekly/pictures/{flags}\"")));
    assert!(page.contains("href=\"../index.html\" rel=\"up\""), "the way to the other issues");
    for of_mail in
        ["You have this copy", "Unsubscribe", "View in browser", "Change your preferences"]
    {
        assert!(!page.contains(of_mail), "{of_mail}");
    }
    assert!(!page.contains("was corrected"));
    let index = press.read(&format!("{ARCHIVE}/index.html"));
    assert!(index.contains("<a href=\"2023-W12/index.html\">"), "{index}");
    let feed = press.read(&format!("{ARCHIVE}/feed.xml"));
    assert!(feed.contains("href=\"https://meridian.example/weekly/2023-W12/\""), "{feed}");

    let list = fs::read_to_string(repository().join("subscribers/weekly.csv")).unwrap();
    let mut secrets: BTreeSet<String> = BTreeSet::new();
    for line in list.lines().skip(1) {
        secrets.extend(line.split(',').take(2).filter(|cell| cell.len() > 3).map(str::to_owned));
    }
    for message in &sink.record().messages {
        let text =
            String::from_utf8_lossy(&message.bytes).replace("=\r\n", "").replace("\r\n ", "");
        let token = text.split("/unsubscribe/").nth(1).unwrap().split('>').next().unwrap();
        assert!(token.len() > 20, "{token}");
        secrets.insert(token.to_owned());
    }
    assert!(secrets.len() > 60, "{secrets:?}");
    let files = files(&press.path(ARCHIVE));
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret:?} stands in {}", file.display());
        }
        assert!(!text.to_lowercase().contains("<script"), "{}", file.display());
        assert!(!text.contains("AAAAAAAAAAAA") || file.extension() != Some("html".as_ref()));
    }

    // A variable of a script that was not set is not the root of the file system.
    assert_eq!(press.run(&["build", "--archive="]).code, 2);
    let again = press.done(&["--json", "build", "--archive=public"]).json();
    assert_eq!(again["schema"], "letterpress.archive/1");
    assert_eq!(again["issues"][0], ISSUE);
    assert!(press.path("public/2023-W12/index.html").exists());
}

#[test]
fn a_correction_is_told_and_an_issue_that_is_under_way_is_left_out() {
    let setup = Setup::readers(30).connections(2);
    let mailing = Mailing::with(slow(true, 100), setup);
    let ran = mailing.press.run(&["build", "--archive"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("nothing was sent from this workspace yet"), "{}", ran.stderr);
    let mut child = mailing.start();
    until("some copies are sent", || mailing.sink.accepted() >= 4);
    mailing.press.done(&["stop", ISSUE]);
    end_of(&mut child);
    let ran = mailing.press.done(&["build", "--archive"]);
    assert!(ran.stderr.contains("2023-W12 is stopped, and left out."), "{}", ran.stderr);
    assert!(!mailing.press.path(&format!("{ARCHIVE}/{ISSUE}")).exists());

    mailing.press.change(&format!("issues/{ISSUE}.md"), "Dear ", "Once more, dear ");
    mailing.press.done(&["correct", ISSUE, "--yes"]);
    assert_eq!(mailing.send().code, 0);
    mailing.press.done(&["build", "--archive"]);
    let page = mailing.press.read(&format!("{ARCHIVE}/{ISSUE}/index.html"));
    assert!(page.contains("This issue was corrected on "), "{page}");
    assert!(page.contains("Once more, dear"), "{page}");
    let index = mailing.press.read(&format!("{ARCHIVE}/index.html"));
    assert!(index.contains(", corrected on "), "{index}");
}

/// Vectors of one issue: so few that a subject which is lost would be seen.
const VECTORS_OF_AN_ISSUE: usize = 12;

/// An issue without stories whose subject, preheader and note are vectors; returns its name.
fn hostile_issue(press: &Press, number: usize, vectors: &[String]) -> String {
    let name = format!("vectors-{number:02}");
    let subject = serde_json::to_string(&vectors.join(" ")).unwrap();
    press.write(
        &format!("issues/{name}.md"),
        format!(
            "+++\nsubject = {subject}\npreheader = {subject}\n\
             from = 2023-03-20T00:00:00-04:00\nuntil = 2023-03-27T00:00:00-04:00\n\
             slot = \"none\"\n+++\nNote {number}.\n\n{}\n",
            vectors.join("\n\n")
        ),
    );
    name
}

/// The vectors as a title holds them.
fn one_line(vectors: &[String]) -> String {
    vectors.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_in_a_subject_an_article_or_a_note_runs_in_the_archive() {
    let vectors = vectors();
    let press = hostile_week(&vectors);
    press.write("subscribers/weekly.csv", "email,name\nann@example.com,Ann\n");
    press.write(
        "letterpress.toml",
        format!("{}\n[check]\noff = [\"too-large\"]\n", press.read("letterpress.toml")),
    );
    let sink = send(&press);
    let issues: Vec<(String, &[String])> = vectors
        .chunks(VECTORS_OF_AN_ISSUE)
        .enumerate()
        .map(|(number, some)| (hostile_issue(&press, number, some), some))
        .collect();
    for (name, _) in &issues {
        press.done(&["send", name, "--yes"]);
    }
    assert_eq!(sink.accepted(), issues.len() + 1);
    press.done(&["build", "--archive"]);

    let folder = tempfile::tempdir().unwrap();
    let mut browser = watched(folder.path());
    let mut show = |page: &str| {
        browser.open(&format!("file://{}", press.path(&format!("{ARCHIVE}/{page}")).display()));
        let text = browser.eval("document.documentElement.textContent");
        let shown = browser.eval("[...document.images].some((one) => one.src.startsWith('file:'))");
        let title = browser.eval("document.title");
        assert_eq!(misdeeds(&mut browser), [""; 0], "{page}");
        (text.as_str().unwrap().to_owned(), title, shown == true)
    };
    let (index, ..) = show("index.html");
    let (feed, ..) = show("feed.xml");
    let mut noted = 0;
    for (name, some) in &issues {
        let subject = one_line(some);
        assert!(index.contains(&subject), "{subject} is not in {index}");
        assert!(feed.contains(&subject), "{subject} is not in {feed}");
        let (page, title, _) = show(&format!("{name}/index.html"));
        assert!(title.as_str().unwrap().contains(&subject), "{title} is not {subject}");
        let note = page.split("Note ").nth(1).unwrap();
        noted += some.iter().filter(|vector| note.contains(vector.as_str())).count();
    }
    assert!(noted > 200, "only {noted} vectors stand in a note as they are written");
    let (page, _, is_picture_beside) = show("2023-W12/index.html");
    assert!(page.contains("word2300"), "{page}");
    assert!(is_picture_beside, "pictures lie beside the page");
}
