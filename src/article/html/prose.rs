//! The story's HTML made into [`Prose`].
//!
//! Invariant: scripts, styles and forms are not even looked into, and no quotation or list lies
//! deeper than [`NESTED_MAX`] in others.

mod table;

use scraper::{ElementRef, Html, Node};

use super::original::{self, Original};
use super::places::Places;
use crate::article::Cut;
use crate::words::{Block, Inline, Prose};

/// How deep quotations, lists and emphasis lie in each other; what is deeper is flattened.
const NESTED_MAX: usize = 24;
/// What is no part of a text.
const SKIPPED: [&str; 20] = [
    "script", "style", "template", "noscript", "form", "button", "input", "select", "textarea",
    "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video", "head", "nav",
    "dialog",
];
/// How the address of a picture ends.
const PICTURES: [&str; 7] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"];
/// What stands within a line. All else begins one of its own.
pub(super) const INLINE: [&str; 38] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp",
    "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "tag",
];

/// Reads a fragment of HTML.
pub(super) fn read(html: &str, places: &mut Places<'_>, original: &Original<'_>) -> Prose {
    let document = Html::parse_fragment(html);
    let mut reader = Reader { places, original, nested: 0, inlined: 0 };
    reader.blocks(document.root_element())
}

struct Reader<'p, 'a, 'd> {
    places: &'p mut Places<'a>,
    original: &'p Original<'d>,
    nested: usize,
    /// How deep emphasis lies in other emphasis.
    inlined: usize,
}

/// The line that is being read, and the blocks before it.
#[derive(Default)]
struct Page {
    prose: Prose,
    line: Line,
}

impl Page {
    fn end_line(&mut self) {
        let inlines = std::mem::take(&mut self.line).inlines;
        let inlines = trimmed(inlines);
        let text = Inline::plain(&inlines);
        // A caption that a reader of pages took for text.
        let is_said = matches!(self.prose.last(), Some(Block::Picture { caption, .. })
            if Inline::plain(caption).contains(text.trim()));
        if !(text.trim().is_empty() || is_said) {
            self.prose.push(Block::Paragraph(inlines));
        }
    }
}

/// Text within a line; white space is folded as browsers do.
struct Line {
    inlines: Vec<Inline>,
    ends_with_space: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { inlines: Vec::new(), ends_with_space: true }
    }
}

impl Line {
    fn text(&mut self, text: &str) {
        let mut folded = String::with_capacity(text.len());
        for c in text.chars() {
            if matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{c}') {
                if !self.ends_with_space {
                    folded.push(' ');
                }
                self.ends_with_space = true;
            } else if !c.is_control() && !matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}') {
                folded.push(c);
                self.ends_with_space = false;
            }
        }
        match self.inlines.last_mut() {
            _ if folded.is_empty() => {}
            Some(Inline::Text(last)) => last.push_str(&folded),
            _ => self.inlines.push(Inline::Text(folded)),
        }
    }
}

impl Reader<'_, '_, '_> {
    /// Reads what is in an element as blocks.
    fn blocks(&mut self, element: ElementRef<'_>) -> Prose {
        let mut page = Page::default();
        self.add_to(element, &mut page);
        page.end_line();
        page.prose
    }

    fn add_to(&mut self, element: ElementRef<'_>, page: &mut Page) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => page.line.text(text),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element, page);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>, page: &mut Page) {
        let name = element.value().name();
        match name {
            _ if SKIPPED.contains(&name) => {}
            "br" => self.line_break(&mut page.line),
            "img" => {
                page.end_line();
                self.picture(element, page);
            }
            _ if INLINE.contains(&name) && !holds_blocks(element) => {
                self.inline(element, &mut page.line);
            }
            _ if INLINE.contains(&name) => self.add_to(element, page),
            _ => {
                page.end_line();
                self.block(element, page);
                page.end_line();
            }
        }
    }

    fn block(&mut self, element: ElementRef<'_>, page: &mut Page) {
        let name = element.value().name();
        let is_nested_deep = self.nested >= NESTED_MAX;
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element, page),
            "blockquote" if !is_nested_deep => {
                let inner = self.deeper(element);
                page.prose.extend((!inner.is_empty()).then_some(Block::Quote(inner)));
            }
            "ul" | "ol" | "menu" if !is_nested_deep => self.list(element, page),
            "pre" => {
                let text: String = element.text().collect();
                let text = text.trim_matches('\n').to_owned();
                page.prose.extend((!text.trim().is_empty()).then_some(Block::Verbatim(text)));
            }
            "hr" => page.prose.push(Block::Rule),
            "figcaption" => self.figcaption(element, page),
            "table" => self.table(element, page),
            "tr" => self.row(element, page),
            _ => self.add_to(self.original.line(element), page),
        }
    }

    fn deeper(&mut self, element: ElementRef<'_>) -> Prose {
        self.nested += 1;
        let prose = self.blocks(element);
        self.nested -= 1;
        prose
    }

    fn heading(&mut self, element: ElementRef<'_>, page: &mut Page) {
        let level = element.value().name().bytes().last().map_or(2, |digit| digit - b'0');
        let mut inner = Page::default();
        self.add_to(self.original.line(element), &mut inner);
        inner.end_line();
        page.prose.extend(inner.prose.into_iter().map(|block| match block {
            Block::Paragraph(inlines) => Block::Heading(level, inlines),
            other => other,
        }));
    }

    fn list(&mut self, element: ElementRef<'_>, page: &mut Page) {
        let mut items = Vec::new();
        for child in element.child_elements() {
            let item = self.deeper(self.original.line(child));
            items.extend((!item.is_empty()).then_some(item));
        }
        let own = element.value().attr("start").or_else(|| self.original.start(element));
        let start = own.and_then(|start| start.parse().ok());
        let start = (element.value().name() == "ol").then_some(start.unwrap_or(1));
        page.prose.extend((!items.is_empty()).then_some(Block::List { start, items }));
    }

    /// What stands below a picture was read with it; without one it is cut.
    fn figcaption(&mut self, element: ElementRef<'_>, page: &Page) {
        if !matches!(page.prose.last(), Some(Block::Picture { caption, .. }) if !caption.is_empty())
        {
            let caption = super::tree::text(element);
            self.places.cut.extend(caption.map(|text| Cut { text, rule: "caption" }));
        }
    }

    fn caption(&mut self, element: ElementRef<'_>) -> Vec<Inline> {
        let mut caption = vec![];
        for block in self.deeper(element) {
            let Block::Paragraph(line) = block else { continue };
            if !caption.is_empty() {
                join(&mut caption, vec![Inline::Text(" ".to_owned())]);
            }
            join(&mut caption, line);
        }
        caption
    }

    fn line_break(&mut self, line: &mut Line) {
        if !line.inlines.is_empty() {
            line.inlines.push(Inline::Break);
            line.ends_with_space = true;
        }
    }

    /// Where a picture leads; not to itself in another size.
    fn link_around(&self, element: ElementRef<'_>) -> Option<String> {
        let mut around = element.ancestors().filter_map(ElementRef::wrap);
        let link = around.find(|around| around.value().name() == "a")?;
        let address = self.places.link(link.value().attr("href")?)?;
        let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let is_picture = PICTURES.iter().any(|extension| path.ends_with(extension));
        (!is_picture).then_some(address)
    }

    /// Adds a picture, with what the page has around it; readers of pages say some twice.
    fn picture(&mut self, element: ElementRef<'_>, page: &mut Page) {
        let Some((src, alt)) = self.shown(element) else { return };
        if matches!(page.prose.last(), Some(Block::Picture { src: last, .. }) if *last == src) {
            return;
        }
        let original = self.original.picture(element);
        let caption = original::caption_of(original).map(|caption| self.caption(caption));
        let (link, caption) = (self.link_around(original), caption.unwrap_or_default());
        page.prose.push(Block::Picture { src, alt, caption, link });
    }

    /// Returns where a picture lies, and what is seen.
    fn shown(&mut self, element: ElementRef<'_>) -> Option<(String, String)> {
        let attribute = |name| element.value().attr(name).filter(|value| !value.is_empty());
        let is_real = |src: &&str| !src.starts_with("data:");
        // Where there is another address, `src` is what stands there until the picture is loaded.
        let src = attribute("data-src")
            .or_else(|| attribute("data-original"))
            .filter(is_real)
            .or_else(|| attribute("src").filter(is_real))
            .or_else(|| attribute("srcset")?.split([' ', ',']).find(|part| !part.is_empty()))?;
        let src = self.places.picture(src)?;
        let alt = attribute("alt").and_then(super::tree::folded).unwrap_or_default();
        Some((src, alt))
    }

    fn inlines(&mut self, element: ElementRef<'_>, line: &mut Line) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => line.text(text),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.inline(element, line);
                    }
                }
                _ => {}
            }
        }
    }

    fn inline(&mut self, element: ElementRef<'_>, line: &mut Line) {
        let name = element.value().name();
        if SKIPPED.contains(&name) {
            return;
        }
        if name == "br" {
            return self.line_break(line);
        }
        let mut inner = Line { inlines: Vec::new(), ends_with_space: line.ends_with_space };
        self.inlined += 1;
        self.inlines(element, &mut inner);
        self.inlined -= 1;
        line.ends_with_space = inner.ends_with_space;
        let parts = inner.inlines;
        if parts.is_empty() {
            return;
        }
        match name {
            _ if self.inlined >= NESTED_MAX => join(&mut line.inlines, parts),
            "em" | "i" | "cite" | "dfn" | "var" => line.inlines.push(Inline::Emphasis(parts)),
            "strong" | "b" => line.inlines.push(Inline::Strong(parts)),
            "s" | "strike" | "del" => line.inlines.push(Inline::Struck(parts)),
            "sup" | "sub" if is_number(&parts) => {
                let number = Inline::plain(&parts);
                let set = number.trim().chars().map(|sign| shifted(sign, name == "sup"));
                join(&mut line.inlines, vec![Inline::Text(set.collect())]);
            }
            "q" => {
                let sign = |sign: &str| vec![Inline::Text(sign.to_owned())];
                join(&mut line.inlines, sign("“"));
                join(&mut line.inlines, parts);
                join(&mut line.inlines, sign("”"));
            }
            "code" | "kbd" | "samp" | "tt" => {
                line.inlines.push(Inline::Code(Inline::plain(&parts)));
            }
            "a" => match element.value().attr("href").and_then(|href| self.places.link(href)) {
                Some(address) => line.inlines.push(Inline::Link(address, parts)),
                None => join(&mut line.inlines, parts),
            },
            _ => join(&mut line.inlines, parts),
        }
    }
}

/// Says whether a text is a short number, of a power, a formula or a footnote.
fn is_number(parts: &[Inline]) -> bool {
    let text = Inline::plain(parts);
    let text = text.trim();
    let is_sign = |c: char| c.is_ascii_digit() || "+-−,".contains(c);
    text.len() <= 6 && text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(is_sign)
}

/// A digit or a sign as it is set above the line or below it.
fn shifted(sign: char, is_above: bool) -> char {
    match (sign, is_above) {
        ('+', true) => '⁺',
        ('-' | '−', true) => '⁻',
        ('+', false) => '₊',
        ('-' | '−', false) => '₋',
        (',', _) => ',',
        (digit, true) => Inline::raised_digit(digit),
        (digit, false) => {
            char::from_u32('₀' as u32 + digit.to_digit(10).unwrap_or_default()).unwrap_or(digit)
        }
    }
}

/// Adds parts to a line; text that follows text becomes one.
fn join(inlines: &mut Vec<Inline>, parts: Vec<Inline>) {
    for part in parts {
        match (inlines.last_mut(), part) {
            (Some(Inline::Text(last)), Inline::Text(text)) => last.push_str(&text),
            (_, part) => inlines.push(part),
        }
    }
}

/// Takes spaces and breaks off the end of a line.
fn trimmed(mut inlines: Vec<Inline>) -> Vec<Inline> {
    while let Some(last) = inlines.last_mut() {
        match last {
            Inline::Break => {}
            Inline::Text(text) => {
                text.truncate(text.trim_end().len());
                if !text.is_empty() {
                    break;
                }
            }
            _ => break,
        }
        inlines.pop();
    }
    inlines
}

/// Says whether something in an element begins a line of its own.
pub(super) fn holds_blocks(element: ElementRef<'_>) -> bool {
    element.descendants().skip(1).filter_map(ElementRef::wrap).any(|inner| {
        let name = inner.value().name();
        name == "img" || !(INLINE.contains(&name) || SKIPPED.contains(&name) || name == "br")
    })
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn text(html: &str) -> String {
        let base = Url::parse("https://site.example/2023/story").unwrap();
        let mut places = Places::new("articles/a.html", Some(&base));
        format!("{:?}", read(html, &mut places, &Original::default()))
            .replace("Paragraph", "P")
            .replace("Text", "T")
            .replace('"', "'")
    }

    #[test]
    fn blocks_and_lines_are_those_that_a_browser_shows() {
        for (html, shown) in [
            (
                "<p> One\n two <b>three</b> .</p>",
                "[P([T('One two '), Strong([T('three')]), T(' .')])]",
            ),
            ("<div>a<p>b</p>c</div>", "[P([T('a')]), P([T('b')]), P([T('c')])]"),
            ("<p>a<br>b<br></p>", "[P([T('a'), Break, T('b')])]"),
            ("<h2><span>A</span> b</h2>", "[Heading(2, [T('A b')])]"),
            ("<blockquote><p>q</p></blockquote>", "[Quote([P([T('q')])])]"),
            (
                "<ol start=3><li>x<li><p>y</p></ol>",
                "[List { start: Some(3), items: [[P([T('x')])], [P([T('y')])]] }]",
            ),
            (
                "<p>10<sup>3</sup> H<sub>2</sub>O 4<sup>th</sup> <q>no</q>",
                "[P([T('10³ H₂O 4th “no”')])]",
            ),
            (
                "<table><caption>C</caption><tr><th>&nbsp;<th>a<th>b<tr><td rowspan=2>c<td colspan=2>d\
                 <tr><td><td>e</table>",
                "[P([T('C')]), Table(Table { head: [[], [T('a')], [T('b')]], rows: [[[T('c')], \
                 [T('d')], []], [[T('c')], [], [T('e')]]], at_end: [], centered: [] })]",
            ),
            ("<pre>a\n  b</pre><hr>", "[Verbatim('a\\n  b'), Rule]"),
            ("<table><tr><td>a<td>b</table>", "[P([T('a b')])]"),
            (
                "<table><tr><th>a<th>b<tr><td><p>c</p><td><s>d</s></table>",
                "[Table(Table { head: [[T('a')], [T('b')]], rows: [[[T('c')], \
                 [Struck([T('d')])]]], at_end: [], centered: [] })]",
            ),
            (
                "<table><tr><th>a<th>b<tr><td>c<td><p>d<p>e</table>",
                "[P([T('a b')]), P([T('c')]), \
              P([T('d')]), P([T('e')])]",
            ),
            ("<table><tr><th>a<td>b<tr><th>c<td>d</table>", "[P([T('a b')]), P([T('c d')])]"),
            ("<a href='/x'><p>y</p></a>", "[P([T('y')])]"),
            ("<p> <span> </span> </p>", "[]"),
        ] {
            assert_eq!(text(html), shown, "{html}");
        }
    }

    #[test]
    fn links_and_pictures_lead_to_the_web_or_to_what_was_saved_beside() {
        for (html, shown) in [
            ("<a href='/x?a=1'>l</a>", "[P([Link('https://site.example/x?a=1', [T('l')])])]"),
            ("<a href='mailto:a@b.example'>l</a>", "[P([Link('mailto:a@b.example', [T('l')])])]"),
            ("<a href='javascript:alert(1)'>l</a><a href='#'>m</a>", "[P([T('lm')])]"),
            ("<a href='#n'>m</a>", "[P([Link('https://site.example/2023/story#n', [T('m')])])]"),
            ("<a href='www.a.example/x'>m</a>", "[P([Link('https://www.a.example/x', [T('m')])])]"),
            (
                "<img src='p.jpg' alt=' A  b'>",
                "[Picture { src: 'https://site.example/2023/p.jpg', alt: 'A b', caption: [], link: None }]",
            ),
            (
                "<img src='Story_files/p%20q.jpg'>",
                "[Picture { src: 'articles/Story_files/p q.jpg', alt: '', caption: [], link: None }]",
            ),
            (
                "<img src='data:,' data-src='//c.example/p.png'>",
                "[Picture { src: 'https://c.example/p.png', alt: '', caption: [], link: None }]",
            ),
            (
                "<figure><a href=x><img src=p.png></a><figcaption>A <b>b</b><p>c</figcaption></figure>",
                "[Picture { src: 'https://site.example/2023/p.png', alt: '', caption: [T('A '), \
                 Strong([T('b')]), T(' c')], link: Some('https://site.example/2023/x') }]",
            ),
            (
                "<img src='ph.gif' data-src='/p.png'><img src='/p.png'>",
                "[Picture { src: 'https://site.example/p.png', alt: '', caption: [], link: None }]",
            ),
            ("<figure><figcaption>A</figcaption><table></table></figure>", "[]"),
            ("<figure><figcaption>A<img src=p.png></figcaption></figure>", "[]"),
            ("<p>a<script>x()</script><style>y</style><form>z</form></p>", "[P([T('a')])]"),
            ("<p onclick='x()' style='color:red'>a</p>", "[P([T('a')])]"),
        ] {
            assert_eq!(text(html), shown, "{html}");
        }
    }
}
