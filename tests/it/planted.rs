//! `check` over the sample week with one fault planted at a time: it is the only finding, and it is
//! told at its line.

use serde_json::Value;

use crate::press::{Press, repository};

pub const ISSUE: &str = "issues/2023-W12.md";
pub const CONFIG: &str = "letterpress.toml";
pub const PAGE: &str = "templates/weekly/newsletter.mjml";
pub const TEXT: &str = "templates/weekly/newsletter.txt";
/// The footer of the plain text.
pub const FOOTER: &str = "templates/partials/footer.txt";
/// The least that a plain text must show.
const SHORT: &str = "{{newsletter.title}}\n{{unsubscribe_url}}\n{{newsletter.address}}\n";
/// The footer of the page.
const FOOTER_LINES: &str = "templates/partials/footer_lines.mjml";
pub const SUBJECT: &str = "A night train to Kyiv; Honduras turns to Beijing";
pub const NOTE: &str = "This was a week of journeys";
pub const UTAH: &str = "(../articles/nation/featured/2023-03-26-utah-social-media.txt)";
pub const DESERT: &str = "articles/nation/featured/2023-03-21-two-monuments-in-the-desert.md";
pub const KIGALI: &str = "articles/in-brief/2023-03-25-kigali-release.md";

/// A fault: what is changed where, and where it is to be told.
pub struct Fault {
    pub id: &'static str,
    path: &'static str,
    old: String,
    pub new: String,
    /// A file, and words of the line; without words, the file alone.
    place: (&'static str, &'static str),
}

pub fn fault(
    id: &'static str,
    path: &'static str,
    old: impl Into<String>,
    new: impl Into<String>,
    place: (&'static str, &'static str),
) -> Fault {
    Fault { id, path, old: old.into(), new: new.into(), place }
}

/// A fault in the issue, told in the line that it makes.
pub fn in_issue(id: &'static str, old: &str, new: &str, words: &'static str) -> Fault {
    fault(id, ISSUE, old, new, (ISSUE, words))
}

/// A fault in a text of the template's page.
pub fn in_text(id: &'static str, html: &'static str) -> Fault {
    in_page(id, &format!("<mj-text>{html}</mj-text>"), html)
}

/// A fault in a component of the template.
pub fn in_page(id: &'static str, mjml: &str, words: &'static str) -> Fault {
    let section = format!("<mj-section><mj-column>\n{mjml}\n</mj-column></mj-section>\n</mj-body>");
    fault(id, PAGE, "</mj-body>", section, (PAGE, words))
}

/// A fault in the template's styles.
pub fn in_style(id: &'static str, css: &'static str, mjml: &str, words: &'static str) -> Fault {
    let head = format!("<mj-style>\n{css}\n</mj-style>\n</mj-head>");
    let mut fault = in_page(id, mjml, words);
    fault.place = (PAGE, words);
    Fault { new: format!("{head}\u{0}{}", fault.new), ..fault }
}

pub fn faults() -> Vec<Fault> {
    let mut all = of_issues();
    all.extend(of_stories());
    all.extend(of_templates());
    all.extend(of_newsletters());
    all
}

fn of_issues() -> Vec<Fault> {
    let subject = format!("subject   = \"{SUBJECT}\"\n");
    let preheader = "preheader = \"The week’s featured stories\"\n";
    let long = "Rain, again, and all the things that are wet of it, in the order of their wetness";
    vec![
        in_issue("error subject-empty", &subject, "", "+++"),
        in_issue("error subject-empty", SUBJECT, "", "subject"),
        in_issue("error subject-empty", SUBJECT, "{{#if subscriber.member}}A{{/if}}", "subject"),
        in_issue("warning subject-long", SUBJECT, long, "subject"),
        in_issue("warning preheader-empty", preheader, "", "+++"),
        in_issue("warning preheader-empty", "The week’s featured stories", "", "preheader"),
        in_issue("warning preheader-short", "The week’s featured stories", "News", "preheader"),
        in_issue("error placeholder", SUBJECT, "TODO: a subject", "subject"),
        in_issue(
            "error placeholder",
            "The week’s featured stories",
            "Lorem ipsum dolor sit",
            "preh",
        ),
        in_issue("error placeholder", NOTE, "One\ntwo, three.\n\nAnd four: TKTK five.", "four"),
        in_issue("error placeholder", NOTE, "Dear *|FNAME|*, a note", "*|FNAME|*"),
        in_issue("warning alt-missing", NOTE, "A ![](https://i.example/p.png) picture", "p.png"),
        in_issue("error placeholder", "# World\n", "# World\n[Insert an introduction]\n", "Insert"),
        in_issue("error placeholder", UTAH, &format!("{UTAH}: FIXME."), "FIXME"),
        in_issue(
            "error placeholder",
            UTAH,
            &format!("{UTAH}: Dear {{{{default subscriber.name \"reader\"}}}}."),
            "Utah",
        ),
        in_issue("error placeholder", UTAH, &format!("{UTAH}: Dear *|FNAME|*."), "Utah"),
        in_issue("warning anchor-broken", NOTE, "More of it [below](#nowhere)", "below"),
        in_issue("warning link-text", NOTE, "[Click here](https://a.example/x)", "Click"),
        in_issue("warning link-text", NOTE, "More [here](https://a.example/x).", "here"),
        in_issue("warning link-insecure", NOTE, "[A page](http://a.example/x)", "A page"),
        in_issue("error local-url", NOTE, "[A draft](http://localhost:4000/x)", "A draft"),
        in_issue("error local-url", NOTE, "[A draft](https://cms.internal/x)", "A draft"),
        in_issue("error local-url", NOTE, "[A draft](http://192.168.1.4/x)", "A draft"),
        in_issue(
            "warning relative-date",
            "Utah Limits Social Media for the Young",
            "Utah decides today",
            "Utah",
        ),
        in_issue(
            "warning relative-date",
            UTAH,
            &format!("{UTAH}: Laws were signed tonight."),
            "Utah",
        ),
    ]
}

fn of_stories() -> Vec<Fault> {
    let key = |key: &str| format!("{UTAH}\n  - {key}");
    let told = (ISSUE, "Rwanda frees");
    let front = |line: &str| format!("+++\n{line}\ntitle");
    vec![
        in_issue("error local-url", UTAH, &format!("{UTAH}: A [draft](http://[::1]/x)."), "Utah"),
        in_issue(
            "warning link-text",
            UTAH,
            &format!("{UTAH}: [More](https://a.example/x)."),
            "Utah",
        ),
        in_issue("error story-missing", UTAH, "(../articles/nation/nowhere.md)", "Utah"),
        in_issue("error story-expired", UTAH, &key("until: 2023-03-26"), "until: 2023-03-26"),
        in_issue("warning sponsor-incomplete", UTAH, &key("link: none\n  - sponsor: Acme"), "Utah"),
        in_issue("warning link-insecure", UTAH, &key("link: http://a.example/x"), "Utah"),
        in_issue("error local-url", UTAH, &key("link: http://10.1.2.3/x"), "Utah"),
        in_issue("warning outside-period", UTAH, &key("date: 2023-03-28"), "Utah"),
        in_issue("warning outside-period", UTAH, &key("date: 2023-02-28"), "Utah"),
        in_issue(
            "error picture-missing",
            UTAH,
            &format!("{UTAH}\n  ![A](../pictures/x.png)"),
            "Utah",
        ),
        in_issue(
            "warning alt-missing",
            UTAH,
            &format!("{UTAH}\n  ![](../articles/pictures/three-portholes.png)"),
            "Utah",
        ),
        fault(
            "error story-empty",
            KIGALI,
            from_standfirst(),
            "link = \"https://meridian.example/2023/kigali-release\"\n+++\n",
            told,
        ),
        fault("error story-retracted", KIGALI, "+++\ntitle", front("retracted = true"), told),
        fault("error story-embargoed", KIGALI, "+++\ntitle", front("embargo = 2023-04-01"), told),
        fault(
            "error story-expired",
            KIGALI,
            "+++\ntitle",
            front(
                "picture = { src = \"../pictures/night-train.png\", alt = \"A\", expires = 2023-03-01 }",
            ),
            told,
        ),
        fault("warning link-insecure", KIGALI, "link = \"https://", "link = \"http://", told),
        fault(
            "error placeholder",
            "articles/nation/featured/2023-03-26-utah-social-media.txt",
            "\n\nThe ",
            "\n\nLorem ipsum. The ",
            (ISSUE, "Utah"),
        ),
        fault(
            "warning alt-missing",
            "articles/world/honduras-turns-to-beijing.md",
            "picture_alt =",
            "other =",
            (ISSUE, "Honduras turns to Beijing, and"),
        ),
        fault(
            "warning relative-date",
            DESERT,
            "standfirst = \"",
            "standfirst = \"Today: ",
            (ISSUE, "Two stretches"),
        ),
    ]
}

/// All of an article from its standfirst on.
pub fn from_standfirst() -> String {
    let article = std::fs::read_to_string(repository().join(KIGALI)).unwrap();
    article[article.find("standfirst =").unwrap()..].to_owned()
}

fn of_templates() -> Vec<Fault> {
    let dark = "@media (prefers-color-scheme:dark){.x{color:#333!important}}";
    vec![
        in_text("error placeholder", "<p>Lorem ipsum dolor</p>"),
        in_text("error placeholder", "<b>[Your name here]</b>"),
        in_text("error local-url", "<a href=\"/about\">About the desk</a>"),
        in_text("error local-url", "<a href=\"http://localhost/x\">About the desk</a>"),
        in_text("error local-url", "<img src=\"logo.png\" alt=\"The desk\" />"),
        in_page("error local-url", "<mj-image src=\"logo.png\" alt=\"Desk\" />", "logo.png"),
        in_page(
            "error local-url",
            "<mj-button href=\"about.html\">About</mj-button>",
            "about.html",
        ),
        in_page("error local-url", "<mj-button href=\"\">About us</mj-button>", "About us"),
        in_text("error local-url", "<p style=\"background:url(pictures/logo.png)\">.</p>"),
        in_style(
            "error local-url",
            ".x{color:#000;\n background:url('img/logo.png')}",
            "<mj-text>.</mj-text>",
            "img/logo.png",
        ),
        in_page("error picture-missing", "<mj-image src=\"\" alt=\"Desk\" />", "Desk"),
        in_page(
            "error picture-missing",
            "<mj-social><mj-social-element name=\"facebok\" alt=\"Us\" \
             href=\"https://a.example/\" /></mj-social>",
            "facebok",
        ),
        in_text("error local-url", "<a href=\"htp://a.example/x\">About the desk</a>"),
        in_text("error placeholder", "Dear %%FIRST_NAME%%,"),
        in_text("warning link-insecure", "<a href=\"http://a.example/x\">About the desk</a>"),
        in_text("warning link-text", "<a href=\"https://a.example/\">Read more</a>"),
        in_text("warning link-text", "<a href=\"https://a.example/\"></a>"),
        in_text(
            "warning link-text",
            "<a href=\"https://a.example/\"><img src=\"https://a.example/x.png\" alt=\"\" /></a>",
        ),
        in_page(
            "warning link-text",
            "<mj-button href=\"https://a.example\">More</mj-button>",
            "More",
        ),
        in_page("error local-url", "<mj-button>Buy tickets</mj-button>", "Buy tickets"),
        in_page("error local-url", "<mj-button href=\"#\">Buy them</mj-button>", "Buy them"),
        in_text("warning field-empty", "<p>{{subscriber.city}}</p>"),
        in_text("warning anchor-broken", "<a href=\"#nowhere\">To the letters</a>"),
        in_text("warning alt-missing", "<img src=\"https://a.example/x.png\" />"),
        in_page(
            "warning alt-missing",
            "<mj-text><img src=\"https://a.example/x.png\" />.</mj-text>",
            "x.png",
        ),
        in_page("warning alt-missing", "<mj-image src=\"https://a.example/x.png\" />", "x.png"),
        in_text(
            "warning contrast",
            "{{#if subscriber.member}}Dark{{else}}<p style=\"color:#999\">Pale</p>{{/if}}",
        ),
        in_text("warning heading-order", "<h2>One</h2><h4>Two</h4>"),
        in_text("warning layout-table", "<table><tr><td>One</td></tr></table>"),
        in_text("warning contrast", "<p style=\"color:#999\">Pale</p>"),
        in_text("warning contrast", "<p style=\"color:#8a8a8a;font-size:12px\">Pale</p>"),
        in_page("warning contrast", "<mj-text color=\"#aaaaaa\">Pale</mj-text>", "#aaaaaa"),
        in_style(
            "warning contrast-dark",
            dark,
            "<mj-text css-class=\"y\"><p class=\"x\">Dim</p></mj-text>",
            "Dim",
        ),
        in_text("warning css-support", "<p style=\"position:absolute\">Afloat</p>"),
        in_text("warning css-support", "<p style=\"width:calc(100% - 4px)\">Wide</p>"),
        in_style(
            "warning css-support",
            ".x{display:block;\n transform:rotate(3deg)}",
            "<mj-text>.</mj-text>",
            "transform",
        ),
        fault("warning text-short", TEXT, "", "", (TEXT, "")),
        fault(
            "warning old-year",
            FOOTER,
            "{{newsletter.address}}",
            "© 2021 {{newsletter.address}}",
            ("templates/weekly/", ""),
        ),
        fault(
            "error unsubscribe-missing",
            FOOTER,
            "{{unsubscribe_url}}",
            "in the page",
            ("templates/weekly/", ""),
        ),
        fault(
            "error unsubscribe-missing",
            FOOTER,
            "{{unsubscribe_url}}",
            "{{#if subscriber.member}}{{unsubscribe_url}}{{/if}}",
            ("templates/weekly/", ""),
        ),
        fault(
            "error unsubscribe-missing",
            FOOTER_LINES,
            "<a href=\"{{unsubscribe_url}}\" class=\"m\" style=\"",
            "<a href=\"{{unsubscribe_url}}\" class=\"m\" style=\"display:none;",
            ("templates/weekly/", ""),
        ),
        fault(
            "error address-missing",
            FOOTER,
            "{{newsletter.address}}",
            "",
            ("templates/weekly/", ""),
        ),
        fault(
            "warning field-empty",
            FOOTER,
            "{{newsletter.address}}",
            "{{subscriber.city}} {{newsletter.address}}",
            ("", ""),
        ),
    ]
}

fn of_newsletters() -> Vec<Fault> {
    vec![
        fault("error address-missing", CONFIG, "address   =", "# address =", (CONFIG, "")),
        fault(
            "error unsubscribe-missing",
            CONFIG,
            "url    = \"https://meridian.example/unsubscribe/{token}\"\nmailto = \"unsubscribe@meridian.example\"\n",
            "",
            (CONFIG, ""),
        ),
        fault(
            "warning field-value",
            "subscribers/weekly.csv",
            "ann@example.com,Ann Whitfield,yes,",
            "ann@example.com,Ann Whitfield,perhaps,",
            ("subscribers/weekly.csv", "perhaps"),
        ),
    ]
}

impl Fault {
    pub fn plant(&self, press: &Press) {
        match (self.new.split_once('\u{0}'), self.old.is_empty()) {
            (Some((head, body)), _) => {
                press.change(self.path, "</mj-head>", head);
                press.change(self.path, &self.old, body);
            }
            (None, true) => press.write(self.path, SHORT),
            (None, false) => press.change(self.path, &self.old, &self.new),
        }
    }

    /// Where the fault is to be told, as `FILE:LINE`.
    fn place(&self, press: &Press) -> String {
        let (path, words) = self.place;
        if words.is_empty() {
            return path.to_owned();
        }
        let text = press.read(path);
        let line = text.lines().position(|line| line.contains(words));
        format!("{path}:{}", line.unwrap_or_else(|| panic!("{path} has no {words}")) + 1)
    }
}

/// What `check` finds: severity and id, and where.
pub fn found(press: &Press) -> Vec<(String, String)> {
    found_by(press, &["2023-W12"])
}

/// What `check` with these arguments finds.
pub fn found_by(press: &Press, args: &[&str]) -> Vec<(String, String)> {
    let json = press.run(&[&["check", "--json"], args].concat()).json();
    // What keeps an issue from being made is a fault, and has an id all the same.
    let findings = json["findings"].as_array().or_else(|| json["faults"].as_array());
    let findings = findings.unwrap_or_else(|| panic!("{json}"));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = findings.iter().map(|finding| {
        let place = &finding["place"];
        let place = match place["line"].as_u64() {
            Some(line) => format!("{}:{line}", word(&place["file"])),
            None => word(&finding["file"]),
        };
        (format!("{} {}", word(&finding["severity"]), word(&finding["id"])), place)
    });
    found.collect()
}

#[test]
fn a_planted_fault_is_the_only_finding_and_is_told_at_its_line() {
    assert_eq!(found(&Press::new()), vec![], "before anything was planted");
    let faults = faults();
    assert!(faults.len() >= 60, "{}", faults.len());
    let wrong = in_parts(&faults, |fault| {
        let press = Press::new();
        fault.plant(&press);
        let (found, wanted) = (found(&press), (fault.id.to_owned(), fault.place(&press)));
        (found != [wanted.clone()])
            .then(|| format!("{:?}\n  wanted {wanted:?}\n  found  {found:?}", fault.new))
    });
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults.len(), wrong.join("\n"));
}

/// Looks at all of a table, in four parts at the same time, and returns what is wrong.
pub fn in_parts<T: Sync>(all: &[T], look: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    std::thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(4));
        let parts: Vec<_> = parts
            .map(|part| scope.spawn(|| part.iter().filter_map(&look).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}
