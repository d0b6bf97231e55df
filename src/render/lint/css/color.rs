//! Colours as CSS and HTML write them, one over another, and how far two are apart.

use csscolorparser::Color;

/// HTML reads no more of a colour.
const LEGACY_MAX: usize = 128;

/// Reads a colour of CSS.
pub(in crate::render::lint) fn color(value: &str) -> Option<Color> {
    let value = value.trim();
    // The crate takes digits without `#`, and `hsv()`; no browser does.
    if value.bytes().all(|byte| byte.is_ascii_hexdigit()) || value.starts_with("hsv") {
        return None;
    }
    value.parse().ok().map(in_steps)
}

/// Reads a colour of an attribute, of which HTML makes something whatever it is (HTML, "rules for
/// parsing a legacy color value").
pub(in crate::render::lint) fn legacy(value: &str) -> Option<Color> {
    let value = value.trim().to_ascii_lowercase();
    if value.is_empty() || value == "transparent" {
        return None;
    }
    let is_short = value.len() == 4 && value.starts_with('#');
    let is_name = value.bytes().all(|byte| byte.is_ascii_alphabetic());
    if let Some(color) = (is_short || is_name).then(|| color(&value)).flatten() {
        return Some(color);
    }
    let digits = value.strip_prefix('#').unwrap_or(&value).chars().take(LEGACY_MAX);
    let mut digits: String = digits.map(|c| if c.is_ascii_hexdigit() { c } else { '0' }).collect();
    while digits.is_empty() || !digits.len().is_multiple_of(3) {
        digits.push('0');
    }
    let third = digits.len() / 3;
    let mut parts = [0, 1, 2].map(|part| &digits[part * third..(part + 1) * third]);
    parts = parts.map(|part| &part[part.len().saturating_sub(8)..]);
    while parts[0].len() > 2 && parts.iter().all(|part| part.starts_with('0')) {
        parts = parts.map(|part| &part[1..]);
    }
    let [r, g, b] =
        parts.map(|part| u8::from_str_radix(&part[..part.len().min(2)], 16).unwrap_or_default());
    Some(Color::from_rgba8(r, g, b, 255))
}

/// Rounds to the 256 steps that a screen has.
fn in_steps(color: Color) -> Color {
    let step = |part: f32| (part.clamp(0.0, 1.0) * 255.0).round() / 255.0;
    Color::new(step(color.r), step(color.g), step(color.b), color.a.clamp(0.0, 1.0))
}

/// Lays a colour over another, either of which may let something through.
pub(in crate::render::lint) fn over(front: &Color, ground: &Color) -> Color {
    let a = front.a + ground.a * (1.0 - front.a);
    if a == 0.0 {
        return Color::new(0.0, 0.0, 0.0, 0.0);
    }
    let mix = |front_part: f32, ground_part: f32| {
        (front_part * front.a + ground_part * ground.a * (1.0 - front.a)) / a
    };
    let [r, g, b] = [mix(front.r, ground.r), mix(front.g, ground.g), mix(front.b, ground.b)];
    in_steps(Color::new(r, g, b, a))
}

/// How far two colours are apart (WCAG 2.2, contrast ratio), from 1 to 21.
pub(in crate::render::lint) fn ratio(first: &Color, second: &Color) -> f64 {
    let luminance = |color: &Color| {
        let [r, g, b] = [color.r, color.g, color.b].map(|part| match f64::from(part) {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (first, second) = (luminance(first), luminance(second));
    (first.max(second) + 0.05) / (first.min(second) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(color: &Color) -> String {
        color.to_css_hex().to_string()
    }

    #[test]
    fn ratios_are_those_of_the_guidelines() {
        for (first, second, expected) in [
            ("#000", "#fff", 21.0),
            ("#777", "#fff", 4.48),
            ("#17593f", "#ffffff", 8.3),
            ("#fff", "#fff", 1.0),
        ] {
            let found = ratio(&color(first).unwrap(), &color(second).unwrap());
            assert!((found - expected).abs() < 0.05, "{first} {second}: {found}");
        }
    }

    #[test]
    fn what_is_no_colour_of_css_is_none() {
        for no in ["fff", "123456", "#12345", "hsv(1,1%,1%)", "blurple", ""] {
            assert!(color(no).is_none(), "{no}");
        }
        assert_eq!(color(" hsl(0, 0%, 46.5%) ").map(|of| hex(&of)).unwrap(), "#777777");
    }

    #[test]
    fn html_makes_a_colour_of_any_attribute() {
        for (value, expected) in [
            ("#333", "#333333"),
            ("333", "#030303"),
            ("FFFFFF", "#ffffff"),
            (" Navy ", "#000080"),
            ("#12345678", "#124578"),
            ("chucknorris", "#c00000"),
            ("é", "#000000"),
            ("#", "#000000"),
        ] {
            assert_eq!(legacy(value).map(|of| hex(&of)).unwrap(), expected, "{value}");
        }
        assert!(legacy(" ").is_none() && legacy("transparent").is_none());
        assert!(legacy(&"f".repeat(1_000)).is_some());
    }

    #[test]
    fn colours_lie_over_each_other() {
        let over = |front, ground| hex(&over(&color(front).unwrap(), &color(ground).unwrap()));
        assert_eq!(over("rgba(0,0,0,.5)", "#fff"), "#808080");
        assert_eq!(over("transparent", "#fff"), "#ffffff");
        assert_eq!(over("#123", "#fff"), "#112233");
        assert_eq!(over("rgba(0,0,0,.5)", "rgba(0,0,0,.5)"), "#000000bf");
        assert_eq!(over("transparent", "transparent"), "#00000000");
    }
}
