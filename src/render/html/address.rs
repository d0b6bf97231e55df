//! How far the address in an attribute has come, which decides how a hole in it is filled.

use crate::render::part::Context;

/// Schemes whose later parts may be a reader's.
const SCHEMES: [&str; 5] = ["http", "https", "mailto", "tel", "sms"];

/// An address as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    seen: String,
    /// A hole stood at its start, which brings its own scheme and host.
    begun_by_hole: bool,
    /// Branches brought it to different points.
    is_mixed: bool,
}

impl Address {
    pub(super) fn text(&mut self, text: &str) {
        if self.seen.is_empty() {
            self.seen.push_str(text.trim_start());
        } else {
            self.seen.push_str(text);
        }
    }

    pub(super) fn hole(&mut self) {
        if self.seen.is_empty() {
            self.begun_by_hole = true;
        }
        self.seen.push('x');
    }

    /// Joins what the other branch came to.
    pub(super) fn meet(&mut self, other: &Self) {
        if self.context() != other.context() {
            self.is_mixed = true;
        }
    }

    /// Says what a hole here is, or where it may not stand and what to do.
    pub(super) fn context(&self) -> Result<Context, (&'static str, &'static str)> {
        if self.is_mixed {
            return Err((
                "behind a block whose branches end at different parts of an address",
                "let each branch hold the whole address",
            ));
        }
        if self.begun_by_hole {
            return Ok(Context::UrlPart);
        }
        if self.seen.is_empty() {
            return Ok(Context::UrlStart);
        }
        let behind = match self.seen.split_once(':') {
            Some((scheme, behind)) if !scheme.contains(['/', '?', '#']) => {
                let known = SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
                if !known {
                    let hint = "fields may stand in http, https, mailto, tel and sms addresses";
                    return Err(("in an address of this kind", hint));
                }
                behind
            }
            _ => &self.seen,
        };
        // A browser reads a backslash as a slash.
        let slashes = |text: &str| text.starts_with("//") || text.starts_with("\\");
        match slashes(behind) && !behind[2..].contains(['/', '?', '#']) {
            true => Err((
                "in the host of an address",
                "put it behind the host, as in `https://a.example/?name={{subscriber.name}}`",
            )),
            false => Ok(Context::UrlPart),
        }
    }
}
