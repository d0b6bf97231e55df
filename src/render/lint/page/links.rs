//! Links that lead nowhere for readers, or say nothing of where they lead.

use std::net::IpAddr;

use scraper::ElementRef;
use url::{Host, Url};

use super::{Page, Place, text_of};
use crate::diag::{Diagnostic, nearest};
use crate::render::lint::{Linked, UNSUBSCRIBE_MARK, css};

/// Words that say nothing to somebody who hears the links of a mail read out one by one.
const EMPTY_WORDS: [&str; 12] = [
    "click here",
    "click",
    "here",
    "read more",
    "more",
    "learn more",
    "link",
    "this link",
    "this",
    "see here",
    "tap here",
    "details",
];
/// Ends of host names that no other network knows (RFC 2606, RFC 6761, RFC 6762, RFC 9476).
const LOCAL_ENDS: [&str; 7] =
    [".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa", ".test"];

pub(super) fn links(page: &Page<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for link in page.select("a[href]") {
        let href = link.value().attr("href").unwrap_or_default().trim();
        findings.extend(target(page, link, href));
        if !href.starts_with('#') {
            findings.extend(words(page, link, href));
        }
    }
    findings.extend(dead_buttons(page));
    for picture in page.select("img") {
        let src = picture.value().attr("src").unwrap_or_default().trim();
        findings.extend(if src.is_empty() {
            no_picture(page, picture)
        } else {
            local(page, picture, src)
        });
    }
    // Fonts of the web, and the larger files of pictures.
    for element in page.select("link[href],[srcset]") {
        let value = |name: &str| element.value().attr(name).unwrap_or_default();
        let files = value("srcset").split(',').filter_map(|file| file.split_whitespace().next());
        let sheet = Some(value("href").trim()).filter(|url| !url.is_empty());
        findings.extend(files.chain(sheet).filter_map(|url| local(page, element, url)));
    }
    for element in page.select("[background]") {
        let address = element.value().attr("background").unwrap_or_default().trim();
        findings.extend(
            Some(address).filter(|url| !url.is_empty()).and_then(|url| local(page, element, url)),
        );
    }
    for element in page.select("[style]") {
        let style = element.value().attr("style").unwrap_or_default();
        findings.extend(css::addresses(style).filter_map(|(_, url)| local(page, element, url)));
    }
    for (sheet, start) in page.sheet.styles() {
        findings.extend(css::addresses(sheet).filter_map(|(at, url)| {
            let origin = page.sheet.at(start + at..start + at + url.len())?;
            Some(nowhere(url)?.at(origin.span, ""))
        }));
    }
    findings
}

/// A picture without an address, where none was written or what was to hold it is empty.
fn no_picture(page: &Page<'_>, picture: ElementRef<'_>) -> Option<Diagnostic> {
    let finding = Diagnostic::error("this picture has no address")
        .id("picture-missing")
        .hint("give it a `src`, or put `{{#if …}}` around it");
    Some(page.tell(finding, picture, ""))
}

/// Returns what the page names on the web, each address once.
pub(super) fn linked(page: &Page<'_>) -> Vec<Linked> {
    let mut found: Vec<Linked> = Vec::new();
    let own = |url: &str| page.over.compiled.pictures().iter().any(|local| local.url == url);
    for (selector, attribute, is_picture) in [
        ("a[href]", "href", false),
        ("img[src]", "src", true),
        ("[background]", "background", true),
    ] {
        for element in page.select(selector) {
            let written = element.value().attr(attribute).unwrap_or_default().trim();
            let url = written.split('#').next().unwrap_or_default();
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            let is_known = found.iter().any(|link| link.url == url);
            if !is_web || is_known || url.starts_with(UNSUBSCRIBE_MARK) || own(url) {
                continue;
            }
            let at = match page.place(element, written) {
                Place::Template(span) | Place::Issue(span) => Some(span),
                Place::Story(story) => Some(story.span.clone()),
                Place::Unknown => None,
            };
            found.push(Linked { url: url.to_owned(), is_picture, at, file: page.template() });
        }
    }
    found
}

fn target(page: &Page<'_>, link: ElementRef<'_>, href: &str) -> Option<Diagnostic> {
    if let Some(name) = href.strip_prefix('#') {
        return anchor(page, link, name);
    }
    if let Some(finding) = local(page, link, href) {
        return Some(finding);
    }
    let of_story = page.over.issue.stories().filter_map(|story| story.link.as_ref());
    let is_told = of_story.into_iter().any(|link| link.as_str() == href);
    (href.starts_with("http://") && !is_told).then(|| {
        let finding = Diagnostic::warning(format!("`{href}` is not encrypted"))
            .id("link-insecure")
            .hint("most sites answer under `https://` too");
        page.tell(finding, link, href)
    })
}

/// A place in the page itself.
fn anchor(page: &Page<'_>, link: ElementRef<'_>, name: &str) -> Option<Diagnostic> {
    // `#` and `#top` lead to the page's top; a carousel's thumbnails show a picture of it.
    let is_thumbnail = link.value().classes().any(|class| class == "mj-carousel-thumbnail");
    if name.is_empty() || name.eq_ignore_ascii_case("top") || is_thumbnail {
        return None;
    }
    let is_there = page.select("[id],a[name]").into_iter().any(|element| {
        let is = |attribute| element.value().attr(attribute) == Some(name);
        is("id") || is("name")
    });
    (!is_there).then(|| {
        let finding = Diagnostic::warning(format!("`#{name}` is no place in this mail"))
            .id("anchor-broken")
            .hint(format!("give the place that is meant `id=\"{name}\"`"));
        page.tell(finding, link, &format!("#{name}"))
    })
}

/// An address that only the machine or the network of who wrote it knows.
fn local(page: &Page<'_>, element: ElementRef<'_>, address: &str) -> Option<Diagnostic> {
    Some(page.tell(nowhere(address)?, element, address))
}

/// Buttons that are none: MJML makes a paragraph of one without an address, and `#` is what stands
/// there until somebody writes it.
fn dead_buttons(page: &Page<'_>) -> Vec<Diagnostic> {
    let is_button = |cell: &ElementRef<'_>| {
        let tag = super::number(*cell).and_then(|number| page.sheet.tag(number));
        tag.is_some_and(|tag| tag.starts_with("mj-button"))
    };
    let leads = |cell: &ElementRef<'_>| {
        let mut inside = cell.descendants().filter_map(ElementRef::wrap);
        inside.any(|inner| inner.value().attr("href").is_some_and(|href| href.trim() != "#"))
    };
    let dead = page.select("td[class]").into_iter().filter(is_button).filter(|cell| !leads(cell));
    dead.map(|cell| {
        let finding = Diagnostic::error("this button leads nowhere").id("local-url");
        page.tell(finding.hint("give it an `href`"), cell, "")
    })
    .collect()
}

/// Says why an address leads readers nowhere.
fn nowhere(address: &str) -> Option<Diagnostic> {
    let why = match Url::parse(address) {
        Ok(url) => is_local(&url)?,
        Err(_) if address.starts_with("cid:") => return None,
        Err(_) => "a mail has no address that it could be relative to",
    };
    let what = match address {
        "" => "this link leads readers nowhere: its address is empty".to_owned(),
        _ => format!("`{address}` leads readers nowhere"),
    };
    let finding = Diagnostic::error(what).id("local-url").note(why);
    Some(finding.hint("write the whole address, as `https://news.example/page`"))
}

/// Says why an address works on no other machine.
pub(in crate::render::lint) fn is_local(url: &Url) -> Option<&'static str> {
    match url.scheme() {
        "file" => return Some("it is a file of one machine"),
        "javascript" | "vbscript" => return Some("no mail program runs a script"),
        "mailto" if url.path().is_empty() => return Some("it names no address"),
        "http" | "https" => {}
        "tel" | "sms" | "mailto" | "cid" | "data" => return None,
        other => return nearest(other, ["http", "https"]).map(|_| "its scheme is misspelt"),
    }
    let is_private = match url.host()? {
        Host::Ipv4(address) => is_private(IpAddr::V4(address)),
        Host::Ipv6(address) => is_private(IpAddr::V6(address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || LOCAL_ENDS.iter().any(|end| name.ends_with(end))
        }
    };
    is_private.then_some("only one machine or one network knows it")
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

fn words(page: &Page<'_>, link: ElementRef<'_>, href: &str) -> Option<Diagnostic> {
    let text = text_of(link);
    let said = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let what = match said.as_str() {
        "" => "a link has no words".to_owned(),
        said if EMPTY_WORDS.contains(&said) => format!("“{text}” does not say where it leads"),
        _ => return None,
    };
    // A story's picture that nothing is said of is told as that.
    if said.is_empty() && super::structure::has_silent_picture(page, link) {
        return None;
    }
    let is_own = href.starts_with(UNSUBSCRIBE_MARK);
    let finding = Diagnostic::warning(what).id("link-text");
    let finding = match said.is_empty() {
        true => finding.hint("write words into it, or say in `alt` what its picture shows"),
        false => finding.hint("name what is behind the link"),
    };
    // Words that the template has itself are its own fault, whichever story they lead to.
    let number = super::number(link);
    let after = number.and_then(|number| page.sheet.literal_after(number));
    let is_template = after.is_some_and(|after| {
        let after = after.trim_start();
        after.starts_with(text.as_str()) && (!text.is_empty() || after.starts_with("</"))
    });
    match number.filter(|_| is_template).and_then(|number| page.sheet.origin(number)) {
        Some(origin) => Some(finding.at(origin.span, "")),
        None => Some(page.tell(finding, link, if is_own { "" } else { href })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_local_where_no_other_network_knows_it() {
        for (address, is) in [
            ("http://localhost:3000/x", true),
            ("https://10.0.0.4/", true),
            ("http://[::1]/", true),
            ("http://[fd00::1]/", true),
            ("https://cms.local/x", true),
            ("https://wiki/x", true),
            ("file:///home/me/x.html", true),
            ("https://news.example/x", false),
            ("https://local.example/", false),
            ("http://8.8.8.8/", false),
            ("mailto:me@localhost", false),
            ("mailto:", true),
            ("htp://a.example/", true),
            ("htpps://a.example/", true),
            ("javascript:void(0)", true),
            ("tel:+1555", false),
            ("webcal://a.example/x.ics", false),
        ] {
            assert_eq!(is_local(&address.parse().unwrap()).is_some(), is, "{address}");
        }
    }
}
