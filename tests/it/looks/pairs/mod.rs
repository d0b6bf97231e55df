//! Our check of contrast beside axe's: pairs of colours on one page, judged by both, by day and by
//! night.

mod table;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::browser::package;
use super::{PAGE, workspace};
use crate::chromium::Browser;
use crate::press::Press;
use table::{Pair, all, of_schemes};

/// The program tells no more findings of one id, so a page has no more pairs.
const PAIRS_MAX: usize = 20;
const TEMPLATE: &str = "templates/weekly/newsletter.mjml";

/// What was said of each pair.
type Verdicts = BTreeMap<usize, (Verdict, String)>;

#[derive(Clone, Copy, Debug)]
enum Verdict {
    Good,
    Fault,
    Unsure,
}

fn template(page: &Page) -> String {
    // One rule for the dark at least, so that every page is looked at in it.
    let mut css = String::from("@media (prefers-color-scheme:dark){.none{color:red}}\n");
    let mut body = String::new();
    for (number, pair) in &page.pairs {
        let html = pair.html.replace("{}", "A text to be read.");
        writeln!(css, "{}", pair.css).unwrap();
        writeln!(
            body,
            "<mj-section><mj-column><mj-text font-size=\"16px\" line-height=\"1.8\">\n\
             <div id=\"pair{number}\">\n{html}\n</div></mj-text></mj-column></mj-section>"
        )
        .unwrap();
    }
    format!(
        "<mjml><mj-head>{}<mj-style>\n{css}</mj-style></mj-head>\
         <mj-body background-color=\"#ffffff\">\n{body}</mj-body></mjml>",
        page.head
    )
}

/// What `check` finds among the pairs of a page, by day and by night.
fn ours(press: &Press) -> [Verdicts; 2] {
    let json = press.run(&["check", "2023-W12", "--json"]).json();
    let page = press.read(TEMPLATE);
    let lines: Vec<&str> = page.lines().collect();
    let mut verdicts = [Verdicts::new(), Verdicts::new()];
    for finding in json["findings"].as_array().unwrap_or_else(|| panic!("{json}")) {
        let Some(mode) = ["contrast", "contrast-dark"].iter().position(|id| finding["id"] == *id)
        else {
            continue;
        };
        let line = usize::try_from(finding["place"]["line"].as_u64().unwrap()).unwrap();
        let pair = lines[..line].iter().rev().find_map(|line| line.split("id=\"pair").nth(1));
        let number = pair.and_then(|pair| pair.split('"').next()?.parse().ok());
        let number = number.unwrap_or_else(|| panic!("{finding} is of no pair"));
        let what = finding["what"].as_str().unwrap().to_owned();
        verdicts[mode].insert(number, (Verdict::Fault, what));
    }
    verdicts
}

const RUN: &str = "axe.run(document, { runOnly: ['color-contrast'], elementRef: true }).then(
    found => ['passes', 'violations', 'incomplete'].flatMap(kind => found[kind].flatMap(rule =>
        rule.nodes.map(node => {
            const { fgColor, bgColor, contrastRatio, messageKey } = node.any[0].data ?? {};
            const pair = node.element.closest('[id^=pair]')?.id.slice(4) ?? '';
            return [kind, pair, messageKey ?? `${fgColor} on ${bgColor}: ${contrastRatio}`];
        }))))";

/// What axe says of the pairs of a page; of one that has several texts, the gravest.
fn axes(browser: &mut Browser, press: &Press, dark: bool) -> Verdicts {
    browser.view(1280, 900, dark);
    browser.open(&format!("file://{}", press.path(PAGE).display()));
    let axe = std::fs::read_to_string(package("axe-core/axe.min.js")).unwrap();
    browser.eval(&format!("{axe};0"));
    assert_eq!(browser.eval("matchMedia('(prefers-color-scheme: dark)').matches"), dark);
    let said = browser.eval(RUN);
    let mut verdicts = Verdicts::new();
    for one in said.as_array().unwrap() {
        let [kind, number, words] = [0, 1, 2].map(|index| one[index].as_str().unwrap());
        let Ok(number) = number.parse() else { continue };
        let verdict = match kind {
            "violations" => Verdict::Fault,
            "incomplete" => Verdict::Unsure,
            _ => Verdict::Good,
        };
        verdicts.insert(number, (verdict, words.to_owned()));
    }
    verdicts
}

/// Says whether both agree on a pair.
fn agree(pair: &Pair, is_told: bool, axes: Option<&(Verdict, String)>) -> bool {
    match (pair.unsure, axes) {
        (None, Some((Verdict::Good, _))) => !is_told,
        (None, Some((Verdict::Fault, _))) => is_told,
        (Some((reason, told)), Some((Verdict::Unsure, said))) => said == reason && is_told == told,
        (Some(("", told)), None) => is_told == told,
        _ => false,
    }
}

/// Pairs with their numbers, and what the page says of its scheme.
struct Page {
    head: &'static str,
    pairs: Vec<(usize, Pair)>,
}

fn pages() -> Vec<Page> {
    let mut all = all().into_iter().enumerate().peekable();
    let mut pages = Vec::new();
    while all.peek().is_some() {
        pages.push(Page { head: "", pairs: all.by_ref().take(PAIRS_MAX).collect() });
    }
    let heads = [
        "<mj-raw><meta name=\"color-scheme\" content=\"light dark\"></mj-raw>",
        "<mj-style>:root { color-scheme: dark light; }</mj-style>",
        "<mj-style>:root{color-scheme:light}</mj-style>",
    ];
    let of_schemes = |head| Page { head, pairs: of_schemes().into_iter().enumerate().collect() };
    pages.extend(heads.map(of_schemes));
    pages
}

#[test]
fn contrast_is_what_axe_says_by_day_and_by_night() {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(folder.path());
    let press = workspace("weekly");
    let (mut wrong, mut counts) = (Vec::new(), BTreeMap::new());
    for page in pages() {
        press.write(TEMPLATE, template(&page));
        press.done(&["build", "2023-W12", "--as", "ann@example.com"]);
        for (dark, ours) in [false, true].into_iter().zip(ours(&press)) {
            let axes = axes(&mut browser, &press, dark);
            for (number, pair) in &page.pairs {
                let (ours, axes) = (ours.get(number), axes.get(number));
                if !agree(pair, ours.is_some(), axes) {
                    let (head, Pair { html, css, .. }) = (page.head, pair);
                    wrong.push(format!(
                        "dark {dark}: {head}{css}{html}\n  ours {ours:?}\n  axe  {axes:?}"
                    ));
                }
                if pair.unsure.is_none() {
                    *counts.entry((dark, ours.is_some())).or_insert(0) += 1;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} are judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(counts.len() == 4 && counts.values().all(|count| *count > 50), "{counts:?}");
}
