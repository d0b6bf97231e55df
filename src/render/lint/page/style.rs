//! The computed style of an element, as far as contrast asks for it: what browsers say of it, what
//! its attributes say, then what style sheets do.

use std::rc::Rc;

use csscolorparser::Color;
use scraper::ElementRef;

use crate::render::lint::css::cascade::Holding;
use crate::render::lint::css::color::{color, legacy, over};
use crate::render::lint::css::font::{BOLD, bolder, legacy_size, size, weight};
use crate::render::lint::css::variables::{Variables, resolve};

/// The elements whose ground is an attribute's to say.
const GROUNDED: [&str; 8] = ["body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"];
/// Functions whose colour is not known here.
const UNKNOWN: [&str; 3] = ["env(", "light-dark(", "color-mix("];
/// A box that is not larger than this shows nothing, in pixels.
const FLAT_MAX: f32 = 1.0;
const TRANSPARENT: Color = Color { r: 0.0, g: 0.0, b: 0.0, a: 0.0 };

/// What an element hands down to what is in it.
#[derive(Clone)]
pub(super) struct Style {
    /// None where it is not known.
    color: Option<Color>,
    /// The ground, within the innermost group; none where it is a picture, which nobody here
    /// looks at.
    ground: Option<Color>,
    /// The ground that the element itself has.
    own: Option<Color>,
    /// The elements around that let their ground through as a whole: how much of each is seen,
    /// and on what; outermost first.
    groups: Vec<(f32, Option<Color>)>,
    /// The colour of links, where the page says it.
    link: Option<Color>,
    /// Whether browsers' own colours are those of the dark.
    is_night: bool,
    size: f32,
    weight: f32,
    is_visible: bool,
    variables: Rc<Variables>,
}

/// What an element has for itself.
struct Own {
    ground: Option<Color>,
    has_picture: bool,
    opacity: f32,
    is_displayed: bool,
    is_clipped: bool,
    /// Whether `height`, `max-height`, `width` and `max-width` are next to nothing.
    is_flat: [bool; 4],
}

impl Style {
    /// The style around the root of a page.
    pub(super) fn page(is_night: bool) -> Self {
        let mut page = Self {
            color: None,
            ground: None,
            own: Some(TRANSPARENT),
            groups: Vec::new(),
            link: None,
            is_night,
            size: 16.0,
            weight: 400.0,
            is_visible: true,
            variables: Rc::default(),
        };
        page.color = page.system("canvastext");
        page.ground = page.system("canvas");
        page
    }

    /// Returns the style of an element in this one; none where nothing of it is seen. Of the
    /// declarations the strongest comes last.
    pub(super) fn of(
        &self,
        element: ElementRef<'_>,
        declarations: &[Holding<'_>],
        is_dark: bool,
    ) -> Option<Self> {
        let mut style = self.clone();
        let declarations = || declarations.iter().filter(|each| each.holds(is_dark));
        let scheme = declarations().rfind(|each| each.name == "color-scheme");
        if let Some(is_night) = scheme.and_then(|scheme| night(scheme.value, is_dark)) {
            style.is_night = is_night;
        }
        let mut own = Own {
            ground: Some(TRANSPARENT),
            has_picture: false,
            opacity: 1.0,
            is_displayed: true,
            is_clipped: false,
            is_flat: [false; 4],
        };
        for own in declarations().filter(|each| each.name.starts_with("--")) {
            let value = own.value.to_ascii_lowercase();
            Rc::make_mut(&mut style.variables).insert(own.name.to_string(), value);
        }
        style.begin(element.value().name(), &mut own);
        style.hints(element, &mut own);
        for each in declarations() {
            style.declare(&each.name, each.value.trim(), self, &mut own);
        }
        let [height, max_height, width, max_width] = own.is_flat;
        let is_flat = own.is_clipped && (height || max_height || width || max_width);
        if !own.is_displayed || is_flat || own.opacity <= 0.0 {
            return None;
        }
        style.paint(&own);
        Some(style)
    }

    /// What browsers say of an element before anybody else does.
    fn begin(&mut self, name: &str, own: &mut Own) {
        match name {
            "h1" => self.size *= 2.0,
            "h2" => self.size *= 1.5,
            "h3" => self.size *= 1.17,
            "h5" => self.size *= 0.83,
            "h6" => self.size *= 0.67,
            "small" | "sub" | "sup" => self.size /= 1.2,
            "big" => self.size *= 1.2,
            "mark" => {
                self.color = color("#000");
                own.ground = color("#ff0");
            }
            _ => {}
        }
        match name {
            "b" | "strong" => self.weight = bolder(self.weight),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th" => self.weight = BOLD,
            "head" | "style" | "script" | "title" | "template" => own.is_displayed = false,
            _ => {}
        }
    }

    /// What attributes say of an element.
    fn hints(&mut self, element: ElementRef<'_>, own: &mut Own) {
        let name = element.value().name();
        let attribute = |key: &str| element.value().attr(key);
        let legacy = |key: &str| attribute(key).and_then(legacy);
        if GROUNDED.contains(&name) {
            own.ground = legacy("bgcolor").or(own.ground);
            own.has_picture = attribute("background").is_some_and(|url| !url.trim().is_empty());
        }
        match name {
            "body" => {
                self.color = legacy("text").or(self.color);
                self.link = legacy("link").or(self.link);
            }
            "font" => {
                self.color = legacy("color").or(self.color);
                self.size = attribute("size").and_then(legacy_size).unwrap_or(self.size);
            }
            "a" if attribute("href").is_some() => {
                self.color = self.link.or_else(|| self.system("linktext"));
            }
            _ => {}
        }
        own.is_displayed &= attribute("hidden").is_none();
    }

    fn declare(&mut self, name: &str, value: &str, outer: &Self, own: &mut Own) {
        let variables = Rc::clone(&self.variables);
        // Most properties count for nothing here, and what they hold need not be known. What names a
        // variable that is not there is as if it were not set.
        let value = || {
            let value = resolve(&value.to_ascii_lowercase(), &variables);
            value.unwrap_or_else(|| "unset".to_owned())
        };
        match name {
            "color" => {
                self.color = match value().as_str() {
                    "inherit" | "unset" | "currentcolor" => outer.color,
                    "initial" => self.system("canvastext"),
                    value => self.colored(value).unwrap_or(self.color),
                };
            }
            "background-color" => {
                own.ground = match value().as_str() {
                    "inherit" => outer.own,
                    value => self.colored(value).unwrap_or(own.ground),
                };
            }
            "background" => self.background(&value(), outer, own),
            "background-image" => own.has_picture = is_picture(&value()),
            "font-size" => self.size = size(&value(), outer.size).unwrap_or(self.size),
            "font-weight" => self.weight = weight(&value(), outer.weight).unwrap_or(self.weight),
            "font" => self.font(&value(), outer),
            "visibility" => {
                self.is_visible = match value().as_str() {
                    "visible" | "initial" => true,
                    "hidden" | "collapse" => false,
                    _ => outer.is_visible,
                };
            }
            _ => own.declare(name, value),
        }
    }

    /// A colour of CSS; its inside is none where it is not known.
    fn colored(&self, value: &str) -> Option<Option<Color>> {
        let is_unknown = value == "currentcolor" || UNKNOWN.iter().any(|of| value.contains(of));
        match value {
            "initial" | "unset" => Some(Some(TRANSPARENT)),
            _ if is_unknown => Some(None),
            _ => self.system(value).or_else(|| color(value)).map(Some),
        }
    }

    /// The colours that browsers have of themselves.
    fn system(&self, name: &str) -> Option<Color> {
        let [day, night] = match name {
            "canvas" => ["#fff", "#121212"],
            "canvastext" => ["#000", "#fff"],
            "linktext" => ["#0000ee", "#9e9eff"],
            _ => return None,
        };
        color(if self.is_night { night } else { day })
    }

    fn background(&self, value: &str, outer: &Self, own: &mut Own) {
        let mut ground = Some(TRANSPARENT);
        for word in words(value) {
            match self.colored(word) {
                Some(of) => ground = of,
                None if word == "inherit" => ground = outer.own,
                None if is_picture(word) || is_of_background(word) => {}
                // What is not understood counts for nothing as a whole.
                None => return,
            }
        }
        own.ground = ground;
        own.has_picture = is_picture(value);
    }

    fn font(&mut self, value: &str, outer: &Self) {
        let mut found = 400.0;
        for word in value.split_whitespace() {
            if let Some(size) = size(word.split('/').next().unwrap_or(word), outer.size) {
                (self.size, self.weight) = (size, found);
                return;
            }
            found = weight(word, outer.weight).unwrap_or(found);
        }
    }

    /// Lays the element's own ground over that of what it is in.
    fn paint(&mut self, own: &Own) {
        if own.opacity < 1.0 {
            self.groups.push((own.opacity, self.ground));
            self.ground = Some(TRANSPARENT);
        }
        self.own = own.ground;
        self.ground = match (own.ground, self.ground) {
            _ if own.has_picture => None,
            (Some(color), _) if color.a >= 1.0 => Some(color),
            (Some(color), Some(ground)) => Some(over(&color, &ground)),
            (None, _) | (_, None) => None,
        };
    }

    /// The colours of text and ground as they are seen; none where there is no text to be seen,
    /// or one of them is not known.
    pub(super) fn seen(&self) -> Option<[Color; 2]> {
        let ground = self.ground?;
        if !self.is_visible || self.size <= 0.0 {
            return None;
        }
        let mut seen = [over(&self.color?, &ground), ground];
        for (opacity, below) in self.groups.iter().rev() {
            let below = (*below)?;
            seen = seen.map(|color| over(&Color { a: color.a * opacity, ..color }, &below));
        }
        Some(seen)
    }

    /// Whether text is large: 18 pt, or 14 pt and bold, counted up in parts of a pixel as axe does,
    /// so that 18.66 px is 14 pt.
    pub(super) fn is_large(&self) -> bool {
        let points = (f64::from(self.size) * 72.0).ceil() / 96.0;
        points >= if self.weight >= BOLD { 14.0 } else { 18.0 }
    }
}

impl Own {
    fn declare(&mut self, name: &str, value: impl Fn() -> String) {
        match name {
            "display" => self.is_displayed = value() != "none",
            "opacity" => {
                let value = value();
                let percent = value.strip_suffix('%').and_then(|number| number.parse::<f32>().ok());
                let number = percent.map(|number| number / 100.0).or_else(|| value.parse().ok());
                self.opacity = number.unwrap_or(self.opacity).clamp(0.0, 1.0);
            }
            "overflow" | "overflow-x" | "overflow-y" => self.is_clipped = value() != "visible",
            "height" => self.is_flat[0] = is_flat(&value()),
            "max-height" => self.is_flat[1] = is_flat(&value()),
            "width" => self.is_flat[2] = is_flat(&value()),
            "max-width" => self.is_flat[3] = is_flat(&value()),
            _ => {}
        }
    }
}

/// Says whether a `color-scheme` brings the dark; none where it is no scheme.
pub(super) fn night(scheme: &str, is_dark: bool) -> Option<bool> {
    let scheme = scheme.to_ascii_lowercase().replace(',', " ");
    let has = |word: &str| scheme.split_whitespace().any(|of| of == word);
    let [light, dark, normal] = ["light", "dark", "normal"].map(has);
    (light || dark || normal).then_some(dark && (is_dark || !light))
}

fn is_flat(value: &str) -> bool {
    value == "0" || size(value, f32::MAX).is_some_and(|pixels| pixels <= FLAT_MAX)
}

fn is_picture(value: &str) -> bool {
    value.contains("url(") || value.contains("gradient(") || value.contains("image-set(")
}

/// Says whether a word of `background` is of a picture's place, and no colour.
fn is_of_background(word: &str) -> bool {
    let is_number =
        word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '/'));
    let known = [
        "none",
        "repeat",
        "no-repeat",
        "repeat-x",
        "repeat-y",
        "space",
        "round",
        "scroll",
        "fixed",
        "local",
        "top",
        "bottom",
        "left",
        "right",
        "center",
        "auto",
        "cover",
        "contain",
        "border-box",
        "padding-box",
        "content-box",
        ",",
    ];
    is_number || known.contains(&word)
}

/// The words of a value; what is in parentheses stays together.
fn words(value: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = value.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c.is_whitespace() && depth == 0
    });
    parts.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_brings_the_dark_where_its_reader_wants_it() {
        for (scheme, expected) in [
            ("light dark", [Some(false), Some(true)]),
            ("dark light", [Some(false), Some(true)]),
            ("only dark", [Some(true), Some(true)]),
            ("light", [Some(false), Some(false)]),
            ("normal", [Some(false), Some(false)]),
            ("inherit", [None, None]),
        ] {
            assert_eq!([false, true].map(|dark| night(scheme, dark)), expected, "{scheme}");
        }
    }

    /// The canvas, which axe takes for white at all hours.
    #[test]
    fn a_page_that_knows_the_dark_begins_with_its_colours() {
        let hexes = |is_night| {
            let seen = Style::page(is_night).seen().unwrap();
            seen.map(|color| color.to_css_hex().to_string())
        };
        assert_eq!(hexes(false), ["#000000", "#ffffff"]);
        assert_eq!(hexes(true), ["#ffffff", "#121212"]);
    }
}
