//! HTML as a row of start tags and of what stands between them.
//!
//! Invariant: what is not changed is written as it was read, byte for byte.

use super::tag;

/// A part of a page.
#[derive(Clone, Debug)]
pub(super) enum Token {
    Tag(Tag),
    /// End tags, texts, comments, the brackets of what Outlook alone reads.
    Other(String),
}

/// A start tag.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    /// Names and values as they are written.
    attributes: Vec<(String, String)>,
    raw: String,
    is_changed: bool,
    is_empty: bool,
}

impl Tag {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        self.is_changed = true;
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        let before = self.attributes.len();
        self.attributes.retain(|(known, _)| known != name);
        self.is_changed |= self.attributes.len() != before;
    }

    pub(super) fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|all| all.split_ascii_whitespace().any(|one| one == class))
    }

    /// Returns a declaration of the style.
    pub(super) fn style(&self, name: &str) -> Option<&str> {
        let style = self.get("style")?;
        style.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix(':'))
    }

    /// Sets a declaration of the style; none takes it out.
    pub(super) fn set_style(&mut self, name: &str, value: Option<&str>) {
        let own = |part: &str| part.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'));
        let style = self.get("style").unwrap_or_default();
        let kept = style.split(';').filter(|part| !part.is_empty() && !own(part));
        let mut parts: Vec<String> = kept.map(str::to_owned).collect();
        parts.extend(value.map(|value| format!("{name}:{value}")));
        let style: String = parts.iter().map(|part| format!("{part};")).collect();
        self.set("style", style);
    }

    fn write(&self, out: &mut String) {
        if !self.is_changed {
            return out.push_str(&self.raw);
        }
        out.push_str(&format!("<{}", self.name));
        for (name, value) in &self.attributes {
            let quote = if value.contains('"') { '\'' } else { '"' };
            out.push_str(&format!(" {name}={quote}{value}{quote}"));
        }
        out.push_str(if self.is_empty { " />" } else { ">" });
    }
}

/// Takes a page apart.
pub(super) fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut start, mut pos) = (0, 0);
    let mut until: Option<String> = None;
    while let Some(offset) = html[pos..].find('<') {
        pos += offset;
        let rest = &html[pos..];
        if let Some(end) = &until {
            let is_end = rest.get(..end.len()).is_some_and(|here| here.eq_ignore_ascii_case(end));
            if !is_end {
                pos += 1;
                continue;
            }
            until = None;
        }
        if rest.starts_with("<!--") || rest.starts_with("<![endif]-->") {
            let length = comment_length(rest);
            push(&mut tokens, &html[start..pos]);
            push(&mut tokens, &rest[..length]);
            pos += length;
            start = pos;
            continue;
        }
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        let Some(tag) = is_tag.then(|| tag::read(html, pos).ok()).flatten() else {
            pos += 1;
            continue;
        };
        push(&mut tokens, &html[start..pos]);
        let name = html[tag.name.clone()].to_ascii_lowercase();
        if matches!(name.as_str(), "style" | "script" | "title" | "textarea") && !tag.is_empty {
            until = Some(format!("</{name}"));
        }
        let attributes = tag.attributes.iter().map(|attribute| {
            let value = attribute.value.clone().unwrap_or_default();
            (html[attribute.name.clone()].to_ascii_lowercase(), html[value].to_owned())
        });
        tokens.push(Token::Tag(Tag {
            name,
            attributes: attributes.collect(),
            raw: html[pos..tag.end].to_owned(),
            is_changed: false,
            is_empty: tag.is_empty,
        }));
        pos = tag.end;
        start = pos;
    }
    push(&mut tokens, &html[start..]);
    tokens
}

/// What Outlook alone reads is tags, so of its comments only the brackets are taken.
fn comment_length(rest: &str) -> usize {
    let conditional = rest.starts_with("<!--[if").then(|| rest.find("]>")).flatten();
    match conditional {
        Some(end) if !rest[end + 2..].starts_with("<!--") => end + 2,
        _ => rest.find("-->").map_or(rest.len(), |end| end + 3),
    }
}

fn push(tokens: &mut Vec<Token>, text: &str) {
    if !text.is_empty() {
        tokens.push(Token::Other(text.to_owned()));
    }
}

/// Writes a page.
pub(super) fn write(tokens: &[Token]) -> String {
    let mut out = String::new();
    for token in tokens {
        match token {
            Token::Tag(tag) => tag.write(&mut out),
            Token::Other(text) => out.push_str(text),
        }
    }
    out
}

/// Says whether a token opens or closes what Outlook alone reads.
pub(super) fn outlook(token: &Token) -> Option<bool> {
    match token {
        Token::Other(text) if text == "<![endif]-->" => Some(false),
        Token::Other(text) if text.starts_with("<!--[if") && !text.ends_with("-->") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><style>a<b</style>1 < 2<p CLASS=x  id='y'>t<!-- <b> -->\
                        <!--[if mso]><td style=\"a:1;b:2\"><![endif]--><br/>";

    #[test]
    fn a_page_comes_back_as_it_was() {
        assert_eq!(write(&tokens(PAGE)), PAGE);
    }

    #[test]
    fn what_is_changed_is_written_anew() {
        let mut page = tokens(PAGE);
        let mut names = Vec::new();
        for token in &mut page {
            if let Token::Tag(tag) = token {
                names.push(tag.name.clone());
                tag.set_style("a", Some("3"));
                tag.remove("id");
            }
        }
        assert_eq!(names, ["style", "p", "td", "br"]);
        let written = write(&page);
        assert!(written.contains("<p class=\"x\" style=\"a:3;\">"), "{written}");
        assert!(written.contains("<td style=\"b:2;a:3;\">"), "{written}");
        assert!(written.ends_with("<br style=\"a:3;\" />"), "{written}");
    }
}
