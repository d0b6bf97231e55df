//! Feeds on the web, served on this machine.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::press::Press;

/// A web server of a few pages; each has an ETag of its content.
pub struct Site {
    host: String,
    pages: Arc<Mutex<BTreeMap<String, String>>>,
    /// What was asked, and how it was answered.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let site = Self { host, pages: Arc::default(), asked: Arc::default() };
        let (pages, asked) = (site.pages.clone(), site.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &pages, &asked);
            }
        });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    pub fn put(&self, path: &str, text: &str) {
        self.pages.lock().unwrap().insert(path.to_owned(), text.to_owned());
    }

    fn take(&self, path: &str) {
        self.pages.lock().unwrap().remove(path);
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn answer(
    mut stream: TcpStream,
    pages: &Mutex<BTreeMap<String, String>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap()?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut known = String::new();
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some(mark) = line.to_lowercase().strip_prefix("if-none-match: ") {
            known = mark.to_owned();
        }
    }
    let page = pages.lock().unwrap().get(&path).cloned();
    let (status, body) = match page {
        None => ("404 Not Found", String::new()),
        Some(page) if page == "broken" => ("503 Service Unavailable", String::new()),
        Some(page) if known == mark(&page) => ("304 Not Modified", String::new()),
        Some(page) => ("200 OK", page),
    };
    asked.lock().unwrap().push(format!("{path} {}", &status[..3]));
    let (mark, length) = (mark(&body), body.len());
    write!(
        stream,
        "HTTP/1.1 {status}\r\nETag: {mark}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn mark(page: &str) -> String {
    format!("\"{}\"", page.len())
}

fn item(number: u32, title: &str, category: &str, day: u32) -> String {
    format!(
        "<item><guid>{number}</guid><title>{title}</title><category>{category}</category>\
         <link>https://news.example/2023/{}-story</link>\
         <pubDate>{day} Mar 2023 12:00:00 GMT</pubDate>\
         <description><![CDATA[<p>The <b>text</b> of story {number} * not _marked_.</p>\
         <ul><li>One</li><li>Two</li></ul>]]></description></item>",
        title.to_lowercase()
    )
}

fn feed(items: &[String]) -> String {
    format!("<rss><channel><title>News</title>{}</channel></rss>", items.concat())
}

/// A workspace that may read the site.
fn press(site: &Site) -> Press {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    let allowed = format!("[gather]\nprivate_feeds = [\"{}\"]", site.host);
    press.change("letterpress.toml", "[gather]", &allowed);
    press
}

#[test]
fn what_is_chosen_of_a_feed_is_kept_so_that_the_issue_can_be_built_without_it() {
    let site = Site::new();
    let press = press(&site);
    let url = site.url("/feed.xml");
    let items = [
        item(1, "Ferries", "featured", 22),
        item(2, "Trams", "transport", 22),
        item(3, "Ships", "featured", 12),
    ];
    site.put("/feed.xml", &feed(&items));
    let gather = ["gather", "--week", "2023-W12", "--feed", &url];
    let ran = press.done(&gather);
    assert!(ran.stdout.contains("21 articles read, 12 featured"), "{}", ran.stdout);
    let kept = "articles/from-feeds/127.0.0.1/2023-03-22-ferries-story.md";
    assert!(press.read("issues/2023-W12.md").contains(&format!("- [Ferries](../{kept})")));
    let text = press.read(kept);
    assert!(
        text.contains("title = \"Ferries\"") && text.contains("The **text** of story 1"),
        "{text}"
    );
    let others = std::fs::read_dir(press.path("articles/from-feeds/127.0.0.1")).unwrap();
    assert_eq!(others.count(), 1, "only what was chosen is kept");
    // It builds without the feed.
    site.take("/feed.xml");
    press.done(&["build", "2023-W12"]);
    let built = press.read(".letterpress/build/2023-W12/index.txt");
    assert!(built.contains("The text of story 1 * not _marked_."), "{built}");
    // What was edited stays, and what is new is added.
    press.change(kept, "The **text**", "The edited text");
    site.put("/feed.xml", &feed(&[&items[..], &[item(4, "Planes", "featured", 23)]].concat()));
    let told = press.done(&[&gather[..], &["--json"]].concat()).json();
    let added: Vec<_> = told["added"].as_array().unwrap().iter().map(|a| &a["headline"]).collect();
    assert_eq!(added, ["Planes"], "{told}");
    assert!(press.read(kept).contains("The edited text"));
    // One that is not featured, by its address.
    let link = "https://www.news.example/2023/trams-story?utm_source=x";
    press.done(&[&gather[..], &["--pick", link]].concat());
    assert!(press.read("issues/2023-W12.md").contains("2023-03-22-trams-story.md"));
}

#[test]
fn a_feed_is_asked_whether_it_changed_and_its_last_answer_serves_while_it_is_broken() {
    let site = Site::new();
    let press = press(&site);
    let url = site.url("/feed.xml");
    site.put("/feed.xml", &feed(&[item(1, "Ferries", "featured", 22)]));
    // As the configuration names it, which is what `run` reads.
    press.change(
        "letterpress.toml",
        "articles    = [\"articles\"]",
        &format!("articles = [\"articles\", \"{url}\"]"),
    );
    press.done(&["gather", "--week", "2023-W12"]);
    press.done(&["gather", "2023-W12"]);
    assert_eq!(site.asked(), ["/feed.xml 200", "/feed.xml 304"]);
    press.remove("issues/2023-W12.md");
    press.remove(".letterpress/gathered/2023-W12.json");
    press.remove("articles/from-feeds/127.0.0.1/2023-03-22-ferries-story.md");
    site.put("/feed.xml", "broken");
    let ran = press.done(&["gather", "--week", "2023-W12"]);
    assert!(ran.stderr.contains("what it said before was read"), "{}", ran.stderr);
    assert!(press.read("issues/2023-W12.md").contains("ferries-story.md"));
    // A rehearsal leaves nothing among the articles.
    press.remove("issues/2023-W12.md");
    press.remove("articles/from-feeds/127.0.0.1/2023-03-22-ferries-story.md");
    let ran = press.done(&["run", "--week", "2023-W12", "--dry-run"]);
    assert!(ran.stdout.contains("12 featured"), "{}", ran.stdout);
    assert!(!press.path("articles/from-feeds/127.0.0.1/2023-03-22-ferries-story.md").exists());
}

#[test]
fn what_cannot_be_fetched_is_told_with_a_remedy_and_the_rest_is_gathered() {
    let site = Site::new();
    let press = press(&site);
    site.put(
        "/page",
        "<html><head><link rel=alternate type=application/rss+xml href=/f.xml></head></html>",
    );
    let (gone, page) = (site.url("/gone.xml"), site.url("/page"));
    let private = "http://10.0.0.1/feed.xml";
    let mut gather = vec!["gather", "--week", "2023-W12"];
    for url in [&*gone, &*page, private] {
        gather.extend(["--feed", url]);
    }
    let ran = press.done(&gather);
    for told in [
        "the server answered 404 Not Found",
        &*format!("hint: `{}`", site.url("/f.xml")),
        "`10.0.0.1` is this machine, or in a private network",
        "private_feeds = [\"10.0.0.1\"]",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    assert!(ran.stdout.contains("11 featured"));
}
