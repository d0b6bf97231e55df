//! The frame of every page: head, header with the sort, Scotch rule; and its small parts.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::guard::{FRAME_POLICY, MEASURED_POLICY, page_policy};

const STYLE: &str = include_str!("house.css");

/// A page of the tool.
#[derive(Debug)]
pub struct Page {
    /// The window's title.
    pub title: String,
    /// The class of the body.
    pub class: &'static str,
    /// The path under which the page's own files are served; ends with `/`.
    pub root: String,
    /// What stands behind the sort, on one line.
    pub header: Markup,
    /// What stands below the rule.
    pub main: Markup,
    /// What the page runs. It holds no `</script>`.
    pub script: &'static str,
}

impl Page {
    /// Answers with the page, which runs its script and no other. It names `house.css` under its
    /// root.
    pub fn answer(self) -> Response {
        let policy = page_policy(self.script);
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (header::CONTENT_SECURITY_POLICY, policy),
        ];
        (headers, self.set().into_string()).into_response()
    }

    fn set(self) -> Markup {
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
                }
                body class=(self.class) {
                    header.top {
                        div.bar { span.sort aria-hidden="true" { "¶" } (self.header) }
                        div.scotch {}
                    }
                    (self.main)
                    script { (PreEscaped(self.script)) }
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

/// Sets the frame that shows a copy which the page measures; nothing runs in it either.
pub fn measured_frame(href: &str, title: &str, class: &str) -> Markup {
    markup! {
        iframe class={ "copy " (class) } src=(href) title=(title) sandbox="allow-same-origin"
            referrerpolicy="no-referrer" {}
    }
}

/// Answers with a part of a page.
pub fn html(part: Markup) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], part.into_string()).into_response()
}

/// Answers with a copy's HTML, for [`frame`].
pub fn framed(copy: String) -> Response {
    copy_under(FRAME_POLICY, copy)
}

/// Answers with a copy's HTML, for [`measured_frame`].
pub fn framed_to_measure(copy: String) -> Response {
    copy_under(MEASURED_POLICY, copy)
}

fn copy_under(policy: &'static str, copy: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
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

/// Answers that something is not there.
pub fn missing(what: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::NOT_FOUND, headers, format!("{what}\n")).into_response()
}
