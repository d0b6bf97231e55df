//! The frame of every page: head, header with the sort, Scotch rule; and its small parts.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html as markup};

use super::guard::FRAME_POLICY;

const STYLE: &str = include_str!("house.css");

/// A page of the tool.
#[derive(Debug)]
pub struct Page<'a> {
    /// The window's title.
    pub title: &'a str,
    /// The class of the body.
    pub class: &'a str,
    /// The path under which the page's own files are served; ends with `/`.
    pub root: &'a str,
    /// What stands behind the sort, on one line.
    pub header: Markup,
    /// What stands below the rule.
    pub main: Markup,
}

impl Page<'_> {
    /// Sets the page. It names `house.css` and `page.js` under its root.
    pub fn set(self) -> Markup {
        markup! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href={ (self.root) "house.css" };
                    script src={ (self.root) "page.js" } defer {}
                }
                body class=(self.class) {
                    header.top {
                        div.bar { span.sort aria-hidden="true" { "¶" } (self.header) }
                        div.scotch {}
                    }
                    (self.main)
                }
            }
        }
    }
}

/// One of several ways to look at the same thing.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// Its word.
    pub label: &'a str,
    /// The address of the page that shows it.
    pub href: String,
    /// Whether it is shown now.
    pub chosen: bool,
}

/// Sets choices side by side in one border.
pub fn switch(name: &str, choices: &[Choice<'_>]) -> Markup {
    markup! {
        nav.switch aria-label=(name) { (links(choices)) }
    }
}

/// Sets choices as tabs.
pub fn tabs(name: &str, choices: &[Choice<'_>]) -> Markup {
    markup! {
        nav.tabs aria-label=(name) { (links(choices)) }
    }
}

fn links(choices: &[Choice<'_>]) -> Markup {
    markup! {
        @for choice in choices {
            a href=(choice.href) aria-current=[choice.chosen.then_some("true")] { (choice.label) }
        }
    }
}

/// Sets the frame that shows a copy in; nothing in it runs, and no link leads it away.
pub fn frame(href: &str, title: &str, class: &str) -> Markup {
    markup! {
        iframe class={ "copy " (class) } src=(href) title=(title) sandbox
            referrerpolicy="no-referrer" loading="lazy" {}
    }
}

/// Answers with a page.
pub fn html(page: Markup) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.into_string()).into_response()
}

/// Answers with a copy's HTML, for a frame.
pub fn framed(copy: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, FRAME_POLICY),
    ];
    (headers, copy).into_response()
}

/// Answers with plain text.
pub fn text(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Answers with the house's style sheet, and what a page adds to it.
pub fn css(more: &str) -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], format!("{STYLE}{more}")).into_response()
}

/// Answers with a page's script.
pub fn script(script: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
}

/// Answers that something is not there.
pub fn missing(what: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::NOT_FOUND, headers, format!("{what}\n")).into_response()
}
