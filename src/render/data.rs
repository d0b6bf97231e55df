//! An issue as the data of a template.

use crate::article::{self, Picture};
use crate::config::Config;
use crate::issue::{Issue, Section, Show, Story};

use super::locale;
use super::part::is_safe_url;
use super::picture::Pictures;
use super::scalar::Scalar;
use super::value::Value;
use crate::words::{Block, Inline, Language};

/// The parts of an issue that are templates themselves, evaluated.
#[derive(Clone, Debug)]
pub(super) struct Phrases {
    pub(super) subject: Value,
    pub(super) preheader: Value,
    pub(super) note: Value,
    /// The introductions, a section each.
    pub(super) intros: Vec<Value>,
}

impl Phrases {
    /// Returns phrases that say nothing, for an issue's own data alone.
    pub(super) fn none() -> Self {
        let none = Value::NULL;
        Self { subject: none.clone(), preheader: none.clone(), note: none, intros: Vec::new() }
    }
}

/// Builds the data of an issue.
pub(super) fn root(
    issue: &Issue,
    config: &Config,
    template: Value,
    phrases: &Phrases,
    pictures: &Pictures<'_>,
    shows_pictures: bool,
) -> Value {
    let mut number = 0;
    let numbered: Vec<(&Story, Value)> = issue
        .stories()
        .map(|each| {
            number += usize::from(each.sponsor.is_none());
            let own = each.sponsor.is_none().then_some(number);
            let each_once = if shows_pictures { shown_once(each) } else { None };
            (each, story(each_once.as_ref().unwrap_or(each), own, config, pictures))
        })
        .collect();
    let value = |of: &Story| {
        let found = numbered.iter().find(|(each, _)| std::ptr::eq(*each, of));
        found.map_or(Value::NULL, |(_, value)| value.clone())
    };
    let lead = issue.lead().map_or(Value::NULL, value);
    let sections = issue.sections.iter().enumerate().filter_map(|(index, each)| {
        let intro = phrases.intros.get(index).cloned().unwrap_or(Value::NULL);
        section(each, intro, value)
    });
    let sections: Vec<Value> = sections.collect();
    let own = [
        ("issue", issue_value(issue, config, phrases)),
        ("newsletter", newsletter(config)),
        ("template", template),
        ("lead", lead),
        ("stories", Value::list(numbered.iter().map(|(_, value)| value.clone()).collect())),
        ("sections", Value::list(sections)),
    ];
    Value::map(own.into_iter().chain(Value::reader_names()))
}

fn issue_value(issue: &Issue, config: &Config, phrases: &Phrases) -> Value {
    let date = |date: &jiff::Zoned| Value::Scalar(Scalar::Date(date.clone()));
    let archive = config.newsletter.archive.as_ref();
    let web_url = archive.map(|pattern| pattern.replace("{issue}", issue.name.as_str()));
    // What a sponsor paid for is no story of the newsroom's, and is not counted as one.
    let own = || issue.stories().filter(|story| story.sponsor.is_none());
    Value::map([
        ("name", Value::text(issue.name.as_str())),
        ("subject", phrases.subject.clone()),
        ("preheader", phrases.preheader.clone()),
        ("note", phrases.note.clone()),
        ("date", date(issue.date())),
        ("from", date(&issue.period.from)),
        ("until", date(&issue.period.until)),
        ("number", issue.number.map_or(Value::NULL, |number| Value::number(number as usize))),
        ("web_url", Value::optional(web_url)),
        ("minutes", Value::number(own().map(|story| story.minutes).sum())),
        ("story_count", Value::number(own().count())),
    ])
}

/// Says whether the newsletter's language is written from right to left.
pub(super) fn is_to_the_left(config: &Config) -> bool {
    let language = Language::of(&config.newsletter.language);
    language.is_some_and(Language::is_right_to_left)
}

fn newsletter(config: &Config) -> Value {
    let newsletter = &config.newsletter;
    let sender = &config.sender;
    let reply_to = sender.reply_to.as_ref().map(|reply_to| reply_to.address.to_string());
    let address = newsletter.address.as_ref().map(|address| address.value.as_str());
    let from_name = sender.from.name.as_deref().unwrap_or(&newsletter.title);
    let to_the_left = is_to_the_left(config);
    Value::map([
        ("title", Value::text(newsletter.title.as_str())),
        ("url", Value::text(newsletter.url.as_str())),
        ("language", Value::text(newsletter.language.as_str())),
        ("direction", Value::text(if to_the_left { "rtl" } else { "ltr" })),
        ("address", Value::text(address.unwrap_or_default())),
        ("from_name", Value::text(from_name)),
        ("reply_to", Value::optional(reply_to)),
    ])
}

fn section(section: &Section, intro: Value, value: impl Fn(&Story) -> Value) -> Option<Value> {
    let others = section.stories.iter().filter(|story| !story.is_lead);
    let stories: Vec<Value> = others.map(value).collect();
    let has_intro = !matches!(intro, Value::Scalar(Scalar::Null));
    if stories.is_empty() && !has_intro {
        return None;
    }
    Some(Value::map([
        ("name", Value::text(section.name.as_str())),
        ("id", Value::text(section.id.as_str())),
        ("intro", intro),
        ("stories", Value::list(stories)),
    ]))
}

/// The byline as it is written, or made of the authors' names in the newsletter's language.
fn byline(story: &Story, config: &Config) -> Option<String> {
    let written = story.byline.as_ref()?;
    match article::joined_names(&story.authors).as_ref() == Some(written) {
        true => Some(locale::list(&story.authors, &config.newsletter.language)),
        false => Some(written.clone()),
    }
}

/// A story whose text begins with its own picture, without that: the template shows it above the
/// text, with what the text knows of it.
fn shown_once(story: &Story) -> Option<Story> {
    let own = story.picture.as_ref()?;
    let Some(Block::Picture { src, alt, caption, .. }) = story.body.first() else { return None };
    let file = |src: &str| src.split(['?', '#']).next().unwrap_or_default().to_owned();
    if story.show != Show::Full || file(src) != file(&own.src) {
        return None;
    }
    let mut story = story.clone();
    if let Some(own) = &mut story.picture {
        let caption = Some(Inline::plain(caption)).filter(|caption| !caption.is_empty());
        own.credit = own.credit.take().or(caption);
        if own.alt.is_empty() {
            own.alt.clone_from(alt);
        }
    }
    story.body.remove(0);
    Some(story)
}

fn story(story: &Story, number: Option<usize>, config: &Config, pictures: &Pictures<'_>) -> Value {
    let texts = |texts: &[String]| Value::list(texts.iter().map(Value::text).collect());
    let link = story.link.as_ref().map(url::Url::as_str).filter(|link| is_safe_url(link));
    let date = story.date.clone().map(Scalar::Date);
    let standfirst = story.standfirst.clone().map_or(Value::NULL, Value::line);
    let picture = story.picture.as_ref().and_then(|each| picture(each, pictures));
    Value::map([
        ("id", Value::text(story.id.as_str())),
        ("number", number.map_or(Value::NULL, Value::number)),
        ("headline", Value::text(story.headline.as_str())),
        ("kicker", Value::optional(story.kicker.as_deref())),
        ("standfirst", standfirst),
        ("summary", Value::optional(story.summary.as_deref())),
        ("body", Value::blocks(story.body.clone())),
        ("show", Value::text(story.show.name())),
        ("byline", Value::optional(byline(story, config))),
        ("authors", texts(&story.authors)),
        ("date", date.map_or(Value::NULL, Value::Scalar)),
        ("site", Value::optional(story.site.as_deref())),
        ("link", Value::optional(link)),
        ("picture", picture.unwrap_or(Value::NULL)),
        ("section", Value::text(story.section.as_str())),
        ("tags", texts(&story.tags)),
        ("sponsor", Value::optional(story.sponsor.as_deref())),
        ("is_lead", Value::bool(story.is_lead)),
        ("is_late", Value::bool(story.is_late)),
        ("words", Value::number(story.words)),
        ("minutes", Value::number(story.minutes)),
    ])
}

fn picture(picture: &Picture, pictures: &Pictures<'_>) -> Option<Value> {
    let src = pictures.address(&picture.src)?;
    let size = pictures.size(&picture.src);
    let number =
        |points: Option<u32>| points.map_or(Value::NULL, |points| Value::number(points as usize));
    Some(Value::map([
        ("src", Value::text(src)),
        ("alt", Value::text(picture.alt.as_str())),
        ("width", number(size.map(|(width, _)| width))),
        ("height", number(size.map(|(_, height)| height))),
        ("credit", Value::optional(picture.credit.as_deref())),
    ]))
}
