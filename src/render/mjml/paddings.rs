//! Writes paddings so that mrml reckons with them as npm does.
//!
//! npm takes the digits that a padding begins with, whatever their unit, when it reckons what width
//! is left; mrml reads pixels alone, and takes `0 20px` and `5%` for none. So each part that is not in
//! pixels is written in pixels, with a fraction that mrml drops and that tells what stood there.

use super::sizes::whole;
use super::tree::Element;

const NAMES: [&str; 5] =
    ["padding", "padding-left", "padding-right", "padding-top", "padding-bottom"];

/// The parts that were written otherwise, by the numbers in their fractions.
#[derive(Debug, Default)]
pub(super) struct Paddings(Vec<String>);

impl Paddings {
    /// Rewrites the paddings of an element.
    pub(super) fn put(&mut self, element: &mut Element) {
        for name in NAMES {
            if let Some(value) = element.get(name) {
                let parts = value.split_ascii_whitespace().map(|part| self.part(part));
                let value = parts.collect::<Vec<_>>().join(" ");
                element.set(name, value);
            }
        }
    }

    fn part(&mut self, part: &str) -> String {
        if part.ends_with("px") {
            return part.to_owned();
        }
        let known = self.0.iter().position(|known| known == part);
        let number = known.unwrap_or_else(|| {
            self.0.push(part.to_owned());
            self.0.len() - 1
        });
        stand_in(part, number)
    }

    /// Writes into a page what stood there.
    pub(super) fn take(&self, html: String) -> String {
        self.0.iter().enumerate().fold(html, |html, (number, part)| {
            let stands_in = stand_in(part, number);
            if html.contains(&stands_in) { html.replace(&stands_in, part) } else { html }
        })
    }
}

/// The fraction is less than mrml's numbers hold, and no two parts share one.
fn stand_in(part: &str, number: usize) -> String {
    format!("{}.{:056}px", whole(part), number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pixels_is_put_and_comes_back() {
        let mut paddings = Paddings::default();
        let mut element = Element::new("mj-text");
        element.set("padding", "0 12.5% 10px 0%");
        element.set("padding-left", "12.5%");
        paddings.put(&mut element);
        let put = element.get("padding").unwrap().to_owned();
        let read: Vec<f32> =
            put.split(' ').map(|part| part.trim_end_matches("px").parse().unwrap()).collect();
        assert_eq!(read, [0.0, 12.0, 10.0, 0.0]);
        assert_eq!(element.get("padding-left"), put.split(' ').nth(1));
        assert_eq!(paddings.take(format!("a {put} b")), "a 0 12.5% 10px 0% b");
    }
}
