//! `gather --explain`: how one article is read.

use crate::article::{self, Record};
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::config::{Feature, Mark};
use crate::diag::Faults;
use crate::issue;

/// Shows what was kept of an article, what was cut, and by which rule.
///
/// # Errors
/// Why it cannot be read.
pub fn run(path: &str, workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    let library = workspace.library(ui);
    let own = path.trim_start_matches("./");
    let article = workspace.article(&library, own)?;
    let featured = issue::featured(&Record::of(&article), &workspace.config.gather);
    let mut document = article::to_json(&article);
    // The article knows of its front matter alone, not what the newsletter's rules make of it.
    document["featured"] = featured.is_some().into();
    ui.json(&document);
    let line = |name: &str, value: Option<String>| {
        ui.line(&format!(
            "  {}{}",
            ui.bold(&format!("{name:<12}")),
            value.unwrap_or_else(|| "-".into())
        ));
    };
    line("title", Some(article.title.clone()));
    line("date", article.date.as_ref().map(|date| date.strftime("%Y-%m-%d %H:%M %Z").to_string()));
    line("byline", article.byline.clone());
    line("site", article.site.clone());
    line("link", article.link.as_ref().map(ToString::to_string));
    line("picture", article.picture.as_ref().map(|picture| picture.src.clone()));
    line("standfirst", article.standfirst.as_deref().map(crate::words::Inline::plain));
    line("featured", Some(featured.map_or_else(|| "no".to_owned(), by)));
    ui.line("");
    ui.line(&crate::words::Block::plain(&article.body));
    if !article.cut.is_empty() {
        ui.line(&format!("\n  {}", ui.bold("cut")));
        for cut in &article.cut {
            ui.line(&format!("  {:<40} {}", ui.dim(cut.rule), cut.text));
        }
    }
    ui.diagnostics(&article.warnings);
    Ok(Exit::Done)
}

/// That an article is featured, and by what.
fn by(feature: &Feature) -> String {
    match feature {
        Feature::Flag => "yes, its front matter says so".to_owned(),
        Feature::Mark(Mark::Folder(folder)) => format!("yes, by its folder `{folder}`"),
        Feature::Mark(Mark::Tag(tag)) => format!("yes, by its tag `{tag}`"),
        Feature::Mark(Mark::Section(section)) => format!("yes, by its section `{section}`"),
    }
}
