//! What the page has where a reader of it wrote less: readers that find the story drop empty cells,
//! spans, the numbers of lists, breaks, captions, and the links around pictures, and put spaces
//! around links.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};

use scraper::{ElementRef, Html};
use url::Url;

use super::prose::holds_blocks;

/// The parts of a page that are found again by what they say, or by their address. Of several tables,
/// lists and pictures it is the next in the page's order; a line that a menu says too is left as it
/// was read.
#[derive(Default)]
pub(super) struct Original<'d> {
    parts: RefCell<HashMap<(Part, String), VecDeque<ElementRef<'d>>>>,
    base: Option<&'d Url>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Table,
    /// A numbered list.
    List,
    /// A paragraph, an item or a heading that holds a line and nothing else; its place in `LINES`.
    Line(usize),
    Picture,
}

/// Elements that hold lines.
const LINES: [&str; 10] = ["p", "li", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6"];
/// Where the address of a picture may stand.
const SOURCES: [&str; 3] = ["src", "data-src", "data-original"];

impl<'d> Original<'d> {
    /// For a page that is at `base` on the web, if that is known.
    pub(super) fn of(page: &'d Html, base: Option<&'d Url>) -> Self {
        let original = Self { base, ..Self::default() };
        for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
            match element.value().name() {
                // What lies in others of its kind is read with them, and none is read twice.
                "table" if !holds(element, "table") => {
                    original.note(Part::Table, cells(element), element);
                }
                "ol" if !holds(element, "ol") => original.note(Part::List, said(element), element),
                "img" => {
                    let all = SOURCES.iter().filter_map(|name| element.value().attr(name));
                    let mut all: Vec<_> = all.map(|src| original.address(src)).collect();
                    all.sort_unstable();
                    all.dedup();
                    all.into_iter().for_each(|src| original.note(Part::Picture, src, element));
                }
                _ => {
                    if let Some(part) = line_of(element) {
                        original.note(part, said(element), element);
                    }
                }
            }
        }
        original
    }

    fn note(&self, part: Part, key: String, element: ElementRef<'d>) {
        if !key.is_empty() {
            self.parts.borrow_mut().entry((part, key)).or_default().push_back(element);
        }
    }

    fn next<'e>(&self, part: Part, key: String, read: ElementRef<'e>) -> ElementRef<'e>
    where
        'd: 'e,
    {
        let mut parts = self.parts.borrow_mut();
        let Some(found) = parts.get_mut(&(part, key)) else { return read };
        // The last one stands for all that follow.
        let next = if found.len() > 1 { found.pop_front() } else { found.front().copied() };
        next.unwrap_or(read)
    }

    pub(super) fn table<'e>(&self, table: ElementRef<'e>) -> ElementRef<'e>
    where
        'd: 'e,
    {
        self.next(Part::Table, cells(table), table)
    }

    pub(super) fn line<'e>(&self, line: ElementRef<'e>) -> ElementRef<'e>
    where
        'd: 'e,
    {
        let parts = self.parts.borrow();
        let part = line_of(line).filter(|_| !parts.is_empty());
        let found = part.and_then(|part| parts.get(&(part, said(line))));
        found.filter(|found| found.len() == 1).map_or(line, |found| found[0])
    }

    /// Returns the first number of a list.
    pub(super) fn start<'e>(&self, list: ElementRef<'e>) -> Option<&'e str>
    where
        'd: 'e,
    {
        if self.parts.borrow().is_empty() {
            return None;
        }
        self.next(Part::List, said(list), list).value().attr("start")
    }

    pub(super) fn picture<'e>(&self, picture: ElementRef<'e>) -> ElementRef<'e>
    where
        'd: 'e,
    {
        let src = picture.value().attr("src").unwrap_or_default();
        self.next(Part::Picture, self.address(src), picture)
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

fn line_of(element: ElementRef<'_>) -> Option<Part> {
    let kind = LINES.iter().position(|name| *name == element.value().name())?;
    (!holds_blocks(element)).then_some(Part::Line(kind))
}

fn holds(element: ElementRef<'_>, name: &str) -> bool {
    let mut inside = element.descendants().skip(1).filter_map(ElementRef::wrap);
    inside.any(|inner| inner.value().name() == name)
}

/// All that an element says, without its spaces.
fn said(element: ElementRef<'_>) -> String {
    let words = element.descendants().filter_map(|inner| inner.value().as_text());
    words.flat_map(|words| words.chars()).filter(|c| !c.is_whitespace()).collect()
}

/// What the cells of a table say, of those that say anything.
fn cells(table: ElementRef<'_>) -> String {
    let inside = table.descendants().filter_map(ElementRef::wrap);
    let cells = inside.filter(|inner| matches!(inner.value().name(), "td" | "th"));
    let cells: Vec<String> = cells.map(said).filter(|cell| !cell.is_empty()).collect();
    cells.join("|")
}
