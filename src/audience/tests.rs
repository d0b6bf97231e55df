use super::*;
use crate::diag::draw;
use crate::words::Source;
use crate::world::WorkspaceFiles;

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
joined = { type = "date", format = "%d.%m.%Y" }
seen = { type = "date", default = "2020-02-29" }
topics = { type = "list", separator = "|", default = ["news"] }
"#;
    Config::parse(Source::new("letterpress.toml", text)).unwrap()
}

/// A workspace with one list.
struct Lists {
    _folder: tempfile::TempDir,
    files: WorkspaceFiles,
}

const LIST: &str = "subscribers/weekly.csv";

impl Lists {
    fn new(csv: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        let lists = Self { _folder: folder, files };
        lists.write(csv);
        lists
    }

    fn write(&self, csv: &str) {
        self.files.write_unsynced(LIST, csv.as_bytes()).unwrap();
    }

    fn read(&self) -> Result<Audience, Faults> {
        super::read(&self.files, &config(), &BTreeSet::new())
    }
}

/// An audience with its rows.
struct Whole {
    audience: Audience,
    readers: Vec<Reader>,
    excluded: Vec<Excluded>,
}

impl std::ops::Deref for Whole {
    type Target = Audience;

    fn deref(&self) -> &Audience {
        &self.audience
    }
}

fn audience(csv: &str) -> Whole {
    audience_of(&Lists::new(csv), &config(), &[])
}

fn audience_of(lists: &Lists, config: &Config, suppressed: &[&str]) -> Whole {
    let suppressed = suppressed.iter().map(|address| (*address).to_owned()).collect();
    let audience = super::read(&lists.files, config, &suppressed).unwrap();
    let readers: Vec<_> = audience.readers(&lists.files).map(Result::unwrap).collect();
    let excluded = audience.excluded(&lists.files).unwrap();
    assert_eq!(audience.readers, readers.len());
    assert_eq!(audience.rows, readers.len() + excluded.len());
    Whole { audience, readers, excluded }
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
fn dates_and_lists_are_read_as_the_newsletter_says() {
    let audience = audience(
        "email,joined,seen,topics\n\
         a@example.com,27.03.2023,2023-03-27T10:00:00+02:00,food | tech||\n\
         b@example.com,3/27/23,soon,\"x\ty|z\"\n",
    );
    let [first, second] = [0, 1].map(|reader: usize| &audience.readers[reader].fields);
    let date = |text: &str| FieldValue::Date { date: text.parse().unwrap() };
    let list = |texts: &[&str]| FieldValue::List(texts.iter().map(|&text| text.into()).collect());
    assert_eq!(first["joined"], date("2023-03-27T00:00[UTC]"));
    assert_eq!(first["seen"], date("2023-03-27T08:00[UTC]"));
    assert_eq!(first["topics"], list(&["food", "tech"]));
    assert_eq!(second["joined"], FieldValue::Number(None));
    assert_eq!(second["seen"], date("2020-02-29T00:00[UTC]"));
    assert_eq!(second["topics"], list(&["x y", "z"]));
    let told = told(&audience.findings);
    insta::assert_snapshot!(told, @r#"
    warning: `3/27/23` is no value of the field `joined` [field-value]
     --> subscribers/weekly.csv:3:15
      |
    3 | b@example.com,3/27/23,soon,"x    y|z"
      |               ^^^^^^^ it is no date in the field's `format`, and counts as empty
    warning: `soon` is no value of the field `seen` [field-value]
     --> subscribers/weekly.csv:3:23
      |
    3 | b@example.com,3/27/23,soon,"x    y|z"
      |                       ^^^^ it is no date as 2023-03-27, and counts as empty
    warning: `x\ty|z` is no value of the field `topics` [field-value]
     --> subscribers/weekly.csv:3:29
      |
    3 | b@example.com,3/27/23,soon,"x    y|z"
      |                             ^^^^^^^^ it holds a line break or a tab, which became a space
    "#);
    // A plan keeps the fields as JSON.
    for value in first.values().chain(second.values()) {
        let json = serde_json::to_string(value).unwrap();
        assert_eq!(serde_json::from_str::<FieldValue>(&json).unwrap(), *value, "{json}");
    }
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
    let faults = Lists::new("mail,name\na@example.com,A\n").read().unwrap_err();
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
    let faults = Lists::new("email,First Name,first-name\n").read().unwrap_err();
    assert!(told(&faults.list).contains("two columns are named `first_name`"));
}

#[test]
fn exports_of_spreadsheets_are_read() {
    let audience = audience("\u{feff}email;name\r\na@example.com;A\r\n");
    assert_eq!(audience.readers[0].fields["name"], FieldValue::Text("A".into()));
}

#[test]
fn suppressed_readers_and_strangers_to_only_to_are_left_out() {
    let lists = Lists::new("email\na@example.com\nb@example.com\nc@example.com\n");
    let suppressed = audience_of(&lists, &config(), &["a@example.com"]);
    let addresses: Vec<_> = suppressed.readers.iter().map(|r| r.address.to_string()).collect();
    assert_eq!(addresses, ["b@example.com", "c@example.com"]);
    let mut config = config();
    config.delivery.only_to = vec![Address::parse("B@example.com").unwrap()];
    let both = audience_of(&lists, &config, &["a@example.com", "b@example.com"]);
    assert_eq!(both.readers.len(), 0);
    assert_eq!((both.excluded_for("suppressed"), both.excluded_for("only_to")), (1, 2));
}

#[test]
fn twenty_thousand_rows_come_in_their_order_each_time() {
    let mut csv = "email,name\n".to_owned();
    for number in 0..20_000 {
        csv.push_str(&format!("a{number}@example.com,\"Reader {number}\"\r\n"));
    }
    let lists = Lists::new(&csv);
    let audience = lists.read().unwrap();
    assert_eq!((audience.rows, audience.readers), (20_000, 20_000));
    for _ in 0..2 {
        let mut count = 0;
        for reader in audience.readers(&lists.files) {
            let reader = reader.unwrap();
            assert_eq!(reader.address.folded(), format!("a{count}@example.com"));
            assert_eq!(reader.fields["name"], FieldValue::Text(format!("Reader {count}")));
            count += 1;
        }
        assert_eq!(count, 20_000);
    }
}

#[test]
fn a_list_that_changed_since_it_was_counted_ends_the_rows() {
    let before = "email,name\na@example.com,A\nb@example.com,B\n";
    for after in [
        "email,name\na@example.com,A\n",
        "email,name\na@example.com,A\nc@example.com,B\n",
        "email,name\na@example.com,A\nb@example.com,B\n\n",
        "name,email\na@example.com,A\nb@example.com,B\n",
        "",
    ] {
        let lists = Lists::new(before);
        let audience = lists.read().unwrap();
        assert_eq!(audience.rows(&lists.files).filter(Result::is_ok).count(), 2);
        lists.write(after);
        let rows: Vec<_> = audience.rows(&lists.files).collect();
        let last = rows.last().unwrap();
        assert!(matches!(last, Err(AudienceError::Changed { list }) if list == LIST), "{after:?}");
        assert_eq!(rows.iter().filter(|row| row.is_err()).count(), 1);
    }
}

#[test]
fn faults_of_later_rows_are_shown_with_their_line_and_counted_beyond_a_bound() {
    let mut csv = "email,member\n".to_owned();
    for number in 0..3_000 {
        csv.push_str(&format!("a{number}@example.com,yes\n"));
    }
    csv.push_str("late@example.com,\"may\nbe\"\n\n\r\nno address,yes\r\n");
    csv.push_str(&"x,yes\n".repeat(100));
    let audience = Lists::new(&csv).read().unwrap();
    assert_eq!((audience.rows, audience.readers), (3_102, 3_001));
    assert_eq!(audience.findings.len(), 51);
    insta::assert_snapshot!(told(&audience.findings[..2]), @r#"
    warning: `may\nbe` is no value of the field `member` [field-value]
        --> subscribers/weekly.csv:3002:19
         |
    3002 |   late@example.com,"may
         |  ___________________^
    3003 | | be"
         | |__^ it is neither yes nor no, and counts as empty
    warning: `no address` is no address
        --> subscribers/weekly.csv:3006:1
         |
    3006 | no address,yes
         | ^^^^^^^^^^ it is not of the form `name@domain`
    "#);
    assert_eq!(audience.findings[50].what, "52 more rows of `subscribers/weekly.csv` have a fault");
}

#[test]
fn a_quote_that_was_left_open_is_told_with_its_line() {
    let rows = "b@example.com,B\n".repeat(100_000);
    let faults = Lists::new(&format!("email,name\na@example.com,\"A\n{rows}")).read().unwrap_err();
    insta::assert_snapshot!(told(&faults.list), @"
    error: a row of `subscribers/weekly.csv` is longer than 1 MiB
      --> subscribers/weekly.csv
       = it begins on line 2
       = hint: close the quote that was left open
    ");
}

#[test]
fn a_list_that_is_not_utf_8_is_refused() {
    let lists = Lists::new("email,name\n");
    lists.files.write_unsynced(LIST, b"email,name\na@example.com,J\xf6rg\n").unwrap();
    let faults = lists.read().unwrap_err();
    insta::assert_snapshot!(told(&faults.list), @r"
    error: could not read `subscribers/weekly.csv`
       = it is not UTF-8 (line 2, byte 26)
       = hint: save it again as UTF-8
    ");
}
