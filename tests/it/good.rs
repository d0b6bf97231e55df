//! Issues that we would send: `check` holds none of them, and has little to say.

use crate::press::Press;

const ISSUE: &str = "issues/2023-W12.md";
const CONFIG: &str = "letterpress.toml";
const UTAH: &str = "(../articles/nation/featured/2023-03-26-utah-social-media.txt)";
/// What an editor lets pass.
const WARNINGS_MAX: usize = 3;

type Make = (&'static str, fn(&Press) -> &'static str);

/// Makes an issue of the sample workspace's articles; returns its name.
const ISSUES: [Make; 20] = [
    ("the sample week", |_| "2023-W12"),
    ("the week, gathered anew", |press| gathered(press, "2023-W12", &["--week", "2023-W12"])),
    ("the week before", |press| gathered(press, "2023-W11", &["--week", "2023-W11"])),
    ("a fortnight by hand", |press| {
        gathered(press, "fortnight", &["--from", "2023-03-13", "--until", "2023-03-27"])
    }),
    ("three days", |press| {
        gathered(press, "days", &["--from", "2023-03-21", "--until", "2023-03-24"])
    }),
    ("a story that was picked", |press| {
        let pick = "articles/world/farmers-win-the-dutch-provinces.md";
        let time = ["--from", "2023-03-20", "--until", "2023-03-27"];
        gathered(press, "picked", &[&["--pick", pick][..], &time].concat())
    }),
    ("without a note", |press| {
        let text = press.read(ISSUE);
        let head = text.match_indices("+++\n").nth(1).unwrap().0 + 4;
        let body = text.find("## Top").unwrap();
        press.write(ISSUE, format!("{}\n{}", &text[..head], &text[body..]));
        "2023-W12"
    }),
    ("a note with a list, a quote and links", |press| {
        let note = "Three things:\n\n- [the harbor plan](https://meridian.example/harbor), in full\n- \
                    rain\n- more rain\n\n> It never rains but it pours.\n\nThis was a week";
        changed(press, "This was a week", note)
    }),
    ("a story in full", |press| changed(press, UTAH, &format!("{UTAH}\n  - show: full"))),
    ("headlines alone", |press| changed(press, UTAH, &format!("{UTAH}\n  - show: headline"))),
    ("another lead", |press| changed(press, UTAH, &format!("{UTAH}\n  - lead: yes"))),
    ("a sponsor", |press| {
        let sponsored = "(https://seeds.example/catalog): Forty kinds of beans you have not \
                         tried.\n  - sponsor: Acme Seeds\n\n## Science";
        changed(press, "\n## Science", &format!("- [Seeds for a late spring]{sponsored}"))
    }),
    ("a story of another site", |press| {
        let story = "- [A year of grain ships](https://elsewhere.example/grain): What the deal \
                     moved.\n\n## Science";
        changed(press, "\n## Science", story)
    }),
    ("a picture of the issue's own", |press| {
        let picture = "![Mountains in the evening sun](../articles/pictures/spirit-mountain.png \"Drawing: Tove Lindqvist\")";
        changed(press, UTAH, &format!("{UTAH}\n  {picture}"))
    }),
    ("without pictures", |press| {
        let at = "(../articles/science/2023-03-25-between-earth-and-moon.md)";
        changed(press, at, &format!("{at}\n  - picture: none"))
    }),
    ("an introduction", |press| {
        changed(press, "## World\n", "## World\nFive borders, one week.\n\n")
    }),
    ("a subject for each reader", |press| {
        let subject = "{{#if subscriber.member}}For members: a night train to Kyiv{{else}}A night train to Kyiv{{/if}}";
        changed(press, "A night train to Kyiv; Honduras turns to Beijing", subject)
    }),
    ("the briefing", |press| of_set(press, "briefing")),
    ("the letter", |press| of_set(press, "letter")),
    ("other colours", |press| {
        press.change("templates/weekly/template.toml", "#17593F", "#7A1F3D");
        "2023-W12"
    }),
];

fn gathered(press: &Press, name: &'static str, time: &[&str]) -> &'static str {
    press.remove("issues");
    press.done(&[&["gather", name][..], time].concat());
    name
}

fn changed(press: &Press, old: &str, new: &str) -> &'static str {
    press.change(ISSUE, old, new);
    "2023-W12"
}

fn of_set(press: &Press, set: &str) -> &'static str {
    press.change(CONFIG, "template  = \"weekly\"", &format!("template = \"{set}\""));
    let config = press.read(CONFIG);
    // The options of weekly are none of the others'.
    press.write(CONFIG, config.split("[options]").next().unwrap());
    "2023-W12"
}

#[test]
fn issues_that_we_would_send_pass() {
    let mut wrong = Vec::new();
    for (what, make) in ISSUES {
        let press = Press::new();
        let name = make(&press);
        let json = press.run(&["check", name, "--json"]).json();
        let findings = json["findings"].as_array().unwrap_or_else(|| panic!("{what}: {json}"));
        let errors = findings.iter().filter(|finding| finding["severity"] == "error").count();
        if errors > 0 || findings.len() > WARNINGS_MAX {
            wrong.push(format!("{what}: {findings:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ISSUES.len(), wrong.join("\n"));
}
