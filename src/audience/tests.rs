use super::*;
use crate::diag::draw;

fn config() -> Config {
    let text = r#"
[newsletter]
id = "weekly"
title = "Weekly"
url = "https://news.example/"
time_zone = "UTC"
lists = ["weekly"]
[sender]
from = "weekly@news.example"
[fields]
member = { type = "bool", default = true }
visits = { type = "number" }
"#;
    Config::parse(Source::new("letterpress.toml", text)).unwrap()
}

fn audience(csv: &str) -> Audience {
    read_text(&Source::new("subscribers/weekly.csv", csv), &config()).unwrap()
}

fn told(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|found| draw(found, false)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_row_is_a_reader_or_excluded_with_its_reason() {
    let audience = audience(
        "email,Name,member\nann@example.com,Ann,yes\nAnn@Example.com,Ann,no\n\
         bob@@example.com,Bob,\ncy@example.com,\"Cy, Jr.\",maybe\ndee@example.com\n\n",
    );
    assert_eq!(audience.rows, 5);
    let readers: Vec<_> = audience.readers.iter().map(|r| r.address.to_string()).collect();
    assert_eq!(readers, ["ann@example.com", "cy@example.com"]);
    let reasons: Vec<_> = audience.excluded.iter().map(|e| e.reason.as_str()).collect();
    assert_eq!(reasons, ["duplicate", "malformed", "malformed"]);
    assert_eq!(audience.readers[1].fields["name"], FieldValue::Text("Cy, Jr.".into()));
    insta::assert_snapshot!(told(&audience.findings), @r#"
    warning: `bob@@example.com` is no address
     --> subscribers/weekly.csv:4:1
      |
    4 | bob@@example.com,Bob,
      | ^^^^^^^^^^^^^^^^ it is not of the form `name@domain`
    warning: `maybe` is no value of the field `member` [field-value]
     --> subscribers/weekly.csv:5:26
      |
    5 | cy@example.com,"Cy, Jr.",maybe
      |                          ^^^^^ it is neither yes nor no, and counts as empty
    warning: this row has 1 columns, the header has 3
     --> subscribers/weekly.csv:6:1
      |
    6 | dee@example.com
      | ^^^^^^^^^^^^^^^ left out
    "#);
}

#[test]
fn fields_have_their_types_and_defaults() {
    let audience = audience("email,name,visits\na@example.com,,3.5\nb@example.com,B,many\n");
    let first = &audience.readers[0].fields;
    assert_eq!(first["name"], FieldValue::Text(String::new()));
    assert_eq!(first["member"], FieldValue::Bool(true));
    assert_eq!(first["visits"], FieldValue::Number(Some(3.5)));
    assert_eq!(audience.readers[1].fields["visits"], FieldValue::Number(None));
    assert_eq!(audience.findings[0].id, Some("field-value"));
}

#[test]
fn control_characters_never_reach_a_field() {
    let audience =
        audience("email,name\na@example.com,\"A\r\nBcc: x\"\nb@example.com,\"B\u{0}\"\n");
    assert_eq!(audience.readers[0].fields["name"], FieldValue::Text("A Bcc: x".into()));
    assert_eq!(audience.readers[1].fields["name"], FieldValue::Text(String::new()));
    assert_eq!(audience.findings.len(), 2);
}

#[test]
fn a_list_without_addresses_is_refused() {
    let source = Source::new("subscribers/weekly.csv", "mail,name\na@example.com,A\n");
    let faults = read_text(&source, &config()).unwrap_err();
    insta::assert_snapshot!(told(&faults.list), @"
    error: `subscribers/weekly.csv` has no column `email`
     --> subscribers/weekly.csv:1:1
      |
    1 | mail,name
      | ^^^^^^^^^ columns: mail, name
      |
      = hint: name the column that holds the addresses `email`
    ");
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let source = Source::new("subscribers/weekly.csv", "email,First Name,first-name\n");
    let faults = read_text(&source, &config()).unwrap_err();
    assert!(told(&faults.list).contains("two columns are named `first_name`"));
}

#[test]
fn exports_of_spreadsheets_are_read() {
    let audience = audience("\u{feff}email;name\na@example.com;A\n".trim_start_matches('\u{feff}'));
    assert_eq!(audience.readers[0].fields["name"], FieldValue::Text("A".into()));
}

#[test]
fn suppressed_readers_and_strangers_to_only_to_are_left_out() {
    let mut audience = audience("email\na@example.com\nb@example.com\nc@example.com\n");
    audience.exclude_suppressed(&BTreeSet::from(["a@example.com".to_owned()]));
    audience.keep_only(&[Address::parse("B@example.com").unwrap()]);
    assert_eq!(audience.readers.len(), 1);
    assert_eq!((audience.excluded_for("suppressed"), audience.excluded_for("only_to")), (1, 1));
}
