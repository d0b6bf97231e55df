//! Pass 1: an issue and its template become what every copy shares.

use std::collections::BTreeMap;

use super::check::{self, Medium, SUBSCRIBER, Setting};
use super::data::{self, Phrases};
use super::eval::{self, Evaluation};
use super::folder::Folder;
use super::mark::Marks;
use super::mjml::{self, Annotated, Generated};
use super::part::{self, Part};
use super::phrase::{self, Templates};
use super::picture::{self, LocalPicture, Pictures};
use super::piece::{Piece, PieceKind, Slots};
use super::prose_html::ProseHtml;
use super::reader::Reader;
use super::settings::{self, Settings};
use super::shape::{self, Kind, Own, Shape};
use super::sheet::Sheet;
use super::thread::{beside, with_stack};
use super::{Compiled, Input, Urls, html, text};
use crate::audience::{FieldKind, FieldValue, Schema};
use crate::diag::{Diagnostic, Faults};

/// Compiles an issue.
///
/// # Errors
/// All faults of the template and of the issue's own templates that can be seen together: first
/// those of syntax, then those of names, then those of MJML and of places.
pub fn compile(input: &Input<'_>) -> Result<Compiled, Faults> {
    with_stack(|| {
        let pictures = Pictures::new(&input.config.newsletter.url, input.gallery);
        with_evaluated(input, &pictures, |evaluated| render(&evaluated, &pictures))
    })
}

/// Compiles an issue, and once more for [`super::lint`].
///
/// # Errors
/// As [`compile`].
pub fn compile_for_checks(input: &Input<'_>) -> Result<(Compiled, Sheet), Faults> {
    with_stack(|| {
        let pictures = Pictures::new(&input.config.newsletter.url, input.gallery);
        with_evaluated(input, &pictures, |evaluated| {
            let Evaluated { marks, slots, html, .. } = &evaluated;
            let annotated = || annotated(html, marks, slots, &pictures);
            let (annotated, compiled) = beside(annotated, || render(&evaluated, &pictures))?;
            let (compiled, (annotated, parts)) = (compiled?, annotated.map_err(sorted)?);
            let Annotated { places, styles, .. } = annotated;
            Ok((compiled, Sheet { parts, generated: evaluated.html, places, styles }))
        })
    })
}

/// Reads, checks and evaluates, and goes on with that. The crate's word on the template's files is
/// waited for at the end: the first time it takes long, and almost never says anything.
fn with_evaluated<T>(
    input: &Input<'_>,
    pictures: &Pictures<'_>,
    then: impl FnOnce(Evaluated) -> Result<T, Faults>,
) -> Result<T, Faults> {
    let subscriber = subscriber(input.schema);
    let (folder, settings, templates) = read(input, &subscriber, pictures)?;
    let (refused, done) = beside(
        || folder.refused(input.taken),
        || {
            check_names(input, folder, &settings, subscriber)?;
            then(evaluate(input, (folder, &settings, &templates), pictures)?)
        },
    )?;
    if !refused.is_empty() {
        return Err(sorted(refused));
    }
    let untaken: Vec<_> = folder.called().into_iter().flat_map(mjml::untaken::faults).collect();
    match (done, untaken.is_empty()) {
        (done, true) => done,
        (Ok(_), false) => Err(sorted(untaken)),
        (Err(faults), false) => Err(sorted([faults.list, untaken].concat())),
    }
}

/// Reads the settings of the template and the issue's own templates.
fn read<'i>(
    input: &Input<'i>,
    subscriber: &Shape,
    pictures: &Pictures<'_>,
) -> Result<(&'i Folder, Settings, Templates), Faults> {
    let (name, folder) = (input.template(), input.folder.as_ref());
    let templates = Templates::read(input.issue, subscriber.clone(), &input.schema.lists);
    let overrides = settings::overrides(&input.config.options, &input.issue.options);
    let settings = match &folder {
        Ok(folder) => {
            let Folder { settings, words, .. } = folder;
            settings::read(settings.as_ref(), words, &name.value, &overrides, pictures).map(Some)
        }
        Err(_) => Ok(None),
    };
    match (folder, settings, templates) {
        (Ok(folder), Ok(Some(settings)), Ok(templates)) => Ok((folder, settings, templates)),
        (folder, settings, templates) => {
            let mut faults = folder.err().map(|faults| faults.list.clone()).unwrap_or_default();
            faults.extend(settings.err().unwrap_or_default());
            faults.extend(templates.err().unwrap_or_default());
            Err(sorted(faults))
        }
    }
}

fn check_names(
    input: &Input<'_>,
    folder: &Folder,
    settings: &Settings,
    subscriber: Shape,
) -> Result<(), Faults> {
    // Whether a subject waits for the reader differs by issue, and a template serves them all.
    let own = Own {
        subject: Shape::Reader(Kind::Text),
        preheader: Shape::Reader(Kind::Text),
        template: settings.shape.clone(),
        subscriber,
    };
    let names = shape::names(own);
    let lists = &input.schema.lists;
    let html = Setting { medium: Medium::Html, partials: &folder.html_partials, lists };
    let text = Setting { medium: Medium::Text, partials: &folder.text_partials, lists };
    let mut faults = check::check(&folder.html, &names, html);
    faults.extend(check::check(&folder.text, &names, text));
    match faults.is_empty() {
        true => Ok(()),
        false => Err(sorted(faults)),
    }
}

/// What a template and an issue come to, before MJML becomes HTML.
struct Evaluated {
    marks: Marks,
    slots: Slots,
    phrases: phrase::Evaluated,
    html: Generated,
    text: Vec<Piece>,
}

fn evaluate(
    input: &Input<'_>,
    (folder, settings, templates): (&Folder, &Settings, &Templates),
    pictures: &Pictures<'_>,
) -> Result<Evaluated, Faults> {
    let Input { issue, config, .. } = input;
    let template = || settings.value.clone();
    let called = folder.called();
    let holds = |words: &str| called.iter().any(|file| file.text().contains(words));
    let shows = holds("picture.src");
    let data = data::root(issue, config, template(), &Phrases::none(), pictures, shows);
    let occurs =
        |text: &str| issue.source.text().contains(text) || folder.holds(text) || data.holds(text);
    let Some(marks) = Marks::choose(occurs) else {
        let what = "the texts of this issue hold every mark that a build could use";
        return Err(Diagnostic::error(what).file(issue.source.name()).into());
    };
    let mut slots = Slots::default();
    let phrases = templates.evaluate(&marks, &mut slots, &config.newsletter.language);
    let data = data::root(issue, config, template(), &phrases.phrases, pictures, shows);
    let to_the_left = data::is_to_the_left(config);
    let base = &config.newsletter.url;
    let names_stories = holds("<h2");
    let prose = ProseHtml { base, pictures, marks: &marks, to_the_left, names_stories };
    let mut pieces = |medium: Medium| {
        let (template, partials) = match medium {
            Medium::Text => (&folder.text, &folder.text_partials),
            _ => (&folder.html, &folder.html_partials),
        };
        let slots = &mut slots;
        let (marks, html) = (Some(&marks), Some(&prose));
        let language = config.newsletter.language.as_str();
        let evaluation = Evaluation { medium, partials, slots, marks, html, language };
        eval::evaluate(template, &data, evaluation)
    };
    let (html, text) = (pieces(Medium::Html), pieces(Medium::Text));
    let html = Generated::new(folder.html.text.name(), &html, &marks);
    Ok(Evaluated { marks, slots, phrases, html, text })
}

fn render(evaluated: &Evaluated, pictures: &Pictures<'_>) -> Result<Compiled, Faults> {
    let Evaluated { marks, slots, phrases, html, text } = evaluated;
    // Of a page that is none there is nothing to see, and its text is looked at all the same.
    let page = mjml::render(html, marks, slots);
    let hung = page.as_ref().map(|page| pictures.hang(page)).unwrap_or_default();
    let html = page.and_then(|page| html::parts(&finished(&page, pictures, &hung), marks, slots));
    let text = placed(text, pictures, &hung);
    match (html, text::arrange(&text, slots)) {
        (Ok(html), Ok(text)) => Ok(Compiled {
            subject: phrases.subject.clone().unwrap_or_default(),
            preheader: phrases.preheader.clone().unwrap_or_default(),
            html,
            text,
            pictures: hung,
        }),
        (html, text) => {
            let mut faults: Vec<Diagnostic> = html.err().unwrap_or_default();
            faults.extend(text.err().unwrap_or_default());
            Err(sorted(faults))
        }
    }
}

/// Gives a page its pictures, with their heights.
fn finished(page: &str, pictures: &Pictures<'_>, hung: &[LocalPicture]) -> String {
    pictures.place(&pictures.with_heights(page), hung, picture::escaped)
}

/// Gives a plain text the addresses of its pictures.
fn placed(text: &[Piece], pictures: &Pictures<'_>, hung: &[LocalPicture]) -> Vec<Piece> {
    let mut pieces = text.to_vec();
    for piece in &mut pieces {
        if let PieceKind::Text(text) = &mut piece.kind {
            *text = pictures.place(text, hung, str::to_owned);
        }
    }
    pieces
}

/// Makes the page whose elements say where they come from, for the checks.
fn annotated(
    html: &Generated,
    marks: &Marks,
    slots: &Slots,
    pictures: &Pictures<'_>,
) -> Result<(Annotated, Vec<Part>), Vec<Diagnostic>> {
    let annotated = mjml::annotated(html, marks, slots)?;
    let hung = pictures.hang(&annotated.page);
    let parts = html::parts(&finished(&annotated.page, pictures, &hung), marks, slots)?;
    Ok((annotated, parts))
}

/// Returns one reader's MJML, from which the HTML of the reader's copy is made; `hung` are the pictures
/// that the page shows.
///
/// # Errors
/// As [`compile`].
pub fn mjml(
    input: &Input<'_>,
    hung: &[LocalPicture],
    fields: &BTreeMap<String, FieldValue>,
    urls: &Urls<'_>,
) -> Result<String, Faults> {
    with_stack(|| {
        let pictures = Pictures::new(&input.config.newsletter.url, input.gallery);
        with_evaluated(input, &pictures, |Evaluated { marks, slots, html, .. }| {
            let document = mjml::document(&html, &marks, &slots).map_err(sorted)?;
            let document = pictures.place(&document, hung, picture::escaped);
            let parts = html::parts(&document, &marks, &slots).map_err(sorted)?;
            let mut merged = String::new();
            part::write(&parts, Reader::new(fields, urls), &mut merged);
            Ok(merged)
        })
    })
}

fn sorted(mut faults: Vec<Diagnostic>) -> Faults {
    faults.sort_by_key(Diagnostic::place);
    faults.dedup();
    faults.into()
}

/// Returns the shape of `subscriber`.
fn subscriber(schema: &Schema) -> Shape {
    let shape = |kind: &FieldKind| match kind {
        FieldKind::List => Shape::ReaderList,
        FieldKind::Text => Shape::Reader(Kind::Text),
        FieldKind::Number => Shape::Reader(Kind::Number),
        FieldKind::Bool => Shape::Reader(Kind::Bool),
        FieldKind::Date => Shape::Reader(Kind::Date),
    };
    let fields = schema.fields.iter().map(|(name, kind)| (name.clone(), shape(kind)));
    Shape::map(SUBSCRIBER, fields)
}
