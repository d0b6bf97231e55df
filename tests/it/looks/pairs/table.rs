//! The pairs: around the thresholds, in all the ways in which colours are written, on each other's
//! grounds, by day and by night.

/// Markup with a text `{}` that is to be judged.
pub struct Pair {
    pub html: String,
    /// Rules of a style sheet that the pair brings.
    pub css: &'static str,
    /// Where axe has no answer, the name that it gives to the reason, and whether we tell it.
    pub unsure: Option<(&'static str, bool)>,
}

fn pair(html: impl Into<String>) -> Pair {
    Pair { html: html.into(), css: "", unsure: None }
}

fn styled(style: impl std::fmt::Display) -> Pair {
    pair(format!("<p style=\"{style}\">{{}}</p>"))
}

fn with(css: &'static str, html: &str) -> Pair {
    Pair { css, ..pair(html) }
}

fn unsure(reason: &'static str, is_told: bool, html: &str) -> Pair {
    Pair { unsure: Some((reason, is_told)), ..pair(html) }
}

/// The pairs of pages that say nothing of a scheme.
pub fn all() -> Vec<Pair> {
    let all =
        [around_the_thresholds(), ways_to_write_a_colour(), grounds(), nights(), unanswered()];
    all.into_iter().flatten().collect()
}

fn around_the_thresholds() -> Vec<Pair> {
    let mut all = Vec::new();
    // Grey on white: 4.54 and 4.48; 3.03 and 2.99.
    for grey in ["#757575", "#767676", "#777777", "#787878"] {
        all.push(styled(format!("color:{grey};font-size:23.9px")));
    }
    for grey in ["#757576", "#767677", "#777776", "#777778"] {
        all.push(styled(format!("color:{grey};font-size:18.6px;font-weight:bold")));
    }
    for grey in ["#939393", "#949494", "#959595", "#969696"] {
        all.push(styled(format!("color:{grey};font-size:24px")));
    }
    for grey in ["#939394", "#949495", "#959594", "#959596"] {
        all.push(styled(format!("color:{grey};font-size:18.66px;font-weight:700")));
    }
    for size in ["23.99px", "18pt", "17.9pt", "1.5em", "150%", "x-large", "large", "1.5rem"] {
        all.push(styled(format!("color:#8{:x}8888;font-size:{size}", all.len() - 16)));
    }
    for (weight, size) in [
        ("600", "20px"),
        ("bold", "14pt"),
        ("bolder", "20px"),
        ("700", "18.65px"),
        ("900", "13.9pt"),
        ("normal", "20px"),
        ("lighter", "20px"),
    ] {
        all.push(styled(format!(
            "color:#88{:x}088;font-size:{size};font-weight:{weight}",
            all.len() % 16
        )));
    }
    // White, black and each other's middle.
    for (text, ground) in [
        ("#747474", "#000"),
        ("#757575", "#000000"),
        ("#ffffff", "#d93a3a"),
        ("#ffffff", "#d83a3a"),
        ("#ffffff", "#e03131"),
        ("#0a7ea4", "#ffffff"),
        ("#0b80a6", "#ffffff"),
        ("#008556", "#fff"),
        ("#008a5a", "#fff"),
        ("#c05600", "#fffdf7"),
        ("#bb5500", "#fffdf7"),
        ("#6b6b6b", "#e9e9e9"),
        ("#666666", "#dddddd"),
        ("#abc", "#456"),
        ("#123", "#678"),
    ] {
        all.push(styled(format!("color:{text};background-color:{ground}")));
    }
    all
}

fn ways_to_write_a_colour() -> Vec<Pair> {
    vec![
        styled("color:gray"),
        styled("color:DimGray"),
        styled("color:lightslategray"),
        styled("color:rebeccapurple;background:tan"),
        styled("color:hsl(0, 0%, 46.5%)"),
        styled("color:hsl(210deg 30% 51%)"),
        styled("color:hsla(120, 100%, 20%, 0.7)"),
        styled("color:hwb(200 20% 40%)"),
        styled("color:rgb(118, 118, 117)"),
        styled("color:rgb(120 119 119)"),
        styled("color:rgb(47% 46% 46%)"),
        styled("color:rgba(0,0,0,.53)"),
        styled("color:rgba(0,0,0,.55)"),
        styled("color:rgb(0 0 0 / 54%)"),
        styled("color:#0000008a"),
        styled("color:#00000086"),
        // No colours: the declaration counts for nothing.
        styled("color:#111;color:999"),
        styled("color:#222;color:bleak"),
        styled("color:#333;color:#9999999999"),
        styled("color:rgba(255,255,255,.6);background:#224466"),
        styled("color:rgba(255,255,255,.5);background:#214567"),
        styled("color:#fff;background-color:rgba(0,0,0,.5)"),
        styled("color:#fff;background-color:rgba(0,0,0,.55)"),
        styled("color:#333;opacity:.7"),
        styled("color:#333;opacity:.5"),
        styled("color:#fff;background:#040004;opacity:.5"),
        pair(
            "<div style=\"background:#eee;opacity:.8\"><p style=\"color:#444;opacity:.8\">{}</p></div>",
        ),
        pair("<font color=\"#888888\">{}</font>"),
        pair("<font color=\"#898989\" size=\"5\">{}</font>"),
        styled("color:#8a8a89;font:bold 20px/24px Georgia,serif"),
        styled("color:#8a8a88;font:20px/24px Georgia,serif"),
        styled("color:currentcolor;background:#707070"),
        styled("color:inherit;background:#787070"),
        styled("color:var(--none,#979797)"),
        styled("color:var(--none);background:#797979"),
        with(
            ".w{--ink:#979796}.w p{--of:var(--ink);color:var(--of)}",
            "<div class=\"w\"><p>{}</p></div>",
        ),
        // MJML shows paragraphs as blocks, `hidden` or not.
        pair("<p style=\"color:#989798\" hidden>{}</p>"),
    ]
}

fn grounds() -> Vec<Pair> {
    let cell = |of_table: &str, of_cell: &str, of_text: &str| {
        pair(format!(
            "<table role=\"presentation\" {of_table}><tr><td {of_cell}><span style=\"{of_text}\">{{}}</span></td></tr></table>"
        ))
    };
    vec![
        cell("bgcolor=\"#000000\"", "", "color:#6f6f6f"),
        cell("bgcolor=\"#000000\"", "bgcolor=\"#ffffff\"", "color:#6f7070"),
        cell("", "bgcolor=\"#111111\" style=\"background-color:#ffffff\"", "color:#6d6d6d"),
        cell("", "bgcolor=\"#ffffff\" style=\"background-color:#121212\"", "color:#6e6d6d"),
        cell("", "bgcolor=\"#131313\" style=\"background:transparent\"", "color:#6d6e6d"),
        cell("", "bgcolor=\"#141414\" style=\"background:none\"", "color:#6d6d6e"),
        cell(
            "style=\"background:#151515\"",
            "style=\"background:rgba(255,255,255,.9)\"",
            "color:#6c6d6e",
        ),
        cell("bgcolor=\"navy\"", "", "color:#6a6d6e"),
        cell("bgcolor=\"333\"", "", "color:#999999"),
        cell("bgcolor=\"#333\"", "", "color:#929292"),
        cell("bgcolor=\"eeeeee\"", "", "color:#717171"),
        pair("<div bgcolor=\"#000000\"><span style=\"color:#6c6c6b\">{}</span></div>"),
        pair(
            "<div style=\"background:#000\"><p style=\"background:#fff\"><b style=\"color:#7a7a7a\">{}</b></p></div>",
        ),
        pair(
            "<div style=\"background:#222\"><p style=\"background:rgba(255,255,255,.5)\"><i style=\"color:#111110\">{}</i></p></div>",
        ),
        pair(
            "<div style=\"background:#222\"><p style=\"background-color:inherit;color:#777776\">{}</p></div>",
        ),
        pair(
            "<div style=\"background:#777\"><p style=\"background:rgb(20, 20, 20) none\"><i style=\"color:#858585\">{}</i></p></div>",
        ),
        pair(
            "<div style=\"background:#fff no-repeat\"><p style=\"background:0 0\"><i style=\"color:#858685\">{}</i></p></div>",
        ),
        styled("background:#000;background:blurple;color:#848484"),
        pair("<p style=\"color:#000\">A page <a href=\"https://a.example/\">{}</a> to see.</p>"),
        pair("<p style=\"background:#5f5f5f\"><a href=\"https://a.example/\">{}</a></p>"),
        pair("<p style=\"color:#7b7b7b\"><a name=\"here\">{}</a></p>"),
        pair(
            "<p style=\"color:#000\">In text <a href=\"https://a.example/\" style=\"color:#4a90d9\">{}</a>.</p>",
        ),
        pair(
            "<p style=\"color:#000\">In text <a href=\"https://a.example/\" style=\"color:#2b6cb0\">{}</a>.</p>",
        ),
        with(
            "a.k:link{color:#8c8c8b} a.k:hover{color:#000}",
            "<a class=\"k\" href=\"https://a.example/\">{}</a>",
        ),
        with("a.v:visited{color:#eeeeed}", "<a class=\"v\" href=\"https://a.example/\">{}</a>"),
        pair("<h2 style=\"color:#8b8b8b\">{}</h2>"),
        pair("<h3 style=\"color:#8b8c8b\">{}</h3>"),
        pair("<div style=\"font-size:20px\"><h4 style=\"color:#8b8b8c\">{}</h4></div>"),
        pair(
            "<div style=\"font-size:20px\"><small><b style=\"color:#8c8b8c\">{}</b></small></div>",
        ),
        pair("<div style=\"font-size:30px\"><small style=\"color:#8c8c8d\">{}</small></div>"),
        pair(
            "<div style=\"font-size:20px\"><span style=\"font-size:larger;color:#8d8c8d\">{}</span></div>",
        ),
        pair("<div style=\"color:#fefefe\"><mark>{}</mark></div>"),
        pair(
            "<div style=\"visibility:hidden\"><p style=\"visibility:visible;color:#a1a1a1\">{}</p>.</div>",
        ),
        styled("font-size:1px;color:#a2a1a2"),
        with(".n:not(.m){color:#a3a3a3} .n.o{color:#000}", "<p class=\"n o\">{}</p>"),
        with("p.q{color:#a4a3a3} [class=\"q\"]{color:#000}", "<p class=\"q\">{}</p>"),
        with("@media (max-width:600px){.r{color:#a4a4a3}}", "<p class=\"r\">{}</p>"),
        with("@media (min-width:600px){.s{color:#a4a4a5}}", "<p class=\"s\">{}</p>"),
        with("@media print{.t{color:#a4a5a5}}", "<p class=\"t\">{}</p>"),
        with("@media not screen{.u{color:#a5a5a5}}", "<p class=\"u\">{}</p>"),
    ]
}

fn nights() -> Vec<Pair> {
    vec![
        with(
            "@media (prefers-color-scheme:dark){.a1{color:#777!important}}",
            "<p class=\"a1\" style=\"color:#111\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){.a2{color:#767676!important}}",
            "<p class=\"a2\" style=\"color:#111\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme: dark){.a3{color:#111111}}",
            "<p class=\"a3\" style=\"color:#b0b0b0\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme: dark){.a4{color:#111111!important}}",
            "<p class=\"a4\" style=\"color:#b0b0b1\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:light){.a5{color:#b0b1b1!important}}",
            "<p class=\"a5\" style=\"color:#121111\">{}</p>",
        ),
        with(
            "@media screen and (prefers-color-scheme:dark){.a6{background:#111!important}}",
            "<p class=\"a6\" style=\"color:#333\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){.a7{background:#111!important;color:#808080!important}}",
            "<p class=\"a7\" style=\"color:#333\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){.a8{background:#111!important;color:#757575!important}}",
            "<p class=\"a8\" style=\"color:#333\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){.a9{background-color:#000!important}}",
            "<table role=\"presentation\"><tr><td class=\"a9\" bgcolor=\"#ffffff\" style=\"color:#686868\">{}</td></tr></table>",
        ),
        with(
            "@media not all and (prefers-color-scheme:dark){.b1{color:#b2b1b1!important}}",
            "<p class=\"b1\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark) and (max-width:500px){.b2{color:#b2b2b1!important}}",
            "<p class=\"b2\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark),print{.b3{color:#b2b2b3!important}}",
            "<p class=\"b3\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){@media (min-width:400px){.b4{color:#b3b2b3!important}}}",
            "<p class=\"b4\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){.b5{color:rgba(255,255,255,.55)!important;background:#123!important}}",
            "<p class=\"b5\">{}</p>",
        ),
        with(
            "@media (prefers-color-scheme:dark){.b6 a{color:#8ab4f8!important}}",
            "<p class=\"b6\"><a href=\"https://a.example/\">{}</a></p>",
        ),
        with("[data-ogsc] .b7{color:#b4b4b3!important}", "<p class=\"b7\">{}</p>"),
    ]
}

/// Pairs on a page that knows the dark, and so has the dark's own colours there.
pub fn of_schemes() -> Vec<Pair> {
    vec![
        pair("<p style=\"color:#767676\">{}</p>"),
        pair("<p style=\"color:#7c7c7c\">{}</p>"),
        pair("<p style=\"color:#808080\">{}</p>"),
        pair("<p>{}</p>"),
        pair("<p><a href=\"https://a.example/\">{}</a></p>"),
        pair("<p style=\"background:#f9f9f9\"><a href=\"https://a.example/\">{}</a></p>"),
        pair("<p style=\"background:#444\">{}</p>"),
        pair("<p style=\"color:initial;background:#e0e0e0\">{}</p>"),
        pair("<p style=\"color:canvastext;background:#d0d0d0\">{}</p>"),
    ]
}

/// What axe leaves to people, or does not look at.
fn unanswered() -> Vec<Pair> {
    let url = "https://a.example/x.png";
    let picture = format!("<p style=\"color:#c0c0c0;background:#fff url({url})\">{{}}</p>");
    let gradient = "<p style=\"color:#c0c0c1;background-image:linear-gradient(#fff,#eee)\">{}</p>";
    vec![
        // Nobody looks at pictures here either.
        unsure("bgImage", false, &picture),
        unsure("bgGradient", false, gradient),
        // What has its ground's own colour may be hidden on purpose, says axe.
        unsure("equalRatio", true, "<p style=\"color:#fff\">{}</p>"),
        unsure("equalRatio", true, "<p style=\"color:#0000;background:#fefefe\">{}</p>"),
        // A letter may be an ornament, says axe.
        unsure("shortTextContent", true, "<p style=\"color:#c1c0c0\">x</p>"),
        // A picture in the text has colours of its own.
        unsure("", false, "<p style=\"color:#c1c1c0\">🎉</p>"),
        // What is not seen is not looked at.
        unsure("", false, "<p style=\"color:#c1c1c2;display:none\">{}</p>"),
        unsure("", false, "<p style=\"color:#c1c2c1;max-height:0;overflow:hidden\">{}</p>"),
        unsure("", false, "<p style=\"color:#c1c2c2;font-size:0\">{}</p>"),
        unsure("", false, "<div style=\"opacity:0\"><p style=\"color:#c2c2c1\">{}</p></div>"),
        unsure("", false, "<div style=\"color:#c2c2c3\" hidden>{}</div>"),
    ]
}
