//! What the page has where a reader of it wrote less: readers that find the story drop empty cells,
//! spans, the numbers of lists, captions, and the links around pictures.

use std::collections::HashMap;

use scraper::{ElementRef, Html};
use url::Url;

/// The parts of a page that are found again by what they say, or by their address.
#[derive(Default)]
pub(super) struct Original<'d> {
    tables: HashMap<String, ElementRef<'d>>,
    /// The first numbers of lists.
    lists: HashMap<String, &'d str>,
    pictures: HashMap<String, ElementRef<'d>>,
    base: Option<&'d Url>,
}

impl<'d> Original<'d> {
    /// For a page that is at `base` on the web, if that is known.
    pub(super) fn of(page: &'d Html, base: Option<&'d Url>) -> Self {
        let mut original = Self { base, ..Self::default() };
        for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
            match element.value().name() {
                // What lies in others of its kind is read with them, and none is read twice.
                "table" if !holds(element, "table") => {
                    original.tables.entry(said(element)).or_insert(element);
                }
                "ol" if !holds(element, "ol") => {
                    if let Some(start) = element.value().attr("start") {
                        original.lists.entry(said(element)).or_insert(start);
                    }
                }
                "img" => {
                    if let Some(src) = element.value().attr("src") {
                        original.pictures.entry(original.address(src)).or_insert(element);
                    }
                }
                _ => {}
            }
        }
        original
    }

    pub(super) fn table<'e>(&self, table: ElementRef<'e>) -> ElementRef<'e>
    where
        'd: 'e,
    {
        self.tables.get(&said(table)).copied().unwrap_or(table)
    }

    pub(super) fn start(&self, list: ElementRef<'_>) -> Option<&'d str> {
        if self.lists.is_empty() {
            return None;
        }
        self.lists.get(&said(list)).copied()
    }

    pub(super) fn picture<'e>(&self, picture: ElementRef<'e>) -> ElementRef<'e>
    where
        'd: 'e,
    {
        let src = picture.value().attr("src").unwrap_or_default();
        self.pictures.get(&self.address(src)).copied().unwrap_or(picture)
    }

    fn address(&self, src: &str) -> String {
        let whole = self.base.and_then(|base| base.join(src.trim()).ok());
        whole.map_or_else(|| src.trim().to_owned(), String::from)
    }
}

/// What stands below a picture, if it stands alone in its figure.
pub(super) fn caption_of(picture: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let mut around = picture.ancestors().filter_map(ElementRef::wrap);
    let figure = around.find(|around| around.value().name() == "figure")?;
    let inside = || figure.descendants().filter_map(ElementRef::wrap);
    let named = |name: &'static str| inside().filter(move |inner| inner.value().name() == name);
    let caption = (named("img").count() == 1).then(|| named("figcaption").next()).flatten();
    // A picture in the caption would be read with its own caption, and so on.
    caption.filter(|caption| !holds(*caption, "img"))
}

fn holds(element: ElementRef<'_>, name: &str) -> bool {
    let mut inside = element.descendants().skip(1).filter_map(ElementRef::wrap);
    inside.any(|inner| inner.value().name() == name)
}

/// All that an element says, without its spaces and the caption of a table.
fn said(element: ElementRef<'_>) -> String {
    let is_caption = |child: &ElementRef<'_>| child.value().name() == "caption";
    let mut text = String::new();
    for child in element.children() {
        if ElementRef::wrap(child).is_some_and(|child| is_caption(&child)) {
            continue;
        }
        let words = child.descendants().filter_map(|inner| inner.value().as_text());
        text.extend(words.flat_map(|words| words.chars()).filter(|c| !c.is_whitespace()));
    }
    text
}
