//! Colors as MJML takes them.

/// The names that CSS has for colors.
const NAMES: &str = "\
aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet \
brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan \
darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta \
darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue \
darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey \
dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray \
green greenyellow grey honeydew hotpink indianred indigo inherit ivory khaki lavender \
lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow \
lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray \
lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine \
mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen \
mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy \
oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise \
palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown \
royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue \
slategray slategrey snow springgreen steelblue tan teal thistle tomato transparent turquoise \
violet wheat white whitesmoke yellow yellowgreen";

/// Says whether a value is a color: `#abc`, `#aabbcc`, `rgb(…)`, `rgba(…)` or a name.
pub(super) fn is_color(value: &str) -> bool {
    if let Some(digits) = value.strip_prefix('#') {
        return matches!(digits.len(), 3 | 6)
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let inside = |name: &str| value.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    match (inside("rgb"), inside("rgba")) {
        (Some(inside), _) => are_parts(inside, 3),
        (_, Some(inside)) => are_parts(inside, 4),
        _ => is_name(value),
    }
}

/// Says whether CSS has a color of this name.
pub(in crate::render) fn is_name(value: &str) -> bool {
    NAMES.split_ascii_whitespace().any(|name| name.eq_ignore_ascii_case(value))
}

/// Whole numbers of up to three digits; the fourth may have a fraction.
fn are_parts(inside: &str, count: usize) -> bool {
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    let is_number = |part: &str| part.len() <= 3 && part.parse::<u16>().is_ok();
    parts.len() == count
        && parts[..3].iter().all(|part| is_number(part))
        && parts[3..].iter().all(|part| part.parse::<f32>().is_ok_and(|part| part >= 0.0))
}

#[cfg(test)]
mod tests {
    use super::is_color;

    #[test]
    fn colors_are_told_from_other_words() {
        for right in
            ["#abc", "#AABBCC", "red", "Red", "transparent", "rgb(1, 2,3)", "rgba(1,2,3,0.5)"]
        {
            assert!(is_color(right), "{right}");
        }
        for wrong in ["", "#ab", "#abcdez", "reddish", "rgb(1,2)", "rgba(1,2,3)", "rgb(1,2,3"] {
            assert!(!is_color(wrong), "{wrong}");
        }
    }
}
