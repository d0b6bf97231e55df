//! When two texts are one story.
//!
//! The words must be nearly the same, and what differs must not be what a story of its own would
//! differ in: a count that rose, another day, another town. So a second report by the same pattern
//! stays a story.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::article::Article;
use crate::words::Block;

/// Shorter texts, in words, must be equal, and their headlines too.
const SHORT_WORDS: usize = 40;
/// The share of words that two texts must have in common.
const COMMON_MIN: f64 = 0.88;
/// The share of figures and days among the words that differ, from which on the texts are two.
const FIGURES_MIN: f64 = 0.3;
/// The same with names.
const NAMES_MIN: f64 = 0.7;
/// So many figures in the place of others make two texts, however much else is the same.
const CORRECTED_MIN: usize = 3;
/// So many words in a row make a shingle.
const SHINGLE_WORDS: usize = 3;
/// How many of its shingles stand for a text.
const SKETCH: usize = 48;
/// Texts with fewer of them in common are not compared.
const SKETCH_COMMON_MIN: usize = 8;
/// With how many holders of a shingle another is compared: what more have is no story's own.
const HOLDERS_MAX: usize = 64;

/// Words that say when or how many, like figures.
const COUNTS: [&str; 47] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "dozen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
    "billion",
    "first",
    "second",
    "third",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A text made ready for comparison.
pub(super) struct Text {
    headline: String,
    /// Those of the headline.
    figures: Vec<String>,
    words: Vec<Word>,
    sketch: Vec<u64>,
}

/// A word of a text.
#[derive(Clone, Debug)]
struct Word {
    /// Without case and punctuation.
    folded: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// It says how many, or when.
    Figure,
    /// It begins with a capital, and no sentence begins with it.
    Name,
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Word {}

impl PartialOrd for Word {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Word {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Word {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl Text {
    pub(super) fn of(article: &Article) -> Self {
        let words = words(&Block::plain(&article.body));
        let mut sketch: Vec<u64> = words.windows(SHINGLE_WORDS).map(hash).collect();
        sketch.sort_unstable();
        sketch.dedup();
        sketch.truncate(SKETCH);
        let title = self::words(&article.title);
        let figures = title.iter().filter(|word| word.kind == Kind::Figure);
        let figures = figures.map(|word| word.folded.clone()).collect();
        let headline = title.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        Self { headline, figures, words, sketch }
    }

    fn headlines_count_differently(&self, other: &Self) -> bool {
        let both_count = !self.figures.is_empty() && !other.figures.is_empty();
        both_count && self.figures != other.figures
    }

    fn is_like(&self, other: &Self) -> bool {
        if self.words.len().min(other.words.len()) < SHORT_WORDS {
            return self.headline == other.headline && self.words == other.words;
        }
        let all = self.words.len() + other.words.len();
        let (differing, corrected) = differing(&self.words, &other.words);
        let differs = differing.len() as f64;
        if 1.0 - differs / (all as f64) < COMMON_MIN {
            return false;
        }
        let count = |kind| differing.iter().filter(|own| **own == kind).count() as f64;
        let (figures, names) = (count(Kind::Figure), count(Kind::Name));
        let has_own_figures = (figures >= 2.0 && figures / differs >= FIGURES_MIN)
            || corrected >= CORRECTED_MIN
            || self.headlines_count_differently(other);
        let has_own_names = names >= 4.0 && (figures + names) / differs >= NAMES_MIN;
        !has_own_figures && !has_own_names
    }
}

/// The kinds of all words that stand in one of two texts alone, and how many figures have another in
/// their place.
fn differing(one: &[Word], other: &[Word]) -> (Vec<Kind>, usize) {
    let figures = |words: &[Word]| words.iter().filter(|word| word.kind == Kind::Figure).count();
    let mut kinds = Vec::new();
    let mut corrected = 0;
    for op in capture_diff_slices(Algorithm::Myers, one, other) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old, new) = (&one[op.old_range()], &other[op.new_range()]);
        corrected += figures(old).min(figures(new));
        kinds.extend(old.iter().chain(new).map(|word| word.kind));
    }
    (kinds, corrected)
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut begins = true;
        for raw in line.split_whitespace() {
            let folded = folded(raw);
            if !folded.is_empty() {
                let is_capital =
                    raw.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase);
                let is_figure = folded.contains(|c: char| c.is_numeric());
                let kind = if is_figure || COUNTS.contains(&folded.as_str()) {
                    Kind::Figure
                } else if is_capital && !begins {
                    Kind::Name
                } else {
                    Kind::Plain
                };
                words.push(Word { folded, kind });
            }
            begins = raw.trim_end_matches(['"', '”', '’', ')']).ends_with(['.', '!', '?', ':']);
        }
    }
    words
}

fn folded(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn hash(words: &[Word]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

/// The pairs of texts that are one story, each pair in order.
pub(super) fn alike(texts: &[Option<Text>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (one, other) in candidates(texts) {
        if let (Some(first), Some(second)) = (&texts[one], &texts[other])
            && first.is_like(second)
        {
            pairs.push((one, other));
        }
    }
    pairs
}

/// The pairs that have enough shingles in common to be compared.
fn candidates(texts: &[Option<Text>]) -> Vec<(usize, usize)> {
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut common: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (at, text) in texts.iter().enumerate() {
        for shingle in text.iter().flat_map(|text| &text.sketch) {
            let holders = holders.entry(*shingle).or_default();
            let first = holders.iter().take(HOLDERS_MAX);
            first.for_each(|other| *common.entry((*other, at)).or_default() += 1);
            holders.push(at);
        }
    }
    let enough = |(one, other): (usize, usize)| {
        let sketch = |at: usize| texts[at].as_ref().map_or(0, |text| text.sketch.len());
        SKETCH_COMMON_MIN.min(sketch(one).min(sketch(other)).div_ceil(4))
    };
    common
        .into_iter()
        .filter(|(pair, count)| *count >= enough(*pair))
        .map(|(pair, _)| pair)
        .collect()
}
