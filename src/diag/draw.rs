//! Draws a diagnostic as text, with the line that it speaks of.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Label, Severity};
use crate::words::Source;

/// Lines longer than this are not drawn: a minified page would fill the screen.
const LINE_BYTES_MAX: usize = 1_000;

/// Draws one diagnostic, without a final newline; `color` allows ANSI colours.
pub fn draw(diagnostic: &Diagnostic, color: bool) -> String {
    let drawable = diagnostic.primary.iter().chain(&diagnostic.others).all(fits);
    match &diagnostic.primary {
        Some(label) if drawable => with_source(diagnostic, label, color),
        _ => without_source(diagnostic, color),
    }
}

fn fits(label: &Label) -> bool {
    let place = label.span.place();
    let line = label.span.source().line(place.line);
    line.text().len() <= LINE_BYTES_MAX
        && !line.text().contains(|c: char| c.is_control() && c != '\t')
}

fn with_source(diagnostic: &Diagnostic, primary: &Label, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let what = headline(diagnostic);
    let mut group = Group::with_title(level.primary_title(what.as_str()));
    for (name, labels) in by_file(primary, &diagnostic.others) {
        let source: &Source = labels[0].1.span.source();
        let snippet = Snippet::source(source.text()).line_start(source.first_line());
        let mut snippet = snippet.path(name);
        for (kind, label) in &labels {
            let mut annotation = kind.span(label.span.range());
            if !label.text.is_empty() {
                annotation = annotation.label(label.text.as_str());
            }
            snippet = snippet.annotation(annotation);
        }
        group = group.element(snippet);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.no_name().message(note.as_str()));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group]).trim_end().to_owned()
}

/// The places by file, that of the fault itself first.
fn by_file<'a>(
    primary: &'a Label,
    others: &'a [Label],
) -> Vec<(&'a str, Vec<(AnnotationKind, &'a Label)>)> {
    let mut files: BTreeMap<&str, Vec<(AnnotationKind, &Label)>> = BTreeMap::new();
    let first = primary.span.source().name();
    files.entry(first).or_default().push((AnnotationKind::Primary, primary));
    for label in others {
        let name = label.span.source().name();
        files.entry(name).or_default().push((AnnotationKind::Context, label));
    }
    let mut list: Vec<_> = files.into_iter().collect();
    list.sort_by_key(|(name, _)| *name != first);
    list
}

fn headline(diagnostic: &Diagnostic) -> String {
    match diagnostic.id {
        Some(id) => format!("{} [{id}]", diagnostic.what),
        None => diagnostic.what.clone(),
    }
}

fn without_source(diagnostic: &Diagnostic, color: bool) -> String {
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("error", "\x1b[1m\x1b[91m"),
        Severity::Warning => ("warning", "\x1b[1m\x1b[33m"),
    };
    let paint = |style: &str, text: &str| {
        if color { format!("{style}{text}\x1b[0m") } else { text.to_owned() }
    };
    let mut text = format!("{}: {}", paint(style, word), paint("\x1b[1m", &headline(diagnostic)));
    let place = diagnostic.place().map(|place| place.to_string()).or(diagnostic.file.clone());
    if let Some(place) = place {
        let _ = write!(text, "\n  {} {place}", paint("\x1b[2m", "-->"));
    }
    for note in &diagnostic.notes {
        let _ = write!(text, "\n   {} {}", paint("\x1b[2m", "="), indent(note));
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(text, "\n   {} hint: {}", paint("\x1b[2m", "="), indent(hint));
    }
    text
}

fn indent(text: &str) -> String {
    text.replace('\n', "\n     ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Source;

    #[test]
    fn the_line_is_shown_with_its_mark_and_hint() {
        let source = Source::new("templates/a.mjml", "<p>\nDear {{subscriber.nmae}},\n");
        let diagnostic = Diagnostic::error("`{{subscriber.nmae}}` is no field of list `weekly`")
            .at(source.span(9..28), "fields: email, name")
            .hint("did you mean `subscriber.name`?");
        insta::assert_snapshot!(draw(&diagnostic, false), @r"
        error: `{{subscriber.nmae}}` is no field of list `weekly`
         --> templates/a.mjml:2:6
          |
        2 | Dear {{subscriber.nmae}},
          |      ^^^^^^^^^^^^^^^^^^^ fields: email, name
          |
          = hint: did you mean `subscriber.name`?
        ");
    }

    #[test]
    fn places_in_one_file_are_drawn_together() {
        let source = Source::new("issues/a.md", "- one\n\n\n\n\n\n\n- two\n");
        let diagnostic = Diagnostic::error("one article stands twice")
            .at(source.span(14..17), "and again here")
            .also(source.span(2..5), "first here");
        insta::assert_snapshot!(draw(&diagnostic, false), @r"
        error: one article stands twice
         --> issues/a.md:8:3
          |
        1 | - one
          |   --- first here
        ...
        8 | - two
          |   ^^^ and again here
        ");
    }

    #[test]
    fn what_has_no_place_is_told_in_words() {
        let diagnostic = Diagnostic::error("the relay `main` refused our log-in")
            .note("smtp.example.org:465 said `535 5.7.8 bad credentials`")
            .hint("it read the password from LETTERPRESS_PASSWORD");
        insta::assert_snapshot!(draw(&diagnostic, false), @r"
        error: the relay `main` refused our log-in
           = smtp.example.org:465 said `535 5.7.8 bad credentials`
           = hint: it read the password from LETTERPRESS_PASSWORD
        ");
    }
}
