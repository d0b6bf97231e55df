//! Every check has a fault that it tells, and a near miss that it does not.
//!
//! A check whose fault is one change of a file has its fault in [`crate::planted`] and its near
//! miss in [`near_misses`]; one whose fault has a past, or is a matter of size, has both in
//! [`HISTORIES`].

use letterpress::config::CHECKS;

use crate::archive::send;
use crate::feeds::Site;
use crate::online;
use crate::planted::{
    CONFIG, DESERT, FOOTER, Fault, ISSUE, KIGALI, NOTE, SUBJECT, TEXT, UTAH, fault, faults,
    found_by, from_standfirst, in_issue, in_page, in_parts, in_style, in_text,
};
use crate::press::{Press, repository};

/// The sample week with the least that is not a fault yet. It has no finding at all.
fn near_misses() -> Vec<Fault> {
    let mut all = near_issues();
    all.extend(near_stories());
    all.extend(near_templates());
    all
}

fn near(id: &'static str, path: &'static str, old: &str, new: &str) -> Fault {
    fault(id, path, old, new, ("", ""))
}

fn near_issues() -> Vec<Fault> {
    let subject = "{{#if subscriber.member}}For members{{else}}For all{{/if}}";
    // 70 characters; 20 characters.
    let long = "Rain, again, and all the things that are wet of it, and in which order";
    let short = "The week’s features!";
    assert_eq!((long.chars().count(), short.chars().count()), (70, 20));
    let preheader = "The week’s featured stories";
    let for_members =
        format!("{{{{#if subscriber.member}}}}{preheader}{{{{else}}}}{short}{{{{/if}}}}");
    vec![
        in_issue("subject-empty", SUBJECT, subject, ""),
        in_issue("subject-long", SUBJECT, long, ""),
        in_issue("preheader-empty", preheader, &for_members, ""),
        in_issue("preheader-short", preheader, short, ""),
        in_issue("placeholder", SUBJECT, "A to-do list, and todos; the lorem of names", ""),
        in_issue(
            "placeholder",
            UTAH,
            &format!("{UTAH}: A page says {{{{ page.title }}}} | A |."),
            "",
        ),
        in_issue("placeholder", NOTE, "[A letter of yours](https://a.example/x) [sic]", ""),
        in_issue("link-text", NOTE, "[Here is the plan](https://a.example/x)", ""),
        in_issue("link-insecure", NOTE, "[A page](https://a.example/http://b.example/)", ""),
        in_issue("heading-order", NOTE, "A note.\n\n### Its part\n\nMore.\n\n#### Of it\n\nA.", ""),
        in_issue("heading-order", "# World\n", "# World\nOf it.\n\n### A part\n\nMore.\n", ""),
        in_issue("local-url", NOTE, "[A page](https://localhost.example/192.168.1.4)", ""),
        near("address-missing", CONFIG, "\"40 Harbor Street, Easton, MD 21601\"", "\"Easton\""),
        near("unsubscribe-missing", CONFIG, "mailto = \"unsubscribe@meridian.example\"\n", ""),
        near("field-value", "subscribers/weekly.csv", "Ann Whitfield,yes,", "Ann Whitfield,no,"),
    ]
}

fn near_stories() -> Vec<Fault> {
    let key = |key: &str| format!("{UTAH}\n  - {key}");
    let front = |line: &str| format!("+++\n{line}\ntitle");
    let headline = "Utah Limits Social Media for the Young";
    let picture = format!("{UTAH}\n  ![A](../articles/pictures/../pictures/three-portholes.png)");
    let sponsored = format!("{UTAH}: Beans.\n  - link: https://a.example/x\n  - sponsor: Acme");
    let unsaid = format!("{UTAH}\n  - picture: none");
    let empty = from_standfirst();
    let line = empty.lines().take(3).collect::<Vec<_>>().join("\n") + "\n";
    vec![
        in_issue("relative-date", headline, "“We Decide Today,” Says Utah", ""),
        in_issue("story-missing", UTAH, &format!("(<{}>)", &UTAH[1..UTAH.len() - 1]), ""),
        in_issue("story-expired", UTAH, &key("until: 2023-03-27"), ""),
        in_issue("sponsor-incomplete", UTAH, &sponsored, ""),
        in_issue("outside-period", UTAH, &key("date: 2023-03-26"), ""),
        in_issue("picture-missing", UTAH, &picture, ""),
        in_issue("alt-missing", UTAH, &unsaid, ""),
        near("story-empty", KIGALI, &empty, &line),
        near("story-retracted", KIGALI, "+++\ntitle", &front("retracted = false")),
        near("story-embargoed", KIGALI, "+++\ntitle", &front("embargo = 2023-03-27")),
        near("relative-date", DESERT, "standfirst = \"", "standfirst = \"Todays: "),
    ]
}

fn near_templates() -> Vec<Fault> {
    let dark =
        "@media (prefers-color-scheme:dark){.x{color:#757575!important;background:#000!important}}";
    let rotated = "@media (min-width:480px){.x{transform:rotate(3deg)}}";
    let address = "{{newsletter.address}}";
    vec![
        in_text(
            "anchor-broken",
            "<a href=\"#there\">To the letters</a><p id=\"there\">Letters</p>",
        ),
        in_page("anchor-broken", CAROUSEL, ""),
        in_page("layout-table", ACCORDION, ""),
        in_style("local-url", ".x{background:url(https://a.example/x.png)}", TEXT_ALONE, ""),
        in_page("alt-missing", "<mj-image src=\"https://a.example/x.png\" alt=\"\" />", ""),
        in_text("alt-missing", "<img src=\"https://a.example/x.png\" alt=\"\" />"),
        in_text("heading-order", "<h2>One</h2><h3>Two</h3><h2>Three</h2>"),
        in_text("layout-table", "<table><tr><th>Year</th></tr><tr><td>2023</td></tr></table>"),
        in_text("contrast", "<p style=\"color:#767676;background:#fff\">Pale</p>"),
        in_style("contrast-dark", dark, "<mj-text><p class=\"x\">Dim</p></mj-text>", ""),
        in_style("css-support", rotated, "<mj-text>.</mj-text>", ""),
        in_page("css-support", "<mj-text><p style=\"display:block\">.</p></mj-text>", ""),
        near("text-short", TEXT, &note_and_lead(), ""),
        near("old-year", FOOTER, address, &format!("© 2021–2023 {address}")),
        near(
            "field-empty",
            FOOTER,
            address,
            &format!("{{{{default subscriber.city \"you\"}}}} {address}"),
        ),
    ]
}

const TEXT_ALONE: &str = "<mj-text>.</mj-text>";
/// Its thumbnails lead to the pictures by `#1` and `#2`.
const CAROUSEL: &str = "<mj-carousel><mj-carousel-image src=\"https://a.example/a.png\" alt=\"A\" />\
    <mj-carousel-image src=\"https://a.example/b.png\" alt=\"B\" /></mj-carousel>";
/// MJML lays it out with tables that have no role.
const ACCORDION: &str = "<mj-accordion><mj-accordion-element><mj-accordion-title>Why?\
    </mj-accordion-title><mj-accordion-text>So.</mj-accordion-text></mj-accordion-element>\
    </mj-accordion>";

/// What the plain text begins with: a third of its words.
fn note_and_lead() -> String {
    let text = std::fs::read_to_string(repository().join(TEXT)).unwrap();
    let [note, sections] = ["{{#if issue.note}}", "{{#each sections}}"].map(|of| text.find(of));
    text[note.unwrap()..sections.unwrap()].to_owned()
}

/// A check whose fault is no single change: what it tells of the fault, and of the near miss.
struct History {
    id: &'static str,
    fault: fn() -> Vec<String>,
    near: fn() -> Vec<String>,
    /// What else the near miss has.
    rest: &'static [&'static str],
}

const HISTORIES: [History; 9] = [
    History {
        id: "error too-large",
        fault: || sized(103_000),
        near: || sized(101_000),
        rest: &["warning near-large"],
    },
    History {
        id: "warning near-large",
        fault: || sized(91_000),
        near: || sized(89_000),
        rest: &[],
    },
    History {
        id: "error list-missing",
        fault: || without(&["weekly", "sample"]),
        near: || without(&["sample"]),
        rest: &[],
    },
    History {
        id: "error story-used",
        fault: || {
            after_the_week(
                "## World\n- [Honduras turns](../articles/world/honduras-turns-to-beijing.md)",
            )
        },
        near: || {
            after_the_week(
                "## Left out\n- [ ] [Honduras turns](../articles/world/honduras-turns-to-beijing.md)",
            )
        },
        rest: &[],
    },
    History {
        id: "warning headline-changed",
        fault: || since_gathered(TORNADO, "Tornado Tears Roofs", "A Tornado Tears Roofs"),
        near: || since_gathered("issues/trial.md", "[Tornado Tears", "[Wind Tears"),
        rest: &[],
    },
    History {
        id: "warning story-changed",
        fault: || since_gathered(TORNADO, "One person was hurt", "Two people were hurt"),
        near: || since_gathered(TORNADO, "One person was hurt", "One person  was hurt"),
        rest: &[],
    },
    History {
        id: "error link-dead",
        fault: || linked("/gone"),
        near: || linked("/good"),
        rest: &[],
    },
    History {
        id: "warning link-unsure",
        fault: || linked("/slow"),
        near: || linked("/good"),
        rest: &[],
    },
    History {
        id: "error picture-unpublished",
        fault: || with_picture("elsewhere"),
        near: || with_picture("p"),
        rest: &[],
    },
];

const WEEK: &str = "2023-W12";
const TORNADO: &str = "articles/nation/featured/montebello-tornado.txt";

fn told(press: &Press, args: &[&str]) -> Vec<String> {
    found_by(press, args).into_iter().map(|(told, _)| told).collect()
}

/// The sample week with a note that brings its page to a size.
fn sized(bytes: usize) -> Vec<String> {
    let press = Press::new();
    press.done(&["build", WEEK, "--as", "ann@example.com"]);
    let page = press.read(".letterpress/build/2023-W12/index.html");
    let rain = "It rained on all of us. ";
    let rain = rain.repeat((bytes - page.len()) / rain.len());
    press.change(ISSUE, NOTE, &format!("{rain}{NOTE}"));
    told(&press, &[WEEK])
}

fn without(lists: &[&str]) -> Vec<String> {
    let press = Press::new();
    for list in lists {
        press.remove(&format!("subscribers/{list}.csv"));
    }
    told(&press, &[WEEK])
}

/// An issue that is checked after the sample week was sent.
fn after_the_week(body: &str) -> Vec<String> {
    let press = Press::new();
    let _sink = send(&press);
    press.write(
        "issues/again.md",
        format!(
            "+++\nsubject = 'Once more'\npreheader = 'What there was in this week'\n\
             from = 2023-03-20T00:00:00-04:00\nuntil = 2023-03-27T00:00:00-04:00\n\
             slot = 2023-03-27T07:30:00-04:00\n+++\nDear reader,\n\n{body}\n"
        ),
    );
    told(&press, &["again"])
}

/// What is told after a change that was not told before it.
fn since_gathered(path: &str, old: &str, new: &str) -> Vec<String> {
    let press = Press::new();
    press.remove("issues");
    press.done(&["gather", "trial", "--from", "2023-03-20", "--until", "2023-03-27"]);
    let before = found_by(&press, &["trial"]);
    press.change(path, old, new);
    let after = found_by(&press, &["trial"]).into_iter();
    after.filter(|one| !before.contains(one)).map(|(told, _)| told).collect()
}

fn linked(path: &str) -> Vec<String> {
    let site = Site::new();
    for path in ["/", "/story", "/good", "/weekly/2023-W12/"] {
        site.put(path, "here");
    }
    site.put("/slow", "broken");
    let press = online::press(&site, &format!("[A page of it]({})", site.url(path)));
    told(&press, &[WEEK, "--online"])
}

/// A story's picture is on the web, in a folder that may not be the one that is named.
fn with_picture(folder: &str) -> Vec<String> {
    let site = Site::new();
    for path in ["/", "/story", "/weekly/2023-W12/"] {
        site.put(path, "here");
    }
    let press = online::press(&site, "A week.");
    let usual = "https://meridian.example/weekly/pictures/";
    press.change("letterpress.toml", usual, &site.url("/p/"));
    let picture = "  ![A red train](../articles/pictures/night-train.png \"A drawing\")\n";
    press.write(ISSUE, press.read(ISSUE) + picture);
    press.done(&["build", WEEK]);
    let made = std::fs::read_dir(press.path(".letterpress/build/2023-W12/pictures")).unwrap();
    for picture in made {
        let name = picture.unwrap().file_name().into_string().unwrap();
        site.put(&format!("/{folder}/{name}"), "a picture");
    }
    told(&press, &[WEEK, "--online"])
}

fn id(told: &str) -> &str {
    told.split(' ').next_back().unwrap()
}

#[test]
fn every_check_has_a_fault_and_a_near_miss() {
    let (faults, near) = (faults(), near_misses());
    let of_histories = || HISTORIES.iter().map(|history| id(history.id));
    let faults: Vec<&str> = faults.iter().map(|fault| id(fault.id)).chain(of_histories()).collect();
    let near: Vec<&str> = near.iter().map(|fault| id(fault.id)).chain(of_histories()).collect();
    for check in CHECKS {
        assert!(faults.contains(&check), "no fault is planted for `{check}`");
        assert!(near.contains(&check), "no near miss is planted for `{check}`");
    }
    for id in faults.iter().chain(&near) {
        assert!(CHECKS.contains(id), "`{id}` is no check");
    }
}

#[test]
fn a_near_miss_has_no_finding() {
    let near = near_misses();
    let wrong = in_parts(&near, |miss| {
        let press = Press::new();
        miss.plant(&press);
        let told = told(&press, &[WEEK]);
        (!told.is_empty()).then(|| format!("{} {:?}\n  found {told:?}", miss.id, miss.new))
    });
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), near.len(), wrong.join("\n"));
}

#[test]
fn a_fault_with_a_history_is_told_and_its_near_miss_is_not() {
    let wrong = in_parts(&HISTORIES, |history| {
        let (fault, near) = ((history.fault)(), (history.near)());
        (fault != [history.id] || near != history.rest)
            .then(|| format!("{}\n  the fault {fault:?}\n  the near miss {near:?}", history.id))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
