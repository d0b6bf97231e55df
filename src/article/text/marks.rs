//! The lines that pages hang around a story, known by what they say on every site.

use crate::config::Leftovers;

use super::phrases::{
    CONTROLS, CREDITS, END_OPENINGS, ENDS, NEWSLETTERS, OTHERS, READ_MORE, SHARE_FILLERS, SHARES,
};

/// An end marker is no longer than this, in words.
const MARKER_WORDS_MAX: usize = 14;
/// A caption with its credit is no longer than this, in words.
const CAPTION_WORDS_MAX: usize = 60;
/// A notice (rights, cookies) is no longer than this, in words.
const NOTICE_WORDS_MAX: usize = 45;

/// What a line says that is no part of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// What comes behind is no longer the story.
    End,
    /// A heading over links to other stories, which may stand inside one.
    Others,
    /// A link to another story.
    ReadMore,
    /// An offer to subscribe.
    Newsletter,
    Advertisement,
    Share,
    Caption,
    Menu,
    /// A line in capitals: a heading, or a link to another story.
    Capitals,
    Rights,
    Cookies,
    /// What the page itself offers: `Listen to this article`, `4 min read`.
    Control,
    /// What letterpress.toml calls no part of a story.
    Own,
}

impl Mark {
    pub(super) fn rule(self) -> &'static str {
        match self {
            Self::End => "end marker",
            Self::Others => "heading of other stories",
            Self::ReadMore => "read more",
            Self::Newsletter => "newsletter offer",
            Self::Advertisement => "advertisement",
            Self::Share => "share line",
            Self::Caption => "photo caption",
            Self::Menu => "menu",
            Self::Capitals => "line in capitals",
            Self::Rights => "rights notice",
            Self::Cookies => "cookie notice",
            Self::Control => "page control",
            Self::Own => "gather.cut",
        }
    }
}

impl Mark {
    /// Says whether pages put such lines inside stories too.
    pub(super) fn stands_inside(self) -> bool {
        matches!(
            self,
            Self::Others
                | Self::ReadMore
                | Self::Newsletter
                | Self::Advertisement
                | Self::Share
                | Self::Caption
                | Self::Control
                | Self::Own
        )
    }
}

/// Says whether letterpress.toml calls a line no part of a story.
pub(super) fn own(text: &str, leftovers: &Leftovers) -> Option<Mark> {
    if leftovers.cut.is_empty() && leftovers.ends.is_empty() {
        return None;
    }
    let lower = text.to_lowercase();
    let begins = |openings: &[String]| openings.iter().any(|opening| lower.starts_with(opening));
    let cut = begins(&leftovers.cut).then_some(Mark::Own);
    cut.or_else(|| begins(&leftovers.ends).then_some(Mark::End))
}

/// Says what a line is that is no part of a story.
pub(super) fn of(text: &str, words: usize) -> Option<Mark> {
    let lower = text.to_lowercase().replace('’', "'");
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric() && c != '©' && c != '+');
    notice(&lower, bare, words)
        .or_else(|| share(bare, words))
        .or_else(|| (words <= MARKER_WORDS_MAX).then(|| short(text, bare)).flatten())
        .or_else(|| (words <= CAPTION_WORDS_MAX && is_caption(&lower)).then_some(Mark::Caption))
        .or_else(|| is_menu(text, words).then_some(Mark::Menu))
        .or_else(|| is_capitals(text, words).then_some(Mark::Capitals))
}

fn notice(lower: &str, bare: &str, words: usize) -> Option<Mark> {
    if words > NOTICE_WORDS_MAX {
        return None;
    }
    let rights = bare.starts_with('©')
        || bare.starts_with("copyright")
        || bare.starts_with("(c) ")
        || lower.contains("all rights reserved")
        || (lower.contains('©') && words <= MARKER_WORDS_MAX);
    let cookies = lower.contains("cookie")
        && ["accept", "consent", "policy", "we use", "uses", "agree"]
            .iter()
            .any(|word| lower.contains(word));
    rights.then_some(Mark::Rights).or(cookies.then_some(Mark::Cookies))
}

fn short(text: &str, bare: &str) -> Option<Mark> {
    let begins = |openings: &[&str]| openings.iter().any(|opening| begins_with(bare, opening));
    if bare == "advertisement" || bare == "advertisements" || bare == "ad" || bare == "ads" {
        return Some(Mark::Advertisement);
    }
    if ENDS.contains(&bare) || is_count(bare) {
        return Some(Mark::End);
    }
    if OTHERS.contains(&bare) {
        return Some(Mark::Others);
    }
    if begins(READ_MORE) {
        return Some(Mark::ReadMore);
    }
    if begins(END_OPENINGS) {
        // `Related: A tram for the hills` is a link that stands inside stories.
        let names_one = bare.starts_with("related")
            && bare.split_once(": ").is_some_and(|(_, one)| one.split(' ').count() > 1);
        return Some(if names_one { Mark::ReadMore } else { Mark::End });
    }
    if begins(NEWSLETTERS) {
        return Some(Mark::Newsletter);
    }
    let control = CONTROLS.contains(&bare)
        || (bare.ends_with("min read")
            || bare.ends_with("minute read")
            || bare.ends_with("minutes read"))
        || (begins(CONTROLS) && !has_stop(text) && bare.split(' ').count() <= 4);
    control.then_some(Mark::Control)
}

fn begins_with(bare: &str, opening: &str) -> bool {
    bare.strip_prefix(opening).is_some_and(|rest| {
        !opening.ends_with(char::is_alphanumeric) || !rest.starts_with(char::is_alphanumeric)
    })
}

/// `3 comments`, `1.2k shares`, `12 responses`.
fn is_count(bare: &str) -> bool {
    let mut words = bare.split(' ');
    let (Some(first), Some(second), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let counted =
        ["comment", "comments", "share", "shares", "response", "responses", "replies", "views"];
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) || word == "no";
    (number(first) && counted.contains(&second)) || (number(second) && counted.contains(&first))
}

/// A line of nothing but the ways to share a page.
fn share(bare: &str, words: usize) -> Option<Mark> {
    if words > MARKER_WORDS_MAX || bare.is_empty() {
        return None;
    }
    let mut ways = 0;
    for word in bare.split(|c: char| c.is_whitespace() || ",·|:;/()".contains(c)) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+');
        if SHARES.contains(&word) {
            ways += 1;
        } else if !word.is_empty() && !SHARE_FILLERS.contains(&word) {
            return None;
        }
    }
    (ways > 0).then_some(Mark::Share)
}

/// A line that ends in a credit, or begins with one: `Photo: A. Person`, `(Image by A. Person)`.
fn is_caption(lower: &str) -> bool {
    if ["(ap photo", "/getty images", "/reuters", "/afp", "(reuters)", "ap photo/", "via getty"]
        .iter()
        .any(|credit| lower.contains(credit))
        && lower.split(' ').count() <= CAPTION_WORDS_MAX
        && (lower.ends_with(')') || !lower.ends_with('.'))
    {
        return true;
    }
    let credits = lower
        .match_indices([':', '/'])
        .map(|(at, _)| (at, 1))
        .chain(lower.match_indices(" by ").map(|(at, _)| (at, 4)));
    credits.into_iter().any(|(at, length)| {
        let before =
            lower[..at].rsplit(['.', '(', '|', '[', '!', '?', '—', '…']).next().unwrap_or_default();
        let name = lower[at + length..].trim_matches(|c: char| !c.is_alphanumeric());
        let words = name.split_whitespace().count();
        CREDITS.contains(&before.trim()) && (1..=8).contains(&words) && !name.contains(". ")
    })
}

/// A line of links side by side, with signs between short pieces.
fn is_menu(text: &str, words: usize) -> bool {
    let pieces =
        |sign: &str| text.split(sign).filter(|piece| piece.split(' ').count() <= 5).count();
    [" | ", " · ", " • ", " > ", " » ", " › "].iter().any(|sign| pieces(sign) >= 3)
        || pieces("|") >= 3
        || (words <= 8 && (text.contains(" > ") || text.contains(" » ") || text.contains(" › ")))
}

/// Most words in capitals and no stop.
fn is_capitals(text: &str, words: usize) -> bool {
    let capitals = text.split(' ').filter(|word| word.starts_with(char::is_uppercase)).count();
    words >= 3 && !has_stop(text) && !has_inner_stop(text) && capitals * 10 > words * 7
}

/// Says whether a text ends as a sentence does.
pub(super) fn has_stop(text: &str) -> bool {
    let bare = text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '»', ' ', '*']);
    bare.ends_with(['.', '!', '?', '…', ':', '。', '！', '？', '।'])
}

/// Says whether a sentence ends inside a text.
pub(super) fn has_inner_stop(text: &str) -> bool {
    [". ", "? ", "! ", ".” ", ".\" ", "。", "？", "！", ".” "]
        .iter()
        .any(|stop| text.contains(stop))
}
