//! Sizes and weights of text.

/// What `<font size>` means, from 1 to 7, in pixels.
const FONT_SIZES: [f32; 7] = [10.0, 13.0, 16.0, 18.0, 24.0, 32.0, 48.0];
/// From here on text is bold.
pub(in crate::render::lint) const BOLD: f32 = 700.0;

/// A size of `<font>`, in pixels.
pub(in crate::render::lint) fn legacy_size(value: &str) -> Option<f32> {
    let value = value.trim();
    let number: i32 = value.parse().ok()?;
    let number = if value.starts_with(['+', '-']) { number.saturating_add(3) } else { number };
    FONT_SIZES.get(usize::try_from(number.clamp(1, 7) - 1).ok()?).copied()
}

/// The weight of what is bolder than what is around.
pub(in crate::render::lint) fn bolder(outer: f32) -> f32 {
    match outer {
        ..350.0 => 400.0,
        ..550.0 => BOLD,
        _ => outer.max(900.0),
    }
}

/// A weight, from 1 to 1000.
pub(in crate::render::lint) fn weight(value: &str, outer: f32) -> Option<f32> {
    match value {
        "normal" | "initial" => Some(400.0),
        "bold" => Some(BOLD),
        "bolder" => Some(bolder(outer)),
        "lighter" => Some(match outer {
            ..550.0 => outer.min(100.0),
            ..750.0 => 400.0,
            _ => BOLD,
        }),
        "inherit" | "unset" => Some(outer),
        _ => value.parse().ok().filter(|number| (1.0..=1000.0).contains(number)),
    }
}

/// A size in pixels; `outer` is that of what is around.
pub(in crate::render::lint) fn size(value: &str, outer: f32) -> Option<f32> {
    let named = match value {
        "0" => 0.0,
        "xx-small" => 9.0,
        "x-small" => 10.0,
        "small" => 13.0,
        "medium" | "initial" => 16.0,
        "large" => 18.0,
        "x-large" => 24.0,
        "xx-large" => 32.0,
        "xxx-large" => 48.0,
        "smaller" => outer / 1.2,
        "larger" => outer * 1.2,
        "inherit" | "unset" => outer,
        _ => {
            let end = value.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
            let number: f32 = value[..end].trim().parse().ok().filter(|number| *number >= 0.0)?;
            let unit = match value[end..].trim() {
                "px" => 1.0,
                "pt" => 4.0 / 3.0,
                "pc" | "rem" => 16.0,
                "in" => 96.0,
                "cm" => 96.0 / 2.54,
                "mm" => 96.0 / 25.4,
                "em" => outer,
                "%" => outer / 100.0,
                _ => return None,
            };
            number * unit
        }
    };
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_pixels() {
        for (value, pixels) in [
            ("18px", Some(18.0)),
            ("12pt", Some(16.0)),
            ("1.5em", Some(30.0)),
            ("50%", Some(10.0)),
            ("larger", Some(24.0)),
            ("large", Some(18.0)),
            ("0", Some(0.0)),
            ("-1px", None),
            ("9vw", None),
            ("calc(1px)", None),
        ] {
            assert_eq!(size(value, 20.0), pixels, "{value}");
        }
    }

    #[test]
    fn weights_go_by_what_is_around() {
        assert_eq!([100.0, 400.0, 700.0, 900.0].map(bolder), [400.0, 700.0, 900.0, 900.0]);
        let lighter = [50.0, 400.0, 700.0, 900.0].map(|outer| weight("lighter", outer));
        assert_eq!(lighter, [50.0, 100.0, 400.0, 700.0].map(Some));
        assert_eq!([weight("650", 1.0), weight("0", 1.0)], [Some(650.0), None]);
        assert_eq!(
            ["1", "+2", "-9", "x"].map(legacy_size),
            [Some(10.0), Some(24.0), Some(10.0), None]
        );
    }
}
