//! Years of a newsroom, run through under a clock of their own: every slot has its issue once, and
//! every story comes once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

use super::super::*;
use super::article;
use crate::article::{Article, Record};
use crate::config::{Feature, Gather, Located, Schedule};
use crate::words::{Block, Inline, IssueName, Period, Source};

const DAY: Duration = Duration::from_secs(86_400);
/// How many stories an issue takes here: fewer than many a week has.
const STORIES_MAX: usize = 5;

/// A small generator of numbers (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// An article that will come to the newsroom.
struct Coming {
    arrives: Zoned,
    article: Record,
}

/// A newsroom: its articles, its issues, and what was told to it.
struct Newsroom {
    zone: TimeZone,
    dice: Dice,
    schedule: Schedule,
    since: Zoned,
    told_until: Zoned,
    rules: Gather,
    coming: Vec<Coming>,
    articles: Vec<Record>,
    files: BTreeMap<IssueName, (IssueFile, Offered)>,
    dated: Vec<Dated>,
    /// In which issues each article was sent, by its text.
    sent: BTreeMap<String, Vec<IssueName>>,
    /// Articles of which it was told that they were never sent.
    crowded: BTreeSet<String>,
    missed: Vec<Zoned>,
}

fn text(article: &Record) -> String {
    article.digest.clone().unwrap()
}

impl Newsroom {
    fn new(zone: &str, every: &str, seed: u64) -> Self {
        let zone = TimeZone::get(zone).unwrap();
        let start: Zoned = Date::constant(2023, 1, 2).to_zoned(zone.clone()).unwrap();
        let span = Source::new("letterpress.toml", "").span(0..0);
        Self {
            zone,
            dice: Dice(seed),
            schedule: Schedule {
                every: every.parse().unwrap(),
                skip: BTreeSet::new(),
                latest: Duration::from_secs(6 * 3_600),
                week_starts: Weekday::Monday,
            },
            since: start.clone(),
            told_until: start,
            rules: Gather {
                articles: vec![Located { value: "articles".into(), span }],
                featured: vec![Feature::Flag],
                min_stories: 1,
                max_stories: STORIES_MAX,
                carry_over: 7 * DAY,
                sections: vec![],
                origins: vec![],
                feeds: vec![],
                private_feeds: vec![],
                leftovers: crate::config::Leftovers::default(),
            },
            coming: vec![],
            articles: vec![],
            files: BTreeMap::new(),
            dated: vec![],
            sent: BTreeMap::new(),
            crowded: BTreeSet::new(),
            missed: vec![],
        }
    }

    /// Thinks up a week's articles: in time, late, dated back or ahead, and on the boundary.
    fn think_up(&mut self, week: usize, monday: &Zoned) {
        let count = 1 + self.dice.below(7);
        for number in 0..count {
            let at = monday.checked_add((self.dice.below(7 * 1_440) as i64).minutes()).unwrap();
            let slot = self.schedule.slot_from(&at).unwrap();
            let hours = |dice: &mut Dice, end: u64| (dice.below(end) as i64).hours();
            let (date, arrives) = match self.dice.below(6) {
                0 => (slot.clone(), slot.checked_add(hours(&mut self.dice, 100)).unwrap()),
                1 => (at.clone(), at.checked_add(hours(&mut self.dice, 140)).unwrap()),
                2 => (at.clone(), at.checked_sub(hours(&mut self.dice, 200)).unwrap()),
                3 => (at.checked_sub(hours(&mut self.dice, 140)).unwrap(), at),
                4 => (slot.checked_sub(1.second()).unwrap(), slot),
                _ => (at.clone(), at),
            };
            let path = format!("articles/{week}-{number}.md");
            let link = (number % 2 == 0).then(|| format!("https://n.example/{week}/{number}"));
            let body = Inline::Text(format!("The text of story {number} in week {week}."));
            let article = Article {
                date: Some(date),
                link: link.map(|link| link.parse().unwrap()),
                body: vec![Block::Paragraph(vec![body])],
                section: (number == 3).then(|| "World".to_owned()),
                ..article(&path, &format!("Story {week}-{number}"), 20)
            };
            self.coming.push(Coming { arrives, article: Record::of(&article) });
        }
    }

    /// What came in until now lies in the folder.
    fn receive(&mut self, now: &Zoned) {
        let (here, coming) =
            std::mem::take(&mut self.coming).into_iter().partition(|c| c.arrives <= *now);
        self.coming = coming;
        let here: Vec<Coming> = here;
        self.articles.extend(here.into_iter().map(|coming| coming.article));
        self.articles.sort_by(|one, other| one.name.cmp(&other.name));
    }

    /// What `run` does; says whether it sent an issue.
    fn run(&mut self, now: &Zoned) -> bool {
        let calendar =
            Calendar { schedule: &self.schedule, now, since: &self.since, issues: &self.dated };
        let missed = calendar.missed(&self.told_until);
        let due = calendar.due();
        if let Some(last) = missed.last() {
            self.told_until = last.slot.clone();
        }
        self.missed.extend(missed.into_iter().map(|missed| missed.slot));
        match due {
            Due::Nothing => false,
            Due::Make(name, slot, period) => {
                self.receive(now);
                self.issue(name, &period, Some(&slot), &BTreeSet::new())
            }
            other => panic!("{now}: {other:?}"),
        }
    }

    fn used(&self, but: &IssueName) -> Used {
        let mut used = Used::default();
        for (name, (file, offered)) in self.files.iter().filter(|(name, _)| *name != but) {
            used.take(name, file, Some(offered), None);
        }
        used
    }

    /// Gathers an issue and sends it; one without stories is not made.
    fn issue(
        &mut self,
        name: IssueName,
        period: &Period,
        slot: Option<&Zoned>,
        picks: &BTreeSet<String>,
    ) -> bool {
        let used = self.used(&name);
        let search =
            Search { period, slot, rules: &self.rules, picks, used: &used, own: &BTreeSet::new() };
        let selection = select(&self.articles, &search, &|_| vec![]);
        for choice in selection.others.iter().filter(|choice| choice.reason == Reason::LeftOut) {
            self.crowded.insert(text(choice.article));
        }
        if selection.chosen.is_empty() {
            return false;
        }
        let written = compose(&selection, period, slot, &[]);
        let file = parse(Source::new(name.path(), written), &self.zone).unwrap();
        let offered = selection.chosen.iter().chain(&selection.beyond);
        let offered = offered
            .map(|choice| (choice.article.name.clone(), Trait::of(choice.article)))
            .collect();
        for item in file.sections.iter().filter(|s| !s.is_left_out()).flat_map(|s| &s.items) {
            let article = self.articles.iter().find(|a| a.name == item.target).unwrap();
            self.sent.entry(text(article)).or_default().push(name.clone());
        }
        let (until, slot) = (period.until.clone(), slot.cloned());
        self.dated.push(Dated { name: name.clone(), until, slot, progress: Progress::Sent });
        self.files.insert(name, (file, offered));
        true
    }

    /// What people do to articles afterwards: date them anew, move them, rename their section.
    fn meddle(&mut self, now: &Zoned) {
        let is_sent = |sent: &BTreeMap<String, Vec<IssueName>>, article: &Record| {
            sent.contains_key(&text(article))
        };
        for _ in 0..3 {
            if self.articles.is_empty() {
                return;
            }
            let at = self.dice.below(self.articles.len() as u64) as usize;
            if !is_sent(&self.sent, &self.articles[at]) {
                continue;
            }
            match self.dice.below(4) {
                0 => self.articles[at].date = Some(now.timestamp()),
                1 => {
                    let moved = format!("articles/moved/{}", self.dice.0);
                    self.articles[at].name = moved;
                    self.articles[at].date = Some(now.timestamp());
                }
                2 => self.articles[at].section = Some("Elsewhere".to_owned()),
                _ => drop(self.articles.remove(at)),
            }
        }
    }
}

fn weeks() -> usize {
    if std::env::var_os("LETTERPRESS_TEST_FULL").is_some() { 520 } else { 70 }
}

fn years(zone: &str, seed: u64) {
    let weeks = weeks();
    let mut room = Newsroom::new(zone, "Monday 07:30", seed);
    let start = room.since.clone();
    let mut served: BTreeSet<Zoned> = BTreeSet::new();
    let mut owed: BTreeSet<Zoned> = BTreeSet::new();
    let mut now = start.clone();
    for week in 0..weeks {
        let monday = now.clone();
        let next = monday.checked_add(7.days()).unwrap();
        room.think_up(week, &monday);
        if week % 26 == 7 {
            room.schedule.skip.insert(monday.date());
        }
        if week == weeks / 2 {
            // From Monday to Thursday: no Monday before is owed any more, nor this week's.
            room.schedule.every = "Thursday 18:00".parse().unwrap();
            room.since = monday.clone();
        }
        let is_off = week % 17 == 5;
        let mut slot = room.schedule.slot_from(&monday);
        while let Some(at) = slot.filter(|at| *at < next) {
            owed.insert(at.clone());
            slot = room.schedule.slot_after(&at);
        }
        while now < next {
            // A machine that is off from an hour before a slot until its time is over.
            let off = |slot: &Zoned| {
                let from = slot.checked_sub(1.hour()).unwrap();
                now >= from && now <= slot.checked_add(7.hours()).unwrap()
            };
            let near = owed.range(monday.clone()..).next().is_some_and(off);
            if !(is_off && near) && room.run(&now) {
                let slot = room.dated.last().unwrap().slot.clone().unwrap();
                assert!(served.insert(slot.clone()), "{slot} twice");
                assert!(now >= slot && owed.contains(&slot), "{slot} at {now}");
            }
            now = now.checked_add(15.minutes()).unwrap();
        }
        room.receive(&now);
        if week % 13 == 9 {
            // A special takes a story that may be anybody's.
            let picks = room.articles.iter().map(|a| a.name.clone());
            let unsent = picks.filter(|path| {
                let article = room.articles.iter().find(|a| a.name == *path).unwrap();
                !room.sent.contains_key(&text(article))
            });
            let picks: BTreeSet<String> = unsent.take(1).collect();
            let period = Period { from: now.clone(), until: now.checked_add(1.minute()).unwrap() };
            room.issue(format!("special-{week}").parse().unwrap(), &period, None, &picks);
        }
        room.meddle(&now);
    }
    check(&room, &owed, &served, &now);
}

fn check(room: &Newsroom, owed: &BTreeSet<Zoned>, served: &BTreeSet<Zoned>, now: &Zoned) {
    let missed: BTreeSet<Zoned> = room.missed.iter().cloned().collect();
    assert_eq!(missed.len(), room.missed.len(), "a missed slot was told twice");
    let left: Vec<_> = owed.iter().filter(|s| !served.contains(s) && !missed.contains(s)).collect();
    assert!(
        left.len() <= 1 && left.iter().all(|s| **s > now.checked_sub(7.days()).unwrap()),
        "{left:?}"
    );
    assert!(served.is_disjoint(&missed));
    assert!(missed.len() >= weeks() / 17 && served.len() > weeks() * 4 / 5);

    let twice: Vec<_> = room.sent.iter().filter(|(_, issues)| issues.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let end = now.checked_sub(21.days()).unwrap();
    let lost = room.articles.iter().filter(|article| {
        let text = text(article);
        article.date.unwrap() < end.timestamp()
            && !room.sent.contains_key(&text)
            && !room.crowded.contains(&text)
    });
    let lost: Vec<_> = lost.map(|a| (a.name.as_str(), a.date.as_ref())).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(room.sent.len() > weeks() * 2 && !room.crowded.is_empty());
}

#[test]
fn every_slot_has_its_issue_and_every_story_comes_once_in_oslo() {
    years("Europe/Oslo", 1);
}

#[test]
fn every_slot_has_its_issue_and_every_story_comes_once_in_new_york() {
    years("America/New_York", 2);
}

#[test]
fn every_slot_has_its_issue_and_every_story_comes_once_on_lord_howe() {
    years("Australia/Lord_Howe", 3);
}

#[test]
fn every_slot_has_its_issue_and_every_story_comes_once_in_kathmandu() {
    years("Asia/Kathmandu", 4);
}
