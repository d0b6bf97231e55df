//! Text that stands out too little from its ground (WCAG 2.2, 1.4.3), in the light and in the dark.
//!
//! axe-core is the judge of it: `tests/it/looks/pairs/` holds both to the same answers.

use csscolorparser::Color;
use scraper::ElementRef;

use super::Page;
use super::style::{Style, night};
use crate::diag::Diagnostic;
use crate::render::lint::css::cascade::Cascade;
use crate::render::lint::css::color::ratio;

/// What text needs, and what large text needs.
const NEEDED: [f64; 2] = [4.5, 3.0];
/// No mail nests deeper; html5ever stops there too.
const DEPTH_MAX: usize = 500;
/// In the light, and in the dark.
const HOURS: [bool; 2] = [false, true];

pub(super) fn contrasts(page: &Page<'_>) -> Vec<Diagnostic> {
    let sheets = sheets(page);
    let metas = page.select("meta[name='color-scheme' i]");
    let scheme = metas.iter().find_map(|meta| meta.value().attr("content")).unwrap_or_default();
    // `prefers-color-scheme` has that word in it too.
    let has_dark = !metas.is_empty() || sheets.iter().any(|sheet| sheet.contains("color-scheme"));
    look(page, &sheets, scheme, has_dark)
}

fn sheets(page: &Page<'_>) -> Vec<String> {
    let sheet = |style: ElementRef<'_>| {
        let css: String = style.text().collect();
        match style.value().attr("media") {
            Some(media) => format!("@media {media}{{{css}}}"),
            None => css,
        }
    };
    page.select("style").into_iter().map(sheet).collect()
}

fn look(page: &Page<'_>, sheets: &[String], scheme: &str, has_dark: bool) -> Vec<Diagnostic> {
    let cascade = Cascade::new(sheets.iter().map(String::as_str));
    let root = page.html.root_element();
    let declared = cascade.of(root);
    let style = |is_dark| {
        let own = declared.iter().rfind(|each| each.name == "color-scheme" && each.holds(is_dark));
        let own = own.and_then(|own| night(own.value, is_dark));
        let is_night = own.or_else(|| night(scheme, is_dark)).unwrap_or_default();
        (has_dark || !is_dark).then(|| Style::page(is_night))
    };
    let styles = HOURS.map(style);
    let mut looker = Looker { page, cascade: &cascade, findings: Default::default() };
    looker.element(root, &styles, 0);
    looker.findings.concat()
}

fn hexes(color: &Color) -> String {
    color.to_css_hex().to_string().to_uppercase()
}

struct Looker<'p, 'a> {
    page: &'p Page<'a>,
    cascade: &'p Cascade,
    /// Those in the light, and those in the dark.
    findings: [Vec<Diagnostic>; 2],
}

impl Looker<'_, '_> {
    /// Looks at an element in an `outer` style, in the light and in the dark; none where nothing of
    /// it is seen.
    fn element(&mut self, element: ElementRef<'_>, outer: &[Option<Style>; 2], depth: usize) {
        let declarations = self.cascade.of(element);
        let [light, dark] = outer;
        let styles = [(light, false), (dark, true)]
            .map(|(outer, is_dark)| outer.as_ref()?.of(element, &declarations, is_dark));
        if styles.iter().all(Option::is_none) || depth > DEPTH_MAX {
            return;
        }
        for child in element.children() {
            if let Some(text) = child.value().as_text() {
                self.text(element, text, &styles);
            } else if let Some(child) = ElementRef::wrap(child) {
                self.element(child, &styles, depth + 1);
            }
        }
    }

    fn text(&mut self, element: ElementRef<'_>, text: &str, styles: &[Option<Style>; 2]) {
        let shown = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if shown.chars().all(|c| c.is_whitespace() || is_emoji(c)) {
            return;
        }
        for (style, is_dark) in styles.iter().zip(HOURS) {
            if let Some(style) = style {
                self.contrast(element, shown, style, is_dark);
            }
        }
    }

    fn contrast(&mut self, element: ElementRef<'_>, shown: &str, style: &Style, is_dark: bool) {
        let Some([color, ground]) = style.seen() else { return };
        let (found, needed) = (ratio(&color, &ground), NEEDED[usize::from(style.is_large())]);
        if found >= needed {
            return;
        }
        let (id, mode) = match is_dark {
            true => ("contrast-dark", " in the dark"),
            false => ("contrast", ""),
        };
        let sample: String = shown.chars().take(30).collect();
        let what = format!(
            "{} on {} is hard to read{mode}: contrast {:.2} of {needed}",
            hexes(&color),
            hexes(&ground),
            // Cut off: what is not enough does not read as if it were.
            (found * 100.0).floor() / 100.0,
        );
        let finding = Diagnostic::warning(what)
            .id(id)
            .note(format!("as in “{sample}”"))
            .hint("take a darker or a lighter colour for the text or for its ground");
        // The place of a colour is the template's, whatever text it is of.
        let finding = match self.page.origin(element) {
            Some(origin) => finding.at(origin.span, ""),
            None => finding.file(self.page.template()),
        };
        // One pair of colours is told once.
        let findings = &mut self.findings[usize::from(is_dark)];
        if !findings.iter().any(|told| told.what == finding.what) {
            findings.push(finding);
        }
    }
}

/// What pads a preheader.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{a0}' | '\u{2060}')
}

/// What has colours of its own.
fn is_emoji(c: char) -> bool {
    let is_joined = matches!(c, '\u{200d}' | '\u{20e3}' | '\u{fe0f}');
    is_joined || matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{e0020}'..='\u{e007f}')
}
