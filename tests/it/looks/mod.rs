//! The three templates as a reader, a browser and Outlook see them.

mod browser;
mod outlook;
mod pairs;
mod pictures;
mod promise;

use std::path::PathBuf;

use crate::press::{Press, repository};

const SETS: [&str; 3] = ["weekly", "briefing", "letter"];
const PAGE: &str = ".letterpress/build/2023-W12/index.html";

/// A workspace that begins with a template, its issue built for one reader.
struct Look {
    press: Press,
    name: String,
}

impl Look {
    /// The sample week.
    fn of(set: &str) -> Self {
        Self { press: workspace(set), name: set.to_owned() }.built()
    }

    /// An issue of `tests/cases/looks/`, in its language.
    fn in_language(set: &str, tag: &str) -> Self {
        let look = Self { press: workspace(set), name: format!("{set}-{tag}") };
        let config = "letterpress.toml";
        look.press.change(config, "\"en-US\"", &format!("\"{tag}\""));
        for (old, new) in names(tag) {
            look.press.change(config, old, new);
        }
        let case = repository().join(format!("tests/cases/looks/{tag}.md"));
        look.press.write("issues/2023-W12.md", std::fs::read(case).unwrap());
        look.built()
    }

    fn built(self) -> Self {
        let name = &self.name;
        let ran = self.press.run(&["build", "2023-W12", "--as", "ann@example.com"]);
        assert_eq!(ran.code, 0, "{name}\n{}\n{}", ran.stdout, ran.stderr);
        self
    }

    fn html(&self) -> String {
        self.press.read(PAGE)
    }

    fn text(&self) -> String {
        self.press.read(".letterpress/build/2023-W12/index.txt")
    }

    fn page(&self) -> PathBuf {
        self.press.path(PAGE)
    }
}

/// What `init --template` writes, but without waiting for the disk.
fn workspace(set: &str) -> Press {
    let press = Press::new();
    let config = "letterpress.toml";
    press.change(config, "template  = \"weekly\"", &format!("template  = \"{set}\""));
    let signature = match set {
        "weekly" => return press,
        "briefing" => "\"\"",
        _ => "\"Hana\"",
    };
    press.change(config, "\"Nora Hale, editor\"", signature);
    let issue = repository().join(format!("src/cli/verb/init/{set}.md"));
    press.write("issues/2023-W12.md", std::fs::read(issue).unwrap());
    press
}

/// What the newsletter is called in a language of the cases.
fn names(tag: &str) -> [(&'static str, &'static str); 4] {
    let (bold, italic, title, address) = match tag {
        "ar" => (
            "= \"خط الزوال\"",
            "\"الأسبوعية\"",
            "\"خط الزوال الأسبوعية\"",
            "\"شارع المرفأ 40، إيستون\"",
        ),
        _ => (
            "= \"Mittagskreis\"",
            "\"Wochenzeitung\"",
            "\"Mittagskreis\"",
            "\"Hafenstraße 40, Easton\"",
        ),
    };
    [
        ("= \"Meridian\"", bold),
        ("\"Weekly\"", italic),
        ("\"Meridian Weekly\"", title),
        ("\"40 Harbor Street, Easton, MD 21601\"", address),
    ]
}

/// All that there is to look at: each template with the sample, and in two other languages.
fn all() -> Vec<Look> {
    let samples = SETS.map(Look::of);
    let others =
        ["de", "ar"].into_iter().flat_map(|tag| SETS.map(|set| Look::in_language(set, tag)));
    samples.into_iter().chain(others).collect()
}

/// JSON that a page wrote into its own text, as Base64, so that no markup comes between.
fn decoded(coded: &str) -> serde_json::Value {
    use base64::Engine as _;
    let json = base64::engine::general_purpose::STANDARD.decode(coded.trim());
    serde_json::from_slice(&json.unwrap_or_else(|error| panic!("{error}: {coded}"))).unwrap()
}
