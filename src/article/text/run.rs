//! Finds the story among the lines of a page: the run of lines with the largest sum of scores
//! (EXTRACTION: a gap is bridged where enough sentences follow), and what to drop inside it.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut, Range};

use super::lines::Line;
use super::marks::Mark;

/// A line counts no more words than this.
const SCORE_WORDS_MAX: usize = 60;
/// A longer run of short lines inside a story is a list of links.
const SHORT_RUN_MAX: usize = 4;
/// Unless its lines have as many words on average.
const SHORT_RUN_WORDS: usize = 5;

/// Lines that pages put inside stories count no less than this where they stand together.
const GAP_SCORE_MIN: i32 = -20;

/// So many lines of a page may stand between a story's first paragraphs.
const BETWEEN_MAX: usize = 2;

/// A paragraph of as many words that is left out is told, unless an end marker stands before it.
const DOUBTFUL_WORDS_MIN: usize = 12;

/// The story's lines.
#[derive(Clone, Debug)]
pub(super) struct Story {
    lines: Range<usize>,
    /// Whether no line looked like one of a story.
    pub(super) unsure: bool,
}

impl Deref for Story {
    type Target = Range<usize>;

    fn deref(&self) -> &Range<usize> {
        &self.lines
    }
}

impl DerefMut for Story {
    fn deref_mut(&mut self) -> &mut Range<usize> {
        &mut self.lines
    }
}

/// Finds the story.
pub(super) fn find(lines: &[Line]) -> Story {
    let scores = scores(lines);
    let (sum, run) = largest(&scores);
    if sum == 0 {
        return fallback(lines);
    }
    Story { lines: widen(lines, run), unsure: false }
}

/// The run of scores with the largest sum, the first of several.
fn largest(scores: &[i32]) -> (i32, Range<usize>) {
    let mut best = (0, 0..0);
    let (mut sum, mut start) = (0_i32, 0);
    for (at, score) in scores.iter().enumerate() {
        if sum <= 0 {
            (sum, start) = (0, at);
        }
        sum = sum.saturating_add(*score);
        if sum > best.0 {
            best = (sum, start..at + 1);
        }
    }
    best
}

/// Without a single sentence, all is the story up to the first mark of an end.
fn fallback(lines: &[Line]) -> Story {
    let plain =
        |line: &Line| line.mark.is_none() || matches!(line.mark, Some(Mark::Menu | Mark::Capitals));
    let start = lines.iter().position(|line| plain(line) && line.role.is_none());
    let Some(start) = start else { return Story { lines: 0..0, unsure: !lines.is_empty() } };
    let end = lines[start..].iter().position(|line| !plain(line));
    let end = end.map_or(lines.len(), |length| start + length);
    Story { lines: start..end, unsure: true }
}

/// The score of every line. Offers and links that stand together inside a story part it no more
/// than one of them would.
fn scores(lines: &[Line]) -> Vec<i32> {
    let mut gap = 0;
    let mut after_others = false;
    let score_in_gap = |line: &Line| {
        let is_link = after_others && line.mark.is_none() && !line.is_sentence();
        let own = score(line);
        after_others = line.mark == Some(Mark::Others);
        if !is_link && !line.mark.is_some_and(Mark::stands_inside) {
            gap = if line.is_sentence() { 0 } else { gap };
            return own;
        }
        let before = gap;
        gap = (gap + own).max(GAP_SCORE_MIN);
        gap - before
    };
    lines.iter().map(score_in_gap).collect()
}

/// What a line adds to a story; a negative score parts it from one.
fn score(line: &Line) -> i32 {
    let repeated = if line.repeated { -16 } else { 0 };
    let own = match line.mark {
        Some(Mark::End | Mark::Rights) => -45,
        // These stand inside stories too, so that a short ending behind one is not lost.
        Some(Mark::Others | Mark::ReadMore | Mark::Newsletter) => -20,
        // It says nothing of what stands around it.
        Some(Mark::Own) => 0,
        Some(Mark::Cookies) => -20,
        Some(Mark::Menu | Mark::Capitals) => -12,
        Some(Mark::Share | Mark::Advertisement | Mark::Control | Mark::Caption) => -8,
        None if line.role.is_some() => -8,
        None if line.is_sentence() => line.words.min(SCORE_WORDS_MAX) as i32,
        None if line.words >= 10 || line.bullet || is_remark(line) => 0,
        None => -8,
    };
    own + repeated
}

/// A sentence of few words, as stories have them between their paragraphs.
fn is_remark(line: &Line) -> bool {
    line.mark.is_none()
        && line.role.is_none()
        && !line.repeated
        && line.stop
        && !line.bullet
        && !line.text.ends_with(':')
        && line.text.starts_with(|c: char| !c.is_lowercase())
}

/// Takes in the sentences that stand directly around the story, or around a picture or an
/// advertisement there: behind it short ones, before it full ones.
fn widen(lines: &[Line], run: Range<usize>) -> Range<usize> {
    let bridged = |line: &Line| matches!(line.mark, Some(Mark::Caption | Mark::Advertisement));
    let mut end = run.end;
    // A list that the text announces belongs to it.
    let mut in_list = run.end > 0 && lines[run.end - 1].text.ends_with(':');
    for (at, line) in lines.iter().enumerate().skip(run.end) {
        in_list |= at > 0 && end == at && lines[at - 1].text.ends_with(':');
        let is_item = in_list && line.bullet && line.mark.is_none() && !line.repeated;
        if is_remark(line) || is_item {
            end = at + 1;
        } else if !bridged(line) {
            break;
        }
        in_list &= is_item;
    }
    let (mut start, mut between) = (run.start, 0);
    for (at, line) in lines[..run.start].iter().enumerate().rev() {
        if line.role.is_some() {
            // Short sentences reach up to the head.
            let first = lines[at + 1..start].iter().position(is_remark);
            start = first.map_or(start, |first| at + 1 + first);
            break;
        }
        let is_between = line.mark.is_some_and(Mark::stands_inside);
        between = if is_between { between + 1 } else { 0 };
        if is_remark(line) && line.is_sentence() {
            start = at;
        } else if !(is_remark(line) || is_between && between <= BETWEEN_MAX) {
            break;
        }
    }
    start..end
}

/// The first line behind the story that reads as more of it, with nothing between that ends a
/// story.
pub(super) fn doubtful_behind(lines: &[Line], story: &Range<usize>) -> Option<usize> {
    let ends = |line: &Line| {
        let by_offer = matches!(line.mark, Some(Mark::Others | Mark::ReadMore | Mark::Newsletter));
        by_offer || matches!(line.mark, Some(Mark::End | Mark::Rights | Mark::Cookies))
    };
    let mut behind = lines.iter().enumerate().skip(story.end).take_while(|(_, line)| !ends(line));
    let reads_on = |line: &Line| {
        line.mark.is_none() && line.stop && !line.repeated && line.words >= DOUBTFUL_WORDS_MIN
    };
    behind.find(|(_, line)| reads_on(line)).map(|(at, _)| at)
}

/// The first line between the head and the story that reads as a paragraph of it.
pub(super) fn doubtful_above(lines: &[Line], story: &Range<usize>) -> Option<usize> {
    let above = &lines[..story.start];
    let head = above.iter().rposition(|line| line.role.is_some())?;
    let reads_on = |line: &Line| is_remark(line) && line.words >= DOUBTFUL_WORDS_MIN;
    above[head..].iter().position(reads_on).map(|at| head + at)
}

/// Names the lines inside the story that are no part of it, each with its rule.
pub(super) fn drops(lines: &[Line], story: &Range<usize>) -> BTreeMap<usize, &'static str> {
    let mut drops = BTreeMap::new();
    let mut after_others = false;
    for at in story.clone() {
        let line = &lines[at];
        match line.mark {
            Some(Mark::Menu | Mark::Capitals) | None => {
                after_others &= !line.is_sentence();
                if after_others {
                    drops.insert(at, "link to another story");
                }
            }
            Some(mark) => {
                after_others = matches!(mark, Mark::Others | Mark::End);
                drops.insert(at, mark.rule());
            }
        }
    }
    short_runs(lines, story, &mut drops);
    drops
}

/// Drops runs of short lines, which are lists of links; lists with bullets and lists of short
/// sentences stay.
fn short_runs(lines: &[Line], story: &Range<usize>, drops: &mut BTreeMap<usize, &'static str>) {
    let mut run: Vec<usize> = Vec::new();
    for at in story.clone().chain([story.end]) {
        let is_short = story.contains(&at)
            && !lines[at].is_sentence()
            && lines[at].words < 10
            && !drops.contains_key(&at);
        if is_short {
            run.push(at);
            continue;
        }
        let words: usize = run.iter().map(|&at| lines[at].words).sum();
        let bullets = run.iter().filter(|&&at| lines[at].bullet).count();
        let links = run.len() > SHORT_RUN_MAX
            && words < SHORT_RUN_WORDS * run.len()
            && bullets * 2 < run.len();
        if links {
            drops.extend(run.iter().map(|&at| (at, "list of links")));
        }
        run.clear();
    }
}
