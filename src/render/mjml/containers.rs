//! Tells elements what depends on the width that they stand in, and that mrml does not reckon.

use super::finish;
use super::gutter;
use super::sizes::{self, number};
use super::tree::Element;

/// Tells the elements of a document.
pub(super) fn tell(root: &mut Element) {
    let Some(body) = root.elements_mut().find(|element| element.name == "mj-body") else { return };
    let width = body.get("width").map_or(sizes::BODY_WIDTH, sizes::whole);
    body.elements_mut().for_each(|element| tell_within(element, width));
}

fn tell_within(element: &mut Element, around: f64) {
    let width = sizes::inside(element, around);
    match element.name.as_str() {
        "mj-wrapper" => element.elements_mut().for_each(|child| tell_within(child, width)),
        "mj-section" => gutter::tell(element, width),
        "mj-hero" => {
            element.set(finish::OUTLOOK_WIDTH, number(width));
            element.elements_mut().for_each(|child| narrow(child, width));
        }
        _ => {}
    }
}

/// Tells a picture how wide it may be in a hero, whose padding mrml forgets.
fn narrow(image: &mut Element, around: f64) {
    let room = sizes::inside(image, around);
    let own = image.get("width").map(sizes::whole);
    if image.name == "mj-image" && own.is_none_or(|own| own > room) {
        image.set("width", format!("{}px", number(room)));
    }
}
