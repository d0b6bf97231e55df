//! One reader's finished copy, beside the build that all copies share.
//!
//! `cargo bench --bench copy`, or `cargo xtask bench build`, which holds the two against each other.

#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use criterion::{Criterion, Throughput};
use jiff::Timestamp;
use letterpress::audience;
use letterpress::config::Config;
use letterpress::issue;
use letterpress::message::{Content, Recipient, Skeleton, quoted_printable};
use letterpress::render::{self, Bare, Encoded, Folder, Input, Taken, Urls};
use letterpress::words::{CopyId, IssueName, Source};
use letterpress::world::WorkspaceFiles;

type Failure = Box<dyn std::error::Error>;

/// As many as make a page of 70 kB.
const STORIES: usize = 34;
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const CONFIG: &str = "[newsletter]\nid = \"bench\"\ntitle = \"The Bench\"\n\
    url = \"https://bench.example/\"\ntime_zone = \"UTC\"\naddress = \"1 Bench Street, Benchtown\"\n\
    lists = [\"readers\"]\ntemplate = \"bench\"\n\n[fields]\nmember = { type = \"bool\", default = false }\n\
    tags = { type = \"list\" }\n\n[sender]\nfrom = \"The Bench <news@bench.example>\"\n\
    return_path = \"bounces@bench.example\"\n\n\
    [unsubscribe]\nurl = \"https://bench.example/unsubscribe/{token}\"\n\n\
    [[relay]]\nurl = \"smtp+plaintext://127.0.0.1:25\"\n";
const READERS: &str =
    "email,name,member,tags\nada@d0.example,Ada Löwe,yes,\"world,science,food\"\n";
const MJML: &str = include_str!("compare/template/newsletter.mjml");
/// What the reader has of the page besides the name and the links.
const OWN: &str = "<mj-section><mj-column><mj-text>\
    {{#if subscriber.member}}<p>You are a member, and stories come to you a day earlier.</p>{{else}}\
    <p>Members get stories a day earlier.</p>{{/if}}<ul>{{#each subscriber.tags as |tag index|}}\
    <li>{{index}}: {{upper tag}}</li>{{else}}<li>all</li>{{/each}}</ul></mj-text></mj-column></mj-section>";
const TEXT: &str = include_str!("compare/template/newsletter.txt");
const PROSE: &str = "The council’s vote came after midnight, and the café at the corner stayed \
    open for those who had waited. Nobody had asked for the bridge to be moved, said the mayor; \
    the river had done it, slowly, and had asked nobody either. What it costs is told by Friday.";

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    lay_out(folder.path())?;
    let files = WorkspaceFiles::new(folder.path());
    let config = Config::parse(Source::new("letterpress.toml", CONFIG)).map_err(told)?;
    let audience = audience::read(&files, &config, &BTreeSet::new()).map_err(told)?;
    let reader = audience.readers(&files).next().ok_or("the list is empty")??;
    let name: IssueName = "bench".parse().map_err(|_| "no name")?;
    let newsletter = &config.newsletter;
    let zone = &newsletter.time_zone;
    let file = issue::parse(Source::new("issues/bench.md", issue_text()), zone).map_err(told)?;
    let issue = issue::resolve(&file, &name, &newsletter.url, zone, &|_| None).issue;
    let (config, schema) = (&config, &audience.schema);
    let (issue, taken) = (&issue, &Taken::default());
    let compile = || {
        let folder = &Folder::read(&files, newsletter, None);
        render::compile(&Input { issue, config, schema, folder, gallery: &Bare, taken })
    };
    let compiled = compile().map_err(told)?;

    let encoded = Encoded::new(&compiled, quoted_printable);
    let skeleton = Skeleton::new(Content::new(compiled, config, &name), Vec::new())?;
    let (address, fields) = (&reader.address, &reader.fields);
    let recipient = Recipient { id: CopyId([7; 16]), address, fields, token: TOKEN };
    let date = Timestamp::from_second(1_767_600_000)?;
    let message = |buffer| skeleton.compose(&recipient, date, buffer).map(|message| message.bytes);
    let unsubscribe = format!("https://bench.example/unsubscribe/{TOKEN}");
    let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
    let mut page = Vec::new();
    encoded.html(fields, &urls, &mut page);
    assert!((70_000..75_000).contains(&page.len()), "the page has {} bytes", page.len());

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("page of 70 kB");
    group.bench_function("build", |bencher| bencher.iter(compile));
    group.throughput(Throughput::Bytes(page.len() as u64));
    group.bench_function("copy", |bencher| {
        bencher.iter(|| {
            page.clear();
            encoded.html(fields, &urls, &mut page);
        });
    });
    let mut buffer = message(Vec::new())?;
    group.throughput(Throughput::Bytes(buffer.len() as u64));
    group.bench_function("message", |bencher| {
        bencher.iter(|| {
            if let Ok(bytes) = message(std::mem::take(&mut buffer)) {
                buffer = bytes;
            }
        });
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn lay_out(folder: &Path) -> Result<(), Failure> {
    let mjml = MJML.replacen("</mj-section>", &format!("</mj-section>{OWN}"), 1);
    for (path, text) in [
        ("subscribers/readers.csv", READERS),
        ("templates/bench/template.toml", "description = \"A bench.\"\n"),
        ("templates/bench/newsletter.mjml", &mjml),
        ("templates/bench/newsletter.txt", TEXT),
    ] {
        let path = folder.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

fn issue_text() -> String {
    let mut issue = "+++\nsubject = 'News for {{default subscriber.name \"you\"}}'\n\
        from    = 2026-01-05T00:00:00Z\nuntil   = 2026-01-12T00:00:00Z\nslot    = \"none\"\n+++\n\
        ## Top\n"
        .to_owned();
    for number in 0..STORIES {
        let link = format!("https://bench.example/2026/01/stories/{number}");
        let _ =
            writeln!(issue, "- [Story {number}: the river has moved a bridge]({link}): {PROSE}");
    }
    issue
}

fn told(faults: letterpress::diag::Faults) -> Failure {
    let told: Vec<String> = faults.list.iter().map(|fault| fault.what.clone()).collect();
    told.join("; ").into()
}
