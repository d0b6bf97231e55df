//! [`Prose`] as Markdown that reads back to it.

use super::tables;
use crate::words::{Block, Inline, Prose};

/// Signs that Markdown would read.
const SIGNS: &str = "\\`*_[]<>&!#|~";

/// Writes a text as Markdown; what it says is never read as anything but text.
pub fn written(prose: &[Block]) -> String {
    let mut text = String::new();
    let mut lists = 0;
    for block in prose {
        let part = match block {
            Block::Paragraph(inlines) => paragraph(inlines),
            Block::Heading(level, inlines) => {
                let line = paragraph(inlines).replace("\\\n", " ");
                format!("{} {line}", "#".repeat(usize::from(*level).clamp(1, 6)))
            }
            Block::Quote(inner) => indented(&written(inner), "> ", "> "),
            Block::List { start, items } => {
                lists += 1;
                list(*start, items, lists % 2 == 0)
            }
            Block::Verbatim(code) => verbatim(code),
            Block::Picture { src, alt, caption, link } => match link {
                Some(link) => format!("[{}]({})", picture(src, alt, caption), address(link)),
                None => picture(src, alt, caption),
            },
            Block::Rule => "***".to_owned(),
            Block::Table(table) => tables::written(table),
        };
        if part.trim().is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&part);
    }
    text
}

/// A stretch of text as one line of Markdown, but for the breaks in it.
pub fn line(inlines: &[Inline]) -> String {
    let mut text = String::new();
    inlines_into(inlines, None, &mut text);
    text
}

/// A picture, with its caption as what Markdown calls a title.
fn picture(src: &str, alt: &str, caption: &[Inline]) -> String {
    let title = match Inline::plain(caption) {
        caption if caption.is_empty() => caption,
        caption => format!(" \"{}\"", escaped(&caption).replace('"', "\\\"")),
    };
    format!("![{}]({}{title})", escaped(alt), address(src))
}

/// Every other of two lists in a row has another sign, or they would be one.
fn list(start: Option<u64>, items: &[Prose], other: bool) -> String {
    let mut lines = Vec::new();
    let mut number = start.unwrap_or_default();
    for item in items {
        let sign = match (start, other) {
            (Some(_), false) => format!("{number}. "),
            (Some(_), true) => format!("{number}) "),
            (None, false) => "- ".to_owned(),
            (None, true) => "* ".to_owned(),
        };
        number = number.saturating_add(1);
        lines.push(indented(&written(item), &sign, &" ".repeat(sign.len())));
    }
    lines.join("\n")
}

fn indented(text: &str, first: &str, other: &str) -> String {
    let mut lines = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        let before = if at == 0 { first } else { other };
        let line = format!("{before}{line}");
        lines.push(if line.trim().is_empty() { String::new() } else { line });
    }
    lines.join("\n")
}

fn verbatim(code: &str) -> String {
    let fence = "`".repeat(longest_run(code).max(2) + 1);
    format!("{fence}\n{}\n{fence}", code.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A paragraph; what would begin a block at the start of a line is only text.
fn paragraph(inlines: &[Inline]) -> String {
    let text = line(inlines);
    let lines = text.trim().split('\n').map(|line| guarded(line.trim_start()));
    lines.collect::<Vec<_>>().join("\n")
}

fn guarded(line: &str) -> String {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let behind = &line[digits..];
    match line.chars().next() {
        Some('-' | '+' | '=' | ':') => format!("\\{line}"),
        Some(_) if digits > 0 && behind.starts_with(['.', ')']) => {
            format!("{}\\{behind}", &line[..digits])
        }
        _ => line.to_owned(),
    }
}

fn inlines_into(inlines: &[Inline], behind: Option<char>, text: &mut String) {
    for (at, inline) in inlines.iter().enumerate() {
        let next = inlines.get(at + 1).map_or(behind, |next| {
            Inline::plain(std::slice::from_ref(next)).chars().next().or(behind)
        });
        match inline {
            Inline::Text(part) => text.push_str(&escaped(part)),
            Inline::Emphasis(parts) => marked(parts, "*", next, text),
            Inline::Strong(parts) => marked(parts, "**", next, text),
            Inline::Struck(parts) => marked(parts, "~~", next, text),
            Inline::Note(number) => text.push_str(&Inline::raised(*number)),
            Inline::Code(code) => text.push_str(&code_span(code)),
            Inline::Link(target, parts) => {
                text.push('[');
                inlines_into(parts, Some(']'), text);
                text.push_str(&format!("]({})", address(target)));
            }
            Inline::Break => text.push_str("\\\n"),
        }
    }
}

/// Emphasis, where Markdown can say it at this place (CommonMark section 6.2): else the words alone.
fn marked(parts: &[Inline], mark: &str, next: Option<char>, text: &mut String) {
    let plain = Inline::plain(parts);
    let (first, last) = (plain.chars().next(), plain.chars().next_back());
    let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let is_sign = |c: Option<char>| c.is_some_and(|c| !c.is_alphanumeric());
    let previous = text.chars().next_back();
    let opens = !is_space(first) && (!is_sign(first) || is_space(previous) || is_sign(previous));
    let closes = !is_space(last) && (!is_sign(last) || is_space(next) || is_sign(next));
    // A sign of its own beside it would be read with it.
    let sign = mark.chars().next();
    let is_apart = previous != sign && next != sign;
    if !(opens && closes && is_apart) {
        inlines_into(parts, next, text);
        return;
    }
    text.push_str(mark);
    inlines_into(parts, sign, text);
    text.push_str(mark);
}

fn code_span(code: &str) -> String {
    let code = code.replace('\n', " ");
    let fence = "`".repeat(longest_run(&code) + 1);
    let pad = if code.starts_with(['`', ' ']) || code.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{code}{pad}{fence}")
}

/// A link's target in angle brackets.
fn address(target: &str) -> String {
    let target: String = target.chars().filter(|c| !c.is_control()).collect();
    let target = target.replace('\\', "%5C").replace('<', "%3C").replace('>', "%3E");
    format!("<{}>", target.replace('&', "&amp;"))
}

/// A text with a backslash before whatever Markdown would read.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if SIGNS.contains(c) {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::markdown::prose;

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn what_was_read_reads_back_as_it_was() {
        let source = "# A *heading*\n\nText with **strong**, *emphasis*, `code` and\\\na break. 1 * 2 _ 3 [x]\n\n\
            > A quotation\n>\n> - with a list\n> - of two\n\n1. one\n\n   more of it\n2. two\n\n- x\n\n* y\n\n\
            ```\nlet a = `b`;\n\n  c\n```\n\n![A picture](<a b.png>)\n\n***\n\n\
            [A link](https://a.example/x_y?a=b&c=d) and an [odd one](<b (2).html>).\n\n\
            1\\. no list\n\n\\- none either\n\n\\# no heading, &amp; no &lt;tag&gt;\n";
        let read = prose(source);
        assert!(read.len() > 10);
        assert_eq!(prose(&written(&read)), read, "{}", written(&read));
    }

    #[test]
    fn emphasis_that_markdown_cannot_say_is_left_to_its_words() {
        let quoted = [text("he"), Inline::Emphasis(vec![text("“yes”")]), text("said")];
        assert_eq!(line(&quoted), "he“yes”said");
        let spaced = [Inline::Strong(vec![text(" so ")]), text("far")];
        assert_eq!(line(&spaced), " so far");
    }

    #[test]
    fn no_text_becomes_anything_else() {
        let mut state: u64 = 7;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % end
        };
        let pieces = [
            "*",
            "_",
            "`",
            "[",
            "]",
            "(",
            ")",
            "<b>",
            "&amp;",
            "#",
            "-",
            "+",
            "1.",
            "2)",
            "!",
            "|",
            "~~~",
            "=",
            ">",
            "\\",
            "a",
            "word",
            " ",
            "  ",
            "é",
            "“",
            "http://a.example",
            ":",
            "***",
        ];
        for _ in 0..20_000 {
            let piece = |end: usize, below: &mut dyn FnMut(usize) -> usize| -> String {
                (0..1 + below(end)).map(|_| pieces[below(pieces.len())]).collect()
            };
            let inlines: Vec<Inline> = (0..1 + below(4))
                .map(|_| match below(6) {
                    0 => Inline::Emphasis(vec![text(&piece(3, &mut below))]),
                    1 => Inline::Strong(vec![text(&piece(3, &mut below))]),
                    2 => Inline::Link(
                        "https://a.example/".to_owned(),
                        vec![text(&piece(3, &mut below))],
                    ),
                    _ => text(&piece(6, &mut below)),
                })
                .collect();
            let block = match below(3) {
                0 => Block::Quote(vec![Block::Paragraph(inlines)]),
                1 => Block::List { start: None, items: vec![vec![Block::Paragraph(inlines)]] },
                _ => Block::Paragraph(inlines),
            };
            let words = |blocks: &[Block]| {
                Block::plain(blocks).split_whitespace().collect::<Vec<_>>().join(" ")
            };
            let source = written(std::slice::from_ref(&block));
            assert_eq!(words(&prose(&source)), words(std::slice::from_ref(&block)), "{source:?}");
        }
    }
}
