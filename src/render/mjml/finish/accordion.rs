//! The style sheet of accordions, which npm's mjml 5 writes with other selectors than mrml.

/// Rewrites the selectors.
pub(super) fn style_sheet(html: &str) -> String {
    let Some(start) = html.find("noinput.mj-accordion-checkbox") else { return html.to_owned() };
    let end = html[start..].find("</style").map_or(html.len(), |end| start + end);
    let (thunderbird, own) = (".moz-text-html input.", ".moz-text-html \u{1}.");
    let css = html[start..end]
        .replace("! important", "!important")
        .replace("+*", " + *")
        .replace(thunderbird, own)
        .replace("input.mj-accordion-checkbox:checked", ".mj-accordion-checkbox:checked")
        .replace(" input.mj-accordion-checkbox", " .mj-accordion-checkbox[type=\"checkbox\"]")
        .replace("\ninput.mj-accordion-checkbox", "\n.mj-accordion-checkbox[type=\"checkbox\"]")
        .replace(own, thunderbird);
    format!("{}{css}{}", &html[..start], &html[end..])
}
