//! Two copies side by side: what one reader gets and another does not.

use maud::{Markup, html};

use super::read::Shown;
use crate::diag::{Line, difference};

/// So many lines of a copy are compared; what comes behind is not looked at, and told.
const LINES_MAX: usize = 6_000;
/// So many lines of a difference are shown.
const SHOWN_MAX: usize = 600;
/// So many equal lines stand around each difference.
const AROUND: usize = 2;

/// Sets what differs between two copies: the subject, the HTML as it is read, and as it is written.
pub(super) fn set(one: &Shown, other: &Shown) -> Markup {
    let subject = |shown: &Shown| shown.subject.clone().unwrap_or_default();
    let read = |shown: &Shown| shown.html.as_deref().map_or_else(String::new, as_read);
    let written = |shown: &Shown| shown.html.as_deref().map_or_else(String::new, as_written);
    let text = |shown: &Shown| shown.text.clone().unwrap_or_default();
    html! {
        div.compared {
            (part("Subject", &subject(one), &subject(other)))
            (part("HTML, as it is read", &read(one), &read(other)))
            (part("Plain text", &text(one), &text(other)))
            (part("HTML, as it is written", &written(one), &written(other)))
        }
    }
}

fn part(name: &str, one: &str, other: &str) -> Markup {
    let (one, other): (Vec<&str>, Vec<&str>) = (lines(one), lines(other));
    let changes = difference(&one, &other, AROUND);
    let is_cut = one.len().max(other.len()) == LINES_MAX;
    html! {
        section {
            h3 { (name) }
            @if changes.is_empty() {
                p.muted { "The same in both." }
            } @else {
                pre.plain.wide {
                    @for line in changes.iter().take(SHOWN_MAX) { (set_line(line)) }
                    @if changes.len() > SHOWN_MAX { (changes.len() - SHOWN_MAX) " more lines\n" }
                }
            }
            @if is_cut { p.muted { "What comes behind " (LINES_MAX) " lines is not compared." } }
        }
    }
}

fn set_line(line: &Line<'_>) -> Markup {
    html! {
        @match line {
            Line::Both(text) => { "  " (text) "\n" },
            Line::One(text) => { del { "− " (text) } "\n" },
            Line::Other(text) => { ins { "+ " (text) } "\n" },
            Line::Gap(count) => { span.muted { "⋯ " (count) " lines alike" } "\n" },
        }
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().take(LINES_MAX).collect()
}

/// The words of a page, a paragraph a line.
fn as_read(html: &str) -> String {
    // A cell or a headline is a line of its own, as it is on the page.
    let ends = ["</td>", "</h1>", "</h2>", "</h3>", "</div>"];
    let html = ends.iter().fold(html.to_owned(), |html, end| html.replace(end, "<br>"));
    let text = mail_parser::decoders::html::html_to_text(&html);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = text.lines().map(words).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// A page's source with a tag a line, however it is set.
fn as_written(html: &str) -> String {
    html.replace("><", ">\n<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_without_parts_are_compared_too() {
        let page = set(&Shown::default(), &Shown::default()).into_string();
        assert_eq!(page.matches("The same in both.").count(), 4);
        let html = |text: &str| Shown { html: Some(text.into()), ..Shown::default() };
        let page = set(&html("<p>a<p>b"), &html("<p>a<script>c</script><p>b")).into_string();
        assert!(page.contains("&lt;script&gt;c") && !page.contains("<script"), "{page}");
    }
}
