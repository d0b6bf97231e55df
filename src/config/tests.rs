use super::*;
use crate::diag::draw;

mod relay;

const WHOLE: &str = r#"
[newsletter]
id = "weekly"
title = "Weekly"
url = "https://news.example/"
time_zone = "America/New_York"
address = "12 Example Street"
archive = "https://news.example/issues/{issue}/"
lists = ["weekly"]
[sender]
from = "News <weekly@news.example>"
[fields]
member = { type = "bool", default = true }
[gather]
featured = ["flag", "tag:featured", "folder:featured"]
[unsubscribe]
url = "https://news.example/unsubscribe/{token}"
mailto = "unsubscribe@news.example"
[delivery]
rate = ["50/s", "20000/h"]
max_failed = "5 %"
[[relay]]
name = "main"
url = "smtps://letter%40press@smtp.example.org"
password = { env = "PASSWORD" }
[schedule]
every = "Monday 07:30"
[options]
nameplate = "News"
"#;

fn faults(text: &str) -> String {
    let faults = Config::parse(Source::new(FILE, text)).unwrap_err();
    faults.list.iter().map(|fault| draw(fault, false)).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_whole_file_is_read() {
    let config = Config::parse(Source::new(FILE, WHOLE)).unwrap();
    assert_eq!(config.newsletter.lists[0].value, "weekly");
    assert_eq!(config.fields["member"], Field::Bool(true));
    assert_eq!(config.gather.featured.len(), 3);
    let relay = config.relay.unwrap();
    assert_eq!((relay.tls, relay.port), (Tls::Implicit, 465));
    assert_eq!(relay.user.as_deref(), Some("letter@press"));
    assert_eq!(config.delivery.rates[1].to_string(), "20000/h");
    assert_eq!(config.schedule.unwrap().every.text(), "Monday 07:30");
    assert_eq!(config.options["nameplate"].value.as_str(), Some("News"));
}

#[test]
fn all_faults_are_told_together_in_the_order_of_the_file() {
    let text = WHOLE
        .replace("title =", "titel =")
        .replace("50/s", "50/sec")
        .replace("every =", "latest = \"6 o'clock\"\nskip = 5\nweek_starts = \"Someday\"\nevery =")
        + "[[dkim]]\ndomain = \"news.example\"\n";
    insta::assert_snapshot!(faults(&text));
}

#[test]
fn a_broken_file_is_shown_where_it_breaks() {
    insta::assert_snapshot!(faults("[newsletter]\nid = \"a\n"));
}

#[test]
fn approval_is_refused_until_it_is_built() {
    let text = WHOLE.replace("every =", "approval = \"required\"\nevery =");
    assert!(faults(&text).contains("`approval = \"required\"` is not built yet"));
}

#[test]
fn a_language_whose_dates_nobody_can_write_is_refused() {
    let with = |tag: &str| WHOLE.replace("lists =", &format!("language = \"{tag}\"\nlists ="));
    assert_eq!(
        Config::parse(Source::new(FILE, with("ar-EG"))).unwrap().newsletter.language,
        "ar-EG"
    );
    for tag in ["tlh", "de_DE", ""] {
        let faults = faults(&with(tag));
        assert!(faults.contains(&format!("dates cannot be written in `{tag}`")), "{faults}");
    }
}

#[test]
fn a_password_in_the_url_is_refused() {
    let text = WHOLE.replace("letter%40press@", "me:secret@");
    let faults = faults(&text);
    assert!(faults.contains("a password stands in the relay's URL"));
}

#[test]
fn the_environment_overrides_single_keys() {
    let overrides = [("delivery.rate".to_owned(), "5/s".to_owned())];
    let source = values::overlay(Source::new(FILE, WHOLE), &overrides).unwrap();
    let config = Config::parse(source).unwrap();
    assert_eq!(config.delivery.rates, [Rate::parse("5/s").unwrap()]);
}

#[test]
fn sections_and_sources_are_read_and_their_faults_told() {
    let tables = "[[section]]\nname = \"Nation\"\nmatch = [\"folder:nation\", \"section:us\"]\nmax = 4\n\
                  [[source]]\npath = \"./articles/blog/\"\nurl = \"https://a.example/{year}/{slug}/\"\n";
    let config = Config::parse(Source::new(FILE, format!("{WHOLE}{tables}"))).unwrap();
    assert_eq!(config.gather.sections[0].max, Some(4));
    assert_eq!(config.gather.sections[0].marks[1], Mark::Section("us".to_owned()));
    assert_eq!(config.gather.origins[0].path, "articles/blog");
    let wrong = tables.replace("folder:nation", "colour:red").replace("{slug}", "{title}");
    insta::assert_snapshot!(faults(&format!("{WHOLE}{wrong}")));
}

#[test]
fn fields_are_held_to_their_types() {
    let fields = r#"
[fields]
joined = { type = "date", format = "%H:%M" }
seen = { type = "date", default = "soon" }
topics = { type = "list", separator = "", default = "news" }
tags = { type = "lists" }
name = { type = "text", separator = ";" }
"#;
    insta::assert_snapshot!(faults(&WHOLE.replace("[fields]\n", fields)), @r#"
    error: `%H:%M` is no format of a date
      --> letterpress.toml:14:36
       |
    14 | joined = { type = "date", format = "%H:%M" }
       |                                    ^^^^^^^
       |
       = hint: `%d.%m.%Y` is 27.03.2023, `%m/%d/%y` is 03/27/23

    error: the default must be a date as "2023-03-27"
      --> letterpress.toml:15:25
       |
    15 | seen = { type = "date", default = "soon" }
       |                         ^^^^^^^

    error: the separator is empty
      --> letterpress.toml:16:39
       |
    16 | topics = { type = "list", separator = "", default = "news" }
       |                                       ^^
       |
       = hint: leave it out for ";"

    error: the default must be a list of texts
      --> letterpress.toml:16:43
       |
    16 | topics = { type = "list", separator = "", default = "news" }
       |                                           ^^^^^^^

    error: `lists` is no type of a field
      --> letterpress.toml:17:17
       |
    17 | tags = { type = "lists" }
       |                 ^^^^^^^ types: text, bool, number, date, list
       |
       = hint: did you mean `list`?

    error: `fields.name.separator` is no key of this file
      --> letterpress.toml:18:25
       |
    18 | name = { type = "text", separator = ";" }
       |                         ^^^^^^^^^
       |
       = known here: type, default
    "#);
}
