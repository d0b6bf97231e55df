//! A small newsletter in memory, with a reader.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Zoned;

use crate::article::Picture;
use crate::audience::{FieldKind, FieldValue, Schema};
use crate::config::Config;
use crate::diag::Diagnostic;
use crate::issue::{Issue, Phrase, Section, Show, Story};
use crate::render::{Bare, Compiled, Folder, Input, Merged, Taken, Urls, compile, merge};
use crate::words::{Block, Inline, Period, Prose, Source, Span};
use crate::world::{FileError, Files, Lock, LockError};

pub(in crate::render) const CONFIG: &str = r#"
[newsletter]
id = "weekly"
title = "Political IQ Weekly"
url = "https://politicaliq.example/"
language = "en-US"
time_zone = "America/New_York"
address = "12 Example Street, Springfield"
lists = ["weekly"]
template = "small"
[sender]
from = "Political IQ <weekly@politicaliq.example>"
reply_to = "editor@politicaliq.example"
[fields]
member = { type = "bool", default = false }
count = { type = "number" }
"#;

/// Where a reader of the tests unsubscribes.
pub(in crate::render) const UNSUBSCRIBE: &str =
    "https://politicaliq.example/unsubscribe?a=1&t=TOKEN";

/// What each table of cases is tried with in the head of the page. Styles that are inlined belong
/// here too.
pub(in crate::render) const HEADS: [&str; 3] = [
    "",
    "<mj-style>.a{color:red}</mj-style>",
    "<mj-style inline=\"inline\">.a{color:red}</mj-style>",
];

/// A newsletter and its issue, ready to be compiled.
pub(in crate::render) struct Fixture {
    pub(in crate::render) files: Memory,
    pub(in crate::render) config: Config,
    pub(in crate::render) issue: Issue,
    pub(in crate::render) schema: Schema,
    pub(in crate::render) reader: BTreeMap<String, FieldValue>,
}

impl Fixture {
    /// Begins with a template of a `mj-text` and of a plain text.
    pub(in crate::render) fn new(html: &str, text: &str) -> Self {
        let mut fixture = Self {
            files: Memory::default(),
            config: Config::parse(Source::new("letterpress.toml", CONFIG)).unwrap(),
            issue: issue("", stories()),
            schema: schema(),
            reader: reader(),
        };
        fixture.file("newsletter.mjml", &page(html));
        fixture.file("newsletter.txt", text);
        fixture
    }

    /// Begins with whole MJML.
    pub(in crate::render) fn with_mjml(mjml: &str) -> Self {
        let mut fixture = Self::new("", "");
        fixture.file("newsletter.mjml", mjml);
        fixture
    }

    /// Begins with a template of a `mj-text` in a page whose head is not empty.
    pub(in crate::render) fn with_head(head: &str, html: &str) -> Self {
        let head = format!("<mjml><mj-head>{head}</mj-head>");
        Self::with_mjml(&page(html).replacen("<mjml>", &head, 1))
    }

    /// Puts a file into the template's folder.
    pub(in crate::render) fn file(&mut self, name: &str, text: &str) -> &mut Self {
        self.files.0.insert(format!("templates/small/{name}"), text.to_owned());
        self
    }

    /// Gives the issue a file with a note in it, and a subject.
    pub(in crate::render) fn note(&mut self, note: &str) -> &mut Self {
        self.issue = issue(note, self.issue.sections.clone());
        self
    }

    pub(in crate::render) fn subject(&mut self, subject: &str) -> &mut Self {
        let text = format!("+++\nsubject = '{subject}'\n+++\n");
        let source = Source::new("issues/2023-W12.md", text.as_str());
        let start = text.find('\'').unwrap();
        let span = source.span(start..start + subject.len() + 2);
        self.issue.source = source;
        self.issue.note = None;
        self.issue.subject = Some(Phrase { text: subject.to_owned(), span });
        self
    }

    pub(in crate::render) fn field(&mut self, name: &str, value: FieldValue) -> &mut Self {
        self.reader.insert(name.to_owned(), value);
        self
    }

    pub(in crate::render) fn compile(&self) -> Result<Compiled, Vec<Diagnostic>> {
        let Self { files, config, issue, schema, .. } = self;
        let folder = &Folder::read(files, &config.newsletter, None);
        let taken = &Taken::default();
        compile(&Input { issue, config, schema, folder, gallery: &Bare, taken })
            .map_err(|faults| faults.list)
    }

    pub(in crate::render) fn merge(&self) -> Merged {
        let compiled = self.compile().unwrap_or_else(|faults| panic!("{}", told(&faults)));
        merge(&compiled, &self.reader, &urls())
    }

    /// Returns what stands in the `mj-text` of [`Self::new`].
    pub(in crate::render) fn html(&self) -> String {
        let html = self.merge().html;
        let start = html.find("[[").expect("the text begins with brackets") + 2;
        let end = html.rfind("]]").expect("the text ends with brackets");
        html[start..end].to_owned()
    }

    /// Returns the faults, a line each.
    pub(in crate::render) fn faults(&self) -> String {
        match self.compile() {
            Ok(_) => "nothing is refused".to_owned(),
            Err(faults) => told(&faults),
        }
    }
}

/// Holds what came out to what should; what is inlined is requoted on the way, so it is decoded.
pub(in crate::render) fn assert_same(head: &str, actual: &str, expected: &str, case: &str) {
    match head.contains("inline") {
        true => assert_eq!(decode(actual), decode(expected), "{case} with {head}"),
        false => assert_eq!(actual, expected, "{case} with {head}"),
    }
}

/// Decodes references, as a reader's program does.
pub(in crate::render) fn decode(html: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{a0}")];
    let html = named.iter().fold(html.to_owned(), |html, (name, text)| html.replace(name, text));
    let mut out = String::new();
    let mut rest = html.as_str();
    while let Some(start) = rest.find("&#") {
        let end = start + rest[start..].find(';').unwrap();
        out.push_str(&rest[..start]);
        let code: u32 = rest[start + 2..end].parse().unwrap();
        out.push(char::from_u32(code).unwrap());
        rest = &rest[end + 1..];
    }
    (out + rest).replace("&amp;", "&")
}

pub(in crate::render) fn urls() -> Urls<'static> {
    Urls { unsubscribe: UNSUBSCRIBE, preferences: None }
}

/// Writes faults as `file:line:column: what (label) hint`.
pub(in crate::render) fn told(faults: &[Diagnostic]) -> String {
    let lines = faults.iter().map(|fault| {
        let place = fault.place().map_or("nowhere".to_owned(), |place| place.to_string());
        let place = place.replace("templates/small/", "");
        let label = fault.primary.as_ref().map(|label| label.text.as_str()).unwrap_or_default();
        let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
        let hint = fault.hint.as_ref().map_or(String::new(), |hint| format!(" hint: {hint}"));
        format!("{place}: {}{label}{hint}", fault.what)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Wraps HTML in the smallest page; it begins on line 1, column 54, behind two brackets.
fn page(html: &str) -> String {
    format!(
        "<mjml><mj-body><mj-section><mj-column><mj-text>[[{html}]]</mj-text></mj-column>\
         </mj-section></mj-body></mjml>"
    )
}

fn schema() -> Schema {
    let fields = [
        ("email", FieldKind::Text),
        ("name", FieldKind::Text),
        ("first_name", FieldKind::Text),
        ("tier", FieldKind::Text),
        ("extra", FieldKind::Text),
        ("site", FieldKind::Text),
        ("member", FieldKind::Bool),
        ("count", FieldKind::Number),
        ("tags", FieldKind::List),
    ];
    let fields = fields.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
    Schema { fields, lists: vec!["weekly".to_owned()] }
}

fn reader() -> BTreeMap<String, FieldValue> {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let fields = [
        ("email", text("ann@example.com")),
        ("name", text("Ann <b> & \"Co\" {{issue.title}}")),
        ("first_name", text("Ann")),
        ("tier", text("gold")),
        ("extra", text("")),
        ("site", text("javascript:alert(1)")),
        ("member", FieldValue::Bool(true)),
        ("count", FieldValue::Number(Some(0.0))),
        ("tags", FieldValue::List(vec!["a&b".to_owned(), "c".to_owned()])),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(in crate::render) fn time(text: &str) -> Zoned {
    format!("{text}[America/New_York]").parse().unwrap()
}

pub(in crate::render) fn issue(note: &str, sections: Vec<Section>) -> Issue {
    let head = "+++\nnumber = 12\n+++\n";
    let source = Source::new("issues/2023-W12.md", format!("{head}{note}\n## Top\n").as_str());
    let span: Span = source.span(head.len()..head.len() + note.len());
    Issue {
        name: "2023-W12".parse().unwrap(),
        subject: None,
        preheader: None,
        note: (!note.is_empty()).then_some(span),
        period: Period { from: time("2023-03-20T00:00"), until: time("2023-03-27T00:00") },
        slot: Some(time("2023-03-27T07:30")),
        number: Some(12),
        sections,
        template: None,
        check: Default::default(),
        options: Vec::new(),
        source,
    }
}

pub(in crate::render) fn stories() -> Vec<Section> {
    let section = |name: &str, stories: Vec<Story>| Section {
        name: name.to_owned(),
        id: name.to_lowercase(),
        intro: None,
        stories,
    };
    vec![
        section("Top", vec![story(1, "Xi leaves Moscow", "Top")]),
        section("Food", vec![story(2, "A {{subscriber.email}} {{#if \"q\"", "Food")]),
        section("Tech", vec![story(3, "Ships & <Grain>", "Tech")]),
    ]
}

pub(in crate::render) fn story(number: usize, headline: &str, section: &str) -> Story {
    let text = |text: &str| vec![Inline::Text(text.to_owned())];
    let body: Prose = vec![
        Block::Paragraph(vec![
            Inline::Text("Two leaders met; ".to_owned()),
            Inline::Link("/2023/more".to_owned(), text("more of it")),
            Inline::Text(", and {{subscriber.name}} is text.".to_owned()),
        ]),
        Block::List { start: None, items: vec![vec![Block::Paragraph(text("one"))]] },
    ];
    Story {
        id: format!("story-{number}"),
        headline: headline.to_owned(),
        kicker: Some("Diplomacy".to_owned()),
        standfirst: (number == 2).then(|| text("A standfirst of & its own.")),
        summary: Some("What the story says in short.".to_owned()),
        body,
        show: if number == 1 { Show::Full } else { Show::Summary },
        byline: Some("Idris Falk, Vienna".to_owned()),
        authors: vec!["Idris Falk".to_owned()],
        date: Some(time("2023-03-23T00:00")),
        site: None,
        link: Some(format!("https://politicaliq.example/2023/{number}?a=1&b=2").parse().unwrap()),
        picture: (number == 1).then(|| Picture {
            src: "pictures/a b.jpg".to_owned(),
            alt: "हिन्दी 👩‍💻 a\\b\u{a0}c".to_owned(),
            credit: None,
            expires: None,
        }),
        section: section.to_owned(),
        tags: vec!["china".to_owned()],
        sponsor: None,
        is_lead: number == 1,
        is_late: false,
        words: 900,
        minutes: 4,
        span: Source::new("issues/2023-W12.md", "").span(0..0),
        article: None,
        known_by: None,
    }
}

/// Files that are in memory and never written.
#[derive(Debug, Default)]
pub(in crate::render) struct Memory(pub(super) BTreeMap<String, String>);

impl Files for Memory {
    fn resolve(&self, path: &str) -> PathBuf {
        PathBuf::from(path)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match self.0.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => Err(FileError {
                doing: "read",
                path: path.to_owned(),
                error: std::io::ErrorKind::NotFound.into(),
            }),
        }
    }

    fn read_under(&self, _: &str, path: &str) -> Result<Vec<u8>, FileError> {
        self.read(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let under = format!("{folder}/");
        Ok(self.0.keys().filter(|path| path.starts_with(&under)).cloned().collect())
    }

    fn is_folder(&self, path: &str) -> bool {
        self.0.keys().any(|file| file.starts_with(&format!("{path}/")))
    }

    fn write(&self, _: &str, _: &[u8]) -> Result<(), FileError> {
        unreachable!("a compilation writes nothing")
    }

    fn write_private(&self, _: &str, _: &[u8]) -> Result<(), FileError> {
        unreachable!("a compilation writes nothing")
    }

    fn write_unsynced(&self, _: &str, _: &[u8]) -> Result<(), FileError> {
        unreachable!("a compilation writes nothing")
    }

    fn write_private_unsynced(&self, _: &str, _: &[u8]) -> Result<(), FileError> {
        unreachable!("a compilation writes nothing")
    }

    fn create_folder(&self, _: &str) -> Result<(), FileError> {
        unreachable!("a compilation writes nothing")
    }

    fn remove(&self, _: &str) -> Result<(), FileError> {
        unreachable!("a compilation removes nothing")
    }

    fn rename(&self, _: &str, _: &str) -> Result<(), FileError> {
        unreachable!("a compilation moves nothing")
    }

    fn lock(&self, _: &str) -> Result<Lock, LockError> {
        unreachable!("a compilation locks nothing")
    }
}
