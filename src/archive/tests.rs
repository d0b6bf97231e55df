//! An archive written from contents that were frozen, into a folder.

use super::*;
use crate::world::WorkspaceFiles;

fn newsletter() -> Newsletter {
    Newsletter {
        id: "a-weekly".into(),
        title: "A & <B> Weekly".into(),
        url: "https://a.example/".parse().unwrap(),
        language: "en-US".into(),
    }
}

fn entry(name: &str, subject: &str, corrected: Option<&str>) -> Entry {
    Entry {
        name: name.into(),
        subject: subject.into(),
        preheader: "What <it> says & \"more\"\u{1}".into(),
        at: "2023-03-27T07:30:00-04:00[America/New_York]".parse().unwrap(),
        corrected: corrected.map(|at| at.parse().unwrap()),
        address: None,
    }
}

#[test]
fn the_feed_is_one_and_holds_every_issue_once() {
    let entries = [
        entry("2023-W13", "]]> <script>&", None),
        entry("2023-W12", "Xi", Some("2023-03-28T09:00:00-04:00[America/New_York]")),
    ];
    let feed = feed::set(&newsletter(), &entries);
    let read = feed_rs::parser::parse(feed.as_bytes()).unwrap();
    assert_eq!(read.title.unwrap().content, "A & <B> Weekly");
    assert_eq!(read.updated.unwrap().to_rfc3339(), "2023-03-28T13:00:00+00:00");
    let ids: Vec<&str> = read.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(
        ids,
        ["tag:a.example,2000:a-weekly/2023-W13", "tag:a.example,2000:a-weekly/2023-W12"]
    );
    assert_eq!(read.entries[0].title.as_ref().unwrap().content, "]]> <script>&");
    assert_eq!(read.entries[1].links[0].href, "2023-W12/index.html");
    assert!(feed.contains("<summary>What &lt;it&gt; says &amp; &quot;more&quot;</summary>"));
}

#[test]
fn an_archive_of_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let files = WorkspaceFiles::new(folder.path());
    let written = write(&newsletter(), &[], "out", &files).unwrap();
    assert_eq!(written.files, ["out/index.html", "out/feed.xml"]);
    let index = files.read_text("out/index.html").unwrap();
    assert!(index.text().contains("No issue has been sent yet."));
    assert!(index.text().contains("A &amp; &lt;B&gt; Weekly"));
    assert!(feed_rs::parser::parse(&files.read("out/feed.xml").unwrap()[..]).is_ok());
}

#[test]
fn the_index_names_corrections_and_holds_no_markup_of_a_subject() {
    let corrected = Some("2023-03-28T09:00:00-04:00[America/New_York]");
    let page = index::set(&newsletter(), &[entry("2023-W12", "<script>x", corrected)]);
    let page = page.into_string();
    assert!(page.contains("<a href=\"2023-W12/index.html\"><bdi>&lt;script&gt;x</bdi></a>"));
    assert!(page.contains("March 27, 2023</time>, corrected on March 28, 2023"), "{page}");
    assert!(!page.contains("<script"), "{page}");
}
