//! Texts that are code elsewhere: in articles, headlines, subjects and readers' fields, shown by all
//! of our pages in a real browser. None of it runs, and nothing is asked of another host.
//!
//! The vectors are those of BRS-KB (`tests/cases/xss/`).

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::chromium::Browser;
use crate::pages::Served;
use crate::press::{PIXEL, Press, repository};

const ISSUE: &str = "2023-W12";

pub fn vectors() -> Vec<String> {
    let text = std::fs::read_to_string(repository().join("tests/cases/xss/vectors.txt")).unwrap();
    let vectors: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    assert!(vectors.len() >= 200, "only {} vectors", vectors.len());
    vectors
}

/// A browser that tells of every script that runs: what the vectors call is ours to hear of, also
/// where a frame may show no dialog.
pub fn watched(folder: &std::path::Path) -> Browser {
    let mut browser = Browser::start(folder);
    browser.view(1280, 860, false);
    browser.call("Runtime.addBinding", json!({ "name": "heard" }));
    let script = "for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) \
                  window[name] = (...words) => heard(name + words)";
    browser.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    browser
}

/// What ran, and which other hosts were asked for anything, since the last call.
pub fn misdeeds(browser: &mut Browser) -> Vec<String> {
    let events = browser.events();
    let blocked: Vec<&Value> = events
        .iter()
        .filter(|event| event["params"]["blockedReason"].is_string())
        .map(|event| &event["params"]["requestId"])
        .collect();
    let mut found = Vec::new();
    for event in &events {
        let params = &event["params"];
        match event["method"].as_str() {
            Some("Runtime.bindingCalled" | "Page.javascriptDialogOpening") => {
                found.push(format!("ran: {params}"));
            }
            Some("Network.requestWillBeSent") => {
                let url = params["request"]["url"].as_str().unwrap();
                let is_ours = url.starts_with("http://127.0.0.1:")
                    || ["data:", "about:", "blob:", "file:"].iter().any(|own| url.starts_with(own));
                if !is_ours && !blocked.contains(&&params["requestId"]) {
                    found.push(format!("asked for {url}"));
                }
            }
            _ => {}
        }
    }
    found
}

fn json_text(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Words that no other article has, so that each is a story of its own.
fn words(number: usize) -> String {
    (0..40).map(|index| format!("word{} ", number * 100 + index)).collect()
}

/// A workspace in which each vector is the headline, the standfirst, the picture's words and the
/// text of an article: Markdown, a saved page or plain text.
pub fn hostile_week(vectors: &[String]) -> Press {
    let press = Press::new();
    press.remove("articles");
    press.remove(&format!("issues/{ISSUE}.md"));
    press.write("articles/a.png", PIXEL);
    press.change("letterpress.toml", "max_stories = 12", "max_stories = 500");
    for (number, vector) in vectors.iter().enumerate() {
        let (title, words) = (json_text(vector), words(number));
        let escaped = vector.replace('&', "&amp;").replace('<', "&lt;");
        let date = "2023-03-22T10:00:00-04:00";
        match number % 4 {
            0 | 1 => press.write(
                &format!("articles/a{number}.md"),
                format!(
                    "---\ntitle: {title}\ndate: {date}\nfeatured: true\nstandfirst: {title}\n\
                     picture: a.png\npicture_alt: {title}\npicture_credit: {title}\n\
                     byline: {title}\nkicker: {title}\n---\n\
                     {words}\n\n{vector}\n\nIn a line: {vector} `{vector}`\n"
                ),
            ),
            2 => press.write(
                &format!("articles/featured/a{number}.html"),
                format!(
                    "<!doctype html><html><head><title>{escaped}</title>\
                     <meta property=\"article:published_time\" content=\"{date}\"></head><body>\
                     <article><h1>{escaped}</h1><p>{words}</p><p>As code: {vector}</p>\
                     <p>As text: {escaped} {words}</p></article></body></html>"
                ),
            ),
            _ => press.write(
                &format!("articles/featured/a{number}.txt"),
                format!("{vector}\nMarch 22, 2023\n\n{words}\n\n{vector} {words}\n"),
            ),
        }
    }
    press.done(&["gather", ISSUE, "--week", ISSUE]);
    let path = format!("issues/{ISSUE}.md");
    let mut text = String::new();
    for line in press.read(&path).lines() {
        text.push_str(line);
        text.push('\n');
        if line.starts_with("- [") && line.contains("](") {
            text.push_str("  - show: full\n");
        }
    }
    press.write(&path, text);
    press
}

/// The sample issue with one story, whose subject is the reader's name, and readers who have two
/// vectors each as name and two as city.
fn hostile_readers(readers: &[(String, String)]) -> Press {
    let press = Press::new();
    let mut list = String::from("email,name,city\n");
    for (number, (name, city)) in readers.iter().enumerate() {
        let [name, city] = [name, city].map(|text| text.replace('"', "\"\""));
        writeln!(list, "reader{number}@example.com,\"{name}\",\"{city}\"").unwrap();
    }
    press.write("subscribers/weekly.csv", list);
    press.write(
        &format!("issues/{ISSUE}.md"),
        "+++\nsubject = '{{subscriber.name}}'\npreheader = 'A plain preheader'\n\
         from = 2023-03-20T00:00:00-04:00\nuntil = 2023-03-27T00:00:00-04:00\n\
         slot = 2023-03-27T07:30:00-04:00\n+++\n\
         Dear {{subscriber.name}} of {{subscriber.city}},\n\n## World\n\
         - [Honduras turns](../articles/world/honduras-turns-to-beijing.md)\n",
    );
    press
}

#[test]
fn the_vectors_are_code_where_nobody_is_careful() {
    let folder = tempfile::tempdir().unwrap();
    let mut page = String::from("<!doctype html><body>");
    for vector in vectors() {
        let vector = vector.replace('&', "&amp;").replace('"', "&quot;");
        write!(page, "<iframe srcdoc=\"<!doctype html><p>{vector}\"></iframe>").unwrap();
    }
    let path = folder.path().join("careless.html");
    std::fs::write(&path, page).unwrap();
    let mut browser = watched(folder.path());
    browser.open(&format!("file://{}", path.display()));
    let found = misdeeds(&mut browser);
    let ran = found.iter().filter(|deed| deed.starts_with("ran")).count();
    assert!(ran > 60, "only {ran} scripts ran");
    assert!(found.len() > ran, "nothing was asked of another host");
}

#[test]
fn nothing_in_an_article_runs_in_the_preview() {
    let vectors = vectors();
    let press = hostile_week(&vectors);
    let served = Served::start(&press, &["preview", ISSUE]);
    let folder = tempfile::tempdir().unwrap();
    let mut browser = watched(folder.path());
    for query in ["", "?scheme=dark&width=375", "?part=text", "?part=source", "?part=message"] {
        browser.open(&format!("{}{query}", served.url));
        let shown = browser.eval(
            "(document.querySelector('iframe')?.contentDocument ?? document).body.textContent",
        );
        let shown = shown.as_str().unwrap();
        assert!(shown.contains("word2300"), "{query} does not show the stories");
        let is_shown = |vector: &&String| shown.contains(vector.as_str());
        if query.is_empty() {
            let count = vectors.iter().filter(is_shown).count();
            assert!(count > 150, "only {count} headlines are shown as they are written");
        }
        assert_eq!(misdeeds(&mut browser), [""; 0], "{query}");
    }
    // Out of its frame, the copy may do no more.
    browser.open(&format!("{}copy.html", served.url));
    assert_eq!(misdeeds(&mut browser), [""; 0]);
}

#[test]
fn nothing_of_a_reader_runs_in_the_preview_or_the_inbox() {
    let half = |half: &[String]| half.join(" ");
    let readers: Vec<(String, String)> =
        vectors().chunks(4).map(|four| (half(&four[..2]), half(&four[2..]))).collect();
    let press = hostile_readers(&readers);
    let folder = tempfile::tempdir().unwrap();
    let mut browser = watched(folder.path());
    {
        let served = Served::start(&press, &["preview", ISSUE]);
        for (number, (name, city)) in readers.iter().enumerate() {
            browser.open(&format!("{}?as=reader{number}%40example.com", served.url));
            let heading = browser.eval("document.querySelector('h1').textContent");
            assert_eq!(heading, format!("{ISSUE} {name}"));
            let copy =
                browser.eval("document.querySelector('iframe').contentDocument.body.textContent");
            assert!(copy.as_str().unwrap().contains(&format!("Dear {name} of {city},")));
            assert_eq!(misdeeds(&mut browser), [""; 0], "{name} {city}");
        }
        browser.open(&format!("{}readers?find=reader1", served.url));
        assert_eq!(misdeeds(&mut browser), [""; 0]);
    }
    press.done(&["run", "--week", ISSUE, "--inbox"]);
    let served = Served::start(&press, &["inbox", "--smtp", "127.0.0.1:0", "--web", "127.0.0.1:0"]);
    browser.open(&served.url);
    let links = browser.eval("[...document.querySelectorAll('#rows a')].map((one) => one.href)");
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    assert_eq!(links.len(), readers.len());
    for (index, link) in links.iter().enumerate() {
        let tab = ["", "?tab=text", "?tab=headers", "?tab=source"][index % 4];
        browser.open(&format!("{link}{tab}"));
        assert_eq!(misdeeds(&mut browser), [""; 0], "{link}{tab}");
    }
}
