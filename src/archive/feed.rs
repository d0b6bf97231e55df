//! The feed of all issues (RFC 4287).

use std::fmt::Write as _;

use jiff::Zoned;
use quick_xml::escape::escape;

use super::{Entry, Newsletter};

/// So many issues are in the feed, the latest ones.
const ENTRIES_MAX: usize = 50;

/// Sets the feed; the entries are given newest first.
pub(super) fn set(newsletter: &Newsletter, entries: &[Entry]) -> String {
    let host = newsletter.url.host_str().unwrap_or("localhost");
    // RFC 4151: the day only has to be one on which the host was the newsletter's. One that never
    // changes keeps ids what they are.
    let id = format!("tag:{host},2000:{}", newsletter.id);
    let updated =
        entries.iter().map(changed).max().map_or_else(|| "1970-01-01T00:00:00Z".into(), rfc3339);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n\
         <title>{}</title>\n<id>{}</id>\n<updated>{updated}</updated>\n\
         <author><name>{}</name></author>\n<link rel=\"alternate\" href=\"{}\"/>\n",
        text(&newsletter.language),
        text(&newsletter.title),
        text(&id),
        text(&newsletter.title),
        text(newsletter.url.as_str()),
    );
    for entry in entries.iter().take(ENTRIES_MAX) {
        // Without an archive's address on the web, the page is known from the feed's own.
        let address = entry.address.clone().unwrap_or_else(|| format!("{}/index.html", entry.name));
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "<entry>\n<title>{}</title>\n<id>{}</id>\n<published>{}</published>\n\
             <updated>{}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n\
             <summary>{}</summary>\n</entry>\n",
            text(&entry.subject),
            text(&format!("{id}/{}", entry.name)),
            rfc3339(&entry.at),
            rfc3339(changed(entry)),
            text(&address),
            text(&entry.preheader),
        );
    }
    out.push_str("</feed>\n");
    out
}

fn changed(entry: &Entry) -> &Zoned {
    entry.corrected.as_ref().unwrap_or(&entry.at)
}

fn rfc3339(at: &Zoned) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Escapes a text; what XML knows no way to write is left out.
fn text(text: &str) -> String {
    let is_xml = |c: &char| !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    let text: String = text.chars().filter(is_xml).collect();
    escape(&text).into_owned()
}
