//! The tables of the file, one function each.

use toml_edit::Document;
use url::Url;

use super::checks;
use super::dkim::dkim;
use super::gathering;
use super::read::Section;
use super::relay;
use super::sending;
use super::values::Mailbox;
use super::{Config, Located, Newsletter, Sender, Unsubscribe};
use crate::diag::{Diagnostic, Faults};
use crate::words::{Language, Source, Span};
use crate::world;

pub(super) fn parse(source: Source) -> Result<Config, Faults> {
    let document =
        Document::parse(source.text()).map_err(|error| Faults::from(syntax(&source, &error)))?;
    let mut faults = Vec::new();
    let mut root = Section::root(&source, document.as_table());
    root.later(&["ledger"]);
    let newsletter = newsletter(root.section("newsletter"), &mut faults);
    let sender = sender(root.section("sender"), &mut faults);
    let fields = super::fields::fields(root.section("fields"), &mut faults);
    let gather = gathering::gather(&mut root, &mut faults);
    let unsubscribe = unsubscribe(root.section("unsubscribe"), &mut faults);
    let delivery = sending::delivery(root.section("delivery"), &mut faults);
    let relay = relay::relay(&mut root, &mut faults);
    let dkim = dkim(&mut root, sender.as_ref(), &mut faults);
    let schedule = sending::schedule(root.section("schedule"), &mut faults);
    let check = checks::checks(root.section("check"), &mut faults);
    let site = newsletter.as_ref().map(|newsletter| &newsletter.url);
    let pictures = super::pictures::pictures(root.section("pictures"), site, &mut faults);
    let staff = sending::staff(root.section("staff"), &mut faults);
    let options = root.section("options").plain_values(&mut faults);
    root.finish(&mut faults);
    faults.sort_by_key(|fault| fault.place());
    match (newsletter, sender, pictures, faults.is_empty()) {
        (Some(newsletter), Some(sender), Some(pictures), true) => Ok(Config {
            newsletter,
            sender,
            fields,
            gather,
            unsubscribe,
            delivery,
            relay,
            pictures,
            dkim,
            schedule,
            check,
            staff,
            options,
            source: source.clone(),
        }),
        _ => Err(faults.into()),
    }
}

pub(super) fn syntax(source: &Source, error: &toml_edit::TomlError) -> Diagnostic {
    let what = format!("`{}` is no TOML", source.name());
    match error.span() {
        Some(range) => {
            let end = range.end.max(range.start + 1);
            let span = source.span(range.start..end);
            Diagnostic::error(what).at(veiled(span), error.message())
        }
        None => Diagnostic::error(what).file(source.name()).note(error.message()),
    }
}

/// Hides what stands behind `=` in a line that may hold a secret.
fn veiled(span: Span) -> Span {
    let source = span.source().clone();
    let line = source.line(span.place().line);
    let may_hold = ["pass", "token", "url"].iter().any(|word| line.text().contains(word));
    match line.text().find('=').filter(|_| may_hold) {
        Some(equals) => span.veiled(&(line.range().start + equals + 1..line.range().end)),
        None => span,
    }
}

fn newsletter(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Newsletter> {
    let id = section.needed("id").and_then(|id| {
        let sound = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if id.value.chars().all(sound) && !id.value.starts_with('.') {
            return Some(id.value);
        }
        section.fault(
            Diagnostic::error("`newsletter.id` may hold letters, digits, `-`, `_` and `.`")
                .at(id.span, "it stands in List-Id"),
        );
        None
    });
    let title = plain(&mut section, "title");
    let url = section.needed("url").and_then(|text| web_url(&mut section, text));
    let time_zone = section.needed("time_zone").and_then(|name| {
        let zone = world::time_zone(&name.value);
        if zone.is_none() {
            let hint = match world::nearest_time_zone(&name.value) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a zone is named as in `Europe/Oslo` or `America/New_York`".to_owned(),
            };
            let fault = Diagnostic::error(format!("`{}` is no time zone", name.value));
            section.fault(fault.at(name.span, "").hint(hint));
        }
        zone
    });
    let language = language(&mut section);
    let address = section.text("address");
    let archive = pattern(&mut section, "archive", "{issue}");
    let lists = section.texts("lists").unwrap_or_default();
    for list in &lists {
        if list.value.contains(['/', '\\']) || list.value.starts_with('.') || list.value.is_empty()
        {
            section.fault(
                Diagnostic::error(format!("`{}` is no name of a list", list.value))
                    .at(list.span.clone(), "a list is a file under `subscribers/`, without `.csv`"),
            );
        }
    }
    let template = section
        .text("template")
        .unwrap_or_else(|| Located { value: "weekly".to_owned(), span: section.place() });
    section.finish(faults);
    Some(Newsletter {
        id: id?,
        title: title?,
        url: url?,
        language,
        time_zone: time_zone?,
        address: address.filter(|address| !address.value.trim().is_empty()),
        archive,
        lists,
        template,
    })
}

/// A text of one line, as headers and titles need it.
fn plain(section: &mut Section<'_>, key: &'static str) -> Option<String> {
    let text = section.needed(key)?;
    if text.value.chars().any(char::is_control) {
        let what = format!("`{}` holds a control character", section.name(key));
        section.fault(Diagnostic::error(what).at(text.span, ""));
        return None;
    }
    Some(text.value)
}

pub(super) fn web_url(section: &mut Section<'_>, text: Located<String>) -> Option<Url> {
    match Url::parse(&text.value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
        _ => {
            section.fault(
                Diagnostic::error(format!("`{}` is no web address", text.value))
                    .at(text.span, "")
                    .hint("it begins with `https://`"),
            );
            None
        }
    }
}

/// A language whose dates nobody here can write is refused rather than mixed with English.
fn language(section: &mut Section<'_>) -> String {
    let Some(language) = section.text("language") else { return "en".to_owned() };
    if Language::of(&language.value).is_none() {
        let known = Language::KNOWN.join(", ");
        section.fault(
            Diagnostic::error(format!("dates cannot be written in `{}`", language.value))
                .at(language.span, "a language is named as in `en-GB` or `de`")
                .note(format!("this version knows {known}, each with its regions")),
        );
    }
    language.value
}

/// A web address with a placeholder in it.
fn pattern(section: &mut Section<'_>, key: &'static str, placeholder: &str) -> Option<String> {
    let text = section.text(key)?;
    let name = section.name(key);
    let filled = text.value.replace(placeholder, "x");
    let wrong = if !text.value.contains(placeholder) {
        format!("`{name}` must hold `{placeholder}`")
    } else if !Url::parse(&filled).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        format!("`{name}` is no web address")
    } else {
        return Some(text.value);
    };
    section.fault(Diagnostic::error(wrong).at(text.span, ""));
    None
}

pub(super) fn mailbox(section: &mut Section<'_>, text: Located<String>) -> Option<Mailbox> {
    match Mailbox::parse(&text.value) {
        Ok(mailbox) => Some(mailbox),
        Err(error) => {
            section.fault(
                Diagnostic::error(format!("`{}` is no address", text.value.escape_debug()))
                    .at(text.span, error.to_string())
                    .hint("an address is written `Name <name@example.com>` or `name@example.com`"),
            );
            None
        }
    }
}

fn sender(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Option<Sender> {
    let from = section.needed("from").and_then(|text| mailbox(&mut section, text));
    let reply_to = section.text("reply_to").and_then(|text| mailbox(&mut section, text));
    let return_path = section.text("return_path").and_then(|text| mailbox(&mut section, text));
    section.finish(faults);
    let from = from?;
    let return_path = return_path.map_or_else(|| from.address.clone(), |mailbox| mailbox.address);
    Some(Sender { from, reply_to, return_path })
}

fn unsubscribe(mut section: Section<'_>, faults: &mut Vec<Diagnostic>) -> Unsubscribe {
    let url = pattern(&mut section, "url", "{token}");
    let mailto = section.text("mailto").and_then(|text| mailbox(&mut section, text));
    section.finish(faults);
    Unsubscribe { url, mailto: mailto.map(|mailbox| mailbox.address) }
}
