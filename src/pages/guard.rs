//! Who may ask, and what an answer may do.

use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::words::to_hex;
use crate::world::Entropy;

/// What our own pages may do: nothing from elsewhere, no script, no foreign frame.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// What a shown copy may do: show its text and our workspace's pictures. `sandbox` holds also where
/// the copy is opened outside of its frame.
pub(super) const FRAME_POLICY: &str = "default-src 'none'; img-src 'self' data:; \
    style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox";

/// As [`FRAME_POLICY`], for a frame whose page measures what it shows: it may look into the frame, in
/// which still no script runs, by the sandbox and by `default-src`.
pub(super) const MEASURED_POLICY: &str = "default-src 'none'; img-src 'self' data:; \
    style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; \
    sandbox allow-same-origin";

/// Returns the policy of a page that runs one script: what it may do is bound to the script's very
/// bytes, so that nothing that gets into the page can name another, not even one of ours.
pub(super) fn page_policy(script: &str) -> String {
    let hash = digest(&SHA256, script.as_bytes());
    format!("{PAGE_POLICY}; script-src 'sha256-{}'", STANDARD.encode(hash))
}

/// The secret that our own forms carry, so that no other site can post for the person.
#[derive(Clone, Debug)]
pub struct FormToken(String);

impl FormToken {
    /// Draws a token; it lives as long as the process.
    ///
    /// # Errors
    /// If the system has no randomness to give.
    pub fn draw(entropy: &dyn Entropy) -> std::io::Result<Self> {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes)?;
        Ok(Self(to_hex(&bytes)))
    }

    /// Returns the token for a form, or for a path that nobody is to guess.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether a form carries the token.
    pub fn is(&self, other: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.as_bytes())
            .is_ok()
    }
}

/// Refuses a request that was not made to the page's own address, and puts on every answer the
/// headers that it does not set itself.
pub(super) async fn guard(
    State(address): State<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = request.uri().authority().map(|authority| authority.as_str()).or(host);
    let is_ours = |name: Option<&str>| name.is_some_and(|name| is_own_host(name, address));
    let mut response = if is_ours(host) && is_ours(asked) {
        next.run(request).await
    } else {
        let answer = format!("This page answers to {address} alone.\n");
        (StatusCode::FORBIDDEN, answer).into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Says whether a Host header names the page's own address. A name of another site cannot; a bare
/// address can only where the page listens beyond this machine, by wish.
fn is_own_host(host: &str, address: SocketAddr) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, Some(80)),
    };
    if port != Some(address.port()) {
        return false;
    }
    if ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return true;
    }
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let ip = bare.parse::<IpAddr>().ok();
    ip.is_some_and(|ip| ip == address.ip() || !address.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pages_own_address_is_answered() {
        let local: SocketAddr = "127.0.0.1:8225".parse().unwrap();
        for host in ["127.0.0.1:8225", "localhost:8225", "LOCALHOST:8225", "[::1]:8225"] {
            assert!(is_own_host(host, local), "{host}");
        }
        for host in [
            "evil.example:8225",
            "localhost",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost.evil.example:8225",
            "192.168.1.5:8225",
            "",
            ":8225",
            "[::1]",
            "127.0.0.1:8225:8225",
            "localhost:8225@x",
        ] {
            assert!(!is_own_host(host, local), "{host}");
        }
    }

    #[test]
    fn a_page_that_listens_beyond_the_machine_answers_to_addresses_but_to_no_name() {
        let open: SocketAddr = "0.0.0.0:8225".parse().unwrap();
        assert!(is_own_host("192.168.1.5:8225", open));
        assert!(is_own_host("[fe80::1]:8225", open));
        assert!(!is_own_host("evil.example:8225", open));
    }
}
