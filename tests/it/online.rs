//! `check --online`, against a server on this machine, which has to be allowed first.

use crate::feeds::Site;
use crate::press::Press;

const ISSUE: &str = "issues/2023-W12.md";
const PLACE: &str = "This was a week of journeys";

/// The sample week with a note that names addresses, all others being left out.
pub fn press(site: &Site, note: &str) -> Press {
    let press = Press::new();
    let host = site.url("").replace("http://", "");
    let off = "[check]\noff = [\"local-url\", \"link-insecure\"]\n";
    let allowed = format!("{off}[gather]\nprivate_feeds = [\"{host}\"]\n");
    press.change("letterpress.toml", "[gather]\n", &allowed);
    // "View in browser" leads there too; the sample's other addresses are left out.
    press.change(
        "letterpress.toml",
        "archive   = \"https://meridian.example",
        &format!("archive = \"{}", site.url("")),
    );
    // Who is no member is led to the front page.
    let front = format!("url       = \"{}\"", site.url("/"));
    press.change("letterpress.toml", "url       = \"https://meridian.example/\"", &front);
    press.change(ISSUE, PLACE, &format!("{note}\n\n{PLACE}"));
    let text = press.read(ISSUE);
    let end = text.find("## Top").unwrap();
    let story = format!("## Top\n- [A story of another site]({})\n", site.url("/story"));
    press.write(ISSUE, format!("{}{story}", &text[..end]));
    press
}

fn found(press: &Press) -> Vec<String> {
    let json = press.run(&["check", "2023-W12", "--online", "--json"]).json();
    let findings = json["findings"].as_array().unwrap_or_else(|| panic!("{json}"));
    let told = findings.iter().map(|finding| {
        let line = finding["place"]["line"].as_u64().unwrap_or_default();
        format!("{} {line}", finding["id"].as_str().unwrap_or("?"))
    });
    told.collect()
}

fn line(press: &Press, words: &str) -> usize {
    press.read(ISSUE).lines().position(|line| line.contains(words)).unwrap() + 1
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn dead_links_hold_an_issue_and_doubtful_ones_are_told() {
    let site = Site::new();
    for path in ["/", "/story", "/good", "/weekly/2023-W12/"] {
        site.put(path, "here");
    }
    site.put("/slow", "broken");
    let note = |path: &str| format!("[A page of {path}]({})", site.url(path));
    let all = [note("/good"), note("/gone"), note("/slow")].join("\n");
    let press = press(&site, &all);
    let found_first = found(&press);
    let wanted = [
        format!("link-dead {}", line(&press, "/gone")),
        format!("link-unsure {}", line(&press, "/slow")),
    ];
    assert_eq!(found_first, wanted);
    assert_eq!(press.run(&["check", "2023-W12", "--online"]).code, 3);
    // What answered well is not asked again; what did not, is.
    site.asked();
    site.put("/gone", "here again");
    site.put("/slow", "here");
    assert_eq!(found(&press), Vec::<String>::new());
    let mut asked = site.asked();
    asked.sort();
    assert_eq!(asked, ["/gone 200", "/slow 200"]);
    // A host that is not there is no failing network where another one answers.
    let port = closed_port();
    press.change(
        "letterpress.toml",
        "private_feeds = [",
        &format!("private_feeds = [\"127.0.0.1:{port}\", "),
    );
    press.change(ISSUE, PLACE, &format!("[A page of nobody](http://127.0.0.1:{port}/)\n\n{PLACE}"));
    assert_eq!(found(&press), [format!("link-dead {}", line(&press, "of nobody"))]);
}

#[test]
fn without_a_network_it_says_so() {
    let site = Site::new();
    let press = press(&site, "A note.");
    let port = closed_port();
    for path in ["letterpress.toml", ISSUE] {
        let text = press.read(path);
        press.write(path, text.replace(&site.url(""), &format!("http://127.0.0.1:{port}")));
    }
    press.change(
        "letterpress.toml",
        "private_feeds = [",
        &format!("private_feeds = [\"127.0.0.1:{port}\", "),
    );
    let ran = press.run(&["check", "2023-W12", "--online"]);
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    assert!(ran.stderr.contains("no host was reached"), "{}", ran.stderr);
}
