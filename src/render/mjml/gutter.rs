//! The space that a section's `gutter` puts between its columns, which npm's mjml 5 has and mrml has not.
//!
//! Each column gives up its share of the space, gets half of a gutter where it has a neighbour, and on
//! a phone the same above and below. What npm reckons is written at the columns, for `finish`.

use super::markup::Tag;
use super::sizes::{self, Size, Unit, number};
use super::tree::Element;

/// What a column is told, on the shelf alone: its classes, its width in a group, its padding, its padding in
/// Outlook, and the rules of its classes, a line each.
const TOLD: [&str; 5] = [CLASSES, WIDTH, PADDING, OUTLOOK, RULES];
const CLASSES: &str = "gutter-classes";
const WIDTH: &str = "gutter-width";
const PADDING: &str = "gutter-padding";
const OUTLOOK: &str = "gutter-outlook";
const RULES: &str = "gutter-rules";

/// Columns side by side.
struct Row {
    gutter: Size,
    /// How wide they are together, in pixels.
    width: f64,
    is_rtl: bool,
    is_group: bool,
    count: usize,
}

/// Tells the columns of a section, so wide inside, of the gutters that they stand beside.
pub(super) fn tell(section: &mut Element, width: f64) {
    if let Some(gutter) = section.remove("gutter").and_then(|gutter| Size::read(&gutter)) {
        tell_columns(section, gutter, width, false);
    }
}

fn tell_columns(parent: &mut Element, gutter: Size, width: f64, is_group: bool) {
    let is_column = |element: &Element| element.name == "mj-column" || element.name == "mj-group";
    let count = parent.elements().filter(|element| is_column(element)).count();
    let is_rtl = parent.get("direction") == Some("rtl");
    let row = Row { gutter, width, is_rtl, is_group, count };
    let columns = parent.elements_mut().filter(|element| is_column(element));
    for (index, column) in columns.enumerate() {
        match column.name.as_str() {
            "mj-group" => {
                let width = row.share(column).of(width) - sizes::side_padding(column);
                tell_columns(column, gutter, width, true);
            }
            _ => row.tell(column, index),
        }
    }
}

impl Row {
    /// Returns the part of a column, as it is without gutter.
    fn share(&self, column: &Element) -> Size {
        column
            .get("width")
            .and_then(Size::read)
            .unwrap_or(Size { value: 100.0 / self.count as f64, unit: Unit::Percent })
    }

    fn gutter(&self, unit: Unit) -> f64 {
        match unit {
            Unit::Pixels => self.gutter.of(self.width),
            Unit::Percent if self.gutter.unit == Unit::Pixels => {
                self.gutter.value / self.width * 100.0
            }
            Unit::Percent => self.gutter.value,
        }
    }

    fn tell(&self, column: &mut Element, index: usize) {
        let share = self.share(column);
        let width = self.narrowed(share, index);
        let value = number(width.value);
        let unit = width.unit.sign();
        let name = match width.unit {
            Unit::Pixels => "px",
            Unit::Percent => "per",
        };
        let width_class = format!("mj-column-{name}-{}", value.replacen('.', "-", 1));
        let gutter = match width.unit {
            Unit::Pixels => self.gutter(Unit::Pixels).round(),
            Unit::Percent => sizes::short(self.gutter(Unit::Percent)),
        };
        let gutter_class = format!(
            "mj-column-gutter-{}-{}-{name}-{}{}",
            self.count,
            index + 1,
            number(gutter).replacen('.', "-", 1),
            if self.is_rtl { "-rtl" } else { "" }
        );
        let beside = self.beside(index, width.unit);
        let mut rules = format!(
            "{width_class} {{ width:{value}{unit} !important; max-width: {value}{unit}; }}"
        );
        if self.is_group {
            // These never stand on each other, so they keep their padding on a phone.
            let width =
                Size { value: width.value, unit: width.unit }.percent_of(self.width.trunc());
            column.set(WIDTH, format!("{}%", number(width)));
            column.set(PADDING, beside);
        } else {
            rules.push_str(&format!("\n{gutter_class} {{ padding: {beside} !important; }}"));
            column.set(PADDING, self.above(index));
            column.set(OUTLOOK, self.beside(index, Unit::Pixels));
        }
        column.set(CLASSES, format!("{width_class} {gutter_class}"));
        column.set(RULES, rules);
    }

    /// Returns the width of a column less its share of the gutters.
    fn narrowed(&self, share: Size, index: usize) -> Size {
        let count = self.count as f64;
        let taken = self.gutter(share.unit) * (count - 1.0) / count;
        let value = sizes::short(share.value - taken).max(0.0);
        if share.unit == Unit::Percent {
            return Size { value, ..share };
        }
        // The pixels that rounding leaves over go to the first columns.
        let over = (count * value.fract()).round().clamp(0.0, count);
        let value = value.floor() + if (index as f64) < over { 1.0 } else { 0.0 };
        Size { value, ..share }
    }

    /// Returns the padding beside neighbours.
    fn beside(&self, index: usize, unit: Unit) -> String {
        let gutter = self.gutter(unit);
        let (mut leading, mut trailing) = (gutter / 2.0, gutter / 2.0);
        if unit == Unit::Pixels {
            leading = (gutter.round() / 2.0).ceil();
            trailing = (gutter.round() / 2.0).floor();
        }
        let at = |is_outermost: bool, space: f64| if is_outermost { 0.0 } else { space };
        let (is_first, is_last) = (index == 0, index + 1 == self.count);
        let (right, left) = match self.is_rtl {
            true => (at(is_first, trailing), at(is_last, leading)),
            false => (at(is_last, leading), at(is_first, trailing)),
        };
        sides([0.0, right, 0.0, left], unit)
    }

    /// Returns the padding of columns that stand on each other.
    fn above(&self, index: usize) -> String {
        let half = self.gutter(Unit::Percent) / 2.0;
        let top = if index == 0 { 0.0 } else { half };
        let bottom = if index + 1 == self.count { 0.0 } else { half };
        sides([top, 0.0, bottom, 0.0], Unit::Percent)
    }
}

fn sides(values: [f64; 4], unit: Unit) -> String {
    values.map(|value| format!("{}{}", number(sizes::short(value)), unit.sign())).join(" ")
}

/// Says whether a column was told of a gutter.
pub(super) fn is_told(column: &Element) -> bool {
    column.get(CLASSES).is_some()
}

/// Takes away what a column was told.
pub(super) fn forget(column: &mut Element) {
    for name in TOLD {
        column.remove(name);
    }
}

/// Gives a tag what its column was told; `class` is the author's. Returns the rules of its classes.
pub(super) fn apply(tag: &mut Tag, column: &Element, class: &str) -> Option<String> {
    if tag.name == "td" {
        tag.set_style("padding", column.get(OUTLOOK));
        return None;
    }
    let classes = column.get(CLASSES)?;
    tag.set("class", format!("{classes} mj-outlook-group-fix {class}").trim_end());
    tag.set_style("padding", column.get(PADDING));
    if let Some(width) = column.get(WIDTH) {
        tag.set_style("width", Some(width));
    }
    column.get(RULES).map(str::to_owned)
}
