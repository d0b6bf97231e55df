//! The parts of an issue's file that are templates themselves: subject, preheader, note,
//! introductions.
//!
//! Expressions are taken out before Markdown is read and put back behind it, so neither can be
//! mistaken for the other.

use std::collections::BTreeMap;

use super::check::{self, Medium, Setting};
use super::data::Phrases;
use super::eval::{self, Evaluation};
use super::language::{self, Home, Template};
use super::mark::{MarkKind, Marks};
use super::markdown;
use super::part::Part;
use super::piece::{Piece, PieceKind, Slots, as_expr, plain_parts};
use super::reader::Expr;
use super::scalar::Scalar;
use super::shape::{self, Shape};
use super::value::Value;
use crate::diag::Diagnostic;
use crate::issue::{self, Issue, Phrase};
use crate::words::{Block, Prose, Source, Span};

/// In an issue's file `##` opens a section, so a note's headings begin with `###`; on the page they
/// follow its title.
const NOTE_RAISED: u8 = 3;
/// Those of an introduction follow the section's name.
const INTRO_RAISED: u8 = 1;

/// The phrases of an issue as templates.
#[derive(Debug)]
pub(super) struct Templates {
    subject: Option<Template>,
    preheader: Option<Template>,
    note: Option<Template>,
    intros: Vec<Option<Template>>,
}

impl Templates {
    /// Reads and checks the phrases of an issue.
    ///
    /// # Errors
    /// All faults, where they stand in the issue's file.
    pub(super) fn read(
        issue: &Issue,
        subscriber: Shape,
        lists: &[String],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { names: shape::reader_names(subscriber), lists, faults: vec![] };
        let templates = Self {
            subject: issue.subject.as_ref().and_then(|phrase| reader.phrase(issue, phrase)),
            preheader: issue.preheader.as_ref().and_then(|phrase| reader.phrase(issue, phrase)),
            note: issue.note.as_ref().and_then(|span| reader.markdown(span)),
            intros: issue
                .sections
                .iter()
                .map(|section| section.intro.as_ref().and_then(|span| reader.markdown(span)))
                .collect(),
        };
        match reader.faults.is_empty() {
            true => Ok(templates),
            false => Err(reader.faults),
        }
    }

    /// Evaluates the phrases; gives subject and preheader also as parts.
    pub(super) fn evaluate(&self, marks: &Marks, slots: &mut Slots, language: &str) -> Evaluated {
        let mut plain = |template: &Option<Template>| {
            template.as_ref().map(|template| plain_parts(&pieces(template, slots, language), slots))
        };
        let (subject, preheader) = (plain(&self.subject), plain(&self.preheader));
        let mut rich = |template: &Option<Template>, raised: u8| match template {
            Some(template) => {
                let mut prose = prose(template, marks, slots, language);
                raise(&mut prose, raised);
                Value::blocks(prose)
            }
            None => Value::NULL,
        };
        let note = rich(&self.note, NOTE_RAISED);
        let intros = self.intros.iter().map(|intro| rich(intro, INTRO_RAISED)).collect();
        let value = |parts: &Option<Vec<Part>>| match parts.as_deref().map(as_expr) {
            None => Value::NULL,
            Some(Expr::Is(scalar)) => Value::Scalar(scalar),
            Some(Expr::Join(parts)) if parts.is_empty() => Value::NULL,
            Some(expr) => Value::Reader(expr),
        };
        let phrases =
            Phrases { subject: value(&subject), preheader: value(&preheader), note, intros };
        Evaluated { subject, preheader, phrases }
    }
}

/// The phrases of an issue, evaluated.
pub(super) struct Evaluated {
    pub(super) subject: Option<Vec<Part>>,
    pub(super) preheader: Option<Vec<Part>>,
    pub(super) phrases: Phrases,
}

struct Reader<'a> {
    names: Shape,
    lists: &'a [String],
    faults: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn phrase(&mut self, issue: &Issue, phrase: &Phrase) -> Option<Template> {
        let range = phrase.span.range();
        let written = phrase.span.text();
        let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
        if inner == phrase.text && *phrase.span.source() == issue.source {
            let inner = range.start + 1..range.end - 1;
            return self.template(&issue.source, inner, Home::Exact(issue.source.clone()));
        }
        let text = Source::new(issue.source.name(), phrase.text.as_str());
        let range = 0..phrase.text.len();
        self.template(&text, range, Home::Whole(phrase.span.clone()))
    }

    fn markdown(&mut self, span: &Span) -> Option<Template> {
        let source = span.source();
        self.template(source, span.range(), Home::Exact(source.clone()))
    }

    fn template(
        &mut self,
        text: &Source,
        range: std::ops::Range<usize>,
        home: Home,
    ) -> Option<Template> {
        match language::read(text, range, home) {
            Ok(template) => {
                let partials = BTreeMap::new();
                let medium = Medium::Phrase;
                let setting = Setting { medium, partials: &partials, lists: self.lists };
                self.faults.extend(check::check(&template, &self.names, setting));
                Some(template)
            }
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }
}

fn pieces(template: &Template, slots: &mut Slots, language: &str) -> Vec<Piece> {
    let root = Value::map(Value::reader_names());
    let partials = BTreeMap::new();
    let medium = Medium::Phrase;
    let (marks, html) = (None, None);
    let evaluation = Evaluation { medium, partials: &partials, slots, marks, html, language };
    eval::evaluate(template, &root, evaluation)
}

/// Lifts headings by so many levels.
fn raise(prose: &mut Prose, by: u8) {
    Block::each_mut(prose, &mut |block| {
        if let Block::Heading(level, _) = block {
            *level = level.saturating_sub(by);
        }
    });
}

fn prose(template: &Template, marks: &Marks, slots: &mut Slots, language: &str) -> Prose {
    let pieces = pieces(template, slots, language);
    let mut text = String::new();
    let mut open = Vec::new();
    for piece in pieces {
        let (mark, whole) = match piece.kind {
            PieceKind::Text(literal) if piece.literal => {
                text.push_str(&literal);
                continue;
            }
            // What a helper made is text, whatever Markdown would make of it.
            PieceKind::Text(made) => {
                let slot = slots.add(Expr::Is(Scalar::Text(made)), piece.at);
                (marks.write(MarkKind::Hole, slot), false)
            }
            PieceKind::Hole(slot) => (marks.write(MarkKind::Hole, slot), false),
            PieceKind::Open { slot, whole } => {
                open.push((slot, whole));
                (marks.write(MarkKind::Open, slot), whole)
            }
            PieceKind::Else => match open.last() {
                Some((slot, whole)) => (marks.write(MarkKind::Else, *slot), *whole),
                None => continue,
            },
            PieceKind::Close => match open.pop() {
                Some((slot, whole)) => (marks.write(MarkKind::Close, slot), whole),
                None => continue,
            },
            PieceKind::Layout(_) => continue,
        };
        match whole {
            true => text.push_str(&format!("\n\n{mark}\n\n")),
            false => text.push_str(&mark),
        }
    }
    let mut prose = markdown::prose(&text);
    issue::place_pictures(&mut prose);
    prose
}
