//! Icons behind their texts: `icon-position="right"` of `mj-social-element`, which mrml does not do.

use crate::render::mjml::shelf::Shelf;

/// Puts the cells of icons behind those of their texts where their elements ask for it.
pub(super) fn icons_behind(html: String, shelf: &Shelf<'_>) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    while let Some((found, item)) = shelf.find(rest) {
        let element = &item.element;
        let is_behind = element.name == "mj-social-element"
            && element.get("icon-position") == Some("right")
            && rest[..found.start].ends_with("alt=\"");
        match is_behind.then(|| cells(rest, found.start)).flatten() {
            Some(Cells { icon, text, end }) => {
                out.push_str(&rest[..icon]);
                out.push_str(&rest[text..end]);
                out.push_str(&rest[icon..text]);
                rest = &rest[end..];
            }
            None => {
                out.push_str(&rest[..found.end]);
                rest = &rest[found.end..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where the cell of an icon begins, that of its text, and what follows.
struct Cells {
    icon: usize,
    text: usize,
    end: usize,
}

/// Finds the cells around an image; none if there is no text.
fn cells(html: &str, image: usize) -> Option<Cells> {
    const CELL_END: &str = "</td>";
    // The icon has a table of its own, in its cell.
    let icon = html[..html[..image].rfind("<table")?].rfind("<td")?;
    let table = image + html[image..].find("</table>")?;
    let text = table + html[table..].find(CELL_END)? + CELL_END.len();
    let is_text = html[text..].starts_with("<td");
    let end = is_text.then(|| html[text..].find(CELL_END)).flatten()? + text + CELL_END.len();
    Some(Cells { icon, text, end })
}
