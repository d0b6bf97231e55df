//! Makes of mrml's page the page that npm's mjml 5 makes.
//!
//! Works on the tags that mrml wrote; what an author wrote is still aside (`shelf`).

mod accordion;
mod social;
mod widths;

use super::gutter;
use super::head::Head;
use super::markup::{self, Tag, Token};
use super::shelf::Shelf;
use super::sizes::{borders, inside, number, whole};
use super::tree::Element;

/// The attribute that tells a section of the gap before it; it is on the shelf alone.
pub(super) const GAP: &str = "gap";
/// The attribute that tells a hero how wide it is inside; it is on the shelf alone.
pub(super) const OUTLOOK_WIDTH: &str = "outlook-width";
/// Thumbnails that are shown where the carousel works, and nowhere else.
pub(super) const SUPPORTED: &str = "supported";

/// Rewrites a page.
pub(super) fn finish(html: &str, head: &Head, shelf: &Shelf<'_>) -> String {
    let html = accordion::style_sheet(html).replace("@media screen, yahoo", "@media screen yahoo");
    let html = widths::in_order(widths::exact(html));
    let mut tokens = markup::tokens(&html);
    meet(&mut tokens);
    let mut finisher = Finisher {
        head,
        shelf,
        outlook: false,
        groups: Vec::new(),
        hero: None,
        column: None,
        rules: Vec::new(),
    };
    for at in 0..tokens.len() {
        finisher.token(&mut tokens, at);
    }
    let html = widths::with(markup::write(&tokens), &finisher.rules);
    let html = if head.owa_desktop { widths::for_owa(html) } else { html };
    social::icons_behind(html, shelf)
}

/// Takes out `<![endif]--><!--[if mso | IE]>`, where Outlook stops and at once goes on.
fn meet(tokens: &mut Vec<Token>) {
    let is = |token: &Token, text: &str| matches!(token, Token::Other(other) if other == text);
    let mut at = 0;
    while at + 1 < tokens.len() {
        if is(&tokens[at], "<![endif]-->") && is(&tokens[at + 1], "<!--[if mso | IE]>") {
            tokens.drain(at..at + 2);
        } else {
            at += 1;
        }
    }
}

struct Finisher<'a> {
    head: &'a Head,
    shelf: &'a Shelf<'a>,
    /// Whether Outlook alone reads this.
    outlook: bool,
    /// Outlook's tables that are open, and whether each is that of a group.
    groups: Vec<bool>,
    /// The hero that was begun.
    hero: Option<Element>,
    /// The column that was begun, for its first table.
    column: Option<Element>,
    /// The rules of columns beside gutters.
    rules: Vec<String>,
}

impl Finisher<'_> {
    fn token(&mut self, tokens: &mut [Token], at: usize) {
        if let Some(outlook) = markup::outlook(&tokens[at]) {
            self.outlook = outlook;
            return;
        }
        let (before, rest) = tokens.split_at_mut(at);
        let Some((token, after)) = rest.split_first_mut() else { return };
        match token {
            Token::Other(text) => {
                let closed = text.matches("</table>").count();
                if self.outlook {
                    self.groups.truncate(self.groups.len().saturating_sub(closed));
                }
            }
            Token::Tag(tag) => self.tag(tag, before, after),
        }
    }

    fn tag(&mut self, tag: &mut Tag, before: &[Token], after: &[Token]) {
        self.marked(tag);
        classes(tag);
        match tag.name.as_str() {
            "body" => {
                for (name, value) in &self.head.body {
                    tag.set(name, value);
                }
            }
            "div" if tag.get("aria-roledescription").is_some() => {
                if tag.get("aria-label") == Some("") {
                    tag.remove("aria-label");
                }
                let style = tag.get("style").unwrap_or_default();
                tag.set("style", format!("word-spacing:normal;{style}"));
            }
            "div" if tag.has_class("mj-hero-content") => hero_content(tag, before),
            "div" if tag.get("style").is_none() => {
                let bare = ["mj-inline-links", "mj-carousel-image-1"];
                if bare.iter().any(|class| tag.has_class(class)) {
                    tag.set("style", "");
                }
            }
            "td" => self.cell(tag, before, after),
            "table" => self.table(tag, before, after),
            "a" if tag.has_class("mj-carousel-thumbnail") => self.thumbnail(tag, after),
            "a" | "p" => {
                if let Some(button) = self.content(after, "mj-button") {
                    within_borders(tag, button);
                }
                let titled = self.content(after, "mj-button").or_else(|| self.pictured(after));
                if let Some(title) = titled.and_then(|of| of.get("title")) {
                    tag.set("title", title);
                }
            }
            "img" => self.image(tag),
            _ => {}
        }
    }

    /// Puts back a class that was put aside, and does what its element asks for.
    fn marked(&mut self, tag: &mut Tag) {
        let Some(class) = tag.get("class").map(str::to_owned) else { return };
        let Some((_, item)) = self.shelf.find(&class) else { return };
        let element = &item.element;
        if element.name == "mj-hero" {
            self.hero = Some(element.clone());
        }
        let own = element.get("css-class").unwrap_or_default();
        if gutter::is_told(element) {
            self.rules.extend(gutter::apply(tag, element, own));
        }
        if element.name == "mj-column" && tag.name == "div" {
            self.column = Some(element.clone());
        }
        if let Some(gap) = element.get(GAP) {
            let gap = Some(gap).filter(|gap| !gap.is_empty()).map(str::to_owned);
            match tag.name.as_str() {
                "table" => {
                    tag.remove("bgcolor");
                    tag.set_style("padding-top", gap.as_deref());
                }
                "div" if gap.is_some() => tag.set_style("margin-top", gap.as_deref()),
                _ => {}
            }
        }
        let class = tag.get("class").unwrap_or_default().to_owned();
        let Some((found, _)) = self.shelf.find(&class) else { return };
        let before = &class[..found.start];
        match (own, self.outlook) {
            ("", true) => tag.set("class", ""),
            ("", false) if before.is_empty() => tag.remove("class"),
            ("", false) => tag.set("class", before.trim_end()),
            (own, _) => tag.set("class", format!("{before}{own}{}", &class[found.end..])),
        }
    }

    fn cell(&mut self, tag: &mut Tag, before: &[Token], after: &[Token]) {
        tag.remove("vertical-align");
        if let Some(hero) = &self.hero {
            hero_cell(tag, hero);
        }
        let is_column = |token: &Token| matches!(token, Token::Tag(tag) if tag.name == "div" && tag.style("font-size") == Some("0px"));
        if self.outlook && after.get(1).is_some_and(is_column) {
            whole_width(tag);
        }
        if self.outlook && self.groups.last().is_some_and(|is_group| *is_group) {
            self.in_group(tag, after);
        }
        let near = |tokens: &[Token]| tokens.iter().any(is_hero_content);
        let before_hero = self.outlook && near(&after[..after.len().min(2)]);
        let in_group = self.groups.last().copied().unwrap_or_default();
        if self.outlook && !in_group && !before_hero && tag.get("class").is_none() {
            let style = tag.get("style").unwrap_or_default();
            let is_column = tag.style("width").is_some() && tag.style("height").is_none();
            let is_link = style.starts_with("padding:") && tag.style("vertical-align").is_none();
            let is_wrapped = style.is_empty() && tag.get("width").is_some();
            if is_column || is_link || is_wrapped {
                tag.set("class", "");
            }
        }
        let behind = before.len().saturating_sub(4);
        let hero = before_hero || near(&before[behind..]);
        if hero && tag.get("style").is_none() {
            tag.set("style", "");
        }
        if let Some(element) = self.content(after, "mj-accordion-title") {
            set_style(tag, element, "font-weight");
        }
    }

    /// A column of a group is as wide for Outlook as with its padding and borders.
    fn in_group(&self, cell: &mut Tag, after: &[Token]) {
        let Some(Token::Tag(div)) = after.get(1) else { return };
        let Some((_, item)) = div.get("class").and_then(|class| self.shelf.find(class)) else {
            return;
        };
        let taken = -inside(&item.element, 0.0);
        if item.element.name == "mj-column" && taken > 0.0 {
            widen(cell, taken);
        }
    }

    fn table(&mut self, tag: &mut Tag, before: &[Token], after: &[Token]) {
        if self.outlook {
            let group = before.iter().rev().nth(1);
            self.groups.push(
                matches!(group, Some(Token::Tag(tag)) if tag.has_class("mj-outlook-group-fix")),
            );
            let cell = after.iter().take(4).find_map(|token| match token {
                Token::Tag(tag) if tag.name == "td" => Some(tag),
                _ => None,
            });
            let is_section = cell.is_some_and(|cell| cell.style("line-height") == Some("0px"));
            if is_section && tag.get("class").is_none() {
                tag.set("class", "");
            }
        }
        if let Some(element) = self.content(after, "mj-table") {
            table(tag, element);
        }
        if let Some(column) = self.column.take_if(|_| !self.outlook) {
            corners(tag, &column);
        }
        if self.outlook
            && after.iter().take(6).any(is_hero_content)
            && let Some(width) = self.hero.as_ref().and_then(|hero| hero.get(OUTLOOK_WIDTH))
        {
            tag.set("width", width);
            tag.set_style("width", Some(&format!("{width}px")));
        }
        let is_cell = |token: &Token| matches!(token, Token::Tag(tag) if tag.name == "td");
        if tag.get("style").is_none()
            && tag.get("width") == Some("100%")
            && before.last().is_some_and(is_cell)
        {
            tag.set("style", "");
        }
    }

    /// Returns the element whose content comes next, if it has this name.
    fn content(&self, after: &[Token], name: &str) -> Option<&Element> {
        let Some(Token::Other(text)) = after.first() else { return None };
        let (found, item) = self.shelf.find(text)?;
        (found.start == 0 && item.element.name == name).then_some(&item.element)
    }

    /// Returns the `mj-image` whose picture comes next.
    fn pictured(&self, after: &[Token]) -> Option<&Element> {
        let Some(Token::Tag(img)) = after.first() else { return None };
        let (_, item) = self.shelf.find(img.get("alt")?)?;
        (item.element.name == "mj-image").then_some(&item.element)
    }

    fn thumbnail(&self, tag: &mut Tag, after: &[Token]) {
        let alt = after.iter().take(3).find_map(|token| match token {
            Token::Tag(tag) if tag.name == "img" => tag.get("alt"),
            _ => None,
        });
        let item = alt.and_then(|alt| self.shelf.find(alt));
        let Some((_, item)) = item else { return };
        if item.element.get("thumbnails") == Some(SUPPORTED) {
            tag.set_style("display", Some("none"));
        }
        if let Some(width) = item.element.get("tb-width") {
            tag.set_style("width", Some(width));
        }
    }

    fn image(&self, tag: &mut Tag) {
        let Some(alt) = tag.get("alt") else { return tag.set("alt", "") };
        let Some((_, item)) = self.shelf.find(alt) else { return };
        let element = &item.element;
        match element.name.as_str() {
            "mj-image" => {
                for side in ["border-left", "border-right", "border-top", "border-bottom"] {
                    set_style(tag, element, side);
                }
                if let Some(sizes) = element.get("sizes") {
                    tag.set("sizes", sizes);
                }
            }
            "mj-carousel-image" if tag.get("width").is_some() && tag.get("border").is_none() => {
                if let Some(width) = element.get("tb-width") {
                    tag.set("width", number(whole(width)));
                }
            }
            "mj-social-element" => {
                let border = element.get("border").unwrap_or("0").to_owned();
                tag.set_style("border", Some(&border));
                for name in ["sizes", "srcset"] {
                    if let Some(value) = element.get(name) {
                        tag.set(name, value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Puts the class of a column first, and the ending of a derived class behind each name.
fn classes(tag: &mut Tag) {
    let Some(class) = tag.get("class") else { return };
    let mut names: Vec<String> = class.split_ascii_whitespace().map(str::to_owned).collect();
    if let Some(at) = names.iter().position(|name| name == "mj-outlook-group-fix")
        && names.get(at + 1).is_some_and(|name| name.starts_with("mj-column-"))
    {
        names.swap(at, at + 1);
    }
    for ending in ["-outlook", "-thumbnail"] {
        let is_own = |name: &str| name.starts_with("mj-");
        if names.last().is_some_and(|last| last.ends_with(ending) && !is_own(last)) {
            let all = names.iter_mut().filter(|name| !is_own(name) && !name.ends_with(ending));
            all.for_each(|name| name.push_str(ending));
        }
    }
    let names = names.join(" ");
    if names != class {
        tag.set("class", names);
    }
}

/// Gives the first table of a column round corners if it is the one that has them.
fn corners(tag: &mut Tag, column: &Element) {
    let radius = |name: &str| column.get(name).is_some();
    let is_around = column.attributes.iter().any(|(name, _)| name.starts_with("padding"));
    match (is_around, radius("border-radius"), radius("inner-border-radius")) {
        (false, _, true) => tag.set_style("border-collapse", Some("separate")),
        (true, false, true) => {
            tag.set_style("border-collapse", None);
            if tag.get("style") == Some("") {
                tag.remove("style");
            }
        }
        _ => {}
    }
}

/// A button's width is that of its borders, too.
fn within_borders(tag: &mut Tag, button: &Element) {
    let borders = borders(button);
    if borders > 0.0 && button.get("width").is_some() {
        widen(tag, -borders);
    }
}

fn widen(tag: &mut Tag, by: f64) {
    let pixels = tag.style("width").and_then(|width| width.strip_suffix("px")?.parse::<f64>().ok());
    if let Some(pixels) = pixels {
        tag.set_style("width", Some(&format!("{}px", number(pixels + by))));
    }
}

/// Outlook is told the widths of columns in whole pixels.
fn whole_width(tag: &mut Tag) {
    let pixels = tag.style("width").and_then(|width| width.strip_suffix("px")?.parse().ok());
    if let Some(pixels) = pixels.filter(|pixels: &f64| pixels.fract() != 0.0) {
        tag.set_style("width", Some(&format!("{}px", pixels.round())));
    }
}

fn is_hero_content(token: &Token) -> bool {
    matches!(token, Token::Tag(tag) if tag.has_class("mj-hero-content"))
}

/// Mends the cell of a hero, or one of those beside it that give it the shape of its picture.
fn hero_cell(tag: &mut Tag, hero: &Element) {
    if tag.style("background-position").is_some() {
        set_style(tag, hero, "border-radius");
    }
    if tag.style("mso-padding-bottom-alt").is_some()
        && let Some(ratio) = tag.style("padding-bottom").and_then(|ratio| ratio.parse().ok())
    {
        tag.set_style("padding-bottom", Some(&format!("{}%", f64::round(ratio))));
    }
}

/// The padding that mrml gives the cell of Outlook is everybody's.
fn hero_content(tag: &mut Tag, before: &[Token]) {
    let cell = before.iter().rev().find_map(|token| match token {
        Token::Tag(tag) => Some(tag),
        Token::Other(_) => None,
    });
    for side in ["padding", "padding-top", "padding-left", "padding-right", "padding-bottom"] {
        if let Some(value) = cell.and_then(|cell| cell.style(side)) {
            tag.set_style(side, Some(value));
        }
    }
}

fn set_style(tag: &mut Tag, element: &Element, name: &str) {
    if let Some(value) = element.get(name) {
        let value = value.to_owned();
        tag.set_style(name, Some(&value));
    }
}

fn table(tag: &mut Tag, element: &Element) {
    if let Some(role) = element.get("role") {
        tag.set("role", role);
    }
    let spaced =
        element.get("cellspacing").is_some_and(|spacing| !spacing.trim_matches('0').is_empty());
    tag.set_style("border-collapse", spaced.then_some("separate"));
    if let Some(pixels) = element.get("width").and_then(|width| width.strip_suffix("px")) {
        tag.set("width", pixels);
    }
}
