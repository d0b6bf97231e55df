//! The language, held to the `handlebars` crate's reading of it.

use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::render::check::Medium;
use crate::render::eval::{self, Evaluation};
use crate::render::folder;
use crate::render::piece::{PieceKind, Slots};
use crate::render::scalar::Scalar;
use crate::render::value;
use crate::words::Source;

/// Templates over [`data`], of all that the language has.
const TEMPLATES: [&str; 40] = [
    "a {{name}} b",
    "{{~name~}} b",
    "a \n {{~name~}} \n b",
    "{{a.b.c}} {{a/b/c}} {{this.name}} {{./name}}",
    "{{#if name}}yes{{/if}}{{#if none}}no{{/if}}",
    "{{#if none}}a{{else}}b{{/if}}",
    "{{#if none}}a{{else if name}}b{{else}}c{{/if}}",
    "{{#if none}}a{{else if none}}b{{else if zero}}c{{else}}d{{/if}}",
    "{{#unless none}}a{{else}}b{{/unless}}",
    "{{#each list}}{{this}},{{/each}}",
    "{{#each list}}{{@index}}{{@first}}{{@last}}{{this}};{{/each}}",
    "{{#each list as |x i|}}{{i}}={{x}} {{/each}}",
    "{{#each empty}}a{{else}}none{{/each}}",
    "{{#each people}}{{name}} of {{../name}}{{#if ../none}}!{{/if}}\n{{/each}}",
    "{{#each people}}{{#each tags}}{{this}}-{{../name}}-{{../../name}} {{/each}}{{/each}}",
    "{{#each people as |p|}}{{#each p.tags as |t|}}{{t}}{{p.name}} {{/each}}{{/each}}",
    "{{#with a}}{{b.c}} {{../name}} {{@root.name}}{{/with}}",
    "{{#with none}}a{{else}}b{{/with}}",
    "{{#with a as |x|}}{{x.b.c}}{{/with}}",
    "a\n{{#if name}}\nb\n{{/if}}\nc\n",
    "a\n  {{#if name}}  \n  b\n  {{else}}\n  c\n  {{/if}}\nd",
    "a {{#if name}}\nb{{/if}}\nc",
    "{{#each list}}\n- {{this}}\n{{/each}}\nend",
    "a\n{{! comment }}\nb",
    "a\n{{!-- comment }} -- --}}\nb {{!x}} c",
    "a {{!-- a --}} b",
    r"\{{name}} {{name}}",
    r"\\{{name}}",
    "{{{name}}} {{&name}}",
    "{ {{name}} } {{a.b.c}}}",
    "{{eq name \"Ann\"}} {{ne name 'Ann'}} {{not name}}",
    "{{#if (and name (eq zero 0))}}a{{else}}b{{/if}}",
    "{{#if (or none (not none))}}a{{/if}}",
    "{{lt zero 1}}{{gt zero 1}}{{lt 1.5 -2}}",
    "{{#if (eq name 'it''s')}}{{/if}}{{a.[b].c}}",
    "{{#if\n  name\n}}a{{/if}}",
    "{{list.[1]}}{{list.0}}",
    "{{#each list}}{{#if @first}}a{{else}}b{{/if}}{{/each}}",
    "{{#if name}}{{#if none}}a{{else}}b{{/if}}{{/if}}\n\n{{#if none}}\n\nx\n\n{{/if}}\n\ny",
    "é {{name}} ü\r\n{{#if name}}\r\nx\r\n{{/if}}\r\ny",
];

fn data() -> Value {
    json!({
        "name": "Ann",
        "zero": 0,
        "none": null,
        "a": {"b": {"c": "abc"}},
        "list": ["x", "y", "z"],
        "empty": [],
        "people": [{"name": "Bo", "tags": ["t", "u"]}, {"name": "Cy", "tags": []}],
    })
}

/// What [`WITH_PARTIALS`] call.
const PARTIALS: [(&str, &str); 5] = [
    ("box", "[{{> @partial-block}}]"),
    ("twice", "{{> @partial-block}} and {{> @partial-block}}"),
    ("outer", "<{{#> box}}{{> @partial-block}}{{/box}}>"),
    ("or", "{{#> @partial-block}}none of {{name}}{{/@partial-block}}"),
    ("lines", "top\n{{> @partial-block}}\nbottom\n"),
];

/// Templates that call them, with blocks.
const WITH_PARTIALS: [&str; 15] = [
    "{{#> box}}a {{name}}{{/box}}",
    "{{#> box}}{{/box}}",
    "{{~#> box~}} a {{~/box~}} b",
    "{{#> twice}}{{name}}{{/twice}}",
    "{{#> box}}{{#> box}}{{name}}{{/box}}{{/box}}",
    "{{#> outer}}{{name}}{{/outer}}",
    "{{#> outer}}{{#> outer}}{{name}}{{/outer}}{{/outer}}",
    "{{> or}}, {{#> or}}{{name}}{{/or}}",
    "{{#> box}}{{> or}}{{/box}}",
    "{{#each list}}{{#> box}}{{this}}{{@index}}{{/box}}{{/each}}",
    "{{#each people}}{{#> twice}}{{name}} {{#each tags}}{{this}}{{/each}}{{/twice}};{{/each}}",
    "{{#with a}}{{#> box}}{{b.c}}{{/box}}{{/with}}",
    "{{#if name}}{{#> box}}{{#if none}}a{{else}}b{{/if}}{{/box}}{{/if}}",
    "x\n{{#> lines}}\na\n{{/lines}}\nb",
    r"\{{#> box}} {{#> box}}\{{name}}{{/box}}",
];

fn ours(template: &str) -> String {
    let parsed = |text: &str| folder::parse(&Source::new("t.mjml", text));
    let template = match parsed(template) {
        Ok(template) => template,
        Err(fault) => return format!("error: {}", fault.what),
    };
    let partials = PARTIALS.map(|(name, text)| (name.to_owned(), parsed(text).unwrap())).into();
    let evaluation = Evaluation {
        medium: Medium::Phrase,
        partials: &partials,
        slots: &mut Slots::default(),
        marks: None,
        html: None,
        language: "en-US",
    };
    let pieces = eval::evaluate(&template, &as_value(&data()), evaluation);
    let text = pieces.into_iter().map(|piece| match piece.kind {
        PieceKind::Text(text) => text,
        other => panic!("{other:?}"),
    });
    text.collect()
}

fn as_value(json: &Value) -> value::Value {
    match json {
        Value::Null => value::Value::NULL,
        Value::Bool(value) => value::Value::bool(*value),
        Value::Number(number) => value::Value::Scalar(Scalar::Number(number.as_f64().unwrap())),
        Value::String(text) => value::Value::text(text.as_str()),
        Value::Array(values) => value::Value::list(values.iter().map(as_value).collect()),
        Value::Object(names) => {
            value::Value::map(names.iter().map(|(name, value)| (name.clone(), as_value(value))))
        }
    }
}

#[test]
fn templates_say_what_the_handlebars_crate_says() {
    let mut judge = handlebars::Handlebars::new();
    judge.register_escape_fn(handlebars::no_escape);
    judge.set_prevent_indent(true);
    for (name, text) in PARTIALS {
        judge.register_partial(name, text).unwrap();
    }
    for template in TEMPLATES.into_iter().chain(WITH_PARTIALS) {
        // The judge keeps CRLF; ours are read as LF.
        let theirs = match judge.render_template(&template.replace("\r\n", "\n"), &data()) {
            Ok(text) => text,
            Err(error) => format!("judge: {error}"),
        };
        assert_eq!(ours(template), theirs, "{template}");
    }
}

#[test]
fn what_the_crate_refuses_is_told_at_its_place() {
    let fault = folder::refused(&Source::new("t.mjml", "one\ntwo {{#if a}}")).unwrap();
    assert!(fault.place().is_some());
    assert!(folder::refused(&Source::new("t.mjml", "one\ntwo {{#if a}}{{/if}}")).is_none());
}

#[test]
fn no_text_makes_the_reading_of_a_template_fail_otherwise_than_by_a_fault() {
    let alphabet = [
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{{#if ",
        "{{/if}}",
        "{{else}}",
        "{{#each ",
        "{{>",
        "{{#> a}}",
        "{{/a}}",
        "{{> @partial-block}}",
        "{{!",
        "--}}",
        "~",
        "\\",
        "\n",
        " ",
        "(",
        ")",
        "\"",
        "'",
        "|",
        "as |",
        "=",
        "[",
        "]",
        "@",
        "..",
        "/",
        "é",
        "a",
        "subscriber.name",
        "1",
        "-",
        "&",
        "^",
        "*",
        "<b>",
        "</b>",
        "<",
        ">",
    ];
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..1_500 {
        let length = 1 + next(12);
        let text: String = (0..length).map(|_| alphabet[next(alphabet.len())]).collect();
        match folder::parse(&Source::new("t.mjml", text.as_str())) {
            Ok(template) => {
                read += 1;
                // What ours takes, the crate takes.
                assert!(handlebars::Template::compile(template.text.text()).is_ok(), "{text}");
            }
            Err(fault) => {
                assert!(fault.place().is_some(), "{text}");
                refused += 1;
            }
        }
        // The stages behind must stand what the reading lets pass.
        let _ = Fixture::new(&text, &text).compile();
    }
    assert!(read > 100 && refused > 100, "{read} were read, {refused} refused");
}
