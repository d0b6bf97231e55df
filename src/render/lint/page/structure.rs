//! What somebody hears who has the mail read out: pictures, headings, tables; and words of the
//! template that nobody meant to send.

use scraper::ElementRef;

use super::{ATTRIBUTE, Page, Place, in_story, text_of};
use crate::diag::Diagnostic;
use crate::render::lint::placeholder::placeholder;

/// Pictures of which nothing is said. In a template, `alt=""` says that a picture is decoration.
pub(super) fn alts(page: &Page<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for picture in page.select("img") {
        let src = picture.value().attr("src").unwrap_or_default();
        let finding = || {
            Diagnostic::warning("of this picture nothing is said to who does not see it")
                .id("alt-missing")
        };
        let src = page.path(src);
        match picture.value().attr("alt").map(str::trim) {
            Some("") => {
                let finding = match page.in_issue(src) {
                    Some(Place::Story(story)) => in_story(finding(), story),
                    Some(Place::Issue(span)) => finding().at(span, ""),
                    _ if has_no_alt(page, picture) => {
                        let hint =
                            "write `alt=\"What is seen\"`, or `alt=\"\"` if it is decoration";
                        findings.push(page.tell(finding().hint(hint), picture, ""));
                        continue;
                    }
                    _ => continue,
                };
                let hint = "say it in one sentence: `![What is seen](picture.jpg)`";
                findings.push(finding.hint(hint));
            }
            None => {
                let finding = finding().hint("write `alt=\"What is seen\"`");
                findings.push(page.tell(finding, picture, ""));
            }
            Some(_) => {}
        }
    }
    findings
}

/// Says whether MJML wrote `alt=""` since the template says nothing.
fn has_no_alt(page: &Page<'_>, picture: ElementRef<'_>) -> bool {
    let around = picture.ancestors().filter_map(ElementRef::wrap);
    let number = std::iter::once(picture).chain(around).find_map(super::number);
    number.and_then(|number| page.sheet.tag(number)).is_some_and(|tag| {
        let is_picture = tag.starts_with("mj-image") || tag.starts_with("mj-carousel-image");
        let mut words = tag.split(|c: char| c.is_whitespace() || c == '=' || c == '"' || c == '\'');
        is_picture && !words.any(|word| word == "alt")
    })
}

/// Says whether an element holds a picture of a story without words for it.
pub(super) fn has_silent_picture(page: &Page<'_>, element: ElementRef<'_>) -> bool {
    let pictures = element.descendants().filter_map(ElementRef::wrap);
    pictures.filter(|of| of.value().name() == "img").any(|picture| {
        let src = picture.value().attr("src").unwrap_or_default();
        matches!(page.in_issue(page.path(src)), Some(Place::Story(_)))
    })
}

/// Headings that leave a level out.
pub(super) fn headings(page: &Page<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut before = 0;
    for heading in page.select("h1,h2,h3,h4,h5,h6") {
        let level = heading.value().name()[1..].parse().unwrap_or(before);
        if before > 0 && level > before + 1 {
            let what = format!("a heading of level {level} follows one of level {before}");
            let finding = Diagnostic::warning(what)
                .id("heading-order")
                .note("who has the mail read out looks for what lies between")
                .hint(format!("make it `<h{}>`", before + 1));
            findings.push(page.tell(finding, heading, &text_of(heading)));
        }
        before = level;
    }
    findings
}

/// Tables that lay a page out and do not say so: their cells are counted and read out.
pub(super) fn tables(page: &Page<'_>) -> Vec<Diagnostic> {
    let is_layout = |table: &ElementRef<'_>| {
        let role = table.value().attr("role");
        let is_inner = |part: &ElementRef<'_>| {
            part.ancestors()
                .filter_map(ElementRef::wrap)
                .find(|of| of.value().name() == "table")
                .is_some_and(|of| of.id() == table.id())
        };
        let mut parts = table.descendants().filter_map(ElementRef::wrap);
        !matches!(role, Some("presentation" | "none"))
            && !is_of_accordion(*table)
            && !parts.any(|of| matches!(of.value().name(), "th" | "caption") && is_inner(&of))
    };
    let tables = page.select("table").into_iter().filter(is_layout);
    tables
        .map(|table| {
            let finding = Diagnostic::warning("a table without headings is read out cell by cell")
                .id("layout-table")
                .hint("write `role=\"presentation\"`, or give its columns `<th>`");
            page.tell(finding, table, "")
        })
        .collect()
}

/// Says whether MJML wrote a table for an accordion: nobody can give it a role.
fn is_of_accordion(table: ElementRef<'_>) -> bool {
    let is_accordion =
        |of: ElementRef<'_>| of.value().classes().any(|class| class == "mj-accordion");
    let mut around = table.ancestors().filter_map(ElementRef::wrap);
    table.value().attr(ATTRIBUTE).is_none() && (is_accordion(table) || around.any(is_accordion))
}

/// Words of the template that stand for others which were never written.
pub(super) fn placeholders(page: &Page<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for node in page.html.root_element().descendants() {
        let Some(text) = node.value().as_text() else { continue };
        let Some(parent) = node.parent().and_then(ElementRef::wrap) else { continue };
        if matches!(parent.value().name(), "style" | "script") {
            continue;
        }
        if let (Some(word), Some(origin)) = (placeholder(text), page.origin(parent))
            && origin.is_literal
            && page.sheet.holds_literally(word)
        {
            let what = format!("`{}` is still to be replaced", word.trim());
            let finding =
                Diagnostic::error(what).id("placeholder").at(origin.span, "in this element");
            findings.push(finding);
        }
    }
    findings
}
