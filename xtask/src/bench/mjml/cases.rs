//! A page for each attribute of each component, with a value of its kind.

use std::fs;
use std::path::Path;

/// An attribute of npm's table: element, name, kind.
pub type Row = (String, String, String);

/// Writes the pages into a folder.
pub fn write(folder: &Path, table: &[Row]) -> Result<usize, String> {
    let mut written = 0;
    let mut put = |name: String, text: &str| {
        written += 1;
        let path = folder.join(format!("{name}.mjml"));
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    let mut elements: Vec<&str> = table.iter().map(|(element, ..)| element.as_str()).collect();
    elements.dedup();
    for element in elements {
        put(element.to_owned(), &page(element, ""))?;
        put(format!("{element}.css-class"), &page(element, " css-class=\"one two\""))?;
    }
    for (element, name, kind) in table {
        for (number, value) in values(name, kind).iter().enumerate() {
            let attribute = format!(" {name}=\"{value}\"");
            put(format!("{element}.{name}.{number}"), &page(element, &attribute))?;
        }
    }
    Ok(written)
}

/// Values of a kind, as npm's table writes it.
fn values(name: &str, kind: &str) -> Vec<String> {
    let inside = |kind: &str| {
        kind.split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
            .map(|(list, times)| (list.to_owned(), times.to_owned()))
    };
    let list = match (kind.split('(').next(), inside(kind)) {
        (Some("enum"), Some((list, _))) => list.split(',').map(str::to_owned).collect(),
        (Some("unit" | "unitWithNegative"), Some((list, times))) => {
            let number = |unit: &str| match unit {
                "auto" => "auto".to_owned(),
                "" => "1.5".to_owned(),
                "em" => "0.2em".to_owned(),
                "%" => "40%".to_owned(),
                unit => format!("{}{unit}", if name.contains("width") { 120 } else { 12 }),
            };
            let mut list: Vec<String> = list.split(',').map(number).collect();
            if !times.is_empty() {
                list.extend(["3px 6px", "3px 6px 9px", "3px 6px 9px 12px"].map(str::to_owned));
            }
            list
        }
        (Some("boolean"), _) => vec!["true".to_owned(), "false".to_owned()],
        (Some("color"), _) => {
            ["#1a2b3c", "red", "rgba(1,2,3,0.5)", "#abc"].map(str::to_owned).to_vec()
        }
        (Some("integer"), _) => vec!["3".to_owned()],
        _ => vec![text(name).to_owned()],
    };
    // An attribute that is empty says nothing.
    list.into_iter().filter(|value: &String| !value.is_empty()).collect()
}

fn text(name: &str) -> &'static str {
    match name {
        name if name.contains("radius") => "6px",
        name if name.contains("border") && !name.contains("style") => "2px dashed #123456",
        "border-style" => "dotted",
        name if name.contains("font-family") => "Roboto, Georgia, serif",
        "font-style" => "italic",
        "font-weight" => "700",
        "text-decoration" | "ico-text-decoration" => "underline",
        "text-transform" | "ico-text-transform" => "capitalize",
        "background-size" => "cover",
        "background-position" => "left bottom",
        "background-position-x" => "25%",
        "background-position-y" => "75%",
        "mode" => "fluid-height",
        "hamburger" => "hamburger",
        "inline" => "inline",
        "target" => "_self",
        "rel" => "noopener",
        "name" => "facebook",
        "srcset" => "https://example.com/a.png 300w, https://example.com/b.png 600w",
        "sizes" => "(max-width: 300px) 100vw, 50vw",
        "usemap" => "#map",
        "href" | "src" | "base-url" | "background-url" | "left-icon" | "right-icon"
        | "thumbnails-src" => "https://example.com/x.png?a=1&amp;b=2",
        name if name.ends_with("-url") => "https://example.com/y.png",
        _ => "A &quot;few&quot; words",
    }
}

fn page(element: &str, attributes: &str) -> String {
    let open = |name: &str| match name == element {
        true => format!("<{name}{attributes}>"),
        false => format!("<{name}>"),
    };
    let head = match element {
        "mj-breakpoint" | "mj-font" => {
            format!("<{element}{}{attributes} />", font(element, attributes))
        }
        "mj-style" => format!("{}.one p {{ color: red }}</mj-style>", open("mj-style")),
        _ => String::new(),
    };
    let before = match element {
        "mj-raw" => format!("{}<!-- first --></mj-raw>", open("mj-raw")),
        _ => String::new(),
    };
    let text = "<mj-text css-class=\"one\" font-family=\"Roboto\"><p>Some <b>words</b> &amp; more.</p></mj-text>";
    let column = |inside: &str| format!("<mj-section><mj-column>{inside}</mj-column></mj-section>");
    let around = |inside: &str| format!("{}{inside}</{element}>", open(element));
    let two = format!("<mj-column>{text}</mj-column><mj-column>{text}</mj-column>");
    let body = match element {
        "mj-section" => around(&two),
        "mj-wrapper" => {
            around(&format!("<mj-section>{two}</mj-section><mj-section>{two}</mj-section>"))
        }
        "mj-group" => format!("<mj-section>{}</mj-section>", around(&two)),
        "mj-column" => {
            format!(
                "<mj-section>{}<mj-column>{text}</mj-column></mj-section>",
                around(&format!("{text}{text}"))
            )
        }
        "mj-hero" => around(text),
        "mj-accordion" | "mj-accordion-element" | "mj-accordion-title" | "mj-accordion-text" => {
            let one = format!(
                "{}{}A title</mj-accordion-title>{}<i>A</i> text</mj-accordion-text></mj-accordion-element>",
                open("mj-accordion-element"),
                open("mj-accordion-title"),
                open("mj-accordion-text"),
            );
            column(&format!("{}{one}{one}</mj-accordion>", open("mj-accordion")))
        }
        "mj-social" | "mj-social-element" => {
            let named = |name: &str, text: &str| {
                let name = if attributes.contains(" name=") && element == "mj-social-element" {
                    String::new()
                } else {
                    format!(" name=\"{name}\"")
                };
                let href = if attributes.contains(" href=") {
                    ""
                } else {
                    " href=\"https://example.com/me\""
                };
                let own = if element == "mj-social-element" { attributes } else { "" };
                format!("<mj-social-element{name}{href}{own}>{text}</mj-social-element>")
            };
            let both = format!("{}{}", named("x", "Follow"), named("linkedin-noshare", ""));
            column(&format!("{}{both}</mj-social>", open("mj-social")))
        }
        "mj-navbar" | "mj-navbar-link" => {
            let href = if attributes.contains(" href=") { "" } else { " href=\"/a\"" };
            let own = if element == "mj-navbar-link" { attributes } else { "" };
            let link = format!("<mj-navbar-link{href}{own}>Home</mj-navbar-link>");
            column(&format!("{}{link}{link}</mj-navbar>", open("mj-navbar")))
        }
        "mj-carousel" | "mj-carousel-image" => {
            let src = if attributes.contains(" src=") {
                ""
            } else {
                " src=\"https://example.com/p.png\""
            };
            let own = if element == "mj-carousel-image" { attributes } else { "" };
            let image = format!("<mj-carousel-image{src}{own} />");
            column(&format!("{}{image}{image}{image}</mj-carousel>", open("mj-carousel")))
        }
        "mj-image" => {
            let src = if attributes.contains(" src=") {
                ""
            } else {
                " src=\"https://example.com/p.png\""
            };
            column(&format!("<mj-image{src}{attributes} />"))
        }
        "mj-button" => {
            let href =
                if attributes.contains(" href=") { "" } else { " href=\"https://example.com\"" };
            column(&format!("<mj-button{href}{attributes}>Press <b>me</b></mj-button>"))
        }
        "mj-text" => column(&around("<p>Some <b>words</b></p>")),
        "mj-table" => column(&around("<tr><td>1</td><td>2</td></tr>")),
        "mj-divider" | "mj-spacer" => column(&format!("{text}{}", around(""))),
        _ => column(text),
    };
    format!(
        "<mjml>{before}<mj-head><mj-title>A title</mj-title>{head}</mj-head>{}{body}</mj-body></mjml>\n",
        open("mj-body")
    )
}

fn font(element: &str, attributes: &str) -> &'static str {
    match (element, attributes.contains(" name="), attributes.contains(" href=")) {
        ("mj-font", false, true) => " name=\"Roboto\"",
        ("mj-font", true, false) => " href=\"https://example.com/font.css\"",
        ("mj-font", false, false) => " name=\"Roboto\" href=\"https://example.com/font.css\"",
        _ => "",
    }
}

/// A page as a newsletter is: a lead and stories with pictures, texts and buttons.
pub fn large(stories: usize) -> String {
    let words = "Two leaders met on Thursday and spoke of grain, ships and the price of both. ";
    let story = |number: usize| {
        format!(
            "<mj-section padding=\"12px 0\"><mj-column width=\"33%\"><mj-image alt=\"Picture {number}\" \
             src=\"https://example.com/{number}.jpg\" /></mj-column><mj-column width=\"67%\"><mj-text>\
             <h2><a href=\"https://example.com/{number}\">Story {number}</a></h2><p>{}</p></mj-text>\
             <mj-button href=\"https://example.com/{number}\">Read on</mj-button></mj-column></mj-section>\n",
            words.repeat(6)
        )
    };
    let stories: String = (1..=stories).map(story).collect();
    format!(
        "<mjml><mj-head><mj-title>Weekly</mj-title><mj-preview>This week</mj-preview><mj-attributes>\
         <mj-text font-family=\"Georgia, serif\" line-height=\"1.5\" />\
         <mj-class name=\"dark\" background-color=\"#222222\" /></mj-attributes><mj-style>a {{ color: \
         #17593f }}</mj-style></mj-head><mj-body>\n{stories}</mj-body></mjml>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_of_their_kind() {
        assert_eq!(values("padding", "unit(px,%){1,4}")[..2], ["12px", "40%"]);
        assert_eq!(values("align", "enum(left,right)"), ["left", "right"]);
        assert_eq!(values("full-width", "enum(full-width,false,)"), ["full-width", "false"]);
        assert_eq!(values("href", "string").len(), 1);
    }
}
