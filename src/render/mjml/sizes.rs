//! Lengths as npm's mjml reads and writes them.

use super::tree::Element;

/// The width of a page that names none.
pub(super) const BODY_WIDTH: f64 = 600.0;
/// The paddings of elements that name none, of those whose width is reckoned here.
const PADDINGS: [(&str, &str); 3] =
    [("mj-section", "20px 0"), ("mj-wrapper", "20px 0"), ("mj-image", "10px 25px")];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Pixels,
    Percent,
}

impl Unit {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Pixels => "px",
            Self::Percent => "%",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) value: f64,
    pub(super) unit: Unit,
}

impl Size {
    /// Reads a length; a part of a pixel is dropped.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_suffix('%') {
            Some(percent) => {
                Some(Self { value: percent.trim().parse().ok()?, unit: Unit::Percent })
            }
            None if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Some(Self { value: whole(text), unit: Unit::Pixels })
            }
            None => None,
        }
    }

    /// Returns it in pixels, within something of this width.
    pub(super) fn of(self, width: f64) -> f64 {
        match self.unit {
            Unit::Pixels => self.value,
            Unit::Percent => width * self.value / 100.0,
        }
    }

    /// Returns it in percent of a width.
    pub(super) fn percent_of(self, width: f64) -> f64 {
        match self.unit {
            Unit::Pixels => short(self.value / width * 100.0),
            Unit::Percent => self.value,
        }
    }
}

/// Returns the digits that a text begins with, whatever unit comes behind them.
pub(super) fn whole(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().unwrap_or(0.0)
}

/// Returns the width that is left inside of an element.
pub(super) fn inside(element: &Element, around: f64) -> f64 {
    around - side_padding(element) - borders(element)
}

/// Returns the widths of the borders at the sides of an element.
pub(super) fn borders(element: &Element) -> f64 {
    let border = |side: &str| border(element.get(side).or(element.get("border")));
    border("border-left") + border("border-right")
}

/// Returns the padding at the sides of an element.
pub(super) fn side_padding(element: &Element) -> f64 {
    let default = PADDINGS.iter().find(|(name, _)| *name == element.name).map(|(_, value)| *value);
    let all = element.get("padding").or(default).unwrap_or_default();
    let all: Vec<&str> = all.split_ascii_whitespace().collect();
    let side = |name: &str, fourth: usize| {
        let of_all = match all.len() {
            0 | 1 => all.first(),
            4.. => all.get(fourth),
            _ => all.get(1),
        };
        element.get(name).or(of_all.copied()).map_or(0.0, whole)
    };
    side("padding-left", 3) + side("padding-right", 1)
}

/// Returns the width in what is said of a border.
fn border(text: Option<&str>) -> f64 {
    let mut words = text.unwrap_or_default().split_ascii_whitespace();
    words.find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map_or(0.0, whole)
}

/// Rounds to the six places that npm writes.
pub(super) fn short(value: f64) -> f64 {
    format!("{value:.6}").parse().unwrap_or(value)
}

/// Writes a number as JavaScript does.
pub(super) fn number(value: f64) -> String {
    // Zero has no sign there.
    (value + 0.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_inside_is_reckoned_as_npm_does() {
        let left = |attributes: &[(&str, &str)]| {
            let mut element = Element::new("mj-section");
            attributes.iter().for_each(|(name, value)| element.set(name, *value));
            inside(&element, 600.0)
        };
        assert_eq!(left(&[]), 600.0);
        assert_eq!(left(&[("padding", "5px")]), 590.0);
        assert_eq!(left(&[("padding", "1px 2px 3px 4px"), ("padding-left", "40%")]), 558.0);
        assert_eq!(left(&[("padding", "1px 2px 3px"), ("border", "3px solid red")]), 590.0);
        assert_eq!(left(&[("border", "solid 3px"), ("border-left", "none")]), 597.0);
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(number(short(100.0 / 3.0)), "33.333333");
        assert_eq!(number(short(49.0)), "49");
        assert_eq!(number(-0.0), "0");
    }
}
