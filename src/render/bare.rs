//! MJML without a newsletter around it.

use std::collections::BTreeMap;

use super::check::Medium;
use super::eval::{self, Evaluation};
use super::folder;
use super::include::Includes;
use super::language::{Home, Node, Template};
use super::mark::Marks;
use super::mjml::{self, Generated};
use super::piece::Slots;
use super::thread::with_stack;
use super::value::Value;
use crate::diag::{Diagnostic, Faults};
use crate::world::Files;

/// Makes HTML of a file of MJML as it stands, and of what it includes from its own folder and below.
/// Braces are text in the file itself.
///
/// # Errors
/// All that is wrong with the MJML.
pub fn page(files: &dyn Files, path: &str) -> Result<String, Faults> {
    with_stack(|| make(files, path))
}

fn make(files: &dyn Files, path: &str) -> Result<String, Faults> {
    let source = files.read_text(path).map_err(Diagnostic::from)?;
    let text = folder::with_plain_lines(folder::sized(&source)?);
    let nodes = vec![Node::Text(0..text.text().len())];
    let mut template = Template { home: Home::Exact(text.clone()), text, nodes };
    let (mut partials, mut faults) = (BTreeMap::new(), Faults::default());
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut includes = Includes { files, folder, partials: &mut partials, faults: &mut faults };
    includes.follow(&mut template);
    if !faults.list.is_empty() {
        return Err(faults);
    }
    let holds = |text: &str| {
        let mut all = partials.values().chain([&template]);
        all.any(|template| template.text.text().contains(text))
    };
    let Some(marks) = Marks::choose(holds) else {
        let what = "the texts hold every mark that a build could use";
        return Err(Diagnostic::error(what).file(path).into());
    };
    let mut slots = Slots::default();
    let pieces = eval::evaluate(
        &template,
        &Value::NULL,
        Evaluation {
            language: "en",
            medium: Medium::Html,
            partials: &partials,
            slots: &mut slots,
            marks: Some(&marks),
            html: None,
        },
    );
    let generated = Generated::new(path, &pieces, &marks);
    mjml::render(&generated, &marks, &slots).map_err(Faults::from)
}
