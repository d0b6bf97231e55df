//! `gather --interactive`: the stories in a list on the terminal.

use textwrap::Options;

use super::choosing::GatherPlan;
use super::gathered::days;
use crate::cli::picker::{self, Picker, Row};
use crate::cli::ui::{Ui, counted};
use crate::cli::workspace::Workspace;
use crate::config::SectionRule;
use crate::diag::{Diagnostic, Faults, Kind};
use crate::issue::{self, Choice, Reason, Selection};
use crate::words::Block;

/// A list that is longer helps nobody.
const ROWS_MAX: usize = 500;

/// Lets a person choose among what was selected, and what the period has besides. `None` if that
/// person leaves.
///
/// # Errors
/// If there is no terminal, or it fails.
pub fn choose<'a>(
    plan: &'a GatherPlan,
    selection: Selection<'a>,
    workspace: &Workspace<'_>,
    ui: &Ui,
) -> Result<Option<Selection<'a>>, Faults> {
    if !ui.is_terminal() {
        return Err(Diagnostic::error("`--interactive` needs a terminal")
            .kind(Kind::Usage)
            .hint("leave it out, and arrange the lines of the issue's file")
            .into());
    }
    let memory = workspace.offered(&plan.name).unwrap_or_default();
    let offered = Offered::of(plan, selection, &workspace.config.gather.sections);
    let rows = offered.choices.iter().enumerate().map(|(number, choice)| {
        // What was offered before and does not stand was taken out by hand.
        row(number, choice, memory.contains_key(&choice.article.name))
    });
    let title = format!(
        "{}, {}: {} {}",
        workspace.config.newsletter.title,
        plan.name,
        counted(offered.choices.len(), "story", "stories"),
        days(&plan.period)
    );
    let picker = Picker::new(title, rows.collect());
    let story = |number: usize, width: usize| {
        story(offered.choices[number].article.name.as_str(), width, plan, workspace)
    };
    let failed =
        |error: std::io::Error| Diagnostic::error("the terminal failed").note(error.to_string());
    let rows = picker::show(picker, &story).map_err(failed)?;
    Ok(rows.map(|rows| offered.arranged(&rows)))
}

/// What is offered, and what stays out of sight.
struct Offered<'a> {
    choices: Vec<Choice<'a>>,
    others: Vec<Choice<'a>>,
}

impl<'a> Offered<'a> {
    /// All that may be taken: what was chosen, what found no room, and what nothing marks, of the
    /// issue's time; without what the issue has already.
    fn of(plan: &GatherPlan, selection: Selection<'a>, rules: &[SectionRule]) -> Self {
        let chosen: Vec<Choice<'a>> = issue::by_section(&selection, rules)
            .into_iter()
            .flat_map(|(_, choices)| choices.into_iter().cloned())
            .collect();
        let has = |choice: &Choice<'_>| {
            plan.standing
                .iter()
                .flat_map(|file| file.targets())
                .any(|own| own == choice.article.name)
        };
        let is_of_time = |choice: &Choice<'_>| {
            let date = choice.article.date;
            let in_time = date.is_none_or(|date| plan.period.contains(date));
            in_time && matches!(choice.reason, Reason::NotFeatured | Reason::Undated | Reason::Twin)
        };
        let (more, others): (Vec<_>, Vec<_>) =
            selection.others.into_iter().partition(|choice| is_of_time(choice));
        let all = chosen.into_iter().chain(selection.beyond).chain(more);
        Self { choices: all.filter(|choice| !has(choice)).take(ROWS_MAX).collect(), others }
    }

    /// What is ticked is chosen, in the order of the rows. What would have been, and is not, is set
    /// aside.
    fn arranged(self, rows: &[Row]) -> Selection<'a> {
        let mut choices: Vec<Option<Choice<'a>>> = self.choices.into_iter().map(Some).collect();
        let mut selection =
            Selection { others: self.others, is_arranged: true, ..Selection::default() };
        for row in rows {
            let Some(mut choice) = choices.get_mut(row.number).and_then(Option::take) else {
                continue;
            };
            match (row.is_ticked, choice.reason) {
                (true, _) => {
                    choice.reason = Reason::Picked;
                    selection.chosen.push(choice);
                }
                (false, Reason::Limit) => selection.beyond.push(choice),
                (false, reason) if reason.takes() => selection.set_aside.push(choice),
                (false, _) => selection.others.push(choice),
            }
        }
        selection
    }
}

fn row(number: usize, choice: &Choice<'_>, was_taken_out: bool) -> Row {
    let date = choice.article.date.map(|date| date.strftime("%b %-d").to_string());
    let why = match choice.reason.takes() {
        true if was_taken_out => "  taken out".to_owned(),
        true => String::new(),
        false => format!("  {}", choice.why()),
    };
    Row {
        number,
        is_ticked: choice.reason.takes() && !was_taken_out,
        headline: choice.article.title.clone(),
        remark: format!("{}  {}{why}", choice.section, date.as_deref().unwrap_or("no date")),
    }
}

/// A story as it reads.
fn story(name: &str, width: usize, plan: &GatherPlan, workspace: &Workspace<'_>) -> Vec<String> {
    let article = match workspace.article(&plan.library, name) {
        Ok(article) => article,
        Err(problems) => return problems.into_iter().map(|problem| problem.what).collect(),
    };
    let mut text = format!("{}\n", article.title);
    let date = article.date.as_ref().map(|date| date.strftime("%B %-d, %Y").to_string());
    let about: Vec<String> = article.byline.into_iter().chain(date).collect();
    text.push_str(&format!("{}\n{name}\n\n", about.join("  ")));
    text.push_str(&Block::plain(&article.body).replace('\n', "\n\n"));
    textwrap::wrap(&text, Options::new(width.clamp(10, 76))).into_iter().map(Into::into).collect()
}
