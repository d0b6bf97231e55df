//! Chooses the stories of a period.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use jiff::{Timestamp, Zoned};

use super::twins::{self, Likeness};
use super::used::{Use, Used};
use crate::article::{self, Article, Record};
use crate::config::{Feature, Gather, Mark};
use crate::words::{IssueName, Period};

/// The section of stories that name none.
pub const TOP: &str = "Top";

/// Why an article is in an issue, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is featured, and its date lies in the period.
    Featured,
    /// It is featured, and came too late for the issue of its time.
    Late,
    /// It was named by hand.
    Picked,
    /// It would be chosen, but the issue is full.
    Limit,
    /// Its front matter says that it is a draft.
    Draft,
    /// It was taken back.
    Retracted,
    /// It must not be sent yet when the issue goes out.
    Embargoed,
    /// Nothing marks it.
    NotFeatured,
    /// It has no date.
    Undated,
    /// Another issue has it, or it was set aside there.
    Used,
    /// Two issues had no room for it.
    LeftOut,
    /// Its date lies outside the period.
    OutsidePeriod,
    /// It is the same story as another that is taken, or that an issue has.
    Twin,
}

impl Reason {
    /// What name the reason has, for people and machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Featured => "featured",
            Self::Late => "late",
            Self::Picked => "picked",
            Self::Limit => "limit",
            Self::Draft => "draft",
            Self::Retracted => "retracted",
            Self::Embargoed => "embargoed",
            Self::NotFeatured => "not featured",
            Self::Undated => "no date",
            Self::Used => "already used",
            Self::LeftOut => "left out twice",
            Self::OutsidePeriod => "outside the period",
            Self::Twin => "same story",
        }
    }

    /// Whether it takes an article in; the limit does not count.
    pub fn takes(self) -> bool {
        matches!(self, Self::Featured | Self::Late | Self::Picked)
    }
}

/// An article with what was decided of it.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The article.
    pub article: &'a Record,
    /// The section that it would stand in.
    pub section: String,
    /// Why it is chosen, or is not.
    pub reason: Reason,
    /// The issue that has it.
    pub used_in: Option<IssueName>,
    /// The article that it is the same story as.
    pub twin: Option<(String, Likeness)>,
    /// Whether the last issue had no room for it: it comes first.
    is_owed: bool,
}

impl Choice<'_> {
    /// The reason, with the issue that has the article.
    pub fn why(&self) -> String {
        match (self.reason, &self.used_in, &self.twin) {
            (Reason::Used, Some(issue), _) => format!("already in {issue}"),
            (Reason::Twin, _, Some((name, _))) => format!("same story as {name}"),
            _ => self.reason.name().to_owned(),
        }
    }
}

/// All articles, with what was decided of each.
#[derive(Clone, Debug, Default)]
pub struct Selection<'a> {
    /// What goes into the issue: what the last had no room for, then by weight, newest first, by
    /// path.
    pub chosen: Vec<Choice<'a>>,
    /// What exceeds the limit, in the same order.
    pub beyond: Vec<Choice<'a>>,
    /// What was set aside by hand; it is not offered again.
    pub set_aside: Vec<Choice<'a>>,
    /// Whether a person has put the chosen in order: their sections then stand as they come.
    pub is_arranged: bool,
    /// All others, by path.
    pub others: Vec<Choice<'a>>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The time that the issue covers.
    pub period: &'a Period,
    /// When it goes out; without it, at the end of the period.
    pub slot: Option<&'a Zoned>,
    /// What makes a candidate, and how many there may be.
    pub rules: &'a Gather,
    /// Paths in the workspace of articles that need neither flag nor date, and do not count
    /// against the limit.
    pub picks: &'a BTreeSet<String>,
    /// What the other issues have.
    pub used: &'a Used,
    /// What the issue itself has, or was offered.
    pub own: &'a BTreeSet<String>,
}

/// Reads articles whole, by their names.
pub type Whole<'w> = &'w dyn Fn(&BTreeSet<&str>) -> Vec<Article>;

/// Chooses among articles. `whole` reads those that may be chosen, so that no story comes twice
/// because two sources have it.
pub fn select<'a>(articles: &'a [Record], search: &Search<'_>, whole: Whole<'_>) -> Selection<'a> {
    let mut selection = Selection::default();
    for article in articles {
        let choice = search.judge(article);
        match choice.reason.takes() {
            true => selection.chosen.push(choice),
            false => selection.others.push(choice),
        }
    }
    search.part_twins(&mut selection, whole);
    selection.chosen.sort_by_key(|choice| {
        let article = choice.article;
        let weight = article.weight.unwrap_or(i64::MAX);
        let path = article.name.clone();
        (Reverse(choice.is_owed), weight, Reverse(article.date), path)
    });
    let mut room = Room::of(search.rules);
    let (chosen, beyond) = std::mem::take(&mut selection.chosen)
        .into_iter()
        .partition(|choice| choice.reason == Reason::Picked || room.take(&choice.section));
    selection.chosen = chosen;
    selection.beyond = beyond;
    selection.beyond.iter_mut().for_each(|choice| choice.reason = Reason::Limit);
    selection
}

/// How many more stories there may be.
struct Room<'r> {
    stories: usize,
    sections: HashMap<&'r str, usize>,
}

impl<'r> Room<'r> {
    fn of(rules: &'r Gather) -> Self {
        let bounded =
            rules.sections.iter().filter_map(|rule| Some((rule.name.as_str(), rule.max?)));
        Self { stories: rules.max_stories, sections: bounded.collect() }
    }

    /// Takes the place of one, if there is any.
    fn take(&mut self, section: &str) -> bool {
        let in_section = self.sections.get_mut(section);
        if self.stories == 0 || in_section.as_ref().is_some_and(|room| **room == 0) {
            return false;
        }
        self.stories -= 1;
        if let Some(room) = in_section {
            *room -= 1;
        }
        true
    }
}

impl Search<'_> {
    fn judge<'a>(&self, article: &'a Record) -> Choice<'a> {
        let section = section(article, self.rules);
        let is_candidate =
            featured(article, self.rules).is_some() || self.picks.contains(&article.name);
        let found = is_candidate.then(|| self.used.of(article)).flatten();
        let mut reason = self.reason(article, found);
        if reason.takes() {
            reason = self.withheld(article).unwrap_or(reason);
        }
        let used_in = found.map(|found| found.issue.clone());
        let is_owed = reason.takes() && found.is_some_and(|found| found.left_out > 0);
        Choice { article, section, reason, used_in, twin: None, is_owed }
    }

    /// Takes out what is the same story as another that is chosen, or that an issue has lately had;
    /// what was picked by hand stays.
    fn part_twins(&self, selection: &mut Selection<'_>, whole: Whole<'_>) {
        let since = self.period.from.timestamp().checked_sub(self.rules.carry_over);
        let is_recent = |record: &Record| record.date >= since.as_ref().ok().copied();
        // What was taken back, or must wait, does not go out by another source's copy of it.
        let holds = |reason| matches!(reason, Reason::Used | Reason::Retracted | Reason::Embargoed);
        let used = selection.others.iter().filter(|choice| holds(choice.reason));
        let mut choices: Vec<&Choice<'_>> =
            used.filter(|choice| is_recent(choice.article)).collect();
        choices.extend(&selection.chosen);
        if choices.len() < 2 {
            return;
        }
        let whole = whole(&choices.iter().map(|choice| choice.article.name.as_str()).collect());
        let length: HashMap<&str, usize> =
            whole.iter().map(|a| (a.source.name(), article::words(&a.body))).collect();
        // Kept is what an issue has, what was picked, a file rather than an entry, the longer text.
        choices.sort_by_cached_key(|choice| {
            let name = choice.article.name.as_str();
            let is_entry = article::file_of(name) != name;
            let length = length.get(name).copied();
            let is_own = self.own.contains(name);
            let is_picked = choice.reason == Reason::Picked;
            let is_used = holds(choice.reason);
            (Reverse((is_used, is_picked, is_own)), is_entry, Reverse(length), name.to_owned())
        });
        let records: Vec<&Record> = choices.iter().map(|choice| choice.article).collect();
        let mut twins: HashMap<String, (String, Likeness)> = HashMap::new();
        for (at, (first, likeness)) in twins::find(&records, &whole) {
            twins.insert(records[at].name.clone(), (records[first].name.clone(), likeness));
        }
        for mut choice in std::mem::take(&mut selection.chosen) {
            let twin = twins.remove(&choice.article.name);
            if twin.is_none() || choice.reason == Reason::Picked {
                selection.chosen.push(choice);
                continue;
            }
            choice.twin = twin;
            choice.reason = Reason::Twin;
            selection.others.push(choice);
        }
        selection.others.sort_by(|one, other| one.article.name.cmp(&other.article.name));
    }

    /// Why an article must not go out, whatever speaks for it.
    fn withheld(&self, article: &Record) -> Option<Reason> {
        let out = self.slot.unwrap_or(&self.period.until);
        if article.retracted {
            return Some(Reason::Retracted);
        }
        let is_early = article.embargo.is_some_and(|embargo| embargo > out.timestamp());
        is_early.then_some(Reason::Embargoed)
    }

    fn reason(&self, article: &Record, found: Option<&Use>) -> Reason {
        if self.picks.contains(&article.name) {
            return Reason::Picked;
        }
        if article.draft {
            return Reason::Draft;
        }
        if featured(article, self.rules).is_none() {
            return Reason::NotFeatured;
        }
        let Some(date) = article.date else { return Reason::Undated };
        match found {
            Some(found) if found.is_settled => return Reason::Used,
            // It is told once, behind the second of them.
            Some(found) if found.left_out > 1 => {
                let is_news = found.until >= self.period.from;
                return if is_news { Reason::LeftOut } else { Reason::OutsidePeriod };
            }
            _ => {}
        }
        if self.period.contains(date) {
            return Reason::Featured;
        }
        match self.is_late(date, found) {
            true => Reason::Late,
            false => Reason::OutsidePeriod,
        }
    }

    /// Whether no issue had an article that one of them should have had.
    fn is_late(&self, date: Timestamp, found: Option<&Use>) -> bool {
        let carry_over = self.rules.carry_over;
        let from = self.period.from.timestamp();
        let Ok(since) = from.checked_sub(carry_over) else { return false };
        let is_owed = found.is_some_and(|found| found.until.timestamp() >= since);
        let is_after = |first: &Zoned| date >= first.timestamp();
        let came_late = || date >= since && self.used.first().is_some_and(is_after);
        date < from && (is_owed || came_late())
    }
}

/// What makes an article featured, the first that does; `None` if nothing does.
pub fn featured<'r>(article: &Record, rules: &'r Gather) -> Option<&'r Feature> {
    rules.featured.iter().find(|feature| match feature {
        Feature::Flag => article.featured,
        Feature::Mark(mark) => has(article, mark),
    })
}

fn has(article: &Record, mark: &Mark) -> bool {
    match mark {
        Mark::Tag(tag) => article.tags.iter().any(|own| own.eq_ignore_ascii_case(tag)),
        Mark::Folder(folder) => folders(article::file_of(&article.name)).any(|own| own == folder),
        Mark::Section(name) => article.section.as_deref() == Some(name),
    }
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.split('/')
}

/// The section of front matter, else the one whose rule the article meets, else the first folder below
/// the article folder that only says where the story belongs, else [`TOP`].
fn section(article: &Record, rules: &Gather) -> String {
    let rule = |is_met: &dyn Fn(&Mark) -> bool| {
        rules
            .sections
            .iter()
            .find(|rule| rule.marks.iter().any(is_met))
            .map(|rule| rule.name.clone())
    };
    if let Some(own) = &article.section {
        let is_own = |mark: &Mark| matches!(mark, Mark::Section(name) if name == own);
        return rule(&is_own).unwrap_or_else(|| own.clone());
    }
    if let Some(name) = rule(&|mark| has(article, mark)) {
        return name;
    }
    let path = article::file_of(&article.name);
    let root = rules
        .articles
        .iter()
        .map(|root| root.value.trim_end_matches('/'))
        .filter(|root| path.starts_with(*root) && path[root.len()..].starts_with('/'))
        .max_by_key(|root| root.len());
    let below = root.map_or(path, |root| &path[root.len() + 1..]);
    let marks = |folder: &str| {
        rules
            .featured
            .iter()
            .any(|f| matches!(f, Feature::Mark(Mark::Folder(own)) if own == folder))
    };
    match folders(below).find(|folder| !folder.is_empty() && !marks(folder)) {
        Some(folder) if root.is_some() => title(folder),
        _ => TOP.to_owned(),
    }
}

fn title(folder: &str) -> String {
    let words = folder.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
