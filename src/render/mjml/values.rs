//! Values of CSS in attributes that npm's table calls texts: borders, corners, fonts, pictures.
//!
//! Invariant: what CSS takes is taken, and in doubt all is: functions, several layers, references.

use super::colors;
use crate::diag::nearest;

/// A property whose values are held to CSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Border,
    BorderStyle,
    Radius,
    FontFamily,
    FontStyle,
    Decoration,
    Transform,
    Position,
    Size,
}

const EVERYWHERE: [&str; 5] = ["inherit", "initial", "unset", "revert", "revert-layer"];
const LINES: [&str; 10] =
    ["none", "hidden", "dotted", "dashed", "solid", "double", "groove", "ridge", "inset", "outset"];
const WIDTHS: [&str; 3] = ["thin", "medium", "thick"];
/// Colours of the system, some of which Outlook writes.
const SYSTEM_COLORS: [&str; 7] =
    ["currentcolor", "windowtext", "window", "buttontext", "buttonface", "canvas", "canvastext"];
const DECORATIONS: [&str; 12] = [
    "none",
    "underline",
    "overline",
    "line-through",
    "blink",
    "solid",
    "double",
    "dotted",
    "dashed",
    "wavy",
    "auto",
    "from-font",
];
const UNITS: [&str; 16] = [
    "px", "%", "em", "rem", "ex", "ch", "cm", "mm", "q", "in", "pt", "pc", "vw", "vh", "vmin",
    "vmax",
];

impl Property {
    /// Returns the property that an attribute of MJML sets.
    pub(super) fn of(attribute: &str) -> Option<Self> {
        let is_border = |name: &str| {
            let sides = ["border", "border-top", "border-right", "border-bottom", "border-left"];
            sides.contains(&name)
        };
        let bare = ["inner-", "tb-", "ico-"].iter().find_map(|start| attribute.strip_prefix(start));
        match bare.unwrap_or(attribute) {
            "border-style" => Some(Self::BorderStyle),
            "border-radius" => Some(Self::Radius),
            "font-family" => Some(Self::FontFamily),
            "font-style" => Some(Self::FontStyle),
            "text-decoration" => Some(Self::Decoration),
            "text-transform" => Some(Self::Transform),
            "background-position" | "background-position-x" | "background-position-y" => {
                Some(Self::Position)
            }
            "background-size" => Some(Self::Size),
            name => is_border(name).then_some(Self::Border),
        }
    }

    /// Says whether a value may stand there.
    pub(super) fn takes(self, value: &str) -> bool {
        let value = value.trim().to_ascii_lowercase();
        if self == Self::FontFamily {
            return value.split(',').all(|family| !family.trim().is_empty());
        }
        let is_layered = matches!(self, Self::Position | Self::Size) && value.contains(',');
        if is_layered || value.is_empty() || is_open(&value) {
            return true;
        }
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        match self {
            Self::Border => is_border(&words),
            Self::Radius => {
                let sides: Vec<&str> = value.split('/').collect();
                let is_side = |side: &&str| {
                    let lengths: Vec<&str> = side.split_ascii_whitespace().collect();
                    (1..=4).contains(&lengths.len()) && lengths.iter().all(|word| is_length(word))
                };
                sides.len() <= 2 && sides.iter().all(is_side)
            }
            _ => self.bad(&words).is_none(),
        }
    }

    /// Returns the value that was likely meant: a misspelt word put right, or a unit put behind.
    pub(super) fn near(self, value: &str) -> Option<String> {
        let lower = value.to_ascii_lowercase();
        let words: Vec<&str> = lower.split_ascii_whitespace().collect();
        let bad = self.bad(&words)?;
        let meant = match bad.parse::<f64>() {
            Ok(_) => format!("{bad}px"),
            Err(_) => nearest(bad, self.words().iter().copied())?.to_owned(),
        };
        let right = words.iter().map(|word| if *word == bad { meant.as_str() } else { word });
        Some(right.collect::<Vec<_>>().join(" ")).filter(|right| self.takes(right))
    }

    /// Finds the first word that no such value has.
    fn bad<'v>(self, words: &[&'v str]) -> Option<&'v str> {
        let fits = |word: &str| match self {
            Self::Border => is_of_border(word),
            Self::Radius => word == "/" || is_length(word),
            Self::Position | Self::Size | Self::Decoration if is_length(word) => true,
            Self::FontStyle if word.ends_with("deg") => true,
            Self::Decoration if is_color(word) => true,
            _ => self.words().contains(&word),
        };
        words.iter().copied().find(|word| !fits(word))
    }

    /// The words that a value may have.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Border | Self::BorderStyle => &LINES,
            Self::Radius | Self::FontFamily => &[],
            Self::FontStyle => &["normal", "italic", "oblique"],
            Self::Decoration => &DECORATIONS,
            Self::Transform => &[
                "none",
                "capitalize",
                "uppercase",
                "lowercase",
                "full-width",
                "full-size-kana",
                "math-auto",
            ],
            Self::Position => &["left", "center", "right", "top", "bottom"],
            Self::Size => &["cover", "contain", "auto"],
        }
    }

    /// Says in words what may stand there.
    pub(super) fn says(self) -> String {
        let words = || self.words().join(", ");
        match self {
            Self::Border => "it is a width, a style and a colour: `1px solid #1a2b3c`".to_owned(),
            Self::Radius => "it is 1 to 4 numbers with units: `5px`".to_owned(),
            Self::FontFamily => {
                "it is names with commas between them: `Arial, sans-serif`".to_owned()
            }
            Self::Position => format!("it is {}, or a number in px or %", words()),
            Self::Size => format!("it is {}, or numbers in px or %", words()),
            _ => format!("it is {}", words().replace(", ", ", or ")),
        }
    }
}

/// Says whether a value is taken whatever it says.
fn is_open(value: &str) -> bool {
    EVERYWHERE.contains(&value) || value.contains(['(', '&', '\\', '!', ';'])
}

/// A line needs a style, and a width in numbers, from which the room beside it is reckoned.
fn is_border(words: &[&str]) -> bool {
    let count = |is: fn(&str) -> bool| words.iter().filter(|word| is(word)).count();
    let lines = count(|word| LINES.contains(&word));
    let widths = count(is_width);
    if words.len() > 3 || !words.iter().all(|word| is_of_border(word)) || lines > 1 || widths > 1 {
        return false;
    }
    let is_none = |word: &&str| matches!(*word, "none" | "hidden") || number(word) == Some(0.0);
    words.iter().any(is_none) || lines == 1 && words.len() > 1
}

fn is_of_border(word: &str) -> bool {
    LINES.contains(&word) || is_width(word) || is_color(word)
}

fn is_width(word: &str) -> bool {
    WIDTHS.contains(&word) || is_length(word)
}

fn is_color(word: &str) -> bool {
    if let Some(digits) = word.strip_prefix('#') {
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return is_hex && matches!(digits.len(), 3 | 4 | 6 | 8);
    }
    colors::is_name(word) || SYSTEM_COLORS.contains(&word)
}

/// Returns the number of a length, if it is one.
fn number(word: &str) -> Option<f64> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c)));
    let (digits, unit) = word.split_at(end.unwrap_or(word.len()));
    let number: f64 = digits.parse().ok()?;
    (UNITS.contains(&unit) || unit.is_empty() && number == 0.0).then_some(number)
}

fn is_length(word: &str) -> bool {
    number(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::Property;

    #[test]
    fn values_are_held_to_css() {
        for (name, right, wrong) in [
            (
                "border",
                "1px solid red|solid 1px|0|none|0px|none 0|thin dotted #abcd|1px solid rgb(1, 2, 3)|\
                 inherit|1px solid windowtext|0 solid transparent|.5pt DASHED Red|1px solid #fff !important|",
                "1 solid red|solid|1px|1px red|1px solid #ggg|1px sold red|1px 2px solid|1px solid red blue",
            ),
            ("inner-border-left", "2px double #123456|none", "2 double #123456"),
            ("tb-border", "2px solid transparent", "x"),
            (
                "border-radius",
                "5px|0|50%|1px 2px 3px 4px|1px / 2px 3px|calc(1px + 2px)|initial|var(--r)|",
                "5|1px 2px 3px 4px 5px|1px / 2px / 3px|round|5 px",
            ),
            ("border-style", "dotted|solid none|inherit", "dotte|1px"),
            ("font-style", "italic|Oblique|oblique 10deg|unset", "itallic"),
            (
                "text-decoration",
                "none|underline|underline dotted red|line-through 2px|underline overline|initial",
                "underlined|line through",
            ),
            ("ico-text-transform", "uppercase|none|capitalize full-width", "upper"),
            (
                "font-family",
                "Arial|'Segoe UI', sans-serif|&quot;Inter&quot;, x|inherit",
                "| |Arial,,x",
            ),
            (
                "background-position",
                "top center|50% 0|left 10px top 5px|0 0, 1px 2px|center",
                "centre|top-left|50",
            ),
            ("background-position-x", "25%|right", "rigth"),
            ("background-size", "cover|auto|100% auto|20px|contain, cover", "covr|100"),
        ] {
            let property = Property::of(name).unwrap();
            for value in right.split('|') {
                let is_empty = name == "font-family" && value.is_empty();
                assert!(is_empty || property.takes(value), "{name}={value:?}");
            }
            for value in wrong.split('|') {
                assert!(!property.takes(value), "{name}={value:?}");
            }
        }
        assert_eq!(Property::of("inner-padding"), None);
        assert_eq!(Property::of("background-url"), None);
    }

    #[test]
    fn the_value_that_was_meant_is_found() {
        let near = |name: &str, value: &str| Property::of(name).unwrap().near(value);
        assert_eq!(near("border", "1 solid red").as_deref(), Some("1px solid red"));
        assert_eq!(near("border", "1px sold red").as_deref(), Some("1px solid red"));
        assert_eq!(near("border", "solid"), None);
        assert_eq!(near("border", "1px solid #ggg"), None);
        assert_eq!(near("border-radius", "5").as_deref(), Some("5px"));
        assert_eq!(near("text-decoration", "underlined").as_deref(), Some("underline"));
        assert_eq!(near("background-position", "centre top").as_deref(), Some("center top"));
    }
}
