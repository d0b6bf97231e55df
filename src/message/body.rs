//! What stands around the parts of a message that an encoder makes: containers, their boundaries and
//! the pictures that travel along (RFC 2046, RFC 2387).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Content, Enclosed};

/// The length of a line of base64 (RFC 2045 section 6.8).
const LINE_CHARS: usize = 76;

/// The parts of a message that has HTML, and what stands around them.
#[derive(Debug)]
pub(super) struct Frame {
    /// The headers of the whole.
    pub(super) headers: [String; 2],
    /// Before the text, before the HTML and behind it.
    pub(super) around: [String; 3],
}

impl Frame {
    /// Makes what all copies with HTML share.
    pub(super) fn new(content: &Content) -> Self {
        let boundary = boundary(content);
        let inner = format!("{boundary}_r");
        let text = part(&boundary, "plain");
        let (html, end) = match content.enclosed.is_empty() {
            true => (part(&boundary, "html"), String::new()),
            false => (
                format!(
                    "--{boundary}\r\nContent-Type: multipart/related; type=\"text/html\"; \
                     boundary=\"{inner}\"\r\n\r\n{}",
                    part(&inner, "html")
                ),
                format!("{}\r\n--{inner}--", pictures(&inner, &content.enclosed)),
            ),
        };
        Self {
            headers: [
                format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n"),
                "Content-Transfer-Encoding: 7bit\r\n".to_owned(),
            ],
            // The line end before a boundary is the boundary's own (RFC 2046 section 5.1.1).
            around: [text, format!("\r\n{html}"), format!("{end}\r\n--{boundary}--\r\n")],
        }
    }

    /// The headers of a message that is plain text alone.
    pub(super) fn plain_headers() -> [String; 2] {
        [
            "Content-Type: text/plain; charset=utf-8\r\n".to_owned(),
            "Content-Transfer-Encoding: quoted-printable\r\n".to_owned(),
        ]
    }
}

/// `=_` occurs in no quoted-printable text, and `_` not in base64, so the boundary occurs in no part.
fn boundary(content: &Content) -> String {
    let digest = Content::digest(&format!("{}/{}", content.newsletter, content.issue));
    let digits: String = digest.chars().skip("sha256:".len()).take(24).collect();
    format!("=_{digits}")
}

fn part(boundary: &str, kind: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
}

/// Their names are of our own making, of letters, digits and dashes.
fn pictures(boundary: &str, enclosed: &[Enclosed]) -> String {
    let mut out = String::new();
    for Enclosed { id, name, media_type, bytes } in enclosed {
        // Writing to a text cannot fail.
        let _ = write!(
            out,
            "\r\n--{boundary}\r\nContent-Type: {media_type}; name=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\nContent-ID: <{id}>\r\n\
             Content-Disposition: inline; filename=\"{name}\"\r\n"
        );
        let encoded = STANDARD.encode(bytes);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE_CHARS));
            let _ = write!(out, "\r\n{line}");
            rest = after;
        }
    }
    out
}
