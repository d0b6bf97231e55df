//! Checks of single stories.

use jiff::Zoned;

use super::Proofread;
use crate::diag::Diagnostic;
use crate::issue::{Show, Story};

/// Looks at each story.
pub(super) fn stories(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let checks = [empty, outside_period, insecure];
    let all = over.issue.stories();
    all.flat_map(|story| checks.iter().filter_map(move |check| check(over, story))).collect()
}

/// Nothing would stand under the headline. A story from outside has none but what its line says.
fn empty(_: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    story.article.as_ref()?;
    if story.show == Show::Headline || story.summary.is_some() || !story.body.is_empty() {
        return None;
    }
    Some(
        Diagnostic::error("this story has no text")
            .id("story-empty")
            .at(story.span.clone(), "")
            .hint(
                "write a standfirst behind a colon, or show the headline alone: `- show: headline`",
            ),
    )
}

/// A date that readers would wonder at: behind the issue's time, or long before it.
fn outside_period(over: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    let date = story.date.as_ref()?;
    let period = &over.issue.period;
    let oldest = period.from.checked_sub(over.config.gather.carry_over).ok()?;
    let day = |at: &Zoned| at.strftime("%B %-d, %Y").to_string();
    let why = match () {
        () if *date >= period.until => format!("the issue ends on {}", day(&period.until)),
        () if *date < oldest => format!("the issue begins on {}", day(&period.from)),
        () => return None,
    };
    Some(
        Diagnostic::warning(format!("this story is of {}", day(date)))
            .id("outside-period")
            .at(story.span.clone(), "")
            .note(why),
    )
}

/// A link that anybody on the way can read and change.
fn insecure(_: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    let link = story.link.as_ref().filter(|link| link.scheme() == "http")?;
    Some(
        Diagnostic::warning(format!("`{link}` is not encrypted"))
            .id("link-insecure")
            .at(story.span.clone(), "")
            .hint("most sites answer under `https://` too"),
    )
}
