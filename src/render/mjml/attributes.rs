//! Which attributes the elements of MJML take, and what their values may be.
//!
//! `attributes.txt` is npm mjml 5's own table, the `allowedAttributes` of its components, a line each:
//! element, attribute, kind. `cargo xtask bench mjml` tells where the two part.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::colors;
use super::values::Property;

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Color,
    Boolean,
    /// A value of CSS, which npm's table calls a text.
    Css(Property),
    /// Digits.
    Integer,
    /// One of these.
    Enum(Vec<&'static str>),
    /// Up to `most` numbers, each with one of the units; `auto` stands alone.
    Unit {
        units: Vec<&'static str>,
        most: usize,
        negative: bool,
    },
}

type Attributes = BTreeMap<&'static str, Kind>;

/// What npm's table does not hold, since its validator does not look at these elements, and what it
/// calls a text although npm knows these words alone and passes over all others.
const MORE: &str = "\
mjml lang string
mjml dir enum(ltr,rtl,auto)
mjml owa enum(desktop,mobile)
mj-class name string
mj-selector path string
mj-html-attribute name string
mj-style inline enum(inline)
mj-navbar hamburger enum(hamburger)
mj-hero mode enum(fixed-height,fluid-height)";
/// What every element of the body takes beside its own.
const EVERYWHERE: [&str; 2] = ["css-class", "mj-class"];

static TABLE: LazyLock<BTreeMap<&'static str, Attributes>> = LazyLock::new(|| {
    let mut table: BTreeMap<&str, Attributes> = BTreeMap::new();
    for line in include_str!("attributes.txt").lines().chain(MORE.lines()) {
        let mut words = line.splitn(3, ' ');
        if let (Some(element), Some(name), Some(kind)) = (words.next(), words.next(), words.next())
        {
            table.entry(element).or_default().insert(name, Kind::of(name, kind));
        }
    }
    table
});

/// What an element's attribute may be; none if the element has no such attribute.
pub(super) fn kind(element: &str, name: &str) -> Option<&'static Kind> {
    static TEXT: Kind = Kind::Text;
    if EVERYWHERE.contains(&name)
        && !matches!(element, "mjml" | "mj-selector" | "mj-html-attribute")
    {
        return Some(&TEXT);
    }
    let own = TABLE.get(element).and_then(|attributes| attributes.get(name));
    match element {
        // They are defaults of other elements, each of which takes what it knows.
        "mj-all" | "mj-class" if own.is_none() => anywhere(name),
        _ => own,
    }
}

fn anywhere(name: &str) -> Option<&'static Kind> {
    static TEXT: Kind = Kind::Text;
    let mut kinds = TABLE.values().filter_map(|attributes| attributes.get(name));
    let first = kinds.next()?;
    // Where elements differ, the value is held to theirs when it reaches them.
    Some(if kinds.all(|kind| kind == first) { first } else { &TEXT })
}

/// The attributes of an element, for the nearest name.
pub(super) fn names(element: &str) -> Vec<&'static str> {
    let own = TABLE.get(element).into_iter().flat_map(|attributes| attributes.keys().copied());
    let others = TABLE.values().flat_map(|attributes| attributes.keys().copied());
    match element {
        "mj-all" | "mj-class" => own.chain(others).chain(EVERYWHERE).collect(),
        _ => {
            let everywhere = EVERYWHERE.into_iter().filter(|name| kind(element, name).is_some());
            own.chain(everywhere).collect()
        }
    }
}

impl Kind {
    /// Returns the kind of an attribute that npm's table describes.
    fn of(name: &str, notation: &'static str) -> Self {
        match (Self::read(notation), Property::of(name)) {
            (Self::Text, Some(property)) => Self::Css(property),
            (kind, _) => kind,
        }
    }

    /// Reads npm's notation: `unit(px,%){1,4}`, `enum(left,right)`, `color`.
    fn read(notation: &'static str) -> Self {
        let (name, rest) = notation.split_once('(').unwrap_or((notation, ""));
        let (list, times) = rest.rsplit_once(')').unwrap_or((rest, ""));
        let most =
            times.trim_matches(['{', '}']).rsplit(',').next().and_then(|most| most.parse().ok());
        let list = list.split(',').collect();
        match name {
            "color" => Self::Color,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "enum" => Self::Enum(list),
            "unit" | "unitWithNegative" => {
                let negative = name != "unit";
                Self::Unit { units: list, most: most.unwrap_or(1), negative }
            }
            _ => Self::Text,
        }
    }

    /// Says whether a value may stand there.
    pub(super) fn takes(&self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Color => colors::is_color(value),
            Self::Css(property) => property.takes(value),
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Integer => !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()),
            Self::Enum(values) => values.contains(&value),
            Self::Unit { units, most, negative } => {
                let parts: Vec<&str> = value.split_ascii_whitespace().collect();
                let fits = |part: &&str| is_length(part, units, *negative);
                (1..=*most).contains(&parts.len()) && parts.iter().all(fits)
            }
        }
    }

    /// Says in words what may stand there.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Text => "it is a text".to_owned(),
            Self::Color => "it is a color: `#1a2b3c`, `rgb(1, 2, 3)` or a name".to_owned(),
            Self::Css(property) => property.says(),
            Self::Boolean => "it is true or false".to_owned(),
            Self::Integer => "it is a whole number".to_owned(),
            Self::Enum(values) => {
                let values: Vec<_> =
                    values.iter().filter(|value| !value.is_empty()).copied().collect();
                format!("it is {}", values.join(", or "))
            }
            Self::Unit { units, most, .. } => {
                let number = match most {
                    1 => "it is a number".to_owned(),
                    most => format!("it is 1 to {most} numbers"),
                };
                let written = |unit: &&str| match *unit {
                    "" => "without unit".to_owned(),
                    "auto" => "or the word auto".to_owned(),
                    unit => format!("in {unit}"),
                };
                let units: Vec<_> = units.iter().map(written).collect();
                format!("{number} {}", units.join(", ").replace(", in ", " or "))
            }
        }
    }
}

fn is_length(part: &str, units: &[&str], negative: bool) -> bool {
    if part == "0" || part == "auto" && units.contains(&"auto") {
        return true;
    }
    let number = part.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = &part[number.len()..];
    let digits = if negative { number.strip_prefix('-').unwrap_or(number) } else { number };
    let sound = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.matches('.').count() < 2
        && !digits.is_empty();
    sound && unit != "auto" && units.contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_held_to_their_kinds() {
        let cases = [
            ("mj-text", "padding", "10px 25px", true),
            ("mj-text", "padding", "10px 25px 1px 2px 3px", false),
            ("mj-text", "padding", "0 5%", true),
            ("mj-text", "padding", "10", false),
            ("mj-text", "padding", "-10px", false),
            ("mj-text", "letter-spacing", "-0.5em", true),
            ("mj-text", "line-height", "1.5", true),
            ("mj-image", "height", "auto", true),
            ("mj-image", "width", "50%", false),
            ("mj-image", "width", "abc", false),
            ("mj-image", "fluid-on-mobile", "yes", false),
            ("mj-section", "full-width", "full-width", true),
            ("mj-section", "full-width", "true", false),
            ("mj-style", "inline", "inline", true),
            ("mj-style", "inline", "true", false),
            ("mj-navbar", "hamburger", "hamburger", true),
            ("mj-navbar", "hamburger", "true", false),
            ("mj-hero", "mode", "fluid", false),
            ("mj-table", "cellpadding", "2", true),
            ("mj-table", "cellpadding", "2px", false),
        ];
        for (element, name, value, right) in cases {
            let kind = kind(element, name).unwrap();
            assert_eq!(kind.takes(value), right, "{element} {name}={value:?}, {}", kind.words());
        }
    }

    #[test]
    fn every_attribute_says_what_it_takes() {
        let units = kind("mj-table", "width").unwrap();
        assert_eq!(units.words(), "it is a number in px or %, or the word auto");
        assert_eq!(kind("mj-text", "padding").unwrap().words(), "it is 1 to 4 numbers in px or %");
        let line = kind("mj-text", "line-height").unwrap();
        assert_eq!(line.words(), "it is a number in px or %, without unit");
        assert_eq!(kind("mj-text", "wdth"), None);
        assert_eq!(kind("mj-all", "ico-open"), Some(&Kind::Text));
        assert!(names("mj-text").contains(&"align"));
    }
}
