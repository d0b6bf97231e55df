//! Puts articles and an issue's file together: what the file says is what is sent, everything else
//! comes from the article.

use jiff::Zoned;
use jiff::tz::TimeZone;
use url::Url;

use super::body::body;
use super::file::{FileSection, IssueFile};
use super::front::{self, Front};
use super::item::Item;
use super::story::{Issue, Section, Show, Story};
use super::used::Trait;
use crate::article::{self, Article, Picture, Record, SUMMARY_CHARS_MAX};
use crate::diag::Diagnostic;
use crate::words::{Inline, IssueName};

/// How fast people read, in words a minute.
const WORDS_A_MINUTE: usize = 230;

/// An issue with its stories, and what is wrong with them.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The issue, without the stories that could not be resolved.
    pub issue: Issue,
    /// Findings of the checks `story-missing`, `story-retracted`, `story-embargoed`, `story-expired` and of values that cannot be read.
    pub findings: Vec<Diagnostic>,
}

/// Resolves every story that is sent. `find` gives the article of a path in the workspace, or of a
/// web address.
pub fn resolve<'a>(
    file: &IssueFile,
    name: &IssueName,
    base: &Url,
    zone: &TimeZone,
    find: &dyn Fn(&str) -> Option<&'a Article>,
) -> Resolved {
    let mut stage = Resolver { base, zone, find, front: &file.front, findings: vec![], number: 0 };
    let mut sections: Vec<Section> = file
        .sections
        .iter()
        .filter(|section| !section.is_left_out())
        .map(|section| stage.section(section))
        .filter(|section| !section.stories.is_empty() || section.intro.is_some())
        .collect();
    stage.lead(file, &mut sections);
    let issue = Issue {
        name: name.clone(),
        source: file.source.clone(),
        subject: file.front.subject.clone(),
        preheader: file.front.preheader.clone(),
        note: file.note.clone(),
        period: file.front.period.clone(),
        slot: file.front.slot.clone(),
        number: file.front.number,
        sections,
        template: file.front.template.clone(),
        check: file.front.check.clone(),
        options: file.front.options.clone(),
    };
    Resolved { issue, findings: stage.findings }
}

struct Resolver<'f, 'a> {
    base: &'f Url,
    zone: &'f TimeZone,
    find: &'f dyn Fn(&str) -> Option<&'a Article>,
    front: &'f Front,
    findings: Vec<Diagnostic>,
    number: usize,
}

impl<'f> Resolver<'f, '_> {
    fn section(&mut self, section: &FileSection) -> Section {
        let stories = section
            .items
            .iter()
            .filter(|item| item.is_ticked)
            .filter_map(|item| self.story(item, &section.name))
            .collect();
        Section {
            name: section.name.clone(),
            id: id(&section.name),
            intro: section.intro.clone(),
            stories,
        }
    }

    fn story(&mut self, item: &Item, section: &str) -> Option<Story> {
        let article = (self.find)(&item.target);
        if article.is_none() && !item.is_outside() {
            self.findings.push(
                Diagnostic::error(format!("there is no article `{}`", item.target))
                    .id("story-missing")
                    .at(item.label.clone(), "")
                    .hint("mend the link, or take the line out"),
            );
            return None;
        }
        if let Some(article) = article {
            self.withheld(item, article);
        }
        self.expired(item, article);
        self.number += 1;
        let standfirst = standfirst(item, article);
        let link = self.link(item, article);
        let body = body(item, article, link.as_ref());
        let whole = article.map(|article| &article.body);
        let words = article::words(whole.unwrap_or(&body));
        let summary = match &standfirst {
            None if item.keys.no_standfirst => None,
            Some(standfirst) => Some(Inline::plain(standfirst)),
            None => article::summary(&body, SUMMARY_CHARS_MAX),
        };
        Some(Story {
            id: format!("story-{}", self.number),
            headline: item.headline.clone(),
            kicker: own(&item.keys.kicker, || article?.kicker.clone()),
            show: show(item, article, link.is_some()),
            standfirst,
            summary,
            byline: own(&item.keys.byline, || article?.byline.clone()),
            authors: article.map_or_else(Vec::new, |article| article.authors.clone()),
            date: self.date(item).or_else(|| article?.date.clone()),
            site: article.and_then(|article| article.site.clone()),
            link,
            picture: picture(item, article),
            section: section.to_owned(),
            tags: article.map_or_else(Vec::new, |article| article.tags.clone()),
            sponsor: item.keys.sponsor.clone(),
            is_lead: item.keys.lead.is_some(),
            is_late: article
                .and_then(|article| article.date.as_ref())
                .is_some_and(|date| *date < self.front.period.from),
            words,
            minutes: words.div_ceil(WORDS_A_MINUTE),
            body,
            span: item.label.clone(),
            article: article.map(|article| article.source.name().to_owned()),
            known_by: article.map(|article| Trait::of(&Record::of(article))),
        })
    }

    /// When the issue goes out.
    fn out(&self) -> &'f Zoned {
        self.front.slot.as_ref().unwrap_or(&self.front.period.until)
    }

    /// Tells of a story that goes out later than it may, and of its picture.
    fn expired(&mut self, item: &Item, article: Option<&Article>) {
        let shown = |end: &Zoned| end.strftime("%B %-d, %Y, %H:%M").to_string();
        if let Some((text, span)) = &item.keys.until {
            match front::end_of(text, self.zone) {
                None => self.findings.push(
                    Diagnostic::error(format!("`{text}` is no date"))
                        .at(span.clone(), "a date is written 2023-03-20"),
                ),
                Some(end) if *self.out() >= end => self.findings.push(
                    Diagnostic::error("this story goes out later than it may")
                        .id("story-expired")
                        .at(span.clone(), format!("the issue goes out on {}", shown(self.out())))
                        .hint("take the story out, or its `until`"),
                ),
                Some(_) => {}
            }
        }
        let licence = picture(item, article).and_then(|picture| picture.expires);
        if let Some(end) = licence.filter(|end| self.out() >= end) {
            self.findings.push(
                Diagnostic::error("the licence of this story's picture is over")
                    .id("story-expired")
                    .at(item.label.clone(), "")
                    .note(format!("it ended on {}", shown(&end)))
                    .hint("name another picture, or take it off with `- picture: none`"),
            );
        }
    }

    /// Tells of an article that must not be sent, or not yet.
    fn withheld(&mut self, item: &Item, article: &Article) {
        let out = self.out();
        let name = article.source.name();
        if article.retracted {
            self.findings.push(
                Diagnostic::error(format!("`{name}` was retracted"))
                    .id("story-retracted")
                    .at(item.label.clone(), "")
                    .hint("take the line out"),
            );
        }
        if let Some(embargo) = article.embargo.as_ref().filter(|embargo| *embargo > out) {
            let until = embargo.strftime("%B %-d, %Y, %H:%M");
            self.findings.push(
                Diagnostic::error(format!("`{name}` must not be sent before {until}"))
                    .id("story-embargoed")
                    .at(item.label.clone(), "")
                    .hint("take the line out, or give the issue a later `slot`"),
            );
        }
    }

    fn link(&mut self, item: &Item, article: Option<&Article>) -> Option<Url> {
        let own = match &item.keys.link {
            Some((url, _)) if url.is_empty() => return None,
            Some((url, span)) => Some((url.as_str(), span)),
            None if item.is_outside() => Some((item.target.as_str(), &item.label)),
            None => None,
        };
        let Some((url, span)) = own else {
            return article.and_then(|article| article.link.clone());
        };
        match self.base.join(url) {
            Ok(url) => Some(url),
            Err(error) => {
                self.findings.push(
                    Diagnostic::error(format!("`{url}` is no web address"))
                        .at(span.clone(), error.to_string()),
                );
                None
            }
        }
    }

    fn date(&mut self, item: &Item) -> Option<Zoned> {
        let (text, span) = item.keys.date.as_ref()?;
        let date = front::zoned(text, self.zone);
        if date.is_none() {
            self.findings.push(
                Diagnostic::error(format!("`{text}` is no date"))
                    .at(span.clone(), "a date is written 2023-03-20"),
            );
        }
        date
    }

    /// The lead is the story that says so, else the first; two of them are an error.
    fn lead(&mut self, file: &IssueFile, sections: &mut [Section]) {
        let claims: Vec<_> = file
            .sections
            .iter()
            .filter(|section| !section.is_left_out())
            .flat_map(|section| section.items.iter().filter(|item| item.is_ticked))
            .filter_map(|item| item.keys.lead.clone())
            .collect();
        if let [first, second, ..] = claims.as_slice() {
            self.findings.push(
                Diagnostic::error("two stories are the lead")
                    .at(second.clone(), "and again here")
                    .also(first.clone(), "first here"),
            );
        }
        if claims.is_empty()
            && let Some(story) = sections.iter_mut().flat_map(|s| &mut s.stories).next()
        {
            story.is_lead = true;
        }
    }
}

fn standfirst(item: &Item, article: Option<&Article>) -> Option<Vec<Inline>> {
    if item.keys.no_standfirst {
        return None;
    }
    match &item.standfirst {
        Some(markdown) => Some(article::markdown::inline(markdown)),
        None => article?.standfirst.clone(),
    }
}

/// What an issue says, or else the article; what an issue empties is none.
fn own(key: &Option<String>, article: impl FnOnce() -> Option<String>) -> Option<String> {
    key.clone().or_else(article).filter(|text| !text.is_empty())
}

/// A story that can be read nowhere else is shown in full, and so is a body written for the issue.
fn show(item: &Item, article: Option<&Article>, has_link: bool) -> Show {
    item.keys.show.unwrap_or(match article {
        _ if item.body.is_some() => Show::Full,
        Some(_) if !has_link => Show::Full,
        _ => Show::Summary,
    })
}

fn picture(item: &Item, article: Option<&Article>) -> Option<Picture> {
    if item.keys.no_picture {
        return None;
    }
    match &item.picture {
        Some((src, alt, credit, _)) => Some(Picture {
            src: src.clone(),
            alt: alt.clone(),
            credit: credit.clone(),
            expires: None,
        }),
        None => article?.picture.clone(),
    }
}

/// A heading as an id.
fn id(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}
