//! `gather --explain`: how one article is read.

use crate::article;
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::diag::Faults;

/// Shows what was kept of an article, what was cut, and by which rule.
///
/// # Errors
/// Why it cannot be read.
pub fn run(path: &str, workspace: &Workspace<'_>, ui: &Ui) -> Result<Exit, Faults> {
    let library = workspace.library(ui);
    let own = path.trim_start_matches("./");
    let article = workspace.article(&library, own)?;
    ui.json(&article::to_json(&article));
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
    line("featured", Some(if article.featured { "yes".into() } else { "no".to_owned() }));
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
