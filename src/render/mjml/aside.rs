//! Puts attributes aside that mrml would leave out or misread, or that tell whose tag is whose.

use super::shelf::Shelf;
use super::tree::Element;
use super::{finish, gutter, sizes};

/// Puts aside what `finish` needs of the elements of a document.
pub(super) fn set(root: &mut Element, shelf: &mut Shelf<'_>) {
    root.each(&mut |element| match element.name.as_str() {
        "mj-image" | "mj-social-element" => shelf.put_attribute(element, "alt"),
        "mj-hero" => hero(element, shelf),
        "mj-group" => group(element, shelf),
        "mj-column" if gutter::is_told(element) || element.get("inner-border-radius").is_some() => {
            shelf.put_attribute(element, "css-class");
            gutter::forget(element);
        }
        "mj-carousel" => carousel(element, shelf),
        "mj-wrapper" => wrapper(element, shelf),
        _ => {}
    });
}

fn wrapper(wrapper: &mut Element, shelf: &mut Shelf<'_>) {
    let Some(gap) = wrapper.remove(finish::GAP) else { return };
    for (index, section) in wrapper.elements_mut().enumerate() {
        if section.name != "mj-section" {
            continue;
        }
        // None before the first; but that too is written without Outlook's color.
        section.set(finish::GAP, if index == 0 { "" } else { gap.as_str() });
        shelf.put_attribute(section, "css-class");
        section.remove(finish::GAP);
    }
}

/// The columns of a group that take width from their cells, of which mrml tells Outlook.
fn group(group: &mut Element, shelf: &mut Shelf<'_>) {
    let is_put =
        |column: &Element| gutter::is_told(column) || column.get("inner-border-radius").is_some();
    for column in group.elements_mut() {
        if column.name == "mj-column" && !is_put(column) && sizes::inside(column, 0.0) < 0.0 {
            shelf.put_attribute(column, "css-class");
        }
    }
}

fn hero(hero: &mut Element, shelf: &mut Shelf<'_>) {
    // mrml calls this mode otherwise.
    let is_fluid = hero.remove("mode").is_some_and(|mode| mode == "fluid-height");
    if is_fluid {
        hero.set("mode", "fluid");
    } else if let Some(height) = hero.get("height").map(sizes::whole) {
        hero.set("height", format!("{height}px"));
    }
    shelf.put_attribute(hero, "css-class");
    hero.remove(finish::OUTLOOK_WIDTH);
}

/// Tells each image what its thumbnail needs that mrml does not know.
fn carousel(carousel: &mut Element, shelf: &mut Shelf<'_>) {
    let width = carousel.get("tb-width").filter(|width| width.ends_with('%')).map(str::to_owned);
    let supported = carousel.get("thumbnails") == Some(finish::SUPPORTED);
    if supported {
        carousel.set("thumbnails", "visible");
    }
    for image in carousel.elements_mut() {
        let own = image.attributes.clone();
        if supported {
            image.set("thumbnails", finish::SUPPORTED);
        }
        if let Some(width) = &width {
            image.set("tb-width", width.as_str());
        }
        shelf.put_attribute(image, "alt");
        let alt = image.get("alt").map(str::to_owned);
        image.attributes = own;
        image.set("alt", alt.unwrap_or_default());
    }
}
