//! Text that stands out too little from its ground (WCAG 2.2, 1.4.3), in the light and in the dark.

use csscolorparser::Color;
use scraper::ElementRef;

use super::Page;
use crate::diag::Diagnostic;
use crate::render::lint::css::cascade::Cascade;

/// What text needs, and what large text needs.
const NEEDED: [f32; 2] = [4.5, 3.0];
/// From here on text is large, in CSS pixels: 18 pt, and 14 pt in bold.
const LARGE_PX: [f32; 2] = [24.0, 18.66];
/// No mail nests deeper; html5ever stops there too.
const DEPTH_MAX: usize = 500;

pub(super) fn contrasts(page: &Page<'_>) -> Vec<Diagnostic> {
    let sheets = sheets(page);
    let mut findings = look(page, &sheets, false);
    let has_dark = sheets.iter().any(|sheet| sheet.contains("prefers-color-scheme"));
    if has_dark {
        findings.extend(look(page, &sheets, true));
    }
    findings
}

fn sheets(page: &Page<'_>) -> Vec<String> {
    page.select("style").into_iter().map(|style| style.text().collect()).collect()
}

fn look(page: &Page<'_>, sheets: &[String], is_dark: bool) -> Vec<Diagnostic> {
    let cascade = Cascade::new(sheets.iter().map(String::as_str), is_dark);
    // A page that says it knows the dark begins with the dark's own colours.
    let is_scheme = is_dark && sheets.iter().any(|sheet| sheet.contains("color-scheme:light dark"));
    let root = match is_scheme {
        true => Style::root(hex("#fff"), hex("#121212"), hex("#9e9eff")),
        false => Style::root(hex("#000"), hex("#fff"), hex("#0000ee")),
    };
    let mut looker = Looker { page, cascade, is_dark, findings: Vec::new() };
    looker.element(page.html.root_element(), &root, 0);
    looker.findings
}

fn hexes(color: &Color) -> String {
    color.to_css_hex().to_string().to_uppercase()
}

fn hex(color: &str) -> Color {
    color.parse().unwrap_or_default()
}

/// The computed style of an element, as far as contrast asks for it.
#[derive(Clone)]
struct Style {
    color: Color,
    /// The ground; none where it is a picture, which nobody here looks at.
    ground: Option<Color>,
    link: Color,
    size: f32,
    is_bold: bool,
    is_hidden: bool,
}

impl Style {
    fn root(color: Color, ground: Color, link: Color) -> Self {
        Self { color, ground: Some(ground), link, size: 16.0, is_bold: false, is_hidden: false }
    }

    /// What browsers say of an element before any style sheet.
    fn begin(&mut self, name: &str) {
        let scale = match name {
            "h1" => 2.0,
            "h2" => 1.5,
            "h3" => 1.17,
            "h5" | "small" | "sub" | "sup" => 0.83,
            "h6" => 0.67,
            _ => 1.0,
        };
        self.size *= scale;
        self.is_bold |=
            matches!(name, "b" | "strong" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th");
        self.is_hidden |= matches!(name, "head" | "style" | "script" | "title" | "template");
        if name == "a" {
            self.color = self.link;
        }
    }

    fn declare(&mut self, name: &str, value: &str, outer: &Style) {
        let lower = value.trim().to_ascii_lowercase();
        match name {
            "color" if lower == "inherit" => self.color = outer.color,
            "color" => {
                if let Ok(color) = lower.parse::<Color>() {
                    self.color = color;
                }
            }
            "background-color" | "background" => self.paint(&lower),
            "background-image" if lower != "none" => self.ground = None,
            "font-size" => self.size = size(&lower, outer.size).unwrap_or(self.size),
            "font-weight" => {
                let number = lower.parse::<f32>().ok();
                self.is_bold = matches!(lower.as_str(), "bold" | "bolder")
                    || number.is_some_and(|n| n >= 600.0);
            }
            "display" => self.is_hidden |= lower == "none",
            "visibility" => self.is_hidden |= lower == "hidden",
            "opacity" => self.is_hidden |= lower.parse() == Ok(0.0_f32),
            "max-height" | "height" => self.is_hidden |= matches!(lower.as_str(), "0" | "0px"),
            _ => {}
        }
    }

    fn paint(&mut self, value: &str) {
        if value.contains("url(") || value.contains("gradient(") {
            self.ground = None;
            return;
        }
        let color = value.parse::<Color>().ok();
        let color = color.or_else(|| value.split_whitespace().find_map(|word| word.parse().ok()));
        if let Some(color) = color {
            self.ground = match (&self.ground, color.a) {
                (_, a) if a >= 1.0 => Some(color),
                (Some(ground), _) => Some(over(&color, ground)),
                (None, _) => None,
            };
        }
    }

    fn is_large(&self) -> bool {
        self.size >= LARGE_PX[usize::from(self.is_bold)]
    }
}

/// A size in pixels.
fn size(value: &str, outer: f32) -> Option<f32> {
    let end = value.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
    let number: f32 = value[..end].trim().parse().ok()?;
    match value[end..].trim() {
        "px" => Some(number),
        "pt" => Some(number * 4.0 / 3.0),
        "em" => Some(number * outer),
        "%" => Some(number / 100.0 * outer),
        "rem" => Some(number * 16.0),
        _ => None,
    }
}

fn over(front: &Color, ground: &Color) -> Color {
    let mix =
        |front_part: f32, ground_part: f32| front_part * front.a + ground_part * (1.0 - front.a);
    Color::new(mix(front.r, ground.r), mix(front.g, ground.g), mix(front.b, ground.b), 1.0)
}

/// How far two colours are apart (WCAG 2.2, contrast ratio), from 1 to 21.
fn ratio(first: &Color, second: &Color) -> f32 {
    let luminance = |color: &Color| {
        let [r, g, b] = [color.r, color.g, color.b].map(|part| match part {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (first, second) = (luminance(first), luminance(second));
    (first.max(second) + 0.05) / (first.min(second) + 0.05)
}

struct Looker<'p, 'a> {
    page: &'p Page<'a>,
    cascade: Cascade,
    is_dark: bool,
    findings: Vec<Diagnostic>,
}

impl Looker<'_, '_> {
    fn element(&mut self, element: ElementRef<'_>, outer: &Style, depth: usize) {
        let mut style = outer.clone();
        style.begin(element.value().name());
        if let Some(color) = element.value().attr("bgcolor") {
            style.paint(&color.trim().to_ascii_lowercase());
        }
        if element.value().attr("background").is_some_and(|address| !address.trim().is_empty()) {
            style.ground = None;
        }
        for (name, value) in self.cascade.of(element) {
            style.declare(&name, &value, outer);
        }
        style.is_hidden |= element.value().attr("hidden").is_some();
        if style.is_hidden || depth > DEPTH_MAX {
            return;
        }
        for child in element.children() {
            if let Some(text) = child.value().as_text() {
                self.text(element, text, &style);
            } else if let Some(child) = ElementRef::wrap(child) {
                self.element(child, &style, depth + 1);
            }
        }
    }

    fn text(&mut self, element: ElementRef<'_>, text: &str, style: &Style) {
        let Some(ground) = &style.ground else { return };
        let shown = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if shown.is_empty() || style.size < 2.0 {
            return;
        }
        let color = if style.color.a < 1.0 { over(&style.color, ground) } else { style.color };
        let (found, needed) = (ratio(&color, ground), NEEDED[usize::from(style.is_large())]);
        if found >= needed {
            return;
        }
        let (id, mode) = match self.is_dark {
            true => ("contrast-dark", " in the dark"),
            false => ("contrast", ""),
        };
        let sample: String = shown.chars().take(30).collect();
        let what = format!(
            "{} on {} is hard to read{mode}: contrast {found:.1} of {needed}",
            hexes(&color),
            hexes(ground),
        );
        let finding = Diagnostic::warning(what)
            .id(id)
            .note(format!("as in “{sample}”"))
            .hint("take a darker or a lighter colour for the text or for its ground");
        // The place of a colour is the template's, whatever text it is of.
        let finding = match self.page.origin(element) {
            Some(origin) => finding.at(origin.span, ""),
            None => finding.file(self.page.template()),
        };
        // One pair of colours is told once.
        if !self.findings.iter().any(|told| told.what == finding.what) {
            self.findings.push(finding);
        }
    }
}

/// What pads a preheader.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{a0}' | '\u{2060}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_the_guidelines() {
        for (first, second, expected) in [
            ("#000", "#fff", 21.0),
            ("#777", "#fff", 4.48),
            ("#17593f", "#ffffff", 8.3),
            ("#fff", "#fff", 1.0),
        ] {
            let found = ratio(&hex(first), &hex(second));
            assert!((found - expected).abs() < 0.05, "{first} {second}: {found}");
        }
    }

    #[test]
    fn sizes_are_told_in_pixels() {
        for (value, pixels) in [
            ("18px", Some(18.0)),
            ("12pt", Some(16.0)),
            ("1.5em", Some(30.0)),
            ("50%", Some(10.0)),
            ("large", None),
        ] {
            assert_eq!(size(value, 20.0), pixels, "{value}");
        }
    }
}
