//! Which media queries hold on the screen that the checks have in mind: wide, in the light or in
//! the dark (Media Queries 4).

/// How wide the screen is, in CSS pixels: that of a desk.
const WIDTH: f32 = 1280.0;

/// Says whether a list of queries holds; what is not understood does not.
pub(super) fn holds(condition: &str, is_dark: bool) -> bool {
    let condition = condition.to_ascii_lowercase();
    condition.split(',').any(|one| {
        let words: Vec<&str> = one.split_whitespace().collect();
        query(&words.join(" "), is_dark)
    })
}

fn query(text: &str, is_dark: bool) -> bool {
    let text = text.strip_prefix("only ").unwrap_or(text);
    if let Some(rest) = text.strip_prefix("not ") {
        return !all(rest, is_dark);
    }
    text.split(" or ").any(|part| all(part, is_dark))
}

fn all(text: &str, is_dark: bool) -> bool {
    text.split(" and ").all(|part| match part.trim() {
        "" | "all" | "screen" => true,
        part => {
            let inner = part.strip_prefix('(').and_then(|part| part.strip_suffix(')'));
            inner.is_some_and(|inner| feature(inner, is_dark))
        }
    })
}

fn feature(text: &str, is_dark: bool) -> bool {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    let value = value.trim();
    match name.trim() {
        "prefers-color-scheme" => value.is_empty() || (value == "dark") == is_dark,
        "min-width" | "min-device-width" => pixels(value).is_some_and(|least| WIDTH >= least),
        "max-width" | "max-device-width" => pixels(value).is_some_and(|most| WIDTH <= most),
        "-webkit-min-device-pixel-ratio" => value.parse().is_ok_and(|least: f32| least <= 1.0),
        _ => false,
    }
}

fn pixels(value: &str) -> Option<f32> {
    let em = |value: &str| value.strip_suffix("em")?.parse::<f32>().ok();
    let px = value.strip_suffix("px").unwrap_or(value).parse().ok();
    px.or_else(|| em(value).map(|em| em * 16.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_hold_on_a_wide_screen_in_the_light_or_in_the_dark() {
        for (query, light, dark) in [
            ("", true, true),
            ("screen", true, true),
            ("print", false, false),
            ("not print", true, true),
            ("only screen and (max-width: 479px)", false, false),
            ("only screen  and (min-width:480px)", true, true),
            ("(max-width:40em)", false, false),
            ("(min-width:2000px)", false, false),
            ("(prefers-color-scheme: dark)", false, true),
            ("(PREFERS-COLOR-SCHEME:LIGHT)", true, false),
            ("not (prefers-color-scheme:dark)", true, false),
            ("not all and (prefers-color-scheme:dark)", true, false),
            ("print, (prefers-color-scheme:dark)", false, true),
            ("(max-width:9px) or (prefers-color-scheme:dark)", false, true),
            ("screen and (-webkit-min-device-pixel-ratio:0)", true, true),
            ("(-webkit-min-device-pixel-ratio: 2)", false, false),
            ("(hover: hover)", false, false),
            ("yahoo", false, false),
        ] {
            assert_eq!((holds(query, false), holds(query, true)), (light, dark), "{query}");
        }
    }
}
