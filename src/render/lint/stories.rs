//! Checks of single stories.

use jiff::Zoned;

use super::Proofread;
use super::page::is_local;
use crate::diag::Diagnostic;
use crate::issue::{Show, Story, Trait};
use crate::words::Inline;

/// Looks at each story.
pub(super) fn stories(over: &Proofread<'_>) -> Vec<Diagnostic> {
    let checks =
        [empty, outside_period, insecure, sponsor, relative_date, headline_changed, text_changed];
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
    // Such a link leads nowhere, which is told.
    if is_local(link).is_some() {
        return None;
    }
    Some(
        Diagnostic::warning(format!("`{link}` is not encrypted"))
            .id("link-insecure")
            .at(story.span.clone(), "")
            .hint("most sites answer under `https://` too"),
    )
}

/// Who paid is told; what for, and where it leads, is missing.
fn sponsor(_: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    let sponsor = story.sponsor.as_ref()?;
    let missing = match (&story.link, &story.summary) {
        (None, _) => "it has no link",
        (_, None) if story.body.is_empty() => "it has no text",
        _ => return None,
    };
    Some(
        Diagnostic::warning(format!("what {sponsor} paid for is incomplete"))
            .id("sponsor-incomplete")
            .at(story.span.clone(), missing),
    )
}

/// Words that mean the day on which they are read.
const RELATIVE: [&str; 9] = [
    "today",
    "tonight",
    "yesterday",
    "tomorrow",
    "this morning",
    "this afternoon",
    "this evening",
    "last night",
    "overnight",
];

/// A story written on another day than it is read on, with words that mean the day. Its body is
/// history; headline and standfirst are read as news.
fn relative_date(over: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    let date = story.date.as_ref()?;
    if date.date() == over.issue.date().date() {
        return None;
    }
    let standfirst = story.standfirst.as_deref().map(Inline::plain).unwrap_or_default();
    let texts = [&story.headline, &standfirst];
    let word = texts.iter().find_map(|text| relative(text))?;
    Some(
        Diagnostic::warning(format!("“{word}” is another day when this is read"))
            .id("relative-date")
            .at(story.span.clone(), "")
            .note(format!("the story is of {}", date.strftime("%A, %B %-d")))
            .hint("name the day"),
    )
}

/// The first word of the day in a text, outside of quotes: what somebody said stays as it is.
fn relative(text: &str) -> Option<&'static str> {
    let mut is_quoted = false;
    let own: String = text
        .chars()
        .map(|c| match c {
            '“' | '«' | '„' => {
                is_quoted = true;
                ' '
            }
            '”' | '»' => {
                is_quoted = false;
                ' '
            }
            '"' => {
                is_quoted = !is_quoted;
                ' '
            }
            _ if is_quoted => ' ',
            c if c.is_alphanumeric() => c.to_ascii_lowercase(),
            // A name, as in “USA Today”, is told from the word by its capital.
            _ => ' ',
        })
        .collect();
    let words = format!(" {} ", own.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_name =
        |word: &str| text.contains(&format!(" {}{}", word[..1].to_uppercase(), &word[1..]));
    RELATIVE.into_iter().find(|word| words.contains(&format!(" {word} ")) && !is_name(word))
}

/// What a story's article was known by when it was gathered, and is known by now.
fn before_and_now<'a>(over: &'a Proofread<'_>, story: &'a Story) -> Option<(&'a Trait, &'a Trait)> {
    let before = over.gathered?.get(story.article.as_ref()?)?;
    Some((before, story.known_by.as_ref()?))
}

fn headline_changed(over: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    let (before, now) = before_and_now(over, story)?;
    let (before, now) = (before.headline.as_ref()?, now.headline.as_ref()?);
    if before == now || *now == story.headline {
        return None;
    }
    Some(
        Diagnostic::warning("the article has another headline since it was gathered")
            .id("headline-changed")
            .at(story.span.clone(), format!("now “{now}”"))
            .note(format!("before, “{before}”"))
            .hint("`letterpress gather` brings lines up to date that stand as it wrote them"),
    )
}

fn text_changed(over: &Proofread<'_>, story: &Story) -> Option<Diagnostic> {
    let (before, now) = before_and_now(over, story)?;
    let (before, now) = (before.digest.as_ref()?, now.digest.as_ref()?);
    let article = story.article.as_deref().unwrap_or_default();
    (before != now).then(|| {
        Diagnostic::warning("the article has another text since it was gathered")
            .id("story-changed")
            .at(story.span.clone(), "")
            .note(format!("it is `{article}`"))
            .hint("read it once more; `letterpress gather` takes note of it")
    })
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn words_of_the_day_are_found_outside_of_quotes_and_names() {
        for (text, word) in [
            ("The vote is today.", Some("today")),
            ("Rain fell last night, and more comes tomorrow", Some("tomorrow")),
            ("“Today we win,” she said", None),
            ("A report by USA Today", None),
            ("Todays and yesterdays", None),
        ] {
            assert_eq!(relative(text), word, "{text}");
        }
    }
}
